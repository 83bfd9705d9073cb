"""What a junction sees a density of states through, and how finely that must be sampled.

The thermal ``-df/dE`` of the normal electrode, a Gaussian of rms width ``broadening`` and a
sinusoidal lock-in modulation of peak amplitude ``modulation`` smear one after the other: their
characteristic functions multiply,

    K^(t) = pi T_e t/sinh(pi T_e t) exp(-b^2 t^2/2) 2 J_1(A t)/(A t).

Between two superconductors the thermal factors belong to the electrodes, and only the other two
smear what is measured.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from tlsjax.core.validation import fail
from tlsjax.numerics.nonuniform import stencil, to_frequencies

# Where the kernel's characteristic function ends, and how many of its widths the window
# extends beyond the largest bias: both leave 1e-9 of the conductance.
_DECAY, _MARGIN = 21.0, 12.0
# Panels of the energy integral per width of what rounds the kernel: with six points on each they
# leave less than 1e-9 too, where a resolution of a quarter of pi T_e is undone as well.
_PER_WIDTH = 1.25
# Times of the grid beyond that end: with twice as many it lies at a quarter of the grid, and the
# splines of `tlsjax.numerics.nonuniform` leave less than the two above.
_OVERSAMPLING = 2.0
# Nodes that average over a period of the modulation, for ``A t`` up to the last time: from half
# of it on the average converges at once, and these leave rounding.
_SPARE_PHASES = 16
# More times than these, of a few dozen bytes each side by side, are a mistake in the units: a
# sweep to 100 mV at 10 mK takes half of them.
_MOST_TIMES = 2**20


class Window(NamedTuple):
    """Static sizes of the sums: panels in energy, points in time, phases of the modulation."""

    panels: int
    times: int
    phases: int = 2 * _SPARE_PHASES


class Kernel(NamedTuple):
    """Numbers of the kernel, energies all; ``height`` is a resolution that is undone.

    ``of_two`` superconductors: ``T_e`` is the higher of their temperatures, ``height`` the sum of
    the two.
    """

    T_e: jax.Array
    broadening: jax.Array
    modulation: jax.Array
    height: jax.Array
    of_two: bool = False

    @property
    def rounding(self):
        """Rms width without modulation, whose own shape is a semicircle with two sharp ends."""
        if self.of_two:
            return self.broadening
        return (np.pi**2 / 3 * self.T_e**2 + self.broadening**2) ** 0.5

    @property
    def width(self):
        """Rms width."""
        thermal = np.pi**2 / 3 * self.T_e**2
        return (thermal + self.broadening**2 + self.modulation**2 / 4) ** 0.5

    @property
    def last_time(self):
        """Time by which the characteristic function has died."""
        if self.of_two:
            # exp(-b^2 t^2/2 + height t) alone: a gap's edge is sharp at any temperature.
            spread = self.broadening**2 * 2 * _DECAY
            return (self.height + (self.height**2 + spread) ** 0.5) / self.broadening**2
        # Whichever of the two factors falls first.
        thermal = _DECAY / (np.pi * self.T_e - self.height)
        return 1 / (1 / thermal**2 + self.broadening**2 / (2 * _DECAY)) ** 0.5

    def end(self, largest_bias):
        """Energy from which on nothing is seen at any bias."""
        return largest_bias + _MARGIN * self.width

    def period(self, largest_bias):
        """Range of bias after which a sum over even times repeats itself.

        Nothing of its mirror image is seen: it is the kernel's, or that of all pairs of energies
        within the end, which reach twice as far.
        """
        return (4 if self.of_two else 2) * self.end(largest_bias)


def window_for(
    largest_bias: float,
    T_e: float,
    broadening: float = 0.0,
    modulation: float = 0.0,
    height: float = 0.0,
    of_two: bool = False,
) -> Window:
    """`Window` for known numbers in one unit; ``height`` is a resolution that is undone.

    ``of_two`` superconductors: ``T_e`` is the higher temperature, ``height`` the sum of both, and
    ``broadening`` positive. Raises for a bias that is too large beside what rounds the kernel.
    """
    window = _window(largest_bias, T_e, broadening, modulation, height, of_two)
    if window.times > _MOST_TIMES:
        rounding = float(Kernel(T_e, broadening, modulation, height, of_two).rounding)
        rule = f"so large beside temperature and broadening that {_MOST_TIMES} points are enough"
        fail("bias", rule, f"{largest_bias:g} beside {rounding:.3g} (look at the units)")
    return window


def _window(largest_bias, *numbers):
    kernel = Kernel(*numbers)
    end, last, modulation = kernel.end(largest_bias), kernel.last_time, kernel.modulation
    panels = int(np.ceil(_PER_WIDTH * end / kernel.rounding))
    period = kernel.period(largest_bias)
    # In steps, lest every sweep and every modulation have a program of its own.
    times = 2 ** int(np.ceil(np.log2(_OVERSAMPLING * last * period / (2 * np.pi))))
    phases = _SPARE_PHASES * (1 + int(np.ceil(modulation * last / 2 / _SPARE_PHASES)))
    return Window(panels, times, phases)


def suffices(window: Window, *kernel: float) -> bool:
    """Whether ``window`` resolves the kernel that `window_for` takes."""
    needed = _window(*kernel)
    return all(size >= least for size, least in zip(window, needed, strict=True))


def times(step, window: Window):
    """Times of a grid in energy, at which ``2 window.times`` energies, ``step`` apart, are
    periodic."""
    return np.arange(window.times + 1) * (np.pi / window.times) / step


def characteristic(kernel: Kernel, step, window: Window):
    """``K^(t) cosh(height t)`` and ``K^(t) sinh(height t)`` at the `times` of a grid."""
    t = times(step, window)
    rest = instrument(kernel, step, window)
    even, odd = thermal(kernel.T_e, kernel.height, t)
    return even * rest, odd * rest


def thermal(T, height, t):
    """``x/sinh x cosh(height t)`` and ``x/sinh x sinh(height t)``, ``x = pi T t``."""
    x = np.pi * T * t
    # x/sinh x times the exponentials, without either overflowing.
    decay = x / -jnp.expm1(-2 * jnp.where(x > 0, x, 1.0))
    up, down = (decay * jnp.exp(sign * height * t - x) for sign in (1, -1))
    return jnp.where(x > 0, up + down, 1.0), up - down


def instrument(kernel: Kernel, step, window: Window):
    """Characteristic function of broadening and modulation alone, at the `times` of a grid."""
    size = 2 * window.times
    gaussian = jnp.exp(-((kernel.broadening * times(step, window)) ** 2) / 2)
    # 2 J_1(z)/z = (2/pi) int_-1^1 cos(z u) sqrt(1 - u^2) du, by Gauss-Chebyshev: the transform of
    # as many points, like that of the energies.
    angle = np.pi * np.arange(1, window.phases + 1) / (window.phases + 1)
    share = 2 / (window.phases + 1) * np.sin(angle) ** 2
    phases = stencil(kernel.modulation * np.cos(angle) / step, size)
    return gaussian * to_frequencies(phases, share, size).real
