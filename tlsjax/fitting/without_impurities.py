"""Whether a fit needs its impurities: the same fit without them."""

from typing import NamedTuple

import numpy as np
from scipy import special

from tlsjax.core.status import ConvergenceError
from tlsjax.fitting import statistics, templates
from tlsjax.fitting.jumps import minimise_across
from tlsjax.fitting.layout import is_rate
from tlsjax.fitting.least_squares import Minimum

# Chances above this leave the answer without impurities.
_AS_GOOD = 0.05
# A chi^2 that is smaller by less than this share is the same: descents end at 1e-7.
_SMALLER = 1e-5


class WithoutImpurities(NamedTuple):
    """A fit with all couplings zero, beside the one with them.

    minimum : without them. p_value : chance of impurities that lower chi^2 as much as these where
    there are none: an upper bound, since couplings are not negative, and where they vanish their
    splittings mean nothing. bent : of a Tc series with a free baseline the relative likelihood of a
    baseline that bends against the impurities, by AIC (0 to 1); else None. rates : the couplings
    that were found, and chi2 with and without them.
    """

    minimum: Minimum
    p_value: float
    bent: float | None
    rates: dict
    chi2: tuple

    @property
    def answers(self):
        """Whether nothing speaks for impurities, so that none are the answer."""
        return max(self.p_value, self.bent or 0.0) > _AS_GOOD

    @property
    def lowers(self):
        """Whether a coupling makes chi^2 smaller at all."""
        full, without = self.chi2
        return full < without * (1 - _SMALLER)

    @property
    def bends(self):
        """The same because of the baseline, which is no row of a table of rivals."""
        return self.bent is not None and self.bent > _AS_GOOD


def without_impurities(problem, memory, minimum, loss, scale):
    """`WithoutImpurities` beside the minimum of a problem; None where they cannot be left out.

    The F test (chi^2 where errors are known) of the rates and the splittings of all impurities
    against none of them.
    """
    impurities = templates.impurity_names(problem.template)
    local = [name.partition("@")[0] for name in problem.layout.free]
    gone = np.array([name in impurities for name in local])
    rates = np.array([is_rate(name) for name in local])
    if any(l > 0 for l in problem.lower[rates]):
        return None
    x = np.where(rates, 0.0, minimum.x)
    try:
        clean = minimise_across(problem, memory, [x], ~gone, loss, scale)
    except ConvergenceError:
        return None
    if memory.interrupted:
        return None
    more = int(gone.sum())
    dof = minimum.residuals.size - problem.x.size
    full, without = (float(np.sum(found.residuals**2)) for found in (minimum, clean))
    drop = max(without - full, 0.0)
    if problem.known or dof <= 0:
        p = float(special.chdtrc(more, drop))
    else:
        p = float(special.fdtrc(more, dof, drop / more / (full / dof + 1e-300)))
    bent = None
    if len(problem.datasets) == 1 and "baseline" in local:
        bent = _bent(problem, float(np.sum(minimum.residuals[: problem.points] ** 2)))
    names = np.array(problem.layout.free)[rates]
    found = dict(zip(names, minimum.x[rates], strict=True))
    return WithoutImpurities(clean, p, bent, found, (full, without))


def _bent(problem, chi2):
    """Relative likelihood of a smooth baseline of no more parameters than the impurities' fit.

    With a free baseline only the curvature of Tc over concentration speaks for impurities;
    where a polynomial has it too, it says nothing.
    """
    (data,), (error,), free = problem.datasets, problem.errors, problem.x.size

    def aic(chi2, count):
        return statistics.information(chi2, data.y.size, count, problem.known)[0]

    def polynomial(count):
        design = np.vander(data.x, count) / error[:, None]
        _, left, *_ = np.linalg.lstsq(design, data.y / error)
        return aic(float(left.sum()), count)

    counts = range(2, min(free, 4, np.unique(data.x).size - 1) + 1)
    best = min(map(polynomial, counts), default=np.inf)
    own = aic(chi2, free)
    return float(1 / (1 + np.exp(np.clip((best - own) / 2, -50, 50))))
