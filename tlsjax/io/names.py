"""Names of columns, in the lines above the numbers of a table."""

import csv
import re

from tlsjax.io.column_units import unit_in, without_unit

# Between names: spaces that no bracket follows, marks, and several spaces.
_BETWEEN_NAMES = (r"\s+(?![(\[])", r"\s*[,;\t]\s*", r"\s{2,}")


def split(line, delimiter):
    """The fields of a line; a delimiter of None is any white space."""
    if delimiter is None:
        return line.split()
    # One line at a time: an unbalanced quote must not swallow the lines after it.
    (row,) = csv.reader([line], delimiter=delimiter, skipinitialspace=True)
    return [field.strip() for field in row]


def names_above(above, comments, delimiter, width):
    """Names of the columns from the lines above the numbers, the nearest first, or from the
    comment there; empty without. Units may stand below the names, in a line of their own."""
    units = _names_in(comments[0], True, delimiter, width) if comments else None
    # Of a comment all have to be: "in mK" is a sentence.
    if not units or not all(is_unit(u) or len(u.strip("()[]")) < 2 for u in units):
        units = None
    lines = [(line, False) for line in above]
    lines += [(line, units is None) for line in comments[units is not None :][:1]]
    for line, has_units in lines:
        names = _names_in(line, has_units, delimiter, width)
        if names is None:
            continue
        if units is not None:
            return [_with_unit(*pair) for pair in zip(names, units, strict=True)]
        if not any(map(is_unit, names)):
            return names
        units = names
    return units or [""] * width


def _names_in(line, has_units, delimiter, width):
    """The names in a line, or None; those of a comment are some where they have units."""
    # A mark behind a space begins a comment, unless names are missing then: "run #,V,G".
    for text in dict.fromkeys((re.split(r"\s[#%]", line)[0], line)):
        fields = split(text, delimiter)
        while len(fields) > width and not fields[-1]:
            fields.pop()
        if len(fields) == width and not has_units:
            # "T_mK, R" above numbers that only spaces separate.
            return [field.rstrip(",;") for field in fields] if delimiter is None else fields
        # Names with spaces in them, or between marks that the numbers do not have.
        others = [re.split(mark, text) for mark in _BETWEEN_NAMES]
        for found in (fields, *others):
            names = [name.strip().rstrip(",;") for name in found]
            if len(names) == width and any(map(unit_in, names)):
                return names
    return None


def is_unit(name):
    """Whether a name is nothing but a unit."""
    return unit_in(name) is not None and not without_unit(name).strip()


def _with_unit(name, unit):
    if unit_in(name) or not unit.strip("()[]"):
        return name
    return f"{name} {unit}" if unit[0] in "([" else f"{name} ({unit})"
