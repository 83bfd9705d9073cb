"""Between the solver's units (``k_B Tc0 = 1``) and kelvin, meV and GHz (CODATA 2018)."""

from dataclasses import dataclass

from tlsjax.core.validation import fail, positive, require
from tlsjax.matsubara.literature import WEAK_COUPLING_GAP_RATIO

MEV_PER_KELVIN = 0.08617333262
MEV_PER_GHZ = 0.004135667696


_IN_MEV = {"meV": 1.0, "K": MEV_PER_KELVIN, "GHz": MEV_PER_GHZ}


def convert(value, unit, to):
    """An energy from one of the units ``"meV"``, ``"K"`` and ``"GHz"`` to another.

    Examples
    --------
    >>> from tlsjax.core.units import convert
    >>> print(f"{convert(0.2, 'meV', 'K'):.3f} K, {convert(0.2, 'meV', 'GHz'):.2f} GHz")
    2.321 K, 48.36 GHz
    """
    for name, given in (("unit", unit), ("to", to)):
        if given not in _IN_MEV:
            fail(name, f"one of {', '.join(_IN_MEV)}", repr(given))
    return value * (_IN_MEV[unit] / _IN_MEV[to])


@dataclass(frozen=True)
class Scale:
    """Physical scale of a sample: its clean Tc0 and how strongly coupled it is.

    Parameters
    ----------
    tc0_kelvin : float
        Transition temperature without two-level systems.
    gap_ratio : float
        ``2 Delta(0)/(k_B Tc0)`` of the clean host. The solver's host is weak-coupling,
        3.53; a real one (Nb 3.9 to 4.2, Pb 4.4) has a larger gap, which is taken into
        account by scaling every order parameter with ``gap_ratio/3.53``.

    Examples
    --------
    >>> from tlsjax.core.units import Scale
    >>> niobium = Scale(tc0_kelvin=9.25)
    >>> print(f"{niobium.to_mev(1.764):.3f} meV")
    1.406 meV
    """

    tc0_kelvin: float
    gap_ratio: float = WEAK_COUPLING_GAP_RATIO

    def __post_init__(self):
        require(positive("tc0_kelvin", self.tc0_kelvin), positive("gap_ratio", self.gap_ratio))

    def to_kelvin(self, temperature):
        """Temperature in kelvin from units of Tc0."""
        return temperature * self.tc0_kelvin

    def from_kelvin(self, kelvin):
        """Temperature in units of Tc0 from kelvin."""
        return kelvin / self.tc0_kelvin

    def to_mev(self, energy):
        """Energy in meV from units of ``k_B Tc0``."""
        return energy * self.tc0_kelvin * MEV_PER_KELVIN

    def from_mev(self, mev):
        """Energy in units of ``k_B Tc0`` from meV."""
        return mev / (self.tc0_kelvin * MEV_PER_KELVIN)

    def to_ghz(self, energy):
        """Frequency in GHz from an energy in units of ``k_B Tc0``."""
        return self.to_mev(energy) / MEV_PER_GHZ

    def gap_to_mev(self, order_parameter):
        """Order parameter in meV, scaled to the host's gap ratio."""
        return self.to_mev(order_parameter) * self.gap_ratio / WEAK_COUPLING_GAP_RATIO
