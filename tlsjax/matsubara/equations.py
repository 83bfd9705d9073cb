"""The coupled self-energy and gap equations as one system of K + 1 unknowns.

Only the ratio ``u_n = Delta_tilde_n/epsilon_tilde_n`` enters the frequency sums. Near
Tc it vanishes as ``Delta ~ sqrt(Tc - T)``, which no Newton iteration and no derivative
survives; ``u_n/Delta`` and ``Delta^2`` are smooth through Tc. The unknowns are hence

    y = (v_1 ... v_K, X),    v_n = u_n/u,    X = u^2    (units of pi T),

where ``u`` is the normalisation the host chooses: ``Delta`` for a `WeakCouplingHost`, the
first ``u_n`` with `NoHost`.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from tlsjax.matsubara.axis import CompactAxis
from tlsjax.matsubara.interaction import Interaction
from tlsjax.numerics.linear import solve


class Coefficients(NamedTuple):
    """What the equations depend on: the interaction and ``log T``."""

    interaction: Interaction
    log_T: jax.Array


class WeakCouplingHost:
    """A BCS host: constant attraction, fixed by its own Tc0 (paper, Eq. 51).

    Contributes ``Delta`` itself to every ``Delta_tilde_n`` (``source = 1``) and the gap
    equation ``ln(T/Tc0) = pi T sum_n [f_n/Delta - 1/|epsilon_n|]``.
    """

    source = 1.0

    @staticmethod
    def closure(axis, v, r, log_T):
        """Residual of the gap equation."""
        del v
        return jnp.dot(axis.tail_sum, r) - log_T

    @staticmethod
    def closure_gradient(axis, dr_dv, dr_dX):
        """Derivatives of the residual by ``v`` and ``X``."""
        return axis.tail_sum * dr_dv, jnp.dot(axis.tail_sum, dr_dX)


class NoHost:
    """No pairing but the impurities' own (paper, Eq. 63): ``source = 0``, ``v_1 = 1``."""

    source = 0.0

    @staticmethod
    def closure(axis, v, r, log_T):
        """Residual of the normalisation."""
        del axis, r, log_T
        return v[0] - 1.0

    @staticmethod
    def closure_gradient(axis, dr_dv, dr_dX):
        """Derivatives of the residual by ``v`` and ``X``."""
        del axis
        return jnp.zeros_like(dr_dv).at[0].set(1.0), jnp.zeros_like(dr_dX[0])


class GapEquations(NamedTuple):
    """Residual and Jacobian for `tlsjax.numerics.implicit.newton_root`; static and hashable."""

    axis: CompactAxis
    host: type

    def propagators(self, v, X, nu):
        """``r = f/u - source/nu`` and ``h = g - 1`` at the frequencies ``nu``."""
        root = jnp.sqrt(1 + X * v**2)
        h = -X * v**2 / (root * (1 + root))
        return v / root - self.host.source / nu, h

    def self_energies(self, y, inter, nu):
        """``epsilon_tilde`` and ``delta_tilde/u`` in units of ``pi T``, without ``static``.

        ``nu`` are the frequencies whose rows ``inter`` has, see `compact.evaluated_at`.
        """
        r, h = self.propagators(y[:-1], y[-1], self.axis.nu)
        epsilon = nu + inter.normal + inter.odd @ h
        delta = self.host.source * (1 + inter.on_inverse_nu) + inter.even @ r
        return epsilon, delta

    def residual(self, y, coefficients):
        """(K + 1,) zero at the solution."""
        v, X = y[:-1], y[-1]
        epsilon, delta = self.self_energies(y, coefficients.interaction, self.axis.nu)
        r, _ = self.propagators(v, X, self.axis.nu)
        closure = self.host.closure(self.axis, v, r, coefficients.log_T)
        return jnp.append(v * epsilon - delta, closure)

    def jacobian(self, y, coefficients):
        """(K + 1, K + 1), assembled by hand: elementwise products of the kernels, no `jacfwd`."""
        v, X = y[:-1], y[-1]
        inter = coefficients.interaction
        epsilon, _ = self.self_energies(y, inter, self.axis.nu)
        cube = (1 + X * v**2) ** -1.5
        dr_dv, dh_dv = cube, -X * v * cube
        dr_dX, dh_dX = -0.5 * v**3 * cube, -0.5 * v**2 * cube
        block = jnp.diag(epsilon) + v[:, None] * inter.odd * dh_dv - inter.even * dr_dv
        column = v * (inter.odd @ dh_dX) - inter.even @ dr_dX
        row, corner = self.host.closure_gradient(self.axis, dr_dv, dr_dX)
        top = jnp.concatenate([block, column[:, None]], axis=1)
        bottom = jnp.append(row, corner)
        return jnp.concatenate([top, bottom[None]], axis=0)

    def advance(self, y, step):
        """Newton step, with ``X`` held positive; returns its relative size too."""
        v, X = y[:-1], y[-1]
        # X can change by orders of magnitude from a rough start, never in sign.
        X_new = jnp.clip(X + step[-1], 0.1 * X, 10.0 * X)
        v_new = v + step[:-1]
        # v falls as 1/nu or faster; without a host its far end is below rounding, so
        # it is measured against 1/nu. Within 1e-7 of Tc X is below 1e-6 and not known to
        # a relative 1e-8 any more; its root then is still good to 1e-9 of Delta(0).
        nu = self.axis.nu
        change = jnp.max(jnp.abs(step[:-1]) * nu) / jnp.max(jnp.abs(v_new) * nu)
        size = jnp.maximum(change, jnp.abs(X_new - X) / (X_new + 1e-6))
        return jnp.append(v_new, X_new), size


def normal_response(axis, interaction):
    """Linear response of the normal state to a pair source.

    Returns ``v`` (K,), the shape ``Delta_tilde/(epsilon_tilde Delta)`` of the order
    parameter about to form, and ``rho = pi T sum_n [v_n - 1/|epsilon_n|]``. The
    transition of a weak-coupling host is at ``ln(T/Tc0) = rho``. Where the impurities
    alone would pair, some ``v`` is negative and ``rho`` means nothing.
    """
    epsilon = axis.nu + interaction.normal
    source = interaction.on_inverse_nu - interaction.normal / axis.nu
    r = solve(jnp.diag(epsilon) - interaction.even, source)
    return r + 1 / axis.nu, jnp.dot(axis.tail_sum, r)


def starting_point(axis, interaction, T):
    """First unknowns for Newton's method, and whether the state is normal."""
    v, rho = normal_response(axis, interaction)
    # A negative v: the impurities pair on their own, T is far below Tc. (Inverted impurities
    # repel; they can turn a v negative but cannot pair.)
    far_below = ~jnp.all(v > 0) & (interaction.static > 0)
    normal = (rho <= jnp.log(T)) & ~far_below
    # A BCS superconductor with the same excess of pair susceptibility has T/Tc = t,
    # and Delta/(pi T) by the usual interpolation; below t = 1e-3 it is constant.
    t = jnp.exp(-jnp.clip(rho - jnp.log(T), 1e-15, 7.0))
    bcs = 1.764 * jnp.tanh(1.74 * jnp.sqrt(1 / t - 1)) / (jnp.pi * t)
    zero_temperature = 2 * 1.764 / (jnp.pi * T)
    u = jnp.where(far_below, zero_temperature, jnp.minimum(bcs, 1.5 * zero_temperature))
    v = jnp.where(far_below, 1 / axis.nu, v)
    return jnp.append(v, u**2), normal
