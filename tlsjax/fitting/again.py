"""A fit again, from a rival that is a special case of it and does better."""

import dataclasses

import numpy as np

from tlsjax.fitting.layout import is_rate
from tlsjax.fitting.least_squares import Memory, minimise
from tlsjax.fitting.outcome import outcome

# A smaller chi^2 by less than this says nothing.
_LESS = 1e-3


def from_special_cases(result, rivals, limit):
    """The same `FitResult`, or one with a smaller chi^2 that begins from one of its ``rivals``.

    What a rival has free must be free here; whether it is a special case is asked of chi^2 itself,
    at its parameters and without impurities. ``limit`` is the largest number of evaluations.
    """
    problem, names = result.problem, result.names
    nothing = {name: 0.0 for name in names if is_rate(name)}

    def chi2(x):
        residuals, _, solved = problem.evaluate(x)
        return float(np.sum(residuals**2)) if solved else np.inf

    points = []
    for rival in rivals:
        if rival.chi2 < result.chi2 - _LESS and {*rival.names} <= {*names}:
            values = {n: rival[n] for n in names if n in rival.parameters}
            points.append(problem.at({n: result[n] for n in names} | nothing | values))
    reached, best = min(((chi2(x), tuple(x)) for x in points), default=(np.inf, ()))
    if not reached < result.chi2 - _LESS:
        return result
    memory = Memory(problem.evaluate, limit, lambda cost: None)
    start, active = np.array(best), np.ones(len(names), dtype=bool)
    found = minimise(memory, [start], problem.lower, problem.upper, active, "linear", 1.0)
    found = problem.beside_a_quick_fit(found, "linear")
    better = outcome(problem, result.model, found, None, result.loss)
    return dataclasses.replace(better, evaluations=result.evaluations + memory.count)
