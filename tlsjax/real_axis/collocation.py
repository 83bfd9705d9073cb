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

from tlsjax.contour.equations import HEIGHT, self_energies
from tlsjax.contour.kernels import Weights, kernel_rows
from tlsjax.contour.mesh import Mesh, Reserve, first_mesh, follow, sharpness
from tlsjax.contour.newton import newton, propagators
from tlsjax.contour.poles import PoleTable, Sources, pole_table, sources_at
from tlsjax.contour.solve import BROADENING, less
from tlsjax.matsubara.pair_breaking import PairBreaking, ratio
from tlsjax.model.hosts import Closure
from tlsjax.numerics.blocks import one_at_a_time
from tlsjax.numerics.fixed_point import differentiable, iterate

# Ratio of the heights of two meshes on the way down. Where everything is smooth over this many
# times the height, the way down is one step.
_RATIO, _SMOOTH = 0.1, 4.0
# How many steps may be found too long, and taken again with the square root of their ratio; the
# power of it after one that was not.
_RETRIES, _LONGER = 20, 1.5
# How much more broadening, where the first was not enough.
_MORE = 6.0
# The limits of `iterate`, whose last stage is not needed here, and the last change of the unknowns,
# which are of order one: on the way down, and at the target, where Anderson's iteration reaches
# rounding in 10 to 30.
_ROUGH, _EXACT = (30, 60, 60, 1e-4), (50, 90, 90, 1e-11)
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


def _image(y, on: _OnMesh):
    """`_turn` without what it says besides."""
    return _turn(y, on)[0]


class Solved(NamedTuple):
    """``w`` on the nodes of a mesh, and its last change, in its unit."""

    mesh: Mesh
    w: jax.Array
    residual: jax.Array


class _Where(NamedTuple):
    """Where the loop over meshes is.

    broadening : added to ``epsilon_tilde`` on the first meshes, where nothing is solved without.
    height, target : where it is and where it goes, the latter negative until it is known.
    before, ratio : the height that was solved last (infinite at first), and the next one over it.
    retries : steps that may still be found too long.
    whole : number of meshes at the target that have been solved on.
    """

    broadening: jax.Array
    height: jax.Array
    target: jax.Array
    before: jax.Array
    ratio: jax.Array
    retries: jax.Array
    whole: jax.Array

    def too_long(self, solved):
        """Whether the step that led here is to be taken again, a shorter one."""
        free = (self.broadening == 0.0) & (self.height < self.before)
        return ~solved & (free | jnp.isinf(self.before)) & (self.retries > 0)

    def shorter(self, gap):
        """That step, or where it was the first one, broadened."""
        first = jnp.isinf(self.before)
        ratio = jnp.where(self.height < self.ratio * self.before, self.ratio, self.ratio**0.5)
        more = jnp.maximum(BROADENING * gap, _MORE * self.broadening)
        return self._replace(
            broadening=jnp.where(first, more, self.broadening),
            height=jnp.where(first, self.height, ratio * self.before),
            ratio=jnp.where(first, self.ratio, ratio),
            retries=self.retries - 1,
            whole=jnp.zeros_like(self.whole),
        )

    def after(self, sharp, solved, floor):
        """What comes next, once it is known how deep below this height an edge is."""
        chosen, free = self.target >= 0, self.broadening == 0.0
        goal = jnp.where(chosen, self.target, floor)
        smooth = (sharp > _SMOOTH * self.height) & solved
        arrived = self.height <= goal
        decided = free & ~chosen & (arrived | smooth)
        best = jnp.where((sharp < WIDER * floor) & ~smooth, floor, 0.0)
        target = jnp.where(decided, best, self.target)
        ratio = jnp.maximum(self.ratio**_LONGER, _RATIO)
        height = jnp.maximum(goal, ratio * self.height)
        near = smooth | (height < 2 * jnp.maximum(goal, floor))
        height = jnp.where(near, goal, height)
        height = jnp.where(decided, target, jnp.where(arrived | ~free, self.height, height))
        # After a step over which everything is smooth the mesh is right already.
        whole = self.whole + (free & ((arrived & chosen) | (smooth & ~arrived)))
        broadening = less(self.broadening)
        return self._replace(
            broadening=broadening, height=height, target=target, before=self.height,
            ratio=ratio, whole=whole.astype(jnp.int32),
        )  # fmt: skip


class _Level(NamedTuple):
    """State of the loop over meshes; ``coarse`` is the solution on the mesh with fewer panels, once
    it is known."""

    mesh: Mesh
    y: jax.Array
    where: _Where
    coarse: Solved
    size: jax.Array

    @property
    def unfinished(self):
        return self.where.whole <= _ALL_PANELS


