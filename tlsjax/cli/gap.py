"""Order parameter against temperature in TLS equilibrium, over measured points if given.

Examples:
  tlsjax gap --splittings glass:Ec=3 --alpha 0.5 1 --out results
  tlsjax gap --alpha 1 --temperature 0.1:1.2:12
  tlsjax gap --data nb.csv --tc0-kelvin 8.57 --gap-ratio 4.15 --alpha 0.1 --out results
"""

import numpy as np

from tlsjax.cli import arguments as common
from tlsjax.core.status import raise_unless_ok
from tlsjax.core.validation import fail, non_negative, positive, require
from tlsjax.curves import gap_curve, temperatures_below, transition_curve
from tlsjax.io.simple_tables import read_table
from tlsjax.model.ensemble import TLSEnsemble


def add_arguments(parser):
    common.add_ensemble(parser)
    parser.add_argument(
        "--temperature", type=common.numbers, nargs="+", metavar="T",
        help="temperatures, numbers or start:stop:count (default: up to Tc)",
    )  # fmt: skip
    common.add_units(parser, gap=True)
    parser.add_argument(
        "--data", metavar="FILE",
        help="measured points to draw over the curves: columns T (K), Delta (meV) and, "
        "if there is one, its error; needs --tc0-kelvin",
    )  # fmt: skip
    parser.add_argument(
        "--columns", metavar="T,DELTA[,ERROR]",
        help="names of the columns of --data (default: by their first letters)",
    )  # fmt: skip
    common.add_output(parser)


def _column_names(args, table):
    """Names of T, Delta and, if there is one, the error."""
    if args.columns:
        names = args.columns.split(",")
        if len(names) not in (2, 3):
            fail("columns", "T,DELTA or T,DELTA,ERROR", repr(args.columns))
        return names
    found = [table.find("t"), table.find("delta", "gap"), table.find("err", "sig", "unc")]
    if None in found[:2]:
        shown = ", ".join(table.names)
        fail("columns", "given where the names do not start with T and Delta", shown)
    return [name for name in found if name]


def _measured(args):
    """``(T, Delta, error or None)`` from --data, in K and meV."""
    if args.tc0_kelvin is None:
        fail("tc0-kelvin", "given with --data, whose points are in K and meV", "missing")
    table = read_table(args.data)
    if args.columns or any(table.names):
        columns = [table.column(name) for name in _column_names(args, table)]
    else:
        columns = list(table.values.T[:3])
    if len(columns) < 2 or not columns[0].size:
        fail("data", "a table of T and Delta with at least one row", str(args.data))
    T, delta, error = (*columns, None)[:3]
    require(positive("T", T, scalar=False), non_negative("Delta", delta, scalar=False))
    if error is not None:
        require(non_negative("error", error, scalar=False))
    return T, delta, error


def run(args):
    units = common.Units(args.tc0_kelvin, args.gap_ratio)
    splittings = common.splittings(args.splittings, units.energy_scale)
    alphas = np.concatenate(args.alpha)
    require(non_negative("alpha", alphas, scalar=False))
    if args.columns and not args.data:
        fail("columns", "given with --data", "given alone")
    if args.temperature:
        grid = units.temperature_in(np.concatenate(args.temperature))
        require(positive("temperature", grid, scalar=False))
    points = _measured(args) if args.data else None
    folder = args.out or ("." if args.data else None)
    if folder:
        from tlsjax.io.files import prepare_directory

        names = ["gap.csv", "gap.png", "gap.pdf"]
        folder = prepare_directory(folder, names, args.force)

    # The clean host is always drawn beside the enhanced ones.
    couplings = np.unique(np.append(alphas, 0.0)) if folder else alphas
    transition = transition_curve(splittings, couplings)
    raise_unless_ok(transition.status, "Transition temperature")
    curves = []
    for alpha, Tc in zip(couplings, np.asarray(transition.temperature), strict=True):
        T = grid if args.temperature else temperatures_below(Tc)
        delta, error, status = gap_curve(TLSEnsemble(alpha, splittings), T)
        raise_unless_ok(status, "Order parameter")
        curves.append((alpha, Tc, T, np.asarray(delta), np.asarray(error)))

    columns = {
        "alpha": [float(c[0]) for c in curves for _ in c[2]],
        units.temperature_name: [float(T) for c in curves for T in units.temperature(c[2])],
        units.gap_name: [float(d) for c in curves for d in units.gap(c[3])],
        "error": [float(e) for c in curves for e in units.gap(c[4])],
    }
    comment = f"tlsjax gap, splittings {args.splittings}"
    if folder:
        _write(folder, args, units, curves, columns, comment, points)
        if points and not args.json:
            _compare(units, splittings, couplings, points)
    if args.json:
        Tc = units.temperature(transition.temperature)
        transitions = {"alpha": couplings, units.tc_name: Tc}
        common.print_json("gap", splittings=splittings, transitions=transitions, **columns)
    elif not folder:
        common.print_csv(columns, comment)


def _write(folder, args, units, curves, columns, comment, points):
    from tlsjax.io.files import write_csv
    from tlsjax.plotting.style import add_points, gap_axes, new_figure, save

    unit = "K" if units.physical else "$T_{c0}$"
    labelled = []
    for alpha, Tc, T, delta, _ in curves:
        name = "clean" if alpha == 0 else rf"$\alpha={alpha:g}$"
        label = f"{name}, $T_c=${units.temperature(Tc):.4g} {unit}"
        labelled.append((label, units.temperature(T), units.gap(delta)))
    figure, ((axes,),) = new_figure()
    gap_axes(
        axes,
        labelled,
        T_label=f"Temperature $T$ ({unit})",
        gap_label=rf"Order parameter $\Delta$ ({'meV' if units.physical else '$k_B T_{c0}$'})",
        title=args.splittings if args.splittings.startswith("file") else None,
    )
    if points:
        add_points(axes, *points, label="measured")
    write_csv(folder / "gap.csv", columns, comment)
    save(figure, folder / "gap")
    if args.json:
        return
    for path in ("gap.csv", "gap.png", "gap.pdf"):
        print(folder / path)


def _compare(units, splittings, couplings, points):
    """Print how far the measured points are from each curve."""
    T, measured, _ = points
    for alpha in couplings:
        delta, _, status = gap_curve(TLSEnsemble(alpha, splittings), units.temperature_in(T))
        raise_unless_ok(status, "Order parameter")
        rms = np.sqrt(np.mean((measured - units.gap(delta)) ** 2))
        print(f"alpha = {alpha:g}: rms deviation from the points {rms:.3g} meV")
