"""The size of Tc before anything is solved: where searches begin and end, a scale for meshes."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.lax import stop_gradient

from tlsjax.model.allen_dynes import allen_dynes

# The quadrature of an estimate: a few points a panel, and of a heavy tail only its beginning.
_ORDER, _FAR = 6, 10.0
# Rounds in which the occupation at Tc and Tc itself are made to agree.
_ROUNDS = 5
# Smallest estimate, in units of the bosons' energy.
_SMALLEST = 1e-3
# The smallest Tc that is looked for has the bosons' mean energy at this share of what the
# frequency axis resolves: some of them have several times the mean.
_INSIDE = 0.3
# How far from a host's own Tc, in ln T, a transition is looked for. No distribution with
# alpha <= 10 gets far past Tc = 20 Tc0, which is 3.
_FARTHEST = 9.0


class Range(NamedTuple):
    """Logarithms of temperatures: the size of Tc, the ends of the search, and a cutoff above
    them all; without derivatives."""

    log_scale: jax.Array
    log_lowest: jax.Array
    log_highest: jax.Array
    log_cutoff: jax.Array


def search_range(superconductor, baths, axis) -> Range:
    """`Range` of a superconductor's Tc on a frequency axis.

    Around the host's own Tc where it has one, otherwise around the formula of Allen and Dynes
    for the sum of all baths.
    """
    host = superconductor.host
    own, log_cutoff = host.energy_scale(), host.log_cutoff()
    if own is not None:
        log_scale = jnp.log(own)
        log_lowest = log_scale - _FARTHEST
    else:
        Tc, mean = _allen_dynes(*stop_gradient((baths, host.repulsion())))
        log_scale, log_lowest = jnp.log(Tc), jnp.log(mean / (np.pi * _INSIDE * axis.resolved))
    log_highest = log_scale + _FARTHEST
    if log_cutoff is None:
        log_cutoff = log_highest + 1.0
    return stop_gradient(Range(log_scale, log_lowest, log_highest, log_cutoff))


def _allen_dynes(baths, mu_star):
    """``(Tc, mean energy of the bosons)``, the occupation that at Tc."""
    largest = [bath.distribution.largest_energy() for bath in baths]
    T = 0.1 * jnp.max(jnp.stack([jnp.asarray(E) for E in largest]))
    pairs = [bath.quadrature(T, _ORDER, _FAR) for bath in baths]
    E = jnp.concatenate([nodes for nodes, _ in pairs])
    mean = E
    for _ in range(_ROUNDS):
        occupied = zip(baths, pairs, strict=True)
        weight = jnp.concatenate([w * b.occupation.difference(e, T) for b, (e, w) in occupied])
        # Bosons below the temperature are static, and do not pair (Anderson).
        share = jnp.abs(2 * weight * E / (E**2 + (2 * T) ** 2))
        coupling = jnp.sum(share)
        share = share / (coupling + np.finfo(float).tiny)
        mean = jnp.exp(jnp.sum(share * jnp.log(E)))
        Tc = allen_dynes(coupling, mean, jnp.sqrt(jnp.sum(share * E**2)), mu_star)
        T = jnp.maximum(Tc, _SMALLEST * mean)
    return T, mean
