"""What the columns of a measurement mean: temperature, bias, errors, one sweep or several."""

import re
from pathlib import Path

import numpy as np

from tlsjax.core.validation import counted, fail
from tlsjax.io.column_units import UNITS, in_units, scale_of, unit_in, without_unit
from tlsjax.io.sweeps import passes
from tlsjax.io.tables import Sheet, number_as_written

# What a column of temperatures is called: a small t, or what goes on as "Time" does, is a time.
TEMPERATURES = (
    r"^(?-i:T)_?m?K?$", r"^(?-i:T)(?![a-z])", r"temp", r"^(?-i:T)(?!ime|race|c(?![a-z]))",
    r"^t_?m?K$",
)  # fmt: skip
# The same of a sweep, in a header's words: one that the electrons are at, not a transition's.
_TEMPERATURE = re.compile(r"temperature|^(?-i:T)(?![A-Za-z])", re.IGNORECASE)
_OF_SWEEP = re.compile(r"^(?-i:T)$|^(?-i:T)[ _(\[/]|^t[ _(\[/]*m?K\W*$|temp", re.IGNORECASE)
_OF_TRANSITION = re.compile(r"^T_?c(?![a-z])|critical|transition", re.IGNORECASE)
# What was done at another temperature, or has one of its own.
_OF_OTHER = re.compile(
    rf"{_OF_TRANSITION.pattern}|anneal|bak|growth|grown|depos|substr|room|debye", re.IGNORECASE
)
# A number and its unit: 1.5 K, 40mK, 1,5 K.
_VALUE = re.compile(r"([-+]?[\d.,]+(?:[eE][-+]?\d+)?)\s*([^\W\d]*)")
# Temperature in a file's name: 3p5K, 0.068K, 40mK.
_IN_NAME = re.compile(r"(?<![A-Za-z0-9])(\d+(?:[.p]\d+)?)\s?(m?)K(?![A-Za-z])")
# What the name of an error says beside what it is the error of.
_ERROR_WORDS = re.compile(r"err(or)?s?|sigma|unc(ertainty|ert)?|std(dev)?|sd", re.IGNORECASE)
# Units that a bias may be said to be in; without one it is in V where all of it is below this.
BIAS_UNITS = {"V": 1e3, "mV": 1.0, "uV": 1e-3, "µV": 1e-3}
_VOLTS_BELOW = 0.05
# Change of a temperature from the first tenth to the last, and distance of a reading, relative to
# the median, that are worth a word.
_DRIFT, _FAR_OFF = 0.02, 0.1
# Sweeps in one direction are several where they share more than this of the range.
_SHARED = 0.5
# A column that tells sweeps apart has no more values than this, and so many rows of each.
_MOST_SWEEPS, _LEAST_ROWS = 200, 5
_DIRECTIONS = re.compile(r"up|down|for|back|fwd|bwd|(re)?trace", re.IGNORECASE)


def is_error(name):
    """Whether a column's name says that it is an error."""
    return bool(re.search(r"err|sigma|unc|std", name, re.IGNORECASE))


def without_errors(sheet: Sheet) -> Sheet:
    """The same with no names for columns of errors, so that none is found as what it belongs to."""
    return sheet._replace(names=["" if is_error(name) else name for name in sheet.names])


def temperature_of(sheet: Sheet):
    """``(kelvin, where from)`` from a column, the header or the file's name; or None."""
    names = [n for n in sheet.names if _OF_SWEEP.search(n) and not _OF_TRANSITION.search(n)]
    for name in names:
        # "T (s)" is a time.
        if is_error(name) or unit_in(name) not in (None, *UNITS["temperature"]):
            continue
        values = in_units(name, sheet.column(name), "temperature")
        values = values[np.isfinite(values)]
        if values.size:
            sheet.said.extend(_steadiness(values))
            return float(np.median(values)), f"column {name}"
    for key, text in sheet.header.items():
        meant = _TEMPERATURE.search(key) and not _OF_OTHER.search(key)
        value = _VALUE.match(text) if meant else None
        number = number_as_written(value[1]) if value else None
        unit = (unit_in(key) or value[2]) if value else None
        if number is not None and np.isfinite(number) and unit in UNITS["temperature"]:
            return number * UNITS["temperature"][unit], f"the header's {key!r}"
    found = _IN_NAME.findall(Path(sheet.path).stem.replace("_", " "))
    numbers = {float(n.replace("p", ".")) * (1e-3 if milli else 1.0) for n, milli in found}
    # Of two ("300K_anneal_1p5K") there is no telling.
    return (numbers.pop(), "the file's name") if len(numbers) == 1 else None


