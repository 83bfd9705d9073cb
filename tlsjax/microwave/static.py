"""Retarded functions of thermal superconductors without bosons, in closed form at each energy.

With Dynes' rate alone, at ``epsilon > 0``,

    e = sqrt((epsilon + i Gamma)^2 - Delta^2),   N = (epsilon + i Gamma)/e,   P = Delta/e,

with magnetic scattering (Abrikosov and Gor'kov) the root of `tlsjax.real_axis.static` on the real
axis. Neither has a mesh: that is what makes fits of microwave data quick.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.lax import stop_gradient

from tlsjax.matsubara.pair_breaking import PairBreaking, ratio
from tlsjax.microwave.fields import Parts, Retarded
from tlsjax.microwave.integral import Scale, response

# Panels on either side of the edge, whose lengths grow from the smallest scale there is to the gap:
# a factor of two from one to the next for scales of a thousandth.
_LEVELS = 10
# Scales below this share of the gap are none: a width of it changes nothing by more than it is.
_SHARPEST = 1e-8
# Energies, in units of T, between which occupations are smooth, and in units of the gap those
# beyond it.
_OCCUPIED = np.array([0.25, 0.5, 1.0, 2.0, 4.0, 7.0, 11.0, 16.0, 24.0, 40.0])
_ABOVE = 2.0 ** np.arange(1, 6)
# With magnetic scattering: Newton's steps, of which one at an edge only halves the distance, and
# the height, in units of the gap, at which a branch is still told from the other.
_STEPS, _HEIGHT = 24, 1e-7


class StaticFields(NamedTuple):
    """`Retarded` at any energy, in units of ``pi T``.

    delta : order parameter. breaking : `PairBreaking`, ``magnetic`` None where there is none.
    frequency : the photon's energy, which panels resolve.
    """

    delta: jax.Array
    breaking: PairBreaking
    frequency: jax.Array

    @property
    def edge(self):
        """Where the gap of a superconductor without Dynes' width ends; 0 in the normal state."""
        magnetic = self.breaking.magnetic
        if magnetic is None:
            return self.delta
        share = 2 * magnetic / jnp.where(self.delta > 0, self.delta, 1.0)
        return self.delta * jnp.maximum(1 - jnp.cbrt(share) ** 2, 0.0) ** 1.5

    @property
    def breakpoints(self):
        """Ends of panels that resolve the functions and the occupations, from 0."""
        delta, edge = self.delta, self.edge
        dynes = 0.0 if self.breaking.dynes is None else self.breaking.dynes
        # What is sharp is so on the scale of the width, or of the photon.
        scale = jnp.where(dynes > 0, jnp.minimum(dynes, self.frequency), self.frequency)
        levels = _LEVELS
        if self.breaking.magnetic is not None:
            # The edge of however small a rate, on the scale of the height.
            scale, levels = _HEIGHT * delta, 2 * _LEVELS
        scale = jnp.clip(scale / 3, _SHARPEST * delta, delta)
        growth = np.arange(levels) / (levels - 1)
        distance = scale * (delta / jnp.where(scale > 0, scale, 1.0)) ** growth
        parts = [
            jnp.stack([jnp.zeros_like(edge), edge, delta]),
            edge - distance,
            edge + distance,
            delta * _ABOVE,
            _OCCUPIED / np.pi,
        ]
        return stop_gradient(jnp.sort(jnp.maximum(jnp.concatenate(parts), 0.0)))

    def at(self, x, offset) -> Retarded:
        """At ``x`` of any sign, ``|x|`` being ``offset`` beyond the edge."""
        size = jnp.abs(x)
        if self.breaking.magnetic is None:
            N, P, e = self._dynes(size, offset)
        else:
            zeta = self.breaking.on_frequency(_HEIGHT * self.delta - 1j * size)
            v = ratio(zeta, 1.0, self.delta**2, self.breaking, _STEPS)
            N = 1 / jnp.sqrt(1 + (self.delta * v) ** 2)
            P = -1j * self.delta * v * N
            e = 1j * (zeta / N + self.breaking.magnetic)
        return Retarded(*map(Parts.of, (N, P, e))).mirrored(jnp.where(x < 0, -1.0, 1.0))

    def _dynes(self, size, offset):
        dynes = 0.0 if self.breaking.dynes is None else self.breaking.dynes
        # Of energies next to the edge the difference of two squares has no digits.
        square = offset * (2 * self.delta + offset) - dynes**2
        e = jnp.sqrt(square + 2j * dynes * size)
        return (size + 1j * dynes) / e, self.delta / e, e


def static_conductivity(fields: StaticFields, scale):
    """Complex ``sigma/sigma_n`` in the local limit; ``scale`` is ``1/(1 + 2 Gamma)``, the elastic
    rate in units of ``pi T``: zero in the dirty limit."""
    scales = Scale(scale, 1 - scale)
    (found,) = response(fields, None, fields.frequency, None, scales)
    return (1 - scale) * found
