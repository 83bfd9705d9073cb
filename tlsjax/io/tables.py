"""The one reader of tables: separators, decimal commas, headers and layouts guessed.

Everything guessed is said, in the sentences that come back with the columns.
"""

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tlsjax.core.validation import counted, fail
from tlsjax.io.column_units import unit_in
from tlsjax.io.names import is_unit, names_above, split

_ENCODINGS = ("utf-8-sig", "utf-16", "latin-1")
_NANONIS_DATA = "[DATA]"
# A comma at the end of a number is no decimal one: it separates, "-2, 0.5".
_NUMBER = re.compile(r"[-+]?(\d+(\.\d*|,\d+)?|[.,]\d+)([eE][-+]?\d+)?$")
_MISSING = ("", "nan", "-nan", "na", "n/a", "--", "inf", "-inf")


class Sheet(NamedTuple):
    """Columns of a file, as numbers with NaN where there are none.

    names : of the columns, empty strings without a header.
    values : (rows, columns).
    texts : the fields as they stand, row by row.
    header : ``{name: text}`` of the lines above the table.
    said : what was guessed.
    """

    names: list
    values: np.ndarray
    texts: list
    header: dict
    path: str
    said: list

    def column(self, name, argument="columns"):
        """Values of a column by name, or by number from 1."""
        if name in self.names:
            return self.values[:, self.names.index(name)]
        if name.isdigit() and 1 <= int(name) <= self.values.shape[1]:
            return self.values[:, int(name) - 1]
        shown = ", ".join(n or str(i) for i, n in enumerate(self.names, 1))
        return fail(argument, f"a column of {self.path} ({shown})", repr(name))

    def named(self, name):
        """The name of a column that is given by its number from 1, which has its unit; anything
        else as it is."""
        if name in self.names or not name.isdigit() or not 1 <= int(name) <= len(self.names):
            return name
        own = self.names[int(name) - 1]
        # Of two columns with one name the number tells which.
        return own if own and self.names.count(own) == 1 else name

    def _index(self, name, argument):
        self.column(name, argument)
        return self.names.index(name) if name in self.names else int(name) - 1

    def texts_of(self, name, argument):
        """What a column reads, in the order of its rows, once each: of a number that is written in
        several ways (1.5, 1.50) the first. Blank cells and NaN are left out, and
        said."""
        index, first, empty = self._index(name, argument), {}, 0
        for row in self.texts:
            number = number_as_written(row[index])
            # A cell that is blank or NaN is no value of its own.
            if number is not None and np.isnan(number):
                empty += 1
            else:
                first.setdefault(row[index] if number is None else number, row[index])
        if not first:
            fail(argument, f"a column of {self.path} with values", f"{name}, which has none")
        if empty:
            self.said.append(f"left out {counted(empty, 'row')} without a value of {name}")
        return list(first.values())

    def where(self, name, text):
        """The rows whose column ``name`` reads ``text``, or is that number."""
        index = self._index(name, "where")
        same = np.array([row[index] == text for row in self.texts])
        number = number_as_written(text)
        if number is not None:
            same |= np.isclose(self.values[:, index], number, rtol=1e-9)
        if not same.any():
            fail("where", f"a value in column {name} of {self.path}", repr(text))
        texts = [row for row, kept in zip(self.texts, same, strict=True) if kept]
        return self._replace(values=self.values[same], texts=texts)

    def find(self, *patterns):
        """Name of the first column that matches one of the patterns, in their order."""
        for pattern in patterns:
            for name in self.names:
                if re.search(pattern, name, re.IGNORECASE):
                    return name
        return None


def parse_number(text, decimal="."):
    """A number, NaN for what says it is missing, None for other text."""
    text = text.strip().strip('"')
    if text.lower() in _MISSING:
        return np.nan
    if decimal == ",":
        text = text.replace(",", ".")
    try:
        return float(text)
    except ValueError:
        return None


def number_as_written(text):
    """A number with a decimal point or, failing that, a comma; or as `parse_number` has it."""
    number = parse_number(text)
    return parse_number(text, ",") if number is None else number


def _text(path):
    path = Path(path)
    if not path.is_file():
        fail("file", "an existing file", str(path))
    raw = path.read_bytes()
    # UTF-16 only where it says so: almost any bytes decode as it.
    encodings = _ENCODINGS if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else _ENCODINGS[::2]
    for encoding in encodings:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return fail("file", "text", str(path))


def _delimiter(line):
    """``(delimiter, decimal)``; None is any white space."""
    for mark in (";", "\t"):
        if mark in line:
            return mark, "," if "," in line else "."
    if "," in line:
        # "0,5 1,2" has decimal commas and spaces; "0.5,1.2" and "0.5, 1.2" do not.
        fields = line.split()
        if len(fields) > 1 and all(_NUMBER.match(field) for field in fields):
            return None, ","
        return ",", "."
    return None, "."


def _layout(lines):
    """``(delimiter, decimal)`` of a table from all of its lines: the first may have whole numbers
    alone."""
    delimiter, decimal = _delimiter(lines[0])
    if delimiter != "," and decimal == ".":
        fields = (field for line in lines if "," in line for field in split(line, delimiter))
        if any(parse_number(f) is None and parse_number(f, ",") is not None for f in fields):
            decimal = ","
    return delimiter, decimal


