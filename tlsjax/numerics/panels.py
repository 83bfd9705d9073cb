"""Composite Gauss rules whose panels follow the features of the integrand.

Panels end at breakpoints; breakpoints are the sorted union of those of each factor of the
integrand, each graded towards the places where that factor is sharp. Counts are static,
positions are traced; where breakpoints coincide, or are clipped to the interval, panels have
length zero and cost nothing but their share of the array.
"""

import jax.numpy as jnp
import numpy as np

# Ratio of successive distances from a feature. A singularity at the distance of the
# panel's near end leaves a Gauss rule of n points an error of 3.7^(-2n).
RATIO = 3.0
# Octaves (of RATIO) around a feature: from a third of its width to 3^9 = 2e4 widths.
_LEVELS = 10
# Panels of no length at E = 0 have their nodes here: some densities are 0/0 at 0.
SMALLEST = 1e-30


def graded(position, width, levels=_LEVELS):
    """Breakpoints at ``position`` and in powers of RATIO around it."""
    distance = width * RATIO ** np.arange(-1.0, levels - 1)
    return jnp.concatenate([position - distance, jnp.atleast_1d(position), position + distance])
