"""One open page: its widgets, and the way from a moved slider to a drawn curve."""

import contextlib
import html
from collections import deque
from functools import partial
from io import StringIO

import numpy as np
import panel as pn

from tlsjax.explorer import export, figures, solve, template
from tlsjax.explorer.controls import Controls
from tlsjax.explorer.host_controls import MISSING
from tlsjax.explorer.readouts import Numbers
from tlsjax.explorer.state import NONE, STRONG, State
from tlsjax.explorer.steps import steps_of

# What there is only with sigma: pictures and numbers.
_MICROWAVES, _RESISTANCES = ("sigma", "over_normal", "R_s"), ("R_s", "R_s_hot")


class Page:
    """What belongs to one browser tab.

    Parameters
    ----------
    worker : Worker
    document : the Bokeh document; what changes in it has to be changed on its event loop.
    quality : panels of the quick and of the good answers.
    microwaves : whether sigma and R_s are solved for from the beginning.
    """

    def __init__(self, worker, document, quality=(solve.COARSE, solve.FINE), microwaves=True):
        self.worker, self.document, self.quality = worker, document, quality
        self.pictures = figures.all_pictures()
        self.controls = Controls(self.ask, self.measure, microwaves)
        self.numbers, self.shown = Numbers(), {}
        self.measured = self.clean_of = None
        # The number of the newest request, and what has come but is not shown yet.
        self._newest, self._answers = 0, deque()
        self.status = self._pane("status", "<div class='status' id='status'>starting</div>")
        self.readouts = self._pane("numbers", "")
        self.python = self._pane("python", "")
        self.state = State()

    def _pane(self, name, text):
        return pn.pane.HTML(
            text, name=name, sizing_mode="stretch_width", stylesheets=[template.READOUTS], margin=0
        )

    def build(self):
        """The page as a Panel template."""
        page = pn.Template(template.PAGE)
        page.add_panel("controls", self.controls.layout())
        drawn = [
            pn.pane.Bokeh(p.figure, sizing_mode="stretch_width") for p in self.pictures.values()
        ]
        pictures = pn.Column(
            *drawn, sizing_mode="stretch_width", stylesheets=[template.PICTURES], name="pictures"
        )
        downloads = pn.FlexBox(
            pn.widgets.FileDownload(
                callback=lambda: StringIO(export.table(self.state, self.shown)),
                filename="tlsjax-explore.csv", label="CSV of all curves", width=200,
            ),
            pn.widgets.FileDownload(
                callback=lambda: StringIO(export.python(self.state)),
                filename="tlsjax_explore.py", label="Python program", width=200,
            ),
        )  # fmt: skip
        further = pn.Card(
            downloads, self.python, title="Go on elsewhere: Python, command line, CSV",
            collapsed=True, sizing_mode="stretch_width", margin=(10, 0),
        )  # fmt: skip
        # Each by itself: what changes in one does not lay out the others again.
        for name, part in (
            ("status", self.status), ("numbers", self.readouts), ("pictures", pictures),
            ("further", further),
        ):  # fmt: skip
            page.add_panel(name, part)
        self.ask()
        return page

    def ask(self, *_):
        """The sliders moved: ask the worker for the answers, in place of what it was doing."""
        self._newest += 1
        try:
            if self.controls.host.is_waiting:
                raise ValueError(MISSING)
            state = self.controls.state().check()
        except ValueError as error:
            self.worker.forget(self)
            self.tell(str(error), trouble=True)
            return
        junction = self.measured is not None and self.measured.kind == "didv"
        post = partial(self.post, self._newest)
        microwaves = self.controls.microwaves
        self._arrange(state, microwaves)
        self.worker.submit(self, steps_of(state, self.quality, microwaves, post, junction))

    def _arrange(self, state, microwaves):
        """Show the pictures that will have curves, and no numbers that will have no answer."""
        for name in _MICROWAVES:
            points = name == "R_s" and self.measured is not None and self.measured.kind == "rs"
            self.pictures[name].figure.visible = microwaves or points
            if not microwaves:
                for curve in self.pictures[name].curves():
                    self._curve(name, curve, (), ())
        if not microwaves:
            self.numbers.drop(*_RESISTANCES)
        self.pictures["alpha2F"].figure.visible = state.pairing == STRONG

    def post(self, number, what, *answer):
        """From a thread of the worker: show an answer on the event loop, where the page lives."""
        self._answers.append((number, what, answer))
        # The page may have been closed in the meantime.
        with contextlib.suppress(RuntimeError):
            self.document.add_next_tick_callback(self._show)

    def _show(self):
        """All answers that have come, in their order, which that of callbacks need not be."""
        # In one message: the browser lays out and draws once.
        with pn.io.unlocked():
            while self._answers:
                number, what, answer = self._answers.popleft()
                # A long step may end after its page has asked for something newer.
                if number == self._newest:
                    getattr(self, f"_show_{what}")(*answer)

    def tell(self, sentence, trouble=False):
        """The status in words."""
        kind = "status trouble" if trouble else "status"
        self.status.object = (
            f"<div class='{kind}' id='status' role='status'>{html.escape(sentence)}</div>"
        )

    def _show_status(self, sentence, trouble):
        self.tell(sentence, trouble)

    def _show_state(self, state):
        """What is drawn of a state without solving: its unit is known."""
        self.state = state
        self._draw_measured()

    def _show_export(self, state):
        self.python.object = (
            f"<h3>Python</h3><pre id='python'>{html.escape(export.python(state))}</pre>"
            f"<h3>Command line</h3><pre id='commands'>{html.escape(export.commands(state))}</pre>"
        )

    def _show_host(self, state, energy, alpha2F):
        phonons = state.phonons
        said = "".join(f" {sentence.capitalize()}." for sentence in phonons.said)
        self.controls.host.tell(
            f"{phonons.name}: {len(phonons.energy)} energies to {phonons.energy[-1]:.4g} meV, λ = "
            f"{phonons.coupling:.4g}; with µ* = {state.mu_star:g} its own Tc is {state.Tc0:.4g} K, "
            "the unit Tc0 of this page. Δ is the gap function at the lowest Matsubara frequency."
            f"{said}"
        )
        self._curve("alpha2F", "host", energy, alpha2F)

    def _show_bulk(self, state, found, clean):
        units = state.units
        without = "no host" if state.pairing == NONE else f"clean {state.Tc0:.4g} K"
        self.numbers.put(
            "Tc", "Tc in equilibrium", found.Tc, found.Tc_error, "Tc0",
            f"{units.out('Tc', found.Tc):.4g} K; {without}",
        )  # fmt: skip
        self.numbers.put(
            "Delta", f"Δ at T = {state.T:g} Tc0", found.Delta_at_T, found.Delta_at_T_error,
            "k_B Tc0", f"{units.out('Delta', found.Delta_at_T):.4g} meV",
        )  # fmt: skip
        self.readouts.object = self.numbers.html()
        self._curve("Delta", "equilibrium", found.T, found.Delta, found.Delta_error)
        self._curve("Delta", "clean", clean.T, clean.Delta, clean.Delta_error)

    def _show_spectrum(self, state, equilibrium, hot, clean):
        units = state.units
        self.pictures["R_s"].fade()
        # What comes later, and is still of the state before.
        self._curve("dos", figures.JUNCTION, (), ())
        self._curve("dos", "clean", *clean)
        for name, label, curve in (
            ("equilibrium", "equilibrium", equilibrium),
            ("hot", f"T_tls = {state.T_tls:g}", hot),
        ):
            shown = "at T_tls" if name == "hot" else name
            self._curve("dos", shown, curve.energy, curve.dos, curve.dos_error)
            of_dos = "" if curve.dos_error is None else (
                f"; N(ε) ± {np.nanmax(curve.dos_error, initial=0.0):.0e}"
            )  # fmt: skip
            self.numbers.put(
                f"edge_{name}", f"Gap edge, {label}", curve.gap_edge, None, "k_B Tc0",
                f"{units.out('energy', curve.gap_edge):.4g} meV{of_dos}",
            )  # fmt: skip
        self.numbers.put(
            "Delta_hot", f"Δ, T_tls = {state.T_tls:g}", hot.Delta, hot.Delta_error, "k_B Tc0",
            f"{units.out('Delta', hot.Delta):.4g} meV",
        )  # fmt: skip
        self.readouts.object = self.numbers.html()

    def _show_clean_response(self, state, found):
        self.clean_of = state.clean()
        self._draw_response("clean", found)

    def _draw_response(self, name, found):
        self._curve("sigma", f"σ₁ {name}", found.omega, found.sigma1, found.sigma1_error)
        self._curve("over_normal", name, found.omega, found.over_normal)

    def _show_response(self, state, equilibrium, hot):
        if self.clean_of != state.clean():
            self._curve("sigma", "σ₁ clean", (), ())
            self._curve("over_normal", "clean", (), ())
        self._draw_response("equilibrium", equilibrium)
        self._draw_response("at T_tls", hot)
        # Of a normal metal in the dirty limit nothing is left but rounding.
        sigma2 = np.where(np.abs(hot.sigma2) > hot.sigma2_error, hot.sigma2, np.nan)
        self._curve("sigma", "σ₂ at T_tls", hot.omega, sigma2, hot.sigma2_error)
        for name, label, found in (
            ("R_s", "equilibrium", equilibrium),
            ("R_s_hot", f"T_tls = {state.T_tls:g}", hot),
        ):
            self.numbers.put(
                name, f"R_s, {label}", found.R_s, found.R_s_error, "Ω",
                f"{state.frequency:g} GHz, R_n = {solve.normal_resistance(state):.3g} Ω",
            )  # fmt: skip
        self.readouts.object = self.numbers.html()

    def _show_resistances(self, rows):
        T, *columns = np.transpose(rows)
        for name, values in zip(("equilibrium", "at T_tls"), columns, strict=True):
            self._curve("R_s", name, T, values)

    def _show_clean_resistances(self, rows):
        self._curve("R_s", "clean", *np.transpose(rows))

    def _show_conductance(self, bias, signal):
        self._curve("dos", figures.JUNCTION, bias, signal)

    def _curve(self, picture, name, x, y, error=None):
        self.pictures[picture].show(name, x, y, error)
        self.shown[picture, name] = x, y, error
        if not len(x):
            del self.shown[picture, name]

    def _show_splittings(self, state, found):
        nothing = ("", (), ())
        for name, curve in zip(("first", "second"), (*found, nothing), strict=False):
            self._curve("p", name, *curve[1:])

    def measure(self, content, name, kind):
        """A file was dropped, or taken away."""
        for picture in self.pictures.values():
            if picture.points is not None:
                picture.forget()
        self.measured = None
        if content is None:
            self.controls.tell("")
            self.ask()
            return
        # Reads with half of the package, which takes a second: only where there is a file.
        from tlsjax.explorer import measured

        try:
            self.measured = measured.read(content, name, kind, self.controls.state().frequency)
        except (ValueError, OSError) as error:
            self.controls.tell(str(error), trouble=True)
            return
        count = len(self.measured.x)
        self.controls.tell(f"{name}: {count} points. {'; '.join(self.measured.said)}")
        self.ask()

    def _draw_measured(self):
        if self.measured is None:
            return
        from tlsjax.explorer import measured

        picture = {"gap": "Delta", "rs": "R_s"}.get(self.measured.kind, "dos")
        points = measured.in_units(self.measured, self.state)
        self.pictures[picture].measure("measured", *points)
        self.shown[picture, "measured"] = points
