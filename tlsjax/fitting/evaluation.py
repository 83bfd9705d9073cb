"""Residuals of a fit and their Jacobian, forwards through the solvers.

In two programs, because the solvers take most of the compiling and depend on nothing that differs
from sweep to sweep: not on the number of points, nor on the sizes of what is seen of a solution.
"""

import copy
from functools import lru_cache
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from tlsjax.core.programs import program
from tlsjax.core.status import is_ok
from tlsjax.fitting import models
from tlsjax.fitting.layout import Layout


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
        solutions = jax.tree.map(_typed, [solution for solution, _ in found])
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
    sweeps = [found for data, found in pairs if data.is_sweep]
    gaps = [jnp.ravel(spectrum.order_parameter) for found in sweeps for _, spectrum in found.sample]
    return jnp.concatenate([jnp.zeros(0), *gaps])


def _is_smooth(x):
    """Whether a number of a solution has derivatives; counts and statuses have none."""
    return jnp.issubdtype(jnp.result_type(x), jnp.inexact)


def _typed(x):
    """Without a weak type, which a program that was kept on disk does not remember."""
    return jax.lax.convert_element_type(x, jnp.result_type(x))


def _smooth(solutions):
    return list(filter(_is_smooth, jax.tree.leaves(solutions)))


_solutions = program(solutions, static_argnums=(0, 1))
_residuals = program(residuals, static_argnums=(0, 1))
# Sizes of integrals that no solution depends on.
_ANY = models.Window(0, 0, 0)


def evaluate(layout, settings, vector, fixed, datasets, errors, template):
    """`numbers` in two programs, which data sets that are alike share."""
    found = [
        _of_one(_alone(layout, names), settings, vector, fixed, data, error, template)
        for names, data, error in zip(layout.names, datasets, errors, strict=True)
    ]
    residuals, jacobians, solved, gaps, slopes = zip(*found, strict=True)
    gaps = np.concatenate(gaps), np.concatenate(slopes)
    return np.concatenate(residuals), np.concatenate(jacobians), all(solved), gaps


def _of_one(own, settings, vector, fixed, data, error, template):
    """The same of one data set, as arrays of NumPy and with columns for all parameters."""
    part = jnp.asarray(np.asarray(vector)[own.index])
    fixed = {name: fixed[source] for name, source in own.fixed if source in fixed}
    points = (_without_points(data),)
    found, changes, (gaps, slopes), solved = _solutions(
        own.layout, settings._replace(window=_ANY), part, fixed, points, template
    )
    data = (anonymous(data),)
    seen = _residuals(own.layout, settings, part, fixed, data, (error,), found, changes)
    r, J, gaps, slopes = map(np.asarray, (*seen, gaps, slopes))

    def for_all(columns):
        full = np.zeros((columns.shape[0], np.size(vector)))
        full[:, own.index] = columns
        return full

    return r, for_all(J), bool(solved), gaps, for_all(slopes)


class _Own(NamedTuple):
    """A layout for one data set: ``index`` of its free parameters among all, and the names that
    they and the ``fixed`` ones have in it, beside their own."""

    layout: Layout
    index: np.ndarray
    fixed: tuple


@lru_cache
def _alone(layout, names):
    """`_Own` of the data set that has these ``(local, global)`` names."""
    ties, own, pairs, tied = dict(layout.ties), {}, [], []
    for local, name in names:
        source = ties.get(name, name)
        if source == "T":
            tied.append((local, "T"))
            pairs.append((local, local))
        else:
            # Parameters that are one have the name of the first.
            pairs.append((local, own.setdefault(source, local)))
    free = [name for name in layout.free if name in own]
    index = np.array([layout.free.index(name) for name in free], dtype=int)
    alone = Layout(tuple(own[name] for name in free), tuple(tied), (tuple(pairs),))
    return _Own(alone, index, tuple((name, source) for source, name in own.items()))


def anonymous(data, **changes):
    """The same data; a label of its own would be a program of its own."""
    data = copy.copy(data)
    for name, value in ({"label": "", "said": ()} | changes).items():
        if name in data.__dataclass_fields__:
            object.__setattr__(data, name, value)
    return data


def _without_points(data):
    """What solutions depend on: of sweeps not the biases, of nothing the signal."""
    x = None if data.is_sweep or data.of_the_device else data.x
    return anonymous(data, x=x, y=None, error=None, **data.of_the_device)
