"""Self energies at real energies, from those at the Matsubara frequencies.

One interface over the two ways there: a ladder for a single splitting, collocation on a mesh
for a distribution. Everything here is in units of ``pi T``.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jax.lax import stop_gradient

from tlsjax.core.pytrees import register
from tlsjax.core.status import nan_unless
from tlsjax.core.validation import is_known
from tlsjax.model.distributions.paper import DeltaFunction
from tlsjax.real_axis import collocation, ladder
from tlsjax.real_axis.collocation import propagators
from tlsjax.real_axis.mesh import Mesh, first_mesh, follow
from tlsjax.real_axis.poles import PoleTable

# Rungs each side of a ladder where the splitting is traced, so that their number cannot
# depend on it: enough for splittings down to an eighth of k_B Tc0.
_RUNGS = 64
# Energy the rungs reach beyond the one asked for, in units of the k_B Tc0.
_RUNGS_REACH = 12.0
# The mesh of a ladder: rounds in which it is placed, how many times more panels than for a
# distribution, and what they are to resolve. Its peaks are more and sharper, its energies
# cheap; with these an integral over the spectrum is good to 1e-5 at T = 0.2 Tc0, alpha = 1.
_ROUNDS, _LADDER_PANELS, _LADDER_REMAINDER = 4, 4, 1e-8


@partial(register, static=("rungs",))
@dataclass(frozen=True)
class RealAxis:
    """The solution at one height above the real axis, evaluated anywhere by `self_energies`.

    mesh, epsilon, delta : panels and, at their nodes, ``epsilon_tilde`` and
        ``delta_tilde/Delta``.
    residual : scalar, largest violation of the equations.
    """

    ensemble: Any
    T: jax.Array
    population: Any
    table: PoleTable
    X: jax.Array
    mesh: Mesh
    epsilon: jax.Array
    delta: jax.Array
    residual: jax.Array
    rungs: int

    @property
    def propagators(self):
        """``(gamma, phi)`` at the nodes of the mesh."""
        return propagators(self.epsilon, self.delta, self.X)

    def self_energies(self, x):
        """``epsilon_tilde`` and ``delta_tilde/Delta`` at energies ``x >= 0`` (M,).

        On a ladder a solve of its own for each energy, NaN where it fails; on a mesh the
        equations' right-hand side at ``x``, which is as good as the nodes themselves.
        """
        if isinstance(self.ensemble.splittings, DeltaFunction):
            problem = (self.ensemble, self.T, self.population, self.table, self.X)
            epsilon, delta, size = _on_ladder(x, *problem, self.rungs)
            solved = size < ladder.UNSOLVED
            return nan_unless(solved, epsilon), nan_unless(solved, delta)
        rows = collocation.kernel_rows(x, self.mesh, self.ensemble, self.T, self.population)
        equations = collocation.Equations(self.mesh.nodes, rows, self.table, self.X)
        given = collocation.sources(equations, self.epsilon, self.delta)
        return collocation.self_energies(x, rows, self.table, given)


def _on_ladder(x, ensemble, T, population, table, X, rungs):
    E0 = ensemble.splittings.E0
    difference = population.difference(E0, T)
    strength = ensemble.alpha / T
    problem, own = ladder.ladder(x, E0 / (jnp.pi * T), strength, difference, table, X, rungs)
    v, size = ladder.solve_ladder(problem)
    fields = ladder.self_energies(problem, v)
    epsilon, delta = (jnp.take_along_axis(f, own[:, None], axis=1)[:, 0] for f in fields)
    return epsilon, delta, size


def static_rungs(splittings):
    """Number of rungs for a distribution, outside ``jit``; 0 where there is no ladder."""
    if not isinstance(splittings, DeltaFunction):
        return 0
    E0 = splittings.E0
    known = is_known(E0) and jnp.ndim(E0) == 0
    return ladder.rungs_for(float(E0), _RUNGS_REACH) if known else _RUNGS


def solve_real_axis(problem, coarse_given, panels, line, rungs):
    """Two `RealAxis`: of ``problem = (ensemble, T, population, table, X)``, and a coarser one.

    The coarser one has half the panels and rungs, and ``coarse_given = (table, X)`` in place of
    the problem's; its mesh is the one the finer is made from. It carries no gradients.
    """
    ensemble, T, _, _, X = problem
    fixed = stop_gradient(problem)
    end = 0.97 * line.reach
    core = jnp.minimum(stop_gradient(4 * jnp.sqrt(X) + 4 / T), end / 4)
    coarse_problem = (*fixed[:3], *stop_gradient(coarse_given))
    if not isinstance(ensemble.splittings, DeltaFunction):
        mesh, epsilon, delta = collocation.descend(fixed, panels // 2, core, end)
        coarse = _on_mesh(coarse_problem, mesh, epsilon, delta, rungs // 2)
        finer = follow(mesh, delta / epsilon, fixed[-1], panels)
        first = (mesh.interpolate(f, finer.nodes) for f in (epsilon, delta))
        return _on_mesh(problem, finer, *first, rungs), coarse

    panels = _LADDER_PANELS * panels

    def place(mesh, _):
        epsilon, delta, _ = _on_ladder(mesh.nodes, *fixed, rungs // 2)
        return follow(mesh, delta / epsilon, X, panels // 2, _LADDER_REMAINDER), None

    mesh, _ = lax.scan(place, stop_gradient(first_mesh(panels // 2, core, end)), length=_ROUNDS)
    coarse = _on_rungs(coarse_problem, mesh, rungs // 2)
    finer = follow(mesh, coarse.delta / coarse.epsilon, X, panels, _LADDER_REMAINDER)
    return _on_rungs(problem, finer, rungs), coarse


def _on_mesh(problem, mesh, epsilon, delta, rungs):
    epsilon, delta, residual = collocation.solve(problem, mesh, epsilon, delta)
    return RealAxis(*problem, stop_gradient(mesh), epsilon, delta, residual, rungs)


def _on_rungs(problem, mesh, rungs):
    mesh = stop_gradient(mesh)
    epsilon, delta, size = _on_ladder(mesh.nodes, *problem, rungs)
    return RealAxis(*problem, mesh, epsilon, delta, jnp.max(size), rungs)
