"""Measurements of resonators and cavities against temperature.

The theory for them is in `tlsjax.fitting.device`. Their size is the device's own, so that data
through Tc need no absolute one.
"""

import copy
import functools
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from tlsjax.core.pytrees import register
from tlsjax.core.validation import Rule, fail, non_negative, positive, require
from tlsjax.fitting.measurement import HOTTEST, Channel, Measurement, below, checked, fill
from tlsjax.fitting.microwave_tables import (
    COLD,
    FILMS,
    LOWEST,
    Guess,
    beside,
    exponent_of,
    guess,
    in_ghz,
    with_thermometer,
)
from tlsjax.io.resonators import read_resonator

# Q of a resonator: what is smaller is in dB, or is no resonance.
_SMALLEST_Q = 3.0


@partial(register, static=("label", "names", "film"))
@dataclass(init=False, frozen=True, repr=False, eq=False)
class ResonatorData(Measurement):
    """Resonance frequency and internal quality factor against temperature, through Tc or below it.

    Both are one data set, fitted together; one of them may be missing. With
    ``Z = R - iX ~ (-i)^(1-p) (sigma/sigma_n)^(-p)``, ``p`` the `film`'s exponent, a resonator with
    the share ``kinetic_fraction`` of its inductance in the superconductor at T = 0 has (J. Gao,
    thesis, Caltech 2008; Zmuidzinas, Annu. Rev. Condens. Matter Phys. 3, 169, 2012)

        f0 = f_r [1 + alpha_k (X/X_0 - 1)]^(-1/2) + TLS,
        1/Q_i = alpha_k (R/X_0)/[1 + alpha_k (X/X_0 - 1)] + 1/Q_residual + TLS,

    and a cavity of geometry factor G

        f0 = f_r [1 - (X - X_0)/2G] + ...,   1/Q_i = (R + R_residual)/G + ...

    TLS of the dielectric (`tlsjax.DielectricTLS`, another population than that of the metal) are
    there once ``F_tan_delta`` is freed or given.

    Parameters
    ----------
    T : (N,) in K
    f0 : (N,) in Hz, optional
    Qi : (N,), optional
    f0_error, Qi_error : (N,) or float, optional; of all that is given or of none.
    frequency : float in GHz
        Where the conductivity is taken; default: the coldest ``f0``, needed without one.
    geometry_factor : float in ohm, optional
        Of a cavity; then ``R_n`` and ``R_residual`` (ohm) are fitted, else ``kinetic_fraction``
        and ``residual_loss``.
    film : "thick" (default, p = 1/2), "thin" (thinner than lambda, p = 1: Z = 1/(sigma d)) or
        "anomalous" (p = 1/3), all local in the dirty limit
    pressure : (N,), optional
        Shifts ``f0`` by ``pressure_slope`` (Hz per unit) times its distance from its mean.
    photons : (N,), optional
        In the resonator: the dielectric's loss saturates as ``1/sqrt(1 + photons/n_c)``. Without
        them the ratio ``saturation`` can be freed instead, one for each set.
    T_error : float in K
        Of the thermometer: what a change by it does to the data, as they are, is added to their
        errors, which must be given then.
    label : str

    Notes
    -----
    Fitted: ``alpha`` and the splittings of impurities in the metal, ``Tc0`` (K), ``gap_ratio``
    (through Tc; else fixed, since only Delta(0) matters at low T), ``kinetic_fraction`` or
    ``R_n``, ``residual_loss`` or ``R_residual``, ``f_offset`` (Hz from ``frequency``) and
    ``pressure_slope``. Once freed, started or fixed: ``dynes``, ``magnetic``, ``F_tan_delta``,
    ``n_c`` or ``saturation``, and ``exponent``, p as a number of its own.

    Examples
    --------
    A resonator that is not there, read back in:

    >>> import numpy as np, tlsjax as tls
    >>> T = np.linspace(0.2, 1.4, 9)
    >>> data = tls.ResonatorData(T, f0=5e9 - 1e5 * T**4, Qi=1e6 / (1 + T**4))
    >>> print(data, f"{data.frequency:.6f} GHz")
    ResonatorData('resonator', 9 temperatures) 5.000000 GHz
    """

    names: tuple
    T: np.ndarray
    frequency: float
    geometry_factor: float | None
    film: str
    pressure: np.ndarray | None
    photons: np.ndarray | None
    reference: float

    kind = "resonator"
    of_the_device = MappingProxyType(
        {"geometry_factor": None, "pressure": None, "photons": None, "names": (), "film": ""}
    )
    x_label, y_label = r"Temperature $T$ (K)", r"$f_0$, $Q_i$"

    def __init__(
        self,
        T: ArrayLike,
        f0: ArrayLike | None = None,
        Qi: ArrayLike | None = None,
        f0_error: ArrayLike | None = None,
        Qi_error: ArrayLike | None = None,
        *,
        frequency: float | None = None,
        geometry_factor: float | None = None,
        film: str = "thick",
        pressure: ArrayLike | None = None,
        photons: ArrayLike | None = None,
        T_error: float = 0.0,
        label: str = "resonator",
    ) -> None:
        given = {"f0": (f0, f0_error), "Qi": (Qi, Qi_error)}
        given = {name: pair for name, pair in given.items() if pair[0] is not None}
        if not given:
            fail("f0", "given where Qi is not", "missing")
        columns = {name: checked("T", T, name, *pair) for name, pair in given.items()}
        T = next(iter(columns.values()))[0]
        require(positive("T", T, scalar=False), below("T", T, HOTTEST, "K", "mK"))
        if "Qi" in columns:
            Q = columns["Qi"][1]
            require(positive("Qi", Q, scalar=False))
            rule = f"a number of {_SMALLEST_Q:g} or more (is it 1/Qi, or in dB?)"
            require(Rule("Qi", rule, (Q,), lambda q: q >= _SMALLEST_Q))
        if "f0" in columns:
            f0 = columns["f0"][1]
            require(positive("f0", f0, scalar=False))
            rule = f"in Hz, {1e9 * LOWEST:g} or more (is it in GHz?)"
            require(Rule("f0", rule, (f0,), lambda f: f >= 1e9 * LOWEST))
            if frequency is None:
                frequency = float(f0[np.argmin(T)]) * 1e-9
        if frequency is None:
            fail("frequency", "given in GHz where f0 is not", "missing")
        frequency = in_ghz("frequency", frequency)
        errors = [column[2] for column in columns.values()]
        if any(e is None for e in errors) and not all(e is None for e in errors):
            missing = next(name for name, column in columns.items() if column[2] is None)
            fail(f"{missing}_error", "given with the other error, or neither of them", "missing")
        if geometry_factor is not None:
            require(positive("geometry_factor", geometry_factor, scalar=True))
        exponent_of(film)
        y = [v[1] - (1e9 * frequency if name == "f0" else 0.0) for name, v in columns.items()]
        errors = with_thermometer(T, y, errors, T_error)
        error = None if errors[0] is None else np.concatenate(errors)
        fill(self, np.tile(T, len(y)), np.concatenate(y), error, label)
        own = {
            "names": tuple(columns), "T": T, "frequency": frequency, "film": film,
            "geometry_factor": None if geometry_factor is None else float(geometry_factor),
            "pressure": beside("pressure", pressure, T), "photons": beside("photons", photons, T),
            "reference": 1.0,
        }  # fmt: skip
        if photons is not None:
            require(non_negative("photons", own["photons"], scalar=False))
        for name, value in own.items():
            object.__setattr__(self, name, value)
        object.__setattr__(self, "reference", COLD * self.guess().Tc)

    @classmethod
    def read(cls, path: str | Path, columns: dict | None = None, **choices: Any) -> Self:
        """From a table, its columns found by their names.

        Temperatures, ``f0`` (in the unit of its name, or Hz or GHz by its size; or a relative
        shift, with ``frequency``), ``Qi`` or 1/Qi, their errors, pressure and photons. ``columns``
        says what has other names, ``{"pressure": "MKS1000"}``; ``choices`` are the other arguments.
        """
        arrays, _ = read_resonator(path, columns, choices.get("frequency"))
        return cls(**arrays, **({"label": Path(path).stem} | choices))

    def between(self, low: float, high: float) -> Self:
        """The temperatures from ``low`` to ``high`` (K)."""
        keep = np.logical_and(low <= self.T, high >= self.T)
        if not keep.any():
            rule = f"about some of the points ({self.T.min():g} to {self.T.max():g})"
            fail("range", rule, f"{low:g} to {high:g}")
        found, rows = copy.copy(self), np.tile(keep, len(self.names))
        fill(found, *(None if c is None else c[rows] for c in (self.x, self.y, self.error)),
             self.label)  # fmt: skip
        for name in ("T", "pressure", "photons"):
            values = getattr(self, name)
            object.__setattr__(found, name, None if values is None else values[keep])
        return found

    def __repr__(self):
        return f"{type(self).__name__}({self.label!r}, {self.T.size} temperatures)"

    @property
    def said(self) -> tuple:
        """What a reader of residuals and tables should know."""
        if "f0" not in self.names:
            return ()
        return (f"f0 is counted from {self.frequency:.10g} GHz, in Hz.",)

    @property
    def channels(self) -> tuple:
        """What was measured, and where it stands among the points."""
        labels = {
            "f0": rf"$f_0$ - {self.frequency:.6g} GHz (Hz)",
            "Qi": "Internal quality factor $Q_i$",
        }
        count = self.T.size
        return tuple(
            Channel(name, labels[name], slice(i * count, (i + 1) * count), name == "Qi")
            for i, name in enumerate(self.names)
        )

    def unit(self, alike: np.ndarray) -> np.ndarray:
        """What stands for errors that nobody knows: of f0 one for all, of Qi a share of it."""
        del alike
        parts = [(c.name, self.y[c.rows]) for c in self.channels]
        sizes = [np.full(y.size, np.std(y) or 1.0) if name == "f0" else y for name, y in parts]
        return np.concatenate(sizes)

    def guess(self) -> Guess:
        """Tc, whether the data go through it, and how large they are."""
        return _guess(self)

    def guessed_tc(self) -> float:
        """Tc of a rough model."""
        return self.guess().Tc

    def dielectric(self) -> dict:
        """Where what the dielectric adds begins once it is asked for."""
        parts = {c.name: self.y[c.rows] for c in self.channels}
        if "Qi" in parts:
            loss = 0.5 * float(1 / parts["Qi"].max())
        else:
            loss = 0.1 * float(np.ptp(parts["f0"])) / (1e9 * self.frequency)
        photons = 1.0 if self.photons is None else float(np.median(self.photons)) or 1.0
        return {"F_tan_delta": loss, "saturation": 1.0, "n_c": photons}

    def parameters(self) -> dict:
        """``{name: (value, lower, upper, free)}`` of what belongs to the device."""
        parts = {c.name: self.y[c.rows] for c in self.channels}
        Q, found, rough = parts.get("Qi"), {}, self.guess()
        normal = rough.normal or 1e-9
        cold = rough.cold if Q is not None else 0.0
        largest = 1.0 if Q is None else float(1 / Q.min())
        if self.geometry_factor is not None:
            G = self.geometry_factor
            found["R_n"] = (G * normal, 1e-4 * G * normal, 1e4 * G * normal, True)
            if Q is not None:
                found["R_residual"] = (G * cold, 0.0, G * largest, True)
        else:
            share = min(normal * rough.reactance, 0.5)
            found["kinetic_fraction"] = (share, 1e-4 * share, 1.0, True)
            if Q is not None:
                found["residual_loss"] = (cold, 0.0, largest, True)
        if "f0" in parts:
            start = float(parts["f0"][np.argmin(self.T)])
            found["f_offset"] = (start, -1e8 * self.frequency, 1e8 * self.frequency, True)
            if self.pressure is not None:
                # Ten times what would make all of the shift.
                steep = 10 * float(np.ptp(parts["f0"]) / (np.ptp(self.pressure) or 1.0)) or 1.0
                found["pressure_slope"] = (0.0, -steep, steep, True)
        found["exponent"] = (FILMS[self.film], 0.3, 1.0, False)
        found["F_tan_delta"] = (0.0, 0.0, 0.1, False)
        if self.photons is not None:
            middle = float(np.median(self.photons)) or 1.0
            found["n_c"] = (0.0, 1e-6 * middle, 1e9 * middle, False)
        elif Q is not None:
            found["saturation"] = (0.0, 0.0, np.inf, False)
        return found


# A fit asks several times, and data do not change.
@functools.lru_cache(maxsize=32)
def _guess(data):
    parts = {c.name: data.y[c.rows] for c in data.channels}
    loss = 1 / parts["Qi"] if "Qi" in parts else None
    shift = 1e-9 / data.frequency * parts["f0"] if "f0" in parts else None
    return guess(data.T, data.frequency, FILMS[data.film], loss, shift)
