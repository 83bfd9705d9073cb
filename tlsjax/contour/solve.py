"""The solution for any occupation of the impurities, and what the real axis needs of it.

In equilibrium the Matsubara axis is closed. Out of it impurities break pairs, by an amount
that only real energies know: the fixed point of `tlsjax.contour.equations` decides.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from tlsjax.contour.equations import Line, Matsubara, Problem, line_problem, without_breaking
from tlsjax.core.status import Status
from tlsjax.numerics.fixed_point import fixed_point

# On the last change of ``v zeta`` and of ``X`` in its unit. The errors of the line itself are
# some 1e-7.
TOLERANCE = 1e-8
# The fixed point takes 12 to 30 turns up to alpha of a few: one that needs 400 does not converge.
MAX_STEPS = 400


class Found(NamedTuple):
    """Solution for the order parameter at the Matsubara frequencies.

    unknowns : of the line, None in equilibrium, where it is not needed.
    size : the last change of ``unknowns``.
    """

    problem: Problem
    matsubara: Matsubara
    unknowns: Any
    size: jax.Array
    status: jax.Array
    steps: jax.Array


def in_equilibrium(baths) -> bool:
    """Whether no bath breaks pairs, whatever the temperature of the electrons."""
    return all(bath.occupation.in_equilibrium for bath in baths)


def solve_for_order_parameter(superconductor, T, population, axis, line, max_steps) -> Found:
    """`Found` of a superconductor with its electrons at ``T``."""
    problem = line_problem(superconductor, T, population, axis, line)
    if in_equilibrium(superconductor.baths(population)):
        matsubara = without_breaking(problem, axis, line)
        size, y = jnp.asarray(0.0), None
        return Found(problem, matsubara, y, size, matsubara.status, matsubara.steps)
    equations = Line(axis, line)
    # From above: no population makes Delta larger than this, and what lies below would be a
    # smaller solution.
    y, size, status, steps = fixed_point(
        equations, max_steps, equations.start(), TOLERANCE, problem
    )
    matsubara = equations.matsubara(y, problem)
    status = jnp.where(status == Status.CONVERGED, matsubara.status, status)
    return Found(problem, matsubara, y, size, status, steps)


def coarse_order_parameter(superconductor, T, population, y, axis, line):
    """``(problem, matsubara)`` as `solve_for_order_parameter` finds them on a line of half the
    reach.

    Out of equilibrium by one turn from its unknowns ``y``, cut there: the rest of the
    iteration would change the difference by a fraction of itself.
    """
    problem = line_problem(superconductor, T, population, axis, line)
    if y is None:
        return problem, without_breaking(problem, axis, line)
    equations = Line(axis, line)

    def turn(y, _):
        return equations.turn(y, problem)

    # Two halves of turns are wanted; a scan of two whole ones compiles in half the time.
    _, found = lax.scan(turn, equations.cut(y), None, length=2)
    return problem, jax.tree.map(lambda x: x[-1], found)
