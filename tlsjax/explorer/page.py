"""One open page: its widgets, and the way from a moved slider to a drawn curve."""

import contextlib
import html
from collections import deque
from io import StringIO

import numpy as np
import panel as pn

from tlsjax.explorer import export, figures, solve, template
from tlsjax.explorer.controls import Controls
from tlsjax.explorer.state import State
from tlsjax.explorer.steps import steps_of

# For ohms, which are small here.
_PREFIXES = ((1e-12, "p"), (1e-9, "n"), (1e-6, "µ"), (1e-3, "m"))
# Where each number stands.
_ORDER = ("Tc", "Delta", "Delta_hot", "edge_equilibrium", "edge_hot", "R_s", "R_s_hot")


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
        self.numbers, self.shown = {}, {}
        self.measured = self.clean_of = None
        self._answers = deque()
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
        try:
            state = self.controls.state().check()
        except ValueError as error:
            self.worker.forget(self)
            self.tell(str(error), trouble=True)
            return
        self.state = state
        self.python.object = (
            f"<h3>Python</h3><pre id='python'>{html.escape(export.python(state))}</pre>"
            f"<h3>Command line</h3><pre id='commands'>{html.escape(export.commands(state))}</pre>"
        )
        self._draw_measured()
        junction = self.measured is not None and self.measured.kind == "didv"
        steps = steps_of(state, self.quality, self.controls.microwaves, self.post, junction)
        self.worker.submit(self, steps)

    def post(self, what, *answer):
        """From the worker's thread: show an answer on the event loop, where the page lives."""
        self._answers.append((what, answer))
        # The page may have been closed in the meantime.
        with contextlib.suppress(RuntimeError):
            self.document.add_next_tick_callback(self._show)

    def _show(self):
        """All answers that have come, in their order, which that of callbacks need not be."""
        while self._answers:
            what, answer = self._answers.popleft()
            getattr(self, f"_show_{what}")(*answer)

    def tell(self, sentence, trouble=False):
        """The status in words."""
        kind = "status trouble" if trouble else "status"
        self.status.object = (
            f"<div class='{kind}' id='status' role='status'>{html.escape(sentence)}</div>"
        )

    def _show_status(self, sentence, trouble):
        self.tell(sentence, trouble)

    def _show_bulk(self, state, found, clean):
        units = state.units
        self._number(
            "Tc", "Tc in equilibrium", found.Tc, found.Tc_error, "Tc0",
            f"{units.out('Tc', found.Tc):.4g} K; clean {state.Tc0:g} K",
        )  # fmt: skip
        self._number(
            "Delta", f"Δ at T = {state.T:g} Tc0", found.Delta_at_T, found.Delta_at_T_error,
            "k_B Tc0", f"{units.out('Delta', found.Delta_at_T):.4g} meV",
        )  # fmt: skip
        # First, for a browser draws pictures longer than it writes.
        self._write_numbers()
        self.pictures["R_s"].fade()
        self._curve("Delta", "equilibrium", found.T, found.Delta, found.Delta_error)
        self._curve("Delta", "clean", clean.T, clean.Delta, clean.Delta_error)

    def _show_spectrum(self, state, equilibrium, hot, clean):
        units = state.units
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
            self._number(
                f"edge_{name}", f"Gap edge, {label}", curve.gap_edge, None, "k_B Tc0",
                f"{units.out('energy', curve.gap_edge):.4g} meV{of_dos}",
            )  # fmt: skip
        self._number(
            "Delta_hot", f"Δ, T_tls = {state.T_tls:g}", hot.Delta, hot.Delta_error, "k_B Tc0",
            f"{units.out('Delta', hot.Delta):.4g} meV",
        )  # fmt: skip
        self._write_numbers()

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
        self._curve("sigma", "σ₂ at T_tls", hot.omega, hot.sigma2, hot.sigma2_error)
        for name, label, found in (
            ("R_s", "equilibrium", equilibrium),
            ("R_s_hot", f"T_tls = {state.T_tls:g}", hot),
        ):
            self._number(
                name, f"R_s, {label}", found.R_s, found.R_s_error, "Ω",
                f"{state.frequency:g} GHz, R_n = {solve.normal_resistance(state):.3g} Ω",
            )  # fmt: skip
        self._write_numbers()

    def _show_resistances(self, rows):
        T, *columns = np.transpose(rows)
        for name, values in zip(("equilibrium", "at T_tls"), columns, strict=True):
            self._curve("R_s", name, T, values)

    def _show_conductance(self, bias, signal):
        self._curve("dos", figures.JUNCTION, bias, signal)

    def _curve(self, picture, name, x, y, error=None):
        self.pictures[picture].show(name, x, y, error)
        self.shown[picture, name] = x, y, error
        if not len(x):
            del self.shown[picture, name]

    def _number(self, name, label, value, error, unit, further):
        value = float(value)
        if not np.isfinite(value):
            text = "no answer"
        else:
            shown, prefix, bound = _readable(value, error)
            text = f"{shown} <small>{html.escape(prefix + unit)}</small>"
            further = further if bound is None else f"± {bound:.0e}; {further}"
        self.numbers[name] = (
            f"<div><dt>{html.escape(label)}</dt><output id='{name}' data-value='{value!r}'>{text}"
            f"</output><small>{html.escape(further)}</small></div>"
        )

    def _write_numbers(self):
        found = "".join(self.numbers[name] for name in _ORDER if name in self.numbers)
        self.readouts.object = f"<dl class='numbers'>{found}</dl>"

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


def _readable(value, error):
    """``(digits that the error covers, prefix of the unit, error)``; small ones with a prefix."""
    scale, prefix = 1.0, ""
    if 0 < abs(value) < 1e-2:
        fitting = [pair for pair in _PREFIXES if abs(value) < 1e3 * pair[0]]
        scale, prefix = (fitting or _PREFIXES[-1:])[0]
    value = value / scale
    if error is None:
        return f"{value:.5g}", prefix, None
    error = error / scale
    digits = 7 if error <= 0 or value == 0 else np.log10(abs(value) / error) + 1
    return f"{value:.{int(np.clip(digits, 2, 7))}g}", prefix, error
