"""The Green's function at real energies, from the solution at the Matsubara frequencies.

One interface over the two ways there: a ladder for a single splitting, collocation on a mesh
for everything else. Inside, everything is in units of ``pi T`` at ``zeta = height - i x``;
`Green.at` gives the fields in the superconductor's unit.
"""

from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jax.lax import stop_gradient
from numpy.typing import ArrayLike

from tlsjax.contour.equations import HEIGHT
from tlsjax.contour.kernels import kernel_rows
from tlsjax.contour.mesh import Mesh, follow, sharpness
from tlsjax.contour.poles import sources_at
from tlsjax.core.pytrees import register
from tlsjax.core.status import nan_unless
from tlsjax.core.validation import is_known
from tlsjax.real_axis import collocation
from tlsjax.real_axis.descent import SMALLEST, WIDER
from tlsjax.real_axis.given import Given
from tlsjax.real_axis.interpolant import Interpolant, interpolant
from tlsjax.real_axis.ladder import rungs_for
from tlsjax.real_axis.ladder_solve import UNSOLVED, near, solve_at

# Rungs each side of a ladder where the splitting is traced, so that their number cannot
# depend on it: enough for splittings down to an eighth of k_B Tc0.
_RUNGS = 64
# Energy the rungs reach beyond the one asked for, in units of the host's k_B Tc.
_RUNGS_REACH = 12.0
# The mesh of a ladder: how many times more panels than for a distribution, and what they are to
# resolve. Its peaks are more and sharper, its energies cheap; with these an integral over the
# spectrum is good to 1e-5 at T = 0.2 Tc0, alpha = 1. It is placed on the way down these heights,
# in units of pi T; negative is where the way ends.
_LADDER_PANELS, _LADDER_REMAINDER, _HEIGHTS = 4, 1e-8, (0.05, 1e-3, 0.0, -1.0, -1.0)


class Fields(NamedTuple):
    """The quasiclassical Green's function at some energies, all complex, elastic part included.

    With ``R = sqrt(delta_tilde^2 - epsilon_tilde^2)``: ``g = epsilon_tilde/R``,
    ``f = delta_tilde/R``, on the branch ``Im g >= 0``.
    """

    epsilon_tilde: jax.Array
    delta_tilde: jax.Array
    g: jax.Array
    f: jax.Array


@partial(register, static=("rungs",))
@dataclass(frozen=True)
class Green:
    """The Green's function at one height above the real axis, at any energy.

    Attributes
    ----------
    given : Given, the solution at the Matsubara frequencies.
    mesh, w : panels and, at their nodes, ``u epsilon_tilde/Delta_tilde`` in units of ``pi T``.
    epsilon, delta : what `self_energies` gives there.
    residual : scalar, largest violation of the equations.
    rungs : static, of the ladder; 0 on a mesh.
    """

    given: Given
    mesh: Mesh
    w: jax.Array
    epsilon: jax.Array
    delta: jax.Array
    residual: jax.Array
    rungs: int

    @property
    def unit(self) -> jax.Array:
        """``pi T``."""
        return jnp.pi * self.given.T

    @property
    def nodes(self) -> jax.Array:
        """(N,) ascending positive energies that resolve every feature."""
        return self.unit * self.mesh.nodes

    @property
    def weights(self) -> jax.Array:
        """(N,) such that ``weights @ F(nodes)`` integrates F over positive energies."""
        return self.unit * self.mesh.weights

    @property
    def breakpoints(self) -> jax.Array:
        """(P + 1,) ends of the panels: between two of them the functions are polynomials."""
        return self.unit * self.mesh.edges

    def panel_length(self, energy: ArrayLike) -> jax.Array:
        """Of the panel where each energy is."""
        panel, _ = self.mesh.locate(jnp.abs(energy) / self.unit)
        return self.unit * 2 * self.mesh.half[panel, 0]

    @property
    def height(self) -> jax.Array:
        """Height above the real axis."""
        return self.unit * self.given.table.height

    @property
    def pair_breaking(self) -> jax.Array:
        """Rate by which static pair breaking broadens high energies."""
        gamma = self.given.breaking.gamma
        return 0.0 if gamma is None else self.unit * gamma

    @property
    def constant(self) -> jax.Array:
        """Constant part of ``delta_tilde``, which all of it tends to at high energies."""
        return self.unit * self.given.u * self.given.table.constant

    def interpolate(self, values: ArrayLike, energy: ArrayLike) -> jax.Array:
        """Value at positive energies of the function with ``values`` at the nodes."""
        return self.mesh.interpolate(values, energy / self.unit)

    @property
    def interpolant(self) -> Interpolant:
        """``gamma`` between the nodes."""
        width = self.height + self.pair_breaking
        return interpolant(self.mesh, self.w, self.given.X, self.unit, self.constant, width)

    @property
    def edges(self) -> jax.Array:
        """(1,) energy of the gap's edge, 0 where there is none."""
        return self.interpolant.edge_energy[None]

    def excess(self, energy: ArrayLike, offset: ArrayLike) -> jax.Array:
        """``g/i - 1`` at positive energies, ``offset`` beyond the edge."""
        return self.interpolant.gamma(energy, offset) - 1

    @property
    def propagators(self) -> tuple[jax.Array, jax.Array]:
        """``(gamma, phi)`` at the nodes, ``g = i gamma`` and ``f = u phi``."""
        return self.given.propagators(self.w)

    def at_nodes(self) -> Fields:
        """`Fields` at the nodes."""
        return self._fields(self.epsilon, self.delta)

    def at(self, energy: ArrayLike) -> Fields:
        """`Fields` at energies (M,) of any sign."""
        x = energy / self.unit
        epsilon, delta = self.self_energies(jnp.abs(x))
        # The mirror image of a positive energy is its complex conjugate.
        return self._fields(*(jnp.where(x < 0, jnp.conj(f), f) for f in (epsilon, delta)))

    def _fields(self, epsilon, delta):
        given = self.given
        gamma, phi = given.propagators(given.ratio(epsilon, delta))
        u = given.u
        magnetic = 0.0 if given.breaking.magnetic is None else given.breaking.magnetic
        epsilon = epsilon + (given.elastic + magnetic) * gamma
        delta = delta + (given.elastic - magnetic) * phi
        return Fields(1j * self.unit * epsilon, self.unit * u * delta, 1j * gamma, u * phi)

    def self_energies(self, x: ArrayLike) -> tuple[jax.Array, jax.Array]:
        """``epsilon_tilde`` and ``delta_tilde/u`` at energies ``x >= 0`` (M,), units of ``pi T``.

        On a ladder a solve of its own for each energy, NaN where it fails; on a mesh the
        equations' right-hand side at ``x``, which is as good as the nodes themselves.
        """
        given = self.given
        if self.rungs:
            known = near(self.mesh, self.w, given)
            return _where_solved(solve_at(x, given, self.rungs, known))
        rows = kernel_rows(x, self.mesh, given.baths, given.T)
        sources = sources_at(given.table, self.mesh.nodes)
        return given.self_energies(x, rows, sources, self.w)


