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
# Width in units of the energies, and of q v_F, that stands for none: far below rounding, and its
# square is a number.
_WIDTH = 1e-30
# F = (1/a) sum_k 3 x^2k/((2k+1)(2k+3)), from artanh(x)/x = sum x^2k/(2k+1).
_SERIES = 3.0 / ((2 * _k + 1) * (2 * _k + 3))
# And of -a^2 dF/da, which has 2k + 1 times each.
_SLOPE_SERIES = 3.0 / (2 * _k + 3)


# Share of its partner below which a sum and a difference of the two are done by the slope: its
# error is the square, rounding of the difference is 1e-16 over it.
_CLOSE = 1e-5


class Response(NamedTuple):
    """``F(x' + x + i width)`` and ``F(x' - x + i width)``, and sums and differences of the two.

    With F even in the real part of a as far as its imaginary part goes, and odd otherwise, all but
    one of these vanish with x or x', and keep their digits there.

    plus, minus : both, complex. even, both : difference and sum of their imaginary parts. total,
    difference : sum and difference of the real ones.
    """

    plus: jax.Array
    minus: jax.Array
    even: jax.Array
    both: jax.Array
    total: jax.Array
    difference: jax.Array


def local(x, x_there, width) -> Response:
    """Without a wave number, in real numbers: no part is near overflow.

    Without any width the two energies of a broken pair that share the field's evenly have no sum,
    and no part in the response.
    """
    width = jnp.maximum(width, _WIDTH * (jnp.abs(x) + jnp.abs(x_there)))
    plus, minus, square = x_there + x, x_there - x, width**2
    up, down = 1 / (plus**2 + square), 1 / (minus**2 + square)
    product, scale = plus * minus, up * down
    return Response(
        lax.complex(plus * up, -width * up),
        lax.complex(minus * down, -width * down),
        4 * width * x * x_there * scale,
        -width * (up + down),
        2 * x_there * (product + square) * scale,
        2 * x * (square - product) * scale,
    )


def transverse(x, x_there, width, wavenumber) -> Response:
    """At ``q v_F``, in the unit of the energies; positive, or zero."""
    swapped = jnp.abs(x_there) < jnp.abs(x)
    small, large = jnp.where(swapped, x_there, x), jnp.where(swapped, x, x_there)
    plus, _ = _transverse(x_there + x + 1j * width, wavenumber)
    minus, _ = _transverse(x_there - x + 1j * width, wavenumber)
    value, slope = _transverse(large + 1j * width, wavenumber)
    close = jnp.abs(small) < _CLOSE * (jnp.abs(large) + width)
    up, down = 2 * value.real, 2 * small * slope.real
    return Response(
        plus,
        minus,
        jnp.where(close, 2 * small * slope.imag, plus.imag - minus.imag),
        plus.imag + minus.imag,
        jnp.where(close, jnp.where(swapped, down, up), plus.real + minus.real),
        jnp.where(close, jnp.where(swapped, up, down), plus.real - minus.real),
    )


def _transverse(a, wavenumber):
    """``F(a)`` and ``dF/da``.

    ``a`` is above the real axis. Without any width it is on it, where the artanh has a cut at
    ``|x| > 1``: what is meant is the side of a small width.
    """
    a = lax.complex(a.real, jnp.maximum(a.imag, _WIDTH * wavenumber))
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
    return value, -jnp.where(small, slope, steep) / a**2
