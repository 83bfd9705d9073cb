"""The density of states of a spectrum, convolved with the kernel of a junction.

    G(V) - 1 = int dE [N(E) - 1] K(E + V) = (2/pi) int_0^inf dt cos(V t) K^(t) n(t),
    n(t) = int_0^inf dE cos(E t) [N(E) - 1].

Energies and biases lie anywhere, times are even: with the splines of
`tlsjax.numerics.nonuniform` both integrals are fast Fourier transforms, and the work and the
memory grow with the number of energies, of biases and of times, not with their products.

The times are those of a period of twice the window in energy. At its end, where the energies are
cut, the kernel of the largest bias has died; so has that of the mirror image, which is as far away.

What is divided into panels and how (energies, weights, the grid) is no part of the answer and
carries no derivative: it would be zero but for the error of the quadrature. So a Jacobian has one
set of splines for all parameters.
"""

import jax.numpy as jnp
import numpy as np
from jax.lax import stop_gradient

from tlsjax.numerics.nonuniform import from_frequencies, stencil, to_frequencies
from tlsjax.numerics.quadrature import composite
from tlsjax.observables.kernel import Kernel, Window, characteristic

# Points of a panel of the energy integral.
_ORDER = 6


def measure(green, end, panels):
    """Energies, and ``gamma - 1`` times the weights of an integral over ``[0, end]``.

    Panels of the spectrum's mesh are cut where those of an even grid end, so that the kernel is
    resolved too. ``green`` has ``breakpoints`` and ``excess(energy)``.
    """
    even = jnp.linspace(0.0, 1.0, panels + 1) * end
    edges = jnp.sort(jnp.concatenate([jnp.minimum(green.breakpoints, end), even]))
    energy, weights = map(jnp.ravel, stop_gradient(composite(edges, _ORDER)))
    return energy, weights * green.excess(energy)


def _image(green, bias, kernel: Kernel, window: Window):
    """``K^(t) n(t) 2/period`` at the times of a grid in energy, and the step of the grid."""
    end = stop_gradient(kernel.end(jnp.max(jnp.abs(bias), initial=0.0)))
    energy, excess = measure(green, end, window.panels)
    step = end / window.times
    size = 2 * window.times
    parts = jnp.stack([excess.real, excess.imag], axis=-1)
    cosine, sine = to_frequencies(stencil(energy / step, size), parts, size).T
    even, odd = characteristic(kernel, step, window)
    return (even * cosine.real - odd * sine.imag) / end, step


def smeared(green, bias, kernel: Kernel, window: Window):
    """``G(V)`` at each bias (M,)."""
    image, step = _image(green, bias, kernel, window)
    size = 2 * window.times
    return 1 + from_frequencies(image, stencil(bias / step, size), size)


def integrated(green, bias, kernel: Kernel, window: Window):
    """``int_0^V dV' G(V')`` at each bias (M,)."""
    image, step = _image(green, bias, kernel, window)
    size = 2 * window.times
    t = np.arange(1, window.times + 1) * (2 * np.pi / size) / step
    periodic = jnp.concatenate([jnp.zeros(1), image[1:] / (1j * t)])
    there = from_frequencies(periodic, stencil(bias / step, size), size)
    # An odd function, made exactly so.
    back = from_frequencies(periodic, stencil(-bias / step, size), size)
    return bias * (1 + image[0]) + (there - back) / 2
