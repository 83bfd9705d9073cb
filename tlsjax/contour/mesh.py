"""Panels on the energy axis that follow the sharpest features of a solution.

A function is a polynomial of degree ORDER - 1 on each panel, held by its values at the Gauss
points. Panels should be as long as their distance from the nearest singularity, and the
singularities of a superconductor's propagators are where ``w^2 + X = 0`` (see
`tlsjax.contour.equations`): the distance is ``|S/S'|`` with ``S = w^2 + X``. Weaker features,
which the self energies repeat at every splitting above the edge, are seen in the last Legendre
coefficients of a panel. `follow` places the edges so that every panel holds the same share of
``int dx/distance``.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.lax import stop_gradient

from tlsjax.contour.newton import propagators
from tlsjax.core.validation import fail
from tlsjax.numerics.quadrature import gauss

# Points of a panel: one as long as its distance from a singularity then interpolates to
# 5.8^-6 = 3e-5 of the singular part, which itself carries a small share of any integral.
ORDER = 6
# How fast the length of panels may grow with distance, and the longest panel near the Fermi
# level in units of pi T (further out: in proportion to the energy).
_GROWTH, _LONGEST = 0.5, 0.5
# Legendre remainder of the density of states (in units of N_f) of a panel that is neither too
# long nor too short.
REMAINDER = 1e-6
# Share of a remainder that is relative to the states of the panel itself: where these are few, they
# may still be the ones that broaden the edge. A splitting next to the edge repeats it at their
# difference, as a peak of 1e-3 N_f; a panel too long to see that had the edge 3.6 times too
# sharp, on the coarser mesh as well. Below the second number states are rounding.
_RELATIVE, _FEWEST = 1e-3, 1e-12
# How far below a panel, in units of half its length, its polynomial is believed: a singularity may
# be as near as twice that.
_FARTHEST = 1.0
# Ratio of the ends of panels that are not used.
_SPARE = 1.1
# Sharper features than this, in units of pi T, are not followed.
_SHARPEST = 1e-7


POINTS, POINT_WEIGHTS = gauss(ORDER)


def _vandermonde():
    return np.polynomial.legendre.legvander(POINTS, ORDER - 1)


# From values at the nodes to Legendre coefficients.
TO_LEGENDRE = np.linalg.inv(_vandermonde())


def _slopes():
    coefficients = [np.polynomial.legendre.legder(row) for row in np.eye(ORDER)]
    return np.stack([np.pad(c, (0, ORDER - c.size)) for c in coefficients], axis=1)


# ``P'_k = sum_m P_m LEGENDRE_SLOPES[m, k]``.
LEGENDRE_SLOPES = _slopes()


def _differentiation():
    return _vandermonde() @ LEGENDRE_SLOPES @ TO_LEGENDRE


def legendre_polynomials(xi):
    """The first ORDER Legendre polynomials at ``xi`` in [-1, 1]: a list."""
    values = [jnp.ones_like(xi), xi]
    for n in range(2, ORDER):
        values.append((2 - 1 / n) * xi * values[-1] - (1 - 1 / n) * values[-2])
    return values


def legendre(xi):
    """The same as an array (..., ORDER)."""
    return jnp.stack(legendre_polynomials(xi), axis=-1)


class Mesh(NamedTuple):
    """Panels on the positive energies, see `mesh_between`.

    edges : (P + 1,), ascending from 0. half : (P, 1) half lengths of the panels.
    nodes : (P ORDER,) energies.
    """

    edges: jax.Array
    half: jax.Array
    nodes: jax.Array

    @property
    def weights(self):
        """Weights of the integral over all panels, at the nodes."""
        return (self.half * POINT_WEIGHTS).ravel()

    @property
    def both_signs(self):
        """The same panels at negative energies, and at positive ones."""
        return mesh_between(jnp.concatenate([-self.edges[:0:-1], self.edges]))

    def locate(self, x):
        """Panel of each ``x`` and the position in it, in [-1, 1]."""
        panel = jnp.searchsorted(self.edges, x) - 1
        panel = jnp.clip(panel, 0, self.edges.shape[0] - 2)
        return panel, jnp.clip((x - self.edges[panel]) / self.half[panel, 0] - 1, -1.0, 1.0)

    def interpolate(self, values, x):
        """Values at ``x`` of the function with ``values`` at the nodes."""
        return self._polynomial(values, *self.locate(x))

    def continued(self, values, x, drop):
        """The same, of an analytic function, at ``x - i drop``; no further than polynomials do."""
        panel, xi = self.locate(x)
        return self._polynomial(
            values, panel, xi - 1j * jnp.minimum(drop / self.half[panel, 0], _FARTHEST)
        )

    def _polynomial(self, values, panel, xi):
        coefficients = values.reshape(-1, ORDER) @ TO_LEGENDRE.T
        return jnp.sum(coefficients[panel] * legendre(xi), axis=-1)

    def derivative(self, values):
        """Derivative at the nodes of the function with ``values`` there."""
        return ((values.reshape(-1, ORDER) @ _differentiation().T) / self.half).ravel()


def mesh_between(edges) -> Mesh:
    """`Mesh` of the panels between neighbours of ``edges``, which everything else follows from."""
    half = (edges[1:] - edges[:-1])[:, None] / 2
    return Mesh(edges, half, (edges[:-1, None] + half * (1 + POINTS)).ravel())


def require_panels(panels):
    """Raise unless ``panels`` is a number of panels."""
    if not isinstance(panels, int) or panels < 16 or panels % 4:
        fail("panels", "a multiple of four from 16", repr(panels))


def first_mesh(panels, gap, end):
    """Even panels beyond ``gap`` and ``pi T``, geometric ones to ``end``: before more is known."""
    core = jnp.minimum(jnp.maximum(2 * gap, 4.0), end / 4)
    outer = panels // 4
    inner = jnp.linspace(0.0, 1.0, panels - outer + 1) * core
    growth = (end / core) ** (np.arange(1, outer + 1) / outer)
    return mesh_between(jnp.concatenate([inner, core * growth]))


class Reserve(NamedTuple):
    """Panels kept for structure far from the gap edge, which at low temperature takes all others.

    Evenly spread up to the energies ``ends`` (R,), as many up to each, ``share`` of all panels
    together.
    """

    ends: jax.Array
    share: float

    def add(self, x, share):
        """Cumulative shares at ``x`` (N,) with the reserve in them, from those without."""
        even = jnp.mean(jnp.minimum(x[:, None] / self.ends, 1.0), axis=1)
        return (1 - self.share) * share / share[-1] + self.share * even


def sharpness(mesh, w, X):
    """How far below the nodes the nearest singularity of the propagators of ``w`` is.

    Next to it S is linear, which tells how deep it is from a node that is not quite above it.
    """
    S = w**2 + X
    slope = mesh.derivative(S)
    nearest = jnp.argmin(_distance(S, slope))
    return jnp.abs((S[nearest] / (slope[nearest] + jnp.finfo(float).tiny)).imag)


def _distance(S, slope):
    """(N,) distance of the nodes to the nearest zero of S."""
    return jnp.abs(S) / (jnp.abs(slope) + jnp.finfo(float).tiny)


def _jumps(coefficients):
    """(P,) how far the polynomials of the panels are from their neighbours' at the common ends."""
    left, right = (jnp.sum(coefficients * legendre(end), axis=1) for end in (-1.0, 1.0))
    jump = jnp.abs(left[1:] - right[:-1])
    return jnp.maximum(jnp.append(jump, 0.0), jnp.insert(jump, 0, 0.0))


