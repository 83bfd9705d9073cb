"""The complex conductivity of a superconductor, from its solved spectrum."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.lax import stop_gradient
from numpy.typing import ArrayLike

from tlsjax.core.programs import program
from tlsjax.core.results import Solution, solution
from tlsjax.core.status import Status, is_ok, nan_unless
from tlsjax.core.validation import Rule, fail, holds, is_known, non_negative, positive, require
from tlsjax.microwave.fields import on_axis, on_line, resolution_rule
from tlsjax.microwave.integral import FEWER_POINTS, POINTS, Scale, response
from tlsjax.real_axis.green import Green
from tlsjax.real_axis.spectrum import Spectrum, over_points, require_errors

# Frequencies side by side: each has some two thousand energies.
_BLOCK = 8
# Error in units of the distance to a coarser spectrum, and what interpolation and quadrature leave
# of sigma. Two numbers may agree by accident: the relative distance at frequencies beside counts
# as well. On 123 random draws 9.3 times the largest at 1, 0.8 and 1.25 was left; with one frequency
# beside it was 19. Where they agree near one frequency they may do so over a range: a cold glass
# with inverted populations had 2.6e-5 left everywhere, and distances of 9e-7, 3e-6 and 1.4e-6 at
# these three, but 8e-6 at half the frequency. Not seen is what both spectra share at all of them.
_COARSER, QUADRATURE, BESIDE = 12.0, 1e-7, np.array([1.0, 0.8, 1.25, 0.5])
# With bosons a spectrum has no fewer states below a cold gap than rounding leaves, 1e-14 of the
# normal ones at each of two energies: sigma_1 of two-level systems at T = 0.02 and 0.026 Tc0 was
# between 5e-29 and 1e-27, whatever T.
ROUNDING = 1e-27
# Stands for nothing, below any conductivity.
_TINY = 1e-300


@solution
class Conductivity(Solution):
    """Complex conductivity at some frequencies, fields going as ``exp(-i omega t)``.

    Shapes are the batch's and then that of ``omega`` and ``wavenumber`` together.

    Attributes
    ----------
    sigma : ``sigma_1 + i sigma_2`` in units of ``sigma_n = (n e^2/m) tau``, the conductivity of the
        normal metal by elastic scattering, ``tau = hbar/2 elastic``.
    over_weight : the same in units of ``n e^2/m``, an inverse energy; for clean metals, too.
    sigma1_error, sigma2_error : estimated absolute errors of the parts of ``sigma``; relative ones
        are those of ``over_weight``.
    status : `Status` of each.
    omega, wavenumber, elastic, T : what it was asked for.
    """

    what = "Conductivity"
    value = "sigma"
    shown = ("sigma", "sigma1_error", "sigma2_error", "omega", "wavenumber", "elastic", "T")

    sigma: jax.Array
    over_weight: jax.Array
    sigma1_error: jax.Array
    sigma2_error: jax.Array
    status: jax.Array
    omega: Any
    wavenumber: Any
    elastic: Any
    T: jax.Array

    @property
    def error(self) -> jax.Array:
        """Estimated absolute error of ``sigma``."""
        return jnp.hypot(self.sigma1_error, self.sigma2_error)


def conductivity(
    spectrum: Spectrum,
    omega: ArrayLike,
    wavenumber: ArrayLike = 0.0,
    *,
    elastic: ArrayLike | None = None,
) -> jax.Array:
    """Complex conductivity ``sigma_1 + i sigma_2`` in units of the normal one, ``sigma_n``.

    The theory of Mattis and Bardeen (1958) for any purity and any self energies (Nam 1967; theory,
    section 9), electrons thermal, two-level systems in any population. As `solve_conductivity`,
    without error and status.

    Parameters
    ----------
    spectrum : Spectrum
    omega : array
        ``hbar omega`` in the superconductor's unit of energy, positive, any shape.
    wavenumber : array
        ``hbar v_F q`` in that unit, of a transverse field; zero is the local limit.
    elastic : float, optional
        Rate ``hbar/2 tau`` of all elastic scattering in that unit, by default that of the
        superconductor, impurities included; nothing but this response depends on it, so that one
        spectrum serves all mean free paths. ``inf`` is the dirty limit.

    Returns
    -------
    complex array, the batch's shape and that of ``omega`` and ``wavenumber``
        NaN where the spectrum is no answer.

    Raises
    ------
    ValueError
        For arguments outside their domain, without elastic scattering, and for a spectrum seen
        through a resolution too large to be undone: the response is a product of a retarded and an
        advanced function, in which a smearing of each does not smear the whole.

    Examples
    --------
    >>> import tlsjax as tls
    >>> spectrum = tls.solve_spectrum(tls.Superconductor(), 0.5)
    >>> print(tls.conductivity(spectrum, [0.1, 4.0], elastic=float("inf")).round(4))
    [0.571 +49.8259j 0.2536 +0.6332j]
    """
    rate = _rate(spectrum, elastic)
    if is_known(rate) and np.any(np.asarray(rate) == 0):
        text = "positive: sigma_n is that of elastic scattering (inf is the dirty limit; a clean "
        fail("elastic", text + "metal has solve_conductivity(...).over_weight)", "0")
    require(*_rules(omega, wavenumber, rate), resolution_rule(spectrum))
    return _solve(spectrum, omega, *_known(wavenumber, rate), False)["sigma"]


def solve_conductivity(
    spectrum: Spectrum,
    omega: ArrayLike,
    wavenumber: ArrayLike = 0.0,
    *,
    elastic: ArrayLike | None = None,
) -> Conductivity:
    """`Conductivity` with its errors and status; arguments as in `conductivity`.

    Clean metals are allowed, whose ``sigma`` is zero and ``over_weight`` is not.

    Examples
    --------
    >>> import tlsjax as tls
    >>> spectrum = tls.solve_spectrum(tls.Superconductor(), 0.5)
    >>> found = tls.solve_conductivity(spectrum, 1.0, elastic=0.5).check()
    >>> print(f"{complex(found.sigma):.4f}, errors below {float(found.error):.0e}")
    0.0308+0.8113j, errors below 2e-06
    """
    rate = _rate(spectrum, elastic)
    require(*_rules(omega, wavenumber, rate), resolution_rule(spectrum))
    solved = _solve(spectrum, omega, *_known(wavenumber, rate), True)
    return Conductivity(**solved, omega=omega, wavenumber=wavenumber, elastic=rate, T=spectrum.T)


def _rate(spectrum, elastic):
    elastic = spectrum.superconductor.static.elastic if elastic is None else elastic
    return 0.0 if elastic is None else elastic


def _known(wavenumber, rate):
    """Both, None for a wave number that is known to be zero and, then, for a rate that is known to
    be infinite: programs of their own, and faster ones."""
    if not is_known(wavenumber) or np.any(wavenumber):
        return wavenumber, rate
    return None, None if is_known(rate) and np.all(np.isposinf(rate)) else rate


def status_of(spectrum: Spectrum, *rules: Rule) -> jax.Array:
    """The spectrum's status where its resolution can be undone and the rules hold."""
    rule = resolution_rule(spectrum)
    lost = is_ok(spectrum.status) & ~rule.test(*rule.values)
    status = jnp.where(lost, Status.UNRESOLVED, spectrum.status)
    return jnp.where(holds(*rules), status, Status.INVALID)


