"""`fit`: from measurements to parameters with errors."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from tqdm import tqdm

from tlsjax.core.validation import fail, positive, require
from tlsjax.fitting.datasets import GapData, TcData, TunnellingData
from tlsjax.fitting.least_squares import Memory
from tlsjax.fitting.models import as_template
from tlsjax.fitting.outcome import outcome
from tlsjax.fitting.parameters import arrange, is_rate
from tlsjax.fitting.priors import as_prior
from tlsjax.fitting.problem import Problem
from tlsjax.fitting.result import FitResult, start_values
from tlsjax.model.distributions.base import Distribution
from tlsjax.model.superconductor import SuperconductorLike

LOSSES = ("linear", "soft_l1", "huber", "cauchy", "arctan")


def fit(
    data: Any,
    model: Distribution | SuperconductorLike,
    *,
    free: Sequence[str] = (),
    fixed: Mapping[str, float] | None = None,
    bounds: Mapping[str, tuple] | None = None,
    start: Any = None,
    tie: Mapping[str, str] | None = None,
    separate: Sequence[str] = (),
    share: Sequence[str] = (),
    priors: Mapping[str, Any] | None = None,
    starts: int = 2,
    loss: Any = "linear",
    loss_scale: float = 1.0,
    optimizer: Any = None,
    max_evaluations: int = 300,
    compare_clean: bool | None = None,
    progress: bool = False,
) -> FitResult:
    """Fit the parameters of a superconductor with impurities to measurements.

    Minimises ``chi^2 = sum [(measured - model)/error]^2`` within bounds, with the exact Jacobian
    of the implicitly differentiated solvers.

    Parameters
    ----------
    data : TcData, GapData, TunnellingData or a sequence of them (a joint fit)
    model : distribution of splittings, TLSEnsemble or Superconductor
        With energies in meV: where its parameters start. A bare distribution is put into a
        clean weak-coupling host; with several kinds of impurities their parameters are called
        ``alpha_1``, ``alpha_2`` ... A `Tabulated` distribution stays as it is.
    free, fixed, bounds, start, tie : names; and ``{name: value, (low, high), value, name}``
        See the classes of data for names. ``tie={"T_e": "T"}`` ties to the sample's
        temperature, which is the default of ``T_e`` and ``T_tls``.
        ``start`` may be an earlier `FitResult` or its JSON dictionary. A bound may be None, to
        leave it, or "T", the sample's temperature: ``bounds={"T_e": ("T", None)}``.
    separate, share : names that each data set has for itself, or that all have together. Of
        several sweeps each has a junction of its own, unless shared; the superconductor is one.
    priors : dict
        ``{"Tc0": (9.25, 0.05)}``, mean and standard deviation, or as text ``"9.25 +- 0.05"``;
        ``"0.1 */ 3"`` is within a factor of 3, a Gaussian of the logarithm. Each is one more
        residual ``(x - mean)/sigma``: ``chi2``, ``dof`` and ``points`` count them. ``"Tc"``, which
        is no parameter, is the model's own: it joins the fit as
        ``TcData([1.0], [mean], error=sigma)``.
    starts : int
        Descents, the first from ``start``, the others from the best of a scan around it.
    loss, loss_scale : str, float
        A robust loss of `scipy.optimize.least_squares`, and the residual, in errors, from which
        it acts; or, with ``optimizer``, a function of the vector of residuals.
    optimizer : optax.GradientTransformation, optional
        Instead of least squares; takes ``max_evaluations`` steps.
    max_evaluations : int
    compare_clean : bool, optional
        Whether to fit without impurities too. Where that is as good (p > 0.05) alpha = 0 is the
        answer, and a note says so. Default: for Tc and Delta(T), which are quick.
    progress : bool
        Show a progress line on a terminal.

    Returns
    -------
    FitResult

    Raises
    ------
    ValueError
        For data or names that make no sense, fewer points than free parameters, and priors
        beside data whose errors are unknown.
    ConvergenceError
        If the equations have no solution where the fit starts.

    Examples
    --------
    >>> import numpy as np, tlsjax as tls
    >>> T = np.linspace(1.0, 8.0, 15)
    >>> kelvin = tls.units.convert(1.0, "K", "meV")
    >>> niobium = tls.Superconductor(host=tls.WeakCouplingHost(9.25 * kelvin, gap_ratio=3.9))
    >>> gap = tls.order_parameter(niobium, T * kelvin)
    >>> result = tls.fit(tls.GapData(T, gap, error=0.01), tls.Glass(2.0), fixed={"alpha": 0.0})
    >>> print(f"{result['Tc0']:.3f} {result['gap_ratio']:.3f}")
    9.250 3.900
    """
    datasets, own = _with_own_tc(_as_datasets(data), priors or {})
    template = as_template(model)
    if optimizer is None and loss not in LOSSES:
        fail("loss", f"one of {', '.join(LOSSES)}", repr(loss))
    if optimizer is not None and not (callable(loss) or loss == "linear"):
        fail("loss", "a function of the residuals where an optimizer is given", repr(loss))
    require(positive("loss_scale", loss_scale))
    start = {} if start is None else start_values(start)
    parameters, layout = arrange(
        datasets, template, free=free, fixed=fixed or {}, bounds=bounds or {}, start=start,
        tie=tie or {}, separate=separate, share=share, priors=own,
    )  # fmt: skip
    points = sum(d.y.size for d in datasets) + len(own)
    if points < len(layout.free):
        fail("data", f"at least as many points as free parameters ({len(layout.free)})", points)

    problem = Problem(datasets, template, parameters, layout)
    if priors and not (problem.known or problem.estimated):
        fail("error", "given with the data where there are priors: it weighs them", "missing")
    with _progress_line(progress) as show:
        memory = Memory(problem.evaluate, max_evaluations, show)
        if optimizer is not None:
            # Here, because importing optax takes as long as a whole fit.
            from tlsjax.fitting.descent import descend

            minimum = descend(memory, problem.x, problem.lower, problem.upper, optimizer, loss)
        else:
            minimum = problem.minimum(memory, starts, loss, loss_scale)
        if compare_clean is None:
            compare_clean = all(d.kind in ("tc", "gap") for d in datasets)
        clean, gain = None, None
        rates = any(is_rate(name) for name in layout.free)
        wanted = compare_clean and optimizer is None and rates
        if wanted and not memory.interrupted:
            memory = Memory(problem.evaluate, max_evaluations, show)
            clean, gain = problem.without_impurities(memory, minimum, loss, loss_scale)
    found = minimum if clean is None else clean
    return outcome(problem, repr(model), found, gain, loss if optimizer is None else "optimizer")


def _with_own_tc(datasets, priors):
    """The data with a measured Tc among the priors as one of them, and the other priors."""
    if "Tc" not in priors:
        return datasets, priors
    known = as_prior("Tc", priors["Tc"])
    if known.log:
        fail("prior", "MEAN+-SIGMA for Tc", str(known))
    others = {name: prior for name, prior in priors.items() if name != "Tc"}
    return (*datasets, TcData([1.0], [known.mean], known.sigma, label="Tc")), others


def _as_datasets(data):
    datasets = tuple(data) if isinstance(data, list | tuple) else (data,)
    kinds = TcData | GapData | TunnellingData
    if not datasets or not all(isinstance(d, kinds) for d in datasets):
        fail("data", "TcData, GapData or TunnellingData, or a list of them", repr(data))
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