# Meshes at the target: a rough solution, one with fewer panels, one with all.
_ROUGH_MESH, _FEWER_PANELS, _ALL_PANELS = range(3)


def solve(given: Given, line, target, panels, end, reserve: Reserve | None):
    """``(fine, coarse)``, two `Solved`, the coarse one without derivative, and the height.

    ``line = (mesh, w)`` is the solution on the line, None where it is not known; ``target`` the
    height, negative where it is to be chosen. ``reserve`` as in `follow`.
    """
    fixed = stop_gradient((given, line, target, end, reserve))
    last = stop_gradient(one_at_a_time(partial(_descend, panels))(*fixed))
    given = given.at_height(jnp.where(target < 0, last.where.height, target))
    # With the kernels made anew: nothing of this is done where no derivative is taken.
    y = differentiable(_image, last.y, _on_mesh(given, last.mesh))
    w = (given.table.height - 1j * last.mesh.nodes) / (y[0] + 1j * y[1])
    return Solved(last.mesh, w, last.size), last.coarse, given


def bcs(panels, given, end):
    """``(mesh, w)`` of a BCS superconductor with the order parameter ``given``, on the line."""
    mesh = first_mesh(panels, given.gap, end)
    return mesh, HEIGHT - 1j * mesh.nodes


def _descend(panels, given, line, target, end, reserve):
    """The last `_Level`."""
    floor = SMALLEST * given.gap
    begin = jnp.maximum(HEIGHT, target)
    retries, none = jnp.int32(_RETRIES), jnp.int32(0)
    where = _Where(jnp.zeros(()), begin, target, begin, jnp.asarray(_RATIO), retries, none)
    if line is None:
        mesh = follow(*bcs(panels, given, end), given.X, panels, end, reserve=reserve)
        y = jnp.stack([jnp.ones_like(mesh.nodes), jnp.zeros_like(mesh.nodes)])
        where = where._replace(before=jnp.asarray(jnp.inf))
    else:
        old, w = line
        mesh = follow(old, w, given.X, panels, end, reserve=reserve)
        y = (HEIGHT - 1j * old.nodes) / w
        y = jnp.stack([old.interpolate(part, mesh.nodes) for part in (y.real, y.imag)])
        where = where.after(sharpness(old, w, given.X), True, floor)._replace(whole=where.whole)
    nothing = Solved(mesh, y[0] + 1j * y[1], jnp.inf)
    first = _Level(mesh, y, where, nothing, jnp.zeros(()))
    step = partial(_step, given, floor, end, panels, reserve)
    return lax.while_loop(lambda level: level.unfinished, step, first)


def _step(given, floor, end, panels, reserve, level):
    where = level.where
    given = given.at_height(where.height)
    broadened = given._replace(breaking=given.breaking.broadened(where.broadening))
    on = _on_mesh(broadened, level.mesh)
    rough = where.whole == _ROUGH_MESH
    *limits, tolerance = (jnp.where(rough, *pair) for pair in zip(_ROUGH, _EXACT, strict=True))
    nothing = jnp.zeros((level.mesh.nodes.size, 2)) + 0j
    y, _, size, _, _ = iterate(_turn, _newton, limits, level.y, nothing, tolerance, on)
    w = on.unpack(y)
    here = where.whole == _FEWER_PANELS
    coarse = jax.tree.map(
        lambda new, old: jnp.where(here, new, old), Solved(level.mesh, w, size), level.coarse
    )
    solved = size < tolerance
    again = where.too_long(solved)
    after = where.after(sharpness(level.mesh, w, given.X), solved, floor)
    where = jax.tree.map(lambda *pair: jnp.where(again, *pair), where.shorter(given.gap), after)
    # What is no number any more ends here.
    lost = jnp.isnan(size) & ~again
    where = where._replace(whole=jnp.where(lost, _ALL_PANELS + 1, where.whole).astype(jnp.int32))
    used = jnp.where(where.whole < _ALL_PANELS, round(SHARE * panels), panels)
    mesh = follow(level.mesh, w, given.X, panels, end, reserve=reserve, used=used)
    moved = jnp.stack([level.mesh.interpolate(part, mesh.nodes) for part in y])
    done = again | (where.whole > _ALL_PANELS)
    y = jnp.where(again, level.y, y)
    mesh, y = jax.tree.map(
        lambda old, new: jnp.where(done, old, new), (level.mesh, y), (mesh, moved)
    )
    return _Level(mesh, y, where, coarse, size)
