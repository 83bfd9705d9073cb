"""The parameters of a fit: one line each, which of them are free, and what each data set sees.

``dynes_2@sweep`` is the ``dynes`` of the second band, as the data set ``sweep`` has it.
"""

import itertools
import re
from typing import NamedTuple

import numpy as np

from tlsjax.fitting.priors import Prior
from tlsjax.fitting.templates import ELECTRODE, OF_A_JUNCTION, OF_A_RESONATOR


def is_rate(name):
    """Whether a parameter is the coupling of some impurities."""
    return name.partition("@")[0].partition("_")[0] == "alpha"


def stem_of(name):
    """A parameter's name without data set, band and electrode: ``dynes`` of ``dynes_2@sweep``."""
    return without_band(name.partition("@")[0].removeprefix(ELECTRODE))


def without_band(name):
    """``dynes`` of ``dynes_2``."""
    return re.sub(r"_\d+$", "", name)


class Parameter(NamedTuple):
    """One line of a fit. ``tied`` is the name of what it equals, "T" the sample's temperature.

    ``prior`` is what the fit was told, ``weak`` what sampling assumes where it was told nothing.
    """

    name: str
    value: float
    lower: float
    upper: float
    free: bool
    tied: str | None = None
    unit: str = ""
    prior: Prior | None = None
    weak: Prior | None = None


class Layout(NamedTuple):
    """Static: names of the free parameters, ties, and each data set's ``(local, global)``."""

    free: tuple
    ties: tuple
    names: tuple

    def values(self, vector, fixed, datasets):
        """Parameters of every data set by local name."""
        table = {**fixed, **dict(zip(self.free, vector, strict=True))}
        ties = dict(self.ties)
        found = []
        for data, names in zip(datasets, self.names, strict=True):
            values = {}
            for local, name in names:
                source = ties.get(name, name)
                values[local] = data.T if source == "T" else table[source]
            found.append(values)
        return found

    def of_the_sample(self):
        """Which free parameters some solution depends on, in whichever data set."""
        ties, mappings = dict(self.ties), itertools.chain(*self.names)
        outer = (*OF_A_JUNCTION, *OF_A_RESONATOR)
        used = {ties.get(name, name) for local, name in mappings if local not in outer}
        return np.array([name in used for name in self.free], dtype=bool)
