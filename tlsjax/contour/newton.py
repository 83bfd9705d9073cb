"""Newton's method for the propagators on a mesh, at fixed order parameter and Matsubara sums.

In the angle theta of Usadel's equation, ``gamma = cos(theta)`` and ``u phi = sin(theta)``, the
equation of a node is

    r = epsilon_tilde phi - (delta_tilde/u) gamma + 2 Gamma_m gamma phi = 0,

an entire function of the angles. Steps are ones of ``theta/u``, which has a limit where
superconductivity ends. The self energies act on real and imaginary parts differently (a source at
a negative energy is the conjugate of the one at the positive energy), so that the Jacobian is
a real matrix of twice the size.
"""

import jax.numpy as jnp
import numpy as np

from tlsjax.numerics.inverse_root import inverse_root
from tlsjax.numerics.linear import solve

# Re gamma, relative, that is negative beyond doubt.
WRONG = 1e-3
# Longest step, in the angle.
_LONGEST = 0.5


def propagators(w, X):
    """(N, 2) ``gamma`` and ``phi`` on the physical branch."""
    return of_square(w, w**2 + X)


def of_square(w, square):
    """The same where ``w^2 + X`` is known better than by that difference.

    Re gamma >= 0 decides above the gap, where the principal square root may not; below it, Re gamma
    can be less than rounding and the principal root is right.
    """
    phi = inverse_root(square)
    gamma = w * phi
    sign = jnp.where(gamma.real < -WRONG * jnp.abs(gamma.imag), -1.0, 1.0)
    return jnp.stack([sign * gamma, sign * phi], axis=-1)


def residual(F, found, magnetic):
    """(N,) what is left of Usadel's equation, by `propagators` and self energies."""
    (gamma, phi), (epsilon, delta) = F.T, found.T
    rate = 0.0 if magnetic is None else magnetic
    return epsilon * phi - delta * gamma + 2 * rate * gamma * phi


def jacobian(F, X, found, zeta, weights, magnetic):
    """(2N, 2N) of the real and then the imaginary parts of `residual`, by those of
    ``theta/u``: ``d(gamma) = -X phi d(theta/u)``, ``d(phi) = gamma d(theta/u)``."""
    (gamma, phi), (epsilon, delta) = F.T, found.T
    rate = 0.0 if magnetic is None else magnetic
    own = epsilon * gamma + X * delta * phi + 2 * rate * (gamma**2 - X * phi**2)
    direct, mirrored = weights.derivative(jnp.tan(np.pi / 2 * zeta))

    def coupled(matrix, gamma_, phi_):
        return (X * phi)[:, None] * matrix * phi_ + gamma[:, None] * matrix * gamma_

    direct = jnp.diag(own) - coupled(direct, gamma, phi)
    mirrored = -coupled(mirrored, jnp.conj(gamma), jnp.conj(phi))
    both, difference = direct + mirrored, direct - mirrored
    return jnp.block([[both.real, -difference.imag], [both.imag, difference.real]])


def turned(F, X, angle):
    """``gamma`` and ``phi`` after a change of ``theta/u``."""
    gamma, phi = F.T
    u = jnp.sqrt(X)
    cos, sin = jnp.cos(u * angle), angle * jnp.sinc(u * angle / np.pi)
    return gamma * cos - X * phi * sin, phi * cos + gamma * sin


def angles(matrix, right):
    """(N,) ``theta/u`` from the (2N, 2N) `jacobian` and (N,) complex values of the `residual`."""
    N = right.size
    found = solve(matrix, jnp.concatenate([right.real, right.imag]))
    return found[:N] + 1j * found[N:]


def newton(w, X, found, zeta, weights, magnetic):
    """``w`` after a step of Newton's method.

    found : (N, 2) ``epsilon_tilde`` and ``delta_tilde/u`` of ``w``, without magnetic scattering.
    zeta : of the nodes. weights : `kernels.Weights` there. magnetic : its rate, or None.
    """
    F = propagators(w, X)
    matrix = jacobian(F, X, found, zeta, weights, magnetic)
    move = -angles(matrix, residual(F, found, magnetic))
    move = move / jnp.maximum(1.0, jnp.sqrt(X) * jnp.max(jnp.abs(move)) / _LONGEST)
    gamma, phi = turned(F, X, move)
    return gamma / phi
