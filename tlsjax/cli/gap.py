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
from tlsjax.io.columns import TEMPERATURES, complete_rows, error_column, without_errors
from tlsjax.io.tables import read_sheet
from tlsjax.matsubara.order_parameter import solve_matsubara
from tlsjax.plotting.grids import temperatures_below


def add_arguments(parser):
    model.add_arguments(parser, gap_ratio=True)
    options.add_temperatures(parser, "up to Tc")
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
        return list(map(sheet.named, names))
    if not any(sheet.names):
        return [str(i + 1) for i in range(min(3, sheet.values.shape[1]))]
    values = without_errors(sheet)
    found = [values.find(*TEMPERATURES), values.find(r"^delta", r"^gap")]
    if None in found:
        shown = ", ".join(sheet.names)
        fail("columns", "given where the names are not those of T and Delta", shown)
    return [*found, *filter(None, [error_column(sheet, *found)])]


def _measured(args, units):
    """``(T, Delta, error or None)`` from --data, in K and meV, and what was guessed."""
    if not units.is_physical:
        fail("tc0-kelvin", "given with --data, whose points are in K and meV", "missing")
    sheet = read_sheet(args.data)
    names = _column_names(args, sheet)
    columns = (*(sheet.column(name) for name in names), None)[:3]
    T, delta, error = complete_rows(sheet, *columns)
    T = in_units(names[0], T, "temperature")
    delta, error = with_error(names, delta, error, "energy")
    require(positive("T", T), non_negative("Delta", delta))
    if error is not None:
        require(non_negative("error", error))
    return (T, delta, error), sheet.said


def run(args):
    asked = model.Model(args)
    units = asked.units
    if args.columns and not args.data:
        fail("columns", "given with --data", "given alone")
    grid = options.temperatures_of(args)
    points, said = _measured(args, units) if args.data else (None, [])
    if points and args.out is None:
        args.out = Path()
    output.prepare(args, output.PICTURE)

    rows = asked.rows(with_clean=args.out is not None)
    Tc = asked.transitions(rows)
    tables = [_table(asked, *pair, grid) for pair in zip(rows, Tc, strict=True)]
    if args.out is not None:
        _draw(args, asked, rows, Tc, tables, points)
    asked.emit(args, rows, Tc, tables)
    if points and not args.json:
        print(*(f"({sentence})" for sentence in said), sep="\n", end="\n" if said else "")
        _compare(asked, rows, points)


def _gap(asked, row, T):
    """Order parameter and its error at temperatures ``T``, all in the user's units."""
    units = asked.units
    state = solve_matsubara(asked.superconductor(list(map(float, row))), units.into("T", T)).check()
    return [np.asarray(units.out("Delta", x)) for x in (state.order_parameter, state.error)]


def _table(asked, row, Tc, grid):
    """Columns of one superconductor, in the user's units."""
    T = temperatures_below(Tc) if grid is None else grid
    delta, error = _gap(asked, row, T)
    columns = dict(zip(asked.names, row, strict=True)) | {
        asked.units.column("T"): T,
        asked.units.column("Delta"): delta,
        "error": error,
    }
    return {name: np.broadcast_to(value, T.shape) for name, value in columns.items()}


def _draw(args, asked, rows, Tc, tables, points):
    from tlsjax.plotting.curves import draw_gaps, draw_points
    from tlsjax.plotting.style import new_figure, save

    units = asked.units
    unit = "K" if units.is_physical else "$T_{c0}$"
    labels = [f"{asked.label(row)}, $T_c=${T:.4g} {unit}" for row, T in zip(rows, Tc, strict=True)]
    T, delta = units.column("T"), units.column("Delta")
    figure, ((ax,),) = new_figure()
    draw_gaps(
        ax,
        [(label, table[T], table[delta]) for label, table in zip(labels, tables, strict=True)],
        T_label=f"Temperature $T$ ({unit})",
        gap_label=rf"Order parameter $\Delta$ ({'meV' if units.is_physical else '$k_B T_{c0}$'})",
        title=asked.about if "file:" in asked.about or "strong:" in asked.about else None,
    )
    if points:
        draw_points(ax, *points, label="measured")
    save(figure, args.out / "gap")


def _compare(asked, rows, points):
    """Print how far the measured points are from each curve."""
    T, measured, _ = points
    for row in rows:
        delta, _ = _gap(asked, row, T)
        rms = np.sqrt(np.mean((measured - delta) ** 2))
        named = ", ".join(f"{n} = {a:g}" for n, a in zip(asked.names, row, strict=True))
        print(f"{named or 'host'}: rms deviation from the points {rms:.3g} meV")
