"""The points of a scan: a product of axes, or a list."""

import hashlib
from dataclasses import dataclass

import numpy as np

from tlsjax.core.validation import fail


@dataclass(frozen=True)
class Grid:
    """Named coordinates, numbered in C order (the last name runs fastest).

    names : tuple of str
    values : tuple of 1-D float arrays, one for each name.
    product : whether every combination is a point, or the k-th of each makes the k-th point.
    """

    names: tuple
    values: tuple
    product: bool

    @property
    def shape(self):
        """Of the array of points."""
        lengths = tuple(value.size for value in self.values)
        return lengths if self.product else lengths[:1]

    @property
    def dims(self):
        """Names of the axes of that array."""
        return self.names if self.product else ("point",)

    @property
    def size(self):
        """Number of points."""
        return int(np.prod(self.shape))

    def points(self, start, stop):
        """Coordinates ``{name: (stop - start,)}`` of the points from ``start`` up to ``stop``."""
        index = np.unravel_index(np.arange(start, stop), self.shape)
        index = index if self.product else index * len(self.names)
        return {n: v[i] for n, v, i in zip(self.names, self.values, index, strict=True)}

    def digests(self):
        """What tells these coordinates from others, ``{name: text}``, to the last bit."""
        return {
            name: f"{value.size} values, sha256 {hashlib.sha256(value.tobytes()).hexdigest()[:16]}"
            for name, value in zip(self.names, self.values, strict=True)
        }


def make_grid(grid, product=True):
    """`Grid` from a mapping of names to numbers; `ValueError` says what is wrong with it."""
    try:
        items = [(name, np.atleast_1d(np.asarray(grid[name]))) for name in grid]
    except (TypeError, IndexError):
        items = []
    if not items:
        fail("grid", "a mapping of names to values, at least one", repr(grid))
    for name, value in items:
        if not isinstance(name, str) or not name.isidentifier() or name == "status":
            fail("grid", "named by words that are arguments of the function", repr(name))
        if value.ndim != 1 or not value.size:
            fail(f"grid[{name!r}]", "a number or a list of them", f"of shape {value.shape}")
        if value.dtype.kind not in "iuf" or np.isnan(value).any():
            fail(f"grid[{name!r}]", "real numbers, none of them NaN", str(value))
    lengths = {name: value.size for name, value in items}
    if not product and len(set(lengths.values())) > 1:
        fail("grid", "lists of one length with product=False", str(lengths))
    names = tuple(name for name, _ in items)
    return Grid(names, tuple(value.astype(float) for _, value in items), product)
