"""Arrays of parameters: one solver for one point becomes a solver for a batch of them.

Numbers in a pytree of parameters may be arrays. Their shapes, those of tables less their last
axis, broadcast together as in NumPy; the result has that shape in front of its own.
"""

import dataclasses
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tlsjax.core.pytrees import register
from tlsjax.core.validation import fail

# Points solved side by side by default: on one CPU core the averages over the splittings of
# more would leave the cache (benchmarks/equilibrium.py).
LANES = 64


@partial(register, vectors=("values",))
@dataclasses.dataclass(frozen=True)
class Vector:
    """An array whose last axis belongs to each point, for `over_batches`."""

    values: Any


def _own_ndims(value):
    """Number of axes that belong to each leaf itself, in the order of `jax.tree.leaves`."""
    if value is None:
        return []
    if hasattr(type(value), "traced_fields"):
        vectors = type(value).vector_fields
        found = []
        for name in type(value).traced_fields:
            own = _own_ndims(getattr(value, name))
            found += [1] * len(own) if name in vectors else own
        return found
    if isinstance(value, list | tuple):
        return [n for item in value for n in _own_ndims(item)]
    leaves = jax.tree.leaves(value)
    # Arrays inside a user's own function are its constants, not a batch.
    return [0] if len(leaves) == 1 and leaves[0] is value else [np.ndim(leaf) for leaf in leaves]


def batch_shapes(arguments):
    """``(leaves, tree, shapes)``: of each leaf the axes that count points."""
    leaves, tree = jax.tree.flatten(arguments)
    own = _own_ndims(arguments)
    shapes = [np.shape(leaf)[: np.ndim(leaf) - n] for leaf, n in zip(leaves, own, strict=True)]
    return leaves, tree, shapes


def batch_shape(arguments) -> tuple:
    """The shape that all arguments broadcast to; () for one point."""
    _, _, shapes = batch_shapes(arguments)
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        shown = ", ".join(map(str, dict.fromkeys(shape for shape in shapes if shape)))
        return fail("arguments", "arrays of shapes that broadcast together", shown)


def over_batches(function, *arguments, lanes=LANES):
    """``function(*arguments)``, which takes single points, at every point of a batch.

    ``lanes`` points are solved side by side, one group after the other.
    """
    leaves, tree, shapes = batch_shapes(arguments)
    batch = batch_shape(arguments)
    if not batch:
        return function(*arguments)
    size = int(np.prod(batch))
    varied, fixed = {}, {}
    for index, (leaf, shape) in enumerate(zip(leaves, shapes, strict=True)):
        own = np.shape(leaf)[len(shape) :]
        if shape:
            varied[index] = jnp.broadcast_to(leaf, batch + own).reshape(size, *own)
        else:
            fixed[index] = leaf

    def one(varied):
        merged = varied | fixed
        return function(*jax.tree.unflatten(tree, [merged[i] for i in range(len(leaves))]))

    one = jax.vmap(one) if size <= lanes else partial(jax.lax.map, one, batch_size=lanes)
    results = one(varied)
    return jax.tree.map(lambda x: x.reshape(batch + x.shape[1:]), results)
