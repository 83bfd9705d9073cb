"""The spectrum once more, the plain way: one uniform grid of real energies, NumPy.

Nothing here is shared with the package. Imaginary parts of the self energies are sums of
shifted spectra (FFT convolutions), real parts are their Hilbert transforms, the equations are
iterated with mixing, and a secant finds Delta from the gap equation on the real axis. Spectra
are free up to twice ``window`` and known tails up to four times. Once the step resolves the
spectrum, what limits the accuracy is the window.
"""

import numpy as np

DENSITIES = {
    "glass": lambda E, Ec: np.where(Ec >= E, 1 / Ec, 0.0),
    "lorentzian": lambda E, J, sigma: sigma / ((E - J) ** 2 + sigma**2),
    "modified-wipf-neumaier": lambda E, J, sigma, delta: (
        (E / np.sqrt(J**2 - (E + 1j * delta) ** 2)).imag * sigma / (E**2 - J**2 + sigma**2)
    ),
}


class Grid:
    """Energies, in the order of the FFT, and p(E) on them with each weight of the populations."""

    def __init__(self, kind, parameters, alpha, T, T_tls, step, window, per_step=10):
        self.alpha, self.T, self.step, self.end = alpha, T, step, 2 * window
        self.size = 8 * round(window / step)
        self.x = step * np.fft.fftfreq(self.size, 1 / self.size).round()
        self.fermi = (1 - np.tanh(self.x / (2 * T))) / 2
        # (1/pi) P int dx' F(x')/(x' - x) for band-limited F, padded against periodic images.
        k = np.fft.fftfreq(2 * self.size, 0.5 / self.size).round()
        self.hilbert = np.fft.rfft(np.where(k % 2 == 1, -2 / np.pi / np.where(k, k, 1), 0.0))
        E, weight = np.array(parameters), np.ones(1)
        if kind != "delta":
            fine = step / per_step
            E = np.append(fine * (np.arange(round(self.end / fine)) + 0.5), self.end)
            pdf = DENSITIES[kind](E, *parameters)
            # Of a 1/E^2 tail p(end) end lies beyond the end; the glass has none.
            weight = fine * pdf / (fine * pdf[:-1].sum() + pdf[-1] * self.end)
            E, weight = E[:-1], weight[:-1]
        difference = T_tls(E) if callable(T_tls) else np.tanh(E / (2 * T_tls))
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
        rest[far] = (1.0 if of_g else np.sign(x[far])) * (a / abs(x[far]) + b / x[far] ** 2)
        edge = self.size // 2
        padded = np.concatenate([rest[:edge], np.zeros(self.size), rest[edge:]])
        real = np.fft.irfft(self.hilbert * np.fft.rfft(padded), 2 * self.size)
        real = np.concatenate([real[:edge], real[-edge:]])
        # Past the edge of the grid, to leading order in x over it.
        L = 2 * self.end
        beyond = x * (a / L**2 + b / L**3 / 1.5) if of_g else 2 * a / L + b / L**2
        return self.alpha * (real + beyond / np.pi + 1j * rest + leading)

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
        last_half = self.step * rest[inside][-1] / 2
        return (total * self.step - last_half + tail) / Delta - np.log(self.T)


def solve(kind, parameters, alpha, T, T_tls, step=0.04, window=30.0, Delta=None, per_step=10):
    """``(Delta, x, dos, pair_density)`` at 0 <= x <= window; at a given Delta, if there is one.

    ``T_tls`` may be a function ``N_ge(E)``, which ``per_step`` points of each step resolve.
    """
    grid = Grid(kind, parameters, alpha, T, T_tls, step, window, per_step)
    here, given = slice(0, round(window / step) + 1), Delta is not None
    new, old, slope = Delta if given else 2.0, None, -1.0
    epsilon, delta = grid.x + 0.5j, new + 0j * grid.x
    for _ in range(30):
        epsilon, delta = grid.iterate(new, epsilon, delta)
        g, f = grid.functions(epsilon, delta)
        excess = grid.excess(new, f)
        if given or abs(excess / slope) < 1e-8:
            return new, grid.x[here], g.imag[here], f.imag[here]
        if old is not None:
            slope = (excess - old[1]) / (new - old[0])
        old, new = (new, excess), new - np.clip(excess / slope, -0.2, 0.2)
    raise RuntimeError("oracle found no Delta")
