"""Numbers of the metals that host tunnelling atoms, with their sources."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from tlsjax.core.constants import MEV_PER_KELVIN
from tlsjax.core.validation import positive, require

MASS_H = 1.00782503
"""Atomic mass of hydrogen in u (AME2020)."""
MASS_D = 2.01410178
"""Atomic mass of deuterium in u (AME2020)."""
# gamma = (2 pi^2/3) k_B^2 N_A N(0) (1 + lambda): mJ/(mol K^2) per state/(eV atom spin).
# k_B in eV/K, and a mole of eV in mJ.
_GAMMA_PER_STATE = 2 * np.pi**2 / 3 * (MEV_PER_KELVIN / 1000) ** 2 * 96485.33212e3


@dataclass(frozen=True)
class Metal:
    """A superconductor without two-level systems.

    Parameters
    ----------
    name : str
    Tc : float
        Transition temperature, K.
    sommerfeld : float
        Electronic specific heat, mJ/(mol K^2).
    enhancement : float
        Its enhancement ``lambda`` by phonons; `density_of_states` is the bare one.
    atomic_volume : float
        angstrom^3 for each atom.
    valence : float
        Electrons for each atom in the free-electron sphere of `k_fermi`.
    """

    name: str
    Tc: float
    sommerfeld: float
    enhancement: float
    atomic_volume: float
    valence: float

    def __post_init__(self):
        names = "Tc", "sommerfeld", "atomic_volume", "valence"
        require(*(positive(name, getattr(self, name)) for name in names))

    @property
    def density_of_states(self) -> ArrayLike:
        """``N(0)`` for one spin, 1/(meV angstrom^3)."""
        states = self.sommerfeld / (_GAMMA_PER_STATE * (1 + self.enhancement))
        return states / 1000 / self.atomic_volume

    @property
    def k_fermi(self) -> ArrayLike:
        """Fermi wave number of a sphere that holds the valence electrons, 1/angstrom."""
        return float(np.cbrt(3 * np.pi**2 * self.valence / self.atomic_volume))


# Tc: CRC Handbook of Chemistry and Physics. Sommerfeld constants: Kittel, Introduction to Solid
# State Physics, table of electronic heat capacities. lambda: McMillan, Phys. Rev. 167, 331
# (1968), of lead from the tunnelling inversion of McMillan and Rowell (1969). Volumes from the
# lattice constants 3.3004 (bcc), 4.0496 and 4.9502 (fcc).
NIOBIUM = Metal("Nb", 9.25, 7.79, 0.82, 3.3004**3 / 2, 1.0)
"""Niobium (CRC Handbook, Kittel, McMillan 1968).

It is no free-electron metal: one s-like electron an atom gives a sphere of about the right size.
"""
ALUMINIUM = Metal("Al", 1.175, 1.35, 0.38, 4.0496**3 / 4, 3.0)
"""Aluminium (CRC Handbook, Kittel, McMillan 1968)."""
LEAD = Metal("Pb", 7.19, 2.98, 1.55, 4.9502**3 / 4, 4.0)
"""Lead (CRC Handbook, Kittel, McMillan and Rowell 1969)."""
