"""Single numbers of the thermodynamics: thin wrappers around `solve_thermodynamics`."""

import jax
from numpy.typing import ArrayLike

from tlsjax.matsubara.axis import CompactAxis
from tlsjax.matsubara.critical_temperature import critical_temperature
from tlsjax.model.occupations import OccupationLike
from tlsjax.model.superconductor import SuperconductorLike
from tlsjax.thermodynamics.solve import solve_thermodynamics

# Distance below Tc, relative, from which the jump is extrapolated: linearly, from this and twice as
# much, which leaves 1e-9 of it. Closer by, rounding would be larger.
_BELOW = 1e-5


def condensation_energy(
    superconductor: SuperconductorLike,
    T: ArrayLike,
    population: OccupationLike = None,
    *,
    axis: CompactAxis | None = None,
) -> jax.Array:
    """``(Omega_N - Omega_S)/N_f``, zero or more; arguments as in `solve_thermodynamics`.

    Raises
    ------
    ValueError, ConvergenceError
        Outside transformations only; NaN inside.

    Examples
    --------
    >>> import tlsjax as tls
    >>> print(f"{tls.condensation_energy(tls.Superconductor(), 0.02):.6f}")  # Delta^2/2 at T = 0
    1.554315
    """
    return -_checked(superconductor, T, population, axis).free_energy


def critical_field(
    superconductor: SuperconductorLike,
    T: ArrayLike,
    population: OccupationLike = None,
    *,
    axis: CompactAxis | None = None,
) -> jax.Array:
    """Thermodynamic critical field ``Hc = sqrt(8 pi (Omega_N - Omega_S))`` in ``E sqrt(N_f)``.

    Arguments as in `solve_thermodynamics`, errors as in `condensation_energy`; E is the
    superconductor's unit of energy. `Thermodynamics.measured` has it in mT.

    Examples
    --------
    >>> import tlsjax as tls
    >>> print(f"{tls.critical_field(tls.Superconductor(), 0.5):.6f}")
    4.521148
    """
    return _checked(superconductor, T, population, axis).critical_field


def specific_heat(
    superconductor: SuperconductorLike,
    T: ArrayLike,
    population: OccupationLike = None,
    *,
    axis: CompactAxis | None = None,
) -> jax.Array:
    """Specific heat of the electrons in ``k_B N_f E``, of superconductor or normal metal.

    That of impurities' levels is in `solve_thermodynamics`. Arguments as there, errors as in
    `condensation_energy`.

    Examples
    --------
    >>> import tlsjax as tls
    >>> print(tls.specific_heat(tls.Superconductor(), [0.5, 2.0]).round(6))
    [ 3.113059 13.159473]
    """
    return _checked(superconductor, T, population, axis).specific_heat.electrons


def specific_heat_jump(
    superconductor: SuperconductorLike,
    population: OccupationLike = None,
    *,
    axis: CompactAxis | None = None,
) -> jax.Array:
    """``[C_S - C_N]/(gamma Tc)`` at Tc; 1.42613 of BCS theory, ``12/(7 zeta(3))``.

    ``gamma`` is that of `Thermodynamics.sommerfeld`. Arguments as in `solve_thermodynamics`,
    errors as in `condensation_energy`.

    Examples
    --------
    >>> import tlsjax as tls
    >>> print(f"{tls.specific_heat_jump(tls.Superconductor()):.5f}")
    1.42613
    """
    Tc = critical_temperature(superconductor, population, axis=axis)

    def below(factor):
        found = _checked(superconductor, Tc * (1 - factor * _BELOW), population, axis)
        return found.specific_heat.difference / (found.sommerfeld * Tc)

    return 2 * below(1) - below(2)


def _checked(superconductor, T, population, axis):
    return solve_thermodynamics(superconductor, T, population, axis=axis).check()