def _rules(omega, wavenumber, rate):
    # The rules ask for finite values; infinity is one here.
    finite = jnp.where(jnp.isposinf(rate), 1.0, rate)
    return (
        positive("omega", omega),
        non_negative("wavenumber", wavenumber),
        Rule("elastic", "zero or more", (finite,), lambda rate: rate >= 0),
    )


@program(static_argnums=4)
def _solve(spectrum, omega, wavenumber, rate, with_errors):
    if with_errors:
        require_errors(spectrum)
    omega = jnp.asarray(omega, dtype=float)
    shape = omega.shape
    if wavenumber is not None:
        shape = jnp.broadcast_shapes(shape, jnp.shape(wavenumber))
        wavenumber = jnp.broadcast_to(wavenumber, shape).ravel()[:, None]
    omega = jnp.broadcast_to(omega, shape).ravel()
    rates = () if rate is None else (rate,)

    def one(fine, coarse, rate=None):
        if not with_errors:
            sigma, _ = of_green(fine, omega, wavenumber, rate)
            return {"sigma": sigma.reshape(shape)}
        # Both at frequencies beside as well.
        around = jnp.ravel(BESIDE[:, None] * omega)
        q = None if wavenumber is None else jnp.tile(wavenumber, (BESIDE.size, 1))
        sigma, over_weight = of_green(fine, around, q, rate)
        rough, _ = stop_gradient(of_green(coarse, around, q, rate, FEWER_POINTS))
        value, rough = (jnp.reshape(f[:, 0], (BESIDE.size, -1)) for f in (sigma, rough))
        value = stop_gradient(value)

        def error(part):
            size = jnp.abs(part(value))
            relative = jnp.max(jnp.abs(part(value - rough)) / (size + _TINY), axis=0)
            return (_COARSER * relative + QUADRATURE) * size[0]

        found = {
            "sigma": sigma[: omega.size, 0],
            "over_weight": over_weight[: omega.size, 0],
            "sigma1_error": error(jnp.real) + (ROUNDING if fine.given.baths else 0.0),
            "sigma2_error": error(jnp.imag),
        }
        return {name: f.reshape(shape) for name, f in found.items()}

    rules = _rules(
        omega, 0.0 if wavenumber is None else wavenumber, jnp.inf if rate is None else rate
    )
    status = status_of(spectrum, *rules)
    found = over_points(spectrum, one, *rates)
    each = status.reshape(status.shape + (1,) * len(shape))
    found = {name: nan_unless(is_ok(each), value) for name, value in found.items()}
    return found | ({"status": jnp.broadcast_to(each, found["sigma"].shape)} if with_errors else {})


def of_green(green: Green, omega, wavenumber, rate, points=POINTS):
    """``(sigma/sigma_n, sigma/(n e^2/m))``, (M, Q) each, of one `Green`.

    omega : (M,). wavenumber : (M, Q) ``hbar v_F q``, evaluated side by side for each frequency, or
    None for the local limit, where Q is 1. rate : elastic, one or (M,), zero and infinity among its
    values; None for the dirty local limit. All in the superconductor's unit.
    """
    fields = on_axis(green)
    line = on_line(green) if green.rungs else None
    factor = jnp.zeros(()) if rate is None else 1 / (1 + 2 * rate / green.unit)
    factor = jnp.broadcast_to(factor, omega.shape)

    def one(place):
        omega, factor, wavenumber = place
        scale = None if rate is None else Scale(factor, 1 - factor)
        return response(fields, line, omega, wavenumber, scale, points)

    q = None if wavenumber is None else wavenumber / green.unit
    found = jax.lax.map(one, (omega / green.unit, factor, q), batch_size=_BLOCK)
    return (1 - factor)[:, None] * found, (factor / green.unit)[:, None] * found
