"""Linear response of the normal state: whether it is stable, and where to begin below Tc.

A constant pair source ``s`` makes ``Delta_tilde_n/epsilon_tilde_n = v_n``; here it is as strong
as it takes for ``v_0 = 1``. Summed up to a cutoff,

    W(T) = s ln(cutoff/T) + pi T sum_n [v_n - s/|epsilon_n|],

and ``W/s`` is the pair susceptibility. The host's equation at Tc reads ``s/W = -mu`` with ``mu``
the host's repulsion at that cutoff: negative for an attraction, mu* in Eliashberg theory, 0
without a host. Bosons alone pair below a temperature T_A, where ``s`` falls through zero: above,
``s`` and every ``v_n`` are positive (their kernel has no negative element, Perron), below, ``s``
is negative. So

    stability(T) = mu + s/W

falls through zero at Tc as T falls, above T_A for an attractive host, below it for a repulsive
one.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from tlsjax.matsubara.equations import Norm, pack
from tlsjax.matsubara.estimate import Range
from tlsjax.matsubara.pair_breaking import source, source_sum
from tlsjax.numerics.linear import solve


class Response(NamedTuple):
    """v : (K,) response with ``v_0 = 1``, and s, the source that makes it.

    stability : scalar, > 0 in the normal state.
    far_below : whether T is so far below Tc that ``stability`` has no meaning (it is -1).
    mu : the host's repulsion at the cutoff.
    """

    v: jax.Array
    s: jax.Array
    stability: jax.Array
    far_below: jax.Array
    mu: jax.Array


def response(axis, interaction, closure, log_T, log_cutoff, anomalous=0.0) -> Response:
    """`Response` of the normal state at one temperature.

    ``anomalous`` (K,) is what bosons out of equilibrium add to ``delta_tilde``, over ``v``.
    """
    nu = axis.nu
    gamma = interaction.breaking.gamma
    epsilon = nu + interaction.normal - anomalous
    matrix = jnp.diag(epsilon if gamma is None else epsilon + gamma) - interaction.even
    # s (1 + on_source) + even @ (v - s tail): the source, and what it takes from the sum.
    tail = source(nu, gamma)
    column = interaction.even @ tail - 1 - interaction.on_source
    solution = solve(jnp.concatenate([matrix[:, 1:], column[:, None]], axis=1), -matrix[:, 0])
    s = solution[-1]
    v = jnp.concatenate([jnp.ones(1), solution[:-1]])
    W = s * (log_cutoff - log_T + source_sum(gamma)) + jnp.dot(axis.tail_sum, v - s * tail)
    mu = -closure.pairing / (closure.pairing * log_cutoff + closure.constant)
    # Bosons that repel, as inverted impurities do, can turn a v negative but cannot pair.
    positive = jnp.all(v > 0) | (interaction.normal[-1] <= 0)
    known = (W > 0) & ((s < 0) | positive)
    stability = jnp.where(known, mu + s / jnp.where(known, W, 1.0), -1.0)
    return Response(v, s, stability, ~known, mu)


def starting_point(
    axis, found: Response, interaction, log_T, searched: Range, norm: Norm, stretch=None
):
    """First unknowns for Newton's method below Tc, see `tlsjax.matsubara.equations`; ``stretch`` is
    the host's."""
    # Near Tc the shape is that of the response; a BCS superconductor with the same excess of
    # pair susceptibility has T/Tc = t, and Delta/(pi T) by the usual interpolation.
    excess = -found.stability * (searched.log_cutoff - log_T) ** 2
    t = jnp.exp(-jnp.clip(excess, 1e-15, 7.0))
    near_tc = 1.764 * jnp.tanh(1.74 * jnp.sqrt(1 / t - 1)) / (jnp.pi * t)
    # Far below it Delta is constant, and ends at the energy of the bosons if they make it.
    far_below = 2 * 1.764 * jnp.exp(searched.log_scale - log_T) / jnp.pi
    attractive = found.mu < 0
    cutoff = jnp.where(attractive, jnp.inf, interaction.mean_energy)
    shape = (1 + 1 / cutoff**2) / (axis.nu * (1 + (axis.nu / cutoff) ** 2))
    v = jnp.where(found.far_below, shape, found.v)
    u = jnp.where(found.far_below, far_below, jnp.minimum(near_tc, 1.5 * far_below))
    # Beside pair breaking a stretched host's equation is not monotonic: from below Newton's method
    # may end at no gap at all, from above it cannot miss the largest root.
    u = u if stretch is None else far_below * jnp.sqrt(jnp.maximum(stretch, 1.0))
    # An attractive host adds to the gap, a repulsive one takes from it. Where the response runs
    # away (T near T_A) most of the gap below is the host's all the same.
    s = jnp.where(attractive, jnp.maximum(jnp.abs(found.s), 0.5), found.s)
    s = jnp.where(found.far_below, jnp.where(attractive, 1.0, 0.0), s)
    # What is known of u is the host's constant part where it pairs, otherwise the gap itself.
    return pack(v, s, (u / jnp.where(attractive, s, 1.0)) ** 2, norm)
