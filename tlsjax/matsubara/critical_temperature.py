"""The transition temperature of a superconductor with two-level systems."""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.lax import stop_gradient

from tlsjax.core.pytrees import show
from tlsjax.core.status import Status, is_ok, name_of, nan_unless, raise_unless_ok
from tlsjax.core.validation import holds, require
from tlsjax.matsubara.axis import CompactAxis, axis_or_default, coarser
from tlsjax.matsubara.equations import normal_response
from tlsjax.matsubara.interaction import UNRESOLVED_SHARE, tls_interaction
from tlsjax.model.ensemble import require_ensemble
from tlsjax.model.occupations import Thermal, require_equilibrium
from tlsjax.numerics.implicit import decreasing_root

# The secant method gains about half its digits again in each step, so a last step of
# this size in ln T leaves less than 1e-12.
STEP_TOLERANCE = 1e-8
# ln(Tc/Tc0) above which the search gives up: no distribution with alpha <= 10 gets far
# past 3 (Tc = 20 Tc0).
LARGEST_LOG = 9.0
# ln(cutoff/Tc0) of the equivalent cutoff model, see `_Balance`. Any number above
# LARGEST_LOG gives the same Tc.
_LOG_CUTOFF = 10.0


class _Balance(NamedTuple):
    """A decreasing function of ``ln T`` that vanishes at Tc; static and hashable.

    The transition is at ``rho(T) = ln T``, but ``rho`` has a pole where the impurities
    alone would pair. In a model with a cutoff the same condition reads
    ``L/(L + rho - ln T) = 1``; one minus that goes from below zero above Tc to 1 at the
    pole, and is held at 1 below it.
    """

    axis: CompactAxis

    def __call__(self, log_T, parameters):
        ensemble, population = parameters
        inter = tls_interaction(ensemble, jnp.exp(log_T), population, self.axis)
        v, rho = normal_response(self.axis, inter)
        excess = rho - log_T
        return jnp.where(jnp.all(v > 0), excess / (_LOG_CUTOFF + excess), 1.0)


class Transition(NamedTuple):
    """A transition temperature and how it was found.

    Attributes
    ----------
    temperature : Tc, scalar; NaN unless ``status`` is CONVERGED.
    status, iterations : int32 scalars.
    error : estimated absolute error of ``temperature``: how far Tc moves on a coarser
        frequency axis and splitting quadrature, plus the axis's own tolerance.
    """

    temperature: jax.Array
    status: jax.Array
    iterations: jax.Array
    error: jax.Array

    def __repr__(self):
        pairs = (f"{name}={show(getattr(self, name))}" for name in ("temperature", "error"))
        return f"Transition({name_of(self.status)}, {', '.join(pairs)})"

    def check(self):
        """Return self; raise `ConvergenceError` if this is not an answer."""
        raise_unless_ok(self.status, "Transition temperature")
        return self


def newton_shift(function, y, parameters):
    """Newton's step of ``function`` at ``y``: what its own zero differs by."""
    value, slope = jax.jvp(lambda t: function(t, parameters), (y,), (jnp.ones_like(y),))
    return -value / slope


def with_range(status, ensemble, population, T, axis):
    """``status``, or OUT_OF_RANGE if ``axis`` does not resolve the coupling at ``T``."""
    unresolved = tls_interaction(ensemble, T, population, axis).unresolved
    lost = is_ok(status) & (unresolved > UNRESOLVED_SHARE)
    return jnp.where(lost, Status.OUT_OF_RANGE, status)


def solve_critical_temperature(ensemble, *, population=None, axis=None, max_steps=60):
    """Tc/Tc0 with its status and error estimate.

    Parameters and equations as in `critical_temperature`; a failure is a status here,
    not an exception.

    Returns
    -------
    Transition
    """
    population = Thermal() if population is None else population
    require_ensemble(ensemble)
    require_equilibrium(population)
    require(*ensemble.rules())
    return _solve(ensemble, population, axis_or_default(axis), max_steps)


@partial(jax.jit, static_argnums=(2, 3))
def _solve(ensemble, population, axis, max_steps):
    balance = _Balance(axis)
    parameters = (ensemble, population)
    # Equilibrium impurities never lower Tc; start below 0 so that alpha = 0 is inside.
    start = (jnp.asarray(-0.01), jnp.asarray(0.1), jnp.asarray(LARGEST_LOG))
    log_T, status, steps = decreasing_root(
        balance, max_steps, start, jnp.asarray(STEP_TOLERANCE), parameters
    )
    valid = holds(*ensemble.rules(), *population.rules())
    status = with_range(status, ensemble, population, jnp.exp(log_T), axis)
    status = jnp.where(valid, status, Status.INVALID)
    temperature = nan_unless(is_ok(status), jnp.exp(log_T))
    check = _Balance(coarser(axis)[0])
    shift = newton_shift(check, stop_gradient(log_T), stop_gradient(parameters))
    error = (jnp.abs(shift) + axis.tolerance) * stop_gradient(temperature)
    return Transition(temperature, status, steps, error)


def critical_temperature(ensemble, *, axis=None):
    """Transition temperature in units of the clean host's, Tc/Tc0.

    Solves the linearised gap equation (paper, Eqs. 48-51 at Delta -> 0) with the
    impurities in equilibrium at Tc:

        (1 - K) delta = 1,   K_nn' = pi T lambda(epsilon_n - epsilon_n')/|epsilon~_n'|
        ln(T/Tc0) = pi T sum_n [delta_n/|epsilon~_n| - 1/|epsilon_n|]

    Parameters
    ----------
    ensemble : TLSEnsemble
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
    >>> ensemble = tls.TLSEnsemble(alpha=1.0, splittings=tls.Glass(Ec=3.0))
    >>> print(f"{tls.critical_temperature(ensemble):.6f}")
    1.160173
    """
    return solve_critical_temperature(ensemble, axis=axis).check().temperature
