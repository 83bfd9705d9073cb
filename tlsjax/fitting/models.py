"""The theory of each kind of measurement, as functions of parameters in physical units.

``values`` are the parameters of one data set by name, see `tlsjax.fitting.templates`; sweeps are
here, the others in `tlsjax.fitting.over_temperature`.

A prediction has two parts: `solve`, which takes nearly all of the time, and `signal`, what is
measured of the solution. What belongs to a junction alone enters only the second.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from tlsjax.core.constants import MEV_PER_KELVIN
from tlsjax.core.validation import fail
from tlsjax.fitting.device import device_signal
from tlsjax.fitting.over_temperature import OVER_TEMPERATURE
from tlsjax.fitting.templates import (
    ELECTRODE,
    MICROWAVE,
    is_algebraic,
    local_values,
    superconductor_of,
)
from tlsjax.model.named import bands_of
from tlsjax.model.occupations import EffectiveTemperature, Thermal
from tlsjax.model.two_band import TwoBand
from tlsjax.observables.kernel import Window, suffices, window_for
from tlsjax.observables.sis import sis_conductance, sis_current
from tlsjax.observables.tunnelling import tunnelling_conductance, tunnelling_current
from tlsjax.real_axis.solve import solve_spectrum
from tlsjax.real_axis.static import solve_static_spectrum

# Height above the real axis of a fit's spectra, in units of pi T. At a quarter the tunnelling
# integrals are exact to 1e-9, and a sweep at 0.01 Tc0 is as easy as any.
_HEIGHT = 0.25
# The same in units of the width, between two superconductors, whose temperature rounds no edge:
# what undoes it is exp(1/2) at most.
_HEIGHT_OF_TWO = 0.5
# How far temperature and broadening may fall, and biases grow, before a sweep needs a larger
# window: its size costs milliseconds, another compilation half a minute. By default a fit
# starts at the sample's temperature and may go down to half of it, and the mirror plane may move
# by a quarter of the sweep.
_ROOM, _BIAS_ROOM = 2.0, 1.5


class Settings(NamedTuple):
    """Static choices of the solvers.

    panels : of the spectrum; they leave some 1e-5 of a conductance, below the noise of any
        junction, in a quarter of the default's time.
    window : of the tunnelling integrals, one for all sweeps.
    thermal : whether the impurities are at the temperature of the sample.
    tolerance : of the frequency axis of Tc and Delta(T), see `compact_axis`.
    """

    panels: int = 32
    window: Window = Window(64, 512)
    thermal: bool = True
    tolerance: float = 1e-9


class Spectra(NamedTuple):
    """Of a sweep: ``[(share, spectrum), ...]`` of the sample and of the other electrode, in meV; of
    the latter None where it is a normal metal."""

    sample: list
    electrode: list | None


def spectrum(data, template, values, settings):
    """``(Spectra, statuses)`` of a sweep."""
    sample, status = _side_by_side(data, template, values, settings)
    if not data.is_sis:
        return Spectra(sample, None), status
    if data.same:
        return Spectra(sample, sample), status
    own = {n.removeprefix(ELECTRODE): v for n, v in values.items() if n.startswith(ELECTRODE)}
    own["broadening"] = values["broadening"]
    electrode, others = _side_by_side(data, data.electrode, own, settings._replace(thermal=True))
    return Spectra(sample, electrode), jnp.concatenate([status, others])


def _side_by_side(data, template, values, settings):
    """``([(share, spectrum), ...], statuses)`` of one superconductor or two."""
    second = values.get("weight", 0.0)
    shares = (1 - second, second) if isinstance(template, TwoBand) else (1.0,)
    height = 0.0 if data.kind == "dos" else jax.lax.stop_gradient(_height(data, values))
    T = data.T * MEV_PER_KELVIN
    every = [(band, local_values(values, end)) for band, end in bands_of(template)]
    samples = [superconductor_of(band, own) for band, own in every]
    if is_algebraic(template):
        shares = [jnp.asarray(share, dtype=float) for share in shares]
        found = solve_static_spectrum(samples, shares, T, values.get("gap_spread"), height)
        return [(1.0, found)], found.status[None]
    hot = EffectiveTemperature(values.get("T_tls", data.T) * MEV_PER_KELVIN)
    population = Thermal() if settings.thermal else hot
    found = [
        solve_spectrum(
            sample, T, population, panels=settings.panels, resolution=height, errors=False
        )
        for sample in samples
    ]
    return list(zip(shares, found, strict=True)), jnp.stack([one.status for one in found])


def junction(data, spectra, values, settings):
    """Signal at each bias: spectra side by side, each for electrons of both spins.

    In a magnetic field ``N(epsilon) = [N(epsilon + h) + N(epsilon - h)]/2`` (Meservey, Tedrow and
    Fulde, Phys. Rev. Lett. 25, 1270, 1970), which is a shift of the bias by ``h``, exactly.
    """
    bias = data.x - values["V0"]
    background = values["G_N"] * (1 + values["slope"] * data.x)
    if "spin_splitting" in values:
        shift = values["spin_splitting"]
        bias = jnp.stack([bias - shift, bias + shift])
    choices = {
        "broadening": values["broadening"],
        "modulation": _modulation(data, values),
        "series_resistance": values["R_s"] * values["G_N"] if "R_s" in values else None,
        "undo_resolution": True,
        "window": settings.window,
    }

    def seen(spectrum):
        if data.kind == "dos":
            return spectrum.dos(bias)
        measure = tunnelling_current if data.kind == "current" else tunnelling_conductance
        return measure(spectrum, bias, MEV_PER_KELVIN * values["T_e"], **choices)

    def between(spectrum, other):
        measure = sis_current if data.kind == "current" else sis_conductance
        return measure(spectrum, other, bias, **choices)

    if data.is_sis:
        total = sum(
            share * part * between(spectrum, other)
            for share, spectrum in spectra.sample
            for part, other in spectra.electrode
        )
    else:
        total = sum(share * seen(spectrum) for share, spectrum in spectra.sample)
    return background * (total.mean(axis=0) if total.ndim > 1 else total)


def _modulation(data, values):
    return values.get("modulation", data.modulation)


def _height(data, values):
    """Where spectra are solved: the conductance does not depend on it, and they are smooth there
    however cold the sample."""
    height = _HEIGHT * np.pi * MEV_PER_KELVIN * jnp.minimum(values.get("T_e", data.T), data.T)
    if not data.is_sis:
        return height
    return jnp.minimum(height, _HEIGHT_OF_TWO * values["broadening"])


def _kernel(data, values):
    """Numbers that `window_for` takes, in meV: temperature, broadening, modulation and height."""
    T_e = MEV_PER_KELVIN * values.get("T_e", data.T)
    height = _height(data, values) * (2 if data.is_sis else 1)
    return T_e, values["broadening"], _modulation(data, values), height


def _largest_bias(data, values):
    shift = abs(float(values.get("spin_splitting", 0.0)))
    return float(np.max(np.abs(data.x - values["V0"]))) + shift


def window_of(data, values, room=_ROOM, bias_room=_BIAS_ROOM):
    """Static `Window` for a sweep at known parameters, with room for them to move."""
    T_e, broadening, modulation, height = map(float, _kernel(data, values))
    if data.is_sis and not broadening > 0:
        rule = "positive between two superconductors, whose current jumps"
        fail("broadening", rule, f"{broadening:g}")
    # A modulation that is fixed does not grow.
    return window_for(
        _largest_bias(data, values) * bias_room, T_e / room, broadening / room,
        modulation * (room if "modulation" in values else 1), height / room,
        of_two=data.is_sis,
    )  # fmt: skip


def window_suffices(data, values, window):
    """Whether the integrals are resolved at known parameters."""
    numbers = map(float, _kernel(data, values))
    return suffices(window, _largest_bias(data, values), *numbers, data.is_sis)


def solve(data, template, values, settings):
    """What the solvers give for a data set, and their statuses."""
    solver = OVER_TEMPERATURE.get(data.kind, spectrum)
    return solver(data, template, values, settings)


def signal(data, solution, values, settings):
    """The prediction for each point of a data set."""
    if data.kind in MICROWAVE:
        return device_signal(data, solution, values)
    return junction(data, solution, values, settings) if data.is_sweep else solution
