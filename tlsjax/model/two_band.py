"""Two superconductors behind one junction."""

from typing import Any

from tlsjax.core.pytrees import parameters
from tlsjax.core.validation import Rule
from tlsjax.model.superconductor import as_superconductor


@parameters
class TwoBand:
    """Two independent bands, gaps or grains that one junction sees side by side, for `fit`.

    ``N(epsilon) = (1 - weight) N_1(epsilon) + weight N_2(epsilon)``, and so for the conductance:
    each band tunnels by itself. The bands are those of Suhl, Matthias and Walker (Phys. Rev. Lett.
    3, 552, 1959) without what couples them: each has its own Tc0, and no pairs or electrons are
    scattered from one to the other.

    In fits the parameters of the first end in ``_1``, of the second in ``_2``, as ``Tc0_2`` and
    ``dynes_1``.

    Parameters
    ----------
    first, second : Superconductor or TLSEnsemble
        In one unit of energy, for fits meV.
    weight : float, from 0 to 1
        Share of the normal conductance that goes into the second.

    Examples
    --------
    >>> import tlsjax as tls
    >>> large, small = (tls.Superconductor(host=tls.WeakCouplingHost(Tc0)) for Tc0 in (0.6, 0.3))
    >>> tls.TwoBand(large, small, weight=0.2).weight
    0.2
    """

    first: Any
    second: Any
    weight: float = 0.5

    @property
    def bands(self) -> tuple:
        """Both superconductors."""
        return as_superconductor(self.first), as_superconductor(self.second)

    def rules(self) -> tuple:
        """Domains of all parameters; raises for objects of the wrong kind."""
        share = Rule("weight", "from 0 to 1", (self.weight,), lambda w: (w >= 0) & (w <= 1))
        return (share, *(rule for band in self.bands for rule in band.rules()))
