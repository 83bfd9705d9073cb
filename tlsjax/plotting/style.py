"""Pictures of the results. The only module that knows matplotlib."""

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from tlsjax.io.files import write_atomically

# Okabe and Ito's palette: distinct for every common form of colour vision.
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
    """Figure and axes, (rows, columns), in the package's style."""
    with plt.rc_context(STYLE):
        size = (width or (5.0 if columns == 1 else 3.4 * columns), height * rows)
        return plt.subplots(rows, columns, figsize=size, layout="constrained", squeeze=False)


def sequence(count):
    """Colours of an ordered family, dark to light, even in lightness and colour-blind-safe."""
    return [plt.get_cmap("viridis")(0.9 * k / max(count - 1, 1)) for k in range(count)]


def save(figure, stem):
    """Write ``stem.png`` and ``stem.pdf``."""
    for suffix in (".png", ".pdf"):
        # The creation date would make every run a different file.
        metadata = {"CreationDate": None} if suffix == ".pdf" else None
        with plt.rc_context(STYLE):
            write_atomically(
                stem.with_suffix(suffix),
                lambda file, suffix=suffix, metadata=metadata: figure.savefig(
                    file, format=suffix[1:], metadata=metadata
                ),
            )
    plt.close(figure)


def gap_axes(axes, curves, *, T_label, gap_label, title=None):
    """Draw ``[(label, T, Delta), ...]``; the first is the clean host, in black."""
    for index, (label, T, gap) in enumerate(curves):
        color = BLACK if index == 0 else CURVE_COLORS[(index - 1) % len(CURVE_COLORS)]
        style = "--" if index == 0 else LINE_STYLES[(index - 1) // len(CURVE_COLORS) % 4]
        axes.plot(T, gap, color=color, linestyle=style, label=label, zorder=3)
    axes.set(xlabel=T_label, ylabel=gap_label, title=title)
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    axes.legend(loc="lower left")


def add_points(axes, T, gap, error, label):
    """Measured points with their errors, if any."""
    axes.errorbar(
        T, gap, yerr=error, fmt="o", color=ORANGE, markeredgecolor=BLACK, markersize=4.5,
        linewidth=1.0, label=label, zorder=4,
    )  # fmt: skip
    axes.legend(loc="lower left")


def fit_axes(axes, below, curves, *, x_label, y_label):
    """Points over their fit, and residuals below; ``[(label, x, y, error, model)]``."""
    for index, (label, x, y, error, model) in enumerate(curves):
        color = CURVE_COLORS[index % len(CURVE_COLORS)]
        axes.errorbar(
            x, y, yerr=error, fmt="o", color=color, markersize=3, linewidth=0.8, alpha=0.6,
            label=label,
        )  # fmt: skip
        order = x.argsort()
        name = "fit" if index == 0 else None
        axes.plot(x[order], model[order], color=BLACK, linewidth=1.4, zorder=4, label=name)
        below.plot(x, y - model, "o", color=color, markersize=2.5)
    below.axhline(0.0, color=BLACK, linewidth=1.0)
    axes.set(ylabel=y_label)
    below.set(xlabel=x_label, ylabel="Measured - fit")
    axes.legend()


def dos_axes(axes, curves, *, energy_label, log=False, title=None, floor=1e-4):
    """Draw ``[(label, energy, dos, color), ...]``, linear or logarithmic."""
    for label, energy, dos, color in curves:
        axes.plot(energy, dos, color=color, label=label, linewidth=1.3)
    axes.set(xlabel=energy_label, ylabel=r"Density of states $N/N_f$", title=title)
    axes.set_xlim(0, max(max(energy) for _, energy, _, _ in curves))
    if log:
        axes.set(yscale="log", ylim=(floor, 20))
    else:
        axes.set_ylim(0, 4)


def map_axes(figure, axes, x, y, values, label, missing, **limits):
    """Draw ``values`` (y, x) in colour, with a bar, and a cross where they are ``missing``."""
    mesh = axes.pcolormesh(
        x, y, values, shading="nearest", cmap="viridis", rasterized=True, **limits
    )
    figure.colorbar(mesh, ax=axes, label=label, extend="max" if "vmax" in limits else "neither")
    axes.grid(False)
    rows, columns = missing.nonzero()
    if rows.size:
        axes.plot(x[columns], y[rows], "x", color=RED, markersize=4, label="no answer")
        axes.legend(loc="upper right", frameon=True)
