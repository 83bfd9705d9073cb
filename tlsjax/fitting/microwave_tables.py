"""What a table at microwave frequencies says before it is fitted: units, Tc, errors."""

from typing import NamedTuple

import numpy as np

from tlsjax.core.constants import WEAK_COUPLING_GAP_RATIO
from tlsjax.core.validation import fail, non_negative, positive, require
from tlsjax.fitting.measurement import checked

# Exponents of ``Z ~ sigma^-exponent`` by the name of the film.
FILMS = {"thick": 1 / 2, "thin": 1.0, "anomalous": 1 / 3}
# Frequencies in GHz that resonators have: beyond they are in another unit.
LOWEST, _HIGHEST = 1e-3, 2e3
# Temperature that stands for zero, in units of Tc: what is left of 3.5 k_B Tc is 2e-8.
COLD = 0.1
# A normal metal's ln loss: how far it is from the others at most, and its slope over ln T, which is
# 1.8 or more where a gap is open; how far it falls below Tc at least.
_FLAT, _GENTLE, _FALLEN = 0.15, 0.7, 1.0
# Share of the largest loss above which it is that of quasiparticles.
_THERMAL = 0.3
# Tc in units of the highest temperature where nothing shows it.
_OUT_OF_SIGHT = 4.0


class Guess(NamedTuple):
    """Of data against temperature: Tc (K), and whether they go through it."""

    Tc: float
    through: bool


def in_ghz(name, value):
    """A frequency in GHz, or one sentence that says what it seems to be in."""
    require(positive(name, value, scalar=True))
    value = float(value)
    if not LOWEST <= value <= _HIGHEST:
        unit = next((u for u, s in (("Hz", 1e-9), ("MHz", 1e-3)) if LOWEST < value * s < 100), "")
        hint = f" (is it in {unit}?)" if unit else ""
        fail(name, f"in GHz, between {LOWEST:g} and {_HIGHEST:g}{hint}", f"{value:g}")
    return value


def exponent_of(film):
    """Exponent of the name of a film."""
    if film not in FILMS:
        fail("film", f"one of {', '.join(FILMS)}", repr(film))
    return FILMS[film]


def guess(T, loss):
    """`Guess` from what grows with the loss: where it is flat on top the metal is normal."""
    order = np.argsort(T, kind="stable")
    T, starts = np.unique(T[order], return_index=True)
    loss = np.add.reduceat(loss[order], starts) / np.diff([*starts, order.size])
    none = Guess(_OUT_OF_SIGHT * float(T[-1]), False)
    if T.size < 4:
        return none
    log = np.log(np.maximum(loss, 1e-300))
    first = T.size - 1
    while first > 0 and abs(log[first - 1] - np.median(log[first:])) < _FLAT:
        first -= 1
    if 0 < first < T.size - 1:
        slope = (log[-1] - log[first]) / np.log(T[-1] / T[first])
        fallen = np.median(log[first:]) - log[:first].min()
        if abs(slope) < _GENTLE and fallen > _FALLEN:
            return Guess(float(T[first]), True)
    # Quasiparticles: ln loss falls as Delta/T, and Delta is 1.76 Tc.
    thermal = loss - loss.min() > _THERMAL * np.ptp(loss)
    if thermal.sum() >= 3:
        rate = -np.polyfit(1 / T[thermal], np.log(loss[thermal] - 0.9 * loss.min()), 1)[0]
        if rate > 2 * T[-1]:
            return Guess(float(2 * rate / WEAK_COUPLING_GAP_RATIO), False)
    return none


def loss_of_shift(T, shift):
    """Something that grows with the resistance: how far the frequency has fallen."""
    fallen = np.max(shift) - shift
    return fallen + 1e-3 * (np.ptp(fallen) or 1.0)


def beside(name, values, T):
    if values is None:
        return None
    return checked("T", T, name, values, None)[1]


def with_thermometer(T, columns, errors, T_error):
    """Errors with what a change of temperature does: ``hypot(error, |dy/dT| T_error)``."""
    require(non_negative("T_error", T_error, scalar=True))
    if not T_error:
        return errors
    if any(error is None for error in errors):
        fail("T_error", "given with the errors of the data", f"{float(T_error):g} without them")
    return [
        np.hypot(error, T_error * _steepness(T, y))
        for y, error in zip(columns, errors, strict=True)
    ]


def _steepness(T, y):
    """``|dy/dT|`` between neighbours in temperature, of each point the steeper side."""
    at, which, count = np.unique(T, return_inverse=True, return_counts=True)
    if at.size < 2:
        return np.zeros_like(y)
    mean = np.bincount(which, y) / count
    slope = np.abs(np.diff(mean) / np.diff(at))
    return np.maximum(np.append(slope, 0.0), np.append(0.0, slope))[which]
