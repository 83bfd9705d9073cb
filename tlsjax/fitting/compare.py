"""`compare`: several explanations of one measurement, side by side."""

from collections.abc import Mapping, Sequence
from typing import Any

from tlsjax.core.validation import fail
from tlsjax.fitting.candidates import fit_candidates
from tlsjax.fitting.comparison import Comparison
from tlsjax.fitting.explanations import Candidate, built_in, defaults
from tlsjax.fitting.result import FitResult
from tlsjax.fitting.run import measured
from tlsjax.fitting.tabulate import tabulate
from tlsjax.fitting.templates import as_template


def compare(
    data: Any, models: Sequence[str] | Mapping[str, Any] | None = None, **choices: Any
) -> Comparison:
    """Fit several models to the same data and say which of them the data can tell apart.

    Parameters
    ----------
    data : TcData, GapData, TunnellingData or a sequence of them; or a dict of `FitResult` by name
        Fits that are there already are only compared.
    models : names, or a dict of models by name
        Names are those of `tlsjax.fitting.explanations`: "none", "broadening", "hot-electrons",
        "dynes", "magnetic", "spread", "spin-splitting", "gap-ratio", "two-gap", "baseline",
        "tls", and several joined by ``+``, as "two-gap+broadening". A model is such a name, what
        `fit` takes, a pair ``(model, {"free": ..., ...})`` with options of `fit` for it alone, or
        a `FitResult`. Default: all that make sense for the kind of data.
    **choices
        Options of `fit` for all models (``fixed``, ``free``, ``starts``, ...): each takes those
        that are about parameters it has. A single superconductor's ``Tc0`` is that of the first of
        two.

    Returns
    -------
    Comparison
        ``str()`` is a table with a verdict; ``.plot()``, ``.to_json()``.

    Raises
    ------
    ValueError
        For names or options that make no sense, or fits to different data.

    Examples
    --------
    >>> import tlsjax as tls
    >>> data = tls.TcData([0.0, 0.5, 1.0, 1.5], [9.25, 9.2, 9.13, 9.07], error=0.01)
    >>> table = tls.compare(data, {"nothing": "none", "linear": "baseline"})
    >>> print(table.verdict.partition(";")[0])
    The data prefer linear
    """
    if isinstance(data, Mapping):
        if models is not None or not data:
            fail("data", "measurements where models are given, or a dict of FitResult", repr(data))
        if not all(isinstance(result, FitResult) for result in data.values()):
            fail("results", "a dict of FitResult", repr(data))
        return tabulate(data)
    return tabulate(fit_each(data, models, choices))


def fit_each(data, models, choices) -> dict:
    """``{name: FitResult}`` of models as `compare` takes them, in their order; those that have no
    solution are left out."""
    datasets, priors = measured(data, choices.get("priors"))
    if models is None:
        models = (*defaults(datasets), "tls")
        # A metal with impurities has a ratio of its own, too.
        models += ("tls+gap-ratio",) if any(d.kind == "gap" for d in datasets) else ()
    if isinstance(models, str):
        models = [name.strip() for name in models.split(",")]
    if not isinstance(models, Mapping):
        models = {name: name for name in models}
    if not models:
        fail("models", "one model or more", "none")
    done = {name: model for name, model in models.items() if isinstance(model, FitResult)}
    candidates = {
        name: _candidate(name, model, datasets)
        for name, model in models.items()
        if name not in done
    }
    # What is chosen may be about a fit that is there already.
    choices = choices | {"priors": priors}
    found = fit_candidates(datasets, candidates, choices, strict=not done) | done
    if not found:
        fail("models", "ones that have a solution for these data", ", ".join(models))
    return {name: found[name] for name in models if name in found}


def _candidate(name, model, datasets):
    options = {}
    if isinstance(model, tuple) and len(model) == 2 and isinstance(model[1], Mapping):
        model, options = model
    if isinstance(model, str):
        candidate = built_in(model, datasets)
        mine = {k: v for k, v in options.items() if k not in ("free", "fixed")}
        free = [*candidate.options["free"], *options.get("free", ())]
        fixed = candidate.options["fixed"] | dict(options.get("fixed", {}))
        return candidate._replace(options={"free": free, "fixed": fixed, **mine}, about=name)
    return Candidate(as_template(model), dict(options), None, repr(model))
