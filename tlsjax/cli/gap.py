"""Order parameter against temperature in TLS equilibrium, over measured points if given.

With a strong-coupling host, or none, it is the gap function at the lowest Matsubara frequency; the
gap at real energies is that of `tlsjax dos`.

Examples:
  tlsjax gap --splittings glass:Ec=3 --alpha 0.5 1 --out results
  tlsjax gap --alpha 1 --temperature 0.1:1.2:12
  tlsjax gap --host strong:pb.csv,mu=0.1 --splittings glass:Ec=2 --alpha 0.3 --out results
  tlsjax gap --data nb.csv --tc0-kelvin 8.57 --gap-ratio 4.15 --alpha 0.1 --out results
"""

from pathlib import Path

import numpy as np

from tlsjax.cli import model, options, output
from tlsjax.core.validation import fail, non_negative, positive, require
from tlsjax.io.column_units import in_units, with_error
from tlsjax.io.columns import error_column, is_error
from tlsjax.io.files import prepare_directory, write_csv
from tlsjax.io.tables import read_sheet
from tlsjax.matsubara.critical_temperature import solve_critical_temperature
from tlsjax.matsubara.order_parameter import solve_matsubara
from tlsjax.plotting.grids import temperatures_below


def add_arguments(parser):
    model.add_arguments(parser, gap_ratio=True)
    parser.add_argument(
        "--temperature", type=options.numbers, nargs="+", metavar="T",
        help="temperatures, numbers or start:stop:count (default: up to Tc)",
    )  # fmt: skip
    parser.add_argument(
        "--data", metavar="FILE",
        help="measured points to draw over the curves: columns T (K), Delta (meV) and, "
        "if there is one, its error, or in the units of their names; "
        "needs --tc0-kelvin or a strong host",
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
    values = sheet._replace(names=["" if is_error(name) else name for name in sheet.names])
    found = [values.find(r"^t"), values.find(r"^delta", r"^gap")]
    if None in found:
        shown = ", ".join(sheet.names)
        fail("columns", "given where the names do not start with T and Delta", shown)
    return [*found, *filter(None, [error_column(sheet, *found)])]


def _measured(args, units):
    """``(T, Delta, error or None)`` from --data, in K and meV."""
    if not units.is_physical:
        fail("tc0-kelvin", "given with --data, whose points are in K and meV", "missing")
    sheet = read_sheet(args.data)
    names = _column_names(args, sheet)
    T, delta, error = (*(sheet.column(name) for name in names), None)[:3]
    T = in_units(names[0], T, "temperature")
    delta, error = with_error(names, delta, error, "energy")
    require(positive("T", T), non_negative("Delta", delta))
    if error is not None:
        require(non_negative("error", error))
    return T, delta, error


def run(args):
    asked = model.Model(args)
    units = asked.units
    if args.columns and not args.data:
        fail("columns", "given with --data", "given alone")
    grid = None
    if args.temperature:
        grid = np.concatenate(args.temperature)
        require(positive("temperature", grid))
    points = _measured(args, units) if args.data else None
    folder = args.out or (Path() if args.data else None)
    if folder is not None:
        names = ["gap.csv", "gap.png", "gap.pdf"]
        folder = prepare_directory(folder, names, args.force, hint=output.OVERWRITE)

    rows = asked.rows(with_clean=folder is not None)
    stacked = [np.array(column) for column in zip(*rows, strict=True)]
    transition = solve_critical_temperature(asked.superconductor(stacked)).check()
    Tc = np.atleast_1d(units.out("Tc", transition.temperature))
    curves = [_curve(asked, *pair, grid) for pair in zip(rows, Tc, strict=True)]
    columns = {
        name: [float(row[k]) for row, _, T, *_ in curves for _ in T]
        for k, name in enumerate(asked.names)
    }
    columns |= {
        units.column("T"): [float(value) for _, _, T, *_ in curves for value in T],
        units.column("Delta"): [float(value) for *_, delta, _ in curves for value in delta],
        "error": [float(value) for *_, error in curves for value in error],
    }
    comment = f"tlsjax gap, {asked.about}"
    if folder is not None:
        _write(folder, args, asked, curves, columns, comment, points)
        if points and not args.json:
            _compare(asked, rows, points)
    if args.json:
        transitions = dict(zip(asked.names, stacked, strict=True))
        transitions[units.column("Tc")] = Tc
        output.print_json("gap", splittings=asked.for_json, transitions=transitions, **columns)
    elif folder is None:
        output.print_csv(columns, comment)


def _gap(asked, row, T):
    """Order parameter and its error at temperatures ``T``, all in the user's units."""
    units = asked.units
    state = solve_matsubara(asked.superconductor(list(map(float, row))), units.into("T", T)).check()
    return [np.asarray(units.out("Delta", x)) for x in (state.order_parameter, state.error)]


def _curve(asked, row, Tc, grid):
    T = temperatures_below(Tc) if grid is None else grid
    return (row, Tc, T, *_gap(asked, row, T))


def _write(folder, args, asked, curves, columns, comment, points):
    from tlsjax.plotting.curves import draw_gaps, draw_points
    from tlsjax.plotting.style import new_figure, save

    units = asked.units
    unit = "K" if units.is_physical else "$T_{c0}$"
    labelled = [
        (f"{asked.label(row)}, $T_c=${Tc:.4g} {unit}", T, delta) for row, Tc, T, delta, _ in curves
    ]
    figure, ((ax,),) = new_figure()
    draw_gaps(
        ax,
        labelled,
        T_label=f"Temperature $T$ ({unit})",
        gap_label=rf"Order parameter $\Delta$ ({'meV' if units.is_physical else '$k_B T_{c0}$'})",
        title=asked.about if "file:" in asked.about or "strong:" in asked.about else None,
    )
    if points:
        draw_points(ax, *points, label="measured")
    write_csv(folder / "gap.csv", columns, comment)
    save(figure, folder / "gap")
    if args.json:
        return
    for path in ("gap.csv", "gap.png", "gap.pdf"):
        print(folder / path)


def _compare(asked, rows, points):
    """Print how far the measured points are from each curve."""
    T, measured, _ = points
    for row in rows:
        delta, _ = _gap(asked, row, T)
        rms = np.sqrt(np.mean((measured - delta) ** 2))
        named = ", ".join(f"{n} = {a:g}" for n, a in zip(asked.names, row, strict=True))
        print(f"{named or 'host'}: rms deviation from the points {rms:.3g} meV")
