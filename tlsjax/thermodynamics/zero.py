"""The critical field at zero temperature, from small ones.

What depends on T in the superconducting state falls exponentially, as T^2 or, with a glass of
splittings, as T^2 ln T; but soft levels, ``E`` of the size of T, are not yet all in the lower one.
What it takes to bring them there is known to first order: the free energy is stationary, so it is
the explicit change (`tlsjax.thermodynamics.functional`), the solution held.
"""

import jax.numpy as jnp
import numpy as np

from tlsjax.core.batching import over_batches
from tlsjax.core.programs import program
from tlsjax.core.status import Status, is_ok, nan_unless, raise_unless_ok
from tlsjax.matsubara.critical_temperature import solve_critical_temperature
from tlsjax.matsubara.interaction import bosons_of
from tlsjax.matsubara.order_parameter import MAX_STEPS, solve_one
from tlsjax.matsubara.state import interaction_of
from tlsjax.thermodynamics.functional import boson_energy, condensation, frozen, held_at
from tlsjax.thermodynamics.normal import electrons

# Temperatures, in units of Tc, from which is extrapolated, and that of levels at rest over them.
_SMALL = np.array([0.01, 0.015, 0.02])
_AT_REST = 1e-6


def critical_field_at_zero(superconductor, population, axis):
    """``(Tc, Hc(0))``, both in the superconductor's unit (see `Thermodynamics`)."""
    transition = solve_critical_temperature(superconductor, population, axis=axis).check()
    Tc = transition.temperature
    field, status = _field(superconductor.simplified(), Tc, population, axis)
    raise_unless_ok(status, "Critical field near T = 0")
    return Tc, field


@program(static_argnums=3)
def _field(superconductor, Tc, population, axis):
    def one(superconductor, Tc, population):
        def at(T):
            state = solve_one(superconductor, T, population, axis, MAX_STEPS)
            inter = interaction_of(superconductor, population, T, axis)
            bosons = bosons_of(superconductor.baths(population), T, axis)
            y = state["unknowns"]
            own = condensation(axis, y, inter, T) + electrons(bosons, T, T)
            return own + _to_rest(axis, superconductor, y, bosons, T), state["status"]

        found, statuses = zip(*(at(Tc * t) for t in _SMALL), strict=True)
        basis = np.stack([np.ones(3), _SMALL**2, _SMALL**2 * np.log(_SMALL)], axis=1)
        free_energy = jnp.dot(np.linalg.inv(basis)[0], jnp.stack(found))
        statuses = jnp.stack(statuses)
        good = jnp.all(is_ok(statuses)) & (free_energy < 0)
        status = jnp.where(good, Status.CONVERGED, jnp.max(statuses)).astype(jnp.int32)
        root = jnp.sqrt(8 * np.pi * jnp.where(good, -free_energy, 1.0))
        return nan_unless(good, root), status

    return over_batches(one, superconductor, Tc, population)


def _to_rest(axis, superconductor, y, bosons, T):
    """What the free energy changes by where all levels come to rest, to first order."""
    closure = superconductor.host.closure()
    held = frozen(axis, y, superconductor.scattering, closure, T)

    def energy(T_bosons):
        own = boson_energy(axis, held, held_at(bosons, T_bosons), T)
        return own + electrons(bosons, T, T_bosons)

    return energy(_AT_REST * T) - energy(T)
