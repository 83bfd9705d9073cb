"""The current between two superconductors without anything that smears it.

    I(V) = int dE N_1(E - V) N_2(E) [f_1(E - V) - f_2(E)]

Edges of both densities of states meet at ``|V| = Delta_1 + Delta_2``, where the current jumps, and
at ``|Delta_1 - Delta_2|``, where it has a logarithmic peak. Panels are those of both spectra's
meshes, cut where the occupations change, and graded towards the edge of each spectrum: they move
with the bias, so that the derivative of the sum is the conductance.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax.lax import stop_gradient

from tlsjax.numerics.panels import RATIO, square_roots

# Points of a panel; as far from a singularity as it is long they leave 3.7^-16 = 1e-9.
_POINTS = 8
# Distances from an edge, in units of the range of energies, down to where two edges are one.
_DISTANCES = RATIO ** -np.arange(28.0)
# How far from gap and bias anything is occupied, in units of T, and where panels end in between.
_THERMAL = 40.0
_OCCUPATION = np.concatenate([[0.5, 1.0, 2.0], np.arange(4.0, _THERMAL + 1, 4.0)])
# Biases side by side: each has some 6000 energies.
_BLOCK = 16


def difference_of_fermi_functions(x, y):
    """``f(x) - f(y)`` of energies over temperature, to rounding however small it is."""
    half = (y - x) / 2
    # sinh(half)/(2 cosh(x/2) cosh(y/2)), without an exponential that overflows.
    size = jnp.exp(jnp.abs(half) - (jnp.abs(x) + jnp.abs(y)) / 2)
    below = (1 + jnp.exp(-jnp.abs(x))) * (1 + jnp.exp(-jnp.abs(y)))
    return -jnp.sign(half) * jnp.expm1(-2 * jnp.abs(half)) * size / below


def _current(spectra, temperatures, bias):
    """At one bias, not negative."""
    T1, T2 = temperatures
    own = [jnp.array([1.0, -1.0]) * spectrum.edge_energy for spectrum in spectra]
    shifts = (bias, jnp.zeros_like(bias))
    marks = jnp.concatenate([edges + shift for edges, shift in zip(own, shifts, strict=True)])
    gap = jnp.maximum(*(spectrum.edge_energy for spectrum in spectra))
    low, high = -(gap + _THERMAL * T2), bias + gap + _THERMAL * T1
    # Lengths that the panels keep while the bias moves.
    scale = stop_gradient(high - low)
    hot = stop_gradient(jnp.maximum(T1, T2))
    places = jnp.concatenate([marks, jnp.stack(shifts)])
    steps = np.concatenate([-_OCCUPATION, [0.0], _OCCUPATION]) * hot
    around = scale * np.concatenate([-_DISTANCES, _DISTANCES])
    parts = [jnp.stack([low, high]), places[:, None] + steps, marks[:, None] + around]
    for spectrum, shift in zip(spectra, shifts, strict=True):
        mesh = spectrum.unit * stop_gradient(spectrum.mesh.edges)
        parts += [shift - mesh, shift + mesh]
    edges = jnp.sort(jnp.clip(jnp.concatenate([part.ravel() for part in parts]), low, high))
    mark, offset, weights = map(jnp.ravel, square_roots(edges, marks, _POINTS))
    energy = mark + offset
    found = weights * difference_of_fermi_functions((energy - bias) / T1, energy / T2)
    for spectrum, edges, shift in zip(spectra, own, shifts, strict=True):
        # From its own edge next to it, without the rounding of the energy.
        side = jnp.where(energy < shift, -1.0, 1.0)
        beyond = side * ((mark - (side * edges[0] + shift)) + offset)
        found = found * spectrum.gamma(jnp.abs(energy - shift), beyond).real
    return jnp.sum(found)


def sharp(greens, temperatures, bias, current):
    """``I(V)``, or ``dI/dV`` where ``current`` is False, at biases (M,)."""
    spectra = tuple(green.interpolant for green in greens)

    def one(V):
        size = jnp.abs(V)

        def function(V):
            return _current(spectra, temperatures, V)

        if current:
            return jnp.sign(V) * function(size)
        return jax.jvp(function, (size,), (jnp.ones_like(size),))[1]

    return jax.lax.map(one, bias, batch_size=_BLOCK)
