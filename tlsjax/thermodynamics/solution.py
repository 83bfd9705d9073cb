"""What `solve_thermodynamics` returns."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from tlsjax.core.pytrees import register
from tlsjax.core.results import Solution, solution
from tlsjax.core.status import Status
from tlsjax.core.validation import fail
from tlsjax.matsubara.axis import CompactAxis
from tlsjax.microscopic.materials import Metal
from tlsjax.model.superconductor import Superconductor
from tlsjax.thermodynamics.measured import Measured, measured
from tlsjax.thermodynamics.shifts import level_shift
from tlsjax.thermodynamics.zero import critical_field_at_zero


@register
@dataclasses.dataclass(frozen=True)
class Shares:
    """An entropy or a specific heat, by who has it.

    Attributes
    ----------
    difference : superconducting less normal state, of all that depends on the electrons.
    electrons : of the superconductor's electrons, the impurities' levels held as full as they are.
    shift : of the levels being shifted by the electrons (those of the normal metal too).
    levels : of the levels by themselves, or None without the impurities' ``density``.
    """

    difference: jax.Array
    electrons: jax.Array
    shift: jax.Array
    levels: jax.Array | None

    @property
    def impurities(self) -> jax.Array:
        """``levels + shift``; raises ValueError where the number of impurities is not known."""
        if self.levels is None:
            fail("density", "given for each TLSEnsemble to know what its levels have", "None")
        return self.levels + self.shift

    @property
    def total(self) -> jax.Array:
        """``electrons + impurities``; of the lattice there is nothing in it."""
        return self.electrons + self.impurities

    @property
    def known(self) -> jax.Array:
        """``electrons + shift``, and the levels where their number is known: what is measured, but
        for the lattice."""
        return self.electrons + self.shift + (0.0 if self.levels is None else self.levels)


@solution(static=("axis",))
class Thermodynamics(Solution):
    """Thermodynamics at one temperature, for each state at the Fermi level of one spin.

    Energies are in the superconductor's unit E, densities over ``N_f``: free energies are in
    ``N_f E^2``, entropies and specific heats in ``k_B N_f E``. Of a batch every array has the
    batch's shape. NaN if the solve failed.

    Attributes
    ----------
    free_energy : ``(Omega_S - Omega_N)/N_f``, 0 in the normal state.
    entropy : ``(S_S - S_N)/N_f``; by shares in `entropies`.
    specific_heat, entropies : `Shares`: difference, electrons, impurities, total.
    critical_field : ``Hc = sqrt(8 pi (Omega_N - Omega_S))`` in ``E sqrt(N_f)`` (Gaussian units);
        `measured` has it in mT.
    sommerfeld : ``gamma/N_f``, of ``C = gamma T``: ``(2 pi^2/3)(1 + lambda)`` with the mass
        enhancement by the host's phonons (not by impurities, whose depends on T).
    error, entropy_error, specific_heat_error : estimated absolute errors of ``free_energy``,
        ``entropy`` and ``specific_heat.difference``: how far these three move on a frequency axis
        and a quadrature ten times coarser.
    status, iterations : int32 scalars.
    superconductor, T, population : what was solved.
    """

    what = "Thermodynamics"
    value = "free_energy"
    shown = ("free_energy", "error", "entropy", "T", "superconductor", "iterations")
    arrays = ("population", "specific_heat", "critical_field", "sommerfeld", "entropies")

    free_energy: jax.Array
    entropies: Shares
    specific_heat: Shares
    sommerfeld: jax.Array
    error: jax.Array
    entropy_error: jax.Array
    specific_heat_error: jax.Array
    status: jax.Array
    iterations: jax.Array
    superconductor: Superconductor
    T: jax.Array
    population: Any
    unknowns: jax.Array
    axis: CompactAxis

    @property
    def entropy(self) -> jax.Array:
        """``(S_S - S_N)/N_f``."""
        return self.entropies.difference

    @property
    def critical_field(self) -> jax.Array:
        """``Hc/(E sqrt(N_f))``, 0 in the normal state."""
        # Linear in Tc - T, as the square root of a square.
        some = self.free_energy < 0
        return jnp.where(some, jnp.sqrt(8 * np.pi * jnp.where(some, -self.free_energy, 1.0)), 0.0)

    @property
    def deviation(self) -> jax.Array:
        """``D = Hc(T)/Hc(0) - [1 - (T/Tc)^2]``, 0 at and above Tc.

        Solves for Tc and for temperatures near zero. Raises ConvergenceError where that fails.
        """
        Tc, field = critical_field_at_zero(self.superconductor, self.population, self.axis)
        found = self.critical_field / field - (1 - (self.T / Tc) ** 2)
        return jnp.where(self.status == Status.NORMAL, 0.0, found)

    def level_shift(self, E: ArrayLike, impurity: int = 0) -> jax.Array:
        """How much the condensate moves the splitting ``E`` of a two-level system apart.

        ``delta E = -(2 N_f/n) d(Omega_S - Omega_N)/dN_ge`` by system of this splitting (theory,
        section 10), of the ensemble number ``impurity``, whose ``density`` is ``n/N_f``; to first
        order in ``alpha/density``, so that it is meant where it is small beside ``E`` and ``T``.

        Returns
        -------
        (..., *E.shape) in the superconductor's unit
        """
        return level_shift(self, E, impurity)

    def measured(self, metal: Metal, unit: str = "K") -> Measured:
        """In the units people measure in, for a superconductor whose unit is "K" or "meV".

        See `Measured`. The scale is the metal's Sommerfeld constant, which `sommerfeld` stands for.
        """
        return measured(self, metal, unit)
