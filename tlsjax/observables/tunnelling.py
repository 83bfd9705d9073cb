"""What a tunnel junction to a normal metal measures of a density of states.

With ``N`` the density of states in units of the normal one, ``V`` the bias as an energy ``eV`` and
``T_e`` the temperature of the normal electrode, conductance and current in units of the normal
conductance are

    G(V) = int dE N(E) K(E + V),   I(V) = int_0^V dV' G(V'),

where the kernel ``K`` is the thermal ``-df/dE``, seen through a Gaussian of rms width
``broadening`` and a sinusoidal lock-in modulation of peak amplitude ``modulation``.

All three smear by convolution: products of their characteristic functions,

    K^(t) = pi T_e t/sinh(pi T_e t) exp(-b^2 t^2/2) 2 J_1(A t)/(A t),

so ``G(V) - 1`` is the cosine sum of ``K^(t)`` times that of ``N - 1``. That is the integral
itself, not an approximation to it, as long as the times reach where ``K^`` has died and are
dense enough to tell the ends of the window apart; `window_for` chooses both.

A spectrum solved at a height ``eta`` above the real axis (its ``resolution``) can be made sharp
again where it meets the kernel: ``g`` is analytic up there and ``K`` up to ``pi T_e``, so the
integral may be taken along that line, ``int dE Re [g(E + i eta)/i K(E + V + i eta)]``. The
conductance is exact although the spectrum has no sharp features, which makes it quicker to
solve. Fits use this.
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from numpy.typing import ArrayLike

from tlsjax.core.status import is_ok, nan_unless
from tlsjax.core.validation import Rule, fail, is_known, non_negative, positive, require
from tlsjax.numerics.quadrature import composite
from tlsjax.real_axis.spectrum import Spectrum, over_points

# Where the kernel's characteristic function ends, and how many of its widths the window
# extends beyond the largest bias: both leave 1e-9 of the conductance.
_DECAY, _MARGIN = 21.0, 12.0
# Panels of the energy integral per width of the kernel, and points on each.
_PER_WIDTH, _ORDER = 1.0, 6
# Nodes that average over a period of the modulation, for ``A t`` up to the last time: from half
# of it on the average converges at once, and these leave rounding.
_SPARE_PHASES = 16
# Times whose transform is taken together.
_BLOCK = 256


class Window(NamedTuple):
    """Static sizes of the sums: panels in energy, points in time, phases of the modulation."""

    panels: int
    times: int
    phases: int = 2 * _SPARE_PHASES


def _width(T_e, broadening, modulation):
    """Rms width of the kernel."""
    return (np.pi**2 / 3 * T_e**2 + broadening**2 + modulation**2 / 4) ** 0.5


def _last_time(T_e, broadening, height):
    # Whichever of the two factors falls first.
    thermal = _DECAY / (np.pi * T_e - height)
    return 1 / (1 / thermal**2 + broadening**2 / (2 * _DECAY)) ** 0.5


def _end(largest_bias, width):
    return largest_bias + _MARGIN * width


def window_for(
    largest_bias: float,
    T_e: float,
    broadening: float = 0.0,
    modulation: float = 0.0,
    height: float = 0.0,
) -> Window:
    """`Window` for known numbers in one unit; ``height`` is a resolution that is undone."""
    width = _width(T_e, broadening, modulation)
    end = _end(largest_bias, width)
    panels = int(np.ceil(_PER_WIDTH * end / width))
    last = _last_time(T_e, broadening, height)
    times = int(np.ceil(last * (end + largest_bias) / np.pi)) + 1
    # In steps, lest every modulation has a program of its own.
    phases = _SPARE_PHASES * (1 + int(np.ceil(modulation * last / 2 / _SPARE_PHASES)))
    return Window(panels, times, phases)


def suffices(window, *kernel):
    """Whether ``window`` resolves the kernel that `window_for` takes."""
    needed = window_for(*kernel)
    return all(size >= least for size, least in zip(window, needed, strict=True))


def _characteristic(t, phases, T_e, broadening, modulation, height):
    """``K^(t) cosh(height t)`` and ``K^(t) sinh(height t)``."""
    x = np.pi * T_e * t
    # x/sinh x times the exponentials, without either overflowing.
    decay = x / -jnp.expm1(-2 * jnp.where(x > 0, x, 1.0))
    up, down = (decay * jnp.exp(sign * height * t - x) for sign in (1, -1))
    # 2 J_1(z)/z = (2/pi) int_-1^1 cos(z u) sqrt(1 - u^2) du, by Gauss-Chebyshev.
    angle = np.pi * np.arange(1, phases + 1) / (phases + 1)
    share = 2 / (phases + 1) * np.sin(angle) ** 2
    period = jnp.cos(modulation * t[:, None] * np.cos(angle)) @ share
    rest = period * jnp.exp(-((broadening * t) ** 2) / 2)
    return jnp.where(x > 0, up + down, 1.0) * rest, (up - down) * rest


def _measure(green, end, panels):
    """Energies, and ``gamma - 1`` times the weights of an integral over ``[0, end]``.

    On each panel of the spectrum's mesh gamma is the polynomial through its nodes; panels are
    cut where those of an even grid end, so that the kernel is resolved too.
    """
    gamma = green.at_nodes().g / 1j
    even = jnp.linspace(0.0, 1.0, panels + 1) * end
    last = green.breakpoints[-1]
    edges = jnp.sort(jnp.concatenate([jnp.minimum(green.breakpoints, end), even]))
    energy, weights = composite(edges, _ORDER)
    energy = energy.ravel()
    excess = green.interpolate(gamma - 1, energy)
    # Beyond the mesh the superconductor is clean.
    width = green.height + green.pair_breaking
    tail = (green.constant / (jnp.maximum(energy, last) + 1j * width)) ** 2 / 2
    return energy, weights.ravel() * jnp.where(energy < last, excess, tail)


def _transform(green, bias, kernel, window):
    """Times, and ``K^(t)`` times the transform of ``gamma - 1`` with their weights."""
    T_e, broadening, modulation, height = kernel
    end = _end(jnp.max(jnp.abs(bias)), _width(T_e, broadening, modulation))
    energy, excess = _measure(green, end, window.panels)
    step = _last_time(T_e, broadening, height) / (window.times - 1)
    t = step * jnp.arange(window.times)
    weights = (step * jnp.ones(window.times)).at[0].multiply(0.5) * 2 / np.pi
    even, odd = _characteristic(t, window.phases, *kernel)

    def image(row):
        t, even, odd = row
        cosine, sine = jnp.cos(t * energy), jnp.sin(t * energy)
        return even * (cosine @ excess.real) + odd * (sine @ excess.imag)

    # In blocks: the matrix of all times and energies of a cold junction is gigabytes.
    return t, weights * lax.map(image, (t, even, odd), batch_size=_BLOCK)


def tunnelling_conductance(
    spectrum: Spectrum,
    bias: ArrayLike,
    electron_temperature: ArrayLike | None = None,
    *,
    broadening: ArrayLike = 0.0,
    modulation: ArrayLike = 0.0,
    undo_resolution: bool = False,
    window: Window | None = None,
) -> jax.Array:
    """Differential conductance of a normal-insulator-superconductor junction.

    ``G(V)/G_N = int dE N(E)/N_f [-df/dE](E + eV)`` at the electrode's temperature, seen through
    a Gaussian and a lock-in modulation (see `tlsjax.observables.tunnelling`).

    Parameters
    ----------
    spectrum : Spectrum
    bias : array
        ``eV`` in the spectrum's unit of energy, any sign and shape.
    electron_temperature : float, optional
        Of the normal electrode; default: the spectrum's.
    broadening : float
        Rms width of a Gaussian through which the bias is seen.
    modulation : float
        Peak amplitude of a sinusoidal lock-in modulation (rms times sqrt(2)).
    undo_resolution : bool
        Whether to divide the spectrum's ``resolution`` out again, exactly; it must be below
        ``pi`` times the electron temperature.
    window : Window, optional
        Sizes of the sums, see `window_for`; needed where bias or temperatures are traced.

    Returns
    -------
    array, shape of ``bias``, the shape of a batch of spectra in front
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
    kernel = _kernel(spectrum, electron_temperature, broadening, modulation, undo_resolution)
    window = _window(bias, kernel, window)
    return _conductance(spectrum, bias, kernel, window)


