"""Two-level tunnelling systems in superconductors, solved in JAX.

Energies and temperatures are in the unit of the host: by default ``k_B Tc0``, the transition
temperature of the clean host. Importing the package switches JAX to 64-bit floats.

Names are imported when they are first used: JAX alone takes most of a second, and a program may
use one name of seventy.
"""

import importlib
from typing import TYPE_CHECKING

from tlsjax import _precision
from tlsjax._version import __version__

if TYPE_CHECKING:
    from tlsjax.contour.order_parameter import order_parameter
    from tlsjax.core import units
    from tlsjax.core.compilation import keep_programs
    from tlsjax.core.pytrees import parameters
    from tlsjax.core.status import ConvergenceError, Status
    from tlsjax.core.units import Units
    from tlsjax.core.ways import solved_by
    from tlsjax.fitting.bootstrap import bootstrap
    from tlsjax.fitting.bulk import CriticalFieldData, SpecificHeatData
    from tlsjax.fitting.compare import compare
    from tlsjax.fitting.comparison import Comparison
    from tlsjax.fitting.datasets import GapData, TcData, TunnellingData
    from tlsjax.fitting.draws import Draws
    from tlsjax.fitting.fit import fit
    from tlsjax.fitting.resonator import ResonatorData
    from tlsjax.fitting.result import FitResult, FittedParameter
    from tlsjax.fitting.sample import sample
    from tlsjax.fitting.surface_resistance import SurfaceResistanceData
    from tlsjax.matsubara.axis import CompactAxis, compact_axis
    from tlsjax.matsubara.critical_temperature import (
        Transition,
        critical_temperature,
        solve_critical_temperature,
    )
    from tlsjax.matsubara.functional_derivative import critical_temperature_derivative
    from tlsjax.matsubara.induced import (
        induced_critical_temperature,
        solve_induced,
        solve_induced_critical_temperature,
    )
    from tlsjax.matsubara.literature import (
        brandt_slope,
        vujicic_critical_temperature,
        weak_coupling_critical_temperature,
    )
    from tlsjax.matsubara.order_parameter import solve_matsubara
    from tlsjax.matsubara.state import EquilibriumState
    from tlsjax.microscopic.materials import ALUMINIUM, LEAD, MASS_D, MASS_H, NIOBIUM, Metal
    from tlsjax.microscopic.scattering import (
        MatrixElements,
        Rates,
        elastic_channels,
        matrix_elements,
        scattering_rates,
    )
    from tlsjax.microscopic.wells import DoubleWell, Levels, Well, solve_well
    from tlsjax.microwave.cavity import Cavity
    from tlsjax.microwave.conductivity import Conductivity, conductivity, solve_conductivity
    from tlsjax.microwave.dielectric import DielectricTLS
    from tlsjax.microwave.heating import Heating, heating_power, solve_heating_power
    from tlsjax.microwave.material import Material
    from tlsjax.microwave.relaxation import Relaxation, relaxation_rate, solve_relaxation
    from tlsjax.microwave.resonator import Resonator
    from tlsjax.microwave.steady_state import SteadyState, steady_state
    from tlsjax.microwave.superfluid import (
        SuperfluidDensity,
        penetration_depth,
        solve_superfluid_density,
        superfluid_density,
    )
    from tlsjax.microwave.surface import (
        SurfaceImpedance,
        solve_surface_impedance,
        surface_impedance,
    )
    from tlsjax.microwave.terms import Losses, Shift
    from tlsjax.model.burnt_hole import BurntHole
    from tlsjax.model.distributions.base import Distribution
    from tlsjax.model.distributions.glass import Glass
    from tlsjax.model.distributions.lorentzian import Lorentzian
    from tlsjax.model.distributions.mixture import Mixture
    from tlsjax.model.distributions.sampling import sample_splittings, tabulate
    from tlsjax.model.distributions.single import DeltaFunction
    from tlsjax.model.distributions.tabulated import Tabulated, read_splittings
    from tlsjax.model.distributions.wipf_neumaier import (
        BroadenedWipfNeumaier,
        ModifiedWipfNeumaier,
        WipfNeumaier,
    )
    from tlsjax.model.ensemble import TLSEnsemble
    from tlsjax.model.hosts import NoHost, WeakCouplingHost
    from tlsjax.model.occupations import (
        EffectiveTemperature,
        GroundState,
        Oscillator,
        Population,
        Thermal,
    )
    from tlsjax.model.scattering import Scattering
    from tlsjax.model.strong_coupling import StrongCouplingHost
    from tlsjax.model.superconductor import Superconductor
    from tlsjax.model.two_band import TwoBand
    from tlsjax.observables.kernel import Window, window_for
    from tlsjax.observables.sis import sis_conductance, sis_current
    from tlsjax.observables.tunnelling import tunnelling_conductance, tunnelling_current
    from tlsjax.real_axis.green import Fields, Green
    from tlsjax.real_axis.solve import solve_spectrum
    from tlsjax.real_axis.spectrum import Spectrum
    from tlsjax.scans.dataset import failed_points
    from tlsjax.scans.observable import Observable
    from tlsjax.scans.scan import scan
    from tlsjax.thermodynamics.derived import (
        condensation_energy,
        critical_field,
        specific_heat,
        specific_heat_jump,
    )
    from tlsjax.thermodynamics.measured import Measured
    from tlsjax.thermodynamics.solution import Shares, Thermodynamics
    from tlsjax.thermodynamics.solve import solve_thermodynamics

