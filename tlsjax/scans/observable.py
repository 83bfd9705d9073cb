"""The theory's observables as functions of named numbers: what a scan varies."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from tlsjax.core.pytrees import show
from tlsjax.core.units import REDUCED, Units
from tlsjax.core.validation import Rule, fail, require
from tlsjax.core.ways import CHECKED, ITERATION
from tlsjax.matsubara.axis import axis_or_default
from tlsjax.matsubara.induced import ALPHA
from tlsjax.microwave.cavity import Cavity
from tlsjax.microwave.material import Material
from tlsjax.microwave.surface import SURFACES
from tlsjax.model.distributions.base import Distribution
from tlsjax.model.ensemble import TLSEnsemble
from tlsjax.model.hosts import NoHost, WeakCouplingHost
from tlsjax.model.named import parameter_names, parameter_values, with_values
from tlsjax.model.occupations import EffectiveTemperature, as_occupations
from tlsjax.model.superconductor import Superconductor, as_superconductor
from tlsjax.real_axis import solve as real_axis
from tlsjax.scans.labels import Labels, attributes
from tlsjax.scans.quantities import QUANTITIES, Model


@dataclass(frozen=True)
class Observable:
    """A quantity of the theory as a function of the parameters it is scanned over.

    Parameters
    ----------
    quantity : str
        ``"tc"`` (result ``Tc``), ``"gap"`` (``Delta``), ``"induced-tc"`` (``Tc`` without a
        host), ``"hc"`` (``Hc``, the thermodynamic critical field over ``sqrt(N_f)``), ``"c"``
        (``C``, the specific heat of the electrons, with their shift of the impurities' levels,
        over ``k_B N_f``), ``"n0"`` (``N0``, the density of states at the Fermi level), ``"dos"``
        (``N`` at the energies ``energy``, and ``Delta``), ``"conductivity"`` (``sigma1`` and
        ``sigma2`` at ``omega`` over that of the normal metal, with ``elastic``), ``"rs"`` (``R_s``
        and ``X_s`` of a ``material`` at a ``frequency``), ``"q"`` (``Q`` of a ``cavity`` of it) or
        ``"lambda"`` (``n_s``, and with a ``material`` ``penetration_depth``). Every result comes
        with ``..._error``, the solver's estimate, and a ``status``.
    superconductor : Superconductor, TLSEnsemble, or a distribution of splittings
        Its numbers (``alpha``, ``J``, ``Tc0`` ...) are scanned over by name; those that are not
        keep their values. A bare distribution is put into a clean weak-coupling host, and then
        ``alpha`` must be given.
    fixed : mapping
        Values of other parameters that are not scanned over, such as ``T``, ``T_tls`` and
        ``resolution`` (chosen by `solve_spectrum` where it is not given).
    population : population, optional
        Of the levels, in the solver's units; `Thermal` by default, or `EffectiveTemperature` if
        ``T_tls`` is among the parameters.
    energy : array
        Of ``"dos"``.
    units : Units
        What the numbers are written in, going in and out; the energies of ``superconductor`` too.
    solver : mapping
        Options of the solver: ``axis``, for spectra also ``panels``.
    material : Material, optional
        Its lengths are scanned over by name too, in nm (``v_F`` in m/s), ``frequency`` is in GHz.
        Its ``unit`` is meV where ``units`` are physical.
    cavity : Cavity, optional
        Likewise, in ohms.
    surface : "diffuse", "specular" or "local"
        The last goes with ``thickness``.

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
    superconductor: Any
    fixed: Mapping = field(default_factory=dict)
    population: Any = None
    energy: Any = 0.0
    units: Units = REDUCED
    solver: Mapping = field(default_factory=dict)
    material: Material | None = None
    cavity: Cavity | None = None
    surface: str = "diffuse"

    def __post_init__(self):
        if self.quantity not in QUANTITIES:
            fail("quantity", f"one of {', '.join(QUANTITIES)}", repr(self.quantity))
        require(*self._template.rules(), Rule("energy", "finite", (self.energy,), np.isfinite))
        self._require_metal()
        self._require_known(self.fixed, "fixed")
        for name, value in self.fixed.items():
            # Inside the scan's program it is no number any more that a rule could be about.
            if name.startswith("T_tls"):
                require(*EffectiveTemperature(value).rules())
        as_occupations(self.population, len(self._template.impurities))

    def _require_metal(self):
        needs = self._quantity.needs
        for part, kind in (("material", Material), ("cavity", Cavity)):
            given = getattr(self, part)
            if given is None:
                if needs.get(part):
                    fail(part, f"a tlsjax.{kind.__name__} for {self.quantity}", "missing")
                continue
            if part not in needs:
                fail(part, f"left out for {self.quantity}", repr(given))
            if not isinstance(given, kind):
                fail(part, f"a tlsjax.{kind.__name__}", repr(given))
            require(*given.rules())
        if self.surface not in SURFACES:
            fail("surface", f"one of {', '.join(SURFACES)}", repr(self.surface))

    def _of_metal(self):
        """``{name: value}`` of the numbers of the material and the cavity."""
        parts = [part for part in (self.material, self.cavity) if part is not None]
        found = {name: getattr(part, name) for part in parts for name in part.traced_fields}
        return {name: value for name, value in found.items() if value is not None}

    @property
    def _quantity(self):
        return QUANTITIES[self.quantity]

    @property
    def _is_induced(self):
        return self.quantity == "induced-tc"

    @property
    def _template(self) -> Superconductor:
        """The superconductor that is varied, in the solver's units."""
        given = self.superconductor
        if isinstance(given, Distribution):
            splittings = given.rescaled(self.units.per_energy)
            if self._is_induced:
                return Superconductor((TLSEnsemble(ALPHA, splittings),), NoHost())
            # The unit of rates is k_B Tc0.
            host = WeakCouplingHost(self.units.per_rate)
            return Superconductor((TLSEnsemble(0.0, splittings),), host)
        if self._is_induced:
            text = "a distribution for induced-tc (tc takes a Superconductor with NoHost())"
            fail("superconductor", text, repr(given))
        return as_superconductor(given)

    @property
    def parameters(self) -> tuple:
        """Names of everything that can be scanned over."""
        names = parameter_names(self._template)
        if self._is_induced:
            names = tuple(n for n in names if n not in ("alpha", "elastic_rate"))
        own = self._quantity.parameters
        count = len(self._template.impurities)
        if "T_tls" in own and count > 1:
            own = (*own, *(f"T_tls_{i + 1}" for i in range(count)))
        return (*own, *self._of_metal(), *names)

    def _require_known(self, names, where):
        for name in names:
            if name not in self.parameters:
                text = f"parameters of {self.quantity} ({', '.join(self.parameters)})"
                fail(where, text, repr(name))

    def require(self, names: Iterable[str]) -> None:
        """Raise unless ``names``, with ``fixed``, are all parameters there must be."""
        self._require_known(names, "grid")
        for name in self.fixed:
            if name in names:
                fail(name, "fixed or in the grid, not both", "in both")
        needed = list(self._quantity.needed)
        if isinstance(self.superconductor, Distribution) and not self._is_induced:
            needed.append("alpha")
        present = {*names, *self.fixed}
        rate = self._template.static.elastic
        if any(name.startswith("elastic_rate") for name in present) or (rate is not None and rate):
            present.add("elastic")
        for name in needed:
            if name not in present:
                fail(name, "given, as fixed or in the grid", "missing")
        heated = [name for name in {*names, *self.fixed} if name.startswith("T_tls")]
        if self.population is not None and heated:
            fail("population", "left out where T_tls is given", repr(self.population))

    def __call__(self, **values):
        """Results by name at these values of the parameters; traced or not."""
        self.require(values)
        found = self._quantity.compute(self._model(values), self.solver)
        return {name: self.units.out(name, value) for name, value in found.items()}

    def _model(self, values):
        values = {n: self.units.into(n, v) for n, v in {**self.fixed, **values}.items()}
        known = parameter_names(self._template)
        superconductor = with_values(
            self._template, {n: v for n, v in values.items() if n in known}
        )
        energy = self.units.into("energy", np.asarray(self.energy, dtype=float))
        material, cavity = (_varied(part, values) for part in (self.material, self.cavity))
        if material is not None and self.units.is_physical:
            material = replace(material, unit="meV")
        return Model(
            superconductor, values.get("T"), self._occupations(values),
            values.get("resolution", "auto"), energy, values, material, cavity, self.surface,
        )  # fmt: skip

    def _occupations(self, values):
        occupations = list(as_occupations(self.population, len(self._template.impurities)))
        for index in range(len(occupations)):
            T_tls = values.get(f"T_tls_{index + 1}", values.get("T_tls"))
            if T_tls is not None:
                occupations[index] = EffectiveTemperature(T_tls)
        return tuple(occupations)

    def way(self, grid: Mapping) -> str:
        """One of `tlsjax.core.ways`, for the first try of a scan over ``grid``, names and values.

        Impurities at several temperatures count as inverted if any of them may be.
        """
        values = {n: np.min(v) for n, v in {**self.fixed, **grid}.items() if n.startswith("T_tls")}
        occupations = self._occupations(values) if "T_tls" in self._quantity.parameters else ()
        return CHECKED if any(o.may_be_inverted for o in occupations) else ITERATION

    def labels(self, names: Iterable[str]) -> Labels:
        """`Labels` of a scan over the parameters ``names``."""
        quantity, units = self._quantity, self.units
        energies = {"energy": np.atleast_1d(self.energy)} if self.quantity == "dos" else {}
        named = (*quantity.results, *self.parameters, *energies)
        found = {name: attributes(units, name) for name in named}
        for name in quantity.results:
            found[f"{name}_error"] = found[name] | {"long_name": f"estimated error of {name}"}
        of_energy = {"N": ("energy",), "N_error": ("energy",)} if energies else {}
        return Labels(self._description(names), of_energy, energies, found, self._settings())

    def _description(self, names):
        """What is scanned, and what is kept at which value."""
        own = parameter_values(self._template) | self._of_metal()
        kept = {n: self.units.out(n, v) for n, v in own.items() if v is not None}
        kept = {n: v for n, v in kept.items() if n in self.parameters} | dict(self.fixed)
        kept = [f"{name}={show(value)}" for name, value in kept.items() if name not in names]
        if self.population is not None:
            kept.append(repr(self.population))
        kinds = [type(e.splittings).__name__ for e in self._template.impurities]
        host = type(self._template.host).__name__
        about = " and ".join(kinds) or host
        if not isinstance(self.superconductor, Distribution):
            about += f" in a {host}"
        about = f"{self.quantity} of {about} over {', '.join(names)}"
        return ", ".join([f"{about}; {kept[0]}", *kept[1:]] if kept else [about])

    def _settings(self):
        axis = axis_or_default(self.solver.get("axis"))
        settings = {**self._quantity.tolerances, "matsubara_axis_tolerance": axis.tolerance}
        if self._quantity.is_spectrum:
            panels = self.solver.get("panels", real_axis.default_panels(self._template))
            settings |= {"real_axis_panels": panels}
        return settings


def _varied(part, values):
    """A material or a cavity with those of the values that are its own; None stays None."""
    if part is None:
        return None
    return replace(part, **{n: v for n, v in values.items() if n in part.traced_fields})
