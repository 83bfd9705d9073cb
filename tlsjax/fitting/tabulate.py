"""Fits of several models to the same data, made comparable: one row each, best AIC first."""

import numpy as np

from tlsjax.core.validation import fail
from tlsjax.fitting.comparison import Comparison
from tlsjax.fitting.result import FitResult
from tlsjax.fitting.statistics import UNACCEPTABLE, information


def tabulate(results: dict[str, FitResult]) -> Comparison:
    """`Comparison` of fits to the same data."""
    first, *others = results.values()
    for other in others:
        pairs = list(zip(first.datasets, other.datasets, strict=False))
        same = len(first.datasets) == len(other.datasets) and all(
            np.array_equal(a.x, b.x) and np.array_equal(a.y, b.y) for a, b in pairs
        )
        if not same:
            fail("results", "fits to the same data", "of different data")
    scale = _scale(results.values())
    criteria = {
        # Without known errors chi^2 has scaled itself already.
        name: (r.aic, r.bic)
        if r.p_value is None
        else information(r.chi2 / scale, r.points, r.points - r.dof, True)
        for name, r in results.items()
    }
    aic, bic = map(min, zip(*criteria.values(), strict=True))
    rows = [_row(name, r, criteria[name], aic, bic) for name, r in results.items()]
    # Of those that are equal but for rounding the earlier one first.
    columns = zip(*sorted(rows, key=lambda row: round(row[4], 6)), strict=True)
    return Comparison(*columns, scale, _held(results))


def _held(results):
    """A sentence for each prior of a parameter that some of the models keep where it is."""
    own = {
        name: {r.names[i] for i, _ in r.problem.priors}
        for name, r in results.items()
        if r.problem is not None
    }
    found = []
    for parameter in sorted(set().union(*own.values())):
        held = [n for n, told in own.items()
                if parameter in results[n].parameters and parameter not in told]  # fmt: skip
        if held:
            models = ", ".join(held)
            found.append(f"The prior of {parameter} is no part of {models}, where it is fixed.")
    return tuple(found)


def _row(name, result, criteria, aic, bic):
    # Where all have as many parameters as points there is nothing to choose by.
    above = criteria[0] - aic if np.isfinite(aic) else 0.0
    lag1 = None if result.neighbours is None else result.neighbours.lag1
    bounds = tuple(n for n, p in result.parameters.items() if p.at_bound)
    return (
        name, result.chi2, result.dof, result.p_value, above, criteria[1] - bic,
        result.acceptable, lag1, bounds, result.has_impurities, result.stopped,
    )  # fmt: skip


def _scale(results):
    """What chi^2 is divided by before models are compared."""
    known = [r for r in results if r.p_value is not None and r.dof > 0]
    if not known:
        return 1.0
    best = min(known, key=lambda r: r.reduced_chi2)
    near = best.neighbours
    alike = near is not None and not near.independent and best.acceptable is False
    stretched = best.reduced_chi2 if best.p_value <= UNACCEPTABLE else 1.0
    return stretched * (near.time if alike else 1.0)
