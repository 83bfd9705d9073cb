"""The sliders and what stands around them; a `State` from where they are."""

import html

import panel as pn

from tlsjax.explorer.host_controls import HostControls
from tlsjax.explorer.state import (
    ALPHA,
    NAMES,
    RANGES,
    SPLITTING_RANGES,
    STRONG,
    Impurities,
    State,
    start_of,
)
from tlsjax.explorer.template import READOUTS
from tlsjax.explorer.widgets import file_dropper, file_of, select, slider

_NONE = "none"
_TEMPERATURES = ("T", "T_tls")
_RATES = ("magnetic", "dynes")
_UNITS = ("Tc0", "frequency", "resistivity")
# Of `measured.KINDS`, which is not imported before it is needed.
_KINDS = {"Δ(T)": "gap", "R_s(T)": "rs", "dI/dV of a junction": "didv", "N(ε)": "dos"}


class _Kind:
    """Widgets of one kind of impurities."""

    def __init__(self, number, label, kind, changed):
        choices = list(NAMES) if number == 1 else [_NONE, *NAMES]
        self.select = select(f"kind-{number}", label, choices, kind)
        self.alpha = slider(f"alpha-{number}", ALPHA)
        self.sliders = {n: slider(f"{n}-{number}", r) for n, r in SPLITTING_RANGES.items()}
        self._changed, self._settling = changed, False
        self.select.param.watch(self._choose, "value")
        for widget in (self.alpha, *self.sliders.values()):
            widget.param.watch(self._moved, "value")
        self._arrange()

    def _choose(self, _event):
        self._arrange()
        self._changed()

    def _arrange(self):
        kind = self.select.value
        self.alpha.visible = kind != _NONE
        # One question for all sliders together.
        self._settling = True
        for name, one in self.sliders.items():
            one.visible = name in NAMES.get(kind, ())
            if one.visible:
                one.value = start_of(kind, name)
        self._settling = False

    def _moved(self, _event):
        if not self._settling:
            self._changed()

    def impurities(self):
        if self.select.value == _NONE:
            return None
        kind = self.select.value
        values = {name: self.sliders[name].value for name in NAMES[kind]}
        return Impurities.of(kind, self.alpha.value, **values)

    def widgets(self):
        return [self.select, self.alpha, *self.sliders.values()]


class Controls:
    """All widgets of a page.

    ``changed()`` is called when a slider moves, ``dropped(content, name, kind)`` for a file, with
    None for one that is taken away.
    """

    def __init__(self, changed, dropped, microwaves=True):
        self._dropped = dropped
        self.first = _Kind(1, "Distribution of splittings", "glass", changed)
        self.second = _Kind(2, "A second one beside", _NONE, changed)
        self.host = HostControls(self._host_changed)
        self._changed = changed
        self.sliders = {n: slider(n, RANGES[n]) for n in (*_TEMPERATURES, *_RATES, *_UNITS)}
        self._microwaves = pn.widgets.Checkbox(
            label="σ and R_s too (off: spectra follow sooner)", value=microwaves,
            css_classes=["microwaves"], margin=(4, 8),
        )  # fmt: skip
        for widget in (*self.sliders.values(), self._microwaves):
            widget.param.watch(lambda _: changed(), "value")
        self.kind = select("measured-kind", "A measured file, what is in it", _KINDS)
        self.file = file_dropper("measured-file")
        self.said = pn.pane.HTML("", stylesheets=[READOUTS], margin=(0, 8))
        self.file.param.watch(self._drop, "value")
        self.kind.param.watch(self._drop, "value")

    def _host_changed(self):
        # The Tc of a host with phonons is its own.
        self.sliders["Tc0"].visible = self.host.kind.value != STRONG
        self._changed()

    def _drop(self, _event):
        content, name = file_of(self.file)
        self._dropped(content, name, self.kind.value)

    def tell(self, sentence, trouble=False):
        """What is said of the file."""
        kind = "status trouble" if trouble else "status"
        text = f"<div class='{kind}' id='file-status'>{html.escape(sentence)}</div>"
        self.said.object = text if sentence else ""

    @property
    def microwaves(self):
        """Whether sigma and R_s are asked for."""
        return self._microwaves.value

    def state(self):
        """Where the widgets are."""
        numbers = {name: one.value for name, one in self.sliders.items()}
        parts = self.host.parts()
        return State(self.first.impurities(), self.second.impurities(), **parts, **numbers)

    def layout(self):
        """Of the left column."""

        def card(title, *widgets):
            return pn.Card(*widgets, title=title, sizing_mode="stretch_width", margin=(6, 0))

        def of(names):
            return [self.sliders[name] for name in names]

        return pn.Column(
            card("Impurities", *self.first.widgets(), *self.second.widgets()),
            card("Temperatures", *of(_TEMPERATURES)),
            card("Host and scattering", *self.host.widgets(), *of(_RATES)),
            card("Units of kelvin, GHz and ohm", *of(_UNITS)),
            self._microwaves,
            card("Measured points", self.kind, self.file, self.said),
            sizing_mode="stretch_width", margin=0,
        )  # fmt: skip
