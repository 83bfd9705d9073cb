"""Overlay and residuals of a fit, and models side by side."""

from tlsjax.plotting.style import BLACK, BLUE, CURVE_COLORS, SKY, axes_or_new, new_figure


def draw_overlay(ax, curves, *, x_label, y_label):
    """Points over their fit; ``[(label, x, y, error, model)]``."""
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
    ax.legend()


def draw_residuals(ax, curves, *, x_label):
    """What is left of the points after the fit."""
    for index, (_, x, y, _, model) in enumerate(curves):
        color = CURVE_COLORS[index % len(CURVE_COLORS)]
        ax.plot(x, y - model, "o", color=color, markersize=2.5)
    ax.axhline(0.0, color=BLACK, linewidth=1.0)
    ax.set(xlabel=x_label, ylabel="Measured - fit")


def curves_of(result):
    """``{kind: (curves, x_label, y_label)}`` of a `FitResult`."""
    kinds = {}
    for data, model in zip(result.datasets, result.predictions, strict=True):
        curves, *_ = kinds.setdefault(data.kind, ([], data.x_label, data.y_label))
        # Error bars on hundreds of points would only hide the fit.
        error = None if data.error is None or data.y.size > 60 else data.error
        curves.append((data.label, data.x, data.y, error, model))
    return kinds


def fit_figure(result):
    """A figure with one column for each kind of data: overlay, and residuals below."""
    kinds = curves_of(result)
    figure, axes = new_figure(columns=len(kinds), rows=2, width=5.2 * len(kinds), height=2.6)
    for column, (curves, x_label, y_label) in enumerate(kinds.values()):
        draw_overlay(axes[0, column], curves, x_label="", y_label=y_label)
        draw_residuals(axes[1, column], curves, x_label=x_label)
    return figure


def plot_fit(ax, result):
    """The overlay of the first kind of data on the user's axes."""
    ax = axes_or_new(ax)
    curves, x_label, y_label = next(iter(curves_of(result).values()))
    draw_overlay(ax, curves, x_label=x_label, y_label=y_label)
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
