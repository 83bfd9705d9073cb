"""A density times coupling given as a table: the alpha^2F of phonons."""

import jax
import jax.numpy as jnp
import numpy as np
from jax.lax import stop_gradient

from tlsjax.core.pytrees import parameters
from tlsjax.core.validation import Rule, non_negative, positive
from tlsjax.model.distributions.base import FAR, ORDER, Distribution
from tlsjax.model.distributions.tabulated import ascending, require_table, segment
from tlsjax.numerics.quadrature import gauss

# Points of a Gauss rule on each segment of a table, on the first ones and on the rest. Averaged
# are functions like 1/E: on a segment from E to 3 E the first are right to 1e-9, and on one from E
# to 2 E the others to 2e-8.
_POINTS, _POINTS_LATER, _FIRST = 8, 5, 16
# Ends of panels below the first energy, where functions of T are sharp at lower energies still:
# of ``E^2 dE`` the first panel has 4e-6.
_BELOW_FIRST = np.array([0.0, 1 / 64, 1 / 16, 1 / 4])
# Chebyshev polynomials for each point of the axis's own quadrature: 48 of them represent
# propagators down to pi T = 1e-4 of the largest energy to 1e-9.
_POLYNOMIALS = 3


@parameters(vectors=("E", "values"))
class SpectralFunction(Distribution):
    """Piecewise linear through points, ``~ E^2`` below the first, zero above the last.

    Not normalised: its integral over 2/E is a coupling constant.

    Parameters
    ----------
    E : (N,), positive and ascending
    values : (N,), zero or more
    """

    E: jax.Array
    values: jax.Array

    def rules(self, names=("E", "values")):
        """Domains of the columns, under the names that the user knows."""
        energy, values = names
        require_table(energy, self.E, values, self.values)
        return (
            positive(energy, self.E),
            ascending(energy, self.E),
            non_negative(values, self.values),
            Rule(values, "positive somewhere", (self.values,), lambda v: (v > 0).any(-1)),
        )

    def pdf(self, E):
        """Density times coupling at ``E``, any shape."""
        E = jnp.asarray(E)
        inside = jnp.interp(E, self.E, self.values, right=0.0)
        return jnp.where(self.E[0] > E, self._below(E), inside)

    def pdf_within(self, E, middle):
        line, outside = segment(self.E, self.values, E, middle)
        return jnp.where(middle < self.E[0], self._below(E), jnp.where(outside, 0.0, line))

    density_within = pdf_within

    def _below(self, E):
        """Up to the first energy."""
        return self.values[0] * (E / self.E[0]) ** 2

    def features(self):
        return ((jnp.asarray(self.E), 0.0),)

    def rescaled(self, factor):
        return self.replace(E=jnp.asarray(self.E) * factor)

    def static_coupling(self, E, weight, T):
        """``lambda``, from the table itself: 2/E is not among what the few nodes average."""
        del E, weight, T
        E, weight = self.nodes()
        return jnp.sum(2 * weight / E)

    def nodes(self):
        """Nodes and weights (Q,) of integrals ``int dE values F(E)`` with F smooth."""
        energy = jnp.asarray(self.E)
        energy = jnp.concatenate([energy[0] * _BELOW_FIRST, energy])
        first = _gauss_nodes(energy[: _FIRST + 1], _POINTS)
        later = _gauss_nodes(energy[_FIRST:], _POINTS_LATER)
        E, dE = (jnp.concatenate(pair) for pair in zip(first, later, strict=True))
        return E, dE * self.pdf(E)

    def quadrature(self, T, order=ORDER, far=FAR):
        """Few nodes in place of the many of a table, for averages in equilibrium.

        Averaged are odd functions F with poles at ``E = 2 pi i T m`` that fall as 1/E: propagators.
        ``F (E^2 + (2 pi T)^2)/E`` is even, of one size at all energies, and in
        ``u = asinh(E/2 pi T)`` analytic up to ``pi/2`` from the real axis. It is interpolated there
        by even Chebyshev polynomials, which are averaged over the table exactly.
        """
        del far
        count = _POLYNOMIALS * order
        width = 2 * jnp.pi * stop_gradient(T)
        end = stop_gradient(jnp.asarray(self.E)[-1])
        longest = jnp.arcsinh(end / width)
        # T_2k(x) = T_k(2 x^2 - 1): Chebyshev's nodes and polynomials in z = 2 x^2 - 1.
        z = np.cos(np.pi * (np.arange(count) + 0.5) / count)
        k = np.arange(count)
        to_weights = np.cos(np.pi * k * (np.arange(count)[:, None] + 0.5) / count)
        to_weights = to_weights * np.where(k == 0, 1.0, 2.0) / count
        E, weight = self.nodes()
        at = 2 * (jnp.arcsinh(E / width) / longest) ** 2 - 1
        nodes = width * jnp.sinh(longest * np.sqrt((1 + z) / 2))
        moments = _chebyshev_moments(at, weight * E / (E**2 + width**2), count)
        return nodes, (to_weights @ moments) * (nodes**2 + width**2) / nodes


def _gauss_nodes(ends, order):
    points, weights = gauss(order)
    half = (ends[1:] - ends[:-1])[:, None] / 2
    return (ends[:-1, None] + half * (1 + points)).ravel(), (half * weights).ravel()


def _chebyshev_moments(z, weight, count):
    """``sum_i weight_i T_k(z_i)`` for k = 0 ... count - 1, by the recurrence."""

    def step(pair, _):
        older, old = pair
        new = 2 * z * old - older
        return (old, new), jnp.dot(weight, older)

    _, moments = jax.lax.scan(step, (jnp.ones_like(z), z), None, length=count)
    return moments
