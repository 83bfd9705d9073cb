"""The paper's Fig. 1: a double well, its two lowest states and the tunnel splitting (Eq. 3)."""

import numpy as np

from tlsjax.microscopic.materials import MASS_H
from tlsjax.microscopic.wells import DoubleWell, solve_well
from tlsjax.plotting.style import BLACK, BLUE, RED, new_figure
from tlsjax.reproduce.paper import Table

# The paper's figure is schematic. Here: hydrogen, wells as far apart as neighbouring
# tetrahedral sites of niobium, and a barrier low enough for J to be seen in the picture.
WELL = DoubleWell(mass=MASS_H, barrier=60.0, distance=1.17)
# Height of the wave functions in the picture, meV.
_HEIGHT = 12.0


def compute(track):
    """Potential, ground and excited state."""
    (levels,) = track([solve_well(WELL, basis=512)])
    X = np.asarray(levels.X)
    shown = np.abs(X) < 1.2
    waves = np.asarray(levels.wave_functions)[:2, shown]
    columns = (X[shown], np.asarray(WELL.potential(X))[shown], *waves)
    names = ("X_angstrom", "U_meV", "phi_g_per_sqrt_angstrom", "phi_e_per_sqrt_angstrom")
    energies = ", ".join(f"{float(E):.6g}" for E in levels.energy[:2])
    comment = f"Fig. 1: hydrogen, barrier 60 meV, J = {float(levels.J):.6g} meV, E = {energies} meV"
    return Table(names, list(zip(*columns, strict=True)), comment)


def draw(table):
    """One panel."""
    X, U, *waves = table.where().values()
    energies = table.comment.partition("E = ")[2].removesuffix(" meV").split(", ")
    scale = _HEIGHT / np.abs(waves[0]).max()
    figure, ((ax,),) = new_figure()
    ax.plot(X, U, color=BLACK, label="$U(X)$")
    styles = {"g": (BLUE, "-"), "e": (RED, "--")}
    for (name, (color, style)), level, wave in zip(styles.items(), energies, waves, strict=True):
        ax.axhline(float(level), color=color, linewidth=0.8, alpha=0.6)
        ax.plot(
            X, float(level) + scale * wave, color=color, linestyle=style,
            label=rf"$\varphi_{name}(X)$",
        )  # fmt: skip
    half = WELL.distance / 2
    ax.annotate("", (-half, 4), (half, 4), arrowprops={"arrowstyle": "<->"})
    ax.text(0, 5, f"$a={WELL.distance:g}$ Å", ha="center")
    ax.set(xlabel="Position $X$ (Å)", ylabel="Energy (meV)", xlim=(-1.2, 1.2), ylim=(0, 90))
    ax.set_title(f"Hydrogen, $J={float(energies[1]) - float(energies[0]):.3g}$ meV", fontsize=10)
    ax.legend(loc="upper center", ncols=3)
    return figure
