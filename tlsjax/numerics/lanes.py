"""Loops of many points side by side, whose points end at different times.

``jax.vmap`` of a `lax.while_loop` goes on for all of them until the last one has ended. On an
accelerator that was most of the turns of a scan of spectra: 65,000 where 256 points need 15,000.
Here those that have ended make room. One point alone is a plain `lax.while_loop`; who is beside it
changes its result by no more than the rounding of products side by side.
"""

from functools import partial

import jax
import jax.numpy as jnp
from jax import lax

# So few points are not worth dividing: a launch takes as long for a few as for these.
_FEW = 32


def step_by_step(unfinished, step, theta, state, share=4):
    """`lax.while_loop` of ``step(theta, state)``, of whose points a ``share``-th goes one step at
    a time.

    For steps that take memory: only those that go need it. Those that have gone the fewest steps
    are taken first.

    Parameters
    ----------
    unfinished, step : callables of ``state`` and of ``theta, state``; they close over constants
        only.
    theta, state : pytrees of arrays
    """
    alone = partial(_alone, unfinished, step)

    def rounds(size, batched, theta, states):
        width = _width(size, share)
        step_of_each = jax.vmap(step, (_axes(batched), 0))

        def one_round(now):
            states, steps = now
            active = jax.vmap(unfinished)(states)
            # Finished ones last.
            order = jnp.where(active, steps, jnp.iinfo(steps.dtype).max)
            chosen = _Chosen(jnp.argsort(order), width)
            some = chosen.of(states)
            new = step_of_each(chosen.of(theta, batched), some)
            new = _where(chosen.of(active), new, some)
            return chosen.put(new, states), steps + chosen.are

        def any_left(now):
            return jnp.any(jax.vmap(unfinished)(now[0]))

        return lax.while_loop(any_left, one_round, (states, jnp.zeros(size, jnp.int32)))[0]

    return _side_by_side(alone, rounds)(theta, state)


def slow_ones_apart(unfinished, step, theta, state, share=8):
    """`lax.while_loop` of ``step(theta, state)`` in which all points go until no more than a
    ``share``-th is left; these go on by themselves.

    For steps that are quick, beside which it takes time to take points out. Arguments as in
    `step_by_step`.
    """
    alone = partial(_alone, unfinished, step)

    def rounds(size, batched, theta, states):
        width = _width(size, share)
        active_in = jax.vmap(unfinished)
        step_of_each = jax.vmap(step, (_axes(batched), 0))

        def all_of_them(theta, states, more):
            def one_step(states):
                return _where(active_in(states), step_of_each(theta, states), states)

            return lax.while_loop(lambda s: jnp.sum(active_in(s)) > more, one_step, states)

        def apart(states):
            chosen = _Chosen(jnp.argsort(~active_in(states)), width)
            done = all_of_them(chosen.of(theta, batched), chosen.of(states), 0)
            return chosen.put(done, states)

        if width == size:
            return all_of_them(theta, states, 0)
        states = all_of_them(theta, states, width)
        return lax.while_loop(lambda s: jnp.any(active_in(s)), apart, states)

    return _side_by_side(alone, rounds)(theta, state)


def in_turn(function, share=8):
    """``function``, of whose points under ``jax.vmap`` a ``share``-th goes at a time: it bounds the
    memory. Not for the transpose of a derivative, which such functions do not have."""

    def call(*arguments):
        # By leaves: JAX 0.10 stumbles over the None in a tree where this is differentiated.
        leaves, structure = jax.tree.flatten(arguments)
        found = jax.custom_batching.custom_vmap(lambda *all_: function(*structure.unflatten(all_)))

        @found.def_vmap
        def rule(size, flags, *leaves):
            own = [x for x, flag in zip(leaves, flags, strict=True) if flag]
            if not own:
                # Of a derivative by several parameters the tangents alone are many.
                result = function(*structure.unflatten(leaves))
                return result, jax.tree.map(lambda _: False, result)

            def one(own):
                rest = iter(own)
                all_ = [next(rest) if flag else x for x, flag in zip(leaves, flags, strict=True)]
                return function(*structure.unflatten(all_))

            results = lax.map(one, own, batch_size=_width(size, share))
            return results, jax.tree.map(lambda _: True, results)

        return found(*leaves)

    return call


def _alone(unfinished, step, theta, state):
    return lax.while_loop(unfinished, partial(step, theta), state)


def _width(size, share):
    return min(size, max(_FEW, size // share))


def _side_by_side(alone, rounds):
    """``alone``, which under ``jax.vmap`` is ``rounds(size, batched, theta, states)``,
    where ``batched`` says of each leaf of theta whether every point has its own."""
    found = jax.custom_batching.custom_vmap(alone)

    @found.def_vmap
    def rule(size, in_batched, theta, state):
        def whole(own, x):
            return x if own else jnp.broadcast_to(x, (size, *jnp.shape(x)))

        states = jax.tree.map(whole, in_batched[1], state)
        states = rounds(size, in_batched[0], theta, states)
        return states, jax.tree.map(lambda _: True, states)

    return found


def _axes(batched):
    """That as `jax.vmap` wants it."""
    return jax.tree.map(lambda own: 0 if own else None, batched)


class _Chosen:
    """The first ``width`` points in an ``order``."""

    def __init__(self, order, width):
        self.order, self.width = order, width
        # Their new states are gathered, too: a GPU scatters complex numbers one after the other.
        self.place = jnp.argsort(order)
        self.are = self.place < width

    def of(self, tree, batched=None):
        """Their part of a tree; where only the ``batched`` leaves have points, of these."""
        chosen = self.order[: self.width]
        if batched is None:
            return jax.tree.map(lambda x: x[chosen], tree)
        return jax.tree.map(lambda own, x: x[chosen] if own else x, batched, tree)

    def put(self, new, tree):
        """The tree with ``new`` in their place."""
        place = jnp.minimum(self.place, self.width - 1)
        return _where(self.are, jax.tree.map(lambda x: x[place], new), tree)


def _where(active, new, old):
    def one(x, y):
        return jnp.where(active.reshape(-1, *[1] * (x.ndim - 1)), x, y)

    return jax.tree.map(one, new, old)
