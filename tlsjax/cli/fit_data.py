"""From the file of `tlsjax fit` to data: which columns, which rows, which temperature."""

from pathlib import Path

from tlsjax.core.validation import fail
from tlsjax.fitting.datasets import GapData, TcData, TunnellingData, divided_by_normal
from tlsjax.io.columns import bias_in_mv, complete_rows, temperature_of
from tlsjax.io.tables import read_sheet

KINDS = ("tc", "gap", "didv", "current", "dos")
# What columns are called, by kind: x, y and the error.
_ERROR = (r"err", r"sigma", r"unc", r"std")
_BIAS = (r"bias", r"^V", r"volt")
_COLUMNS = {
    "tc": ((r"at_?pct", r"conc", r"^x", r"alpha"), (r"^Tc",), _ERROR),
    "gap": ((r"^T_?K?$", r"^T", r"temp"), (r"delta", r"gap"), _ERROR),
    "didv": (_BIAS, (r"dI", r"^G", r"cond", r"LI", r"signal"), _ERROR),
    "current": (_BIAS, (r"^I", r"curr"), _ERROR),
    "dos": ((r"energy", *_BIAS, r"^E"), (r"dos", r"^N"), _ERROR),
}


def load(args):
    """``(data, said)``: the data set of parsed arguments, and what was guessed on the way."""
    sheet = _sheet(args.file, args.where, "where")
    x_name, x, y, error = _columns(args, sheet)
    if args.kind == "tc":
        return TcData(x, y, error), sheet.said
    if args.kind == "gap":
        return GapData(x, y, error), sheet.said
    T = args.temperature
    if T is None:
        found = temperature_of(sheet)
        if found is None:
            fail("temperature", "given: no column, header or file name has it", "missing")
        T = found[0]
        sheet.said.append(f"took the temperature {T:g} K from {found[1]}")
    x = bias_in_mv(sheet, x_name, x, args.bias_unit)
    if args.normal_state or args.normal_where:
        normal = _sheet(args.normal_state or args.file, args.normal_where, "normal-where")
        name, bias, signal, _ = _columns(args, normal)
        bias = bias_in_mv(normal, name, bias, args.bias_unit)
        y, error = divided_by_normal(x, y, bias, signal), None
    data = TunnellingData(
        x, y, T, error, kind=args.kind, modulation=args.modulation,
        modulation_is=args.modulation_is, label=Path(args.file).stem,
    )  # fmt: skip
    return data, sheet.said


def _sheet(path, where, argument):
    sheet = read_sheet(path)
    if not where:
        return sheet
    column, mark, text = where.partition("=")
    if not mark:
        fail(argument, "COLUMN=VALUE", repr(where))
    return sheet.where(column, text)


def _columns(args, sheet):
    """``(name of x, x, y, error or None)`` as asked for or guessed, complete rows only."""
    if args.columns:
        names = args.columns.split(",")
        if len(names) not in (2, 3):
            fail("columns", "X,Y or X,Y,ERROR", repr(args.columns))
    elif any(sheet.names):
        names = [sheet.find(*patterns) for patterns in _COLUMNS[args.kind]]
        if None in names[:2] or names[0] == names[1]:
            shown = ", ".join(filter(None, sheet.names))
            rule = f"given: the names do not tell which are the two of {args.kind}"
            fail("columns", rule, shown)
        names = [name for name in names if name]
        sheet.said.append(f"took the columns {', '.join(names)}")
    else:
        names = [str(i + 1) for i in range(min(3, sheet.values.shape[1]))]
        meaning = ("x", "y", "error")[: len(names)]
        sheet.said.append(f"took columns {', '.join(names)} as {', '.join(meaning)}")
    columns = [sheet.column(name) for name in names]
    x, y, error = complete_rows(sheet, *(*columns, None)[:3])
    return names[0], x, y, error
