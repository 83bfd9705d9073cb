"""The current response at one frequency, as an integral over the energies of a pair.

With ``e``, N, P at ``epsilon`` and, primed, at ``epsilon + omega``, the formula of section 9 of
the theory (Nam, Phys. Rev. 156, 470 and 487, 1967) is, with ``z = epsilon + omega/2`` and the
symmetry of everything under ``z -> -z``,

    omega sigma_1 = int_0^inf dz (t' - t) Im(h_1 - h_2)
    omega sigma_2 = int_0^inf dz [(t' + t) Re h_1 + (t' - t) Re h_2],   t = tanh(epsilon/2T),

in units of ``n e^2/m``. In the first, whatever T, every term is a product of what is small at the
one energy and what is small at the other: a number of quasiparticles each. Written that way it
keeps its digits where sigma_1 is as small as they are few.
"""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax.lax import stop_gradient

from tlsjax.microwave.fields import Retarded, RetardedFields
from tlsjax.microwave.orbital import local, transverse
from tlsjax.numerics.panels import square_roots
from tlsjax.observables.sharp import difference_of_fermi_functions

# Points of a panel: with as many more the conductivity changes by less than 1e-8 of itself.
POINTS = 6
# Panels beyond the mesh, which ends at a thousand times the largest energy: as far again, and far
# beyond the elastic rate, up to which pairs are broken virtually. What is left is 1e-12.
_BEYOND, _FARTHER, _RATES = 16, 1e3, 1e2
# Share of its partner below which a sum and a difference of the two are done by the slope: its
# error is the square, rounding of the difference is 1e-16 over it.
_SMALL = 1e-5


class Energies(NamedTuple):
    """Energies of the integral, units of ``pi T``: ``z`` with weights, and ``z -+ omega/2`` with
    how far beyond the edge their sizes are."""

    weights: object
    lower: tuple
    upper: tuple


def energies(fields: RetardedFields, omega, largest, points) -> Energies:
    """`Energies` of a frequency; ``largest`` is the elastic rate, or zero."""
    half = omega / 2
    edge = fields.edge
    marks = jnp.stack([half + edge, jnp.abs(half - edge)])
    mesh = stop_gradient(fields.breakpoints)
    end = mesh[-1]
    far = jnp.maximum(_FARTHER * end, _RATES * largest)
    farther = end * (far / end) ** (np.arange(1, _BEYOND + 1) / _BEYOND)
    mesh = jnp.concatenate([mesh, farther])
    parts = [mesh + half, mesh - half, half - mesh]
    parts = jnp.concatenate([jnp.maximum(part, 0.0) for part in parts] + [marks])
    edges = jnp.sort(jnp.minimum(parts, stop_gradient(far)))
    mark, offset, weights = map(jnp.ravel, square_roots(edges, marks, points))
    z = mark + offset

    def beyond(shift):
        side = jnp.where(z < shift, -1.0, 1.0)
        return z - shift, side * ((mark - (side * edge + shift)) + offset)

    return Energies(weights, beyond(half), beyond(-half))


class _Products(NamedTuple):
    """Of the numbers of both energies: of the spectral parts, of one of each, of the others."""

    both: object
    first: object
    second: object
    neither: object


def _products(here: Retarded, there: Retarded) -> _Products:
    def product(part, other):
        return part(here.N) * other(there.N) + part(here.P) * other(there.P)

    return _Products(
        product(jnp.real, jnp.real), product(jnp.real, jnp.imag),
        product(jnp.imag, jnp.real), product(jnp.imag, jnp.imag),
    )  # fmt: skip


def response(fields: RetardedFields, omega, wavenumber, scale, rate, points=POINTS):
    """``(Q,)`` complex ``int``, as in the module's formulas, over ``omega``.

    All in units of ``pi T``: ``omega`` a number, ``wavenumber`` (Q,) ``q v_F`` or None for the
    local limit, where Q is 1. ``scale`` and ``rate``: energies are multiplied by ``scale``, and
    ``rate``, so scaled, is that of collisions: 1 and ``2 Gamma``, or 0 and 1 in the dirty limit.
    """
    largest = stop_gradient(rate / jnp.maximum(scale, 1e-30))
    z = energies(fields, omega, jnp.where(scale > 1e-12, largest, 0.0), points)
    here, there = (fields.at(*place) for place in (z.lower, z.upper))
    products = _products(here, there)
    x, x_there = scale * here.e.real, scale * there.e.real
    width = rate + scale * (here.e.imag + there.e.imag)

    x_low, x_high = z.lower[0], z.upper[0]
    fermi = 2 * difference_of_fermi_functions(np.pi * x_low, np.pi * x_high)
    sum_of = jnp.tanh(np.pi / 2 * x_high) + jnp.tanh(np.pi / 2 * x_low)

    def one(q):
        orbital = local if q is None else lambda a: transverse(a, scale * q)
        plus, minus = (orbital(x_there + sign * x + 1j * width) for sign in (1, -1))
        loss = _loss(products, x, x_there, width, plus.value, minus.value, orbital)
        c = products
        paired = (1 - c.both + c.neither) * plus.value.real + (
            (c.first + c.second) * plus.value.imag
        )
        broken = (1 + c.both + c.neither) * minus.value.real - (
            (c.first - c.second) * minus.value.imag
        )
        real = z.weights @ (fermi * loss)
        imaginary = z.weights @ (sum_of * paired + fermi * broken)
        return (real + 1j * imaginary) / (2 * omega)

    if wavenumber is None:
        return one(None)[None]
    return jnp.stack([one(q) for q in wavenumber])


def _loss(c, x, x_there, width, plus, minus, orbital):
    """``2 Im(h_1 - h_2)``, every term of it a product of small numbers at either energy.

    With ``F(a)`` even in the real part of a as far as its imaginary part goes, and odd otherwise,
    sums and differences of ``F(x' + x)`` and ``F(x' - x)`` vanish with one of the two.
    """
    swapped = jnp.abs(x_there) < jnp.abs(x)
    small, large = jnp.where(swapped, x_there, x), jnp.where(swapped, x, x_there)
    at = orbital(large + 1j * width)
    close = jnp.abs(small) < _SMALL * (jnp.abs(large) + width)
    even = jnp.where(close, 2 * small * at.slope.imag, plus.imag - minus.imag)
    up, down = 2 * at.value.real, 2 * small * at.slope.real
    sum_of = jnp.where(close, jnp.where(swapped, down, up), plus.real + minus.real)
    difference = jnp.where(close, jnp.where(swapped, up, down), plus.real - minus.real)
    return (
        (1 + c.neither) * even - c.both * (plus.imag + minus.imag)
        - c.first * sum_of - c.second * difference
    )  # fmt: skip
