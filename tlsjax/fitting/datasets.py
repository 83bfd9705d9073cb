"""Measurements that can be fitted, in the units people measure in: K, meV and mV.

Each class holds what was measured and how; the theory for it is in `tlsjax.fitting.models`.
``error`` is the standard deviation of each point. Where there is none, sweeps of the bias are
given the noise between neighbouring points, other data equal weights (`tlsjax.fitting.report`
then scales the errors of parameters with the scatter).
"""

import copy
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from tlsjax.core.pytrees import register
from tlsjax.core.validation import counted, fail, non_negative, positive, require
from tlsjax.fitting import sweeps
from tlsjax.fitting.measurement import HOTTEST, Measurement, below, checked, fill
from tlsjax.model.superconductor import as_superconductor

TUNNELLING_KINDS = ("didv", "dos", "current")
# From peak amplitude to what a lock-in displays.
_MODULATION = {"peak": 1.0, "rms": 2**0.5}
# What is beyond these is in another unit: the largest gap is some 50 meV, and junctions break down
# below a volt.
_LARGEST_GAP, _LARGEST_BIAS = 200.0, 1000.0


@partial(register, static=("label",))
@dataclass(init=False, frozen=True, repr=False, eq=False)
class TcData(Measurement):
    """Transition temperatures of samples with more or fewer impurities.

    Parameters
    ----------
    concentration : (N,)
        Of the impurities, in any unit; ``alpha`` is the coupling at concentration 1 (for a
        single sample, give 1).
    Tc : (N,) in K
    error : (N,) or float in K, optional
    label : str

    Notes
    -----
    Fitted: ``alpha``, the splittings, the clean ``Tc0`` (K) and ``baseline``, the change of the
    clean Tc0 with concentration (K per unit) for reasons outside this theory.
    """

    kind = "tc"
    x_label, y_label = "Concentration", r"Transition temperature $T_c$ (K)"

    def __init__(
        self,
        concentration: ArrayLike,
        Tc: ArrayLike,
        error: ArrayLike | None = None,
        label: str = "tc",
    ) -> None:
        fill(self, *checked("concentration", concentration, "Tc", Tc, error), label)
        require(non_negative("concentration", self.x, scalar=False))
        require(positive("Tc", self.y, scalar=False), below("Tc", self.y, HOTTEST, "K", "mK"))


@partial(register, static=("label",))
@dataclass(init=False, frozen=True, repr=False, eq=False)
class GapData(Measurement):
    """Order parameter (or gap) against temperature.

    Parameters
    ----------
    T : (N,) in K
    Delta : (N,) in meV
    error : (N,) or float in meV, optional
    label : str

    Notes
    -----
    Fitted: ``alpha``, the splittings, ``Tc0`` (K) and ``gap_ratio``, ``2 Delta(0)/(k_B Tc0)`` of
    the clean host.
    """

    kind = "gap"
    x_label, y_label = r"Temperature $T$ (K)", r"Order parameter $\Delta$ (meV)"

    def __init__(
        self, T: ArrayLike, Delta: ArrayLike, error: ArrayLike | None = None, label: str = "gap"
    ) -> None:
        fill(self, *checked("T", T, "Delta", Delta, error), label)
        require(positive("T", self.x, scalar=False), non_negative("Delta", self.y, scalar=False))
        require(
            below("T", self.x, HOTTEST, "K", "mK"),
            below("Delta", self.y, _LARGEST_GAP, "meV", "ueV"),
        )


