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
from jax import lax
from jax.lax import stop_gradient

from tlsjax.contour.equations import HEIGHT, newton, propagators, self_energies
from tlsjax.contour.kernels import Weights, kernel_rows
from tlsjax.contour.mesh import Mesh, Reserve, follow, sharpness
from tlsjax.contour.poles import PoleTable, Sources, pole_table, sources_at
from tlsjax.matsubara.pair_breaking import PairBreaking, ratio
from tlsjax.model.hosts import Closure
from tlsjax.numerics.blocks import one_at_a_time
from tlsjax.numerics.fixed_point import differentiable, iterate

# Ratio of the heights of two meshes on the way down. Where everything is smooth over this many
# times the height, the way down is one step.
_RATIO, _SMOOTH = 0.1, 4.0
# Turns before the first of Newton's steps, turns in all, and the last change of the unknowns, which
# are of order one: on the way down, and at the target, where Anderson reaches rounding in 10 to 30.
_ROUGH, _EXACT = (60, 72, 1e-4), (80, 120, 1e-11)
# The smallest resolution that is chosen, in units of the larger of Delta and pi T: panels follow
# an edge over 16 e-folds. Edges that are wider than this many times the resolution do without.
SMALLEST, WIDER = 1e-7, 3.0
# Panels of the coarser solution.
SHARE = 0.75


class Given(NamedTuple):
    """What the real axis starts from: the baths, and the solution at the Matsubara frequencies.

    X : ``u^2`` in units of ``(pi T)^2``. closure : the host's equation.
    breaking : rates of static pair breaking; elastic : that of elastic scattering, over pi T.
    """

    baths: tuple
    T: jax.Array
    table: PoleTable
    X: jax.Array
    closure: Closure
    breaking: PairBreaking
    elastic: jax.Array

    @property
    def u(self):
        """Gap function at the first Matsubara frequency; in the normal state 0, derivative too."""
        superconducting = self.X > 0
        return jnp.where(superconducting, jnp.sqrt(jnp.where(superconducting, self.X, 1.0)), 0.0)

    @property
    def gap(self):
        """The larger of ``u`` and ``pi T``, without derivative."""
        return jnp.maximum(jnp.sqrt(stop_gradient(self.X)), 1.0)

    def at_height(self, height):
        """The same at another height."""
        return self._replace(table=pole_table(self.table.sums, height))

    def ratio(self, epsilon, delta):
        """``w = u epsilon_tilde/Delta_tilde`` with magnetic scattering."""
        if self.breaking.magnetic is None:
            return epsilon / delta
        return 1 / ratio(epsilon, delta, self.X, self.breaking)

    def propagators(self, w):
        """``gamma`` and ``phi`` on the physical branch."""
        return tuple(propagators(w, self.X).T)

    def self_energies(self, x, weights: Weights, sources: Sources, w):
        """``epsilon_tilde`` and ``delta_tilde/u`` at ``x`` from ``w`` on the nodes of a mesh, where
        ``sources`` are too.

        Dynes' rate is in the former, magnetic and elastic scattering are in neither.
        """
        F = propagators(w, self.X)
        zeta = self.table.height - 1j * x
        return self_energies(zeta, weights, F, sources, self.table.constant, self.breaking)


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
    """New stored unknowns from old ones, and ``delta_tilde/u``."""
    epsilon, delta = on.given.self_energies(on.mesh.nodes, on.weights, on.sources, on.unpack(y))
    scaled = on.zeta / on.given.ratio(epsilon, delta)
    return jnp.stack([scaled.real, scaled.imag]), delta


def _newton(y, image, delta, on: _OnMesh):
    """`newton` for the packed unknowns."""
    w, new = on.unpack(y), on.unpack(image)
    scaled = on.zeta / newton(w, new, on.zeta, on.given.X, on.weights, delta)
    return jnp.stack([scaled.real, scaled.imag])


def _turn_anew(y, theta):
    """`_turn` with the kernels made anew, and so differentiated."""
    return _turn(y, _on_mesh(*theta))[0]


class Solved(NamedTuple):
    """``w`` on the nodes of a mesh, and its last change, in its unit."""

    mesh: Mesh
    w: jax.Array
    residual: jax.Array


