"""One tunnelling atom: levels and wave functions of a double well (paper, Eqs. 3-5, Fig. 1).

Physical units: masses in u, energies in meV, lengths in angstrom.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.lax import stop_gradient
from numpy.typing import ArrayLike

from tlsjax.core.programs import program
from tlsjax.core.pytrees import parameters, register, show
from tlsjax.core.validation import Rule, fail, positive, require
from tlsjax.numerics.eigen import eigh

# hbar^2/(2 u angstrom^2) in meV (CODATA 2018).
HBAR2_OVER_2U = 2.0900796
# Points of the basis. The error falls exponentially once they resolve the shortest wave
# length: for the wells in the tests J is good to 1e-9 with 64 and at rounding with 128.
BASIS = 128
# The wave functions are followed until they have fallen to exp(-_DECAY).
_DECAY = 30.0
# The two lowest levels count as all there are while the third is farther than this, in units of
# their distance, and that distance is sqrt(J^2 + epsilon^2) to this share.
_ISOLATION, _DEVIATION = 5.0, 0.01


@parameters
class DoubleWell:
    """Quartic double well ``U(X) = barrier [(2X/distance)^2 - 1]^2``, tilted by strain.

    Parameters
    ----------
    mass : float
        Of the atom, in u: 1.00782503 for hydrogen, 2.01410178 for deuterium.
    barrier : float
        Height between the minima, meV.
    distance : float
        Between the minima, angstrom; the paper's ``a``.
    asymmetry : float
        Energy difference ``epsilon`` of the two localised states, meV. It enters as a
        constant force, scaled so that ``E = sqrt(J^2 + epsilon^2)`` is exact while the atom
        stays in its two lowest states.

    Examples
    --------
    >>> import tlsjax as tls
    >>> hydrogen = tls.DoubleWell(mass=tls.MASS_H, barrier=100.0, distance=1.17)
    >>> levels = tls.solve_well(hydrogen)
    >>> print(f"J = {levels.J:.4f} meV, next level {levels.next_level:.1f} meV")
    J = 2.1970 meV, next level 61.4 meV
    """

    mass: float
    barrier: float
    distance: float
    asymmetry: float = 0.0

    def rules(self) -> tuple:
        return (
            positive("mass", self.mass),
            positive("barrier", self.barrier),
            positive("distance", self.distance),
            Rule("asymmetry", "finite", (self.asymmetry,), jnp.isfinite, scalar=True),
        )

    def potential(self, X: ArrayLike) -> jax.Array:
        """``U(X)`` in meV, without the tilt."""
        return self.barrier * ((2 * X / self.distance) ** 2 - 1) ** 2

    @property
    def reach(self) -> jax.Array:
        """Where the wave functions have decayed, angstrom."""
        # sqrt(2 M U)/hbar integrated from a minimum to s a/2 is action (s-1)^2 (s+2)/3.
        action = self.distance / 2 * jnp.sqrt(self.mass * self.barrier / HBAR2_OVER_2U)
        excess = 3 * _DECAY / action
        return self.distance / 2 * (1 + jnp.minimum(jnp.sqrt(excess / 3), jnp.cbrt(excess)))


@parameters(static=("potential",))
class Well:
    """Any potential ``U(X)``; symmetric, if ``J`` is to mean something.

    Parameters
    ----------
    mass : float, in u
    potential : callable
        ``U(X)`` in meV of X in angstrom, written in `jax.numpy`.
    reach : float
        The wave functions are zero beyond ``|X| = reach``, angstrom.
    asymmetry : float, meV, as in `DoubleWell`
    """

    mass: float
    potential: Callable
    reach: float
    asymmetry: float = 0.0

    def rules(self) -> tuple:
        if not callable(self.potential):
            fail("potential", "a function of X", repr(self.potential))
        return (
            positive("mass", self.mass),
            positive("reach", self.reach),
            Rule("asymmetry", "finite", (self.asymmetry,), jnp.isfinite, scalar=True),
        )


@register
@dataclass(frozen=True, repr=False)
class Levels:
    """Levels of an atom in its well.

    Attributes
    ----------
    energy : (count,) levels, meV, from the bottom of the potential's zero.
    J : tunnel splitting of the symmetric well, meV.
    splitting : ``E``, the distance of the two lowest levels, meV.
    next_level : distance of the third level from the second, meV.
    error : estimated absolute error of ``splitting``, meV: its distance to half the basis.
    X : (N,) angstrom; wave_functions : (count, N), ``sum(phi^2) dX = 1``, at these, the
        larger part at X > 0 positive.
    well : what was solved.
    """

    energy: jax.Array
    J: jax.Array
    splitting: jax.Array
    next_level: jax.Array
    error: jax.Array
    X: jax.Array
    wave_functions: jax.Array
    well: Any

    def __repr__(self):
        names = ("J", "splitting", "next_level", "error")
        pairs = (f"{name}={show(getattr(self, name))} meV" for name in names)
        return f"Levels({', '.join(pairs)}, is_two_level={self.is_two_level})"

    @property
    def two_level_splitting(self) -> jax.Array:
        """``sqrt(J^2 + epsilon^2)`` (paper, Eq. 5), meV."""
        return jnp.hypot(self.J, self.well.asymmetry)

    @property
    def is_two_level(self) -> bool:
        """Whether the two lowest levels may be taken for the whole atom: the third is far,
        their distance is that of Eq. 5, and it is not lost in the error."""
        far = self.next_level > _ISOLATION * self.splitting
        deviation = jnp.abs(self.splitting - self.two_level_splitting) + self.error
        return far & (deviation < _DEVIATION * self.splitting)


def solve_well(well: Well, *, basis: int = BASIS, count: int = 6) -> Levels:
    """Diagonalise ``P^2/2M + U(X)`` (paper, Eq. 3).

    In a basis of sinc functions, one for each of ``basis`` points in ``|X| <= reach``: the
    kinetic energy is exact in it and the potential is local, and the error falls
    exponentially with their number (Colbert and Miller, J. Chem. Phys. 96, 1982 (1992)).

    Parameters
    ----------
    well : DoubleWell or Well
    basis, count : int
        Points, even, and levels returned.

    Returns
    -------
    Levels
        Differentiable in the well's parameters.

    Raises
    ------
    ValueError
        For arguments outside their domain (not inside transformations).

    Examples
    --------
    >>> import jax, tlsjax as tls
    >>> deuterium = tls.DoubleWell(mass=tls.MASS_D, barrier=100.0, distance=1.17)
    >>> slope = jax.grad(lambda well: tls.solve_well(well).J)(deuterium)
    >>> print(f"{slope.mass * deuterium.mass / tls.solve_well(deuterium).J:.2f}")
    -3.98
    """
    if not isinstance(well, DoubleWell | Well):
        fail("well", "a tlsjax.DoubleWell or tlsjax.Well", repr(well))
    require(*well.rules())
    if not isinstance(basis, int) or basis < 16 or basis % 2:
        fail("basis", "an even integer from 16", repr(basis))
    if not isinstance(count, int) or not 3 <= count <= basis // 2:
        fail("count", f"an integer from 3 to {basis // 2}", repr(count))
    return Levels(**_solve(well, basis, count), well=well)


@program(static_argnums=(1, 2))
def _solve(well, basis, count):
    X, J, energy, waves = _diagonalise(well, basis)
    _, _, coarse, _ = _diagonalise(well, basis // 2)
    splitting = energy[1] - energy[0]
    return {
        "energy": energy[:count],
        "J": J,
        "splitting": splitting,
        "next_level": energy[2] - energy[1],
        "error": stop_gradient(jnp.abs(splitting - (coarse[1] - coarse[0]))),
        "X": X,
        "wave_functions": waves[:count],
    }


def _diagonalise(well, basis):
    """``(X, J, levels, wave functions)``, the latter as rows."""
    index = np.arange(basis) - (basis - 1) / 2
    step = 2 * well.reach / basis
    X = step * index
    apart = index[:, None] - index
    diagonal = apart == 0
    others = 2.0 * (-1.0) ** apart / (apart + diagonal) ** 2
    kinetic = np.where(diagonal, np.pi**2 / 3, others)
    H = HBAR2_OVER_2U / well.mass / step**2 * kinetic + jnp.diag(well.potential(X))
    levels, waves = eigh(H)
    J = levels[1] - levels[0]
    # The localised states are (g +- e)/sqrt(2); they are 2 |<g|X|e>| apart.
    apart = 2 * jnp.abs(jnp.sum(waves[:, 0] * X * waves[:, 1]))
    tilted, waves = eigh(H + jnp.diag(well.asymmetry / apart * X))
    # The sign of an eigenvector is arbitrary: here more of it is positive on the right.
    sign = jnp.where(jnp.sum(waves * (X > 0)[:, None], axis=0) < 0, -1.0, 1.0)
    return X, J, tilted, (sign * waves).T / jnp.sqrt(step)
