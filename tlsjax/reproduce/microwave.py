"""What the paper announces for later: R_s and Q of niobium at 1.3 GHz, its impurities in
equilibrium, hotter than the electrons, and with a hole burnt at the frequency of the field."""

import numpy as np

from tlsjax.core.units import convert
from tlsjax.microwave.cavity import Cavity
from tlsjax.microwave.heating import solve_heating_power
from tlsjax.microwave.material import Material
from tlsjax.microwave.surface import solve_surface_impedance
from tlsjax.model.burnt_hole import BurntHole
from tlsjax.model.distributions.glass import Glass
from tlsjax.model.ensemble import TLSEnsemble
from tlsjax.model.hosts import WeakCouplingHost
from tlsjax.model.superconductor import Superconductor
from tlsjax.plotting.style import BLACK, BLUE, GREEN, ORANGE, RED, new_figure
from tlsjax.real_axis.solve import solve_spectrum
from tlsjax.reproduce.paper import Table

# Kelvin, nm, GHz and ohms; a cavity of usual purity, with no other resistance.
HOST = WeakCouplingHost(Tc0=9.25, gap_ratio=3.8)
METAL = Material(lambda_L0=32.0, mean_free_path=100.0, xi0=40.0)
FREQUENCY, CAVITY = 1.3, Cavity(geometry_factor=270.0)
# As much coupling as notebook 02 estimates for 0.1 at.% of hydrogen, in splittings from zero up:
# those of one tunnel splitting, of kelvins, would have none at the field's frequency.
ALPHA, SPLITTINGS = 0.68, Glass(Ec=20.0)
# Half width of one system, kelvin (h times 20 MHz), and power over critical power.
LINEWIDTH, SATURATION = 1e-3, 100.0
TEMPERATURES = (1.0, 1.15, 1.35, 1.6, 2.0, 2.7, 4.2, 6.0, 8.5)
# alpha, T_tls (None: that of the electrons), saturation, label, colour, line.
STATES = {
    "clean": (0.0, None, 0.0, "no TLS", BLACK, ":"),
    "equilibrium": (ALPHA, None, 0.0, "equilibrium", BLUE, "-"),
    "burnt-hole": (ALPHA, None, SATURATION, "burnt hole", ORANGE, "--"),
    "hot-6K": (ALPHA, 6.0, 0.0, r"$T_\mathrm{tls}=6$ K", GREEN, "-"),
    "hot-12K": (ALPHA, 12.0, 0.0, r"$T_\mathrm{tls}=12$ K", RED, "-"),
}


def compute(track):
    """Five states at nine temperatures, all by the same programs: without impurities alpha is 0,
    without a field the saturation."""
    T = np.array(TEMPERATURES)
    photon = convert(FREQUENCY, "GHz", "K")
    rows = []
    for name in track(STATES):
        alpha, T_tls, saturation, *_ = STATES[name]
        # Never colder than the electrons.
        hot = T if T_tls is None else np.maximum(T, T_tls)
        full = np.ones_like(T)
        population = BurntHole(photon * full, LINEWIDTH * full, saturation * full, hot)
        sample = Superconductor((TLSEnsemble(alpha * full, SPLITTINGS),), HOST)
        spectrum = solve_spectrum(sample, T, population).check()
        found = solve_surface_impedance(spectrum, FREQUENCY, METAL).check()
        quality = CAVITY.losses(found.impedance).quality_factor
        heating = solve_heating_power(spectrum).check().power
        columns = (T, HOST.Tc0 / T, hot, found.resistance, found.resistance_error, quality, heating)
        rows += [(name, *map(float, row)) for row in zip(*columns, strict=True)]
    names = (
        "state", "T_K", "Tc0_over_T", "T_tls_K", "R_s_ohm", "R_s_error_ohm", "Q",
        "heating_power_over_Nf_K3_per_hbar",
    )  # fmt: skip
    comment = (
        f"Surface resistance and quality factor of niobium at {FREQUENCY} GHz, Tc0 = {HOST.Tc0} K, "
        f"2 Delta/k_B Tc0 = {HOST.gap_ratio}, mean free path {METAL.mean_free_path} nm, "
        f"G = {CAVITY.geometry_factor} ohm; glass with alpha = {ALPHA} K, Ec = {SPLITTINGS.Ec} K; "
        f"hole of width {LINEWIDTH} K, saturation {SATURATION}"
    )
    return Table(names, rows, comment)


def draw(table):
    """R_s against Tc0/T and Q against T, both logarithmic."""
    figure, ((left, right),) = new_figure(columns=2, width=9.0, height=3.8)
    for name, (*_, label, color, line) in STATES.items():
        curve = table.where(state=name)
        style = {"color": color, "linestyle": line, "label": label, "marker": "o", "markersize": 3}
        left.plot(curve["Tc0_over_T"], 1e9 * curve["R_s_ohm"], **style)
        right.plot(curve["T_K"], curve["Q"], **style)
    left.set(
        xlabel=r"$T_{c0}\,/\,T$", yscale="log",
        ylabel=r"Surface resistance $R_s$ (n$\Omega$)",
        title=rf"Nb, {FREQUENCY} GHz, $\alpha={ALPHA}$ K",
    )  # fmt: skip
    right.set(
        xlabel="Temperature $T$ (K)", ylabel="Quality factor $Q=G/R_s$", yscale="log",
        title=rf"$G={CAVITY.geometry_factor:g}\ \Omega$",
    )  # fmt: skip
    right.legend()
    return figure
