"""What is done to a sweep before it is fitted, with errors and a sentence for each step.

Functions of columns ``(x, y, error)`` that return such columns, and what there is to say; the error
may be None throughout.
"""

import itertools

import numpy as np

from tlsjax.core.validation import counted, fail
from tlsjax.io.sweeps import sweeps

# Half width of the Josephson branch by default, in units of half the range of the bias.
_JOSEPHSON = 0.05
# Distance of points at one bias, in units of what is usual, of which differences are taken.
_APART = 1e-6


def neighbour_noise(x, y):
    """Standard deviation of the noise of a smooth curve, from third differences, robustly.

    Of evenly spaced points ``y_0 - 3 y_1 + 3 y_2 - y_3``, which of independent noise has 20 times
    its variance; of others what leaves no parabola either, as of two sweeps over the same biases
    the difference of both at one.
    """
    order = np.argsort(x, kind="stable")
    x, y = np.asarray(x, dtype=float)[order], y[order]
    if y.size < 8:
        return None
    # Points at one bias stand next to each other; without any distance nothing would be left.
    x = x + _APART * (np.ptp(x) or 1.0) / x.size * np.arange(x.size)
    spread = np.median(np.abs(_third_differences(x, y))) / 0.6745
    return float(spread) if spread > 0 else None


def _third_differences(x, y):
    """Of every four neighbours the sum with weights of unit length that no parabola has."""
    x, y = (np.lib.stride_tricks.sliding_window_view(v, 4) for v in (x, y))
    x = (x - x[:, :1]) / np.ptp(x, axis=1, keepdims=True)
    weights = [
        (-1) ** i * np.prod([x[:, k] - x[:, j] for j, k in itertools.combinations(others, 2)], 0)
        for i, others in ((i, [j for j in range(4) if j != i]) for i in range(4))
    ]
    weights = np.stack(weights, axis=1)
    return np.sum(weights * y, axis=1) / np.linalg.norm(weights, axis=1)


def mirror_plane(x, y, odd, *, fine=False):
    """Bias about which a sweep is most even, or odd, among its middle third.

    To a 600th of the range, which will do to start from, or ``fine`` to a 100th of that.
    """
    order = np.argsort(x)
    x, y = x[order], y[order]
    span = x[-1] - x[0]
    candidates = (x[0] + x[-1]) / 2 + span * np.linspace(-1 / 6, 1 / 6, 201)
    reach = span / 3 * np.linspace(0, 1, 201)
    sign = -1 if odd else 1

    def asymmetry(c):
        up, down = np.interp(c + reach, x, y), np.interp(c - reach, x, y)
        middle = np.interp(c, x, y) if odd else 0.0
        return np.sum((up - middle - sign * (down - middle)) ** 2)

    best = candidates[np.argmin([asymmetry(c) for c in candidates])]
    if fine:
        candidates = best + (candidates[1] - candidates[0]) * np.linspace(-1, 1, 201)
        best = candidates[np.argmin([asymmetry(c) for c in candidates])]
    return float(best)


def _kept(columns, keep):
    """The rows to keep, and how many others there are."""
    kept = tuple(None if column is None else column[keep] for column in columns)
    return kept, int((~keep).sum())


def within(columns, low, high):
    """``(columns, count)``: the rows with x from ``low`` to ``high``, and how many others there
    are."""
    if not low < high:
        fail("range", "increasing", f"{low:g} to {high:g}")
    x = columns[0]
    keep = (x >= low) & (x <= high)
    if not keep.any():
        fail("range", f"about some of the points ({x.min():g} to {x.max():g})",
             f"{low:g} to {high:g}")  # fmt: skip
    return _kept(columns, keep)


def without_josephson_branch(columns, odd, width):
    """``(columns, said)`` less the points within ``width`` of zero bias, None for the default."""
    x, y, _ = columns
    if width is None:
        width = _JOSEPHSON * np.ptp(x) / 2
    if not width:
        return columns, ()
    centre = mirror_plane(x, y, odd)
    keep = np.abs(x - centre) > width
    if not keep.any():
        fail("josephson", f"less than the range of the bias ({np.ptp(x):g} mV)", f"{width:g}")
    kept, lost = _kept(columns, keep)
    said = (
        f"Left out {counted(lost, 'point')} within {width:.3g} mV of {centre:.3g} mV: the "
        "Josephson branch is not part of this theory."
    )
    return kept, (said,) if lost else ()


def _at(x, columns):
    """``(y, error)`` of a sweep at other biases, linearly between its points."""
    own, y, error = columns
    order = np.argsort(own, kind="stable")
    own, y = own[order], y[order]
    if error is None:
        return np.interp(x, own, y), None
    square = error[order] ** 2
    right = np.clip(np.searchsorted(own, x), 1, own.size - 1)
    step = own[right] - own[right - 1]
    share = np.clip((x - own[right - 1]) / np.where(step > 0, step, 1.0), 0.0, 1.0)
    variance = (1 - share) ** 2 * square[right - 1] + share**2 * square[right]
    return np.interp(x, own, y), np.sqrt(variance)


def averaged(columns):
    """``(columns, said)``: the mean of all sweeps in the table, at the biases of the first.

    Errors of independent points; where the sweeps end at different biases only what all of them
    have.
    """
    rows = sweeps(columns[0])
    if len(rows) < 2:
        fail("data", "several sweeps, of which to take the mean", "one")
    parts = [tuple(None if c is None else c[row] for c in columns) for row in rows]
    low, high = max(x.min() for x, *_ in parts), min(x.max() for x, *_ in parts)
    x = np.unique(parts[0][0])
    # The rounding of a bias is no reason to lose its point.
    room = 1e-6 * (high - low)
    x = x[(x >= low - room) & (x <= high + room)]
    if x.size < 2:
        fail("data", "sweeps over one range, of which to take the mean", f"{len(rows)} apart")
    found = [_at(x, part) for part in parts]
    y = np.mean([y for y, _ in found], axis=0)
    error = None
    if columns[2] is not None:
        error = np.sqrt(np.sum([e**2 for _, e in found], axis=0)) / len(found)
    said = f"Took the mean of {len(found)} sweeps"
    noise = neighbour_noise(*parts[0][:2])
    if noise:
        spread = np.sqrt(np.mean(np.var([y for y, _ in found], axis=0, ddof=1)))
        said += f", whose distance is {spread / noise:.2g} times the noise of one"
    return (x, y, error), (f"{said}.",)


def symmetrised(columns, offset, odd):
    """``(columns, said)``: half the sum (the difference, where ``odd``) of the two sides of
    ``offset``, at biases from there on, with the errors of both.

    An offset of None is where the sweep is most even, or odd.
    """
    x, y, error = columns
    if offset is None:
        offset = mirror_plane(x, y, odd, fine=True)
    right = x >= offset
    mirrored = 2 * offset - x[right]
    covered = (mirrored >= x.min()) & (mirrored <= x.max())
    if not covered.any():
        fail("offset", f"within the bias ({x.min():g} to {x.max():g} mV)", f"{offset:g}")
    kept = np.flatnonzero(right)[covered]
    other, of_other = _at(mirrored[covered], columns)
    sign = -1 if odd else 1
    if error is not None:
        error = np.hypot(error[kept], of_other) / 2
    lost = int(right.sum() - kept.size)
    said = f"Symmetrised about {offset:.4g} mV"
    said += f"; {counted(lost, 'point')} without a partner there." if lost else "."
    return (x[kept] - offset, (y[kept] + sign * other) / 2, error), (said,)
