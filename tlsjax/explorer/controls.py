"""The sliders and what stands around them; a `State` from where they are."""

import html

import panel as pn

from tlsjax.explorer.state import (
    ALPHA,
    NAMES,
    RANGES,
    SPLITTING_RANGES,
    Impurities,
    State,
    start_of,
)
from tlsjax.explorer.template import READOUTS, WIDGETS

_NONE = "none"
_GROUPS = {
    "Temperatures": ("T", "T_tls"),
    "Host and scattering": ("gap_ratio", "magnetic", "dynes"),
    "Units of kelvin, GHz and ohm": ("Tc0", "frequency", "resistivity"),
}
# Of `measured.KINDS`, which is not imported before it is needed.
_KINDS = {"Δ(T)": "gap", "R_s(T)": "rs", "dI/dV of a junction": "didv", "N(ε)": "dos"}
_LARGEST = "2MB"


def _slider(name, bounds, start=None):
    return pn.widgets.FloatSlider(
        label=bounds.label, start=bounds.low, end=bounds.high, step=bounds.step,
        value=bounds.start if start is None else start, sizing_mode="stretch_width",
        format="0[.]000", stylesheets=[WIDGETS], css_classes=[f"slider-{name}"], margin=(2, 8),
    )  # fmt: skip


class _Kind:
    """Widgets of one kind of impurities."""

    def __init__(self, number, label, kind, changed):
        choices = list(NAMES) if number == 1 else [_NONE, *NAMES]
        self.select = pn.widgets.Select(
            label=label, options=choices, value=kind, sizing_mode="stretch_width",
            css_classes=[f"kind-{number}"], stylesheets=[WIDGETS], margin=(4, 8),
        )  # fmt: skip
        self.alpha = _slider(f"alpha-{number}", ALPHA)
        self.sliders = {n: _slider(f"{n}-{number}", r) for n, r in SPLITTING_RANGES.items()}
        self._changed, self._settling = changed, False
        self.select.param.watch(self._choose, "value")
        for slider in (self.alpha, *self.sliders.values()):
            slider.param.watch(self._moved, "value")
        self._arrange()

    def _choose(self, _event):
        self._arrange()
        self._changed()

    def _arrange(self):
        kind = self.select.value
        self.alpha.visible = kind != _NONE
        # One question for all sliders together.
        self._settling = True
        for name, slider in self.sliders.items():
            slider.visible = name in NAMES.get(kind, ())
            if slider.visible:
                slider.value = start_of(kind, name)
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
        self.sliders = {name: _slider(name, bounds) for name, bounds in RANGES.items()}
        self._microwaves = pn.widgets.Checkbox(
            label="σ and R_s too (off: spectra follow sooner)", value=microwaves,
            css_classes=["microwaves"], margin=(4, 8),
        )  # fmt: skip
        for widget in (*self.sliders.values(), self._microwaves):
            widget.param.watch(lambda _: changed(), "value")
        self.kind = pn.widgets.Select(
            label="A measured file, what is in it", options=_KINDS, sizing_mode="stretch_width",
            css_classes=["measured-kind"], stylesheets=[WIDGETS], margin=(4, 8),
        )  # fmt: skip
        self.file = pn.widgets.FileDropper(
            max_file_size=_LARGEST, multiple=False, sizing_mode="stretch_width", height=90,
            css_classes=["measured-file"], stylesheets=[WIDGETS], margin=(4, 8),
        )  # fmt: skip
        self.said = pn.pane.HTML("", stylesheets=[READOUTS], margin=(0, 8))
        self.file.param.watch(self._drop, "value")
        self.kind.param.watch(self._drop, "value")

    def _drop(self, _event):
        files = list(self.file.value.items())
        if files:
            name, content = files[-1]
            self._dropped(content, name, self.kind.value)
        else:
            self._dropped(None, "", self.kind.value)

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
        numbers = {name: slider.value for name, slider in self.sliders.items()}
        return State(self.first.impurities(), self.second.impurities(), **numbers)

    def layout(self):
        """Of the left column."""
        groups = [
            pn.Card(
                *(self.sliders[name] for name in names), title=title,
                sizing_mode="stretch_width", margin=(6, 0),
            )
            for title, names in _GROUPS.items()
        ]  # fmt: skip
        return pn.Column(
            pn.Card(
                *self.first.widgets(), *self.second.widgets(), title="Impurities",
                sizing_mode="stretch_width", margin=0,
            ),
            *groups,
            self._microwaves,
            pn.Card(
                self.kind, self.file, self.said, title="Measured points",
                sizing_mode="stretch_width", margin=(6, 0),
            ),
            sizing_mode="stretch_width", margin=0,
        )  # fmt: skip
