"""NUTS, the No-U-Turn Sampler (Hoffman and Gelman 2014), of blackjax: chains in step.

Coordinates are those in which the posterior near its mode is a standard normal one: the covariance
of the fit is the metric. Chains run side by side as lanes of one program; on a CPU, where lanes
wait for each other and factorise one after the other (four times slower in all), each by itself,
as many at a time as there are cores. What has no solution has the density zero: a trajectory ends
there, and no draw is taken from it.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

import blackjax
import jax
import jax.numpy as jnp
import numpy as np
from blackjax.adaptation.step_size import dual_averaging_adaptation
from blackjax.mcmc.hmc import HMCState

from tlsjax.core.programs import program
from tlsjax.core.status import ConvergenceError
from tlsjax.fitting import ridge
from tlsjax.fitting.density import log_density

# Draws of one call of the program: often enough to show progress and to stop.
CHUNK = 50
# Acceptance that the length of steps is tuned to (Stan's), and doublings of a trajectory: 255
# steps, which near-normal posteriors in their own metric never need.
_ACCEPTANCE, _DOUBLINGS = 0.8, 8
# The metric learned from draws counts like so many draws of the fit's own.
_SHRINKAGE = 20
# The step that tuning begins with once a ridge and a metric are learned.
_AGAIN = 0.5
# The log density that a chain is given before its first step, see `_first`.
_UNKNOWN = -1e30

_begin, _update, _ = dual_averaging_adaptation(_ACCEPTANCE)


class Chains(NamedTuple):
    """Coordinates (chains, draws, K), and for each draw its log density, whether its trajectory
    diverged, or met what has no solution, and its steps."""

    u: np.ndarray
    log_density: np.ndarray
    diverging: np.ndarray
    failed: np.ndarray
    steps: np.ndarray


@program(static_argnums=0)
def _advance(form, numbers, mode, space, states, keys, step_size, adapting):
    """States after a row of draws (lanes, draws), and what happened on the way."""
    kernel = blackjax.nuts.build_kernel()
    bent, metric = space

    def density(y):
        return log_density(form, numbers, mode.u + mode.root @ ridge.bend(bent, y))

    def draw(state, key):
        chain, tuned = state
        step = jnp.where(adapting, jnp.exp(tuned.log_step_size), step_size)
        chain, info = kernel(key, chain, density, step, metric, _DOUBLINGS)
        next_tuned = _update(tuned, info.acceptance_rate)
        tuned = jax.tree.map(lambda new, old: jnp.where(adapting, new, old), next_tuned, tuned)
        ends = (info.trajectory_leftmost_state, info.trajectory_rightmost_state)
        failed = ~jnp.all(jnp.isfinite(jnp.stack([end.logdensity for end in ends])))
        # A trajectory ends where nothing is solved as it does where it diverges.
        diverging = info.is_divergent & ~failed
        z = ridge.bend(bent, chain.position)
        kept = (z, chain.logdensity, diverging, failed, info.num_integration_steps)
        return (chain, tuned), kept

    def walk(state, row):
        return jax.lax.scan(draw, state, row)

    if keys.shape[0] > 1:
        return jax.vmap(walk)(states, keys)
    alone = walk(jax.tree.map(lambda x: x[0], states), keys[0])
    return jax.tree.map(lambda x: x[None], alone)


def _first(y, step_size):
    """States of chains at ``y`` before their density is known.

    Its gradient there is taken as zero and its value as tiny: the first step is a free flight to
    any point with a solution, and a second program for the first density is not needed.
    """
    count = y.shape[0]
    tuned = jax.vmap(_begin)(jnp.full(count, step_size))
    return HMCState(y, jnp.full(count, _UNKNOWN), jnp.zeros_like(y)), tuned


def cores():
    """Threads that sample at a time: cores of a CPU, 1 where devices are of another kind."""
    if jax.default_backend() != "cpu":
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def run(form, numbers, mode, *, chains, draws, warmup, seed, show=lambda count: None) -> Chains:
    """`Chains` after ``warmup`` draws that tune the length of steps, the metric and the ridge.

    ``show(count)`` is called with the number of draws just made. Raises `ConvergenceError` where a
    chain finds no point with a solution.
    """
    size = mode.u.size
    places, moves = jax.random.split(jax.random.key(seed))
    z = jax.random.normal(places, (chains, size))
    groups = chains if jax.default_backend() == "cpu" else 1
    states = _split(_first(z, 1.0), groups)
    space, step_size = (ridge.straight(size), np.eye(size)), np.ones(())
    before, after = (-(-count // CHUNK) for count in (warmup, draws))
    # Early, when trajectories are long, and again; at last only the step is tuned.
    learn = {0, before // 3 - 1, 2 * before // 3 - 1} - {before - 1}
    found = []
    shape = (groups, chains // groups, CHUNK)
    with ThreadPoolExecutor(cores()) as pool:
        for turn in range(before + after):
            keys = jax.random.split(jax.random.fold_in(moves, turn), shape)
            go_on = partial(_go_on, form, numbers, mode, space, step_size, turn < before)
            # The first by itself: otherwise each of them would compile the program.
            first = [go_on(states[0], keys[0])] if turn == 0 else []
            others = slice(len(first), None)
            results = [*first, *pool.map(go_on, states[others], keys[others])]
            states = [state for state, _ in results]
            kept = zip(*(part for _, part in results), strict=True)
            found.append([np.concatenate(part) for part in kept])
            show(CHUNK * chains)
            if turn < before:
                lengths = np.concatenate([tuned.log_step_size_avg for _, tuned in states])
                step_size = np.exp(lengths.mean())
            if turn in learn:
                z = np.concatenate([part[0] for part in found[turn // 2 :]], axis=1)
                space = _learned(z.reshape(-1, size))
                states = _split(_first(ridge.unbend(space[0], z[:, -1]), _AGAIN), groups)
    parts = zip(*found[before:], strict=True)
    z, value, *rest = (np.concatenate(part, axis=1)[:, :draws] for part in parts)
    if not (value > _UNKNOWN).all():
        raise ConvergenceError("Sampling: a chain found no point where the model has a solution.")
    return Chains(mode.u + z @ mode.root.T, value, *rest)


def _go_on(form, numbers, mode, space, step_size, adapting, states, keys):
    # NumPy's arrays have one type each: JAX's may be weak or not, which are two programs.
    step_size, states = jax.tree.map(np.asarray, (step_size, states))
    found = _advance(form, numbers, mode, space, states, keys, step_size, adapting)
    return jax.block_until_ready(found)


def _split(tree, groups):
    parts = jax.tree.map(lambda x: jnp.split(x, groups), tree)
    leaves, shape = jax.tree.flatten(parts, is_leaf=lambda x: isinstance(x, list))
    return [jax.tree.unflatten(shape, [leaf[i] for leaf in leaves]) for i in range(groups)]


def _learned(z):
    """``(ridge, metric)`` of draws (N, K): the covariance along the ridge, drawn towards that of
    the fit, which is one."""
    bent = ridge.learned(z)
    y, count = ridge.unbend(bent, z), len(z)
    covariance = np.atleast_2d(np.cov(y.T))
    shrunk = count * covariance + _SHRINKAGE * np.eye(z.shape[-1])
    return bent, shrunk / (count + _SHRINKAGE)
