"""The theory of each kind of measurement, as functions of parameters in physical units.

``values`` are the parameters of one data set by name: energies in meV, temperatures in K, rates in
units of ``k_B Tc0`` where the host has a Tc0 of its own and in meV where it has not. The solvers
work in meV.

A prediction has two parts: `solve`, which takes nearly all of the time, and `signal`, what is
measured of the solution. What belongs to a junction alone enters only the second.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from tlsjax.core.constants import MEV_PER_KELVIN
from tlsjax.core.units import kind_of
from tlsjax.core.validation import fail
from tlsjax.matsubara.critical_temperature import solve_critical_temperature
from tlsjax.matsubara.order_parameter import solve_matsubara
from tlsjax.model.distributions.base import Distribution, require_distribution
from tlsjax.model.ensemble import TLSEnsemble
from tlsjax.model.named import bands_of, ensemble_names, parameter_names, with_values
from tlsjax.model.occupations import EffectiveTemperature, Thermal
from tlsjax.model.superconductor import Superconductor, as_superconductor
from tlsjax.model.two_band import TwoBand
from tlsjax.observables.kernel import Window, suffices, window_for
from tlsjax.observables.sis import sis_conductance, sis_current
from tlsjax.observables.tunnelling import tunnelling_conductance, tunnelling_current
from tlsjax.real_axis.solve import solve_spectrum
from tlsjax.real_axis.static import is_static, solve_static_spectrum

# Parameters of a junction, on which no solution depends.
OF_A_JUNCTION = (
    "G_N", "V0", "slope", "broadening", "T_e", "spin_splitting", "modulation", "R_s",
)  # fmt: skip
# What names of the other electrode's parameters begin with.
ELECTRODE = "electrode_"
# Parameters that are nowhere in a fit unless somebody asks for them.
PAIR_BREAKING = ("magnetic", "dynes")
ON_REQUEST = (*PAIR_BREAKING, "spin_splitting", "gap_spread", "modulation", "R_s")
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
    """

    panels: int = 32
    window: Window = Window(64, 512)
    thermal: bool = True


def as_template(model) -> Superconductor | TwoBand:
    """What is fitted, in meV: a superconductor, or two, whose numbers the fit replaces.

    A bare distribution of splittings is put into a clean weak-coupling host.
    """
    if isinstance(model, Distribution):
        require_distribution("model", model)
        return Superconductor((TLSEnsemble(0.0, model),))
    if isinstance(model, TwoBand):
        template = TwoBand(*model.bands, model.weight)
    else:
        template = as_superconductor(model)
    template.rules()
    return template


def impurity_names(template) -> tuple:
    """Names of the parameters of all impurities."""
    return tuple(name for names in ensemble_names(template) for name in names)


def is_algebraic(template) -> bool:
    """Whether spectra need no mesh: a fraction of a second to compile, milliseconds to solve."""
    return all(is_static(band) for band, _ in bands_of(template))


def local_values(values, end):
    """Parameters of one band by the names that it has alone."""
    others = {name: value for name, value in values.items() if end and not name.endswith(end)}
    own = {n.removesuffix(end): v for n, v in values.items() if n.endswith(end)}
    return others | own


def superconductor_of(template: Superconductor, values) -> Superconductor:
    """The superconductor with these parameters, in meV."""
    rate = MEV_PER_KELVIN * values["Tc0"] if "Tc0" in values else 1.0
    unit = {"temperature": MEV_PER_KELVIN, "rate": rate, "pure": 1.0, "energy": 1.0}
    numbers = {n: v for n, v in values.items() if n in parameter_names(template)}
    return with_values(template, {n: v * unit[kind_of(n)] for n, v in numbers.items()})


def transition(data, template, values, settings):
    """Tc (K) at each concentration.

    The clean host's own Tc0 changes along the baseline; the impurities' energies and rates
    are physical and do not. Without a Tc0 of its own the host's Tc does.
    """
    del settings
    x = jnp.asarray(data.x)
    rates = [n for n in impurity_names(template) if kind_of(n) == "rate" and n in values]
    sample = superconductor_of(template, values | {name: values[name] * x for name in rates})
    shift = values["baseline"] * x
    if "Tc0" not in values:
        found = solve_critical_temperature(sample)
        return found.temperature / MEV_PER_KELVIN + shift, found.status
    # A baseline steep enough to cross zero is a bad fit, not a crash.
    clean = jnp.maximum(values["Tc0"] + shift, 1e-3 * values["Tc0"])
    found = solve_critical_temperature(with_values(sample, {"Tc0": clean * MEV_PER_KELVIN}))
    return found.temperature / MEV_PER_KELVIN, found.status


def gap(data, template, values, settings):
    """Order parameter (meV) at each temperature."""
    del settings
    found = solve_matsubara(superconductor_of(template, values), data.x * MEV_PER_KELVIN)
    return found.order_parameter, found.status


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
        solve_spectrum(sample, T, population, panels=settings.panels, resolution=height)
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
    solver = {"tc": transition, "gap": gap}.get(data.kind, spectrum)
    return solver(data, template, values, settings)


def signal(data, solution, values, settings):
    """The prediction for each point of a data set."""
    return solution if data.kind in ("tc", "gap") else junction(data, solution, values, settings)
