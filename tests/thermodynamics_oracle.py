"""Thermodynamics the plain way: the functional as a double sum over frequencies, NumPy.

Nothing here is shared with the package. The sums end at N frequencies with the normal state's own
sums, the equations are solved for that N by iteration, and N tends to infinity by Richardson
extrapolation. Entropies are differences of free energies.
"""

import numpy as np
from scipy.special import expit


class Dense:
    """A host with Tc0 = 1 (or none), bosons ``(E, rho dE, d(E, T))``, rates of pair breaking."""

    def __init__(self, bosons=(), Tc0=1.0, magnetic=0.0, dynes=0.0):
        self.bosons, self.log_Tc0 = bosons, np.log(Tc0)
        self.magnetic, self.dynes = magnetic, dynes

    def coupling(self, T, T_bosons, count):
        omega = 2 * np.pi * T * np.arange(count)[:, None]
        total = np.zeros(count)
        for E, weight, filling in self.bosons:
            total += (2 * E / (omega**2 + E**2)) @ (weight * filling(E, T_bosons))
        return total

    def fields(self, T, N, T_bosons=None):
        """``(Delta, c, s, epsilon~)``, units of ``pi T``, and kernels at N positive frequencies."""
        T_bosons = T if T_bosons is None else T_bosons
        lam = self.coupling(T, T_bosons, 2 * N)
        n = np.arange(N)
        minus, plus = lam[np.abs(n[:, None] - n)], lam[n[:, None] + n + 1]
        nu = 2 * n + 1.0
        # Beyond the cutoff the electrons are normal: their part of epsilon~ is exact.
        normal = lam[0] + 2 * np.concatenate([[0.0], np.cumsum(lam[1:N])])
        dynes, magnetic = self.dynes / (np.pi * T), self.magnetic / (np.pi * T)
        delta = 1.8 / (np.pi * T)
        u = delta / nu
        for _ in range(20_000):
            c, s = 1 / np.sqrt(1 + u**2), u / np.sqrt(1 + u**2)
            epsilon = nu + normal + dynes + (minus - plus) @ (c - 1) + 2 * magnetic * c
            new = (delta + (minus + plus) @ s) / epsilon
            # The gap equation, a step of Newton's method for a rigid shape.
            c3 = (1 + new**2) ** -1.5
            sine = new / np.sqrt(1 + new**2)
            excess = 2 * np.sum(sine - delta / nu) - delta * (np.log(T) - self.log_Tc0)
            slope = 2 * np.sum(c3 * new / delta - 1 / nu) - np.log(T) + self.log_Tc0
            step = -excess / slope
            delta_new = delta + 0.7 * np.clip(step, -0.3 * delta, 0.3 * delta)
            change = np.max(np.abs(new / u - 1)) + abs(delta_new / delta - 1)
            u, delta = new * delta_new / delta, delta_new
            if change < 1e-13:
                break
        else:
            raise RuntimeError("oracle did not converge")
        c, s = 1 / np.sqrt(1 + u**2), u / np.sqrt(1 + u**2)
        return (delta, c, s, epsilon - magnetic * c), (nu, normal, minus, plus)

    def superfluid_density(self, T, elastic):
        """``n_s/n``, the sum of ``s^2/R``; the cutoff is extrapolated."""
        N = np.array([150, 300, 600, 1200])
        found = []
        for size in N:
            (delta, c, s, epsilon), _ = self.fields(T, size)
            R = epsilon / c + elastic / (np.pi * T)
            # The tail ``delta^2/nu^2/(nu + rate)``, nu = 2n + 1 from 2N on, as an integral.
            rate = R[-1] - (2 * size - 1)
            x = rate / (2 * size)
            rest = delta**2 / rate / (2 * size) * (1 - np.log1p(x) / x)
            found.append(2 * np.sum(s**2 / R) + rest)
        basis = np.stack([N ** -float(power) for power in (0, 1, 2, 3)], axis=1)
        return float(np.linalg.solve(basis, np.array(found))[0])

    def solve(self, T, N, T_bosons=None):
        """``(Delta, Omega)`` with N positive frequencies."""
        (delta, c, s, _), (nu, normal, minus, plus) = self.fields(T, N, T_bosons)
        dynes, magnetic = self.dynes / (np.pi * T), self.magnetic / (np.pi * T)
        h = c - 1
        own = 2 * np.sum(
            -2 * (nu + dynes) * h - 2 * delta * s + delta**2 / nu + 2 * magnetic * s**2
        )
        own += delta**2 * (np.log(T) - self.log_Tc0)
        # c c + s s - 1, with 1 and -1 for the signs of positive and negative frequencies.
        odd, even = minus - plus, minus + plus
        paired = 2 * (2 * h @ normal + h @ odd @ h + s @ even @ s)
        return np.pi * T * delta, (np.pi * T) ** 2 * (own - paired)

    def free_energy(self, T, T_bosons=None):
        """``(Omega_S - Omega_N)/N_f``; ``T_bosons`` is where the filling of the levels is taken."""
        # Pair breaking leaves a tail that falls more slowly.
        powers = (0, 1, 2, 3) if self.magnetic or self.dynes else (0, 2, 3)
        N = np.array([150, 300, 600, 1200])[-len(powers) :]
        found = [self.solve(T, size, T_bosons)[1] for size in N]
        basis = np.stack([N ** -float(power) for power in powers], axis=1)
        return float(np.linalg.solve(basis, np.array(found))[0])


def bcs(T, Delta, slope=0.0):
    """``(Omega_S - Omega_N, S_S, C_S)`` of BCS theory by integrals over energy; ``slope`` is
    ``d Delta^2/dT``. Zero of energy as in the normal state."""
    x, w = np.polynomial.legendre.leggauss(40)
    edges = np.concatenate([[0.0], np.geomspace(1e-3, 600.0, 50) * max(T, Delta)])
    half = np.diff(edges)[:, None] / 2
    xi, weight = (edges[:-1, None] + half + half * x).ravel(), (half * w).ravel()
    E = np.sqrt(xi**2 + Delta**2)
    f, level = expit(-E / T), expit(-xi / T)
    entropy = 4 * np.sum(weight * (np.log1p(np.exp(-E / T)) + E / T * f))
    normal = 4 * np.sum(weight * (np.log1p(np.exp(-xi / T)) + xi / T * level))
    heat = 4 * np.sum(weight * f * (1 - f) * (E**2 / T**2 - slope / (2 * T)))
    # Energy of the superconductor: half the pairing is counted twice; at the solution of the gap
    # equation int dxi [xi - E + Delta^2/2E tanh(E/2T)] converges.
    energy = 2 * np.sum(weight * (xi - E + Delta**2 / (2 * E) * (1 - 2 * f) + 2 * E * f))
    energy -= 2 * np.sum(weight * 2 * xi * level)
    # Beyond the last energy the first three terms are -Delta^4/8 xi^3.
    energy -= Delta**4 / (8 * edges[-1] ** 2)
    return energy - T * (entropy - normal), entropy, heat
