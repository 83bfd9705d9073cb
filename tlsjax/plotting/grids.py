"""Where to compute a curve so that it looks right."""

import numpy as np


def temperatures_below(Tc, lowest=0.02, count=121):
    """Temperatures from ``lowest * Tc`` to Tc, dense below it, where Delta rises as a root."""
    x = np.linspace(1, 0, count) * np.sqrt(1 - lowest)
    return Tc * (1 - x**2)


def inverse_temperatures(Tc, most=7.0, count=24):
    """Temperatures down to ``Tc/most``, towards that even in ``Tc/T``, dense below Tc, where a
    surface resistance falls steeply, and three above it."""
    below = 1.001 + (most - 1.001) * np.linspace(0, 1, count) ** 1.7
    return Tc / np.append([0.9, 0.96, 0.999], below)


def energies_up_to(highest, nodes, count=601):
    """Energies up to ``highest``: the ``nodes`` below it, on which every peak shows, and even ones.

    Of the latter there are ``count``, and one more for each node that is above: as many energies
    for every spectrum, so that one program evaluates them all.
    """
    nodes = np.asarray(nodes)
    below = nodes[nodes < highest]
    return np.sort(np.append(below, np.linspace(0.0, highest, count + nodes.size - below.size)))
