"""The constant density of tunnelling systems in a glass."""

import jax
import jax.numpy as jnp
from numpy.typing import ArrayLike

from tlsjax.core.pytrees import parameters
from tlsjax.core.validation import positive
from tlsjax.model.distributions.base import FAR, ORDER, Distribution, thermal_scale
from tlsjax.numerics.quadrature import sinh_panel


@parameters
class Glass(Distribution):
    """Constant density up to a cutoff: ``p(E) = Theta(Ec - E)/Ec`` (paper, Eq. 58)."""

    Ec: float

    def rules(self) -> tuple:
        return (positive("Ec", self.Ec),)

    def pdf(self, E: ArrayLike) -> jax.Array:
        """Density at ``E >= 0``, any shape."""
        E = jnp.asarray(E)
        return jnp.where((E >= 0) & (self.Ec >= E), 1 / self.Ec, 0.0)

    def features(self) -> tuple:
        return ((self.Ec, 0.0),)

    def quadrature(
        self, T: ArrayLike, order: int = ORDER, far: float = FAR
    ) -> tuple[jax.Array, jax.Array]:
        del far
        E, dE = sinh_panel(0.0, self.Ec, 0.0, thermal_scale(T, self.Ec), 2, order)
        return E, dE / self.Ec
