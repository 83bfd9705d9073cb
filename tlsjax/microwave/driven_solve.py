"""The fixed point of driven impurities and electrons, one point after the other.

The unknown is the absorption of the electrons, ``ln(R/E)`` at a table of splittings: one function
for all ensembles, whose rates are 4 pi kappa of each times it. From it follow the populations
(Bloch's equations, `tlsjax.model.driven`), the spectrum, and the absorption again, by Anderson's
iteration.
"""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax.lax import stop_gradient

from tlsjax.contour.solve import MAX_STEPS as SPECTRUM_STEPS
from tlsjax.core.batching import over_batches
from tlsjax.core.programs import program
from tlsjax.core.pytrees import parameters
from tlsjax.core.status import Status, is_ok, nan_unless
from tlsjax.matsubara.order_parameter import MAX_STEPS as NEWTON_STEPS
from tlsjax.matsubara.order_parameter import solve_one as in_equilibrium
from tlsjax.microwave.fields import on_axis
from tlsjax.microwave.relaxation import absorption
from tlsjax.model.driven import Driven
from tlsjax.numerics.fixed_point import iterate
from tlsjax.real_axis.solve import solve_one

# Last change of ``ln(R/E)``, and steps. Spectra are no better than that where a rate is small.
_TOLERANCE, MAX_STEPS = 1e-6, 60
# The table: splittings in proportion from the lowest, in units of the smaller of T and the
# frequency, to the highest, in units of the largest energy; and shares of a distance by which they
# come near to the frequency and to twice the gap, where the absorption jumps. At T = 0.2 Tc0 and
# alpha = 1 half as many leave 1e-3 of N_ge.
_EVEN, _LOWEST, _HIGHEST = 64, 0.03, 3.0
_NEAR_FREQUENCY, _NEAR_EDGE = 0.31 * 2.0 ** -np.arange(6.0), 0.29 * 3.0 ** -np.arange(6.0)


@parameters
class Drive:
    """Numbers of the field and of what else dephases and relaxes, as in `Driven`."""

    frequency: float
    rabi: float
    dephasing: float
    relaxation: float


@program(static_argnums=(5, 6, 7, 8))
def solve(superconductor, T, drive, kappas, resolution, axis, panels, max_steps, rungs):
    static = {"axis": axis, "panels": panels, "max_steps": max_steps, "rungs": rungs}
    one = partial(_solve_one, **static)
    return over_batches(one, superconductor, T, drive, kappas, resolution, lanes=1)


def _solve_one(superconductor, T, drive, kappas, resolution, *, axis, panels, max_steps, rungs):
    T = jnp.asarray(T, dtype=float)
    E = stop_gradient(_table(superconductor, T, drive, axis))

    def populations(y):
        numbers = drive.frequency, drive.rabi, drive.dephasing, drive.relaxation
        return tuple(Driven(*numbers, kappa, E, y) for kappa in kappas)

    # Traced once for both uses.
    @jax.jit
    def turn(y, _):
        solved = solve_one(
            superconductor, T, populations(y), resolution,
            axis=axis, panels=panels, max_steps=SPECTRUM_STEPS, rungs=rungs,
        )  # fmt: skip
        green = solved["fine"]
        taken = absorption(on_axis(green), green.unit, E)
        return jnp.log(taken / E), (y, solved)

    # The normal state's.
    start = jnp.zeros(E.shape)
    aside = jax.tree.map(lambda x: jnp.zeros(x.shape, x.dtype), jax.eval_shape(turn, start, None))
    limits = (max_steps + 1, max_steps + 1, max_steps)

    def never(y, image, aside, theta):
        return image

    last = iterate(turn, never, limits, start, aside[1], _TOLERANCE, None)
    y, solved = last.aside
    own = populations(y)
    status = jnp.where(is_ok(solved["status"]), last.status, solved["status"])
    normal = (status == Status.CONVERGED) & (solved["status"] == Status.NORMAL)
    status = jnp.where(normal, Status.NORMAL, status).astype(jnp.int32)
    answer = is_ok(status)

    def each(name):
        found = jnp.stack([getattr(one, name)(E, T) for one in own])
        return nan_unless(answer, found)

    found = {
        "E": E, "rate": each("relaxation_rate"), "N_ge": each("difference"),
        "T_tls": each("temperature"), "status": status, "iterations": last.steps,
        "residual": last.size,
    }  # fmt: skip
    return solved, own, found


def _table(superconductor, T, drive, axis):
    """(N,) ascending splittings that resolve the absorption."""
    state = in_equilibrium(superconductor, T, None, axis, NEWTON_STEPS)
    # The gap function at pi T: nearer to the edge of the gap than the order parameter is.
    gap = (state["delta_tilde"] / state["epsilon_tilde"] * state["epsilon_n"])[0]
    edge = 2 * jnp.where(gap > 0, gap, T)
    baths = superconductor.baths()
    largest = [jnp.asarray(bath.distribution.largest_energy()) for bath in baths]
    frequency = jnp.asarray(drive.frequency)
    low = _LOWEST * jnp.minimum(T, frequency)
    high = _HIGHEST * jnp.max(jnp.stack([edge, T, frequency, *largest]))
    parts = [low * (high / low) ** np.linspace(0.0, 1.0, _EVEN)]
    for place, near in ((frequency, _NEAR_FREQUENCY), (edge, _NEAR_EDGE)):
        parts.append(place * np.concatenate([1 - near, 1 + near]))
    parts += [bath.quadrature(T)[0] for bath in baths if bath.is_sharp]
    return jnp.sort(jnp.concatenate(parts))
