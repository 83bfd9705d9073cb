"""Fixed points ``y = F(y, theta)`` of contractions too large for a dense Jacobian.

The loop is Anderson's: the next point is the combination of the last few images whose
residual is smallest. It is never differentiated; the derivative of the fixed point is that
of the implicit function theorem, ``(1 - dF/dy) y_dot = (dF/dtheta) theta_dot``, solved by a
Krylov method that only applies ``dF/dy``, forwards or transposed.
"""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.scipy.sparse.linalg import bicgstab

from tlsjax.core.status import Status
from tlsjax.numerics.linear import solve

# Images combined in one step. The contractions here have a few slow directions; more
# history than that is noise.
_MEMORY = 8
# Relative residual asked of the Krylov solve of a tangent, and the one above which the
# derivative is not an answer: forward and reverse then agree to seven digits.
_TANGENT_TOLERANCE, _TANGENT_LIMIT = 1e-9, 1e-6
_TANGENT_STEPS = 400
_TINY = np.finfo(float).tiny


@partial(jax.custom_jvp, nondiff_argnums=(0, 1))
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
    shape = start.shape

    def image(y):
        return function(y.reshape(shape), theta).ravel()

    def unfinished(state):
        _, size, steps, *_ = state
        return (size > tolerance) & (steps < max_steps)

    def step(state):
        y, _, steps, images, residuals = state
        new = image(y)
        slot = steps % _MEMORY
        images = images.at[slot].set(new)
        residuals = residuals.at[slot].set(new - y)
        size = jnp.max(jnp.abs(new - y))
        used = jnp.arange(_MEMORY) <= steps
        gram = residuals @ residuals.T
        # In units of the mean residual, where rounding is worth 1e-14. Slots not yet used are
        # empty: the identity there, and no share.
        gram = gram * (jnp.minimum(steps + 1, _MEMORY) / (jnp.trace(gram) + _TINY))
        share = solve(gram + jnp.diag(jnp.where(used, 1e-14, 1.0)), jnp.where(used, 1.0, 0.0))
        y = (share / jnp.sum(share)) @ images
        # At convergence the plain image is as good, and free of the cancellation.
        return jnp.where(size <= tolerance, new, y), size, steps + 1, images, residuals

    flat = start.ravel()
    empty = jnp.zeros((_MEMORY, flat.size))
    state = (flat, jnp.inf, jnp.int32(0), empty, empty)
    y, size, steps, *_ = lax.while_loop(unfinished, step, state)
    status = jnp.where(size <= tolerance, Status.CONVERGED, Status.MAX_STEPS)
    status = jnp.where(jnp.isnan(size), Status.NOT_FINITE, status)
    return y.reshape(shape), size, status.astype(jnp.int32), steps


def _krylov(matvec, b):
    x, _ = bicgstab(matvec, b, tol=_TANGENT_TOLERANCE, maxiter=_TANGENT_STEPS)
    left = jnp.linalg.norm(matvec(x) - b)
    good = left <= _TANGENT_LIMIT * jnp.linalg.norm(b)
    return x * jnp.where(good, 1.0, jnp.nan)


def tangent_solve(matvec, b):
    """Solve ``matvec(x) = b`` for a linear map near the identity; NaN where that fails."""
    return lax.custom_linear_solve(matvec, b, solve=_krylov, transpose_solve=_krylov)


@fixed_point.defjvp
def _fixed_point_jvp(function, max_steps, primals, tangents):
    start, tolerance, theta = primals
    y, size, status, steps = fixed_point(function, max_steps, start, tolerance, theta)
    _, moved = jax.jvp(lambda th: function(y, th), (theta,), (tangents[2],))
    _, push = jax.linearize(lambda y: function(y, theta), y)
    y_dot = tangent_solve(lambda x: x - push(x), moved)
    none = [np.zeros(jnp.shape(a), dtype=jax.dtypes.float0) for a in (status, steps)]
    return (y, size, status, steps), (y_dot, jnp.zeros_like(size), *none)
