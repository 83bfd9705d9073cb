"""Occupations of the two levels: N_g(E) + N_e(E) = 1, N_ge = N_g - N_e."""

from typing import Any

import jax.numpy as jnp
from jax.tree_util import Partial

from tlsjax.core.pytrees import parameters
from tlsjax.core.validation import Rule, fail, positive


@parameters
class Thermal:
    """Levels in equilibrium with the electrons: ``N_ge = tanh(E/2T)``."""

    # Not annotated, so no field: whether N_ge -> 0 at E -> 0.
    vanishes_at_zero = True

    def rules(self):
        return ()

    def scale(self, T):
        """Energy on which ``N_ge`` varies."""
        return T

    def difference(self, E, T):
        """``N_ge`` at splittings ``E`` and electron temperature ``T``."""
        return jnp.tanh(E / (2 * T))


@parameters
class EffectiveTemperature:
    """Levels at a temperature of their own: ``N_ge = tanh(E/2 T_tls)``.

    ``T_tls`` may be infinite (``N_ge = 0``, both levels equally full) or negative (inverted:
    more in the upper level than in the lower); not zero, for which there is `GroundState`.
    """

    T_tls: float

    vanishes_at_zero = True

    def rules(self):
        text = "a temperature other than zero (negative means inverted; GroundState() is T_tls = 0)"
        # The rules ask for finite values; infinity is one here.
        checked = jnp.where(jnp.isinf(self.T_tls), 1.0, self.T_tls)
        return (Rule("T_tls", text, (checked,), lambda T: T != 0),)

    def scale(self, T):
        """Energy on which ``N_ge`` varies."""
        del T
        return jnp.minimum(jnp.abs(self.T_tls), 1e3)

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

    def scale(self, T):
        """``N_ge`` does not vary: any energy."""
        return T

    def difference(self, E, T):
        """``N_ge = 1``, shape of ``E``."""
        del T
        return jnp.ones_like(E)


def require_equilibrium(population):
    """Raise unless the Matsubara axis can represent ``population``."""
    if not isinstance(population, Thermal | GroundState):
        rule = "Thermal() or GroundState(): the Matsubara axis is equilibrium only"
        fail("population", rule, repr(population))


@parameters
class Population:
    """Any population: ``N_ge = function(E)``, between -1 and 1, of the splittings ``E``.

    ``function`` takes an array of splittings (units of ``k_B Tc0``) and returns an array. It
    must be written in `jax.numpy`; a `jax.tree_util.Partial` lets gradients reach parameters
    of its own. ``scale`` is the energy on which it varies; it places quadrature nodes.

    Examples
    --------
    >>> import jax.numpy as jnp, tlsjax as tls
    >>> burnt = tls.Population(lambda E: jnp.tanh(E / 0.4) * (1 - jnp.exp(-((E - 1) ** 2))))
    >>> print(burnt.difference(jnp.array([1.0, 3.0]), T=0.2).round(4))
    [0.     0.9817]
    """

    function: Any
    energy_scale: float = 0.5

    vanishes_at_zero = False

    def rules(self):
        return (positive("energy_scale", self.energy_scale),)

    def scale(self, T):
        """Energy on which ``N_ge`` varies."""
        del T
        return self.energy_scale

    def difference(self, E, T):
        """``N_ge`` at splittings ``E``; independent of the electron temperature."""
        del T
        return self.function(E)


def as_population(value):
    """``value`` as a population: None is thermal, a plain function of E is wrapped."""
    if value is None:
        return Thermal()
    if isinstance(value, Thermal | EffectiveTemperature | GroundState):
        return value
    if isinstance(value, Population):
        return Population(_as_partial(value.function), value.energy_scale)
    if callable(value):
        return Population(_as_partial(value))
    rule = "such as Thermal(), EffectiveTemperature(1.0) or a function of E"
    return fail("population", rule, repr(value))


def _as_partial(function):
    # A plain function is no pytree; as a Partial it is one, without leaves.
    return function if isinstance(function, Partial) else Partial(function)
