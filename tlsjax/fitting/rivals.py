"""Explanations that rival with a fit's own, beside it, and what they say of two-level systems."""

import dataclasses

import numpy as np

from tlsjax.core.status import ConvergenceError
from tlsjax.fitting.again import from_special_cases
from tlsjax.fitting.candidates import distinct, fit_candidates, options_of
from tlsjax.fitting.explanations import built_in, defaults
from tlsjax.fitting.least_squares import INTERRUPTED
from tlsjax.fitting.run import fit_once
from tlsjax.fitting.tabulate import tabulate
from tlsjax.fitting.templates import at_microwaves, is_algebraic, through_junctions
from tlsjax.model.hosts import WeakCouplingHost
from tlsjax.model.superconductor import Superconductor


def fit_rivals(result, template, wanted, choices):
    """The same `FitResult` with its rivals beside it, and what they say of two-level systems.

    wanted : names, True for `defaults`, None for those where they cost little.
    """
    if wanted is None:
        # A Tc that changes with concentration is not what these are about.
        junctions = through_junctions(result.datasets) or at_microwaves(result.datasets)
        one = all(np.ptp(d.x) == 0 for d in result.datasets if d.kind == "tc")
        wanted = junctions and one and isinstance(_host(template), WeakCouplingHost)
    if not wanted or not result.has_impurities or result.message == INTERRUPTED:
        return result
    names = defaults(result.datasets) if wanted is True else tuple(wanted)
    candidates = {name: built_in(name, result.datasets, template) for name in names}
    candidates = distinct(result.datasets, candidates, choices)
    # What only the impurities have has been asked for already, and is no mistake.
    found = fit_candidates(result.datasets, candidates, choices, strict=False)
    result = from_special_cases(result, found.values(), choices["max_evaluations"])
    return beside(result, tabulate({"this fit": result, **found}))


def clean_starts(datasets, template, choices):
    """Values of a fit without impurities, from which one with them begins: of data at microwave
    frequencies, where the one takes milliseconds and the other seconds for each step."""
    if not at_microwaves(datasets) or is_algebraic(template):
        return ()
    if not isinstance(_host(template), WeakCouplingHost):
        return ()
    candidate = built_in("none", datasets, template)
    options = options_of(datasets, candidate, choices)
    try:
        clean = fit_once(datasets, candidate.template, **options)
    except ConvergenceError:
        return ()
    return ({name: p.value for name, p in clean.parameters.items() if p.free},)


def beside(result, table):
    """The same `FitResult` with a `Comparison` it is part of."""
    claimed = table.claims_tls
    if claimed is not None:
        claimed = claimed and result.finished
    return dataclasses.replace(result, rivals=table, claimed=claimed)


def _host(template):
    return template.host if isinstance(template, Superconductor) else template.bands[0].host
