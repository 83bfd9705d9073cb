"""A bath: bosons of a density of energies, coupled to the electrons, in some occupation.

Tunnelling systems and phonons enter the equations alike (theory, section 8): through a density
times coupling ``rho(E)``, and the two factors of `tlsjax.model.occupations`. In equilibrium only

    lambda(omega) = sum over baths of int dE rho(E) d(E) 2E/(omega^2 + E^2)

matters.
"""

import jax.numpy as jnp
import numpy as np
from jax.lax import stop_gradient

from tlsjax.core.pytrees import parameters
from tlsjax.model.distributions.base import FAR, ORDER, Distribution
from tlsjax.model.occupations import Occupation
from tlsjax.numerics.panels import RATIO


@parameters
class Bath:
    """``rho(E) = coupling * distribution.pdf(E)`` with the factors of ``occupation``.

    Parameters
    ----------
    coupling : float, an energy: ``alpha`` of a TLS ensemble.
    distribution : Distribution
    occupation : Occupation
    """

    coupling: float
    distribution: Distribution
    occupation: Occupation

    @property
    def is_sharp(self) -> bool:
        """Whether all bosons have isolated energies."""
        return self.distribution.is_sharp

    def quadrature(self, T, order=ORDER, far=FAR):
        """Nodes ``E`` and weights ``rho dE`` of averages in equilibrium at ``T``, both (Q,)."""
        E, weight = self.distribution.quadrature(T, order, far)
        # A panel of zero length (J = 0) has its nodes at E = 0, with weight zero.
        return jnp.maximum(E, 1e-12 * T), self.coupling * weight

    def static_coupling(self, T, order=ORDER, far=FAR):
        """``int dE rho(E) 2/E`` of oscillators; inf where it diverges."""
        E, weight = self.distribution.quadrature(T, order, far)
        found = self.distribution.static_coupling(jnp.maximum(E, 1e-12 * T), weight, T)
        some = jnp.asarray(self.coupling) != 0
        return jnp.where(some, self.coupling * jnp.where(some, found, 1.0), 0.0)

    def breakpoints(self, T):
        """Where ``p(E)`` and the occupation are sharp, in the distribution's variable; unsorted."""
        # An odd factor, so that these do not coincide with an edge at a round number: where two
        # breakpoints coincide, the derivative does not know which is which.
        thermal = 1.0173 * self.occupation.scale(T) * RATIO ** np.arange(-1.0, 4)
        own = self.distribution.breakpoints()
        return jnp.concatenate([own, stop_gradient(self.distribution.variable(thermal))])

    def breaking(self, E, T):
        """``t - d coth(E/2T)``: what breaks pairs, zero in equilibrium."""
        if self.occupation.in_equilibrium:
            return jnp.zeros_like(E)
        total, difference = self.occupation.total(E, T), self.occupation.difference(E, T)
        return total - difference / jnp.tanh(E / (2 * T))
