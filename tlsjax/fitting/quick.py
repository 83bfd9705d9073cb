"""A BCS superconductor with a width, fitted to a sweep in a fraction of a second.

    signal = G_N (1 + slope V) int dE N(E) K(V - V0 - E),   N(E) = |Re E/(E^2 - Delta^2)^(1/2)|,

or two of them between superconducting electrodes (`tlsjax.observables.smearing` has the formula);
``K`` thermal, Gaussian of rms width ``broadening``, and the modulation. Fits of sweeps begin from
it, and one that ends worse than this has not found its minimum.
"""

import functools
import itertools
from typing import NamedTuple

import numpy as np
from scipy import optimize, special

from tlsjax.core.constants import MEV_PER_KELVIN, WEAK_COUPLING_GAP_RATIO
from tlsjax.core.validation import fail
from tlsjax.fitting.sweeps import mirror_plane

# Energies of the convolution, out to so many times the range of the bias on either side; those of
# two superconductors end where all pairs of them still fit.
_SIZE, _END, _PAIRED = 4096, 2.5, 1.5
# Shares of both gaps that the first of two has. Not a half: there the share could not move, since
# the gaps can be exchanged. And the smallest one.
_SHARES, _LEAST = (0.45, 0.25), 0.01
# First gaps, in units of where the signal peaks, and first widths in units of the gap.
_GAPS, _WIDTHS = (1.0, 0.6), (0.02, 0.1, 0.3)
# Bounds in units of the range of the bias: gap, width, and how far the offset may move.
_SMALLEST, _LARGEST, _WIDEST, _FARTHEST = 1 / 200, 1 / 2, 1 / 4, 1 / 8
# Smallest width, in units of the range: sharper than the energies are dense is as good as none.
_SHARPEST = 1e-4
# Relative change at which a start is good enough.
_TOLERANCE = 1e-4


class Quick(NamedTuple):
    """What was found, in meV and mV, and ``chi^2`` in units of the errors it was given.

    ``electrode`` : order parameter of the other electrode, 0 of a normal metal.
    """

    order_parameter: float
    broadening: float
    G_N: float
    V0: float
    slope: float
    chi2: float
    electrode: float = 0.0


def count_of(data):
    """How many numbers a quick fit of a sweep adjusts: gaps, width, level, slope and offset."""
    return (4 if data.symmetric else 5) + (data.electrode is not None)


@functools.lru_cache(maxsize=32)
def quick_start(data) -> Quick:
    """`Quick` fit that begins from the position of the peaks."""
    centre = 0.0 if data.symmetric else mirror_plane(data.x, data.y, data.kind == "current")
    span = np.ptp(data.x)
    if span == 0:
        fail("bias", "at more than one value", f"{data.x[0]:g} mV throughout")
    far = np.abs(data.x - centre)
    if data.kind == "current":
        order = np.argsort(data.x)
        smooth = np.gradient(data.y[order], data.x[order] + 1e-12 * span * np.arange(far.size))
        peak = far[order][np.argmax(smooth)]
    else:
        peak = far[np.argmax(data.y)]
    error = data.noise() if data.error is None else data.error
    error = (np.std(data.y) or 1.0) if error is None else error
    return quick_fit(data, centre, np.clip(peak, span / 100, span / 2), error)


def _gaps(data, p):
    """The gaps of both sides, or of one.

    Between two superconductors the peak is at their sum, which is known far better than what the
    share of the first is.
    """
    total = np.exp(p[0])
    if p.size == 3:
        return np.array([total / 2 if data.same else total])
    return total * np.array([p[3], 1 - p[3]])


def _in_order(data, gaps):
    """The gaps in the order that the electrode's own Tc0 says: a junction is the same either way
    round."""
    if gaps.size == 1:
        return gaps
    Tc0 = getattr(data.electrode.host, "Tc0", 0.0)
    own = float(Tc0) * WEAK_COUPLING_GAP_RATIO / 2
    return np.array(sorted(gaps, key=lambda gap: -abs(gap - own)))