class _Level(NamedTuple):
    """State of the loop over meshes.

    height, target : where it is and where it goes, the latter negative until it is known.
    whole : number of meshes at the target that have been solved on.
    coarse : the solution on the mesh with fewer panels, once it is known.
    """

    mesh: Mesh
    y: jax.Array
    height: jax.Array
    target: jax.Array
    whole: jax.Array
    coarse: Solved
    size: jax.Array


# Meshes at the target: a rough solution, one with fewer panels, one with all.
_ROUGH_MESH, _FEWER_PANELS, _ALL_PANELS = range(3)


def solve(given: Given, start, target, panels, end, reserve: Reserve | None):
    """``(fine, coarse)``, two `Solved`, the coarse one without derivative, and the height.

    ``start = (mesh, y)`` is the solution on the line; ``target`` the height, negative where it is
    to be chosen. ``reserve`` as in `follow`.
    """
    fixed = stop_gradient(given)
    floor = SMALLEST * fixed.gap
    mesh, y = start
    y = y.reshape(2, -1)
    nothing = Solved(mesh, y[0] + 1j * y[1], jnp.inf)
    zero = jnp.zeros(())
    first = _Level(mesh, y, jnp.maximum(HEIGHT, target), target, jnp.int32(0), nothing, zero)

    def descend(fixed, floor, end, reserve, first):
        step = partial(_step, fixed, floor, end, panels, reserve)
        return lax.while_loop(lambda level: level.whole <= _ALL_PANELS, step, first)

    last = one_at_a_time(descend)(*stop_gradient((fixed, floor, end, reserve, first)))
    last = stop_gradient(last)
    given = given.at_height(jnp.where(target < 0, last.height, target))
    y = differentiable(_turn_anew, last.y, (given, last.mesh))
    w = (given.table.height - 1j * last.mesh.nodes) / (y[0] + 1j * y[1])
    fine = Solved(last.mesh, w, last.size)
    return fine, last.coarse, given


def _step(given, floor, end, panels, reserve, level):
    given = given.at_height(level.height)
    on = _on_mesh(given, level.mesh)
    rough = level.whole == _ROUGH_MESH
    *limits, tolerance = (jnp.where(rough, *pair) for pair in zip(_ROUGH, _EXACT, strict=True))
    nothing = jnp.zeros_like(level.mesh.nodes) + 0j
    y, _, size, _, _ = iterate(_turn, _newton, limits, level.y, nothing, tolerance, on)
    w = on.unpack(y)
    here = level.whole == _FEWER_PANELS
    coarse = jax.tree.map(
        lambda new, old: jnp.where(here, new, old), Solved(level.mesh, w, size), level.coarse
    )

    # The target, once it is known how sharp the edges are.
    sharp, chosen = sharpness(level.mesh, w, given.X), level.target >= 0
    smooth = (sharp > _SMOOTH * level.height) & (size < tolerance)
    goal = jnp.where(chosen, level.target, floor)
    arrived = level.height <= goal
    decided = ~chosen & (arrived | smooth)
    best = jnp.where((sharp < WIDER * floor) & ~smooth, floor, 0.0)
    target = jnp.where(decided, best, level.target)
    height = jnp.maximum(goal, _RATIO * level.height)
    near = smooth | (height < 2 * jnp.maximum(goal, floor))
    height = jnp.where(near, goal, height)
    height = jnp.where(decided, target, jnp.where(arrived, level.height, height))
    whole = level.whole + (arrived & chosen)
    # What is no number any more ends here.
    whole = jnp.where(jnp.isnan(size), _ALL_PANELS + 1, whole).astype(jnp.int32)

    used = jnp.where(whole < _ALL_PANELS, round(SHARE * panels), panels)
    mesh = follow(level.mesh, w, given.X, panels, end, reserve=reserve, used=used)
    moved = jnp.stack([level.mesh.interpolate(part, mesh.nodes) for part in y])
    done = whole > _ALL_PANELS
    mesh, y = jax.tree.map(
        lambda old, new: jnp.where(done, old, new), (level.mesh, y), (mesh, moved)
    )
    return _Level(mesh, y, height, target, whole, coarse, size)
