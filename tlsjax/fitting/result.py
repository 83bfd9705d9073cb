"""The outcome of a fit: numbers, what to make of them, and as text and JSON."""

import dataclasses
import functools
import json
import math
from typing import Any

import numpy as np

from tlsjax.fitting.layout import is_rate
from tlsjax.fitting.statistics import Neighbours

FORMAT = "tlsjax fit 1"
# Decimals up to which an error stands in brackets behind them.
_DIGITS = 7


@dataclasses.dataclass(frozen=True)
class FittedParameter:
    """Value and standard error of one parameter.

    ``error`` is None for what was not free or sits at a bound. ``undetermined`` marks a
    parameter that these data do not determine (no effect, or correlated above 0.98). ``prior`` is
    what the fit was told beside the data.
    """

    name: str
    value: float
    error: float | None
    unit: str
    lower: float
    upper: float
    free: bool
    tied: str | None = None
    at_bound: bool = False
    undetermined: bool = False
    prior: str | None = None


@dataclasses.dataclass(frozen=True)
class FitResult:
    """A finished (or stopped) fit.

    Attributes
    ----------
    parameters : dict of `FittedParameter`; ``result["alpha"]`` is a shortcut to a value.
    names : names of the free parameters, the order of ``covariance`` and ``correlation``.
    chi2, dof, points, evaluations : of the fit; a prior counts as a point.
    p_value : chance of so large a chi^2, None where errors were not known.
    acceptable : whether the model describes the data, by chi^2 and by whether its residuals are
        independent; None where that cannot be told.
    finished, message : whether the optimiser converged, and its reason to end.
    stopped : whether it hit its limit or was interrupted on its way, so that ``chi2`` is not the
        smallest that the model has.
    rms : root mean square of the residuals relative to the mean size of the data.
    neighbours : `Neighbours`, how residuals next to each other are correlated; None where points
        are too few.
    aic, bic : information criteria (smaller is better) for comparing models on the same data; AIC
        is corrected for few points.
    noise_limited : whether a misfit could be noise: residuals independent of each other, and no
        larger than what differs between neighbours; None where there is none, or no telling.
    notes : sentences a reader should see.
    derived : of a sweep Delta(T), Delta(0), Tc and 2 Delta(0)/k_B Tc of the model, of a resonator
        without impurities the last three, see `tlsjax.fitting.derived`; found when first asked for.
    rivals : `Comparison` with other explanations, None where none were fitted.
    claimed : whether two-level systems describe the data and none of the rivals without them does
        as well; None without rivals.
    predictions, residuals : per data set; residuals are (measured - model)/error.
    stretched, time : whether the errors of the data were scaled with the scatter, and how many
        points count as one in the covariance.
    problem, loss : what was fitted, and how: for `tlsjax.sample` and `tlsjax.bootstrap`.
    """

    parameters: dict
    names: tuple
    covariance: np.ndarray
    correlation: np.ndarray
    chi2: float
    dof: int
    points: int
    evaluations: int
    p_value: float | None
    acceptable: bool | None
    finished: bool
    message: str
    rms: float
    aic: float
    bic: float
    neighbours: Neighbours | None
    model: str
    notes: tuple
    datasets: tuple
    predictions: tuple
    residuals: tuple
    noise_limited: bool | None = None
    problem: Any = None
    loss: Any = "linear"
    time: float = 1.0
    stretched: bool = False
    rivals: Any = None
    claimed: bool | None = None
    stopped: bool = False
    derive: Any = None

    @functools.cached_property
    def derived(self) -> dict:
        """``{name: FittedParameter}`` of what follows from the parameters, with its error."""
        return self.derive() if self.derive is not None else {}

    def __getitem__(self, name: str) -> float:
        return self.parameters[name].value

    @property
    def reduced_chi2(self) -> float:
        """``chi^2/dof``; None without degrees of freedom."""
        return self.chi2 / self.dof if self.dof > 0 else None

    @property
    def has_impurities(self) -> bool:
        """Whether two-level systems are part of the model: a coupling that is free or not zero."""
        rates = [p for name, p in self.parameters.items() if is_rate(name)]
        return any(p.free or p.value > 0 for p in rates)

    def __repr__(self):
        shown = ", ".join(f"{n}={with_error(self.parameters[n])}" for n in self.names)
        return f"FitResult({shown}, chi2/dof={self.chi2:.4g}/{self.dof})"

    def conductances(self) -> tuple:
        """dI/dV of the model at the points of each data set that is a current; None for others."""
        found = {name: p.value for name, p in self.parameters.items()}
        return self.problem.conductances(np.array([found[name] for name in self.names]))

    def plot(self, ax: Any = None) -> Any:
        """Draw the data and the fit (of several kinds of data the first).

        Returns the matplotlib axes; ``ax=None`` makes new ones.
        """
        from tlsjax.plotting import fits

        return fits.plot_fit(ax, self)

    def report(self) -> str:
        """Everything found, in text."""
        lines = [f"model       {self.model}"]
        state = "converged" if self.finished else "UNFINISHED"
        lines.append(f"fit         {state} after {self.evaluations} evaluations ({self.message})")
        reduced = "" if self.reduced_chi2 is None else f" = {self.reduced_chi2:.4g} per dof"
        lines.append(f"chi^2       {self.chi2:.6g} for {self.dof} degrees of freedom{reduced}")
        if self.p_value is not None:
            lines.append(f"p value     {self.p_value:.3g}")
        lines.append(f"rms         {100 * self.rms:.3g} % of the data's mean size")
        if self.neighbours is not None:
            lag, chance = self.neighbours.lag1, self.neighbours.p_value
            lines.append(f"neighbours  residuals correlated by {lag:+.2f} (p = {chance:.2g})")
        lines.append(f"AICc, BIC   {self.aic:.6g}, {self.bic:.6g}")
        lacking = "known errors" if self.dof > 0 else "more points than parameters"
        verdict = {True: "yes", False: "NO", None: f"cannot be told without {lacking}"}
        lines.append(f"acceptable  {verdict[self.acceptable]}")
        if self.claimed is not None:
            lines.append(f"claimed     {'yes' if self.claimed else 'no'} (two-level systems)")
        lines += ["", "parameters"]
        width = max(map(len, self.parameters))
        for name, p in self.parameters.items():
            lines.append(f"  {name:<{width}}  {with_error(p)} {p.unit}".rstrip() + _remark(p))
        if self.derived:
            lines += ["", "of the model"]
            width = max(map(len, self.derived))
            lines += [f"  {n:<{width}}  {with_error(p)} {p.unit}".rstrip()
                      for n, p in self.derived.items()]  # fmt: skip
        strong = [
            (a, b, self.correlation[i, j])
            for i, a in enumerate(self.names)
            for j, b in enumerate(self.names[:i])
            if abs(self.correlation[i, j]) > 0.5
        ]
        if strong:
            lines += ["", "correlations above 0.5"]
            lines += [f"  {a}, {b}: {r:+.3f}" for a, b, r in strong]
        if self.rivals is not None:
            lines += ["", "rivals", *(f"  {line}" for line in str(self.rivals).splitlines())]
        if self.notes:
            lines += ["", "notes", *(f"  - {note}" for note in self.notes)]
        return "\n".join(lines)

    def to_dict(self) -> dict:
        """Everything but the data, as plain Python; NaN and infinity become None."""
        record = {
            "format": FORMAT,
            "model": self.model,
            "parameters": {
                name: {k: _plain(v) for k, v in dataclasses.asdict(p).items()}
                for name, p in self.parameters.items()
            },
            "free": list(self.names),
            "covariance": _plain(self.covariance),
            "correlation": _plain(self.correlation),
        }
        for name in (
            "chi2", "dof", "reduced_chi2", "points", "evaluations", "p_value", "acceptable",
            "finished", "stopped", "message", "rms", "aic", "bic", "noise_limited", "claimed",
        ):  # fmt: skip
            record[name] = _plain(getattr(self, name))
        near = self.neighbours
        record["neighbours"] = near and {k: _plain(v) for k, v in near._asdict().items()}
        record["derived"] = {
            name: {"value": _plain(p.value), "error": _plain(p.error), "unit": p.unit}
            for name, p in self.derived.items()
        }
        record["rivals"] = self.rivals and self.rivals.to_dict()
        return record | {"notes": list(self.notes)}

    def to_json(self) -> str:
        """`to_dict` as JSON; `start_values` reads it back."""
        return json.dumps(self.to_dict(), indent=2, allow_nan=False)


