"""The interaction through bosons on the compact Matsubara axis: a sum over baths.

In units of ``pi T`` the self energies (paper, Eqs. 48-50) are

    epsilon_tilde_n = nu_n + sum_n' lambda_{n-n'} g_n',   g = epsilon_tilde/sqrt(...)
    Delta_tilde_n   = s    + sum_n' lambda_{n-n'} f_n',   f = Delta_tilde/sqrt(...)

with ``lambda_m = sum over baths int dE rho(E) d(E) 2E/((2 pi T m)^2 + E^2)``. Everything about
the bosons enters through ``lambda`` in imaginary time: one vector.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.lax import stop_gradient

# Share of the coupling that may lie beyond the energies the axis resolves: out there
# its effect is still good to 1e-4 or so, which makes this an error of 1e-6.
UNRESOLVED_SHARE = 1e-2


class Interaction(NamedTuple):
    """Self energies as matrices acting on the stored parts of the propagators.

    With ``g = 1 + h`` and ``f/u = s/nu + r`` on the axis's frequencies (see
    `tlsjax.matsubara.equations`), ``epsilon_tilde = nu + normal + odd @ h`` and
    ``delta_tilde/u = s (1 + on_inverse_nu) + even @ r`` (units of ``pi T``).

    even, odd : (K, K); normal, on_inverse_nu : (K,).
    unresolved : scalar, share of the coupling at energies beyond the axis's range.
    static : scalar, the ``m = 0`` term plus elastic scattering. It multiplies both
        propagators alike, so it is absent from the four others and is added at the end.
    anomalous : (K,) or None, what bosons out of equilibrium add to ``delta_tilde/u`` besides.
    mean_energy : scalar, logarithmic mean of the bosons' energies, a scale without derivative.
    """

    even: jax.Array
    odd: jax.Array
    normal: jax.Array
    on_inverse_nu: jax.Array
    unresolved: jax.Array
    static: jax.Array
    mean_energy: jax.Array
    anomalous: jax.Array | None = None


def interaction(baths, T, axis, elastic_rate=None) -> Interaction:
    """`Interaction` through ``baths`` at temperature ``T``; uses their ``difference`` only."""
    E, weight, diverges = _nodes(baths, T, axis)
    E_over_pi_T = E / (jnp.pi * T)
    weight = weight / (jnp.pi * T)

    # (M, Q): the boson propagator at imaginary time s, less its m = 0 term 2/E.
    decay = jnp.exp(-jnp.pi * E_over_pi_T * axis.tau[:, None])
    mirror = jnp.exp(-jnp.pi * E_over_pi_T * (1 - axis.tau[:, None]))
    boson = jnp.pi * (decay + mirror) / -jnp.expm1(-jnp.pi * E_over_pi_T)
    lam = (boson - 2 / E_over_pi_T) @ weight

    coupling = weight * 2 / E_over_pi_T
    static = jnp.where(diverges, jnp.inf, jnp.sum(coupling))
    beyond = jnp.where(E_over_pi_T > axis.resolved, jnp.abs(coupling), 0.0)
    unresolved = jnp.sum(beyond) / (jnp.sum(jnp.abs(coupling)) + jnp.finfo(float).tiny)
    if elastic_rate is not None:
        static = static + elastic_rate / T

    return Interaction(
        even=(axis.even_from_tau * lam) @ axis.even_to_tau,
        odd=(axis.odd_from_tau * lam) @ axis.odd_to_tau,
        normal=axis.normal_sum @ lam,
        on_inverse_nu=axis.even_from_tau @ (lam * axis.inverse_nu),
        unresolved=stop_gradient(unresolved),
        static=static,
        mean_energy=stop_gradient(_log_mean(E_over_pi_T, jnp.abs(coupling))),
    )


def _log_mean(E, share):
    tiny = jnp.finfo(float).tiny
    return jnp.exp(jnp.sum(share * jnp.log(E)) / (jnp.sum(share) + tiny))


def _nodes(baths, T, axis):
    """``(E, rho d dE, whether the static coupling diverges)`` of all baths together."""
    # Without any bath: one boson without weight.
    nodes, weights, diverges = [jnp.ones(1) * T], [jnp.zeros(1)], jnp.asarray(False)
    if baths:
        nodes, weights = [], []
    for bath in baths:
        E, weight = bath.quadrature(T, axis.order, axis.far)
        nodes.append(E)
        weights.append(weight * bath.occupation.difference(E, T))
        if not bath.occupation.vanishes_at_zero:
            # int dE p(E)/E where low energies are populated and there are any.
            diverges |= bath.distribution.pdf(1e-12 * T) > 0
    return jnp.concatenate(nodes), jnp.concatenate(weights), diverges
