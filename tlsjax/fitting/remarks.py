"""Sentences about a fit that its reader should see."""

import numpy as np

from tlsjax.fitting.statistics import CORRELATED, UNACCEPTABLE

# Share of a curve's points in the window where it is said to be worst, and how many times the
# average that has to be.
_WINDOW, _WORSE = 0.1, 2.0
# Share of the sample's temperature below which the electrons' is worth a word.
_COLDER = 0.95
# Standard deviations from its prior at which a parameter is said to contradict it.
_CONTRADICTS = 3.0


def remarks(result, *, known_errors, clean=None):
    """Sentences for `FitResult.notes`; ``clean`` as in `outcome`."""
    return (
        *(sentence for data in result.datasets for sentence in data.said),
        *_of_the_fit(result, known_errors),
        *_of_the_residuals(result, known_errors),
        *_of_parameters(result),
        *_of_nature(result),
        *_of_impurities(result, clean),
    )


def _of_the_fit(result, known_errors):
    if not result.finished:
        yield "The fit did not finish: these are the best values so far."
    sweeps = [d.is_sweep for d in result.datasets]
    if any(sweeps) and not all(sweeps) and result.loss == "linear":
        better = result.problem.better_quick_fit(np.concatenate(result.residuals))
        if better:
            yield (
                f"Of the sweeps alone {better}: either the other data contradict them, or the "
                "minimum was not found (free the broadening, or start elsewhere)."
            )
    if result.p_value is not None and result.p_value <= UNACCEPTABLE:
        how = "known" if known_errors else "estimated"
        yield (
            f"The model does not describe the data: chi^2 per degree of freedom is "
            f"{result.reduced_chi2:.3g} with {how} errors (p below {UNACCEPTABLE:g}). It is off by "
            f"{100 * result.rms:.2g} % of the data's mean size{_where_worst(result)}. The errors "
            "of the parameters are stretched by its root, and mean little."
        )
    if result.noise_limited is not None:
        yield (
            "The misfit is limited by noise: what is left is independent from point to point and "
            "as large as what differs between neighbours. The errors given are too small."
            if result.noise_limited
            else "The misfit is systematic, or the noise is slow: what is left is not what differs "
            "between neighbours, and more averaging would not help."
        )


def _where_worst(result):
    """Where one curve is worst, if anywhere."""
    if len(result.datasets) != 1 or result.datasets[0].kind == "tc":
        return ""
    (data,), (residuals,) = result.datasets, result.residuals
    count = max(3, round(_WINDOW * data.x.size))
    if data.x.size < 2 * count:
        return ""
    order = np.argsort(data.x, kind="stable")
    square = np.convolve(residuals[order] ** 2, np.full(count, 1 / count), mode="valid")
    first = int(np.argmax(square))
    if square[first] < _WORSE * result.chi2 / result.points:
        return ", alike everywhere"
    low, high = data.x[order[first]], data.x[order[first + count - 1]]
    return f", most from {low:.3g} to {high:.3g} {'mV' if data.is_sweep else 'K'}"


def _of_the_residuals(result, known_errors):
    near = result.neighbours
    # Made-up data without noise have residuals that are rounding.
    if near is not None and not near.independent and result.reduced_chi2 > 1e-2:
        yield (
            f"Residuals next to each other are alike (correlation {near.lag1:+.2f}): the model "
            f"misses something, or the noise is slow. Errors count {near.time:.2g} points as one."
        )
    small = known_errors and result.p_value is not None and result.p_value > 1 - UNACCEPTABLE
    if small and result.reduced_chi2 > 1e-2:
        yield (
            f"chi^2 per degree of freedom is {result.reduced_chi2:.2g}: the errors given are "
            f"about {result.reduced_chi2**-0.5:.2g} times too large."
        )


def _of_parameters(result):
    for name, p in result.parameters.items():
        if p.at_bound:
            yield f"{name} sits at its bound ({p.lower:g} to {p.upper:g})."
        elif p.free and p.error is not None and p.error > p.upper - p.lower:
            yield (
                f"{name} is not determined: its error is larger than the range it is allowed "
                f"({p.lower:g} to {p.upper:g})."
            )
    for i, prior in result.problem.priors:
        name = result.names[i]
        off, _ = prior.row(result[name])
        if abs(off) > _CONTRADICTS:
            yield (
                f"{name} is {abs(off):.2g} standard deviations from what it was said to be "
                f"({prior}): the data contradict the prior."
            )
    for i, a in enumerate(result.names):
        for j, b in enumerate(result.names[:i]):
            if abs(result.correlation[i, j]) > CORRELATED:
                yield (
                    f"{a} and {b} are not determined separately "
                    f"(correlation {result.correlation[i, j]:+.4f})."
                )


def _of_nature(result):
    """What no sample does."""
    for data in result.datasets:
        if not data.is_sweep:
            continue
        found = {
            stem: result.parameters.get(f"{stem}@{data.label}", result.parameters.get(stem))
            for stem in ("T_e", "Tc0")
        }
        T_e, Tc0 = found["T_e"], found["Tc0"]
        if T_e is not None and T_e.free and T_e.value < _COLDER * data.T:
            yield (
                f"{T_e.name} is {T_e.value:.3g} K, below the sample's {data.T:.3g} K: electrons "
                "are not colder than what cools them. Is the thermometer right, or a width fixed "
                "too large?"
            )
        if Tc0 is not None and Tc0.value < data.T:
            yield (
                f"{Tc0.name} is {Tc0.value:.3g} K, below the temperature of the sweep "
                f"({data.T:.3g} K): the clean metal would be normal there."
            )


def _of_impurities(result, clean):
    if clean is not None:
        yield why_none(clean)
    alpha = result.parameters.get("alpha")
    baseline = result.parameters.get("baseline")
    held = alpha is not None and alpha.at_bound and (clean is None or not clean.lowers)
    if baseline is not None and not baseline.free and held and not result.acceptable:
        yield (
            "alpha runs into its bound without a baseline: if other effects change this Tc, free "
            "the baseline."
        )


def why_none(clean):
    """Why no impurities are the answer: ``clean`` is a `WithoutImpurities`."""
    with_them, without = (f"{chi2:.4g}" for chi2 in clean.chi2)
    found = ", ".join(f"{name} = {value:.3g}" for name, value in clean.rates.items())
    zero = f"{', '.join(clean.rates)} {'are' if len(clean.rates) > 1 else 'is'}"
    start = "These data do not show an effect of two-level systems: "
    if not clean.lowers:
        return f"{start}{zero} consistent with zero (no coupling makes chi^2 smaller)."
    if clean.bent is not None and clean.bent > clean.p_value:
        return (
            f"{start}with them chi^2 falls from {without} to {with_them} ({found}), but a baseline "
            f"that bends does as well (relative likelihood {clean.bent:.2g}). {zero} held at zero."
        )
    return (
        f"{start}{zero} consistent with zero (chi^2 is {without} without them, {with_them} with "
        f"{found}: p is {clean.p_value:.2g} at most). The other errors hold for none."
    )
