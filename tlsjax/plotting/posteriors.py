"""Draws of parameters: every pair of them, and the curves that they make."""

import numpy as np

from tlsjax.plotting.fits import channels_of, draw_overlay, draw_residuals
from tlsjax.plotting.style import BLACK, BLUE, ORANGE, new_figure

# Points of a scatter beyond which more would only make a blot, and bins of a histogram.
_SHOWN, _BINS = 2000, 40
_INTERVAL = (2.5, 97.5)


def corner_figure(draws):
    """Histograms on the diagonal, pairs below it, the fit's values as lines."""
    names, x = draws.names, draws.pooled
    count = len(names)
    figure, axes = new_figure(count, count, width=max(3.6, 2.3 * count), height=max(2.0, 2.3))
    shown = x[:: max(1, len(x) // _SHOWN)]
    # A few draws far out would make the rest a dot.
    ends = np.percentile(x, (0.2, 99.8), axis=0).T
    for row in range(count):
        for column in range(count):
            ax = axes[row, column]
            if column > row:
                ax.set_visible(False)
                continue
            if column == row:
                ax.hist(x[:, row], bins=_BINS, range=ends[row], color=BLUE, density=True, alpha=0.7)
                for end in np.percentile(x[:, row], _INTERVAL):
                    ax.axvline(end, color=BLACK, linewidth=0.8, linestyle=":")
                ax.set_yticks([])
            else:
                ax.plot(shown[:, column], shown[:, row], ".", color=BLUE, markersize=2, alpha=0.25)
                ax.axhline(draws.result[names[row]], color=ORANGE, linewidth=1.0)
                ax.set_ylim(*ends[row])
            ax.axvline(draws.result[names[column]], color=ORANGE, linewidth=1.0)
            ax.set_xlim(*ends[column])
            ax.tick_params(labelsize=7)
            ax.locator_params(nbins=4)
            if row == count - 1:
                ax.set_xlabel(_label(draws, column))
            if column == 0:
                ax.set_ylabel(_label(draws, row) if row else "Density")
    lines = [
        (ORANGE, "-", "fit"), (BLACK, ":", "95 %"),
    ]  # fmt: skip
    handles = [
        axes[0, 0].plot([], [], color=color, linestyle=style, linewidth=1.0)[0]
        for color, style, _ in lines
    ]
    figure.legend(handles, [name for *_, name in lines], loc="upper right")
    return figure


def _label(draws, index):
    name = draws.names[index]
    unit = draws.result.parameters[name].unit
    return f"{name} ({unit})" if unit else name


def predictive_figure(draws):
    """The data over the band in which 95 % of the curves are, and both less the fit: a column for
    each quantity of each data set."""
    sets = zip(draws.result.datasets, draws.result.predictions, draws.predictions, strict=True)
    parts = [
        (data, channel, points, curves[:, channel.rows])
        for data, fitted, curves in sets
        for channel, points in channels_of(data, fitted)
    ]
    count = len(parts)
    figure, axes = new_figure(columns=count, rows=2, width=5.2 * count, height=2.6)
    for (above, below), (data, channel, points, curves) in zip(axes.T, parts, strict=True):
        _, x, _, _, fitted = points
        order = np.argsort(x, kind="stable")
        draw_overlay(above, [points], x_label="", y_label=channel.y_label, log=channel.log)
        draw_residuals(below, [points], x_label=data.x_label, log=channel.log)
        low, high = np.percentile(curves, _INTERVAL, axis=0)
        left = [end / fitted - 1 if channel.log else end - fitted for end in (low, high)]
        for ax, (a, b) in ((above, (low, high)), (below, left)):
            ax.fill_between(
                x[order], a[order], b[order], color=ORANGE, alpha=0.5, linewidth=0,
                label="95 % of the curves", zorder=1,
            )  # fmt: skip
        above.legend()
    return figure
