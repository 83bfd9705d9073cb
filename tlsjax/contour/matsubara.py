"""The Matsubara frequencies beside the line: the equilibrium theory with pair breaking given.

Impurities out of equilibrium break pairs by an amount that only the line knows
(`tlsjax.contour.equations`). Once it is given the Matsubara axis is closed again, and is solved as
in equilibrium: by Newton's method, its sums and tails exact to nine digits.
"""

from functools import lru_cache
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.lax import stop_gradient

from tlsjax.contour.poles import INDICES, NU, Sums
from tlsjax.matsubara.axis import CompactAxis, evaluated_at
from tlsjax.matsubara.equations import Coefficients, GapEquations, Norm, unpack
from tlsjax.matsubara.estimate import Range, search_range
from tlsjax.matsubara.interaction import Interaction
from tlsjax.matsubara.pair_breaking import ratio
from tlsjax.matsubara.response import response, starting_point
from tlsjax.matsubara.state import coefficients_of, interaction_of
from tlsjax.model.hosts import Closure
from tlsjax.numerics.newton import known_root, newton_root

_NEWTON_STEPS = 60
# Smallest ``u^2`` of a start, in units of the estimate's, that is not taken for a normal metal's.
_SMALLEST = 1e-3


class Problem(NamedTuple):
    """Everything the solution depends on but the mesh, differentiable.

    on_axis, on_sums : `Interaction` on the compact axis and at the indices of the sums.
    baths; T; closure : the host's.
    norm : what ``u`` is; searched : temperatures of the size of Tc, both without derivative.
    """

    on_axis: Interaction
    on_sums: Interaction
    baths: tuple
    T: jax.Array
    closure: Closure
    norm: Norm
    searched: Range

    @property
    def square_scale(self):
        """``u^2`` far above any that there is: where the iteration starts, and its unit."""
        return (3 * jnp.exp(self.searched.log_scale) / (np.pi * stop_gradient(self.T))) ** 2

    @property
    def largest_energy(self):
        """Of the order parameter and of all bosons, units of ``pi T``, without derivative."""
        energies = [jnp.sqrt(self.square_scale)]
        for bath in self.baths:
            largest = jnp.asarray(bath.distribution.largest_energy())
            energies.append(stop_gradient(largest / (jnp.pi * self.T)))
        return jnp.max(jnp.stack(energies))


def line_problem(superconductor, T, population, axis) -> Problem:
    """`Problem` of a superconductor at ``T``."""
    baths = superconductor.baths(population)
    coefficients = coefficients_of(superconductor, population, T, axis)
    return Problem(
        coefficients.interaction,
        interaction_of(superconductor, population, T, _summed_axis(axis)),
        baths,
        T,
        *coefficients[2:],
        search_range(superconductor, baths, axis),
    )


@lru_cache(maxsize=8)
def _summed_axis(axis: CompactAxis):
    """``axis`` with its results at the indices of the sums over poles."""
    return evaluated_at(axis, INDICES)


class Breaking(NamedTuple):
    """Pair breaking at some Matsubara frequencies: what it adds to ``epsilon_tilde`` and to
    ``delta_tilde/u``, and the latter over ``v``."""

    normal: jax.Array
    anomalous: jax.Array
    ratio: jax.Array

    def on(self, inter: Interaction) -> Interaction:
        """``inter`` with it."""
        return inter._replace(normal=inter.normal + self.normal, anomalous=self.anomalous)


class Matsubara(NamedTuple):
    """Solution at the Matsubara frequencies: the unknowns of `GapEquations`, whether they are
    those of the normal state, the propagators at the indices of the sums, and what broke pairs."""

    unknowns: jax.Array
    normal: jax.Array
    status: jax.Array
    steps: jax.Array
    sums: Sums
    breaking: Breaking

    @property
    def X(self):
        """``u^2``, 0 in the normal state."""
        return self.unknowns[-1]

    @property
    def values(self):
        """What has a derivative."""
        return self.unknowns, self.sums, self.breaking

    def gap_function(self, nu):
        """``Delta(i epsilon)`` at the axis's frequencies, in units of ``pi T``."""
        return jnp.sqrt(self.X) * nu * unpack(self.unknowns).v

    def with_values(self, values):
        """The same with other `values`."""
        return self._replace(unknowns=values[0], sums=values[1], breaking=values[2])


