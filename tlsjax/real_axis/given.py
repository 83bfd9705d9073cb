"""What the real axis starts from: Delta and the solution at the Matsubara frequencies.

With it the equations at any height above the real axis close on the propagators there.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.lax import stop_gradient

from tlsjax.contour.equations import self_energies
from tlsjax.contour.kernels import Weights
from tlsjax.contour.newton import propagators
from tlsjax.contour.poles import PoleTable, Sources, pole_table
from tlsjax.matsubara.pair_breaking import PairBreaking, ratio
from tlsjax.model.hosts import Closure


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
