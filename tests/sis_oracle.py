"""The current between two BCS superconductors, by plain quadrature.

A region of energies has a singular point at either end, or two at one end; the substitutions
``E = m + h sin u`` and ``E = m +- h cosh u`` take both square roots out at once.
"""

import numpy as np

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)


def _integral(function, low, high, panels=60):
    edges = np.linspace(low, high, panels + 1)
    half = np.diff(edges)[:, None] / 2
    return np.sum(half * _WEIGHTS * function(edges[:-1, None] + half * (1 + _NODES)))


def _occupied(E, V, T1, T2):
    """``f(E - V) - f(E)``, from the side on which neither is near 1."""
    x, y = (E - V) / T1, E / T2
    turn = np.where(x + y < 0, -1, 1)
    x, y = turn * x, turn * y
    return turn * (np.exp(-x) - np.exp(-y)) / ((1 + np.exp(-x)) * (1 + np.exp(-y)))


def bcs_current(V, gap1, gap2, T1, T2):
    """``int dE N_1(E - V) N_2(E) [f_1(E - V) - f_2(E)]`` at a positive bias."""

    def outer(near, far, others, sign):
        m, h = (near + far) / 2, abs(near - far) / 2

        def integrand(u):
            E = m + sign * h * np.cosh(u)
            rest = np.sqrt(np.abs((E - others[0]) * (E - others[1])))
            return np.abs(E * (E - V)) / rest * _occupied(E, V, T1, T2)

        return _integral(integrand, 0.0, np.arccosh(1 + 45 * max(T1, T2) / h))

    up, down = (V + gap1, gap2), (V - gap1, -gap2)
    total = outer(*up, down, 1) + outer(*down, up, -1)
    if gap1 + gap2 < V:
        m, h = (gap2 + V - gap1) / 2, (V - gap1 - gap2) / 2

        def inner(u):
            E = m + h * np.sin(u)
            rest = np.sqrt((E + gap2) * (V + gap1 - E))
            return E * (V - E) / rest * _occupied(E, V, T1, T2)

        total += _integral(inner, -np.pi / 2, np.pi / 2)
    return total
