"""Driven impurities and electrons in one another's hands: population, spectrum, rates, population.

How deep a field burns depends on how fast the impurities relax; that is the electrons' spectrum
(`tlsjax.microwave.relaxation`), which the impurities' population makes: a fixed point
(`tlsjax.microwave.driven_solve`).
"""

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from tlsjax.contour.mesh import require_panels
from tlsjax.core.batching import batch_shape
from tlsjax.core.pytrees import as_real
from tlsjax.core.results import Solution, solution
from tlsjax.core.validation import fail, non_negative, positive, require
from tlsjax.matsubara.axis import CompactAxis, axis_or_default
from tlsjax.microwave.driven_solve import MAX_STEPS, Drive, solve
from tlsjax.microwave.relaxation import kappa_of, warn_of_width
from tlsjax.model.superconductor import SuperconductorLike, as_superconductor
from tlsjax.real_axis.green import static_rungs
from tlsjax.real_axis.solve import chosen_resolution, default_panels
from tlsjax.real_axis.spectrum import Spectrum


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
    max_steps: int = MAX_STEPS,
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
    resolution = chosen_resolution(resolution)
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
    solved, populations, found = solve(simple, T, drive, kappas, resolution, *static)
    batch = batch_shape((superconductor, T, drive, kappas, resolution))
    spectrum = Spectrum(
        **solved, superconductor=superconductor, T=T, population=populations, batch=batch
    )
    width = 4 * np.pi * jnp.stack(jnp.broadcast_arrays(*kappas), axis=-1)
    return SteadyState(
        spectrum=spectrum, population=populations, width=width, T=T, batch=batch, **found
    )


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
