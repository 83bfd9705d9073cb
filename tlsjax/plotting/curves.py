"""Order parameters over temperature and densities of states over energy, on given axes."""

from tlsjax.plotting.style import BLACK, CURVE_COLORS, LINE_STYLES, ORANGE

# Lines of the clean host, of which there may be several: at other frequencies, say.
_CLEAN = ("--", ":", "-.")


def draw_family(ax, curves, x_label, y_label):
    """Draw ``[(label, whether clean, x, y), ...]``: that of the clean host is black."""
    cleans = others = 0
    for label, clean, x, y in curves:
        if clean:
            style = {"color": BLACK, "linestyle": _CLEAN[cleans % len(_CLEAN)]}
        else:
            turn = others // len(CURVE_COLORS) % len(LINE_STYLES)
            color = CURVE_COLORS[others % len(CURVE_COLORS)]
            style = {"color": color, "linestyle": LINE_STYLES[turn]}
        ax.plot(x, y, label=label, zorder=3, **style)
        cleans, others = cleans + clean, others + (not clean)
    ax.set(xlabel=x_label, ylabel=y_label)
    ax.legend()


def draw_gaps(ax, curves, *, T_label, gap_label, title=None):
    """Draw ``[(label, T, Delta), ...]``; the first is the clean host, in black."""
    for index, (label, T, gap) in enumerate(curves):
        color = BLACK if index == 0 else CURVE_COLORS[(index - 1) % len(CURVE_COLORS)]
        style = "--" if index == 0 else LINE_STYLES[(index - 1) // len(CURVE_COLORS) % 4]
        ax.plot(T, gap, color=color, linestyle=style, label=label, zorder=3)
    ax.set(xlabel=T_label, ylabel=gap_label, title=title)
    ax.set_xlim(left=0)
    ax.set_ylim(bottom=0)
    ax.legend(loc="lower left")


def draw_points(ax, T, gap, error, label):
    """Measured points with their errors, if any."""
    ax.errorbar(
        T, gap, yerr=error, fmt="o", color=ORANGE, markeredgecolor=BLACK, markersize=4.5,
        linewidth=1.0, label=label, zorder=4,
    )  # fmt: skip
    ax.legend(loc="lower left")


def draw_dos(ax, curves, *, energy_label, log=False, title=None, floor=1e-4):
    """Draw ``[(label, energy, dos, color), ...]``, linear or logarithmic."""
    for label, energy, dos, color in curves:
        ax.plot(energy, dos, color=color, label=label, linewidth=1.3)
    ax.set(xlabel=energy_label, ylabel=r"Density of states $N/N_f$", title=title)
    ax.set_xlim(0, max(max(energy) for _, energy, _, _ in curves))
    if log:
        ax.set(yscale="log", ylim=(floor, 20))
    else:
        ax.set_ylim(0, 4)


def draw_derivatives(ax, curves, energy, alpha2F):
    """Draw ``[(label, energy, dTc/dalpha2F), ...]``, and the table alpha^2F for the eye."""
    highest = max(float(max(found)) for *_, found in curves)
    scale = 0.5 * highest / max(alpha2F)
    ax.fill_between(energy, scale * alpha2F, color="0.88", zorder=1)
    ax.plot([], [], color="0.88", linewidth=8, label=r"$\alpha^2F(\Omega)$, any scale")
    for index, (label, at, found) in enumerate(curves):
        ax.plot(
            at, found, color=CURVE_COLORS[index % len(CURVE_COLORS)],
            linestyle=LINE_STYLES[index // len(CURVE_COLORS) % 4], label=label or "host", zorder=3,
        )  # fmt: skip
    ax.set(
        xlabel=r"Energy $\Omega$ (meV)",
        ylabel=r"$\delta k_\mathrm{B}T_c/\delta\alpha^2F(\Omega)$",
    )
    ax.set_xlim(left=0)
    ax.set_ylim(bottom=0)
    ax.legend()
