"""The density of superconducting electrons and the penetration depth, in and out of equilibrium.

The response to a static transverse field (`tlsjax.microwave.london`). Impurities out of equilibrium
change nothing but the fields: as omega -> 0 only the retarded-retarded part of the response is left
in ``omega sigma_2``, which is analytic above the real axis and sums over the poles of the tanh of
the electrons.
"""

from dataclasses import replace
from operator import itemgetter
from typing import Any

import jax
import jax.numpy as jnp
from jax.lax import stop_gradient
from numpy.typing import ArrayLike

from tlsjax.contour.inverted import inverted
from tlsjax.contour.mesh import require_panels
from tlsjax.contour.order_parameter import solve_on_line
from tlsjax.contour.solve import PANELS, in_equilibrium
from tlsjax.core.batching import over_batches
from tlsjax.core.programs import program
from tlsjax.core.results import Solution, solution
from tlsjax.core.second_try import with_second_try
from tlsjax.core.status import Status, is_ok, nan_unless
from tlsjax.core.validation import Rule, holds, positive, require
from tlsjax.core.ways import ITERATION
from tlsjax.matsubara.axis import CompactAxis, axis_or_default, coarser
from tlsjax.matsubara.equations import GapEquations, pack, unpack
from tlsjax.matsubara.order_parameter import MAX_STEPS, solve_one
from tlsjax.microwave.london import coefficients_on, response
from tlsjax.model.occupations import OccupationLike, as_occupations
from tlsjax.model.superconductor import Superconductor, SuperconductorLike, as_superconductor
from tlsjax.numerics.newton import newton_root

# Out of equilibrium: error in units of the distance to fewer panels, as for spectra.
_LINE = 4.0


@solution(static=("axis",))
class SuperfluidDensity(Solution):
    """Density of superconducting electrons. Of a batch every array has the batch's shape.

    Attributes
    ----------
    superfluid_density : ``n_s/n``, 0 in the normal state and in the dirty limit; NaN if the solve
        failed.
    stiffness : ``2 elastic n_s/n``, the limit of ``omega sigma_2/sigma_n`` as omega -> 0, an
        energy; finite in the dirty limit: ``pi Delta tanh(Delta/2T)`` in a BCS superconductor.
    error : estimated absolute error of ``superfluid_density``: how far it moves on a frequency axis
        and a quadrature ten times coarser, and out of equilibrium with fewer panels on the line.
    stiffness_error : the same of ``stiffness``.
    status, iterations : int32 scalars.
    superconductor, T, population, elastic : what was solved.
    """

    what = "Superfluid density"
    value = "superfluid_density"
    shown = ("superfluid_density", "error", "T", "elastic", "superconductor", "iterations")
    arrays = ("population", "stiffness", "stiffness_error")

    superfluid_density: jax.Array
    stiffness: jax.Array
    error: jax.Array
    stiffness_error: jax.Array
    status: jax.Array
    iterations: jax.Array
    superconductor: Superconductor
    T: jax.Array
    population: Any
    elastic: jax.Array
    axis: CompactAxis

    def penetration_depth(self, lambda_L0: ArrayLike = 1.0) -> tuple:
        """``lambda_L0/sqrt(n_s/n)`` and its estimated error, inf and 0 in the normal state."""
        some = self.superfluid_density != 0
        safe = jnp.where(some, self.superfluid_density, 1.0)
        depth = lambda_L0 / jnp.sqrt(safe)
        return jnp.where(some, depth, jnp.inf), jnp.where(
            some, depth * self.error / (2 * safe), 0.0
        )


