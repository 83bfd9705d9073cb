"""The theory once more, the plain way: dense sums, fixed-point iteration, NumPy.

Nothing here is shared with the package: p(E), its quadrature, the frequency sums, the
cutoff and the iteration are all different. Sums are cut at N frequencies and the cutoff
is removed by Richardson extrapolation.
"""

import numpy as np


def density(kind, parameters):
    """``(pdf, landmarks, widths)``: where p(E) varies and how fast."""
    if kind == "glass":
        (Ec,) = parameters
        return lambda E: np.where(Ec >= E, 1 / Ec, 0.0), [0.0], [Ec]
    J, sigma, *rest = parameters
    if kind == "lorentzian":
        return lambda E: sigma / ((E - J) ** 2 + sigma**2), [J], [sigma]
    if kind == "wipf-neumaier":
        # In the asymmetry: E = sqrt(J^2 + e^2); see `nodes`.
        return lambda e: sigma / (e**2 + sigma**2), [0.0], [sigma]
    (delta,) = rest
    kappa2 = sigma**2 - J**2

    def modified(E):
        edge = (E / np.sqrt(J**2 - (E + 1j * delta) ** 2)).imag
        return edge * sigma / (E**2 + kappa2)

    return modified, [J, 0.0], [delta, max(np.sqrt(kappa2), 1e-3 * J)]


def nodes(kind, parameters, T, order=10):
    """Splittings and weights by Gauss-Legendre on very many intervals."""
    if kind == "delta":
        return np.array([parameters[0]]), np.ones(1)
    pdf, landmarks, widths = density(kind, parameters)
    edges = [0.0, *np.geomspace(1e-3 * T, 1e7, 60)]
    for landmark, width in zip(landmarks, widths, strict=True):
        steps = np.geomspace(width / 4, 1e7, 60)
        edges += [landmark, *(landmark + steps), *(landmark - steps[steps < landmark])]
    edges = np.unique(edges)
    if kind == "glass":
        edges = np.unique(np.append(edges[edges < parameters[0]], parameters[0]))
    x, w = np.polynomial.legendre.leggauss(order)
    half = np.diff(edges)[:, None] / 2
    E = (edges[:-1, None] + half + half * x).ravel()
    weight = (half * w).ravel() * pdf(E)
    if kind == "wipf-neumaier":
        E = np.sqrt(parameters[0] ** 2 + E**2)
    return E, weight / weight.sum()


def coupling(kind, parameters, alpha, T, count):
    """``lambda_m`` for m = 0 ... count - 1, all m in one sum over splittings."""
    E, weight = nodes(kind, parameters, T)
    weight = alpha * weight * np.tanh(E / (2 * T))
    lam = np.empty(count)
    for first in range(0, count, 2000):
        omega = 2 * np.pi * T * np.arange(first, min(first + 2000, count))
        lam[first : first + 2000] = (2 * E / (omega[:, None] ** 2 + E**2)) @ weight
    return lam


class _Sums:
    """``sum_n' lambda_{n-n'} x_n'`` over all n', for x even or odd in frequency, by FFT."""

    def __init__(self, lam, N):
        self.N = N
        self.length = 1 << int(np.ceil(np.log2(4 * N)))
        self.toeplitz = np.fft.rfft(np.concatenate([lam[N - 1 : 0 : -1], lam[:N]]), self.length)
        self.hankel = np.fft.rfft(lam[1 : 2 * N], self.length)

    def __call__(self, x, sign):
        here = slice(self.N - 1, 2 * self.N - 1)
        near = np.fft.irfft(self.toeplitz * np.fft.rfft(x, self.length), self.length)[here]
        far = np.fft.irfft(self.hankel * np.fft.rfft(x[::-1], self.length), self.length)[here]
        return near + sign * far


def _cut_gap(lam, T, N, elastic_rate, steps=600):
    """Delta with the sums cut at N frequencies; 0 in the normal state."""
    n = np.arange(N)
    epsilon = (2 * n + 1) * np.pi * T
    lam = lam.copy()
    lam[0] += elastic_rate / T
    sums = _Sums(lam, N)
    normal = epsilon + np.pi * T * (lam[0] + 2 * np.concatenate([[0], np.cumsum(lam[1:N])]))
    v, X = 1 / epsilon, 4.0
    for _ in range(steps):
        root = np.sqrt(1 + X * v**2)
        epsilon_tilde = normal + np.pi * T * sums(1 / root - 1, -1)
        new = (1 + np.pi * T * sums(v / root, 1)) / epsilon_tilde
        new = np.maximum(new, 1e-3 * v)
        # Delta from the gap equation for this shape, Newton in X = Delta^2 from below.
        X_old, X = X, 0.0
        for _ in range(100):
            root = np.sqrt(1 + X * new**2)
            excess = 2 * np.pi * T * np.sum(new / root - 1 / epsilon) - np.log(T)
            slope = np.pi * T * np.sum(new**3 / root**3)
            step = excess / slope
            X = max(X + step, 0.0)
            if abs(step) < 1e-14 * (X + 1e-6) or X == 0:
                break
        change = np.abs(new / v - 1).max() + abs(X - X_old) / (X + X_old + 1e-9)
        v = new
        if change < 1e-12:
            return np.sqrt(X)
    raise RuntimeError("oracle did not converge")


def gap(kind, parameters, alpha, T, elastic_rate=0.0, per_temperature=5000):
    """Order parameter, with the cutoff extrapolated away."""
    N = int(np.ceil(per_temperature / T))
    lam = coupling(kind, parameters, alpha, T, 4 * N)
    small, large = (_cut_gap(lam, T, size, elastic_rate) for size in (N, 2 * N))
    return np.sqrt(max((4 * large**2 - small**2) / 3, 0.0))
