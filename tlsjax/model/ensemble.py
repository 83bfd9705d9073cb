"""The impurity ensemble: how many, how strong, how split."""

from typing import Any

from tlsjax.core.pytrees import parameters
from tlsjax.core.validation import fail, non_negative
from tlsjax.model.distributions.base import require_distribution


@parameters
class TLSEnsemble:
    """Two-level systems in a superconductor.

    Parameters
    ----------
    alpha : float
        ``hbar/(2 pi tau_in k_B Tc0)``, the inelastic scattering rate; zero or more.
    splittings : a distribution
        Of the level splittings, energies in units of ``k_B Tc0``.
    elastic_rate : float, optional
        ``hbar/(2 pi tau_el k_B Tc0)`` from scattering that leaves the impurity in its
        level (and from any other non-magnetic disorder). By Anderson's theorem it
        rescales the self energies and changes neither Tc nor Delta. None (default) is
        zero, and no leaf of the pytree.
    """

    alpha: float
    splittings: Any
    elastic_rate: float | None = None

    def rules(self):
        require_distribution("splittings", self.splittings)
        rules = (non_negative("alpha", self.alpha), *self.splittings.rules())
        if self.elastic_rate is None:
            return rules
        return (*rules, non_negative("elastic_rate", self.elastic_rate))


def require_ensemble(value):
    """Raise unless ``value`` is a `TLSEnsemble`."""
    if not isinstance(value, TLSEnsemble):
        fail("ensemble", "a tlsjax.TLSEnsemble", repr(value))
