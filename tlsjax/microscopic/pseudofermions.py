"""The pseudo-fermion theory, executable: every closed form beside the sum it stands for.

A two-level atom is a fermion ``f_a`` in one of the levels ``epsilon_a = +-E/2``; the unphysical
states with none or two are removed by the imaginary chemical potential ``mu_f = -i pi T/2`` of
Popov and Fedotov (paper, Eqs. 18-22, 30-32, 40). Everything here is plain NumPy, meant to be
read and to be compared with; nothing in the solvers calls it.
"""

import numpy as np

# Terms of a Matsubara sum before its tail, which the Euler-Maclaurin formula then gives to
# rounding.
TERMS = 400


def level_energies(E):
    """``epsilon_g, epsilon_e = -E/2, E/2``."""
    return -E / 2, E / 2


def occupations(E, T):
    """``N_g, N_e`` of a two-level system, Boltzmann's (Eq. 40)."""
    return 1 / (1 + np.exp(-E / T)), 1 / (1 + np.exp(E / T))


def fermi(z, T):
    """``1/(exp(z/T) + 1)`` of complex energies."""
    return 1 / (np.exp(z / T) + 1)


def loop(epsilon, T):
    """A pseudo-fermion loop ``T sum_n D_a(epsilon_n) = 1/(1 + i exp(epsilon_a/T))`` (Eq. 30)."""
    return 1 / (1 + 1j * np.exp(epsilon / T))


def fock_average(operator, E, T):
    """Unconstrained average over all four Fock states, with the chemical potential (Eq. 20).

    Parameters
    ----------
    operator : (4, 4) array
        In the states empty, ``g``, ``e``, both.
    E, T : float

    Returns
    -------
    complex
    """
    mu = -0.5j * np.pi * T
    ground, excited = level_energies(E)
    energies = np.array([0.0, ground, excited, ground + excited])
    number = np.array([0, 1, 1, 2])
    weight = np.exp(-(energies - mu * (number - 1)) / T)
    return np.sum(weight * np.diagonal(operator)) / np.sum(weight)


def fock_operator(matrix):
    """``sum_ab f_a^dagger M_ab f_b`` in the four Fock states; ``matrix`` in the order g, e."""
    matrix = np.asarray(matrix, dtype=complex)
    operator = np.zeros((4, 4), dtype=complex)
    operator[1:3, 1:3] = matrix
    operator[3, 3] = np.trace(matrix)
    return operator


def propagator(epsilon, n, T):
    """``D_a(epsilon_n) = 1/(i(2n + 1/2) pi T - epsilon_a)`` (Eq. 22)."""
    return 1 / (1j * (2 * n + 0.5) * np.pi * T - epsilon)


def boson_sum(omega, E, T, terms=TERMS):
    """Transitions up and down, summed over pseudo-fermion frequencies.

    ``-T sum_n [D_e(n) D_g(n + m) + D_g(n) D_e(n + m)]`` at ``omega = 2 m pi T``: the closed form is
    `boson_closed`.
    """
    shift = np.rint(omega / (2 * np.pi * T))
    ground, excited = level_energies(E)

    def term(n):
        up = propagator(excited, n, T) * propagator(ground, n + shift, T)
        return up + propagator(ground, n, T) * propagator(excited, n + shift, T)

    return -T * _over_all(term, shift, terms)


def boson_closed(omega, E, T):
    """``N_ge 2E/(omega^2 + E^2)`` (Eq. 42)."""
    ground, excited = occupations(E, T)
    return (ground - excited) * 2 * E / (omega**2 + E**2)


def self_energy_sum(epsilon_n, xi, E, T, terms=TERMS):
    """Second-order self energy of an electron state ``xi``, ``n`` and ``n_s`` divided out.

    ``T sum_m B(omega_m) G(epsilon_n - omega_m)`` with ``G = 1/(i epsilon - xi)``: the sum over
    boson frequencies of `boson_closed` (diagram (g) of Fig. 4).
    """

    def term(m):
        omega = 2 * m * np.pi * T
        return boson_closed(omega, E, T) / (1j * (epsilon_n - omega) - xi)

    return T * _over_all(term, 0, terms)


def self_energy_closed(epsilon_n, xi, E, T):
    """``[N_g - N_ge n_F]/(i epsilon_n - xi - E) + [N_e + N_ge n_F]/(i epsilon_n - xi + E)``."""
    ground, excited = occupations(E, T)
    electrons = fermi(xi, T)
    emitted = ground - (ground - excited) * electrons
    absorbed = excited + (ground - excited) * electrons
    z = 1j * epsilon_n - xi
    return emitted / (z - E) + absorbed / (z + E)


def _over_all(term, shift, terms):
    """``sum_n term(n)`` over all integers; beyond ``terms`` the tail by Euler and Maclaurin."""
    N = int(terms + abs(shift))
    n = np.arange(-N, N + 1)
    total = np.sum(term(n))
    for sign in (1, -1):
        total = total + _tail(lambda n, sign=sign: term(sign * n), N + 1)
    return total


def _tail(f, start):
    """``sum_{n >= start} f(n)``: integral by Gauss in ``1/n`` and the first corrections."""
    x, w = np.polynomial.legendre.leggauss(40)
    t = (x + 1) / 2
    integral = np.sum(w / 2 * f(start / t) * start / t**2)
    h = 0.05 * start
    # Central differences of a function this smooth: B2/2! f' and B4/4! f'''.
    below2, below, above, above2 = (f(start + k * h) for k in (-2, -1, 1, 2))
    first = (below2 - 8 * below + 8 * above - above2) / (12 * h)
    third = (above2 - 2 * above + 2 * below - below2) / (2 * h**3)
    return integral + f(start) / 2 - first / 12 + third / 720
