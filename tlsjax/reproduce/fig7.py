"""The paper's Fig. 7: Tc induced by the impurities alone against their splitting."""

import numpy as np

from tlsjax.matsubara.induced import induced_critical_temperature
from tlsjax.matsubara.literature import weak_coupling_critical_temperature
from tlsjax.model.distributions.single import DeltaFunction
from tlsjax.plotting.style import BLACK, BLUE, ORANGE, new_figure
from tlsjax.reproduce.paper import Table


def compute(track):
    """Full equations (Eqs. 67, 70) and weak coupling (Eq. 72)."""
    E = np.concatenate([np.geomspace(0.002, 0.1, 40)[:-1], np.linspace(0.1, 1.5, 141)])
    numeric = []
    for chunk in track(np.array_split(E, 6)):
        numeric += np.asarray(induced_critical_temperature(DeltaFunction(chunk))).tolist()
    weak = np.asarray(weak_coupling_critical_temperature(E)).tolist()
    names = ("E_tau_over_hbar", "Tc_full", "Tc_weak_coupling")
    comment = "Fig. 7: induced Tc, delta distribution; E and k_B Tc in hbar/tau_in"
    return Table(names, list(zip(E, numeric, weak, strict=True)), comment)


def draw(table):
    """One panel, the peak marked."""
    E, numeric, weak = table.where().values()
    figure, ((ax,),) = new_figure()
    ax.plot(E, numeric, color=BLUE, label="Full equations (Eq. 70)")
    ax.plot(E, weak, color=ORANGE, linestyle="--", label="Weak coupling (Eq. 72)")
    peak = int(np.argmax(numeric))
    ax.plot(E[peak], numeric[peak], "o", color=BLACK, markersize=4)
    ax.annotate(
        f"$E={E[peak]:.2f}$, $T_c={numeric[peak]:.4f}$",
        (E[peak], numeric[peak]), xytext=(6, 6), textcoords="offset points",
    )  # fmt: skip
    ax.set(
        xlabel=r"Splitting $E\,/\,(\hbar/\tau_\mathrm{in})$",
        ylabel=r"Induced $k_\mathrm{B}T_c\,/\,(\hbar/\tau_\mathrm{in})$",
        xlim=(0, 1.5), ylim=(0, 0.13),
    )  # fmt: skip
    ax.legend()
    return figure
