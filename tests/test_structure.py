"""Architecture: imports point one way, examples run, trees of different types differ."""

import ast
import doctest
import importlib
import itertools
import pkgutil
from pathlib import Path

import jax
import pytest

import tlsjax as tls
from tlsjax.cli import COMMANDS

PACKAGE = Path(tls.__file__).parent
# From the bottom up: a module may import only from those before it.
LAYERS = [
    "_precision",
    "_version",
    "core",
    "core.constants",
    "core.structure",
    "core.programs",
    "core.compilation",
    "core.validation",
    "core.pytrees",
    "core.batching",
    "core.status",
    "core.ways",
    "core.second_try",
    "core.results",
    "core.units",
    "numerics",
    "numerics.digamma",
    "numerics.inverse_root",
    "numerics.quadrature",
    "numerics.panels",
    "numerics.blocks",
    "numerics.products",
    "numerics.lanes",
    "numerics.nonuniform",
    "numerics.linear",
    "numerics.tridiagonal",
    "numerics.eigen",
    "numerics.implicit",
    "numerics.newton",
    "numerics.bracketing",
    "numerics.fixed_point",
    "numerics.monotone",
    "io",
    "io.column_units",
    "io.names",
    "io.tables",
    "io.alpha2F",
    "io.sweeps",
    "io.columns",
    "io.resonators",
    "io.files",
    "plotting",
    "plotting.style",
    "plotting.grids",
    "plotting.curves",
    "plotting.maps",
    "plotting.thermodynamics",
    "plotting.microwave",
    "plotting.results",
    "plotting.fits",
    "plotting.posteriors",
    "plotting.scans",
    "model",
    "model.distributions",
    "model.distributions.base",
    "model.distributions.single",
    "model.distributions.glass",
    "model.distributions.lorentzian",
    "model.distributions.wipf_neumaier",
    "model.distributions.tabulated",
    "model.distributions.spectral_function",
    "model.distributions.mixture",
    "model.distributions.sampling",
    "model.occupations",
    "model.burnt_hole",
    "model.driven",
    "model.baths",
    "model.ensemble",
    "model.allen_dynes",
    "model.hosts",
    "model.strong_coupling",
    "model.scattering",
    "model.superconductor",
    "model.two_band",
    "model.named",
    "matsubara",
    "matsubara.transforms",
    "matsubara.axis_matrices",
    "matsubara.axis",
    "matsubara.pair_breaking",
    "matsubara.interaction",
    "matsubara.equations",
    "matsubara.estimate",
    "matsubara.response",
    "matsubara.critical_temperature",
    "matsubara.state",
    "matsubara.functional_derivative",
    "matsubara.order_parameter",
    "matsubara.induced",
    "matsubara.literature",
    "contour",
    "contour.newton",
    "contour.mesh",
    "contour.poles",
    "contour.row",
    "contour.kernels",
    "contour.matsubara",
    "contour.equations",
    "contour.linearised",
    "contour.joint",
    "contour.tangent",
    "contour.inverted",
    "contour.descent",
    "contour.solve",
    "contour.order_parameter",
    "real_axis",
    "real_axis.given",
    "real_axis.descent",
    "real_axis.collocation",
    "real_axis.ladder",
    "real_axis.ladder_solve",
    "real_axis.interpolant",
    "real_axis.green",
    "real_axis.spectral",
    "real_axis.spectrum",
    "real_axis.solve",
    "real_axis.static",
    "observables",
    "observables.kernel",
    "observables.image",
    "observables.smearing",
    "observables.sharp",
    "observables.tunnelling",
    "observables.sis",
    "microwave",
    "microwave.orbital",
    "microwave.fields",
    "microwave.integral",
    "microwave.static",
    "microwave.conductivity",
    "microwave.london",
    "microwave.superfluid",
    "microwave.impedance",
    "microwave.material",
    "microwave.surface",
    "microwave.terms",
    "microwave.dielectric",
    "microwave.cavity",
    "microwave.resonator",
    "microwave.relaxation",
    "microwave.heating",
    "microwave.driven_solve",
    "microwave.steady_state",
    "microscopic.materials",
    "thermodynamics",
    "thermodynamics.functional",
    "thermodynamics.normal",
    "thermodynamics.zero",
    "thermodynamics.shifts",
    "thermodynamics.measured",
    "thermodynamics.solution",
    "thermodynamics.solve",
    "thermodynamics.derived",
    "microscopic",
    "microscopic.wells",
    "microscopic.scattering",
    "microscopic.pseudofermions",
    "fitting",
    "fitting.measurement",
    "fitting.sweeps",
    "fitting.quick",
    "fitting.datasets",
    "fitting.bulk",
    "fitting.microwave_tables",
    "fitting.resonator",
    "fitting.surface_resistance",
    "fitting.templates",
    "fitting.device",
    "fitting.over_temperature",
    "fitting.models",
    "fitting.priors",
    "fitting.guesses",
    "fitting.layout",
    "fitting.parameters",
    "fitting.evaluation",
    "fitting.algebraic",
    "fitting.statistics",
    "fitting.scales",
    "fitting.least_squares",
    "fitting.descent",
    "fitting.jumps",
    "fitting.result",
    "fitting.remarks",
    "fitting.problem",
    "fitting.without_impurities",
    "fitting.derived",
    "fitting.outcome",
    "fitting.again",
    "fitting.run",
    "fitting.comparison",
    "fitting.tabulate",
    "fitting.explanations",
    "fitting.candidates",
    "fitting.rivals",
    "fitting.fit",
    "fitting.draws",
    "fitting.coordinates",
    "fitting.density",
    "fitting.mode",
    "fitting.ridge",
    "fitting.nuts",
    "fitting.laplace",
    "fitting.draw_notes",
    "fitting.sample",
    "fitting.bootstrap",
    "fitting.compare",
    "scans",
    "scans.grid",
    "scans.point",
    "scans.labels",
    "scans.quantities",
    "scans.observable",
    "scans.execution",
    "scans.second_try",
    "scans.store",
    "scans.dataset",
    "scans.job",
    "scans.scan",
    "reproduce",
    "reproduce.paper",
    "reproduce.fig1",
    "reproduce.fig5",
    "reproduce.fig6",
    "reproduce.fig7",
    "reproduce.fig8",
    "reproduce.fig9",
    "reproduce.zero_energy",
    "reproduce.microwave",
    "reproduce.catalogue",
    "cli.options",
    "cli.words",
    "cli.output",
    "cli.model",
    "cli.family",
    "cli.metal",
    "cli.tc",
    "cli.induced",
    "cli.gap",
    "cli.thermo",
    "cli.dos",
    "cli.conductivity",
    "cli.rs",
    "cli.penetration",
    "cli.config",
    "cli.fit_columns",
    "cli.fit_data",
    "cli.draws",
    "cli.fit_arguments",
    "cli.fit",
    "cli.scan_request",
    "cli.scan",
    "cli.reproduce",
    "explorer",
    "explorer.dropped",
    "explorer.phonons",
    "explorer.state",
    "explorer.solve",
    "explorer.clean_host",
    "explorer.worker",
    "explorer.steps",
    "explorer.export",
    "explorer.measured",
    "explorer.figures",
    "explorer.template",
    "explorer.widgets",
    "explorer.readouts",
    "explorer.host_controls",
    "explorer.controls",
    "explorer.page",
    "explorer.server",
    "cli.explore",
    "cli",
    "__main__",
]


