"""The way down from the line to the real axis: from one height to the next, and where it ends."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from tlsjax.contour.equations import HEIGHT
from tlsjax.contour.solve import ALL_PANELS, BROADENING, less

# Ratio of the heights of two meshes on the way down. Where everything is smooth over this many
# times the height, the way down is one step.
_RATIO, _SMOOTH = 0.1, 4.0
# How many steps may be found too long, and taken again with the square root of their ratio; the
# ratio above which there is no use in it; the power of the ratio after a step that was not, and how
# much more broadening where the first was too little.
_RETRIES, _HOPELESS, _LONGER, _MORE = 12, 0.8, 1.5, 6.0
# How often the way may be gone up again from where a mesh has no solution, and how far, in units of
# the last height that has one, where no step down is short enough or it was gone before.
_LIFTS, _HIGHER = 6, 4.0
# The smallest resolution that is chosen, in units of the larger of Delta and pi T: panels follow
# an edge over 16 e-folds. Edges that are wider than this many times the resolution do without.
SMALLEST, WIDER = 1e-7, 3.0


class Where(NamedTuple):
    """Where the loop over meshes is.

    broadening : added to ``epsilon_tilde`` on the first meshes, where nothing is solved without.
    height, target : where it is and where it goes, the latter negative until it is known.
    before, ratio : the height that was solved last (infinite at first), and the next one over it.
    above : the lowest height above the target that was solved.
    retries, lifts : steps that may still be found too long; ways up that may still be gone.
    auto : whether the target is for this loop to choose.
    whole : number of meshes at the target that have been solved on.
    """

    broadening: jax.Array
    height: jax.Array
    target: jax.Array
    before: jax.Array
    ratio: jax.Array
    above: jax.Array
    retries: jax.Array
    lifts: jax.Array
    auto: jax.Array
    whole: jax.Array

    @property
    def _free(self):
        return self.broadening == 0.0

    @property
    def _down(self):
        return self._free & (self.height < self.before) & jnp.isfinite(self.before)

    @property
    def _fresh(self):
        return (self.lifts == _LIFTS) & (self.above > self.target)

    def too_long(self, solved):
        """Whether the step that led here is to be taken again, a shorter one."""
        first = jnp.isinf(self.before)
        higher = first & (self.lifts < _LIFTS) & (self.height < HEIGHT)
        hopeless = self.auto & jnp.where(first, higher, self.ratio > _HOPELESS)
        return ~solved & (first | self._down) & (self.retries > 0) & ~hopeless

    def stuck(self, solved):
        """Whether there is no solution here, but may be one further up."""
        lifted = jnp.isinf(self.before) & (self.lifts < _LIFTS)
        down = (self._down | lifted) & self.auto
        last = (self.whole == ALL_PANELS) & (self._fresh | self.auto)
        possible = (self.lifts > 0) & (self.height < HEIGHT)
        return ~solved & ~self.too_long(solved) & (down | last) & possible

    def shorter(self, gap):
        """That step, or where it was the first one, broadened."""
        first = jnp.isinf(self.before)
        ratio = jnp.where(self.height < self.ratio * self.before, self.ratio, self.ratio**0.5)
        more = jnp.maximum(BROADENING * gap, _MORE * self.broadening)
        return self._replace(
            broadening=jnp.where(first, more, self.broadening),
            height=jnp.where(first, self.height, ratio * self.before),
            ratio=jnp.where(first, self.ratio, ratio),
            retries=self.retries - 1,
            whole=jnp.zeros_like(self.whole),
        )

    def lifted(self):
        """Further up: to come down again another way, or, if that was in vain, to stay there."""
        again = (self.whole == ALL_PANELS) & self._fresh
        solved = jnp.where(self.whole == ALL_PANELS, self.above, self.before)
        solved = jnp.where(jnp.isinf(solved) | (self.target > 0), self.height, solved)
        higher = _HIGHER * jnp.maximum(self.height, solved)
        height = jnp.where(again, self.above, jnp.minimum(higher, HEIGHT))
        return self._replace(
            height=height,
            target=jnp.where(again, self.target, height),
            before=jnp.inf * height,
            ratio=jnp.where(again, self.ratio**0.5, self.ratio),
            lifts=self.lifts - 1,
            whole=jnp.zeros_like(self.whole),
        )

    def after(self, sharp, solved, floor):
        """What comes next, once it is known how deep below this height an edge is."""
        chosen, free = self.target >= 0, self._free
        goal = jnp.where(chosen, self.target, floor)
        smooth = (sharp > _SMOOTH * self.height) & solved
        arrived = self.height <= goal
        decided = free & ~chosen & (arrived | smooth)
        best = jnp.where((sharp < WIDER * floor) & ~smooth, floor, 0.0)
        target = jnp.where(decided, best, self.target)
        ratio = jnp.maximum(self.ratio**_LONGER, _RATIO)
        height = jnp.maximum(goal, ratio * self.height)
        near = smooth | (height < 2 * jnp.maximum(goal, floor))
        height = jnp.where(near, goal, height)
        height = jnp.where(decided, target, jnp.where(arrived | ~free, self.height, height))
        # After a step over which everything is smooth the mesh is right already.
        whole = self.whole + (free & ((arrived & chosen) | (smooth & ~arrived)))
        broadening = less(self.broadening)
        return self._replace(
            broadening=broadening, height=height, target=target, before=self.height, ratio=ratio,
            above=jnp.where(solved & free & ~arrived, self.height, self.above),
            whole=whole.astype(jnp.int32),
        )  # fmt: skip


def first_place(height, target, solved) -> Where:
    """The first `Where`; ``solved`` is whether the solution is known at its height."""
    before = height if solved else jnp.inf * jnp.ones_like(height)
    retries, lifts = jnp.int32(_RETRIES), jnp.int32(_LIFTS)
    return Where(
        jnp.zeros(()), height, target, before, jnp.asarray(_RATIO), height,
        retries, lifts, target < 0, jnp.int32(0),
    )  # fmt: skip
