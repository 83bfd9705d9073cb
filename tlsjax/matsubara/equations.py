"""The coupled self-energy and gap equations as one system of K + 2 unknowns, for every host.

Only the ratio ``u_n = Delta_tilde_n/epsilon_tilde_n`` enters the frequency sums. Near
Tc it vanishes as ``Delta ~ sqrt(Tc - T)``, which no Newton iteration and no derivative
survives; the shape of ``u_n``, and the square of its size, are smooth through Tc. In units of
``pi T`` the unknowns are

    y = (v_1 ... v_K, s, X),    v_n = u_n/u,    X = u^2,

where ``s`` is the constant part of ``Delta_tilde/u``, for which the host has an equation
(`tlsjax.model.hosts`). What ``u`` is, is a choice (`Norm`): the constant part itself where the host
pairs (then ``s = 1``), otherwise the ratio at one frequency. Static pair breaking is in
`tlsjax.matsubara.pair_breaking`.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.lax import stop_gradient

from tlsjax.matsubara.axis import CompactAxis
from tlsjax.matsubara.interaction import Interaction
from tlsjax.matsubara.pair_breaking import source, source_sum
from tlsjax.model.hosts import Closure


class Norm(NamedTuple):
    """What fixes ``u``: ``of_v @ v + of_s s = 1``."""

    of_v: jax.Array
    of_s: jax.Array

    def __call__(self, v, s):
        return jnp.dot(self.of_v, v) + self.of_s * s


def norm_for(axis, attractive, breaking) -> Norm:
    """The constant part of an attractive host; otherwise the ratio at a frequency near the rate
    of pair breaking, below which it is small."""
    level = 1.0 if breaking.gamma is None else 1.0 + stop_gradient(breaking.gamma)
    nearest = jnp.argmin(jnp.abs(jnp.log(axis.nu / level)))
    one = jax.nn.one_hot(nearest, axis.nu.size)
    return Norm(jnp.where(attractive, 0.0, one), jnp.where(attractive, 1.0, 0.0))


class Coefficients(NamedTuple):
    """What the equations depend on: the interaction, ``log T``, the host's closure, the norm."""

    interaction: Interaction
    log_T: jax.Array
    closure: Closure
    norm: Norm


class Unknowns(NamedTuple):
    """The vector ``y`` by its parts: ``v`` (K,), ``s`` and ``X``."""

    v: jax.Array
    s: jax.Array
    X: jax.Array


def unpack(y) -> Unknowns:
    """Parts of the vector of unknowns."""
    return Unknowns(y[..., :-2], y[..., -2], y[..., -1])


def pack(v, s, X, norm: Norm):
    """Vector of unknowns, normalised, from ``v``, ``s`` and ``u^2`` in any normalisation."""
    size = norm(v, s)
    return jnp.concatenate([v / size, jnp.stack([s / size, X * size**2])])


class GapEquations(NamedTuple):
    """Residual and Jacobian for `tlsjax.numerics.newton.newton_root`; static and hashable."""

    axis: CompactAxis

    def propagators(self, v, s, X, gamma):
        """``r = f/u - s source`` and ``h = g - 1`` at the axis's frequencies."""
        root = jnp.sqrt(1 + X * v**2)
        return v / root - s * source(self.axis.nu, gamma), -X * v**2 / (root * (1 + root))

    def self_energies(self, y, inter, nu):
        """``epsilon_tilde`` and ``delta_tilde/u`` without ``static`` and magnetic scattering.

        In units of ``pi T``; ``nu`` are the frequencies whose rows ``inter`` has, see
        `axis.evaluated_at`.
        """
        v, s, X = unpack(y)
        r, h = self.propagators(v, s, X, inter.breaking.gamma)
        epsilon = inter.breaking.on_frequency(nu) + inter.normal + inter.odd @ h
        delta = s * (1 + inter.on_source) + inter.even @ r
        return epsilon, delta if inter.anomalous is None else delta + inter.anomalous

    def residual(self, y, coefficients):
        """(K + 2,) zero at the solution."""
        v, s, X = unpack(y)
        inter = coefficients.interaction
        epsilon, delta = self.self_energies(y, inter, self.axis.nu)
        if inter.breaking.magnetic is not None:
            epsilon = epsilon + 2 * inter.breaking.magnetic / jnp.sqrt(1 + X * v**2)
        r, _ = self.propagators(v, s, X, inter.breaking.gamma)
        closure = self.closure(r, s, X, coefficients)
        size = coefficients.norm(v, s) - 1
        return jnp.concatenate([v * epsilon - delta, jnp.stack([closure, size])])

    def closure(self, r, s, X, coefficients):
        """The host's equation, from ``r``; zero at the solution."""
        closure = coefficients.closure
        total = jnp.dot(self.axis.tail_sum, r)
        total = total + s * source_sum(coefficients.interaction.breaking.gamma)
        balance = s * coefficients.log_T - total
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
        """(K + 2, K + 2), assembled by hand: elementwise products of the kernels, no `jacfwd`."""
        v, s, X = unpack(y)
        inter, nu = coefficients.interaction, self.axis.nu
        epsilon, _ = self.self_energies(y, inter, nu)
        cube = (1 + X * v**2) ** -1.5
        dr_dv, dh_dv = cube, -X * v * cube
        dr_dX, dh_dX = -0.5 * v**3 * cube, -0.5 * v**2 * cube
        by_X = v * (inter.odd @ dh_dX) - inter.even @ dr_dX
        if inter.breaking.magnetic is not None:
            epsilon = epsilon + 2 * inter.breaking.magnetic * cube
            by_X = by_X + 2 * inter.breaking.magnetic * dr_dX
        block = jnp.diag(epsilon) + v[:, None] * inter.odd * dh_dv - inter.even * dr_dv
        by_s = inter.even @ source(nu, inter.breaking.gamma) - 1 - inter.on_source
        # The closure depends on v through r alone, on s and X also by itself.
        pairing, tail = coefficients.closure.pairing, self.axis.tail_sum
        row = -pairing * tail * dr_dv

        def closure(s, X):
            r, _ = self.propagators(v, s, X, inter.breaking.gamma)
            return self.closure(r, s, X, coefficients)

        corner = jax.grad(closure, argnums=(0, 1))(s, X)
        norm = coefficients.norm
        top = jnp.concatenate([block, by_s[:, None], by_X[:, None]], axis=1)
        middle = jnp.concatenate([row, jnp.stack(corner)])
        bottom = jnp.concatenate([norm.of_v, jnp.stack([norm.of_s, 0.0])])
        return jnp.concatenate([top, middle[None], bottom[None]], axis=0)

    def advance(self, y, step):
        """Newton step, with ``X`` held positive; returns its relative size too."""
        v, s, X = unpack(y)
        # X can change by orders of magnitude from a rough start, never in sign.
        X_new = jnp.clip(X + step[-1], 0.1 * X, 10.0 * X)
        v_new = v + step[:-2]
        # v falls as 1/nu or faster; without a host its far end is below rounding, so
        # it is measured against 1/nu. Within 1e-7 of Tc X is below 1e-6 and not known to
        # a relative 1e-8 any more; its root then is still good to 1e-9 of Delta(0).
        nu = self.axis.nu
        change = jnp.max(jnp.abs(step[:-2]) * nu) / jnp.max(jnp.abs(v_new) * nu)
        change = jnp.maximum(change, jnp.abs(step[-2]) / (jnp.abs(s) + 1.0))
        size = jnp.maximum(change, jnp.abs(X_new - X) / (X_new + 1e-6))
        return jnp.concatenate([v_new, jnp.stack([s + step[-2], X_new])]), size
