"""Tables of a resonator: which columns are temperature, frequency and quality factor."""

import re

import numpy as np

from tlsjax.core.validation import fail
from tlsjax.io.column_units import UNITS, in_units, scale_of, unit_in
from tlsjax.io.columns import (
    TEMPERATURES,
    complete_rows,
    is_error,
    own_error,
    without_errors,
)
from tlsjax.io.tables import Sheet, read_sheet

# What columns are called. Of a quality factor the internal one comes first, the loaded one last,
# and that of the coupling is none.
_PATTERNS = {
    "T": TEMPERATURES,
    "f0": (r"^f_?(0|r|res)(?![a-z])", r"^d(elta_?)?f.*f", r"freq", r"^f(?![a-z])", r"center"),
    "Qi": (
        r"^Q_?i(nt)?(?![a-z])",
        r"internal.*Q",
        r"inv_?Q_?i",
        r"^1/Q_?i",
        r"^(1/|inv_?)?Q_?[0u](?![a-z0-9])",
        r"unloaded",
        r"^(1/|inv_?)?Q(?!_?[a-z])",
        r"^(1/|inv_?)?Q(?!_?[cei])",
        r"quality",
    ),
    "pressure": (r"press", r"^p[_ (\\[].*(bar|pa|torr)"),
    "photons": (r"photon", r"^n_?(bar|ph)"),
}
_INTERNAL_LOSS = (r"inv_?Q_?i", r"^1/Q_?i")
_RELATIVE, _INVERSE = re.compile(r"^d(elta_?)?f.*f", re.I), re.compile(r"inv|^1/", re.I)
# A frequency without a unit in its name is in Hz where it is as large as this, or in GHz.
_HERTZ = 1e6


def read_resonator(path, columns=None, frequency=None):
    """``(arrays, said)`` of a table: arrays are arguments of `tlsjax.ResonatorData` by name.

    ``columns`` names some of them, ``{"pressure": "MKS1000"}``; the others are guessed. Where the
    frequency is a relative shift, ``frequency`` (GHz) is what it is relative to.
    """
    sheet = path if isinstance(path, Sheet) else read_sheet(path)
    columns = {name: sheet.named(column) for name, column in dict(columns or {}).items()}
    unknown = sorted(columns.keys() - _PATTERNS.keys())
    if unknown:
        fail("columns", f"about {', '.join(_PATTERNS)} of a resonator", repr(unknown[0]))
    bare = without_errors(sheet)
    guessed = {name: bare.find(*patterns) for name, patterns in _PATTERNS.items()}
    inverse = bare.find(*_INTERNAL_LOSS)
    if guessed["Qi"] and inverse and not own_error(sheet, guessed["Qi"]):
        # The same once more, with its errors.
        guessed["Qi"] = inverse if own_error(sheet, inverse) else guessed["Qi"]
    names = {name: columns.get(name) or guessed[name] for name in _PATTERNS}
    names = {name: column for name, column in names.items() if column}
    shown = ", ".join(filter(None, sheet.names)) or "no names"
    if "T" not in names:
        fail("file", "with a column of temperatures (see --columns T=NAME)", f"with {shown}")
    if not {"f0", "Qi"} & names.keys():
        fail("file", "with a column of f0 or Qi (see --columns f0=NAME,Qi=NAME)", f"with {shown}")
    errors = {name: own_error(sheet, names[name]) for name in ("f0", "Qi") if name in names}
    errors = {name: column for name, column in errors.items() if column}
    used = [*names.values(), *errors.values()]
    sheet.said.append(f"took the columns {', '.join(used)}")
    unused = [name for name in sheet.names if is_error(name) and name not in used]
    if unused:
        sheet.said.append(f"did not use {', '.join(unused)}")
    values = dict(zip(used, complete_rows(sheet, *map(sheet.column, used)), strict=True))

    found = {"T": in_units(names["T"], values[names["T"]], "temperature")}
    if "f0" in names:
        own = values[names["f0"]], values.get(errors.get("f0"))
        columns = names["f0"], errors.get("f0")
        found["f0"], found["f0_error"] = _frequency(sheet, columns, *own, frequency)
    if "Qi" in names:
        own = values[names["Qi"]], values.get(errors.get("Qi"))
        columns = names["Qi"], errors.get("Qi")
        found["Qi"], found["Qi_error"] = _quality(columns, *own)
    if len(errors) == 1 and {"f0", "Qi"} <= names.keys():
        # Errors of half of the points say nothing of how the halves weigh.
        sheet.said.append(f"left out {next(iter(errors.values()))}: the other has no errors")
        found |= {"f0_error": None, "Qi_error": None}
    found |= {n: values[names[n]] for n in ("pressure", "photons") if n in names}
    return found, sheet.said


def _frequency(sheet, names, values, error, frequency):
    """Both in Hz; an error without a unit has that of the values."""
    name, of_error = names
    if _RELATIVE.search(name):
        if frequency is None:
            fail("frequency", f"given (GHz) where f0 is a relative shift, {name}", "missing")
        whole, share = 1e9 * frequency, scale_of(name, "ratio") or 1.0
        values, scale = whole * (1 + share * values), whole * share
        if of_error and unit_in(of_error) in UNITS["ratio"]:
            return values, whole * in_units(of_error, error, "ratio")
    else:
        scale = scale_of(name, "frequency")
        if scale is None:
            unit = "Hz" if np.median(np.abs(values)) > _HERTZ else "GHz"
            sheet.said.append(f"took {name} to be in {unit}, by its size")
            scale = 1.0 if unit == "Hz" else 1e9
        values = scale * values
    return values, None if error is None else in_units(of_error, error, "frequency", scale)


def _quality(names, values, error):
    name, of_error = names
    if unit_in(name) == "dB" or re.search(r"dB\b", name):
        fail("Qi", "a number, not in dB", f"in column {name}")
    scale = scale_of(name, "ratio") or 1.0
    values = scale * values
    if error is not None:
        error = in_units(of_error, error, "ratio", scale)
    if not _INVERSE.search(name):
        return values, error
    bad = values[values <= 0]
    if bad.size:
        fail("Qi", "positive, as is 1/Qi", f"{bad[0]:g} in column {name}")
    return 1 / values, None if error is None else error / values**2
