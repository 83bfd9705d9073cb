"""Whether levels are inverted, where the equations have more than one solution.

Beside the superconducting solution there can be one of a smaller gap, which rises with alpha where
the other falls. The fixed point of `tlsjax.contour.solve` may find either, and rounding decides;
the way of `tlsjax.contour.descent` comes from above and finds the largest.

What the gap equation leaves, as a function of X with all other unknowns following, has one sign
far above any solution and changes it at each: its slope is positive at the largest solution and
negative at the next. Between that and nothing it is positive again, where the iteration may end in
the normal state, or in what is left of it (Delta = 6e-10): a small order parameter is doubtful
whatever the slope, and so is the normal state, beside which there may be a large one.
"""

from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import lax

from tlsjax.contour.equations import HEIGHT, Line, on_mesh
from tlsjax.contour.joint import Joint, Together
from tlsjax.core.batching import over_batches
from tlsjax.core.programs import program
from tlsjax.core.status import Status
from tlsjax.matsubara.equations import unpack

# Splittings that are looked at, in units of the largest there is.
_SHARES = np.geomspace(1e-4, 1.0, 1024)
# What rounding or the interpolation of a table leaves below zero is no inversion.
_LEAST = 1e-6
# Order parameter in units of three times the expected Tc (`Problem.square_scale`), of which a
# clean superconductor has 0.6, below which the slope does not decide. The smaller of two solutions
# had 0.04 to 0.27 where it was met.
_SMALL = 0.2


def inverted(superconductor, T, population):
    """Whether some upper level is fuller than the lower one; of the batch's shape, or False."""
    if not any(occupation.may_be_inverted for occupation in population):
        return False
    return _inverted(superconductor, T, population)


@program
def _inverted(superconductor, T, population):
    def one(superconductor, T, population):
        return _any_inverted(superconductor.baths(population), T)

    return over_batches(one, superconductor, T, population)


def _any_inverted(baths, T):
    found = [jnp.asarray(False)]
    for bath in baths:
        occupation = bath.occupation
        places = [jnp.ravel(energy) for energy, _ in occupation.features(T)]
        largest = jnp.asarray(bath.distribution.largest_energy())
        E = jnp.concatenate([_SHARES * largest, *places])
        found.append(jnp.any(occupation.difference(E, T) < -_LEAST))
    return jnp.any(jnp.stack(found))


class Checked(NamedTuple):
    """``way(problem)`` of `tlsjax.contour.solve` with the status OTHER_SOLUTION where levels are
    inverted and it is not sure that the solution is the largest; static."""

    way: Any
    line: Line

    def __call__(self, problem):
        last = self.way(problem)
        found = last.status == Status.CONVERGED
        doubtful = lax.cond(
            found & _any_inverted(problem.baths, problem.T),
            lambda: self._is_small(problem, last) | ~(self._slope(problem, last) > 0),
            lambda: jnp.asarray(False),
        )
        status = jnp.where(doubtful, Status.OTHER_SOLUTION, last.status)
        return last._replace(status=status.astype(last.status.dtype))

    def _is_small(self, problem, last):
        share = jnp.sqrt(last.fine.X / problem.square_scale)
        return last.fine.normal | (share < _SMALL)

    def _slope(self, problem, last):
        """Of the gap equation, by ``ln X``."""
        w, _ = self.line.unpack(last.y, problem, last.mesh)
        v, s, X = unpack(last.fine.unknowns)
        joint = Joint((HEIGHT - 1j * last.mesh.nodes) / w, s, X, v)
        return Together(self.line.axis, exact=True).linear(joint, on_mesh(problem, last.mesh)).slope
