"""Splittings from their cause: strain that tilts the wells, and barriers that vary.

Each impurity has a tunnel splitting ``J`` and an asymmetry ``epsilon`` of its own; its levels
are ``E = sqrt(J^2 + epsilon^2)`` apart (paper, Eq. 5). A Lorentzian spread of asymmetries at
one ``J`` is Wipf and Neumaier's density; a Lorentzian spread of ``J`` besides rounds its edge.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax.lax import stop_gradient

from tlsjax.core.pytrees import parameters
from tlsjax.core.validation import fail, non_negative, positive, require
from tlsjax.model.distributions.base import FAR, ORDER, SmoothInEnergy, peaked
from tlsjax.model.distributions.paper import Tabulated


@parameters
class BroadenedWipfNeumaier(SmoothInEnergy):
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

    def rules(self):
        return (
            non_negative("J", self.J),
            positive("sigma", self.sigma),
            positive("delta", self.delta),
        )

    def pdf(self, E):
        """Density at ``E >= 0``, any shape."""
        E = jnp.asarray(E)
        a = self.J + 1j * self.delta
        b = jnp.sqrt(E**2 + self.sigma**2)
        s = jnp.sqrt(a - E) * jnp.sqrt(a + E)
        inverse = (a**2 + self.sigma**2) / (b * s * (a * s + self.sigma * b))
        return jnp.where(E >= 0, -2 / jnp.pi * E * inverse.imag, 0.0)

    def features(self):
        return (self.J, self.delta), (0.0, jnp.minimum(self.sigma, self._edge))

    @property
    def _edge(self):
        """Distance of the edge from E = 0."""
        return jnp.sqrt(self.J**2 + self.delta**2)

    def quadrature(self, T, order=ORDER, far=FAR):
        low = stop_gradient(jnp.minimum(self.sigma, self._edge))
        E, dE = peaked(T, self.J, self.delta, low, self.sigma + self.delta, order, far)
        return E, dE * self.pdf(E)


def sample_splittings(key, count, J, sigma, delta=0.0, barriers=0.0):
    """Splittings of ``count`` impurities, drawn one by one.

    Parameters
    ----------
    key : JAX random key
    count : int
    J, sigma, delta : float
        As in `BroadenedWipfNeumaier`; ``delta = 0`` is `WipfNeumaier`.
    barriers : float
        Spread of ``ln J``: tunnelling is exponential in the barrier, so barriers with a normal
        distribution make tunnel splittings with a log-normal one.

    Returns
    -------
    (count,) array of ``E = sqrt(J'^2 + epsilon^2)``

    Examples
    --------
    >>> import jax, tlsjax as tls
    >>> E = tls.sample_splittings(jax.random.key(1), 10_000, J=1.0, sigma=0.5)
    >>> print(f"{float(E.min()):.3f}", tls.tabulate(E, 100).pdf(1.2).round(1))
    1.000 0.8
    """
    checks = [("sigma", sigma), ("delta", delta), ("barriers", barriers), ("J", J)]
    require(*(non_negative(name, value) for name, value in checks))
    keys = jax.random.split(key, 3)
    asymmetry = sigma * jax.random.cauchy(keys[0], (count,))
    tunnelling = J * jnp.exp(barriers * jax.random.normal(keys[1], (count,)))
    tunnelling = tunnelling + delta * jax.random.cauchy(keys[2], (count,))
    return jnp.sqrt(tunnelling**2 + asymmetry**2)


def tabulate(samples, bins=200):
    """A `Tabulated` density from splittings, for the solvers.

    The density between quantiles, ``bins`` of them: fine where there are many samples. Each bin
    is known to ``sqrt(bins/samples)`` of itself. Heavy tails end at the largest sample.
    """
    samples = np.sort(np.asarray(samples, dtype=float))
    if samples.ndim != 1 or samples.size < 10 * bins or bins < 2:
        fail("samples", "at least ten in each of two bins or more", f"{samples.size} in {bins}")
    if not np.isfinite(samples).all() or samples[0] < 0:
        fail("samples", "finite and zero or more", str(samples[[0, -1]]))
    edges = np.quantile(samples, np.linspace(0, 1, bins + 1))
    width = np.diff(edges)
    if not (width > 0).all():
        fail("samples", "spread out, no bin of them all equal", f"{bins} bins")
    # Constant in each bin, with ramps a thousandth of it wide: that keeps every bin's share.
    ramp = 1e-3 * np.minimum(width[1:], width[:-1])
    inner = np.stack([edges[1:-1] - ramp, edges[1:-1] + ramp], axis=1).ravel()
    E = np.concatenate([edges[:1], inner, edges[-1:]])
    return Tabulated(E, np.repeat(1 / width, 2))
