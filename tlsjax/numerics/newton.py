"""Newton's method: for a small dense system, and for many single equations side by side."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from tlsjax.core.status import Status
from tlsjax.numerics.implicit import AsItIs, implicit_root
from tlsjax.numerics.linear import solve

# Newton stops when its step is below this, relative to the unknowns: convergence is
# quadratic, so the step just taken left an error of about its square, below rounding.
STEP_TOLERANCE = 3e-8


class _Where(NamedTuple):
    """``problem`` where ``active``; elsewhere equations that hold whatever ``y`` is."""

    problem: Any

    def residual(self, y, theta):
        active, theta = theta
        return jnp.where(active, self.problem.residual(y, theta), 0.0)

    def tangent(self, y, theta, b):
        active, theta = theta
        jacobian = self.problem.jacobian(y, theta)
        return solve(jnp.where(active, jacobian, jnp.eye(y.shape[0])), b)


class _Newton(NamedTuple):
    """The loop of `newton_root`."""

    max_steps: int

    def __call__(self, where, start, theta):
        problem = where.problem
        active, theta = theta

        def unfinished(state):
            _, size, steps = state
            return (size > STEP_TOLERANCE) & (steps < self.max_steps)

        def step(state):
            y, _, steps = state
            delta = -solve(problem.jacobian(y, theta), problem.residual(y, theta))
            y, size = problem.advance(y, delta)
            return y, size, steps + 1

        first = jnp.where(active, jnp.inf, 0.0)
        y, size, steps = lax.while_loop(unfinished, step, (start, first, jnp.int32(0)))
        status = jnp.where(size <= STEP_TOLERANCE, Status.CONVERGED, Status.MAX_STEPS)
        status = jnp.where(jnp.isnan(size), Status.NOT_FINITE, status)
        return y, (status.astype(jnp.int32), steps)


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
    y, (status, steps) = implicit_root(
        _Newton(max_steps), _Where(problem), start, (jnp.asarray(active), theta)
    )
    return y, status, steps


def known_root(problem, y, active, theta):
    """The root ``y`` of `newton_root`, known already, with its derivative."""
    return implicit_root(AsItIs(), _Where(problem), y, (jnp.asarray(active), theta))[0]


class _Elementwise(NamedTuple):
    """One equation in one unknown for each element of ``y``, real or complex."""

    function: Any

    def residual(self, y, theta):
        return self.function(y, theta)

    def slope(self, y, theta):
        """Derivative of each equation by its unknown."""
        return jax.jvp(lambda y: self.function(y, theta), (y,), (jnp.ones_like(y),))[1]

    def tangent(self, y, theta, b):
        return b / self.slope(y, theta)


class _ElementwiseNewton(NamedTuple):
    steps: int

    def __call__(self, problem, start, theta):
        def step(y, _):
            change = problem.residual(y, theta) / problem.slope(y, theta)
            # Never longer than the unknown itself: it could leave its branch.
            change = change / jnp.maximum(1.0, jnp.abs(change) / jnp.abs(y))
            return y - change, None

        return lax.scan(step, start, None, length=self.steps)[0], ()


def elementwise_root(function, steps, start, theta):
    """Solve ``function(y, theta) = 0`` for each element of ``y`` alone, ``steps`` Newton steps.

    ``function`` is static and hashable, analytic in ``y``, and acts element by element.
    """
    y, _ = implicit_root(_ElementwiseNewton(steps), _Elementwise(function), start, theta)
    return y
