"""How electrons move between two collisions: the response of one pair of energies to a field.

A field of wave number q acts on an electron that moves at ``v_F`` in the direction ``mu`` through
``1/(a - q v_F mu)``, ``a`` the sum of the two energies and of the widths of both; on average over
the Fermi surface, across the wave (theory, section 9),

    F(a) = (3/4) int_-1^1 dmu (1 - mu^2)/(a - q v_F mu)
         = (3/2 a x^2) [1 - (1 - x^2) artanh(x)/x],   x = q v_F/a,

which is 1/a where q is small, the local limit.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

# Below this |x| the closed form is a small difference, and its series, with so many terms, is good
# to rounding.
_SMALL, _TERMS = 0.3, 16
_k = np.arange(_TERMS)
# F = (1/a) sum_k 3 x^2k/((2k+1)(2k+3)), from artanh(x)/x = sum x^2k/(2k+1).
_SERIES = 3.0 / ((2 * _k + 1) * (2 * _k + 3))
# And of -a^2 dF/da, which has 2k + 1 times each.
_SLOPE_SERIES = 3.0 / (2 * _k + 3)


class Pair(NamedTuple):
    """``F(a)`` and ``dF/da``."""

    value: jax.Array
    slope: jax.Array


def local(a) -> Pair:
    """Both without a wave number."""
    # In real numbers, which is quicker than a complex division: neither part is near overflow.
    scale = 1 / (a.real**2 + a.imag**2)
    inverse = lax.complex(a.real * scale, -a.imag * scale)
    return Pair(inverse, -(inverse**2))


def transverse(a, wavenumber) -> Pair:
    """Both at ``q v_F``, in the unit of ``a``; positive, or zero."""
    x = wavenumber / a
    square = x**2
    small = jnp.abs(x) < _SMALL
    few = jnp.where(small, square, 0.0)
    series, slope = (jnp.polyval(jnp.asarray(terms[::-1]), few)
                     for terms in (_SERIES, _SLOPE_SERIES))  # fmt: skip
    z = jnp.where(small, 1j, x)
    ratio = jnp.arctanh(z) / z
    closed = 1.5 * (1 - (1 - z**2) * ratio) / z**2
    # d/da [a^-1 h(x)] = -(h + x h')/a^2, with x h' = -3h + 3 ratio... of the closed form.
    steep = 3 * (ratio - 1) / z**2
    value = jnp.where(small, series, closed) / a
    return Pair(value, -jnp.where(small, slope, steep) / a**2)
