"""What is known of a parameter beside the data: a Gaussian of it, or of its logarithm."""

import math
import re
from typing import NamedTuple

import numpy as np

from tlsjax.core.validation import fail

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_TEXT = re.compile(rf"\s*({_NUMBER})\s*(\+-|\+/-|\*/)\s*({_NUMBER})\s*")
# Widths of the weak priors, in the logarithm of what is positive. A coupling is known to a factor
# of 7 (0.04 to 2 for the default 0.3), like other rates and resistances; an energy to 4, a Tc0, a
# temperature or a width to 3; ratios 2 Delta(0)/(k_B Tc0) of metals are within 30 % of each other.
_WIDTHS = {
    "alpha": 2.0, "magnetic": 2.0, "dynes": 2.0, "gap_ratio": 0.3, "mu_star": 0.5, "Tc0": 1.0,
    "T_tls": 1.0, "T_e": 1.0, "G_N": 1.0, "broadening": 1.0, "weight": 1.0, "modulation": 1.0,
    "gap_spread": 1.0, "R_s": 2.0,
}  # fmt: skip
_ENERGY = 1.5
# Width of the weak prior of what may have either sign, in units of the range it is allowed.
_OF_RANGE = 0.25


class Prior(NamedTuple):
    """A Gaussian of mean and standard deviation ``sigma``; with ``log`` one of ``ln x``: then
    ``mean`` is the median of ``x``, and ``exp(sigma)`` the factor either way."""

    mean: float
    sigma: float
    log: bool = False

    def __str__(self):
        if self.log:
            return f"{self.mean:.6g} */ {math.exp(self.sigma):.3g}"
        return f"{self.mean:.6g} +- {self.sigma:.3g}"

    @property
    def centre(self):
        """Mean on the prior's own scale, ``x`` or ``ln x``."""
        return math.log(self.mean) if self.log else self.mean

    def row(self, x):
        """Residual ``(scale(x) - mean)/sigma`` and its derivative."""
        scale, slope = (np.log(x), 1 / x) if self.log else (x, 1.0)
        return (scale - self.centre) / self.sigma, slope / self.sigma


def as_prior(name, value) -> Prior:
    """`Prior` of ``(mean, sigma)``, or of text: ``9.25 +- 0.05``, or ``0.1 */ 3``, which is
    within a factor of 3."""
    if isinstance(value, Prior):
        mean, sigma, log = value
    elif isinstance(value, str):
        match = _TEXT.fullmatch(value)
        if not match:
            fail("prior", f"MEAN+-SIGMA or MEDIAN*/FACTOR for {name}", repr(value))
        mean, sigma, log = float(match[1]), float(match[3]), match[2] == "*/"
        if log:
            if sigma <= 1:
                fail("prior", f"a factor above 1 for {name}", f"{sigma:g}")
            sigma = math.log(sigma)
    else:
        try:
            mean, sigma = map(float, value)
        except (TypeError, ValueError):
            fail("prior", f"(mean, sigma) for {name}", repr(value))
        log = False
    if not (math.isfinite(mean) and math.isfinite(sigma) and sigma > 0):
        fail("prior", f"finite, with a positive width, for {name}", repr(value))
    if log and mean <= 0:
        fail("prior", f"about a positive median for {name}", f"{mean:g}")
    return Prior(mean, sigma, log)


def weak_prior(stem, value, lower, upper, data) -> Prior:
    """What sampling assumes of a parameter that nothing was said about; ``stem`` is its name
    without band, electrode and data set.

    Of what is positive the logarithm, around where the data's guess or the model puts it; of what
    may have either sign a quarter of the range it is allowed; of a baseline Tc0 itself over the
    largest concentration.
    """
    if stem == "baseline":
        return Prior(0.0, float(np.max(data.y) / (np.max(data.x) or 1.0)))
    if lower < 0:
        return Prior(value, _OF_RANGE * (upper - lower))
    # What starts at zero has a natural size all the same: a tenth of the most it may be, or one.
    median = value or (0.1 * upper if np.isfinite(upper) else 1.0)
    width = _WIDTHS.get(stem, _ENERGY)
    return Prior(median, width, True)
