"""The way down from the line to the real axis: from one height to the next, and where it ends."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from tlsjax.contour.solve import BROADENING, LONGER, MORE, less

# Ratio of the heights of two meshes on the way down. Where everything is smooth over this many
# times the height, the way down is one step.
_RATIO, _SMOOTH = 0.1, 4.0
# How many steps may be found too long, and taken again with the square root of their ratio.
_RETRIES = 20
# The smallest resolution that is chosen, in units of the larger of Delta and pi T: panels follow
# an edge over 16 e-folds. Edges that are wider than this many times the resolution do without.
SMALLEST, WIDER = 1e-7, 3.0


class Where(NamedTuple):
    """Where the loop over meshes is.

    broadening : added to ``epsilon_tilde`` on the first meshes, where nothing is solved without.
    height, target : where it is and where it goes, the latter negative until it is known.
    before, ratio : the height that was solved last (infinite at first), and the next one over it.
    retries : steps that may still be found too long.
    whole : number of meshes at the target that have been solved on.
    """

    broadening: jax.Array
    height: jax.Array
    target: jax.Array
    before: jax.Array
    ratio: jax.Array
    retries: jax.Array
    whole: jax.Array

    def too_long(self, solved):
        """Whether the step that led here is to be taken again, a shorter one."""
        free = (self.broadening == 0.0) & (self.height < self.before)
        return ~solved & (free | jnp.isinf(self.before)) & (self.retries > 0)

    def shorter(self, gap):
        """That step, or where it was the first one, broadened."""
        first = jnp.isinf(self.before)
        ratio = jnp.where(self.height < self.ratio * self.before, self.ratio, self.ratio**0.5)
        more = jnp.maximum(BROADENING * gap, MORE * self.broadening)
        return self._replace(
            broadening=jnp.where(first, more, self.broadening),
            height=jnp.where(first, self.height, ratio * self.before),
            ratio=jnp.where(first, self.ratio, ratio),
            retries=self.retries - 1,
            whole=jnp.zeros_like(self.whole),
        )

    def after(self, sharp, solved, floor):
        """What comes next, once it is known how deep below this height an edge is."""
        chosen, free = self.target >= 0, self.broadening == 0.0
        goal = jnp.where(chosen, self.target, floor)
        smooth = (sharp > _SMOOTH * self.height) & solved
        arrived = self.height <= goal
        decided = free & ~chosen & (arrived | smooth)
        best = jnp.where((sharp < WIDER * floor) & ~smooth, floor, 0.0)
        target = jnp.where(decided, best, self.target)
        ratio = jnp.maximum(self.ratio**LONGER, _RATIO)
        height = jnp.maximum(goal, ratio * self.height)
        near = smooth | (height < 2 * jnp.maximum(goal, floor))
        height = jnp.where(near, goal, height)
        height = jnp.where(decided, target, jnp.where(arrived | ~free, self.height, height))
        # After a step over which everything is smooth the mesh is right already.
        whole = self.whole + (free & ((arrived & chosen) | (smooth & ~arrived)))
        broadening = less(self.broadening)
        return self._replace(
            broadening=broadening, height=height, target=target, before=self.height,
            ratio=ratio, whole=whole.astype(jnp.int32),
        )  # fmt: skip


def first_place(height, target, solved) -> Where:
    """The first `Where`; ``solved`` is whether the solution is known at its height."""
    before = height if solved else jnp.inf * jnp.ones_like(height)
    none = jnp.int32(0)
    retries = jnp.int32(_RETRIES)
    return Where(jnp.zeros(()), height, target, before, jnp.asarray(_RATIO), retries, none)
