"""The solution for any occupation of the impurities, and what the real axis needs of it.

In equilibrium the Matsubara axis is closed. Out of it impurities break pairs, by an amount
that only real energies know: the fixed point of `tlsjax.contour.equations` decides.

The mesh of the line has to follow a solution that is not known yet. From a broadening of the
size of Delta, where any mesh will do, the solution is followed down to none, the mesh with it; then
once more on a mesh with fewer panels, whose answer is the error estimate (left out where none is
wanted), and on the whole mesh.
All meshes have the same shape, and are the same program. Where this fails there is another way
(`tlsjax.contour.descent`), for those that ask for it.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.lax import stop_gradient

from tlsjax.contour.descent import Descent
from tlsjax.contour.equations import HEIGHT, Line, on_mesh
from tlsjax.contour.inverted import Checked
from tlsjax.contour.matsubara import Matsubara, unknown, without_breaking
from tlsjax.contour.mesh import Mesh, first_mesh, follow
from tlsjax.contour.tangent import Solution
from tlsjax.core.status import Status, is_ok
from tlsjax.core.ways import CHECKED, DESCENT, FINE_DESCENT, ITERATION
from tlsjax.matsubara.interaction import UNRESOLVED_SHARE
from tlsjax.numerics.blocks import one_at_a_time
from tlsjax.numerics.fixed_point import iterate
from tlsjax.numerics.implicit import known_value
from tlsjax.numerics.lanes import step_by_step

# The fixed point takes 12 to 30 turns up to alpha of a few. One that has not converged by twice as
# many takes Newton's steps, and one that still has not after 60 of those does not converge.
MAX_STEPS = 120
# Turns before the first of Newton's steps, before both methods together, and in all (see
# `iterate`), and the last change of the unknowns (all are of order one): on a mesh that is yet to
# change, and on those whose solutions are kept.
TOLERANCE = 1e-9
_ROUGH, _PATIENCE = (40, 50, 80, 1e-3), (60, 75)
# First broadening, in units of the largest of Delta and pi T, and the ratio of two of them.
BROADENING, _RATIO = 0.3, 0.2
# Panels of the mesh on the line, of which the error estimate has a share. At T = 0.2 Tc0 and
# alpha = 1 they leave 2e-9 of Delta, 48 leave 3e-8.
PANELS, SHARE = 64, 2 / 3
# How many times as many the last method has: the row of peaks that it is for (alpha/T = 1,100 and
# E0 = T/4) had no solution with three times as many.
_FINER = 4
# Where the mesh ends, in units of the largest energy there is: tails beyond are constants.
END = 1e3


class Found(NamedTuple):
    """Solution for the order parameter at the Matsubara frequencies, and on the line.

    matsubara, coarse : `Matsubara`, and the same from fewer panels (in equilibrium the same), None
        where no errors were asked for.
    line : its `Mesh` and ``w`` on it, None in equilibrium, where nobody needs it.
    size : the last change of the unknowns.
    """

    matsubara: Matsubara
    coarse: Matsubara | None
    line: tuple | None
    size: jax.Array
    status: jax.Array
    steps: jax.Array


def less(broadening):
    """The broadening after this one; none once it is small beside the height of the line."""
    return jnp.where(broadening * _RATIO < HEIGHT / 2, 0.0, broadening * _RATIO)


def is_resolved(problem, found, axis):
    """Whether the frequency axis resolves Delta and the bosons.

    What an iteration was lost at is no Delta: then it is the one that is expected.
    """
    X = jnp.where(is_ok(found.status), found.matsubara.X, problem.square_scale)
    share = problem.on_axis.unresolved
    return (jnp.sqrt(X) < axis.resolved) & (share < UNRESOLVED_SHARE)


def in_equilibrium(baths) -> bool:
    """Whether no bath breaks pairs, whatever the temperature of the electrons."""
    return all(bath.occupation.in_equilibrium for bath in baths)


def solve_for_order_parameter(
    problem, axis, panels, max_steps, way=ITERATION, errors=True
) -> Found:
    """`Found` of a `Problem` by one of the `tlsjax.core.ways`; ``errors`` is whether the solution
    on fewer panels is wanted."""
    if in_equilibrium(problem.baths):
        found = without_breaking(problem, axis)
        coarse = found if errors else None
        return Found(found, coarse, None, jnp.zeros(()), found.status, found.steps)
    line = Line(axis)
    by = {
        ITERATION: _Levels(line, panels, max_steps, errors),
        CHECKED: Checked(_Levels(line, panels, max_steps, errors), line),
        DESCENT: Descent(line, panels, END, SHARE),
        FINE_DESCENT: Descent(line, _FINER * panels, END, SHARE, fine=True),
    }
    last = stop_gradient(one_at_a_time(by[way])(stop_gradient(problem)))
    found = last.fine
    y, values = known_value(Solution(line), (last.y, found.values), stop_gradient(last), problem)
    found = found.with_values(values)
    status = jnp.where(last.status == Status.CONVERGED, found.status, last.status)
    w, _ = line.unpack(y, problem, last.mesh)
    coarse = last.coarse if errors else None
    return Found(found, coarse, (last.mesh, w), last.size, status, last.steps)


class _Level(NamedTuple):
    """State of the loop over meshes.

    broadening : added to ``epsilon_tilde`` on this mesh.
    whole : number of meshes without broadening that have been solved on.
    followed : whether the solution was found on every mesh so far.
    fine, coarse : the `Matsubara` of this mesh and that of the one with fewer panels, once known.
    """

    mesh: Mesh
    y: jax.Array
    broadening: jax.Array
    whole: jax.Array
    followed: jax.Array
    fine: Matsubara
    coarse: Matsubara
    size: jax.Array
    status: jax.Array
    steps: jax.Array


# Meshes without broadening: a rough solution, one with fewer panels, one with all.
ROUGH_MESH, FEWER_PANELS, ALL_PANELS = range(3)


def next_mesh(whole, errors):
    """``whole``, or where no errors are wanted the mesh after the one that is for them alone."""
    return whole if errors else jnp.where(whole == FEWER_PANELS, ALL_PANELS, whole)


class _Levels(NamedTuple):
    """The loop of `solve_for_order_parameter`; static."""

    line: Line
    panels: int
    max_steps: int
    errors: bool

    def __call__(self, problem) -> _Level:
        end = END * problem.largest_energy
        gap = jnp.sqrt(problem.square_scale)
        mesh = first_mesh(self.panels, gap, end)
        nothing = unknown(self.line.axis)
        zero = jnp.int32(0)
        width = BROADENING * jnp.maximum(gap, 1.0)
        first = _Level(
            mesh, self.line.start(mesh), width, zero, zero == 0, nothing, nothing,
            zero + 0.0, zero, zero,
        )  # fmt: skip
        return step_by_step(
            lambda level: level.whole <= ALL_PANELS, self._step, (problem, end), first
        )

    def _step(self, fixed, level):
        problem, end = fixed
        line = self.line
        on = on_mesh(problem, level.mesh, level.broadening)
        rough = level.whole == ROUGH_MESH
        exact = *_PATIENCE, self.max_steps, TOLERANCE
        *limits, tolerance = (jnp.where(rough, *pair) for pair in zip(_ROUGH, exact, strict=True))
        aside = level.fine, jnp.zeros((level.mesh.nodes.size, 2)) + 0j
        y, (fine, _), size, status, steps = iterate(
            line, line.newton, limits, level.y, aside, tolerance, on
        )
        here = level.whole == FEWER_PANELS
        coarse = jax.tree.map(lambda *pair: jnp.where(here, *pair), fine, level.coarse)
        w, X = line.unpack(y, problem, level.mesh)
        # The normal state solves the equations where there is superconductivity as well: it is an
        # answer only if it was followed there, and not where something else was lost.
        followed = level.followed & (size <= tolerance)
        status = jnp.where(fine.normal & ~followed, Status.MAX_STEPS, status).astype(jnp.int32)
        # What is not found, or no number any more, ends here; a rough solution may be near.
        lost = jnp.isnan(size) | (~rough & (size > tolerance))
        whole = next_mesh(level.whole + (level.broadening == 0.0), self.errors)
        whole = jnp.where(lost, ALL_PANELS + 1, whole).astype(jnp.int32)
        used = jnp.where(whole < ALL_PANELS, round(SHARE * self.panels), self.panels)
        mesh = follow(level.mesh, w, X, self.panels, end, used=used)
        moved = line.move(y, level.mesh, mesh)
        done = whole > ALL_PANELS
        mesh, y = jax.tree.map(
            lambda old, new: jnp.where(done, old, new), (level.mesh, y), (mesh, moved)
        )
        # A small order parameter needs less of it.
        width = jnp.minimum(level.broadening, BROADENING * jnp.maximum(jnp.sqrt(X), 1.0))
        return _Level(
            mesh, y, less(width), whole, followed, fine, coarse, size, status, level.steps + steps
        )
