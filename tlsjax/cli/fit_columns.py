"""Which columns and rows of a file `tlsjax fit` takes."""

from typing import NamedTuple

import numpy as np

from tlsjax.cli.options import limits
from tlsjax.core.validation import counted, fail
from tlsjax.fitting import sweeps
from tlsjax.io.column_units import error_of_signal
from tlsjax.io.columns import (
    TEMPERATURES,
    bias_in_mv,
    complete_rows,
    error_column,
    require_one_sweep,
    without_errors,
)
from tlsjax.io.tables import Sheet, read_sheet

# What columns are called, by kind: x and y.
_BIAS = (r"bias", r"^V", r"volt")
_COLUMNS = {
    "tc": ((r"at_?pct", r"conc", r"^x", r"alpha"), (r"^Tc",)),
    "gap": (TEMPERATURES, (r"delta", r"gap")),
    "c": (TEMPERATURES, (r"^C", r"heat")),
    "hc": (TEMPERATURES, (r"^Hc", r"^Bc", r"field", r"^[HB]")),
    "didv": (_BIAS, (r"dI", r"^G", r"cond", r"LI", r"signal")),
    "current": (_BIAS, (r"^I", r"curr")),
    "dos": ((r"energy", *_BIAS, r"^E"), (r"dos", r"^N")),
    "rs": (TEMPERATURES, (r"^R_?s", r"^R(?![a-z])", r"resist", r"^R(?!un|ms)")),
}


class Columns(NamedTuple):
    """Names of the columns used, and their complete rows; the error may be None. ``sheet`` has
    the same rows."""

    sheet: Sheet
    names: list
    x: np.ndarray
    y: np.ndarray
    error: np.ndarray | None


def sheet_of(path, where, argument):
    """The table of a file, or its rows that ``COLUMN=VALUE`` is about."""
    sheet = read_sheet(path)
    if not where:
        return sheet
    column, mark, text = where.partition("=")
    if not mark:
        fail(argument, "COLUMN=VALUE", repr(where))
    return sheet.where(column, text)


def columns_of(args, sheet) -> Columns:
    """`Columns` as asked for or guessed, complete rows only."""
    if args.columns:
        names = args.columns.split(",")
        if len(names) not in (2, 3):
            fail("columns", "X,Y or X,Y,ERROR", repr(args.columns))
        names = list(map(sheet.named, names))
    elif any(sheet.names):
        values = without_errors(sheet)
        names = [values.find(*patterns) for patterns in _COLUMNS[args.kind]]
        if None in names or names[0] == names[1]:
            shown = ", ".join(filter(None, sheet.names))
            rule = f"given: the names do not tell which are the two of {args.kind}"
            fail("columns", rule, shown)
        names = [*names, *filter(None, [error_column(sheet, *names)])]
        sheet.said.append(f"took the columns {', '.join(names)}")
    else:
        names = [str(i + 1) for i in range(min(3, sheet.values.shape[1]))]
        meaning = ("x", "y", "error")[: len(names)]
        sheet.said.append(f"took columns {', '.join(names)} as {', '.join(meaning)}")
    columns = [sheet.column(name) for name in names]
    rows, *columns = complete_rows(sheet, np.arange(len(sheet.texts)), *(*columns, None)[:3])
    kept = sheet._replace(values=sheet.values[rows], texts=[sheet.texts[row] for row in rows])
    return Columns(kept, names, *columns)


def in_range(args, sheet, *columns):
    """Columns less what is beyond ``--range``, which is said."""
    if not args.range:
        return columns
    columns, lost = sweeps.within(columns, *limits(args.range, "range", "LOW:HIGH"))
    sheet.said.extend([f"left out {counted(lost, 'point')} beyond {args.range}"] if lost else [])
    return columns


def one_sweep(args, sheet, found):
    """Columns of a sweep, or of the mean of those in the table."""
    x = bias_in_mv(sheet, found.names[0], found.x, args.bias_unit)
    require_one_sweep(found.sheet, found.names, x, averaged=args.average_sweeps)
    columns = x, found.y, error_of_signal(found.names, found.error)
    if args.average_sweeps:
        columns, said = sweeps.averaged(columns)
        sheet.said.extend(said)
    return columns
