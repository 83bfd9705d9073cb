"""How Tc answers to a few more phonons of one energy."""

import dataclasses

import jax
import jax.numpy as jnp
from numpy.typing import ArrayLike

from tlsjax.core.programs import program
from tlsjax.core.validation import positive, require
from tlsjax.matsubara.axis import CompactAxis
from tlsjax.matsubara.critical_temperature import critical_temperature
from tlsjax.model.distributions.single import DeltaFunction
from tlsjax.model.ensemble import TLSEnsemble
from tlsjax.model.occupations import OccupationLike, Oscillator, as_occupations
from tlsjax.model.superconductor import SuperconductorLike, as_superconductor


def critical_temperature_derivative(
    superconductor: SuperconductorLike,
    energy: ArrayLike,
    population: OccupationLike = None,
    *,
    axis: CompactAxis | None = None,
) -> jax.Array:
    """``delta Tc/delta alpha^2F`` at the energies given.

    Bergmann and Rainer (1973): ``dTc = int dE D(E) d(alpha^2F)(E)``, positive everywhere, with a
    maximum near ``7 k_B Tc``. It is the exact derivative by the strength of one more bath, with
    all its bosons at ``energy``, where that strength is zero: any host has it, with impurities and
    scattering as there may be.

    Parameters
    ----------
    superconductor : Superconductor or TLSEnsemble
        A single one.
    energy : float or array, in the superconductor's unit
    population : occupation, optional
        Of the impurities, as in `critical_temperature`.
    axis : CompactAxis, optional
        Matsubara frequencies, see `compact_axis`.

    Returns
    -------
    array of the shape of ``energy``, pure in units

    Raises
    ------
    ValueError
        For arguments outside their domain (not inside transformations).

    Examples
    --------
    >>> import numpy as np, tlsjax as tls
    >>> E = np.linspace(0.5, 20.0, 40)
    >>> D = tls.critical_temperature_derivative(tls.Superconductor(), E)
    >>> print(f"largest at {E[np.argmax(D)]:.1f} Tc: {max(D):.4f}")
    largest at 10.0 Tc: 0.8041
    """
    superconductor = as_superconductor(superconductor)
    require(*superconductor.rules(), positive("energy", energy))
    occupations = as_occupations(population, len(superconductor.impurities))

    energy = jnp.asarray(energy, dtype=float)
    found = _derivatives(superconductor.simplified(), energy.ravel(), occupations, axis)
    return found.reshape(energy.shape)


@program(static_argnums=3)
def _derivatives(superconductor, energy, occupations, axis):
    def one(E):
        def Tc(strength):
            more = (*superconductor.impurities, TLSEnsemble(strength, DeltaFunction(E)))
            sample = dataclasses.replace(superconductor, impurities=more)
            return critical_temperature(sample, (*occupations, Oscillator()), axis=axis)

        return jax.grad(Tc)(0.0)

    return jax.vmap(one)(energy)
