"""Functions of a complex frequency as signals in real time, where shifts are products.

Every propagator of the theory is analytic in the upper half of the complex energy plane.
With ``zeta = -i z/(pi T)`` (so that the Matsubara frequencies are ``zeta = nu = 2n + 1`` and
the real axis is ``zeta = -i x``) such a function is a Laplace transform of a real signal:

    F(zeta) = int_0^inf dt f(t) exp(-zeta t)

A shift of the energy by a splitting E multiplies the signal by ``exp(+-i E t)``: the
average over any distribution p(E) is a product with its characteristic function, and one
FFT each way replaces the convolution.

The line is ``Re zeta = HEIGHT``, below the first Matsubara frequency, sampled at
``x_j = j STEP`` up to ``reach = points STEP``; times are ``t_j = j pi/reach``. Signals are kept
damped, ``f(t) exp(-HEIGHT t)``.
"""

from functools import lru_cache
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import lax

from tlsjax.core.validation import Rule, fail, require
from tlsjax.matsubara.axis import CompactAxis, evaluated_at

# Distance of the line from the real axis in units of pi T. The pole of the Fermi function
# at 1 is subtracted by hand, so only this distance limits the step.
HEIGHT = 0.8
# A function analytic above the real axis is sampled to exp(-pi HEIGHT/STEP) = 3e-6 of its
# sharpest feature, and those are spread over many points.
STEP = HEIGHT / 4
# Matsubara sums: every index up to the first panel, then eight of each octave.
_FIRST_PANEL, _LAST_INDEX, _PER_OCTAVE = 16, 4000, 8
# Support of the B-spline that spreads a splitting over the grid, in grid points. With 12
# the error is below 3e-8 at every time the damping leaves visible.
_SPREAD = 12
# End weights of the trapezoidal rule at t = 0 that integrate quadratics: the error in Delta
# drops ten times against plain halving of the first value.
GREGORY = np.array([3 / 8, 7 / 6, 23 / 24])
# The same for signals that start like ``t (a + b ln t)``: exact for both terms, whose missing
# sums are zeta(-1) = -1/12 and -zeta'(-1) = 0.16542.
_LOG = 0.16542114370045092 / np.log(2)
LOGARITHMIC = np.array([0.0, 1 + 1 / 12 + _LOG, 1 - _LOG / 2])


class LineAxis(NamedTuple):
    """Grid of the line and the summation rule over Matsubara indices; static.

    points : int, number of steps of the energy grid.
    n, n_weights : Matsubara indices and weights, ``sum_n F(n) = n_weights @ F(n)``.
    """

    points: int
    n: tuple
    n_weights: tuple

    @property
    def step(self):
        """Spacing of the energies, units of ``pi T``."""
        return STEP

    @property
    def reach(self):
        """Largest energy on the line, units of ``pi T``."""
        return self.points * STEP

    @property
    def x(self):
        """(points + 1,) energies, units of ``pi T``."""
        return np.arange(self.points + 1) * STEP

    @property
    def t(self):
        """(points + 1,) times, units of ``1/(pi T)``."""
        return np.arange(self.points + 1) * self.dt

    @property
    def dt(self):
        """Step in time."""
        return np.pi / self.reach

    @property
    def zeta(self):
        """(points + 1,) complex frequencies on the line."""
        return HEIGHT - 1j * self.x

    def exponentials(self, rates):
        """``exp(-rate t)``, (rates, points + 1)."""
        # Behind the barrier, or the compiler would evaluate it, slowly, and store it.
        t = lax.optimization_barrier(jnp.asarray(self.t))
        return jnp.exp(-jnp.asarray(rates)[:, None] * t)

    def to_time(self, F):
        """Damped signal (points + 1,) of values ``F`` on the line that fall off like 1/zeta^2."""
        signal = jnp.fft.irfft(jnp.conj(F), n=2 * self.points) / self.dt
        return signal[: self.points + 1].at[-1].set(0.0)

    def to_line(self, signal):
        """Laplace transform on the line of a damped signal."""
        return jnp.conj(self.fourier(signal))

    def fourier(self, signal, ends=GREGORY, finer=1):
        """``int_0^inf dt signal(t) exp(-i x t)`` at energies ``STEP/finer`` apart."""
        signal = signal.at[:3].multiply(ends)
        padded = jnp.zeros(2 * finer * self.points).at[: self.points + 1].set(signal)
        return jnp.fft.rfft(padded) * self.dt


