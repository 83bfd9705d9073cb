"""From a state to the steps that answer it, the quickest answers first."""

import time
from functools import partial

from tlsjax.core.status import is_ok
from tlsjax.explorer import solve
from tlsjax.explorer.worker import AT_REST

# How the last status begins.
DONE = "everything is there"
# What is compiled already, in this process: (what, structure).
_compiled = set()


def steps_of(state, quality, microwaves, post):
    """Functions without arguments, for a `Worker`; each posts what it found.

    ``post(what, *answer)`` is called in the worker's thread. ``quality`` is the panels of the quick
    and of the good answers, ``microwaves`` whether sigma and R_s are asked for.
    """
    quick, good = quality
    kept = {}

    def bulk():
        kept["bulk"] = solve.bulk(state)
        clean = solve.clean_bulk(state.clean())
        post("bulk", state, kept["bulk"], clean)
        return kept["bulk"].status

    def spectrum(panels):
        pair = [solve.spectrum(state, T_tls, panels) for T_tls in (state.T, state.T_tls)]
        kept["spectra"] = pair
        clean = solve.clean_spectrum(state, solve.clean_bulk(state.clean()).Delta_at_T)
        post("spectrum", state, *pair, clean)
        return next((one.status for one in pair if not is_ok(one.status)), pair[1].status)

    def response(with_clean):
        pair = [solve.response(state, curve) for curve in kept["spectra"]]
        clean = solve.clean_response(state.clean()) if with_clean else None
        post("response", state, *pair, clean)
        return next((one.status for one in pair if not is_ok(one.status)), 0)

    def told(name, words, function, *arguments):
        """A step that says what it does where it takes long, how it ended, and in what time."""

        def step():
            key = (name, state.structure)
            if key not in _compiled:
                post(
                    "status", f"compiling {words} for {_called(state)}: the first time only", False
                )
            start = time.perf_counter()
            try:
                status = function(*arguments)
            except Exception as error:
                post("status", f"{words}: {error}", True)
                raise
            _compiled.add(key)
            took = 1e3 * (time.perf_counter() - start)
            if status is not None:
                post(
                    "status", f"{words}: {solve.said(status)} ({took:.0f} ms)", not is_ok(status)
                )  # fmt: skip

        return step

    yield told("bulk", "Tc and Δ(T)", bulk)
    yield told(f"spectrum {quick}", f"spectrum, quick ({quick} panels)", spectrum, quick)
    if microwaves:
        yield told(f"response {quick}", "σ and R_s, quick", response, False)
    yield AT_REST
    if microwaves:
        yield told(f"clean {quick}", "σ and R_s, with the clean host's", response, True)
    if good != quick:
        yield told(f"spectrum {good}", f"spectrum, good ({good} panels)", spectrum, good)
        if microwaves:
            yield told(f"response {good}", "σ and R_s, good", response, False)
    if microwaves:
        yield from _over_temperature(state, kept, post)
    yield partial(
        post, "status", f"{DONE}, the good answers ({good} panels) with their errors", False
    )


def _over_temperature(state, kept, post):
    """R_s(T), point by point: a step each, so that what is newer need not wait for all."""
    Tc = kept["bulk"].Tc
    if not Tc > 0:
        return
    points, rows = solve.resistance_points(state, Tc), []

    def step():
        rows.append(next(points))
        post("resistances", list(rows))

    for _ in range(solve.RESISTANCES):
        yield step


def _called(state):
    return " and ".join(filter(None, state.structure))
