"""Coordinates in which a descent of least squares moves."""

from typing import NamedTuple

import numpy as np

# What may be zero is a logarithm above this share of its unit, and straight below it. From 0.02 to
# 1 it makes no difference to the number of steps.
_STRAIGHT = 0.1
# No descent makes a parameter larger than by ``exp(30)``, which is 1e13.
_FARTHEST = 30.0


class Scales(NamedTuple):
    """Of some parameters; errors and bounds stay those of the parameters.

    Parameters come in hertz and in millionths: without units of their own the end of a descent
    would be that of the largest. And what a curve knows of impurities is often a product, such as
    ``alpha E^n``: the minimum is then at the end of a valley that is bent in the parameters and
    straight in their logarithms. So ``u = x/unit``, or where x cannot be negative

        u = 1 + ln[(x + shift)/(x_0 + shift)],

    unless it starts so near to zero that nobody knows its scale.
    """

    start: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    unit: np.ndarray
    shift: np.ndarray
    logarithm: np.ndarray

    def coordinates(self, x):
        # Both are computed for all, and one is taken.
        with np.errstate(invalid="ignore", divide="ignore"):
            logarithm = 1 + np.log((x + self.shift) / (self.start + self.shift))
        return np.where(self.logarithm, logarithm, x / self.unit)

    @property
    def bounds(self):
        """Without an upper one a logarithm has one nevertheless: its steps are those of powers."""
        lower, upper = self.coordinates(self.lower), self.coordinates(self.upper)
        return lower, np.where(self.logarithm, np.minimum(upper, 1 + _FARTHEST), upper)

    def values(self, u):
        """Parameters within their bounds; at the start exactly the start, which is known."""
        moved = self.start + (self.start + self.shift) * np.expm1(
            np.where(self.logarithm, u - 1, 0)
        )
        return np.clip(np.where(self.logarithm, moved, self.unit * u), self.lower, self.upper)

    def slopes(self, u):
        """``dx/du``."""
        slope = (self.start + self.shift) * np.exp(np.where(self.logarithm, u - 1, 0))
        return np.where(self.logarithm, slope, self.unit)


def scales_of(start, lower, upper, jacobian) -> Scales:
    """`Scales` of a descent from ``start``, whose Jacobian there is known."""
    unit = _units(start, jacobian)
    shift = np.where(lower > 0, 0.0, _STRAIGHT * unit)
    return Scales(start, lower, upper, unit, shift, (lower >= 0) & (start > shift))


def _units(x, jacobian):
    """Of each parameter its start, or what changes a residual by one if that is more."""
    size = np.linalg.norm(jacobian, axis=0)
    felt = np.divide(1.0, size, out=np.zeros_like(size), where=size > 0)
    unit = np.maximum(np.abs(x), felt)
    return np.where(unit > 0, unit, 1.0)
