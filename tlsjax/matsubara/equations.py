"""The coupled self-energy and gap equations as one system of K + 1 unknowns, for every host.

Only the ratio ``u_n = Delta_tilde_n/epsilon_tilde_n`` enters the frequency sums. Near
Tc it vanishes as ``Delta ~ sqrt(Tc - T)``, which no Newton iteration and no derivative
survives; ``u_n`` over its first value, and the square of that, are smooth through Tc. In units of
``pi T`` the unknowns are

    y = (v_1 ... v_{K-1}, s, X),    v_n = u_n/u,    u = u_0,    X = u^2,

with ``v_0 = 1``: ``u`` is the gap function at the lowest Matsubara frequency. ``s`` is the constant
part of ``Delta_tilde/u``, for which the host has an equation (`tlsjax.model.hosts`).
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from tlsjax.matsubara.axis import CompactAxis
from tlsjax.matsubara.interaction import Interaction
from tlsjax.model.hosts import Closure


class Coefficients(NamedTuple):
    """What the equations depend on: the interaction, ``log T`` and the host's closure."""

    interaction: Interaction
    log_T: jax.Array
    closure: Closure


class Unknowns(NamedTuple):
    """The vector ``y`` by its parts: ``v`` (K,), ``s`` and ``X``."""

    v: jax.Array
    s: jax.Array
    X: jax.Array


def unpack(y) -> Unknowns:
    """Parts of the vector of unknowns."""
    return Unknowns(jnp.concatenate([jnp.ones_like(y[:1]), y[:-2]]), y[-2], y[-1])


class GapEquations(NamedTuple):
    """Residual and Jacobian for `tlsjax.numerics.newton.newton_root`; static and hashable."""

    axis: CompactAxis

    def propagators(self, v, s, X, nu):
        """``r = f/u - s/nu`` and ``h = g - 1`` at the frequencies ``nu``."""
        root = jnp.sqrt(1 + X * v**2)
        return v / root - s / nu, -X * v**2 / (root * (1 + root))

    def self_energies(self, y, inter, nu):
        """``epsilon_tilde`` and ``delta_tilde/u`` in units of ``pi T``, without ``static``.

        ``nu`` are the frequencies whose rows ``inter`` has, see `axis.evaluated_at`.
        """
        v, s, X = unpack(y)
        r, h = self.propagators(v, s, X, self.axis.nu)
        epsilon = nu + inter.normal + inter.odd @ h
        delta = s * (1 + inter.on_inverse_nu) + inter.even @ r
        return epsilon, delta if inter.anomalous is None else delta + inter.anomalous

    def residual(self, y, coefficients):
        """(K + 1,) zero at the solution."""
        v, s, X = unpack(y)
        epsilon, delta = self.self_energies(y, coefficients.interaction, self.axis.nu)
        r, _ = self.propagators(v, s, X, self.axis.nu)
        return jnp.append(v * epsilon - delta, self._closure(r, s, X, coefficients))

    def _closure(self, r, s, X, coefficients):
        closure = coefficients.closure
        balance = s * coefficients.log_T - jnp.dot(self.axis.tail_sum, r)
        if closure.stretch is not None:
            # A clean host with Delta = stretch^(1/2) Delta_BCS: the nonlinear part of the sum
            # is taken at Delta/stretch^(1/2), its linear part, which makes Tc, stays.
            square = s**2 * X
            balance = balance + s * (
                self._bcs_sum(square) - self._bcs_sum(square / closure.stretch)
            )
        return closure.constant * s + closure.pairing * balance

    def _bcs_sum(self, square):
        """``sum_n [1/sqrt(nu^2 + square) - 1/|nu|]`` over all n."""
        nu = self.axis.nu
        return jnp.dot(self.axis.tail_sum, 1 / jnp.sqrt(nu**2 + square) - 1 / nu)

    def jacobian(self, y, coefficients):
        """(K + 1, K + 1), assembled by hand: elementwise products of the kernels, no `jacfwd`."""
        v, s, X = unpack(y)
        inter, nu = coefficients.interaction, self.axis.nu
        epsilon, _ = self.self_energies(y, inter, nu)
        cube = (1 + X * v**2) ** -1.5
        dr_dv, dh_dv = cube, -X * v * cube
        dr_dX, dh_dX = -0.5 * v**3 * cube, -0.5 * v**2 * cube
        block = jnp.diag(epsilon) + v[:, None] * inter.odd * dh_dv - inter.even * dr_dv
        by_s = inter.even @ (1 / nu) - 1 - inter.on_inverse_nu
        by_X = v * (inter.odd @ dh_dX) - inter.even @ dr_dX
        # The closure depends on v through r alone, on s and X also by itself.
        pairing, tail = coefficients.closure.pairing, self.axis.tail_sum
        row = -pairing * tail * dr_dv

        def closure(s, X):
            r, _ = self.propagators(v, s, X, nu)
            return self._closure(r, s, X, coefficients)

        corner = jax.grad(closure, argnums=(0, 1))(s, X)
        top = jnp.concatenate([block[:, 1:], by_s[:, None], by_X[:, None]], axis=1)
        bottom = jnp.concatenate([row[1:], jnp.stack(corner)])
        return jnp.concatenate([top, bottom[None]], axis=0)

    def advance(self, y, step):
        """Newton step, with ``X`` held positive; returns its relative size too."""
        v, s, X = unpack(y)
        # X can change by orders of magnitude from a rough start, never in sign.
        X_new = jnp.clip(X + step[-1], 0.1 * X, 10.0 * X)
        v_new = v[1:] + step[:-2]
        # v falls as 1/nu or faster; without a host its far end is below rounding, so
        # it is measured against 1/nu. Within 1e-7 of Tc X is below 1e-6 and not known to
        # a relative 1e-8 any more; its root then is still good to 1e-9 of Delta(0).
        nu = self.axis.nu[1:]
        change = jnp.max(jnp.abs(step[:-2]) * nu) / jnp.maximum(jnp.max(jnp.abs(v_new) * nu), 1.0)
        change = jnp.maximum(change, jnp.abs(step[-2]) / (jnp.abs(s) + 1.0))
        size = jnp.maximum(change, jnp.abs(X_new - X) / (X_new + 1e-6))
        return jnp.concatenate([v_new, jnp.stack([s + step[-2], X_new])]), size
