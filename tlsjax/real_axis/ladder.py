"""The real axis for a single splitting E0: every energy is solved alone, exactly.

Shifts by E0 couple an energy only to ``x + k E0``: the equations close on that ladder, one
unknown ``v_k`` a rung, each coupled to its neighbours. Newton's method with a tridiagonal
Jacobian solves it to rounding, with no grid in energy to resolve anything: at T = 0.2 Tc0
the peaks are 1e-5 wide. Rungs far from the Fermi level are clean.
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from tlsjax.numerics.implicit import implicit_root
from tlsjax.real_axis.collocation import Given
from tlsjax.real_axis.poles import at_energies, shift_sources

# The solution is followed down from a broadening of the order of Delta (added to
# epsilon_tilde), where everything is smooth, to none: one Newton step on each. Larger ratios
# with more steps cost more and lose the branch from alpha = 3 on; this one did not at any
# coupling tried (0.5 to 10). The last is 5e-16: at the Fermi level and the rungs above it a
# broadening must fall below the density of states itself, or Newton's method fails there.
_BROADENINGS = 1.6 ** -np.arange(76.0)
_LAST_STEPS = 6
# Last Newton step, relative, above which an energy counts as unsolved.
UNSOLVED = 1e-6


class Ladder(NamedTuple):
    """Coefficients of the equations on the rungs ``x + k E0``, all (M, R) or scalars.

    ``epsilon_k = normal_k + up_k gamma_{k+1} + down_k gamma_{k-1}``, where up and down hold the
    shift's tangent, and likewise ``delta_k``; see `tlsjax.contour.kernels`.
    """

    normal: jax.Array
    anomalous: jax.Array
    up: jax.Array
    down: jax.Array
    X: jax.Array
    magnetic: jax.Array | None


def rungs_for(E0, reach):
    """Number of rungs on each side that reach the energy ``reach`` (both known numbers)."""
    needed = int(np.ceil(reach / E0)) + 2
    return int(min(max(8, 2 ** int(np.ceil(np.log2(needed)))), 1024))


def ladder(x, given: Given, rungs):
    """`Ladder` of energies ``x`` (M,) and the rung (M,) on which each is.

    There are ``2 rungs + 1`` rungs ``E0`` apart, as many below the Fermi level as above; for
    high energies the ladder moves up, to keep a quarter of its rungs above them.
    """
    ((bath,), T, table), breaking = given[:3], given.breaking
    (energy,), (weight,) = bath.quadrature(T)
    total, difference = bath.occupation.total(energy, T), bath.occupation.difference(energy, T)
    E0, strength = energy / (jnp.pi * T), weight / T
    own = jnp.round(lax.stop_gradient(x / E0))
    own = jnp.clip(own, -(rungs // 2), rungs // 2).astype(int)
    k = np.arange(-rungs, rungs + 1)
    energy = x[:, None] + (k - own[:, None]) * E0
    zeta = table.height - 1j * energy
    sums = [
        jnp.where(energy < 0, jnp.conj(pole), pole) for pole in at_energies(table, jnp.abs(energy))
    ]
    # The pole that shift_sources takes from the tangent, seen from the neighbours above
    # (zeta - i E0) and below (zeta + i E0).
    none = jnp.zeros_like(zeta)
    above, below = (shift_sources(table, zeta + sign * 1j * E0, none, none) for sign in (-1, 1))
    tangent = [jnp.tan(jnp.pi / 2 * (zeta + sign * 1j * E0)) for sign in (-1, 1)]
    first = [strength * difference * (a - b) / 2j for a, b in zip(above, below, strict=True)]
    known = jnp.abs(energy) < table.reach
    equations = Ladder(
        normal=breaking.on_frequency(zeta) + jnp.where(known, sums[0] + first[0], 0.0),
        anomalous=table.constant + jnp.where(known, sums[1] + first[1], 0.0),
        up=jnp.where(known, strength * (total + difference * tangent[0] / 1j) / 2, 0.0),
        down=jnp.where(known, strength * (total - difference * tangent[1] / 1j) / 2, 0.0),
        X=given.X,
        magnetic=breaking.magnetic,
    )
    return equations, own + rungs


def _neighbours(values, edge):
    """``(values_{k+1}, values_{k-1})`` with ``edge = (below, above)`` beyond the ends."""
    wide = jnp.concatenate([edge[0][:, None], values, edge[1][:, None]], axis=1)
    return wide[:, 2:], wide[:, :-2]


def self_energies(problem: Ladder, v):
    """``epsilon_tilde`` and ``delta_tilde/u`` on the rungs."""
    gamma = 1 / jnp.sqrt(1 + problem.X * v**2)
    phi = v * gamma
    # Beyond the ends, what the last rung has.
    gamma_up, gamma_down = _neighbours(gamma, (gamma[:, 0], gamma[:, -1]))
    phi_up, phi_down = _neighbours(phi, (phi[:, 0], phi[:, -1]))
    epsilon = problem.normal + problem.up * gamma_up + problem.down * gamma_down
    delta = problem.anomalous + problem.up * phi_up + problem.down * phi_down
    return epsilon, delta


def _jacobian(problem, v):
    """Tridiagonal Jacobian: (lower, diagonal, upper), (M, R) each."""
    epsilon, _ = self_energies(problem, v)
    cube = (1 / jnp.sqrt(1 + problem.X * v**2)) ** 3
    cube_up, cube_down = _neighbours(cube, (cube[:, 0], cube[:, -1]))
    v_up, v_down = _neighbours(v, (v[:, 0], v[:, -1]))
    upper = -problem.up * cube_up * (1 + problem.X * v * v_up)
    lower = -problem.down * cube_down * (1 + problem.X * v * v_down)
    # The rungs at the ends are their own neighbours.
    if problem.magnetic is not None:
        epsilon = epsilon + 2 * problem.magnetic * cube
    diagonal = epsilon.at[:, 0].add(lower[:, 0]).at[:, -1].add(upper[:, -1])
    return lower.at[:, 0].set(0.0), diagonal, upper.at[:, -1].set(0.0)


def _thomas(matrix, b):
    """Solve tridiagonal systems, (M, R) each, by elimination.

    All energies take a step together, which vectorises. `jax.lax.linalg.tridiagonal_solve`
    calls LAPACK for one system after the other, and is half as fast in Newton's loop.
    """
    lower, diagonal, upper = (jnp.moveaxis(a, 1, 0) for a in matrix)

    def eliminate(carry, row):
        ratio, value = carry
        low, middle, up, right = row
        pivot = middle - low * ratio
        new = (up / pivot, (right - low * value) / pivot)
        return new, new

    start = (jnp.zeros_like(b[:, 0]), jnp.zeros_like(b[:, 0]))
    rows = (lower, diagonal, upper, jnp.moveaxis(b, 1, 0))
    _, (ratio, value) = lax.scan(eliminate, start, rows, unroll=4)

    def substitute(x, row):
        x = row[1] - row[0] * x
        return x, x

    _, x = lax.scan(substitute, start[0], (ratio, value), reverse=True, unroll=4)
    return jnp.moveaxis(x, 0, 1)


def _apply(matrix, x):
    lower, diagonal, upper = matrix
    zero = jnp.zeros_like(x[:, 0])
    above, below = _neighbours(x, (zero, zero))
    return diagonal * x + upper * above + lower * below


def _transposed(matrix):
    lower, diagonal, upper = matrix
    zero = jnp.zeros_like(lower[:, :1])
    return (
        jnp.concatenate([zero, upper[:, :-1]], axis=1),
        diagonal,
        jnp.concatenate([lower[:, 1:], zero], axis=1),
    )


class _Rungs(NamedTuple):
    """``v epsilon = delta`` on every rung, for `implicit_root`."""

    def residual(self, v, problem):
        epsilon, delta = self_energies(problem, v)
        if problem.magnetic is not None:
            epsilon = epsilon + 2 * problem.magnetic / jnp.sqrt(1 + problem.X * v**2)
        return v * epsilon - delta

    def tangent(self, v, problem, b):
        matrix = _jacobian(problem, v)
        return lax.custom_linear_solve(
            partial(_apply, matrix),
            b,
            solve=lambda _, b: _thomas(matrix, b),
            transpose_solve=lambda _, b: _thomas(_transposed(matrix), b),
        )


def _newton(rungs, problem, v, steps):
    """Newton steps from ``v``; returns the solution and the size of the last step (M,)."""

    def step(carry, _):
        v, _ = carry
        change = _thomas(_jacobian(problem, v), rungs.residual(v, problem))
        # A step is never longer than v itself, or it could leave the branch Re gamma > 0.
        size = jnp.abs(change) / jnp.abs(v)
        change = change / jnp.maximum(1.0, size)
        return (v - change, jnp.max(size, axis=1)), None

    start = (v, jnp.full(v.shape[:1], jnp.inf))
    return lax.scan(step, start, None, length=steps)[0]


def _follow(rungs, start, problem):
    """The loop of `solve_ladder`: down the broadenings, one Newton step on each."""
    widest = jnp.sqrt(problem.X) + 1.0

    def level(v, broadening):
        broader = problem._replace(normal=problem.normal + broadening * widest)
        return _newton(rungs, broader, v, 1)[0], None

    v, _ = lax.scan(level, start / (problem.normal + widest), _BROADENINGS)
    return _newton(rungs, problem, v, _LAST_STEPS)


def solve_ladder(problem: Ladder):
    """``(v, size)`` on the ladders; ``size`` (M,) is the last Newton step, relative."""
    return implicit_root(_follow, _Rungs(), problem.anomalous, problem)
