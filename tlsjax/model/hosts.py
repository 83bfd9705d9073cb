"""What pairs the electrons besides the impurities: a host.

A host adds one constant ``s`` to every ``Delta_tilde_n``, and one equation for it, its closure:

    c_0 s + c_1 { s ln T - pi T sum_n [f_n - s/|epsilon_n|] } = 0.

``(c_0, c_1) = (-ln Tc0, 1)`` is the BCS gap equation, ``(1, 0)`` no constant pairing at all. It is
the only place where the theory meets a scale of energy: everything else is in units of pi T.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from tlsjax.core.constants import WEAK_COUPLING_GAP_RATIO
from tlsjax.core.pytrees import parameters
from tlsjax.core.validation import Rule, positive

# ln(cutoff/Tc0) of the cutoff model that the search for a weak-coupling Tc uses in place of the
# gap equation. Any number above the largest ln(Tc/Tc0) gives the same Tc.
_LOG_CUTOFF = 10.0


class Closure(NamedTuple):
    """Coefficients of the host's equation, see the module.

    constant, pairing : ``c_0`` and ``c_1``.
    stretch : ``(gap_ratio/3.53)^2`` of a host with a gap ratio of its own, or None.
    """

    constant: float
    pairing: float
    stretch: float | None = None


class Host:
    """Base of the hosts."""

    # Whether ``order_parameter`` means the constant s (else the gap function at pi T).
    reports_constant = False
    # Parameters that are single numbers, for scans and fits.
    number_names: tuple = ()

    def rules(self) -> tuple:
        """Domains of the parameters."""
        return ()

    def baths(self) -> tuple:
        """The host's own bosons."""
        return ()

    def closure(self) -> Closure:
        """Coefficients of the equation for the constant part of ``Delta_tilde``."""
        raise NotImplementedError(f"{type(self).__name__}.closure")

    def log_cutoff(self):
        """Logarithm of an energy above every Tc, to which the search for Tc cuts off; or None."""
        return

    def repulsion(self):
        """mu* at the cutoff, for estimates."""
        return 0.0

    def energy_scale(self):
        """An energy of the size of the host's own Tc, or None if it has none."""
        return


@parameters
class WeakCouplingHost(Host):
    """A BCS superconductor: a constant attraction, fixed by its transition temperature.

    Closes the equations with the BCS gap equation (paper, Eq. 51),
    ``Delta ln(T/Tc0) = pi T sum_n [f_n - Delta/|epsilon_n|]``.

    Parameters
    ----------
    Tc0 : float
        Transition temperature without impurities. It sets the unit of every energy and
        temperature: 1 (default), or kelvin, or meV.
    gap_ratio : float, optional
        ``2 Delta(0)/(k_B Tc0)`` without impurities. Weak coupling has 3.53; real hosts have more
        (Nb 3.8 to 4.2, Pb 4.4). A number stretches the clean Delta(T) by ``gap_ratio/3.53`` at
        every temperature and leaves Tc0 as it is. Energies of impurities are not
        stretched. A `StrongCouplingHost` does this from first principles.
    """

    Tc0: float = 1.0
    gap_ratio: float | None = None

    reports_constant = True
    number_names = ("Tc0", "gap_ratio")

    def rules(self) -> tuple:
        rules = (positive("Tc0", self.Tc0),)
        if self.gap_ratio is None:
            return rules
        text = "between 1 and 20"
        within = Rule("gap_ratio", text, (self.gap_ratio,), lambda r: (r > 1) & (r < 20))
        return (*rules, within)

    def gap_at_zero(self) -> ArrayLike:
        """``Delta`` at T = 0 without impurities."""
        ratio = WEAK_COUPLING_GAP_RATIO if self.gap_ratio is None else self.gap_ratio
        return ratio / 2 * self.Tc0

    def closure(self) -> Closure:
        stretch = None
        if self.gap_ratio is not None:
            stretch = (self.gap_ratio / WEAK_COUPLING_GAP_RATIO) ** 2
        return Closure(-jnp.log(self.Tc0), 1.0, stretch)

    def log_cutoff(self) -> jax.Array:
        return jnp.log(self.Tc0) + _LOG_CUTOFF

    def energy_scale(self) -> ArrayLike:
        return self.Tc0


@parameters
class NoHost(Host):
    """No pairing but that of the impurities (paper, Eqs. 63-72)."""

    def closure(self) -> Closure:
        return Closure(np.ones(()), 0.0)
