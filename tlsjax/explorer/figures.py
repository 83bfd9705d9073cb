"""The pictures, and what is in them: sources of data that answers are put into.

Their colours are of the curves only; those of axes, grids and letters come from the page's style
sheet (custom properties ``--bk-...``), so that they follow the browser's light or dark theme.
"""

import numpy as np
from bokeh.models import ColumnDataSource, Legend
from bokeh.plotting import figure

# Blue and vermilion of Okabe and Ito's palette, the blue lighter: each three to one or better on
# white and on nearly black. The curves differ in their dashes as well.
CLEAN, EQUILIBRIUM, HOT, SECOND, MEASURED = "#868e99", "#2a8ac9", "#D55E00", "#009E73", "#B5679A"
_DASHES = {CLEAN: "dashed", EQUILIBRIUM: "solid", HOT: "solid", SECOND: "dashdot"}
# The curve that stands beside a measured conductance.
JUNCTION = "dI/dV at T_tls"
_POINTS = ("x", "y", "low", "high")
_DIGITS = 6


def _empty():
    return ColumnDataSource({name: [] for name in _POINTS})


def _drawn(y):
    """To as many digits as a picture can have: the axis of a constant is not one of rounding."""
    with np.errstate(divide="ignore", invalid="ignore"):
        unit = 10.0 ** np.floor(np.log10(np.abs(y)) - _DIGITS)
        return np.where(np.isfinite(unit) & (unit > 0), np.round(y / unit) * unit, y)


def _same(before, after):
    return all(np.array_equal(before[name], after[name], equal_nan=True) for name in after)


class Picture:
    """One figure, its curves by name.

    Parameters
    ----------
    title, x_label, y_label : str
    curves : list of ``(name, colour)``
    log : "linear" or "log", of the y axis.
    band : names of curves with an error band.
    measured : whether a dropped file may be shown here.
    """

    def __init__(self, title, x_label, y_label, curves, *, log=False, band=(), measured=False):
        self.figure = figure(
            title=title, height=270, min_width=240, sizing_mode="stretch_width",
            x_axis_label=x_label, y_axis_label=y_label, y_axis_type="log" if log else "linear",
            tools="pan,box_zoom,wheel_zoom,reset,save", active_scroll=None,
            toolbar_location="above",
        )  # fmt: skip
        self.log = log
        plot = self.figure
        plot.toolbar.logo = None
        plot.toolbar.autohide = True
        legend = Legend(
            orientation="horizontal", border_line_alpha=0, background_fill_alpha=0,
            location="top_left", padding=0, margin=2, spacing=12, glyph_width=26,
            label_text_font_size="12px", click_policy="hide",
            ncols=2 if len(curves) > 3 else "auto",
            stylesheets=[".bk-label { color: var(--ink) !important; }"],
        )  # fmt: skip
        plot.add_layout(legend, "above")
        self._legend = legend
        plot.axis.axis_label_standoff = 2
        self.sources = {name: _empty() for name, _ in curves}
        self.lines = {}
        for name, colour in curves:
            if name in band:
                plot.varea(
                    "x", "low", "high", source=self.sources[name], color=colour, alpha=0.3
                )  # fmt: skip
            self.lines[name] = plot.line(
                "x", "y", source=self.sources[name], color=colour, legend_label=name,
                line_width=2, line_dash=_DASHES[colour],
            )  # fmt: skip
        self.points = self._marks = None
        if measured:
            self.points = _empty()
            plot.segment("x", "low", "x", "high", source=self.points, color=MEASURED)
            self._marks = plot.scatter("x", "y", source=self.points, color=MEASURED, size=5)

    def fit_to(self, names):
        """Let the y axis show these curves, whatever others do: a clean density has no end."""
        self.figure.y_range.renderers = [self.lines[name] for name in names]

    def fade(self):
        """The picture of a state that has gone, until the new one's comes."""
        self._set_opacity("0.4")

    def _set_opacity(self, opacity):
        # A style of the element: the picture itself is not drawn again.
        self.figure.styles = {"opacity": opacity}

    def show(self, name, x, y, error=None):
        """Put a curve in place of what was there."""
        x, y = np.asarray(x, float), _drawn(np.asarray(y, float))
        if self.log:
            # What is not positive has no place on this axis.
            y = np.where(y > 0, y, np.nan)
        width = np.zeros_like(y) if error is None else np.asarray(error, float)
        data = {"x": x, "y": y, "low": y - width, "high": y + width}
        # What is sent is drawn again.
        if not _same(self.sources[name].data, data):
            self.sources[name].data = data
        self._set_opacity("1")
        for item in self._legend.items:
            if self.lines[name] in item.renderers:
                item.visible = bool(x.size)

    def measure(self, label, x, y, error=None):
        """Put measured points over the curves."""
        from bokeh.models import LegendItem

        width = np.zeros_like(y) if error is None else error
        self.points.data = {"x": x, "y": y, "low": y - width, "high": y + width}
        kept = [item for item in self._legend.items if self._marks not in item.renderers]
        self._legend.items = [*kept, LegendItem(label=label, renderers=[self._marks])]

    def forget(self):
        """Without measured points again."""
        self.points.data = {name: [] for name in _POINTS}
        self._legend.items = [i for i in self._legend.items if self._marks not in i.renderers]

    def curves(self):
        """``{name: (x, y)}`` of what is drawn."""
        found = {name: source.data for name, source in self.sources.items()}
        return {name: (data["x"], data["y"]) for name, data in found.items() if len(data["x"])}


def all_pictures():
    """``{key: Picture}`` in the order of the page."""
    pictures = _pictures()
    pictures["dos"].fit_to(["equilibrium", "at T_tls"])
    pictures["alpha2F"].figure.visible = False
    return pictures


def _pictures():
    both = [("clean", CLEAN), ("equilibrium", EQUILIBRIUM), ("at T_tls", HOT)]
    return {
        "p": Picture(
            "Splittings p(E)", "E (k_B Tc0)", "p(E)", [("first", EQUILIBRIUM), ("second", SECOND)]
        ),
        "alpha2F": Picture("α²F of the host", "E (k_B Tc0)", "α²F", [("host", CLEAN)]),
        "Delta": Picture(
            "Order parameter Δ(T), equilibrium", "T/Tc0", "Δ (k_B Tc0)", both[:2],
            band=("equilibrium",), measured=True,
        ),
        "dos": Picture(
            "Density of states N(ε)", "ε (k_B Tc0)", "N(ε)/N_f", [*both, (JUNCTION, SECOND)],
            band=("equilibrium", "at T_tls"), measured=True,
        ),
        "sigma": Picture(
            "Conductivity σ₁, σ₂, dirty limit", "ħω (k_B Tc0)", "σ/σ_n",
            [
                ("σ₁ clean", CLEAN), ("σ₁ equilibrium", EQUILIBRIUM), ("σ₁ at T_tls", HOT),
                ("σ₂ at T_tls", SECOND),
            ],
            log=True, band=("σ₁ equilibrium", "σ₁ at T_tls"),
        ),
        "over_normal": Picture(
            "Surface resistance over frequency", "ħω (k_B Tc0)", "R_s/R_n", both, log=True
        ),
        "R_s": Picture(
            "Surface resistance over temperature", "T/Tc0", "R_s (Ω)", both,
            log=True, measured=True,
        ),
    }  # fmt: skip
