"""`sample`: the posterior of a fit's parameters."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from tqdm import tqdm

from tlsjax.core.validation import fail
from tlsjax.fitting import density
from tlsjax.fitting.draw_notes import diagnostics, of_priors, of_the_sampler
from tlsjax.fitting.draws import Draws
from tlsjax.fitting.mode import find_mode
from tlsjax.fitting.priors import as_prior
from tlsjax.fitting.result import FitResult

METHODS = ("nuts", "laplace")
# Tolerance of the frequency axis of a sampler: Delta to 4e-6 meV, in a third of the time.
_TOLERANCE = 1e-5
# Difference of log densities, from one draw to another, between the sampler and the fit's own
# solvers up to which nobody can tell (a chance off by a tenth at most).
_AGREE = 0.1
# Draws of which the curves are kept, and of a spectrum's.
_CURVES, _SPECTRA = 100, 40
_LEAST = {"draws": 50, "chains": 1, "warmup": 50}
_MISSING = "Sampling needs blackjax, which is not installed: pip install 'tlsjax[bayes]'."


def require_sizes(**sizes):
    """Raise where there are too few draws, chains or draws of a warm-up."""
    for name, value in sizes.items():
        if value < _LEAST[name]:
            fail(name, f"{_LEAST[name]} or more", value)


def require_sampler():
    """Raise `ImportError`, one sentence, where blackjax is not installed."""
    try:
        import blackjax  # noqa: F401
    except ImportError:
        raise ImportError(_MISSING) from None


def sample(
    result: FitResult,
    *,
    draws: int = 1000,
    chains: int = 4,
    warmup: int = 300,
    method: str | None = None,
    priors: Mapping[str, Any] | None = None,
    seed: int = 0,
    progress: bool = False,
) -> Draws:
    """Draw the free parameters of a fit from their posterior.

    ``p(x | data) ~ exp(-chi^2(x)/2) p(x)`` with the fit's errors, within its bounds. Errors that
    the fit did not know, or found too small, are integrated over; correlated residuals count as
    fewer points, as in the fit.

    Parameters
    ----------
    result : FitResult
        By least squares with a linear loss.
    draws, chains : int
        ``draws`` of each chain; of importance sampling in all.
    warmup : int
        Draws that tune the step, in fifties.
    method : "nuts" or "laplace", optional
        The No-U-Turn Sampler from the fit, with its covariance as metric, or importance sampling
        around the mode (one solve for each draw). Default: NUTS for Tc and Delta(T), importance
        sampling where there are sweeps, whose solves are long.
    priors : dict, optional
        As those of `tlsjax.fit`, instead of them for the names given. A parameter without one has
        a weak one: a factor of ``exp(2)`` either way for rates, ``exp(1.5)`` for energies,
        ``exp(1)`` for temperatures, widths and ``G_N``, ``exp(0.3)`` for ``gap_ratio``, around
        where the model or the data's guess puts it; a quarter of its range for what has a sign.
    seed : int
    progress : bool
        Show a progress line on a terminal.

    Returns
    -------
    Draws

    Raises
    ------
    ValueError
        For other fits than that, and names that make no sense.
    ImportError
        Without blackjax: ``pip install 'tlsjax[bayes]'``.
    ConvergenceError
        If the equations have no solution around the fit.

    Examples
    --------
    >>> import tlsjax as tls
    >>> x, Tc = [0.0, 0.5, 1.0, 1.5], [9.25, 9.06, 8.83, 8.65]
    >>> line = tls.fit(
    ...     tls.TcData(x, Tc, error=0.02), tls.Glass(1.0), free=("baseline",), starts=1,
    ...     fixed={"alpha": 0.0, "Ec": 1.0},
    ... )
    >>> found = tls.sample(line, draws=200)
    >>> print(found.method, found.values.shape)
    nuts (4, 200, 2)
    """
    require_sampler()
    method = _checked(result, draws, chains, warmup, method)
    problem = result.problem
    chosen, given = _priors(problem, priors or {})
    with tqdm(desc=method, unit=" draws", disable=None if progress else True) as bar:

        def run(settings):
            size = {"draws": draws, "seed": seed, "show": bar.update}
            size |= {} if method == "laplace" else {"chains": chains, "warmup": warmup}
            return _run(method, result, chosen, settings, size)

        found = run(problem.settings._replace(tolerance=_TOLERANCE))
        if found.worst > _AGREE:
            # With the fit's own solvers, whose sizes have followed the draws.
            found = run(problem.settings)
    names, prior_list = result.names, list(chosen)
    rhat, ess = diagnostics(found.values, found.statistics)
    notes = (
        *of_the_sampler(result, found, rhat, ess, agree=_AGREE),
        *of_priors(names, found.values, prior_list, given, problem.lower, problem.upper),
    )
    texts = {n: (str(p), g) for n, p, g in zip(names, prior_list, given, strict=True)}
    return Draws(
        method, names, found.values, rhat, ess, texts, found.statistics, notes,
        found.predictions, result,
    )  # fmt: skip


class _Found(NamedTuple):
    """``worst`` is the largest error of a log density among the draws that were looked at."""

    values: np.ndarray
    statistics: dict
    predictions: tuple
    worst: float


def _checked(result, draws, chains, warmup, method):
    """The method, for arguments that make sense."""
    if not isinstance(result, FitResult) or result.problem is None:
        fail("result", "made by tlsjax.fit", repr(result))
    if result.loss != "linear":
        fail("result", "a fit with the linear loss", f"one with {result.loss!r}")
    if not result.names:
        fail("result", "a fit with a free parameter", "one without")
    require_sizes(draws=draws, chains=chains, warmup=warmup)
    sweeps = any(d.is_sweep for d in result.datasets)
    method = method or ("laplace" if sweeps else "nuts")
    if method not in METHODS:
        fail("method", f"one of {', '.join(METHODS)}", repr(method))
    return method


def _priors(problem, asked):
    """``(priors, whether each was given)`` of the free parameters."""
    by_name = {p.name: p for p in problem.parameters if p.free}
    own = {name: p.prior for name, p in by_name.items()}
    for name, value in asked.items():
        hits = [full for full in own if name in (full, full.partition("@")[0])]
        if not hits:
            fail("prior", f"about a free parameter of this fit ({', '.join(own)})", repr(name))
        own |= {hit: as_prior(hit, value) for hit in hits}
    names = problem.layout.free
    return (
        tuple(own[name] or by_name[name].weak for name in names),
        tuple(own[name] is not None for name in names),
    )


def _run(method, result, priors, settings, size):
    from tlsjax.fitting import laplace, nuts

    problem = result.problem
    form, numbers = density.density_of(
        problem, settings, priors, result.time, known=not result.stretched
    )
    # What sits at a bound has its coordinate at infinity: there begin with the prior.
    start = [
        result[name] if result.parameters[name].error else np.clip(p.mean, low, high)
        for name, p, low, high in zip(
            result.names, priors, problem.lower, problem.upper, strict=True
        )
    ]
    mode = find_mode(problem, form, numbers, start)
    if method == "nuts":
        chains = nuts.run(form, numbers, mode, **size)
        u, value = chains.u, chains.log_density
        statistics = {
            "log_density": value, "diverging": chains.diverging, "failed": chains.failed,
            "steps": chains.steps,
        }  # fmt: skip
    else:
        weighted = laplace.run(form, numbers, mode, **size)
        u, value = weighted.u[None], weighted.log_density[None]
        statistics = {
            "log_density": value, "effective": weighted.effective,
            "pareto_k": weighted.pareto_k, "failed": weighted.failed,
        }  # fmt: skip
    flat = u.reshape(-1, u.shape[-1])
    x = np.asarray(density.parameters(form, numbers, flat))
    predictions, worst = _looked_at(problem, form, numbers, flat, x, value.ravel())
    return _Found(x.reshape(u.shape), statistics, predictions, worst)


def _looked_at(problem, form, numbers, u, x, value):
    """Curves of some draws, by the fit's own solvers, and how far these differ from the sampler's
    log density, from one draw to another."""
    sweeps = any(d.is_sweep for d in problem.datasets)
    chosen = np.linspace(0, len(u) - 1, _SPECTRA if sweeps else _CURVES).astype(int)
    found = [problem.evaluate(point)[::2] for point in x[chosen]]
    solved = np.array([bool(ok) for _, ok in found])
    r = np.array([r[: problem.points] for r, _ in found])
    own = density.log_likelihood(form, numbers, jnp.sum(r**2, axis=1), problem.points)
    off = np.asarray(own + density.log_priors(form, numbers, u[chosen])) - value[chosen]
    # A constant does not matter.
    off = np.abs(off - np.median(off[solved])) if solved.any() else off
    worst = float(np.max(np.where(solved, off, np.inf)))
    parts = np.split(r[solved], np.cumsum([d.y.size for d in problem.datasets])[:-1], axis=1)
    triples = zip(problem.datasets, parts, problem.errors, strict=True)
    return tuple(d.y + part * error for d, part, error in triples), worst
