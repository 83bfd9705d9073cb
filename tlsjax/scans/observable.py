"""The theory's observables as functions of named numbers: what a scan varies."""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from tlsjax.contour import order_parameter as nonequilibrium
from tlsjax.contour.axis import line_or_default
from tlsjax.core.pytrees import show
from tlsjax.core.units import Scale
from tlsjax.core.validation import Rule, fail, require
from tlsjax.matsubara import critical_temperature as transition
from tlsjax.matsubara.axis import axis_or_default
from tlsjax.matsubara.induced import solve_induced_critical_temperature
from tlsjax.matsubara.order_parameter import solve_matsubara
from tlsjax.model.distributions.base import energy_parameters, require_distribution
from tlsjax.model.distributions.paper import Tabulated
from tlsjax.model.ensemble import TLSEnsemble
from tlsjax.model.occupations import EffectiveTemperature
from tlsjax.numerics import implicit
from tlsjax.real_axis import solve as retarded
from tlsjax.scans.labels import Labels, Units


class _Model(NamedTuple):
    """The solvers' arguments, in their units."""

    ensemble: TLSEnsemble
    T: Any
    population: Any
    resolution: Any
    energy: Any


def _transition(found):
    return {"Tc": found.temperature, "Tc_error": found.error, "status": found.status}


def _tc(model, solver):
    return _transition(transition.solve_critical_temperature(model.ensemble, **solver))


def _induced(model, solver):
    splittings = model.ensemble.splittings
    return _transition(solve_induced_critical_temperature(splittings, model.population, **solver))


def _order_parameter(found):
    return {"Delta": found.order_parameter, "Delta_error": found.error, "status": found.status}


def _gap(model, solver):
    return _order_parameter(solve_matsubara(model.ensemble, model.T, **solver))


def _spectrum(model, solver, energy):
    found = retarded.solve_spectrum(
        model.ensemble, model.T, model.population, resolution=model.resolution, **solver
    )
    return found, found.table(energy, "dos", "dos_error")


def _n0(model, solver):
    found, table = _spectrum(model, solver, 0.0)
    return {"N0": table["dos"], "N0_error": table["dos_error"], "status": found.status}


def _dos(model, solver):
    found, table = _spectrum(model, solver, np.atleast_1d(model.energy))
    return {"N": table["dos"], "N_error": table["dos_error"], **_order_parameter(found)}


class _Quantity(NamedTuple):
    compute: Callable
    results: tuple
    parameters: tuple
    tolerances: Mapping

    @property
    def is_spectrum(self):
        return "resolution" in self.parameters


_OF_SPECTRA = ("alpha", "T", "T_tls", "elastic_rate", "resolution")
_NEWTON = {"newton_step_tolerance": implicit.STEP_TOLERANCE}
_SPECTRAL = {
    "line_tolerance": nonequilibrium.TOLERANCE,
    "real_axis_largest_residual": retarded.LARGEST_RESIDUAL,
}
_QUANTITIES = {
    "tc": _Quantity(
        _tc, ("Tc",), ("alpha", "elastic_rate"), {"log_Tc_tolerance": transition.STEP_TOLERANCE}
    ),
    "gap": _Quantity(_gap, ("Delta",), ("alpha", "T", "elastic_rate"), _NEWTON),
    "induced-tc": _Quantity(_induced, ("Tc",), (), _NEWTON),
    "n0": _Quantity(_n0, ("N0",), _OF_SPECTRA, _SPECTRAL),
    "dos": _Quantity(_dos, ("N", "Delta"), _OF_SPECTRA, _SPECTRAL),
}
QUANTITIES = tuple(_QUANTITIES)
_OPTIONAL = {"T_tls": None, "elastic_rate": None, "resolution": 0.0}