def static_rungs(baths, scale) -> int:
    """Number of rungs, outside ``jit``; 0 where the equations do not close on a ladder.

    ``scale`` is a temperature of the size of Tc.
    """
    if len(baths) != 1 or not baths[0].is_sharp:
        return 0
    E0 = baths[0].distribution.largest_energy()
    known = is_known(E0) and is_known(scale) and jnp.ndim(E0) == 0 and jnp.ndim(scale) == 0
    return rungs_for(float(E0 / scale), _RUNGS_REACH) if known else _RUNGS


def solve_green(given: Given, coarse: Given | None, line, target, panels, end, reserve, rungs):
    """Two `Green`: the solution, and a coarser one without derivatives, or None without ``coarse``.

    ``given`` and ``coarse`` are what they start from, on the line, ``line = (mesh, w)`` the
    solution there, or None where it is not known. ``target`` is the height, negative where it is
    to be chosen; ``end`` the end of the mesh, ``reserve`` a `Reserve` of panels or None.
    """
    line = stop_gradient(line)
    if rungs:
        return _on_rungs(given, coarse, line, target, panels, end, rungs)
    fine, other, given = collocation.solve(given, coarse, line, target, panels, end, reserve)
    best = Green(given, fine.mesh, fine.w, *fine.energies.T, fine.residual, 0)
    if coarse is None:
        return best, None
    coarse = stop_gradient(coarse.at_height(given.table.height))
    return best, Green(coarse, other.mesh, other.w, *other.energies.T, other.residual, 0)


def _on_rungs(given, coarse, line, target, panels, end, rungs):
    fixed = stop_gradient(given)
    panels = _LADDER_PANELS * panels
    floor = SMALLEST * fixed.gap

    def finer(mesh, w, epsilon, panels):
        how = {"remainder": _LADDER_REMAINDER, "relative": False, "epsilon": epsilon}
        return stop_gradient(follow(mesh, w, fixed.X, panels, end, **how))

    def place(carry, height):
        known, last, mesh, goal = carry
        # Down to the smallest height, and on if the edges allow it.
        goal = jnp.where(height < 0, goal, jnp.maximum(height, jnp.maximum(floor, target)))
        found = solve_at(mesh.nodes, fixed.at_height(goal), rungs // 2, known, last - goal)
        # A normal metal has no edge.
        narrow = (sharpness(mesh, found.w, fixed.X) < WIDER * floor) & (fixed.X > 0)
        chosen = jnp.where(target < 0, jnp.where(narrow, floor, 0.0), target)
        following = finer(mesh, found.w, found.epsilon, panels // 2)
        return (near(mesh, found.w, fixed), goal, following, chosen), None

    old, w = collocation.bcs(panels, fixed, end) if line is None else line
    mesh = finer(old, w, HEIGHT - 1j * old.nodes, panels // 2)
    w = (HEIGHT - 1j * mesh.nodes) / old.interpolate((HEIGHT - 1j * old.nodes) / w, mesh.nodes)
    first = (near(mesh, w, fixed), HEIGHT, mesh, floor)
    (known, last, mesh, height), _ = lax.scan(place, first, jnp.array(_HEIGHTS))
    height = stop_gradient(jnp.where(target < 0, height, target))
    given = given.at_height(height)
    # The whole mesh begins from the coarser solution, whoever wants that.
    start = stop_gradient(given if coarse is None else coarse).at_height(height)
    rough = solve_at(mesh.nodes, start, rungs // 2, known, last - height)
    known = near(mesh, rough.w, fixed)
    finest = finer(mesh, rough.w, rough.epsilon, panels)
    found = solve_at(finest.nodes, given, rungs, known)
    best = Green(given, finest, found.w, *_where_solved(found), jnp.max(found.size), rungs)
    if coarse is None:
        return best, None
    size = jnp.max(rough.size)
    return best, Green(start, mesh, rough.w, *_where_solved(rough), size, rungs // 2)


def _where_solved(angles):
    """``epsilon_tilde`` and ``delta_tilde/u`` of `Angles`, NaN where they were not found."""
    solved = angles.size < UNSOLVED
    return nan_unless(solved, angles.epsilon), nan_unless(solved, angles.delta)
