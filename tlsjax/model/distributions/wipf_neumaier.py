"""Splittings of strained wells (Wipf and Neumaier), with the edge at J sharp or rounded.

Each impurity has a tunnel splitting ``J`` and an asymmetry ``epsilon`` of its own; its levels
are ``E = sqrt(J^2 + epsilon^2)`` apart (paper, Eq. 5). A Lorentzian spread of asymmetries at
one ``J`` is Wipf and Neumaier's density; a Lorentzian spread of ``J`` besides rounds its edge.
"""

import jax
import jax.numpy as jnp
from jax.lax import stop_gradient
from numpy.typing import ArrayLike

from tlsjax.core.pytrees import parameters
from tlsjax.core.validation import Rule, non_negative, positive
from tlsjax.model.distributions.base import FAR, ORDER, Distribution, peaked
from tlsjax.numerics.inverse_root import inverse_root
from tlsjax.numerics.quadrature import even_midpoints


@parameters
class WipfNeumaier(Distribution):
    """Tunnel splitting J with a Lorentzian spread of asymmetries (Eq. 60).

    ``p(E) = (2/pi) E/sqrt(E^2-J^2) sigma/(E^2-J^2+sigma^2)`` for E > J: the density of
    ``E = sqrt(J^2 + epsilon^2)`` with ``epsilon`` Lorentzian of width ``sigma``.
    """

    J: float
    sigma: float

    def rules(self) -> tuple:
        return non_negative("J", self.J), positive("sigma", self.sigma)

    def pdf(self, E: ArrayLike) -> jax.Array:
        """Density at ``E``, any shape; zero for ``E <= J``, infinite just above."""
        E = jnp.asarray(E)
        above = E > self.J
        asymmetry2 = jnp.where(above, E**2 - self.J**2, 1.0)
        density = E / jnp.sqrt(asymmetry2) * self.sigma / (asymmetry2 + self.sigma**2)
        return jnp.where(above, 2 / jnp.pi * density, 0.0)

    def variable(self, E: ArrayLike) -> jax.Array:
        """The asymmetry ``epsilon = sqrt(E^2 - J^2)``; 0 below J."""
        E = jnp.asarray(E)
        above = self.J < E
        return jnp.where(above, jnp.sqrt(jnp.where(above, E**2 - self.J**2, 1.0)), 0.0)

    def energy(self, s: ArrayLike) -> jax.Array:
        """``E = sqrt(J^2 + epsilon^2)``."""
        return jnp.sqrt(self.J**2 + s**2)

    def density(self, s: ArrayLike) -> jax.Array:
        """Lorentzian in the asymmetry."""
        return 2 / jnp.pi * self.sigma / (s**2 + self.sigma**2)

    def features(self) -> tuple:
        return ((0.0, jnp.minimum(self.sigma, jnp.maximum(self.J, 1e-3 * self.sigma))),)

    def quadrature(
        self, T: ArrayLike, order: int = ORDER, far: float = FAR
    ) -> tuple[jax.Array, jax.Array]:
        # In the asymmetry epsilon the square-root edge is gone and the integrand is
        # even. Its singularities are at i sigma, i sqrt(J^2 + (pi T)^2) and, for a
        # population that does not vanish at E = 0, the branch point i J.
        thermal = jnp.sqrt(self.J**2 + (jnp.pi * T) ** 2)
        branch = jnp.maximum(self.J, 1e-3 * thermal)
        width = stop_gradient(jnp.minimum(self.sigma, branch))
        end = stop_gradient(far * jnp.maximum(self.sigma, thermal))
        epsilon, d_epsilon = even_midpoints(width, end, 5 * order)
        density = 2 / jnp.pi * self.sigma / (epsilon**2 + self.sigma**2)
        return jnp.sqrt(self.J**2 + epsilon**2), d_epsilon * density


