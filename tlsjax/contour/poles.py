"""What the Matsubara frequencies contribute to the self energies at complex frequencies.

With ``zeta = -i z/(pi T)``, so that the Matsubara frequencies are ``zeta = nu = 2n + 1`` and the
real axis is ``zeta = -i x``, the electrons' occupation enters a self energy through

    W(zeta) = tan(pi zeta/2) F(zeta) + (2/pi) sum_n F(nu_n) [1/(zeta-nu_n) -+ 1/(zeta+nu_n)]

for either propagator F (minus for the normal one, plus for the anomalous): the sum takes the poles
of the tangent away, and W is analytic wherever Re zeta > 0. Only differences of the normal W
matter, so 1/nu is subtracted from its terms, which alone do not add up. What F is in the normal
state, and the ``s/nu`` in which the anomalous F ends, are summed in closed form; the sum over what
is left converges as ``1/nu^3``.

All but the first pole is a smooth function, tabulated once in ``asinh x``; the first is taken
together with the tangent, where it cancels.
"""

from functools import lru_cache
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from tlsjax.numerics.digamma import digamma
from tlsjax.numerics.products import complex_by_real

# Matsubara sums: every index up to the first panel, then eight of each octave. What lies beyond
# the last index is a 1e-5 of the largest self energy, and constant.
_FIRST_PANEL, _LAST_INDEX, _PER_OCTAVE = 16, 16000, 8
# Step of the table in ``asinh x``, in which the nearest singularities are pi/2 away, its end, and
# the points of an interpolation: good to 1e-10.
_STEP, _LAST, _STENCIL = 0.1, 24.0, 10


def _summation_rule(first, last, per_octave):
    """Integers and weights that sum a function smooth on the scale of its argument."""
    n, weights = list(range(first)), [1.0] * first
    low = first
    while low < last:
        inside = np.arange(low, 2 * low)
        middle, half = (3 * low - 1) / 2, (low - 1) / 2
        nodes = np.unique(np.rint(middle - half * np.cos(np.linspace(0, np.pi, per_octave))))
        basis = np.polynomial.chebyshev.chebvander((nodes - middle) / half, nodes.size - 1)
        sums = np.polynomial.chebyshev.chebvander((inside - middle) / half, nodes.size - 1).sum(0)
        n += nodes.astype(int).tolist()
        weights += np.linalg.solve(basis.T, sums).tolist()
        low *= 2
    return np.array(n), np.array(weights)


# Matsubara indices, frequencies and weights: ``sum_n F(n) = WEIGHTS @ F(INDICES)``.
INDICES, WEIGHTS = _summation_rule(_FIRST_PANEL, _LAST_INDEX, _PER_OCTAVE)
NU = 2.0 * INDICES + 1


class Sums(NamedTuple):
    """The propagators at the frequencies ``NU``, less their limits 1 and ``s/nu``.

    h, r : ``gamma - 1`` and ``phi - s/nu``. s : constant part of ``delta_tilde/u``.
    """

    h: jax.Array
    r: jax.Array
    s: jax.Array

    @property
    def first(self):
        """``(gamma, phi)`` at the first Matsubara frequency."""
        return 1 + self.h[0], self.s + self.r[0]


class PoleTable(NamedTuple):
    """The smooth part of ``W`` at one height ``Re zeta``, on a grid even in ``asinh x``.

    normal, anomalous : complex. sums : `Sums`. height : Re zeta, in [0, 1).
    """

    normal: jax.Array
    anomalous: jax.Array
    sums: Sums
    height: jax.Array

    @property
    def constant(self):
        """Constant part ``s`` of ``delta_tilde/u``."""
        return self.sums.s


class _NormalState(NamedTuple):
    """Of a table, what the height alone decides: its grid, and both sums in the normal state.

    normal : ``(2/pi) [psi(1/2 + zeta/2) - psi(1/2)]``, which is W, less the tangent.
    even : ``zeta`` times ``(2/pi) sum_n (1/nu) 2 zeta/(zeta^2 - nu^2)``: normal over zeta.
    """

    zeta: jax.Array
    normal: jax.Array
    even: jax.Array


