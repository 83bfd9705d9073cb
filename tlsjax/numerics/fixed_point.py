"""Fixed points ``y = F(y, theta)`` of maps too large for a dense Jacobian.

The loop is Anderson's: the next point is the combination of the last few images whose residual is
smallest. Where that does not converge, Newton's steps are taken. The derivative of its end is that
of a root, see `tlsjax.numerics.implicit`.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from tlsjax.core.status import Status
from tlsjax.numerics.lanes import slow_ones_apart
from tlsjax.numerics.linear import solve

# Images combined in one step. The contractions here have a few slow directions; more
# history than that is noise.
_MEMORY = 8
_TINY = np.finfo(float).tiny


class Iterated(NamedTuple):
    """Where the iteration of `iterate` ended: ``y``, what the function said besides, the last
    ``max |function(y) - y|``, status and number of steps."""

    y: jax.Array
    aside: Any
    size: jax.Array
    status: jax.Array
    steps: jax.Array


def iterate(function, newton, limits, start, aside, tolerance, theta) -> Iterated:
    """Fixed point of ``function(y, theta) -> (image, aside)``, not to be differentiated.

    Anderson's iteration; where that has not converged after a while, Newton's; where that has not
    either (it may not know all of the function's derivative), Anderson's of Newton's images.

    Parameters
    ----------
    function : callable; ``aside`` is any pytree
    newton : callable
        ``(y, image, aside, theta) -> y``, a step of Newton's method, exact or not.
    limits : ints, steps before the first of ``newton``, before both together, and in all
    start, aside : real array, and a pytree like what the function says besides
    tolerance : scalar, on ``max |image - y|``
    theta : pytree
    """
    shape, first = start.shape, start.ravel()
    limits = jax.tree.map(jnp.asarray, tuple(limits))

    def unfinished(state):
        return state.left

    def step(fixed, state):
        first, limits, tolerance, theta = fixed
        patience, mixing, max_steps = limits
        y = state.y
        image, aside = function(y.reshape(shape), theta)
        size = jnp.max(jnp.abs(image.ravel() - y))
        late, both = state.steps >= patience, state.steps >= mixing
        image = _only_where(
            late & (size > tolerance),
            lambda: newton(y.reshape(shape), image, aside, theta).ravel(),
            image.ravel(),
        )
        turn = state.steps - jnp.where(both, mixing, 0)
        slot = turn % _MEMORY
        images = state.images.at[slot].set(image)
        residuals = state.residuals.at[slot].set(image - y)
        best = _mix(images, residuals, jnp.arange(_MEMORY) <= turn)
        best = jnp.where(late & ~both, image, best)
        # Every method begins at the start, not where the one before got lost.
        anew = (state.steps + 1 == patience) | (state.steps + 1 == mixing)
        best = jnp.where(anew, first, best)
        # At convergence the plain image is as good, and free of the cancellation.
        y = jnp.where(size <= tolerance, image, best)
        steps = state.steps + 1
        left = (size > tolerance) & (steps < max_steps)
        return _State(y, size, steps, left, images, residuals, aside)

    empty = jnp.zeros((_MEMORY, first.size))
    begin = _State(first, jnp.inf, jnp.int32(0), limits[-1] > 0, empty, empty, aside)
    last = slow_ones_apart(unfinished, step, (first, limits, tolerance, theta), begin)
    status = jnp.where(last.size <= tolerance, Status.CONVERGED, Status.MAX_STEPS)
    status = jnp.where(jnp.isnan(last.size), Status.NOT_FINITE, status).astype(jnp.int32)
    return Iterated(last.y.reshape(shape), last.aside, last.size, status, last.steps)


def _only_where(condition, function, otherwise):
    """``function()`` where ``condition`` holds, else ``otherwise``."""
    # Traced once for the two.
    function = jax.jit(function)

    def alone():
        return lax.cond(condition, function, lambda: otherwise)

    def side_by_side():
        # There `lax.cond` would take both sides always, and this only if one of them wants it.
        # (Alone it would copy all that the function reads.)
        def once(now):
            return now[0] & False, function()

        return lax.while_loop(lambda now: now[0], once, (condition, otherwise))[1]

    return lax.platform_dependent(cpu=alone, default=side_by_side)


def _mix(images, residuals, used):
    """Anderson's next point from the last images, of which some are not there yet."""
    gram = residuals @ residuals.T
    # In units of each residual, where rounding is worth 1e-14. Slots not yet used are empty: the
    # identity there, and no share.
    scale = 1 / (jnp.sqrt(jnp.diag(gram)) + _TINY)
    right = jnp.where(used, scale / jnp.max(jnp.where(used, scale, 0.0)), 0.0)
    gram = gram * scale[:, None] * scale + jnp.diag(jnp.where(used, 1e-14, 1.0))
    share = solve(gram, right) * right
    return (share / jnp.sum(share)) @ images


class _State(NamedTuple):
    """State of `iterate`: the last images and their residuals are remembered; whether there are
    turns ``left``."""

    y: jax.Array
    size: jax.Array
    steps: jax.Array
    left: jax.Array
    images: jax.Array
    residuals: jax.Array
    aside: Any
