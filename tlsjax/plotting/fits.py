"""Overlay and residuals of a fit."""

from tlsjax.plotting.style import fit_axes, new_figure, save


def draw_fit(stem, result):
    """Write ``stem.png`` and ``.pdf``: one column for each kind of data."""
    kinds = list(dict.fromkeys(data.kind for data in result.datasets))
    figure, axes = new_figure(columns=len(kinds), rows=2, width=5.2 * len(kinds), height=2.6)
    for column, kind in enumerate(kinds):
        curves = []
        for data, model in zip(result.datasets, result.predictions, strict=True):
            if data.kind == kind:
                # Error bars on hundreds of points would only hide the fit.
                error = None if data.error is None or data.y.size > 60 else data.error
                curves.append((data.label, data.x, data.y, error, model))
                labels = {"x_label": data.x_label, "y_label": data.y_label}
        fit_axes(axes[0, column], axes[1, column], curves, **labels)
    save(figure, stem)
