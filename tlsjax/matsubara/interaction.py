"""The TLS-mediated interaction on the compact Matsubara axis.

In units of ``pi T`` the self energies of the paper's Eqs. 48-50 are

    epsilon_tilde_n = nu_n + sum_n' lambda_{n-n'} g_n',   g = epsilon_tilde/sqrt(...)
    Delta_tilde_n   = delta + sum_n' lambda_{n-n'} f_n',  f = Delta_tilde/sqrt(...)

with ``lambda_m = alpha int dE p(E) N_ge(E) 2E/((2 pi T m)^2 + E^2)``. Everything about
the impurities enters through ``lambda`` in imaginary time: one vector.
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

    With ``g = 1 + h`` and ``f = source/nu + r`` on the axis's frequencies,
    ``epsilon_tilde = nu + normal + odd @ h`` and
    ``delta_tilde = source * (1 + on_inverse_nu) + even @ r`` (units of ``pi T``).

    even, odd : (K, K); normal, on_inverse_nu : (K,).
    unresolved : scalar, share of the coupling at energies beyond the axis's range.
    static : scalar, the ``m = 0`` term plus elastic scattering. It multiplies both
    propagators alike, so it is absent from the four others and is added at the end.
    """

    even: jax.Array
    odd: jax.Array
    normal: jax.Array
    on_inverse_nu: jax.Array
    unresolved: jax.Array
    static: jax.Array


def tls_interaction(ensemble, T, population, axis):
    """`Interaction` of a TLS ensemble in equilibrium at temperature ``T``."""
    E, weight = ensemble.splittings.quadrature(T, axis.order, axis.far)
    # A panel of zero length (J = 0) has its nodes at E = 0, with weight zero.
    E = jnp.maximum(E, 1e-12 * T)
    E_over_pi_T = E / (jnp.pi * T)
    weight = ensemble.alpha * weight * population.difference(E, T) / (jnp.pi * T)

    # (M, Q): the boson propagator at imaginary time s, less its m = 0 term 2/E.
    decay = jnp.exp(-jnp.pi * E_over_pi_T * axis.tau[:, None])
    mirror = jnp.exp(-jnp.pi * E_over_pi_T * (1 - axis.tau[:, None]))
    boson = jnp.pi * (decay + mirror) / -jnp.expm1(-jnp.pi * E_over_pi_T)
    lam = (boson - 2 / E_over_pi_T) @ weight

    coupling = weight * 2 / E_over_pi_T
    static = jnp.sum(coupling)
    if not population.vanishes_at_zero:
        # int dE p(E)/E diverges where low splittings are populated and there are any.
        static = jnp.where(ensemble.splittings.pdf(1e-12 * T) > 0, jnp.inf, static)
    beyond = jnp.where(E_over_pi_T > axis.resolved, jnp.abs(coupling), 0.0)
    unresolved = jnp.sum(beyond) / (jnp.sum(jnp.abs(coupling)) + jnp.finfo(float).tiny)

    if ensemble.elastic_rate is not None:
        static = static + ensemble.elastic_rate / T

    return Interaction(
        even=(axis.even_from_tau * lam) @ axis.even_to_tau,
        odd=(axis.odd_from_tau * lam) @ axis.odd_to_tau,
        normal=axis.normal_sum @ lam,
        on_inverse_nu=axis.even_from_tau @ (lam * axis.inverse_nu),
        unresolved=stop_gradient(unresolved),
        static=static,
    )
