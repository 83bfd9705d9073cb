"""The paper's figures of TLS equilibrium: 5 to 7."""

import jax
import numpy as np

from tlsjax.core.status import raise_unless_ok
from tlsjax.curves import gap_curve, induced_curve, temperatures_below
from tlsjax.io.files import write_csv
from tlsjax.matsubara.critical_temperature import critical_temperature
from tlsjax.matsubara.literature import weak_coupling_critical_temperature
from tlsjax.model.distributions.paper import DeltaFunction
from tlsjax.model.ensemble import TLSEnsemble
from tlsjax.model.occupations import Thermal
from tlsjax.plotting.style import BLACK, BLUE, ORANGE, gap_axes, new_figure, save
from tlsjax.real_axis.solve import solve_spectrum
from tlsjax.reproduce.paper import COLORS, CONTINUOUS, DELTA_LABEL, T_LABEL, TITLES, write_rows

ALPHAS = (0.5, 1.0)


def figure5(stem, track):
    """Distributions of tunnel splittings (Eqs. 58, 59, 61)."""
    E = np.unique(np.concatenate([np.geomspace(1e-3, 4, 400), np.linspace(0, 4, 801)]))
    columns = {"E_over_kBTc0": E.tolist()}
    figure, ((axes,),) = new_figure()
    for name, splittings in track(CONTINUOUS.items()):
        density = np.asarray(splittings.pdf(E))
        columns[f"p_{name}"] = density.tolist()
        axes.plot(E, density, color=COLORS[name], label=TITLES[name])
    axes.set(
        xlabel=r"Splitting $E\,/\,k_\mathrm{B}T_{c0}$",
        ylabel=r"Density $p(E)\;k_\mathrm{B}T_{c0}$",
        yscale="log", xlim=(0, 4), ylim=(1e-3, 20),
    )  # fmt: skip
    axes.legend()
    write_csv(stem.with_suffix(".csv"), columns, "Fig. 5: normalised p(E), E in k_B Tc0")
    save(figure, stem)


def _curve(ensemble):
    Tc = float(critical_temperature(ensemble))
    T = temperatures_below(Tc)
    delta, _, status = gap_curve(ensemble, T)
    raise_unless_ok(status, "Order parameter")
    return T, np.asarray(delta), Tc


def _real_axis_marks(ensemble, T):
    """Order parameter from the gap equation on the real axis (Fig. 6's crosses)."""
    spectra = [solve_spectrum(ensemble, t).check() for t in T]
    return [float(spectrum.real_axis_order_parameter) for spectrum in spectra]


def figure6(stem, track):
    """Order parameter against temperature (Eqs. 48-51), three distributions; glass at alpha = 1
    from the real axis too."""
    clean_T, clean, _ = _curve(TLSEnsemble(0.0, CONTINUOUS["glass"]))
    rows = [("clean", 0.0, T, delta) for T, delta in zip(clean_T, clean, strict=True)]
    figure, ((*panels,),) = new_figure(columns=3)
    for (name, splittings), axes in zip(track(CONTINUOUS.items()), panels, strict=True):
        curves = [("clean", clean_T, clean)]
        for alpha in ALPHAS:
            T, delta, Tc = _curve(TLSEnsemble(alpha, splittings))
            label = rf"$\alpha={alpha}$, $T_c={Tc:.3f}\,T_{{c0}}$"
            curves.append((label, T, delta))
            rows += [(name, alpha, t, d) for t, d in zip(T, delta, strict=True)]
        gap_axes(axes, curves, T_label=T_LABEL, gap_label=DELTA_LABEL, title=TITLES[name])
        if name == "glass":
            crossed = Tc * np.array([0.15, 0.3, 0.45, 0.6, 0.7, 0.8, 0.9, 0.96])
            marks = _real_axis_marks(TLSEnsemble(1.0, splittings), crossed)
            axes.plot(crossed, marks, "x", color=BLACK, label=r"real axis, $\alpha=1$", zorder=5)
            axes.legend(loc="lower left")
            rows += [("glass, real axis", 1.0, t, d) for t, d in zip(crossed, marks, strict=True)]
        axes.set(xlim=(0, 1.2), ylim=(0, 2.3))
    names = ("distribution", "alpha", "T_over_Tc0", "Delta_over_kBTc0")
    write_rows(stem, names, rows, "Fig. 6: equilibrium order parameter")
    save(figure, stem)


def figure7(stem, track):
    """Tc induced by the impurities alone (Eqs. 67, 70, 72) against their splitting."""
    E = np.concatenate([np.geomspace(0.002, 0.1, 40)[:-1], np.linspace(0.1, 1.5, 141)])
    numeric = []
    for chunk in track(np.array_split(E, 6)):
        transition = induced_curve(DeltaFunction(chunk), Thermal())
        raise_unless_ok(transition.status, "Induced transition temperature")
        numeric += np.asarray(transition.temperature).tolist()
    weak = np.asarray(jax.vmap(weak_coupling_critical_temperature)(E)).tolist()
    figure, ((axes,),) = new_figure()
    axes.plot(E, numeric, color=BLUE, label="Full equations (Eq. 70)")
    axes.plot(E, weak, color=ORANGE, linestyle="--", label="Weak coupling (Eq. 72)")
    peak = int(np.argmax(numeric))
    axes.plot(E[peak], numeric[peak], "o", color=BLACK, markersize=4)
    axes.annotate(
        f"$E={E[peak]:.2f}$, $T_c={numeric[peak]:.4f}$",
        (E[peak], numeric[peak]), xytext=(6, 6), textcoords="offset points",
    )  # fmt: skip
    axes.set(
        xlabel=r"Splitting $E\,/\,(\hbar/\tau_\mathrm{in})$",
        ylabel=r"Induced $k_\mathrm{B}T_c\,/\,(\hbar/\tau_\mathrm{in})$",
        xlim=(0, 1.5), ylim=(0, 0.13),
    )  # fmt: skip
    axes.legend()
    columns = {"E_tau_over_hbar": E.tolist(), "Tc_full": numeric, "Tc_weak_coupling": weak}
    comment = "Fig. 7: induced Tc, delta distribution; E and k_B Tc in hbar/tau_in"
    write_csv(stem.with_suffix(".csv"), columns, comment)
    save(figure, stem)
