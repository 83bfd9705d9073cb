"""How electrons scatter off a tunnelling atom: matrix elements, rates, alpha (paper, Eqs. 7-9, 38).

An electron at ``r`` meets an atom at ``X`` through ``V(r - X)``. In the atom's two levels that
is ``v 1 + m sigma_z + n sigma_x`` with ``v = (V_ee + V_gg)/2``, ``m = (V_ee - V_gg)/2``,
``n = V_eg``; a change ``q`` of the electron's momentum gives
``V_ab(q) = V(|q|) <a| exp(-i q.X) |b>``. Rates contain averages over the Fermi surface, here a
sphere, and over the orientation of the well.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from numpy.typing import ArrayLike

from tlsjax.core.constants import HBAR_MEV_PS, MEV_PER_KELVIN
from tlsjax.core.pytrees import as_real
from tlsjax.core.validation import fail, non_negative, positive, require
from tlsjax.microscopic.materials import Metal
from tlsjax.microscopic.wells import Levels
from tlsjax.numerics.quadrature import gauss

# Points of both averages: exp(i q X) turns by a few radians at most. 24 leave 1e-13 of every
# average up to k_F = 3/angstrom, 12 leave 2e-9.
_ORDER = 24


class MatrixElements(NamedTuple):
    """Fermi-surface averages of products of matrix elements, (meV angstrom^3)^2.

    vv, vm, mm, nn : ``<|v|^2>``, ``<Re v* m>``, ``<|m|^2>``, ``<|n|^2>``.
    """

    vv: jax.Array
    vm: jax.Array
    mm: jax.Array
    nn: jax.Array


class Rates(NamedTuple):
    """What a concentration of tunnelling atoms does to electrons.

    alpha : ``hbar/(2 pi tau_in k_B Tc0)``.
    elastic_rate : ``hbar/(2 pi tau_el k_B Tc0)``, all elastic channels together; Eq. 38's
        ``1/tau_el`` is that of ``mm`` alone.
    tau_in, tau_el : scattering times, ps (Eq. 38 for the inelastic one).
    """

    alpha: jax.Array
    elastic_rate: jax.Array
    tau_in: jax.Array
    tau_el: jax.Array


def matrix_elements(levels: Levels, potential: Any, k_fermi: ArrayLike) -> MatrixElements:
    """Fermi-surface averages of ``v, m, n`` (paper, Eqs. 8-9).

    Parameters
    ----------
    levels : Levels
        Of the atom, from `solve_well`.
    potential : float or callable
        Fourier transform ``V(q)`` of the electron-atom potential, meV angstrom^3; a number for
        a contact potential, or a function of ``|q|`` in 1/angstrom.
    k_fermi : float
        Fermi wave number, 1/angstrom.

    Returns
    -------
    MatrixElements

    Notes
    -----
    On a sphere ``|q| = 2 k_F sin(theta/2)`` has the density ``q/(2 k_F^2)``; the angle between
    ``q`` and the well is uniform in its cosine.
    """
    if not isinstance(levels, Levels):
        fail("levels", "from tlsjax.solve_well", repr(levels))
    require(positive("k_fermi", k_fermi))
    if not callable(potential):
        strength = potential
        potential = lambda q: strength * jnp.ones_like(q)  # noqa: E731
    nodes, weights = gauss(_ORDER)
    # (q/2k_F)^2 and the cosine, both uniform.
    q = 2 * k_fermi * jnp.sqrt((nodes + 1) / 2)
    along = q[:, None] * nodes
    weight = potential(q)[:, None] ** 2 * weights[:, None] * weights / 4

    step = levels.X[1] - levels.X[0]
    g, e = levels.wave_functions[:2]
    phase = jnp.exp(-1j * along[..., None] * levels.X)
    gg, ee, ge = (jnp.sum(phase * product, axis=-1) * step for product in (g * g, e * e, g * e))
    v, m = (ee + gg) / 2, (ee - gg) / 2

    def average(x):
        return jnp.sum(weight * x)

    return MatrixElements(
        average(jnp.abs(v) ** 2),
        average((jnp.conj(v) * m).real),
        average(jnp.abs(m) ** 2),
        average(jnp.abs(ge) ** 2),
    )


def elastic_channels(elements: MatrixElements, polarization: ArrayLike) -> dict[str, jax.Array]:
    """Weights of the elastic channels (paper, Eqs. 27-29, and the ``m = 0`` part of Eq. 42).

    ``polarization`` is ``<sigma_z> = N_e - N_g = -N_ge``. The static potential scatters with
    ``vv``, its interference with the levels with ``2 vm <sigma_z>``; the mean level potential
    with ``mm <sigma_z>^2``, its fluctuation with ``mm (1 - <sigma_z>^2)``: together ``mm``,
    whatever the population.

    Returns
    -------
    dict of str to (meV angstrom^3)^2
    """
    square = polarization**2
    return {
        "vv": elements.vv,
        "vm": 2 * elements.vm * polarization,
        "mm": elements.mm * square,
        "fluctuation": elements.mm * (1 - square),
    }


def scattering_rates(
    elements: MatrixElements,
    metal: Metal,
    concentration: ArrayLike,
    *,
    splitting: ArrayLike = 0.0,
    T: ArrayLike = 0.0,
) -> Rates:
    """Scattering rates and ``alpha`` (paper, Eq. 38).

        1/tau_in = (2 pi/hbar) n_s N(0) <|n|^2>,    alpha = n_s N(0) <|n|^2>/(k_B Tc0)

    Parameters
    ----------
    elements : MatrixElements
    metal : Metal
    concentration : float
        Tunnelling atoms for each atom of the metal.
    splitting, T : float
        Level splitting (meV) and temperature (K) of the atoms, for the share of the elastic
        channels that depends on the population; ``T = 0`` is the ground state.

    Returns
    -------
    Rates

    Examples
    --------
    >>> import tlsjax as tls
    >>> well = tls.DoubleWell(tls.MASS_H, barrier=190.0, distance=1.17)
    >>> screened = 1 / (2 * tls.NIOBIUM.density_of_states)  # a unit charge, Thomas and Fermi
    >>> elements = tls.matrix_elements(tls.solve_well(well), screened, tls.NIOBIUM.k_fermi)
    >>> rates = tls.scattering_rates(elements, tls.NIOBIUM, concentration=0.001)
    >>> print(f"alpha = {rates.alpha:.3f}, tau_in = {rates.tau_in:.2f} ps")
    alpha = 0.073, tau_in = 1.81 ps
    """
    if not isinstance(metal, Metal):
        fail("metal", "a tlsjax.Metal such as tlsjax.NIOBIUM", repr(metal))
    concentration, splitting, T = map(as_real, (concentration, splitting, T))
    checks = [("concentration", concentration), ("splitting", splitting), ("T", T)]
    require(*(non_negative(name, value) for name, value in checks))
    cold = jnp.asarray(T) == 0
    warm = jnp.tanh(splitting / (2 * MEV_PER_KELVIN * jnp.where(cold, 1.0, T)))
    polarization = -jnp.where(cold, 1.0, warm)
    # n_s N(0): per volume, per meV and volume.
    density = concentration / metal.atomic_volume * metal.density_of_states
    inelastic = density * elements.nn
    elastic = density * sum(elastic_channels(elements, polarization).values())
    unit = MEV_PER_KELVIN * metal.Tc
    time = HBAR_MEV_PS / (2 * jnp.pi)
    return Rates(inelastic / unit, elastic / unit, time / inelastic, time / elastic)
