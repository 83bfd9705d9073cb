"""Hosts with an alpha^2F: a thousand Tc in one call, and Delta(omega) at real energies.

    python -m pip install -e ".[bench]"
    python benchmarks/strong_coupling.py [--spectrum-only]

Tc: random smooth tables of 100 energies, lambda from 0.3 to 3, mu* = 0 (which keeps the two
alternatives simple). Errors are the largest relative deviation from an axis of far higher
resolution. The alternatives look for the temperature at which the largest eigenvalue of the
linearised kernel is one; they are run on the first ``PLAIN`` tables.

Delta(omega): a table with the two peaks of lead, mu* = 0.1, T = 0.3 Tc, 0 to 30 meV. The
alternative is the usual one, Pade's continued fraction through values at the Matsubara
frequencies (Vidberg and Serene), as many as serve it best, from the same solution. The error of
each is against 240 panels.
"""

import sys
import time

import jax
import numpy as np
import sparse_ir
from equilibrium import header, median_ms, row
from results import recorded
from scipy.interpolate import CubicSpline
from scipy.linalg import eigh
from scipy.optimize import brentq

import tlsjax as tls
from tlsjax.model.distributions.spectral_function import SpectralFunction

TABLES, PLAIN = 1000, 20
E = np.linspace(0.1, 10.0, 100)
LEAD = 0.9 * np.exp(-(((E - 4.4) / 0.8) ** 2)) + 1.0 * np.exp(-(((E - 8.4) / 0.5) ** 2))


def random_tables(rng):
    """(TABLES, 100) values with lambda spread evenly in its logarithm."""
    center, width, height, other = (
        rng.uniform(*ends, (TABLES, 1)) for ends in ((2, 8), (0.5, 3), (0, 1), (1, 9))
    )
    shape = np.exp(-(((E - center) / width) ** 2)) + height * np.exp(-(((E - other) / 0.7) ** 2))
    shape *= 1 - np.exp(-(E**2))
    coupling = np.asarray(tls.StrongCouplingHost(E, shape, 0.0).coupling)
    return shape * (np.geomspace(0.3, 3, TABLES) / coupling)[:, None]


def nodes_of(values):
    """Energies and weights that average the table as accurately as the package does."""
    return map(np.asarray, SpectralFunction(E, values).nodes())


def coupling(T, m, energy, weight):
    """``lambda(2 pi T m)``: exact at 200 frequencies at most, a spline in between."""
    at = np.unique(np.geomspace(m[0], m[-1], 200).round()) if m.size > 200 else m
    omega = 2 * np.pi * T * at[:, None]
    exact = (2 * energy / (omega**2 + energy**2)) @ weight
    return exact if m.size <= 200 else np.exp(CubicSpline(np.log(at), np.log(exact))(np.log(m)))


class Dense:
    """Largest eigenvalue of the kernel with all frequencies up to a cutoff."""

    def __init__(self, cutoff):
        self.cutoff = cutoff

    def excess(self, T, energy, weight):
        N = max(int(self.cutoff / (2 * np.pi * T)), 4)
        lam = np.append(0.0, coupling(T, np.arange(1, 2 * N), energy, weight))
        n = np.arange(N)
        normal = 2 * np.append(0, np.cumsum(lam[1:N]))
        even = lam[np.abs(n[:, None] - n)] + lam[n[:, None] + n + 1]
        root = 1 / np.sqrt(2 * n + 1 + normal)
        kernel = root[:, None] * even * root
        return eigh(kernel, eigvals_only=True, subset_by_index=[N - 1, N - 1])[0] - 1


