"""The formula of Allen and Dynes for Tc, Phys. Rev. B 12, 905 (1975): an estimate."""

import jax.numpy as jnp


def allen_dynes(coupling, omega_log, omega_2, mu_star=0.0):
    """Tc in the unit of ``omega_log``; 0 where the formula has no pairing.

    ``Tc = f_1 f_2 (omega_log/1.2) exp{-1.04 (1 + lambda)/[lambda - mu* (1 + 0.62 lambda)]}`` with
    the strong-coupling and shape corrections ``f_1`` and ``f_2``; ``omega_2`` is the root of
    ``<omega^2>`` with the weight ``alpha^2F/omega``.
    """
    net = coupling - mu_star * (1 + 0.62 * coupling)
    pairs = net > 1e-3
    exponent = -1.04 * (1 + coupling) / jnp.where(pairs, net, 1.0)
    first = 2.46 * (1 + 3.8 * mu_star)
    second = 1.82 * (1 + 6.3 * mu_star) * omega_2 / omega_log
    f_1 = (1 + (coupling / first) ** 1.5) ** (1 / 3)
    f_2 = 1 + (omega_2 / omega_log - 1) * coupling**2 / (coupling**2 + second**2)
    return jnp.where(pairs, f_1 * f_2 * omega_log / 1.2 * jnp.exp(exponent), 0.0)