def solve_with_breaking(breaking, problem, axis, near=None, known=None) -> Matsubara:
    """`Matsubara` with the pair `Breaking` on the axis and on the sums given.

    ``near`` are unknowns near to it, if there are any. Where it is ``known`` already it is not
    solved for, and its derivative is small to compile.
    """
    on_axis, on_sums = breaking
    inter = on_axis.on(problem.on_axis)
    log_T = jnp.log(problem.T)
    coefficients = Coefficients(inter, log_T, problem.closure, problem.norm)
    if known is None:
        y, normal, status, steps = _root(on_axis, near, log_T, problem, coefficients, axis)
    else:
        y, normal, status, steps = known[:4]
        y = known_root(GapEquations(axis), y, ~normal, coefficients)
    y = y.at[-1].set(jnp.where(normal, 0.0, y[-1]))
    return Matsubara(
        y, normal, status, steps, sums_of(y, on_sums.on(problem.on_sums), axis), on_axis
    )


def sums_of(y, interaction, axis) -> Sums:
    """`Sums` of the unknowns ``y``, with the `Interaction` at their indices."""
    epsilon, delta = GapEquations(axis).self_energies(y, interaction, NU)
    v = ratio(epsilon, delta, y[-1], interaction.breaking)
    root = jnp.sqrt(1 + y[-1] * v**2)
    s = unpack(y).s
    return Sums(-y[-1] * v**2 / (root * (1 + root)), v / root - s / NU, s)


def _root(on_axis, near, log_T, problem, coefficients, axis):
    """Unknowns of `GapEquations`, whether they are those of the normal state, status and steps."""
    inter = coefficients.interaction
    fixed, closure, broken = stop_gradient((inter, problem.closure, on_axis.ratio))
    searched = problem.searched
    fixed_log_T = stop_gradient(log_T)
    found = response(axis, fixed, closure, fixed_log_T, searched.log_cutoff, broken)
    normal = (found.stability >= 0) & ~found.far_below
    start = starting_point(axis, found, fixed, fixed_log_T, searched, problem.norm, closure.stretch)
    equations = GapEquations(axis)
    if near is not None:
        start = _nearer(equations, stop_gradient(near), start, stop_gradient(coefficients))
    # The normal state is solved too: its v is the linear response, at X = 0.
    y, status, steps = newton_root(equations, _NEWTON_STEPS, start, ~normal, coefficients)
    return y, normal, status, steps


def _nearer(equations, near, start, coefficients):
    """Of two starts the one nearer to a root, which is the right one: with the pair breaking given
    there may be a second, of a far smaller gap, that a start without knowledge can lead to."""

    def left(y):
        return jnp.max(jnp.abs(equations.residual(y, coefficients)))

    # Normal metals are a root too.
    good = (left(near) < left(start)) & (near[-1] > _SMALLEST * start[-1])
    return jnp.where(good, near, start)


def without_breaking(problem, axis) -> Matsubara:
    """`Matsubara` in equilibrium, where nothing breaks pairs and the Matsubara axis is closed."""
    return solve_with_breaking((_none(axis.nu), _none(NU)), problem, axis)


def _none(nu):
    return Breaking(*[jnp.zeros(nu.size)] * 3)


def unknown(axis) -> Matsubara:
    """A `Matsubara` of nothing, of the right shapes."""
    zero, sums = jnp.zeros(()), jnp.zeros(NU.size)
    count = jnp.int32(0)
    y = jnp.zeros(axis.nu.size + 2)
    return Matsubara(y, zero > 0, count, count, Sums(sums, sums, zero), _none(axis.nu))
