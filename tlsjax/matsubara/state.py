"""The solution of the equilibrium equations, with and without a pairing host."""

import dataclasses
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.lax import stop_gradient

from tlsjax.core.pytrees import register, show
from tlsjax.core.status import Status, is_ok, name_of, nan_unless, raise_unless_ok
from tlsjax.core.validation import fail
from tlsjax.matsubara.axis import coarser, evaluated_at
from tlsjax.matsubara.equations import Coefficients, GapEquations
from tlsjax.matsubara.interaction import UNRESOLVED_SHARE, tls_interaction
from tlsjax.model.ensemble import TLSEnsemble
from tlsjax.numerics.linear import solve


@partial(register, static=("equations",))
@dataclasses.dataclass(frozen=True, repr=False)
class EquilibriumState:
    """Order parameter and self energies at the Matsubara frequencies of one axis.

    Energies are in the units of the problem: ``k_B Tc0`` from `solve_matsubara`,
    ``hbar/tau_in`` from `solve_induced`.

    Attributes
    ----------
    order_parameter : scalar; Delta of the host, or without a host the gap function at
        the lowest frequency. NaN if the solve failed, exactly 0 in the normal state.
    epsilon_n : (K,) sampled frequencies ``(2n+1) pi T > 0``, consecutive from n = 0 and
        logarithmically spaced further out; ``axis.n`` are the indices. See `at`.
    epsilon_tilde, delta_tilde : (K,) renormalised frequency and gap there.
    status, iterations : int32 scalars.
    residual : scalar, largest violation of the equations, relative to their terms.
    error : scalar, estimated absolute error of ``order_parameter``: how far it moves on
        a coarser frequency axis and splitting quadrature. 0 in the normal state; which
        state it is, is known as well as Tc is (`Transition.error`).
    ensemble, T, population : what was solved.
    """

    order_parameter: jax.Array
    epsilon_n: jax.Array
    epsilon_tilde: jax.Array
    delta_tilde: jax.Array
    status: jax.Array
    iterations: jax.Array
    residual: jax.Array
    error: jax.Array
    ensemble: TLSEnsemble
    T: jax.Array
    population: Any
    unknowns: jax.Array
    equations: GapEquations

    def __repr__(self):
        names = ("order_parameter", "error", "T", "ensemble", "iterations", "residual")
        pairs = (f"{name}={show(getattr(self, name))}" for name in names)
        return f"EquilibriumState({name_of(self.status)}, {', '.join(pairs)})"

    @property
    def axis(self):
        """The `CompactAxis` of the solution."""
        return self.equations.axis

    @property
    def renormalization(self):
        """``Z_n = epsilon_tilde/epsilon_n``, (K,)."""
        return self.epsilon_tilde / self.epsilon_n

    @property
    def gap_function(self):
        """``Delta_n = Delta_tilde/Z_n = epsilon_n u_n``, (K,); finite even where Z is not."""
        v = self.unknowns[..., :-1]
        return self.order_parameter[..., None] * self.axis.nu * v

    def check(self):
        """Return self; raise `ConvergenceError` if this is not an answer."""
        raise_unless_ok(self.status, "Matsubara solution")
        return self

    def at(self, n):
        """``(epsilon_n, epsilon_tilde, delta_tilde)`` at any Matsubara indices ``n >= 0``.

        ``n`` is a NumPy array of integers, static under ``jit``.
        """
        n = np.atleast_1d(n)
        if n.dtype.kind not in "iu" or (n < 0).any() or (n > self.axis.reach / 2).any():
            fail("n", f"integers from 0 to {self.axis.reach / 2:.0f}", n)
        view = evaluated_at(self.axis, n)
        interaction = tls_interaction(self.ensemble, self.T, self.population, view)
        fields = _fields(self.equations, view.nu, self.unknowns, interaction)
        return tuple(jnp.pi * self.T * field for field in (view.nu, *fields))


