"""Minima beyond the jumps of chi^2.

A specific heat jumps at Tc, and chi^2 jumps where Tc passes a measured temperature. Descents do not
step across what makes chi^2 larger at first: they end there, with whatever else they had found by
then.
"""

import numpy as np

from tlsjax.core.status import ConvergenceError
from tlsjax.fitting.layout import stem_of
from tlsjax.fitting.least_squares import minimise

# What a specific heat is linear in, found in a few steps wherever Tc is.
_LINEAR = ("gamma", "lattice")
# Where Tc is tried, in units of the distance of the measured temperatures there: between them, from
# where a descent ended at one of them, and the same place between the next two.
_MOVES = (-1.0, -0.5, 0.5, 1.0)
# A chi^2 that is smaller by less than this share is the same, and moves there may be.
_SMALLER, _ROUNDS = 1e-6, 20


def minimise_across(problem, memory, starts, active, loss, scale):
    """`minimise`, and from there on across the temperatures of specific heats as long as that makes
    chi^2 smaller."""
    choices = problem.lower, problem.upper, loss, scale

    def descend(starts, active):
        lower, upper, *rest = choices
        return minimise(memory, starts, lower, upper, active, *rest)

    found = descend(starts, active)
    places = _places(problem, active)
    if not places:
        return found
    linear = active & np.array([stem_of(n) in _LINEAR for n in problem.layout.free])
    for _ in range(_ROUNDS):
        if memory.interrupted or not found.finished:
            break
        try:
            relaxed = [descend([x], linear) for x in _tried(problem, places, found.x)]
            nearest = min(relaxed, key=lambda minimum: minimum.cost)
            better = descend([nearest.x], active)
        except ConvergenceError:
            break
        # The limit of evaluations gives what is best so far.
        if not better.cost < found.cost * (1 - _SMALLER):
            break
        found = better
    return found._replace(evaluations=memory.count)


def _places(problem, active):
    """``[(index, temperatures, guess)]`` of each Tc0 that moves and that a specific heat knows."""
    places = []
    for index, name in enumerate(problem.layout.free):
        if not active[index] or stem_of(name) != "Tc0":
            continue
        pairs = zip(problem.datasets, problem.layout.names, strict=True)
        seen = [d for d, names in pairs if d.kind == "c" and name in dict(names).values()]
        if seen:
            T = np.unique(np.concatenate([d.x for d in seen]))
            places += [(index, T, seen[0].guessed_tc())] if T.size > 1 else []
    return places


def _tried(problem, places, x):
    """Points to descend from: this one, and others with one Tc0 elsewhere."""
    yield x
    for index, T, guess in places:
        k = np.clip(np.searchsorted(T, x[index]), 1, T.size - 1)
        moved = [x[index] + move * (T[k] - T[k - 1]) for move in _MOVES]
        for value in (*moved, guess):
            other = np.array(x)
            other[index] = np.clip(value, problem.lower[index], problem.upper[index])
            yield other
