"""Penetration depth and superfluid density against temperature, local, from clean to dirty.

lambda = lambda_L0/sqrt(n_s/n), by a sum over Matsubara frequencies, whatever temperature the
impurities have. Elastic scattering is --mean-free-path with --xi0 or --v-fermi, or --elastic, a
rate hbar/2tau; without --lambda-l0 or --metal the depth is in units of lambda_L0. Above Tc
n_s = 0 and the depth is infinite.

Examples:
  tlsjax lambda --splittings glass:Ec=3 --alpha 0.5 1 --elastic 2 --out results
  tlsjax lambda --tc0-kelvin 9.25 --metal Nb --mean-free-path 100 --alpha 0.2 --out depth
  tlsjax lambda --tls-temperature equilibrium 2 inf --temperature 0.1:1:10 --json
"""

from tlsjax.cli import family, metal, options, output
from tlsjax.core.validation import fail, non_negative, positive, require
from tlsjax.microwave.material import require_nanometres
from tlsjax.microwave.superfluid import solve_superfluid_density
from tlsjax.plotting.grids import temperatures_below

_POINTS = 60


def add_arguments(parser):
    family.add_arguments(parser)
    metal.add_arguments(parser)
    parser.add_argument(
        "--elastic", type=options.number, metavar="E",
        help="rate hbar/2tau of all elastic scattering, instead of a mean free path (default 0)",
    )  # fmt: skip
    options.add_temperatures(parser, "up to Tc")
    options.add_output(parser)


def run(args):
    asked = family.Family(args)
    units = asked.units
    rate, depth = _metal(args, asked)
    output.prepare(args, output.PICTURE)
    Tc = asked.transitions()
    T = asked.temperatures(Tc, lambda Tc: temperatures_below(Tc, count=_POINTS))
    column = "lambda_over_lambda_L0" if depth is None else "lambda_nm"

    def solve(population):
        model = asked.superconductor, units.into("T", T), population
        found = solve_superfluid_density(*model, elastic=rate)
        length, error = found.penetration_depth(1.0 if depth is None else depth)
        return {
            column: length,
            f"{column}_error": error,
            "n_s_over_n": found.superfluid_density,
            "n_s_error": found.error,
            "status": found.status,
        }

    curves = list(asked.curves(solve, T))
    if args.out:
        _draw(args, units, curves, column)
    comment = f"tlsjax lambda, {asked.asked.about}, elastic {float(units.out('elastic', rate)):.6g}"
    asked.emit(
        args, curves, comment, "Superfluid density",
        elastic=float(units.out("elastic", rate)), transitions={units.column("Tc"): Tc},
    )  # fmt: skip


def _metal(args, asked):
    """``(rate, lambda_L0 or None)``, the rate in the solver's unit."""
    path = (args.mean_free_path, args.xi0, args.v_fermi)
    if args.mean_free_path is None and args.v_fermi is None and args.xi0 is None:
        rate = 0.0 if args.elastic is None else args.elastic
        depth = args.lambda_l0
        if depth is None and args.metal:
            depth = metal.preset(args.metal).lambda_L0
        require(non_negative("elastic", rate))
        if depth is not None:
            require_nanometres("lambda_l0", depth)
            require(positive("lambda_l0", depth))
        return asked.units.into("elastic", rate), depth
    if args.elastic is not None:
        named = zip(("mean-free-path", "xi0", "v-fermi"), path, strict=True)
        given = " and ".join(f"--{name}" for name, length in named if length is not None)
        fail("elastic", "given without a mean free path", f"given with {given}")
    material = metal.material_of(args, asked.units)
    return float(material.elastic(asked.superconductor)), material.lambda_L0


def _draw(args, units, curves, column):
    from tlsjax.plotting.microwave import draw_depths
    from tlsjax.plotting.style import new_figure, save

    unit = "K" if units.is_physical else "$T_{c0}$"
    T = units.column("T")
    figure, ((left, right),) = new_figure(columns=2, width=9.0, height=3.8)
    label = r"$\lambda$ (nm)" if column == "lambda_nm" else r"$\lambda/\lambda_{L0}$"
    draw_depths(
        left, right,
        [(text, clean, one[T], one[column], one["n_s_over_n"]) for _, text, clean, one in curves],
        T_label=f"Temperature $T$ ({unit})", depth_label=f"Penetration depth {label}",
    )  # fmt: skip
    save(figure, args.out / "lambda")
