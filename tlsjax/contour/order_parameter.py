"""The order parameter for any population of the levels, and what the real axis needs of it.

In equilibrium the Matsubara axis is closed. Out of it impurities break pairs, by an amount
that only real energies know: the fixed point of `tlsjax.contour.equations` decides.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from tlsjax.contour.equations import Line, Matsubara, line_problem, solve_matsubara_given
from tlsjax.core.status import Status
from tlsjax.model.occupations import Thermal
from tlsjax.numerics.fixed_point import fixed_point
from tlsjax.real_axis.poles import PoleTable, pole_table

# On the last change of ``v zeta`` and Delta^2. The errors of the line itself are some 1e-7.
TOLERANCE = 1e-8


class Found(NamedTuple):
    """Solution for Delta: at the Matsubara frequencies, and their table for the real axis.

    unknowns : of the line, None in equilibrium, where it is not needed.
    size : the last change of ``unknowns``.
    """

    table: PoleTable
    matsubara: Matsubara
    unknowns: Any
    size: jax.Array
    status: jax.Array
    steps: jax.Array


def solve_for_delta(problem, axis, line, max_steps):
    """`Found` for ``problem = (ensemble, T, population, resolution)``."""
    given, height = _given(problem, axis, line)
    if isinstance(problem[2], Thermal):
        matsubara, y = _in_equilibrium(given, axis, line), None
        size, status, steps = jnp.asarray(0.0), matsubara.status, matsubara.steps
    else:
        equations = Line(axis, line)
        # From above: no population makes Delta larger than this by much, and what lies
        # below would be a smaller solution.
        start = equations.start(2.0)
        y, size, status, steps = fixed_point(
            equations, max_steps, start, jnp.asarray(TOLERANCE), given
        )
        matsubara = equations.matsubara(y, given)
        status = jnp.where(status == Status.CONVERGED, matsubara.status, status)
    table = pole_table(matsubara, given.kernels, line, height)
    return Found(table, matsubara, y, size, status, steps)


def coarse_delta(problem, y, axis, line):
    """``(table, matsubara)`` as `solve_for_delta` finds them on a line of half the reach.

    Out of equilibrium by one turn from its unknowns ``y``, cut there: the rest of the
    iteration would change the difference by a fraction of itself.
    """
    given, height = _given(problem, axis, line)
    if y is None:
        matsubara = _in_equilibrium(given, axis, line)
    else:
        equations = Line(axis, line)
        y = equations(equations.cut(y), given)
        matsubara = equations.matsubara(y, given)
    return pole_table(matsubara, given.kernels, line, height), matsubara


def _given(problem, axis, line):
    ensemble, T, population, resolution = problem
    return line_problem(ensemble, T, population, axis, line), resolution / (jnp.pi * T)


def _in_equilibrium(given, axis, line):
    # Nothing breaks pairs: the Matsubara axis is closed.
    none = (jnp.zeros((2, axis.nu.size)), jnp.zeros((2, len(line.n))))
    return solve_matsubara_given(none, given, axis, line)
