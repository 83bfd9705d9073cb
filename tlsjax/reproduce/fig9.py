"""The paper's Fig. 9: density of states with the impurities hotter than the electrons."""

import numpy as np

from tlsjax.model.ensemble import TLSEnsemble
from tlsjax.model.occupations import EffectiveTemperature
from tlsjax.plotting.curves import draw_dos
from tlsjax.plotting.grids import energies_up_to
from tlsjax.plotting.style import new_figure, sequence
from tlsjax.real_axis.solve import solve_spectrum
from tlsjax.reproduce.paper import (
    ALPHA,
    ENERGY_LABEL,
    FAMILIES,
    T_OUT,
    TITLES,
    Table,
)

TLS_TEMPERATURES = (0.2, 0.5, 1.0, 1.5, 2.0, 2.5)


def compute(track):
    """Four distributions, each in equilibrium and with five hotter populations."""
    rows = []
    points = [(name, T_tls) for name in FAMILIES for T_tls in TLS_TEMPERATURES]
    for name, T_tls in track(points):
        # In equilibrium, too: one program for all.
        population = EffectiveTemperature(T_tls)
        ensemble = TLSEnsemble(ALPHA, FAMILIES[name])
        spectrum = solve_spectrum(ensemble, T_OUT, population).check()
        energy = energies_up_to(6.0, spectrum.energy)
        dos = np.asarray(spectrum.dos(energy))
        rows += [(name, T_tls, e, n) for e, n in zip(energy, dos, strict=True)]
    names = ("distribution", "Ttls_over_Tc0", "energy_over_kBTc0", "dos_over_Nf")
    comment = f"Fig. 9: density of states out of TLS equilibrium, T = {T_OUT} Tc0, alpha = {ALPHA}"
    return Table(names, rows, comment)


def draw(table):
    """A column for each distribution: linear and logarithmic."""
    figure, axes = new_figure(columns=4, rows=2, width=14.0, height=3.2)
    for column, name in enumerate(FAMILIES):
        curves = []
        for T_tls, color in zip(TLS_TEMPERATURES, sequence(len(TLS_TEMPERATURES)), strict=True):
            energy, dos = table.where(distribution=name, Ttls_over_Tc0=T_tls).values()
            curves.append((rf"$T_\mathrm{{tls}}={T_tls}$", energy, dos, color))
        draw_dos(axes[0, column], curves, energy_label=ENERGY_LABEL, title=TITLES[name])
        draw_dos(axes[1, column], curves, energy_label=ENERGY_LABEL, log=True, floor=1e-6)
    axes[0, 0].legend(title=rf"$T={T_OUT}\,T_{{c0}}$", fontsize=8, loc="upper right")
    return figure
