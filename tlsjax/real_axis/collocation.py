"""The real axis for continuous baths, and any others: collocation on panels.

With the order parameter and the propagators at the Matsubara frequencies known, the equations at
any height above the real axis close on the propagators there (`tlsjax.contour.equations`). The
propagators are polynomials on panels; panels are graded towards the places where they are
sharp, which at low temperature are gap edges as narrow as ``exp(-Delta/T)``.

The solution is followed from the line of `tlsjax.contour.solve` down to the real axis, the mesh
with it. Where an edge is sharper there than panels resolve, and no height was asked for, it ends
at the smallest height that is resolved: a density of states seen through that resolution is exact.
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.lax import stop_gradient

from tlsjax.contour.equations import HEIGHT
from tlsjax.contour.kernels import Weights, kernel_rows
from tlsjax.contour.mesh import Mesh, Reserve, first_mesh, follow, sharpness
from tlsjax.contour.newton import angles, jacobian, newton, propagators, residual, turned
from tlsjax.contour.poles import Sources, sources_at
from tlsjax.contour.solve import ALL_PANELS, FEWER_PANELS, ROUGH_MESH, next_mesh
from tlsjax.numerics.blocks import one_at_a_time
from tlsjax.numerics.fixed_point import iterate
from tlsjax.numerics.implicit import AsItIs, implicit_root, known_value
from tlsjax.numerics.lanes import step_by_step
from tlsjax.real_axis.descent import SMALLEST, Where, first_place
from tlsjax.real_axis.given import Given

# The limits of `iterate`, whose last stage is not needed here, and the last change of the unknowns,
# which are of order one: on the way down, and at the target, where Anderson's iteration reaches
# rounding in 10 to 30.
_ROUGH, _EXACT = (30, 50, 50, 1e-4), (50, 90, 90, 1e-11)
# Last change above which a solution is none.
UNSOLVED = 1e-7
# Panels of the coarser solution.
SHARE = 0.75


class _OnMesh(NamedTuple):
    """Everything the solution on a mesh depends on."""

    given: Given
    mesh: Mesh
    weights: Weights
    sources: Sources

    @property
    def zeta(self):
        return self.given.table.height - 1j * self.mesh.nodes

    def unpack(self, y):
        """``w`` from the stored real and imaginary part of ``zeta/w``."""
        return self.zeta / (y[0] + 1j * y[1])


def _on_mesh(given, mesh):
    x = mesh.nodes
    weights = kernel_rows(x, mesh, given.baths, given.T)
    return _OnMesh(given, mesh, weights, sources_at(given.table, x))


def _turn(y, on: _OnMesh):
    """New stored unknowns from old ones, and the (N, 2) self energies."""
    epsilon, delta = on.given.self_energies(on.mesh.nodes, on.weights, on.sources, on.unpack(y))
    scaled = on.zeta / on.given.ratio(epsilon, delta)
    return jnp.stack([scaled.real, scaled.imag]), jnp.stack([epsilon, delta], axis=-1)


def _newton(y, image, found, on: _OnMesh):
    """`newton` for the packed unknowns."""
    del image
    given = on.given
    w = newton(on.unpack(y), given.X, found, on.zeta, on.weights, given.breaking.magnetic)
    scaled = on.zeta / w
    return jnp.stack([scaled.real, scaled.imag])


class _Equations(NamedTuple):
    """Usadel's equation at the nodes for `implicit_root`; static."""

    def residual(self, y, on):
        F, found = self._at(y, on)
        return residual(F, found, on.given.breaking.magnetic)

    def tangent(self, y, on, b):
        F, found = self._at(y, on)
        X, magnetic = on.given.X, on.given.breaking.magnetic
        matrix = jacobian(F, X, found, on.zeta, on.weights, magnetic)

        def stored(angle):
            gamma, phi = turned(F, X, angle)
            scaled = on.zeta * phi / gamma
            return jnp.stack([scaled.real, scaled.imag])

        return jax.jvp(stored, (jnp.zeros_like(b),), (angles(matrix, b),))[1]

    def _at(self, y, on):
        return propagators(on.unpack(y), on.given.X), _turn(y, on)[1]


def _solution(found, given):
    """The unknowns and the self energies as functions of what is `Given`: for their derivatives,
    with the kernels made anew."""
    y, mesh = found
    on = _on_mesh(given, mesh)
    y, _ = implicit_root(AsItIs(), _Equations(), y, on)
    return y, _turn(y, on)[1]


class Solved(NamedTuple):
    """``w`` on the nodes of a mesh, the (N, 2) self energies that it is the ratio of, and its last
    change, in its unit."""

    mesh: Mesh
    w: jax.Array
    energies: jax.Array
    residual: jax.Array


class _Level(NamedTuple):
    """State of the loop over meshes; ``coarse`` is the solution on the mesh with fewer panels, once
    it is known and None where it is not wanted, ``energies`` are the last self energies."""

    mesh: Mesh
    y: jax.Array
    energies: jax.Array
    where: Where
    coarse: Solved | None
    size: jax.Array

    @property
    def unfinished(self):
        return self.where.whole <= ALL_PANELS


