"""A BCS superconductor with a width, fitted to a sweep in a fraction of a second.

    signal = G_N (1 + slope V) int dE N(E) K(V - V0 - E),   N(E) = |Re E/(E^2 - Delta^2)^(1/2)|,

``K`` thermal, Gaussian of rms width ``broadening``, and the modulation. Fits of sweeps begin from
it, and one that ends worse than this has not found its minimum.
"""

from typing import NamedTuple

import numpy as np
from scipy import optimize, special

from tlsjax.core.constants import MEV_PER_KELVIN

# Energies of the convolution, out to so many times the range of the bias on either side.
_SIZE, _END = 4096, 2.5
# First gaps, in units of where the signal peaks, and first widths in units of the gap.
_GAPS, _WIDTHS = (1.0, 0.6), (0.02, 0.1, 0.3)
# Bounds in units of the range of the bias: gap, width, and how far the offset may move.
_SMALLEST, _LARGEST, _WIDEST, _FARTHEST = 1 / 200, 1 / 2, 1 / 4, 1 / 8
# Smallest width, in units of the range: sharper than the energies are dense is as good as none.
_SHARPEST = 1e-4
# Relative change at which a start is good enough.
_TOLERANCE = 1e-4


class Quick(NamedTuple):
    """What was found, in meV and mV, and ``chi^2`` in units of the errors it was given."""

    order_parameter: float
    broadening: float
    G_N: float
    V0: float
    slope: float
    chi2: float


def quick_fit(data, centre, peak, error) -> Quick:
    """`Quick` of a sweep whose mirror plane and peak are about there (mV)."""
    span = float(np.ptp(data.x))
    lower = np.array(
        [np.log(_SMALLEST * span), np.log(_SHARPEST * span), centre - _FARTHEST * span]
    )
    upper = np.array([np.log(_LARGEST * span), np.log(_WIDEST * span), centre + _FARTHEST * span])
    weight = 1 / np.broadcast_to(error, data.y.shape)

    def columns(p):
        # Linear in G_N and G_N slope.
        shape = _response(data, np.exp(p[0]), np.exp(p[1]), p[2], span)
        return np.stack([shape, data.x * shape], axis=1)

    def solved(p):
        design = columns(p) * weight[:, None]
        return design, np.linalg.lstsq(design, data.y * weight)[0]

    def residuals(p):
        design, linear = solved(p)
        return design @ linear - data.y * weight

    best = None
    for gap in _GAPS:
        for width in _WIDTHS:
            start = np.array([np.log(gap * peak), np.log(width * gap * peak), centre])
            room = 1e-6 * (upper - lower)
            start = np.clip(start, lower + room, upper - room)
            found = optimize.least_squares(
                residuals, start, bounds=(lower, upper), x_scale=[0.1, 0.3, 0.02 * span],
                ftol=_TOLERANCE, xtol=_TOLERANCE, max_nfev=40,
            )  # fmt: skip
            if best is None or found.cost < best.cost:
                best = found
    G_N, slanted = solved(best.x)[1]
    slope = slanted / G_N if G_N else 0.0
    gap, width = np.exp(best.x[:2])
    return Quick(*map(float, (gap, width, G_N, best.x[2], slope, 2 * best.cost)))


def _response(data, gap, width, offset, span):
    """Signal of a junction of unit conductance at each bias."""
    end = _END * span
    step = 2 * end / _SIZE
    edges = step * (np.arange(_SIZE + 1) - _SIZE / 2)
    # Cells hold the mean of N - 1, whose square-root edges have an integral.
    integral = np.sign(edges) * np.sqrt(np.maximum(edges**2 - gap**2, 0.0)) - edges
    cells = np.diff(integral) / step
    t = 2 * np.pi * np.fft.rfftfreq(_SIZE, step)
    kernel = np.exp(-((width * t) ** 2) / 2)
    if data.kind != "dos":
        x = np.minimum(np.pi * MEV_PER_KELVIN * data.T * t, 600.0)
        z = data.modulation * t
        kernel *= np.divide(x, np.sinh(x), out=np.ones_like(x), where=x > 0)
        kernel *= np.divide(2 * special.j1(z), z, out=np.ones_like(z), where=z > 0)
    smooth = 1 + np.fft.irfft(np.fft.rfft(cells) * kernel, _SIZE)
    middles = (edges[1:] + edges[:-1]) / 2
    if data.kind == "current":
        current = np.concatenate([[0.0], np.cumsum(smooth)]) * step
        return np.interp(data.x - offset, edges, current - current[_SIZE // 2])
    return np.interp(data.x - offset, middles, smooth)
