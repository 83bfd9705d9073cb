"""The current response at one frequency, as an integral over the energies of a pair.

With ``e``, N, P at ``epsilon`` and, primed, at ``epsilon + omega``, the formula of section 9 of
the theory (Nam, Phys. Rev. 156, 470 and 487, 1967) is, with ``z = epsilon + omega/2`` and the
symmetry of everything under ``z -> -z``,

    omega sigma_1 = int_0^inf dz (t' - t) Im(h_1 - h_2)
    omega sigma_2 = int_0^inf dz [(t' + t) Re h_1 + (t' - t) Re h_2],   t = tanh(epsilon/2T),

in units of ``n e^2/m``. In the first, whatever T, every term is a product of what is small at the
one energy and what is small at the other: a number of quasiparticles each. Written that way it
keeps its digits where sigma_1 is as small as they are few.

The part with ``h_1``, made of retarded functions alone, may be taken above the real axis as well:
where edges are many and sharp it is smooth there, half of ``pi T`` up.
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.lax import stop_gradient

from tlsjax.contour.equations import HEIGHT
from tlsjax.microwave.fields import RetardedFields
from tlsjax.microwave.orbital import local, transverse
from tlsjax.numerics.panels import RATIO, square_roots
from tlsjax.observables.sharp import difference_of_fermi_functions

# Points of a panel, and of one of the coarser calculation. With 12 the conductivity of BCS theory
# changes by 1e-10 of itself.
POINTS, FEWER_POINTS = 6, 4
# Panels beyond the mesh, which ends at a thousand times the largest energy: as far again, and far
# beyond the elastic rate, up to which pairs are broken virtually. What is left is 1e-12.
_BEYOND, _FARTHER, _RATES = 16, 1e3, 1e2
# Ends of panels around a resonance, in units of its width.
_RESONANCE = RATIO ** np.arange(-1.0, 11.0)
# Share of its partner below which a sum and a difference of the two are done by the slope: its
# error is the square, rounding of the difference is 1e-16 over it.
_SMALL = 1e-5


class Energies(NamedTuple):
    """Energies of the integral, units of ``pi T``: weights, and ``epsilon`` and ``epsilon +
    omega``, each with how far beyond the edge its size is."""

    weights: jax.Array
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
    parts = [mesh + half, jnp.abs(mesh - half), jnp.zeros(1)]
    # Two quasiparticles of a broken pair share omega evenly at z = 0: a resonance, as wide as
    # collisions make it.
    even = jnp.minimum(largest, end) * _RESONANCE
    parts = jnp.concatenate([*parts, even, marks])
    edges = jnp.sort(jnp.minimum(parts, stop_gradient(far)))
    mark, offset, weights = map(jnp.ravel, square_roots(edges, marks, points))
    z = mark + offset

    def beyond(shift):
        side = jnp.where(z < shift, -1.0, 1.0)
        return z - shift, side * ((mark - (side * edge + shift)) + offset)

    return Energies(weights, beyond(half), beyond(-half))


class Scale(NamedTuple):
    """What energies are multiplied by, and the rate of collisions, so scaled: 1 and ``2 Gamma``,
    or, in the dirty limit, 0 and 1."""

    factor: jax.Array
    rate: jax.Array

    @property
    def largest(self):
        """``2 Gamma``, and 0 where it is infinite, without derivative."""
        finite = self.factor > 0
        return stop_gradient(jnp.where(finite, self.rate / jnp.where(finite, self.factor, 1.0), 0))


def response(fields, line, omega, wavenumbers, scale: Scale, points=POINTS):
    """``(Q,)`` ``int``, as in the module's formulas, over ``omega``, complex.

    All in units of ``pi T``: ``fields`` on the real axis; ``line`` those above it, or None to do
    without; ``omega`` a number; ``wavenumbers`` (Q,) ``q v_F``, or None for the local limit, where
    Q is 1.
    """
    places = energies(fields, omega, scale.largest, points)
    pair = _pair(fields, places, scale)
    (lower, _), (upper, _) = places.lower, places.upper
    fermi = places.weights * 2 * difference_of_fermi_functions(np.pi * lower, np.pi * upper)
    if line is None:
        above, tanh = pair, jnp.tanh(np.pi / 2 * lower) + jnp.tanh(np.pi / 2 * upper)
        tanh = tanh * places.weights
    else:
        there = energies(line, omega, scale.largest, points)
        above = _pair(line, there, scale)
        shifted = (np.pi / 2 * (place[0] + 1j * HEIGHT) for place in (there.lower, there.upper))
        tanh = sum(map(jnp.tanh, shifted)) * there.weights

    def one(q):
        orbital = local if q is None else partial(transverse, wavenumber=scale.factor * q)
        coherent = jnp.sum(tanh * above.coherence * orbital(above.sum).value).real
        plus, minus = orbital(pair.sum), orbital(pair.difference)
        broken = fermi @ (pair.incoherence * minus.value).real
        loss = fermi @ _loss(pair, plus.value, minus.value, orbital)
        return (loss + 1j * (coherent + broken)) / (2 * omega)

    return one(None)[None] if wavenumbers is None else jax.vmap(one)(wavenumbers)


class _Pair(NamedTuple):
    """Functions of both energies.

    both, first, second, neither : ``N N' + P P'`` of the parts: spectral ones of both, of one and
    the other, of none. x, x_there, width : real parts of ``e`` and ``e'``, and the sum of the
    imaginary ones, with collisions.
    """

    both: jax.Array
    first: jax.Array
    second: jax.Array
    neither: jax.Array
    x: jax.Array
    x_there: jax.Array
    width: jax.Array

    @property
    def sum(self):
        """``e' + e``."""
        return self.x_there + self.x + 1j * self.width

    @property
    def difference(self):
        """``e' - e*``."""
        return self.x_there - self.x + 1j * self.width

    @property
    def coherence(self):
        """``1 - N N' - P P'``."""
        return 1 - self.both + self.neither - 1j * (self.first + self.second)

    @property
    def incoherence(self):
        """``1 + N* N' + P* P'``."""
        return 1 + self.both + self.neither + 1j * (self.first - self.second)


