"""Whether levels are inverted, where the equations have more than one solution.

Beside the superconducting solution there can be one of a smaller gap, which rises with alpha where
the other falls. The fixed point of `tlsjax.contour.solve` may find either, and rounding decides;
the way of `tlsjax.contour.descent` comes from above and finds the largest.
"""

import jax.numpy as jnp
import numpy as np

from tlsjax.core.batching import over_batches
from tlsjax.core.programs import program

# Splittings that are looked at, in units of the largest there is.
_SHARES = np.geomspace(1e-4, 1.0, 1024)
# What rounding or the interpolation of a table leaves below zero is no inversion.
_LEAST = 1e-6


@program
def inverted(superconductor, T, population):
    """Whether some upper level is fuller than the lower one; of the batch's shape."""

    def one(superconductor, T, population):
        found = [jnp.asarray(False)]
        for bath in superconductor.baths(population):
            occupation = bath.occupation
            places = [jnp.ravel(energy) for energy, _ in occupation.features(T)]
            largest = jnp.asarray(bath.distribution.largest_energy())
            E = jnp.concatenate([_SHARES * largest, *places])
            found.append(jnp.any(occupation.difference(E, T) < -_LEAST))
        return jnp.any(jnp.stack(found))

    return over_batches(one, superconductor, T, population)
