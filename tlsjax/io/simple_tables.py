"""Reading small tables of numbers: tabulated p(E) and measured points."""

import csv
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tlsjax.core.validation import fail, require
from tlsjax.model.distributions.paper import Tabulated


class Table(NamedTuple):
    """Column names (empty strings without a header) and values (rows, columns)."""

    names: list[str]
    values: np.ndarray

    def column(self, name):
        """Values of the column called ``name``, exactly."""
        if name not in self.names:
            fail("columns", f"among {', '.join(filter(None, self.names))}", repr(name))
        return self.values[:, self.names.index(name)]

    def find(self, *starts):
        """Name of the first column that begins with one of ``starts``, or None."""
        for start in starts:
            for name in self.names:
                if name.lower().startswith(start):
                    return name
        return None


def _number(text, path, line):
    try:
        return float(text)
    except ValueError:
        fail("file", "numbers below its header", f"{text!r} in line {line} of {path}")


def _delimiter(line):
    return next((mark for mark in ";\t," if mark in line), " ")


def _fields(line, delimiter):
    # One line at a time: an unbalanced quote must not swallow the lines after it.
    (row,) = csv.reader([line], delimiter=delimiter, skipinitialspace=True)
    return [field.strip() for field in row]


def read_table(path):
    """Read a CSV, semicolon-, tab- or space-separated file; ``#`` starts a comment.

    The first line is a header if its first field is not a number.
    """
    path = Path(path)
    if not path.is_file():
        fail("file", "an existing file", str(path))
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        fail("file", "text in UTF-8", str(path))
    kept = [(i, line) for i, line in enumerate(lines, 1) if line.split("#")[0].strip()]
    if not kept:
        fail("file", "a table with numbers", f"{path}, which is empty")
    delimiter = _delimiter(kept[0][1])
    rows = [_fields(line.split("#")[0].strip(), delimiter) for _, line in kept]

    names = [""] * len(rows[0])
    try:
        float(rows[0][0])
    except ValueError:
        names, rows, kept = rows[0], rows[1:], kept[1:]
    for row, (line, _) in zip(rows, kept, strict=True):
        if len(row) != len(names):
            shown = f"{len(row)} in line {line} of {path}"
            fail("file", f"{len(names)} fields in every line", shown)
    values = [
        [_number(field, path, line) for field in row]
        for row, (line, _) in zip(rows, kept, strict=True)
    ]
    return Table(names, np.array(values, dtype=float).reshape(len(values), len(names)))


def read_splittings(path, energy_scale=1.0):
    """A `Tabulated` distribution from the first two columns of a file, ``E`` and ``p``.

    Parameters
    ----------
    path : str or Path
    energy_scale : float
        Units of ``k_B Tc0`` per unit of the file's energies.

    Raises
    ------
    ValueError
        If the file is missing or is no density; the sentence says why.
    """
    table = read_table(path)
    if table.values.shape[1] < 2:
        fail("file", "two columns, E and p", f"{table.values.shape[1]} column in {path}")
    E, p = table.values[:, 0] * energy_scale, table.values[:, 1]
    splittings = Tabulated(E, p)
    require(*splittings.rules())
    return splittings
