"""What a user would run instead: dense SciPy, and a solver on the sparse-ir package.

Both solve isotropic Eliashberg theory with one Einstein boson (Omega = 1, mu* = 0) by
the same Newton iteration in NumPy; they differ in how frequency sums are done.
"""

import numpy as np
import sparse_ir
from scipy.linalg import eigh
from scipy.optimize import brentq


class Dense:
    """Plain sums up to a cutoff energy, normal-state diagonal summed exactly."""

    def __init__(self, cutoff):
        self.cutoff = cutoff

    def frequencies(self, T):
        return np.arange(max(int(self.cutoff / (2 * np.pi * T)), 4))

    def operators(self, lam, T):
        """``(nu, normal, even, odd)`` in units of pi T, without the m = 0 term."""
        n = self.frequencies(T)
        m = np.arange(2 * n.size + 1)
        coupling = 2 * lam / (1 + (2 * np.pi * T * m) ** 2) / 2
        coupling[0] = 0
        near, far = coupling[np.abs(n[:, None] - n)], coupling[n[:, None] + n + 1]
        normal = 2 * np.append(0, np.cumsum(coupling[1 : n.size]))
        return 2 * n + 1.0, normal, near + far, near - far

    def strength(self, lam, T):
        nu, normal, even, _ = self.operators(lam, T)
        root = 1 / np.sqrt(nu + normal)
        kernel = root[:, None] * even * root
        top = nu.size - 1
        return eigh(kernel, eigvals_only=True, subset_by_index=[top, top])[0]


class SparseIR:
    """Sparse sampling in the intermediate representation, one basis for all T."""

    def __init__(self, cutoff, eps):
        self.basis = sparse_ir.FiniteTempBasis("F", 1.0, cutoff, eps=eps)
        self.tau = self.basis.default_tau_sampling_points()
        nu = np.asarray(self.basis.default_matsubara_sampling_points())
        self.positive = nu > 0
        to_coefficients = np.linalg.pinv(self.basis.uhat(nu).T)
        self.to_tau = self.basis.u(self.tau).T @ to_coefficients
        self.from_tau = self.basis.uhat(nu).T @ np.linalg.pinv(self.basis.u(self.tau).T)
        self.nu = nu

    def operators(self, lam, T):
        # Boson propagator in imaginary time, m = 0 removed; s = tau T.
        s = np.mod(self.tau, 1.0)
        a = 1 / (2 * T)
        decay = np.exp(-2 * a * s) + np.exp(-2 * a * (1 - s))
        boson = lam / (2 * np.pi * T) * np.pi * (decay / -np.expm1(-2 * a) - 1 / a)
        conv = (self.from_tau * boson) @ self.to_tau
        half = conv[self.positive]
        up, down = half[:, self.positive], half[:, ~self.positive][:, ::-1]
        nu = self.nu[self.positive].astype(float)
        even, odd = (up + down).real, (up - down).real
        # The normal state: sgn is not in the basis, so sum it exactly.
        m = np.arange(1, int(nu.max()) // 2 + 2)
        running = np.append(0, np.cumsum(2 * lam / (1 + (2 * np.pi * T * m) ** 2)))
        return nu, running[(nu.astype(int) - 1) // 2], even, odd

    def strength(self, lam, T):
        nu, normal, even, _ = self.operators(lam, T)
        return np.linalg.eigvals(even / (nu + normal)[:, None]).real.max()


def critical_temperature(method, lam, bracket=(0.05, 0.3)):
    """Tc/Omega by a bracketing root finder on the largest eigenvalue."""
    return brentq(lambda T: method.strength(lam, T) - 1, *bracket, xtol=1e-13, rtol=1e-12)


def gap(method, lam, T, start=0.25):
    """Delta(i omega_0)/Omega by Newton's method in ``u_n/u_0`` and ``u_0^2``."""
    nu, normal, even, odd = method.operators(lam, T)
    v, X = 1 / (nu * (1 + nu * np.pi * T) ** 2), (start / (np.pi * T)) ** 2
    v = v / v[0]
    N = nu.size
    for _ in range(60):
        root = np.sqrt(1 + X * v**2)
        epsilon = nu + normal + odd @ (1 / root - 1)
        residual = np.append(v * epsilon - even @ (v / root), v[0] - 1)
        cube = root**-3
        jacobian = np.zeros((N + 1, N + 1))
        jacobian[:N, :N] = np.diag(epsilon) - v[:, None] * odd * (X * v * cube) - even * cube
        jacobian[:N, N] = v * (odd @ (-0.5 * v**2 * cube)) + even @ (0.5 * v**3 * cube)
        jacobian[N, 0] = 1
        step = np.linalg.solve(jacobian, residual)
        v, X = v - step[:N], np.clip(X - step[N], 0.1 * X, 10 * X)
        if np.abs(step).max() < 1e-8 * max(1, X):
            break
    return np.sqrt(X) * np.pi * T
