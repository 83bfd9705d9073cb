"""The Green's function between the nodes of its mesh, with the square root at its edge exact.

``gamma = w/(w^2 + X)^(1/2)`` is singular where ``S = w^2 + X`` vanishes, ``w`` is not. So ``w`` is
what is interpolated (or ``1/w``, the gap function over the energy, far out, where the gap function
may vanish), and next to the edge, where S is a difference of large numbers, it is linear in the
distance from its zero.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.lax import stop_gradient

from tlsjax.contour.mesh import ORDER, TO_LEGENDRE, Mesh, legendre
from tlsjax.contour.newton import of_square

# How large w is, in units of the gap function, from where on 1/w is interpolated: its errors count
# little there, and gap functions first vanish at the energy of a boson above the edge.
_FAR = 16.0
# Distance from the edge, relative, within which S is linear: what is quadratic is as small as
# this, and rounding of the difference is 1e-16 over it.
NEAR = 1e-7


class Interpolant(NamedTuple):
    """``gamma`` of a `Green` at any positive energy, all in units of ``pi T`` but for ``unit``.

    w : Legendre coefficients (P, ORDER) of ``w``, or of ``1/w`` where ``inverted`` (P,).
    edge, depth : the zero of S nearest to the axis is at ``edge - i depth``.
    unit : ``pi T``; constant, width : gap function far out, and what broadens it there.
    """

    mesh: Mesh
    w: jax.Array
    inverted: jax.Array
    X: jax.Array
    edge: jax.Array
    depth: jax.Array
    unit: jax.Array
    constant: jax.Array
    width: jax.Array

    @property
    def edge_energy(self):
        """The edge in the superconductor's unit."""
        return self.unit * self.edge

    def w_of(self, panel, basis):
        """``w`` from the polynomials ``basis`` (..., ORDER) of a position in ``panel``."""
        found = jnp.sum(self.w[panel] * basis, axis=-1)
        inverted = self.inverted[panel]
        return jnp.where(inverted, 1 / jnp.where(inverted, found, 1.0), found)

    def _w(self, x):
        panel, xi = self.mesh.locate(x)
        return self.w_of(panel, legendre(xi))

    @property
    def beside(self):
        """``S`` over the distance from its zero, just below the edge and just above it."""
        near = NEAR * jnp.where(self.edge > 0, self.edge, 1.0) * np.array([-1.0, 1.0])
        return (self._w(self.edge + near) ** 2 + self.X) / (near + 1j * self.depth)

    def square(self, w, offset):
        """``S = w^2 + X`` of ``w``, ``offset`` beyond the edge, which is more than rounding of the
        energy."""
        near = NEAR * self.edge
        below, above = self.beside
        linear = jnp.where(offset < 0, below, above) * (offset + 1j * self.depth)
        return jnp.where(jnp.abs(offset) < near, linear, w**2 + self.X)

    def gamma(self, energy, offset):
        """At positive energies, ``offset`` beyond the edge, which is more than rounding of it."""
        x = energy / self.unit
        w = self._w(x)
        S = self.square(w, offset / self.unit)
        last = self.mesh.edges[-1]
        # Beyond the mesh the superconductor is clean.
        far = jnp.maximum(energy, last * self.unit) + 1j * self.width
        tail = 1 + (self.constant / far) ** 2 / 2
        return jnp.where(x < last, of_square(w, S)[:, 0], tail)


def interpolant(mesh, w, X, unit, constant, width) -> Interpolant:
    """`Interpolant` of what a `Green` has at its nodes."""
    S = w**2 + X
    slope = mesh.derivative(S)
    nearest = jnp.argmin(jnp.abs(S) / (jnp.abs(slope) + jnp.finfo(float).tiny))
    zero = mesh.nodes[nearest] - S[nearest] / stop_gradient(slope[nearest])
    superconducting = (X > 0) & jnp.isfinite(zero)
    edge = jnp.where(superconducting, jnp.clip(zero.real, 0.0, mesh.edges[-1]), 0.0)
    depth = jnp.where(superconducting, jnp.maximum(-zero.imag, 0.0), 0.0)
    panels = w.reshape(-1, ORDER)
    inverted = jnp.max(jnp.abs(panels), axis=1) > _FAR * jnp.sqrt(X)
    values = jnp.where(inverted[:, None], 1 / panels, panels)
    polynomials = values @ TO_LEGENDRE.T
    return Interpolant(mesh, polynomials, inverted, X, edge, depth, unit, constant, width)