# The same once more for running programs: the module of each name.
_MODULES = {
    "contour.order_parameter": ("order_parameter",),
    "core.compilation": ("keep_programs",),
    "core.pytrees": ("parameters",),
    "core.status": ("ConvergenceError", "Status"),
    "core.units": ("Units",),
    "core.ways": ("solved_by",),
    "fitting.bootstrap": ("bootstrap",),
    "fitting.bulk": ("CriticalFieldData", "SpecificHeatData"),
    "fitting.compare": ("compare",),
    "fitting.comparison": ("Comparison",),
    "fitting.datasets": ("GapData", "TcData", "TunnellingData"),
    "fitting.draws": ("Draws",),
    "fitting.fit": ("fit",),
    "fitting.resonator": ("ResonatorData",),
    "fitting.result": ("FitResult", "FittedParameter"),
    "fitting.sample": ("sample",),
    "fitting.surface_resistance": ("SurfaceResistanceData",),
    "matsubara.axis": ("CompactAxis", "compact_axis"),
    "matsubara.critical_temperature": (
        "Transition",
        "critical_temperature",
        "solve_critical_temperature",
    ),
    "matsubara.functional_derivative": ("critical_temperature_derivative",),
    "matsubara.induced": (
        "induced_critical_temperature",
        "solve_induced",
        "solve_induced_critical_temperature",
    ),
    "matsubara.literature": (
        "brandt_slope",
        "vujicic_critical_temperature",
        "weak_coupling_critical_temperature",
    ),
    "matsubara.order_parameter": ("solve_matsubara",),
    "matsubara.state": ("EquilibriumState",),
    "microscopic.materials": ("ALUMINIUM", "LEAD", "MASS_D", "MASS_H", "NIOBIUM", "Metal"),
    "microscopic.scattering": (
        "MatrixElements",
        "Rates",
        "elastic_channels",
        "matrix_elements",
        "scattering_rates",
    ),
    "microscopic.wells": ("DoubleWell", "Levels", "Well", "solve_well"),
    "microwave.cavity": ("Cavity",),
    "microwave.conductivity": ("Conductivity", "conductivity", "solve_conductivity"),
    "microwave.dielectric": ("DielectricTLS",),
    "microwave.material": ("Material",),
    "microwave.resonator": ("Resonator",),
    "microwave.heating": ("Heating", "heating_power", "solve_heating_power"),
    "microwave.relaxation": ("Relaxation", "relaxation_rate", "solve_relaxation"),
    "microwave.steady_state": ("SteadyState", "steady_state"),
    "model.burnt_hole": ("BurntHole",),
    "microwave.superfluid": (
        "SuperfluidDensity",
        "penetration_depth",
        "solve_superfluid_density",
        "superfluid_density",
    ),
    "microwave.surface": ("SurfaceImpedance", "solve_surface_impedance", "surface_impedance"),
    "microwave.terms": ("Losses", "Shift"),
    "model.distributions.base": ("Distribution",),
    "model.distributions.glass": ("Glass",),
    "model.distributions.lorentzian": ("Lorentzian",),
    "model.distributions.mixture": ("Mixture",),
    "model.distributions.sampling": ("sample_splittings", "tabulate"),
    "model.distributions.single": ("DeltaFunction",),
    "model.distributions.tabulated": ("Tabulated", "read_splittings"),
    "model.distributions.wipf_neumaier": (
        "BroadenedWipfNeumaier",
        "ModifiedWipfNeumaier",
        "WipfNeumaier",
    ),
    "model.ensemble": ("TLSEnsemble",),
    "model.hosts": ("NoHost", "WeakCouplingHost"),
    "model.occupations": (
        "EffectiveTemperature",
        "GroundState",
        "Oscillator",
        "Population",
        "Thermal",
    ),
    "model.scattering": ("Scattering",),
    "model.strong_coupling": ("StrongCouplingHost",),
    "model.superconductor": ("Superconductor",),
    "model.two_band": ("TwoBand",),
    "observables.kernel": ("Window", "window_for"),
    "observables.sis": ("sis_conductance", "sis_current"),
    "observables.tunnelling": ("tunnelling_conductance", "tunnelling_current"),
    "real_axis.green": ("Fields", "Green"),
    "real_axis.solve": ("solve_spectrum",),
    "real_axis.spectrum": ("Spectrum",),
    "scans.dataset": ("failed_points",),
    "scans.observable": ("Observable",),
    "scans.scan": ("scan",),
    "thermodynamics.derived": (
        "condensation_energy",
        "critical_field",
        "specific_heat",
        "specific_heat_jump",
    ),
    "thermodynamics.measured": ("Measured",),
    "thermodynamics.solution": ("Shares", "Thermodynamics"),
    "thermodynamics.solve": ("solve_thermodynamics",),
}
_HOME = {name: module for module, names in _MODULES.items() for name in names}
_PACKAGES = (
    "cli", "contour", "core", "explorer", "fitting", "io", "matsubara", "microscopic", "microwave",
    "model", "numerics", "observables", "plotting", "real_axis", "reproduce", "scans",
    "thermodynamics",
)  # fmt: skip
# Names that are modules themselves.
_SUBMODULES = {"units": "core.units"} | {name: name for name in _PACKAGES}

