"""Draws of the parameters of a fit, from a posterior or a bootstrap: as numbers, text and files."""

import dataclasses
import json
from typing import Any

import numpy as np
import xarray as xr

from tlsjax.core.results import plain
from tlsjax.fitting.result import FitResult

# The interval in tables, and its name.
_LOW, _HIGH = 2.5, 97.5
_COLUMNS = ("mean", "sd", "2.5 %", "median", "97.5 %")


@dataclasses.dataclass(frozen=True)
class Draws:
    """Draws of the free parameters of a fit.

    Attributes
    ----------
    method : "nuts", "laplace" or "bootstrap"
    names : of the K parameters; ``draws["alpha"]`` are the values of one, (chains, draws).
    values : (chains, draws, K), of equal weight
    rhat, ess : (K,), the rank-normalised R-hat (converged near 1, below 1.01) and the effective
        number of draws (of the bulk; Vehtari et al. 2021); R-hat is None for importance weights.
    priors : ``{name: (text, whether it was given)}``; weak ones are assumed where none was.
    statistics : what the sampler counted, numbers or arrays (chains, draws).
    notes : sentences a reader should see.
    predictions : per data set of ``result``, (some draws, points)
    result : the `FitResult` that it began from.
    """

    method: str
    names: tuple
    values: np.ndarray
    rhat: np.ndarray | None
    ess: np.ndarray
    priors: dict
    statistics: dict
    notes: tuple
    predictions: tuple
    result: FitResult

    def __getitem__(self, name: str) -> np.ndarray:
        return self.values[..., self.names.index(name)]

    def __repr__(self):
        pairs = zip(self.names, self.pooled.mean(axis=0), self.pooled.std(axis=0), strict=True)
        shown = ", ".join(f"{name}={mean:.4g}+-{sd:.2g}" for name, mean, sd in pairs)
        return f"Draws({self.method}, {shown})"

    @property
    def pooled(self) -> np.ndarray:
        """All draws, (N, K)."""
        return self.values.reshape(-1, len(self.names))

    def summary(self) -> dict:
        """``{name: {column: number}}``: mean, sd, quantiles, R-hat and effective size."""
        rows = {}
        for i, name in enumerate(self.names):
            x = self.pooled[:, i]
            numbers = (x.mean(), x.std(ddof=1), *np.percentile(x, (_LOW, 50, _HIGH)))
            rows[name] = dict(zip(_COLUMNS, map(float, numbers), strict=True))
            rows[name]["R-hat"] = None if self.rhat is None else float(self.rhat[i])
            rows[name]["ESS"] = float(self.ess[i])
        return rows

    def report(self) -> str:
        """The summary and the notes, in text."""
        count = f"{self.values.shape[0]} x {self.values.shape[1]}"
        counted = [f"{n} {shown}" for n, shown in self._counted().items()]
        lines = [f"{self.method}: {count} draws", *([", ".join(counted)] if counted else []), ""]
        width = max(9, *map(len, self.names))
        head = "".join(f" {name:>11}" for name in _COLUMNS)
        last = "  prior" if self.priors else ""
        lines.append(f"{'parameter':<{width}}{head} {'R-hat':>7} {'ESS':>6}{last}")
        for name, row in self.summary().items():
            numbers = "".join(f" {row[column]:>11.5g}" for column in _COLUMNS)
            rhat = "-" if row["R-hat"] is None else f"{row['R-hat']:.3f}"
            unit = self.result.parameters[name].unit
            line = f"{name:<{width}}{numbers} {rhat:>7} {row['ESS']:>6.0f}"
            if self.priors:
                text, given = self.priors[name]
                unit = " " + " ".join(filter(None, (text, unit, "" if given else "(weak)")))
            lines.append(f"{line} {unit}".rstrip())
        if self.notes:
            lines += ["", "notes", *(f"  - {note}" for note in self.notes)]
        return "\n".join(lines)

    def _counted(self):
        """Statistics as single numbers: sums of what was marked, means of what was counted."""
        found = {}
        for name, value in self.statistics.items():
            if np.ndim(value) == 0:
                found[name] = value if isinstance(value, int) else float(f"{value:.3g}")
            elif name != "log_density":
                marked = np.asarray(value).dtype == bool
                found[name] = int(np.sum(value)) if marked else float(f"{np.mean(value):.3g}")
        return found

    def to_dict(self) -> dict:
        """All but the draws themselves, as plain Python."""
        return plain(
            {
                "method": self.method,
                "chains": self.values.shape[0],
                "draws": self.values.shape[1],
                "summary": self.summary(),
                "covariance": np.atleast_2d(np.cov(self.pooled.T)),
                "priors": {n: {"prior": t, "given": g} for n, (t, g) in self.priors.items()},
                "statistics": self._counted(),
                "notes": list(self.notes),
            }
        )

    def to_json(self) -> str:
        """`to_dict` as JSON."""
        return json.dumps(self.to_dict(), indent=2, allow_nan=False)

    def columns(self) -> dict:
        """``{name: values}`` of a table with one row for each draw."""
        chains, draws = self.values.shape[:2]
        table = {
            "chain": np.repeat(np.arange(chains), draws).tolist(),
            "draw": np.tile(np.arange(draws), chains).tolist(),
        }
        return table | {name: self[name].ravel().tolist() for name in self.names}

    def to_xarray(self) -> xr.DataTree:
        """Groups ``posterior``, ``sample_stats``, ``observed_data`` and ``posterior_predictive``
        in the layout of ArviZ; ``.to_netcdf(path, engine="h5netcdf")`` writes them."""
        both = ("chain", "draw")
        posterior = xr.Dataset(
            {
                _safe(name): (both, self[name], {"units": self.result.parameters[name].unit})
                for name in self.names
            },
            attrs={"method": self.method, "model": self.result.model},
        )
        arrays = {n: np.asarray(v) for n, v in self.statistics.items()}
        stats = xr.Dataset({n: (both if v.ndim else (), v) for n, v in arrays.items()})
        observed, predicted = {}, {}
        for data, curves in zip(self.result.datasets, self.predictions, strict=True):
            name = _safe(data.label)
            observed[name] = (f"{name} x", data.y)
            observed[f"{name} x"] = (f"{name} x", data.x)
            predicted[name] = (("sample", f"{name} x"), curves)
        groups = {"posterior": posterior, "sample_stats": stats}
        groups["observed_data"] = xr.Dataset(observed)
        groups["posterior_predictive"] = xr.Dataset(predicted)
        return xr.DataTree.from_dict(groups)

    def plot(self) -> Any:
        """Corner plot: every parameter and every pair. Returns a matplotlib figure."""
        from tlsjax.plotting import posteriors

        return posteriors.corner_figure(self)

    def plot_predictive(self) -> Any:
        """The data, and the 95 % band of the curves of the draws. Returns a matplotlib figure."""
        from tlsjax.plotting import posteriors

        return posteriors.predictive_figure(self)


def _safe(name):
    # A slash separates groups.
    return name.replace("/", "_")
