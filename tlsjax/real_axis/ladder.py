"""The real axis for a single splitting E0: every energy is solved alone, exactly.

Shifts by E0 couple an energy only to ``x + k E0``: the equations close on that ladder, one
unknown a rung, each coupled to its neighbours. Newton's method with a tridiagonal Jacobian
solves it to rounding, with no grid in energy to resolve anything.

The unknown is the angle theta of Usadel's equation, ``gamma = cos(theta)``, ``u phi = sin(theta)``:

    normal sin(theta_k) - anomalous cos(theta_k) + up sin(theta_k - theta_(k+1))
        + down sin(theta_k - theta_(k-1)) + magnetic sin(2 theta_k) = 0.

It is an entire function without branches, large propagators are large only in their
logarithm, and neighbours that are alike drop out of each other, as elastic scattering must: a
splitting too small to matter does not, however strongly it is coupled.
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from tlsjax.contour.poles import sources_at
from tlsjax.numerics.tridiagonal import apply, neighbours, thomas, transposed
from tlsjax.real_axis.given import Given

# Size of Delta that stands for none, so that the angle has a direction.
_SMALL = 1e-30


class Ladder(NamedTuple):
    """Coefficients of the equations on the rungs, all (M, R) or scalars.

    ``epsilon_k = normal_k + up_k gamma_{k+1} + down_k gamma_{k-1}``, where up and down hold the
    shift's tangent, and likewise ``u delta_k`` with ``anomalous``; see `tlsjax.contour.kernels`.
    """

    normal: jax.Array
    anomalous: jax.Array
    up: jax.Array
    down: jax.Array
    magnetic: jax.Array


def rungs_for(E0, reach):
    """Number of rungs on each side for the energy ``reach`` (both known numbers).

    No more than 64: what far rungs do is lost on the way, and neighbours closer than a sixtieth of
    Delta are alike.
    """
    needed = min(reach / max(E0, 1e-300), 64.0)
    return int(min(max(8, 2 ** int(np.ceil(np.log2(needed + 1)))), 64))


def size_of_gap(given):
    """``u``, in the normal state a number that leaves the angle a direction."""
    return jnp.where(given.X > 0, jnp.sqrt(jnp.where(given.X > 0, given.X, 1.0)), _SMALL)


def on_rungs(x, given, rungs):
    """(M, R) energies of the rungs."""
    (energy,), _ = given.baths[0].quadrature(given.T)
    return x[:, None] + np.arange(-rungs, rungs + 1) * energy / (jnp.pi * given.T)


def ladder(x, given: Given, rungs) -> Ladder:
    """`Ladder` of energies ``x`` (M,): ``rungs`` above and below each, in the middle its own."""
    (bath,), T, table = given.baths, given.T, given.table
    (energy,), (weight,) = bath.quadrature(T)
    total, difference = bath.occupation.total(energy, T), bath.occupation.difference(energy, T)
    strength = weight / T
    # One more on either side, for the shifts.
    energies = on_rungs(x, given, rungs + 1)
    fixed, tangent = sources_at(table, energies)
    zeta = table.height - 1j * energies
    shifted = strength * difference * (fixed[:, 2:] - fixed[:, :-2]) / 2j
    magnetic = given.breaking.magnetic
    return Ladder(
        normal=given.breaking.on_frequency(zeta[:, 1:-1]) + shifted[..., 0],
        anomalous=size_of_gap(given) * (table.constant + shifted[..., 1]),
        up=strength * (total + difference * tangent[:, 2:] / 1j) / 2,
        down=strength * (total - difference * tangent[:, :-2] / 1j) / 2,
        magnetic=jnp.zeros(()) if magnetic is None else magnetic,
    )


def terms_of(theta):
    """Cosine and sine of theta, and of its differences to the rungs above and below."""
    z = jnp.exp(1j * theta)
    above, below = neighbours(z)

    def both(q):
        inverse = 1 / q
        return (q + inverse) / 2, (q - inverse) / 2j

    return both(z), both(z / above), both(z / below)


def residual(problem, terms):
    """Left-hand side on every rung."""
    (cos, sin), (_, sin_up), (_, sin_down) = terms
    own = problem.normal * sin - problem.anomalous * cos
    shifted = problem.up * sin_up + problem.down * sin_down
    return own + shifted + 2 * problem.magnetic * sin * cos


def jacobian(problem, terms):
    """Tridiagonal Jacobian: (lower, diagonal, upper), (M, R) each."""
    (cos, sin), (cos_up, _), (cos_down, _) = terms
    # The rungs at the ends are their own neighbours: nothing there.
    upper = -(problem.up * cos_up).at[:, -1].set(0.0)
    lower = -(problem.down * cos_down).at[:, 0].set(0.0)
    own = problem.normal * cos + problem.anomalous * sin
    diagonal = own - upper - lower + 2 * problem.magnetic * (cos**2 - sin**2)
    return lower, diagonal, upper


class Rungs(NamedTuple):
    """The equations for `implicit_root`."""

    def residual(self, theta, problem):
        return residual(problem, terms_of(theta))

    def tangent(self, theta, problem, b):
        matrix = jacobian(problem, terms_of(theta))
        return lax.custom_linear_solve(
            partial(apply, matrix),
            b,
            solve=lambda _, b: thomas(matrix, b),
            transpose_solve=lambda _, b: thomas(transposed(matrix), b),
        )
