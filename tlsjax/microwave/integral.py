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

import itertools
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.lax import stop_gradient

from tlsjax.contour.equations import HEIGHT
from tlsjax.microwave.fields import Parts, Retarded, RetardedFields
from tlsjax.microwave.orbital import Response, local, transverse
from tlsjax.numerics.panels import RATIO, square_roots

# Points of a panel, and of one of the coarser calculation. With 14 the conductivity of BCS theory
# changes by 4e-10 of itself.
POINTS, FEWER_POINTS = 5, 4
# Panels beyond the mesh, which ends at a thousand times the largest energy: as far again, and far
# beyond the elastic rate, up to which pairs are broken virtually. What is left is 1e-12; twice as
# many panels change 1e-11.
_BEYOND, _FARTHER, _RATES = 8, 1e3, 1e2
# Ends of panels around a resonance, in units of its width.
_RESONANCE = RATIO ** np.arange(-1.0, 11.0)


class Energies(NamedTuple):
    """Energies of the integral, units of ``pi T``, (points, panels): weights, and ``epsilon`` and
    ``epsilon + omega``, each with how far beyond the edge its size is."""

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
    parts = [mesh + half, jnp.abs(mesh - half), farther, jnp.zeros(1)]
    # Two quasiparticles of a broken pair share omega evenly at z = 0: a resonance, as wide as
    # collisions make it.
    even = jnp.minimum(largest, end) * _RESONANCE
    parts = jnp.concatenate([*parts, even, marks])
    edges = jnp.sort(jnp.minimum(parts, stop_gradient(far)))
    mark, offset, weights = map(jnp.transpose, square_roots(edges, marks, points))
    z = mark + offset

    def beyond(shift):
        side = jnp.where(z < shift, -1.0, 1.0)
        return z - shift, side * ((mark - (side * edge + shift)) + offset)

    return Energies(weights, beyond(half), beyond(-half))


class Scale(NamedTuple):
    """What energies are multiplied by, and the rate of collisions, so scaled: 1 and ``2 Gamma``,
    or, in the dirty limit, 0 and 1. None stands for that limit where it is known."""

    factor: jax.Array
    rate: jax.Array

    @property
    def largest(self):
        """``2 Gamma``, and 0 where it is infinite, without derivative."""
        finite = self.factor > 0
        return stop_gradient(jnp.where(finite, self.rate / jnp.where(finite, self.factor, 1.0), 0))


def response(fields, line, omega, wavenumbers, scale: Scale | None, points=POINTS):
    """``(Q,)`` ``int``, as in the module's formulas, over ``omega``, complex.

    All in units of ``pi T``: ``fields`` on the real axis; ``line`` those above it, or None to do
    without; ``omega`` a number; ``wavenumbers`` (Q,) ``q v_F``, or None for the local limit, where
    Q is 1.
    """
    largest = 0.0 if scale is None else scale.largest
    places = energies(fields, omega, largest, points)
    tanh, fermi = (places.weights * f for f in _occupations(places, omega))
    if line is not None:
        there = energies(line, omega, largest, points)
        shifted = (np.pi / 2 * (place[0] + 1j * HEIGHT) for place in (there.lower, there.upper))
        above = _both(line, there), sum(map(jnp.tanh, shifted)) * there.weights

    def one(q):
        orbital = local if q is None else partial(transverse, wavenumber=scale.factor * q)

        def retarded(given):
            both, tanh = given
            pair = _pair(both, scale)
            if scale is None:
                return (tanh * pair.coherence).imag
            return (tanh * pair.coherence * orbital(*pair.energies).plus).real

        def everything(given):
            both, tanh, fermi = given
            pair = _pair(both, scale)
            if scale is None:
                # F = -i whatever the energies.
                virtual = fermi * (pair.first - pair.second)
                virtual = virtual if line is not None else virtual + retarded((both, tanh))
                return 2 * fermi * pair.both, virtual
            answer = orbital(*pair.energies)
            virtual = fermi * (pair.incoherence * answer.minus).real
            if line is None:
                virtual = virtual + (tanh * pair.coherence * answer.plus).real
            return fermi * _loss(pair, answer), virtual

        # One point of all panels after the other: see `RetardedFields.at`.
        loss, virtual = map(jnp.sum, lax.map(everything, (both, tanh, fermi)))
        if line is not None:
            virtual = virtual + jnp.sum(lax.map(retarded, above))
        return (loss + 1j * virtual) / (2 * omega)

    both = _both(fields, places)
    return one(None)[None] if wavenumbers is None else jax.vmap(one)(wavenumbers)


