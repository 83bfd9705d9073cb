"""The quasiparticle spectrum, in and out of equilibrium: from parameters to `Spectrum`."""

from functools import partial
from operator import itemgetter

import jax.numpy as jnp
import numpy as np
from jax.lax import stop_gradient
from numpy.typing import ArrayLike

from tlsjax.contour import solve as contour
from tlsjax.contour.equations import HEIGHT
from tlsjax.contour.inverted import inverted
from tlsjax.contour.matsubara import line_problem
from tlsjax.contour.mesh import Reserve, require_panels
from tlsjax.contour.poles import pole_table
from tlsjax.contour.solve import END, MAX_STEPS, in_equilibrium, solve_for_order_parameter
from tlsjax.core.batching import batch_shape, over_batches
from tlsjax.core.programs import program
from tlsjax.core.pytrees import as_real
from tlsjax.core.second_try import with_second_try
from tlsjax.core.status import Status, is_ok, nan_unless
from tlsjax.core.validation import Rule, fail, holds, non_negative, positive, require
from tlsjax.core.ways import ITERATION
from tlsjax.matsubara.axis import CompactAxis, axis_or_default
from tlsjax.matsubara.state import error_bound, reported_square
from tlsjax.model.occupations import OccupationLike, as_occupations
from tlsjax.model.superconductor import SuperconductorLike, as_superconductor
from tlsjax.real_axis.collocation import UNSOLVED
from tlsjax.real_axis.given import Given
from tlsjax.real_axis.green import solve_green, static_rungs
from tlsjax.real_axis.spectrum import Spectrum

# Panels of the real-axis mesh; three quarters of them give the error estimate. At T = 0.2 Tc0 and
# alpha = 1, where edges are some 1e-3 wide, 80 leave the sum rule 1e-5 and N(epsilon) 1e-6 off.
PANELS = 80
# With a strong-coupling host, whose phonons make structure of their own: Delta(omega) of lead is
# then good to 1e-4 of its largest value at 0.3 Tc.
PANELS_WITH_PHONONS = 160
# Share of the bound of the Matsubara axis, which is that of an axis ten times coarser with all
# equations adding up: in 130 draws the error was an eighth of all of it at most.
_AXIS = 0.2
# Error of the line in units of its distance to fewer panels: at 2, two of 150 draws, cold and
# strongly coupled (alpha = 3.8, T_tls = T/10), were short by 1.3 and 1.7.
_LINE = 4.0
# Largest relative error of Delta that the coarser solution is given: the finer begins from it.
_LARGEST_ERROR = 0.01
# Share of the panels that a host's phonons have for their structure in Delta(omega), and of how
# many phonons at once.
_RESERVED, _PHONONS = 0.2, 3
# Stands for a resolution that is to be chosen.
AUTO = -1.0


