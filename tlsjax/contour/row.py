"""One row of a kernel of a continuous bath: its integrals with the polynomials of all panels.

The rule's breakpoints are both the panels' ends and where the kernel is not smooth, which moves
with the row. Most panels have none of the latter, and their own Gauss points do; the others, and
what lies beyond the mesh, are divided into pieces.
"""

import jax
import jax.numpy as jnp
import numpy as np

from tlsjax.contour.mesh import LEGENDRE_SLOPES, ORDER, TO_LEGENDRE, legendre_polynomials
from tlsjax.numerics.panels import SMALLEST
from tlsjax.numerics.quadrature import gauss

# Points of a piece.
_INNER = 6
# Pieces beyond the end of the mesh, each this much longer than the one before: a tail that falls
# as 1/E^2 has 1e-4 of itself left there.
_BEYOND = 5.0 ** np.arange(1, 7)


def row(mesh, weights, bath, T, factors, breaks, lowest, x):
    """Weights (nodes,) of ``int rho(|y - x|) factor F(y) dy`` over ``y`` of both signs, for
    each factor.

    ``weights`` are the mesh's, made once for all rows. ``breaks`` are where the density or the
    factors are not smooth, ascending. A panel without any has its own Gauss points. One with some
    is divided there: into what is left of each cut, up to the one before, and what is right of the
    last. At the ``lowest`` energy the density may be infinite: a panel that begins just beyond it
    is done in the distribution's variable as well.
    """
    pi_T, distribution = jnp.pi * T, bath.distribution
    scale = bath.coupling / T
    y = mesh.nodes
    E = jnp.maximum(jnp.abs(y - x) * pi_T, SMALLEST)
    centre = jnp.abs((mesh.edges[1:] + mesh.edges[:-1]) / 2 - x)[:, None] * pi_T
    density = distribution.pdf_within(E.reshape(-1, ORDER), centre).ravel()
    density = density * weights * (pi_T * scale)
    plain = [density * factor for factor in factors(bath, E, T, jnp.sign(y - x))]

    # Beyond the mesh every panel is done with the divided ones.
    beyond, panels = _BEYOND.size, mesh.edges.shape[0] - 1
    end = mesh.edges[-1] * _BEYOND
    edges = jnp.concatenate([-end[::-1], mesh.edges, end])
    tails = np.concatenate([np.arange(beyond), np.arange(beyond) + beyond + panels])
    cuts = jnp.clip(jnp.concatenate([x - breaks[::-1], x + breaks]), edges[0], edges[-1])
    panel = jnp.clip(_panel_of(edges, cuts), 0, edges.shape[0] - 2)
    before = jnp.concatenate([edges[:1], cuts[:-1]])
    last = jnp.concatenate([panel[1:] > panel[:-1], jnp.ones(1, dtype=bool)])
    # Panels grow slowly, so that the second neighbour is farther from there than it is long.
    towards = np.array([-1, 1])
    beside = _panel_of(edges, x + towards * lowest) + towards
    known = (beside >= beyond) & (beside < beyond + panels)
    beside = jnp.clip(beside, beyond, beyond + panels - 1)
    low = jnp.concatenate([jnp.maximum(edges[panel], before), cuts, edges[tails], edges[beside]])
    high = jnp.concatenate(
        [
            cuts, jnp.where(last, edges[panel + 1], cuts), edges[tails + 1],
            edges[beside + known],
        ]
    )  # fmt: skip
    panel = jnp.concatenate([panel, panel, tails, beside])
    divided = jnp.zeros((edges.shape[0] - 1, ORDER), dtype=bool)
    divided = divided.at[panel[: 2 * cuts.shape[0]]].set(True)
    whole = np.arange(panel.shape[0]) >= 2 * cuts.shape[0]
    high = jnp.where(whole & divided[panel, 0], low, high)
    divided = divided.at[beside].max(known[:, None])

    sign = jnp.sign((low + high) / 2 - x)
    s = [distribution.variable(jnp.maximum(sign * (end - x), 0.0) * pi_T) for end in (low, high)]
    # Signed, never below zero but for rounding: a panel of no length still has a derivative.
    middle, half = (s[0] + s[1]) / 2, sign * (s[1] - s[0]) / 2
    points, point_weights = (column[:, None] for column in gauss(_INNER))
    inside = jnp.maximum(middle + sign * half * points, SMALLEST)
    density = distribution.density_within(inside, jnp.maximum(middle, SMALLEST))
    density = density * (half * scale) * point_weights
    E = jnp.maximum(distribution.energy(inside), SMALLEST)
    y = x + sign * E / pi_T
    inner = factors(bath, E, T, sign)
    own = jnp.clip(panel - beyond, 0, panels - 1)
    xi = (y - mesh.edges[own]) / mesh.half[own, 0] - 1
    xi = jnp.clip(xi, -1.0, 1.0)
    undivided = ~divided[beyond : beyond + panels].ravel()

    def both(plain, factor):
        moments = jnp.zeros((panels, ORDER)).at[own].add(legendre_moments(density, factor, xi))
        return jnp.where(undivided, plain, 0.0) + (moments @ TO_LEGENDRE).ravel()

    return [both(*pair) for pair in zip(plain, inner, strict=True)]


@jax.custom_jvp
def legendre_moments(density, factor, xi):
    """``sum_i density_i factor_i P_k(xi_i)`` (pieces, ORDER) of (_INNER, pieces) points."""
    # The factor last: a product of the two, kept for all k, would be written into the density's
    # own memory, where XLA does one element at a time. Sums written out: as a product of matrices
    # so small they take three times as long.
    found = [factor * (density * P) for P in legendre_polynomials(xi)]
    return jnp.stack([sum(terms[i] for i in range(_INNER)) for terms in found]).T


@legendre_moments.defjvp
def _legendre_moments_jvp(primals, tangents):
    # Slopes of the polynomials are sums of the polynomials: so their values, which are the same
    # along all directions, are enough. Six slopes of each point along each direction took a third
    # of the time of a fit.
    (density, factor, xi), (density_dot, factor_dot, xi_dot) = primals, tangents
    weight_dot = density_dot * factor + density * factor_dot
    along = legendre_moments(density * factor, xi_dot, xi) @ LEGENDRE_SLOPES
    return legendre_moments(*primals), legendre_moments(weight_dot, jnp.ones_like(xi), xi) + along


def _panel_of(edges, x):
    """Of a few ``x``: to compare all is no slower, and half as long to compile, as bisection."""
    return jnp.sum(edges[:, None] < x, axis=0, dtype=jnp.int32) - 1
