"""The quasiparticle spectrum, in and out of TLS equilibrium: from parameters to `Spectrum`."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax.lax import stop_gradient

from tlsjax.contour.axis import line_axis, line_or_default
from tlsjax.contour.order_parameter import coarse_delta, solve_for_delta
from tlsjax.core.status import Status, is_ok, nan_unless
from tlsjax.core.validation import Rule, fail, holds, positive, require
from tlsjax.matsubara.axis import axis_or_default, coarser
from tlsjax.model.ensemble import require_ensemble
from tlsjax.model.occupations import as_population
from tlsjax.real_axis.green import solve_real_axis, static_rungs
from tlsjax.real_axis.spectrum import Spectrum

# The line's fixed point takes 12 to 30 turns up to alpha of a few; what needs 400 is lost.
MAX_STEPS = 400
# Panels of the real-axis mesh; half as many give the error estimate. At T = 0.2 Tc0 and
# alpha = 1, where edges are some 1e-3 wide, 80 leave the sum rule 1e-5 and N(epsilon) 1e-6 off.
PANELS = 80
# Residual of the real-axis equations above which they count as unsolved. A solve ends at
# 1e-11 or at rounding, whichever comes first.
LARGEST_RESIDUAL = 1e-7
# Highest energy, in units of the line's reach, that Delta and the splittings may have.
_RESOLVED = 1 / 6


def solve_spectrum(
    ensemble,
    T,
    population=None,
    *,
    resolution=0.0,
    axis=None,
    line=None,
    panels=PANELS,
    max_steps=MAX_STEPS,
):
    """Solve for the order parameter and the quasiparticle spectrum.

    The retarded equations of the paper (Eqs. 52-56, 73), electrons thermal at ``T``, impurities
    in any population:

        epsilon~ = epsilon - Sigma_epsilon,   Delta~ = Delta + Sigma_Delta
        g = epsilon~/sqrt(Delta~^2 - epsilon~^2),   f = Delta~/sqrt(Delta~^2 - epsilon~^2)
        Delta ln(T/Tc0) = int_0^inf depsilon tanh(epsilon/2T) [Im f - Delta/epsilon]

    Parameters
    ----------
    ensemble : TLSEnsemble
    T : float
        Temperature of the electrons in units of Tc0, from about 0.02 up.
    population : population or callable, optional
        `Thermal` (default), `EffectiveTemperature` (hotter or colder than T, infinite or
        inverted), `GroundState` (both here mean N_g and N_e of two-level systems, not the
        oscillators of `solve_matsubara`), or a function ``N_ge(E)``, see `Population`.
    resolution : float
        Width eta of a Lorentzian through which the density of states is seen, exactly, in
        units of ``k_B Tc0`` and below ``pi T``.
    axis : CompactAxis, optional
        Matsubara frequencies, see `compact_axis`.
    line : LineAxis, optional
        Energies of the solve for Delta, see `line_axis`.
    panels : int
        Of the mesh on the real axis, even; the error of the density of states falls quickly
        with it.
    max_steps : int
        Of the fixed point out of equilibrium.

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
    require_ensemble(ensemble)
    population = as_population(population)
    rules = _rules(ensemble, T, population, resolution)
    require(*rules)
    if not isinstance(panels, int) or panels < 16 or panels % 2:
        fail("panels", "an even integer from 16", repr(panels))
    line = line_or_default(line)
    rungs = static_rungs(ensemble.splittings)
    axis = axis_or_default(axis)
    return _solve(ensemble, T, population, resolution, axis, line, panels, max_steps, rungs)


def _rules(ensemble, T, population, resolution):
    def below(eta, T):
        return (eta >= 0) & (eta < np.pi * T)

    text = "zero or more and below pi T"
    width = Rule("resolution", text, (resolution, T), below, ("T",), scalar=True)
    return (*ensemble.rules(), *population.rules(), positive("T", T), width)


@partial(jax.jit, static_argnums=(4, 5, 6, 7, 8))
def _solve(ensemble, T, population, resolution, axis, line, panels, max_steps, rungs):
    T = jnp.asarray(T, dtype=float)
    resolution = jnp.asarray(resolution, dtype=float)
    valid = holds(*_rules(ensemble, T, population, resolution))
    problem = (ensemble, T, population, resolution)
    found = solve_for_delta(problem, axis, line, max_steps)
    X, normal = found.matsubara.unknowns[-1], found.matsubara.normal

    half = coarser(axis)[0], line_axis(line.points // 2)
    coarse_table, coarse_matsubara = coarse_delta(*stop_gradient((problem, found.unknowns)), *half)
    coarse_X = coarse_matsubara.unknowns[-1]
    given = (ensemble, T, population, found.table, X)
    real, coarse = solve_real_axis(given, (coarse_table, coarse_X), panels, line, rungs)

    root_X = jnp.sqrt(jnp.where(normal, 1.0, X))
    delta = jnp.where(normal, 0.0, jnp.pi * T * root_X)
    error = jnp.abs(delta - jnp.pi * T * jnp.sqrt(coarse_X))
    largest = jnp.maximum(delta, _largest_splitting(ensemble.splittings))
    resolved = largest <= _RESOLVED * line.reach * jnp.pi * T
    status = _status(found, real.residual, resolved, valid)
    answer = is_ok(status)
    return Spectrum(
        order_parameter=nan_unless(answer, delta),
        status=status,
        iterations=found.steps,
        residual=stop_gradient(jnp.maximum(real.residual, found.size)),
        error=nan_unless(answer, stop_gradient(error) + axis.tolerance * delta),
        ensemble=ensemble,
        T=T,
        population=population,
        resolution=resolution,
        fine=real,
        coarse=coarse,
    )


def _status(found, residual, resolved, valid):
    status = found.status
    unsolved = is_ok(status) & ~(residual < LARGEST_RESIDUAL)
    status = jnp.where(unsolved, Status.MAX_STEPS, status)
    normal = (status == Status.CONVERGED) & found.matsubara.normal
    status = jnp.where(normal, Status.NORMAL, status)
    # What is not resolved need not converge either: this is the cause.
    lost = ~resolved & (is_ok(status) | (status == Status.MAX_STEPS))
    status = jnp.where(lost, Status.OUT_OF_RANGE, status)
    return jnp.where(valid, status, Status.INVALID).astype(jnp.int32)


def _largest_splitting(splittings):
    """Energy that the line has to resolve: the outermost feature of the distribution."""
    positions = [jnp.max(splittings.energy(position)) for position, _ in splittings.features()]
    return stop_gradient(jnp.max(jnp.stack(positions)))
