"""Mattis and Bardeen's integrals with a Dynes width, plainly, with NumPy alone."""

import numpy as np

NODES, WEIGHTS = np.polynomial.legendre.leggauss(12)


def retarded(energy, delta, dynes):
    """``(N, P, e)`` at energies of any sign."""
    z = np.abs(energy) + 1j * dynes
    e = np.sqrt(z * z - delta**2)
    e = np.where(e.imag < 0, -e, e)
    N, P, below = z / e, delta / e, energy < 0
    return (
        np.where(below, np.conj(N), N), np.where(below, -np.conj(P), P),
        np.where(below, -np.conj(e), e),
    )  # fmt: skip


def conductivity(omega, T, delta, dynes=0.0, elastic=None):
    """Complex ``sigma/sigma_n``: theory, section 9, term by term; ``elastic`` None is dirty."""
    if delta == 0 and elastic is None:
        return 1.0 + 0j
    # A clean edge is one of a width that no digit shows.
    dynes = max(dynes, 1e-12 * delta)
    marks = np.abs([delta - omega / 2, delta + omega / 2])
    steps = (delta + omega) * 2.0 ** -np.arange(-3, 60)
    far = np.geomspace(10 * (delta + omega), 1e7 * (delta + omega + T), 80)
    inner = [T * 2.0 ** np.arange(-4, 6), far, [0.0]]
    edges = np.concatenate([*(mark + sign * steps for mark in marks for sign in (1, -1)), *inner])
    edges = np.unique(np.append(edges[edges >= 0], marks))
    half = np.diff(edges)[:, None] / 2
    z = (edges[:-1, None] + half * (1 + NODES)).ravel()
    weights = (half * WEIGHTS).ravel()
    (N, P, e), (N1, P1, e1) = (retarded(z + s * omega / 2, delta, dynes) for s in (-1, 1))
    t, t1 = (np.tanh((z + s * omega / 2) / (2 * T)) for s in (-1, 1))
    rate = 1.0 if elastic is None else 2 * elastic
    first = 1j * rate + (0 if elastic is None else e + e1)
    second = 1j * rate + (0 if elastic is None else e1 - np.conj(e))
    h1 = (1 - N * N1 - P * P1) / first
    h2 = (1 + np.conj(N) * N1 + np.conj(P) * P1) / second
    sigma_1 = weights @ ((t1 - t) * (h1 - h2).imag)
    sigma_2 = weights @ ((t1 + t) * h1.real + (t1 - t) * h2.real)
    return rate * (sigma_1 + 1j * sigma_2) / (2 * omega)
