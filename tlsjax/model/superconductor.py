"""A superconductor: its host, the impurities in it, and static scattering."""

import dataclasses
from typing import Any, Self

import numpy as np

from tlsjax.core.pytrees import parameters
from tlsjax.core.validation import fail
from tlsjax.model.baths import Bath
from tlsjax.model.ensemble import TLSEnsemble, require_ensemble
from tlsjax.model.hosts import Host, NoHost, WeakCouplingHost
from tlsjax.model.occupations import OccupationLike, as_occupations
from tlsjax.model.scattering import Scattering


@parameters
class Superconductor:
    """Everything that a solver needs to know but the temperature and the occupations.

    Parameters
    ----------
    impurities : tuple of TLSEnsemble
        Kinds of tunnelling impurities, each with its own rate and splittings; none by default.
    host : WeakCouplingHost, StrongCouplingHost or NoHost
        What pairs the electrons besides. It sets the unit of energy.
    scattering : Scattering
        Elastic and pair-breaking rates; none by default.

    Examples
    --------
    Hydrogen and oxygen in niobium, temperatures and energies in kelvin:

    >>> import tlsjax as tls
    >>> hydrogen = tls.TLSEnsemble(0.9, tls.DeltaFunction(2.3))
    >>> oxygen = tls.TLSEnsemble(0.5, tls.Glass(20.0))
    >>> niobium = tls.Superconductor((hydrogen, oxygen), tls.WeakCouplingHost(Tc0=9.25))
    >>> print(f"{tls.critical_temperature(niobium):.4f} K")
    9.3174 K
    """

    impurities: tuple = ()
    host: Host = WeakCouplingHost()
    scattering: Scattering = Scattering()

    def rules(self) -> tuple:
        """Domains of all parameters; raises for objects of the wrong kind."""
        if not isinstance(self.impurities, tuple):
            fail("impurities", "a tuple of tlsjax.TLSEnsemble", repr(self.impurities))
        for index, ensemble in enumerate(self.impurities):
            require_ensemble(f"impurities[{index}]", ensemble)
        if not isinstance(self.host, Host):
            fail("host", "a host such as WeakCouplingHost(Tc0=1.0)", repr(self.host))
        if not isinstance(self.scattering, Scattering):
            fail("scattering", "a tlsjax.Scattering", repr(self.scattering))
        if isinstance(self.host, NoHost) and not self.impurities:
            fail("impurities", "one ensemble or more where there is NoHost()", "an empty tuple")
        own = (rule for ensemble in self.impurities for rule in ensemble.rules())
        return (*self.host.rules(), *own, *self.scattering.rules())

    def baths(self, population: OccupationLike = None) -> tuple:
        """Every `Bath`: the host's, then each impurity ensemble's components."""
        occupations = as_occupations(population, len(self.impurities))
        own = [
            Bath(ensemble.alpha * weight, distribution, occupation)
            for ensemble, occupation in zip(self.impurities, occupations, strict=True)
            for weight, distribution in ensemble.splittings.components()
        ]
        return (*self.host.baths(), *own)

    @property
    def static(self) -> Scattering:
        """All static scattering together: the impurities scatter elastically too."""
        rates = [np.pi * e.elastic_rate for e in self.impurities if e.elastic_rate is not None]
        if self.scattering.elastic is not None:
            rates.append(self.scattering.elastic)
        return dataclasses.replace(self.scattering, elastic=sum(rates) if rates else None)

    def simplified(self) -> Self:
        """What solvers compile: without the terms that are known to be zero."""
        return dataclasses.replace(self, scattering=self.scattering.simplified())


# What callers may write for ``superconductor``.
SuperconductorLike = Superconductor | TLSEnsemble


def as_superconductor(value: Any) -> Superconductor:
    """``value`` as a `Superconductor`: a bare ensemble gets a clean BCS host with Tc0 = 1."""
    if isinstance(value, Superconductor):
        return value
    if isinstance(value, TLSEnsemble):
        return Superconductor((value,))
    text = "a tlsjax.Superconductor or a tlsjax.TLSEnsemble"
    return fail("superconductor", text, repr(value))
