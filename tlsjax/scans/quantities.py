"""What can be scanned: each quantity's solver, its results and its own parameters."""

import dataclasses
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from tlsjax.contour import solve as contour
from tlsjax.matsubara import critical_temperature as transition
from tlsjax.matsubara.order_parameter import solve_matsubara
from tlsjax.microwave.cavity import Cavity
from tlsjax.microwave.conductivity import solve_conductivity
from tlsjax.microwave.material import Material
from tlsjax.microwave.superfluid import solve_superfluid_density
from tlsjax.microwave.surface import solve_surface_impedance
from tlsjax.model.superconductor import Superconductor
from tlsjax.numerics import newton
from tlsjax.numerics.lanes import in_turn
from tlsjax.real_axis import solve as real_axis
from tlsjax.thermodynamics.solve import solve_thermodynamics


class Model(NamedTuple):
    """The solvers' arguments, in their units."""

    superconductor: Superconductor
    T: Any
    population: Any
    resolution: Any
    energy: Any
    own: Mapping
    material: Material | None
    cavity: Cavity | None
    surface: str


def _tc(model, solver):
    found = transition.solve_critical_temperature(model.superconductor, model.population, **solver)
    return {"Tc": found.temperature, "Tc_error": found.error, "status": found.status}


def _order_parameter(found):
    return {"Delta": found.order_parameter, "Delta_error": found.error, "status": found.status}


def _gap(model, solver):
    return _order_parameter(
        solve_matsubara(model.superconductor, model.T, model.population, **solver)
    )


def _spectrum(model, solver):
    return real_axis.solve_spectrum(
        model.superconductor, model.T, model.population, resolution=model.resolution, **solver
    )


def _table(model, solver, energy):
    found = _spectrum(model, solver)
    # Many energies take more memory than the spectrum.
    return found, in_turn(_rows)(found, energy)


def _rows(spectrum, energy):
    return spectrum.table(energy, "dos", "dos_error")


def _n0(model, solver):
    found, table = _table(model, solver, 0.0)
    return {"N0": table["dos"], "N0_error": table["dos_error"], "status": found.status}


def _dos(model, solver):
    found, table = _table(model, solver, np.atleast_1d(model.energy))
    return {"N": table["dos"], "N_error": table["dos_error"], **_order_parameter(found)}


def _thermodynamics(model, solver):
    return solve_thermodynamics(model.superconductor, model.T, model.population, **solver)


def _hc(model, solver):
    found = _thermodynamics(model, solver)
    field = found.critical_field
    # Of a square the error is half as large, relative.
    some = field > 0
    error = jnp.where(some, 4 * np.pi * found.error / jnp.where(some, field, 1.0), 0.0)
    return {"Hc": field, "Hc_error": error, "status": found.status}


def _c(model, solver):
    found = _thermodynamics(model, solver)
    heat = found.specific_heat
    return {
        "C": heat.electrons + heat.shift,
        "C_error": found.specific_heat_error,
        "status": found.status,
    }


def _conductivity(model, solver):
    # The spectrum does not depend on it, and it may be infinite here.
    superconductor = model.superconductor
    rate = superconductor.static.elastic
    scattering = dataclasses.replace(superconductor.scattering, elastic=None)
    without = dataclasses.replace(superconductor, scattering=scattering)
    spectrum = _spectrum(model._replace(superconductor=without), solver)
    wavenumber = model.own.get("wavenumber", 0.0)
    found = solve_conductivity(spectrum, model.own["omega"], wavenumber, elastic=rate)
    return {
        "sigma1": jnp.real(found.sigma),
        "sigma1_error": found.sigma1_error,
        "sigma2": jnp.imag(found.sigma),
        "sigma2_error": found.sigma2_error,
        "status": found.status,
    }


def _impedance(model, solver):
    return solve_surface_impedance(
        _spectrum(model, solver), model.own["frequency"], model.material, model.surface,
        model.own.get("thickness"),
    )  # fmt: skip


def _rs(model, solver):
    found = _impedance(model, solver)
    return {
        "R_s": found.resistance,
        "R_s_error": found.resistance_error,
        "X_s": found.reactance,
        "X_s_error": found.reactance_error,
        "status": found.status,
    }


def _q(model, solver):
    found = _impedance(model, solver)
    Q, error = model.cavity.quality_factor(found)
    return {"Q": Q, "Q_error": error, "status": found.status}


def _lambda(model, solver):
    metal, superconductor = model.material, model.superconductor
    rate = None if metal is None else metal.elastic(superconductor)
    found = solve_superfluid_density(
        superconductor, model.T, model.population, elastic=rate, **solver
    )
    results = {"n_s": found.superfluid_density, "n_s_error": found.error, "status": found.status}
    if metal is None:
        return results
    depth, error = found.penetration_depth(metal.lambda_L0)
    return {"penetration_depth": depth, "penetration_depth_error": error} | results


class Quantity(NamedTuple):
    """A solver by name.

    results : names of what it returns, besides errors and status.
    parameters : names besides those of the superconductor.
    needed : those of them without which there is no result.
    tolerances : what a file of results says about its accuracy.
    needs : of ``material`` and ``cavity`` those that it may have, and whether it must.
    """

    compute: Callable
    results: tuple
    parameters: tuple
    needed: tuple
    tolerances: Mapping
    needs: Mapping = MappingProxyType({})

    @property
    def is_spectrum(self):
        """Whether it is read off a spectrum."""
        return "resolution" in self.parameters


_OF_SPECTRA = ("T", "T_tls", "resolution")
_OF_METAL = (*_OF_SPECTRA, "frequency", "thickness")
_NEWTON = {"newton_step_tolerance": newton.STEP_TOLERANCE}
_LOG_TC = {"log_Tc_tolerance": transition.STEP_TOLERANCE}
_SPECTRAL = {
    "line_tolerance": contour.TOLERANCE,
    "real_axis_largest_residual": real_axis.UNSOLVED,
}
QUANTITIES = {
    "tc": Quantity(_tc, ("Tc",), (), (), _LOG_TC),
    "gap": Quantity(_gap, ("Delta",), ("T",), ("T",), _NEWTON),
    "induced-tc": Quantity(_tc, ("Tc",), (), (), _LOG_TC),
    "hc": Quantity(_hc, ("Hc",), ("T",), ("T",), _NEWTON),
    "c": Quantity(_c, ("C",), ("T",), ("T",), _NEWTON),
    "n0": Quantity(_n0, ("N0",), _OF_SPECTRA, ("T",), _SPECTRAL),
    "dos": Quantity(_dos, ("N", "Delta"), _OF_SPECTRA, ("T",), _SPECTRAL),
    "conductivity": Quantity(
        _conductivity,
        ("sigma1", "sigma2"),
        (*_OF_SPECTRA, "omega", "wavenumber"),
        ("T", "omega", "elastic"),
        _SPECTRAL,
    ),
    "rs": Quantity(
        _rs, ("R_s", "X_s"), _OF_METAL, ("T", "frequency"), _SPECTRAL, {"material": True}
    ),
    "lambda": Quantity(
        _lambda,
        ("penetration_depth", "n_s"),
        ("T", "T_tls"),
        ("T",),
        _NEWTON,
        {"material": False},
    ),
    "q": Quantity(
        _q,
        ("Q",),
        _OF_METAL,
        ("T", "frequency"),
        _SPECTRAL,
        {"material": True, "cavity": True},
    ),
}
