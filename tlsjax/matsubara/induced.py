"""Superconductivity mediated by the two-level systems alone (paper, Eqs. 63-72, Fig. 7).

No host pairing: ``Delta_tilde = K Delta_tilde`` with the kernel of the impurities. It is
isotropic Eliashberg theory with ``alpha^2 F(E) = alpha p(E) N_ge(E)``. Energies and
temperatures are in units of ``hbar/tau_in``, so ``alpha = 1/(2 pi)``.
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jax.lax import stop_gradient

from tlsjax.core.status import Status, is_ok, nan_unless
from tlsjax.core.validation import holds, positive, require
from tlsjax.matsubara.axis import CompactAxis, axis_or_default, coarser
from tlsjax.matsubara.critical_temperature import Transition, with_range
from tlsjax.matsubara.equations import Coefficients, GapEquations, NoHost
from tlsjax.matsubara.interaction import tls_interaction
from tlsjax.matsubara.state import assemble, last_unknown_shift
from tlsjax.model.distributions.base import require_distribution
from tlsjax.model.ensemble import TLSEnsemble
from tlsjax.model.occupations import Thermal, require_equilibrium
from tlsjax.numerics.implicit import decreasing_root, newton_root

ALPHA = 1 / (2 * jnp.pi)
MAX_STEPS = 40
# The eigenvalue only has to place Newton's start and to tell above from below Tc; the
# next eigenvalue was at most 0.27 of the largest over all distributions and T/Tc from
# 0.02 to 1.5, so this many steps go well past rounding.
_POWER_STEPS = 60
# Below this fraction of the typical splitting a transition is beyond the axis.
_LOWEST = 1.5e-4


class _Eigenproblem(NamedTuple):
    """``(diag(epsilon) - K) v = 0, v_1 = 1`` in the unknowns ``(v, ln Tc)``."""

    axis: CompactAxis

    def residual(self, y, parameters):
        v, log_T = y[:-1], y[-1]
        ensemble, population = parameters
        inter = tls_interaction(ensemble, jnp.exp(log_T), population, self.axis)
        epsilon = self.axis.nu + inter.normal
        return jnp.append(v * epsilon - inter.even @ v, v[0] - 1.0)

    def jacobian(self, y, parameters):
        inter = tls_interaction(parameters[0], jnp.exp(y[-1]), parameters[1], self.axis)
        block = jnp.diag(self.axis.nu + inter.normal) - inter.even
        direction = jnp.zeros_like(y).at[-1].set(1.0)
        column = jax.jvp(lambda y: self.residual(y, parameters), (y,), (direction,))[1]
        row = jnp.zeros_like(y[:-1]).at[0].set(1.0)
        return jnp.concatenate([jnp.concatenate([block, row[None]]), column[:, None]], axis=1)

    def advance(self, y, step):
        y = y + step
        return y, jnp.max(jnp.abs(step)) / jnp.max(jnp.abs(y))


def _pairing_strength(axis, interaction):
    """Largest eigenvalue of the pairing kernel and its vector, by power iteration.

    The kernel has no negative element, so (Perron) its largest eigenvalue in modulus is
    also the largest algebraic one, and its vector is positive.
    """
    epsilon = axis.nu + interaction.normal

    def step(_, state):
        v, _ = state
        v = (interaction.even @ v) / epsilon
        return v / v[0], v[0]

    return lax.fori_loop(0, _POWER_STEPS, step, (axis.nu**-2.0, jnp.zeros(())))


class _Strength(NamedTuple):
    """``ln`` of the largest eigenvalue, decreasing in ``ln T``; static and hashable."""

    axis: CompactAxis

    def __call__(self, log_T, parameters):
        ensemble, population = parameters
        inter = tls_interaction(ensemble, jnp.exp(log_T), population, self.axis)
        _, largest = _pairing_strength(self.axis, inter)
        return jnp.log(largest)


def _require(splittings, population):
    require_distribution("splittings", splittings)
    require_equilibrium(population)
    require(*splittings.rules(), *population.rules())


def solve_induced_critical_temperature(
    splittings, population=None, *, axis=None, max_steps=MAX_STEPS
):
    """Induced Tc with its status and error estimate, a `Transition`.

    Parameters as in `induced_critical_temperature`; a failure is a status here, not an
    exception.
    """
    population = Thermal() if population is None else population
    _require(splittings, population)
    return _solve_transition(splittings, population, axis_or_default(axis), max_steps)


def induced_critical_temperature(splittings, population=None, *, axis=None):
    """Transition temperature of TLS-mediated superconductivity, in ``hbar/tau_in``.

    The temperature at which the largest eigenvalue of (paper, Eqs. 65-68)

        K_nn' = pi T lambda(epsilon_n - epsilon_n')/|epsilon~_n'|

    is 1, with the impurities' population at that temperature.

    Parameters
    ----------
    splittings : a distribution, energies in units of ``hbar/tau_in``
    population : Thermal() (default) or GroundState()
        ``GroundState()`` is Eliashberg theory of an Einstein boson for a delta
        distribution, with ``lambda = 1/(pi E0)``.
    axis : CompactAxis, optional

    Returns
    -------
    scalar
        Differentiable in every parameter, to any order. NaN under a transformation
        where the solve failed; `solve_induced_critical_temperature` has the status.

    Raises
    ------
    ValueError, ConvergenceError
        Outside transformations only; the latter also where Tc is below some 1e-4 of the
        splittings, where it is exponentially small.

    Examples
    --------
    >>> import tlsjax as tls
    >>> print(f"{tls.induced_critical_temperature(tls.DeltaFunction(E0=0.3)):.7f}")
    0.0366436
    """
    transition = solve_induced_critical_temperature(splittings, population, axis=axis)
    return transition.check().temperature


@partial(jax.jit, static_argnums=(2, 3))
def _solve_transition(splittings, population, axis, max_steps):
    ensemble = TLSEnsemble(ALPHA, splittings)
    parameters = (ensemble, population)
    frozen = stop_gradient(parameters)

    # Bracket on the eigenvalue, then polish (v, ln T) together by Newton.
    E, weight = frozen[0].splittings.quadrature(1.0)
    log_E = jnp.log(jnp.maximum(E, 1e-12))
    low = jnp.sum(weight * log_E) / jnp.sum(weight) + jnp.log(_LOWEST)
    rough, found, steps = decreasing_root(
        _Strength(axis), 60, (low, low + 4.0, low + 20.0), jnp.asarray(1e-3), frozen
    )
    interaction = tls_interaction(frozen[0], jnp.exp(rough), frozen[1], axis)
    v, _ = _pairing_strength(axis, interaction)
    found_one = found == Status.CONVERGED
    start = jnp.where(found_one, jnp.append(v, rough), 1.0)
    y, status, more = newton_root(_Eigenproblem(axis), max_steps, start, found_one, parameters)

    status = jnp.where(found_one, status, found)
    status = with_range(status, ensemble, population, jnp.exp(y[-1]), axis)
    valid = holds(*splittings.rules(), *population.rules())
    status = jnp.where(valid, status, Status.INVALID)
    temperature = nan_unless(is_ok(status), jnp.exp(y[-1]))

    coarse, rows = coarser(axis)
    check = _Eigenproblem(coarse)
    z = stop_gradient(jnp.append(y[:-1][rows], y[-1]))
    shift = last_unknown_shift(check, z, frozen)
    error = (shift + axis.tolerance) * stop_gradient(temperature)
    return Transition(temperature, status.astype(jnp.int32), steps + more, error)


def solve_induced(splittings, T, population=None, *, axis=None, max_steps=MAX_STEPS):
    """Solve for the gap function and renormalisation below the induced Tc.

    The paper's Eqs. 63-64, nonlinear in ``Delta_tilde``:

        epsilon~_n = epsilon_n + pi T sum_n' lambda(epsilon_n-epsilon_n') epsilon~_n'/R_n'
        Delta~_n   =             pi T sum_n' lambda(epsilon_n-epsilon_n') Delta~_n'/R_n'

    Parameters
    ----------
    splittings, population, axis : as in `induced_critical_temperature`
    T : float, in units of ``hbar/tau_in``
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
    population = Thermal() if population is None else population
    _require(splittings, population)
    require(positive("T", T))
    return _solve(splittings, T, population, axis_or_default(axis), max_steps)


@partial(jax.jit, static_argnums=(3, 4))
def _solve(splittings, T, population, axis, max_steps):
    T = jnp.asarray(T, dtype=float)
    ensemble = TLSEnsemble(ALPHA, splittings)
    equations = GapEquations(axis, NoHost)
    interaction = tls_interaction(ensemble, T, population, axis)
    coefficients = Coefficients(interaction, jnp.log(T))
    v, strength = _pairing_strength(axis, stop_gradient(interaction))
    normal = strength <= 1
    # The gap of a BCS superconductor whose susceptibility is as far above threshold.
    excess = jnp.clip(1 - 1 / strength, 1e-12, 0.9)
    u = 1.764 * jnp.tanh(1.74 * jnp.sqrt(excess / (1 - excess))) / (jnp.pi * (1 - excess))
    start = jnp.append(v, u**2)
    y, status, steps = newton_root(equations, max_steps, start, ~normal, coefficients)
    valid = holds(*splittings.rules(), *population.rules(), positive("T", T))
    problem = (ensemble, T, population)
    return assemble(equations, problem, coefficients, y, normal, status, steps, valid)
