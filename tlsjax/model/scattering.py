"""Static scattering: elastic, magnetic, and the pair breaking of Dynes."""

from typing import Self

import numpy as np

from tlsjax.core.pytrees import parameters
from tlsjax.core.validation import is_known, non_negative


@parameters
class Scattering:
    """Rates ``Gamma = hbar/2 tau`` in the superconductor's unit of energy.

    Parameters
    ----------
    elastic : float
        ``epsilon~ += Gamma g, Delta~ += Gamma f``: by Anderson's theorem it changes neither Tc nor
        Delta nor the density of states, but matters for the response to fields.
    magnetic : float
        ``epsilon~ += Gamma g, Delta~ -= Gamma f``: scattering by magnetic impurities (Abrikosov and
        Gor'kov). Tc falls as ``ln(Tc0/Tc) = psi(1/2 + 2 Gamma/2 pi Tc) - psi(1/2)``.
    dynes : float
        ``epsilon~ += i Gamma`` in the propagators: the broadening of Dynes, as a pair-breaking
        rate (Herman and Hlubina). Tc falls as ``psi(1/2 + Gamma/2 pi Tc) - psi(1/2)``.
    """

    elastic: float = 0.0
    magnetic: float = 0.0
    dynes: float = 0.0

    def rules(self) -> tuple:
        """Domains of the rates."""
        names = ("elastic", "magnetic", "dynes")
        given = ((name, getattr(self, name)) for name in names)
        return tuple(non_negative(name, value) for name, value in given if value is not None)

    def simplified(self) -> Self:
        """The same with None for rates that are known to be zero: they need no equations."""

        def rate(value):
            return None if value is None or (is_known(value) and not np.any(value)) else value

        return Scattering(rate(self.elastic), rate(self.magnetic), rate(self.dynes))
