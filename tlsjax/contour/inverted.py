"""Whether levels are inverted, where the equations have more than one solution.

Inverted impurities repel at some frequencies and break pairs the more, the smaller the gap: beside
the superconducting solution there is an unstable one of a smaller gap, which the fixed point of
`tlsjax.contour.solve` finds as well as the other, by rounding. The way of `tlsjax.contour.descent`
comes from above and finds the largest.
"""

import jax.numpy as jnp
import numpy as np

from tlsjax.core.batching import over_batches
from tlsjax.core.programs import program

# Splittings that are looked at, in units of the largest there is.
_SHARES = np.geomspace(1e-4, 1.0, 64)


@program
def inverted(superconductor, T, population):
    """Whether some upper level is fuller than the lower one; of the batch's shape."""

    def one(superconductor, T, population):
        found = [jnp.asarray(False)]
        for bath in superconductor.baths(population):
            E = _SHARES * jnp.asarray(bath.distribution.largest_energy())
            found.append(jnp.any(bath.occupation.difference(E, T) < 0))
        return jnp.any(jnp.stack(found))

    return over_batches(one, superconductor, T, population)
