"""Residuals of a fit and their Jacobian, forwards through the solvers.

In two programs, because the solvers take most of the compiling and depend on nothing that differs
from sweep to sweep: not on the number of points, nor on the sizes of what is seen of a solution.
"""

import copy

import jax
import jax.numpy as jnp
import numpy as np

from tlsjax.core.programs import program
from tlsjax.core.status import is_ok
from tlsjax.fitting import models


def solutions(layout, settings, vector, fixed, datasets, template):
    """``(solutions, changes, gaps, solved)``: what the solvers give for each data set, how its
    smooth numbers change with the parameters (K, ...), and whether all are answers.

    ``gaps`` are the order parameters (D,) of the sweeps, band by band, and their Jacobian (D, K).
    Only derivatives by what a solution depends on go through the solvers, where each may cost half
    as much as the solution itself.
    """
    inner, directions = layout.of_the_sample(), np.eye(vector.size)

    def solve(vector):
        table = layout.values(vector, fixed, datasets)
        pairs = zip(datasets, table, strict=True)
        found = [models.solve(data, template, values, settings) for data, values in pairs]
        solved = jnp.all(jnp.concatenate([jnp.ravel(is_ok(status)) for _, status in found]))
        solutions = [solution for solution, _ in found]
        return (_gaps(datasets, solutions), _smooth(solutions)), (solutions, solved)

    def through_solvers(direction):
        return jax.jvp(solve, (vector,), (direction,), has_aux=True)

    def for_all(change):
        return jnp.zeros((vector.size, *change.shape[1:]), change.dtype).at[inner].set(change)

    # Values are the same along all directions, which come first in their derivatives.
    (gaps, _), (changes_of_gaps, changes), (solutions, solved) = jax.vmap(
        through_solvers, out_axes=(None, 0, None)
    )(directions[inner])
    gaps = gaps, for_all(changes_of_gaps).T
    return solutions, [for_all(change) for change in changes], gaps, solved


def residuals(layout, settings, vector, fixed, datasets, errors, solutions, changes):
    """``(residuals, jacobian)`` of what is measured of the solutions."""

    def compared(numbers, vector):
        remaining = iter(numbers)
        own = jax.tree.map(lambda x: next(remaining) if _is_smooth(x) else x, solutions)
        table = layout.values(vector, fixed, datasets)
        found = zip(datasets, own, table, errors, strict=True)
        return jnp.concatenate(
            [(models.signal(d, s, v, settings) - d.y) / error for d, s, v, error in found]
        )

    def through_signals(change, direction):
        return jax.jvp(compared, (_smooth(solutions), vector), (change, direction))

    r, columns = jax.vmap(through_signals, out_axes=(None, 0))(changes, np.eye(vector.size))
    return r, columns.T


def numbers(layout, settings, vector, fixed, datasets, errors, template):
    """``(residuals, jacobian, solved, gaps)`` in one program."""
    found, changes, gaps, solved = solutions(layout, settings, vector, fixed, datasets, template)
    seen = residuals(layout, settings, vector, fixed, datasets, errors, found, changes)
    return *seen, solved, gaps


def _gaps(datasets, solutions):
    """Order parameters of the sweeps (meV)."""
    pairs = zip(datasets, solutions, strict=True)
    sweeps = [found for data, found in pairs if data.kind not in ("tc", "gap")]
    gaps = [jnp.ravel(spectrum.order_parameter) for found in sweeps for _, spectrum in found.sample]
    return jnp.concatenate([jnp.zeros(0), *gaps])


def _is_smooth(x):
    """Whether a number of a solution has derivatives; counts and statuses have none."""
    return jnp.issubdtype(jnp.result_type(x), jnp.inexact)


def _smooth(solutions):
    return list(filter(_is_smooth, jax.tree.leaves(solutions)))


_solutions = program(solutions, static_argnums=(0, 1), sooner=True)
_residuals = program(residuals, static_argnums=(0, 1), sooner=True)
# Sizes of integrals that no solution depends on.
_ANY = models.Window(0, 0, 0)


def evaluate(layout, settings, vector, fixed, datasets, errors, template):
    """`numbers` in two programs."""
    points = tuple(map(_without_points, datasets))
    found, changes, gaps, solved = _solutions(
        layout, settings._replace(window=_ANY), vector, fixed, points, template
    )
    datasets = tuple(map(anonymous, datasets))
    seen = _residuals(layout, settings, vector, fixed, datasets, errors, found, changes)
    return *seen, solved, gaps


def anonymous(data, **changes):
    """The same data; a label of its own would be a program of its own."""
    data = copy.copy(data)
    for name, value in ({"label": "", "said": ()} | changes).items():
        if name in data.__dataclass_fields__:
            object.__setattr__(data, name, value)
    return data


def _without_points(data):
    """What solutions depend on: of sweeps not the biases, of nothing the signal."""
    x = data.x if data.kind in ("tc", "gap") else None
    return anonymous(data, x=x, y=None, error=None)
