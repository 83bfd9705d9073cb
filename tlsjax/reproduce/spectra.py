"""The paper's figures of spectra, and one of our own."""

import numpy as np

from tlsjax.curves import drawn_energies
from tlsjax.model.distributions.paper import DeltaFunction
from tlsjax.model.ensemble import TLSEnsemble
from tlsjax.model.occupations import EffectiveTemperature, Thermal
from tlsjax.plotting.style import dos_axes, new_figure, save, sequence
from tlsjax.real_axis.solve import solve_spectrum
from tlsjax.reproduce.paper import COLORS, ENERGY_LABEL, FAMILIES, TITLES, write_rows

ALPHA = 1.0
# The paper does not print the couplings of Fig. 8 nor the one temperature of Fig. 9: alpha = 1
# and T = 0.2 Tc0, the upper end of the range it gives.
T_OUT = 0.2
TLS_TEMPERATURES = (0.2, 0.5, 1.0, 1.5, 2.0, 2.5)
DELTA_SPLITTINGS = (0.5, 1.0, 1.5, 2.0, 2.5)


def figure8(stem, track):
    """Density of states with one splitting (delta distributions), in equilibrium."""
    figure, axes = new_figure(columns=2, rows=2, width=9.0, height=3.2)
    rows = []
    colors = sequence(len(DELTA_SPLITTINGS))
    for panels, T in zip(axes, (0.5, 0.2), strict=True):
        curves = []
        for E0, color in zip(track(DELTA_SPLITTINGS), colors, strict=True):
            spectrum = solve_spectrum(TLSEnsemble(ALPHA, DeltaFunction(E0)), T).check()
            energy = drawn_energies(spectrum, 8.0)
            dos = np.asarray(spectrum.dos(energy))
            curves.append((rf"$E_0={E0}$", energy, dos, color))
            rows += [(T, E0, e, n) for e, n in zip(energy, dos, strict=True)]
        title = rf"$T={T}\,T_{{c0}}$"
        dos_axes(panels[0], curves, energy_label=ENERGY_LABEL, title=title)
        # At T = 0.2 the states below the edge are another four decades down.
        floor = 1e-3 if T > 0.4 else 1e-8
        dos_axes(panels[1], curves, energy_label=ENERGY_LABEL, log=True, title=title, floor=floor)
        panels[0].legend()
    names = ("T_over_Tc0", "E0_over_kBTc0", "energy_over_kBTc0", "dos_over_Nf")
    write_rows(
        stem, names, rows, f"Fig. 8: density of states, delta distributions, alpha = {ALPHA}"
    )
    save(figure, stem)


def figure9(stem, track):
    """Density of states with the impurities hotter than the electrons."""
    figure, axes = new_figure(columns=4, rows=2, width=14.0, height=3.2)
    rows = []
    colors = sequence(len(TLS_TEMPERATURES))
    for column, (name, splittings) in enumerate(track(FAMILIES.items())):
        curves = []
        for T_tls, color in zip(TLS_TEMPERATURES, colors, strict=True):
            population = Thermal() if T_tls == T_OUT else EffectiveTemperature(T_tls)
            spectrum = solve_spectrum(TLSEnsemble(ALPHA, splittings), T_OUT, population).check()
            energy = drawn_energies(spectrum, 6.0)
            dos = np.asarray(spectrum.dos(energy))
            label = rf"$T_\mathrm{{tls}}={T_tls}$"
            curves.append((label, energy, dos, color))
            rows += [(name, T_tls, e, n) for e, n in zip(energy, dos, strict=True)]
        dos_axes(axes[0, column], curves, energy_label=ENERGY_LABEL, title=TITLES[name])
        dos_axes(axes[1, column], curves, energy_label=ENERGY_LABEL, log=True, floor=1e-6)
    axes[0, 0].legend(title=rf"$T={T_OUT}\,T_{{c0}}$", fontsize=8, loc="upper right")
    names = ("distribution", "Ttls_over_Tc0", "energy_over_kBTc0", "dos_over_Nf")
    comment = f"Fig. 9: density of states out of TLS equilibrium, T = {T_OUT} Tc0, alpha = {ALPHA}"
    write_rows(stem, names, rows, comment)
    save(figure, stem)


def figure_zero_energy(stem, track):
    """N(0), the states at the Fermi level, against the temperature of the impurities."""
    figure, ((axes,),) = new_figure()
    T_tls = np.geomspace(0.1, 20.0, 24)
    rows = []
    for name, splittings in track(FAMILIES.items()):
        ensemble = TLSEnsemble(ALPHA, splittings)

        def zero_energy(T, ensemble=ensemble):
            spectrum = solve_spectrum(ensemble, T_OUT, EffectiveTemperature(T)).check()
            return float(spectrum.dos(0.0))

        values = [zero_energy(T) for T in T_tls]
        limit = zero_energy(np.inf)
        axes.plot(T_tls, values, color=COLORS[name], label=TITLES[name])
        axes.axhline(limit, color=COLORS[name], linestyle=":", linewidth=1.2)
        rows += [(name, T, n) for T, n in zip([*T_tls, np.inf], [*values, limit], strict=True)]
    axes.axvline(T_OUT, color="0.5", linewidth=0.8)
    axes.annotate("equilibrium", (T_OUT, 1e-10), rotation=90, xytext=(3, 0), color="0.4",
                  textcoords="offset points", va="bottom", fontsize=8)  # fmt: skip
    axes.set(
        xlabel=r"Temperature of the impurities $T_\mathrm{tls}\,/\,T_{c0}$",
        ylabel=r"States at the Fermi level $N(0)\,/\,N_f$",
        xscale="log", yscale="log", ylim=(1e-11, 2),
    )  # fmt: skip
    axes.legend(title=rf"$T={T_OUT}\,T_{{c0}}$, $\alpha=1$; dotted: $T_\mathrm{{tls}}\to\infty$")
    comment = f"N(0)/N_f against T_tls, T = {T_OUT} Tc0, alpha = {ALPHA}"
    write_rows(stem, ("distribution", "Ttls_over_Tc0", "dos_at_0_over_Nf"), rows, comment)
    save(figure, stem)
