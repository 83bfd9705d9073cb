"""Which of several models describes the same data best."""

import dataclasses
from typing import Any

import numpy as np

from tlsjax.core.results import plain
from tlsjax.core.validation import fail
from tlsjax.fitting.result import FitResult
from tlsjax.fitting.statistics import UNACCEPTABLE, information

# AIC above the best, below which a model is not excluded.
_DECIDES = 10.0


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Fits of several models to the same data, best AIC first; ``str()`` is a text table.

    Attributes
    ----------
    names : of the models, in the order of the rows.
    chi2, dof, p_value, aic, bic, acceptable : tuples, one entry for each model. AIC and BIC are
        how far they are above the best: by 2 is nothing, by 10 decides.
    scale : what chi^2 is divided by in both: 1 where a model describes the data. Where none does
        its differences are those of wrong models, in units of errors that are not theirs: then
        the smallest chi^2 per degree of freedom (quasi-AIC; Burnham and Anderson 2002, 2.5), and
        where residuals are correlated the number of points that count as one.
    """

    names: tuple
    chi2: tuple
    dof: tuple
    p_value: tuple
    aic: tuple
    bic: tuple
    acceptable: tuple
    scale: float = 1.0

    @property
    def verdict(self) -> str:
        """What these fits tell, in sentences."""
        sentences = []
        if self.scale > 1:
            sentences.append(
                "No model describes the data, by chi^2 or by how alike its residuals are: chi^2 is "
                f"divided by {self.scale:.3g} in dAIC and dBIC."
            )
        near = [name for name, aic in zip(self.names, self.aic, strict=True) if aic < _DECIDES]
        if len(near) > 1:
            sentences.append(f"These data cannot tell apart: {', '.join(near)}.")
        elif len(self.names) > 1:
            sentences.append(f"Of these models the data prefer {near[0]}.")
        return " ".join(sentences)

    def __str__(self) -> str:
        width = max(5, *map(len, self.names))
        head = f"{'model':<{width}}  {'chi^2':>10} {'dof':>5} {'p':>8} {'dAIC':>8} {'dBIC':>8}"
        lines = [f"{head}  acceptable"]
        verdict = {True: "yes", False: "no", None: "?"}
        for name, chi2, dof, p, aic, bic, good in self._rows():
            chance = "?" if p is None else f"{p:.2g}"
            numbers = f"{chi2:>10.4g} {dof:>5} {chance:>8} {aic:>8.2f} {bic:>8.2f}"
            lines.append(f"{name:<{width}}  {numbers}  {verdict[good]}")
        return "\n".join([*lines, self.verdict]).rstrip()

    def _rows(self):
        *columns, _ = (getattr(self, field.name) for field in dataclasses.fields(self))
        return zip(*columns, strict=True)

    def to_dict(self) -> dict[str, Any]:
        """Columns, scale and verdict as plain Python."""
        columns = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return {name: plain(value) for name, value in columns.items()} | {"verdict": self.verdict}

    def plot(self, ax: Any = None) -> Any:
        """Draw how far each model's AIC is above the best.

        Returns the matplotlib axes; ``ax=None`` makes new ones.
        """
        from tlsjax.plotting import fits

        return fits.draw_comparison(ax, self.names, self.aic)


def compare(results: dict[str, FitResult]) -> Comparison:
    """Compare fits to the same data.

    Parameters
    ----------
    results : dict of `FitResult` by the name to show

    Returns
    -------
    Comparison

    Raises
    ------
    ValueError
        For anything but fits, or fits to different data.

    Examples
    --------
    >>> import tlsjax as tls
    >>> data = tls.TcData([0.0, 0.5, 1.0], [9.25, 9.3, 9.34], error=0.01)
    >>> glass, delta = (
    ...     tls.fit(data, model, fixed={name: 1.0, "Tc0": 9.25}, starts=1)
    ...     for model, name in ((tls.Glass(1.0), "Ec"), (tls.DeltaFunction(1.0), "E0"))
    ... )
    >>> print(tls.compare({"glass": glass, "one splitting": delta}).names)
    ('glass', 'one splitting')
    """
    if not results or not all(isinstance(r, FitResult) for r in results.values()):
        fail("results", "a dict of FitResult", repr(results))
    first, *others = results.values()
    for other in others:
        pairs = list(zip(first.datasets, other.datasets, strict=False))
        same = len(first.datasets) == len(other.datasets) and all(
            np.array_equal(a.x, b.x) and np.array_equal(a.y, b.y) for a, b in pairs
        )
        if not same:
            fail("results", "fits to the same data", "of different data")
    scale = _scale(results.values())
    criteria = {
        # Without known errors chi^2 has scaled itself already.
        name: (r.aic, r.bic)
        if r.p_value is None
        else information(r.chi2 / scale, r.points, r.points - r.dof, True)
        for name, r in results.items()
    }
    aic, bic = map(min, zip(*criteria.values(), strict=True))
    rows = [
        (name, r.chi2, r.dof, r.p_value, of_a - aic, of_b - bic, r.acceptable)
        for name, r in results.items()
        for of_a, of_b in [criteria[name]]
    ]
    return Comparison(*zip(*sorted(rows, key=lambda row: row[4]), strict=True), scale)


def _scale(results):
    """What chi^2 is divided by before models are compared."""
    known = [r for r in results if r.p_value is not None and r.dof > 0]
    if not known:
        return 1.0
    best = min(known, key=lambda r: r.reduced_chi2)
    near = best.neighbours
    alike = near is not None and not near.independent and best.acceptable is False
    stretched = best.reduced_chi2 if best.p_value <= UNACCEPTABLE else 1.0
    return stretched * (near.time if alike else 1.0)
