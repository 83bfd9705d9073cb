"""Bounded least squares with an exact Jacobian, several starts, and the best so far kept."""

from typing import NamedTuple

import numpy as np
from scipy import optimize

from tlsjax.core.status import ConvergenceError
from tlsjax.fitting.scales import scales_of

# Relative change of chi^2 and of the parameters at which a fit ends. A change of chi^2 by 0.01
# means nothing, and chi^2 is some hundreds; the solvers' own noise is 1e-9.
TOLERANCE = 1e-7
# A step that promises to take less than this share off chi^2 is not made: it would take as long as
# any other, and without it parameters are 0.002 of their errors off where chi^2 is 400.
_NOTHING = 1e-8
# So near, in the descent's own coordinates, to a point without a solution a descent ends because it
# can go no farther, if there is more than this share of chi^2 to gain.
_BESIDE, _WORTH = 1e-3, 1e-3
# Steps of one descent. The gap of niobium with a free ratio, a valley that the data leave open,
# takes 66 to 101 from different starts; what the data determine takes 5 to 50.
_STEPS = 110
# Share of a parameter's range from where it is tried whether its bound is no worse: a descent of
# niobium's gap ends 8e-6 short of it.
_NEAR = 1e-4
# Starting values are spread over this factor either way for what is positive.
_SPREAD = 5.0
_SEED = 20250101
# Message of a fit that the user has stopped.
INTERRUPTED = "interrupted"
# And of one that ended where there is nothing to gain.
_NO_STEP = "no step would change chi^2"
# Of one that ended at a wall.
_LOST = "it ended beside values for which the model has no solution"


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


class _Arrived(Exception):
    """No step is worth its time from where the model was evaluated last."""


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

    lost = []

    def residuals_at(part):
        """NaN, from where a step is taken back, also where there is no slope to go on by."""
        residuals, jacobian = memory(full(part))
        if np.isfinite(residuals).all() and np.isfinite(jacobian[:, active]).all():
            return residuals
        lost[:] = [part]
        return np.full_like(residuals, np.nan)

    part = np.clip(start[active], lower[active], upper[active])
    if not np.isfinite(residuals_at(part)).all():
        return None
    if not active.any():
        residuals, jacobian = memory(full(part))
        cost = 0.5 * float(np.sum(residuals**2))
        return Minimum(full(part), residuals, jacobian, cost, 0, True, "nothing to fit")
    scales = scales_of(part, lower[active], upper[active], memory(full(part))[1][:, active])

    def slope(u):
        residuals, jacobian = memory(full(scales.values(u)))
        jacobian = jacobian[:, active] * scales.slopes(u)
        if loss == "linear" and _promise(residuals, jacobian) <= _NOTHING:
            raise _Arrived
        return jacobian

    try:
        result = optimize.least_squares(
            lambda u: residuals_at(scales.values(u)),
            scales.coordinates(part),
            jac=slope,
            bounds=scales.bounds,
            x_scale="jac",
            loss=loss,
            f_scale=scale,
            ftol=TOLERANCE,
            xtol=TOLERANCE,
            gtol=1e-12,
            max_nfev=_STEPS,
        )
        x, finished, message = full(scales.values(result.x)), result.status > 0, result.message
        cost = float(result.cost)
        if lost and np.linalg.norm(scales.coordinates(lost[0]) - result.x) < _BESIDE:
            residuals, jacobian = memory(x)
            if _promise(residuals, jacobian[:, active] * scales.slopes(result.x)) > _WORTH:
                finished, message = False, _LOST
    except _Arrived:
        x, residuals, _ = memory.last
        cost, finished, message = 0.5 * float(np.sum(residuals**2)), True, _NO_STEP
    if loss == "linear":
        x, cost = _onto_bounds(memory, x, cost, lower, upper, active)
    residuals, jacobian = memory(x)
    jacobian = np.array(jacobian)
    if loss != "linear":
        # Scaled so that J^T J is the curvature of the robust loss.
        jacobian[:, active] = result.jac / scales.slopes(result.x)
    return Minimum(x, residuals, jacobian, cost, memory.count, finished, message)


def _promise(residuals, jacobian):
    """Share of chi^2 that the next step would take off, were the model linear and not bounded."""
    step = np.linalg.lstsq(jacobian, residuals)[0]
    # An exact fit has nothing to gain.
    return np.sum((jacobian @ step) ** 2) / max(np.sum(residuals**2), np.finfo(float).tiny)


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
