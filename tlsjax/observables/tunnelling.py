"""What a tunnel junction to a normal metal measures of a density of states.

With ``N`` the density of states in units of the normal one, ``V`` the bias as an energy ``eV`` and
``T_e`` the temperature of the normal electrode, conductance and current in units of the normal
conductance are

    G(V) = int dE N(E) K(E + V),   I(V) = int_0^V dV' G(V'),

where the kernel ``K`` is the thermal ``-df/dE``, seen through a Gaussian of rms width
``broadening`` and a sinusoidal lock-in modulation of peak amplitude ``modulation``.

All three smear by convolution: products of their characteristic functions
(`tlsjax.observables.kernel`), so ``G(V) - 1`` is the cosine sum of their product ``K^(t)`` times
that of ``N - 1``. That is the integral itself, not an approximation to it, as long as the times
reach where ``K^`` has died and are dense enough to tell the ends of the window apart;
`window_for` chooses both. `tlsjax.observables.smearing` does the sums by fast Fourier transforms.

A spectrum solved at a height ``eta`` above the real axis (its ``resolution``) can be made sharp
again where it meets the kernel: ``g`` is analytic up there and ``K`` up to ``pi T_e``, so the
integral may be taken along that line, ``int dE Re [g(E + i eta)/i K(E + V + i eta)]``. The
conductance is exact although the spectrum has no sharp features, which makes it quicker to
solve. Fits use this.
"""

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from tlsjax.core.programs import program
from tlsjax.core.pytrees import as_real
from tlsjax.core.status import is_ok, nan_unless
from tlsjax.core.validation import Rule, fail, is_known, non_negative, positive, require
from tlsjax.observables.kernel import Kernel, Window, window_for
from tlsjax.observables.smearing import of_one
from tlsjax.real_axis.spectrum import Spectrum, over_points


def tunnelling_conductance(
    spectrum: Spectrum,
    bias: ArrayLike,
    electron_temperature: ArrayLike | None = None,
    *,
    broadening: ArrayLike = 0.0,
    modulation: ArrayLike = 0.0,
    series_resistance: ArrayLike | None = None,
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
    series_resistance : float, optional
        Of leads, in units of the normal resistance: ``bias`` is then that of both in series,
        and what is returned is ``G/(1 + R G)`` at the junction's own voltage.
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
    numbers = _kernel(spectrum, electron_temperature, broadening, modulation, undo_resolution)
    return _measured(spectrum, bias, numbers, series_resistance, window, False)


def tunnelling_current(
    spectrum: Spectrum,
    bias: ArrayLike,
    electron_temperature: ArrayLike | None = None,
    *,
    broadening: ArrayLike = 0.0,
    modulation: ArrayLike = 0.0,
    series_resistance: ArrayLike | None = None,
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
    numbers = _kernel(spectrum, electron_temperature, broadening, modulation, undo_resolution)
    return _measured(spectrum, bias, numbers, series_resistance, window, True)


def _measured(spectrum, bias, kernel, resistance, window, current):
    require(Rule("bias", "finite", (bias,), np.isfinite))
    if resistance is not None:
        require(non_negative("series_resistance", resistance))
    window = kernel_window(bias, kernel, window)
    return _seen(spectrum, bias, kernel, resistance, window, current)


def _kernel(spectrum, electron_temperature, broadening, modulation, undo_resolution):
    T_e = spectrum.T if electron_temperature is None else electron_temperature
    T_e, broadening, modulation = map(as_real, (T_e, broadening, modulation))
    require(
        positive("electron_temperature", T_e),
        non_negative("broadening", broadening),
        non_negative("modulation", modulation),
    )
    batch = jnp.shape(spectrum.status)
    numbers = {
        "electron_temperature": T_e, "broadening": broadening, "modulation": modulation,
    }  # fmt: skip
    for name, shape in ((name, jnp.shape(number)) for name, number in numbers.items()):
        pairs = zip(shape[::-1], batch[::-1], strict=False)
        # The biases are a row beside each spectrum: there is no other direction.
        if len(shape) > len(batch) or any(size not in (1, whole) for size, whole in pairs):
            fail(name, f"one number, or as many as there are spectra {batch}", f"of shape {shape}")
    if not undo_resolution:
        return T_e, broadening, modulation, 0.0
    text = "below pi times the electron temperature to be undone"
    require(
        Rule("resolution", text, (spectrum.resolution, T_e), lambda eta, T: eta < np.pi * T,
             ("electron_temperature",))
    )  # fmt: skip
    return T_e, broadening, modulation, spectrum.resolution


def kernel_window(bias, kernel, window, of_two=False):
    """The window given, or one for known numbers of a kernel."""
    if window is not None:
        return window
    if not all(map(is_known, (bias, *kernel))):
        fail("window", "given, see window_for(), where bias or temperatures are traced", "missing")
    largest = float(np.max(np.abs(bias), initial=0.0))
    points = zip(*map(np.ravel, np.broadcast_arrays(*map(np.asarray, kernel))), strict=True)
    windows = [window_for(largest, *map(float, point), of_two=of_two) for point in points]
    return Window(*map(max, zip(*windows, strict=True)))


def read_off(image, bias, resistance, current):
    """Current or conductance of an `Image`, behind a series resistance or None."""
    V = bias.ravel()
    if resistance is not None:
        V = image.behind(resistance, V)
    if current:
        found = image.current(V)
    else:
        found = image.conductance(V)
        found = found if resistance is None else found / (1 + resistance * found)
    return found.reshape(bias.shape)


@program(static_argnums=(4, 5))
def _seen(spectrum, bias, kernel, resistance, window, current):
    bias = jnp.asarray(bias, dtype=float)
    largest = jnp.max(jnp.abs(bias), initial=0.0)

    def one(green, _, *kernel):
        return read_off(of_one(green, largest, Kernel(*kernel), window), bias, resistance, current)

    answer = is_ok(spectrum.status)
    answer = answer.reshape(answer.shape + (1,) * bias.ndim)
    return nan_unless(answer, over_points(spectrum, one, *kernel))
