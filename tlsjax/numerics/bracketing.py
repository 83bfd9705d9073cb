"""The zero of a decreasing function of one variable, by safeguarded secant steps."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from tlsjax.core.status import Status
from tlsjax.numerics.implicit import implicit_root

# Longest step while the zero is not between two values: in ln T a factor of two.
_LONGEST = 0.7


class _Scalar(NamedTuple):
    """``function(y, theta) = 0`` for one number."""

    function: Any

    def residual(self, y, theta):
        return self.function(y, theta)

    def tangent(self, y, theta, b):
        return b / jax.jvp(lambda t: self.function(t, theta), (y,), (jnp.ones_like(y),))[1]


class _State(NamedTuple):
    y: jax.Array
    size: jax.Array
    low: jax.Array
    high: jax.Array
    previous: jax.Array
    value: jax.Array
    steps: jax.Array


class _Secant(NamedTuple):
    """The loop of `decreasing_root`."""

    max_steps: int
    first: float

    def __call__(self, problem, start, theta):
        guess, lowest, highest, tolerance = start

        def unfinished(state):
            return (state.size > tolerance) & (state.steps < self.max_steps)

        def step(state):
            y = state.y
            value = problem.residual(y, theta)
            low = jnp.where(value >= 0, y, state.low)
            high = jnp.where(value < 0, y, state.high)
            # Secant through the last two points; outside the bracket, bisect it or, while one
            # end is open, reach out from the other.
            slope = (value - state.value) / (y - state.previous)
            proposal = y - value / slope
            # Without two ends a step has a limit, and the very first one is a trial.
            reach = jnp.where(state.steps == 0, self.first, _LONGEST)
            nearest = jnp.where(jnp.isfinite(low), low, high - reach)
            farthest = jnp.where(jnp.isfinite(high), high, low + reach)
            middle = jnp.where(value >= 0, farthest, nearest)
            closed = jnp.isfinite(low) & jnp.isfinite(high)
            middle = jnp.where(closed, (low + high) / 2, middle)
            inside = (proposal >= nearest) & (proposal <= farthest)
            proposal = jnp.where(inside, proposal, middle)
            proposal = jnp.clip(jnp.where(value == 0, y, proposal), lowest, highest)
            size = jnp.where(jnp.isnan(value), jnp.nan, jnp.abs(proposal - y))
            return _State(proposal, size, low, high, y, value, state.steps + 1)

        open_end = jnp.asarray(jnp.inf)
        none = jnp.asarray(jnp.nan)
        first = _State(guess, open_end, -open_end, open_end, none, none, jnp.int32(0))
        y, size, low, high, _, _, steps = lax.while_loop(unfinished, step, first)
        status = jnp.where(size <= tolerance, Status.CONVERGED, Status.MAX_STEPS)
        closed = jnp.isfinite(low) & jnp.isfinite(high)
        at_end = (y <= lowest) | (y >= highest)
        status = jnp.where(at_end & ~closed, Status.NOT_FOUND, status)
        status = jnp.where(jnp.isnan(size), Status.NOT_FINITE, status)
        return y, (status.astype(jnp.int32), steps)


def decreasing_root(function, max_steps, start, tolerance, theta, first=0.15):
    """Zero of a decreasing scalar function.

    Parameters
    ----------
    function : callable ``(y, theta) -> scalar``, static and hashable
        Decreasing through its one zero in the searched range.
    max_steps : int, static
    start : (guess, lowest, highest), scalars
    tolerance : scalar, on the last step in ``y``.
    theta : pytree
    first : float, static
        Length of the first step, a trial.

    Returns
    -------
    y : scalar
    status, steps : int32 scalars; ``NOT_FOUND`` without a change of sign in
        ``[lowest, highest]``.
    """
    begin = (*(jnp.asarray(s, dtype=float) for s in start), jnp.asarray(tolerance, dtype=float))
    y, (status, steps) = implicit_root(_Secant(max_steps, first), _Scalar(function), begin, theta)
    return y, status, steps
