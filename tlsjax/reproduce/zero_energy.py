"""N(0), the states at the Fermi level, against the temperature of the impurities."""

import numpy as np

from tlsjax.model.ensemble import TLSEnsemble
from tlsjax.model.occupations import EffectiveTemperature
from tlsjax.plotting.style import new_figure
from tlsjax.real_axis.solve import solve_spectrum
from tlsjax.reproduce.paper import ALPHA, COLORS, FAMILIES, T_OUT, TITLES, Table


def compute(track):
    """Four distributions, from impurities colder than the electrons to infinite temperature."""
    temperatures = [*np.geomspace(0.1, 20.0, 24), np.inf]
    rows = []
    for name, splittings in track(FAMILIES.items()):
        ensemble = TLSEnsemble(ALPHA, splittings)
        for T_tls in temperatures:
            spectrum = solve_spectrum(ensemble, T_OUT, EffectiveTemperature(T_tls)).check()
            rows.append((name, T_tls, float(spectrum.dos(0.0))))
    names = ("distribution", "Ttls_over_Tc0", "dos_at_0_over_Nf")
    return Table(names, rows, f"N(0)/N_f against T_tls, T = {T_OUT} Tc0, alpha = {ALPHA}")


def draw(table):
    """One panel, logarithmic; the limit of infinite temperature dotted."""
    figure, ((ax,),) = new_figure()
    for name in FAMILIES:
        T_tls, dos = table.where(distribution=name).values()
        ax.plot(T_tls[:-1], dos[:-1], color=COLORS[name], label=TITLES[name])
        ax.axhline(dos[-1], color=COLORS[name], linestyle=":", linewidth=1.2)
    ax.axvline(T_OUT, color="0.5", linewidth=0.8)
    ax.annotate("equilibrium", (T_OUT, 1e-10), rotation=90, xytext=(3, 0), color="0.4",
                textcoords="offset points", va="bottom", fontsize=8)  # fmt: skip
    ax.set(
        xlabel=r"Temperature of the impurities $T_\mathrm{tls}\,/\,T_{c0}$",
        ylabel=r"States at the Fermi level $N(0)\,/\,N_f$",
        xscale="log", yscale="log", ylim=(1e-11, 2),
    )  # fmt: skip
    ax.legend(title=rf"$T={T_OUT}\,T_{{c0}}$, $\alpha=1$; dotted: $T_\mathrm{{tls}}\to\infty$")
    return figure
