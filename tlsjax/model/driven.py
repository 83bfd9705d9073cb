"""Two-level systems in a field, each relaxed by the electrons at the rate of its splitting."""

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from tlsjax.core.pytrees import parameters
from tlsjax.core.validation import non_negative, positive
from tlsjax.model.distributions.tabulated import ascending
from tlsjax.model.occupations import Occupation
from tlsjax.numerics.monotone import monotone
from tlsjax.numerics.panels import SMALLEST


@parameters(vectors=("energy", "log_absorption"))
class Driven(Occupation):
    """Steady state of Bloch's equations with rates that depend on the splitting.

        N_ge(E) = tanh(E/2T)/(1 + q),   q = Omega_R^2 Gamma_2/[Gamma_1 (Gamma_2^2 + delta^2)],
        Gamma_1 = 4 pi kappa R(E) coth(E/2T) + relaxation,   Gamma_2 = Gamma_1/2 + dephasing,

    ``delta = E - frequency``: that of a `BurntHole` with ``s = Omega_R^2/(Gamma_1 Gamma_2)`` and
    the linewidth ``Gamma_2``. `steady_state` finds R.

    Parameters
    ----------
    frequency, rabi : float
        ``hbar omega`` of the field and ``hbar Omega_R`` of an impurity in it; energies.
    dephasing, relaxation : float
        ``hbar/T_phi`` of pure dephasing, and the part of ``hbar/T_1`` that is not the electrons'.
    kappa : float
        ``N_f^2 |n|^2 = alpha/density``, of the coupling to the electrons.
    energy, log_absorption : (N,)
        ``ln(R/E)`` at ascending splittings, 0 in a normal metal; cubic in ln E between them,
        constant beyond.
    """

    frequency: float
    rabi: float
    dephasing: float
    relaxation: float
    kappa: float
    energy: jax.Array
    log_absorption: jax.Array

    vanishes_at_zero = True

    def rules(self) -> tuple:
        return (
            positive("frequency", self.frequency),
            non_negative("rabi", self.rabi),
            non_negative("dephasing", self.dephasing),
            non_negative("relaxation", self.relaxation),
            positive("kappa", self.kappa),
            positive("energy", self.energy),
            ascending("energy", self.energy),
        )

    def relaxation_rate(self, E: ArrayLike, T: ArrayLike) -> jax.Array:
        """``Gamma_1 = hbar/T_1`` at splittings ``E``."""
        E = jnp.maximum(E, SMALLEST)
        absorption = monotone(jnp.log(E), jnp.log(self.energy), self.log_absorption)
        quanta = E / jnp.tanh(E / (2 * T))
        return 4 * np.pi * self.kappa * quanta * jnp.exp(absorption) + self.relaxation

    def linewidth(self, E: ArrayLike, T: ArrayLike) -> jax.Array:
        """``Gamma_2 = hbar/T_2``."""
        return self.relaxation_rate(E, T) / 2 + self.dephasing

    def saturation(self, E: ArrayLike, T: ArrayLike) -> jax.Array:
        """``q``, what divides the thermal ``N_ge`` less 1."""
        down, width = self.relaxation_rate(E, T), self.linewidth(E, T)
        return self.rabi**2 * width / (down * (width**2 + (E - self.frequency) ** 2))

    def features(self, T: ArrayLike) -> tuple:
        """The hole, as wide as the field makes it."""
        at = jnp.asarray(self.frequency)
        down, width = self.relaxation_rate(at, T), self.linewidth(at, T)
        return ((at, jnp.sqrt(width**2 + self.rabi**2 * width / down)),)

    def difference(self, E: ArrayLike, T: ArrayLike) -> jax.Array:
        """``N_ge`` at splittings ``E`` and electron temperature ``T``."""
        return jnp.tanh(E / (2 * T)) / (1 + self.saturation(E, T))

    def temperature(self, E: ArrayLike, T: ArrayLike) -> jax.Array:
        """``T_tls = E/(2 artanh N_ge)``, T where the field does nothing."""
        q = self.saturation(E, T)
        thermal = jnp.tanh(E / (2 * T))
        # 1 - N_ge without the rounding of the difference: what is thermally excited, and the field.
        excited = 2 / (jnp.exp(E / T) + 1) + thermal * q / (1 + q)
        return E / jnp.log1p(2 * thermal / ((1 + q) * excited))
