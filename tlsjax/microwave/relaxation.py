"""How fast electrons relax two-level systems: energy relaxation of a splitting E, both ways.

A system that falls from its upper level lifts an electron from ``epsilon`` to ``epsilon + E``. With
``kappa = N_f^2 |n|^2 = alpha/density`` Fermi's golden rule, for both spins, is (theory, section 11)

    W_down(E) = 4 pi kappa int depsilon n_F(epsilon) [1 - n_F(epsilon + E)] K(E, epsilon),
    K = Im g Im g' - Im f Im f',   primed at epsilon + E,   W_up = exp(-E/T) W_down.

The potential of the impurity couples to the charge: hence the minus sign. With
``n_F [1 - n_F'] [1 - exp(-E/T)] = n_F - n_F'`` everything is one integral, the absorption

    R(E) = int depsilon [n_F(epsilon) - n_F(epsilon + E)] K,   1/T_1 = 4 pi kappa R coth(E/2T),

E in the normal state, where ``1/T_1 = 4 pi kappa E coth(E/2T)``. For ``T << E < 2 Delta`` it is as
small as quasiparticles are few: then what is below the gap's edge decides.
"""

import warnings

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from tlsjax.core.programs import program
from tlsjax.core.pytrees import as_real
from tlsjax.core.results import Solution, solution
from tlsjax.core.status import is_ok, nan_unless, raise_unless_ok
from tlsjax.core.validation import fail, is_known, positive, require
from tlsjax.microwave.fields import RetardedFields, on_axis, resolution_rule
from tlsjax.microwave.integral import energies
from tlsjax.observables.sharp import difference_of_fermi_functions
from tlsjax.real_axis.spectrum import Spectrum, over_points, require_errors

# Points of a panel: with 12 the normal state's closed form changes by less than 1e-13 of itself.
_POINTS = 8
# Energies side by side: each has some thousand of its own.
_BLOCK = 16
# 4 pi kappa from where on two-level systems are doubtful: their levels are as wide as this share
# of the larger of T and E.
_WIDE = 0.1
# Error in units of the distance to a coarser spectrum, as for the density of states.
_CROSSING = 2.0


@solution
class Relaxation(Solution):
    """Rates at which the electrons relax two-level systems of splittings E.

    All rates are in the superconductor's unit of energy, over hbar (`tlsjax.units.per_second`);
    of a batch every array but ``E`` has the batch's shape in front.

    Attributes
    ----------
    rate : ``1/T_1 = down + up``.
    error : estimated absolute error of ``rate``.
    absorption : ``R(E)``, an energy: how much of a quantum E the electrons take, E in the normal
        state.
    E, T, kappa : what was solved; the last is dimensionless.
    status : int32, the spectrum's.
    """

    what = "Relaxation"
    value = "rate"
    shown = ("rate", "error", "E", "T", "kappa")
    arrays = ("absorption",)

    rate: jax.Array
    error: jax.Array
    absorption: jax.Array
    E: jax.Array
    T: jax.Array
    kappa: jax.Array
    status: jax.Array

    @property
    def width(self) -> jax.Array:
        """``4 pi kappa``: what a level of a normal metal is wide over T or E, whichever is more.

        Two-level systems are well-defined where it is small.
        """
        return 4 * np.pi * self.kappa

    @property
    def down(self) -> jax.Array:
        """``W_down``, of a system in its upper level."""
        return self.rate / (1 + self._boltzmann)

    @property
    def up(self) -> jax.Array:
        """``W_up = exp(-E/T) W_down``, of one in its lower level."""
        return self._boltzmann * self.down

    @property
    def _boltzmann(self):
        T = jnp.asarray(self.T)
        return jnp.exp(-self.E / T.reshape(T.shape + (1,) * jnp.ndim(self.E)))


def relaxation_rate(
    spectrum: Spectrum,
    E: ArrayLike,
    density: ArrayLike | None = None,
    *,
    kappa: ArrayLike | None = None,
    impurity: int = 0,
) -> jax.Array:
    """Rate ``1/T_1`` at which the electrons relax two-level systems of splitting ``E``.

    ``1/T_1 = 4 pi kappa coth(E/2T) int depsilon [n_F(epsilon) - n_F(epsilon + E)]
    [Im g Im g' - Im f Im f']``, primed at ``epsilon + E`` (theory, section 11), by Fermi's golden
    rule: for ``4 pi kappa << 1``.

    Parameters
    ----------
    spectrum : Spectrum
        Of any superconductor or normal metal, with any populations.
    E : array
        Splittings, positive, any shape, in the superconductor's unit.
    density : float, optional
        ``n/N_f`` of the ensemble, as in `TLSEnsemble`, whose own is the default.
        ``kappa = alpha/density``: the fewer impurities make up one alpha, the faster is each.
    kappa : float, optional
        ``N_f^2 |n|^2`` itself, instead: of impurities so few that the spectrum does not know them.
    impurity : int
        Which ensemble's ``alpha`` and ``density``.

    Returns
    -------
    array, shape of ``E``, the shape of a batch of spectra in front
        In the superconductor's unit of energy over hbar; `tlsjax.units.per_second` has 1/s.

    Warns
    -----
    UserWarning
        Where ``4 pi kappa`` is above 0.1, with the number.

    Raises
    ------
    ValueError
        For arguments outside their domain, and for a spectrum seen through a resolution too large
        to be undone.
    ConvergenceError
        For a spectrum that is no answer (not inside transformations).

    Examples
    --------
    Below 2 Delta a clean superconductor hardly relaxes anything, and a normal metal does:

    >>> import tlsjax as tls
    >>> clean = tls.solve_spectrum(tls.Superconductor(), 0.3)
    >>> print(tls.relaxation_rate(clean, [0.5, 5.0], kappa=1e-3).round(6))
    [3.8000e-05 8.4628e-02]
    """
    found = solve_relaxation(spectrum, E, density, kappa=kappa, impurity=impurity)
    raise_unless_ok(found.status, "Relaxation rate")
    return found.rate


