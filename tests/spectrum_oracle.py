"""The spectrum once more, the plain way: one uniform grid of real energies, NumPy.

Nothing here is shared with the package. Imaginary parts of the self energies are sums of
shifted spectra (FFT convolutions), real parts are their Hilbert transforms (one more FFT),
the equations are iterated with mixing, and Delta is found by a secant from the gap equation
on the real axis. The grid is periodic and reaches to four times ``window``, so that its
images are far away; energies below ``window`` are meant to be used.
"""

import numpy as np


def glass(Ec):
    return lambda E: np.where(Ec >= E, 1 / Ec, 0.0)


def lorentzian(J, sigma):
    return lambda E: sigma / ((E - J) ** 2 + sigma**2)


def modified_wipf_neumaier(J, sigma, delta):
    def pdf(E):
        edge = (E / np.sqrt(J**2 - (E + 1j * delta) ** 2)).imag
        return edge * sigma / (E**2 - J**2 + sigma**2)

    return pdf


class Grid:
    """Energies, in the order of the FFT, and p(E) on them with each weight of the populations."""

    def __init__(self, pdf, alpha, T, T_tls, step, window, E0=None):
        self.alpha, self.T, self.step, self.end = alpha, T, step, 2 * window
        self.size = 8 * round(window / step)
        self.x = step * np.fft.fftfreq(self.size, 1 / self.size)
        self.fermi = (1 - np.tanh(self.x / (2 * T))) / 2
        E, weight = np.atleast_1d(E0), np.ones(1)
        if E0 is None:
            fine = step / 10
            E = fine * (np.arange(round(self.end / fine)) + 0.5)
            weight = fine * pdf(E)
            # Of a 1/E^2 tail p(end) end lies beyond the end; the glass has none.
            weight = weight / (weight.sum() + pdf(self.end) * self.end)
        difference = np.tanh(E / (2 * T_tls))
        self.ground, self.excited, self.difference = (
            np.fft.rfft(self.on_grid(E, weight * population))
            for population in ((1 + difference) / 2, (1 - difference) / 2, difference)
        )

    def on_grid(self, E, weight):
        """Weights at E handed to four grid points around by cubic Lagrange interpolation."""
        below, t = np.divmod(E / self.step, 1.0)
        lagrange = {
            -1: -t * (t - 1) * (t - 2) / 6,
            0: (t + 1) * (t - 1) * (t - 2) / 2,
            1: -(t + 1) * t * (t - 2) / 2,
            2: (t + 1) * t * (t - 1) / 6,
        }
        kernel = np.zeros(self.size)
        for k, share in lagrange.items():
            np.add.at(kernel, (below.astype(int) + k) % self.size, weight * share)
        return kernel

    def self_energy(self, rho, slope=None):
        """Retarded ``alpha S[rho](x)`` of Im g, which goes to 1, or of Im f, to ``slope/x``."""
        of_g, x = slope is None, self.x
        tail = 1.0 if of_g else slope * x / (x**2 + 4)
        # Beyond the end the spectrum is its tail. What is shifted across the edge of the
        # periodic grid does not come back to the end: up to there Im S is right.
        rho = np.where(abs(x) < self.end, rho, tail)
        all_, filled = np.fft.rfft(rho), np.fft.rfft(rho * self.fermi)
        down = self.ground * all_ - self.difference * filled
        up = np.conj(self.excited) * all_ + np.conj(self.difference) * filled
        # The leading part, -pi times the tail, has its real part in closed form ...
        leading = -1j * np.pi * (1.0 if of_g else slope / (x + 2j))
        rest = -np.pi * np.fft.irfft(down + up, self.size) + np.pi * tail
        # ... and what is left continues as a/x + b/x^2, from the end and half of it.
        last = self.size // 4
        half, whole = rest[last // 2] * self.end / 2, rest[last] * self.end
        a, b = 2 * whole - half, (half - whole) * self.end
        far = abs(x) > self.end
        sign = 1.0 if of_g else np.sign(x[far])
        rest[far] = sign * (a / abs(x[far]) + b / x[far] ** 2)
        spectrum = np.fft.fft(rest)
        # Analytic above the axis: positive frequencies only.
        spectrum[1 : self.size // 2] *= 2
        spectrum[self.size // 2 :] = 0
        return self.alpha * (1j * np.fft.ifft(spectrum) + leading)

    def functions(self, epsilon, delta):
        root = np.sqrt(delta**2 - epsilon**2)
        root = np.where((epsilon / root).imag < 0, -root, root)
        return epsilon / root, delta / root

    def iterate(self, Delta, epsilon, delta, steps=2000, mixing=0.7, tolerance=1e-9):
        for _ in range(steps):
            g, f = self.functions(epsilon, delta)
            new_epsilon = self.x - self.self_energy(g.imag)
            new_delta = Delta - self.self_energy(f.imag, Delta)
            change = max(abs(new_epsilon - epsilon).max(), abs(new_delta - delta).max())
            epsilon = epsilon + mixing * (new_epsilon - epsilon)
            delta = delta + mixing * (new_delta - delta)
            if change < tolerance:
                return epsilon, delta
        raise RuntimeError(f"oracle did not converge, last change {change}")

    def excess(self, Delta, f):
        """``int_0^inf tanh(x/2T) [Im f - Delta/x] - Delta ln T``, over Delta."""
        x, rest = self.x[1 : self.size // 2], f.imag[1 : self.size // 2]
        rest = rest - Delta / x
        inside = x <= self.end
        total = np.sum((np.tanh(x / (2 * self.T)) * rest)[inside]) - Delta / (4 * self.T)
        # Beyond the end the rest is (A + B ln x)/x^3, fitted to the last half.
        last = inside & (x > self.end / 2)
        B, A = np.polyfit(np.log(x[last]), (rest * x**3)[last], 1)
        tail = (A + B * np.log(self.end) + B / 2) / (2 * self.end**2)
        half = self.step * (rest[inside][-1]) / 2
        return (total * self.step - half + tail) / Delta - np.log(self.T)


def solve_at(Delta, pdf, alpha, T, T_tls, step=0.01, window=30.0, E0=None):
    """``(x, dos, pair_density)`` at energies 0 <= x <= window for a given Delta."""
    grid = Grid(pdf, alpha, T, T_tls, step, window, E0)
    g, f = grid.functions(*grid.iterate(Delta, grid.x + 0.5j, Delta + 0j * grid.x))
    here = slice(0, round(window / step) + 1)
    return grid.x[here], g.imag[here], f.imag[here]


def solve(pdf, alpha, T, T_tls, step=0.01, window=30.0, E0=None, start=2.0):
    """``(Delta, x, dos, pair_density)`` with Delta from the gap equation."""
    grid = Grid(pdf, alpha, T, T_tls, step, window, E0)
    epsilon, delta = grid.x + 0.5j, start + 0j * grid.x
    trials = [start, 0.95 * start]
    values = []
    for _ in range(30):
        epsilon, delta = grid.iterate(trials[len(values)], epsilon, delta)
        g, f = grid.functions(epsilon, delta)
        values.append(grid.excess(trials[len(values)], f))
        if len(values) > 1:
            (a, b), (fa, fb) = trials[-2:], values[-2:]
            trials.append(b - fb * (b - a) / (fb - fa))
            if abs(trials[-1] - b) < 1e-8:
                here = slice(0, round(window / step) + 1)
                return b, grid.x[here], g.imag[here], f.imag[here]
    raise RuntimeError("oracle found no Delta")
