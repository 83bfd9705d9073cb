"""The self-consistent solution on a line above the real axis, out of TLS equilibrium.

The unknown is one complex function, ``v = Delta_tilde/(Delta epsilon_tilde)`` on the line
``Re zeta = HEIGHT`` (see `tlsjax.contour.axis`); with it ``gamma = 1/sqrt(1 + X v^2)`` and
``phi = v gamma`` are the propagators, ``g = i gamma`` and ``f = Delta phi``. The line is the
Matsubara theory at complex frequencies, and the principal square root is the physical
branch, ``Im g >= 0``.

One turn of the iteration: signals from the line; the pair breaking they mean for the
Matsubara frequencies; the Matsubara equations and the gap equation, with it, by Newton's
method (their sums and tails are those of the equilibrium theory, exact to nine digits);
then new self energies on the line. In equilibrium the line decouples, and is not needed.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from tlsjax.contour.axis import HEIGHT, LineAxis, summed_axis
from tlsjax.contour.kernels import TimeKernels, time_kernels
from tlsjax.matsubara.axis import CompactAxis
from tlsjax.matsubara.equations import (
    Coefficients,
    GapEquations,
    WeakCouplingHost,
    starting_point,
)
from tlsjax.matsubara.interaction import Interaction, tls_interaction
from tlsjax.numerics.implicit import newton_root

_NEWTON_STEPS = 60


class Problem(NamedTuple):
    """Everything the solution depends on, differentiable.

    matsubara, summed : `Interaction` on the compact axis and at the indices of the sums.
    kernels : `TimeKernels`; log_T : ``ln(T/Tc0)``; per_pi_T : ``1/(pi T)``.
    """

    matsubara: Interaction
    summed: Interaction
    kernels: TimeKernels
    log_T: jax.Array
    per_pi_T: jax.Array


def line_problem(ensemble, T, population, axis, line):
    """`Problem` of an ensemble at ``T``."""
    return Problem(
        tls_interaction(ensemble, T, population, axis),
        tls_interaction(ensemble, T, population, summed_axis(axis, line)),
        time_kernels(ensemble, T, population, line),
        jnp.log(T),
        1 / (jnp.pi * T),
    )


class Matsubara(NamedTuple):
    """Solution at the Matsubara frequencies: ``v`` and ``X`` of `GapEquations`, and the
    propagators ``gamma - 1`` and ``phi - 1/nu`` at the indices of the sums."""

    unknowns: jax.Array
    normal: jax.Array
    status: jax.Array
    steps: jax.Array
    h: jax.Array
    r: jax.Array


def solve_matsubara_given(breaking, problem, axis, line):
    """`Matsubara` with the pair breaking ``(normal, anomalous)`` on axis and sums given.

    ``breaking`` is a pair of (2, .) arrays, for ``axis`` and for the indices of the sums.
    """
    on_axis, on_sums = breaking

    def broken(interaction, by):
        return interaction._replace(
            normal=interaction.normal + by[0], on_inverse_nu=interaction.on_inverse_nu + by[1]
        )

    equations = GapEquations(axis, WeakCouplingHost)
    interaction = broken(problem.matsubara, on_axis)
    fixed = jax.lax.stop_gradient(interaction)
    start, normal = starting_point(axis, fixed, jnp.exp(jax.lax.stop_gradient(problem.log_T)))
    # The normal state is solved too: its v is the linear response, at X = 0.
    y, status, steps = newton_root(
        equations, _NEWTON_STEPS, start, ~normal, Coefficients(interaction, problem.log_T)
    )
    y = y.at[-1].set(jnp.where(normal, 0.0, y[-1]))
    summed = broken(problem.summed, on_sums)
    nu = 2.0 * np.array(line.n) + 1
    epsilon, delta = equations.self_energies(y, summed, nu)
    r, h = equations.propagators(delta / epsilon, y[-1], nu)
    return Matsubara(y, normal, status, steps, h, r)


class Line(NamedTuple):
    """The map whose fixed point is the solution; static and hashable.

    Unknowns are stored as one real vector: real and imaginary part of ``v zeta``, which is
    1 in the clean limit, and ``Delta^2`` in units of ``(k_B Tc0)^2``.
    """

    axis: CompactAxis
    line: LineAxis

    def start(self, order_parameter):
        """First unknowns: a BCS superconductor."""
        ones = jnp.ones(self.line.points + 1)
        return jnp.concatenate([ones, 0 * ones, jnp.atleast_1d(order_parameter**2)])

    def cut(self, y):
        """Unknowns of a longer line, as far as this one goes."""
        kept = y[:-1].reshape(2, -1)[:, : self.line.points + 1]
        return jnp.append(kept.ravel(), y[-1])

    def unpack(self, y, problem):
        """``v`` on the line and ``X = (Delta/pi T)^2`` of the stored unknowns."""
        real, imaginary = y[:-1].reshape(2, -1)
        square = jnp.maximum(y[-1], 0.0)
        return (real + 1j * imaginary) / self.line.zeta, square * problem.per_pi_T**2

    def __call__(self, y, problem):
        """New unknowns from old ones."""
        signals, line = self.signals(*self.unpack(y, problem))
        matsubara = self._matsubara(signals, problem)
        epsilon, delta = self.self_energies(line, signals, matsubara, problem)
        scaled = self.line.zeta * (1 + delta) / (self.normal_state(problem) + epsilon)
        square = matsubara.unknowns[-1:] / problem.per_pi_T**2
        return jnp.concatenate([scaled.real, scaled.imag, square])

    def signals(self, v, X):
        """Damped signals of ``gamma - 1`` and ``phi``, and both on the line."""
        gamma = 1 / jnp.sqrt(1 + X * v**2)
        phi = v * gamma
        # phi falls as 1/zeta: its signal jumps at t = 0. Transform the rest.
        jump, slow = _unit_jump(self.line)
        return (self.line.to_time(gamma - 1), self.line.to_time(phi - slow) + jump), (gamma, phi)

    def matsubara(self, y, problem):
        """`Matsubara` with the pair breaking that the stored unknowns mean."""
        signals, _ = self.signals(*self.unpack(y, problem))
        return self._matsubara(signals, problem)

    def _matsubara(self, signals, problem):
        # Trapezoidal weights; the integrand vanishes at t = 0.
        broken = problem.kernels.breaking * jnp.stack(signals) * self.line.dt
        on_axis, on_sums = (
            broken @ self.line.exponentials(nu - HEIGHT).T
            for nu in (self.axis.nu, summed_nu(self.line))
        )
        return solve_matsubara_given((on_axis, on_sums), problem, self.axis, self.line)

    def self_energies(self, on_line, signals, matsubara, problem):
        """Self energies on the line: what ``epsilon_tilde`` exceeds the normal state by, and
        ``delta_tilde/Delta`` exceeds 1 by; units of ``pi T``."""
        line, kernels = self.line, problem.kernels
        gamma, phi = on_line
        normal, anomalous = signals
        h, r = matsubara.h, matsubara.r
        nu = summed_nu(line)
        tangent = np.tan(np.pi * line.zeta / 2)
        # The pole at nu = 1 is so near that its part of the tangent's signal, which runs
        # backwards in time, would come round: take it away beforehand.
        nearest = 2 / np.pi / (line.zeta - 1)
        strength = 2 / np.pi * np.array(line.n_weights)[:, None]
        damped = strength * line.exponentials(nu + HEIGHT)
        w_normal = line.to_time(tangent * (gamma - 1) + nearest * h[0]) - h @ damped
        w_anomalous = line.to_time(tangent * phi + nearest * (r[0] + 1)) + r @ damped
        w_anomalous += 2 / np.pi * _inverse_nu_signal(line)
        jump, slow = _unit_jump(line)
        d_signal = kernels.even * anomalous + kernels.odd * w_anomalous
        delta = line.to_line(d_signal - d_signal[0] * jump) + d_signal[0] * slow
        e_signal = kernels.even * normal + kernels.odd * w_normal
        return line.to_line(e_signal), delta

    def normal_state(self, problem):
        """``epsilon_tilde`` of the normal state on the line, in closed form in time."""
        line = self.line
        # 1/sinh t against odd ~ t has a limit at t = 0: extrapolate to it.
        decay = np.exp(-HEIGHT * line.t[1:]) / np.sinh(line.t[1:])
        signal = problem.kernels.odd[1:] * decay
        signal = -2 / np.pi * jnp.concatenate([2 * signal[:1] - signal[1:2], signal])
        zeta = line.zeta
        far = problem.kernels.mass + problem.kernels.slope * zeta
        return zeta + problem.kernels.even[0] + line.to_line(signal) + far


def summed_nu(line):
    """Matsubara frequencies of the summation rule, units of ``pi T``."""
    return 2.0 * np.array(line.n) + 1


def _unit_jump(line):
    """``exp(-t)``, damped, and its transform ``1/(zeta + 1)``."""
    return np.exp(-(1 + HEIGHT) * line.t), 1 / (line.zeta + 1)


def _inverse_nu_signal(line):
    """``sum_n exp(-nu t)/nu = artanh(exp(-t))``, damped; its value at 0 multiplies zero."""
    t = np.maximum(line.t, line.dt / 2)
    return np.arctanh(np.exp(-t)) * np.exp(-HEIGHT * line.t)
