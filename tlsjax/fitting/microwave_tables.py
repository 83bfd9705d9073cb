"""What a table at microwave frequencies says before it is fitted: units, Tc, errors."""

from typing import NamedTuple

import numpy as np
from scipy import optimize, special

from tlsjax.core.constants import MEV_PER_GHZ, MEV_PER_KELVIN, WEAK_COUPLING_GAP_RATIO
from tlsjax.core.validation import fail, non_negative, positive, require
from tlsjax.fitting.measurement import checked

# Exponents of ``Z ~ sigma^-exponent`` by the name of the film.
FILMS = {"thick": 1 / 2, "thin": 1.0, "anomalous": 1 / 3}
# Frequencies in GHz that resonators have: beyond they are in another unit.
LOWEST, _HIGHEST = 1e-3, 2e3
# Temperature that stands for zero, in units of Tc: what is left of 3.5 k_B Tc is 2e-8.
COLD = 0.1
# Transition temperatures that are tried, in units of the highest measured one; beyond the last a
# superconductor has no quasiparticles there.
_TRIED = np.geomspace(0.03, 30.0, 160)
# Points on either side of Tc from which on data go through it.
_BELOW, _ABOVE = 3, 1


class Guess(NamedTuple):
    """Of data against temperature: Tc (K), and whether they go through it.

    normal : loss of the normal metal (or shift to it, if that was measured), cold : what is left
    of the loss at T = 0, in the unit of the data; reactance : that of T = 0 over the resistance of
    the normal metal.
    """

    Tc: float
    through: bool
    normal: float
    cold: float
    reactance: float


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


def guess(T, frequency, exponent, loss=None, shift=None) -> Guess:
    """`Guess` from a loss, a relative shift of frequency, or both, by a model good to tens of per
    cent.

    For each of many Tc what is measured is ``normal times a curve, and a constant``, by least
    squares: of a loss in relative terms, neither of the two negative. Of a shift ``normal`` cannot
    be more than a kinetic inductance that is all there is.
    """
    tried = np.unique(np.concatenate([T.max() * _TRIED, T, (np.sort(T)[1:] + np.sort(T)[:-1]) / 2]))
    photon = MEV_PER_GHZ / MEV_PER_KELVIN * frequency
    found = []
    for Tc in tried[tried >= T.min()]:
        Z, cold = (_roughly(at, Tc, photon, exponent) for at in (T, COLD * Tc))
        misfits, linear = [], None
        if shift is not None:
            design = np.stack([(Z.imag - cold.imag) / 2, np.ones_like(T)], axis=1)
            ends = (0.0, -np.inf), (-1 / cold.imag, np.inf)
            solved = optimize.lsq_linear(design, shift, ends)
            misfits, linear = [np.sqrt(2 * solved.cost)], (solved.x[0], 0.0)
        if loss is not None:
            design = np.stack([Z.real, np.ones_like(T)], axis=1) / loss[:, None]
            linear, misfit = optimize.nnls(design, np.ones_like(T))
            misfits.append(misfit)
        # Whatever their units: how many times each is larger than elsewhere.
        total = np.sum(np.log(np.maximum(misfits, 1e-300)))
        found.append((total, Tc, *linear, -cold.imag))
    _, Tc, normal, constant, reactance = map(float, min(found))
    through = np.sum(Tc > T) >= _BELOW and np.sum(Tc < T) >= _ABOVE
    return Guess(Tc, bool(through), normal, constant, reactance)


def _roughly(T, Tc, photon, exponent):
    """Impedance over the normal metal's resistance, Mattis and Bardeen's at low frequency."""
    T = np.asarray(T, dtype=float)
    gap = WEAK_COUPLING_GAP_RATIO / 2 * Tc
    gap = gap * np.tanh(1.74 * np.sqrt(np.maximum(Tc / T - 1, 0.0)))
    x = photon / (2 * T)
    peak = 4 * gap / photon * np.exp(-gap / T) * (1 - np.exp(-2 * x)) / 2 * special.k0e(x)
    sigma = np.exp(-gap / T) + peak + 1j * np.pi * gap / photon * np.tanh(gap / (2 * T))
    turn = np.exp(-0.5j * np.pi * (1 - exponent)) / np.sin(np.pi / 2 * exponent)
    return turn * sigma**-exponent


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
