"""The critical field at zero temperature, from small ones."""

import jax.numpy as jnp
import numpy as np

from tlsjax.core.batching import over_batches
from tlsjax.core.programs import program
from tlsjax.core.status import Status, is_ok, nan_unless, raise_unless_ok
from tlsjax.matsubara.critical_temperature import solve_critical_temperature
from tlsjax.matsubara.interaction import bosons_of
from tlsjax.matsubara.order_parameter import MAX_STEPS, solve_one
from tlsjax.matsubara.state import interaction_of
from tlsjax.thermodynamics.functional import condensation
from tlsjax.thermodynamics.normal import electrons

# Temperatures, in units of Tc, from which is extrapolated: what depends on T in the superconducting
# state falls exponentially, as T^2 or, with a glass of splittings, as T^2 ln T.
_SMALL = np.array([0.01, 0.015, 0.02])


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
            own = condensation(axis, state["unknowns"], inter, T) + electrons(bosons, T, T)
            return own, state["status"]

        found, statuses = zip(*(at(Tc * t) for t in _SMALL), strict=True)
        basis = np.stack([np.ones(3), _SMALL**2, _SMALL**2 * np.log(_SMALL)], axis=1)
        free_energy = jnp.dot(np.linalg.inv(basis)[0], jnp.stack(found))
        statuses = jnp.stack(statuses)
        good = jnp.all(is_ok(statuses)) & (free_energy < 0)
        status = jnp.where(good, Status.CONVERGED, jnp.max(statuses)).astype(jnp.int32)
        root = jnp.sqrt(8 * np.pi * jnp.where(good, -free_energy, 1.0))
        return nan_unless(good, root), status

    return over_batches(one, superconductor, Tc, population)
