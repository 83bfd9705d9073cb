"""The shift that the condensate gives the levels of the impurities."""

import jax
import jax.numpy as jnp

from tlsjax.core.batching import Vector, over_batches
from tlsjax.core.programs import program
from tlsjax.core.status import is_ok, nan_unless
from tlsjax.core.validation import fail, positive, require
from tlsjax.matsubara.interaction import Bosons
from tlsjax.model.occupations import GroundState
from tlsjax.thermodynamics.functional import boson_energy, frozen


def level_shift(thermodynamics, E, impurity):
    """See `Thermodynamics.level_shift`."""
    superconductor = thermodynamics.superconductor
    count = len(superconductor.impurities)
    if impurity not in range(count):
        fail("impurity", f"the number of an ensemble, 0 to {count - 1}", repr(impurity))
    ensemble = superconductor.impurities[impurity]
    if ensemble.density is None:
        fail("density", "given for an ensemble whose level shift is asked for", "None")
    require(positive("E", E))
    E = jnp.asarray(E, dtype=float)
    shifted = _energies(
        superconductor.simplified(), thermodynamics.T, Vector(thermodynamics.unknowns),
        thermodynamics.status, E.ravel(), thermodynamics.axis,
    )  # fmt: skip
    ratio = jnp.asarray(ensemble.alpha) / jnp.asarray(ensemble.density)
    found = -2 * ratio[..., None] * shifted
    return found.reshape(found.shape[:-1] + E.shape)


@program(static_argnums=5)
def _energies(superconductor, T, unknowns, status, E, axis):
    """Energy of one boson with ``N_ge = 1`` at each of the energies ``E``, over its coupling."""

    def one(superconductor, T, unknowns, status):
        closure = superconductor.host.closure()
        state = frozen(axis, unknowns.values, superconductor.scattering, closure, T)

        def of(E):
            boson = Bosons(E[None], jnp.ones(1), GroundState(), None)
            return boson_energy(axis, state, (boson,), T)

        return nan_unless(is_ok(status), jax.vmap(of)(E))

    return over_batches(one, superconductor, T, unknowns, status)
