"""A host with its own phonons and Coulomb repulsion: Eliashberg theory."""

import warnings
from pathlib import Path
from typing import Self

import jax
import jax.numpy as jnp
from numpy.typing import ArrayLike

from tlsjax.core.batching import Vector, over_batches
from tlsjax.core.pytrees import parameters
from tlsjax.core.validation import Rule, require
from tlsjax.io.alpha2F import read_alpha2F, require_columns
from tlsjax.model.allen_dynes import allen_dynes
from tlsjax.model.baths import Bath
from tlsjax.model.distributions.spectral_function import SpectralFunction
from tlsjax.model.hosts import Closure, Host
from tlsjax.model.occupations import Oscillator

# Default cutoff of mu*, in units of the last phonon: what most published mu* refer to.
_CUTOFF = 10.0


@parameters(vectors=("energy", "alpha2F"))
class StrongCouplingHost(Host):
    """A superconductor with its own phonons: isotropic Eliashberg theory with mu*.

    Everything is in the unit of ``energy``: meV after `read`, and then temperatures are energies
    ``k_B T`` in meV too.

    Parameters
    ----------
    energy, alpha2F : (N,)
        The function alpha^2F through points; linear between them, ``~ E^2`` below the first, zero
        above the last. ``energy`` is positive and ascending.
    mu_star : float
        Coulomb repulsion at the cutoff, from 0 to below 1.
    cutoff : float, optional
        Energy to which ``mu_star`` belongs, not below the last phonon; default: ten times the
        last energy with a non-zero alpha^2F. Another cutoff means
        ``1/mu*' = 1/mu* - ln(cutoff'/cutoff)``. The equations themselves run to infinity.

    Notes
    -----
    ``order_parameter`` of the solutions is the gap function ``Delta_0 = Delta~_0/Z_0`` at the
    lowest Matsubara frequency; the gap at real energies is `Spectrum.gap_edge`.

    Examples
    --------
    >>> import numpy as np, tlsjax as tls
    >>> E = np.linspace(0.1, 10.0, 100)
    >>> lead = tls.StrongCouplingHost(E, 0.9 * np.exp(-((E - 4.4) ** 2)), mu_star=0.1)
    >>> Tc = tls.critical_temperature(tls.Superconductor(host=lead))
    >>> print(f"lambda = {lead.coupling:.4f}, Tc = {tls.units.convert(Tc, 'meV', 'K'):.4f} K")
    lambda = 0.7456, Tc = 2.3786 K
    """

    energy: jax.Array
    alpha2F: jax.Array
    mu_star: float
    cutoff: float | None = None

    number_names = ("mu_star",)

    def rules(self) -> tuple:
        require_columns(self.energy, self.alpha2F)
        spectrum = SpectralFunction(self.energy, self.alpha2F)
        text = "from 0 to below 1"
        repulsion = Rule("mu_star", text, (self.mu_star,), lambda mu: (mu >= 0) & (mu < 1))
        rules = (*spectrum.rules(("energy", "alpha2F")), repulsion)
        if self.cutoff is None:
            return rules
        text = "not below the last phonon"
        last = jnp.asarray(self.energy)[..., -1]
        beyond = Rule("cutoff", text, (self.cutoff, last), lambda c, E: c >= E, ("energy[-1]",))
        return (*rules, beyond)

    def baths(self) -> tuple:
        return (Bath(1.0, SpectralFunction(self.energy, self.alpha2F), Oscillator()),)

    def closure(self) -> Closure:
        return Closure(-(1 + self.mu_star * self.log_cutoff()), self.mu_star)

    def log_cutoff(self) -> jax.Array:
        cutoff = self.cutoff
        if cutoff is None:
            present = jnp.asarray(self.alpha2F) > 0
            cutoff = _CUTOFF * jnp.max(jnp.where(present, jnp.asarray(self.energy), 0.0))
        return jnp.log(2 * jnp.exp(jnp.euler_gamma) / jnp.pi * cutoff)

    def repulsion(self) -> ArrayLike:
        return self.mu_star

    @property
    def coupling(self) -> jax.Array:
        """``lambda = 2 int alpha^2F/E dE``, the mass enhancement."""
        return self._moments()[0]

    @property
    def omega_log(self) -> jax.Array:
        """``exp[(2/lambda) int (alpha^2F/E) ln E dE]``."""
        coupling, logarithm, _ = self._moments()
        return jnp.exp(logarithm / coupling)

    @property
    def omega_2(self) -> jax.Array:
        """``[(2/lambda) int alpha^2F E dE]^(1/2)``."""
        coupling, _, square = self._moments()
        return jnp.sqrt(square / coupling)

    def _moments(self):
        def one(energy, alpha2F):
            E, weight = SpectralFunction(energy, alpha2F).nodes()
            share = 2 * weight / E
            return jnp.sum(share), jnp.sum(share * jnp.log(E)), jnp.sum(share * E**2)

        return over_batches(
            lambda e, a: one(e.values, a.values), Vector(self.energy), Vector(self.alpha2F)
        )

    def allen_dynes(self) -> jax.Array:
        """Tc by the formula of Allen and Dynes: an estimate to compare with."""
        return allen_dynes(self.coupling, self.omega_log, self.omega_2, self.mu_star)

    @classmethod
    def read(
        cls,
        path: str | Path,
        mu_star: ArrayLike = 0.0,
        *,
        unit: str | None = None,
        cutoff: float | None = None,
        column: int | str = 2,
    ) -> Self:
        """A host from a file with energies and alpha^2F in columns; energies become meV.

        Rows at or below zero energy are left out, equal energies merged, small negative values
        set to zero; a `UserWarning` says what was done, and whether coupling or energies are so
        unusual that the unit may be another.

        Parameters
        ----------
        path : str or Path
        mu_star : float
        unit : str, optional
            Of the energies: "meV", "THz", "cm-1" or "Ry"; default: that of their column's name
            (``omega_THz``), or meV. Another than the name has is refused.
        cutoff : float, optional
            In meV.
        column : int or str
            Of alpha^2F, by number from 1 or by name.
        """
        table = read_alpha2F(path, unit, column)
        host = cls(table.energy, table.alpha2F, mu_star, cutoff)
        require(*host.rules())
        said = [*table.said, *unusual(float(host.coupling), float(host.omega_log), table.unit)]
        if said:
            warnings.warn(f"{path}: {'; '.join(said)}.", stacklevel=2)
        return host


def unusual(coupling, mean, unit):
    """Sentences where lambda or omega_log (meV) speaks against the unit of the energies."""
    if not 0.05 <= coupling <= 10:
        yield f"lambda = {coupling:.3g} is unusual, is alpha^2F a function of energies in {unit}?"
    if not 0.5 <= mean <= 300:
        yield f"omega_log = {mean:.3g} meV is unusual, are the energies in {unit}?"
