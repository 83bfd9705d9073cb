"""Two-level systems driven at one frequency: a hole burnt into their population."""

import jax
import jax.numpy as jnp
from numpy.typing import ArrayLike

from tlsjax.core.pytrees import parameters
from tlsjax.core.validation import non_negative, positive
from tlsjax.model.occupations import Occupation, not_zero


def bloch(N, detuning, saturation):
    """``N (1 + x^2)/(1 + x^2 + s)``, the steady state of Bloch's equations at the detuning x."""
    # Written so that neither a large detuning nor a large saturation overflows.
    return N / (1 + saturation / (1 + detuning**2))


@parameters
class BurntHole(Occupation):
    """Two-level systems in a field at one frequency, which keeps those near to it half excited.

    The steady state of the Bloch equations (theory, section 11):

        N_ge(E) = tanh(E/2T) (1 + x^2)/(1 + x^2 + s),   x = (E - omega0)/gamma_2,

    a hole at ``omega0`` of depth ``s/(1 + s)`` and half width ``gamma_2 sqrt(1 + s)``.

    Parameters
    ----------
    frequency : float
        ``omega0 = hbar omega`` of the field, an energy in the superconductor's unit.
    linewidth : float
        ``gamma_2 = hbar/T_2``, the half width of one two-level system without power, an energy.
    saturation : float
        ``s = Omega_R^2 T_1 T_2``, power over critical power; 0 is no field. `steady_state` finds
        it from the relaxation by the electrons.
    T_tls : float, optional
        Temperature of the two-level systems away from resonance; infinite or negative as in
        `EffectiveTemperature`. None (default) is that of the electrons, and no leaf of the pytree.

    Examples
    --------
    Driven at 12 GHz, ``0.0623 k_B Tc0`` of niobium, a hundred times above the critical power:

    >>> import jax.numpy as jnp, tlsjax as tls
    >>> hole = tls.BurntHole(frequency=0.0623, linewidth=1e-4, saturation=100.0)
    >>> print(hole.difference(jnp.array([0.05, 0.0623, 0.07]), T=0.2).round(4))
    [0.1235 0.0015 0.1704]
    """

    frequency: float
    linewidth: float
    saturation: float
    T_tls: float | None = None

    vanishes_at_zero = True

    def rules(self) -> tuple:
        rules = (
            positive("frequency", self.frequency),
            positive("linewidth", self.linewidth),
            non_negative("saturation", self.saturation),
        )
        return rules if self.T_tls is None else (*rules, not_zero("T_tls", self.T_tls))

    def scale(self, T: ArrayLike) -> ArrayLike:
        """Energy on which ``N_ge`` varies away from the hole."""
        return T if self.T_tls is None else jnp.minimum(jnp.abs(self.T_tls), 1e3 * T)

    def features(self, T: ArrayLike) -> tuple:
        """The hole."""
        del T
        return ((self.frequency, self.linewidth * jnp.sqrt(1 + self.saturation)),)

    def difference(self, E: ArrayLike, T: ArrayLike) -> jax.Array:
        """``N_ge`` at splittings ``E`` and electron temperature ``T``."""
        T = T if self.T_tls is None else self.T_tls
        detuning = (E - self.frequency) / self.linewidth
        return bloch(jnp.tanh(E / (2 * T)), detuning, self.saturation)
