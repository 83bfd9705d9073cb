"""The surface impedance of a superconductor in ohms, local and not."""

from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.lax import stop_gradient
from numpy.typing import ArrayLike

from tlsjax.core.constants import VACUUM_PERMEABILITY
from tlsjax.core.programs import program
from tlsjax.core.results import Solution, solution
from tlsjax.core.status import is_ok, nan_unless
from tlsjax.core.validation import Rule, fail, positive, require
from tlsjax.microwave import conductivity, impedance
from tlsjax.microwave.conductivity import BESIDE, QUADRATURE, ROUNDING
from tlsjax.microwave.fields import resolution_rule
from tlsjax.microwave.material import Material, require_nanometres
from tlsjax.real_axis.spectrum import Spectrum, over_points, require_errors

SURFACES = ("diffuse", "specular", "local")
# GHz from which a frequency is taken for one in Hz: 100 THz is far above every gap.
_HIGHEST = 1e5
# Error in units of the distance to a coarser spectrum; what interpolation and quadrature leave is
# that of the conductivity. With 8 it was 1.03 times too small for X_s of one of 32 random glasses,
# at T = 0.02 Tc.
_COARSER = 12.0
# The wave number at which sizes of errors are asked for is beyond the smallest one by so much: in a
# clean normal metal that is the field's own, omega/v_F, at which the response is singular.
_BEYOND = 1.5
# Stands for nothing, below any depth.
_TINY = 1e-300


@solution
class SurfaceImpedance(Solution):
    """``Z = R_s - i X_s`` in ohms, fields as exp(-i omega t).

    Arrays have the shape of the spectrum's batch, then that of frequencies, lengths and thickness
    broadcast together.

    Attributes
    ----------
    resistance, reactance : ``R_s`` and ``X_s``; NaN where the solve failed.
    resistance_error, reactance_error : estimated absolute errors, from a coarser spectrum, here and
        at frequencies beside, from fewer wave numbers, and what rounding leaves of small losses.
    status : int32, the spectrum's, in the shape of its batch.
    frequency : GHz. material, surface, thickness : what was asked for.
    """

    what = "Surface impedance"
    value = "resistance"
    shown = ("resistance", "resistance_error", "reactance", "reactance_error", "frequency")
    arrays = ("penetration_depth", "material", "thickness")

    resistance: jax.Array
    reactance: jax.Array
    resistance_error: jax.Array
    reactance_error: jax.Array
    status: jax.Array
    frequency: jax.Array
    material: Material
    thickness: Any

    @property
    def impedance(self) -> jax.Array:
        """``R_s - i X_s``."""
        return self.resistance - 1j * self.reactance

    @property
    def penetration_depth(self) -> jax.Array:
        """``X_s/(mu_0 omega)``, nm."""
        return self.reactance / _ohms_per_nm(self.frequency)


