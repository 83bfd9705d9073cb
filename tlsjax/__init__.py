"""Two-level tunnelling systems in superconductors, solved in JAX.

Energies and temperatures are in units of ``k_B Tc0``, the transition temperature of the
clean host. Importing the package switches JAX to 64-bit floats: the results are good to
nine digits, single precision holds seven.
"""

import jax

jax.config.update("jax_enable_x64", True)

from tlsjax._version import __version__  # noqa: E402
from tlsjax.contour.axis import LineAxis, line_axis  # noqa: E402
from tlsjax.core.status import ConvergenceError, Status  # noqa: E402
from tlsjax.fitting.compare import compare  # noqa: E402
from tlsjax.fitting.datasets import GapData, TcData, TunnellingData  # noqa: E402
from tlsjax.fitting.fit import fit  # noqa: E402
from tlsjax.fitting.result import FitResult, FittedParameter  # noqa: E402
from tlsjax.io.simple_tables import read_splittings  # noqa: E402
from tlsjax.matsubara.axis import CompactAxis, compact_axis  # noqa: E402
from tlsjax.matsubara.critical_temperature import (  # noqa: E402
    Transition,
    critical_temperature,
    solve_critical_temperature,
)
from tlsjax.matsubara.induced import (  # noqa: E402
    induced_critical_temperature,
    solve_induced,
    solve_induced_critical_temperature,
)
from tlsjax.matsubara.literature import (  # noqa: E402
    brandt_slope,
    vujicic_critical_temperature,
    weak_coupling_critical_temperature,
)
from tlsjax.matsubara.order_parameter import order_parameter, solve_matsubara  # noqa: E402
from tlsjax.matsubara.state import EquilibriumState  # noqa: E402
from tlsjax.microscopic.materials import (  # noqa: E402
    ALUMINIUM,
    MASS_D,
    MASS_H,
    NIOBIUM,
    Metal,
)
from tlsjax.microscopic.scattering import (  # noqa: E402
    MatrixElements,
    Rates,
    elastic_channels,
    matrix_elements,
    scattering_rates,
)
from tlsjax.microscopic.wells import DoubleWell, Levels, Well, solve_well  # noqa: E402
from tlsjax.model.distributions.paper import (  # noqa: E402
    DeltaFunction,
    Glass,
    Lorentzian,
    ModifiedWipfNeumaier,
    Tabulated,
    WipfNeumaier,
)
from tlsjax.model.distributions.strained import (  # noqa: E402
    BroadenedWipfNeumaier,
    sample_splittings,
    tabulate,
)
from tlsjax.model.ensemble import TLSEnsemble  # noqa: E402
from tlsjax.model.occupations import (  # noqa: E402
    EffectiveTemperature,
    GroundState,
    Population,
    Thermal,
)
from tlsjax.observables.tunnelling import (  # noqa: E402
    Window,
    tunnelling_conductance,
    tunnelling_current,
    window_for,
)
from tlsjax.real_axis.solve import solve_spectrum  # noqa: E402
from tlsjax.real_axis.spectrum import Spectrum  # noqa: E402
from tlsjax.scans.dataset import failed_points  # noqa: E402
from tlsjax.scans.observable import Observable  # noqa: E402
from tlsjax.scans.scan import scan  # noqa: E402

__all__ = [
    "ALUMINIUM",
    "MASS_D",
    "MASS_H",
    "NIOBIUM",
    "BroadenedWipfNeumaier",
    "CompactAxis",
    "ConvergenceError",
    "DeltaFunction",
    "DoubleWell",
    "EffectiveTemperature",
    "EquilibriumState",
    "FitResult",
    "FittedParameter",
    "GapData",
    "Glass",
    "GroundState",
    "Levels",
    "LineAxis",
    "Lorentzian",
    "MatrixElements",
    "Metal",
    "ModifiedWipfNeumaier",
    "Observable",
    "Population",
    "Rates",
    "Spectrum",
    "Status",
    "TLSEnsemble",
    "Tabulated",
    "TcData",
    "Thermal",
    "Transition",
    "TunnellingData",
    "Well",
    "Window",
    "WipfNeumaier",
    "__version__",
    "brandt_slope",
    "compact_axis",
    "compare",
    "critical_temperature",
    "elastic_channels",
    "failed_points",
    "fit",
    "induced_critical_temperature",
    "line_axis",
    "matrix_elements",
    "order_parameter",
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
    "vujicic_critical_temperature",
    "weak_coupling_critical_temperature",
    "window_for",
]
