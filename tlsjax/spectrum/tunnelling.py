"""What a tunnel junction to a normal metal measures of a density of states.

With ``N`` the density of states in units of the normal one, ``V`` the bias in units of
``k_B Tc0/e`` and ``T_e`` the temperature of the normal electrode, conductance and current in
units of the normal conductance are

    G(V) = int dE N(E) K(E + V),   I(V) = int_0^V dV' G(V'),

where the kernel ``K`` is the thermal ``-df/dE``, seen through a Gaussian of rms width
``broadening`` and a sinusoidal lock-in modulation of peak amplitude ``modulation``.

All three smear by convolution: products of their characteristic functions,

    K^(t) = pi T_e t/sinh(pi T_e t) exp(-b^2 t^2/2) 2 J_1(A t)/(A t),

so ``G(V) - 1`` is the cosine sum of ``K^(t)`` times that of ``N - 1``. That is the integral
itself, not an approximation to it, as long as the times reach where ``K^`` has died and are
dense enough to tell the ends of the window apart; `window_for` chooses both.
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from tlsjax.domain import Rule, fail, is_known, non_negative, positive, require
from tlsjax.numerics.quadrature import composite
from tlsjax.status import is_ok, nan_unless

# Where the kernel's characteristic function ends, and how many of its widths the window
# extends beyond the largest bias: both leave 1e-9 of the conductance.
_DECAY, _MARGIN = 21.0, 12.0
# Panels of the energy integral per width of the kernel, and points on each.
_PER_WIDTH, _ORDER = 1.0, 6
# Nodes that average over a period of the modulation: exact up to A t = 2 * 24.
_PHASES = 24


class Window(NamedTuple):
    """Static sizes of the sums: panels in energy and points in time."""

    panels: int
    times: int


def _width(T_e, broadening, modulation):
    """Rms width of the kernel."""
    return (np.pi**2 / 3 * T_e**2 + broadening**2 + modulation**2 / 4) ** 0.5


def _last_time(T_e, broadening):
    # Whichever of the two factors dies first.
    thermal = _DECAY / (np.pi * T_e)
    return 1 / (1 / thermal**2 + broadening**2 / (2 * _DECAY)) ** 0.5


def _end(largest_bias, width):
    return largest_bias + _MARGIN * width


def window_for(largest_bias, T_e, broadening=0.0, modulation=0.0):
    """`Window` for known numbers, in units of ``k_B Tc0``."""
    width = _width(T_e, broadening, modulation)
    end = _end(largest_bias, width)
    panels = int(np.ceil(_PER_WIDTH * end / width))
    times = int(np.ceil(_last_time(T_e, broadening) * (end + largest_bias) / np.pi)) + 1
    return Window(panels, times)


def suffices(window, largest_bias, T_e, broadening=0.0, modulation=0.0):
    """Whether ``window`` resolves a kernel."""
    needed = window_for(largest_bias, T_e, broadening, modulation)
    return window.panels >= needed.panels and window.times >= needed.times


def _characteristic(t, T_e, broadening, modulation):
    """``K^(t)``."""
    x = np.pi * T_e * t
    thermal = jnp.where(x > 0, x / jnp.sinh(jnp.where(x > 0, x, 1.0)), 1.0)
    # 2 J_1(z)/z = (2/pi) int_-1^1 cos(z u) sqrt(1 - u^2) du, by Gauss-Chebyshev.
    angle = np.pi * np.arange(1, _PHASES + 1) / (_PHASES + 1)
    share = 2 / (_PHASES + 1) * np.sin(angle) ** 2
    period = jnp.cos(modulation * t[:, None] * np.cos(angle)) @ share
    return thermal * jnp.exp(-((broadening * t) ** 2) / 2) * period


def _measure(spectrum, end, panels):
    """Energies, and ``N - 1`` times the weights of an integral over ``[0, end]``.

    On each panel of the spectrum's mesh N is the polynomial through its nodes; panels are cut
    where those of an even grid end, so that the kernel is resolved too.
    """
    mesh, pi_T = spectrum.fine.mesh, jnp.pi * spectrum.T
    gamma, _ = spectrum.fine.propagators
    even = jnp.linspace(0.0, 1.0, panels + 1) * end
    edges = jnp.sort(jnp.concatenate([jnp.minimum(mesh.edges * pi_T, end), even]))
    energy, weights = composite(edges, _ORDER)
    x = energy.ravel() / pi_T
    excess = mesh.interpolate(gamma.real - 1, x)
    # Beyond the mesh the superconductor is clean: Delta^2/2E^2.
    tail = spectrum.fine.X / (2 * jnp.maximum(x, mesh.edges[-1]) ** 2)
    excess = jnp.where(x < mesh.edges[-1], excess, tail)
    return energy.ravel(), weights.ravel() * excess


def _transform(spectrum, bias, T_e, broadening, modulation, window):
    """Times, and ``K^(t)`` times the cosine transform of ``N - 1`` with their weights."""
    end = _end(jnp.max(jnp.abs(bias)), _width(T_e, broadening, modulation))
    energy, excess = _measure(spectrum, end, window.panels)
    step = _last_time(T_e, broadening) / (window.times - 1)
    t = step * jnp.arange(window.times)
    weights = (step * jnp.ones(window.times)).at[0].multiply(0.5) * 2 / np.pi
    transform = jnp.cos(t[:, None] * energy) @ excess
    return t, weights * _characteristic(t, T_e, broadening, modulation) * transform


def tunnelling_conductance(
    spectrum, bias, electron_temperature=None, *, broadening=0.0, modulation=0.0, window=None
):
    """Differential conductance of a normal-insulator-superconductor junction.

    ``G(V)/G_N = int dE N(E)/N_f [-df/dE](E + eV)`` at the electrode's temperature, seen through
    a Gaussian and a lock-in modulation (see `tlsjax.spectrum.tunnelling`).

    Parameters
    ----------
    spectrum : Spectrum
    bias : array
        ``eV`` in units of ``k_B Tc0``, any sign and shape.
    electron_temperature : float, optional
        Of the normal electrode, units of Tc0; default: the spectrum's.
    broadening : float
        Rms width of a Gaussian through which the bias is seen.
    modulation : float
        Peak amplitude of a sinusoidal lock-in modulation (rms times sqrt(2)).
    window : Window, optional
        Sizes of the sums, see `window_for`; needed where bias or temperatures are traced.

    Returns
    -------
    array, shape of ``bias``
        In units of the normal conductance; NaN where the spectrum is no answer.

    Raises
    ------
    ValueError
        For arguments outside their domain, and without ``window`` inside transformations.

    Examples
    --------
    >>> import tlsjax as tls
    >>> ensemble = tls.TLSEnsemble(alpha=1.0, splittings=tls.Glass(Ec=3.0))
    >>> hot = tls.solve_spectrum(ensemble, 0.2, tls.EffectiveTemperature(2.5)).check()
    >>> print(tls.tunnelling_conductance(hot, [0.0, 2.0, 3.0], 0.1).round(4))
    [0.3376 0.9815 1.3901]
    """
    kernel = _kernel(spectrum, electron_temperature, broadening, modulation)
    window = _window(bias, kernel, window)
    return _conductance(spectrum, bias, *kernel, window)


def tunnelling_current(
    spectrum, bias, electron_temperature=None, *, broadening=0.0, modulation=0.0, window=None
):
    """Current of the junction of `tunnelling_conductance`, ``int_0^V dV' G(V')/G_N``.

    Odd in ``bias``, which and whose units are as there.

    Examples
    --------
    >>> import tlsjax as tls
    >>> ensemble = tls.TLSEnsemble(alpha=1.0, splittings=tls.Glass(Ec=3.0))
    >>> hot = tls.solve_spectrum(ensemble, 0.2, tls.EffectiveTemperature(2.5)).check()
    >>> print(tls.tunnelling_current(hot, [-2.0, 2.0], 0.1).round(4))
    [-0.9809  0.9809]
    """
    kernel = _kernel(spectrum, electron_temperature, broadening, modulation)
    window = _window(bias, kernel, window)
    return _current(spectrum, bias, *kernel, window)


def _kernel(spectrum, electron_temperature, broadening, modulation):
    T_e = spectrum.T if electron_temperature is None else electron_temperature
    require(
        positive("electron_temperature", T_e),
        non_negative("broadening", broadening),
        non_negative("modulation", modulation),
        # Its Bessel function is averaged with a fixed number of phases.
        Rule("modulation", "below twice the electron temperature times pi", (modulation, T_e),
             lambda A, T: 2 * np.pi * T >= A, ("electron_temperature",)),
    )  # fmt: skip
    return T_e, broadening, modulation


def _window(bias, kernel, window):
    require(Rule("bias", "finite", (bias,), np.isfinite))
    if window is not None:
        return window
    if not all(map(is_known, (bias, *kernel))):
        fail("window", "given, see window_for(), where bias or temperatures are traced", "missing")
    return window_for(float(np.max(np.abs(bias), initial=0.0)), *map(float, kernel))


@partial(jax.jit, static_argnums=5)
def _conductance(spectrum, bias, T_e, broadening, modulation, window):
    bias = jnp.asarray(bias, dtype=float)
    t, image = _transform(spectrum, bias, T_e, broadening, modulation, window)
    return _if_answer(spectrum, 1 + jnp.cos(bias[..., None] * t) @ image)


@partial(jax.jit, static_argnums=5)
def _current(spectrum, bias, T_e, broadening, modulation, window):
    bias = jnp.asarray(bias, dtype=float)
    t, image = _transform(spectrum, bias, T_e, broadening, modulation, window)
    # sin(tV)/t, with its limit V at t = 0.
    sine = bias[..., None] * jnp.sinc(bias[..., None] * t / np.pi)
    return _if_answer(spectrum, bias + sine @ image)


def _if_answer(spectrum, value):
    return nan_unless(is_ok(spectrum.status), value)
