"""What the paper's figures have in common: tables of numbers, distributions, labels."""

from typing import NamedTuple

import numpy as np

from tlsjax.model.distributions.glass import Glass
from tlsjax.model.distributions.lorentzian import Lorentzian
from tlsjax.model.distributions.single import DeltaFunction
from tlsjax.model.distributions.wipf_neumaier import ModifiedWipfNeumaier
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
# The paper does not print the couplings of Fig. 8 nor the one temperature of Fig. 9: alpha = 1
# and T = 0.2 Tc0, the upper end of the range it gives.
ALPHA, T_OUT = 1.0, 0.2


class Table(NamedTuple):
    """The numbers of a figure: what is drawn and what is written beside it, row by row."""

    names: tuple
    rows: list
    comment: str

    def where(self, **values):
        """Columns ``{name: array}`` of the rows with these values, those columns left out."""
        index = {name: self.names.index(name) for name in values}
        rows = [r for r in self.rows if all(r[index[n]] == v for n, v in values.items())]
        kept = [(i, name) for i, name in enumerate(self.names) if name not in values]
        return {name: np.array([row[i] for row in rows]) for i, name in kept}

    def values(self, name):
        """The different values of a column, in their order."""
        index = self.names.index(name)
        return list(dict.fromkeys(row[index] for row in self.rows))
