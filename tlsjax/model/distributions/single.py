"""One splitting for all impurities."""

import jax
import jax.numpy as jnp
from numpy.typing import ArrayLike

from tlsjax.core.pytrees import parameters
from tlsjax.core.validation import positive
from tlsjax.model.distributions.base import FAR, ORDER, Distribution


@parameters
class DeltaFunction(Distribution):
    """All splittings equal: ``p(E) = delta(E - E0)`` (paper, Eq. 57)."""

    E0: float

    is_sharp = True

    def rules(self) -> tuple:
        return (positive("E0", self.E0),)

    def pdf(self, E: ArrayLike) -> jax.Array:
        """Infinite at ``E0``, zero elsewhere; shape of ``E``."""
        return jnp.where(jnp.asarray(E) == self.E0, jnp.inf, 0.0)

    def features(self) -> tuple:
        return ((self.E0, 0.0),)

    def quadrature(
        self, T: ArrayLike, order: int = ORDER, far: float = FAR
    ) -> tuple[jax.Array, jax.Array]:
        del T, order, far
        one = jnp.ones((1,))
        return self.E0 * one, one
