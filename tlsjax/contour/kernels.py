"""What the impurities do to a signal in real time.

With ``N_ge`` the population difference, the self energy (paper, Eq. 55) at a complex
frequency ``zeta`` (units of ``pi T``, see `tlsjax.contour.axis`) is, for either propagator F,

    S[F](zeta) = (alpha/T) int dE p(E) { [F(zeta+iE) + F(zeta-iE)]/2
                 + N_ge(E) [W(zeta-iE) - W(zeta+iE)]/2i }

    W(zeta) = tan(pi zeta/2) F(zeta) + (2/pi) sum_n F(nu_n) [1/(zeta-nu_n) -+ 1/(zeta+nu_n)]

(minus for the normal F, plus for the anomalous): the sum takes the poles of the tangent
away. In time both averages are products, with ``even`` and ``odd`` below.

At the Matsubara frequencies the tangent's part turns into the Matsubara sum of the
equilibrium theory with ``N_ge`` in it, and what remains is

    (alpha/T) int dE p(E) [1 - N_ge coth(E/2T)]/2 [F(nu+iE) + F(nu-iE) - 2 F(nu)],

zero in equilibrium: the pair breaking by impurities out of equilibrium, ``breaking``. (The
last term is the ``m = 0`` boson, which the compact axis leaves out and Anderson's theorem
allows to.)
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from tlsjax.contour.axis import STEP, characteristic_function
from tlsjax.model.distributions.base import FAR
from tlsjax.model.distributions.paper import DeltaFunction
from tlsjax.numerics.panels import SMALLEST, density_breakpoints
from tlsjax.numerics.quadrature import composite

# Points per panel and grid steps per panel: two nodes per step integrate exp(iEt) to
# rounding at every time the grid has.
_ORDER, _STEPS = 8, 4


class TimeKernels(NamedTuple):
    """Averages over the splittings at the times of a line, in units of ``1/(pi T)``.

    even, odd : (N,) ``(alpha/T) int p cos(Et)`` and ``(alpha/T) int p N_ge sin(Et)``.
    breaking : (N,) ``(alpha/T) int p [1 - N_ge coth(E/2T)] [cos(Et) - 1]``.
    mass, slope : scalars; splittings beyond the line add ``mass + slope zeta`` to the
        normal self energy.
    """

    even: jax.Array
    odd: jax.Array
    breaking: jax.Array
    mass: jax.Array
    slope: jax.Array


def splitting_nodes(splittings, population, T, reach):
    """``E/(pi T)`` and weights ``p(E) dE`` that resolve the line's steps up to ``reach``."""
    if isinstance(splittings, DeltaFunction):
        return splittings.E0 / (jnp.pi * T) * jnp.ones(1), jnp.ones(1)
    pi_T = jnp.pi * T
    uniform = np.arange(0.0, reach + STEP, _STEPS * STEP) * pi_T
    # Below the first step for what is singular at E = 0, and out to the far tail.
    small = STEP * pi_T * 2.0 ** -np.arange(24.0)
    large = reach * pi_T * np.geomspace(1.0, FAR, 24)
    own = density_breakpoints(splittings, population, T)
    points = jnp.concatenate([uniform, splittings.variable(small), large, own])
    s, ds = composite(jnp.sort(jnp.maximum(points, 0.0)), _ORDER)
    s, ds = s.ravel(), ds.ravel()
    s = jnp.maximum(s, SMALLEST)
    return splittings.energy(s) / pi_T, ds * splittings.density(s)


def time_kernels(ensemble, T, population, line):
    """`TimeKernels` of an ensemble with its electrons at ``T``."""
    E, weight = splitting_nodes(ensemble.splittings, population, T, line.reach)
    weight = weight * ensemble.alpha / T
    E = jnp.maximum(E, 1e-12)
    difference = population.difference(jnp.pi * T * E, T)
    near = 0.98 * line.reach > E
    excess = weight * (1 - difference / jnp.tanh(jnp.pi * E / 2))
    inside = jnp.where(near, E, 0.0)

    weights = jnp.stack([weight, weight * difference, excess])
    average = characteristic_function(line, inside, jnp.where(near, weights, 0.0))
    broken = average[2].real
    beyond = jnp.where(near, 0.0, weight)
    return TimeKernels(
        even=average[0].real,
        odd=average[1].imag,
        # Beyond the line cos(Et) averages to nothing over a step.
        breaking=broken - broken[0] - jnp.sum(jnp.where(near, 0.0, excess)),
        mass=jnp.sum(beyond * (1 - difference)),
        slope=jnp.sum(2 / jnp.pi * beyond * difference / E),
    )
