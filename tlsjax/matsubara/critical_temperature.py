"""The transition temperature, for every host."""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.lax import stop_gradient

from tlsjax.core.batching import over_batches
from tlsjax.core.programs import program
from tlsjax.core.results import Solution, solution
from tlsjax.core.status import Status, is_ok, nan_unless
from tlsjax.core.validation import holds, require
from tlsjax.matsubara.axis import CompactAxis, axis_or_default, coarser
from tlsjax.matsubara.estimate import search_range
from tlsjax.matsubara.interaction import UNRESOLVED_SHARE, bosons_of, interaction
from tlsjax.matsubara.response import response
from tlsjax.model.hosts import Closure
from tlsjax.model.occupations import OccupationLike, as_occupations, require_equilibrium
from tlsjax.model.scattering import Scattering
from tlsjax.model.superconductor import Superconductor, SuperconductorLike, as_superconductor
from tlsjax.numerics.bracketing import decreasing_root

# The secant method gains about half its digits again in each step, so a last step of
# this size in ln T leaves less than 1e-12.
STEP_TOLERANCE = 1e-8
MAX_STEPS = 60
# The search begins this far above the estimate of ln Tc.
_ABOVE = 0.1
# A rough search on the coarser axis comes first; the averages for the exact one are taken this
# far below where that ends (in ln T), and its first step is about as long as that is wrong.
_ROUGH_TOLERANCE, _BELOW, _NEAR = 1e-3, 0.1, 1e-3


@solution
class Transition(Solution):
    """A transition temperature and how it was found.

    Attributes
    ----------
    temperature : Tc, scalar, in the superconductor's unit; NaN unless ``status`` is CONVERGED.
    status, iterations : int32 scalars.
    error : estimated absolute error of ``temperature``: how far Tc moves on a coarser
        frequency axis and splitting quadrature, plus the axis's own tolerance.
    superconductor, population : what was solved.
    """

    what = "Transition temperature"
    value = "temperature"
    shown = ("temperature", "error", "iterations", "superconductor")
    arrays = ("population",)

    temperature: jax.Array
    status: jax.Array
    iterations: jax.Array
    error: jax.Array
    superconductor: Superconductor
    population: tuple

    def plot(self, ax: Any = None) -> Any:
        """Draw Tc over the parameter that a batch varies.

        Returns the matplotlib axes; ``ax=None`` makes new ones.
        """
        from tlsjax.plotting import results

        return results.plot_transition(self, ax)


class _Parts(NamedTuple):
    """What the transition depends on."""

    bosons: tuple
    scattering: Scattering
    closure: Closure
    log_cutoff: jax.Array


class _Instability(NamedTuple):
    """``-stability(ln T)``, decreasing through zero at Tc; static and hashable."""

    axis: CompactAxis

    def __call__(self, log_T, parts: _Parts):
        inter = interaction(parts.bosons, jnp.exp(log_T), self.axis, parts.scattering)
        found = response(self.axis, inter, parts.closure, log_T, parts.log_cutoff)
        return -found.stability


def solve_critical_temperature(
    superconductor: SuperconductorLike,
    population: OccupationLike = None,
    *,
    axis: CompactAxis | None = None,
    max_steps: int = MAX_STEPS,
) -> Transition:
    """Tc with its status and error estimate.

    Parameters and equations as in `critical_temperature`; a failure is a status here,
    not an exception.

    Returns
    -------
    Transition
    """
    superconductor = as_superconductor(superconductor)
    require(*superconductor.rules())
    population = as_occupations(population, len(superconductor.impurities))
    require_equilibrium(population)
    found = _solve(superconductor.simplified(), population, axis_or_default(axis), max_steps)
    return Transition(*found, superconductor, population)


@program(static_argnums=(2, 3))
def _solve(superconductor, population, axis, max_steps):
    one = partial(_solve_one, axis=axis, max_steps=max_steps)
    return over_batches(one, superconductor, population)


