"""Residuals of a fit and their Jacobian in one program."""

import jax
import jax.numpy as jnp
import numpy as np

from tlsjax.core.status import is_ok
from tlsjax.fitting import models


def numbers(layout, settings, vector, fixed, datasets, errors, template):
    """``(residuals, jacobian, solved, gaps)`` in one program, forwards through the solvers.

    ``gaps`` are the order parameters (D,) of the sweeps, band by band, and their Jacobian (D, K).

    Only derivatives by what a solution depends on go through the solvers, where each may cost half
    as much as the solution itself; all of them go through what is measured of it.
    """
    inner, directions = layout.of_the_sample(), np.eye(vector.size)

    def solve(vector):
        table = layout.values(vector, fixed, datasets)
        pairs = zip(datasets, table, strict=True)
        found = [models.solve(data, template, values, settings) for data, values in pairs]
        solved = jnp.all(jnp.concatenate([jnp.ravel(is_ok(status)) for _, status in found]))
        solutions = [solution for solution, _ in found]
        smooth = list(filter(_is_smooth, jax.tree.leaves(solutions)))
        return [_gaps(datasets, solutions), *smooth], (solutions, solved)

    def residuals(numbers, vector):
        remaining = iter(numbers[1:])
        own = jax.tree.map(lambda x: next(remaining) if _is_smooth(x) else x, solutions)
        table = layout.values(vector, fixed, datasets)
        found = zip(datasets, own, table, errors, strict=True)
        return jnp.concatenate(
            [(models.signal(d, s, v, settings) - d.y) / error for d, s, v, error in found]
        )

    def through_solvers(direction):
        return jax.jvp(solve, (vector,), (direction,), has_aux=True)

    def through_signals(change, direction):
        return jax.jvp(residuals, (numbers, vector), (change, direction))

    def for_all(change):
        return jnp.zeros((vector.size, *change.shape[1:]), change.dtype).at[inner].set(change)

    # Values are the same along all directions, which come first in their derivatives.
    numbers, changes, (solutions, solved) = jax.vmap(through_solvers, out_axes=(None, 0, None))(
        directions[inner]
    )
    changes = [for_all(change) for change in changes]
    r, columns = jax.vmap(through_signals, out_axes=(None, 0))(changes, directions)
    return r, columns.T, solved, (numbers[0], changes[0].T)


def _gaps(datasets, solutions):
    """Order parameters of the sweeps (meV)."""
    pairs = zip(datasets, solutions, strict=True)
    sweeps = [found for data, found in pairs if data.kind not in ("tc", "gap")]
    gaps = [jnp.ravel(spectrum.order_parameter) for found in sweeps for _, spectrum in found.sample]
    return jnp.concatenate([jnp.zeros(0), *gaps])


def _is_smooth(x):
    """Whether a number of a solution has derivatives; counts and statuses have none."""
    return jnp.issubdtype(jnp.result_type(x), jnp.inexact)


evaluate = jax.jit(numbers, static_argnums=(0, 1))