__all__ = [
    "ALUMINIUM",
    "LEAD",
    "MASS_D",
    "MASS_H",
    "NIOBIUM",
    "BroadenedWipfNeumaier",
    "BurntHole",
    "Cavity",
    "CompactAxis",
    "Comparison",
    "Conductivity",
    "ConvergenceError",
    "CriticalFieldData",
    "DeltaFunction",
    "DielectricTLS",
    "Distribution",
    "DoubleWell",
    "Draws",
    "EffectiveTemperature",
    "EquilibriumState",
    "Fields",
    "FitResult",
    "FittedParameter",
    "GapData",
    "Glass",
    "Green",
    "GroundState",
    "Heating",
    "Levels",
    "Lorentzian",
    "Losses",
    "Material",
    "MatrixElements",
    "Measured",
    "Metal",
    "Mixture",
    "ModifiedWipfNeumaier",
    "NoHost",
    "Observable",
    "Oscillator",
    "Population",
    "Rates",
    "Relaxation",
    "Resonator",
    "ResonatorData",
    "Scattering",
    "Shares",
    "Shift",
    "SpecificHeatData",
    "Spectrum",
    "Status",
    "SteadyState",
    "StrongCouplingHost",
    "Superconductor",
    "SuperfluidDensity",
    "SurfaceImpedance",
    "SurfaceResistanceData",
    "TLSEnsemble",
    "Tabulated",
    "TcData",
    "Thermal",
    "Thermodynamics",
    "Transition",
    "TunnellingData",
    "TwoBand",
    "Units",
    "WeakCouplingHost",
    "Well",
    "Window",
    "WipfNeumaier",
    "__version__",
    "bootstrap",
    "brandt_slope",
    "compact_axis",
    "compare",
    "condensation_energy",
    "conductivity",
    "critical_field",
    "critical_temperature",
    "critical_temperature_derivative",
    "elastic_channels",
    "failed_points",
    "fit",
    "heating_power",
    "induced_critical_temperature",
    "keep_programs",
    "matrix_elements",
    "order_parameter",
    "parameters",
    "penetration_depth",
    "read_splittings",
    "relaxation_rate",
    "sample",
    "sample_splittings",
    "scan",
    "scattering_rates",
    "sis_conductance",
    "sis_current",
    "solve_conductivity",
    "solve_critical_temperature",
    "solve_heating_power",
    "solve_induced",
    "solve_induced_critical_temperature",
    "solve_matsubara",
    "solve_relaxation",
    "solve_spectrum",
    "solve_superfluid_density",
    "solve_surface_impedance",
    "solve_thermodynamics",
    "solve_well",
    "solved_by",
    "specific_heat",
    "specific_heat_jump",
    "steady_state",
    "superfluid_density",
    "surface_impedance",
    "tabulate",
    "tunnelling_conductance",
    "tunnelling_current",
    "units",
    "vujicic_critical_temperature",
    "weak_coupling_critical_temperature",
    "window_for",
]


def __getattr__(name):
    """Import a public name, or a package of the modules, on its first use (PEP 562)."""
    if name in _SUBMODULES:
        value = importlib.import_module(f"tlsjax.{_SUBMODULES[name]}")
    elif name in _HOME:
        value = getattr(importlib.import_module(f"tlsjax.{_HOME[name]}"), name)
    else:
        raise AttributeError(f"module 'tlsjax' has no attribute {name!r}")
    _precision.settle()
    # Kept, so that the next use does not come here.
    globals()[name] = value
    return value


def __dir__():
    return sorted({*globals(), *__all__, *_PACKAGES})