def solve_spectrum(
    superconductor: SuperconductorLike,
    T: ArrayLike,
    population: OccupationLike = None,
    *,
    resolution: ArrayLike | str = "auto",
    axis: CompactAxis | None = None,
    panels: int | None = None,
    max_steps: int = MAX_STEPS,
    errors: bool = True,
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
    resolution : float or "auto"
        Width eta of a Lorentzian through which the density of states is seen, exactly; below
        ``pi T``. By default none where the mesh resolves every edge, and where it cannot (at low
        temperature edges are as narrow as ``exp(-Delta/T)``) 1e-7 of the larger of Delta and
        ``pi T``, or where that has no solution the smallest height that has one; the result says
        which. A number, zero too, is kept.
    axis : CompactAxis, optional
        Matsubara frequencies, see `compact_axis`.
    panels : int, optional
        Of the mesh on the real axis, a multiple of four; 80 by default, 160 with a strong-coupling
        host. The errors fall quickly with it.
    max_steps : int
        Of the fixed point for Delta out of equilibrium.
    errors : bool
        Whether errors are estimated. Without them a spectrum takes a fifth less time in
        equilibrium and a quarter outside of it, ``error`` is NaN, and what reports an error of its
        own (`Spectrum.dos_error`, `solve_conductivity` and others) refuses it.

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

    Inverted impurities and cold electrons can have two (alpha = 1.06, Glass(0.9), T = 0.047,
    T_tls = -0.217: Delta = 0.466, which rises with alpha, and 1.251, which falls), of which the
    iteration finds either. With any inversion the solution is looked at, and where it is not the
    largest (or the normal state, beside which there may be one) that is found by a second, far
    slower method, which solves for all unknowns together and comes from far above. It is also
    for what the iteration does not find (6 of 1,000 random cases, cold and driven hard); not
    inside transformations, but for `solved_by`, and not with a ``max_steps`` below the default.

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
    superconductor, T = as_superconductor(superconductor), as_real(T)
    population = as_occupations(population, len(superconductor.impurities))
    resolution = chosen_resolution(resolution)
    require(*_rules(superconductor, T, population, resolution))
    panels = default_panels(superconductor) if panels is None else panels
    require_panels(panels)
    axis = axis_or_default(axis)
    baths = superconductor.baths(population)
    scale = superconductor.host.energy_scale()
    rungs = static_rungs(baths, 1.0 if scale is None else scale)
    arguments = (superconductor, T, population, resolution)
    solve = partial(_solve_by, (axis, panels, max_steps, rungs, bool(errors)))
    simple = superconductor.simplified(), *arguments[1:]
    # A limit that is asked for is kept.
    if in_equilibrium(baths) or max_steps < MAX_STEPS:
        solved = solve(*simple)
    else:
        doubtful = inverted(*simple[:3])
        solved = with_second_try(solve, itemgetter("status"), *simple, doubtful=doubtful)
    return Spectrum(
        **solved, superconductor=superconductor, T=T, population=population,
        batch=batch_shape(arguments),
    )  # fmt: skip


def chosen_resolution(resolution):
    """`AUTO`, or the number that was asked for."""
    if isinstance(resolution, str):
        if resolution != "auto":
            fail("resolution", "a number or 'auto'", repr(resolution))
        return AUTO
    resolution = as_real(resolution)
    require(non_negative("resolution", resolution))
    return resolution


def default_panels(superconductor) -> int:
    """`PANELS` or `PANELS_WITH_PHONONS`."""
    return PANELS_WITH_PHONONS if superconductor.host.baths() else PANELS


def _rules(superconductor, T, population, resolution):
    def below(eta, T):
        return ((eta >= 0) & (eta < np.pi * T)) | (eta == AUTO)

    text = "zero or more and below pi T"
    width = Rule("resolution", text, (resolution, T), below, ("T",))
    occupations = (rule for occupation in population for rule in occupation.rules())
    return (*superconductor.rules(), *occupations, positive("T", T), width)


def _solve_by(static, *arguments, way=ITERATION):
    return _solve(*arguments, static, way)


@program(static_argnums=(4, 5))
def _solve(superconductor, T, population, resolution, static, way):
    names = ("axis", "panels", "max_steps", "rungs", "errors")
    one = partial(solve_one, **dict(zip(names, static, strict=True)), way=way)
    # One point at a time: a mesh's kernels fill the cache, and a lane waits for its neighbours.
    return over_batches(one, superconductor, T, population, resolution, lanes=1)


def solve_one(
    superconductor, T, population, resolution,
    *, axis, panels, max_steps, rungs, errors=True, way=ITERATION,
):  # fmt: skip
    T = jnp.asarray(T, dtype=float)
    valid = holds(*_rules(superconductor, T, population, resolution))
    target = jnp.asarray(resolution) / (jnp.pi * T)
    problem = line_problem(superconductor, T, population, axis)
    # Without bosons no energy depends on another, and nothing has to be resolved.
    coupled = jnp.any(jnp.stack([jnp.zeros(()), *(b.coupling + 0.0 for b in problem.baths)]) != 0)
    target = jnp.where((target < 0) & ~coupled, 0.0, target)
    on_line = max(16, 4 * round(panels * contour.PANELS / PANELS / 4))
    found = solve_for_order_parameter(problem, axis, on_line, max_steps, way, errors)
    elastic = superconductor.static.elastic
    elastic = jnp.zeros(()) if elastic is None else elastic / (jnp.pi * T)

    def given(matsubara):
        table = pole_table(matsubara.sums, HEIGHT)
        breaking = problem.on_axis.breaking
        return Given(problem.baths, T, table, matsubara.X, problem.closure, breaking, elastic)

    normal = found.matsubara.normal
    rough, bound = None, jnp.nan
    if errors:
        rough, bound = _coarser(axis, (superconductor, T, population), found)
        rough = given(rough)
    fine, coarse = solve_green(
        given(found.matsubara), rough, found.line, target,
        panels, END * problem.largest_energy, _reserve(superconductor, T, found), rungs,
    )  # fmt: skip

    square = reported_square(superconductor.host, found.matsubara.unknowns)
    delta = jnp.where(normal, 0.0, jnp.pi * T * jnp.sqrt(jnp.where(normal, 1.0, square)))
    error = jnp.where(normal & errors, 0.0, jnp.pi * T * bound)
    status = _status(found, fine.residual, valid)
    lost = ~contour.is_resolved(problem, found, axis) & (status != Status.INVALID)
    status = jnp.where(lost, Status.OUT_OF_RANGE, status).astype(jnp.int32)
    answer = is_ok(status)
    return {
        "order_parameter": nan_unless(answer, delta),
        "status": status,
        "iterations": found.steps,
        "residual": stop_gradient(jnp.maximum(fine.residual, found.size)),
        "error": nan_unless(answer, stop_gradient(error)),
        "resolution": jnp.pi * T * fine.given.table.height,
        "fine": fine,
        "coarse": coarse,
    }


def _coarser(axis, model, found):
    """The `Matsubara` that a coarser spectrum starts from, and an error of Delta in ``pi T``."""
    model, best, coarse = stop_gradient((model, found.matsubara, found.coarse))
    # Of the frequency axis, and of the panels on the line.
    bound = _AXIS * error_bound(axis, model, best.unknowns, best.breaking)
    bound = jnp.maximum(bound, axis.tolerance * jnp.sqrt(best.X))
    bound = bound + _LINE * _distance(best, coarse, axis)
    # It has the same axis, and may agree by accident: let its Delta be off, too.
    relative = bound / jnp.sqrt(jnp.where(best.normal, 1.0, best.X))
    further = 1 + 2 * jnp.where(relative < _LARGEST_ERROR, relative, _LARGEST_ERROR)
    further = jnp.where(coarse.unknowns[-1] < best.unknowns[-1], 1 / further, further)
    return coarse._replace(unknowns=coarse.unknowns.at[-1].multiply(further)), bound


def _distance(matsubara, coarse, axis):
    """Largest difference of two gap functions: at one frequency they may agree by accident."""
    return jnp.max(jnp.abs(matsubara.gap_function(axis.nu) - coarse.gap_function(axis.nu)))


def _reserve(superconductor, T, found):
    """Panels for the phonons of the host: the structure of one, and weaker of several."""
    phonons = superconductor.host.baths()
    if not phonons:
        return None
    largest = [jnp.asarray(bath.distribution.largest_energy()) for bath in phonons]
    largest = jnp.max(jnp.stack(largest)) / (jnp.pi * T)
    gap = 2 * jnp.sqrt(found.matsubara.X)
    return Reserve(jnp.stack([largest + gap, _PHONONS * largest + gap]), _RESERVED)


def _status(found, residual, valid):
    status = found.status
    unsolved = is_ok(status) & ~(residual < UNSOLVED)
    status = jnp.where(unsolved, Status.UNRESOLVED, status)
    normal = (status == Status.CONVERGED) & found.matsubara.normal
    status = jnp.where(normal, Status.NORMAL, status)
    return jnp.where(valid, status, Status.INVALID).astype(jnp.int32)
