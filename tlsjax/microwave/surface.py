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
from tlsjax.microwave.fields import resolution_rule
from tlsjax.microwave.material import Material
from tlsjax.real_axis.spectrum import Spectrum, over_points

SURFACES = ("diffuse", "specular", "local")
# GHz from which a frequency is taken for one in Hz: 100 THz is far above every gap.
_HIGHEST = 1e5
# Error in units of the distance to a coarser spectrum: the two may agree by accident.
_COARSER = 8.0


@solution
class SurfaceImpedance(Solution):
    """``Z = R_s - i X_s`` in ohms, fields as exp(-i omega t).

    Arrays have the shape of the spectrum's batch, then that of frequencies, lengths and thickness
    broadcast together.

    Attributes
    ----------
    resistance, reactance : ``R_s`` and ``X_s``; NaN where the solve failed.
    resistance_error, reactance_error : estimated absolute errors, from a coarser spectrum and from
        fewer wave numbers.
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
    return (*rules, Rule("thickness", "positive, in nm", (thickness,), lambda x: x > 0))


def _ohms_per_nm(frequency):
    """``omega mu_0`` for a frequency in GHz: ohms for each nm of depth."""
    return 2 * np.pi * 1e9 * frequency * VACUUM_PERMEABILITY * 1e-9


@program(static_argnums=4)
def _solve(spectrum, frequency, material, thickness, surface):
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
        found, fewer = _depths(fine, *of_point, metal, frequency, thickness, surface)
        rough, _ = stop_gradient(_depths(coarse, *of_point, metal, frequency, thickness, surface))
        # ``Z = -i omega mu_0 depth``.
        parts = [jnp.imag, jnp.real]
        values = [part(found) for part in parts]
        errors = [
            _COARSER * jnp.abs(part(found - rough)) + jnp.abs(part(found - fewer)) for part in parts
        ]
        scale = _ohms_per_nm(frequency)
        return [(scale * x).reshape(shape) for x in (*values, *stop_gradient(errors))]

    gaps = spectrum.order_parameter, material.clean_gap(superconductor)
    found = over_points(spectrum, one, *gaps)
    status = conductivity.status_of(spectrum, *rules)
    answer = is_ok(status).reshape(status.shape + (1,) * len(shape))
    return [nan_unless(answer, x) for x in found], status


def _depths(green, gap, clean_gap, metal, frequency, thickness, surface):
    """Complex depths (M,), nm, and the same from fewer wave numbers; lengths and frequency (M,)."""
    omega = metal.energy(frequency, "GHz")
    velocity = metal.velocity_at(clean_gap)
    rate = velocity / (2 * metal.mean_free_path)
    q = None
    if surface != "local":
        # Between the ranges of thermal quasiparticles and of pairs.
        lowest = (omega + 2 * rate) / velocity
        highest = lowest + 2 * (gap + _coupling(green)) / velocity
        scale = stop_gradient(jnp.sqrt(lowest * highest))
        q = velocity[:, None] * impedance.wavenumbers(scale)
    _, sigma = conductivity.of_green(green, omega, q, rate)
    K = (omega / metal.lambda_L0**2)[:, None] * jax.lax.complex(sigma.imag, -sigma.real)
    if surface == "local":
        K = K[:, 0]
        depth = impedance.local(K) if thickness is None else impedance.film(K, thickness)
        return depth, depth
    kernel = impedance.kernel(K, scale)
    depth = impedance.specular if surface == "specular" else impedance.diffuse
    return depth(kernel), depth(kernel.shortened())


def _coupling(green):
    """Rate of inelastic scattering at high energies."""
    return jnp.pi * sum((bath.coupling for bath in green.given.baths), jnp.zeros(()))