def follow(
    mesh, w, X, panels, end, *,
    remainder=REMAINDER, relative=True, reserve=None, used=None, epsilon=None, jumps=False,
):  # fmt: skip
    """A mesh of ``panels`` panels up to ``end``, placed where the propagators of ``w`` need them.

    ``relative`` is whether a remainder counts in units of what the panel itself has, where that is
    more than the density of states of the normal state, and to some extent where it is less.
    ``used`` (traced) of the panels follow the solution, by default all; the others lie beyond the
    end, where there is nothing to follow: a coarser mesh of the same shape.
    ``jumps`` is whether panels that do not meet their neighbours are too long: self energies of a
    mesh of few panels may leave out a peak between two of them, of which neither has any remainder.
    ``epsilon`` is ``epsilon_tilde``. In the normal state, where propagators have no structure and
    ``w`` is a linear response that nothing depends on, it is what panels are placed for.
    """
    mesh, w, X = stop_gradient((mesh, w, X))
    x = mesh.nodes
    S = w**2 + X
    distance = _distance(S, mesh.derivative(S))
    # A panel of the right length has the right remainder, which scales as a power of it.
    gamma = propagators(w, X)[:, 0]
    if epsilon is not None:
        distance = jnp.where(X > 0, distance, jnp.inf)
        gamma = jnp.where(X > 0, gamma, stop_gradient(epsilon) / (1 + x))
    coefficients = gamma.reshape(-1, ORDER) @ TO_LEGENDRE.T
    found = jnp.max(jnp.abs(coefficients[:, -2:]), axis=1)
    if jumps:
        found = jnp.maximum(found, _jumps(coefficients))
    if relative:
        found = found / (1 + jnp.abs(coefficients[:, 0]))
        states = coefficients.real
        few = jnp.max(jnp.abs(states[:, -2:]), axis=1) / (jnp.abs(states[:, 0]) + _FEWEST)
        found = jnp.maximum(found, _RELATIVE * few)
    found = found + remainder * 1e-9
    suited = mesh.half[:, 0] * jnp.clip((remainder / found) ** (1 / ORDER), 0.1, 10.0)
    distance = jnp.minimum(distance, jnp.repeat(suited, ORDER))
    distance = jnp.clip(distance, _SHARPEST, _LONGEST * (1 + x))
    distance = jnp.min(distance + _GROWTH * jnp.abs(x[:, None] - x), axis=1)
    # Cumulative share of the panels, trapezoidal between the nodes.
    at = jnp.concatenate([jnp.zeros(1), jnp.minimum(x, end), end[None]])
    density = 1 / jnp.concatenate([distance[:1], distance, distance[-1:]])
    share = jnp.cumsum((at[1:] - at[:-1]) * (density[1:] + density[:-1]) / 2)
    share = jnp.concatenate([jnp.zeros(1), share])
    if reserve is not None:
        share = reserve.add(at, share)
    used = panels if used is None else used
    k = np.arange(panels + 1)
    edges = jnp.interp(share[-1] * jnp.minimum(k / used, 1.0), share, at)
    return mesh_between(jnp.where(k < used, edges, end * _SPARE ** (k - used)))
