"""What the columns of a measurement mean: temperature, bias, complete rows."""

import re
from pathlib import Path

import numpy as np

from tlsjax.core.validation import fail
from tlsjax.io.tables import Sheet, parse_number

_TEMPERATURE = re.compile(r"temperature.*\(K\)|^T_?K\b|^T \(K\)", re.IGNORECASE)
# Temperature in a file's name: 3p5K, 0.068K, 40mK.
_IN_NAME = re.compile(r"(?<![A-Za-z0-9])(\d+(?:[.p]\d+)?)\s?(m?)K(?![A-Za-z])")
# Prefix of a bias unit to mV.
BIAS_UNITS = {"V": 1e3, "mV": 1.0, "uV": 1e-3, "µV": 1e-3}


def temperature_of(sheet: Sheet):
    """``(kelvin, where from)`` from a column, the header or the file's name; or None."""
    name = sheet.find(r"^T_?K$", r"^T \(K\)", r"^T$", r"temp")
    if name:
        values = sheet.column(name)
        values = values[np.isfinite(values)]
        if values.size:
            return float(np.mean(values)), f"column {name}"
    for key, text in sheet.header.items():
        if _TEMPERATURE.search(key):
            number = parse_number(text.split()[0] if text.split() else "")
            if number is not None and np.isfinite(number):
                return number, f"the header's {key!r}"
    found = _IN_NAME.search(Path(sheet.path).stem.replace("_", " "))
    if found:
        number = float(found[1].replace("p", ".")) * (1e-3 if found[2] else 1.0)
        return number, "the file's name"
    return None


def complete_rows(sheet: Sheet, *columns):
    """The same columns where all of them are numbers; says how many rows went."""
    good = np.all([np.isfinite(c) for c in columns if c is not None], axis=0)
    if not good.any():
        fail("file", "a table with numbers in the columns used", f"{sheet.path}, all NaN")
    if not good.all():
        sheet.said.append(f"left out {(~good).sum()} rows with NaN")
    return [None if c is None else c[good] for c in columns]


def bias_in_mv(sheet: Sheet, name, values, unit=None):
    """A bias column in mV: by ``unit``, by its name, or by its size."""
    if unit is None:
        found = re.search(r"[(_\[ ](uV|µV|mV|V)[)\]]?$", name)
        unit = found[1] if found else None
        if unit is None:
            unit = "V" if np.max(np.abs(values)) < 0.05 else "mV"
            sheet.said.append(f"took the bias to be in {unit}, by its size")
    if unit not in BIAS_UNITS:
        fail("bias-unit", f"one of {', '.join(BIAS_UNITS)}", repr(unit))
    return values * BIAS_UNITS[unit]
