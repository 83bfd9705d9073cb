"""Pictures of scans over one or two parameters."""

import numpy as np

from tlsjax.core.status import is_ok
from tlsjax.plotting.maps import draw_map
from tlsjax.plotting.style import CURVE_COLORS, headline, new_figure, save, sequence

# Curves that can still be told apart; more are drawn as a map.
_MOST_CURVES = 12
# What is drawn of a scan, the first that it has.
_DRAWN = (
    "N", "Tc", "Delta", "N0", "Hc", "C", "sigma1", "R_s", "Q", "penetration_depth", "n_s",
)  # fmt: skip


def draw_scan(stem, dataset):
    """Write ``stem.png`` and ``.pdf`` where a picture shows the scan; returns what it wrote."""
    values = dataset[next(name for name in _DRAWN if name in dataset)]
    axes_of_points = dataset["status"].dims
    if "point" in axes_of_points or len(values.dims) > 2:
        return []
    if not all(_is_axis(dataset[name].values) for name in values.dims):
        return []
    figure, ((ax,),) = new_figure()
    failed = ~is_ok(dataset["status"].values)
    if len(values.dims) == 1:
        _curve(ax, dataset, values, failed)
    elif "energy" in values.dims and dataset.sizes[axes_of_points[0]] <= _MOST_CURVES:
        _family(ax, dataset, values)
    else:
        if "energy" in values.dims:
            failed = np.repeat(failed[:, None], values.shape[1], axis=1)
        _map(figure, ax, dataset, values, failed)
    headline(figure, dataset.title, size=8)
    save(figure, stem)
    return [stem.with_suffix(suffix) for suffix in (".png", ".pdf")]


def _is_axis(values):
    return values.size > 1 and np.isfinite(values).all() and (np.diff(values) > 0).all()


def _label(dataset, name):
    unit = dataset[name].attrs.get("units", "1")
    return name if unit == "1" else f"{name} ({unit})"


def _scale(values):
    """Logarithmic for values in a geometric series."""
    if values.size < 3 or values[0] <= 0:
        return "linear"
    ratios = values[1:] / values[:-1]
    return "log" if np.allclose(ratios, ratios[0]) and ratios[0] > 1.02 else "linear"


def _curve(ax, dataset, values, failed):
    (name,) = values.dims
    x = dataset[name].values
    ax.plot(x, values, ".-", color=CURVE_COLORS[0])
    if failed.any():
        level = np.full(int(failed.sum()), 0.02)
        ax.plot(
            x[failed], level, "x", color=CURVE_COLORS[1], label="no answer",
            transform=ax.get_xaxis_transform(),
        )  # fmt: skip
        ax.legend()
    ax.set(xlabel=_label(dataset, name), ylabel=_label(dataset, values.name), xscale=_scale(x))


def _family(ax, dataset, values):
    (name,) = dataset["status"].dims
    energy = dataset["energy"].values
    for color, x in zip(sequence(dataset.sizes[name]), dataset[name].values, strict=True):
        ax.plot(energy, values.sel({name: x}), color=color, label=f"{x:g}", linewidth=1.3)
    ax.set(xlabel=_label(dataset, "energy"), ylabel="N", xlim=(energy[0], energy[-1]), ylim=(0, 4))
    ax.legend(title=_label(dataset, name), fontsize=8)


def _map(figure, ax, dataset, values, failed):
    down, across = values.dims
    x, y = dataset[across].values, dataset[down].values
    # Of a density of states the peaks would leave no colours for the rest.
    limits = {"vmin": 0, "vmax": 2} if "energy" in values.dims else {}
    label = _label(dataset, values.name)
    draw_map(figure, ax, x, y, values.values, label, failed, **limits)
    ax.set(xlabel=_label(dataset, across), ylabel=_label(dataset, down))
    ax.set(xscale=_scale(x), yscale=_scale(y))
