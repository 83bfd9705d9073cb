"""`bootstrap`: how far parameters move with the noise, without priors and without a shape of it."""

import copy

import numpy as np
from tqdm import tqdm

from tlsjax.core.status import ConvergenceError
from tlsjax.core.validation import counted, fail
from tlsjax.fitting.draws import Draws
from tlsjax.fitting.jumps import minimise_across
from tlsjax.fitting.least_squares import Memory
from tlsjax.fitting.result import FitResult

# Points of a block, for each neighbour that a point is correlated with: shorter ones would cut
# slow noise into pieces.
_TIMES = 5.0
# Evaluations of one refit, which begins from the minimum.
_EVALUATIONS = 150
# Share of refits without an end from which on the rest says little.
_LOST = 0.05


def bootstrap(
    result: FitResult,
    *,
    blocks: int | None = None,
    count: int = 200,
    seed: int = 0,
    progress: bool = False,
) -> Draws:
    """Refit data made of the fitted curves and blocks of their own residuals.

    Blocks of neighbours along each curve, drawn with replacement (circular block bootstrap;
    Politis and Romano 1992), keep the correlation of slow noise; residuals are enlarged by
    ``(N/dof)^(1/2)``, since a fit makes them too small. Each refit begins from the minimum, with
    the same priors, whose centres move with their widths.

    Parameters
    ----------
    result : FitResult
        By least squares with a linear loss.
    blocks : int, optional
        Points of a block. Default: 5 for each neighbour that counts as the same point, at least
        ``N^(1/3)``, or 1 for Tc of different samples.
    count : int
        Refits.
    seed : int
    progress : bool
        Show a progress line on a terminal.

    Returns
    -------
    Draws
        One chain of independent draws.

    Raises
    ------
    ValueError
        For other fits than that, and blocks longer than half of a curve.
    ConvergenceError
        If more than a twentieth of the refits do not finish.

    Examples
    --------
    >>> import tlsjax as tls
    >>> x, Tc = [0.0, 0.5, 1.0, 1.5, 2.0], [9.25, 9.06, 8.83, 8.65, 8.43]
    >>> line = tls.fit(
    ...     tls.TcData(x, Tc), tls.Glass(1.0), free=("baseline",), starts=1,
    ...     fixed={"alpha": 0.0, "Ec": 1.0},
    ... )
    >>> found = tls.bootstrap(line, count=20)
    >>> print(found.values.shape)
    (1, 20, 2)
    """
    if not isinstance(result, FitResult) or result.problem is None:
        fail("result", "made by tlsjax.fit", repr(result))
    if result.loss != "linear" or not result.names or result.dof <= 0:
        fail("result", "a linear least-squares fit with degrees of freedom", repr(result))
    if count < 2:
        fail("count", "2 or more", count)
    rng, problem = np.random.default_rng(seed), result.problem
    lengths = [_length(d, blocks, result.time) for d in result.datasets]
    grown = np.sqrt(result.points / result.dof)
    error = np.concatenate(problem.errors)
    start = np.array([result[name] for name in result.names])
    active = np.ones(start.size, dtype=bool)
    found, curves, lost = [], [], 0
    for _ in tqdm(range(count), desc="bootstrap", disable=None if progress else True):
        moved = _moved(problem, result, lengths, grown, rng)
        memory = Memory(moved.evaluate, _EVALUATIONS, lambda cost: None)
        try:
            best = minimise_across(moved, memory, [start], active, "linear", 1.0)
        except ConvergenceError:
            best = None
        if best is None or not best.finished:
            if memory.interrupted:
                raise KeyboardInterrupt
            lost += 1
            continue
        found.append(best.x)
        curves.append(best.residuals[: problem.points] * error + _measured(moved))
    if lost > _LOST * count:
        raise ConvergenceError(f"Bootstrap: {lost} of {count} refits did not finish.")
    notes = (f"Left out {counted(lost, 'refit')} that did not finish.",) if lost else ()
    values = np.array(found)[None]
    ends = np.cumsum([d.y.size for d in problem.datasets])[:-1]
    predictions = tuple(np.split(np.array(curves), ends, axis=1))
    return Draws(
        "bootstrap", result.names, values, None, np.full(start.size, float(len(found))), {},
        {"blocks": max(lengths), "lost": lost}, notes, predictions, result,
    )  # fmt: skip


def _measured(problem):
    return np.concatenate([d.y for d in problem.datasets])


def _length(data, blocks, time):
    """Points of a block of a curve."""
    size = data.y.size
    if size < 2:
        return 1
    if blocks is None:
        least = 1 if data.kind == "tc" else size ** (1 / 3)
        return int(min(np.ceil(max(least, _TIMES * (time - 1))), size // 2))
    if not 1 <= blocks <= size // 2:
        fail("blocks", f"1 to half of the points of {data.label} ({size // 2})", blocks)
    return int(blocks)


def _moved(problem, result, lengths, grown, rng):
    """The problem with other noise; the same program evaluates it."""
    datasets = []
    rows = zip(
        problem.datasets, result.predictions, result.residuals, problem.errors, lengths,
        strict=True,
    )  # fmt: skip
    for data, curve, residuals, error, length in rows:
        order = np.argsort(data.x, kind="stable")
        noise = np.empty_like(residuals)
        noise[order] = _in_blocks(residuals[order] - residuals.mean(), length, rng)
        if noise.size == 1:
            # A single point has no other to take the noise from: it moves with its error.
            noise[:] = rng.standard_normal() / grown
        other = copy.copy(data)
        # The classes are frozen, and what they check has been checked.
        object.__setattr__(other, "y", curve + grown * noise * error)
        datasets.append(other)
    return problem.with_other(datasets, [(i, _elsewhere(p, rng)) for i, p in problem.priors])


def _in_blocks(residuals, length, rng):
    """Blocks of a ring of residuals, one after the other."""
    size = residuals.size
    begins = rng.integers(size, size=-(-size // length))
    places = (begins[:, None] + np.arange(length)).ravel()[:size]
    return residuals[places % size]


def _elsewhere(prior, rng):
    centre = prior.centre + prior.sigma * rng.standard_normal()
    return prior._replace(mean=np.exp(centre) if prior.log else centre)
