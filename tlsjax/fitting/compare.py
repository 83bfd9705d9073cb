"""Which of several models describes the same data best."""

import numpy as np

from tlsjax.core.validation import fail
from tlsjax.fitting.result import FitResult


def compare(results):
    """Text table of fits to the same data, best AIC first.

    Parameters
    ----------
    results : dict of `FitResult` by the name to show

    Returns
    -------
    str
        chi^2, degrees of freedom, p value and how far AIC and BIC are above the best: by 2 is
        nothing, by 10 decides.

    Raises
    ------
    ValueError
        For anything but fits, or fits to different data.

    Examples
    --------
    >>> import tlsjax as tls
    >>> data = tls.TcData([0.0, 0.5, 1.0], [9.25, 9.3, 9.34], error=0.01)
    >>> free = {"Tc0": 9.25}
    >>> glass, delta = (
    ...     tls.fit(data, model, fixed={name: 1.0, "Tc0": 9.25}, starts=1)
    ...     for model, name in ((tls.Glass(1.0), "Ec"), (tls.DeltaFunction(1.0), "E0"))
    ... )
    >>> print(tls.compare({"glass": glass, "one splitting": delta}).splitlines()[0].split())
    ['model', 'chi^2', 'dof', 'p', 'dAIC', 'dBIC', 'acceptable']
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
    width = max(5, *map(len, results))
    rows = [f"{'model':<{width}}  {'chi^2':>10} {'dof':>5} {'p':>8} {'dAIC':>8} {'dBIC':>8}  "
            "acceptable"]  # fmt: skip
    verdict = {True: "yes", False: "no", None: "?"}
    for name, r in sorted(results.items(), key=lambda item: item[1].aic):
        p = "?" if r.p_value is None else f"{r.p_value:.2g}"
        rows.append(
            f"{name:<{width}}  {r.chi2:>10.4g} {r.dof:>5} {p:>8} {r.aic - aic:>8.2f} "
            f"{r.bic - bic:>8.2f}  {verdict[r.acceptable]}"
        )
    return "\n".join(rows)