def solve_relaxation(
    spectrum: Spectrum,
    E: ArrayLike,
    density: ArrayLike | None = None,
    *,
    kappa: ArrayLike | None = None,
    impurity: int = 0,
) -> Relaxation:
    """`Relaxation`: what `relaxation_rate` returns, with its error and rates both ways.

    Arguments as there.

    Examples
    --------
    >>> import tlsjax as tls
    >>> normal = tls.solve_spectrum(tls.Superconductor(), 1.5)
    >>> found = tls.solve_relaxation(normal, [2.0, 5.0], kappa=1e-3).check()
    >>> print(found.down.round(5), found.up.round(5))
    [0.03413 0.06516] [0.009   0.00232]
    """
    require(positive("E", E), resolution_rule(spectrum))
    kappa = kappa_of(spectrum.superconductor, density, kappa, impurity)
    warn_of_width((kappa,))
    E = jnp.asarray(E, dtype=float)
    rate, error, absorption = _relaxation(spectrum, E, jnp.asarray(kappa, dtype=float))
    return Relaxation(
        rate=rate, error=error, absorption=absorption, E=E, T=spectrum.T, kappa=kappa,
        status=spectrum.status,
    )  # fmt: skip


def warn_of_width(kappas):
    """Warn where levels are too wide for two-level systems."""
    known = [np.max(4 * np.pi * np.asarray(kappa)) for kappa in kappas if is_known(kappa)]
    width = max(known, default=0.0)
    if width > _WIDE:
        warnings.warn(
            f"4 pi kappa = {width:.3g} is not small (kappa = alpha/density): levels are as wide as "
            "that share of the distance between them or of T, so that two-level systems, and rates "
            "by the golden rule, are doubtful.",
            stacklevel=3,
        )


def kappa_of(superconductor, density, kappa, impurity):
    """``kappa`` as given, or ``alpha/density`` of an ensemble."""
    if kappa is not None:
        if density is not None:
            fail("kappa", "given without density, which stands for it", f"{kappa} with {density}")
        kappa = as_real(kappa)
        require(positive("kappa", kappa))
        return kappa
    count = len(superconductor.impurities)
    if impurity not in range(count):
        text = "the number of an ensemble" if count else "an ensemble's: give kappa without one"
        fail("impurity", text, repr(impurity))
    ensemble = superconductor.impurities[impurity]
    density = ensemble.density if density is None else density
    if density is None:
        fail("density", "given, here or for the TLSEnsemble: alpha alone says no rate", "None")
    require(positive("density", density))
    return jnp.asarray(ensemble.alpha) / jnp.asarray(density)


@program
def _relaxation(spectrum, E, kappa):
    require_errors(spectrum)

    def one(fine, coarse, kappa):
        T = fine.given.T
        found, rough = (absorption(on_axis(g), g.unit, E.ravel()) for g in (fine, coarse))
        per = 4 * np.pi * kappa / jnp.tanh(E.ravel() / (2 * T))
        parts = per * found, _CROSSING * per * jnp.abs(found - rough), found
        return [part.reshape(E.shape) for part in parts]

    answer = is_ok(spectrum.status)
    answer = answer.reshape(answer.shape + (1,) * E.ndim)
    return [nan_unless(answer, part) for part in over_points(spectrum, one, kappa)]


def absorption(fields: RetardedFields, unit, E) -> jax.Array:
    """``R(E)`` at splittings (M,), see the module; ``unit`` is ``pi T``."""

    def one(E):
        z = energies(fields, E, 0.0, _POINTS)
        here, there = (fields.at(*place) for place in (z.lower, z.upper))
        spectral = here.N.real * there.N.real - here.P.real * there.P.real
        fermi = difference_of_fermi_functions(np.pi * z.lower[0], np.pi * z.upper[0])
        # Of both signs of epsilon + E/2.
        return 2 * jnp.sum(z.weights * fermi * spectral)

    return unit * jax.lax.map(one, E / unit, batch_size=_BLOCK)
