"""Fixed points ``y = F(y, theta)`` of contractions too large for a dense Jacobian.

The loop is Anderson's: the next point is the combination of the last few images whose
residual is smallest. Its derivative, see `tlsjax.numerics.implicit`, needs the solution of
``(1 - dF/dy) x = b``: a Krylov method that only applies ``dF/dy``, forwards or transposed.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
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


class _Anderson(NamedTuple):
    """The loop of `fixed_point`."""

    max_steps: int

    def __call__(self, problem, start, theta):
        start, tolerance = start
        shape = start.shape

        def unfinished(state):
            _, size, steps, *_ = state
            return (size > tolerance) & (steps < self.max_steps)

        def step(state):
            y, _, steps, images, residuals = state
            new = problem.function(y.reshape(shape), theta).ravel()
            slot = steps % _MEMORY
            images = images.at[slot].set(new)
            residuals = residuals.at[slot].set(new - y)
            size = jnp.max(jnp.abs(new - y))
            used = jnp.arange(_MEMORY) <= steps
            gram = residuals @ residuals.T
            # In units of the mean residual, where rounding is worth 1e-14. Slots not yet used
            # are empty: the identity there, and no share.
            gram = gram * (jnp.minimum(steps + 1, _MEMORY) / (jnp.trace(gram) + _TINY))
            share = solve(gram + jnp.diag(jnp.where(used, 1e-14, 1.0)), jnp.where(used, 1.0, 0.0))
            y = (share / jnp.sum(share)) @ images
            # At convergence the plain image is as good, and free of the cancellation.
            return jnp.where(size <= tolerance, new, y), size, steps + 1, images, residuals

        flat = start.ravel()
        empty = jnp.zeros((_MEMORY, flat.size))
        first = (flat, jnp.inf, jnp.int32(0), empty, empty)
        y, size, steps, *_ = lax.while_loop(unfinished, step, first)
        status = jnp.where(size <= tolerance, Status.CONVERGED, Status.MAX_STEPS)
        status = jnp.where(jnp.isnan(size), Status.NOT_FINITE, status)
        return y.reshape(shape), (size, status.astype(jnp.int32), steps)


def fixed_point(function, max_steps, start, tolerance, theta):
    """Solve ``y = function(y, theta)``.

    Parameters
    ----------
    function : callable ``(y, theta) -> y``, static and hashable
    max_steps : int, static
    start : real array
    tolerance : scalar, on ``max |function(y) - y|``
    theta : pytree

    Returns
    -------
    y : array like ``start``
    size : scalar, the last ``max |function(y) - y|``
    status, steps : int32 scalars
    """
    y, (size, status, steps) = implicit_root(
        _Anderson(max_steps), _FixedPoint(function), (start, jnp.asarray(tolerance)), theta
    )
    return y, size, status, steps
