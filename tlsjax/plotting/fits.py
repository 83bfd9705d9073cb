"""Overlay and residuals of a fit, and models side by side."""

from tlsjax.plotting.style import BLACK, BLUE, CURVE_COLORS, SKY, axes_or_new, new_figure


def draw_overlay(ax, curves, *, x_label, y_label, log=False):
    """Points over their fit; ``[(label, x, y, error, model)]``, on powers of ten if ``log``."""
    for index, (label, x, y, error, model) in enumerate(curves):
        color = CURVE_COLORS[index % len(CURVE_COLORS)]
        ax.errorbar(
            x, y, yerr=error, fmt="o", color=color, markersize=3, linewidth=0.8, alpha=0.6,
            label=label,
        )  # fmt: skip
        order = x.argsort()
        name = "fit" if index == 0 else None
        ax.plot(x[order], model[order], color=BLACK, linewidth=1.4, zorder=4, label=name)
    ax.set(xlabel=x_label, ylabel=y_label)
    if log:
        ax.set_yscale("log")
    ax.legend()


def draw_residuals(ax, curves, *, x_label, log=False):
    """What is left of the points after the fit; a share of it if ``log``."""
    for index, (_, x, y, _, model) in enumerate(curves):
        color = CURVE_COLORS[index % len(CURVE_COLORS)]
        left = y / model - 1 if log else y - model
        ax.plot(x, left, "o", color=color, markersize=2.5)
    ax.axhline(0.0, color=BLACK, linewidth=1.0)
    ax.set(xlabel=x_label, ylabel="Measured/fit - 1" if log else "Measured - fit")


def curves_of(result):
    """``{kind and quantity: (curves, x_label, y_label, log)}`` of a `FitResult`."""
    kinds = {}
    for data, model in zip(result.datasets, result.predictions, strict=True):
        for channel, curve in channels_of(data, model):
            entry = ([], data.x_label, channel.y_label, channel.log)
            curves, *_ = kinds.setdefault((data.kind, channel.name), entry)
            curves.append(curve)
    return kinds


def channels_of(data, model):
    """``(channel, (label, x, y, error, model))`` of each quantity of a data set."""
    for channel in data.channels:
        rows, y = channel.rows, data.y[channel.rows]
        # Error bars on hundreds of points would only hide the fit.
        error = None if data.error is None or y.size > 60 else data.error[rows]
        yield channel, (data.label, data.x[rows], y, error, model[rows])


def fit_figure(result):
    """A figure with one column for each quantity: overlay, and residuals below."""
    kinds = curves_of(result)
    figure, axes = new_figure(columns=len(kinds), rows=2, width=5.2 * len(kinds), height=2.6)
    for column, (curves, x_label, y_label, log) in enumerate(kinds.values()):
        draw_overlay(axes[0, column], curves, x_label="", y_label=y_label, log=log)
        draw_residuals(axes[1, column], curves, x_label=x_label, log=log)
    return figure


def plot_fit(ax, result):
    """The overlay of the first quantity on the user's axes."""
    ax = axes_or_new(ax)
    curves, x_label, y_label, log = next(iter(curves_of(result).values()))
    draw_overlay(ax, curves, x_label=x_label, y_label=y_label, log=log)
    return ax


def draw_comparison(ax, names, aic, decides):
    """Bars of how far each model's AICc is above the best, and from where on it is excluded."""
    ax = axes_or_new(ax)
    colors = [BLUE if above < decides else SKY for above in aic]
    ax.barh(range(len(names)), aic, color=colors)
    # Some are above by thousands, others by one.
    ax.set_xscale("symlog", linthresh=decides, linscale=2)
    ax.set_xlim(left=0)
    ax.axvline(decides, color=BLACK, linewidth=1.0, linestyle="--", label="excluded from here on")
    ax.set_yticks(range(len(names)), names)
    ax.invert_yaxis()
    ax.set(xlabel="AICc above the best model's")
    ax.legend()
    return ax
