"""Whole curves at once: observables over temperature, coupling or splitting."""

import jax
import jax.numpy as jnp
import numpy as np

from tlsjax.matsubara.critical_temperature import solve_critical_temperature
from tlsjax.matsubara.induced import solve_induced_critical_temperature
from tlsjax.matsubara.order_parameter import solve_matsubara
from tlsjax.model.ensemble import TLSEnsemble


@jax.jit
def gap_curve(ensemble, T):
    """``(Delta, error, status)`` of one ensemble at temperatures ``T`` (N,)."""

    def point(T):
        state = solve_matsubara(ensemble, T)
        return state.order_parameter, state.error, state.status

    return jax.vmap(point)(jnp.asarray(T, dtype=float))


@jax.jit
def transition_curve(splittings, alpha):
    """`Transition` of ensembles with one distribution and couplings ``alpha`` (N,)."""

    def point(alpha):
        return solve_critical_temperature(TLSEnsemble(alpha, splittings))

    return jax.vmap(point)(jnp.asarray(alpha, dtype=float))


@jax.jit
def induced_curve(splittings, population):
    """`Transition` of a batch of distributions, (N,) in every parameter."""
    return jax.vmap(solve_induced_critical_temperature, in_axes=(0, None))(splittings, population)


def temperatures_below(Tc, lowest=0.02, count=121):
    """Temperatures up to ``Tc``, dense below it, where Delta rises as a square root."""
    x = np.linspace(1, 0, count) * np.sqrt(1 - min(lowest / Tc, 0.5))
    return Tc * (1 - x**2)


def drawn_energies(spectrum, highest, count=601):
    """Energies up to ``highest`` on which every peak of a `Spectrum` shows."""
    nodes = np.asarray(spectrum.energy)
    return np.unique(np.append(nodes[nodes < highest], np.linspace(0.0, highest, count)))
