"""Isotropic Eliashberg theory the plain way: dense sums with a sharp cutoff, NumPy.

Nothing here is shared with the package: the averages over alpha^2F, the frequencies, the cutoff,
the search for Tc and the iteration are all different. mu* is a constant for the first N
frequencies, and N tends to infinity by Richardson extrapolation with the energy T* held fixed
(theory, section 8): ``1/mu_N = ln(T*/T) - [psi(N + 1/2) - psi(1/2)]``.
"""

import numpy as np
from scipy.optimize import brentq, newton_krylov
from scipy.sparse.linalg import eigsh
from scipy.special import digamma


class Dense:
    """Tc and the gap function of ``alpha2F`` given through points, ``~E^2`` below the first."""

    def __init__(self, energy, alpha2F, mu_star, cutoff, baths=()):
        edges = np.concatenate([energy[0] * np.geomspace(1e-4, 1, 25)[:-1], energy])
        edges = np.concatenate([[0.0], edges])
        x, w = np.polynomial.legendre.leggauss(12)
        half = np.diff(edges)[:, None] / 2
        self.E = (edges[:-1, None] + half + half * x).ravel()
        inside = np.interp(self.E, energy, alpha2F)
        below = alpha2F[0] * (self.E / energy[0]) ** 2
        self.weight = (half * w).ravel() * np.where(energy[0] > self.E, below, inside)
        self.log_T_star = np.inf
        if mu_star:
            self.log_T_star = np.log(2 * np.exp(np.euler_gamma) / np.pi * cutoff) + 1 / mu_star
        # Tunnelling systems: ``(E, rho dE)``, thermal.
        self.baths = baths

    def coupling(self, T, count):
        """``lambda(2 pi T m)`` for m = 0 ... count - 1."""
        omega = 2 * np.pi * T * np.arange(count)[:, None]
        found = (2 * self.E / (omega**2 + self.E**2)) @ self.weight
        for E, weight in self.baths:
            found += (2 * E / (omega**2 + E**2)) @ (weight * np.tanh(E / (2 * T)))
        return found

    def _matrices(self, T, N):
        lam = self.coupling(T, 2 * N)
        n = np.arange(N)
        minus, plus = lam[np.abs(n[:, None] - n)], lam[n[:, None] + n + 1]
        mu = 0.0
        if np.isfinite(self.log_T_star):
            mu = 1 / (self.log_T_star - np.log(T) - digamma(N + 0.5) + digamma(0.5))
        return minus - plus, minus + plus - 2 * mu

    def _critical(self, N, low, high):
        def excess(log_T):
            odd, even = self._matrices(np.exp(log_T), N)
            Z = 2 * np.arange(N) + 1 + odd.sum(axis=1)
            root = np.sqrt(Z)
            # The largest algebraic eigenvalue of the symmetric kernel.
            kernel = even / root[:, None] / root
            return eigsh(kernel, k=1, which="LA", return_eigenvectors=False, tol=1e-14)[0] - 1

        return np.exp(brentq(excess, np.log(low), np.log(high), xtol=1e-13, rtol=1e-13))

    def critical_temperature(self, low, high, N=(96, 192, 384)):
        return _extrapolate(N, [self._critical(n, low, high) for n in N])

    def _gap(self, T, N, start):
        odd, even = self._matrices(T, N)
        nu = 2 * np.arange(N) + 1.0
        delta = np.concatenate([start, np.full(N - start.size, start[-1])])

        def fields(delta):
            root = np.sqrt(nu**2 + delta**2)
            return 1 + odd @ (nu / root) / nu, even @ (delta / root)

        def excess(delta):
            Z, anomalous = fields(delta)
            return anomalous / Z - delta

        # From above, where plain iteration is stable only without repulsion.
        delta = newton_krylov(excess, delta, f_tol=1e-12, maxiter=200)
        return np.pi * T * delta[0], fields(delta)[0][0], delta

    def gap(self, T, guess, N=(256, 512, 1024)):
        """``(Delta_0, Z_0)`` at the lowest Matsubara frequency; ``guess`` is a Delta above it."""
        omega = np.pi * T * (2 * np.arange(N[0]) + 1)
        delta, found = guess / (np.pi * T) / (1 + (omega / self.E[-1]) ** 2), []
        for n in N:
            *values, delta = self._gap(T, n, delta)
            found.append(values)
        return [_extrapolate(N, column) for column in zip(*found, strict=True)]


def _extrapolate(N, values):
    """Limit of ``c_0 + c_2/N^2 + c_3/N^3``."""
    N = np.asarray(N, dtype=float)
    basis = np.stack([np.ones(3), N**-2, N**-3], axis=1)
    return float(np.linalg.solve(basis, np.asarray(values))[0])
