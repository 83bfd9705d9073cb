"""Reading tables of alpha^2F as programs and papers have them."""

from typing import NamedTuple

import numpy as np

from tlsjax.core.units import convert
from tlsjax.core.validation import counted, fail, short
from tlsjax.io.column_units import energy_unit_in
from tlsjax.io.tables import read_sheet

UNITS = ("meV", "THz", "cm-1", "Ry")
# Negative values smaller than this, relative to the largest, are noise of a calculation.
_NOISE = 0.02


class Alpha2F(NamedTuple):
    """Energies in meV, ascending and positive; alpha^2F, not negative; what was done to them; the
    unit that they had."""

    energy: np.ndarray
    alpha2F: np.ndarray
    said: list
    unit: str


def read_alpha2F(path, unit=None, column=2) -> Alpha2F:
    """`Alpha2F` from the first column of a file and another; without a ``unit`` in that which the
    column's name has, or in meV."""
    if unit is not None and unit not in UNITS:
        fail("unit", f"one of {', '.join(UNITS)}", repr(unit))
    sheet = read_sheet(path)
    unit = _unit_of(sheet.names[0], unit)
    if str(column) in ("1", sheet.names[0] or "1"):
        fail("column", "another than that of the energies, which is the first", repr(column))
    energy, values = sheet.values[:, 0], sheet.column(str(column), "column")
    said = []
    good = np.isfinite(energy) & np.isfinite(values)
    if not good.all():
        said.append(f"left out {counted((~good).sum(), 'row')} without numbers")
    energy, values = energy[good], values[good]
    if (np.diff(energy) < 0).any():
        if values.size and (np.diff(values) > 0).all():
            fail("file", "energies first, then alpha^2F", f"{path}, whose columns look swapped")
        fail("file", "a table with ascending energies", f"{path}, whose energies go back")
    at_zero = energy <= 0
    if at_zero.any():
        said.append(f"left out {counted(at_zero.sum(), 'row')} at or below zero energy")
        energy, values = energy[~at_zero], values[~at_zero]
    if energy.size < 2:
        fail("file", "a table of at least 2 positive energies", f"{path} with {energy.size}")
    unique, inverse, count = np.unique(energy, return_inverse=True, return_counts=True)
    if unique.size < energy.size:
        merged = counted(energy.size - unique.size, "row")
        said.append(f"averaged {merged} with the energy of another")
        values = np.bincount(inverse, values) / count
    negative = values < 0
    if negative.any():
        worst = -values.min() / max(values.max(), np.finfo(float).tiny)
        if worst > _NOISE:
            shown = f"{values.min():.3g} at {unique[values.argmin()]:g} in {path}"
            fail("alpha2F", "zero or more", shown)
        said.append(f"set {counted(negative.sum(), 'small negative value')} to zero")
        values = np.where(negative, 0.0, values)
    return Alpha2F(convert(unique, unit, "meV"), values, said, unit)


def _unit_of(name, asked):
    """The unit of energies that are called ``name``; refuses another than was asked for."""
    found = energy_unit_in(name)
    if found is None:
        return asked or "meV"
    if found not in UNITS or found != (asked or found):
        rule = asked or f"in one of {', '.join(UNITS)}"
        fail("unit", f"{rule}, the unit of the energies", f"not that of the column {name!r}")
    return found


def require_columns(energy, alpha2F):
    """Raise with a hint where two columns look swapped; leaves other faults to the rules."""
    known = all(isinstance(x, np.ndarray) and x.ndim == 1 for x in (energy, alpha2F))
    if not known or energy.size != alpha2F.size or energy.size < 2:
        return
    if (np.diff(energy) <= 0).any() and (np.diff(alpha2F) > 0).all():
        fail("energy", "strictly ascending (alpha2F is: swapped columns?)", short(energy))
