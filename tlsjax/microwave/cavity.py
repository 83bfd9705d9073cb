"""From a surface impedance to the quality factor and the frequency of a cavity."""

import jax.numpy as jnp
from numpy.typing import ArrayLike

from tlsjax.core.pytrees import parameters
from tlsjax.core.validation import non_negative, positive, require
from tlsjax.microwave.surface import SurfaceImpedance
from tlsjax.microwave.terms import Losses, Shift


@parameters
class Cavity:
    """A cavity whose walls have the same impedance everywhere.

    Parameters
    ----------
    geometry_factor : float
        ``G`` in ohms, some 270 of elliptical cavities: ``Q = G/R_s``.
    residual : float
        Surface resistance in ohms that does not depend on temperature.

    Examples
    --------
    >>> import numpy as np, tlsjax as tls
    >>> cavity = tls.Cavity(geometry_factor=270.0, residual=5e-9)
    >>> print(f"{cavity.losses(10e-9 - 4.3e-4j).quality_factor:.2e}")
    1.80e+10
    >>> print(f"{cavity.shift(10e-9 - 4.5e-4j, reference=9e-9 - 4.3e-4j).total:.2e}")
    -3.70e-08
    """

    geometry_factor: ArrayLike
    residual: ArrayLike = 0.0

    def rules(self) -> tuple:
        """Domains of the parameters."""
        return positive("geometry_factor", self.geometry_factor), non_negative(
            "residual", self.residual
        )

    def losses(self, impedance: ArrayLike) -> Losses:
        """`Losses` from ``Z = R_s - i X_s`` in ohms, any shape: ``1/Q = (R_s + R_res)/G``."""
        require(*self.rules())
        R = jnp.asarray(impedance).real
        return Losses(R / self.geometry_factor, self.residual / self.geometry_factor + 0 * R, 0 * R)

    def quality_factor(self, found: SurfaceImpedance) -> tuple:
        """``Q`` of a solved surface impedance, and its estimated error."""
        Q = self.losses(found.impedance).quality_factor
        return Q, Q**2 * found.resistance_error / self.geometry_factor

    def shift(self, impedance: ArrayLike, reference: ArrayLike) -> Shift:
        """`Shift` from where the impedance is ``reference``: ``df/f = -dX_s/2G``."""
        require(*self.rules())
        # ``Z = R - i X``.
        change = jnp.asarray(impedance) - jnp.asarray(reference)
        found = jnp.imag(change) / (2 * self.geometry_factor)
        return Shift(found, 0 * found)
