"""What a tunnel junction between two superconductors measures of their densities of states.

Quasiparticles alone: the Josephson current and its branch are not in it. With both densities of
states in units of the normal ones and ``V`` the bias as an energy ``eV``, in units of the normal
conductance,

    I(V) = int dE N_1(E - V) N_2(E) [f_1(E - V) - f_2(E)],

Fermi functions of each electrode's own temperature. Without a width the integral is done as it
stands (`tlsjax.observables.sharp`), with its jump at ``Delta_1 + Delta_2`` and its logarithmic peak
at ``|Delta_1 - Delta_2|``; with one by fast Fourier transforms (`tlsjax.observables.smearing`).

Temperature rounds neither of the two. So the resolution of the spectra is undone by the width, as
far as that is the larger: ``exp(-b^2 t^2/2 + (eta_1 + eta_2) t)`` must stay small.
"""

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from tlsjax.core.programs import program
from tlsjax.core.pytrees import as_real
from tlsjax.core.status import is_ok, nan_unless
from tlsjax.core.validation import Rule, fail, is_known, non_negative, require
from tlsjax.observables.kernel import Kernel, Window
from tlsjax.observables.sharp import sharp
from tlsjax.observables.smearing import of_two
from tlsjax.observables.tunnelling import kernel_window, read_off
from tlsjax.real_axis.spectrum import Spectrum, over_points


def sis_current(
    first: Spectrum,
    second: Spectrum,
    bias: ArrayLike,
    *,
    broadening: ArrayLike = 0.0,
    modulation: ArrayLike = 0.0,
    series_resistance: ArrayLike | None = None,
    undo_resolution: bool = False,
    window: Window | None = None,
) -> jax.Array:
    """Quasiparticle current of a junction between two superconductors.

    ``I(V) = G_N int dE N_1(E - eV) N_2(E) [f_1(E - eV) - f_2(E)]``, odd in the bias; both spectra
    in one unit of energy, each with the temperature it was solved for.

    Parameters
    ----------
    first, second : Spectrum
        The second may be the first. Of one batch, where they are batches.
    bias : array
        ``eV`` in the spectra's unit of energy, any sign and shape.
    broadening : float
        Rms width of a Gaussian through which the bias is seen. Zero is none: the integral by
        itself, to 1e-6 for two BCS superconductors (some milliseconds a bias).
    modulation : float
        Peak amplitude of a sinusoidal lock-in modulation; needs a broadening.
    series_resistance : float, optional
        In units of the normal resistance: ``bias`` is then that of both in series. Needs a
        broadening.
    undo_resolution : bool
        Whether to divide the spectra's ``resolution`` out again, exactly; together they must not
        be above the broadening, and each below ``pi`` times its temperature.
    window : Window, optional
        Sizes of the sums, `window_for` with ``of_two=True``; needed where numbers are traced.

    Returns
    -------
    array, shape of ``bias``, the shape of a batch of spectra in front
        In units of the normal conductance; NaN where a spectrum is no answer.

    Raises
    ------
    ValueError
        For arguments outside their domain, and without ``window`` inside transformations.

    Examples
    --------
    >>> import tlsjax as tls
    >>> ensemble = tls.TLSEnsemble(alpha=1.0, splittings=tls.Glass(Ec=3.0))
    >>> hot = tls.solve_spectrum(ensemble, 0.2, tls.EffectiveTemperature(2.5)).check()
    >>> print(tls.sis_current(hot, hot, [-5.0, 2.0, 5.0], broadening=0.1).round(4))
    [-4.1515  0.4705  4.1515]
    """
    choices = (broadening, modulation, series_resistance, undo_resolution, window)
    return _between(first, second, bias, *choices, True)


