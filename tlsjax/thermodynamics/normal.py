"""The normal metal: electrons with their bosons, and the bosons' own levels.

Free energies for each state at the Fermi level of one spin. Electrons without bosons have
``-(pi^2/3) T^2``. Coupled to first order (the theory has no more in the normal state) to bosons of
density ``rho`` and occupation ``d`` they add

    int dE rho(E) d(E) 2E [ln(E/2 pi T) - Re psi(1 + iE/2 pi T)]
        -> -(pi^2/3) T^2 lambda   at T << E,   lambda = int dE rho d 2/E:

the mass enhancement, which goes away where T is of the size of E (Grimvall, J. Phys. Chem. Solids
29, 1221 (1968); Prange and Kadanoff, Phys. Rev. 134, A566 (1964)). The logarithm of the band width
is in E: a splitting is that of the normal metal at T = 0. The boson's own levels have
``-T ln(2 cosh E/2T)`` (a two-level system) or ``T ln(2 sinh E/2T)`` (an oscillator).
"""

import jax.numpy as jnp
import numpy as np

from tlsjax.model.occupations import Oscillator

# Re psi(1 + iy) = ln y + sum_k |B_2k|/(2k y^2k): so many terms, from this y on, leave 1e-15 of
# ln y; below, the argument is first moved up by as much.
_BERNOULLI = np.array([1 / 6, 1 / 30, 1 / 42, 1 / 30, 5 / 66, 691 / 2730, 7 / 6, 3617 / 510])
_SIZES = _BERNOULLI / (2 * np.arange(1, 9))
_FAR = 12


def _digamma_excess(y):
    """``Re psi(1 + iy) - ln y`` for ``y > 0``.

    By real products only: powers and complex logarithms, and the derivatives of them, took longer
    than the electrons' own part.
    """
    near = y < _FAR
    x = 1 / jnp.where(near, _FAR, y) ** 2
    far = 0.0
    for size in _SIZES[::-1]:
        far = (far + size) * x
    # psi(1 + z) = psi(N + 1 + z) - sum 1/(j + z), and there psi ~ ln w - 1/2w - sum B_2k/2k w^2k.
    y, shifted = jnp.where(near, y, 1.0), _FAR + 1.0
    square = shifted**2 + y**2
    # 1/w^2, and the sum over its powers with the signs of the Bernoulli numbers.
    a, b = (shifted**2 - y**2) / square**2, -2 * shifted * y / square**2
    real, imaginary, sign = 0.0, 0.0, -1.0
    for size in _SIZES[::-1]:
        real = real + sign * size
        real, imaginary, sign = real * a - imaginary * b, real * b + imaginary * a, -sign
    j = np.arange(1.0, _FAR + 1)
    moved = jnp.log(square / y**2) / 2 - shifted / (2 * square) - real
    return jnp.where(near, moved - jnp.sum(j / (j**2 + y[..., None] ** 2), axis=-1), far)


def electrons(bosons, T, T_bosons):
    """Free energy of the electrons of the normal metal, bosons filled as at ``T_bosons``."""
    total = -(np.pi**2) / 3 * T**2
    for b in bosons:
        energy = -2 * b.E * _digamma_excess(b.E / (2 * np.pi * T))
        total = total + jnp.sum(b.weight * b.occupation.difference(b.E, T_bosons) * energy)
    return total


def levels(bosons, T):
    """``(entropy, specific heat)`` of a bath's own levels, ``weight`` their number."""
    sign = -1.0 if isinstance(bosons.occupation, Oscillator) else 1.0
    ratio = bosons.E / T
    factor = jnp.exp(-ratio)
    filled = ratio * factor / (1 + sign * factor)
    own = filled + sign * jnp.log1p(sign * factor)
    heat = ratio * filled / (1 + sign * factor)
    return jnp.sum(bosons.weight * own), jnp.sum(bosons.weight * heat)