def summation_rule(first, last, per_octave):
    """Integers and weights that sum a function smooth on the scale of its argument."""
    n, weights = list(range(first)), [1.0] * first
    low = first
    while low < last:
        inside = np.arange(low, 2 * low)
        middle, half = (3 * low - 1) / 2, (low - 1) / 2
        nodes = np.unique(np.rint(middle - half * np.cos(np.linspace(0, np.pi, per_octave))))
        basis = np.polynomial.chebyshev.chebvander((nodes - middle) / half, nodes.size - 1)
        sums = np.polynomial.chebyshev.chebvander((inside - middle) / half, nodes.size - 1).sum(0)
        n += nodes.astype(int).tolist()
        weights += np.linalg.solve(basis.T, sums).tolist()
        low *= 2
    return tuple(n), tuple(weights)


@lru_cache(maxsize=8)
def line_axis(points=8192):
    """The line of ``points`` steps, which reaches ``points * 0.63 T`` in energy.

    Parameters
    ----------
    points : int, a power of two from 256
        The error of Delta out of equilibrium falls as the reach squared: at T = 0.2 Tc0 and
        alpha = 1 it is some 1e-7 with the default (benchmarks/README.md).
    """
    power_of_two = isinstance(points, int) and points >= 256 and points & (points - 1) == 0
    require(Rule("points", "a power of two from 256", (points,), lambda _: power_of_two))
    return LineAxis(points, *summation_rule(_FIRST_PANEL, _LAST_INDEX, _PER_OCTAVE))


def line_or_default(line):
    """``line``, or the default for None; raises for anything that is no line."""
    if line is None:
        return line_axis()
    if not isinstance(line, LineAxis):
        fail("line", "made by tlsjax.line_axis()", repr(line))
    return line


@lru_cache(maxsize=8)
def summed_axis(axis: CompactAxis, line: LineAxis):
    """``axis`` with its results at the indices of the summation rule."""
    return evaluated_at(axis, np.array(line.n))


@lru_cache
def _b_spline_pieces(order):
    """(order, order) polynomials in ``2 s - 1``, a column for each piece of a cardinal B-spline.

    Piece k belongs to offsets ``s + k``, s in [0, 1). The de Boor recursion, once.
    """
    s = np.polynomial.Polynomial([0.5, 0.5])
    pieces = [np.polynomial.Polynomial([1.0])]
    for degree in range(1, order):
        below = [0 * s, *pieces, 0 * s]
        pieces = [
            ((s + k) * below[k + 1] + (degree + 1 - s - k) * below[k]) / degree
            for k in range(degree + 1)
        ]
    return np.stack([np.pad(p.coef, (0, order - p.coef.size)) for p in pieces], axis=1)


def _b_spline(order, s):
    """(..., order) cardinal B-spline of ``order`` points support at ``s + k``, k = 0..order-1."""
    return jnp.vander((2 * s - 1).ravel(), order, increasing=True) @ _b_spline_pieces(order)


def characteristic_function(line, E, weights):
    """``sum_i weights_i exp(i E_i t)`` at the times of ``line``: a non-uniform FFT.

    ``E`` (Q,) in units of ``pi T``, below the line's reach where ``weights`` (K, Q) are not 0.
    Good to 1e-12 at short times, to 1e-2 at the last ones, where the damping of the signals
    has left 3e-6 of anything.
    """
    position = E / STEP
    cell = jnp.floor(position)
    shape = _b_spline(_SPREAD, position - cell)
    # Piece k of the spline sits k grid points below the cell's own point.
    index = (cell.astype(int)[:, None] - np.arange(_SPREAD)) % (2 * line.points)
    grid = jnp.zeros((weights.shape[0], 2 * line.points))
    grid = grid.at[:, index].add(shape * weights[..., None])
    spectrum = jnp.conj(jnp.fft.rfft(grid))
    angle = np.pi * np.arange(line.points + 1) / line.points
    # The spline over s in [0, order) is centred at order/2: undo its width and its shift.
    window = np.sinc(angle / (2 * np.pi)) ** _SPREAD * np.exp(-0.5j * angle * _SPREAD)
    return spectrum / window
