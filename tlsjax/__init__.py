"""Two-level tunnelling systems in superconductors, solved in JAX.

Energies and temperatures are in the unit of the host: by default ``k_B Tc0``, the transition
temperature of the clean host. Importing the package switches JAX to 64-bit floats.
"""

from tlsjax import _precision  # noqa: F401  (first of all)
from tlsjax._version import __version__
from tlsjax.contour.order_parameter import order_parameter
from tlsjax.core import units
from tlsjax.core.pytrees import parameters
from tlsjax.core.status import ConvergenceError, Status
from tlsjax.core.units import Units
from tlsjax.fitting.compare import Comparison, compare
from tlsjax.fitting.datasets import GapData, TcData, TunnellingData
from tlsjax.fitting.fit import fit
from tlsjax.fitting.result import FitResult, FittedParameter
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
from tlsjax.microscopic.materials import ALUMINIUM, MASS_D, MASS_H, NIOBIUM, Metal
from tlsjax.microscopic.scattering import (
    MatrixElements,
    Rates,
    elastic_channels,
    matrix_elements,
    scattering_rates,
)
from tlsjax.microscopic.wells import DoubleWell, Levels, Well, solve_well
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
from tlsjax.observables.kernel import Window, window_for
from tlsjax.observables.tunnelling import tunnelling_conductance, tunnelling_current
from tlsjax.real_axis.green import Fields, Green
from tlsjax.real_axis.solve import solve_spectrum
from tlsjax.real_axis.spectrum import Spectrum
from tlsjax.scans.dataset import failed_points
from tlsjax.scans.observable import Observable
from tlsjax.scans.scan import scan

__all__ = [
    "ALUMINIUM",
    "MASS_D",
    "MASS_H",
    "NIOBIUM",
    "BroadenedWipfNeumaier",
    "CompactAxis",
    "Comparison",
    "ConvergenceError",
    "DeltaFunction",
    "Distribution",
    "DoubleWell",
    "EffectiveTemperature",
    "EquilibriumState",
    "Fields",
    "FitResult",
    "FittedParameter",
    "GapData",
    "Glass",
    "Green",
    "GroundState",
    "Levels",
    "Lorentzian",
    "MatrixElements",
    "Metal",
    "Mixture",
    "ModifiedWipfNeumaier",
    "NoHost",
    "Observable",
    "Oscillator",
    "Population",
    "Rates",
    "Scattering",
    "Spectrum",
    "Status",
    "StrongCouplingHost",
    "Superconductor",
    "TLSEnsemble",
    "Tabulated",
    "TcData",
    "Thermal",
    "Transition",
    "TunnellingData",
    "Units",
    "WeakCouplingHost",
    "Well",
    "Window",
    "WipfNeumaier",
    "__version__",
    "brandt_slope",
    "compact_axis",
    "compare",
    "critical_temperature",
    "critical_temperature_derivative",
    "elastic_channels",
    "failed_points",
    "fit",
    "induced_critical_temperature",
    "matrix_elements",
    "order_parameter",
    "parameters",
    "read_splittings",
    "sample_splittings",
    "scan",
    "scattering_rates",
    "solve_critical_temperature",
    "solve_induced",
    "solve_induced_critical_temperature",
    "solve_matsubara",
    "solve_spectrum",
    "solve_well",
    "tabulate",
    "tunnelling_conductance",
    "tunnelling_current",
    "units",
    "vujicic_critical_temperature",
    "weak_coupling_critical_temperature",
    "window_for",
]
