"""Gradient descent with optax, for losses that are no sum of squares."""

import jax
import jax.numpy as jnp
import numpy as np
import optax

from tlsjax.core.status import ConvergenceError
from tlsjax.fitting.least_squares import Minimum, Stopped


def descend(memory, start, lower, upper, optimizer, loss):
    """`Minimum` after as many steps as ``memory`` allows, the best of them.

    ``loss(residuals)`` is a scalar function in `jax.numpy` ("linear": half of chi^2). Steps are
    in units of the starting values, and projected onto the bounds.
    """
    function = (lambda r: 0.5 * jnp.sum(r**2)) if loss == "linear" else loss
    value_and_slope = jax.jit(jax.value_and_grad(function))
    unit = np.where(start == 0, 1.0, np.abs(start))
    scaled = jnp.asarray(start / unit)
    state = optimizer.init(scaled)
    best, message = None, ""
    while True:
        x = np.clip(np.asarray(scaled) * unit, lower, upper)
        try:
            residuals, jacobian = memory(x)
        except Stopped as reason:
            message = str(reason)
            break
        value, slope = value_and_slope(jnp.asarray(residuals))
        if not np.isfinite(float(value)):
            message = "the model had no solution on the way"
            break
        if best is None or value < best[0]:
            best = (float(value), x, residuals, np.asarray(jacobian))
        gradient = jnp.asarray((np.asarray(slope) @ jacobian) * unit)
        if float(jnp.max(jnp.abs(gradient))) < 1e-12 * (1 + abs(float(value))):
            message = "the gradient vanished"
            break
        updates, state = optimizer.update(gradient, state, scaled)
        scaled = optax.apply_updates(scaled, updates)
        scaled = optax.projections.projection_box(scaled, lower / unit, upper / unit)
    if best is None:
        raise ConvergenceError("Fit: the model has no solution at the starting values.")
    # A descent has no test of its own for convergence: all its steps were asked for.
    finished = message != "interrupted" and "no solution" not in message
    return Minimum(*best[1:], best[0], memory.count, finished, message)
