"""A Lorentzian peak of splittings."""

import jax
import jax.numpy as jnp
from numpy.typing import ArrayLike

from tlsjax.core.pytrees import parameters
from tlsjax.core.validation import fail, non_negative, positive
from tlsjax.model.distributions.base import FAR, ORDER, Distribution, peaked


@parameters(static=("normalized",))
class Lorentzian(Distribution):
    """``p(E) = (1/pi) sigma/((E-J)^2 + sigma^2)`` on E >= 0 (paper, Eq. 59).

    As printed in the paper the density integrates to ``1/2 + atan(J/sigma)/pi < 1``.
    ``normalized=True`` (default) divides by that; ``normalized=False`` is the printed
    form.
    """

    J: float
    sigma: float
    normalized: bool = True

    def rules(self) -> tuple:
        if not isinstance(self.normalized, bool):
            fail("normalized", "True or False", repr(self.normalized))
        return non_negative("J", self.J), positive("sigma", self.sigma)

    def pdf(self, E: ArrayLike) -> jax.Array:
        """Density at ``E >= 0``, any shape."""
        E = jnp.asarray(E)
        density = self.sigma / ((E - self.J) ** 2 + self.sigma**2) / jnp.pi
        if self.normalized:
            density = density / (0.5 + jnp.arctan2(self.J, self.sigma) / jnp.pi)
        return jnp.where(E >= 0, density, 0.0)

    def features(self) -> tuple:
        return ((self.J, self.sigma),)

    def quadrature(
        self, T: ArrayLike, order: int = ORDER, far: float = FAR
    ) -> tuple[jax.Array, jax.Array]:
        low = self.J + self.sigma
        E, dE = peaked(T, self.J, self.sigma, low, self.sigma, order, far)
        return E, dE * self.pdf(E)
