"""Fits of several explanations to the same data, the simpler first, for others begin from them."""

from tlsjax.core.status import ConvergenceError
from tlsjax.core.validation import fail
from tlsjax.fitting.explanations import embedded, tried_starts
from tlsjax.fitting.least_squares import INTERRUPTED
from tlsjax.fitting.parameters import collect
from tlsjax.fitting.run import fit_once
from tlsjax.fitting.templates import is_algebraic

# Choices of a fit that are about parameters by name.
_CHOSEN = ("free", "fixed", "bounds", "tie", "priors", "separate", "share")


def fit_candidates(datasets, candidates, common, strict=True):
    """``{name: FitResult}`` of the `Candidate` by name.

    Each begins from those that are special cases of it, too, which are fitted first. A choice in
    ``common`` is for the candidates that have its parameter; where it is ``strict`` one must. A
    model that has no solution is left out.
    """
    if strict:
        _require_known(datasets, candidates, common)
    results = {}
    simplest_first = sorted(candidates.items(), key=lambda item: len(item[1].parts or ()))
    for name, candidate in simplest_first:
        options = options_of(datasets, candidate, common)
        template = candidate.template
        if candidate.parts is not None:
            before = [(candidates[n], r) for n, r in results.items()]
            options["nested"] = [
                embedded(result, candidate)
                for other, result in before
                if other.parts is not None and other.parts < candidate.parts
            ]
            if is_algebraic(template):
                options["tried"] = list(tried_starts(datasets, candidate))
        try:
            results[name] = fit_once(
                datasets, template, about=candidate.about, in_table=True, **options
            )
        except ConvergenceError:
            continue
        if results[name].message == INTERRUPTED:
            break
    return {name: results[name] for name in candidates if name in results}


def _require_known(datasets, candidates, common):
    """Raise for a choice about a parameter that no candidate has."""
    every = [_parameters(datasets, c, common)[0] for c in candidates.values()]
    for argument in _CHOSEN:
        for name in common.get(argument) or ():
            if not any(_named(one, name) for one in every):
                known = dict.fromkeys(n for one in every for n in one.found)
                fail(argument, f"about a parameter of these data ({', '.join(known)})", repr(name))


def _named(collected, name):
    """What a common choice is about in one model; Tc0 is that of the first band."""
    if name not in collected.found and f"{name}_1" in collected.found:
        return f"{name}_1"
    return name if collected.matching(name) else None


def _parameters(datasets, candidate, common):
    """All that a candidate has, and which of them data sets have for themselves or together."""
    every, own = collect(datasets, candidate.template), {}
    for argument in ("separate", "share"):
        chosen = filter(every.matching, common.get(argument) or ())
        own[argument] = [*chosen, *candidate.options.get(argument, ())]
    return collect(datasets, candidate.template, **own), own


def options_of(datasets, candidate, common):
    """Options of a fit: the candidate's own, and of the common ones those that it can have."""
    collected, own = _parameters(datasets, candidate, common)
    options = {k: v for k, v in common.items() if k not in _CHOSEN} | own
    for argument in ("fixed", "bounds", "tie", "priors"):
        chosen = {_named(collected, n): v for n, v in (common.get(argument) or {}).items()}
        chosen.pop(None, None)
        if argument == "tie":
            chosen = {n: v for n, v in chosen.items() if v == "T" or v in collected.found}
        options[argument] = chosen | (candidate.options.get(argument) or {})
    free = [n for n in (_named(collected, n) for n in common.get("free") or ()) if n]
    options["free"] = list(dict.fromkeys([*free, *candidate.options.get("free", ())]))
    # What a rival is about is free even if the common choice holds it.
    for name in candidate.options.get("free", ()):
        options["fixed"].pop(name, None)
    # So are priors and bounds: of what a rival holds there is nothing to find out.
    open_ends = _free_ones(collected, options)
    own_bounds = candidate.options.get("bounds") or {}
    options["bounds"] = {
        name: limits
        for name, limits in options["bounds"].items()
        if name in own_bounds or not open_ends.isdisjoint(collected.matching(name))
    }
    options["priors"] = {
        name: prior
        for name, prior in options["priors"].items()
        if open_ends.issuperset(collected.matching(name))
    }
    others = {k: v for k, v in candidate.options.items() if k not in options}
    return options | others


def _free_ones(collected, options):
    """Names of the parameters that are free in a fit with these options."""

    def among(argument):
        return {full for name in options[argument] for full in collected.matching(name)}

    free = {name for name, p in collected.found.items() if p.free} | among("free")
    return free - among("fixed") - among("tie")


def distinct(datasets, candidates, choices):
    """Without those that what is chosen makes equal to an earlier one."""
    kept, seen = {}, []
    for name, candidate in candidates.items():
        free = frozenset(options_of(datasets, candidate, choices)["free"])
        key = (free, "two-gap" in (candidate.parts or ()))
        if key not in seen:
            kept[name] = candidate
            seen.append(key)
    return kept
