"""Order parameter and self energies in equilibrium, on the Matsubara axis."""

from functools import partial

import jax.numpy as jnp
from jax.lax import stop_gradient
from numpy.typing import ArrayLike

from tlsjax.core.batching import over_batches
from tlsjax.core.programs import program
from tlsjax.core.pytrees import as_real
from tlsjax.core.validation import holds, positive, require
from tlsjax.matsubara.axis import CompactAxis, axis_or_default
from tlsjax.matsubara.equations import GapEquations
from tlsjax.matsubara.estimate import search_range
from tlsjax.matsubara.response import response, starting_point
from tlsjax.matsubara.state import EquilibriumState, assemble, coefficients_of
from tlsjax.model.occupations import OccupationLike, as_occupations, require_equilibrium
from tlsjax.model.superconductor import SuperconductorLike, as_superconductor
from tlsjax.numerics.newton import newton_root

# Newton's method needs 4 to 9 steps over the whole range of parameters
# (tests/test_matsubara.py): one that needs 40 does not converge.
MAX_STEPS = 40


def solve_matsubara(
    superconductor: SuperconductorLike,
    T: ArrayLike,
    population: OccupationLike = None,
    *,
    axis: CompactAxis | None = None,
    max_steps: int = MAX_STEPS,
) -> EquilibriumState:
    """Solve the equilibrium gap and self-energy equations.

    The paper's Eqs. 48-51, with Eq. 51's missing factor restored:

        epsilon~_n = epsilon_n + pi T sum_n' lambda(epsilon_n-epsilon_n') epsilon~_n'/R_n'
        Delta~_n   = Delta     + pi T sum_n' lambda(epsilon_n-epsilon_n') Delta~_n'/R_n'
        Delta ln(T/Tc0) = pi T sum_n [Delta~_n/R_n - Delta/|epsilon_n|]

    with ``R_n = sqrt(epsilon~_n^2 + Delta~_n^2)``, ``epsilon_n = (2n+1) pi T`` and
    ``lambda(w) = sum over baths of int dE rho(E) d(E) 2E/(w^2+E^2)``; for a TLS ensemble
    ``rho = alpha p(E)``. The last line is that of a weak-coupling host.

    Parameters
    ----------
    superconductor : Superconductor or TLSEnsemble
        Its parameters, and ``T``, may be arrays: the result has their broadcast shape.
    T : float
        Temperature in the superconductor's unit, from 0.005 Tc up; the work does not depend on
        it.
    population : occupation, optional
        `Thermal` (default) or `Oscillator`; one for all impurities or a tuple in their order.
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
    superconductor, T = as_superconductor(superconductor), as_real(T)
    require(*superconductor.rules(), positive("T", T))
    population = as_occupations(population, len(superconductor.impurities))
    require_equilibrium(population)
    axis = axis_or_default(axis)
    solved = _solve(superconductor.simplified(), T, population, axis, max_steps)
    return EquilibriumState(
        **solved, superconductor=superconductor, T=T, population=population, axis=axis
    )


@program(static_argnums=(3, 4))
def _solve(superconductor, T, population, axis, max_steps):
    one = partial(solve_one, axis=axis, max_steps=max_steps)
    return over_batches(one, superconductor, T, population)


def solve_one(superconductor, T, population, axis, max_steps):
    """`solve_matsubara` at one point, ``{field of EquilibriumState: value}``."""
    T = jnp.asarray(T, dtype=float)
    coefficients = coefficients_of(superconductor, population, T, axis)
    start, normal = begin(axis, *stop_gradient((superconductor, population, coefficients)))
    problem = GapEquations(axis)
    y, status, steps = newton_root(problem, max_steps, start, ~normal, coefficients)
    valid = holds(*superconductor.rules(), positive("T", T))
    model = (superconductor, T, population)
    return assemble(axis, model, coefficients, y, normal, status, steps, valid)


def begin(axis, superconductor, population, coefficients):
    """``(first unknowns, whether the state is normal)`` for Newton's method."""
    inter, log_T, closure, norm = coefficients
    searched = search_range(superconductor, superconductor.baths(population), axis)
    found = response(axis, inter, closure, log_T, searched.log_cutoff)
    start = starting_point(axis, found, inter, log_T, searched, norm, closure.stretch)
    return start, (found.stability >= 0) & ~found.far_below
