"""The paper's Fig. 1: a double well, its two lowest states and the tunnel splitting."""

import numpy as np

from tlsjax.io.files import write_csv
from tlsjax.microscopic.materials import MASS_H
from tlsjax.microscopic.wells import DoubleWell, solve_well
from tlsjax.plotting.style import BLACK, BLUE, RED, new_figure, save

# The paper's figure is schematic. Here: hydrogen, wells as far apart as neighbouring
# tetrahedral sites of niobium, and a barrier low enough for J to be seen in the picture.
WELL = DoubleWell(mass=MASS_H, barrier=60.0, distance=1.17)
# Height of the wave functions in the picture, meV.
_HEIGHT = 12.0


def figure1(stem, track):
    """Potential, ground and excited state (Eq. 3)."""
    (levels,) = track([solve_well(WELL, basis=512)])
    X = np.asarray(levels.X)
    U = np.asarray(WELL.potential(X))
    shown = np.abs(X) < 1.2
    scale = _HEIGHT / np.abs(levels.wave_functions[0]).max()
    figure, ((axes,),) = new_figure()
    axes.plot(X[shown], U[shown], color=BLACK, label="$U(X)$")
    columns = {"X_angstrom": X[shown].tolist(), "U_meV": U[shown].tolist()}
    names = {"g": (BLUE, "-"), "e": (RED, "--")}
    for (name, (color, style)), level, wave in zip(
        names.items(), np.asarray(levels.energy), np.asarray(levels.wave_functions), strict=False
    ):
        axes.axhline(level, color=color, linewidth=0.8, alpha=0.6)
        axes.plot(
            X[shown], level + scale * wave[shown], color=color, linestyle=style,
            label=rf"$\varphi_{name}(X)$",
        )  # fmt: skip
        columns[f"phi_{name}_per_sqrt_angstrom"] = wave[shown].tolist()
    half = WELL.distance / 2
    axes.annotate("", (-half, 4), (half, 4), arrowprops={"arrowstyle": "<->"})
    axes.text(0, 5, f"$a={WELL.distance:g}$ Å", ha="center")
    axes.set(xlabel="Position $X$ (Å)", ylabel="Energy (meV)", xlim=(-1.2, 1.2), ylim=(0, 90))
    axes.set_title(f"Hydrogen, $J={float(levels.J):.3g}$ meV", fontsize=10)
    axes.legend(loc="upper center", ncols=3)
    about = f"Fig. 1: hydrogen, barrier 60 meV, J = {float(levels.J):.6g} meV"
    write_csv(stem.with_suffix(".csv"), columns, about)
    save(figure, stem)
