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


def steps_of(state, quality, microwaves, post, junction=False):
    """Functions without arguments, for a `Worker`; each posts what it found.

    ``post(what, *answer)`` is called in the worker's thread. ``quality`` is the panels of the quick
    and of the good answers, ``microwaves`` whether sigma and R_s are asked for, ``junction``
    whether dI/dV is. No step is long: between two of them the worker looks for something newer.
    """
    asked = _Asked(state, post)
    quick, good = quality
    post("splittings", state, solve.splittings(state))
    yield asked.step("Tc and Δ(T)", asked.bulk)
    yield from asked.spectra("quick", quick)
    if microwaves:
        yield asked.step("σ and R_s, quick", asked.responses)
    yield AT_REST
    if microwaves:
        yield asked.step("σ of the clean host", asked.clean)
    if good != quick:
        yield from asked.spectra("good", good)
        if microwaves:
            yield asked.step("σ and R_s, good", asked.responses)
    if junction:
        yield asked.step("dI/dV", asked.conductance)
    if microwaves:
        yield from asked.over_temperature()
    yield partial(asked.end, good)


class _Asked:
    """The answers to one state, as far as there are any."""

    def __init__(self, state, post):
        self.state, self.post = state, post
        self.found = self.clean_bulk = self.pair = None
        # Of each quantity the last status.
        self.statuses = {}

    def step(self, words, function, *arguments):
        """A function that says what is compiled, how it ended, and in what time."""

        def run():
            key = (words, self.state.structure)
            if key not in _compiled:
                called = " and ".join(filter(None, self.state.structure))
                self.post("status", f"compiling {words} for {called}: the first time only", False)
            start = time.perf_counter()
            try:
                status = function(*arguments)
            except Exception as error:
                self.post("status", f"{words}: {error}", True)
                raise
            _compiled.add(key)
            took = 1e3 * (time.perf_counter() - start)
            self.statuses[function] = words, status
            sentence = f"{words}: {solve.said(status)} ({took:.0f} ms)"
            self.post("status", sentence, not is_ok(status))

        return run

    def bulk(self):
        """Tc and Delta(T), and the clean host's."""
        self.found = solve.bulk(self.state)
        self.clean_bulk = solve.clean_bulk(self.state.clean())
        self.post("bulk", self.state, self.found, self.clean_bulk)
        return self.found.status

    def spectra(self, word, panels):
        """Steps of both populations; curves of one state appear together."""
        self.pair = []
        what = f"spectrum, {word} ({panels} panels)"
        yield self.step(f"{what}, equilibrium", self.equilibrium, panels)
        yield self.step(f"{what}, at T_tls", self.hot, panels)

    def equilibrium(self, panels):
        self.pair = [solve.spectrum(self.state, self.state.T, panels)]
        return self.pair[0].status

    def hot(self, panels):
        self.pair.append(solve.spectrum(self.state, self.state.T_tls, panels))
        clean = solve.clean_spectrum(self.state, self.clean_bulk.Delta_at_T)
        self.post("spectrum", self.state, *self.pair, clean)
        return self.pair[1].status

    def responses(self):
        """Conductivity and surface resistance of both spectra."""
        both = [solve.response(self.state, curve) for curve in self.pair]
        self.post("response", self.state, *both)
        return next((one.status for one in both if not is_ok(one.status)), both[0].status)

    def clean(self):
        """The same of the clean host."""
        found = solve.clean_response(self.state.clean())
        self.post("clean_response", self.state, found)
        return found.status

    def conductance(self):
        """What a junction of a normal metal with the hot spectrum would show."""
        self.post("conductance", *solve.conductance(self.state, self.pair[1]))
        return self.pair[1].status

    def over_temperature(self):
        """R_s(T), point by point: a step each."""
        if not self.found.Tc > 0:
            return
        points, rows = solve.resistance_points(self.state, self.found.Tc), []

        def step():
            row = next(points)
            if row is not None:
                rows.append(row)
                self.post("resistances", list(rows))

        for _ in range(solve.RESISTANCES):
            yield step

    def end(self, panels):
        """A last sentence: that all is there, or again what is not."""
        failed = [pair for pair in self.statuses.values() if not is_ok(pair[1])]
        if failed:
            words, status = failed[0]
            self.post("status", f"{words}: {solve.said(status)}", True)
        else:
            sentence = f"{DONE}, the good answers ({panels} panels) with their errors"
            self.post("status", sentence, False)
