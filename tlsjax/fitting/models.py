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
from tlsjax.matsubara.axis import compact_axis
from tlsjax.matsubara.critical_temperature import solve_critical_temperature
from tlsjax.matsubara.order_parameter import solve_matsubara
from tlsjax.model.distributions.base import Distribution, require_distribution
from tlsjax.model.ensemble import TLSEnsemble
from tlsjax.model.named import ensemble_names, parameter_names, with_values
from tlsjax.model.occupations import EffectiveTemperature, Thermal
from tlsjax.model.superconductor import Superconductor, as_superconductor
from tlsjax.observables.kernel import Window, suffices, window_for
from tlsjax.observables.tunnelling import tunnelling_conductance, tunnelling_current
from tlsjax.real_axis.solve import solve_spectrum

# Parameters of a junction, on which no solution depends.
OF_A_JUNCTION = ("G_N", "V0", "slope", "broadening", "T_e")
# Height above the real axis of a fit's spectra, in units of pi T. At a quarter the tunnelling
# integrals are exact to 1e-9, and a sweep at 0.01 Tc0 is as easy as any.
_HEIGHT = 0.25
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


def as_template(model) -> Superconductor:
    """What is fitted, in meV: a superconductor whose numbers the fit replaces.

    A bare distribution of splittings is put into a clean weak-coupling host.
    """
    if isinstance(model, Distribution):
        require_distribution("model", model)
        return Superconductor((TLSEnsemble(0.0, model),))
    template = as_superconductor(model)
    template.rules()
    return template


def impurity_names(template: Superconductor) -> tuple:
    """Names of the parameters of all impurities."""
    return tuple(name for names in ensemble_names(template) for name in names)


def superconductor_of(template, values) -> Superconductor:
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
    axis = compact_axis(tolerance=settings.tolerance)
    x = jnp.asarray(data.x)
    rates = [n for n in impurity_names(template) if kind_of(n) == "rate" and n in values]
    sample = superconductor_of(template, values | {name: values[name] * x for name in rates})
    shift = values["baseline"] * x
    if "Tc0" not in values:
        found = solve_critical_temperature(sample, axis=axis)
        return found.temperature / MEV_PER_KELVIN + shift, found.status
    # A baseline steep enough to cross zero is a bad fit, not a crash.
    clean = jnp.maximum(values["Tc0"] + shift, 1e-3 * values["Tc0"])
    sample = with_values(sample, {"Tc0": clean * MEV_PER_KELVIN})
    found = solve_critical_temperature(sample, axis=axis)
    return found.temperature / MEV_PER_KELVIN, found.status


def gap(data, template, values, settings):
    """Order parameter (meV) at each temperature."""
    axis = compact_axis(tolerance=settings.tolerance)
    sample = superconductor_of(template, values)
    found = solve_matsubara(sample, data.x * MEV_PER_KELVIN, axis=axis)
    return found.order_parameter, found.status


def spectrum(data, template, values, settings):
    """`Spectrum` of the superconductor of a sweep, in meV."""
    hot = EffectiveTemperature(values["T_tls"] * MEV_PER_KELVIN)
    height = 0.0 if data.kind == "dos" else jax.lax.stop_gradient(_kernel(data, values)[-1])
    found = solve_spectrum(
        superconductor_of(template, values), data.T * MEV_PER_KELVIN,
        Thermal() if settings.thermal else hot, panels=settings.panels, resolution=height,
    )  # fmt: skip
    return found, found.status[None]


def junction(data, spectrum, values, settings):
    """Signal at each bias."""
    T_e, broadening, modulation, _ = _kernel(data, values)
    bias = data.x - values["V0"]
    background = values["G_N"] * (1 + values["slope"] * data.x)
    if data.kind == "dos":
        return background * spectrum.dos(bias)
    measure = tunnelling_current if data.kind == "current" else tunnelling_conductance
    return background * measure(
        spectrum, bias, T_e, broadening=broadening, modulation=modulation,
        undo_resolution=True, window=settings.window,
    )  # fmt: skip


def _kernel(data, values):
    """Electron temperature, broadening, modulation and height in meV.

    The height is where the spectrum is solved: the conductance does not depend on it, and the
    spectrum is smooth there however cold the sample.
    """
    height = _HEIGHT * np.pi * MEV_PER_KELVIN * jnp.minimum(values["T_e"], data.T)
    return MEV_PER_KELVIN * values["T_e"], values["broadening"], data.modulation, height


def _largest_bias(data, values):
    return float(np.max(np.abs(data.x - values["V0"])))


def window_of(data, values):
    """Static `Window` for a sweep at known parameters, with room for them to move."""
    T_e, broadening, modulation, height = map(float, _kernel(data, values))
    return window_for(
        _largest_bias(data, values) * _BIAS_ROOM, T_e / _ROOM, broadening / _ROOM, modulation,
        height / _ROOM,
    )  # fmt: skip


def window_suffices(data, values, window):
    """Whether the integrals are resolved at known parameters."""
    return suffices(window, _largest_bias(data, values), *map(float, _kernel(data, values)))


def solve(data, template, values, settings):
    """What the solvers give for a data set, and their statuses."""
    solver = {"tc": transition, "gap": gap}.get(data.kind, spectrum)
    return solver(data, template, values, settings)


def signal(data, solution, values, settings):
    """The prediction for each point of a data set."""
    return solution if data.kind in ("tc", "gap") else junction(data, solution, values, settings)
