"""What the baths do to a signal in real time.

The self energy (paper, Eq. 55; theory, section 8) at a complex frequency ``zeta`` (units of
``pi T``, see `tlsjax.contour.axis`) is, for either propagator F and the two occupation factors
``t`` and ``d`` of each bath,

    S[F](zeta) = (1/T) sum over baths int dE rho(E) { t(E) [F(zeta+iE) + F(zeta-iE)]/2
                 + d(E) [W(zeta-iE) - W(zeta+iE)]/2i }

    W(zeta) = tan(pi zeta/2) F(zeta) + (2/pi) sum_n F(nu_n) [1/(zeta-nu_n) -+ 1/(zeta+nu_n)]

(minus for the normal F, plus for the anomalous): the sum takes the poles of the tangent
away. In time both averages are products, with ``even`` and ``odd`` below.

At the Matsubara frequencies the tangent's part turns into the Matsubara sum of the
equilibrium theory with ``d`` in it, and what remains is

    (1/T) sum over baths int dE rho(E) [t - d coth(E/2T)]/2 [F(nu+iE) + F(nu-iE) - 2 F(nu)],

zero in equilibrium: the pair breaking by bosons out of equilibrium, ``breaking``. (The last
term is the ``m = 0`` boson, which the compact axis leaves out and Anderson's theorem allows to.)
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from tlsjax.contour.axis import STEP, characteristic_function
from tlsjax.model.distributions.base import FAR
from tlsjax.numerics.panels import SMALLEST
from tlsjax.numerics.quadrature import composite

# Points per panel and grid steps per panel: two nodes per step integrate exp(iEt) to
# rounding at every time the grid has.
_ORDER, _STEPS = 8, 4


class TimeKernels(NamedTuple):
    """Averages over the energies of all baths at the times of a line, in units of ``1/(pi T)``.

    even, odd : (N,) ``(1/T) int rho t cos(Et)`` and ``(1/T) int rho d sin(Et)``.
    breaking : (N,) ``(1/T) int rho [t - d coth(E/2T)] [cos(Et) - 1]``.
    mass, slope : scalars; energies beyond the line add ``mass + slope zeta`` to the
        normal self energy.
    """

    even: jax.Array
    odd: jax.Array
    breaking: jax.Array
    mass: jax.Array
    slope: jax.Array


def time_kernels(baths, T, line) -> TimeKernels:
    """`TimeKernels` of all baths with the electrons at ``T``."""
    zero = jnp.zeros(line.points + 1)
    total = TimeKernels(zero, zero, zero, jnp.zeros(()), jnp.zeros(()))
    for bath in baths:
        total = TimeKernels(*map(jnp.add, total, _of_bath(bath, T, line)))
    return total


def _of_bath(bath, T, line):
    E, weight = _nodes(bath, T, line.reach)
    weight = weight / T
    E = jnp.maximum(E, 1e-12)
    energy = jnp.pi * T * E
    total, difference = (
        bath.occupation.total(energy, T),
        bath.occupation.difference(energy, T),
    )
    near = 0.98 * line.reach > E
    excess = weight * bath.breaking(energy, T)
    inside = jnp.where(near, E, 0.0)

    weights = jnp.stack([weight * total, weight * difference, excess])
    average = characteristic_function(line, inside, jnp.where(near, weights, 0.0))
    broken = average[2].real
    beyond = jnp.where(near, 0.0, weight)
    return TimeKernels(
        even=average[0].real,
        odd=average[1].imag,
        # Beyond the line cos(Et) averages to nothing over a step.
        breaking=broken - broken[0] - jnp.sum(jnp.where(near, 0.0, excess)),
        mass=jnp.sum(beyond * (total - difference)),
        slope=jnp.sum(2 / jnp.pi * beyond * difference / E),
    )


def _nodes(bath, T, reach):
    """``E/(pi T)`` and weights ``rho dE`` that resolve the line's steps up to ``reach``."""
    pi_T = jnp.pi * T
    if bath.is_sharp:
        E, weight = bath.quadrature(T)
        return E / pi_T, weight
    distribution = bath.distribution
    uniform = np.arange(0.0, reach + STEP, _STEPS * STEP) * pi_T
    # Below the first step for what is singular at E = 0, and out to the far tail.
    small = STEP * pi_T * 2.0 ** -np.arange(24.0)
    large = reach * pi_T * np.geomspace(1.0, FAR, 24)
    points = [uniform, distribution.variable(small), large, bath.breakpoints(T)]
    s, ds = composite(jnp.sort(jnp.maximum(jnp.concatenate(points), 0.0)), _ORDER)
    s = jnp.maximum(s.ravel(), SMALLEST)
    weight = bath.coupling * ds.ravel() * distribution.density(s)
    return distribution.energy(s) / pi_T, weight
