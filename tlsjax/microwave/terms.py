"""What a resonance is made of: its losses and its shift, each contribution by its name."""

import dataclasses

import jax

from tlsjax.core.pytrees import register


@register
@dataclasses.dataclass(frozen=True)
class Losses:
    """``1/Q`` by what causes it, arrays of one shape (or numbers, where they do not vary).

    Attributes
    ----------
    electrons : of the superconductor (or normal metal), by its surface resistance.
    residual : what does not depend on temperature.
    dielectric : of two-level systems in a dielectric, another population than the metal's.
    """

    electrons: jax.Array
    residual: jax.Array
    dielectric: jax.Array

    @property
    def total(self) -> jax.Array:
        """``1/Q``, the sum."""
        return self.electrons + self.residual + self.dielectric

    @property
    def quality_factor(self) -> jax.Array:
        """``Q``."""
        return 1 / self.total


@register
@dataclasses.dataclass(frozen=True)
class Shift:
    """``df/f`` from a reference by what causes it, arrays of one shape.

    Attributes
    ----------
    electrons : by the surface reactance.
    dielectric : of two-level systems in a dielectric.
    """

    electrons: jax.Array
    dielectric: jax.Array

    @property
    def total(self) -> jax.Array:
        """``df/f``, the sum."""
        return self.electrons + self.dielectric
