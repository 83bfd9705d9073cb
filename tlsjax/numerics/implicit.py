"""Root finding with exact derivatives of every order.

The loops are plain `lax.while_loop`s and are never differentiated. The derivative of
a root ``F(y, theta) = 0`` is the implicit function theorem,
``dy = -(dF/dy)^-1 (dF/dtheta) dtheta``, written once as a `jax.custom_jvp` whose rule
calls the root again: forward, reverse and mixed orders follow.
"""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from tlsjax.core.status import Status
from tlsjax.numerics.linear import solve

# Newton stops when its step is below this, relative to the unknowns: convergence is
# quadratic, so the step just taken left an error of about its square, below rounding.
STEP_TOLERANCE = 3e-8


def _no_tangent(x):
    return np.zeros(jnp.shape(x), dtype=jax.dtypes.float0)


@partial(jax.custom_jvp, nondiff_argnums=(0, 1))
def newton_root(problem, max_steps, start, active, theta):
    """Solve ``problem.residual(y, theta) = 0`` by Newton's method.

    Parameters
    ----------
    problem : object, static and hashable
        With ``residual(y, theta)``, ``jacobian(y, theta)``, and
        ``advance(y, step) -> (y_new, size)``: the damped update and its relative size.
    max_steps : int, static
    start : (N,) array
    active : scalar bool
        False leaves ``start`` untouched, with zero derivative.
    theta : pytree
        Everything the root depends on.

    Returns
    -------
    y : (N,) array
    status, steps : int32 scalars
    """

    def unfinished(state):
        _, size, steps = state
        return (size > STEP_TOLERANCE) & (steps < max_steps)

    def step(state):
        y, _, steps = state
        delta = -solve(problem.jacobian(y, theta), problem.residual(y, theta))
        y, size = problem.advance(y, delta)
        return y, size, steps + 1

    first = jnp.where(active, jnp.inf, 0.0)
    y, size, steps = lax.while_loop(unfinished, step, (start, first, jnp.int32(0)))
    status = jnp.where(size <= STEP_TOLERANCE, Status.CONVERGED, Status.MAX_STEPS)
    status = jnp.where(jnp.isnan(size), Status.NOT_FINITE, status)
    return y, status.astype(jnp.int32), steps


@newton_root.defjvp
def _newton_root_jvp(problem, max_steps, primals, tangents):
    start, active, theta = primals
    theta_dot = tangents[2]
    y, status, steps = newton_root(problem, max_steps, start, active, theta)
    jacobian = problem.jacobian(y, theta)
    _, moved = jax.jvp(lambda th: problem.residual(y, th), (theta,), (theta_dot,))
    jacobian = jnp.where(active, jacobian, jnp.eye(y.shape[0]))
    y_dot = -solve(jacobian, jnp.where(active, moved, 0.0))
    return (y, status, steps), (y_dot, _no_tangent(status), _no_tangent(steps))


@partial(jax.custom_jvp, nondiff_argnums=(0, 1))
def decreasing_root(function, max_steps, start, tolerance, theta):
    """Zero of a decreasing scalar function, safeguarded secant steps in a bracket.

    Parameters
    ----------
    function : callable ``(y, theta) -> scalar``, static and hashable
        Decreasing through its one zero in the searched range.
    max_steps : int, static
    start : (low, guess, limit), scalars
        The bracket grows upwards from ``guess`` as far as ``limit``.
    tolerance : scalar, on the last step in ``y``.
    theta : pytree

    Returns
    -------
    y : scalar
    status, steps : int32 scalars; ``NOT_FOUND`` without a sign change in
        ``[low, limit]``.
    """
    low, guess, limit = start

    def unfinished(state):
        _, size, _, _, _, _, steps = state
        return (size > tolerance) & (steps < max_steps)

    def step(state):
        y, _, low, high, previous, f_previous, steps = state
        value = function(y, theta)
        low = jnp.where(value >= 0, y, low)
        high = jnp.where(value < 0, y, high)
        # Secant through the last two points; outside the bracket, bisect it or,
        # while there is no upper end, reach out.
        slope = (value - f_previous) / (y - previous)
        proposal = y - value / slope
        inside = (proposal >= low) & (proposal <= high)
        reach_out = jnp.minimum(y + 2 * jnp.maximum(y - previous, 0.25), limit)
        fallback = jnp.where(jnp.isinf(high), reach_out, (low + high) / 2)
        # Before the bracket is closed a long secant step is as good as none.
        inside &= jnp.isfinite(high) | (proposal <= reach_out)
        proposal = jnp.where(inside, proposal, fallback)
        proposal = jnp.where(value == 0, y, proposal)
        size = jnp.where(jnp.isnan(value), jnp.nan, jnp.abs(proposal - y))
        return proposal, size, low, high, y, value, steps + 1

    f_low = function(low, theta)
    state = (guess, jnp.inf, low, jnp.inf, low, f_low, jnp.int32(1))
    y, size, _, high, _, _, steps = lax.while_loop(unfinished, step, state)
    status = jnp.where(size <= tolerance, Status.CONVERGED, Status.MAX_STEPS)
    outside = (f_low < 0) | (jnp.isinf(high) & (y >= limit))
    status = jnp.where(outside, Status.NOT_FOUND, status)
    status = jnp.where(jnp.isnan(size) | jnp.isnan(f_low), Status.NOT_FINITE, status)
    return y, status.astype(jnp.int32), steps


@decreasing_root.defjvp
def _decreasing_root_jvp(function, max_steps, primals, tangents):
    start, tolerance, theta = primals
    theta_dot = tangents[2]
    y, status, steps = decreasing_root(function, max_steps, start, tolerance, theta)
    slope = jax.jvp(lambda t: function(t, theta), (y,), (jnp.ones_like(y),))[1]
    moved = jax.jvp(lambda th: function(y, th), (theta,), (theta_dot,))[1]
    return (y, status, steps), (-moved / slope, _no_tangent(status), _no_tangent(steps))
