"""The equations of a ladder solved: from a solution nearby, or followed down from a broadening.

Every energy goes its own way; `tlsjax.real_axis.ladder` has the equations.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jax.lax import stop_gradient

from tlsjax.contour.mesh import Mesh
from tlsjax.contour.newton import propagators
from tlsjax.numerics.blocks import in_blocks
from tlsjax.numerics.implicit import implicit_root
from tlsjax.numerics.tridiagonal import thomas
from tlsjax.real_axis.given import Given
from tlsjax.real_axis.ladder import (
    Rungs,
    jacobian,
    ladder,
    on_rungs,
    residual,
    size_of_gap,
    terms_of,
)

# Where a solution nearby is known, Newton's method begins from it, and mostly takes three to five
# steps. Where it does not converge, or moves the angle further than this:
_FARTHEST = 1.0
# the solution is followed down from a broadening of the order of Delta (added to epsilon_tilde),
# where everything is smooth, to none, every energy at its own pace: e-folds of the first step, of
# the shortest and of the longest, and by what a step grows or shrinks.
_FIRST, _SHORTEST, _LONGEST, _GROW, _SHRINK = 1.0, 0.02, 6.0, 1.6, 0.4
# Newton's step below which a broadening counts as solved, and the end; Newton's steps that a
# broadening may take, and all together.
_NEAR, _CONVERGED, _PATIENCE, _MAX_STEPS = 0.1, 1e-11, 6, 500
# Share of the step before, above which Newton's method has stopped to converge: near a root it
# squares its steps, next to an edge it halves them.
_STILL = 0.7
# Broadenings, in units of the larger of Delta and pi T, that are as good as none.
_NONE = 1e-18
# Last Newton step above which an energy counts as unsolved.
UNSOLVED = 1e-6
# Energies that are solved together: as many wait for the slowest of them.
_BLOCK = 128


class Near(NamedTuple):
    """A solution that others are near to: its mesh, and the angles on its nodes."""

    mesh: Mesh
    theta: jax.Array

    def at(self, x, drop):
        """Angles at energies of any sign and shape, ``drop`` lower down."""
        found = self.mesh.continued(self.theta, jnp.abs(x), drop)
        # The mirror image of a positive energy is its complex conjugate.
        return jnp.where(x < 0, jnp.conj(found), found)


def near(mesh, w, given) -> Near:
    """`Near` of ``w`` on the nodes of a mesh, without derivative."""
    gamma, phi = propagators(w, given.X).T
    sine = 1j * size_of_gap(given) * phi
    # exp(i theta) or its inverse, whichever is the larger: Re gamma > 0 leaves no other branch.
    up, down = gamma + sine, gamma - sine
    larger = jnp.abs(up) > jnp.abs(down)
    log = jnp.log(jnp.where(larger, up, down))
    return stop_gradient(Near(mesh, jnp.where(larger, -1j, 1j) * log))


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


def _descend(problem, known):
    """Angles (M, R) and the last Newton step (M,), from ``known`` angles nearby."""
    gap = jnp.max(jnp.abs(problem.anomalous)) + 1.0
    last = jnp.log(_NONE)
    ones = jnp.ones(problem.normal.shape[0])
    broad = jnp.arctan(problem.anomalous / (problem.normal + gap))
    zero = jnp.zeros(ones.shape, dtype=int)
    # At the end at once; who fails there begins the way down.
    start = _Path(
        known, 2 * last * ones, broad, ones, _FIRST * ones, zero, jnp.inf * ones, zero > 0, 0
    )

    def unfinished(path):
        return ~jnp.all(path.done) & (path.count < _MAX_STEPS)

    def newton(path):
        # Below the last level there is no broadening at all.
        end = path.level <= last
        broadening = jnp.where(end, 0.0, gap * jnp.exp(path.level))
        here = problem._replace(normal=problem.normal + broadening[:, None])
        terms = terms_of(path.theta)
        change = thomas(jacobian(here, terms), residual(here, terms))
        size = jnp.max(jnp.abs(change), axis=1)
        theta = path.theta - change / jnp.maximum(1.0, size)[:, None]
        tries = path.tries + 1
        finished = end & (size < _CONVERGED)
        # At the end rounding may not allow for more: a step is not shorter than the one before.
        still = (size > _STILL * path.size) | (tries >= 2 * _PATIENCE)
        finished |= end & (size < UNSOLVED) & still
        at_once = end & (path.reached > 0)
        lost = at_once & ~(jnp.max(jnp.abs(theta - known), axis=1) < _FARTHEST)
        finished &= ~lost
        solved = ~end & (size < _NEAR)
        failed = ~(size < jnp.inf) | (tries >= _PATIENCE * jnp.where(end, 2, 1)) | lost
        failed &= ~solved & ~finished
        easy = solved & (tries <= 2)
        step = jnp.where(easy, path.step * _GROW, jnp.where(failed, path.step * _SHRINK, path.step))
        step = jnp.where(at_once, _FIRST, jnp.clip(step, _SHORTEST, _LONGEST))
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
        del rungs
        return _descend(problem, start)


class Angles(NamedTuple):
    """Solution at energies (M,).

    w : (M,) ``u/tan(theta)``. epsilon, delta : ``epsilon_tilde`` and ``delta_tilde/u``. size : the
    last Newton step.
    """

    w: jax.Array
    epsilon: jax.Array
    delta: jax.Array
    size: jax.Array


def solve_at(x, given: Given, rungs, known: Near, drop=0.0) -> Angles:
    """`Angles` at energies ``x`` (M,), units of ``pi T``, from a solution ``drop`` higher up."""

    def block(x):
        problem = ladder(x, given, rungs)
        start = stop_gradient(known.at(on_rungs(x, given, rungs), drop))
        theta, size = implicit_root(_Blocks(), Rungs(), start, problem)
        own, above, below = (theta[:, rungs + k] for k in (0, 1, -1))
        normal, anomalous, up, down = (f[:, rungs] for f in problem[:4])
        u = size_of_gap(given)
        epsilon = normal + up * jnp.cos(above) + down * jnp.cos(below)
        delta = (anomalous + up * jnp.sin(above) + down * jnp.sin(below)) / u
        return Angles(u * jnp.cos(own) / jnp.sin(own), epsilon, delta, size)

    return in_blocks(block, x, _BLOCK)
