"""The theory of measurements at microwave frequencies: from a superconductor to a device.

As in `tlsjax.fitting.models` in two parts: `conductivity` solves, `device_signal` is what a cavity,
a resonator or a surface make of it.
"""

import jax
import jax.numpy as jnp
import numpy as np

from tlsjax.core.constants import MEV_PER_GHZ, MEV_PER_KELVIN
from tlsjax.fitting.templates import local_values, superconductor_of
from tlsjax.matsubara.pair_breaking import PairBreaking
from tlsjax.microwave.cavity import Cavity
from tlsjax.microwave.conductivity import of_green
from tlsjax.microwave.dielectric import DielectricTLS
from tlsjax.microwave.static import StaticFields, static_conductivity
from tlsjax.model.named import bands_of
from tlsjax.model.two_band import TwoBand
from tlsjax.real_axis.solve import solve_spectrum
from tlsjax.real_axis.spectrum import over_points
from tlsjax.real_axis.static import is_static, static_order_parameter


def conductivity(data, template, values, settings):
    """``(sigma/sigma_n, statuses)`` at each temperature and, last, at the reference's; complex,
    local, of two bands side by side."""
    T = MEV_PER_KELVIN * jnp.append(jnp.asarray(data.T), data.reference)
    photon = MEV_PER_GHZ * data.frequency
    second = values.get("weight", 0.0)
    shares = (1 - second, second) if isinstance(template, TwoBand) else (1.0,)
    found = []
    for band, end in bands_of(template):
        own = local_values(values, end)
        sample = superconductor_of(band, own)
        elastic = own.get("elastic", jnp.inf)
        if is_static(band):
            found.append(_static(sample, T, photon, elastic, "magnetic" in own))
        else:
            found.append(_meshed(sample, T, photon, elastic, settings))
    each, statuses = zip(*found, strict=True)
    return sum(share * one for share, one in zip(shares, each, strict=True)), jnp.stack(statuses)


def _static(sample, T, photon, elastic, magnetic):
    rates = sample.scattering

    def at(T):
        delta, status = static_order_parameter(sample, T)
        unit = jnp.pi * T
        breaking = PairBreaking(rates.dynes / unit, rates.magnetic / unit if magnetic else None)
        fields = StaticFields(delta / unit, breaking, photon / unit)
        return static_conductivity(fields, unit / (unit + 2 * elastic)), status

    return jax.vmap(at)(T)


def _meshed(sample, T, photon, elastic, settings):
    found = solve_spectrum(sample, T, panels=settings.panels, errors=False)

    def at(fine, _):
        ((sigma,),), _ = of_green(fine, jnp.stack([photon]), None, elastic)
        return sigma

    return over_points(found, at), found.status


def impedance(sigma, exponent):
    """``(-i)^(1-p) (sigma/sigma_n)^(-p)``, ``R - iX`` in units of the normal metal's size."""
    turn = jnp.exp(-0.5j * np.pi * (1 - exponent))
    return turn * jnp.exp(-exponent * jnp.log(sigma))


def device_signal(data, sigma, values):
    """The prediction for each point of a `ResonatorData` or a `SurfaceResistanceData`."""
    Z = impedance(sigma, values["exponent"])
    R, X = Z.real[:-1], -Z.imag[:-1]
    X_0 = -Z.imag[-1]
    # What the normal metal's resistance is in the same units.
    normal = jnp.sin(np.pi / 2 * values["exponent"])
    if data.kind == "rs":
        return values["R_n"] * R / normal + values["R_residual"]
    if data.geometry_factor is None:
        # Through Tc the kinetic inductance is no small part of itself: not only to first order.
        share = values["kinetic_fraction"]
        stiffness = 1 + share * (X / X_0 - 1)
        loss = share * R / X_0 / stiffness + values.get("residual_loss", 0.0)
        shift = stiffness**-0.5 - 1
    else:
        cavity = Cavity(data.geometry_factor, values.get("R_residual", 0.0))
        own = values["R_n"] / normal * Z
        loss, shift = cavity.losses(own[:-1]).total, cavity.shift(own[:-1], own[-1]).total
    if "F_tan_delta" in values:
        photons, n_c = values.get("saturation", 0.0), 1.0
        if "n_c" in values:
            photons, n_c = data.photons, values["n_c"]
        oxide = DielectricTLS(values["F_tan_delta"], n_c)
        loss = loss + oxide.loss(data.T, data.frequency, photons)
        shift = shift + oxide.shift(data.T, data.frequency)
    of = {"Qi": 1 / loss}
    if "f0" in data.names:
        offset = values["f_offset"]
        of["f0"] = offset + (1e9 * data.frequency + offset) * shift
        if data.pressure is not None:
            pressure = jnp.asarray(data.pressure)
            of["f0"] += values["pressure_slope"] * (pressure - jnp.mean(pressure))
    return jnp.concatenate([of[name] for name in data.names])
