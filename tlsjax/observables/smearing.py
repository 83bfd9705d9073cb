"""Densities of states, convolved with what a junction sees them through, as an `Image`.

Of one superconductor, against a normal metal:

    G(V) - 1 = int dE [N(E) - 1] K(E + V) = (2/pi) int_0^inf dt cos(V t) K^(t) n(t),
    n(t) = int_0^inf dE cos(E t) [N(E) - 1].

Of two, with ``h_i(E) = tanh(E/2T_i)/2``, ``X_i = pi T_i t/sinh(pi T_i t)`` and ``K^`` without a
thermal factor:

    I(V) = int dE N_1(E - V) N_2(E) [f_1(E - V) - f_2(E)],
    dI/dV - 1 = (2/pi) int_0^inf dt cos(V t) K^(t) [n_1 (X_2 + 2 t m_2) + n_2 (X_1 + 2 t m_1)](t),
    m_i(t) = int_0^inf dE sin(E t) h_i(E) [N_i(E) - 1].

Energies and biases lie anywhere, times are even: with the splines of
`tlsjax.numerics.nonuniform` both integrals are fast Fourier transforms, and the work and the
memory grow with the number of energies, of biases and of times, not with their products.

The times are those of a period that `Kernel.period` chooses. At the end of the window in energy,
where they are cut, what the largest bias sees has died; so has the mirror image of it, which is as
far away.

What is divided into panels and how (energies, weights, the grid) is no part of the answer and
carries no derivative: it would be zero but for the error of the quadrature. So a Jacobian has one
set of splines for all parameters.
"""

import jax.numpy as jnp
from jax.lax import stop_gradient

from tlsjax.numerics.nonuniform import stencil, to_frequencies
from tlsjax.numerics.panels import graded, square_roots
from tlsjax.observables.image import Image
from tlsjax.observables.kernel import Kernel, Window, characteristic, instrument, thermal, times

# Points of a panel of the energy integral.
_ORDER = 6


def measure(green, end, panels, *features):
    """Energies, and ``gamma - 1`` times the weights of an integral over ``[0, end]``.

    Panels of the spectrum's mesh are cut where those of an even grid end, so that the kernel is
    resolved too, and at ``features``; the density of states has square roots at its ``edges``.
    ``green`` has ``breakpoints``, ``edges`` and ``excess(energy, offset)``.
    """
    even = jnp.linspace(0.0, 1.0, panels + 1) * end
    marks = stop_gradient(jnp.clip(green.edges, 0.0, end))
    cuts = (jnp.clip(cut, 0.0, end) for cut in (green.breakpoints, marks, *features))
    panels = jnp.sort(jnp.concatenate([even, *cuts]))
    mark, offset, weights = map(jnp.ravel, stop_gradient(square_roots(panels, marks, _ORDER)))
    return mark + offset, weights * green.excess(mark + offset, offset)


def of_one(green, largest_bias, kernel: Kernel, window: Window) -> Image:
    """`Image` of a junction to a normal metal, at biases up to the largest."""
    end = stop_gradient(kernel.end(largest_bias))
    energy, excess = measure(green, end, window.panels)
    step = end / window.times
    even, odd = characteristic(kernel, step, window)
    return Image(_cosine(_transforms(energy, excess, step, window), even, odd) / end, step)


def of_two(greens, temperatures, heights, largest_bias, kernel: Kernel, window: Window) -> Image:
    """`Image` of a junction of two superconductors; ``heights`` are undone."""
    end = stop_gradient(kernel.end(largest_bias))
    step = 2 * end / window.times
    t = times(step, window)
    found = []
    for green, T, height in zip(greens, temperatures, heights, strict=True):
        # The occupation of a gapless superconductor varies over T.
        near = stop_gradient(graded(jnp.zeros(()), jnp.asarray(T, dtype=float)))
        energy, excess = measure(green, end, window.panels, near)
        occupation = jnp.tanh((energy + 1j * height) / (2 * T)) / 2
        cosh, sinh = jnp.cosh(height * t), jnp.sinh(height * t)
        n = _cosine(_transforms(energy, excess, step, window), cosh, sinh)
        m = _sine(_transforms(energy, excess * occupation, step, window), cosh, sinh)
        of_normal, _ = thermal(T, 0.0, t)
        found.append((n, of_normal + 2 * t * m))
    (n1, m1), (n2, m2) = found
    return Image(instrument(kernel, step, window) * (n1 * m2 + n2 * m1) / (2 * end), step)


def _transforms(energy, excess, step, window):
    """``sum exp(-i E t)`` over the real part of ``excess``, and over the imaginary one."""
    size = 2 * window.times
    parts = jnp.stack([excess.real, excess.imag], axis=-1)
    return to_frequencies(stencil(energy / step, size), parts, size).T


def _cosine(transforms, cosh, sinh):
    """``int dE Re [F(E + i height) cos((E + i height) t)]``."""
    real, imag = transforms
    return cosh * real.real - sinh * imag.imag


def _sine(transforms, cosh, sinh):
    """``int dE Re [F(E + i height) sin((E + i height) t)]``."""
    real, imag = transforms
    return -cosh * real.imag - sinh * imag.real
