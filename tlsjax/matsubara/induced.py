"""Superconductivity mediated by the two-level systems alone (paper, Eqs. 63-72, Fig. 7).

A superconductor with `NoHost`: ``Delta_tilde = K Delta_tilde`` with the kernel of the impurities,
isotropic Eliashberg theory with ``alpha^2 F(E) = alpha p(E) N_ge(E)``. In the functions here
energies and temperatures are in units of ``hbar/tau_in``, so ``alpha = 1/(2 pi)``.
"""

import jax
import numpy as np
from numpy.typing import ArrayLike

from tlsjax.core.validation import positive, require
from tlsjax.matsubara.axis import CompactAxis
from tlsjax.matsubara.critical_temperature import Transition, solve_critical_temperature
from tlsjax.matsubara.order_parameter import MAX_STEPS, solve_matsubara
from tlsjax.matsubara.state import EquilibriumState
from tlsjax.model.distributions.base import Distribution, require_distribution
from tlsjax.model.ensemble import TLSEnsemble
from tlsjax.model.hosts import NoHost
from tlsjax.model.occupations import OccupationLike
from tlsjax.model.superconductor import Superconductor

ALPHA = 1 / (2 * np.pi)


def _alone(splittings):
    """The impurities as a superconductor of their own."""
    require_distribution("splittings", splittings)
    return Superconductor((TLSEnsemble(ALPHA, splittings),), NoHost())


def solve_induced_critical_temperature(
    splittings: Distribution, population: OccupationLike = None, *, axis: CompactAxis | None = None
) -> Transition:
    """Induced Tc with its status and error estimate.

    Parameters as in `induced_critical_temperature`; a failure is a status here, not an
    exception.
    """
    return solve_critical_temperature(_alone(splittings), population, axis=axis)


def induced_critical_temperature(
    splittings: Distribution, population: OccupationLike = None, *, axis: CompactAxis | None = None
) -> jax.Array:
    """Transition temperature of TLS-mediated superconductivity, in ``hbar/tau_in``.

    The temperature at which the largest eigenvalue of (paper, Eqs. 65-68)

        K_nn' = pi T lambda(epsilon_n - epsilon_n')/|epsilon~_n'|

    is 1, with the impurities' population at that temperature.

    Parameters
    ----------
    splittings : a distribution, energies in units of ``hbar/tau_in``
        Its parameters may be arrays: the result has their broadcast shape.
    population : Thermal() (default) or Oscillator()
        ``Oscillator()`` is Eliashberg theory of an Einstein mode for a delta distribution, with
        ``lambda = 1/(pi E0)``.
    axis : CompactAxis, optional

    Returns
    -------
    scalar
        Differentiable in every parameter, to any order. NaN under a transformation
        where the solve failed; `solve_induced_critical_temperature` has the status.

    Raises
    ------
    ValueError, ConvergenceError
        Outside transformations only; the latter also where Tc is exponentially small in the
        splittings.

    Examples
    --------
    >>> import tlsjax as tls
    >>> print(f"{tls.induced_critical_temperature(tls.DeltaFunction(E0=0.3)):.7f}")
    0.0366436
    """
    transition = solve_induced_critical_temperature(splittings, population, axis=axis)
    return transition.check().temperature


def solve_induced(
    splittings: Distribution,
    T: ArrayLike,
    population: OccupationLike = None,
    *,
    axis: CompactAxis | None = None,
    max_steps: int = MAX_STEPS,
) -> EquilibriumState:
    """Solve for the gap function and renormalisation below the induced Tc.

    The paper's Eqs. 63-64, nonlinear in ``Delta_tilde``:

        epsilon~_n = epsilon_n + pi T sum_n' lambda(epsilon_n-epsilon_n') epsilon~_n'/R_n'
        Delta~_n   =             pi T sum_n' lambda(epsilon_n-epsilon_n') Delta~_n'/R_n'

    Parameters
    ----------
    splittings, population, axis : as in `induced_critical_temperature`
    T : float, in units of ``hbar/tau_in``; may be an array
    max_steps : int, of Newton's method

    Returns
    -------
    EquilibriumState
        ``order_parameter`` is the gap function at the lowest Matsubara frequency; the
        m = 0 term is in ``epsilon_tilde`` and ``delta_tilde``.

    Raises
    ------
    ValueError
        For arguments outside their domain (not inside transformations).

    Examples
    --------
    >>> import tlsjax as tls
    >>> state = tls.solve_induced(tls.DeltaFunction(E0=0.3), T=0.02).check()
    >>> print(f"{state.order_parameter:.5f}")
    0.07298
    """
    require(positive("T", T))
    return solve_matsubara(_alone(splittings), T, population, axis=axis, max_steps=max_steps)
