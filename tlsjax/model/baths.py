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

# An odd factor, so that breakpoints of an occupation do not coincide with an edge at a round
# number: where two coincide, the derivative does not know which is which.
_ODD = 1.0173
# Powers of RATIO around a feature of an occupation: from a third of its width to 3^8 widths, where
# a Lorentzian hole is 1e-7 deep.
_LEVELS = 10


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
        narrow = self._narrow(T)
        if self.is_sharp or not narrow.size:
            E, weight = self.distribution.quadrature(T, order, far)
        else:
            E, weight = self.distribution.composite(T, order, far, narrow)
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
        thermal = _ODD * self.occupation.scale(T) * RATIO ** np.arange(-1.0, 4)
        own = self.distribution.breakpoints()
        occupied = jnp.concatenate([thermal, self._narrow(T)])
        return jnp.concatenate([own, stop_gradient(self.distribution.variable(occupied))])

    def _narrow(self, T):
        """Energies around the features of the occupation, (0,) where it has none."""
        points = [np.zeros(0)]
        for position, width in self.occupation.features(T):
            distance = _ODD * width * RATIO ** np.arange(-1.0, _LEVELS - 1)
            points += [position - distance, position + distance]
        return stop_gradient(jnp.maximum(jnp.concatenate(points), 0.0))

    def breaking(self, E, T):
        """``t - d coth(E/2T)``: what breaks pairs, zero in equilibrium."""
        if self.occupation.in_equilibrium:
            return jnp.zeros_like(E)
        total, difference = self.occupation.total(E, T), self.occupation.difference(E, T)
        return total - difference / jnp.tanh(E / (2 * T))
