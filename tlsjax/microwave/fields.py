"""The retarded functions of a solved spectrum between the nodes of its mesh, edges exact.

The current response is an integral over products of them at two energies, some thousand energies
for each frequency: they are interpolated. What is a polynomial on a panel is what is smooth there:
``w = u epsilon_tilde/delta_tilde`` and both self energies; the square roots of the edge are made
of ``w`` (`tlsjax.real_axis.interpolant`).

Where the spectrum was solved a little above the real axis, its smooth functions are continued down
to it: a polynomial knows its values there. That undoes a small resolution.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from tlsjax.contour.mesh import ORDER, TO_LEGENDRE, legendre
from tlsjax.contour.newton import of_square
from tlsjax.real_axis.green import Green
from tlsjax.real_axis.interpolant import Interpolant


class Retarded(NamedTuple):
    """At some energies, elastic scattering left out of the last (theory, section 9).

    With ``e = sqrt(epsilon_tilde^2 - delta_tilde^2)``, ``Im e > 0``: ``N = epsilon_tilde/e``, whose
    real part is the density of states, ``P = delta_tilde/e``; ``e`` in units of ``pi T``.
    """

    N: jax.Array
    P: jax.Array
    e: jax.Array


class RetardedFields(NamedTuple):
    """`Retarded` of a `Green` at any energy, units of ``pi T``.

    epsilon, delta : Legendre coefficients (P, ORDER) of ``epsilon_tilde`` and ``delta_tilde/u``,
    without elastic and magnetic scattering; last : both, and ``1/w``, at the end of the mesh.
    u : gap function at the first Matsubara frequency; magnetic : the rate.
    """

    interpolant: Interpolant
    epsilon: jax.Array
    delta: jax.Array
    last: jax.Array
    u: jax.Array
    magnetic: jax.Array
    drop: jax.Array

    @property
    def edge(self):
        """Where the gap ends; 0 where there is none."""
        return self.interpolant.edge

    @property
    def breakpoints(self):
        """(P + 1,) ends of panels that resolve the functions, from 0."""
        return self.interpolant.mesh.edges

    def at(self, x, offset) -> Retarded:
        """At ``x`` of any sign, ``|x|`` being ``offset`` beyond the edge."""
        size = jnp.abs(x)
        mesh = self.interpolant.mesh
        panel, xi = mesh.locate(size)
        basis = legendre(xi - 1j * self.drop / mesh.half[panel, 0])
        epsilon = jnp.sum(self.epsilon[panel] * basis, axis=-1)
        delta = jnp.sum(self.delta[panel] * basis, axis=-1)
        w = self.interpolant.w_of(panel, basis)
        S = self.interpolant.square(w, offset)
        # Beyond the mesh the self energies are what they are at its end.
        end = mesh.edges[-1]
        outside = size > end
        of_epsilon, of_delta, inverse = self.last
        beyond = of_epsilon - 1j * jnp.where(outside, size - end, 0.0)
        far = 1 / jnp.where(outside, inverse * of_epsilon / beyond, 1.0)
        w = jnp.where(outside, far, w)
        S = jnp.where(outside, w**2 + self.interpolant.X, S)
        epsilon = jnp.where(outside, beyond, epsilon)
        delta = jnp.where(outside, of_delta, delta)

        gamma, phi = jnp.moveaxis(of_square(w, S), -1, 0)
        # Whichever of the two is not a small difference.
        large = jnp.abs(gamma) > self.u * jnp.abs(phi)
        R = jnp.where(large, epsilon / jnp.where(large, gamma, 1.0), delta / phi)
        R = R + jnp.where(large, self.magnetic, -self.magnetic)
        N, P, e = gamma, -1j * self.u * phi, 1j * R
        mirrored = x < 0
        return Retarded(*(jnp.where(mirrored, sign * jnp.conj(f), f)
                          for sign, f in ((1, N), (-1, P), (-1, e))))  # fmt: skip


def retarded_fields(green: Green) -> RetardedFields:
    """`RetardedFields` of a `Green`, on the real axis."""
    given, mesh = green.given, green.mesh
    found = green.self_energies(mesh.nodes)
    panels = [values.reshape(-1, ORDER) @ TO_LEGENDRE.T for values in found]
    interpolant = green.interpolant
    ends = [values[-1] @ legendre(jnp.ones(())) for values in panels]
    magnetic = given.breaking.magnetic
    drop = given.table.height
    w = interpolant.w_of(-1, legendre(jnp.ones(())))
    return RetardedFields(
        interpolant._replace(depth=jnp.maximum(interpolant.depth - drop, 0.0)),
        *panels,
        jnp.stack([*ends, 1 / w]),
        given.u,
        jnp.zeros(()) if magnetic is None else magnetic,
        drop,
    )
