"""What all kinds of measurements share: columns, checked, with a label."""

from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from tlsjax.core.pytrees import register
from tlsjax.core.validation import Rule, fail, positive, require

# Temperatures beyond are in another unit: the highest Tc is 250 K.
HOTTEST = 400.0
# Parameters that say in which unit a signal is.
_SCALES = ("gamma", "H0")


def below(name, values, largest, unit, other):
    """Rule against numbers in another unit."""
    text = f"in {unit}, and within {largest:g} (is it in {other}?)"
    return Rule(name, text, (np.asarray(values),), lambda x: np.abs(x) <= largest)


def _column(name, values):
    array = np.asarray(values, dtype=float)
    if array.ndim != 1 or not array.size:
        fail(name, "a one-dimensional array with at least one value", f"of shape {array.shape}")
    require(Rule(name, "finite", (array,), np.isfinite))
    return array


def _same_length(name, array, first_name, first):
    if array.size != first.size:
        fail(name, f"as long as {first_name} ({first.size})", f"{array.size} long")


def checked(x_name, x, y_name, y, error):
    """Checked columns ``(x, y, error)``; the error may be None or one number."""
    x, y = _column(x_name, x), _column(y_name, y)
    _same_length(y_name, y, x_name, x)
    if error is not None:
        error = _column("error", np.broadcast_to(error, y.shape) if np.ndim(error) == 0 else error)
        _same_length("error", error, y_name, y)
        require(positive("error", error, scalar=False))
    return x, y, error


class Channel(NamedTuple):
    """One of the quantities that a data set consists of.

    name : "" where there is one alone. y_label : of the axis. rows : its points among all, a slice.
    log : whether it goes over powers of ten.
    """

    name: str
    y_label: str
    rows: slice
    log: bool = False


@partial(register, static=("label",))
@dataclass(init=False, frozen=True, repr=False, eq=False)
class Measurement:
    x: np.ndarray
    y: np.ndarray
    error: np.ndarray | None
    label: str

    # What is plotted against what, set by the classes.
    x_label = y_label = kind = ""
    # Whether it is a sweep of the bias, of a spectrum.
    is_sweep = False
    # What was done to the data before, in sentences.
    said = ()
    # Fields on which no solution depends, with what stands in their place: programs are shared.
    of_the_device = MappingProxyType({})

    def __repr__(self):
        return f"{type(self).__name__}({self.label!r}, {self.y.size} points)"

    def noise(self):
        """An error for data without one, from the data alone; None if there is no telling."""

    def unit(self, alike):
        """What stands for the errors where there is no telling; ``alike`` are the signals of all
        data sets of this kind, its own among them."""
        return np.std(alike) or 1.0

    @property
    def channels(self):
        """`Channel` for each quantity among the points."""
        return (Channel("", self.y_label, slice(None)),)


def units(datasets, names):
    """What stands for unknown errors in each data set: of those that measure one quantity on one
    scale the same, so that a curve in two files has the weights that it has in one. ``names`` are
    each one's ``(local, global)`` parameters."""
    pairs = zip(datasets, map(dict, names), strict=True)
    scales = [(d.kind, *map(own.get, _SCALES)) for d, own in pairs]

    def alike(scale):
        pairs = zip(datasets, scales, strict=True)
        return np.concatenate([d.y for d, own in pairs if own == scale and d.error is None])

    pairs = zip(datasets, scales, strict=True)
    return [d.unit(alike(scale)) if d.error is None else None for d, scale in pairs]


def fill(data, x, y, error, label):
    # Frozen, and error None must stay: no default constructor does this.
    for name, value in zip(("x", "y", "error", "label"), (x, y, error, label), strict=True):
        object.__setattr__(data, name, value)
