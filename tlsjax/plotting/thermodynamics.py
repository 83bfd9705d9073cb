"""Deviation function, specific heat and critical field over temperature, on given axes."""

from tlsjax.plotting.curves import draw_family


def draw_deviations(ax, curves):
    """Draw ``[(label, whether clean, t, D), ...]``."""
    squares = [(label, clean, t**2, D) for label, clean, t, D in curves]
    draw_family(ax, squares, r"$(T/T_c)^2$", r"Deviation $H_c/H_c(0) - [1-(T/T_c)^2]$")
    ax.axhline(0.0, color="0.6", linewidth=0.8, zorder=1)
    ax.set_xlim(0, 1)


def draw_specific_heats(ax, curves):
    """Draw ``[(label, whether clean, t, C/(gamma Tc)), ...]``, and the normal metal's."""
    draw_family(ax, curves, r"$T/T_c$", r"Specific heat $C/(\gamma T_c)$")
    highest = max(float(max(t)) for _, _, t, _ in curves)
    ax.plot([0, highest], [0, highest], color="0.6", linewidth=0.8, zorder=1)
    ax.text(0.35 * highest, 0.37 * highest, r"$\gamma T$", color="0.4", ha="right")
    ax.set_xlim(0, highest)
    ax.set_ylim(bottom=0)


def draw_critical_fields(ax, curves, *, T_label, field_label):
    """Draw ``[(label, whether clean, T, Hc), ...]``."""
    draw_family(ax, curves, T_label, field_label)
    ax.set_xlim(left=0)
    ax.set_ylim(bottom=0)