def _pair(fields, places: Energies, scale: Scale) -> _Pair:
    here, there = (fields.at(*place) for place in (places.lower, places.upper))

    def product(part, other):
        return part(here.N) * other(there.N) + part(here.P) * other(there.P)

    return _Pair(
        product(jnp.real, jnp.real), product(jnp.real, jnp.imag),
        product(jnp.imag, jnp.real), product(jnp.imag, jnp.imag),
        scale.factor * here.e.real, scale.factor * there.e.real,
        scale.rate + scale.factor * (here.e.imag + there.e.imag),
    )  # fmt: skip


def _loss(pair: _Pair, plus, minus, orbital):
    """``2 Im(h_1 - h_2)``, every term of it a product of small numbers at either energy.

    With ``F(a)`` even in the real part of a as far as its imaginary part goes, and odd otherwise,
    sums and differences of ``F(x' + x)`` and ``F(x' - x)`` vanish with one of the two.
    """
    x, x_there, width = pair.x, pair.x_there, pair.width
    swapped = jnp.abs(x_there) < jnp.abs(x)
    small, large = jnp.where(swapped, x_there, x), jnp.where(swapped, x, x_there)
    at = orbital(large + 1j * width)
    close = jnp.abs(small) < _SMALL * (jnp.abs(large) + width)
    even = jnp.where(close, 2 * small * at.slope.imag, plus.imag - minus.imag)
    up, down = 2 * at.value.real, 2 * small * at.slope.real
    total = jnp.where(close, jnp.where(swapped, down, up), plus.real + minus.real)
    difference = jnp.where(close, jnp.where(swapped, up, down), plus.real - minus.real)
    return (
        (1 + pair.neither) * even - pair.both * (plus.imag + minus.imag)
        - pair.first * total - pair.second * difference
    )  # fmt: skip