def sis_conductance(
    first: Spectrum,
    second: Spectrum,
    bias: ArrayLike,
    *,
    broadening: ArrayLike = 0.0,
    modulation: ArrayLike = 0.0,
    series_resistance: ArrayLike | None = None,
    undo_resolution: bool = False,
    window: Window | None = None,
) -> jax.Array:
    """Differential conductance of the junction of `sis_current`, its exact derivative.

    Arguments as there; even in the bias. Without broadening the current jumps at
    ``Delta_1 + Delta_2``, and its derivative is only what is left and right of it.

    Examples
    --------
    >>> import tlsjax as tls
    >>> ensemble = tls.TLSEnsemble(alpha=1.0, splittings=tls.Glass(Ec=3.0))
    >>> hot = tls.solve_spectrum(ensemble, 0.2, tls.EffectiveTemperature(2.5)).check()
    >>> print(tls.sis_conductance(hot, hot, [0.0, 2.0, 5.0], broadening=0.1).round(4))
    [0.1187 0.563  1.6509]
    """
    choices = (broadening, modulation, series_resistance, undo_resolution, window)
    return _between(first, second, bias, *choices, False)


def _between(first, second, bias, broadening, modulation, resistance, undo, window, current):
    broadening, modulation = as_real(broadening), as_real(modulation)
    require(
        Rule("bias", "finite", (bias,), np.isfinite),
        non_negative("broadening", broadening),
        non_negative("modulation", modulation),
    )
    if first.batch and second.batch and first.batch != second.batch:
        fail("second", f"of the first's batch {first.batch}", f"of {second.batch}")
    if is_known(broadening) and np.all(np.asarray(broadening) == 0):
        if resistance is not None or not is_known(modulation) or np.any(modulation):
            text = "positive where there is a modulation or a series resistance"
            fail("broadening", text, "0")
        return _sharp(first, second, bias, current)
    heights = (first.resolution, second.resolution) if undo else (0.0, 0.0)
    for spectrum in (first, second) if undo else ():
        text = "below pi T, and both together not above the broadening, to be undone"
        require(
            Rule("resolution", text, (spectrum.resolution, spectrum.T),
                 lambda eta, T: eta < np.pi * T, ("T",)),
            Rule("resolution", text, (sum(heights), broadening),
                 lambda eta, b: eta <= b * (1 + 1e-9), ("broadening",)),
        )  # fmt: skip
    if resistance is not None:
        require(non_negative("series_resistance", resistance))
    xp = np if is_known(first.T) and is_known(second.T) else jnp
    kernel = xp.maximum(first.T, second.T), broadening, modulation, sum(heights)
    window = kernel_window(bias, kernel, window, of_two=True)
    return _smeared(first, second, bias, kernel, heights, resistance, window, current)


def _over_pairs(first, second, function, *values):
    """``function(green, green, T, T, *values)`` for every point of a batch of one, or of both."""
    if not second.batch:
        return over_points(
            first, lambda green, _, T, *rest: function(green, second.fine, T, second.T, *rest),
            first.T, *values,
        )  # fmt: skip
    if not first.batch:
        return over_points(
            second, lambda green, _, T, *rest: function(first.fine, green, first.T, T, *rest),
            second.T, *values,
        )  # fmt: skip
    depth = len(second.batch)
    others = jax.tree.map(lambda x: x.reshape(-1, *x.shape[depth:]), second.fine)
    points = np.arange(np.prod(second.batch)).reshape(second.batch)

    def one(green, _, point, *rest):
        return function(green, jax.tree.map(lambda x: x[point], others), *rest)

    return over_points(first, one, points, first.T, second.T, *values)


def _shaped(first, second, bias, found):
    answer = is_ok(first.status) & is_ok(second.status)
    return nan_unless(answer.reshape(answer.shape + (1,) * bias.ndim), found)


@program(static_argnums=3)
def _sharp(first, second, bias, current):
    bias = jnp.asarray(bias, dtype=float)

    def one(green, other, *temperatures):
        found = sharp((green, other), temperatures, bias.ravel(), current)
        return found.reshape(bias.shape)

    return _shaped(first, second, bias, _over_pairs(first, second, one))


@program(static_argnums=(6, 7))
def _smeared(first, second, bias, kernel, heights, resistance, window, current):
    bias = jnp.asarray(bias, dtype=float)
    largest = jnp.max(jnp.abs(bias), initial=0.0)

    def one(green, other, T1, T2, height1, height2, *kernel):
        kernel = Kernel(*kernel, of_two=True)
        image = of_two((green, other), (T1, T2), (height1, height2), largest, kernel, window)
        return read_off(image, bias, resistance, current)

    return _shaped(first, second, bias, _over_pairs(first, second, one, *heights, *kernel))
