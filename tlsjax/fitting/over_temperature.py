"""The theory of what is measured over temperature, or concentration, in equilibrium.

Functions ``(data, template, values, settings) -> (prediction, status)``; ``values`` as in
`tlsjax.fitting.templates`.
"""

import jax
import jax.numpy as jnp

from tlsjax.core.constants import MEV_PER_KELVIN
from tlsjax.core.units import kind_of
from tlsjax.fitting.device import conductivity
from tlsjax.fitting.templates import (
    MICROWAVE,
    impurity_names,
    local_values,
    superconductor_of,
)
from tlsjax.matsubara.axis import compact_axis
from tlsjax.matsubara.critical_temperature import solve_critical_temperature
from tlsjax.matsubara.order_parameter import solve_matsubara
from tlsjax.model.named import bands_of, with_values
from tlsjax.real_axis.static import is_static, static_transition
from tlsjax.thermodynamics.solve import solve_thermodynamics
from tlsjax.thermodynamics.zero import critical_field_at_zero


def transition(data, template, values, settings):
    """Tc (K) at each concentration: of two bands the higher one."""
    found = [
        _transition_of(data, band, local_values(values, end), settings)
        for band, end in bands_of(template)
    ]
    temperatures, statuses = zip(*found, strict=True)
    return jnp.stack(temperatures).max(axis=0), jnp.stack(statuses)


def _transition_of(data, template, values, settings):
    """The same of one superconductor.

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
    if is_static(template):
        Tc, status = jax.vmap(lambda Tc0: static_transition(with_values(sample, {"Tc0": Tc0})))(
            clean * MEV_PER_KELVIN
        )
        return Tc / MEV_PER_KELVIN, status
    found = solve_critical_temperature(sample, axis=axis)
    return found.temperature / MEV_PER_KELVIN, found.status


def gap(data, template, values, settings):
    """Order parameter (meV) at each temperature."""
    axis = compact_axis(tolerance=settings.tolerance)
    sample = superconductor_of(template, values)
    found = solve_matsubara(sample, data.x * MEV_PER_KELVIN, axis=axis)
    return found.order_parameter, found.status


def specific_heat(data, template, values, settings):
    """C at each temperature: of the electrons, of the impurities as far as they are known, and of
    the lattice."""
    found = _thermodynamics(data, template, values, settings)
    reduced = found.specific_heat.known / found.sommerfeld / MEV_PER_KELVIN
    return values["gamma"] * reduced + values["lattice"] * data.x**3, found.status


def critical_field(data, template, values, settings):
    """Hc at each temperature, in units of that at T = 0."""
    found = _thermodynamics(data, template, values, settings)
    _, at_zero = critical_field_at_zero(found.superconductor, found.population, found.axis)
    return values["H0"] * found.critical_field / at_zero, found.status


def _thermodynamics(data, template, values, settings):
    axis = compact_axis(tolerance=settings.tolerance)
    sample = superconductor_of(template, values)
    return solve_thermodynamics(sample, data.x * MEV_PER_KELVIN, axis=axis)


OVER_TEMPERATURE = {
    "tc": transition,
    "gap": gap,
    "c": specific_heat,
    "hc": critical_field,
    **dict.fromkeys(MICROWAVE, conductivity),
}
