"""The solution of the equilibrium equations at one temperature."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.lax import stop_gradient
from numpy.typing import ArrayLike

from tlsjax.core.batching import Vector, over_batches
from tlsjax.core.results import Solution, solution
from tlsjax.core.status import Status, is_ok, nan_unless
from tlsjax.core.validation import fail
from tlsjax.matsubara.axis import CompactAxis, coarser, evaluated_at
from tlsjax.matsubara.equations import Coefficients, GapEquations, norm_for, pack, unpack
from tlsjax.matsubara.interaction import (
    UNRESOLVED_SHARE,
    Interaction,
    bosons_of,
    interaction,
)
from tlsjax.matsubara.pair_breaking import ratio
from tlsjax.model.superconductor import Superconductor
from tlsjax.numerics.linear import solve

# Largest residual of a solution: it is some 1e-12 wherever Newton's method converges, and of order
# one where its steps only look small.
_SOLVED = 1e-8


@solution(static=("axis",))
class EquilibriumState(Solution):
    """Order parameter and self energies at the Matsubara frequencies of one axis.

    Energies are in the unit of the superconductor. Of a batch every array has the batch's
    shape in front.

    Attributes
    ----------
    order_parameter : scalar; with a weak-coupling host its ``Delta``, otherwise the gap
        function at the lowest frequency. NaN if the solve failed, exactly 0 in the normal state.
    epsilon_n : (K,) sampled frequencies ``(2n+1) pi T > 0``, consecutive from n = 0 and
        logarithmically spaced further out; ``axis.n`` are the indices. See `at`.
    epsilon_tilde, delta_tilde : (K,) renormalised frequency and gap there.
    status, iterations : int32 scalars.
    residual : scalar, largest violation of the equations, relative to their terms.
    error : scalar, estimated absolute error of ``order_parameter``: how far it moves on
        a coarser frequency axis and splitting quadrature. 0 in the normal state; which
        state it is, is known as well as Tc is (`Transition.error`).
    superconductor, T, population : what was solved.
    """

    what = "Matsubara solution"
    value = "order_parameter"
    shown = ("order_parameter", "error", "T", "superconductor", "iterations", "residual")
    arrays = ("population", "epsilon_n", "epsilon_tilde", "delta_tilde")

    order_parameter: jax.Array
    epsilon_n: jax.Array
    epsilon_tilde: jax.Array
    delta_tilde: jax.Array
    status: jax.Array
    iterations: jax.Array
    residual: jax.Array
    error: jax.Array
    superconductor: Superconductor
    T: jax.Array
    population: Any
    unknowns: jax.Array
    axis: CompactAxis

    @property
    def renormalization(self) -> jax.Array:
        """``Z_n = epsilon_tilde/epsilon_n``, (K,)."""
        return self.epsilon_tilde / self.epsilon_n

    @property
    def gap_function(self) -> jax.Array:
        """``Delta_n = Delta_tilde/Z_n``, (K,); finite even where Z is not."""
        v, _, X = unpack(self.unknowns)
        answer = is_ok(self.status)[..., None]
        return nan_unless(answer, self.epsilon_n * v * jnp.sqrt(X)[..., None])

    def at(self, n: ArrayLike) -> tuple[jax.Array, jax.Array, jax.Array]:
        """``(epsilon_n, epsilon_tilde, delta_tilde)`` at any Matsubara indices ``n >= 0``.

        ``n`` is a NumPy array of integers, static under ``jit``.
        """
        n = np.atleast_1d(n)
        if n.dtype.kind not in "iu" or (n < 0).any() or (n > self.axis.reach / 2).any():
            fail("n", f"integers from 0 to {self.axis.reach / 2:.0f}", n)
        view = evaluated_at(self.axis, n)

        def one(superconductor, population, T, y):
            inter = interaction_of(superconductor, population, T, view)
            fields = fields_at(GapEquations(self.axis), view.nu, y.values, inter)
            return tuple(jnp.pi * T * field for field in (view.nu, *fields))

        model = self.superconductor, self.population, self.T
        return over_batches(one, *model, Vector(self.unknowns))

    def plot(self, ax: Any = None) -> Any:
        """Draw ``Delta(T)`` of a batch over temperatures, otherwise the gap function.

        Returns the matplotlib axes; ``ax=None`` makes new ones.
        """
        from tlsjax.plotting import results

        return results.plot_state(self, ax)


def fields_at(equations, nu, y, inter):
    """``epsilon_tilde`` and ``delta_tilde``, all static parts included, units of ``pi T``."""
    X = unpack(y).X
    epsilon, delta = equations.self_energies(y, inter, nu)
    v = ratio(epsilon, delta, X, inter.breaking)
    # In the normal state u = 0 exactly, with zero derivative.
    u = jnp.where(X > 0, jnp.sqrt(jnp.where(X > 0, X, 1.0)), 0.0)
    g = 1 / jnp.sqrt(1 + X * v**2)
    magnetic = 0.0 if inter.breaking.magnetic is None else inter.breaking.magnetic
    epsilon = epsilon + (inter.static + magnetic) * g
    return epsilon, u * (delta + (inter.static - magnetic) * v * g)


def assemble(axis, model, coefficients, y, normal, status, steps, valid):
    """What `EquilibriumState` holds, ``{field: value}``, from the solver's unknowns.

    ``model = (superconductor, T, population)``.
    """
    superconductor, T, _ = model
    equations = GapEquations(axis)
    inter = coefficients.interaction
    pi_T = jnp.pi * T
    y = y.at[-1].set(jnp.where(normal, 0.0, y[-1]))
    X = y[-1]

    residual = equations.residual(y, coefficients)
    _, delta = equations.self_energies(y, inter, axis.nu)
    scale = jnp.append(jnp.abs(delta) + 1 / axis.nu, jnp.ones(2))
    residual = jnp.abs(residual / scale)
    # In the normal state the gap equation does not hold and need not.
    residual = jnp.max(jnp.where(normal, 0.0, residual))

    # Steps that are small because X is do not make a solution.
    unsolved = (status == Status.CONVERGED) & (residual > _SOLVED)
    status = jnp.where(unsolved, Status.MAX_STEPS, status)

    resolved = jnp.sqrt(X) < axis.resolved
    resolved &= inter.unresolved < UNRESOLVED_SHARE
    status = jnp.where(normal & (status == Status.CONVERGED), Status.NORMAL, status)
    # Out there the iteration need not converge either: this is the cause.
    lost = ~resolved & (is_ok(status) | (status == Status.MAX_STEPS))
    status = jnp.where(lost, Status.OUT_OF_RANGE, status)
    status = jnp.where(valid, status, Status.INVALID).astype(jnp.int32)

    answer = is_ok(status)
    epsilon, delta = fields_at(equations, axis.nu, y, inter)
    square = reported_square(superconductor.host, y)
    root = jnp.where(square > 0, jnp.sqrt(jnp.where(square > 0, square, 1.0)), 0.0)
    error = error_bound(axis, *stop_gradient((model, y)))

    def if_answer(x):
        return nan_unless(answer, pi_T * x)

    return {
        "order_parameter": if_answer(root),
        "epsilon_n": pi_T * axis.nu,
        "epsilon_tilde": if_answer(epsilon),
        "delta_tilde": if_answer(delta),
        "status": status,
        "iterations": steps,
        "residual": stop_gradient(residual),
        "error": if_answer(error),
        "unknowns": y,
    }


def reported_square(host, y):
    """Square of the order parameter that the host reports, units of ``(pi T)^2``."""
    v, s, X = unpack(y)
    return X * (s if host.reports_constant else v[0]) ** 2


def coefficients_of(superconductor, population, T, axis) -> Coefficients:
    """`Coefficients` of the equations at temperature ``T``."""
    inter = interaction_of(superconductor, population, T, axis)
    host = superconductor.host
    norm = norm_for(axis, host.reports_constant, inter.breaking)
    return Coefficients(inter, jnp.log(T), host.closure(), norm)


def interaction_of(superconductor, population, T, axis) -> Interaction:
    """`Interaction` of a superconductor at temperature ``T``."""
    bosons = bosons_of(superconductor.baths(population), T, axis)
    return interaction(bosons, T, axis, superconductor.static)


def error_bound(axis, model, y, breaking=None):
    """Error bound of the order parameter (units of ``pi T``) from a coarser axis.

    breaking : the `tlsjax.contour.matsubara.Breaking` on the axis, where there is any.
    """
    superconductor, T, population = model
    coarse, rows = coarser(axis)
    coefficients = coefficients_of(superconductor, population, T, coarse)
    if breaking is not None:
        inter = jax.tree.map(lambda x: x[rows], breaking).on(coefficients.interaction)
        coefficients = coefficients._replace(interaction=inter)
    v, s, X = unpack(y)
    y = pack(v[rows], s, X, coefficients.norm)
    square = reported_square(superconductor.host, y)
    by_y = jax.grad(lambda y: reported_square(superconductor.host, y))(y)
    shift = functional_shift(GapEquations(coarse), y, coefficients, by_y)
    # The root of the square, written so that it stays finite where the square is smaller than
    # its shift; on top, the precision to which the axis's own matrices are fitted.
    root = jnp.sqrt(square)
    bound = shift / (root + jnp.sqrt(square + shift)) + axis.tolerance * root
    return jnp.where(X > 0, bound, 0.0)


def functional_shift(problem, y, theta, gradient):
    """Largest change of a function of ``y`` that the residual at ``y`` can stand for.

    ``gradient`` is the function's. The size of Newton's step, with the contributions of all
    equations added in modulus: their sum alone can be small by accident.
    """
    weight = solve(problem.jacobian(y, theta).T, gradient)
    return jnp.dot(jnp.abs(weight), jnp.abs(problem.residual(y, theta)))
