"""The retarded functions of a solved spectrum between the nodes of its mesh, edges exact.

The current response is an integral over products of them at two energies, some thousand energies
for each frequency: they are interpolated. What is a polynomial on a panel is what is smooth there:
``w = u epsilon_tilde/delta_tilde`` and both self energies; the square roots of the edge are made
of ``w`` (`tlsjax.real_axis.interpolant`).

Where the spectrum was solved a little above the real axis, its smooth functions are continued down
to it: a polynomial knows its values there. That undoes a small resolution.

What magnetic scattering adds is not smooth at an edge, but algebraic at each energy.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from tlsjax.contour.equations import HEIGHT
from tlsjax.contour.mesh import ORDER, TO_LEGENDRE, Mesh, follow, legendre
from tlsjax.contour.newton import of_square
from tlsjax.contour.solve import PANELS
from tlsjax.core.validation import Rule
from tlsjax.matsubara.pair_breaking import PairBreaking, ratio
from tlsjax.real_axis import collocation
from tlsjax.real_axis.given import Given
from tlsjax.real_axis.green import Green
from tlsjax.real_axis.interpolant import Interpolant, interpolant
from tlsjax.real_axis.ladder_solve import near, solve_at

# Largest resolution that is undone, in units of the larger of Delta and pi T: with it polynomials
# on the mesh know the real axis of smooth distributions to 1e-7; of sharp ones, at ten times as
# much, they do not.
_RESOLUTION = 1e-4
# With magnetic scattering: Newton's steps, of which one at an edge only halves the distance, and
# how far above the axis, in units of that too, branches are told apart.
_STEPS, _ABOVE = 48, 1e-7


class Retarded(NamedTuple):
    """At some energies, elastic scattering left out of the last (theory, section 9).

    With ``e = sqrt(epsilon_tilde^2 - delta_tilde^2)``, ``Im e > 0``: ``N = epsilon_tilde/e``, whose
    real part is the density of states, ``P = delta_tilde/e``; ``e`` in units of ``pi T``.
    """

    N: jax.Array
    P: jax.Array
    e: jax.Array


class RetardedFields(NamedTuple):
    """`Retarded` at any energy, units of ``pi T``.

    interpolant : of ``w``; with magnetic scattering only its mesh and edge are used. epsilon,
    delta : Legendre coefficients (P, ORDER) of ``epsilon_tilde`` and ``delta_tilde/u`` without
    that; last : both, and ``1/w``, at the end of the mesh. u : gap function at the first Matsubara
    frequency. breaking : rates. drop : height above the real axis that is undone.
    """

    interpolant: Interpolant
    epsilon: jax.Array
    delta: jax.Array
    last: jax.Array
    u: jax.Array
    breaking: PairBreaking
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
        w, epsilon, delta = self._smooth(jnp.abs(x))
        X, magnetic = self.interpolant.X, self.breaking.magnetic
        if magnetic is None:
            S = self.interpolant.square(w, offset)
        else:
            w = 1 / ratio(epsilon, delta, X, self.breaking, _STEPS, _ABOVE * (jnp.sqrt(X) + 1))
            S = w**2 + X
        gamma, phi = jnp.moveaxis(of_square(w, S), -1, 0)
        # Whichever of the two is not a small difference.
        large = jnp.abs(gamma) > self.u * jnp.abs(phi)
        R = jnp.where(large, epsilon / jnp.where(large, gamma, 1.0), delta / phi)
        if magnetic is not None:
            R = R + jnp.where(large, magnetic, -magnetic)
        N, P, e = gamma, -1j * self.u * phi, 1j * R
        mirrored = x < 0
        return Retarded(*(jnp.where(mirrored, sign * jnp.conj(f), f)
                          for sign, f in ((1, N), (-1, P), (-1, e))))  # fmt: skip

    def _smooth(self, x):
        """``w``, ``epsilon_tilde`` and ``delta_tilde/u`` at positive energies."""
        mesh = self.interpolant.mesh
        panel, xi = mesh.locate(x)
        basis = legendre(xi - 1j * self.drop / mesh.half[panel, 0])
        epsilon, delta = (jnp.sum(f[panel] * basis, axis=-1) for f in (self.epsilon, self.delta))
        w = self.interpolant.w_of(panel, basis)
        # Beyond the mesh the self energies are what they are at its end.
        outside = x > mesh.edges[-1]
        of_epsilon, of_delta, inverse = self.last
        beyond = of_epsilon - 1j * jnp.where(outside, x - mesh.edges[-1], 0.0)
        far = beyond / of_epsilon / jnp.where(outside, inverse, 1.0)
        values = ((far, w), (beyond, epsilon), (of_delta, delta))
        return tuple(jnp.where(outside, *pair) for pair in values)


def _fields(given: Given, mesh: Mesh, w, self_energies, drop) -> RetardedFields:
    panels = [values.reshape(-1, ORDER) @ TO_LEGENDRE.T for values in self_energies]
    own = interpolant(mesh, w, given.X, 1.0, 0.0, 0.0)
    end = legendre(jnp.ones(()))
    last = jnp.stack([*(values[-1] @ end for values in panels), 1 / own.w_of(-1, end)])
    own = own._replace(depth=jnp.maximum(own.depth - drop, 0.0))
    return RetardedFields(own, *panels, last, given.u, given.breaking, drop)


def on_axis(green: Green) -> RetardedFields:
    """`RetardedFields` on the real axis."""
    found = green.self_energies(green.mesh.nodes)
    return _fields(green.given, green.mesh, green.w, found, green.given.table.height)


def on_line(green: Green) -> RetardedFields:
    """`RetardedFields` half of ``pi T`` above the real axis, for a `Green` on rungs.

    There the edges, which a cold sharp bath repeats without end, are smooth.
    """
    given = green.given.at_height(HEIGHT)
    mesh, w = collocation.bcs(PANELS, given, green.mesh.edges[-1])
    for _ in range(2):
        known = near(mesh, w, given)
        mesh = follow(mesh, w, given.X, PANELS, green.mesh.edges[-1])
        found = solve_at(mesh.nodes, given, green.rungs, known)
        w = found.w
    return _fields(given, mesh, w, (found.epsilon, found.delta), jnp.zeros(()))


def resolution_rule(spectrum) -> Rule:
    """Rule: the spectrum's resolution is small enough to be undone."""
    # Where there is no answer nothing is to be undone.
    size = jnp.maximum(jnp.nan_to_num(spectrum.order_parameter), np.pi * spectrum.T)
    text = (
        f"of the spectrum at most {_RESOLUTION:g} of Delta or pi T (a larger one cannot be undone "
        "in a product of retarded and advanced functions)"
    )

    def undone(resolution, size):
        return resolution <= _RESOLUTION * size

    values = jnp.nan_to_num(spectrum.resolution), size
    return Rule("resolution", text, values, undone, ("Delta or pi T",))
