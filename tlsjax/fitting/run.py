"""One model, one fit."""

from functools import partial

import numpy as np
from tqdm import tqdm

from tlsjax.core.validation import fail, positive, require
from tlsjax.fitting.datasets import TcData
from tlsjax.fitting.layout import is_rate
from tlsjax.fitting.least_squares import Memory
from tlsjax.fitting.measurement import Measurement
from tlsjax.fitting.outcome import outcome
from tlsjax.fitting.parameters import arrange
from tlsjax.fitting.priors import as_prior
from tlsjax.fitting.problem import Problem
from tlsjax.fitting.result import FitResult, start_values
from tlsjax.fitting.templates import MICROWAVE
from tlsjax.fitting.without_impurities import without_impurities

LOSSES = ("linear", "soft_l1", "huber", "cauchy", "arctan")


def fit_once(
    datasets, template, *, free=(), fixed=None, bounds=None, start=None, tie=None, separate=(),
    share=(), priors=None, starts=2, loss="linear", loss_scale=1.0, optimizer=None,
    max_evaluations=300, compare_clean=None, progress=False, nested=(), tried=(), about=None,
    in_table=False,
) -> FitResult:  # fmt: skip
    """`tlsjax.fit` of one template, without rivals; ``nested`` and ``tried`` as in
    `Problem.minimum`, ``about`` is the text for the model.

    in_table : whether models without impurities stand beside it: then it is its own minimum that
        counts, if a smooth baseline does not do as well.
    """
    if optimizer is None and loss not in LOSSES:
        fail("loss", f"one of {', '.join(LOSSES)}", repr(loss))
    if optimizer is not None and not (callable(loss) or loss == "linear"):
        fail("loss", "a function of the residuals where an optimizer is given", repr(loss))
    require(positive("loss_scale", loss_scale))
    start = {} if start is None else start_values(start)
    arranged = partial(
        arrange, datasets, template, free=free, fixed=fixed or {}, bounds=bounds or {},
        tie=tie or {}, separate=separate, share=share, priors=priors,
    )  # fmt: skip
    parameters, layout = arranged(start=start)
    if start:
        # A start may be in another valley: what the data say by themselves is looked at as well.
        tried = (*tried, {p.name: p.value for p in arranged(start={})[0]})
    problem = Problem(datasets, template, parameters, layout)
    points = problem.points + len(problem.priors)
    if points < len(layout.free):
        fail("data", f"at least as many points as free parameters ({len(layout.free)})", points)

    with _progress_line(progress) as show:
        memory = Memory(problem.evaluate, max_evaluations, show)
        if optimizer is not None:
            # Here, because importing optax takes as long as a whole fit.
            from tlsjax.fitting.descent import descend

            minimum = descend(memory, problem.x, problem.lower, problem.upper, optimizer, loss)
        else:
            minimum = problem.minimum(memory, starts, loss, loss_scale, nested, tried)
        if compare_clean is None:
            # What is slow has its rivals, among which one is clean.
            compare_clean = not any(d.is_sweep or d.kind in MICROWAVE for d in datasets)
        else:
            in_table = False
        clean = None
        rates = any(is_rate(name) for name in layout.free)
        wanted = compare_clean and optimizer is None and rates
        if wanted and not memory.interrupted:
            memory = Memory(problem.evaluate, max_evaluations, show)
            clean = without_impurities(problem, memory, minimum, loss, loss_scale)
    if clean is not None and not (clean.bends if in_table else clean.answers):
        clean = None
    how = loss if optimizer is None else "optimizer"
    return outcome(problem, about or repr(template), minimum, clean, how)


def measured(data, priors=None):
    """``(data sets, priors)``: a tuple of data sets, a measured Tc among the priors as one of
    them, and the other priors."""
    datasets, priors = _as_datasets(data), dict(priors or {})
    if priors and any(d.error is None and d.noise() is None for d in datasets):
        fail("error", "given with the data where there are priors: it weighs them", "missing")
    if "Tc" not in priors:
        return datasets, priors
    known = as_prior("Tc", priors.pop("Tc"))
    if known.log:
        fail("prior", "MEAN+-SIGMA for Tc", str(known))
    return (*datasets, TcData([1.0], [known.mean], known.sigma, label="Tc")), priors


def _as_datasets(data):
    datasets = tuple(data) if isinstance(data, list | tuple) else (data,)
    if not datasets or not all(isinstance(d, Measurement) for d in datasets):
        kinds = "TcData, GapData, TunnellingData, ResonatorData or another of these classes"
        fail("data", f"{kinds}, or a list of them", repr(data))
    return datasets


class _progress_line:
    """A tqdm line on a terminal, nothing elsewhere."""

    def __init__(self, wanted):
        self.bar = tqdm(desc="fit", unit=" evaluations", disable=None if wanted else True)

    def __enter__(self):
        best = [np.inf]

        def show(cost):
            best[0] = min(best[0], cost) if np.isfinite(cost) else best[0]
            self.bar.set_postfix_str(f"chi2 = {best[0]:.6g}", refresh=False)
            self.bar.update()

        return show

    def __exit__(self, *_):
        self.bar.close()
