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

from tlsjax.matsubara.pair_breaking import PairBreaking, source_to_tau
from tlsjax.model.occupations import Occupation
from tlsjax.model.scattering import Scattering

# Share of the coupling that may lie beyond the energies the axis resolves: out there
# its effect is still good to 1e-4 or so, which makes this an error of 1e-6.
UNRESOLVED_SHARE = 1e-2


class Interaction(NamedTuple):
    """Self energies as matrices acting on the stored parts of the propagators.

    With ``g = 1 + h`` and ``f/u = s source + r`` on the axis's frequencies (see
    `tlsjax.matsubara.equations`), ``epsilon_tilde = nu + normal + odd @ h`` and
    ``delta_tilde/u = s (1 + on_source) + even @ r`` (units of ``pi T``), static scattering apart.

    even, odd : (K, K); normal, on_source : (K,).
    breaking : PairBreaking, rates of static pair breaking.
    unresolved : scalar, share of the coupling at energies beyond the axis's range.
    static : scalar, the ``m = 0`` term plus elastic scattering (see `_static`). It multiplies both
        propagators alike, so it is absent from the four others and is added at the end.
    anomalous : (K,) or None, what bosons out of equilibrium add to ``delta_tilde/u`` besides.
    mean_energy : scalar, logarithmic mean of the bosons' energies, a scale without derivative.
    """

    even: jax.Array
    odd: jax.Array
    normal: jax.Array
    on_source: jax.Array
    breaking: PairBreaking
    unresolved: jax.Array
    static: jax.Array
    mean_energy: jax.Array
    anomalous: jax.Array | None = None


class Bosons(NamedTuple):
    """A bath at the nodes of a quadrature: energies, ``rho dE`` and the occupation.

    static : ``int dE rho 2/E`` in equilibrium where the nodes do not give it, else None.
    """

    E: jax.Array
    weight: jax.Array
    occupation: Occupation
    static: jax.Array | None


def bosons_of(baths, T, axis) -> tuple[Bosons, ...]:
    """`Bosons` whose averages are exact at ``T`` and at all higher temperatures."""
    return tuple(_bosons(bath, T, axis) for bath in baths)


def _bosons(bath, T, axis):
    E, weight = bath.quadrature(T, axis.order, axis.far)
    static = None
    if not (bath.occupation.vanishes_at_zero or bath.is_sharp):
        static = bath.static_coupling(T, axis.order, axis.far)
    return Bosons(E, weight, bath.occupation, static)


def interaction(bosons: tuple[Bosons, ...], T, axis, scattering: Scattering) -> Interaction:
    """`Interaction` at temperature ``T``; uses the ``difference`` of the occupations only."""
    E_over_pi_T, weight, static = _in_units(bosons, T)
    lam = _in_time(E_over_pi_T, axis) @ weight

    # How much each energy matters: bosons below the temperature are as good as static.
    share = jnp.abs(weight) * E_over_pi_T / (E_over_pi_T**2 + 1)
    share = share / (jnp.sum(share) + jnp.finfo(float).tiny)
    unresolved = jnp.sum(jnp.where(E_over_pi_T > axis.resolved, share, 0.0))
    breaking = breaking_at(scattering, T)
    if scattering.elastic is not None:
        static = static + scattering.elastic / (jnp.pi * T)

    return Interaction(
        even=(axis.even_from_tau * lam) @ axis.even_to_tau,
        odd=(axis.odd_from_tau * lam) @ axis.odd_to_tau,
        normal=axis.normal_sum @ lam,
        on_source=axis.even_from_tau @ (lam * source_to_tau(axis, breaking.gamma)),
        breaking=breaking,
        unresolved=stop_gradient(unresolved),
        static=static,
        mean_energy=stop_gradient(jnp.exp(jnp.sum(share * jnp.log(E_over_pi_T)))),
    )


def _in_units(bosons, T):
    """Energies and ``rho d dE`` of all bosons in units of ``pi T``, and their `_static` sum."""
    # Without any bath: one boson without weight.
    E, weight, static = jnp.ones(1) * T, jnp.zeros(1), jnp.zeros(())
    if bosons:
        E = jnp.concatenate([b.E for b in bosons])
        weights = [b.weight * b.occupation.difference(b.E, T) for b in bosons]
        weight = jnp.concatenate(weights)
        for b, own in zip(bosons, weights, strict=True):
            static = static + _static(b, own, T)
    return E / (jnp.pi * T), weight / (jnp.pi * T), static


def _static(boson, weight, T):
    """What a bath adds to elastic scattering at the Matsubara frequencies.

    The ``m = 0`` term ``int dE rho d 2/E``; out of equilibrium also ``(1/T) int dE rho (t - d
    coth(E/2T))``, by which the pair breaking of `tlsjax.contour.equations` is less.
    """
    if not boson.occupation.in_equilibrium:
        total = boson.weight * boson.occupation.total(boson.E, T)
        # Together they are finite where each diverges at low energies.
        both = 2 * T / boson.E - 1 / jnp.tanh(boson.E / (2 * T))
        return jnp.sum(total + weight * both) / T
    return jnp.sum(2 * weight / boson.E) if boson.static is None else boson.static


def _in_time(E_over_pi_T, axis):
    """(M, Q): the boson propagator at imaginary time s, less its m = 0 term 2/E."""
    decay = jnp.exp(-jnp.pi * E_over_pi_T * axis.tau[:, None])
    mirror = jnp.exp(-jnp.pi * E_over_pi_T * (1 - axis.tau[:, None]))
    boson = jnp.pi * (decay + mirror) / -jnp.expm1(-jnp.pi * E_over_pi_T)
    return boson - 2 / E_over_pi_T


def coupling_in_time(bosons: tuple[Bosons, ...], T, axis):
    """(M,) ``lambda`` at the imaginary times of the axis, in which everything above is linear."""
    E_over_pi_T, weight, _ = _in_units(bosons, T)
    return _in_time(E_over_pi_T, axis) @ weight


def breaking_at(scattering: Scattering, T) -> PairBreaking:
    """The rates of static pair breaking in units of ``pi T``."""
    rates = (scattering.dynes, scattering.magnetic)
    return PairBreaking(*(None if rate is None else rate / (jnp.pi * T) for rate in rates))
