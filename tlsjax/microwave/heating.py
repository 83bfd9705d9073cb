"""The power that impurities out of equilibrium pour into the electrons.

The theory holds the electrons at T, whatever the two-level systems do. Each of them hands them
``E (W_down N_e - W_up N_g)`` (`tlsjax.microwave.relaxation`), and with ``t`` and ``d`` of
`tlsjax.model.occupations` all of them

    P/N_f = 2 pi int dE rho(E) E b(E) R(E),   b = t - d coth(E/2T),

R being the absorption of the electrons, E in a normal metal. It is the same as what the self
energies say of the electrons: ``int depsilon epsilon`` times how many more come than go. The number
of impurities drops out, because what each of them does is ``kappa = alpha/density``.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax.lax import stop_gradient

from tlsjax.core.programs import program
from tlsjax.core.results import Solution, solution
from tlsjax.core.status import is_ok, nan_unless, raise_unless_ok
from tlsjax.core.validation import require
from tlsjax.microwave.fields import on_axis, resolution_rule
from tlsjax.microwave.relaxation import absorption
from tlsjax.numerics.panels import RATIO, SMALLEST
from tlsjax.numerics.quadrature import composite
from tlsjax.real_axis.spectrum import Spectrum, over_points, require_errors

# Points of a panel of splittings; on those and the coarser spectrum they give the error estimate.
_POINTS, _FEWER = 6, 4
# Panels about the threshold ``2 Delta``, where R jumps, in units of it.
_THRESHOLD = RATIO ** -np.arange(6.0)
# Panels far out, up to so many times the largest energy there is.
_OUTER = np.geomspace(1.0, 1e5, 12)
# Error in units of the distance to the coarser calculation, as for the density of states.
_CROSSING = 2.0


@solution
class Heating(Solution):
    """Power from the impurities into the electrons.

    Attributes
    ----------
    power : ``P/N_f`` in the superconductor's unit of energy cubed over hbar. Negative where the
        impurities are colder than the electrons, infinite where there is no end to their energies.
    error : estimated absolute error. T : temperature. status : the spectrum's.
    """

    what = "Heating power"
    value = "power"
    shown = ("power", "error", "T")

    power: jax.Array
    error: jax.Array
    T: jax.Array
    status: jax.Array


def heating_power(spectrum: Spectrum) -> jax.Array:
    """Power that impurities out of equilibrium pour into the electrons, over ``N_f``.

    ``P/N_f = 2 pi int dE alpha p(E) E [1 - N_ge coth(E/2T)] R(E)`` with
    ``R = int depsilon [n_F(epsilon) - n_F(epsilon + E)] [Im g Im g' - Im f Im f']``, for all
    ensembles together: zero in equilibrium, positive where they are hotter than the electrons. What
    holds the electrons at T, mostly phonons, has to carry it away.

    Returns
    -------
    scalar, or of the shape of a batch of spectra
        In the superconductor's unit of energy cubed over hbar, ``E0^3/hbar``: with ``N_f`` states
        of one spin by energy and volume, the power by volume is ``N_f E0^3/hbar`` times it.
        Infinite where ``p(E) E^2`` has a tail that nothing ends (a Lorentzian at infinite
        ``T_tls``).

    Raises
    ------
    ValueError
        For a spectrum seen through a resolution too large to be undone.
    ConvergenceError
        For a spectrum that is no answer (not inside transformations).

    Examples
    --------
    A normal metal, where a splitting at infinite temperature gives ``2 pi alpha E0^2``:

    >>> import tlsjax as tls
    >>> ensemble = tls.TLSEnsemble(alpha=0.1, splittings=tls.DeltaFunction(E0=1.0))
    >>> spectrum = tls.solve_spectrum(ensemble, 1.5, tls.EffectiveTemperature(float("inf")))
    >>> print(f"{tls.heating_power(spectrum):.6f}")
    0.628319
    """
    found = solve_heating_power(spectrum)
    raise_unless_ok(found.status, "Heating power")
    return found.power


def solve_heating_power(spectrum: Spectrum) -> Heating:
    """`Heating`: what `heating_power` returns, with its error."""
    require(resolution_rule(spectrum))
    power, error = _heating(spectrum)
    return Heating(power=power, error=error, T=spectrum.T, status=spectrum.status)


@program
def _heating(spectrum):
    require_errors(spectrum)

    def one(fine, coarse):
        found, last = _power(fine, _POINTS)
        rough, _ = _power(coarse, _FEWER)
        error = _CROSSING * jnp.abs(found - rough) + last
        return found, jnp.where(jnp.isinf(found), jnp.inf, error)

    answer = is_ok(spectrum.status)
    return [nan_unless(answer, value) for value in over_points(spectrum, one)]


def _power(green, points):
    """``P/N_f`` and how much of it comes from the largest energies."""
    given, fields = green.given, on_axis(green)
    total, last = jnp.zeros(()), jnp.zeros(())
    for bath in given.baths:
        if bath.occupation.in_equilibrium:
            continue
        edge = stop_gradient(green.unit * fields.edge)
        largest = stop_gradient(jnp.maximum(bath.distribution.largest_energy(), 2 * edge))
        outer = _OUTER * jnp.maximum(largest, green.unit)
        E, weight = _quadrature(bath, given.T, edge, outer, points)
        taken = absorption(fields, green.unit, E)
        parts = 2 * np.pi * weight * E * bath.breaking(E, given.T) * taken
        end = jnp.sum(jnp.where(outer[-2] < E, parts, 0.0))
        inner = jnp.sum(jnp.where(outer[-3] < E, parts, 0.0)) - end
        # Panels grow in proportion: where their shares do not fall there is no end.
        endless = (jnp.abs(end) >= 0.99 * jnp.abs(inner)) & (end != 0)
        total = total + jnp.where(endless, jnp.sign(end) * jnp.inf, jnp.sum(parts))
        last = last + jnp.abs(end)
    return total, last


def _quadrature(bath, T, edge, outer, points):
    """Splittings and weights ``rho dE``, both (Q,)."""
    if bath.is_sharp:
        return bath.quadrature(T)
    distribution = bath.distribution
    around = 2 * edge * np.concatenate([1 - _THRESHOLD, [1.0], 1 + _THRESHOLD])
    besides = distribution.variable(jnp.concatenate([around, outer]))
    ends = jnp.concatenate([bath.breakpoints(T), stop_gradient(besides)])
    s, ds = composite(jnp.sort(jnp.clip(ends, 0.0, stop_gradient(besides[-1]))), points)
    s = jnp.maximum(s.ravel(), SMALLEST)
    E = jnp.maximum(distribution.energy(s), SMALLEST)
    return E, bath.coupling * ds.ravel() * distribution.density(s)
