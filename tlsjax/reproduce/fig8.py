"""The paper's Fig. 8: density of states with one splitting, in equilibrium."""

import numpy as np

from tlsjax.model.distributions.single import DeltaFunction
from tlsjax.model.ensemble import TLSEnsemble
from tlsjax.plotting.curves import draw_dos
from tlsjax.plotting.grids import energies_up_to
from tlsjax.plotting.style import new_figure, sequence
from tlsjax.real_axis.solve import solve_spectrum
from tlsjax.reproduce.paper import ALPHA, ENERGY_LABEL, Table

SPLITTINGS = (0.5, 1.0, 1.5, 2.0, 2.5)
# Temperature, and where the logarithmic panel ends: at T = 0.2 the states below the edge are
# another four decades down.
PANELS = {0.5: 1e-3, 0.2: 1e-8}


def compute(track):
    """Five splittings at two temperatures."""
    rows = []
    for T, E0 in track([(T, E0) for T in PANELS for E0 in SPLITTINGS]):
        spectrum = solve_spectrum(TLSEnsemble(ALPHA, DeltaFunction(E0)), T).check()
        energy = energies_up_to(8.0, spectrum.energy)
        dos = np.asarray(spectrum.dos(energy))
        rows += [(T, E0, e, n) for e, n in zip(energy, dos, strict=True)]
    names = ("T_over_Tc0", "E0_over_kBTc0", "energy_over_kBTc0", "dos_over_Nf")
    comment = f"Fig. 8: density of states, delta distributions, alpha = {ALPHA}"
    return Table(names, rows, comment)


def draw(table):
    """A row for each temperature: linear and logarithmic."""
    figure, axes = new_figure(columns=2, rows=2, width=9.0, height=3.2)
    for panels, (T, floor) in zip(axes, PANELS.items(), strict=True):
        curves = []
        for E0, color in zip(SPLITTINGS, sequence(len(SPLITTINGS)), strict=True):
            energy, dos = table.where(T_over_Tc0=T, E0_over_kBTc0=E0).values()
            curves.append((rf"$E_0={E0}$", energy, dos, color))
        title = rf"$T={T}\,T_{{c0}}$"
        draw_dos(panels[0], curves, energy_label=ENERGY_LABEL, title=title)
        draw_dos(panels[1], curves, energy_label=ENERGY_LABEL, log=True, title=title, floor=floor)
        panels[0].legend()
    return figure