def _fields(equations, nu, y, interaction):
    """``epsilon_tilde`` and ``delta_tilde``, elastic part included, units of ``pi T``."""
    X = y[-1]
    epsilon, delta = equations.self_energies(y, interaction, nu)
    root = jnp.sqrt(epsilon**2 + X * delta**2)
    # In the normal state u = 0 exactly, with zero derivative.
    u = jnp.where(X > 0, jnp.sqrt(jnp.where(X > 0, X, 1.0)), 0.0)
    scale = 1 + interaction.static / root
    return epsilon * scale, u * delta * scale


def assemble(equations, problem, coefficients, y, normal, status, steps, valid):
    """Build the state from the solver's unknowns; ``problem = (ensemble, T, population)``."""
    ensemble, T, population = problem
    interaction = coefficients.interaction
    pi_T = jnp.pi * T
    X = jnp.where(normal, 0.0, y[-1])
    y = y.at[-1].set(X)

    residual = equations.residual(y, coefficients)
    _, delta = equations.self_energies(y, interaction, equations.axis.nu)
    residual = jnp.abs(residual / jnp.append(delta, 1.0))
    # In the normal state the gap equation does not hold and need not.
    residual = jnp.max(jnp.where(normal, 0.0, residual))

    resolved = jnp.sqrt(X) < equations.axis.resolved
    resolved &= interaction.unresolved < UNRESOLVED_SHARE
    status = jnp.where(normal & (status == Status.CONVERGED), Status.NORMAL, status)
    # Out there the iteration need not converge either: this is the cause.
    lost = ~resolved & (is_ok(status) | (status == Status.MAX_STEPS))
    status = jnp.where(lost, Status.OUT_OF_RANGE, status)
    status = jnp.where(valid, status, Status.INVALID).astype(jnp.int32)

    answer = is_ok(status)
    epsilon, delta = _fields(equations, equations.axis.nu, y, interaction)
    root_X = jnp.where(X > 0, jnp.sqrt(jnp.where(X > 0, X, 1.0)), 0.0)
    # Without a host X is u_0^2, and the gap function at nu_0 = 1 is u_0: the same.

    def if_answer(x):
        return nan_unless(answer, pi_T * x)

    return EquilibriumState(
        order_parameter=if_answer(root_X),
        epsilon_n=pi_T * equations.axis.nu,
        epsilon_tilde=if_answer(epsilon),
        delta_tilde=if_answer(delta),
        status=status,
        iterations=steps,
        residual=stop_gradient(residual),
        error=if_answer(_error(equations, stop_gradient(problem), stop_gradient(y))),
        ensemble=ensemble,
        T=T,
        population=population,
        unknowns=y,
        equations=equations,
    )


def _error(equations, problem, y):
    """Error bound of the order parameter (units of ``pi T``) from a coarser axis."""
    axis, rows = coarser(equations.axis)
    coarse = GapEquations(axis, equations.host)
    ensemble, T, population = problem
    interaction = tls_interaction(ensemble, T, population, axis)
    coefficients = Coefficients(interaction, jnp.log(T))
    X = y[-1]
    shift = last_unknown_shift(coarse, jnp.append(y[:-1][rows], X), coefficients)
    # Delta = sqrt(X), written so that it stays finite where X is smaller than its shift;
    # on top, the precision to which the axis's own matrices are fitted.
    bound = shift / (jnp.sqrt(X) + jnp.sqrt(X + shift)) + equations.axis.tolerance * jnp.sqrt(X)
    return jnp.where(X > 0, bound, 0.0)


def last_unknown_shift(problem, y, theta):
    """Largest change of ``y[-1]`` that the residual at ``y`` can stand for.

    The size of Newton's step, with the contributions of all equations added in modulus:
    their sum alone can be small by accident.
    """
    last = jnp.zeros_like(y).at[-1].set(1.0)
    weight = solve(problem.jacobian(y, theta).T, last)
    return jnp.dot(jnp.abs(weight), jnp.abs(problem.residual(y, theta)))
