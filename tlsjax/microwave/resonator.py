"""From a surface impedance to the quality factor and the frequency of a thin-film resonator."""

import jax.numpy as jnp
from numpy.typing import ArrayLike

from tlsjax.core.pytrees import parameters
from tlsjax.core.validation import Rule, fail, non_negative, require
from tlsjax.microwave.dielectric import DielectricTLS
from tlsjax.microwave.terms import Losses, Shift


@parameters
class Resonator:
    """A resonator of superconducting film, with or without two-level systems in its dielectric.

    Parameters
    ----------
    kinetic_fraction : float
        ``alpha_k``, share of the inductance that is the film's, between 0 and 1, at the
        temperature that shifts are counted from.
    residual : float
        ``1/Q_i`` that does not depend on temperature.
    dielectric : DielectricTLS, optional

    Examples
    --------
    >>> import tlsjax as tls
    >>> oxide = tls.DielectricTLS(loss_tangent=1e-6)
    >>> film = tls.Resonator(kinetic_fraction=0.1, dielectric=oxide)
    >>> found = film.losses(1e-6 - 0.02j, T=0.1, frequency=5.0)
    >>> print(f"{found.electrons:.2e} + {found.dielectric:.2e}, Q_i = {found.quality_factor:.2e}")
    5.00e-06 + 8.34e-07, Q_i = 1.71e+05
    """

    kinetic_fraction: ArrayLike
    residual: ArrayLike = 0.0
    dielectric: DielectricTLS | None = None

    def rules(self) -> tuple:
        """Domains of the parameters."""
        if not isinstance(self.dielectric, DielectricTLS | None):
            fail("dielectric", "a tlsjax.DielectricTLS, or None", repr(self.dielectric))
        text, share = "between 0 and 1", self.kinetic_fraction
        within = Rule("kinetic_fraction", text, (share,), lambda x: (x >= 0) & (x <= 1))
        return within, non_negative("residual", self.residual)

    def losses(
        self,
        impedance: ArrayLike,
        T: ArrayLike | None = None,
        frequency: ArrayLike | None = None,
        photons: ArrayLike = 0.0,
    ) -> Losses:
        """`Losses` from ``Z = R_s - i X_s`` of any shape: ``alpha_k R_s/X_s`` and the dielectric's.

        ``T`` in K, ``frequency`` in GHz and the number of ``photons`` are the dielectric's.
        """
        require(*self.rules())
        impedance = jnp.asarray(impedance)
        electrons = self.kinetic_fraction * impedance.real / -impedance.imag
        own = 0.0
        if self.dielectric is not None:
            _require_given(T, frequency)
            own = self.dielectric.loss(T, frequency, photons)
        return Losses(electrons, self.residual + 0 * electrons, own + 0 * electrons)

    def shift(
        self,
        impedance: ArrayLike,
        reference: ArrayLike,
        T: ArrayLike | None = None,
        frequency: ArrayLike | None = None,
        T_reference: ArrayLike | None = None,
    ) -> Shift:
        """`Shift` from where the impedance is ``reference`` (the dielectric at ``T_reference``; at
        T = 0 if that is None): ``df/f = -(alpha_k/2) dX_s/X_s``, for small changes."""
        require(*self.rules())
        reference = jnp.asarray(reference)
        change = jnp.imag(jnp.asarray(impedance) - reference) / jnp.imag(reference)
        electrons = -self.kinetic_fraction / 2 * change
        own = 0.0
        if self.dielectric is not None:
            _require_given(T, frequency)
            own = self.dielectric.shift(T, frequency)
            if T_reference is not None:
                own = own - self.dielectric.shift(T_reference, frequency)
        return Shift(electrons, own + 0 * electrons)


def _require_given(T, frequency):
    for name, value in (("T", T), ("frequency", frequency)):
        if value is None:
            fail(name, "given for the loss and the shift of the dielectric", "None")
