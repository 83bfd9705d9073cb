"""Bounded least squares with an exact Jacobian, several starts, and the best so far kept."""

from typing import NamedTuple

import numpy as np
from scipy import optimize

from tlsjax.core.status import ConvergenceError

# Relative change of chi^2 and of the parameters at which a fit ends. A change of chi^2 by 0.01
# means nothing, and chi^2 is some hundreds; the solvers' own noise is 1e-9.
TOLERANCE = 1e-7
# Steps of one descent. The gap of niobium with a free ratio, a valley that the data leave open,
# takes 66 to 101 from different starts; what the data determine takes 5 to 50.
_STEPS = 110
# Share of a parameter's range from where it is tried whether its bound is no worse: a descent of
# niobium's gap ends 8e-6 short of it.
_NEAR = 1e-4
# What may be zero is a logarithm above this share of its unit, and straight below it. From 0.02 to
# 1 it makes no difference to the number of steps.
_STRAIGHT = 0.1
# No descent makes a parameter larger than by ``exp(30)``, which is 1e13.
_FARTHEST = 30.0
# Starting values are spread over this factor either way for what is positive.
_SPREAD = 5.0
_SEED = 20250101
# Message of a fit that the user has stopped.
INTERRUPTED = "interrupted"


class Minimum(NamedTuple):
    """Where a fit ended; ``finished`` is False when it was stopped or hit its limit, or is in a
    minimum that is ``worse`` than a quick fit."""

    x: np.ndarray
    residuals: np.ndarray
    jacobian: np.ndarray
    cost: float
    evaluations: int
    finished: bool
    message: str
    worse: bool = False


class Stopped(Exception):
    """The user's interrupt, or the limit of evaluations."""


class Memory:
    """``evaluate(x) -> (residuals, jacobian, solved)``, once for each x, the best one kept."""

    def __init__(self, evaluate, limit, progress):
        self.evaluate, self.limit, self.progress = evaluate, limit, progress
        self.count, self.last, self.best, self.interrupted = 0, None, None, False

    def __call__(self, x):
        if self.last is None or not np.array_equal(x, self.last[0]):
            if self.count >= self.limit:
                raise Stopped(f"the limit of {self.limit} evaluations was reached")
            try:
                residuals, jacobian, solved = self.evaluate(x)
            except KeyboardInterrupt:
                self.interrupted = True
                raise Stopped(INTERRUPTED) from None
            self.count += 1
            solved = bool(solved) and np.isfinite(residuals).all()
            if not solved:
                residuals = np.full_like(residuals, np.nan)
            self.last = (np.array(x), residuals, jacobian)
            cost = np.sum(residuals**2)
            if solved and (self.best is None or cost < np.sum(self.best[1] ** 2)):
                self.best = self.last
            self.progress(cost)
        return self.last[1:]


def spread_starts(x, lower, upper, positive, count):
    """``count`` Latin-hypercube points around ``x`` within bounds, always the same ones."""
    # Here, because it takes longer to import than to use.
    from scipy.stats import qmc

    sample = 2 * qmc.LatinHypercube(x.size, seed=_SEED).random(count) - 1
    points = np.where(positive, np.maximum(x, 0.05) * _SPREAD**sample, x)
    # Just inside: a start on a bound cannot move off it in the first step.
    span = np.where(np.isfinite(upper - lower), upper - lower, 0.0)
    return np.clip(points, lower + 1e-3 * span, upper - 1e-3 * span)


def minimise(memory, starts, lower, upper, active, loss, scale):
    """`Minimum` of the best of several starts; only ``active`` parameters move.

    Raises `ConvergenceError` where no start gives finite numbers.
    """
    best = None
    try:
        for start in starts:
            found = _descend(memory, start, lower, upper, active, loss, scale)
            if found is not None and (best is None or found.cost < best.cost * (1 - 1e-6)):
                best = found
    except (Stopped, KeyboardInterrupt) as reason:
        memory.interrupted |= isinstance(reason, KeyboardInterrupt)
        why = str(reason) or INTERRUPTED
        if memory.best is None:
            raise ConvergenceError(f"Fit: {why} before any value was found.") from None
        x, residuals, jacobian = memory.best
        reached = best is not None and best.cost <= 0.5 * np.sum(residuals**2) * (1 + 1e-6)
        if reached and not memory.interrupted:
            return best._replace(evaluations=memory.count)
        cost = 0.5 * float(np.sum(residuals**2))
        return Minimum(x, residuals, jacobian, cost, memory.count, False, why)
    if best is None:
        raise ConvergenceError("Fit: the model has no solution at the starting values.")
    return best._replace(evaluations=memory.count)