def _is_numeric(line):
    """Whether a line belongs to the table: half of its fields, or more, are numbers."""
    delimiter, decimal = _delimiter(line)
    fields = split(line, delimiter)
    numbers = sum(parse_number(f, decimal) is not None and f != "" for f in fields)
    return numbers > 0 and 2 * numbers >= len(fields)


def _header_and_body(lines, said):
    """``(header, [(line number, text)], comments)`` with comments, by line number, and empty lines
    taken out."""
    header, comments = {}, {}
    if any(line.strip() == _NANONIS_DATA for line in lines):
        start = next(i for i, line in enumerate(lines) if line.strip() == _NANONIS_DATA)
        for line in lines[:start]:
            key, _, value = line.partition("\t")
            header[key.strip()] = value.strip()
        lines = [""] * (start + 1) + lines[start + 1 :]
        said.append("read as the Nanonis layout")
    kept, begun = [], False
    for number, line in enumerate(lines, 1):
        body = _uncommented(line)
        begun = begun or _is_numeric(body)
        if body.strip():
            # Names may have such marks in them: "x (at.%)", "run #".
            kept.append((number, body if begun else line.strip("\r\n ")))
        elif line.lstrip("#% ").strip():
            comments[number] = line.lstrip("#% ").rstrip("\r\n ")
            header |= _entries(comments[number])
    return header, kept, comments


def _entries(comment):
    """``{name: text}`` of a comment: "T: 1.5 K", "sample A, T = 1.5 K; B = 0 T"."""
    parts = (re.split("[:=]", part, maxsplit=1) for part in re.split(r"[,;](?=\s)", comment))
    return {key.strip(): "".join(value).strip() for key, *value in parts}


def _uncommented(line):
    return line.split("#")[0].split("%")[0].strip("\r\n ")


def read_sheet(path, least_columns=2) -> Sheet:
    """Read a table: CSV, TSV, semicolons or spaces, decimal commas, or the Nanonis layout.

    Comments (``#`` or ``%``) and empty lines are skipped; the last line before the numbers that
    has as many fields is the header, or else the comment right above them where it names units;
    rows without any number are dropped.

    Parameters
    ----------
    path : str or Path
    least_columns : int
        Columns of numbers that there must be.

    Returns
    -------
    Sheet

    Raises
    ------
    ValueError
        For a missing, empty or one-column file and for text among the numbers: one sentence.
    """
    said = []
    header, kept, comments = _header_and_body(_text(path).splitlines(), said)
    first = next((i for i, (_, line) in enumerate(kept) if _is_numeric(line)), None)
    if first is None:
        fail("file", "a table with numbers", f"{path}, which has none")
    delimiter, decimal = _layout([line for _, line in kept[first:]])
    if decimal == ",":
        said.append("read commas as decimal points")
    width = len(split(kept[first][1], delimiter))
    above = [line for _, line in reversed(kept[:first])]
    # The names may stand in the comment right above the numbers; units say that they do.
    start, end = kept[first - 1][0] if first else 0, kept[first][0]
    between = [comments[n] for n in range(end - 1, start, -1) if n in comments]
    between = [text for text in between if re.search(r"\w", text)]
    names = names_above(above, between, delimiter, width)
    # A mark at the end of every line is no column, unless it has a name.
    ends = delimiter is not None and not names[-1]
    ends = ends and all(line.endswith(delimiter) for _, line in kept[first:])
    if ends:
        width -= 1
        names = names_above(above, between, delimiter, width)
    words = (word for line in (*above, *between[:1]) for word in line.split())
    # "(mK)" and "T_mK", but not a bare "mK" of a sentence.
    words = [word for word in words if not (is_unit(word) and word.isalnum())]
    if not any(names) and any(map(unit_in, words)):
        said.append(f"found no {width} names above the numbers: units there are not used")
    rows = []
    for number, line in kept[first:]:
        fields = split(line, delimiter)
        fields = fields[:-1] if ends else fields
        values = [parse_number(field, decimal) for field in fields]
        if len(values) != width:
            shown = f"{len(values)} in line {number} of {path}"
            fail("file", f"{width} fields in every line", shown)
        rows.append((number, fields, values))
    # A column of text throughout is a label; text within numbers is a mistake.
    labels = [all(v[i] is None for _, _, v in rows) for i in range(width)]
    for number, fields, values in rows:
        for i, value in enumerate(values):
            if value is None and not labels[i]:
                shown = f"{fields[i]!r} in line {number} of {path}"
                fail("file", "numbers below its header", shown)
    table = np.array([[np.nan if v is None else v for v in values] for _, _, values in rows])
    numeric = width - sum(labels)
    if numeric < least_columns:
        wanted = {1: "one column", 2: "two columns"}[least_columns]
        fail("file", f"{wanted} of numbers or more", f"{path} with {numeric}")
    return Sheet(names, table, [fields for _, fields, _ in rows], header, str(path), said)
