"""Fourier sums over points that lie anywhere: fast Fourier transforms with splines at both ends.

A periodic grid has ``size`` points at 0, 1, 2 ...; a point ``x`` lies anywhere between them. Each
point shares its weight among the ORDER grid points around it, as a B-spline says, and the transform
of the grid is divided by that of the spline: that is the transform of the points,

    to_frequencies: F_k = sum_j w_j exp(-2 pi i k x_j/size),   k = 0 ... size/2.

The way back is the transpose of it, ``from_frequencies``: the real function whose Fourier
coefficients are given, read off between the grid points through the same spline.

What a spline cannot tell from frequency k is ``size - k``, and it damps that by
``(k/(size - k))^ORDER``: 4e-9 at an eighth of ``size``, 2e-5 at a quarter, all of it at half. So
the function should have died away from a quarter of ``size`` on.
"""

from functools import lru_cache
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

# Grid points that a point is spread over; even, so that they lie evenly around it.
ORDER = 10


class Stencil(NamedTuple):
    """Grid points around each of N points, and its share of each: both (ORDER, N)."""

    index: jax.Array
    share: jax.Array


@lru_cache
def _pieces():
    """(ORDER, ORDER) coefficients of the pieces of the cardinal B-spline, highest power first.

    Piece k, a column, is the spline at ``s + k`` as a polynomial in ``2 s - 1``, s in [0, 1).
    The de Boor recursion, once.
    """
    s = np.polynomial.Polynomial([0.5, 0.5])
    pieces = [np.polynomial.Polynomial([1.0])]
    for degree in range(1, ORDER):
        below = [0 * s, *pieces, 0 * s]
        pieces = [
            ((s + k) * below[k + 1] + (degree + 1 - s - k) * below[k]) / degree
            for k in range(degree + 1)
        ]
    return np.stack([np.pad(p.coef, (0, ORDER - p.coef.size)) for p in pieces], axis=1)[::-1]


def stencil(x, size) -> Stencil:
    """`Stencil` of points (N,) in units of the grid's step; the grid is periodic."""
    cell = jnp.floor(x)
    offset = np.arange(ORDER)[:, None]
    share = jnp.polyval(_pieces()[..., None], 2 * (x - cell) - 1, unroll=ORDER)
    # The spline's own middle is at ORDER/2.
    return Stencil((cell.astype(int) + ORDER // 2 - offset) % size, share)


def _damping(size):
    """Transform of the centred spline at the frequencies of a real grid."""
    return np.sinc(np.arange(size // 2 + 1) / size) ** ORDER


def to_frequencies(points: Stencil, weights, size):
    """``sum_j weights_j exp(-2 pi i k x_j/size)``, k to ``size/2``, of real weights (N, ...)."""
    shares = points.share.reshape(*points.share.shape, *(1,) * (weights.ndim - 1)) * weights
    grid = jnp.zeros((size, *weights.shape[1:])).at[points.index].add(shares)
    damping = _damping(size).reshape(-1, *(1,) * (weights.ndim - 1))
    return jnp.fft.rfft(grid, axis=0) / damping


def from_frequencies(coefficients, points: Stencil, size):
    """``c_0 + 2 Re sum_k c_k exp(2 pi i k x/size)`` at each point (N,)."""
    grid = jnp.fft.irfft(coefficients / _damping(size), n=size) * size
    return jnp.sum(grid[points.index] * points.share, axis=0)
