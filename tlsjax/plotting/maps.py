"""A function of two parameters in colour, on given axes."""

from tlsjax.plotting.style import RED


def draw_map(figure, ax, x, y, values, label, missing, **limits):
    """Draw ``values`` (y, x) in colour, with a bar, and a cross where they are ``missing``."""
    mesh = ax.pcolormesh(x, y, values, shading="nearest", cmap="viridis", rasterized=True, **limits)
    figure.colorbar(mesh, ax=ax, label=label, extend="max" if "vmax" in limits else "neither")
    ax.grid(False)
    rows, columns = missing.nonzero()
    if rows.size:
        ax.plot(x[columns], y[rows], "x", color=RED, markersize=4, label="no answer")
        ax.legend(loc="upper right", frameon=True)