def _solve_one(superconductor, population, axis, max_steps):
    baths = superconductor.baths(population)
    searched = search_range(superconductor, baths, axis)
    closure = superconductor.host.closure()

    def parts(log_T, axis):
        """Averages that are exact at T and above; where they are taken has no derivative."""
        bosons = bosons_of(baths, stop_gradient(jnp.exp(log_T)), axis)
        return _Parts(bosons, superconductor.static, closure, searched.log_cutoff)

    coarse = coarser(axis)[0]
    rough = stop_gradient(parts(searched.log_scale, coarse))
    start = (searched.log_scale + _ABOVE, searched.log_lowest, searched.log_highest)
    log_T, found, steps = decreasing_root(
        _Instability(coarse), max_steps, start, _ROUGH_TOLERANCE, rough
    )
    near = (stop_gradient(log_T), searched.log_lowest, searched.log_highest)
    exact = parts(log_T - _BELOW, axis)
    log_T, status, more = decreasing_root(
        _Instability(axis), max_steps, near, STEP_TOLERANCE, exact, first=_NEAR
    )
    status = jnp.where(is_ok(found), status, found)
    T = jnp.exp(log_T)
    lost = interaction(exact.bosons, T, axis, exact.scattering).unresolved > UNRESOLVED_SHARE
    status = jnp.where(is_ok(status) & lost, Status.OUT_OF_RANGE, status)
    valid = holds(*superconductor.rules())
    status = jnp.where(valid, status, Status.INVALID).astype(jnp.int32)
    temperature = nan_unless(is_ok(status), T)
    log_T = stop_gradient(log_T)
    shift = newton_shift(_Instability(coarse), log_T, stop_gradient(parts(log_T, coarse)))
    error = (jnp.abs(shift) + axis.tolerance) * stop_gradient(temperature)
    return temperature, status, steps + more, error


def newton_shift(function, y, parameters):
    """Newton's step of ``function`` at ``y``: what its own zero differs by."""
    value, slope = jax.jvp(lambda t: function(t, parameters), (y,), (jnp.ones_like(y),))
    return -value / slope


def critical_temperature(
    superconductor: SuperconductorLike,
    population: OccupationLike = None,
    *,
    axis: CompactAxis | None = None,
) -> jax.Array:
    """Transition temperature; of a bare `TLSEnsemble` in units of the clean host's, Tc/Tc0.

    Solves the linearised gap equation (paper, Eqs. 48-51 at Delta -> 0) with the
    impurities in equilibrium at Tc:

        (1 - K) delta = s,   K_nn' = pi T lambda(epsilon_n - epsilon_n')/|epsilon~_n'|
        s ln(T/Tc0) = pi T sum_n [delta_n/|epsilon~_n| - s/|epsilon_n|]

    (the second line is a weak-coupling host's; `NoHost` has s = 0).

    Parameters
    ----------
    superconductor : Superconductor or TLSEnsemble
        Its parameters may be arrays: the result has their broadcast shape.
    population : occupation, optional
        `Thermal` (default) or `Oscillator`; one for all impurities or a tuple in their order.
    axis : CompactAxis, optional
        Frequencies; the default resolves Tc to about 1e-9.

    Returns
    -------
    scalar
        Differentiable in every parameter, to any order. NaN under a transformation
        where the solve failed; use `solve_critical_temperature` for the status.

    Raises
    ------
    ValueError, ConvergenceError
        Outside transformations only.

    Examples
    --------
    >>> import tlsjax as tls
    >>> ensemble = tls.TLSEnsemble(alpha=[0.0, 1.0], splittings=tls.Glass(Ec=3.0))
    >>> print(tls.critical_temperature(ensemble).round(6))
    [1.       1.160173]
    """
    found = solve_critical_temperature(superconductor, population, axis=axis)
    return found.check().temperature
