"""Sentences about draws that their reader should see, and the numbers that they rest on."""

import math

import numpy as np
from scipy import stats

from tlsjax.core.validation import counted
from tlsjax.fitting.statistics import UNACCEPTABLE

# R-hat of chains that have not met, few effective draws, and the exponent of weights whose tail is
# of no use (Vehtari et al. 2021 and 2024).
_APART, _FEW, _TAIL = 1.01, 400, 0.7
# Share of the prior's variance that is left where the data say little.
_LEFT = 0.5


def diagnostics(values, statistics):
    """``(R-hat or None, effective sizes)`` of draws (chains, draws, K)."""
    from blackjax.diagnostics import ess_bulk, rhat

    count = values.shape[-1]
    if "effective" in statistics:
        return None, np.full(count, statistics["effective"])
    apart = None
    if values.shape[0] > 1:
        apart = np.reshape(rhat(values), count)
    return apart, np.reshape(ess_bulk(values), count)


def of_the_sampler(result, found, rhat, ess, agree):
    """Whether the draws can be trusted."""
    numbers = found.statistics
    if result.p_value is not None and result.p_value <= UNACCEPTABLE:
        yield "The model does not describe the data: what a posterior says of it means little."
    if result.stretched:
        yield (
            "The size of the errors is taken as unknown: it is integrated over, with the prior "
            "1/sigma."
        )
    if result.time > 1:
        yield f"Residuals are correlated: {result.time:.2g} points count as one."
    if rhat is not None and not (rhat < _APART).all():
        yield f"The chains have not met (R-hat {np.max(rhat):.3f}): take more draws."
    if not (ess >= _FEW).all():
        yield (
            f"There are only {np.min(ess):.0f} effective draws: means are off by "
            f"{np.min(ess) ** -0.5:.2g} standard deviations, the ends of intervals by more."
        )
    if numbers.get("pareto_k", 0.0) > _TAIL:
        yield (
            f"The weights have a heavy tail (Pareto k {numbers['pareto_k']:.2f}): the posterior is "
            "not near a normal one, and these draws are not to be trusted; take method nuts."
        )
    diverging, failed = (int(np.sum(numbers.get(n, 0))) for n in ("diverging", "failed"))
    if diverging:
        yield f"Trajectories diverged {diverging} times: the draws may miss a narrow corner."
    if failed:
        points = counted(failed, "point")
        yield f"The model had no solution at {points}, none of which is among the draws."
    if found.worst > agree:
        yield (
            f"Densities of the draws are off by up to {found.worst:.2g} in the logarithm, by how "
            "finely they were solved."
        )


def of_priors(names, values, priors, given, lower, upper):
    """Which parameters the data say little of, and which priors nobody gave."""
    rows = zip(names, np.moveaxis(values, -1, 0), priors, lower, upper, strict=True)
    for name, x, prior, low, high in rows:
        scale = np.log(x) if prior.log else x
        mean, sd = spread(prior, low, high)
        if scale.std() > math.sqrt(_LEFT) * sd:
            what = f"ln {name}" if prior.log else name
            yield (
                f"{name} is mostly its prior: {what} is {scale.mean():.3g} +- {scale.std():.2g} "
                f"after the data and {mean:.3g} +- {sd:.2g} before."
            )
    weak = [name for name, known in zip(names, given, strict=True) if not known]
    if weak:
        yield f"Weak priors, which nobody gave, were assumed for {', '.join(weak)}."


def spread(prior, lower, upper):
    """``(mean, sd)`` of a prior between bounds, on its own scale."""
    with np.errstate(divide="ignore"):
        ends = np.array((lower, upper), dtype=float)
        ends = np.log(np.maximum(ends, 0.0)) if prior.log else ends
    a, b = (ends - prior.centre) / prior.sigma
    cut = stats.truncnorm(a, b, loc=prior.centre, scale=prior.sigma)
    return float(cut.mean()), float(cut.std())
