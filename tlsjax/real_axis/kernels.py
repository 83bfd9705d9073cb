"""The two kernels of the real axis as matrices on a mesh: a sum over baths.

A source on the panels of a mesh is a polynomial on each. The weights ``int rho(|x-y|) *
polynomial`` are composite Gauss rules whose breakpoints are both the panels' ends and the features
of ``rho``; of a sharp bath they are the polynomials' values at ``x + E`` and ``x - E``. They do not
depend on the solution.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from tlsjax.numerics.panels import SMALLEST
from tlsjax.numerics.quadrature import gauss
from tlsjax.real_axis.mesh import ORDER, TO_LEGENDRE, Mesh, legendre

# Points of the quadrature between breakpoints.
_INNER = 6
# Rows of the kernels made together: they bound the memory, a few MB each.
_ROWS_AT_ONCE = 48


class Weights(NamedTuple):
    """Rows of the two kernels, (x, nodes): from positive and from negative energies."""

    even: jax.Array
    even_mirrored: jax.Array
    odd: jax.Array
    odd_mirrored: jax.Array


def kernel_rows(x, mesh: Mesh, baths, T) -> Weights:
    """`Weights` of the energies ``x`` (M,), units of ``pi T``."""
    none = jnp.zeros((x.shape[0], mesh.nodes.shape[0]))
    total = Weights(none, none, none, none)
    for bath in baths:
        rows = _sharp_rows if bath.is_sharp else _smooth_rows
        total = Weights(*map(jnp.add, total, rows(x, mesh, bath, T)))
    return total


def _from_sides(above, below, mirrored):
    """`Weights` from rows (M, 2, nodes), even and odd, of sources on three sides: above x,
    below it, and at negative energies, which are all below."""
    return Weights(
        even=above[:, 0] + below[:, 0],
        even_mirrored=mirrored[:, 0],
        odd=above[:, 1] - below[:, 1],
        odd_mirrored=-mirrored[:, 1],
    )


def _factors(bath, E, T):
    """(2, ...) occupation factors of the even and of the odd kernel."""
    return jnp.stack([bath.occupation.total(E, T), bath.occupation.difference(E, T)])


def _smooth_rows(x, mesh, bath, T):
    distribution = bath.distribution
    pi_T = jnp.pi * T
    breaks = distribution.energy(jnp.maximum(bath.breakpoints(T), 0.0))
    breaks = jnp.sort(breaks / pi_T)
    edges = mesh.edges
    panels = edges.shape[0] - 1
    points, point_weights = gauss(_INNER)

    def side(x, direction, sign):
        """Weights of sources at ``y`` with ``E = direction (y - sign x) > 0``."""
        ends = jnp.clip(sign * x + direction * breaks, 0.0, edges[-1])
        ends = jnp.sort(jnp.concatenate([edges, ends]))
        E = jnp.maximum(direction * (ends - sign * x), 0.0)
        s = distribution.variable(E * pi_T)
        # Signed, never below zero but for rounding: a panel of no length still has a derivative.
        middle, half = (s[1:] + s[:-1]) / 2, direction * (s[1:] - s[:-1]) / 2
        ds = half[:, None] * point_weights
        inside = jnp.maximum(middle[:, None] + half[:, None] * points, SMALLEST)
        density = distribution.density(inside) * ds * bath.coupling / T
        E = distribution.energy(inside)
        y = sign * x + direction * E / pi_T
        panel, _ = mesh.locate((ends[1:] + ends[:-1]) / 2)
        low, high = edges[panel][:, None], edges[panel + 1][:, None]
        basis = legendre(jnp.clip((2 * y - low - high) / (high - low), -1.0, 1.0))
        moments = jnp.einsum("ksi,sij->ksj", density * _factors(bath, E, T), basis)
        summed = jnp.zeros((2, panels, ORDER)).at[:, panel].add(moments)
        return (summed @ TO_LEGENDRE).reshape(2, -1)

    directions, signs = jnp.array([1.0, -1.0, 1.0]), jnp.array([1.0, 1.0, -1.0])

    def sides(x):
        return jax.vmap(side, in_axes=(None, 0, 0))(x, directions, signs)

    rows = lax.map(sides, x, batch_size=_ROWS_AT_ONCE)
    return _from_sides(rows[:, 0], rows[:, 1], rows[:, 2])


def _sharp_rows(x, mesh, bath, T):
    (E,), (weight,) = bath.quadrature(T)
    shift = E / (jnp.pi * T)
    strength = weight / T * _factors(bath, E, T)
    panels = mesh.edges.shape[0] - 1

    def at(y):
        """Rows (M, 2, nodes) of sources at ``y``, none where that is off the mesh."""
        panel, xi = mesh.locate(y)
        basis = legendre(xi) @ TO_LEGENDRE
        basis = jnp.where(((y >= 0) & (y <= mesh.edges[-1]))[:, None], basis, 0.0)
        rows = jnp.zeros((y.shape[0], panels, ORDER))
        rows = rows.at[jnp.arange(y.shape[0]), panel].set(basis).reshape(y.shape[0], -1)
        return strength[:, None] * rows[:, None]

    return _from_sides(at(x + shift), at(x - shift), at(shift - x))
