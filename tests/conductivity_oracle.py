"""The conductivity the plain way: integrals over energy for a BCS superconductor, sums over
frequencies for any, in NumPy. Nothing here is shared with the package."""

import itertools

import numpy as np


def bcs(Delta, T, omega, rate, wavenumber=0.0):
    """``sigma/(n e^2/m)`` of any purity, the formula of the theory's section 9 as it stands.

    From each mark to the middle between two by ``epsilon = mark +- s^2``, with Gauss's rule on
    panels that shrink towards it; the average over directions of a transverse field likewise.
    """
    mu, weight = np.polynomial.legendre.leggauss(200) if wavenumber else (np.zeros(1), np.ones(1))
    weight = weight * (0.75 * (1 - mu**2) if wavenumber else 1.0)

    def functions(energy):
        root = np.sqrt(energy**2 - Delta**2 + 0j)
        root = np.where(energy < -Delta, -root, root)
        return energy / root, Delta / root, root + 1j * rate

    def orbital(a):
        return (1 / (a[:, None] - wavenumber * mu)) @ weight

    def integrand(energy):
        (N, P, e), (N_, P_, e_) = functions(energy), functions(energy + omega)
        h1 = (1 - N * N_ - P * P_) * orbital(e + e_) / 2
        h2 = (1 + N.conj() * N_ + P.conj() * P_) * orbital(e_ - e.conj()) / 2
        t, t_ = np.tanh(energy / (2 * T)), np.tanh((energy + omega) / (2 * T))
        return np.where(energy > 0, t * (h1 - h2), 0.0) + t_ * (h1.conj() + h2)

    marks = sorted(mark for mark in {-omega, 0.0, Delta, Delta - omega, -Delta} if mark >= -omega)
    ends = [*marks, *(marks[-1] + np.geomspace(0.1, 1e7, 17))]
    x, w = np.polynomial.legendre.leggauss(20)
    total = 0.0
    for low, high in itertools.pairwise(ends):
        edges = np.sqrt((high - low) / 2) * np.concatenate([[0.0], 2.0 ** np.arange(-9, 1)])
        half = np.diff(edges)[:, None] / 2
        s, weights = (edges[:-1, None] + half * (1 + x)).ravel(), (half * w).ravel()
        for start, side in ((low, 1.0), (high, -1.0)):
            total += np.sum(2 * s * weights * integrand(start + side * s**2))
    return 1j / omega * total


def at_matsubara(dense, T, m, elastic):
    """``sigma/(n e^2/m)`` at the m-th bosonic Matsubara frequency, of a `Dense` superconductor."""
    N = np.array([150, 300, 600, 1200])
    Omega = 2 * np.pi * T * m
    found = []
    for size in N:
        (_, c, s, epsilon), _ = dense.fields(T, size)
        R = np.pi * T * epsilon / c + elastic
        c, s, R = (np.concatenate([sign * f[::-1], f]) for sign, f in ((-1, c), (1, s), (1, R)))
        terms = (1 - c[:-m] * c[m:] + s[:-m] * s[m:]) / (R[:-m] + R[m:])
        found.append(np.pi * T * np.sum(terms) / Omega)
    basis = np.stack([N ** -float(power) for power in (0, 2, 3, 4)], axis=1)
    return float(np.linalg.solve(basis, np.array(found))[0])