@parameters
class ModifiedWipfNeumaier(Distribution):
    """Wipf-Neumaier with the edge at J rounded over ``delta`` (Eq. 61).

    ``p(E) = N_W Im[E/sqrt(J^2-(E+i delta)^2)] sigma/(E^2-J^2+sigma^2)`` with
    ``N_W = (2/(pi sigma)) sqrt(J^2 + (kappa+delta)^2)``, ``kappa^2 = sigma^2 - J^2``.

    Needs ``sigma >= J``: below, the printed form has a pole at ``E^2 = J^2 - sigma^2``
    and is no density. At ``sigma = J`` exactly, as in the paper, ``N_W`` has a square
    root cusp and the one-sided derivatives with respect to ``J`` and ``sigma`` are
    infinite; what is returned there is their finite part, the slope along ``sigma = J``.
    """

    J: float
    sigma: float
    delta: float

    def rules(self) -> tuple:
        text = "at least J, or the modified Wipf-Neumaier form has a pole"
        return (
            non_negative("J", self.J),
            positive("sigma", self.sigma),
            positive("delta", self.delta),
            Rule("sigma", text, (self.sigma, self.J), lambda sigma, J: sigma >= J, ("J",)),
        )

    def pdf(self, E: ArrayLike) -> jax.Array:
        """Density at ``E >= 0``, any shape."""
        E = jnp.asarray(E)
        kappa2 = self.sigma**2 - self.J**2
        inside = kappa2 > 0
        kappa = jnp.where(inside, jnp.sqrt(jnp.where(inside, kappa2, 1.0)), 0.0)
        norm = 2 / (jnp.pi * self.sigma)
        norm = norm * jnp.sqrt(self.J**2 + (kappa + self.delta) ** 2)
        # J^2 - (E + i delta)^2, part by part for the sake of what nearly cancels.
        real = (self.J - E) * (self.J + E) + self.delta**2
        edge = E * inverse_root(jax.lax.complex(real, -2 * self.delta * E)).imag
        # At sigma = J both go as E^2, and E = 0 has the limit.
        below = E**2 + kappa2
        nothing = below == 0
        limit = self.delta / (self.J**2 + self.delta**2) ** 1.5
        ratio = jnp.where(nothing, limit, edge / jnp.where(nothing, 1.0, below))
        density = norm * self.sigma * ratio
        return jnp.where(E >= 0, density, 0.0)

    def features(self) -> tuple:
        kappa = jnp.sqrt(jnp.maximum(stop_gradient(self.sigma**2 - self.J**2), 0.0))
        return (self.J, self.delta), (0.0, jnp.where(kappa > 0, kappa, self.J))

    def quadrature(
        self, T: ArrayLike, order: int = ORDER, far: float = FAR
    ) -> tuple[jax.Array, jax.Array]:
        # kappa is the distance of the pole from E = 0. Below a thousandth of J its
        # trace in p(E) carries less than 1e-9 of the integral.
        kappa = jnp.sqrt(jnp.maximum(stop_gradient(self.sigma**2 - self.J**2), 0.0))
        low_scale = jnp.where(kappa > 1e-3 * self.J, kappa, self.J)
        tail = jnp.maximum(kappa, self.delta)
        E, dE = peaked(T, self.J, self.delta, low_scale, tail, order, far)
        return E, dE * self.pdf(E)


@parameters
class BroadenedWipfNeumaier(Distribution):
    """Lorentzian asymmetries, and tunnel splittings with a Lorentzian spread.

    The density of ``E = sqrt(J'^2 + epsilon^2)`` where ``epsilon`` has the density
    ``(sigma/pi)/(epsilon^2 + sigma^2)`` and ``J'`` the density
    ``(delta/pi)/((J' - J)^2 + delta^2)``, negative ``J'`` meaning its modulus. With
    ``a = J + i delta``, ``b = sqrt(E^2 + sigma^2)`` and ``s = sqrt(a - E) sqrt(a + E)`` the double
    integral is

        p(E) = -(2E/pi) Im { (a^2 + sigma^2) / [b s (a s + sigma b)] },

    positive and normalised for every ``sigma``, ``J`` and ``delta > 0``: unlike the modified
    form (Eq. 61) it has no pole at ``sigma < J``. It tends to `WipfNeumaier` for ``delta -> 0``.

    Examples
    --------
    >>> import tlsjax as tls
    >>> weakly_strained = tls.BroadenedWipfNeumaier(J=1.0, sigma=0.1, delta=0.02)
    >>> print(f"{tls.critical_temperature(tls.TLSEnsemble(1.0, weakly_strained)):.6f}")
    1.102675
    """

    J: float
    sigma: float
    delta: float

    def rules(self) -> tuple:
        return (
            non_negative("J", self.J),
            positive("sigma", self.sigma),
            positive("delta", self.delta),
        )

    def pdf(self, E: ArrayLike) -> jax.Array:
        """Density at ``E >= 0``, any shape."""
        E = jnp.asarray(E)
        a = self.J + 1j * self.delta
        b = jnp.sqrt(E**2 + self.sigma**2)
        # Of 1/s, which saves roots and divisions of complex numbers.
        real = (self.J - E) * (self.J + E) - self.delta**2
        root = inverse_root(jax.lax.complex(real, 2 * self.delta * self.J + 0 * E))
        above, below = (a**2 + self.sigma**2) * root**2, a + self.sigma * b * root
        imaginary = (above * below.conj()).imag / (b * (below.real**2 + below.imag**2))
        return jnp.where(E >= 0, -2 / jnp.pi * E * imaginary, 0.0)

    def features(self) -> tuple:
        return (self.J, self.delta), (0.0, jnp.minimum(self.sigma, self._edge))

    @property
    def _edge(self):
        """Distance of the edge from E = 0."""
        return jnp.sqrt(self.J**2 + self.delta**2)

    def quadrature(
        self, T: ArrayLike, order: int = ORDER, far: float = FAR
    ) -> tuple[jax.Array, jax.Array]:
        low = stop_gradient(jnp.minimum(self.sigma, self._edge))
        E, dE = peaked(T, self.J, self.delta, low, self.sigma + self.delta, order, far)
        return E, dE * self.pdf(E)
