"""`fit`: from measurements to parameters with errors."""

from collections.abc import Mapping, Sequence
from typing import Any

from tlsjax.fitting.result import FitResult
from tlsjax.fitting.rivals import clean_starts, fit_rivals
from tlsjax.fitting.run import fit_once, measured
from tlsjax.fitting.templates import as_template
from tlsjax.model.distributions.base import Distribution
from tlsjax.model.superconductor import SuperconductorLike
from tlsjax.model.two_band import TwoBand


def fit(
    data: Any,
    model: Distribution | SuperconductorLike | TwoBand,
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
    rivals: bool | Sequence[str] | None = None,
    progress: bool = False,
) -> FitResult:
    """Fit the parameters of a superconductor with impurities to measurements.

    Minimises ``chi^2 = sum [(measured - model)/error]^2`` within bounds, with the exact Jacobian
    of the implicitly differentiated solvers.

    Parameters
    ----------
    data : TcData, GapData, TunnellingData, ResonatorData ..., or a sequence of them (a joint fit)
    model : distribution of splittings, TLSEnsemble, Superconductor or TwoBand
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
        Descents, the first from ``start``, the others from the best of a scan around it and of
        where the data say by themselves.
    loss, loss_scale : str, float
        A robust loss of `scipy.optimize.least_squares`, and the residual, in errors, from which
        it acts; or, with ``optimizer``, a function of the vector of residuals.
    optimizer : optax.GradientTransformation, optional
        Instead of least squares; takes ``max_evaluations`` steps.
    max_evaluations : int
    compare_clean : bool, optional
        Whether to fit without impurities too. Where that is as good (p > 0.05) alpha = 0 is the
        answer, and a note says so. Default: for what is measured over temperature and quick, such
        as Tc and Delta(T).
    rivals : bool or names, optional
        Other explanations that are fitted beside one with two-level systems, see
        `tlsjax.fitting.explanations`; True for those that make sense. They take the choices above
        as far as they have such parameters (priors where these are free), ``start`` apart.
        ``result.claimed`` says whether none of them does as well. Default: in a weak-coupling host
        with a ``linear`` loss for resonators and surface resistances, and for sweeps, with or
        without the sample's Tc, where all of them take some twenty seconds at first and seven from
        then on (at 0.2 Tc0, 400 points); False switches them off.
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
    datasets, priors = measured(data, priors)
    template = as_template(model)
    choices = {
        "free": free, "fixed": fixed, "bounds": bounds, "tie": tie, "separate": separate,
        "share": share, "priors": priors, "starts": starts, "loss": loss,
        "loss_scale": loss_scale, "max_evaluations": max_evaluations, "progress": progress,
    }  # fmt: skip
    nested = () if start else clean_starts(datasets, template, choices)
    result = fit_once(
        datasets, template, start=start, optimizer=optimizer, compare_clean=compare_clean,
        about=repr(model), nested=nested, **choices,
    )  # fmt: skip
    plain = optimizer is None and loss == "linear"
    return fit_rivals(result, template, rivals, choices) if plain else result