def _both(fields, places: Energies):
    """`Retarded` at the lower and the upper energies, together."""
    x, offset = (
        jnp.concatenate(pair, axis=1) for pair in zip(places.lower, places.upper, strict=True)
    )
    return fields.at(x, offset)


def _occupations(places: Energies, omega):
    """``t' + t`` and ``t' - t`` at both energies, the latter to rounding however small it is."""
    lower, upper = np.pi * places.lower[0], np.pi * places.upper[0]
    size, size_there = jnp.abs(lower), jnp.abs(upper)
    boltzmann, there = jnp.exp(-size), jnp.exp(-size_there)
    here = (1 - boltzmann) / (1 + boltzmann)
    tanh = jnp.where(lower < 0, -here, here) + (1 - there) / (1 + there)
    # 2 sinh(half)/(2 cosh(x/2) cosh(y/2)), without an exponential that overflows.
    share = -2 * jnp.expm1(-np.pi * omega)
    small = jnp.exp((np.pi * omega - size - size_there) / 2)
    return tanh, share * small / ((1 + boltzmann) * (1 + there))


class _Pair(NamedTuple):
    """Functions of both energies.

    both, first, second, neither : ``N N' + P P'`` of the parts: spectral ones of both, of one and
    the other, of none. x, x_there, width : real parts of ``e`` and ``e'``, and the sum of the
    imaginary ones, with collisions; None in the dirty limit.
    """

    both: jax.Array
    first: jax.Array
    second: jax.Array
    neither: jax.Array
    x: jax.Array
    x_there: jax.Array
    width: jax.Array

    @property
    def energies(self):
        """Those of an `tlsjax.microwave.orbital`."""
        return self.x, self.x_there, self.width

    @property
    def coherence(self):
        """``1 - N N' - P P'``."""
        return 1 - self.both + self.neither - 1j * (self.first + self.second)

    @property
    def incoherence(self):
        """``1 + N* N' + P* P'``."""
        return 1 + self.both + self.neither + 1j * (self.first - self.second)


def _pair(both, scale: Scale) -> _Pair:
    here, there = (Retarded(*f) for f in zip(*(_halves(f) for f in both), strict=True))

    def product(part, other):
        N, P = getattr(here.N, part), getattr(here.P, part)
        return N * getattr(there.N, other) + P * getattr(there.P, other)

    products = [product(*parts) for parts in itertools.product(("real", "imag"), repeat=2)]
    if scale is None:
        return _Pair(*products, None, None, None)
    return _Pair(
        *products,
        scale.factor * here.e.real, scale.factor * there.e.real,
        scale.rate + scale.factor * (here.e.imag + there.e.imag),
    )  # fmt: skip


def _halves(parts):
    """`Parts` at the lower energies and at the upper ones."""
    return (
        Parts(*f) for f in zip(*map(partial(jnp.split, indices_or_sections=2), parts), strict=True)
    )


def _loss(pair: _Pair, answer: Response):
    """``2 Im(h_1 - h_2)``, every term of it a product of small numbers at either energy."""
    return (
        (1 + pair.neither) * answer.even - pair.both * answer.both
        - pair.first * answer.total - pair.second * answer.difference
    )  # fmt: skip
