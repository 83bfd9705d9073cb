"""Composite Gauss rules whose panels follow the features of the integrand.

Panels end at breakpoints; breakpoints are the sorted union of those of each factor of the
integrand, each graded towards the places where that factor is sharp. Counts are static,
positions are traced; where breakpoints coincide, or are clipped to the interval, panels have
length zero and cost nothing but their share of the array.
"""

import jax.numpy as jnp
import numpy as np

from tlsjax.numerics.quadrature import gauss

# Ratio of successive distances from a feature. A singularity at the distance of the
# panel's near end leaves a Gauss rule of n points an error of 3.7^(-2n).
RATIO = 3.0
# Octaves (of RATIO) around a feature: from a third of its width to 3^9 = 2e4 widths.
_LEVELS = 10
# Panels of no length at E = 0 have their nodes here: some densities are 0/0 at 0.
SMALLEST = 1e-30


def graded(position, width, levels=_LEVELS):
    """Breakpoints at ``position`` and in powers of RATIO around it; none below 0 around 0.0."""
    distance = width * RATIO ** np.arange(-1.0, levels - 1)
    if isinstance(position, float) and position == 0.0:
        return jnp.concatenate([jnp.zeros(1), distance])
    return jnp.concatenate([position - distance, jnp.atleast_1d(position), position + distance])


def square_roots(breakpoints, marks, order):
    """A rule for integrands with square roots at ``marks`` (K,), which are among the breakpoints.

    On each panel ``x = mark +- s^2`` about the mark next to it, with Gauss points in s.

    Returns
    -------
    mark, offset, weights : (panels, order) each, ``x = mark + offset``; the offset may be smaller
        than the rounding of x.
    """
    nodes, of_nodes = gauss(order)
    low, high = breakpoints[:-1], breakpoints[1:]
    middle = (low + high) / 2
    nearest = jnp.argmin(jnp.abs(middle[:, None] - marks), axis=1)
    mark = marks[nearest]
    # The middle of a panel that is as short as rounding may be its end.
    side = jnp.where(low < mark, -1.0, 1.0)
    start, end = (_root(side * (x - mark)) for x in (low, high))
    half = (end - start)[:, None] / 2
    s = (start + end)[:, None] / 2 + half * nodes
    # Panels of no length at a mark have nodes beside it.
    offset = side[:, None] * jnp.maximum(s**2, SMALLEST)
    weights = side[:, None] * 2 * s * half * of_nodes
    return jnp.broadcast_to(mark[:, None], offset.shape), offset, weights


def _root(x):
    """Square root of what is not negative, with a slope of zero where it has none."""
    positive = x > 0
    return jnp.where(positive, jnp.sqrt(jnp.where(positive, x, 1.0)), 0.0)