def tunnelling_current(
    spectrum: Spectrum,
    bias: ArrayLike,
    electron_temperature: ArrayLike | None = None,
    *,
    broadening: ArrayLike = 0.0,
    modulation: ArrayLike = 0.0,
    undo_resolution: bool = False,
    window: Window | None = None,
) -> jax.Array:
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
    kernel = _kernel(spectrum, electron_temperature, broadening, modulation, undo_resolution)
    window = _window(bias, kernel, window)
    return _current(spectrum, bias, kernel, window)


def _kernel(spectrum, electron_temperature, broadening, modulation, undo_resolution):
    T_e = spectrum.T if electron_temperature is None else electron_temperature
    require(
        positive("electron_temperature", T_e),
        non_negative("broadening", broadening),
        non_negative("modulation", modulation),
    )
    if not undo_resolution:
        return T_e, broadening, modulation, 0.0
    text = "below pi times the electron temperature to be undone"
    require(
        Rule("resolution", text, (spectrum.resolution, T_e), lambda eta, T: eta < np.pi * T,
             ("electron_temperature",))
    )  # fmt: skip
    return T_e, broadening, modulation, spectrum.resolution


def _window(bias, kernel, window):
    require(Rule("bias", "finite", (bias,), np.isfinite))
    if window is not None:
        return window
    if not all(map(is_known, (bias, *kernel))):
        fail("window", "given, see window_for(), where bias or temperatures are traced", "missing")
    largest = float(np.max(np.abs(bias), initial=0.0))
    points = zip(*map(np.ravel, np.broadcast_arrays(*map(np.asarray, kernel))), strict=True)
    windows = [window_for(largest, *map(float, point)) for point in points]
    return Window(*map(max, zip(*windows, strict=True)))


@partial(jax.jit, static_argnums=3)
def _conductance(spectrum, bias, kernel, window):
    bias = jnp.asarray(bias, dtype=float)

    def one(green, _, *kernel):
        t, image = _transform(green, bias, kernel, window)
        return 1 + jnp.cos(bias[..., None] * t) @ image

    return _if_answer(spectrum, bias, over_points(spectrum, one, *kernel))


@partial(jax.jit, static_argnums=3)
def _current(spectrum, bias, kernel, window):
    bias = jnp.asarray(bias, dtype=float)

    def one(green, _, *kernel):
        t, image = _transform(green, bias, kernel, window)
        # sin(tV)/t, with its limit V at t = 0.
        sine = bias[..., None] * jnp.sinc(bias[..., None] * t / np.pi)
        return bias + sine @ image

    return _if_answer(spectrum, bias, over_points(spectrum, one, *kernel))


def _if_answer(spectrum, bias, value):
    answer = is_ok(spectrum.status)
    return nan_unless(answer.reshape(answer.shape + (1,) * bias.ndim), value)
