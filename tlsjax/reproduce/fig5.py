"""The paper's Fig. 5: distributions of tunnel splittings (Eqs. 58, 59, 61)."""

import numpy as np

from tlsjax.plotting.style import new_figure
from tlsjax.reproduce.paper import COLORS, CONTINUOUS, TITLES, Table


def compute(track):
    """The three normalised densities."""
    E = np.unique(np.concatenate([np.geomspace(1e-3, 4, 400), np.linspace(0, 4, 801)]))
    densities = [np.asarray(splittings.pdf(E)) for splittings in track(CONTINUOUS.values())]
    names = ("E_over_kBTc0", *(f"p_{name}" for name in CONTINUOUS))
    rows = list(zip(E, *densities, strict=True))
    return Table(names, rows, "Fig. 5: normalised p(E), E in k_B Tc0")


def draw(table):
    """One panel, logarithmic."""
    columns = table.where()
    figure, ((ax,),) = new_figure()
    for name in CONTINUOUS:
        ax.plot(
            columns["E_over_kBTc0"], columns[f"p_{name}"], color=COLORS[name], label=TITLES[name]
        )
    ax.set(
        xlabel=r"Splitting $E\,/\,k_\mathrm{B}T_{c0}$",
        ylabel=r"Density $p(E)\;k_\mathrm{B}T_{c0}$",
        yscale="log", xlim=(0, 4), ylim=(1e-3, 20),
    )  # fmt: skip
    ax.legend()
    return figure
