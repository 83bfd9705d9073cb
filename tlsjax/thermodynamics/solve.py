"""From parameters to `Thermodynamics`."""

import itertools
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.lax import stop_gradient
from numpy.typing import ArrayLike

from tlsjax.core.batching import over_batches
from tlsjax.core.programs import program
from tlsjax.core.pytrees import as_real
from tlsjax.core.status import is_ok, nan_unless
from tlsjax.core.validation import fail, positive, require
from tlsjax.matsubara.axis import CompactAxis, axis_or_default, coarser
from tlsjax.matsubara.equations import GapEquations, pack, unpack
from tlsjax.matsubara.interaction import Bosons, bosons_of
from tlsjax.matsubara.order_parameter import MAX_STEPS, solve_one
from tlsjax.matsubara.state import coefficients_of
from tlsjax.model.baths import Bath
from tlsjax.model.occupations import OccupationLike, as_occupations
from tlsjax.model.superconductor import SuperconductorLike, as_superconductor
from tlsjax.numerics.linear import solve
from tlsjax.numerics.newton import known_root
from tlsjax.thermodynamics import normal
from tlsjax.thermodynamics.functional import condensation, frozen, functional
from tlsjax.thermodynamics.solution import Shares, Thermodynamics


def solve_thermodynamics(
    superconductor: SuperconductorLike,
    T: ArrayLike,
    population: OccupationLike = None,
    *,
    axis: CompactAxis | None = None,
    max_steps: int = MAX_STEPS,
) -> Thermodynamics:
    """Free energy, entropy, specific heat and critical field in equilibrium.

    With ``Delta_n = Delta~_n/Z_S``, ``Z = epsilon~_n/epsilon_n`` (theory, section 10; Bardeen and
    Stephen 1964),

        (Omega_S - Omega_N)/N_f = -pi T sum_n (sqrt(epsilon_n^2 + Delta_n^2) - |epsilon_n|)
                                  (Z_S - Z_N |epsilon_n|/sqrt(epsilon_n^2 + Delta_n^2)),
        S = -d Omega/dT,   C = T dS/dT,   Hc^2/8 pi = Omega_N - Omega_S,

    derivatives at fixed parameters of host and impurities; how full their levels are
    depends on T, and counts. ``N_f`` is the density of states of one spin.

    Parameters
    ----------
    superconductor : Superconductor or TLSEnsemble
        Its parameters, and ``T``, may be arrays: the result has their broadcast shape. A host with
        a ``gap_ratio`` of its own is refused: a stretched Delta belongs to no free energy.
    T : float
        Temperature in the superconductor's unit, from 0.005 Tc up.
    population : occupation, optional
        `Thermal` (default) or `Oscillator`: out of equilibrium there is no free energy.
    axis : CompactAxis, optional
        Frequencies, see `compact_axis`.
    max_steps : int
        Of Newton's method.

    Returns
    -------
    Thermodynamics
        A failed solve has a status, and NaN where numbers would be; ``.check()`` raises.
        Differentiable in all parameters and in ``T``.

    Raises
    ------
    ValueError
        For arguments outside their domain (not inside transformations).

    Examples
    --------
    >>> import tlsjax as tls
    >>> found = tls.solve_thermodynamics(tls.Superconductor(), T=0.5).check()
    >>> print(f"{found.free_energy:.6f} {found.entropy:.6f} {found.specific_heat.electrons:.6f}")
    -0.813313 -2.444269 3.113059
    """
    superconductor, T = as_superconductor(superconductor), as_real(T)
    require(*superconductor.rules(), positive("T", T))
    if getattr(superconductor.host, "gap_ratio", None) is not None:
        text = "None here (a stretched Delta has no free energy; see StrongCouplingHost)"
        fail("gap_ratio", text, repr(superconductor.host.gap_ratio))
    population = as_occupations(population, len(superconductor.impurities))
    for occupation in population:
        if not occupation.in_equilibrium:
            rule = "Thermal() or Oscillator(): there is no free energy out of equilibrium"
            fail("population", rule, repr(occupation))
    axis = axis_or_default(axis)
    solved = _solve(superconductor.simplified(), T, population, axis, max_steps)
    return Thermodynamics(
        **solved, superconductor=superconductor, T=T, population=population, axis=axis
    )


@program(static_argnums=(3, 4))
def _solve(superconductor, T, population, axis, max_steps):
    one = partial(_solve_one, axis=axis, max_steps=max_steps)
    return over_batches(one, superconductor, T, population)


def _solve_one(superconductor, T, population, axis, max_steps):
    T = jnp.asarray(T, dtype=float)
    state = solve_one(superconductor, T, population, axis, max_steps)
    answer = is_ok(state["status"])
    y = state["unknowns"]

    exact = _values(superconductor, T, population, axis, y)
    coarse_axis, rows = coarser(axis)
    coarse = _values(superconductor, T, population, coarse_axis, y, rows)
    errors = _errors(exact.difference, coarse.difference, T, axis.tolerance)
    free_energy, entropy, heat = (nan_unless(answer, value) for value in exact.difference)
    levels = _levels(superconductor, population, T, axis)
    enhancement = sum((b.static_coupling(T) for b in superconductor.host.baths()), jnp.zeros(()))

    def shares(difference, index):
        electrons, shift = (nan_unless(answer, part[index]) for part in exact[1:])
        return Shares(difference, electrons, shift, None if levels is None else levels[index])

    return {
        "free_energy": free_energy,
        "entropies": shares(entropy, 0),
        "specific_heat": shares(heat, 1),
        "sommerfeld": 2 * np.pi**2 / 3 * (1 + enhancement),
        "error": nan_unless(answer, errors[0]),
        "entropy_error": nan_unless(answer, errors[1]),
        "specific_heat_error": nan_unless(answer, errors[2]),
        "status": state["status"],
        "iterations": state["iterations"],
        "unknowns": y,
    }


