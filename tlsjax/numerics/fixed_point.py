"""Fixed points ``y = F(y, theta)`` of contractions too large for a dense Jacobian.

The loop is Anderson's: the next point is the combination of the last few images whose
residual is smallest. The derivative of its end, see `tlsjax.numerics.implicit`, needs the solution
of ``(1 - dF/dy) x = b``: a Krylov method that only applies ``dF/dy``, forwards or transposed.
"""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.scipy.linalg import lu_factor, lu_solve
from jax.scipy.sparse.linalg import bicgstab

from tlsjax.core.status import Status
from tlsjax.numerics.implicit import implicit_root
from tlsjax.numerics.linear import solve

# Images combined in one step. The contractions here have a few slow directions; more
# history than that is noise.
_MEMORY = 8
# Relative residual asked of the Krylov solve of a tangent, and the one above which the
# derivative is not an answer: forward and reverse then agree to seven digits.
_TANGENT_TOLERANCE, _TANGENT_LIMIT = 1e-9, 1e-6
_TANGENT_STEPS = 400
# Steps between two Jacobians.
_REFRESH = 1
_TINY = np.finfo(float).tiny


class _FixedPoint(NamedTuple):
    """``y - function(y, theta) = 0``."""

    function: Any

    def residual(self, y, theta):
        return y - self.function(y, theta)

    def tangent(self, y, theta, b):
        _, push = jax.linearize(lambda y: self.function(y, theta), y)
        return lax.custom_linear_solve(
            lambda x: x - push(x), b, solve=_krylov, transpose_solve=_krylov
        )


def _krylov(matvec, b):
    x, _ = bicgstab(matvec, b, tol=_TANGENT_TOLERANCE, maxiter=_TANGENT_STEPS)
    left = jnp.linalg.norm(matvec(x) - b)
    good = left <= _TANGENT_LIMIT * jnp.linalg.norm(b)
    return x * jnp.where(good, 1.0, jnp.nan)


class Iterated(NamedTuple):
    """Where the iteration of `iterate` ended: ``y``, what the function said besides, the last
    ``max |function(y) - y|``, status and number of steps."""

    y: jax.Array
    aside: Any
    size: jax.Array
    status: jax.Array
    steps: jax.Array


def iterate(function, precondition, limits, start, aside, tolerance, theta) -> Iterated:
    """Fixed point of ``function(y, theta) -> (image, aside)``, not to be differentiated.

    Anderson's iteration; where that has not converged after a while, of Newton's steps with an
    approximate Jacobian, which is made anew from time to time.

    Parameters
    ----------
    function : callable; ``aside`` is any pytree
    precondition : callable
        ``(y, image, aside, theta) -> (matrix, step)``: the approximate ``1 - d image/dy`` in
        whatever coordinates, and ``step(solve)``, the new ``y`` by its ``solve(b)``.
    limits : ints, steps before the first Jacobian, and all together
    start, aside : real array, and a pytree like what the function says besides
    tolerance : scalar, on ``max |image - y|``
    theta : pytree
    """
    patience, max_steps = limits
    shape, first = start.shape, start.ravel()
    matrix = jax.eval_shape(lambda y: precondition(y, y, aside, theta)[0], start)

    def unfinished(state):
        return (state.size > tolerance) & (state.steps < max_steps)

    def step(state):
        y = state.y
        image, aside = function(y.reshape(shape), theta)
        residual = image.ravel() - y
        size = jnp.max(jnp.abs(residual))
        late = state.steps >= patience
        anew = late & ((state.steps - patience) % _REFRESH == 0)
        matrix, newton = precondition(y.reshape(shape), image, aside, theta)
        lu = lax.cond(anew, lambda: lu_factor(matrix), lambda: state.lu)

        def by_newton():
            return newton(partial(lu_solve, lu)).ravel() - y

        move = lax.cond(late, by_newton, lambda: residual)
        count = jnp.where(anew, 0, state.count)
        slot = count % _MEMORY
        images = state.images.at[slot].set(y + move)
        moves = state.moves.at[slot].set(move)
        used = jnp.arange(_MEMORY) <= count
        known = jnp.where(used[:, None], moves, 0.0)
        gram = known @ known.T
        # In units of each move, where rounding is worth 1e-14. Slots not in use: the identity
        # there, and no share.
        scale = 1 / (jnp.sqrt(jnp.diag(gram)) + _TINY)
        right = jnp.where(used, scale / jnp.max(jnp.where(used, scale, 0.0)), 0.0)
        gram = gram * scale[:, None] * scale + jnp.diag(jnp.where(used, 1e-14, 1.0))
        share = solve(gram, right) * right
        best = (share / jnp.sum(share)) @ jnp.where(used[:, None], images, 0.0)
        # At convergence the plain image is as good, and free of the cancellation.
        y = jnp.where(size <= tolerance, image.ravel(), best)
        return _State(y, size, state.steps + 1, count + 1, images, moves, lu, aside)

    empty = jnp.zeros((_MEMORY, first.size))
    zero = jnp.int32(0)
    lu = jnp.zeros(matrix.shape, matrix.dtype), jnp.zeros(matrix.shape[0], jnp.int32)
    begin = _State(first, jnp.inf, zero, zero, empty, empty, lu, aside)
    last = lax.while_loop(unfinished, step, begin)
    status = jnp.where(last.size <= tolerance, Status.CONVERGED, Status.MAX_STEPS)
    status = jnp.where(jnp.isnan(last.size), Status.NOT_FINITE, status).astype(jnp.int32)
    return Iterated(last.y.reshape(shape), last.aside, last.size, status, last.steps)


class _State(NamedTuple):
    """State of `iterate`: ``count`` images and moves are remembered."""

    y: jax.Array
    size: jax.Array
    steps: jax.Array
    count: jax.Array
    images: jax.Array
    moves: jax.Array
    lu: tuple
    aside: Any


class _Known(NamedTuple):
    """The loop of a root that is known already."""

    def __call__(self, problem, start, theta):
        return start, ()


def differentiable(function, y, theta):
    """``y``, which solves ``y = function(y, theta)``, with its derivative by ``theta``.

    For a solution found by `iterate`, or by a loop around it. ``function`` is compiled only where
    the derivative is taken.
    """
    return implicit_root(_Known(), _FixedPoint(function), y, theta)[0]
