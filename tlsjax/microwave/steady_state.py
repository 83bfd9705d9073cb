"""Driven impurities and electrons in one another's hands: population, spectrum, rates, population.

How deep a field burns depends on how fast the impurities relax; that is the electrons' spectrum
(`tlsjax.microwave.relaxation`), which the impurities' population makes. The unknown is the
absorption of the electrons, ``ln(R/E)`` at a table of splittings: one function for all ensembles,
whose rates are 4 pi kappa of each times it. From it follow the populations (Bloch's equations,
`tlsjax.model.driven`), the spectrum, and the absorption again: a fixed point, found by Anderson's
iteration.
"""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax.lax import stop_gradient
from numpy.typing import ArrayLike

from tlsjax.contour.mesh import require_panels
from tlsjax.contour.solve import MAX_STEPS
from tlsjax.core.batching import batch_shape, over_batches
from tlsjax.core.programs import program
from tlsjax.core.pytrees import as_real, parameters
from tlsjax.core.results import Solution, solution
from tlsjax.core.status import Status, is_ok, nan_unless
from tlsjax.core.validation import fail, non_negative, positive, require
from tlsjax.matsubara.axis import CompactAxis, axis_or_default
from tlsjax.matsubara.order_parameter import MAX_STEPS as NEWTON_STEPS
from tlsjax.matsubara.order_parameter import solve_one as in_equilibrium
from tlsjax.microwave.fields import on_axis
from tlsjax.microwave.relaxation import absorption, kappa_of, warn_of_width
from tlsjax.model.driven import Driven
from tlsjax.model.superconductor import SuperconductorLike, as_superconductor
from tlsjax.numerics.fixed_point import iterate
from tlsjax.real_axis.green import static_rungs
from tlsjax.real_axis.solve import AUTO, default_panels, solve_one
from tlsjax.real_axis.spectrum import Spectrum

# Last change of ``ln(R/E)``, and steps. Spectra are no better than that where a rate is small.
_TOLERANCE, _MAX_STEPS = 1e-6, 60
# The table: splittings in proportion from the lowest, in units of the smaller of T and the
# frequency, to the highest, in units of the largest energy; and shares of a distance by which they
# come near to the frequency and to twice the gap, where the absorption jumps. At T = 0.2 Tc0 and
# alpha = 1 half as many leave 1e-3 of N_ge.
_EVEN, _LOWEST, _HIGHEST = 64, 0.03, 3.0
_NEAR_FREQUENCY, _NEAR_EDGE = 0.31 * 2.0 ** -np.arange(6.0), 0.29 * 3.0 ** -np.arange(6.0)


@solution(static=("batch",))
class SteadyState(Solution):
    """Impurities in a field, and the superconductor that they are in, consistent.

    Of a batch every array has the batch's shape in front. K counts the ensembles.

    Attributes
    ----------
    spectrum : Spectrum
        With the populations of the steady state: for `dos`, `conductivity`, `heating_power`.
    population : tuple of occupations, one for each ensemble
        For other solvers (one point, not a batch).
    E : (N,) splittings of the table.
    rate, N_ge, T_tls : (K, N)
        ``hbar/T_1``, the population and the temperature ``E/(2 artanh N_ge)`` it stands for.
    width : (K,) ``4 pi kappa``: two-level systems are well-defined where it is small.
    status : `Status.MAX_STEPS` without convergence, or what became of the last spectrum.
    iterations, residual : of the fixed point; the latter is the last change of ``ln(R/E)``.
    """

    what = "Steady state"
    value = "residual"
    shown = ("iterations", "residual", "width", "T")
    arrays = ("E", "rate", "N_ge", "T_tls")

    spectrum: Spectrum
    population: tuple
    E: jax.Array
    rate: jax.Array
    N_ge: jax.Array
    T_tls: jax.Array
    width: jax.Array
    T: jax.Array
    status: jax.Array
    iterations: jax.Array
    residual: jax.Array
    batch: tuple


