"""Closed-form and first-order results of the theory and of its relatives."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from tlsjax.compact import compact_axis
from tlsjax.domain import holds, positive, require
from tlsjax.ensemble import TLSEnsemble
from tlsjax.implicit import newton_root
from tlsjax.interaction import tls_interaction
from tlsjax.populations import Thermal, require_equilibrium
from tlsjax.splittings import ORDER, require_distribution
from tlsjax.status import Status, raise_unless_ok

# 2 Delta(0)/(k_B Tc) of a weak-coupling superconductor: 2 pi exp(-gamma).
WEAK_COUPLING_GAP_RATIO = 2 * np.pi * np.exp(-np.euler_gamma)


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


def weak_coupling_critical_temperature(E, population=None):
    """Weak-coupling Tc of TLS-mediated superconductivity, in ``hbar/tau_in`` (Eq. 72).

    ``Tc = (2 e^gamma/pi) E exp(-pi E/N_ge)``, with ``N_ge`` taken at Tc. It overestimates
    the solution of the full equations by a factor of 3 at its peak.

    Parameters
    ----------
    E : float
        The splitting, in units of ``hbar/tau_in``.
    population : Thermal() (default) or GroundState()

    Returns
    -------
    scalar
        Differentiable.

    Raises
    ------
    ValueError
        If ``E`` is not positive (not inside transformations).
    ConvergenceError
        Beyond ``E = 230``, where Tc is below the smallest double.

    Examples
    --------
    >>> import tlsjax as tls
    >>> print(f"{tls.weak_coupling_critical_temperature(0.3):.6f}")
    0.114369
    """
    population = Thermal() if population is None else population
    require_equilibrium(population)
    require(positive("E", E))
    temperature, status = _weak_coupling(E, population)
    raise_unless_ok(status, "Weak-coupling transition temperature")
    return temperature


@jax.jit
def _weak_coupling(E, population):
    E = jnp.asarray(E, dtype=float)
    start = jnp.log(1.14 * jax.lax.stop_gradient(E))[None]
    y, status, _ = newton_root(_WeakCoupling, 60, start, jnp.asarray(True), (E, population))
    status = jnp.where(holds(positive("E", E)), status, Status.INVALID)
    return jnp.where(status == Status.CONVERGED, jnp.exp(y[0]), jnp.nan), status


def brandt_slope(splittings, population=None):
    """``d ln Tc/d alpha`` at ``alpha = 0``: Brandt's first-order result (Sec. V.2).

    With ``lambda = alpha lambda_1`` and everything at ``T = Tc0``

        d ln Tc/d alpha = pi T sum_n 1/|epsilon_n| pi T sum_n' lambda_1(epsilon_n-epsilon_n')
                          [1/|epsilon_n'| - sgn(epsilon_n epsilon_n')/|epsilon_n|]

    Parameters
    ----------
    splittings : a distribution, energies in ``k_B Tc0``
    population : Thermal() (default) or GroundState()

    Returns
    -------
    scalar, differentiable.

    Examples
    --------
    >>> import tlsjax as tls
    >>> print(f"{tls.brandt_slope(tls.Glass(Ec=3.0)):.6f}")
    0.202501
    """
    population = Thermal() if population is None else population
    require_distribution("splittings", splittings)
    require_equilibrium(population)
    require(*splittings.rules())
    return _brandt_slope(splittings, population)


@partial(jax.jit)
def _brandt_slope(splittings, population):
    axis = compact_axis()
    ensemble = TLSEnsemble(1.0, splittings)
    inter = tls_interaction(ensemble, jnp.asarray(1.0), population, axis, ORDER)
    response = (inter.on_inverse_nu - inter.normal / axis.nu) / axis.nu
    return jnp.dot(axis.tail_sum, response)


def vujicic_critical_temperature(omega_tls, lambda_tls, lambda_ph, mu_star, omega_D):
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
    screened = phonon / (1 - phonon * jnp.log(omega_D / omega_tls))
    lambda_eff = lambda_tls + screened
    require(positive("lambda_eff", lambda_eff))
    return 1.14 * omega_tls * jnp.exp(-1 / lambda_eff)
