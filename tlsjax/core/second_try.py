"""Points that a solver has not converged at, again by another one that takes its time.

For the few in a thousand that need it: inside one program it would be compiled for all others as
well, which takes longer than most solves. Under a transformation there is no second try: what a
point needs is not known there, and its status says so.
"""

import jax
import jax.numpy as jnp
import numpy as np

from tlsjax.core.batching import batch_shape, batch_shapes
from tlsjax.core.status import Status
from tlsjax.core.validation import is_known
from tlsjax.core.ways import CHECKED, DESCENT, FINE_DESCENT, ITERATION, way_asked

# Two of two thousand random draws need the last, a sharp splitting of E0 = 0.4 pi T with alpha =
# 560 T and a glass with alpha = 1,100 T.
TRIES = DESCENT, FINE_DESCENT
# What another method may mend. With what it takes for Delta the real axis may have no solution.
LOST = Status.MAX_STEPS, Status.NOT_FINITE, Status.OTHER_SOLUTION
UNANSWERED = *LOST, Status.UNRESOLVED


def with_second_try(solve, status_of, *arguments, doubtful=False):
    """``solve(*arguments, way=ITERATION)``, and points that did not converge by slower ways.

    With `solved_by` it is the way that is asked for there, and no other.

    solve : callable of ``arguments``, which may be arrays as for `over_batches`, for a pytree.
    status_of : callable, the `Status` in that tree.
    doubtful : bool of the batch's shape, points that may have several solutions.
    """
    if (asked := way_asked()) is not None:
        return solve(*arguments, way=asked)
    if not is_known(doubtful):
        return solve(*arguments, way=ITERATION)
    first = CHECKED if np.any(np.asarray(doubtful)) else ITERATION
    found = solve(*arguments, way=first)
    if not is_known(status_of(found)):
        return found
    batch = batch_shape(arguments)
    lost = np.isin(np.asarray(status_of(found)), LOST)
    for way in TRIES:
        # Of one point, which has no axes, the index is ().
        for index in np.argwhere(lost):
            point = tuple(index)
            new = solve(*_point(arguments, batch, point), way=way)
            found = jax.tree.map(
                lambda all_, one, at=point: jnp.asarray(all_).at[at].set(one), found, new
            )
        lost &= np.isin(np.asarray(status_of(found)), UNANSWERED)
    return found


def _point(arguments, batch, index):
    """The arguments of one point of a batch."""
    leaves, tree, shapes = batch_shapes(arguments)
    taken = []
    for leaf, shape in zip(leaves, shapes, strict=True):
        own = np.shape(leaf)[len(shape) :]
        whole = jnp.broadcast_to(leaf, batch + own) if shape else leaf
        taken.append(whole[index] if shape else whole)
    return jax.tree.unflatten(tree, taken)
