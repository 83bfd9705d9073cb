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

from tlsjax import collocation, ladder
from tlsjax.collocation import propagators
from tlsjax.domain import is_known
from tlsjax.mesh import Mesh, first_mesh, follow
from tlsjax.parameters import register
from tlsjax.poles import PoleTable
from tlsjax.splittings import DeltaFunction

# Rungs each side of a ladder where the splitting is traced, so that their number cannot
# depend on it: enough for splittings down to an eighth of k_B Tc0.
_RUNGS = 64
# Energy the rungs reach beyond the one asked for, in units of the largest of Delta and k_B Tc0.
_RUNGS_REACH = 8.0
# Rounds in which the mesh of a ladder is placed.
_ROUNDS = 6


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

        On a ladder a solve of its own for each energy; on a mesh the equations' right-hand
        side at ``x``, which is as good as the nodes themselves.
        """
        if isinstance(self.ensemble.splittings, DeltaFunction):
            return _on_ladder(x, self.ensemble, self.T, self.population, self.table, self.X, self.rungs)[:2]
        rows = collocation.kernel_rows(x, self.mesh, self.ensemble, self.T, self.population)
        equations = collocation.Equations(self.mesh.nodes, rows, self.table, self.X)
        given = collocation.sources(equations, self.epsilon, self.delta)
        return collocation.self_energies(x, rows, self.table, given)


def _on_ladder(x, ensemble, T, population, table, X, rungs):
    E0 = ensemble.splittings.E0
    difference = population.difference(E0, T)
    problem = ladder.ladder(x, E0 / (jnp.pi * T), ensemble.alpha / T, difference, table, X, rungs)
    v, size = ladder.solve_ladder(problem)
    epsilon, delta = ladder.self_energies(problem, v)
    return epsilon[:, rungs], delta[:, rungs], jnp.max(size)


def _static_rungs(ensemble, T, fewer):
    E0 = ensemble.splittings.E0
    if is_known(E0) and is_known(T) and jnp.ndim(E0) == jnp.ndim(T) == 0:
        return ladder.rungs_for(float(E0), _RUNGS_REACH) // fewer
    return _RUNGS // fewer


def static_rungs(ensemble, T, fewer=1):
    """Number of rungs for an ensemble, outside ``jit``; 0 where there is no ladder."""
    if isinstance(ensemble.splittings, DeltaFunction):
        return _static_rungs(ensemble, T, fewer)
    return 0


def solve_real_axis(ensemble, T, population, table, X, panels, line, rungs):
    """`RealAxis` of an ensemble, given its order parameter and Matsubara propagators."""
    end = 0.97 * line.reach
    core = stop_gradient(4 * jnp.sqrt(X) + 4 / T)
    core = jnp.minimum(core, end / 4)
    if not isinstance(ensemble.splittings, DeltaFunction):
        mesh, epsilon, delta, residual = collocation.solve(
            ensemble, T, population, table, X, panels, core, end
        )
        return RealAxis(ensemble, T, population, table, X, mesh, epsilon, delta, residual, rungs)

    def at_nodes(problem, mesh):
        return _on_ladder(mesh.nodes, *problem, rungs)

    problem = (ensemble, T, population, table, X)

    def place(mesh, _):
        epsilon, delta, _ = at_nodes(stop_gradient(problem), mesh)
        return follow(mesh, delta / epsilon, X), None

    mesh = stop_gradient(first_mesh(panels, core, end))
    mesh, _ = lax.scan(place, mesh, None, length=_ROUNDS)
    epsilon, delta, residual = at_nodes(problem, stop_gradient(mesh))
    return RealAxis(ensemble, T, population, table, X, mesh, epsilon, delta, residual, rungs)