def _normal_state(height, xp, psi=None):
    """`_NormalState`, by NumPy or JAX; ``psi`` is a digamma function if not SciPy's."""
    # Here, and not above: a command that finds its program on disk does without, and sooner.
    from scipy import special

    psi = special.digamma if psi is None else psi
    zeta = height - 1j * np.sinh(np.arange(-_STENCIL, round(_LAST / _STEP)) * _STEP)
    tangent = xp.tan(np.pi / 2 * zeta)
    normal = 2 / np.pi * (psi((1 + zeta) / 2) - special.digamma(0.5)) - tangent
    # Near zero by its series: there the two cancel.
    small = abs(zeta) < 0.05
    k = np.arange(1, 5)
    terms = 2 / np.pi * special.polygamma(2 * k, 0.5) / 4.0**k / special.factorial(2 * k)
    series = zeta * xp.polyval(terms[::-1], zeta**2)
    return _NormalState(zeta, normal, xp.where(small, series, normal / xp.where(small, 1.0, zeta)))


@lru_cache
def _normal_state_at(height):
    """The same at a height that every solution needs."""
    return _normal_state(height, np)


def _first_pole(zeta, sums):
    """The first term of both sums over poles."""
    up, down = 1 / (zeta - 1), 1 / (zeta + 1)
    gamma_0, phi_0 = sums.first
    return 2 / np.pi * gamma_0 * (up - down), 2 / np.pi * phi_0 * (up + down)


def pole_table(sums: Sums, height) -> PoleTable:
    """`PoleTable` at ``Re zeta = height``; a Python number is not computed with at run time."""
    if isinstance(height, float):
        zeta, normal, even = _normal_state_at(height)
    else:
        zeta, normal, even = _normal_state(height, jnp, digamma)
    first = _first_pole(zeta, sums)
    # (zeta^2 - nu^2)^-1 of all pairs: a matrix of 250 by 90.
    inverse = 1 / (zeta[:, None] ** 2 - NU**2)
    normal = normal + 2 / np.pi * complex_by_real(inverse, 2 * NU * WEIGHTS * sums.h)
    anomalous = sums.s * even + 4 / np.pi * zeta * complex_by_real(inverse, WEIGHTS * sums.r)
    return PoleTable(normal - first[0], anomalous - first[1], sums, height)


def _at(table, x):
    """``(normal, anomalous)`` of the table at energies ``x`` (any shape and sign), Lagrange."""
    position = jnp.arcsinh(jnp.abs(x)) / _STEP + _STENCIL
    last = table.normal.shape[0] - _STENCIL
    cell = jnp.clip(jnp.floor(position).astype(int) - _STENCIL // 2 + 1, 0, last)
    offset = position - cell
    k = np.arange(_STENCIL)
    itself = np.eye(_STENCIL, dtype=bool)
    distance = np.where(itself, 1, k[:, None] - k)
    factors = jnp.where(itself, 1.0, (offset[..., None, None] - k) / distance)
    weights = jnp.prod(factors, axis=-1)

    def interpolate(values):
        found = jnp.sum(weights * values[cell[..., None] + k], axis=-1)
        return jnp.where(x < 0, jnp.conj(found), found)

    return interpolate(table.normal), interpolate(table.anomalous)


class Sources(NamedTuple):
    """``W = fixed + tangent F`` at some energies, for both propagators: fixed (N, 2), tangent
    (N,)."""

    fixed: jax.Array
    tangent: jax.Array

    def of(self, F):
        """``W`` (N, 2) from ``F = (gamma, phi)`` (N, 2)."""
        return self.fixed + self.tangent[:, None] * F


def sources_at(table: PoleTable, x) -> Sources:
    """`Sources` at ``zeta = height - i x``, ``x`` of any sign.

    Both parts have a pole at ``zeta = 1``, which cancels.
    """
    zeta = table.height - 1j * x
    smooth, first = _at(table, x), _first_pole(zeta, table.sums)
    fixed = jnp.stack([a + b for a, b in zip(smooth, first, strict=True)], axis=-1)
    return Sources(fixed, jnp.tan(np.pi / 2 * zeta))


def by_sums(zeta):
    """(N, K) matrices of ``h`` and of ``r`` in the sums over poles at ``zeta``."""
    terms = 4 / np.pi * WEIGHTS / (zeta[:, None] ** 2 - NU**2)
    return NU * terms, zeta[:, None] * terms
