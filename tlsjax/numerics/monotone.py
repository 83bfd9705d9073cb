"""Cubic interpolation of tables that does not overshoot (Fritsch and Carlson; Butland's slopes).

A table may jump; between its points the curve stays between their values, and its slope is
continuous, so that quadratures of what is made of it converge.
"""

import jax.numpy as jnp
import numpy as np

# Shortest interval, relative to the range: points that coincide are one point.
_SHORTEST = 1e-14


def monotone(x, nodes, values):
    """At ``x`` (any shape) through ``values`` (N,) at ascending ``nodes`` (N,); constant beyond."""
    h = jnp.maximum(nodes[1:] - nodes[:-1], _SHORTEST * (nodes[-1] - nodes[0]))
    secant = (values[1:] - values[:-1]) / h
    left, right = secant[:-1], secant[1:]
    # Harmonic mean of the slopes on both sides, weighted with the intervals; none at an extremum.
    same = left * right > 0
    a, b = (jnp.where(same, s, 1.0) for s in (left, right))
    w, v = 2 * h[1:] + h[:-1], h[1:] + 2 * h[:-1]
    inside = jnp.where(same, (w + v) / (w / a + v / b), 0.0)
    slopes = jnp.concatenate([secant[:1], inside, secant[-1:]])

    last = nodes.shape[0] - 2
    k = jnp.clip(jnp.searchsorted(nodes, x, side="right") - 1, 0, last)
    t = jnp.clip((x - nodes[k]) / h[k], 0.0, 1.0)
    powers = jnp.stack([jnp.ones_like(t), t, t**2, t**3], axis=-1)
    basis = powers @ _HERMITE
    found = jnp.stack([values[k], h[k] * slopes[k], values[k + 1], h[k] * slopes[k + 1]], axis=-1)
    return jnp.sum(basis * found, axis=-1)


# Powers of t in Hermite's four functions: value and slope on the left, then on the right.
_HERMITE = np.array([[1, 0, 0, 0], [0, 1, 0, 0], [-3, -2, 3, -1], [2, 1, -2, 1]]) * 1.0
