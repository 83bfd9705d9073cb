"""A function of many independent points, a block of them at a time: it bounds the memory."""

import jax
import jax.numpy as jnp

# What `one_at_a_time` is called in a program.
_LOOPED = "one_at_a_time"


def in_blocks(function, x, size):
    """``function(x)``, a pytree of arrays (N, ...), for ``x`` (N,), at most ``size`` at a time.

    All blocks are of one size, the last filled up with the last point: one program for all.
    """
    count = -(-x.shape[0] // size)
    if count <= 1:
        return function(x)
    size = -(-x.shape[0] // count)
    filled = jnp.concatenate([x, jnp.broadcast_to(x[-1:], (count * size - x.shape[0],))])
    found = jax.lax.map(function, filled.reshape(count, size))
    return jax.tree.map(lambda f: f.reshape(-1, *f.shape[2:])[: x.shape[0]], found)


def one_at_a_time(function):
    """``function`` for which ``jax.vmap`` is a loop on a CPU.

    For loops whose lanes would wait for the slowest, and would take both sides of every
    condition; their matrices fill the cache anyway. An accelerator, which one point does not fill,
    takes all of them side by side.
    """

    def one(*args):
        return function(*args)

    one.__name__ = _LOOPED
    # Traced once for the two.
    traced = jax.jit(one)
    alone = jax.custom_batching.sequential_vmap(traced)

    def either(*args):
        return jax.lax.platform_dependent(*args, cpu=alone, default=traced)

    return either


def has_loop(jaxpr) -> bool:
    """Whether some of a program is `one_at_a_time`."""
    for equation in jaxpr.eqns:
        if equation.params.get("name") == _LOOPED:
            return True
        for inner in jax.tree.leaves(list(equation.params.values()), is_leaf=_is_program):
            if _is_program(inner) and has_loop(getattr(inner, "jaxpr", inner)):
                return True
    return False


def _is_program(value):
    return hasattr(value, "eqns")