def quick_fit(data, centre, peak, error) -> Quick:
    """`Quick` of a sweep whose mirror plane and peak are about there (mV)."""
    # Of half a sweep that was symmetrised the range is twice what there is, about zero.
    span = float(np.ptp(data.x)) * (2 if data.symmetric else 1)
    farthest = 1e-6 if data.symmetric else _FARTHEST
    two = data.electrode is not None and not data.same
    shares = [[share] for share in _SHARES] if two else [[]]
    sides = 2 if data.is_sis else 1
    lower = np.array(
        [np.log(_SMALLEST * span * sides), np.log(_SHARPEST * span), centre - farthest * span]
        + [_LEAST] * two
    )
    upper = np.array(
        [np.log(_LARGEST * span * sides), np.log(_WIDEST * span), centre + farthest * span]
        + [1 - _LEAST] * two
    )
    weight = 1 / np.broadcast_to(error, data.y.shape)

    def columns(p):
        # Linear in G_N and G_N slope.
        shape = _response(data, _gaps(data, p), np.exp(p[1]), p[2], span)
        return np.stack([shape, data.x * shape], axis=1)

    def solved(p):
        design = columns(p) * weight[:, None]
        return design, np.linalg.lstsq(design, data.y * weight)[0]

    def residuals(p):
        design, linear = solved(p)
        return design @ linear - data.y * weight

    best = None
    for share, gap, width in itertools.product(shares, _GAPS, _WIDTHS):
        start = np.array([np.log(gap * peak), np.log(width * gap * peak), centre, *share])
        room = 1e-6 * (upper - lower)
        start = np.clip(start, lower + room, upper - room)
        found = optimize.least_squares(
            residuals, start, bounds=(lower, upper),
            x_scale=[0.1, 0.3, 0.02 * span] + [0.1] * two,
            ftol=_TOLERANCE, xtol=_TOLERANCE, max_nfev=40,
        )  # fmt: skip
        if best is None or found.cost < best.cost:
            best = found
    G_N, slanted = solved(best.x)[1]
    slope = slanted / G_N if G_N else 0.0
    gaps = _in_order(data, _gaps(data, best.x))
    # Of one superconductor on both sides the other gap is the same.
    other = gaps[-1] if data.is_sis else 0.0
    width = np.exp(best.x[1])
    return Quick(*map(float, (gaps[0], width, G_N, best.x[2], slope, 2 * best.cost, other)))


def _response(data, gaps, width, offset, span):
    """Signal of a junction of unit conductance at each bias."""
    end = _END * span
    step = 2 * end / _SIZE
    edges = step * (np.arange(_SIZE + 1) - _SIZE / 2)
    middles = (edges[1:] + edges[:-1]) / 2

    around = step * (np.arange(_SIZE + 2) - (_SIZE + 1) / 2)

    def cells(gap):
        """N - 1, a density of states whose edges are square roots, shared out linearly between the
        middles of cells: means of each cell alone would jump as the gap crosses its edges."""
        far = np.maximum(np.abs(around), gap)
        root = np.sqrt((far - gap) * (far + gap))
        twice = far * root - gap**2 * np.arccosh(far / gap) - around**2
        return np.diff(twice, 2) / (2 * step**2)

    t = 2 * np.pi * np.fft.rfftfreq(_SIZE, step)
    kernel, thermal = np.exp(-((width * t) ** 2) / 2), np.ones_like(t)
    if data.kind != "dos":
        x = np.minimum(np.pi * MEV_PER_KELVIN * data.T * t, 600.0)
        z = data.modulation * t
        np.divide(x, np.sinh(x), out=thermal, where=x > 0)
        kernel *= np.divide(2 * special.j1(z), z, out=np.ones_like(z), where=z > 0)
    if data.is_sis:
        occupation = np.tanh(middles / (2 * MEV_PER_KELVIN * data.T)) / 2
        start = np.exp(-1j * t * middles[0])
        inside = np.abs(middles) < _PAIRED * span

        def transforms(gap):
            own = np.where(inside, cells(gap), 0.0)
            even = np.fft.rfft(own) * start
            odd = np.fft.rfft(own * occupation) * start
            return even.real, thermal - t * step * odd.imag

        (e1, m1), (e2, m2) = map(transforms, (gaps[0], gaps[-1]))
        image = kernel * (e1 * m2 + e2 * m1) / start
    else:
        image = np.fft.rfft(cells(gaps[0])) * kernel * thermal
    smooth = 1 + np.fft.irfft(image, _SIZE)
    if data.kind == "current":
        current = np.concatenate([[0.0], np.cumsum(smooth)]) * step
        return np.interp(data.x - offset, edges, current - current[_SIZE // 2])
    return np.interp(data.x - offset, middles, smooth)
