"""Which of several models describes the same data best."""

import dataclasses
from typing import Any

import numpy as np

from tlsjax.core.results import plain
from tlsjax.core.validation import fail
from tlsjax.fitting.result import FitResult


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Fits of several models to the same data, best AIC first; ``str()`` is a text table.

    Attributes
    ----------
    names : of the models, in the order of the rows.
    chi2, dof, p_value, aic, bic, acceptable : tuples, one entry for each model. AIC and BIC are
        how far they are above the best: by 2 is nothing, by 10 decides.
    """

    names: tuple
    chi2: tuple
    dof: tuple
    p_value: tuple
    aic: tuple
    bic: tuple
    acceptable: tuple

    def __str__(self) -> str:
        width = max(5, *map(len, self.names))
        head = f"{'model':<{width}}  {'chi^2':>10} {'dof':>5} {'p':>8} {'dAIC':>8} {'dBIC':>8}"
        lines = [f"{head}  acceptable"]
        verdict = {True: "yes", False: "no", None: "?"}
        for name, chi2, dof, p, aic, bic, good in self._rows():
            chance = "?" if p is None else f"{p:.2g}"
            numbers = f"{chi2:>10.4g} {dof:>5} {chance:>8} {aic:>8.2f} {bic:>8.2f}"
            lines.append(f"{name:<{width}}  {numbers}  {verdict[good]}")
        return "\n".join(lines)

    def _rows(self):
        return zip(*(getattr(self, field.name) for field in dataclasses.fields(self)), strict=True)

    def to_dict(self) -> dict[str, Any]:
        """Columns as plain Python."""
        return {field.name: plain(getattr(self, field.name)) for field in dataclasses.fields(self)}

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
    aic, bic = (min(getattr(r, name) for r in results.values()) for name in ("aic", "bic"))
    rows = [
        (name, r.chi2, r.dof, r.p_value, r.aic - aic, r.bic - bic, r.acceptable)
        for name, r in sorted(results.items(), key=lambda item: item[1].aic)
    ]
    return Comparison(*zip(*rows, strict=True))