def _steadiness(values):
    """Sentences about readings of a temperature that should be one."""
    middle = np.median(values)
    tenth = max(1, values.size // 10)
    first, last = np.median(values[:tenth]), np.median(values[-tenth:])
    if abs(last - first) > _DRIFT * middle:
        yield f"the temperature drifts from {first:.4g} to {last:.4g} K; took its median"
    far = np.abs(values - middle) > _FAR_OFF * middle
    if 0 < far.sum() < values.size / 4:
        worst = values[np.argmax(np.abs(values - middle))]
        yield f"{far.sum()} readings of the temperature are far from their median ({worst:.4g} K)"


def error_column(sheet: Sheet, x_name, y_name):
    """Name of the column of errors of ``y_name``, or None: not the errors of ``x_name``, or of any
    other column that there is."""
    names = [n for n in sheet.names if is_error(n) and n not in (x_name, y_name)]
    own = _stem(y_name)
    others = {_stem(n) for n in sheet.names if not is_error(n)} - {own, ""}
    names = [n for n in names if _stem(n) not in others]
    # Its own, one that says nothing of whose it is, any other.
    rank = {own: 0, "": 1}
    return min(names, key=lambda n: rank.get(_stem(n), 2), default=None)


def own_error(sheet: Sheet, name):
    """Name of the column of errors of ``name`` and of nothing else, or None."""
    names = [n for n in sheet.names if is_error(n) and n != name and _stem(n) == _stem(name)]
    return names[0] if names else None


def _stem(name):
    return re.sub(r"[^a-z0-9]", "", _ERROR_WORDS.sub("", without_unit(name)).lower())


def complete_rows(sheet: Sheet, *columns):
    """The same columns where all of them are numbers; says how many rows went."""
    good = np.all([np.isfinite(c) for c in columns if c is not None], axis=0)
    if not good.any():
        fail("file", "a table with numbers in the columns used", f"{sheet.path}, all NaN")
    if not good.all():
        sheet.said.append(f"left out {counted((~good).sum(), 'row')} with NaN")
    return [None if c is None else c[good] for c in columns]


def bias_in_mv(sheet: Sheet, name, values, unit=None):
    """A bias column in mV: by ``unit``, by its name, or by its size."""
    if unit is not None:
        if unit not in BIAS_UNITS:
            fail("bias-unit", f"one of {', '.join(BIAS_UNITS)}", repr(unit))
        return values * BIAS_UNITS[unit]
    scale = scale_of(name, "bias")
    if scale is None:
        unit = "V" if np.max(np.abs(values)) < _VOLTS_BELOW else "mV"
        sheet.said.append(f"took the bias to be in {unit}, by its size")
        scale = BIAS_UNITS[unit]
    return values * scale


def require_one_sweep(sheet: Sheet, used, bias, averaged=False):
    """Raise where the rows are several sweeps, and say how to ask for one.

    One sweep goes up, or down, or both, or round a loop; several cover a range again and again,
    which is as well where they are ``averaged``, or have a column beside the ``used`` ones that
    tells them apart.
    """
    for index, name in enumerate(sheet.names):
        texts = np.array([row[index] for row in sheet.texts])
        values = list(dict.fromkeys(texts.tolist()))
        if {name, str(index + 1)} & {*used} or not 1 < len(values) <= _MOST_SWEEPS:
            continue
        if not _DIRECTIONS.match(values[0]) and _tells_apart(texts, values, bias):
            shown = ", ".join(values[:4]) + (", ..." if len(values) > 4 else "")
            rule = f"given: the file has a sweep for each of {len(values)} values of {name}"
            fail("where", rule, f"missing (one of {shown})")
    count = passes(bias)
    if count > 2 and not averaged:
        rule = "one sweep, or one up and one down (see --where, --average-sweeps)"
        fail("file", rule, f"{sheet.path}, whose bias covers its range {count} times")


def _tells_apart(texts, values, bias):
    """Whether the rows of each value are a sweep: together, or at the same biases."""
    groups = [bias[texts == value] for value in values]
    wide = all(g.size >= _LEAST_ROWS and np.ptp(g) > _SHARED * np.ptp(bias) for g in groups)
    together = np.sum(texts[1:] != texts[:-1]) < len(values)
    return wide and (together or np.isin(groups[1], groups[0]).mean() > _SHARED)
