"""From a state to the steps that answer it, the quickest answers first."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np

from tlsjax.core.status import is_ok
from tlsjax.explorer import clean_host, solve
from tlsjax.explorer.state import STRONG, State
from tlsjax.explorer.worker import AT_REST

# How the last status begins.
DONE = "everything is there"
# How long each took the last time, in this process, by (what, structure), seconds; what is not
# there is yet to be compiled.
_durations = {}
# Quick spectra whose program is there, by (structure, panels).
_compiled = set()
# From how long on, seconds, it is said beforehand.
_LONG = 1.0
# The quick spectrum in equilibrium is solved beside the one at T_tls: each is the work of one core.
_BESIDE = ThreadPoolExecutor(1, thread_name_prefix="tlsjax-beside")


def steps_of(state, quality, microwaves, post, junction=False):
    """Functions without arguments, for a `Worker`; each posts what it found.

    ``post(what, *answer)`` is called in the worker's threads. ``quality`` is the panels of the
    quick and of the good answers, ``microwaves`` whether sigma and R_s are asked for, ``junction``
    whether dI/dV is. No step is long: between two of them the worker looks for something newer.
    """
    asked = _Asked(state, post)
    quick, good = quality
    if state.pairing == STRONG:
        yield asked.step("Tc of the host", asked.host)
    yield asked.step("Tc and Δ(T)", asked.bulk)
    yield from asked.spectra("quick", quick)
    if microwaves:
        yield asked.step("σ and R_s, quick", asked.responses, thin=True)
    post("export", asked.state)
    yield AT_REST
    if microwaves:
        yield asked.step("σ of the clean host", asked.clean, thin=True)
    if good != quick:
        if state.pairing == STRONG:
            yield asked.step("spectrum of the clean host", asked.clean_spectrum)
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

    def __init__(self, state: State, post: Callable):
        self.state, self.post = state, post
        self.found = self.clean_bulk = self.pair = None
        # Whether spectra are those of fewer phonons, and the clean host's that stands beside.
        self.is_thin, self.clean_dos = True, None
        # Of each quantity the last status.
        self.statuses = {}
        # Points of R_s(T) that have no answer.
        self.missing = 0

    @property
    def solved(self):
        """The state whose spectra are solved for."""
        return clean_host.thinned(self.state) if self.is_thin else self.state

    def step(self, words, function, *arguments, thin=False):
        """A function that says what is compiled, how it ended, and in what time."""

        def run():
            structure = (clean_host.thinned(self.state) if thin else self.state).structure
            key = (words, structure)
            before = _durations.get(key)
            if before is None:
                called = " and ".join(filter(None, structure))
                self.post("status", f"compiling {words} for {called}: the first time only", False)
            elif before > _LONG:
                self.post("status", f"{words}: solving, {before:.0f} s the last time", False)
            start = time.perf_counter()
            try:
                status = function(*arguments)
            except Exception as error:
                self.post("status", f"{words}: {error}", True)
                raise
            took = _durations[key] = time.perf_counter() - start
            self.statuses[function] = words, status
            sentence = f"{words}: {solve.said(status)} ({1e3 * took:.0f} ms)"
            self.post("status", sentence, not is_ok(status))

        return run

    def host(self):
        """The unit of all else, where the host has a Tc of its own."""
        self.state = clean_host.in_own_unit(self.state)
        self.post("host", self.state, *clean_host.phonons(self.state))
        return 0

    def bulk(self):
        """Tc and Delta(T), and the clean host's."""
        self.found = solve.bulk(self.state)
        self.clean_bulk = clean_host.clean_bulk(self.state.clean())
        self.post("bulk", self.state, self.found, self.clean_bulk)
        return self.found.status

    def tell_state(self):
        """What is drawn of a state without solving, after Tc, which is looked at."""
        self.post("state", self.state)
        self.post("splittings", self.state, solve.splittings(self.state))

    def spectra(self, word, panels):
        """Steps of both populations; curves of one state appear together."""
        self.is_thin = word == "quick"
        what = f"{word} ({panels} panels{self._phonons()})"
        if self.is_thin:
            yield self.step(f"both spectra, {what}", self.both, panels, thin=True)
            return
        # The other core is for newer requests.
        yield self.step(f"spectrum, {what}, equilibrium", self.equilibrium, panels)
        yield self.step(f"spectrum, {what}, at T_tls", self.hot, panels)

    def _phonons(self):
        """What the words say of a table in quick answers."""
        count = clean_host.THIN if self.state.pairing == STRONG and self.is_thin else None
        return f", α²F by {count} points" if count else ""

    def both(self, panels):
        """Both at once, but for the first time, when they need the same program."""
        state, structure = self.solved, (self.solved.structure, panels)
        beside = _BESIDE.submit(self.equilibrium, panels)
        try:
            if structure not in _compiled:
                beside.result()
            self.tell_state()
            hot = solve.spectrum(state, state.T_tls, panels)
        finally:
            beside.result()
        _compiled.add(structure)
        return self._together(hot, panels)

    def equilibrium(self, panels):
        self.pair = [solve.spectrum(self.solved, self.state.T, panels)]
        return self.pair[0].status

    def hot(self, panels):
        return self._together(solve.spectrum(self.solved, self.state.T_tls, panels), panels)

    def _together(self, hot, panels):
        self.pair.append(hot)
        if self.clean_dos is None:
            self.clean_dos = clean_host.clean_spectrum(
                self.solved.clean(), self.clean_bulk.Delta_at_T, panels
            )
        self.post("spectrum", self.state, *self.pair, self.clean_dos)
        return next((one.status for one in self.pair if not is_ok(one.status)), hot.status)

    def clean_spectrum(self):
        """That of a host with all its phonons."""
        self.clean_dos = clean_host.clean_spectrum(
            self.state.clean(), self.clean_bulk.Delta_at_T, solve.COARSE
        )
        return 0

    def responses(self):
        """Conductivity and surface resistance of both spectra."""
        both = [solve.response(self.solved, curve) for curve in self.pair]
        self.post("response", self.state, *both)
        return next((one.status for one in both if not is_ok(one.status)), both[0].status)

    def clean(self):
        """The same of the clean host."""
        found = clean_host.clean_response(self.solved.clean())
        self.post("clean_response", self.state, found)
        return found.status

    def conductance(self):
        """What a junction of a normal metal with the hot spectrum would show."""
        self.post("conductance", *solve.conductance(self.state, self.pair[1]))
        return self.pair[1].status

    def over_temperature(self):
        """R_s(T) point by point, quick: a step for each, and the clean host's after them."""
        state, Tc = clean_host.thinned(self.state), self.found.Tc
        rows = []

        def point(row, T_tls):
            row.append(solve.resistance(state, row[0], T_tls))
            self.missing += bool(np.isnan(row[-1]))
            if len(row) == 3:
                rows.append(row)
                self.post("resistances", list(rows))

        for T in solve.temperatures_of_resistance(Tc):
            row = [T]
            yield partial(point, row, T)
            yield partial(point, row, state.T_tls)
        clean, R_n, beside = clean_host.at_any_T(state.clean()), solve.normal_resistance(state), []

        def clean_point(T):
            beside.append((T, R_n * clean_host.clean_resistance(clean, T)))
            self.post("clean_resistances", list(beside))

        for T in solve.temperatures_of_resistance(self.clean_bulk.Tc):
            yield partial(clean_point, T)

    def end(self, panels):
        """A last sentence: that all is there, or again what is not."""
        failed = [pair for pair in self.statuses.values() if not is_ok(pair[1])]
        if failed:
            words, status = failed[0]
            self.post("status", f"{words}: {solve.said(status)}", True)
        else:
            sentence = f"{DONE}, the good answers ({panels} panels) with their errors"
            if self.missing:
                sentence += f"; {self.missing} points of R_s(T) are left out: not resolved"
            self.post("status", sentence, False)
