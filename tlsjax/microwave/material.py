"""A metal as microwaves see it: lengths in nm, and what a superconductor's unit of energy is."""

from typing import Self

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from tlsjax.core.constants import HBAR_MEV_PS, VACUUM_PERMEABILITY
from tlsjax.core.pytrees import parameters
from tlsjax.core.units import convert
from tlsjax.core.validation import Rule, fail, is_known, positive, require
from tlsjax.microwave.superfluid import penetration_depth
from tlsjax.model.hosts import WeakCouplingHost
from tlsjax.model.occupations import OccupationLike
from tlsjax.model.superconductor import SuperconductorLike, as_superconductor

# London's depth and the coherence length, nm, of clean metals at T = 0: Meservey and Schwartz, in
# Superconductivity, ed. Parks (1969), as tabulated in Kittel, Introduction to Solid State Physics.
_LENGTHS = {"Al": (16.0, 1600.0), "Nb": (39.0, 38.0), "Pb": (37.0, 83.0), "Sn": (34.0, 230.0)}


# Far shorter than an atom, in nm; in metres half a millimetre, longer than paths of electrons are.
_SHORTEST = 5e-4
# Faster than electrons of any metal, in m/s; in cm/s slower than most.
_FASTEST = 1e7


@parameters(static=("unit",))
class Material:
    """Lengths of a metal's electrons; with a `Superconductor` they give its surface impedance.

    Parameters
    ----------
    lambda_L0 : float
        London's depth ``sqrt(m/mu_0 n e^2)``, nm: of the clean metal at T = 0, local.
    mean_free_path : float
        ``l = v_F tau`` of all elastic scattering, nm; inf without. It means the rate
        ``hbar v_F/2 l``, in place of the superconductor's own.
    xi0 : float, optional
        ``hbar v_F/(pi Delta_0)``, nm, of the clean metal; or
    v_F : float, optional
        the Fermi velocity, m/s. One of the two; ``xi0`` goes with a weak-coupling host, whose clean
        ``Delta_0`` at T = 0 it means.
    unit : "K", "meV" or float
        What the superconductor's unit of energy is: that of its host's ``Tc0``. A number is how
        many kelvin it is: those of the transition, where ``Tc0`` is 1.

    Examples
    --------
    Niobium of the purity of cavities, its energies in kelvin:

    >>> import tlsjax as tls
    >>> niobium = tls.Superconductor(host=tls.WeakCouplingHost(9.25, gap_ratio=3.8))
    >>> metal = tls.Material(lambda_L0=32.0, mean_free_path=100.0, xi0=40.0)
    >>> rate, depth = metal.elastic(niobium), metal.penetration_depth(niobium, 2.0)
    >>> print(f"{rate:.2f} K, {depth:.2f} nm, {metal.resistivity(niobium):.2e} ohm m")
    11.04 K, 38.93 nm, 3.72e-09 ohm m
    """

    lambda_L0: ArrayLike
    mean_free_path: ArrayLike
    xi0: ArrayLike | None = None
    v_F: ArrayLike | None = None
    unit: str | float = "K"

    @classmethod
    def of(cls, metal: str, mean_free_path: ArrayLike, unit: str | float = "K") -> Self:
        """Clean "Al", "Nb", "Pb" or "Sn" (Kittel's table) with a mean free path in nm.

        For niobium in cavities 32 and 40 nm are used more often than the 39 and 38 nm here, and
        low-energy muons saw 29 and 40 nm (McFadden et al., arXiv:2511.02913, 2025).
        """
        if metal not in _LENGTHS:
            fail("metal", f"one of {', '.join(_LENGTHS)}", repr(metal))
        lambda_L0, xi0 = _LENGTHS[metal]
        return cls(lambda_L0, mean_free_path, xi0=xi0, unit=unit)

    def rules(self) -> tuple:
        """Domains of the lengths; raises where one is missing, or the unit is none."""
        if (self.xi0 is None) == (self.v_F is None):
            fail("xi0", "given, or v_F, and not both", f"{self.xi0} with v_F = {self.v_F}")
        if self.unit not in ("K", "meV") and not (
            isinstance(self.unit, int | float) and 0 < self.unit < float("inf")
        ):
            fail("unit", "'K', 'meV', or how many kelvin it is", repr(self.unit))
        for name in ("lambda_L0", "mean_free_path", "xi0"):
            require_nanometres(name, getattr(self, name))
        _require_metres_per_second(self.v_F)
        # The rules ask for finite values; infinity is a length here.
        path = jnp.where(jnp.isposinf(self.mean_free_path), 1.0, self.mean_free_path)
        text = "positive (nm; inf without scattering)"
        speed = "xi0" if self.v_F is None else "v_F"
        return (
            positive("lambda_L0", self.lambda_L0),
            Rule("mean_free_path", text, (path,), lambda x: x > 0),
            positive(speed, getattr(self, speed)),
        )

    def energy(self, value: ArrayLike, unit: str) -> ArrayLike:
        """An energy in "K", "meV", "GHz" ... in the superconductor's unit."""
        if isinstance(self.unit, str):
            return convert(value, unit, self.unit)
        return convert(value, unit, "K") / self.unit

    def velocity(self, superconductor: SuperconductorLike) -> ArrayLike:
        """``hbar v_F``, the superconductor's unit times nm."""
        return self.velocity_at(self.clean_gap(superconductor))

    def velocity_at(self, clean_gap: ArrayLike) -> ArrayLike:
        """``hbar v_F`` with a clean ``Delta_0``, which only ``xi0`` needs."""
        if self.v_F is None:
            return jnp.pi * clean_gap * self.xi0
        # 1 m/s is 1e-3 nm/ps.
        return self.energy(HBAR_MEV_PS * 1e-3, "meV") * self.v_F

    def clean_gap(self, superconductor: SuperconductorLike) -> ArrayLike:
        """The ``Delta_0`` that ``xi0`` refers to; 0 where ``v_F`` is given."""
        if self.v_F is not None:
            return 0.0
        host = as_superconductor(superconductor).host
        if not isinstance(host, WeakCouplingHost):
            fail("v_F", "given instead of xi0 unless the host is weak-coupling", repr(host))
        return host.gap_at_zero()

    def elastic(self, superconductor: SuperconductorLike) -> ArrayLike:
        """Rate ``hbar/2 tau = hbar v_F/2 l`` of elastic scattering, superconductor's unit."""
        return self.velocity(superconductor) / (2 * self.mean_free_path)

    def resistivity(self, superconductor: SuperconductorLike) -> ArrayLike:
        """Of the normal metal, ``mu_0 lambda_L0^2/tau`` in ohm m: Drude's, with the same n/m."""
        require(*self.rules())
        # The superconductor's unit, as a frequency 1/s.
        frequency = 1e12 / (HBAR_MEV_PS * self.energy(1.0, "meV"))
        tau_inverse = self.velocity(superconductor) / self.mean_free_path * frequency
        return VACUUM_PERMEABILITY * (1e-9 * self.lambda_L0) ** 2 * tau_inverse

    def penetration_depth(
        self, superconductor: SuperconductorLike, T: ArrayLike, population: OccupationLike = None
    ) -> jax.Array:
        """Of a static field in the local limit, nm: see `tlsjax.penetration_depth`."""
        require(*self.rules())
        rate = self.elastic(superconductor)
        return penetration_depth(superconductor, T, self.lambda_L0, population, elastic=rate)


def require_nanometres(name, length):
    """Raise where a length must be one in metres."""
    if length is not None and is_known(length):
        least = np.min(np.asarray(length, dtype=float), initial=np.inf)
        if 0 < least < _SHORTEST:
            fail(name, "in nm", f"{least:g}, which looks like metres")


def _require_metres_per_second(v_F):
    """Raise where a speed must be one in cm/s."""
    if v_F is not None and is_known(v_F):
        largest = np.max(np.asarray(v_F, dtype=float), initial=0.0)
        if largest >= _FASTEST:
            fail("v_F", "in m/s", f"{largest:g}, which looks like cm/s")
