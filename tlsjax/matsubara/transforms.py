"""Closed forms on the Matsubara axis: poles, bosons and BCS propagators.

The functions the compact axis is fitted to, at frequencies ``nu = 2n+1`` and imaginary
times ``s = tau T`` in ``(0, 1/2]``, energies in units of ``pi T``. The transform of an even
function is ``sum_n cos(pi nu s) f_n`` over all ``n``, of an odd one with the sine.
"""

import numpy as np
from scipy.special import digamma


def pole_to_tau(x, s):
    """Transforms of ``x/(nu^2+x^2)`` (even) and ``nu/(nu^2+x^2)`` (odd), shape (s, x)."""
    decay = np.exp(-np.pi * x * s[:, None])
    mirror = np.exp(-np.pi * x * (1 - s[:, None]))
    full = 1 + np.exp(-np.pi * x)
    return np.pi / 2 * (decay - mirror) / full, np.pi / 2 * (decay + mirror) / full


def boson_to_tau(eta, s):
    """Transform of ``2 eta/(4 m^2+eta^2)`` without its ``m = 0`` term, shape (s, eta)."""
    decay = np.exp(-np.pi * eta * s[:, None])
    mirror = np.exp(-np.pi * eta * (1 - s[:, None]))
    return np.pi * (decay + mirror) / -np.expm1(-np.pi * eta) - 2 / eta


def bcs_to_tau(xi, s):
    """Transforms of ``1/sqrt(nu^2+xi^2) - 1/nu`` and ``nu/sqrt(nu^2+xi^2) - 1``.

    A BCS propagator is a superposition of poles at ``x = xi cosh u``, smooth and even
    in ``u``; the trapezoidal rule with this step is exact to rounding.
    """
    step = 0.27
    longest = np.arccosh(max(40 / (np.pi * s.min() * xi.min()), 2.0))
    u = np.arange(0, longest, step)
    weight = np.full(u.shape, 2 / np.pi * step)
    weight[0] /= 2
    x = xi[:, None] * np.cosh(u)
    even = np.empty((s.size, xi.size))
    odd = np.empty_like(even)
    for row, time in enumerate(s):
        pole_even, pole_odd = pole_to_tau(x.ravel(), np.array([time]))
        even[row] = pole_even.reshape(x.shape) @ weight
        odd[row] = (x * pole_odd.reshape(x.shape)) @ weight
    even -= inverse_nu_to_tau(s)[:, None]
    odd -= 1 / np.sin(np.pi * s[:, None])
    return even, odd


def inverse_nu_to_tau(s):
    """Transform of ``1/|nu|``: ``2 sum_{n>=0} cos((2n+1) pi s)/(2n+1)``."""
    return -np.log(np.tan(np.pi * s / 2))


def boson_on_inverse_nu(eta, nu):
    """``sum_{n'} b(n-n')/|nu'|`` for a boson ``b`` without its ``m = 0`` term."""
    total = -2 / (eta * nu[:, None])
    for sign in (1, -1):
        pole = sign * nu[:, None] + 1j * eta
        at_zero = 2 * eta / np.abs(pole) ** 2
        at_pole = 2 * eta / (2j * eta * pole)
        total = total - 0.5 * (
            at_zero * digamma(0.5) + 2 * (at_pole * digamma((1 - pole) / 2)).real
        )
    return total


def boson_running_sum(eta, n):
    """``2 sum_{m=1..n} 2 eta/(4 m^2 + eta^2)``, shape (n, eta)."""
    half = 0.5j * eta
    return 2 * (digamma(1 + half) - digamma(n[:, None] + 1 + half)).imag
