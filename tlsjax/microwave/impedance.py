"""From the response at each wave number to the depth that fields reach: pure formulas.

Fields vary as exp(-i omega t), and ``K(q) = -i omega mu_0 sigma(q)`` is an inverse length squared:
``1/lambda^2`` of a superconductor. Every surface impedance is ``Z = -i omega mu_0 delta`` with a
complex depth ``delta`` (Reuter and Sondheimer 1948; theory, section 9),

    local                 delta = K(0)^(-1/2)
    specular reflection   delta = (2/pi) int_0^inf dq/(q^2 + K(q))
    diffuse               delta = pi/int_0^inf dq ln(1 + K(q)/q^2)
    film of thickness d   delta = delta_local coth(d/delta_local)

so that ``X_s = -Im Z = omega mu_0 Re delta``.

A conductivity is expensive, and needed at all q. It bends where ``v_F q`` is the size of the
electrons' energies and rates, and ends in a power: ``K(q) sqrt(q_0^2 + q^2)``, with ``q_0`` in the
middle of those scales, is smooth in ``z = (q - q_0)/(q + q_0)`` from q = 0 to infinity, wherever
``q^2 = |K|`` may be. It is interpolated by Chebyshev polynomials in z, real and imaginary part each
to its own size, and the integrals are done over the interpolant, in ln q.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.lax import stop_gradient

# Wave numbers. With 32 both integrals are good to 3e-8 where scales of K spread over a factor of
# 20, as for niobium with a mean free path of 1000 nm, to 1e-7 at 100 and to 3e-5 at 1000
# (tests/test_impedance.py); electrons whose omega tau is above 1 cost more digits.
NODES = 32
# The error is the effect of the last quarter of the polynomials, which is ten times as large.
_FEWER = 24
# Step and ends in ln q of the integrals, from the middle, where ``q^2 = |K|``. Poles of the
# integrand are pi/6 away, or more (normal metal, extreme anomalous), which leaves
# exp(-pi^2/3 step) = 3e-10; the ends leave less than 1e-9 (a logarithm makes the lower one larger).
_STEP, _LOWEST, _HIGHEST = 0.15, -25.0, 21.0
# Rounds of ``q -> |K(q)|^(1/2)``, each of which halves the distance at least.
_ROUNDS = 24

_ANGLES = np.pi * (np.arange(NODES) + 0.5) / NODES
_TO_COEFFICIENTS = 2 / NODES * np.cos(np.outer(np.arange(NODES), _ANGLES))
_TO_COEFFICIENTS[0] /= 2


def wavenumbers(scale) -> jax.Array:
    """(..., NODES) where `Kernel` wants K, for ``scale = q_0`` (...)."""
    return jnp.asarray(scale)[..., None] / np.tan(_ANGLES / 2) ** 2


class Kernel(NamedTuple):
    """``K(q)`` at all wave numbers: Chebyshev coefficients (..., NODES) and the scale (...)."""

    coefficients: jax.Array
    scale: jax.Array

    def at(self, q):
        """``K`` at wave numbers (..., M)."""
        scale = self.scale[..., None]
        twice = 2 * (q - scale) / (q + scale)

        def clenshaw(carry, coefficient):
            first, second = carry
            return (coefficient[..., None] + twice * first - second, first), None

        zero = jnp.zeros(jnp.broadcast_shapes(twice.shape, scale.shape)) + 0j
        reverse = jnp.moveaxis(self.coefficients[..., :0:-1], -1, 0)
        (first, second), _ = jax.lax.scan(clenshaw, (zero, zero), reverse)
        found = self.coefficients[..., :1] + twice / 2 * first - second
        return found / jnp.hypot(q, scale)

    def shortened(self):
        """The same without the last polynomials."""
        return self._replace(coefficients=self.coefficients[..., :_FEWER])

    def middle(self):
        """Where ``q^2 = |K(q)|`` (...), without derivative."""
        kernel = stop_gradient(self)

        def turn(_, q):
            return jnp.sqrt(jnp.abs(kernel.at(q[..., None])[..., 0]))

        return jax.lax.fori_loop(0, _ROUNDS, turn, kernel.scale)


def kernel(K, scale) -> Kernel:
    """`Kernel` from the values ``K`` (..., NODES) at `wavenumbers` of ``scale`` (...)."""
    scale = jnp.asarray(scale)
    values = K * jnp.hypot(wavenumbers(scale), scale[..., None])
    # By parts: an imaginary part of 1e-20 of the real one keeps its digits.
    real, imaginary = (part @ _TO_COEFFICIENTS.T for part in (values.real, values.imag))
    return Kernel(jax.lax.complex(real, imaginary), scale)


def local(K) -> jax.Array:
    """``delta = K^(-1/2)`` of the response ``K`` to uniform fields."""
    return 1 / jnp.sqrt(K)


def film(K, thickness) -> jax.Array:
    """``delta coth(thickness/delta)`` of a film in a field on one side, local."""
    root = jnp.sqrt(K)
    x = root * thickness
    # coth x = (1 + e)/(1 - e), which is 1 where it is thick.
    return (1 + jnp.exp(-2 * x)) / (root * -jnp.expm1(-2 * x))


def _integral(kernel, integrand):
    """``int_0^inf dq integrand(q, K(q))``."""
    steps = np.arange(_LOWEST, _HIGHEST, _STEP)
    q = kernel.middle()[..., None] * np.exp(steps)
    return _STEP * jnp.sum(q * integrand(q, kernel.at(q)), axis=-1)


def specular(kernel: Kernel) -> jax.Array:
    """``delta`` where electrons are reflected as by a mirror."""
    return 2 / np.pi * _integral(kernel, lambda q, K: 1 / (q**2 + K))


def diffuse(kernel: Kernel) -> jax.Array:
    """``delta`` where they leave the surface in any direction."""
    return np.pi / _integral(kernel, lambda q, K: jnp.log1p(K / q**2))
