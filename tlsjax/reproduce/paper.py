"""What the paper's figures have in common: distributions, couplings, labels."""

from tlsjax.io.files import write_csv
from tlsjax.model.distributions.paper import DeltaFunction, Glass, Lorentzian, ModifiedWipfNeumaier
from tlsjax.plotting.style import BLUE, GREEN, ORANGE, RED

# Fig. 5's distributions, energies in k_B Tc0.
CONTINUOUS = {
    "glass": Glass(Ec=3.0),
    "lorentzian": Lorentzian(J=1.0, sigma=0.1),
    "modified-wipf-neumaier": ModifiedWipfNeumaier(J=0.1, sigma=0.1, delta=0.01),
}
FAMILIES = {"delta": DeltaFunction(E0=1.0), **CONTINUOUS}
TITLES = {
    "delta": "Delta function, $E_0=1$",
    "glass": "Glass",
    "lorentzian": "Lorentzian",
    "modified-wipf-neumaier": "Modified Wipf-Neumaier",
}
COLORS = {
    "delta": ORANGE,
    "glass": BLUE,
    "lorentzian": RED,
    "modified-wipf-neumaier": GREEN,
}
ENERGY_LABEL = r"Energy $\varepsilon\,/\,k_\mathrm{B}T_{c0}$"
DELTA_LABEL = r"Order parameter $\Delta\,/\,k_\mathrm{B}T_{c0}$"
T_LABEL = r"Temperature $T\,/\,T_{c0}$"


def write_rows(stem, names, rows, comment):
    """CSV beside a picture, from rows."""
    columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    write_csv(stem.with_suffix(".csv"), columns, comment)
