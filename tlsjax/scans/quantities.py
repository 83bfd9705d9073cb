"""What can be scanned: each quantity's solver, its results and its own parameters."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from tlsjax.contour import solve as contour
from tlsjax.matsubara import critical_temperature as transition
from tlsjax.matsubara.order_parameter import solve_matsubara
from tlsjax.model.superconductor import Superconductor
from tlsjax.numerics import newton
from tlsjax.real_axis import solve as real_axis
from tlsjax.thermodynamics.solve import solve_thermodynamics


class Model(NamedTuple):
    """The solvers' arguments, in their units."""

    superconductor: Superconductor
    T: Any
    population: Any
    resolution: Any
    energy: Any


def _tc(model, solver):
    found = transition.solve_critical_temperature(model.superconductor, model.population, **solver)
    return {"Tc": found.temperature, "Tc_error": found.error, "status": found.status}


def _order_parameter(found):
    return {"Delta": found.order_parameter, "Delta_error": found.error, "status": found.status}


def _gap(model, solver):
    return _order_parameter(
        solve_matsubara(model.superconductor, model.T, model.population, **solver)
    )


def _spectrum(model, solver, energy):
    found = real_axis.solve_spectrum(
        model.superconductor, model.T, model.population, resolution=model.resolution, **solver
    )
    return found, found.table(energy, "dos", "dos_error")


def _n0(model, solver):
    found, table = _spectrum(model, solver, 0.0)
    return {"N0": table["dos"], "N0_error": table["dos_error"], "status": found.status}


def _dos(model, solver):
    found, table = _spectrum(model, solver, np.atleast_1d(model.energy))
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


class Quantity(NamedTuple):
    """A solver by name.

    results : names of what it returns, besides errors and status.
    parameters : names besides those of the superconductor.
    needed : those of them without which there is no result.
    tolerances : what a file of results says about its accuracy.
    """

    compute: Callable
    results: tuple
    parameters: tuple
    needed: tuple
    tolerances: Mapping

    @property
    def is_spectrum(self):
        """Whether it is read off a spectrum."""
        return "resolution" in self.parameters


_OF_SPECTRA = ("T", "T_tls", "resolution")
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
}
