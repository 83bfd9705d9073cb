"""Order parameter against temperature in TLS equilibrium, over measured points if given.

Examples:
  tlsjax gap --splittings glass:Ec=3 --alpha 0.5 1 --out results
  tlsjax gap --alpha 1 --temperature 0.1:1.2:12
  tlsjax gap --data nb.csv --tc0-kelvin 8.57 --gap-ratio 4.15 --alpha 0.1 --out results
"""

from pathlib import Path

import numpy as np

from tlsjax.cli import model, options, output
from tlsjax.core.validation import fail, non_negative, positive, require
from tlsjax.io.files import prepare_directory, write_csv
from tlsjax.io.tables import read_sheet
from tlsjax.matsubara.critical_temperature import solve_critical_temperature
from tlsjax.matsubara.order_parameter import solve_matsubara
from tlsjax.plotting.grids import temperatures_below


def add_arguments(parser):
    model.add_impurities(parser)
    parser.add_argument(
        "--temperature", type=options.numbers, nargs="+", metavar="T",
        help="temperatures, numbers or start:stop:count (default: up to Tc)",
    )  # fmt: skip
    options.add_units(parser, gap=True)
    parser.add_argument(
        "--data", metavar="FILE",
        help="measured points to draw over the curves: columns T (K), Delta (meV) and, "
        "if there is one, its error; needs --tc0-kelvin",
    )  # fmt: skip
    parser.add_argument(
        "--columns", metavar="T,DELTA[,ERROR]",
        help="names of the columns of --data (default: by their first letters)",
    )  # fmt: skip
    options.add_output(parser)


def _column_names(args, sheet):
    """Names of T, Delta and, if there is one, the error."""
    if args.columns:
        names = args.columns.split(",")
        if len(names) not in (2, 3):
            fail("columns", "T,DELTA or T,DELTA,ERROR", repr(args.columns))
        return names
    if not any(sheet.names):
        return [str(i + 1) for i in range(min(3, sheet.values.shape[1]))]
    found = [sheet.find(r"^t"), sheet.find(r"^delta", r"^gap"), sheet.find(r"^err|^sig|^unc")]
    if None in found[:2]:
        shown = ", ".join(sheet.names)
        fail("columns", "given where the names do not start with T and Delta", shown)
    return [name for name in found if name]


def _measured(args):
    """``(T, Delta, error or None)`` from --data, in K and meV."""
    if args.tc0_kelvin is None:
        fail("tc0-kelvin", "given with --data, whose points are in K and meV", "missing")
    sheet = read_sheet(args.data)
    T, delta, error = (*(sheet.column(n) for n in _column_names(args, sheet)), None)[:3]
    require(positive("T", T), non_negative("Delta", delta))
    if error is not None:
        require(non_negative("error", error))
    return T, delta, error


def run(args):
    units = options.units_of(args)
    alphas = np.concatenate(args.alpha)
    if args.columns and not args.data:
        fail("columns", "given with --data", "given alone")
    grid = None
    if args.temperature:
        grid = np.concatenate(args.temperature)
        require(positive("temperature", grid))
    points = _measured(args) if args.data else None
    model.superconductor_of(args, alphas)
    folder = args.out or (Path() if args.data else None)
    if folder is not None:
        names = ["gap.csv", "gap.png", "gap.pdf"]
        folder = prepare_directory(folder, names, args.force, hint=output.OVERWRITE)

    # The clean host is always drawn beside the enhanced ones.
    couplings = alphas if folder is None else np.unique(np.append(alphas, 0.0))
    transition = solve_critical_temperature(model.superconductor_of(args, couplings)).check()
    Tc = np.asarray(units.out("Tc", transition.temperature))
    curves = [_curve(args, *pair, grid) for pair in zip(couplings, Tc, strict=True)]
    columns = {
        "alpha": [float(alpha) for alpha, _, T, *_ in curves for _ in T],
        units.column("T"): [float(value) for _, _, T, *_ in curves for value in T],
        units.column("Delta"): [float(value) for *_, delta, _ in curves for value in delta],
        "error": [float(value) for *_, error in curves for value in error],
    }
    comment = f"tlsjax gap, splittings {args.splittings}"
    if folder is not None:
        _write(folder, args, units, curves, columns, comment, points)
        if points and not args.json:
            _compare(args, couplings, points)
    if args.json:
        splittings = model.splittings(args.splittings)
        transitions = {"alpha": couplings, units.column("Tc"): Tc}
        output.print_json("gap", splittings=splittings, transitions=transitions, **columns)
    elif folder is None:
        output.print_csv(columns, comment)


def _gap(args, alpha, T):
    """Order parameter and its error at temperatures ``T``, all in the user's units."""
    units = options.units_of(args)
    superconductor = model.superconductor_of(args, float(alpha))
    state = solve_matsubara(superconductor, units.into("T", T)).check()
    return [np.asarray(units.out("Delta", x)) for x in (state.order_parameter, state.error)]


def _curve(args, alpha, Tc, grid):
    T = temperatures_below(Tc) if grid is None else grid
    return (alpha, Tc, T, *_gap(args, alpha, T))


def _write(folder, args, units, curves, columns, comment, points):
    from tlsjax.plotting.curves import draw_gaps, draw_points
    from tlsjax.plotting.style import new_figure, save

    unit = "K" if units.is_physical else "$T_{c0}$"
    labelled = []
    for alpha, Tc, T, delta, _ in curves:
        name = "clean" if alpha == 0 else rf"$\alpha={alpha:g}$"
        labelled.append((f"{name}, $T_c=${Tc:.4g} {unit}", T, delta))
    figure, ((ax,),) = new_figure()
    draw_gaps(
        ax,
        labelled,
        T_label=f"Temperature $T$ ({unit})",
        gap_label=rf"Order parameter $\Delta$ ({'meV' if units.is_physical else '$k_B T_{c0}$'})",
        title=args.splittings if args.splittings.startswith("file") else None,
    )
    if points:
        draw_points(ax, *points, label="measured")
    write_csv(folder / "gap.csv", columns, comment)
    save(figure, folder / "gap")
    if args.json:
        return
    for path in ("gap.csv", "gap.png", "gap.pdf"):
        print(folder / path)


def _compare(args, couplings, points):
    """Print how far the measured points are from each curve."""
    T, measured, _ = points
    for alpha in couplings:
        delta, _ = _gap(args, alpha, T)
        rms = np.sqrt(np.mean((measured - delta) ** 2))
        print(f"alpha = {alpha:g}: rms deviation from the points {rms:.3g} meV")
