"""How full the levels of a bath are, by energy: two factors, ``total`` and ``difference``.

A self energy contains a boson of energy E through

    t(E) = total,  what its emission and absorption add up to, and
    d(E) = difference,  what they differ by.

A two-level system with occupations N_g + N_e = 1 has ``t = 1`` and ``d = N_ge = N_g - N_e``; an
oscillator at temperature T has ``t = coth(E/2T)`` and ``d = 1``. Both are in equilibrium with the
electrons where ``t = d coth(E/2T)``: there only ``d`` enters Tc and Delta. Elsewhere what they
differ by breaks pairs.
"""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.tree_util import Partial
from numpy.typing import ArrayLike

from tlsjax.core.pytrees import parameters
from tlsjax.core.validation import Rule, fail, is_known, positive


class Occupation:
    """Base of the occupations: a two-level system, ``t = 1``, unless overridden."""

    # In equilibrium with electrons of any temperature, so that the Matsubara axis suffices.
    in_equilibrium = False
    # Whether d -> 0 as E -> 0; otherwise the static coupling int dE p(E) d(E)/E may diverge.
    vanishes_at_zero = False
    # Whether an upper level may be fuller than the lower one, as far as is known.
    may_be_inverted = True

    def rules(self) -> tuple:
        """Domains of the parameters."""
        return ()

    def scale(self, T):
        """Energy on which the factors vary."""
        return T

    def features(self, T) -> tuple:
        """Where the factors vary on a scale of their own: pairs (energy, width).

        They place nodes and have no derivative; none by default.
        """
        del T
        return ()

    def total(self, E, T):
        """``t`` at energies ``E`` and electron temperature ``T``; shape of ``E``."""
        del T
        return jnp.ones_like(E)

    def difference(self, E, T):
        """``d`` at energies ``E`` and electron temperature ``T``; shape of ``E``."""
        raise NotImplementedError(f"{type(self).__name__}.difference")


def not_zero(name, T_tls):
    """Rule: a temperature of two-level systems, which may be infinite or negative."""
    text = "a temperature other than zero (negative means inverted; GroundState() is T_tls = 0)"
    # The rules ask for finite values; infinity is one here.
    checked = jnp.where(jnp.isinf(T_tls), 1.0, T_tls)
    return Rule(name, text, (checked,), lambda T: T != 0)


@parameters
class Thermal(Occupation):
    """Two-level systems in equilibrium with the electrons: ``N_ge = tanh(E/2T)``."""

    in_equilibrium = True
    vanishes_at_zero = True
    may_be_inverted = False

    def difference(self, E: ArrayLike, T: ArrayLike) -> jax.Array:
        """``N_ge`` at splittings ``E`` and electron temperature ``T``."""
        return jnp.tanh(E / (2 * T))


@parameters
class Oscillator(Occupation):
    """Harmonic oscillators in equilibrium with the electrons: ``t = coth(E/2T)``, ``d = 1``.

    It turns the theory into Eliashberg's with ``alpha^2 F(E) = alpha p(E)``: each impurity is
    an Einstein mode, as a phonon is. Where ``p(0) > 0`` the static coupling ``int dE p(E)/E`` is
    infinite: Delta, Tc and the gap function are finite nonetheless (Anderson), ``epsilon_tilde``
    and ``delta_tilde`` are not.
    """

    in_equilibrium = True
    may_be_inverted = False

    def total(self, E: ArrayLike, T: ArrayLike) -> jax.Array:
        """``coth(E/2T)``."""
        return 1 / jnp.tanh(E / (2 * T))

    def difference(self, E: ArrayLike, T: ArrayLike) -> jax.Array:
        """1, shape of ``E``."""
        del T
        return jnp.ones_like(E)


@parameters
class GroundState(Occupation):
    """Two-level systems all in their lower level: ``N_ge = 1``, whatever the temperature.

    The limit ``T_tls -> 0`` of `EffectiveTemperature`, out of equilibrium with electrons at
    T > 0. Not to be confused with `Oscillator`, which has ``d = 1`` too.
    """

    may_be_inverted = False

    def difference(self, E: ArrayLike, T: ArrayLike) -> jax.Array:
        """``N_ge = 1``, shape of ``E``."""
        del T
        return jnp.ones_like(E)


