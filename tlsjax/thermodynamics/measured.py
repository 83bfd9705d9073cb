"""Thermodynamics in mT and mJ/(mol K^2): a metal's Sommerfeld constant sets the scale."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from tlsjax.core.constants import VACUUM_PERMEABILITY
from tlsjax.core.units import convert
from tlsjax.core.validation import fail
from tlsjax.microscopic.materials import Metal

# Avogadro's constant, 1/mol.
_AVOGADRO = 6.02214076e23


class Measured(NamedTuple):
    """What bulk measurements give.

    critical_field : mT. free_energy : mJ/mol, superconducting less normal.
    entropy, specific_heat : mJ/(mol K), of the electrons and of the impurities with them: what the
        condensate does to their levels, and where their ``density`` is given the levels themselves.
    """

    critical_field: jax.Array
    free_energy: jax.Array
    entropy: jax.Array
    specific_heat: jax.Array


def measured(thermodynamics, metal: Metal, unit: str) -> Measured:
    """`Measured` of a solution whose unit of energy is "K" or "meV"."""
    if not isinstance(metal, Metal):
        fail("metal", "a tlsjax.Metal such as tlsjax.NIOBIUM", repr(metal))
    if unit not in ("K", "meV"):
        fail("unit", "K or meV, the unit of the superconductor", repr(unit))
    kelvin = convert(1.0, unit, "K")
    # gamma T in the two units.
    scale = metal.sommerfeld / thermodynamics.sommerfeld
    free_energy = thermodynamics.free_energy * scale * kelvin**2
    molar_volume = metal.atomic_volume * 1e-30 * _AVOGADRO
    density = jnp.maximum(-free_energy, 0.0) * 1e-3 / molar_volume
    some = density > 0
    field = jnp.where(some, jnp.sqrt(2 * VACUUM_PERMEABILITY * jnp.where(some, density, 1.0)), 0.0)
    return Measured(
        1e3 * field,
        free_energy,
        thermodynamics.entropies.known * scale * kelvin,
        thermodynamics.specific_heat.known * scale * kelvin,
    )