@partial(register, static=("label", "kind", "same", "symmetric", "said"))
@dataclass(init=False, frozen=True, repr=False, eq=False)
class TunnellingData(Measurement):
    """A bias sweep of a junction to a normal metal or a superconductor, or a density of states.

    Parameters
    ----------
    bias : (N,) in mV, in any order
    signal : (N,)
        Conductance (any unit, see ``G_N``), current (mV times that unit) or density of states.
    T : float, temperature of the sample in K
    error : (N,) or float, unit of ``signal``, optional
    kind : "didv" (default), "current" or "dos"
    modulation : float
        Lock-in modulation in mV, ``modulation_is`` "peak" (default) or "rms".
    label : str
    electrode : superconductor, "same" or None
        The other electrode: a model of its own, with energies in meV, at the same temperature;
        "same" as the sample; or a normal metal (default).
    josephson : float, optional
        Between two superconductors points within this of zero bias (mV) are left out, because the
        Josephson branch is not part of the theory; default: a twentieth of half the range.

    Notes
    -----
    Fitted: ``alpha``, the splittings, ``Tc0``, ``T_tls``, ``T_e`` of a normal electrode (K),
    ``gap_ratio``, ``G_N``, the offset ``V0`` and the Gaussian ``broadening`` (mV), and ``slope``
    of the background (1/mV): ``G_N (1 + slope V) G(V - V0)``. Of a superconducting electrode its
    own numbers, ``electrode_Tc0`` and so on, and the broadening always, which is positive. Once
    freed, started or fixed: the ``modulation`` (mV, peak) and a series resistance ``R_s`` in units
    of 1/signal (of a conductance; ohm where that is in S; of a current mV/signal, kiloohm where
    that is in uA): ``G/(1 + R_s G)`` at the junction's own voltage.

    Attributes
    ----------
    said : sentences about what was done to the data; they stand among the notes of a fit.
    """

    kind: str
    T: float
    modulation: float
    electrode: Any
    same: bool
    symmetric: bool
    said: tuple

    x_label = r"Bias $V$ (mV)"
    is_sweep = True

    def __init__(
        self,
        bias: ArrayLike,
        signal: ArrayLike,
        T: ArrayLike,
        error: ArrayLike | None = None,
        kind: str = "didv",
        modulation: ArrayLike = 0.0,
        modulation_is: str = "peak",
        label: str = "sweep",
        electrode: Any = None,
        josephson: float | None = None,
    ) -> None:
        if kind not in TUNNELLING_KINDS:
            fail("kind", f"one of {', '.join(TUNNELLING_KINDS)}", repr(kind))
        if modulation_is not in _MODULATION:
            fail("modulation_is", "peak or rms", repr(modulation_is))
        require(positive("T", T), non_negative("modulation", modulation))
        columns, said = checked("bias", bias, "signal", signal, error), ()
        same = isinstance(electrode, str)
        if same and electrode != "same":
            fail("electrode", "a superconductor, 'same' or None", repr(electrode))
        if electrode is not None:
            if kind == "dos":
                fail("electrode", "None where a density of states was measured", repr(electrode))
            if josephson is not None:
                require(non_negative("josephson", josephson))
            odd = kind == "current"
            columns, said = sweeps.without_josephson_branch(columns, odd, josephson)
            electrode = None if same else as_superconductor(electrode)
        elif josephson is not None:
            fail("josephson", "given with an electrode that superconducts", f"{josephson:g}")
        fill(self, *columns, label)
        require(
            below("T", T, HOTTEST, "K", "mK"),
            below("bias", self.x, _LARGEST_BIAS, "mV", "uV"),
        )
        modulation = float(modulation) * _MODULATION[modulation_is]
        own = {"kind": kind, "T": float(T), "modulation": modulation, "electrode": electrode}
        for name, value in (own | {"same": same, "symmetric": False, "said": said}).items():
            object.__setattr__(self, name, value)

    @property
    def y_label(self) -> str:
        """Axis label."""
        names = {"didv": r"Conductance $dI/dV$", "dos": "Density of states", "current": "Current"}
        return names[self.kind]

    @property
    def is_sis(self) -> bool:
        """Whether both electrodes superconduct."""
        return self.same or self.electrode is not None

    def noise(self) -> float:
        """Noise between neighbours in bias; a smooth spectrum shows nothing at that scale."""
        return sweeps.neighbour_noise(self.x, self.y)

    def between(self, low: float, high: float) -> Self:
        """The points at biases from ``low`` to ``high`` (mV).

        Examples
        --------
        >>> import numpy as np, tlsjax as tls
        >>> bias = np.linspace(-2, 2, 41)
        >>> sweep = tls.TunnellingData(bias, 1 + 0.1 * bias**2, T=1.0)
        >>> print(sweep.between(-1, 1), sweep.between(-1, 1).said)
        TunnellingData('sweep', 21 points) ('Left out 20 points beyond -1 to 1 mV.',)
        """
        columns, lost = sweeps.within(self._columns, low, high)
        said = f"Left out {counted(lost, 'point')} beyond {low:g} to {high:g} mV."
        return self._with(columns, (said,) if lost else ())

    def averaged(self) -> Self:
        """The mean of sweeps up and down, or of more of them, that stand one after the other.

        At the biases of the first; the others linearly in between, with the errors of
        independent points. Raises where there is one sweep alone.
        """
        return self._with(*sweeps.averaged(self._columns))

    def symmetrised(self, offset: float | None = None) -> Self:
        """``[G(V) + G(-V)]/2`` for V >= 0 about an offset in mV, of a current half the difference.

        By default where the sweep is most even. Each pair of points is one, with the error of both;
        the offset is taken out, and a fit keeps ``V0`` and ``slope`` at zero.
        """
        found = self._with(*sweeps.symmetrised(self._columns, offset, self.kind == "current"))
        object.__setattr__(found, "symmetric", True)
        return found

    @property
    def _columns(self):
        return self.x, self.y, self.error

    def _with(self, columns, said):
        found = copy.copy(self)
        fill(found, *columns, self.label)
        object.__setattr__(found, "said", self.said + said)
        return found


def divided_by_normal(bias, signal, normal_bias, normal_signal, error=None, normal_error=None):
    """``(ratio, error)``: a sweep over the same junction's normal-state sweep, interpolated to its
    biases, and the error of that from those of both (None where neither has one).

    Takes background and slope out, whatever their shape. Raises where the normal sweep does
    not cover the other.
    """
    order = np.argsort(normal_bias, kind="stable")
    low, high = normal_bias[order[[0, -1]]]
    step = np.median(np.diff(normal_bias[order])) if order.size > 1 else 0.0
    # A sweep a step shorter than the other is not worth an error.
    inside = (bias >= low - 2 * step) & (bias <= high + 2 * step)
    if not inside.all():
        text = f"covering the sweep's biases ({bias.min():g} to {bias.max():g} mV)"
        fail("normal-state sweep", text, f"from {low:g} to {high:g} mV")

    def at_bias(values):
        return np.interp(bias, normal_bias[order], values[order])

    reference = at_bias(normal_signal)
    require(positive("normal-state sweep", reference, scalar=False))
    ratio = signal / reference
    if error is None and normal_error is None:
        return ratio, None
    own = 0.0 if error is None else error
    of_reference = 0.0 if normal_error is None else ratio * at_bias(normal_error)
    return ratio, np.hypot(own, of_reference) / reference
