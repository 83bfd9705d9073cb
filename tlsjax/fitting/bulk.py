"""Measurements in bulk: specific heat and critical field."""

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from tlsjax.core.pytrees import register
from tlsjax.core.validation import non_negative, positive, require
from tlsjax.fitting.measurement import HOTTEST, Measurement, below, checked, fill

# A fall of C/T between neighbours by this share is a jump: it is 0.59 of its top without a lattice.
_JUMP = 0.15
# The least share of an estimate, of gamma or of the lattice at Tc, that is worth a start.
_LEAST = 0.1


@partial(register, static=("label",))
@dataclass(init=False, frozen=True, repr=False, eq=False)
class SpecificHeatData(Measurement):
    """Specific heat against temperature, across Tc or below it.

    Parameters
    ----------
    T : (N,) in K
    C : (N,) in any unit, such as mJ/(mol K)
    error : (N,) or float in the unit of ``C``, optional
    label : str

    Notes
    -----
    Fitted: ``alpha``, the splittings, ``Tc0`` (K), ``gamma``, the Sommerfeld constant in the unit
    of C per K, and ``lattice``, that of ``lattice T^3`` (0 unless it is freed or given). Of
    impurities whose ``density`` is given their own levels are in it.
    """

    kind = "c"
    x_label, y_label = r"Temperature $T$ (K)", "Specific heat $C$"

    def __init__(
        self, T: ArrayLike, C: ArrayLike, error: ArrayLike | None = None, label: str = "c"
    ) -> None:
        fill(self, *checked("T", T, "C", C, error), label)
        require(positive("T", self.x, scalar=False), below("T", self.x, HOTTEST, "K", "mK"))

    def _of_sorted(self):
        """``(T, C/T, whether in the normal state, Tc)``, with T rising."""
        T, where = np.unique(self.x, return_inverse=True)
        heat = np.bincount(where, self.y / self.x) / np.bincount(where)
        # Where C/T falls most, if it falls as by a jump, or else above its largest.
        drop = -np.diff(heat)
        k = int(np.argmax(drop)) if drop.size else 0
        if drop.size and drop[k] > _JUMP * abs(heat[k]):
            # Between two points: at one of them, which would change sides, a descent ends.
            Tc = (T[k] + T[k + 1]) / 2
        else:
            Tc = 1.02 * T[np.argmax(heat)]
        return T, heat, Tc < T, float(Tc)

    def guessed_tc(self) -> float:
        """Where C/T jumps: the upper end of the superconductor's."""
        return self._of_sorted()[-1]

    def _guessed(self):
        """``(gamma, lattice)`` of ``C/T = gamma + lattice T^2`` above Tc, where that is seen."""
        T, heat, normal, Tc = self._of_sorted()
        # The largest C/T has the jump on top.
        gamma = float(np.max(np.abs(heat[~normal]))) / 2.4
        if normal.sum() > 1:
            lattice, own = np.polyfit(T[normal] ** 2, heat[normal], 1)
            if lattice > 0 and own > _LEAST * gamma:
                return float(own), float(lattice)
        return gamma, _LEAST * gamma / Tc**2

    def guessed_lattice(self) -> float:
        """Where ``lattice`` begins that is fitted."""
        return self._guessed()[1]

    def parameters(self) -> dict:
        """``{name: (value, lower, upper, free)}`` of what belongs to the measurement."""
        gamma, _ = self._guessed()
        return {
            "gamma": (gamma, gamma / 20, 20 * gamma, True),
            "lattice": (0.0, 0.0, np.inf, False),
        }


@partial(register, static=("label",))
@dataclass(init=False, frozen=True, repr=False, eq=False)
class CriticalFieldData(Measurement):
    """Thermodynamic critical field against temperature, of a superconductor of the first kind.

    Parameters
    ----------
    T : (N,) in K
    Hc : (N,) in any unit, such as mT
    error : (N,) or float in the unit of ``Hc``, optional
    label : str

    Notes
    -----
    Fitted: ``alpha``, the splittings, ``Tc0`` (K) and ``H0``, the field at T = 0 in the unit of Hc.
    """

    kind = "hc"
    x_label, y_label = r"Temperature $T$ (K)", "Critical field $H_c$"

    def __init__(
        self, T: ArrayLike, Hc: ArrayLike, error: ArrayLike | None = None, label: str = "hc"
    ) -> None:
        fill(self, *checked("T", T, "Hc", Hc, error), label)
        require(
            positive("T", self.x, scalar=False),
            non_negative("Hc", self.y, scalar=False),
            below("T", self.x, HOTTEST, "K", "mK"),
        )

    def guessed_tc(self) -> float:
        """Where the parabola ``H0 [1 - (T/Tc)^2]`` through the points ends."""
        some = self.y > 0.02 * self.y.max()
        if np.unique(self.x[some]).size < 2:
            return 1.1 * float(self.x.max())
        slope, level = np.polyfit(self.x[some] ** 2, self.y[some], 1)
        end = np.sqrt(-level / slope) if slope < 0 < level else 0.0
        return float(max(end, 1.001 * self.x[some].max()))

    def parameters(self) -> dict:
        """``{name: (value, lower, upper, free)}`` of what belongs to the measurement."""
        coldest = np.argmin(self.x)
        part = 1 - min(self.x[coldest] / self.guessed_tc(), 0.99) ** 2
        field = float(self.y[coldest]) / part or 1.0
        return {"H0": (field, field / 20, 20 * field, True)}
