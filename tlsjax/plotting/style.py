"""How pictures look: colours, axes, files. The only module that imports matplotlib."""

import textwrap

import matplotlib
from matplotlib.figure import Figure

from tlsjax.io.files import write_atomically

# Okabe and Ito's palette: distinct for every kind of colour vision, and in print.
BLACK, ORANGE, SKY, GREEN, BLUE, RED = (
    "#000000",
    "#E69F00",
    "#56B4E9",
    "#009E73",
    "#0072B2",
    "#D55E00",
)
CURVE_COLORS = (BLUE, RED, GREEN, ORANGE, SKY)
LINE_STYLES = ("-", "--", "-.", ":")
STYLE = {
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.25,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "savefig.dpi": 200,
    "pdf.fonttype": 42,
}


def new_figure(columns=1, rows=1, width=None, height=3.6):
    """Figure and axes, (rows, columns), in the package's style; for files, not for screens."""
    with matplotlib.rc_context(STYLE):
        size = (width or (5.0 if columns == 1 else 3.4 * columns), height * rows)
        figure = Figure(figsize=size, layout="constrained")
        return figure, figure.subplots(rows, columns, squeeze=False)


def axes_or_new(ax):
    """``ax``, or the axes of a new figure of the user's own backend."""
    if ax is not None:
        return ax
    from matplotlib import pyplot

    return pyplot.subplots(layout="constrained")[1]


def headline(figure, text, size=10):
    """``text`` above all of a figure, in as many lines as its width asks for."""
    # A letter is half as wide as it is high, on average; a few texts have wider ones.
    letters = int(72 * figure.get_figwidth() / (0.56 * size))
    lines = textwrap.fill(text, letters, break_long_words=False, break_on_hyphens=False)
    figure.suptitle(lines, fontsize=size)


def sequence(count):
    """Colours of an ordered family, dark to light, even in lightness and colour-blind-safe."""
    colors = matplotlib.colormaps["viridis"]
    return [colors(0.9 * k / max(count - 1, 1)) for k in range(count)]


def save(figure, stem):
    """Write ``stem.png`` and ``stem.pdf``."""
    for suffix in (".png", ".pdf"):
        # The creation date would make every run a different file.
        metadata = {"CreationDate": None} if suffix == ".pdf" else None
        with matplotlib.rc_context(STYLE):
            write_atomically(
                stem.with_suffix(suffix),
                lambda file, suffix=suffix, metadata=metadata: figure.savefig(
                    file, format=suffix[1:], metadata=metadata
                ),
            )
        # Everything is in its place now: another layout takes as long as the drawing.
        figure.set_layout_engine("none")