def modules():
    found = [m.name for m in pkgutil.walk_packages([str(PACKAGE)], "tlsjax.")]
    return [name.removeprefix("tlsjax.") for name in found]


def imports_of(name):
    place = PACKAGE / name.replace(".", "/")
    path = place.with_suffix(".py")
    path = path if path.exists() else place / "__init__.py"
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_every_module_has_its_layer():
    assert sorted(modules()) == sorted(LAYERS)


@pytest.mark.parametrize("name", LAYERS)
def test_imports_point_down(name):
    allowed = {f"tlsjax.{layer}" for layer in LAYERS[: LAYERS.index(name)]}
    for target in imports_of(name):
        assert not target.startswith("jax._src"), target
        if target.startswith("tlsjax."):
            inside = [target, target.rpartition(".")[0]]
            assert any(module in allowed for module in inside), f"{name} imports {target}"
        if target.split(".")[0] == "matplotlib":
            assert name == "plotting.style"


def test_imports_by_name_are_of_layers():
    """Those that the parsing of imports above does not see."""
    assert {f"cli.{module}" for module in COMMANDS.values()} <= set(LAYERS)
    assert set(tls._HOME.values()) | set(tls._SUBMODULES.values()) <= {*LAYERS, "cli"}
    packages = {name for name in LAYERS if (PACKAGE / name / "__init__.py").exists()}
    assert packages == set(tls._PACKAGES)


# Their examples are fits of half a minute and spectra out of equilibrium, nearly all compiling:
# what they call is tested elsewhere every time.
LONG = (
    "fitting.fit",
    "fitting.compare",
    "fitting.sample",
    "fitting.bootstrap",
    "scans.scan",
    "scans.dataset",
    "model.strong_coupling",
    "microscopic.scattering",
    "microwave.material",
    "thermodynamics.solve",
    "real_axis.solve",
    "contour.order_parameter",
    "observables.tunnelling",
    "observables.sis",
    "microscopic.wells",
    "thermodynamics.derived",
    "microwave.conductivity",
    "microwave.superfluid",
    "microwave.surface",
    "microwave.relaxation",
    "microwave.heating",
    "microwave.steady_state",
)


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[pytest.mark.slow] if n in LONG else []) for n in LAYERS]
)
def test_examples_run(name):
    if name == "__main__":
        return
    result = doctest.testmod(importlib.import_module(f"tlsjax.{name}"))
    assert result.failed == 0


def test_public_names_have_docstrings():
    for name in set(tls.__all__) - {"__version__"}:
        assert len(getattr(tls, name).__doc__) > 30, name


def test_trees_of_different_distributions_differ():
    """JAX's own dataclass registration gets this wrong, and runs one compiled program on
    the other's numbers."""
    trees = [
        tls.DeltaFunction(1.0),
        tls.Glass(1.0),
        tls.Thermal(),
        tls.GroundState(),
        tls.EffectiveTemperature(1.0),
        tls.Lorentzian(1.0, 0.1),
        tls.Lorentzian(1.0, 0.1, normalized=False),
        tls.WipfNeumaier(1.0, 0.1),
    ]
    for left, right in itertools.combinations(map(jax.tree.structure, trees), 2):
        assert left != right


def test_double_precision_is_on():
    assert jax.numpy.zeros(1).dtype == "float64"
