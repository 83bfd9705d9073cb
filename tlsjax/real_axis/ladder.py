"""The real axis for a single splitting E0: every energy is solved alone, exactly.

Shifts by E0 couple an energy only to ``x + k E0``: the equations close on that ladder, one
unknown a rung, each coupled to its neighbours. Newton's method with a tridiagonal Jacobian
solves it to rounding, with no grid in energy to resolve anything.

The unknown is the angle theta of Usadel's equation, ``gamma = cos(theta)``, ``u phi = sin(theta)``:

    normal sin(theta_k) - anomalous cos(theta_k) + up sin(theta_k - theta_(k+1))
        + down sin(theta_k - theta_(k-1)) + magnetic sin(2 theta_k) = 0.

It is an entire function without branches, large propagators are large only in their
logarithm, and neighbours that are alike drop out of each other, as elastic scattering must: a
splitting too small to matter does not, however strongly it is coupled.
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from tlsjax.contour.poles import sources_at
from tlsjax.numerics.blocks import in_blocks
from tlsjax.numerics.implicit import implicit_root
from tlsjax.real_axis.given import Given

# The solution is followed down from a broadening of the order of Delta (added to epsilon_tilde),
# where everything is smooth, to none, every energy at its own pace: e-folds of the first step, of
# the shortest and of the longest, and by what a step grows or shrinks.
_FIRST, _SHORTEST, _LONGEST, _GROW, _SHRINK = 1.0, 0.02, 6.0, 1.6, 0.4
# Newton's step below which a broadening counts as solved, and the end; Newton's steps that a
# broadening may take, and all together.
_NEAR, _CONVERGED, _PATIENCE, _MAX_STEPS = 0.1, 1e-11, 6, 500
# Broadenings, in units of the larger of Delta and pi T, that are as good as none.
_NONE = 1e-18
# Last Newton step above which an energy counts as unsolved.
UNSOLVED = 1e-6
# Energies that are solved together: as many wait for the slowest of them.
_BLOCK = 128
# Size of Delta that stands for none, so that the angle has a direction.
_SMALL = 1e-30


class Ladder(NamedTuple):
    """Coefficients of the equations on the rungs, all (M, R) or scalars.

    ``epsilon_k = normal_k + up_k gamma_{k+1} + down_k gamma_{k-1}``, where up and down hold the
    shift's tangent, and likewise ``u delta_k`` with ``anomalous``; see `tlsjax.contour.kernels`.
    """

    normal: jax.Array
    anomalous: jax.Array
    up: jax.Array
    down: jax.Array
    magnetic: jax.Array


def rungs_for(E0, reach):
    """Number of rungs on each side for the energy ``reach`` (both known numbers).

    No more than 64: what far rungs do is lost on the way, and neighbours closer than a sixtieth of
    Delta are alike.
    """
    needed = min(reach / max(E0, 1e-300), 64.0)
    return int(min(max(8, 2 ** int(np.ceil(np.log2(needed + 1)))), 64))


def _size_of_gap(given):
    return jnp.where(given.X > 0, jnp.sqrt(jnp.where(given.X > 0, given.X, 1.0)), _SMALL)


def ladder(x, given: Given, rungs) -> Ladder:
    """`Ladder` of energies ``x`` (M,): ``rungs`` above and below each, in the middle its own."""
    (bath,), T, table = given.baths, given.T, given.table
    (energy,), (weight,) = bath.quadrature(T)
    total, difference = bath.occupation.total(energy, T), bath.occupation.difference(energy, T)
    E0, strength = energy / (jnp.pi * T), weight / T
    # One more on either side, for the shifts.
    on_rungs = x[:, None] + np.arange(-rungs - 1, rungs + 2) * E0
    fixed, tangent = sources_at(table, on_rungs)
    zeta = table.height - 1j * on_rungs
    shifted = strength * difference * (fixed[:, 2:] - fixed[:, :-2]) / 2j
    magnetic = given.breaking.magnetic
    return Ladder(
        normal=given.breaking.on_frequency(zeta[:, 1:-1]) + shifted[..., 0],
        anomalous=_size_of_gap(given) * (table.constant + shifted[..., 1]),
        up=strength * (total + difference * tangent[:, 2:] / 1j) / 2,
        down=strength * (total - difference * tangent[:, :-2] / 1j) / 2,
        magnetic=jnp.zeros(()) if magnetic is None else magnetic,
    )


def _neighbours(values):
    """``(values_{k+1}, values_{k-1})``; beyond the ends, what the last rung has."""
    above = jnp.concatenate([values[:, 1:], values[:, -1:]], axis=1)
    below = jnp.concatenate([values[:, :1], values[:, :-1]], axis=1)
    return above, below


def _terms(problem, theta):
    """Cosine and sine of theta, and of its differences to the rungs above and below."""
    z = jnp.exp(1j * theta)
    above, below = _neighbours(z)

    def both(q):
        inverse = 1 / q
        return (q + inverse) / 2, (q - inverse) / 2j

    return both(z), both(z / above), both(z / below)


def _residual(problem, terms):
    (cos, sin), (_, sin_up), (_, sin_down) = terms
    own = problem.normal * sin - problem.anomalous * cos
    shifted = problem.up * sin_up + problem.down * sin_down
    return own + shifted + 2 * problem.magnetic * sin * cos


def _jacobian(problem, terms):
    """Tridiagonal Jacobian: (lower, diagonal, upper), (M, R) each."""
    (cos, sin), (cos_up, _), (cos_down, _) = terms
    # The rungs at the ends are their own neighbours: nothing there.
    upper = -(problem.up * cos_up).at[:, -1].set(0.0)
    lower = -(problem.down * cos_down).at[:, 0].set(0.0)
    own = problem.normal * cos + problem.anomalous * sin
    diagonal = own - upper - lower + 2 * problem.magnetic * (cos**2 - sin**2)
    return lower, diagonal, upper


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
    above, below = _neighbours(x)
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
    """The equations on every rung, for `implicit_root`."""

    def residual(self, theta, problem):
        return _residual(problem, _terms(problem, theta))

    def tangent(self, theta, problem, b):
        matrix = _jacobian(problem, _terms(problem, theta))
        return lax.custom_linear_solve(
            partial(_apply, matrix),
            b,
            solve=lambda _, b: _thomas(matrix, b),
            transpose_solve=lambda _, b: _thomas(_transposed(matrix), b),
        )


class _Path(NamedTuple):
    """Where every energy is on its way down; all (M,) but the angles.

    theta, level : angle and logarithm of the broadening being solved; solved, reached : the last
    that were. step : e-folds to the next. tries : Newton's steps so far. size : the last one.
    """

    theta: jax.Array
    level: jax.Array
    solved: jax.Array
    reached: jax.Array
    step: jax.Array
    tries: jax.Array
    size: jax.Array
    done: jax.Array
    count: jax.Array


def _descend(problem):
    """Angles (M, R) and the last Newton step (M,)."""
    gap = jnp.max(jnp.abs(problem.anomalous)) + 1.0
    last = jnp.log(_NONE)
    ones = jnp.ones(problem.normal.shape[0])
    theta = jnp.arctan(problem.anomalous / (problem.normal + gap))
    zero = jnp.zeros(ones.shape, dtype=int)
    start = _Path(theta, 0 * ones, theta, ones, _FIRST * ones, zero, jnp.inf * ones, zero > 0, 0)

    def unfinished(path):
        return ~jnp.all(path.done) & (path.count < _MAX_STEPS)

    def newton(path):
        # Below the last level there is no broadening at all.
        end = path.level <= last
        broadening = jnp.where(end, 0.0, gap * jnp.exp(path.level))
        here = problem._replace(normal=problem.normal + broadening[:, None])
        terms = _terms(here, path.theta)
        change = _thomas(_jacobian(here, terms), _residual(here, terms))
        size = jnp.max(jnp.abs(change), axis=1)
        theta = path.theta - change / jnp.maximum(1.0, size)[:, None]
        tries = path.tries + 1
        finished = end & (size < _CONVERGED)
        # At the end rounding may not allow for more.
        finished |= end & (size < UNSOLVED) & (tries >= 2 * _PATIENCE)
        solved = ~end & (size < _NEAR)
        failed = ~(size < jnp.inf) | (tries >= _PATIENCE * jnp.where(end, 2, 1))
        failed &= ~solved & ~finished
        easy = solved & (tries <= 2)
        step = jnp.where(easy, path.step * _GROW, jnp.where(failed, path.step * _SHRINK, path.step))
        step = jnp.clip(step, _SHORTEST, _LONGEST)
        reached = jnp.where(solved, path.level, path.reached)
        moved = solved | failed
        level = jnp.where(moved, jnp.minimum(reached, 0.0) - step, path.level)
        level = jnp.where(failed & (path.reached > 0), 0.0, level)
        good = jnp.where(solved[:, None], theta, path.solved)
        theta = jnp.where(failed[:, None], good, theta)
        theta = jnp.where(path.done[:, None], path.theta, theta)
        tries = jnp.where(moved, 0, tries)
        return _Path(
            theta, level, good, reached, step, tries,
            jnp.where(path.done, path.size, jnp.where(failed, jnp.inf, size)),
            path.done | finished, path.count + 1,
        )  # fmt: skip

    path = lax.while_loop(unfinished, newton, start)
    return path.theta, jnp.where(path.done, path.size, jnp.inf)


class _Blocks(NamedTuple):
    """The loop of `implicit_root`."""

    def __call__(self, rungs, start, problem):
        del rungs, start
        return _descend(problem)


class Angles(NamedTuple):
    """Solution at energies (M,).

    w : (M,) ``u/tan(theta)``. epsilon, delta : ``epsilon_tilde`` and ``delta_tilde/u``. size : the
    last Newton step.
    """

    w: jax.Array
    epsilon: jax.Array
    delta: jax.Array
    size: jax.Array


def solve_at(x, given: Given, rungs) -> Angles:
    """`Angles` at energies ``x`` (M,), units of ``pi T``."""

    def block(x):
        problem = ladder(x, given, rungs)
        theta, size = implicit_root(_Blocks(), _Rungs(), problem.anomalous, problem)
        own, above, below = (theta[:, rungs + k] for k in (0, 1, -1))
        normal, anomalous, up, down = (f[:, rungs] for f in problem[:4])
        u = _size_of_gap(given)
        epsilon = normal + up * jnp.cos(above) + down * jnp.cos(below)
        delta = (anomalous + up * jnp.sin(above) + down * jnp.sin(below)) / u
        return Angles(u * jnp.cos(own) / jnp.sin(own), epsilon, delta, size)

    return in_blocks(block, x, _BLOCK)