def steady_state(
    superconductor: SuperconductorLike,
    T: ArrayLike,
    frequency: ArrayLike,
    rabi: ArrayLike,
    density: ArrayLike | tuple | None = None,
    *,
    kappa: ArrayLike | tuple | None = None,
    dephasing: ArrayLike = 0.0,
    relaxation: ArrayLike = 0.0,
    resolution: ArrayLike | str = "auto",
    axis: CompactAxis | None = None,
    panels: int | None = None,
    max_steps: int = _MAX_STEPS,
) -> SteadyState:
    """Impurities driven at one frequency, relaxed by the electrons whose spectrum they make.

    ``N_ge(E) = tanh(E/2T) (1 + x^2)/(1 + x^2 + s)`` with ``x = (E - omega_0) T_2`` and
    ``s = Omega_R^2 T_1 T_2`` (Bloch), ``1/T_2 = 1/2T_1 + 1/T_phi``, and ``1/T_1`` the
    `relaxation_rate` in the spectrum of these populations (theory, section 11).

    Parameters
    ----------
    superconductor : Superconductor or TLSEnsemble
        With one ensemble or more, all in the same field.
    T : float
        Temperature of the electrons, which the theory holds whatever the impurities do; look at
        `heating_power` of the result.
    frequency, rabi : float
        ``hbar omega_0`` of the field and ``hbar Omega_R`` of an impurity in it, energies in the
        superconductor's unit. Inside the metal the latter is phenomenological.
    density : float, or a tuple of one for each ensemble, optional
        ``n/N_f``; by default that of each `TLSEnsemble`.
    kappa : float, or a tuple, optional
        ``N_f^2 |n|^2 = alpha/density`` instead.
    dephasing : float
        ``hbar/T_phi`` of pure dephasing.
    relaxation : float
        What else relaxes them, phonons above all, as ``hbar`` times its part of ``1/T_1``.
    resolution, axis, panels : as in `solve_spectrum`.
    max_steps : int
        Of the fixed point, each of which is a spectrum.

    Returns
    -------
    SteadyState
        A failed solve has a status, and ``.check()`` raises.

    Warns
    -----
    UserWarning
        Where ``4 pi kappa`` is above 0.1: levels are then as wide as they are apart, and there are
        no two-level systems to speak of.

    Raises
    ------
    ValueError
        For arguments outside their domain (not inside transformations).

    Examples
    --------
    Impurities at resonance are hot, and break pairs:

    >>> import tlsjax as tls
    >>> glass = tls.TLSEnsemble(alpha=1.0, splittings=tls.Glass(Ec=3.0), density=200.0)
    >>> state = tls.steady_state(glass, 0.3, frequency=1.0, rabi=0.01, dephasing=1e-4).check()
    >>> print(f"{state.spectrum.order_parameter:.3f}")
    2.118
    """
    superconductor = as_superconductor(superconductor)
    if not superconductor.impurities:
        fail("superconductor", "one with impurities", repr(superconductor))
    T = as_real(T)
    kappas = _kappas(superconductor, density, kappa)
    if isinstance(resolution, str):
        if resolution != "auto":
            fail("resolution", "a number or 'auto'", repr(resolution))
        resolution = AUTO
    else:
        resolution = as_real(resolution)
        require(non_negative("resolution", resolution))
    numbers = {"frequency": frequency, "rabi": rabi, "dephasing": dephasing}
    require(
        *superconductor.rules(), positive("T", T), positive("frequency", frequency),
        non_negative("rabi", rabi), non_negative("dephasing", dephasing),
        non_negative("relaxation", relaxation),
    )  # fmt: skip
    drive = Drive(*numbers.values(), relaxation)
    warn_of_width(kappas)
    panels = default_panels(superconductor) if panels is None else panels
    require_panels(panels)
    axis = axis_or_default(axis)
    scale = superconductor.host.energy_scale()
    rungs = static_rungs(superconductor.baths(), 1.0 if scale is None else scale)
    static = axis, panels, max_steps, rungs
    simple = superconductor.simplified()
    solved, populations, found = _solve(simple, T, drive, kappas, resolution, *static)
    batch = batch_shape((superconductor, T, drive, kappas, resolution))
    spectrum = Spectrum(
        **solved, superconductor=superconductor, T=T, population=populations, batch=batch
    )
    width = 4 * np.pi * jnp.stack(jnp.broadcast_arrays(*kappas), axis=-1)
    return SteadyState(
        spectrum=spectrum, population=populations, width=width, T=T, batch=batch, **found
    )


@parameters
class Drive:
    """Numbers of the field and of what else dephases and relaxes, as in `Driven`."""

    frequency: float
    rabi: float
    dephasing: float
    relaxation: float


def _kappas(superconductor, density, kappa):
    """kappa of each ensemble, a tuple."""
    count = len(superconductor.impurities)

    def each(name, given):
        if not isinstance(given, tuple):
            if given is not None and count > 1:
                fail(name, f"a tuple of {count}, one for each ensemble", repr(given))
            return (given,) * count
        if len(given) != count:
            fail(name, f"a tuple of {count}, one for each ensemble", f"a tuple of {len(given)}")
        return given

    pairs = zip(each("density", density), each("kappa", kappa), strict=True)
    found = [kappa_of(superconductor, *pair, index) for index, pair in enumerate(pairs)]
    require(*(positive("kappa", value) for value in found))
    return tuple(found)


@program(static_argnums=(5, 6, 7, 8))
def _solve(superconductor, T, drive, kappas, resolution, axis, panels, max_steps, rungs):
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
            axis=axis, panels=panels, max_steps=MAX_STEPS, rungs=rungs,
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