def start_values(record):
    """``{name: value}`` of an earlier fit: a `FitResult`, or its dictionary from JSON."""
    if isinstance(record, FitResult):
        record = record.to_dict()
    if record.get("format") != FORMAT:
        return dict(record)
    entries = record["parameters"].items()
    return {name: entry["value"] for name, entry in entries if entry["free"]}


def with_error(parameter):
    """``0.512(13)``, the error in units of the last digits shown, or ``5.12e-07 +- 1.3e-08``."""
    value, error = parameter.value, parameter.error
    if parameter.tied == "T" and math.isnan(value):
        return "each sample's own"
    if error is None:
        return f"{value:.6g}"
    if not (math.isfinite(error) and error > 0):
        return f"{value:.6g} +- infinity"
    digits = 1 - math.floor(math.log10(error))
    if digits <= 0 or digits > _DIGITS:
        # As many digits as the error has, which may be far below the value.
        of_value = digits + math.floor(math.log10(abs(value))) + 1 if value else 0
        return f"{value:.{max(of_value, 2)}g} +- {error:.2g}"
    return f"{value:.{digits}f}({round(error * 10**digits)})"


def _remark(p):
    remarks = []
    if p.tied:
        remarks.append(f"tied to {p.tied}")
    elif not p.free:
        remarks.append("fixed")
    if p.prior:
        remarks.append(f"prior {p.prior}")
    if p.at_bound:
        remarks.append(f"at its bound {p.lower:g} to {p.upper:g}")
    if p.undetermined:
        remarks.append("not determined by these data")
    return f"   ({', '.join(remarks)})" if remarks else ""


def _plain(value):
    if isinstance(value, np.ndarray):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