def _descend(memory, start, lower, upper, active, loss, scale):
    def full(part):
        x = np.array(start)
        x[active] = part
        return x

    part = np.clip(start[active], lower[active], upper[active])
    if not np.isfinite(memory(full(part))[0]).all():
        return None
    if not active.any():
        residuals, jacobian = memory(full(part))
        cost = 0.5 * float(np.sum(residuals**2))
        return Minimum(full(part), residuals, jacobian, cost, 0, True, "nothing to fit")
    scales = _scales(part, lower[active], upper[active], memory(full(part))[1][:, active])
    result = optimize.least_squares(
        lambda u: memory(full(scales.values(u)))[0],
        scales.coordinates(part),
        jac=lambda u: memory(full(scales.values(u)))[1][:, active] * scales.slopes(u),
        bounds=scales.bounds,
        x_scale="jac",
        loss=loss,
        f_scale=scale,
        ftol=TOLERANCE,
        xtol=TOLERANCE,
        gtol=1e-12,
        max_nfev=_STEPS,
    )
    x, cost = full(scales.values(result.x)), float(result.cost)
    if loss == "linear":
        x, cost = _onto_bounds(memory, x, cost, lower, upper, active)
    residuals, jacobian = memory(x)
    jacobian = np.array(jacobian)
    if loss != "linear":
        # Scaled so that J^T J is the curvature of the robust loss.
        jacobian[:, active] = result.jac / scales.slopes(result.x)
    return Minimum(x, residuals, jacobian, cost, result.nfev, result.status > 0, result.message)


def _onto_bounds(memory, x, cost, lower, upper, active):
    """``x`` and its cost, or where bounds that are near are no worse, these.

    Steps stay inside of the bounds, and end short of a bound that a valley runs into.
    """
    near = _NEAR * np.where(np.isfinite(upper - lower), upper - lower, 0.0)
    there = np.where(active & (x - lower < near), lower, x)
    there = np.where(active & (upper - x < near), upper, there)
    if np.array_equal(there, x):
        return x, cost
    at_bounds = 0.5 * float(np.sum(memory(there)[0] ** 2))
    # NaN is not less.
    return (there, at_bounds) if at_bounds <= cost else (x, cost)


class _Scales(NamedTuple):
    """Coordinates in which a descent moves; errors and bounds stay those of the parameters.

    Parameters come in hertz and in millionths: without units of their own the end of a descent
    would be that of the largest. And what a curve knows of impurities is often a product, such as
    ``alpha E^n``: the minimum is then at the end of a valley that is bent in the parameters and
    straight in their logarithms. So ``u = x/unit``, or where x cannot be negative

        u = 1 + ln[(x + shift)/(x_0 + shift)],

    unless it starts so near to zero that nobody knows its scale.
    """

    start: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    unit: np.ndarray
    shift: np.ndarray
    logarithm: np.ndarray

    def coordinates(self, x):
        # Both are computed for all, and one is taken.
        with np.errstate(invalid="ignore", divide="ignore"):
            logarithm = 1 + np.log((x + self.shift) / (self.start + self.shift))
        return np.where(self.logarithm, logarithm, x / self.unit)

    @property
    def bounds(self):
        """Without an upper one a logarithm has one nevertheless: its steps are those of powers."""
        lower, upper = self.coordinates(self.lower), self.coordinates(self.upper)
        return lower, np.where(self.logarithm, np.minimum(upper, 1 + _FARTHEST), upper)

    def values(self, u):
        """Parameters within their bounds; at the start exactly the start, which is known."""
        moved = self.start + (self.start + self.shift) * np.expm1(
            np.where(self.logarithm, u - 1, 0)
        )
        return np.clip(np.where(self.logarithm, moved, self.unit * u), self.lower, self.upper)

    def slopes(self, u):
        """``dx/du``."""
        slope = (self.start + self.shift) * np.exp(np.where(self.logarithm, u - 1, 0))
        return np.where(self.logarithm, slope, self.unit)


def _scales(start, lower, upper, jacobian):
    unit = _units(start, jacobian)
    shift = np.where(lower > 0, 0.0, _STRAIGHT * unit)
    return _Scales(start, lower, upper, unit, shift, (lower >= 0) & (start > shift))


def _units(x, jacobian):
    """Of each parameter its start, or what changes a residual by one if that is more."""
    size = np.linalg.norm(jacobian, axis=0)
    felt = np.divide(1.0, size, out=np.zeros_like(size), where=size > 0)
    unit = np.maximum(np.abs(x), felt)
    return np.where(unit > 0, unit, 1.0)
