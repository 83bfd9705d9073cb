"""Occupations of the two levels: N_g(E) + N_e(E) = 1, N_ge = N_g - N_e."""

import jax.numpy as jnp

from tlsjax.domain import Rule, fail
from tlsjax.parameters import parameters


@parameters
class Thermal:
    """Levels in equilibrium with the electrons: ``N_ge = tanh(E/2T)``."""

    # Not annotated, so no field: whether N_ge -> 0 at E -> 0.
    vanishes_at_zero = True

    def rules(self):
        return ()

    def difference(self, E, T):
        """``N_ge`` at splittings ``E`` and electron temperature ``T``."""
        return jnp.tanh(E / (2 * T))


@parameters
class EffectiveTemperature:
    """Levels at a temperature of their own: ``N_ge = tanh(E/2 T_tls)``."""

    T_tls: float

    vanishes_at_zero = True

    def rules(self):
        text = "finite and not zero (negative means inverted)"
        return (Rule("T_tls", text, (self.T_tls,), lambda T: T != 0),)

    def difference(self, E, T):
        """``N_ge`` at splittings ``E``; independent of the electron temperature."""
        del T
        return jnp.tanh(E / (2 * self.T_tls))


@parameters
class GroundState:
    """Every impurity in its lower level: ``N_ge = 1``.

    On the Matsubara axis this turns the theory into Eliashberg's with
    ``alpha^2 F(E) = alpha p(E)``: each impurity is an Einstein oscillator. Where
    ``p(0) > 0`` the static coupling ``int dE p(E)/E`` is infinite: Delta, Tc and the gap
    function are finite nonetheless (Anderson), ``epsilon_tilde`` and ``delta_tilde`` are
    not.
    """

    vanishes_at_zero = False

    def rules(self):
        return ()

    def difference(self, E, T):
        """``N_ge = 1``, shape of ``E``."""
        del T
        return jnp.ones_like(E)


def require_equilibrium(population):
    """Raise unless the Matsubara axis can represent ``population``."""
    if not isinstance(population, Thermal | GroundState):
        rule = "Thermal() or GroundState(): the Matsubara axis is equilibrium only"
        fail("population", rule, repr(population))
