"""Where to compute a curve so that it looks right."""

import numpy as np


def temperatures_below(Tc, lowest=0.02, count=121):
    """Temperatures from ``lowest * Tc`` to Tc, dense below it, where Delta rises as a root."""
    x = np.linspace(1, 0, count) * np.sqrt(1 - lowest)
    return Tc * (1 - x**2)


def inverse_temperatures(Tc, most=7.0, count=25):
    """Temperatures even in ``Tc/T``, from a little above Tc down to ``Tc/most``."""
    return Tc / np.linspace(0.95, most, count)


def energies_up_to(highest, nodes, count=601):
    """Energies up to ``highest``: even ones, and the ``nodes`` on which every peak shows."""
    nodes = np.asarray(nodes)
    return np.unique(np.append(nodes[nodes < highest], np.linspace(0.0, highest, count)))
