"""The paper's Fig. 6: order parameter against temperature (Eqs. 48-51), three distributions."""

import numpy as np

from tlsjax.contour.order_parameter import order_parameter
from tlsjax.matsubara.critical_temperature import critical_temperature
from tlsjax.model.ensemble import TLSEnsemble
from tlsjax.plotting.curves import draw_gaps
from tlsjax.plotting.grids import temperatures_below
from tlsjax.plotting.style import BLACK, new_figure
from tlsjax.real_axis.solve import solve_spectrum
from tlsjax.reproduce.paper import (
    CONTINUOUS,
    DELTA_LABEL,
    T_LABEL,
    TITLES,
    Table,
)

ALPHAS = (0.5, 1.0)
_MARKS = "glass, real axis"


def _curve(ensemble):
    T = temperatures_below(float(critical_temperature(ensemble)))
    return zip(T, np.asarray(order_parameter(ensemble, T)), strict=True)


def compute(track):
    """Clean curve, alpha = 0.5 and 1.0, and for the glass the real axis's own gap equation."""
    rows = [("clean", 0.0, *point) for point in _curve(TLSEnsemble(0.0, CONTINUOUS["glass"]))]
    for name, splittings in track(CONTINUOUS.items()):
        for alpha in ALPHAS:
            rows += [(name, alpha, *point) for point in _curve(TLSEnsemble(alpha, splittings))]
    glass = TLSEnsemble(1.0, CONTINUOUS["glass"])
    crossed = np.array([0.15, 0.3, 0.45, 0.6, 0.7, 0.8, 0.9, 0.96])
    for T in float(critical_temperature(glass)) * crossed:
        marked = solve_spectrum(glass, T).check().real_axis_order_parameter
        rows.append((_MARKS, 1.0, T, float(marked)))
    names = ("distribution", "alpha", "T_over_Tc0", "Delta_over_kBTc0")
    return Table(names, rows, "Fig. 6: equilibrium order parameter")


def draw(table):
    """One panel for each distribution."""
    figure, ((*panels,),) = new_figure(columns=3)
    clean = table.where(distribution="clean", alpha=0.0).values()
    for name, ax in zip(CONTINUOUS, panels, strict=True):
        curves = [("clean", *clean)]
        for alpha in ALPHAS:
            T, delta = table.where(distribution=name, alpha=alpha).values()
            label = rf"$\alpha={alpha}$, $T_c={T[-1]:.3f}\,T_{{c0}}$"
            curves.append((label, T, delta))
        draw_gaps(ax, curves, T_label=T_LABEL, gap_label=DELTA_LABEL, title=TITLES[name])
        if name == "glass":
            marks = table.where(distribution=_MARKS, alpha=1.0).values()
            ax.plot(*marks, "x", color=BLACK, label=r"real axis, $\alpha=1$", zorder=5)
            ax.legend(loc="lower left")
        ax.set(xlim=(0, 1.2), ylim=(0, 2.3))
    return figure