class SparseIR:
    """The same on the sampling points of the intermediate representation."""

    def __init__(self, cutoff, eps):
        basis = sparse_ir.FiniteTempBasis("F", 1.0, cutoff, eps=eps)
        tau = basis.default_tau_sampling_points()
        nu = np.asarray(basis.default_matsubara_sampling_points())
        self.s = np.mod(tau, 1.0)
        positive = nu > 0
        to_tau = basis.u(tau).T @ np.linalg.pinv(basis.uhat(nu).T)
        from_tau = (basis.uhat(nu).T @ np.linalg.pinv(basis.u(tau).T))[positive]
        self.from_tau = from_tau
        # Even functions of frequency: both halves act on one set of values.
        self.to_tau = to_tau[:, positive] + to_tau[:, ~positive][:, ::-1]
        self.nu = nu[positive].astype(float)
        self.m = np.arange(1, int(self.nu.max()) // 2 + 2)
        self.sampled = (self.nu.astype(int) - 1) // 2

    def excess(self, T, energy, weight):
        x = energy / T
        decay = np.exp(-x * self.s[:, None]) + np.exp(-x * (1 - self.s[:, None]))
        boson = (decay / -np.expm1(-x) - 2 / x) @ weight / T
        even = ((self.from_tau * boson) @ self.to_tau).real
        running = np.append(0, np.cumsum(2 * coupling(T, self.m, energy, weight)))
        # The smallest m of the sum above is 1: the m = 0 term drops out, as in ``boson``.
        epsilon = self.nu + running[self.sampled]
        return np.linalg.eigvals(even / epsilon[:, None]).real.max() - 1


def critical_temperature(method, values, guess):
    energy, weight = nodes_of(values)
    return brentq(
        lambda T: method.excess(T, energy, weight), 0.5 * guess, 2 * guess, xtol=1e-12, rtol=1e-10
    )


def tables():
    values = random_tables(np.random.default_rng(0))
    host = tls.StrongCouplingHost(E, values, 0.0)
    sample = tls.Superconductor(host=host)
    exact = np.asarray(tls.critical_temperature(sample, axis=tls.compact_axis(1e8, 1e-11)))
    header(f"{TABLES} tables of alpha^2F to Tc, time of each")
    found = tls.critical_temperature(sample)
    took = median_ms(tls.critical_temperature, sample, least_seconds=5.0) / TABLES
    row("tlsjax, one call", took, np.abs(found / exact - 1).max(), 1.0)
    one = tls.Superconductor(host=tls.StrongCouplingHost(E, values[500], 0.0))
    compiled = jax.jit(tls.critical_temperature)
    row("tlsjax, one table alone", median_ms(tls.critical_temperature, one))
    row("tlsjax, one table alone, inside jax.jit", median_ms(compiled, one))
    methods = {
        "dense NumPy, cutoff 20 meV": Dense(20.0),
        "dense NumPy, cutoff 80 meV": Dense(80.0),
        "sparse-ir, Lambda 1e4, eps 1e-7": SparseIR(1e4, 1e-7),
        "sparse-ir, Lambda 1e4, eps 1e-10": SparseIR(1e4, 1e-10),
    }
    chosen = np.linspace(0, TABLES - 1, PLAIN).astype(int)
    for name, method in methods.items():
        critical_temperature(method, values[500], float(exact[500]))
        begin = time.perf_counter()
        Tc = [critical_temperature(method, values[k], float(exact[k])) for k in chosen]
        plain = 1e3 * (time.perf_counter() - begin) / PLAIN
        row(name, plain, np.abs(np.asarray(Tc) / exact[chosen] - 1).max(), plain / took)
    print(f"    {1e3 / took:,.0f} solves per second")


def pade(z, values, at):
    """Continued fraction through ``values`` at ``z``, evaluated at ``at``."""
    table = np.array(values, dtype=complex)
    coefficients = []
    for k in range(len(z)):
        coefficients.append(table[k])
        table[k + 1 :] = (table[k] - table[k + 1 :]) / ((z[k + 1 :] - z[k]) * table[k + 1 :])
    A = [0.0, coefficients[0]]
    B = [1.0, 1.0]
    for k in range(1, len(z)):
        factor = (at - z[k - 1]) * coefficients[k]
        A.append(A[-1] + factor * A[-2])
        B.append(B[-1] + factor * B[-2])
        scale = np.abs(B[-1]) + np.abs(B[-2])
        A[-2:], B[-2:] = [a / scale for a in A[-2:]], [b / scale for b in B[-2:]]
    return A[-1] / B[-1]


def spectrum():
    sample = tls.Superconductor(host=tls.StrongCouplingHost(E, LEAD, 0.1))
    Tc = float(tls.critical_temperature(sample))
    T = 0.3 * Tc
    omega = np.linspace(0.01, 30.0, 1500)

    def ours(panels):
        def solve():
            fields = tls.solve_spectrum(sample, T, panels=panels).green(omega)
            return omega * fields.delta_tilde / fields.epsilon_tilde

        return solve

    exact = np.asarray(ours(240)())
    scale = np.abs(exact).max()

    def errors(delta):
        """Largest and median deviation, relative to the largest value of all."""
        off = np.abs(np.asarray(delta) - exact) / scale
        return off.max(), np.median(off)

    print(f"\nDelta(omega), 0 to 30 meV, T = 0.3 Tc, largest |Delta| = {scale:.3f} meV")
    print(f"{'':58s} {'ms':>10s} {'largest':>10s} {'median':>10s}")
    for panels in (80, 120, 160):
        solve = ours(panels)
        took = median_ms(solve, least_seconds=4.0)
        largest, middle = errors(solve())
        print(f"{f'tlsjax, {panels} panels':58s} {took:10.1f} {largest:10.1e} {middle:10.1e}")
    state = tls.solve_matsubara(sample, T)
    for count in (8, 16, 24, 32, 64, 128):
        n = np.arange(count)

        # The values are not part of the time.
        epsilon_n, epsilon, delta = map(np.asarray, state.at(n))
        gap = epsilon_n * delta / epsilon

        def continued(z=1j * epsilon_n, gap=gap):
            return pade(z, gap, omega + 0j)

        took = median_ms(continued)
        largest, middle = errors(continued())
        print(f"{f'Pade, {count} frequencies':58s} {took:10.1f} {largest:10.1e} {middle:10.1e}")


if __name__ == "__main__":
    with recorded("strong_coupling.txt"):
        print(
            f"JAX {jax.__version__}, {jax.devices()[0].device_kind}, {len(jax.devices())} device(s)"
        )
        if "--spectrum-only" not in sys.argv:
            tables()
        spectrum()
