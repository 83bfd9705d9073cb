"""An ensemble of tunnelling impurities: how many, how strong, how split."""

from tlsjax.core.pytrees import parameters
from tlsjax.core.validation import fail, non_negative, positive
from tlsjax.model.distributions.base import Distribution, require_distribution


@parameters
class TLSEnsemble:
    """Two-level systems in a superconductor.

    Parameters
    ----------
    alpha : float
        ``hbar/(2 pi tau_in)``, the inelastic scattering rate, zero or more, in the
        superconductor's unit of energy (``k_B Tc0`` by default).
    splittings : a distribution
        Of the level splittings, energies in the same unit.
    elastic_rate : float, optional
        ``hbar/(2 pi tau_el)`` from scattering that leaves the impurity in its level. By
        Anderson's theorem it rescales the self energies and changes neither Tc nor Delta. None
        (default) is zero, and no leaf of the pytree.
    density : float, optional
        ``n/N_f``, the number of impurities over the density of states of one spin, an energy in the
        same unit. Only what the impurities' own levels have (`solve_thermodynamics`) depends on it.
    """

    alpha: float
    splittings: Distribution
    elastic_rate: float | None = None
    density: float | None = None

    def rules(self) -> tuple:
        """Domains of the parameters; raises for what is no distribution."""
        require_distribution("splittings", self.splittings)
        rules = (non_negative("alpha", self.alpha), *self.splittings.rules())
        if self.elastic_rate is not None:
            rules = (*rules, non_negative("elastic_rate", self.elastic_rate))
        if self.density is not None:
            rules = (*rules, positive("density", self.density))
        return rules


def require_ensemble(name, value):
    """Raise unless ``value`` is a `TLSEnsemble`."""
    if not isinstance(value, TLSEnsemble):
        fail(name, "a tlsjax.TLSEnsemble", repr(value))