@parameters
class EffectiveTemperature(Occupation):
    """Two-level systems at a temperature of their own: ``N_ge = tanh(E/2 T_tls)``.

    ``T_tls`` may be infinite (``N_ge = 0``, both levels equally full) or negative (inverted:
    more in the upper level than in the lower); not zero, for which there is `GroundState`.
    """

    T_tls: float

    vanishes_at_zero = True

    @property
    def may_be_inverted(self):
        return not is_known(self.T_tls) or bool(np.any(np.asarray(self.T_tls) < 0))

    def rules(self) -> tuple:
        return (not_zero("T_tls", self.T_tls),)

    def scale(self, T: ArrayLike) -> ArrayLike:
        """Energy on which ``N_ge`` varies; finite where ``T_tls`` is not."""
        return jnp.minimum(jnp.abs(self.T_tls), 1e3 * T)

    def difference(self, E: ArrayLike, T: ArrayLike) -> jax.Array:
        """``N_ge`` at splittings ``E``; independent of the electron temperature."""
        del T
        return jnp.tanh(E / (2 * self.T_tls))


@parameters
class Population(Occupation):
    """Any population of two-level systems: ``N_ge = function(E)``, between -1 and 1.

    ``function`` takes an array of splittings and returns an array. It must be written in
    `jax.numpy`; a `jax.tree_util.Partial` lets gradients reach parameters of its own.
    ``energy_scale`` is the energy on which it varies; it places quadrature nodes.

    Examples
    --------
    >>> import jax.numpy as jnp, tlsjax as tls
    >>> burnt = tls.Population(lambda E: jnp.tanh(E / 0.4) * (1 - jnp.exp(-((E - 1) ** 2))))
    >>> print(burnt.difference(jnp.array([1.0, 3.0]), T=0.2).round(4))
    [0.     0.9817]
    """

    function: Any
    energy_scale: float = 0.5

    def rules(self) -> tuple:
        return (positive("energy_scale", self.energy_scale),)

    def scale(self, T: ArrayLike) -> ArrayLike:
        """Energy on which ``N_ge`` varies."""
        del T
        return self.energy_scale

    def difference(self, E: ArrayLike, T: ArrayLike) -> jax.Array:
        """``N_ge`` at splittings ``E``; independent of the electron temperature."""
        del T
        return self.function(E)


# What callers may write for ``population``: one for all impurities, or a tuple in their order.
OccupationLike = Occupation | Callable[[jax.Array], jax.Array] | Sequence | None


def as_occupation(value, name="population") -> Occupation:
    """``value`` as an occupation: None is thermal, a plain function of E is wrapped."""
    if value is None:
        return Thermal()
    if isinstance(value, Population):
        return Population(_as_partial(value.function), value.energy_scale)
    if isinstance(value, Occupation):
        return value
    if callable(value):
        return Population(_as_partial(value))
    rule = "such as Thermal(), EffectiveTemperature(1.0) or a function of E"
    return fail(name, rule, repr(value))


def as_occupations(value, count: int) -> tuple:
    """One occupation for each of ``count`` ensembles: one for all, or a tuple in their order."""
    if not isinstance(value, list | tuple):
        return (as_occupation(value),) * count
    if len(value) != count:
        text = f"one for all impurities, or a tuple of {count}, one for each ensemble"
        fail("population", text, f"a tuple of {len(value)}")
    return tuple(as_occupation(item, f"population[{i}]") for i, item in enumerate(value))


def require_equilibrium(occupations):
    """Raise unless the Matsubara axis can represent these occupations."""
    for occupation in occupations:
        if not occupation.in_equilibrium:
            rule = "Thermal() or Oscillator(): the Matsubara axis is equilibrium only"
            fail("population", rule, repr(occupation))


def _as_partial(function):
    # A plain function is no pytree; as a Partial it is one, without leaves.
    return function if isinstance(function, Partial) else Partial(function)
