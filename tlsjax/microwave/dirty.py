"""Conductivity of the dirty limit, where nothing but the densities at two energies matters.

    omega sigma_1/sigma_n = int_0^inf dz (t' - t) [Re N Re N' + Re P Re P']
    omega sigma_2/sigma_n = -int_0^inf dz {t [Re N Im N' + Re P Im P'] + t' [Im N Re N' + Im P Re P']}

(Mattis and Bardeen, Phys. Rev. 111, 412, 1958; Nam, Phys. Rev. 156, 470, 1967), at the energies
``epsilon = z - omega/2`` and, primed, ``z + omega/2``; ``t = tanh(epsilon/2T)``.
"""

import jax.numpy as jnp
import numpy as np
from jax.lax import stop_gradient

from tlsjax.numerics.panels import square_roots
from tlsjax.observables.sharp import difference_of_fermi_functions

# Points of a panel: with twice as many the conductivity changes by less than 1e-8 of itself.
_POINTS = 6
# Panels beyond the last breakpoint, and how far they go: pairs are broken virtually up there, and
# what is left falls as the fourth power.
_BEYOND, _FARTHER = 8, 300.0


def dirty_conductivity(fields):
    """Complex ``sigma/sigma_n`` at the photon's energy of the `StaticFields`."""
    omega = fields.frequency
    edge, half = fields.edge, omega / 2
    marks = jnp.stack([half + edge, jnp.abs(half - edge)])
    mesh = fields.breakpoints
    end = mesh[-1] + half
    far = _FARTHER * end
    beyond = end * _FARTHER ** (np.arange(1, _BEYOND + 1) / _BEYOND)
    parts = jnp.concatenate([mesh + half, jnp.abs(mesh - half), beyond, marks])
    breakpoints = jnp.sort(jnp.concatenate([parts, jnp.zeros(1)]))
    breakpoints = jnp.minimum(breakpoints, stop_gradient(far))
    mark, offset, weights = map(jnp.ravel, square_roots(breakpoints, marks, _POINTS))
    z = mark + offset

    def at(shift):
        # Beyond its own edge, without the rounding of the energy.
        side = jnp.where(z < shift, -1.0, 1.0)
        return fields.at(z - shift, side * ((mark - (side * edge + shift)) + offset))

    here, there = at(half), at(-half)
    low, high = np.pi * (z - half), np.pi * (z + half)
    t, t_there = jnp.tanh(low / 2), jnp.tanh(high / 2)
    pairs = [(here.N, there.N), (here.P, there.P)]
    loss = sum(a.real * b.real for a, b in pairs)
    reactive = sum(t * a.real * b.imag + t_there * a.imag * b.real for a, b in pairs)
    real = weights @ (2 * difference_of_fermi_functions(low, high) * loss)
    return (real - 1j * (weights @ reactive)) / omega
