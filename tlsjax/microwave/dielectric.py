"""Two-level systems of a resonator's dielectric: the standard tunnelling model.

They are another population than the metal's own, with a flat density of splittings, and have their
loss and shift beside those of the electrons.
"""

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from tlsjax.core.pytrees import parameters
from tlsjax.core.units import convert
from tlsjax.core.validation import Rule, non_negative, positive, require
from tlsjax.numerics.digamma import digamma


@parameters
class DielectricTLS:
    """Resonant two-level systems with a flat density of splittings (Phillips 1987; Gao 2008).

    Parameters
    ----------
    loss_tangent : float
        ``F tan(delta)``: intrinsic loss at T = 0 and low power, times the share F of the field's
        energy in the dielectric.
    critical_photons : float
        Number ``n_c`` of photons that saturate it; inf (default) never.

    Examples
    --------
    Below a temperature of ``hf/2k_B`` the loss saturates; the frequency goes through a minimum:

    >>> import tlsjax as tls
    >>> oxide = tls.DielectricTLS(loss_tangent=1e-5, critical_photons=30.0)
    >>> print(1e6 * oxide.loss(T=[0.02, 0.2], frequency=5.0, photons=0.0))
    [9.99987688 5.36982237]
    >>> print(1e6 * oxide.shift(T=[0.02, 0.1, 0.5], frequency=5.0).round(8))
    [-0.04 -0.66  2.09]
    """

    loss_tangent: ArrayLike
    critical_photons: ArrayLike = np.inf

    def rules(self) -> tuple:
        """Domains of the parameters."""
        # The rules ask for finite values; infinity is one here.
        photons = jnp.where(jnp.isposinf(self.critical_photons), 1.0, self.critical_photons)
        return (
            non_negative("loss_tangent", self.loss_tangent),
            Rule("critical_photons", "positive (inf never saturates)", (photons,), lambda n: n > 0),
        )

    def loss(self, T: ArrayLike, frequency: ArrayLike, photons: ArrayLike = 0.0) -> jax.Array:
        """``1/Q = F tan(delta) tanh(hf/2 k_B T)/sqrt(1 + n/n_c)``; T in K, frequency in GHz."""
        require(*self.rules(), *_domains(T, frequency), non_negative("photons", photons))
        x = _quantum(frequency) / (2 * jnp.asarray(T))
        saturated = jnp.asarray(photons) / self.critical_photons
        return self.loss_tangent * jnp.tanh(x) / jnp.sqrt(1 + saturated)

    def shift(self, T: ArrayLike, frequency: ArrayLike) -> jax.Array:
        """``df/f`` from T = 0 at low power, T in K and frequency in GHz:

        ``(F tan(delta)/pi) [Re psi(1/2 + hf/(2 pi i k_B T)) - ln(hf/2 pi k_B T)]``. Power does not
        change it: systems off resonance make it.
        """
        require(*self.rules(), *_domains(T, frequency))
        x = _quantum(frequency) / (2 * np.pi * jnp.asarray(T))
        return self.loss_tangent / np.pi * (digamma(0.5 - 1j * x).real - jnp.log(x))


def _domains(T, frequency):
    return positive("T", T), positive("frequency", frequency)


def _quantum(frequency):
    """``hf`` in kelvin."""
    return convert(jnp.asarray(frequency), "GHz", "K")
