"""Static pair breaking at the Matsubara frequencies: rates of Dynes and of Abrikosov and Gor'kov.

With rates in units of ``pi T`` the equations (`tlsjax.matsubara.equations`) become

    epsilon_tilde = ... + dynes + magnetic g,   Delta_tilde = ... - magnetic f.

Only the ratio ``v = Delta_tilde/(u epsilon_tilde)`` matters: with ``epsilon`` and ``delta`` the
parts without magnetic scattering,

    v [epsilon + 2 magnetic/sqrt(1 + X v^2)] = delta.

Far out ``v`` falls as ``1/(nu + gamma)``, ``gamma = dynes + 2 magnetic``: a tail ``-gamma/nu^2``
that the matrices of the compact axis do not have. It is kept in closed form.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.lax import stop_gradient
from jax.scipy.special import digamma

from tlsjax.numerics.newton import elementwise_root

# Nodes of the integral over poles in `shifted_inverse_nu_to_tau`, logarithmic: singularities are
# pi/2 away from the real axis, so that this step leaves exp(-pi^2/step) = 2e-11.
_STEP, _LOWEST, _HIGHEST = 0.4, -40.0, 14.0
# Rounds of the plain iteration, which cannot leave the physical branch, then of Newton's method,
# for the ratio with magnetic scattering. At a gap edge two branches meet: there a step of
# Newton's method only halves the distance.
_ROUNDS, _NEWTON_STEPS = 12, 48
# Steps of the third order from a good start; a share of gamma that tells its sign.
_STEPS, _SIGN = 4, 1e-6
# Smallest epsilon, in units of pi T.
_TINY = 1e-70


class PairBreaking(NamedTuple):
    """Rates in units of ``pi T``; None where there is none."""

    dynes: jax.Array | None
    magnetic: jax.Array | None

    @property
    def gamma(self):
        """The rate that acts on a small order parameter; None where there is none."""
        if self.dynes is None and self.magnetic is None:
            return None
        dynes = 0.0 if self.dynes is None else self.dynes
        return dynes if self.magnetic is None else dynes + 2 * self.magnetic

    def on_frequency(self, nu):
        """``nu + dynes``."""
        return nu if self.dynes is None else nu + self.dynes

    def broadened(self, rate):
        """The same with ``rate`` more of the first kind."""
        return self._replace(dynes=rate if self.dynes is None else rate + self.dynes)


def source(nu, gamma):
    """``1/(nu + gamma)``, the tail of ``v``."""
    return 1 / nu if gamma is None else 1 / (nu + gamma)


def source_sum(gamma):
    """``sum_n [1/(|nu| + gamma) - 1/|nu|]`` over all n: the digamma law of pair breaking."""
    return 0.0 if gamma is None else digamma(0.5) - digamma(0.5 + gamma / 2)


def source_to_tau(axis, gamma):
    """Transform of ``1/(|nu| + gamma)`` at the times of the axis."""
    if gamma is None:
        return axis.inverse_nu
    return axis.inverse_nu + _shift_to_tau(gamma, axis.tau)


def _shift_to_tau(gamma, s):
    """Transform of ``1/(|nu| + gamma) - 1/|nu|``, a superposition of poles.

    ``1/(nu + gamma) = (2/pi) int dx [x/(x^2 + gamma^2)] x/(x^2 + nu^2)``; in ``x = gamma y`` it is
    smooth in gamma down to zero.
    """
    log_y = np.arange(_LOWEST, _HIGHEST, _STEP)
    weight = -2 / np.pi * _STEP / (1 + np.exp(2 * log_y))
    x = gamma * np.exp(log_y)
    time = np.pi * x * s[:, None]
    decay = jnp.exp(-time)
    # The mirror image, which rises towards s = 1/2.
    mirror = jnp.exp(-(np.pi * x - time))
    return np.pi / 2 * ((decay - mirror) / (1 + jnp.exp(-np.pi * x))) @ weight


def _excess(gamma, parameters):
    """``gamma sqrt(epsilon^2 + X delta^2) - epsilon`` with magnetic scattering in epsilon.

    An equation for ``gamma``, not for ``v``, which is infinite at the middle of a clean gap.
    """
    epsilon, delta, X, magnetic = parameters
    total = epsilon + 2 * magnetic * gamma
    return gamma * total * jnp.sqrt(1 + X * (delta / total) ** 2) - total


def _square_excess(gamma, parameters):
    """The same without a square root, whose branch is not known on the real axis."""
    epsilon, delta, X, magnetic = parameters
    total = epsilon + 2 * magnetic * gamma
    return gamma**2 * (total**2 + X * delta**2) - total**2


def ratio(epsilon, delta, X, breaking: PairBreaking, steps=_NEWTON_STEPS, above=None):
    """``v`` from ``epsilon`` and ``delta`` (any shape, real or complex) on the physical branch.

    ``steps`` of Newton's method; away from edges a few are enough. On the real axis itself, where
    inside a gap nothing tells the branches apart, the root is followed down from ``above``, which
    is added to ``epsilon``.
    """
    # At the Fermi level of a clean gap epsilon is exactly zero, and gamma with it. Fourth powers of
    # v must be finite.
    epsilon = jnp.where(jnp.abs(epsilon) < _TINY, _TINY, epsilon)
    if breaking.magnetic is None:
        return delta / epsilon
    magnetic = breaking.magnetic * jnp.ones_like(epsilon.real)

    def turn(gamma, _):
        v = delta / (epsilon + 2 * magnetic * gamma)
        return 1 / jnp.sqrt(1 + X * v**2), None

    # Re gamma > 0 throughout: the right half plane is mapped into itself.
    if above is not None:
        start = ratio(epsilon + above, delta, X, breaking, steps)
        gamma = stop_gradient(1 / jnp.sqrt(1 + X * start**2))
        gamma = elementwise_root(_square_excess, steps, gamma, (epsilon, delta, X, magnetic))
    else:
        gamma, _ = jax.lax.scan(turn, jnp.ones_like(epsilon), None, length=_ROUNDS)
        gamma = elementwise_root(_excess, steps, gamma, (epsilon, delta, X, magnetic))
    return delta / (epsilon + 2 * magnetic * gamma)


def nearest_ratio(epsilon, delta, X, breaking: PairBreaking, v):
    """`ratio` on the real axis with magnetic scattering, from a ``v`` near it.

    Near may be the other branch, where two of them meet at an edge. The physical one has
    ``Re gamma > 0`` a little above the axis: here, or, inside a gap, by its slope.
    """
    epsilon = jnp.where(jnp.abs(epsilon) < _TINY, _TINY, epsilon)
    magnetic = breaking.magnetic * jnp.ones_like(epsilon.real)
    fixed = stop_gradient((epsilon, delta, X, magnetic))
    start = stop_gradient(1 / jnp.sqrt(1 + X * v**2))
    own, slope, turn = _settled(start, fixed)
    fine = (own.real > _SIGN * jnp.abs(own)) | (slope.real > 0)
    other, _, _ = _settled(own + turn, fixed)
    gamma = jnp.where(fine, own, other)
    gamma = elementwise_root(_square_excess, 1, gamma, (epsilon, delta, X, magnetic))
    return delta / (epsilon + 2 * magnetic * gamma)


def _settled(gamma, parameters):
    """The root of `_square_excess` near ``gamma``, its slope over epsilon, and how far it is to
    the other one of a pair."""
    epsilon, delta, X, magnetic = parameters
    twice = 2 * magnetic
    coefficients = (
        twice**2, 2 * twice * epsilon, epsilon**2 + X * delta**2 - twice**2,
        -2 * twice * epsilon, -(epsilon**2),
    )  # fmt: skip

    def terms(gamma):
        # The polynomial and its first two derivatives.
        value = slope = half = 0.0
        for coefficient in coefficients:
            half = half * gamma + slope
            slope = slope * gamma + value
            value = value * gamma + coefficient
        return value, slope, 2 * half

    def step(gamma, _):
        value, slope, bend = terms(gamma)
        # The nearer root of the parabola there: at a double root, too, a few are enough.
        root = jnp.sqrt(slope**2 - 2 * value * bend)
        root = jnp.where((jnp.conj(slope) * root).real < 0, -root, root)
        below = slope + root
        change = jnp.where(below == 0, 0.0, 2 * value / jnp.where(below == 0, 1.0, below))
        return gamma - change, None

    gamma, _ = lax.scan(step, gamma, None, length=_STEPS)
    _, slope, bend = terms(gamma)
    total = epsilon + twice * gamma
    none = slope == 0
    of_epsilon = -2 * total * (gamma**2 - 1) / jnp.where(none, 1.0, slope)
    return gamma, jnp.where(none, 0.0, of_epsilon), -2 * slope / jnp.where(bend == 0, 1.0, bend)
