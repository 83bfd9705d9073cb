"""The page's widgets, each made in one way."""

import panel as pn

from tlsjax.explorer.state import Range
from tlsjax.explorer.template import WIDGETS

_LARGEST = "2MB"


class _PromptSlider(pn.widgets.FloatSlider):
    """Panel waits 50 ms whether a value changes again; here what is late is dropped anyway."""

    _debounce = 0


def slider(name: str, bounds: Range, start: float | None = None) -> pn.widgets.FloatSlider:
    """Of a `Range`."""
    return _PromptSlider(
        label=bounds.label, start=bounds.low, end=bounds.high, step=bounds.step,
        value=bounds.start if start is None else start, sizing_mode="stretch_width",
        format="0[.]000", stylesheets=[WIDGETS], css_classes=[f"slider-{name}"], margin=(2, 8),
    )  # fmt: skip


def select(name: str, label: str, options, value=None) -> pn.widgets.Select:
    """A list to choose from."""
    chosen = {} if value is None else {"value": value}
    return pn.widgets.Select(
        label=label, options=options, sizing_mode="stretch_width", css_classes=[name],
        stylesheets=[WIDGETS], margin=(4, 8), **chosen,
    )  # fmt: skip


def file_dropper(name: str) -> pn.widgets.FileDropper:
    """A place for one small file."""
    return pn.widgets.FileDropper(
        max_file_size=_LARGEST, multiple=False, sizing_mode="stretch_width", height=90,
        css_classes=[name], stylesheets=[WIDGETS], margin=(4, 8),
    )  # fmt: skip


def file_of(dropper: pn.widgets.FileDropper) -> tuple:
    """``(content, name)``, the former None without a file."""
    files = list(dropper.value.items())
    if not files:
        return None, ""
    name, content = files[-1]
    return content, name