def solve_surface_impedance(
    spectrum: Spectrum,
    frequency: ArrayLike,
    material: Material,
    surface: str = "diffuse",
    thickness: ArrayLike | None = None,
) -> SurfaceImpedance:
    """Surface impedance of a solved spectrum, superconducting or normal, with errors.

    With ``K(q) = -i omega mu_0 sigma(q, omega)`` (Reuter and Sondheimer 1948; Halbritter 1970;
    theory, section 9)

        local     Z = -i omega mu_0 K(0)^(-1/2)
        specular  Z = -i omega mu_0 (2/pi) int_0^inf dq/(q^2 + K)
        diffuse   Z = -i omega mu_0 pi/int_0^inf dq ln(1 + K/q^2)

    and ``Z_local coth(thickness K(0)^(1/2))`` of a film with the field on one side, ``1/(sigma
    thickness)`` where it is thin.

    Parameters
    ----------
    spectrum : Spectrum
        Of any superconductor and population; a batch over temperatures gives a curve. Elastic
        scattering in it does not count, but the ``material``'s does: one spectrum serves every mean
        free path.
    frequency : float
        GHz, of any shape.
    material : Material
        Its lengths may be arrays that broadcast with ``frequency``.
    surface : "diffuse", "specular" or "local"
        How electrons leave the surface; "local" is for mean free paths far below the depth.
    thickness : float, optional
        Of a film, nm, with ``surface="local"`` only.

    Returns
    -------
    SurfaceImpedance
        NaN where the spectrum is no answer; ``.check()`` raises.

    Raises
    ------
    ValueError
        For arguments outside their domain (not inside transformations).

    Examples
    --------
    Niobium in a cavity; nanoohms and nanometres:

    >>> import tlsjax as tls
    >>> niobium = tls.Superconductor(host=tls.WeakCouplingHost(9.25, gap_ratio=3.8))
    >>> metal = tls.Material(lambda_L0=32.0, mean_free_path=100.0, xi0=40.0)
    >>> found = tls.solve_surface_impedance(tls.solve_spectrum(niobium, 4.2), 1.3, metal).check()
    >>> print(f"{1e9 * found.resistance:.1f} {found.penetration_depth:.2f}")
    463.3 45.13
    """
    if not isinstance(spectrum, Spectrum):
        fail("spectrum", "solved by tlsjax.solve_spectrum", repr(spectrum))
    if not isinstance(material, Material):
        fail("material", "a tlsjax.Material", repr(material))
    if surface not in SURFACES:
        fail("surface", f"one of {', '.join(SURFACES)}", repr(surface))
    if thickness is not None and surface != "local":
        fail("surface", "'local' with a thickness (a film thinner than its depth)", repr(surface))
    require_gigahertz(frequency)
    require(*_rules(frequency, material, thickness), resolution_rule(spectrum))
    frequency = jnp.asarray(frequency, dtype=float)
    thickness = None if thickness is None else jnp.asarray(thickness, dtype=float)
    found, status = _solve(spectrum, frequency, material, thickness, surface)
    return SurfaceImpedance(*found, status, frequency, material, thickness)


def surface_impedance(
    spectrum: Spectrum,
    frequency: ArrayLike,
    material: Material,
    surface: str = "diffuse",
    thickness: ArrayLike | None = None,
) -> jax.Array:
    """``Z = R_s - i X_s`` in ohms; arguments as in `solve_surface_impedance`.

    Raises
    ------
    ValueError, ConvergenceError
        Outside transformations only; NaN inside.

    Examples
    --------
    A film of aluminium, 20 nm thick, in units of ``k_B Tc0``:

    >>> import tlsjax as tls
    >>> spectrum = tls.solve_spectrum(tls.Superconductor(), 0.1)
    >>> film = tls.Material.of("Al", mean_free_path=5.0, unit=1.2)
    >>> Z = tls.surface_impedance(spectrum, 5.0, film, surface="local", thickness=20.0)
    >>> print(f"{-Z.imag:.4f} ohm")
    0.1635 ohm
    """
    found = solve_surface_impedance(spectrum, frequency, material, surface, thickness)
    return found.check().impedance


def require_gigahertz(frequency: ArrayLike) -> None:
    """Raise where a frequency must be one in Hz."""
    if not isinstance(frequency, jax.core.Tracer):
        largest = np.max(np.asarray(frequency, dtype=float), initial=0.0)
        if largest >= _HIGHEST:
            fail("frequency", "in GHz", f"{largest:g}, which looks like Hz")


def _rules(frequency, material, thickness):
    rules = (positive("frequency", frequency), *material.rules())
    if thickness is None:
        return rules
    require_nanometres("thickness", thickness)
    return (*rules, Rule("thickness", "positive, in nm", (thickness,), lambda x: x > 0))


def _ohms_per_nm(frequency):
    """``omega mu_0`` for a frequency in GHz: ohms for each nm of depth."""
    return 2 * np.pi * 1e9 * frequency * VACUUM_PERMEABILITY * 1e-9


