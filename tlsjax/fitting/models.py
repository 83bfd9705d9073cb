"""The theory of each kind of measurement, as functions of parameters in physical units.

``values`` are the parameters of one data set by name (energies of the splittings in meV,
temperatures in K); every function returns the prediction for its points and statuses.
"""

import dataclasses
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from tlsjax.contour.axis import line_axis
from tlsjax.core.units import MEV_PER_KELVIN
from tlsjax.curves import gap_curve
from tlsjax.matsubara.critical_temperature import solve_critical_temperature
from tlsjax.matsubara.literature import WEAK_COUPLING_GAP_RATIO
from tlsjax.model.distributions.base import energy_parameters
from tlsjax.model.distributions.paper import Tabulated
from tlsjax.model.ensemble import TLSEnsemble
from tlsjax.model.occupations import EffectiveTemperature, Thermal
from tlsjax.observables.tunnelling import (
    Window,
    suffices,
    tunnelling_conductance,
    tunnelling_current,
    window_for,
)
from tlsjax.real_axis.solve import solve_spectrum

# Energy (k_B Tc0) the line of a fit's spectra reaches: Delta is then good to some 1e-5.
_REACH = 100.0
# Height above the real axis of a fit's spectra, in units of pi T. At a quarter the tunnelling
# integrals are exact to 1e-9, and a sweep at 0.01 Tc0 is as easy as any.
_HEIGHT = 0.25


class Settings(NamedTuple):
    """Static choices of the solvers.

    panels, points : of the spectrum, see `points_for`; they leave some 1e-5 of a conductance,
        below the noise of any junction, in a quarter of the default's time.
    window : of the tunnelling integrals, one for all sweeps.
    thermal : whether the impurities are at the temperature of the sample.
    """

    panels: int = 32
    points: int = 2048
    window: Window = Window(64, 512)
    thermal: bool = True


def _ensemble(splittings, values, alpha, Tc0):
    """Ensemble in units of ``k_B Tc0``."""
    unit = MEV_PER_KELVIN * Tc0
    if isinstance(splittings, Tabulated):
        scaled = dataclasses.replace(splittings, E=splittings.E / unit)
    else:
        names = energy_parameters(splittings)
        scaled = dataclasses.replace(splittings, **{n: values[n] / unit for n in names})
    return TLSEnsemble(alpha, scaled)


def transition(data, splittings, values, settings):
    """Tc (K) at each concentration.

    The clean host's own Tc0 changes along the baseline; the impurities' energies and rates
    are physical and do not, so in its units ``alpha`` is the larger the lower it is.
    """
    del settings
    Tc0 = values["Tc0"]

    def sample(x):
        # A baseline steep enough to cross zero is a bad fit, not a crash.
        clean = jnp.maximum(Tc0 + values["baseline"] * x, 1e-3 * Tc0)
        ensemble = _ensemble(splittings, values, values["alpha"] * x * Tc0 / clean, clean)
        found = solve_critical_temperature(ensemble)
        return clean * found.temperature, found.status

    return jax.vmap(sample)(data.x)


def gap(data, splittings, values, settings):
    """Order parameter (meV) at each temperature."""
    del settings
    Tc0 = values["Tc0"]
    ensemble = _ensemble(splittings, values, values["alpha"], Tc0)
    delta, _, status = gap_curve(ensemble, data.x / Tc0)
    return delta * _energy_unit(values), status


def _energy_unit(values):
    """meV per solver unit of gap energies: ``k_B Tc0``, stretched to the host's gap ratio."""
    return MEV_PER_KELVIN * values["Tc0"] * values["gap_ratio"] / WEAK_COUPLING_GAP_RATIO


def points_for(data, values):
    """Steps of the line that reach energies of `_REACH` at a sample's temperature."""
    t = float(data.T) / float(values["Tc0"])
    return int(np.clip(2 ** np.ceil(np.log2(_REACH / (0.2 * np.pi * t))), 1024, 32768))


def spectrum_of(data, splittings, values, settings, resolution=0.0):
    """`Spectrum` of the superconductor of a sweep."""
    Tc0 = values["Tc0"]
    population = Thermal() if settings.thermal else EffectiveTemperature(values["T_tls"] / Tc0)
    ensemble = _ensemble(splittings, values, values["alpha"], Tc0)
    line = line_axis(settings.points)
    return solve_spectrum(
        ensemble, data.T / Tc0, population, line=line, panels=settings.panels, resolution=resolution
    )


def tunnelling(data, splittings, values, settings):
    """Signal at each bias."""
    T_e, broadening, modulation, height = _kernel(data, values)
    sharp = data.kind == "dos"
    height = 0.0 if sharp else jax.lax.stop_gradient(height)
    spectrum = spectrum_of(data, splittings, values, settings, height)
    bias = (data.x - values["V0"]) / _energy_unit(values)
    background = values["G_N"] * (1 + values["slope"] * data.x)
    if sharp:
        return background * spectrum.dos(bias), spectrum.status[None]
    measure = tunnelling_current if data.kind == "current" else tunnelling_conductance
    signal = measure(
        spectrum, bias, T_e, broadening=broadening, modulation=modulation,
        undo_resolution=True, window=settings.window,
    )  # fmt: skip
    if data.kind == "current":
        signal = signal * _energy_unit(values)
    return background * signal, spectrum.status[None]


def _kernel(data, values):
    """Electron temperature, broadening, modulation and height in solver units.

    The height is where the spectrum is solved: the conductance does not depend on it, and the
    spectrum is smooth there however cold the sample.
    """
    unit = _energy_unit(values)
    # The electrode's temperature in the same unit as the bias.
    T_e = MEV_PER_KELVIN * values["T_e"] / unit
    height = _HEIGHT * np.pi * jnp.minimum(T_e, data.T / values["Tc0"])
    return T_e, values["broadening"] / unit, data.modulation / unit, height


def _largest_bias(data, values):
    return float(np.max(np.abs(data.x - values["V0"])) / _energy_unit(values))


def window_of(data, values, margin=1.3):
    """Static `Window` for a sweep at known parameters, with room for them to move."""
    kernel = (float(part) / margin for part in _kernel(data, values))
    return window_for(_largest_bias(data, values) * margin, *kernel)


def window_suffices(data, values, window):
    """Whether the integrals are resolved at known parameters."""
    return suffices(window, _largest_bias(data, values), *map(float, _kernel(data, values)))


PREDICTIONS = {
    "tc": transition,
    "gap": gap,
    "didv": tunnelling,
    "dos": tunnelling,
    "current": tunnelling,
}
