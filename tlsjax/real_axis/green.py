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

from tlsjax.core.pytrees import register
from tlsjax.core.status import nan_unless
from tlsjax.core.validation import is_known
from tlsjax.real_axis import collocation, ladder
from tlsjax.real_axis.collocation import Given
from tlsjax.real_axis.kernels import kernel_rows
from tlsjax.real_axis.mesh import Mesh, first_mesh, follow

# Rungs each side of a ladder where the splitting is traced, so that their number cannot
# depend on it: enough for splittings down to an eighth of k_B Tc0.
_RUNGS = 64
# Energy the rungs reach beyond the one asked for, in units of the host's k_B Tc.
_RUNGS_REACH = 12.0
# The mesh of a ladder: rounds in which it is placed, how many times more panels than for a
# distribution, and what they are to resolve. Its peaks are more and sharper, its energies
# cheap; with these an integral over the spectrum is good to 1e-5 at T = 0.2 Tc0, alpha = 1.
_ROUNDS, _LADDER_PANELS, _LADDER_REMAINDER = 4, 4, 1e-8


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
    mesh, epsilon, delta : panels and, at their nodes, ``epsilon_tilde`` and
        ``delta_tilde/u`` in units of ``pi T``, without magnetic and elastic scattering.
    residual : scalar, largest violation of the equations.
    rungs : static, of the ladder; 0 on a mesh.
    """

    given: Given
    mesh: Mesh
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
    def propagators(self) -> tuple[jax.Array, jax.Array]:
        """``(gamma, phi)`` at the nodes, ``g = i gamma`` and ``f = u phi``."""
        return self.given.propagators(self.epsilon, self.delta)

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
        gamma, phi = given.propagators(epsilon, delta)
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
            epsilon, delta, size = _on_ladder(x, given, self.rungs)
            solved = size < ladder.UNSOLVED
            return nan_unless(solved, epsilon), nan_unless(solved, delta)
        rows = kernel_rows(x, self.mesh, given.baths, given.T)
        found = collocation.sources(self.mesh.nodes, self.epsilon, self.delta, given)
        return collocation.self_energies(x, rows, found, given)


def _on_ladder(x, given, rungs):
    problem, own = ladder.ladder(x, given, rungs)
    v, size = ladder.solve_ladder(problem)
    fields = ladder.self_energies(problem, v)
    epsilon, delta = (jnp.take_along_axis(f, own[:, None], axis=1)[:, 0] for f in fields)
    return epsilon, delta, size


def static_rungs(baths, scale) -> int:
    """Number of rungs, outside ``jit``; 0 where the equations do not close on a ladder.

    ``scale`` is a temperature of the size of Tc.
    """
    if len(baths) != 1 or not baths[0].is_sharp:
        return 0
    E0 = baths[0].distribution.largest_energy()
    known = is_known(E0) and is_known(scale) and jnp.ndim(E0) == 0 and jnp.ndim(scale) == 0
    return ladder.rungs_for(float(E0 / scale), _RUNGS_REACH) if known else _RUNGS


def solve_green(given: Given, coarse_given: Given, panels, line, extent, reserve, rungs):
    """Two `Green`: the solution, and a coarser one without derivatives.

    The coarser one has half the panels and rungs, and ``coarse_given``; its mesh is the one the
    finer is made from. ``extent`` is the energy up to which features are looked for at first,
    ``reserve`` a `Reserve` of panels or None.
    """
    fixed = stop_gradient(given)
    coarse_given, extent, reserve = stop_gradient((coarse_given, extent, reserve))
    end = 0.97 * line.reach
    core = jnp.minimum(extent, end / 4)
    if not rungs:
        mesh, epsilon, delta = collocation.descend(fixed, panels // 2, core, end, reserve)
        coarse = _on_mesh(coarse_given, mesh, epsilon, delta)
        finer = follow(mesh, fixed.ratio(epsilon, delta), fixed.X, panels, reserve=reserve)
        first = (mesh.interpolate(f, finer.nodes) for f in (epsilon, delta))
        return _on_mesh(given, finer, *first), coarse

    panels = _LADDER_PANELS * panels

    def place(mesh, _):
        epsilon, delta, _ = _on_ladder(mesh.nodes, fixed, rungs // 2)
        v = fixed.ratio(epsilon, delta)
        return follow(mesh, v, fixed.X, panels // 2, _LADDER_REMAINDER), None

    mesh, _ = lax.scan(place, stop_gradient(first_mesh(panels // 2, core, end)), length=_ROUNDS)
    coarse = _on_rungs(coarse_given, mesh, rungs // 2)
    v = coarse_given.ratio(coarse.epsilon, coarse.delta)
    finer = follow(mesh, v, fixed.X, panels, _LADDER_REMAINDER)
    return _on_rungs(given, finer, rungs), coarse


def _on_mesh(given, mesh, epsilon, delta):
    epsilon, delta, residual = collocation.solve(given, mesh, epsilon, delta)
    return Green(given, stop_gradient(mesh), epsilon, delta, residual, 0)


def _on_rungs(given, mesh, rungs):
    mesh = stop_gradient(mesh)
    epsilon, delta, size = _on_ladder(mesh.nodes, given, rungs)
    return Green(given, mesh, epsilon, delta, jnp.max(size), rungs)
