"""Order parameter and self energies in TLS equilibrium, on the Matsubara axis."""

from functools import partial

import jax
import jax.numpy as jnp
from jax.lax import stop_gradient

from tlsjax.core.status import raise_unless_ok
from tlsjax.core.validation import holds, positive, require
from tlsjax.matsubara.axis import axis_or_default
from tlsjax.matsubara.equations import (
    Coefficients,
    GapEquations,
    WeakCouplingHost,
    starting_point,
)
from tlsjax.matsubara.interaction import tls_interaction
from tlsjax.matsubara.state import assemble
from tlsjax.model.ensemble import require_ensemble
from tlsjax.model.occupations import Thermal, require_equilibrium
from tlsjax.numerics.implicit import newton_root

# Newton's method needs 4 to 9 steps over the whole range of parameters
# (tests/test_matsubara.py); what needs 40 is lost.
MAX_STEPS = 40


def solve_matsubara(ensemble, T, *, population=None, axis=None, max_steps=MAX_STEPS):
    """Solve the equilibrium gap and self-energy equations at one temperature.

    The paper's Eqs. 48-51, with Eq. 51's missing factor restored:

        epsilon~_n = epsilon_n + pi T sum_n' lambda(epsilon_n-epsilon_n') epsilon~_n'/R_n'
        Delta~_n   = Delta     + pi T sum_n' lambda(epsilon_n-epsilon_n') Delta~_n'/R_n'
        Delta ln(T/Tc0) = pi T sum_n [Delta~_n/R_n - Delta/|epsilon_n|]

    with ``R_n = sqrt(epsilon~_n^2 + Delta~_n^2)``, ``epsilon_n = (2n+1) pi T`` and
    ``lambda(w) = alpha int dE p(E) N_ge(E) 2E/(w^2+E^2)``.

    Parameters
    ----------
    ensemble : TLSEnsemble
    T : float
        Temperature in units of Tc0, from 0.005 up; the work does not depend on it.
    population : Thermal() (default) or GroundState()
    axis : CompactAxis, optional
        Frequencies, see `compact_axis`.
    max_steps : int
        Of Newton's method.

    Returns
    -------
    EquilibriumState
        A failed solve has a status, and NaN where numbers would be; ``.check()`` raises.

    Raises
    ------
    ValueError
        For arguments outside their domain (not inside transformations).

    Examples
    --------
    >>> import tlsjax as tls
    >>> ensemble = tls.TLSEnsemble(alpha=1.0, splittings=tls.Glass(Ec=3.0))
    >>> state = tls.solve_matsubara(ensemble, T=0.5).check()
    >>> print(f"{state.order_parameter:.6f}")
    2.076461
    """
    population = Thermal() if population is None else population
    require_ensemble(ensemble)
    require_equilibrium(population)
    require(*ensemble.rules(), positive("T", T))
    return _solve(ensemble, T, population, axis_or_default(axis), max_steps)


def order_parameter(ensemble, T, *, axis=None):
    """Order parameter Delta(T) in units of ``k_B Tc0``, exactly 0 at and above Tc.

    Parameters, equations and domain as in `solve_matsubara`.

    Returns
    -------
    scalar
        Differentiable in every parameter and in ``T``, to any order; the derivative is
        0 above Tc and grows as ``(Tc - T)^(-1/2)`` below. NaN under a transformation
        where the solve failed.

    Raises
    ------
    ValueError, ConvergenceError
        Outside transformations only.

    Examples
    --------
    >>> import jax, jax.numpy as jnp, tlsjax as tls
    >>> ensemble = tls.TLSEnsemble(alpha=1.0, splittings=tls.Glass(Ec=3.0))
    >>> curve = jax.vmap(tls.order_parameter, in_axes=(None, 0))
    >>> print(curve(ensemble, jnp.array([0.2, 0.8, 1.2])).round(6))
    [2.135098 1.786502 0.      ]
    """
    require_ensemble(ensemble)
    require(*ensemble.rules(), positive("T", T))
    delta, status = _order_parameter(ensemble, T, axis_or_default(axis))
    raise_unless_ok(status, "Order parameter")
    return delta


@partial(jax.jit, static_argnums=2)
def _order_parameter(ensemble, T, axis):
    # Only two outputs, so the compiler drops the fields and the error estimate.
    state = _solve(ensemble, T, Thermal(), axis, MAX_STEPS)
    return state.order_parameter, state.status


@partial(jax.jit, static_argnums=(3, 4))
def _solve(ensemble, T, population, axis, max_steps):
    T = jnp.asarray(T, dtype=float)
    equations = GapEquations(axis, WeakCouplingHost)
    interaction = tls_interaction(ensemble, T, population, axis)
    coefficients = Coefficients(interaction, jnp.log(T))
    start, normal = starting_point(axis, stop_gradient(interaction), stop_gradient(T))
    y, status, steps = newton_root(equations, max_steps, start, ~normal, coefficients)
    valid = holds(*ensemble.rules(), *population.rules(), positive("T", T))
    problem = (ensemble, T, population)
    return assemble(equations, problem, coefficients, y, normal, status, steps, valid)
