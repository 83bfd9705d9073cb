"""Random ensembles over the whole range the package claims."""

import numpy as np
import pytest

import tlsjax as tls

# Twice as many frequencies, four times the nodes and a far longer tail of splittings.
FINE = tls.compact_axis(1e8, 1e-11, order=40, far=1e8)

CLASSES = {
    "delta": tls.DeltaFunction,
    "glass": tls.Glass,
    "lorentzian": tls.Lorentzian,
    "wipf-neumaier": tls.WipfNeumaier,
    "modified-wipf-neumaier": tls.ModifiedWipfNeumaier,
}


def parameters(kind, rng, size=None, largest=5.0, widest=1.0):
    """Splitting parameters: J from 0.01, widths from 1e-3."""
    J = 10 ** rng.uniform(-2, np.log10(largest), size)
    sigma = 10 ** rng.uniform(-3, np.log10(widest), size)
    delta = 10 ** rng.uniform(-3, -1, size)
    return {
        "delta": (J,),
        "glass": (2 * J,),
        "lorentzian": (J, sigma),
        "wipf-neumaier": (J, sigma),
        "modified-wipf-neumaier": (J, np.maximum(J, sigma), delta),
    }[kind]


def batch(kind, rng, size, largest_alpha=10.0):
    """A `TLSEnsemble` of arrays."""
    splittings = CLASSES[kind](*parameters(kind, rng, size, largest=10.0, widest=30.0))
    alpha = rng.uniform(0, largest_alpha, size) * rng.integers(0, 2, size) + rng.random(size)
    return tls.TLSEnsemble(alpha, splittings)


def kinds(*every_run):
    """All distributions for a test; those not named here in the long run only."""
    long = pytest.mark.slow
    return [pytest.param(k, marks=[] if k in every_run else [long]) for k in CLASSES]
