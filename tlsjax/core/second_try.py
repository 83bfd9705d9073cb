"""Points that a solver has not converged at, again by another one that takes its time.

For the few in a thousand that need it, and those whose first answer may be another solution than
the one that is asked for: inside one program it would be compiled for all others as
well, which takes longer than most solves. Under a transformation there is no second try: what a
point needs is not known there, and its status says so.
"""

import jax
import jax.numpy as jnp
import numpy as np

from tlsjax.core.batching import batch_shape, batch_shapes
from tlsjax.core.status import Status
from tlsjax.core.validation import is_known

# Second and third try, which has more panels (`tlsjax.contour.solve`): two of two thousand random
# draws need it, a sharp splitting of E0 = 0.4 pi T with alpha = 560 T and a glass with alpha =
# 1,100 T.
_TRIES = 1, 2


def with_second_try(solve, status_of, *arguments, doubtful=False):
    """``solve(*arguments, jointly=0)``, and points that did not converge with 1, then with 2.

    solve : callable of ``arguments``, which may be arrays as for `over_batches`, for a pytree.
    status_of : callable, the `Status` in that tree.
    doubtful : bool of the batch's shape, points whose first answer is not to be relied on.
    """
    if not is_known(doubtful):
        return solve(*arguments, jointly=0)
    batch = batch_shape(arguments)
    doubtful = np.broadcast_to(np.asarray(doubtful), batch)
    # A point by itself is not solved for nothing.
    first = int(not batch and bool(doubtful))
    found = solve(*arguments, jointly=first)
    if not is_known(status_of(found)):
        return found
    lost = np.isin(np.asarray(status_of(found)), (Status.MAX_STEPS, Status.NOT_FINITE))
    lost |= doubtful & (first == 0)
    for jointly in _TRIES[first:]:
        # Of one point, which has no axes, the index is ().
        for index in np.argwhere(lost):
            point = tuple(index)
            new = solve(*_point(arguments, batch, point), jointly=jointly)
            found = jax.tree.map(
                lambda all_, one, at=point: jnp.asarray(all_).at[at].set(one), found, new
            )
        # With what the second try takes for Delta the real axis may have no solution.
        unanswered = (Status.MAX_STEPS, Status.NOT_FINITE, Status.UNRESOLVED)
        lost &= np.isin(np.asarray(status_of(found)), unanswered)
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