@program(static_argnums=4)
def _solve(spectrum, frequency, material, thickness, surface):
    require_errors(spectrum)
    superconductor = spectrum.superconductor
    names = ("lambda_L0", "mean_free_path", "xi0", "v_F")
    lengths = {name: getattr(material, name) for name in names}
    given = lengths | {"frequency": frequency, "thickness": thickness}
    given = {name: value for name, value in given.items() if value is not None}
    shape = jnp.broadcast_shapes(*map(jnp.shape, given.values()))
    flat = {name: jnp.broadcast_to(value, shape).ravel() + 0.0 for name, value in given.items()}
    rules = _rules(frequency, material, thickness)
    frequency, thickness = flat.pop("frequency"), flat.pop("thickness", None)
    metal = replace(material, **flat)

    def one(fine, coarse, *of_point):
        given = *of_point, metal, frequency, thickness, surface
        found, fewer, beside, smallest = _depths(fine, *given)
        rough, _, rough_beside, _ = stop_gradient(_depths(coarse, *given))
        rounding = smallest * jnp.abs(found) if fine.given.baths else 0.0

        def error(part):
            # At one frequency two numbers may agree by accident.
            size = jnp.abs(part(beside)) + _TINY
            relative = jnp.max(jnp.abs(part(beside - rough_beside)) / size, axis=0)
            size = jnp.abs(part(found))
            distance = jnp.maximum(jnp.abs(part(found - rough)), relative * size)
            return _COARSER * distance + jnp.abs(part(found - fewer)) + QUADRATURE * size

        # ``Z = -i omega mu_0 depth``.
        errors = error(jnp.imag) + rounding, error(jnp.real)
        scale = _ohms_per_nm(frequency)
        values = found.imag, found.real, *stop_gradient(errors)
        return [(scale * x).reshape(shape) for x in values]

    gaps = spectrum.order_parameter, material.clean_gap(superconductor)
    found = over_points(spectrum, one, *gaps)
    status = conductivity.status_of(spectrum, *rules)
    answer = is_ok(status).reshape(status.shape + (1,) * len(shape))
    return [nan_unless(answer, x) for x in found], status


def _depths(green, gap, clean_gap, metal, frequency, thickness, surface):
    """Complex depths (M,), nm, the same from fewer wave numbers, depths (B, M) at frequencies
    beside, and the smallest ratio of imaginary to real part (M,) that rounding leaves.

    Lengths and frequency are (M,). Beside, where nothing but the size of errors is asked for, one
    wave number stands for all.
    """

    def response(factors, wavenumbers, least=1.0):
        """``K`` (B M, Q) at some multiples of the frequency, and scales of wave numbers (B M,)."""
        many = jax.tree.map(lambda x: jnp.tile(x, factors.size), metal)
        omega = many.energy(jnp.ravel(factors[:, None] * frequency), "GHz")
        velocity = many.velocity_at(clean_gap)
        rate = velocity / (2 * many.mean_free_path)
        # Between the ranges of thermal quasiparticles and of pairs.
        lowest = (omega + 2 * rate) / velocity
        highest = lowest + 2 * (gap + _coupling(green)) / velocity
        scale = stop_gradient(jnp.maximum(jnp.sqrt(lowest * highest), least * lowest))
        q = None if wavenumbers is None else velocity[:, None] * wavenumbers(scale)
        _, sigma = conductivity.of_green(green, omega, q, rate)
        unit = omega / many.lambda_L0**2
        K = unit[:, None] * jax.lax.complex(sigma.imag, -sigma.real)
        # Two states below the edge of the gap respond for as long as a pair would.
        smallest = ROUNDING * unit / (velocity * highest) / jnp.abs(K[:, 0])
        return K, scale, smallest[: frequency.size]

    if surface == "local":
        K, _, smallest = response(BESIDE, None)
        K = K.reshape(BESIDE.size, -1)
        depths = impedance.local(K) if thickness is None else impedance.film(K, thickness)
        return depths[0], depths[0], depths[1:], smallest
    K, scale, _ = response(BESIDE[:1], impedance.wavenumbers)
    kernel = impedance.kernel(K, scale)
    depth = impedance.specular if surface == "specular" else impedance.diffuse
    beside, _, smallest = response(BESIDE[1:], lambda scale: scale[:, None], _BEYOND)
    beside = impedance.local(beside).reshape(BESIDE.size - 1, -1)
    return depth(kernel), depth(kernel.shortened()), beside, smallest


def _coupling(green):
    """Rate of inelastic scattering at high energies."""
    return jnp.pi * sum((bath.coupling for bath in green.given.baths), jnp.zeros(()))