# How much of the difference between two axes in one of Omega, TS and TC is added to the error of
# another, and of its own: what 200 random superconductors need (tests/thermodynamics_draws.py).
_OF_ENTROPY, _OF_HEAT = 0.4, 0.4
_HEAT_BY_ENTROPY, _HEAT_BY_ITSELF = 3.0, 2.0


def _errors(fine, coarse, T, tolerance):
    """Errors of ``(Omega, S, C)``: how far two axes are apart, in these and in their neighbours.

    Any of the three differences goes through zero somewhere, and alone would say nothing there;
    those of ``Omega``, ``TS`` and ``TC``, derivatives of one function by ``ln T``, do not together.
    Where ``TS`` or ``TC`` is the larger, as near Tc, what is to its left is as much less wrong.
    """
    fine, coarse, T = stop_gradient((fine, coarse, T))
    energies = 1.0, T, T
    F, S, C = (w * jnp.abs(a - b) for w, a, b in zip(energies, fine, coarse, strict=True))
    sizes = [w * jnp.abs(a) for w, a in zip(energies, fine, strict=True)]
    tiny = jnp.finfo(float).tiny
    by_S, by_C = (a / (a + b + tiny) for a, b in itertools.pairwise(sizes))
    apart = (
        F + _OF_ENTROPY * by_S * S,
        F + S + _OF_HEAT * by_C * C,
        _HEAT_BY_ENTROPY * S + _HEAT_BY_ITSELF * C,
    )
    # The axis's own matrices are fitted to its tolerance.
    return [(a + tolerance * b) / w for a, b, w in zip(apart, sizes, energies, strict=True)]


class _Values(NamedTuple):
    """``(Omega, S, C)`` of superconducting less normal state; ``(S, C)`` of the electrons, and of
    the shift of the levels."""

    difference: tuple
    electrons: tuple
    shift: tuple


def _values(superconductor, T, population, axis, y, rows=None) -> _Values:
    """`_Values` at ``T``, ``y`` the solution there; or on another axis beside it, whose frequencies
    are the given ``rows`` of that of ``y``."""
    X = unpack(y).X
    scattering, closure = superconductor.scattering, superconductor.host.closure()
    equations = GapEquations(axis)

    def entropies(T):
        """``[S_S - S_N by the electrons, by the shift, S_N by both]``."""
        coefficients = coefficients_of(superconductor, population, T, axis)
        near = y if rows is None else _solution_near(equations, y, rows, coefficients)
        found = known_root(equations, near, X > 0, coefficients)
        state = frozen(axis, found, scattering, closure, T)
        bosons = bosons_of(superconductor.baths(population), T, axis)
        difference = partial(functional, axis, state, scattering, closure, bosons)
        slopes = [
            slope
            for energy in (difference, partial(normal.electrons, bosons))
            for slope in _slopes(energy, T)
        ]
        return -jnp.stack(slopes), (found, coefficients.interaction)

    S, slope, (found, inter) = jax.jvp(entropies, (T,), (jnp.ones(()),), has_aux=True)
    parts = list(zip(S, T * slope, strict=True))

    def added(*indices):
        return tuple(sum(parts[i][k] for i in indices) for k in (0, 1))

    return _Values((condensation(axis, found, inter, T), *added(0, 1)), added(0, 2), added(1, 3))


def _solution_near(equations, y, rows, coefficients):
    """One step of Newton's method from the solution ``y`` on a finer axis.

    What the two axes differ by, some 1e-8, it leaves the square of.
    """
    v, s, X = unpack(y)
    start = pack(v[rows], s, X, coefficients.norm)
    residual = equations.residual(start, coefficients)
    step = solve(equations.jacobian(start, coefficients), -residual)
    return jnp.where(X > 0, equations.advance(start, step)[0], start)


def _slopes(energy, T):
    """Derivatives of ``energy(T, T_bosons)`` by each, both at ``T``.

    One after the other: together each would carry the other's zeros through all of the kernels.
    """
    one = jnp.ones(())
    return [
        jax.jvp(lambda x: energy(x, T), (T,), (one,))[1],
        jax.jvp(lambda x: energy(T, x), (T,), (one,))[1],
    ]


def _levels(superconductor, population, T, axis):
    """``[entropy, specific heat]`` of the impurities' levels; None where a number is missing."""
    if any(ensemble.density is None for ensemble in superconductor.impurities):
        return None
    found = jnp.zeros(2)
    for ensemble, occupation in zip(superconductor.impurities, population, strict=True):
        for share, distribution in ensemble.splittings.components():
            bath = Bath(ensemble.density * share, distribution, occupation)
            E, weight = bath.quadrature(T, axis.order, axis.far)
            found = found + jnp.stack(normal.levels(Bosons(E, weight, occupation, None), T))
    return found
