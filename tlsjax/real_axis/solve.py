"""The quasiparticle spectrum, in and out of equilibrium: from parameters to `Spectrum`."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax.lax import stop_gradient
from numpy.typing import ArrayLike

from tlsjax.contour.axis import LineAxis, line_axis, line_or_default
from tlsjax.contour.solve import (
    MAX_STEPS,
    coarse_order_parameter,
    solve_for_order_parameter,
)
from tlsjax.core.batching import batch_shape, over_batches
from tlsjax.core.status import Status, is_ok, nan_unless
from tlsjax.core.validation import Rule, fail, holds, positive, require
from tlsjax.matsubara.axis import CompactAxis, axis_or_default, coarser
from tlsjax.matsubara.state import reported_square
from tlsjax.model.occupations import OccupationLike, as_occupations
from tlsjax.model.superconductor import SuperconductorLike, as_superconductor
from tlsjax.real_axis.collocation import Given
from tlsjax.real_axis.green import solve_green, static_rungs
from tlsjax.real_axis.mesh import Reserve
from tlsjax.real_axis.poles import pole_table
from tlsjax.real_axis.spectrum import Spectrum

# Panels of the real-axis mesh; half as many give the error estimate. At T = 0.2 Tc0 and
# alpha = 1, where edges are some 1e-3 wide, 80 leave the sum rule 1e-5 and N(epsilon) 1e-6 off.
PANELS = 80
# With a strong-coupling host, whose phonons make structure of their own: Delta(omega) of lead is
# then good to 1e-4 of its largest value at 0.3 Tc.
PANELS_WITH_PHONONS = 160
# Residual of the real-axis equations above which they count as unsolved. A solve ends at
# 1e-11 or at rounding, whichever comes first.
LARGEST_RESIDUAL = 1e-7
# Share of the panels that a host's phonons have for their structure in Delta(omega), and of how
# many phonons at once.
_RESERVED, _PHONONS = 0.2, 3
# Highest energy, in units of the line's reach, that Delta and the splittings may have.
_RESOLVED = 1 / 6


def solve_spectrum(
    superconductor: SuperconductorLike,
    T: ArrayLike,
    population: OccupationLike = None,
    *,
    resolution: ArrayLike = 0.0,
    axis: CompactAxis | None = None,
    line: LineAxis | None = None,
    panels: int | None = None,
    max_steps: int = MAX_STEPS,
) -> Spectrum:
    """Solve for the order parameter and the quasiparticle spectrum.

    The retarded equations of the paper (Eqs. 52-56, 73), electrons thermal at ``T``, impurities
    in any population:

        epsilon~ = epsilon - Sigma_epsilon,   Delta~ = Delta + Sigma_Delta
        g = epsilon~/sqrt(Delta~^2 - epsilon~^2),   f = Delta~/sqrt(Delta~^2 - epsilon~^2)
        Delta ln(T/Tc0) = int_0^inf depsilon tanh(epsilon/2T) [Im f - Delta/epsilon]

    (the last line is that of a weak-coupling host).

    Parameters
    ----------
    superconductor : Superconductor or TLSEnsemble
        Its parameters, ``T`` and ``resolution`` may be arrays: the result has their broadcast
        shape; the points of a batch are solved one after the other.
    T : float
        Temperature of the electrons in the superconductor's unit, from about 0.02 Tc up.
    population : occupation or callable, optional
        `Thermal` (default), `EffectiveTemperature` (hotter or colder than T, infinite or
        inverted), `GroundState`, `Oscillator`, or a function ``N_ge(E)``, see `Population`; one
        for all impurities or a tuple in their order.
    resolution : float
        Width eta of a Lorentzian through which the density of states is seen, exactly; below
        ``pi T``.
    axis : CompactAxis, optional
        Matsubara frequencies, see `compact_axis`.
    line : LineAxis, optional
        Energies of the solve for Delta, see `line_axis`.
    panels : int, optional
        Of the mesh on the real axis, even; 80 by default, 160 with a strong-coupling host. The
        error of the density of states falls quickly with it.
    max_steps : int
        Of the fixed point for Delta out of equilibrium.

    Returns
    -------
    Spectrum
        A failed solve has a status, and NaN where numbers would be; ``.check()`` raises.

    Notes
    -----
    Out of equilibrium the gap equation could have several solutions. The residual of the gap
    equation, as a function of Delta, was traced from 8 to 0.01 for delta, glass, Lorentzian and
    modified Wipf-Neumaier distributions, alpha = 1 and 8, T = 0.1 and 0.7 and populations
    from colder than the electrons through infinite temperature to inverted: wherever the
    self energies converge and the impurities do not pair by themselves it falls monotonically,
    so that there is one non-zero solution where the normal state is unstable and none where it
    is stable. The iteration starts from above and returns that one.

    Raises
    ------
    ValueError
        For arguments outside their domain (not inside transformations).

    Examples
    --------
    >>> import tlsjax as tls
    >>> ensemble = tls.TLSEnsemble(alpha=1.0, splittings=tls.Glass(Ec=3.0))
    >>> hot = tls.solve_spectrum(ensemble, 0.2, tls.EffectiveTemperature(2.5)).check()
    >>> print(f"{hot.order_parameter:.4f} {hot.dos(0.0):.4f}")
    1.6346 0.3362
    """
    superconductor = as_superconductor(superconductor)
    population = as_occupations(population, len(superconductor.impurities))
    require(*_rules(superconductor, T, population, resolution))
    panels = default_panels(superconductor) if panels is None else panels
    if not isinstance(panels, int) or panels < 16 or panels % 2:
        fail("panels", "an even integer from 16", repr(panels))
    line = line_or_default(line)
    axis = axis_or_default(axis)
    baths = superconductor.baths(population)
    scale = superconductor.host.energy_scale()
    rungs = static_rungs(baths, 1.0 if scale is None else scale)
    arguments = (superconductor, T, population, resolution)
    static = axis, line, panels, max_steps, rungs
    solved = _solve(superconductor.simplified(), *arguments[1:], *static)
    return Spectrum(
        **solved, superconductor=superconductor, T=T, population=population,
        resolution=resolution, batch=batch_shape(arguments),
    )  # fmt: skip


def default_panels(superconductor) -> int:
    """`PANELS` or `PANELS_WITH_PHONONS`."""
    return PANELS_WITH_PHONONS if superconductor.host.baths() else PANELS


def _rules(superconductor, T, population, resolution):
    def below(eta, T):
        return (eta >= 0) & (eta < np.pi * T)

    text = "zero or more and below pi T"
    width = Rule("resolution", text, (resolution, T), below, ("T",))
    occupations = (rule for occupation in population for rule in occupation.rules())
    return (*superconductor.rules(), *occupations, positive("T", T), width)


@partial(jax.jit, static_argnums=(4, 5, 6, 7, 8))
def _solve(superconductor, T, population, resolution, axis, line, panels, max_steps, rungs):
    one = partial(_solve_one, axis=axis, line=line, panels=panels, max_steps=max_steps, rungs=rungs)
    # One point at a time: a mesh's kernels fill the cache, and a lane waits for its neighbours.
    return over_batches(one, superconductor, T, population, resolution, lanes=1)


def _solve_one(superconductor, T, population, resolution, axis, line, panels, max_steps, rungs):
    T = jnp.asarray(T, dtype=float)
    resolution = jnp.asarray(resolution, dtype=float)
    valid = holds(*_rules(superconductor, T, population, resolution))
    baths = superconductor.baths(population)
    closure = superconductor.host.closure()
    height = resolution / (jnp.pi * T)
    model = (superconductor, T, population)

    found = solve_for_order_parameter(*model, axis, line, max_steps)
    half = coarser(axis)[0], line_axis(line.points // 2)
    problem, matsubara = coarse_order_parameter(*stop_gradient((*model, found.unknowns)), *half)

    def given(problem, matsubara, line):
        table = pole_table(matsubara, problem.kernels, line, height)
        breaking = problem.on_axis.breaking
        return Given(baths, T, table, matsubara.X, closure, breaking, elastic)

    rate = superconductor.static.elastic
    elastic = jnp.zeros(()) if rate is None else rate / (jnp.pi * T)
    fine, coarse = solve_green(
        given(found.problem, found.matsubara, line),
        given(problem, matsubara, half[1]),
        panels, line, _extent(superconductor, T, found), _reserve(superconductor, T, found), rungs,
    )  # fmt: skip

    normal = found.matsubara.normal
    squares = (
        reported_square(superconductor.host, m.unknowns) for m in (found.matsubara, matsubara)
    )
    square, coarse_square = squares
    delta = jnp.where(normal, 0.0, jnp.pi * T * jnp.sqrt(jnp.where(normal, 1.0, square)))
    error = jnp.abs(delta - jnp.pi * T * jnp.sqrt(coarse_square))
    largest = [bath.distribution.largest_energy() for bath in baths]
    largest = jnp.max(jnp.stack([delta, *map(jnp.asarray, largest)]))
    resolved = largest <= _RESOLVED * line.reach * jnp.pi * T
    status = _status(found, fine.residual, resolved, valid)
    answer = is_ok(status)
    return {
        "order_parameter": nan_unless(answer, delta),
        "status": status,
        "iterations": found.steps,
        "residual": stop_gradient(jnp.maximum(fine.residual, found.size)),
        "error": nan_unless(answer, stop_gradient(error) + axis.tolerance * delta),
        "fine": fine,
        "coarse": coarse,
    }


def _extent(superconductor, T, found):
    """Energy, in units of ``pi T``, up to which features are looked for at first."""
    gap = jnp.sqrt(found.matsubara.X)
    extent = 4 * gap + 4 * jnp.exp(found.problem.searched.log_scale) / T
    for bath in superconductor.host.baths():
        phonons = 1.3 * bath.distribution.largest_energy() / (jnp.pi * T)
        extent = jnp.maximum(extent, phonons + gap)
    return extent


def _reserve(superconductor, T, found):
    """Panels for the phonons of the host: the structure of one, and weaker of several."""
    phonons = superconductor.host.baths()
    if not phonons:
        return None
    largest = [jnp.asarray(bath.distribution.largest_energy()) for bath in phonons]
    largest = jnp.max(jnp.stack(largest)) / (jnp.pi * T)
    gap = 2 * jnp.sqrt(found.matsubara.X)
    return Reserve(jnp.stack([largest + gap, _PHONONS * largest + gap]), _RESERVED)


def _status(found, residual, resolved, valid):
    status = found.status
    unsolved = is_ok(status) & ~(residual < LARGEST_RESIDUAL)
    status = jnp.where(unsolved, Status.UNRESOLVED, status)
    normal = (status == Status.CONVERGED) & found.matsubara.normal
    status = jnp.where(normal, Status.NORMAL, status)
    # What is not resolved need not converge either: this is the cause.
    lost = ~resolved & (is_ok(status) | (status == Status.MAX_STEPS))
    lost |= ~resolved & (status == Status.UNRESOLVED)
    status = jnp.where(lost, Status.OUT_OF_RANGE, status)
    return jnp.where(valid, status, Status.INVALID).astype(jnp.int32)
