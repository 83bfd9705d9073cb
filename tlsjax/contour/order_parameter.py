"""The order parameter, in equilibrium and out of it."""

from operator import itemgetter

import jax
import jax.numpy as jnp
from numpy.typing import ArrayLike

from tlsjax.contour.inverted import inverted
from tlsjax.contour.matsubara import line_problem
from tlsjax.contour.mesh import require_panels
from tlsjax.contour.solve import (
    MAX_STEPS,
    PANELS,
    in_equilibrium,
    is_resolved,
    solve_for_order_parameter,
)
from tlsjax.core.batching import over_batches
from tlsjax.core.programs import program
from tlsjax.core.second_try import with_second_try
from tlsjax.core.status import Status, is_ok, nan_unless, raise_unless_ok
from tlsjax.core.validation import holds, positive, require
from tlsjax.core.ways import ITERATION
from tlsjax.matsubara.axis import CompactAxis, axis_or_default
from tlsjax.matsubara.order_parameter import MAX_STEPS as NEWTON_STEPS
from tlsjax.matsubara.order_parameter import solve_one
from tlsjax.matsubara.state import reported_square
from tlsjax.model.occupations import OccupationLike, as_occupations
from tlsjax.model.superconductor import SuperconductorLike, as_superconductor


def order_parameter(
    superconductor: SuperconductorLike,
    T: ArrayLike,
    population: OccupationLike = None,
    *,
    axis: CompactAxis | None = None,
    panels: int = PANELS,
) -> jax.Array:
    """Order parameter Delta(T), exactly 0 at and above Tc.

    In equilibrium by the Matsubara sums of `solve_matsubara`, good to nine digits in a fraction
    of a millisecond. For other populations by the fixed point that `solve_spectrum` starts
    with, good to some 1e-7 in tens of milliseconds.

    Parameters
    ----------
    superconductor : Superconductor or TLSEnsemble
        Its parameters, and ``T``, may be arrays: the result has their broadcast shape.
    T : float
        Temperature of the electrons, in the superconductor's unit.
    population : occupation or callable, optional
        `Thermal` by default; one for all impurities or a tuple in their order.
    axis : as in `solve_spectrum`.
    panels : int
        Of the mesh on the line above the real axis on which it is solved out of equilibrium.

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
    >>> import tlsjax as tls
    >>> ensemble = tls.TLSEnsemble(alpha=1.0, splittings=tls.Glass(Ec=3.0))
    >>> print(tls.order_parameter(ensemble, [0.2, 0.8, 1.2]).round(6))
    [2.135098 1.786502 0.      ]
    >>> print(f"{tls.order_parameter(ensemble, 0.2, tls.EffectiveTemperature(2.5)):.4f}")
    1.6346
    """
    superconductor = as_superconductor(superconductor)
    population = as_occupations(population, len(superconductor.impurities))
    occupations = [rule for occupation in population for rule in occupation.rules()]
    require(*superconductor.rules(), *occupations, positive("T", T))
    superconductor = superconductor.simplified()
    T = jnp.asarray(T, dtype=float)
    require_panels(panels)
    axis = axis_or_default(axis)
    if in_equilibrium(superconductor.baths(population)):
        delta, status = _in_equilibrium(superconductor, T, population, axis)
    else:

        def solve(*point, way):
            return _anywhere(*point, axis, panels, way)

        point = superconductor, T, population
        doubtful = inverted(*point)
        delta, status = with_second_try(solve, itemgetter(1), *point, doubtful=doubtful)
    raise_unless_ok(status, "Order parameter")
    return delta


@program(static_argnums=3)
def _in_equilibrium(superconductor, T, population, axis):
    def one(superconductor, T, population):
        # Only two results, so the compiler drops the fields and the error estimate.
        solved = solve_one(superconductor, T, population, axis, NEWTON_STEPS)
        return solved["order_parameter"], solved["status"]

    return over_batches(one, superconductor, T, population)


@program(static_argnums=(3, 4, 5))
def _anywhere(superconductor, T, population, axis, panels, way):
    def one(superconductor, T, population):
        model = superconductor, T, population
        found, status = solve_on_line(*model, axis, panels, way, errors=False)
        normal = found.matsubara.normal
        square = reported_square(superconductor.host, found.matsubara.unknowns)
        delta = jnp.pi * T * jnp.sqrt(jnp.where(normal, 1.0, square))
        return nan_unless(is_ok(status), jnp.where(normal, 0.0, delta)), status

    # One point at a time, as for spectra.
    return over_batches(one, superconductor, T, population, lanes=1)


def solve_on_line(superconductor, T, population, axis, panels, way=ITERATION, errors=True):
    """`Found` at one point, and a status that knows the arguments' domains too."""
    problem = line_problem(superconductor, T, population, axis)
    found = solve_for_order_parameter(problem, axis, panels, MAX_STEPS, way, errors)
    occupations = [rule for occupation in population for rule in occupation.rules()]
    valid = holds(*superconductor.rules(), *occupations, positive("T", T))
    resolved = is_resolved(problem, found, axis)
    status = jnp.where(resolved, found.status, Status.OUT_OF_RANGE)
    return found, jnp.where(valid, status, Status.INVALID)