@dataclass(frozen=True)
class Observable:
    """A quantity of the theory as a function of the parameters it is scanned over.

    Parameters
    ----------
    quantity : str
        ``"tc"`` (result ``Tc``), ``"gap"`` (``Delta``), ``"induced-tc"`` (``Tc`` without a
        host), ``"n0"`` (``N0``, the density of states at the Fermi level) or ``"dos"`` (``N``
        at the energies ``energy``, and ``Delta``). Every result comes with ``..._error``,
        the solver's estimate, and a ``status``.
    splittings : a distribution
        Its parameters (``J``, ``sigma``, ...) are scanned over by name; those that are not
        keep their values.
    fixed : mapping
        Values of other parameters that are not scanned over: ``alpha``, ``T``, ``T_tls``,
        ``elastic_rate``, ``resolution``.
    population : population, optional
        Of the levels, for induced Tc and spectra, in the solver's units; `Thermal` by default,
        or `EffectiveTemperature` if ``T_tls`` is among the parameters.
    energy : array
        Of ``"dos"``.
    scale : Scale, optional
        Speak kelvin and meV, in and out. For ``"induced-tc"`` a `Scale` of
        ``rate/MEV_PER_KELVIN`` kelvin, with ``rate = hbar/tau_in`` in meV.
    solver : mapping
        Options of the solver: ``axis``, for spectra also ``panels`` and ``line``.

    Raises
    ------
    ValueError
        For an unknown quantity, a parameter it does not have or one that is missing.

    Examples
    --------
    >>> import tlsjax as tls
    >>> gap = tls.Observable("gap", tls.Glass(Ec=3.0), fixed={"T": 0.5})
    >>> print(f"{gap(alpha=1.0)['Delta']:.6f} {gap(alpha=1.0, Ec=2.0)['Delta']:.6f}")
    2.076461 1.966162
    """

    quantity: str
    splittings: Any
    fixed: Mapping = field(default_factory=dict)
    population: Any = None
    energy: Any = 0.0
    scale: Scale | None = None
    solver: Mapping = field(default_factory=dict)

    def __post_init__(self):
        if self.quantity not in _QUANTITIES:
            fail("quantity", f"one of {', '.join(QUANTITIES)}", repr(self.quantity))
        require_distribution("splittings", self.splittings)
        require(*self.splittings.rules(), Rule("energy", "finite", (self.energy,), np.isfinite))
        self._require_known(self.fixed, "fixed")
        if self.quantity in ("tc", "gap") and self.population is not None:
            text = f"left out for {self.quantity}, which is of impurities in equilibrium"
            fail("population", text, repr(self.population))

    @property
    def _quantity(self):
        return _QUANTITIES[self.quantity]

    @property
    def units(self):
        """`Units` of the parameters and results."""
        if self.quantity == "induced-tc":
            return Units(self.scale, "hbar/tau_in", "hbar/(k_B tau_in)")
        return Units(self.scale)

    @property
    def parameters(self):
        """Names of everything that can be scanned over."""
        return (*self._quantity.parameters, *energy_parameters(self.splittings))

    def _require_known(self, names, where):
        for name in names:
            if name not in self.parameters:
                text = f"parameters of {self.quantity} ({', '.join(self.parameters)})"
                fail(where, text, repr(name))

    def require(self, names):
        """Raise unless ``names``, with ``fixed``, are all parameters there must be."""
        self._require_known(names, "grid")
        for name in self.fixed:
            if name in names:
                fail(name, "fixed or in the grid, not both", "in both")
        for name in self._quantity.parameters:
            if name not in {*names, *self.fixed, *_OPTIONAL}:
                fail(name, "given, as fixed or in the grid", "missing")
        if self.population is not None and "T_tls" in {*names, *self.fixed}:
            fail("population", "left out where T_tls is given", repr(self.population))

    def __call__(self, **values):
        """Results by name at these values of the parameters; traced or not."""
        self.require(values)
        units = self.units
        found = self._quantity.compute(self._model(values), self.solver)
        return {name: units.out(name, value) for name, value in found.items()}

    def _model(self, values):
        values = {n: self.units.into(n, v) for n, v in {**self.fixed, **values}.items()}
        own = energy_parameters(self.splittings)
        shape = {n: self.units.into(n, getattr(self.splittings, n)) for n in own}
        if isinstance(self.splittings, Tabulated):
            shape["E"] = self.units.into("E", self.splittings.E)
        shape |= {n: values[n] for n in own if n in values}
        splittings = dataclasses.replace(self.splittings, **shape)
        values = {**_OPTIONAL, **values}
        T_tls = values["T_tls"]
        population = self.population if T_tls is None else EffectiveTemperature(T_tls)
        ensemble = TLSEnsemble(values.get("alpha", 0.0), splittings, values["elastic_rate"])
        energy = self.units.into("energy", np.asarray(self.energy, dtype=float))
        return _Model(ensemble, values.get("T"), population, values["resolution"], energy)

    def labels(self, names):
        """`Labels` of a scan over the parameters ``names``."""
        quantity, units = self._quantity, self.units
        energies = {"energy": np.atleast_1d(self.energy)} if self.quantity == "dos" else {}
        named = (*quantity.results, *self.parameters, *energies)
        attributes = {name: units.attributes(name) for name in named}
        for name in quantity.results:
            about = f"estimated error of {name}"
            attributes[f"{name}_error"] = attributes[name] | {"long_name": about}
        of_energy = {"N": ("energy",), "N_error": ("energy",)} if energies else {}
        return Labels(self._description(names), of_energy, energies, attributes, self._settings())

    def _description(self, names):
        """What is scanned, and what is kept at which value."""
        kept = {n: v for n, v in vars(self.splittings).items() if np.ndim(v) == 0} | self.fixed
        kept = [f"{name}={show(value)}" for name, value in kept.items() if name not in names]
        if self.population is not None:
            kept.append(repr(self.population))
        about = f"{self.quantity} of {type(self.splittings).__name__} over {', '.join(names)}"
        return ", ".join([f"{about}; {kept[0]}", *kept[1:]] if kept else [about])

    def _settings(self):
        axis = axis_or_default(self.solver.get("axis"))
        settings = {**self._quantity.tolerances, "matsubara_axis_tolerance": axis.tolerance}
        if self._quantity.is_spectrum:
            line = line_or_default(self.solver.get("line"))
            panels = self.solver.get("panels", retarded.PANELS)
            settings |= {"line_points": line.points, "real_axis_panels": panels}
        return settings