def solve(given: Given, rough: Given | None, line, target, panels, end, reserve: Reserve | None):
    """``(fine, coarse)``, two `Solved`, the coarse one without derivative, and the height.

    ``rough`` is what the coarse one starts from; without it there is none. ``line = (mesh, w)`` is
    the solution on the line, None where it is not known; ``target`` the height, negative where it
    is to be chosen. ``reserve`` as in `follow`.
    """
    fixed = stop_gradient((given, rough, line, target, end, reserve))
    last = stop_gradient(one_at_a_time(partial(_descend, panels))(*fixed))
    given = given.at_height(jnp.where(target < 0, last.where.height, target))
    fixed = stop_gradient((last.y, last.mesh))
    y, energies = known_value(_solution, (last.y, last.energies), fixed, given)
    w = (given.table.height - 1j * last.mesh.nodes) / (y[0] + 1j * y[1])
    return Solved(last.mesh, w, energies, last.size), last.coarse, given


def bcs(panels, given, end):
    """``(mesh, w)`` of a BCS superconductor with the order parameter ``given``, on the line."""
    mesh = first_mesh(panels, given.gap, end)
    return mesh, HEIGHT - 1j * mesh.nodes


def _descend(panels, given, rough, line, target, end, reserve):
    """The last `_Level`."""
    floor = SMALLEST * given.gap
    where = first_place(jnp.maximum(HEIGHT, target), target, solved=line is not None)
    if line is None:
        mesh = follow(*bcs(panels, given, end), given.X, panels, end, reserve=reserve)
        y = jnp.stack([jnp.ones_like(mesh.nodes), jnp.zeros_like(mesh.nodes)])
    else:
        old, w = line
        mesh = follow(old, w, given.X, panels, end, reserve=reserve)
        scaled = old.interpolate((HEIGHT - 1j * old.nodes) / w, mesh.nodes)
        y = jnp.stack([scaled.real, scaled.imag])
        where = where.after(sharpness(old, w, given.X), True, floor)._replace(whole=where.whole)
    none = jnp.zeros((mesh.nodes.size, 2)) + 0j
    nothing = None if rough is None else Solved(mesh, y[0] + 1j * y[1], none, jnp.inf)
    first = _Level(mesh, y, none, where, nothing, jnp.zeros(()))
    fixed = given, rough, floor, end, reserve
    return step_by_step(lambda level: level.unfinished, partial(_step, panels), fixed, first)


def _step(panels, fixed, level):
    given, rough, floor, end, reserve = fixed
    where = level.where
    here = where.whole == FEWER_PANELS
    if rough is not None:
        given = jax.tree.map(lambda *pair: jnp.where(here, *pair), rough, given)
    given = given.at_height(where.height)
    broadened = given._replace(breaking=given.breaking.broadened(where.broadening))
    on = _on_mesh(broadened, level.mesh)
    passing = where.whole == ROUGH_MESH
    *limits, tolerance = (jnp.where(passing, *pair) for pair in zip(_ROUGH, _EXACT, strict=True))
    y, energies, size, _, _ = iterate(
        _turn, _newton, limits, level.y, level.energies, tolerance, on
    )
    w = on.unpack(y)
    coarse = level.coarse
    if coarse is not None:
        found = Solved(level.mesh, w, energies, size)
        coarse = jax.tree.map(lambda *pair: jnp.where(here, *pair), found, coarse)
    solved = size < jnp.where(where.whole == ALL_PANELS, UNSOLVED, _ROUGH[-1])
    again, stuck = where.too_long(solved), where.stuck(solved)
    after = where.after(sharpness(level.mesh, w, given.X), solved, floor)
    after = jax.tree.map(lambda *pair: jnp.where(stuck, *pair), where.lifted(), after)
    where = jax.tree.map(lambda *pair: jnp.where(again, *pair), where.shorter(given.gap), after)
    again = again | stuck
    where = where._replace(whole=next_mesh(where.whole, coarse is not None))
    # Where fewer panels are too few: go on from what was there.
    too_few = here & ~solved
    y = jnp.where(too_few, level.y, y)
    w = on.unpack(y)
    # What is no number any more ends here.
    lost = jnp.isnan(size) & ~again & ~too_few
    where = where._replace(whole=jnp.where(lost, ALL_PANELS + 1, where.whole).astype(jnp.int32))
    used = jnp.where(where.whole < ALL_PANELS, round(SHARE * panels), panels)
    mesh = follow(level.mesh, w, given.X, panels, end, reserve=reserve, used=used)
    # An analytic function, so that its values lower down are known to some extent.
    drop = jnp.where(too_few, 0.0, jnp.maximum(level.where.height - where.height, 0.0))
    moved = level.mesh.continued(y[0] + 1j * y[1], mesh.nodes, drop)
    moved = jnp.stack([moved.real, moved.imag])
    done = again | (where.whole > ALL_PANELS)
    y = jnp.where(again, level.y, y)
    mesh, y = jax.tree.map(
        lambda old, new: jnp.where(done, old, new), (level.mesh, y), (mesh, moved)
    )
    return _Level(mesh, y, energies, where, coarse, size)
