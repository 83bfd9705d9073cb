"""The way to a solution of `tlsjax.contour.joint`: from a large order parameter and a broadening
beside which nothing else matters.

First the broadening falls with the order parameter held far above any solution; then the order
parameter falls, held at each level, as far as the gap equation wants it to; there it is let go,
and at last the Matsubara frequencies get unknowns of their own. A level that is not solved is
tried again nearer to the last one that was. Where the gap equation still wants less when X is so
small that only the linear order of it is left, the state is the normal one.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from tlsjax.contour.equations import HEIGHT, Line, on_mesh
from tlsjax.contour.joint import Joint, Together
from tlsjax.contour.matsubara import Matsubara, unknown
from tlsjax.contour.mesh import ORDER, Mesh, first_mesh, follow, mesh_between
from tlsjax.core.status import Status
from tlsjax.matsubara.equations import pack, unpack

# Broadening of the start, in units of the larger of Delta (there far above any solution) and
# pi T.
_BROADENING = 3.0
# Ratio of two broadenings, and of those of a fine descent; below which there is none; smallest and
# largest ratio of two order parameters.
_RATIO, _SLOW_RATIO, _NONE, _LEAST, _MOST = 0.2, 0.4, HEIGHT / 2, 0.3, 1.1
# A level that fails is tried again with the root of its ratio, down to this power of it; the power
# after one that was solved.
_SHORTEST, _LONGER = 0.01, 1.5
# Changes of ln X that the gap equation wants: so small that it can be let go; meshes at one order
# parameter before that.
_NEAR, _SETTLED = 0.05, 3
# u below which the normal state is decided on: what is not linear is 1e-4 of what is.
_LINEAR = 1e-2
# Last steps before a level counts as solved: of one that leads on, and of the solution.
_ROUGH, _TOLERANCE = 1e-3, 1e-9
_LEVELS = 60

HELD, FREE, EXACT, FEWER_PANELS, ALL_PANELS, DONE, NORMAL, LOST = range(8)


class _Point(NamedTuple):
    mesh: Mesh
    joint: Joint
    broadening: jax.Array


class _Level(NamedTuple):
    """State of the loop over meshes.

    next : where the next level begins; solved : the last one that was, on a mesh that follows it.
    part : what is done (HELD, ...), and how it ended. wanted : change of ln X.
    settled : meshes at this order parameter. power : of the ratios.
    fine, coarse : the last solution, and the one with fewer panels; where there is none (``same``),
        one with as many, differently placed.
    """

    next: _Point
    solved: _Point
    part: jax.Array
    wanted: jax.Array
    settled: jax.Array
    power: jax.Array
    fine: _Point
    coarse: _Point
    same: jax.Array
    size: jax.Array
    levels: jax.Array
    steps: jax.Array


class Ended(NamedTuple):
    """The unknowns of `Line`, their mesh, the `Matsubara` of both solutions, the last change."""

    y: jax.Array
    mesh: Mesh
    fine: Matsubara
    coarse: Matsubara
    size: jax.Array
    status: jax.Array
    steps: jax.Array


class Descent(NamedTuple):
    """Static: ``Descent(line, panels, end, share)(problem)`` is `Ended`.

    ``fine`` is for what has a long row of peaks above the edge (impurities colder than the
    electrons, coupled strongly at energies far below ``k_B T``): on a mesh that does not see the
    last of them the rest is a jump, and the mesh of the next level has to know of that.
    """

    line: Line
    panels: int
    end: float
    share: float
    fine: bool = False

    def __call__(self, problem) -> Ended:
        end = self.end * problem.largest_energy
        X = problem.square_scale
        gap = jnp.maximum(jnp.sqrt(X), 1.0)
        mesh = first_mesh(self.panels, jnp.sqrt(X), end)
        width = _BROADENING * gap
        zeta = HEIGHT - 1j * mesh.nodes
        start = pack(1 / (self.line.axis.nu + width), jnp.ones(()), X, problem.norm)
        v, s, X = unpack(start)
        begin = _Point(mesh, Joint(zeta / (zeta + width), s, X, v), width)
        zero = jnp.int32(0)
        level = _Level(
            begin,
            begin,
            zero + HELD,
            0 * X,
            zero,
            1 + 0 * X,
            begin,
            begin,
            zero > 0,
            jnp.inf * X,
            zero,
            zero,
        )

        def unfinished(level):
            return (level.part < DONE) & (level.levels < _LEVELS)

        def step(level):
            return self._step(problem, end, level)

        return self._ended(problem, jax.lax.while_loop(unfinished, step, level))

    def _step(self, problem, end, level):
        mesh, joint, width = level.next
        on = on_mesh(problem, mesh, width)
        exact = level.part >= EXACT
        tolerance = jnp.where(exact, _TOLERANCE, _ROUGH)
        held = level.part == HELD
        by_line, together = (Together(self.line.axis, exactly) for exactly in (False, True))
        found = jax.lax.cond(
            exact,
            lambda: together.solve(joint, on, held, tolerance),
            lambda: by_line.solve(joint, on, held, tolerance),
        )
        good = found.size <= tolerance
        power = jnp.where(good, jnp.minimum(1.0, _LONGER * level.power), level.power / 2)
        wanted = jnp.where(good, found.wanted, level.wanted)
        near = good & held & (width == 0) & (jnp.abs(wanted) < _NEAR)
        settled = jnp.where(near, level.settled + 1, 0)
        part = _part(level, good, found, settled, power)

        used = jnp.where(part == FEWER_PANELS, round(self.share * self.panels), self.panels)
        # Where fewer panels are too few, what was there is the estimate, and leads on.
        here = _Point(mesh, found.joint, width)
        fewer = level.part == FEWER_PANELS
        coarse = _where((level.part == EXACT) | (fewer & good), here, level.coarse)
        mesh, joint, _ = _where(fewer, coarse, here)
        w = (HEIGHT - 1j * mesh.nodes) / joint.scaled
        other = follow(mesh, w, joint.X, self.panels, end, used=used, jumps=self.fine)
        followed = _Point(other, joint.on(mesh, other), width)
        solved = _where(good | fewer, followed, level.solved)
        ratio = _SLOW_RATIO if self.fine else _RATIO
        return _Level(
            _next(solved, part, wanted, settled, power, ratio),
            solved, part, wanted, settled, power,
            here, coarse, jnp.where(fewer, ~good, level.same), found.size,
            level.levels + 1, level.steps + found.steps,
        )  # fmt: skip

    def _ended(self, problem, level):
        line = self.line
        normal = level.part == NORMAL

        def one(point):
            mesh, joint, _ = point
            joint = joint._replace(X=jnp.where(normal, 0.0, joint.X))
            known = unknown(line.axis)._replace(unknowns=joint.packed(), normal=normal)
            y = joint.stored(problem)
            return y, line(y, on_mesh(problem, mesh, known=known))[1][0]

        coarse = _where(normal, level.fine, level.coarse)
        both = jax.tree.map(lambda *pair: jnp.stack(pair), level.fine, coarse)
        ys, found = jax.lax.map(one, both)
        fine, coarse = (jax.tree.map(lambda x, i=i: x[i], found) for i in (0, 1))
        # Fewer would be farther off by this power of their number.
        farther = jnp.where(level.same & ~normal, self.share**-ORDER, 1.0)
        X = fine.X * (coarse.X / jnp.where(normal, 1.0, fine.X)) ** farther
        coarse = coarse._replace(unknowns=coarse.unknowns.at[-1].set(X))
        done = (level.part == NORMAL) | (level.part == DONE)
        status = jnp.where(done, Status.CONVERGED, Status.MAX_STEPS).astype(jnp.int32)
        return Ended(ys[0], level.fine.mesh, fine, coarse, level.size, status, level.steps)


def _where(condition, new, old):
    return jax.tree.map(lambda *pair: jnp.where(condition, *pair), new, old)


def _part(level, good, found, settled, power):
    """What comes after a level."""
    linear = (jnp.sqrt(found.joint.X) < _LINEAR) & (found.wanted < -1)
    normal = (level.next.broadening == 0) & linear
    after_held = jnp.where(normal, NORMAL, jnp.where(settled == _SETTLED, FREE, HELD))
    lost = (level.levels == 0) | (power < _SHORTEST)
    after = jnp.stack(
        [
            jnp.where(good, after_held, jnp.where(lost, LOST, HELD)),
            jnp.where(good, EXACT, jnp.where(lost, LOST, HELD)),
            jnp.where(good, FEWER_PANELS, LOST),
            jnp.int32(ALL_PANELS),
            jnp.where(good, DONE, LOST),
        ]
    )
    return after[level.part].astype(jnp.int32)


def _next(solved, part, wanted, settled, power, of_widths):
    """Where the next level begins."""
    mesh, joint, width = solved
    less = width * of_widths**power
    less = jnp.where(less < _NONE, 0.0, less)
    falls = (part == HELD) & (width == 0) & (settled == 0)
    ratio = jnp.where(falls, jnp.clip(1 + wanted / 2, _LEAST, _MOST) ** power, 1.0)
    # Everything of the size of Delta goes with it.
    mesh = mesh_between(mesh.edges * ratio)
    joint = joint._replace(X=joint.X * ratio**2)
    return _Point(mesh, joint, jnp.where(part == HELD, less, 0.0))