def solve_superfluid_density(
    superconductor: SuperconductorLike,
    T: ArrayLike,
    population: OccupationLike = None,
    *,
    elastic: ArrayLike | None = None,
    axis: CompactAxis | None = None,
    panels: int = PANELS,
) -> SuperfluidDensity:
    """Superfluid density in and out of equilibrium, from clean to dirty.

        n_s/n = pi T sum_n Delta~_n^2/(epsilon~_n^2 + Delta~_n^2)^(3/2)

    over all n, elastic scattering included (Nam 1967; theory, section 9).

    Parameters
    ----------
    superconductor : Superconductor or TLSEnsemble
        Its parameters, ``T`` and ``elastic`` may be arrays: the result has their broadcast shape.
    T : float
        Temperature of the electrons in the superconductor's unit, from 0.005 Tc up.
    population : occupation or callable, optional
        `Thermal` by default; one for all impurities or a tuple in their order.
    elastic : float, optional
        Rate ``hbar/2 tau`` of all elastic scattering, by default that of the superconductor,
        impurities included; ``inf`` is the dirty limit.
    axis : CompactAxis, optional
        Frequencies, see `compact_axis`.
    panels : int
        Of the mesh on the line above the real axis on which it is solved out of equilibrium.

    Returns
    -------
    SuperfluidDensity
        A failed solve has a status, and NaN where numbers would be; ``.check()`` raises.
        Differentiable in all parameters, ``T`` and ``elastic``.

    Raises
    ------
    ValueError
        For arguments outside their domain (not inside transformations).

    Examples
    --------
    >>> import jax.numpy as jnp, tlsjax as tls
    >>> found = tls.solve_superfluid_density(tls.Superconductor(), 0.5, elastic=[1.0, jnp.inf])
    >>> print(found.check().superfluid_density.round(6), found.stiffness.round(6))
    [0.598402 0.      ] [1.196805 4.951812]
    """
    superconductor = as_superconductor(superconductor)
    population = as_occupations(population, len(superconductor.impurities))
    elastic = superconductor.static.elastic if elastic is None else elastic
    elastic = jnp.asarray(0.0 if elastic is None else elastic, dtype=float)
    T = jnp.asarray(T, dtype=float)
    require(*_rules(superconductor, T, population, elastic))
    require_panels(panels)
    axis = axis_or_default(axis)
    arguments = _without_elastic(superconductor), T, population, elastic

    def solve(*point, way=ITERATION):
        return _solve(*point, axis, panels, way)

    if in_equilibrium(superconductor.baths(population)):
        solved = solve(*arguments)
    else:
        doubtful = inverted(*arguments[:3])
        solved = with_second_try(solve, itemgetter("status"), *arguments, doubtful=doubtful)
    return SuperfluidDensity(
        **solved, superconductor=superconductor, T=T, population=population,
        elastic=elastic, axis=axis,
    )  # fmt: skip


def _without_elastic(superconductor):
    """What solvers compile, less all elastic scattering: the solution does not depend on it."""
    simple = superconductor.simplified()
    impurities = tuple(replace(e, elastic_rate=None) for e in simple.impurities)
    scattering = replace(simple.scattering, elastic=None)
    return replace(simple, impurities=impurities, scattering=scattering)


def superfluid_density(
    superconductor: SuperconductorLike,
    T: ArrayLike,
    population: OccupationLike = None,
    *,
    elastic: ArrayLike | None = None,
    axis: CompactAxis | None = None,
) -> jax.Array:
    """``n_s/n``, between 0 (normal state, dirty limit) and 1 (clean, T = 0).

    Arguments as in `solve_superfluid_density`, which has what is left in the dirty limit too. With
    a strong-coupling host it ends near ``1/(1 + lambda)``: n/m is that of bare electrons.

    Raises
    ------
    ValueError, ConvergenceError
        Outside transformations only; NaN inside.

    Examples
    --------
    >>> import tlsjax as tls
    >>> print(tls.superfluid_density(tls.Superconductor(), [0.05, 0.5, 0.9, 1.1]).round(6))
    [1.       0.834038 0.195948 0.      ]
    """
    return _checked(superconductor, T, population, elastic, axis).superfluid_density


