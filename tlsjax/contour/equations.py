"""The self-consistent solution on a line above the real axis, out of equilibrium.

The unknown is one complex function, ``v = Delta_tilde/(u epsilon_tilde)`` on the line
``Re zeta = HEIGHT`` (see `tlsjax.contour.axis`); with it ``gamma = 1/sqrt(1 + X v^2)`` and
``phi = v gamma`` are the propagators, ``g = i gamma`` and ``f = u phi``, where ``u`` and
``X = u^2`` are those of `tlsjax.matsubara.equations`. The line is the Matsubara theory at complex
frequencies, and the principal square root is the physical branch, ``Im g >= 0``.

One turn of the iteration: signals from the line; the pair breaking they mean for the
Matsubara frequencies; the Matsubara equations and the host's equation, with it, by Newton's
method (their sums and tails are those of the equilibrium theory, exact to nine digits);
then new self energies on the line. In equilibrium the line decouples, and is not needed.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.lax import stop_gradient

from tlsjax.contour.axis import HEIGHT, LineAxis, summed_axis
from tlsjax.contour.kernels import TimeKernels, time_kernels
from tlsjax.matsubara.axis import CompactAxis
from tlsjax.matsubara.equations import Coefficients, GapEquations, Norm, unpack
from tlsjax.matsubara.estimate import Range, search_range
from tlsjax.matsubara.interaction import Interaction
from tlsjax.matsubara.pair_breaking import ratio
from tlsjax.matsubara.response import response, starting_point
from tlsjax.matsubara.state import coefficients_of, interaction_of
from tlsjax.model.hosts import Closure
from tlsjax.numerics.newton import newton_root

_NEWTON_STEPS = 60


class Problem(NamedTuple):
    """Everything the solution depends on, differentiable.

    on_axis, on_sums : `Interaction` on the compact axis and at the indices of the sums.
    kernels : `TimeKernels`; log_T : logarithm of T; closure : the host's.
    norm : what ``u`` is; searched : temperatures of the size of Tc, both without derivative.
    """

    on_axis: Interaction
    on_sums: Interaction
    kernels: TimeKernels
    log_T: jax.Array
    closure: Closure
    norm: Norm
    searched: Range

    @property
    def square_scale(self):
        """``u^2`` far above any that there is: where the iteration starts, and its unit."""
        return (3 * jnp.exp(self.searched.log_scale - stop_gradient(self.log_T)) / np.pi) ** 2


def line_problem(superconductor, T, population, axis, line) -> Problem:
    """`Problem` of a superconductor at ``T``."""
    baths = superconductor.baths(population)
    coefficients = coefficients_of(superconductor, population, T, axis)
    return Problem(
        coefficients.interaction,
        interaction_of(superconductor, population, T, summed_axis(axis, line)),
        time_kernels(baths, T, line),
        jnp.log(T),
        *coefficients[2:],
        search_range(superconductor, baths, axis),
    )


class Breaking(NamedTuple):
    """Pair breaking at some Matsubara frequencies: what it adds to ``epsilon_tilde`` and to
    ``delta_tilde/u``, and the latter over ``v``."""

    normal: jax.Array
    anomalous: jax.Array
    ratio: jax.Array

    def on(self, inter: Interaction) -> Interaction:
        """``inter`` with it."""
        return inter._replace(normal=inter.normal + self.normal, anomalous=self.anomalous)


class Matsubara(NamedTuple):
    """Solution at the Matsubara frequencies: the unknowns of `GapEquations`, whether they are
    those of the normal state, and ``gamma - 1`` and ``phi - s/nu`` at the indices of the sums."""

    unknowns: jax.Array
    normal: jax.Array
    status: jax.Array
    steps: jax.Array
    h: jax.Array
    r: jax.Array

    @property
    def s(self):
        """Constant part of ``delta_tilde/u``."""
        return self.unknowns[-2]

    @property
    def X(self):
        """``u^2``, 0 in the normal state."""
        return self.unknowns[-1]

    @property
    def first(self):
        """``(gamma, phi)`` at the first Matsubara frequency."""
        return 1 + self.h[0], self.s + self.r[0]


def solve_with_breaking(breaking, problem, axis, line) -> Matsubara:
    """`Matsubara` with the pair `Breaking` on the axis and on the sums given."""
    on_axis, on_sums = breaking
    inter = on_axis.on(problem.on_axis)
    equations = GapEquations(axis)
    fixed, log_T, closure, broken = stop_gradient(
        (inter, problem.log_T, problem.closure, on_axis.ratio)
    )
    searched = problem.searched
    found = response(axis, fixed, closure, log_T, searched.log_cutoff, broken)
    normal = (found.stability >= 0) & ~found.far_below
    start = starting_point(axis, found, fixed, log_T, searched, problem.norm)
    # The normal state is solved too: its v is the linear response, at X = 0.
    coefficients = Coefficients(inter, problem.log_T, problem.closure, problem.norm)
    y, status, steps = newton_root(equations, _NEWTON_STEPS, start, ~normal, coefficients)
    y = y.at[-1].set(jnp.where(normal, 0.0, y[-1]))
    nu = summed_nu(line)
    epsilon, delta = equations.self_energies(y, on_sums.on(problem.on_sums), nu)
    v = ratio(epsilon, delta, y[-1], inter.breaking)
    root = jnp.sqrt(1 + y[-1] * v**2)
    h, r = -y[-1] * v**2 / (root * (1 + root)), v / root - unpack(y).s / nu
    return Matsubara(y, normal, status, steps, h, r)


def without_breaking(problem, axis, line) -> Matsubara:
    """`Matsubara` in equilibrium, where nothing breaks pairs and the Matsubara axis is closed."""
    none = (Breaking(*[jnp.zeros(nu.size)] * 3) for nu in (axis.nu, summed_nu(line)))
    return solve_with_breaking(tuple(none), problem, axis, line)


class Line(NamedTuple):
    """The map whose fixed point is the solution; static and hashable.

    Unknowns are stored as one real vector: real and imaginary part of ``v zeta``, which is
    1 in the clean weak-coupling limit, then ``s``, and ``X`` in units of
    ``Problem.square_scale``.
    """

    axis: CompactAxis
    line: LineAxis

    def start(self):
        """First unknowns: a BCS superconductor."""
        ones = jnp.ones(self.line.points + 1)
        return jnp.concatenate([ones, 0 * ones, jnp.ones(2)])

    def cut(self, y):
        """Unknowns of a longer line, as far as this one goes."""
        kept = y[:-2].reshape(2, -1)[:, : self.line.points + 1]
        return jnp.append(kept.ravel(), y[-2:])

    def unpack(self, y, problem):
        """``v`` on the line, ``s`` and ``X`` of the stored unknowns."""
        real, imaginary = y[:-2].reshape(2, -1)
        X = jnp.maximum(y[-1], 0.0) * problem.square_scale
        return (real + 1j * imaginary) / self.line.zeta, y[-2], X

    def __call__(self, y, problem):
        """New unknowns from old ones."""
        return self.turn(y, problem)[0]

    def turn(self, y, problem):
        """New unknowns from old ones, and the `Matsubara` with the pair breaking of the old."""
        v, s, X = self.unpack(y, problem)
        signals, on_line = self.signals(v, s, X)
        matsubara = self._matsubara(signals, problem)
        epsilon, delta = self.self_energies(on_line, signals, matsubara, problem)
        epsilon = self.normal_state(problem) + epsilon
        breaking = problem.on_axis.breaking
        if breaking.magnetic is not None:
            # With the propagator of the turn before: at the fixed point they agree.
            epsilon = epsilon + 2 * breaking.magnetic * on_line[0]
        scaled = self.line.zeta * (matsubara.s + delta) / epsilon
        last = jnp.stack([matsubara.s, matsubara.X / problem.square_scale])
        return jnp.concatenate([scaled.real, scaled.imag, last]), matsubara

    def signals(self, v, s, X):
        """Damped signals of ``gamma - 1`` and ``phi``, and both on the line."""
        gamma = 1 / jnp.sqrt(1 + X * v**2)
        phi = v * gamma
        # phi falls as s/zeta: its signal jumps at t = 0. Transform the rest.
        jump, slow = _unit_jump(self.line)
        normal = self.line.to_time(gamma - 1)
        return (normal, self.line.to_time(phi - s * slow) + s * jump), (gamma, phi)

    def matsubara(self, y, problem) -> Matsubara:
        """`Matsubara` with the pair breaking that the stored unknowns mean."""
        signals, _ = self.signals(*self.unpack(y, problem))
        return self._matsubara(signals, problem)

    def _matsubara(self, signals, problem):
        # Trapezoidal weights; the integrand vanishes at t = 0.
        breaking = problem.kernels.breaking * self.line.dt
        pairs = []
        for nu in (self.axis.nu, summed_nu(self.line)):
            decay = self.line.exponentials(nu - HEIGHT)
            normal, anomalous = (breaking * jnp.stack(signals)) @ decay.T
            # Only near the transition does the ratio matter, and there f = u v.
            phi = stop_gradient(decay @ (signals[1] * self.line.dt))
            phi = jnp.where(jnp.abs(phi) > 1e-12, phi, 1e-12)
            pairs.append(Breaking(normal, anomalous, stop_gradient(anomalous) / phi))
        return solve_with_breaking(tuple(pairs), problem, self.axis, self.line)

    def self_energies(self, on_line, signals, matsubara, problem):
        """Self energies on the line: what ``epsilon_tilde`` exceeds the normal state by, and
        ``delta_tilde/u`` exceeds its constant part by; units of ``pi T``."""
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
        gamma_0, phi_0 = matsubara.first
        w_normal = line.to_time(tangent * (gamma - 1) + nearest * (gamma_0 - 1)) - h @ damped
        w_anomalous = line.to_time(tangent * phi + nearest * phi_0) + r @ damped
        w_anomalous += 2 / np.pi * matsubara.s * _inverse_nu_signal(line)
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
        zeta = problem.on_axis.breaking.on_frequency(zeta)
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
