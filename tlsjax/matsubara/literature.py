"""Closed-form and first-order results of the theory and of its relatives."""

import jax
import jax.numpy as jnp
from numpy.typing import ArrayLike

from tlsjax.core.batching import over_batches
from tlsjax.core.programs import program
from tlsjax.core.status import Status, nan_unless, raise_unless_ok
from tlsjax.core.validation import Rule, holds, positive, require
from tlsjax.matsubara.axis import compact_axis
from tlsjax.matsubara.interaction import UNRESOLVED_SHARE, bosons_of, interaction
from tlsjax.model.baths import Bath
from tlsjax.model.distributions.base import Distribution, require_distribution
from tlsjax.model.occupations import OccupationLike, as_occupation, require_equilibrium
from tlsjax.model.scattering import Scattering
from tlsjax.numerics.newton import newton_root

# ln Tc (1e-250) below which Tc is too close to the smallest double to be told from zero.
# A thermal population stops sooner: the iteration needs 1/Tc^2, which overflows at 1e-154.
_SMALLEST_LOG = -575.0


class _WeakCoupling:
    """``ln T = ln(2 e^gamma E/pi) - pi E/N_ge(E, T)`` in the unknown ``ln T``."""

    @staticmethod
    def residual(y, parameters):
        E, population = parameters
        prefactor = 2 * jnp.exp(jnp.euler_gamma) / jnp.pi
        occupation = population.difference(E, jnp.exp(y))
        return y - jnp.log(prefactor * E) + jnp.pi * E / occupation

    @staticmethod
    def jacobian(y, parameters):
        return jax.jacfwd(_WeakCoupling.residual)(y, parameters)

    @staticmethod
    def advance(y, step):
        # The residual is increasing and convex and the start lies above the root, so
        # Newton's method descends to it monotonically.
        return y + step, jnp.max(jnp.abs(step))


def weak_coupling_critical_temperature(
    E: ArrayLike, population: OccupationLike = None
) -> jax.Array:
    """Weak-coupling Tc of TLS-mediated superconductivity, in ``hbar/tau_in`` (Eq. 72).

    ``Tc = (2 e^gamma/pi) E exp(-pi E/N_ge)``, with ``N_ge`` taken at Tc. It overestimates
    the solution of the full equations by a factor of 3 at its peak.

    Parameters
    ----------
    E : float or array
        The splitting, in units of ``hbar/tau_in``.
    population : Thermal() (default) or Oscillator()

    Returns
    -------
    scalar
        Differentiable.

    Raises
    ------
    ValueError
        If ``E`` is not positive (not inside transformations).
    ConvergenceError
        Where Tc is below 1e-150, beyond ``E = 110`` (1e-250 and 180 for Oscillator()).

    Examples
    --------
    >>> import tlsjax as tls
    >>> print(f"{tls.weak_coupling_critical_temperature(0.3):.6f}")
    0.114369
    """
    population = as_occupation(population)
    require_equilibrium((population,))
    require(positive("E", E))
    temperature, status = _weak_coupling(E, population)
    raise_unless_ok(status, "Weak-coupling transition temperature")
    return temperature


@program
def _weak_coupling(E, population):
    return over_batches(_weak_coupling_one, E, population)


def _weak_coupling_one(E, population):
    E = jnp.asarray(E, dtype=float)
    start = jnp.log(1.14 * jax.lax.stop_gradient(E))[None]
    y, status, _ = newton_root(_WeakCoupling, 60, start, jnp.asarray(True), (E, population))
    lost = (y[0] < _SMALLEST_LOG) | (status == Status.NOT_FINITE)
    status = jnp.where(lost, Status.NOT_FOUND, status)
    status = jnp.where(holds(positive("E", E)), status, Status.INVALID)
    return nan_unless(status == Status.CONVERGED, jnp.exp(y[0])), status


def brandt_slope(splittings: Distribution, population: OccupationLike = None) -> jax.Array:
    """``d ln Tc/d alpha`` at ``alpha = 0``: Brandt's first-order result (Sec. V.2).

    With ``lambda = alpha lambda_1`` and everything at ``T = Tc0``

        d ln Tc/d alpha = pi T sum_n 1/|epsilon_n| pi T sum_n' lambda_1(epsilon_n-epsilon_n')
                          [1/|epsilon_n'| - sgn(epsilon_n epsilon_n')/|epsilon_n|]

    Parameters
    ----------
    splittings : a distribution, energies in ``k_B Tc0``; parameters may be arrays
    population : Thermal() (default) or Oscillator()

    Returns
    -------
    scalar, differentiable.

    Examples
    --------
    >>> import tlsjax as tls
    >>> print(f"{tls.brandt_slope(tls.Glass(Ec=3.0)):.6f}")
    0.202501
    """
    population = as_occupation(population)
    require_distribution("splittings", splittings)
    require_equilibrium((population,))
    slope, status = _brandt_slope(splittings, population)
    raise_unless_ok(status, "Brandt's slope")
    return slope


@program
def _brandt_slope(splittings, population):
    return over_batches(_brandt_slope_one, splittings, population)


def _brandt_slope_one(splittings, population):
    axis = compact_axis()
    baths = [Bath(weight, part, population) for weight, part in splittings.components()]
    T = jnp.asarray(1.0)
    clean = Scattering(None, None, None)
    inter = interaction(bosons_of(baths, T, axis), T, axis, clean)
    response = (inter.on_source - inter.normal / axis.nu) / axis.nu
    resolved = inter.unresolved < UNRESOLVED_SHARE
    status = jnp.where(resolved, Status.CONVERGED, Status.OUT_OF_RANGE)
    status = jnp.where(holds(*splittings.rules()), status, Status.INVALID)
    slope = jnp.dot(axis.tail_sum, response)
    return nan_unless(status == Status.CONVERGED, slope), status


def vujicic_critical_temperature(
    omega_tls: ArrayLike,
    lambda_tls: ArrayLike,
    lambda_ph: ArrayLike,
    mu_star: ArrayLike,
    omega_D: ArrayLike,
) -> jax.Array:
    """Tc of Vujicic et al. for a lattice of identical TLS (Eq. 62).

    ``Tc = 1.14 omega_tls exp(-1/lambda_eff)`` with
    ``lambda_eff = lambda_tls + L/(1 - L ln(omega_D/omega_tls))``, ``L = lambda_ph - mu_star``,
    for ``Tc << omega_tls << omega_D``.

    Parameters
    ----------
    omega_tls, omega_D : floats, level splitting and Debye energy, same units
    lambda_tls, lambda_ph, mu_star : floats

    Returns
    -------
    scalar, in the units of ``omega_tls``.

    Raises
    ------
    ValueError
        If an energy is not positive, or if ``lambda_eff`` is not: the phonons alone
        already pair above ``omega_tls`` and the formula does not apply.

    Examples
    --------
    >>> import tlsjax as tls
    >>> Tc = tls.vujicic_critical_temperature(10.0, 0.3, 0.4, 0.1, 30.0)
    >>> print(f"{Tc:.4f}")
    2.9915
    """
    require(positive("omega_tls", omega_tls), positive("omega_D", omega_D))
    phonon = lambda_ph - mu_star
    screening = 1 - phonon * jnp.log(omega_D / omega_tls)
    lambda_eff = lambda_tls + phonon / screening
    text = "positive in 1 - (lambda_ph - mu_star) ln(omega_D/omega_tls)"
    require(
        Rule("lambda_ph", text, (screening,), lambda x: x > 0),
        positive("lambda_eff", lambda_eff),
    )
    return 1.14 * omega_tls * jnp.exp(-1 / lambda_eff)
