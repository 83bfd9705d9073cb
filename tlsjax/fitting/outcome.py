"""From the minimum of a fit to its `FitResult`."""

import dataclasses
from functools import partial

import numpy as np

from tlsjax.fitting import statistics
from tlsjax.fitting.derived import derived
from tlsjax.fitting.layout import is_rate
from tlsjax.fitting.remarks import remarks
from tlsjax.fitting.result import FitResult, FittedParameter
from tlsjax.fitting.sweeps import neighbour_noise
from tlsjax.fitting.templates import impurity_names

# Root mean square of residuals, in units of the noise between neighbours, up to which they are that
# noise: the latter is good to a tenth for a hundred points.
_NOISY = 1.3
# chi^2 per degree of freedom of data without noise.
_EXACT = 1e-2
# Scale of errors below which data are exact, and the covariance zero for all that matters.
_SMALLEST = 1e-30


def outcome(problem, model, minimum, clean, loss) -> FitResult:
    """`FitResult` with everything a reader should know.

    clean : `WithoutImpurities` where that is the answer, or None.
    """
    minimum = minimum if clean is None else clean.minimum
    names = problem.layout.free
    chi2, points = float(np.sum(minimum.residuals**2)), minimum.residuals.size
    held = statistics.touching(minimum, problem.lower, problem.upper, problem.known)
    touching, meaningless = held, np.zeros(len(names), dtype=bool)
    if clean is not None:
        # Without impurities their splittings mean nothing.
        own = impurity_names(problem.template)
        energies = [name for name in own if not is_rate(name)]
        meaningless = np.array([n.partition("@")[0] in energies for n in names])
        held, touching = held | meaningless, held & ~meaningless
    dof = points - int((~held).sum())
    trusted = problem.known or problem.estimated
    p = statistics.p_value(chi2, dof) if trusted else None
    # Behind those of the data come the priors' own.
    *residuals, _ = np.split(minimum.residuals, np.cumsum([d.y.size for d in problem.datasets]))
    residuals = tuple(residuals)
    moved = minimum.jacobian[: problem.points, ~held]
    near = _neighbours(problem.datasets, residuals, moved) if dof > 0 else None
    # Residuals far below the errors are those of made-up data: rounding, which is not independent.
    exact = near is None or chi2 < _EXACT * dof
    independent = exact or near.independent
    too_large = p is not None and p <= statistics.UNACCEPTABLE
    acceptable = None if p is None else bool(independent and not too_large)
    # Known errors are believed unless the fit shows them to be too small.
    stretched = (not problem.known or too_large) and dof > 0
    time = 1.0 if exact else near.time
    scale = (chi2 / dof if stretched else 1.0) * time
    weighted = np.array(minimum.jacobian)
    # What a prior says is no matter of the data's errors.
    weighted[: problem.points] /= np.sqrt(max(scale, _SMALLEST))
    spread = statistics.uncertainty(weighted, held, names)
    sigma = dict(zip(names, np.sqrt(np.diag(spread.covariance)), strict=True))
    value = dict(zip(names, minimum.x, strict=True)) | problem.fixed
    bound = dict(zip(names, touching, strict=True))
    open_ends = {*spread.undetermined, *np.array(names)[meaningless]}
    fitted = {}
    for q in problem.parameters:
        tied = None if q.tied is None else value.get(q.tied, np.nan)
        if q.tied == "T":
            tied = _temperature(problem.datasets, q.name)
        fitted[q.name] = FittedParameter(
            q.name, float(value[q.name] if tied is None else tied),
            float(sigma[q.name]) if q.free and sigma[q.name] > 0 else None,
            q.unit, q.lower, q.upper, q.free, q.tied,
            bool(bound.get(q.name, False)), q.name in open_ends,
            None if q.prior is None else str(q.prior),
        )  # fmt: skip
    aic, bic = statistics.information(chi2, points, points - dof, trusted)
    triples = list(zip(problem.datasets, residuals, problem.errors, strict=True))
    predictions = tuple(d.y + r * e for d, r, e in triples)
    residuals = tuple(-r for r in residuals)
    off = np.concatenate([
        r[c.rows] * e[c.rows] / (np.mean(np.abs(d.y[c.rows])) or 1.0)
        for d, r, e in triples for c in d.channels
    ])  # fmt: skip
    result = FitResult(
        fitted, names, spread.covariance, spread.correlation, chi2, dof, points,
        minimum.evaluations, p, acceptable, minimum.finished, minimum.message,
        float(np.sqrt(np.mean(off**2))), aic, bic, near, model, (),
        problem.datasets, predictions, residuals,
        noise_limited=_noise_limited(problem, residuals, near) if acceptable is False else None,
        problem=problem, loss=loss, time=time, stretched=bool(stretched),
        stopped=not (minimum.finished or minimum.worse),
        derive=partial(derived, problem, minimum.x, spread.covariance),
    )  # fmt: skip
    notes = remarks(result, known_errors=problem.known, clean=clean)
    return dataclasses.replace(result, notes=notes)


def _neighbours(datasets, residuals, jacobian):
    """`Neighbours` along the curves."""
    directions = statistics.taken_directions(jacobian)
    directions = np.split(directions, np.cumsum([d.y.size for d in datasets])[:-1])

    def along(rows):
        return [v[np.argsort(x, kind="stable")] for x, v in _curves(datasets, rows)]

    return statistics.neighbours(along(residuals), along(directions))


def _curves(datasets, residuals):
    """``[(x, residuals)]`` of every channel, or other rows of its points; samples side by side are
    a curve as well, whose drift is that of how they were made, or of a wrong model."""
    pairs = zip(datasets, residuals, strict=True)
    return [(d.x[c.rows], r[c.rows]) for d, r in pairs for c in d.channels]


def _noise_limited(problem, residuals, near):
    """Whether what is left is independent from point to point, and no larger than what differs
    between neighbours; None where points are too few to say."""
    off = [r * e for r, e in zip(residuals, problem.errors, strict=True)]
    pairs = _curves(problem.datasets, off)
    noise = [neighbour_noise(x, r) for x, r in pairs]
    if near is None or any(n is None for n in noise):
        return None
    size = [np.sqrt(np.mean(r**2)) / n for n, (_, r) in zip(noise, pairs, strict=True)]
    return bool(near.independent and max(size) < _NOISY)


def _temperature(datasets, name):
    """Temperature of the sample that a parameter is tied to; NaN where samples differ."""
    label = name.partition("@")[2]
    sweeps = [d for d in datasets if d.is_sweep and label in ("", d.label)]
    temperatures = {float(d.T) for d in sweeps}
    return temperatures.pop() if len(temperatures) == 1 else np.nan