def penetration_depth(
    superconductor: SuperconductorLike,
    T: ArrayLike,
    lambda_L0: ArrayLike,
    population: OccupationLike = None,
    *,
    elastic: ArrayLike | None = None,
    axis: CompactAxis | None = None,
) -> jax.Array:
    """``lambda = lambda_L0/sqrt(n_s/n)`` in the local limit, inf in the normal state.

    ``lambda_L0 = sqrt(m/mu_0 n e^2)`` is London's depth of the clean metal at T = 0, in any unit of
    length, which the result is in. Other arguments as in `solve_superfluid_density`, errors as in
    `superfluid_density`; what is not local is in `surface_impedance`.

    Examples
    --------
    >>> import tlsjax as tls
    >>> print(tls.penetration_depth(tls.Superconductor(), [0.05, 0.9, 1.1], 32.0).round(4))
    [32.     72.2903     inf]
    """
    require(positive("lambda_L0", lambda_L0))
    found = _checked(superconductor, T, population, elastic, axis)
    return found.penetration_depth(lambda_L0)[0]


def _checked(superconductor, T, population, elastic, axis):
    found = solve_superfluid_density(superconductor, T, population, elastic=elastic, axis=axis)
    return found.check()


def _rules(superconductor, T, population, elastic):
    occupations = (rule for occupation in population for rule in occupation.rules())
    # The rules ask for finite values; infinity is one here.
    checked = jnp.where(jnp.isposinf(elastic), 0.0, elastic)
    rate = Rule("elastic", "zero or more (inf is the dirty limit)", (checked,), lambda x: x >= 0)
    return (*superconductor.rules(), *occupations, positive("T", T), rate)


@program(static_argnums=(4, 5, 6))
def _solve(superconductor, T, population, elastic, axis, panels, way):
    closed = in_equilibrium(superconductor.baths(population))

    def one(superconductor, T, population, elastic):
        model = superconductor, T, population
        if closed:
            found = solve_one(*model, axis, MAX_STEPS)
            y, status, steps = (found[key] for key in ("unknowns", "status", "iterations"))
            breaking = None
        else:
            found, status = solve_on_line(*model, axis, panels, way)
            y, breaking, steps = found.matsubara.unknowns, found.matsubara.breaking, found.steps
            status = jnp.where(found.matsubara.normal & is_ok(status), Status.NORMAL, status)
        valid = holds(*_rules(superconductor, T, population, elastic))
        status = jnp.where(valid, status, Status.INVALID).astype(jnp.int32)
        value = response(axis, model, y, breaking, elastic)
        fixed = stop_gradient((model, y, breaking, elastic))
        error = jnp.abs(value - _coarser(axis, *fixed)) + axis.tolerance * jnp.abs(value)
        if not closed:
            fewer = stop_gradient((found.coarse.unknowns, found.coarse.breaking))
            other = response(axis, fixed[0], *fewer, elastic)
            error = error + _LINE * jnp.abs(value - other)
        answer = is_ok(status)
        density, stiffness = nan_unless(answer, value)
        errors = nan_unless(answer, stop_gradient(error))
        return {
            "superfluid_density": density,
            "stiffness": stiffness,
            "error": errors[0],
            "stiffness_error": errors[1],
            "status": status,
            "iterations": steps,
        }

    # Out of equilibrium one point at a time, as for spectra.
    lanes = {} if closed else {"lanes": 1}
    return over_batches(one, superconductor, T, population, elastic, **lanes)


def _coarser(axis, model, y, breaking, elastic):
    """`response` on a coarser axis, its equations solved once more."""
    coarse, rows = coarser(axis)
    breaking = jax.tree.map(lambda x: x[rows], breaking)
    coefficients = coefficients_on(coarse, model, breaking)
    v, s, X = unpack(y)
    start = pack(v[rows], s, X, coefficients.norm)
    y, *_ = newton_root(GapEquations(coarse), MAX_STEPS, start, X > 0, coefficients)
    return response(coarse, model, y, breaking, elastic)
