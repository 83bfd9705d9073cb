"""Between the units that people write and those of a solver: the only translator.

A solver takes any unit of energy, with temperatures in the same (``k_B = 1``): the host sets it.
People write kelvin and meV, or multiples of Tc0. `Units` knows what kind of quantity each
parameter and result is, by its name.
"""

import math
from dataclasses import dataclass
from typing import Any, Self

from tlsjax.core.constants import (
    MEV_PER_GHZ,
    MEV_PER_INVERSE_CM,
    MEV_PER_KELVIN,
    MEV_PER_RYDBERG,
    MEV_PER_THZ,
)
from tlsjax.core.validation import fail, positive, require

_IN_MEV = {
    "meV": 1.0,
    "K": MEV_PER_KELVIN,
    "GHz": MEV_PER_GHZ,
    "THz": MEV_PER_THZ,
    "cm-1": MEV_PER_INVERSE_CM,
    "Ry": MEV_PER_RYDBERG,
}


def convert(value, unit: str, to: str):
    """An energy from one unit to another: "meV", "K", "GHz", "THz", "cm-1" or "Ry".

    Examples
    --------
    >>> import tlsjax as tls
    >>> K, GHz = tls.units.convert(0.2, "meV", "K"), tls.units.convert(0.2, "meV", "GHz")
    >>> print(f"{K:.3f} K, {GHz:.2f} GHz")
    2.321 K, 48.36 GHz
    """
    for name, given in (("unit", unit), ("to", to)):
        if given not in _IN_MEV:
            fail(name, f"one of {', '.join(_IN_MEV)}", repr(given))
    return value * (_IN_MEV[unit] / _IN_MEV[to])


def per_second(rate, unit: str):
    """A rate in a unit of energy over hbar, as the solvers have it, in 1/s.

    Examples
    --------
    >>> import tlsjax as tls
    >>> print(f"{tls.units.per_second(1e-3, 'K'):.4g} per second")
    1.309e+08 per second
    """
    return 2e9 * math.pi * convert(rate, unit, "GHz")


_TEMPERATURES = ("T", "Tc", "Tc0", "T_tls", "T_e")
_RATES = ("alpha", "elastic_rate", "density")
_PURE = (
    "gap_ratio", "mu_star", "N", "N0", "status", "coupling", "weight", "gap_spread",
    "sigma1", "sigma2", "n_s", "Q",
)  # fmt: skip
# Kinds that people write in one unit, whatever that of energies is.
_OF_MICROWAVES = {
    "length": ("nm", ("lambda_L0", "mean_free_path", "xi0", "thickness", "penetration_depth")),
    "frequency": ("GHz", ("frequency",)),
    "speed": ("m/s", ("v_F",)),
    "resistance": ("ohm", ("R_s", "X_s", "geometry_factor", "residual")),
}
_FIXED = {kind: unit for kind, (unit, _) in _OF_MICROWAVES.items()}
_KINDS = dict.fromkeys(_TEMPERATURES, "temperature")
_KINDS |= {name: kind for kind, (_, names) in _OF_MICROWAVES.items() for name in names}
_KINDS |= dict.fromkeys(_RATES, "rate") | dict.fromkeys(_PURE, "pure")


def kind_of(name: str) -> str:
    """ "temperature", "rate", "pure", "energy" ...: what a parameter or a result is.

    ``alpha_2`` and ``alpha@label`` are what ``alpha`` is, ``Tc_error`` what ``Tc`` is, ``E0_a``
    what ``E0`` is, ``alpha_1_2`` what ``alpha`` is.
    """
    stem = name.partition("@")[0].removesuffix("_error")
    while stem not in _KINDS:
        head, mark, end = stem.rpartition("_")
        if not mark or not (end.isdigit() or (end.islower() and len(end) == 1)):
            break
        stem = head
    return _KINDS.get(stem, "energy")


@dataclass(frozen=True)
class Units:
    """What people write, and how many of the solver's units it is.

    Use `reduced`, `physical` or `of_rate`.

    Parameters
    ----------
    energy, temperature : str
        Names of the units that people write.
    per_energy, per_temperature, per_rate : float
        Solver units for one of them; rates are ``alpha``, ``elastic_rate`` and ``density``.

    Examples
    --------
    >>> import tlsjax as tls
    >>> units = tls.Units.physical(tc0_kelvin=9.25)
    >>> print(f"{units.into('T', 2.0):.4f} meV, alpha = 1 is {units.into('alpha', 1.0):.4f} meV")
    0.1723 meV, alpha = 1 is 0.7971 meV
    """

    energy: str
    temperature: str
    per_energy: float = 1.0
    per_temperature: float = 1.0
    per_rate: float = 1.0

    @classmethod
    def reduced(cls, energy: str = "k_B Tc0", temperature: str = "Tc0") -> Self:
        """The solver's own unit, Tc0 = 1 (or what else is named)."""
        return cls(energy, temperature)

    @classmethod
    def physical(cls, tc0_kelvin: float | None = None) -> Self:
        """Kelvin and meV, with a solver in meV.

        Rates are written in units of ``k_B Tc0`` where there is a clean Tc0, in meV where there
        is none (a strong-coupling host).
        """
        if tc0_kelvin is None:
            return cls("meV", "K", 1.0, MEV_PER_KELVIN)
        require(positive("tc0_kelvin", tc0_kelvin, scalar=True))
        return cls("meV", "K", 1.0, MEV_PER_KELVIN, MEV_PER_KELVIN * tc0_kelvin)

    @classmethod
    def of_rate(cls, rate_mev: float) -> Self:
        """Kelvin and meV, with a solver in units of a rate ``hbar/tau_in`` in meV."""
        require(positive("rate_mev", rate_mev, scalar=True))
        return cls("meV", "K", 1 / rate_mev, MEV_PER_KELVIN / rate_mev)

    @property
    def is_physical(self) -> bool:
        """Whether people write kelvin and meV."""
        return self.energy == "meV"

    def _factor(self, name):
        kinds = {
            "energy": self.per_energy,
            "temperature": self.per_temperature,
            "rate": self.per_rate,
        }
        # The rest is written as it is solved.
        return kinds.get(kind_of(name), 1.0)

    def into(self, name: str, value: Any) -> Any:
        """A parameter as the solver takes it."""
        return value * self._factor(name)

    def out(self, name: str, value: Any) -> Any:
        """A result, or its error, as people read it."""
        # A status is a whole number and stays one.
        return value if kind_of(name) == "pure" else value / self._factor(name)

    def unit_of(self, name: str) -> str:
        """Name of the unit of a quantity, "1" for a pure number."""
        kind = kind_of(name)
        if kind == "rate":
            return "meV" if self.is_physical and self.per_rate == 1.0 else "1"
        own = {"energy": self.energy, "temperature": self.temperature, "pure": "1"}
        return (own | _FIXED)[kind]

    def column(self, name: str) -> str:
        """Name of a column of numbers: ``T_K`` or ``T_over_Tc0``."""
        unit = self.unit_of(name)
        if unit == "1":
            return name
        mark = unit.replace(" ", "").replace("_", "").replace("/", "_per_")
        fixed = unit in _FIXED.values()
        return f"{name}_{unit}" if self.is_physical or fixed else f"{name}_over_{mark}"


REDUCED = Units.reduced()
