"""Fixed-size quadrature on graded panels.

Averages over the tunnel splittings are integrals of ``p(E)`` against functions of
``E`` that are even and analytic but for poles on the imaginary axis, the nearest at
``i pi T``; ``p(E)`` adds singularities a width away from its peak. With
``E = center + width sinh t`` every such singularity is at least ``pi/2`` away from the
real ``t`` axis, however small ``width`` or ``T``: Gauss-Legendre in ``t`` then
converges at a rate that depends only on the length of the panel in ``t``.
"""

from functools import lru_cache

import jax.numpy as jnp
import numpy as np


@lru_cache(maxsize=16)
def gauss(order):
    """Gauss-Legendre nodes and weights on [-1, 1]."""
    return np.polynomial.legendre.leggauss(order)


def composite(breakpoints, order):
    """Nodes and weights between consecutive (sorted) breakpoints, each (panels, order)."""
    nodes, weights = gauss(order)
    middle = (breakpoints[1:] + breakpoints[:-1]) / 2
    half = (breakpoints[1:] - breakpoints[:-1]) / 2
    return middle[:, None] + half[:, None] * nodes, half[:, None] * weights


def _equal_pieces(panels, order):
    """Gauss-Legendre on ``panels`` equal pieces of [0, 1]."""
    nodes, weights = gauss(order)
    left = np.arange(panels)[:, None]
    nodes = (left + (nodes + 1) / 2) / panels
    weights = np.broadcast_to(weights / (2 * panels), nodes.shape)
    return nodes.ravel(), weights.ravel()


def sinh_panel(low, high, center, width, panels, order):
    """Nodes and weights on ``[low, high]``, dense near ``center`` on the scale ``width``.

    Parameters
    ----------
    low, high, center, width : scalars
        ``center`` is normally an end of the interval; ``width > 0``.
    panels, order : int
        Static. ``order`` points in each of ``panels`` pieces of equal length in
        ``t = asinh((E - center)/width)``; 16 points integrate a piece of length 5 to
        about 1e-8 of its share, one of length 3 to 1e-11.

    Returns
    -------
    nodes, weights : (panels * order,) arrays
    """
    unit_nodes, unit_weights = _equal_pieces(panels, order)
    start = jnp.arcsinh((low - center) / width)
    length = jnp.arcsinh((high - center) / width) - start
    t = start + length * unit_nodes
    sinh, cosh = _sinh_and_cosh(t)
    return center + width * sinh, length * unit_weights * width * cosh


def even_midpoints(width, high, count):
    """Nodes and weights on ``[0, high]`` for an even integrand that decays towards ``high``.

    In ``t = asinh(E/width)`` an even function continues smoothly through ``E = 0``, so
    the midpoint rule converges exponentially, as ``exp(-pi^2/step)``; unlike the
    trapezoidal rule it has no node at ``E = 0``, where a square root may have its branch.
    """
    step = jnp.arcsinh(high / width) / count
    t = step * (np.arange(count) + 0.5)
    sinh, cosh = _sinh_and_cosh(t)
    return width * sinh, step * width * cosh


def _sinh_and_cosh(t):
    """Both from one exponential: it is what takes the compiler its time in short arrays."""
    negative = t < 0
    grown = jnp.expm1(jnp.where(negative, -t, t))
    shrunk = grown / (1 + grown)
    sinh = (grown + shrunk) / 2
    return jnp.where(negative, -sinh, sinh), 1 + (grown - shrunk) / 2
