"""Answers for one state, as plain arrays: quick ones while a slider moves, good ones at rest.

Grids have one size whatever the numbers are, and populations one form: that in equilibrium is an
effective temperature that equals T. Moving a slider then compiles nothing.
"""

from typing import NamedTuple

import numpy as np

from tlsjax.core.constants import VACUUM_PERMEABILITY
from tlsjax.core.programs import program
from tlsjax.core.status import Status, is_ok
from tlsjax.explorer.state import State
from tlsjax.matsubara.critical_temperature import solve_critical_temperature
from tlsjax.matsubara.order_parameter import solve_matsubara
from tlsjax.microwave.conductivity import solve_conductivity
from tlsjax.model.occupations import EffectiveTemperature
from tlsjax.observables.tunnelling import tunnelling_conductance
from tlsjax.plotting.grids import temperatures_below
from tlsjax.real_axis.solve import solve_spectrum

# Panels of the mesh on the real axis, in the quick and in the good answers.
COARSE, FINE = 32, 80
# Temperatures of Delta(T), even energies beside the mesh's own, frequencies, biases.
_TEMPERATURES, _EVEN, _FREQUENCIES, _BIASES = 41, 160, 39, 121
# Frequencies in units of k_B Tc0, and their least distance from where pairs begin to be broken;
# Tc/T of the surface resistance.
_LOWEST, _HIGHEST, _NEAREST = 0.05, 6.0, 0.01
_INVERSE = np.array([0.98, 1.01, 1.03, 1.07, 1.13, 1.2, 1.3, 1.45, 1.7, 2.0, 2.5, 3.2, 4.0, 5.0])
# Error of a quick R_s(T), over R_s, from which on the point is left out.
_UNKNOWN = 0.5


class Bulk(NamedTuple):
    """Tc and Delta(T) in equilibrium, units of Tc0; NaN where there is no answer."""

    Tc: float
    Tc_error: float
    T: np.ndarray
    Delta: np.ndarray
    Delta_error: np.ndarray
    Delta_at_T: float
    Delta_at_T_error: float
    status: int


class Curve(NamedTuple):
    """N(epsilon)/N_f of one population, energies in k_B Tc0; no errors in a quick one."""

    energy: np.ndarray
    dos: np.ndarray
    dos_error: np.ndarray | None
    gap_edge: float
    Delta: float
    Delta_error: float
    status: int
    solved: object


class Response(NamedTuple):
    """sigma/sigma_n and the surface resistance over R_n of the normal metal at each omega; R_s at
    the state's own frequency in ohm."""

    omega: np.ndarray
    sigma1: np.ndarray
    sigma1_error: np.ndarray
    sigma2: np.ndarray
    sigma2_error: np.ndarray
    over_normal: np.ndarray
    R_s: float
    R_s_error: float
    status: int


def bulk(state: State) -> Bulk:
    """Tc, Delta(T) up to it, and Delta at the state's T."""
    superconductor = state.superconductor()
    transition = solve_critical_temperature(superconductor)
    Tc = float(transition.temperature)
    # Without a transition nothing is known, but arrays have their shape.
    T = np.append(temperatures_below(Tc if Tc > 0 else 1.0, 0.04, _TEMPERATURES), state.T)
    found = solve_matsubara(superconductor, T)
    Delta, error = np.asarray(found.order_parameter), np.asarray(found.error)
    codes = np.append(np.asarray(found.status), int(transition.status))
    failed = codes[~np.asarray(is_ok(codes))]
    return Bulk(
        Tc, float(transition.error), T[:-1], Delta[:-1], error[:-1],
        float(Delta[-1]), float(error[-1]), int(failed[0]) if failed.size else 0,
    )  # fmt: skip


def spectrum(state: State, T_tls: float, panels: int, T: float | None = None) -> Curve:
    """N(epsilon) with impurities at ``T_tls``; with errors if ``panels`` are `FINE` or more."""
    T = state.T if T is None else T
    population = EffectiveTemperature(float(T_tls))
    solved = solve_spectrum(state.superconductor(), float(T), population, panels=panels)
    energy, dos, epsilon_tilde, delta_tilde = map(np.asarray, _at_nodes(solved))
    error = None
    if panels >= FINE:
        end = highest(state, float(solved.order_parameter))
        energy = np.sort(np.append(energy, np.linspace(0.0, end, _EVEN)))
        table = solved.table(energy, "dos", "dos_error")
        dos, error = np.asarray(table["dos"]), np.asarray(table["dos_error"])
        edge = float(solved.gap_edge)
    else:
        edge = _edge(energy, epsilon_tilde, delta_tilde)
    shown = energy <= highest(state, float(solved.order_parameter))
    return Curve(
        energy[shown], dos[shown], None if error is None else error[shown], edge,
        float(solved.order_parameter), float(solved.error), int(solved.status), solved,
    )  # fmt: skip


def response(state: State, curve: Curve) -> Response:
    """Conductivity of a solved spectrum in the dirty limit, and what follows from it.

    Local: ``Z = (-i omega mu_0 rho_n / (sigma/sigma_n))^(1/2)`` (theory, section 9). In units of
    the normal metal's ``R_n = (omega mu_0 rho_n / 2)^(1/2)`` no resistivity is needed.
    """
    shown = _frequencies(2 * curve.gap_edge)
    omega = np.append(shown, state.omega)
    found = solve_conductivity(curve.solved, omega, elastic=np.inf)
    sigma = np.asarray(found.sigma)
    errors = np.asarray(found.sigma1_error), np.asarray(found.sigma2_error)
    impedance = np.sqrt(-2j / sigma)
    by_sigma = impedance / (2 * sigma)
    of_resistance = np.abs(by_sigma.real) * errors[0] + np.abs(by_sigma.imag) * errors[1]
    R_n = normal_resistance(state)
    failed = ~np.asarray(is_ok(np.asarray(found.status)))
    return Response(
        shown, sigma.real[:-1], errors[0][:-1], sigma.imag[:-1], errors[1][:-1],
        impedance.real[:-1], R_n * impedance.real[-1], R_n * of_resistance[-1],
        int(np.asarray(found.status)[failed][0]) if failed.any() else 0,
    )  # fmt: skip


def _frequencies(edge):
    """As many whatever the spectrum is, dense about ``edge``, where sigma_1 has its kink."""
    if not _LOWEST + 1 < edge < _HIGHEST - 1:
        return np.linspace(_LOWEST, _HIGHEST, _FREQUENCIES)
    count = _FREQUENCIES // 2
    steps = np.linspace(0.0, 1.0, count)
    # Dense at zero frequency, too, where sigma_1 rises as a logarithm.
    below = edge - _NEAREST + (_LOWEST + _NEAREST - edge) * (1 + np.cos(np.pi * steps)) / 2
    above = edge + _NEAREST + (_HIGHEST - _NEAREST - edge) * steps**1.7
    return np.concatenate([below, np.full(_FREQUENCIES - 2 * count, edge), above])


def conductance(state: State, curve: Curve) -> tuple:
    """``(bias, dI/dV)`` of a junction with a normal metal, at the electrons' temperature."""
    bias = np.linspace(0.0, highest(state, curve.Delta), _BIASES)
    return bias, np.asarray(tunnelling_conductance(curve.solved, bias))


def normal_resistance(state: State) -> float:
    """R_n of the normal metal at the state's frequency, ohm."""
    angular = 2e9 * np.pi * state.frequency
    return float(np.sqrt(angular * VACUUM_PERMEABILITY * 1e-8 * state.resistivity / 2))


def temperatures_of_resistance(Tc: float) -> list:
    """Where R_s(T) is solved for, Tc0; nowhere without a transition."""
    return list(map(float, Tc / _INVERSE)) if Tc > 0 else []


def resistance(state: State, T: float, T_tls: float) -> float:
    """R_s at a temperature, ohm, quick; NaN where so few panels leave it unknown."""
    try:
        found = response(state, spectrum(state, T_tls, COARSE, T))
    except ValueError:
        # The spectrum was solved through a resolution, which a conductivity does not allow.
        return np.nan
    return found.R_s if found.R_s_error < _UNKNOWN * found.R_s else np.nan


def splittings(state: State) -> list:
    """``(label, E, p)`` of each distribution, E in k_B Tc0; of a single splitting its place."""
    end = _longest(state)
    curves = []
    for one in state.impurities:
        distribution = one.distribution()
        if distribution.is_sharp:
            place = one.named["E0"]
            curves.append((one.text(), np.array([place, place]), np.array([0.0, 1.0])))
            continue
        # Twice as far as features go, dense around them: in steps of tens of their widths none is
        # missed, for the sliders' smallest are 0.01.
        E = np.linspace(0.0, end, 1201)[1:]
        curves.append((one.text(), E, np.asarray(distribution.pdf(E))))
    return curves


def said(status: int) -> str:
    """A status in words."""
    return Status(status).help


@program
def _at_nodes(spectrum):
    """Energies of the mesh, N there, and what the gap function is made of, in one program."""
    fields = spectrum.at_nodes
    return spectrum.energy, fields.g.imag, fields.epsilon_tilde, fields.delta_tilde


def _longest(state):
    """Energy up to where the distributions are shown."""
    ends = [float(one.distribution().largest_energy()) for one in state.impurities]
    return min(max(2.0, *(1.6 * end for end in ends)), 12.0)


def highest(state, Delta):
    """Energy up to where a density of states is shown: three gaps, or one and the splittings."""
    Delta = Delta if np.isfinite(Delta) else 1.0
    ends = [Delta + 1.3 * float(one.distribution().largest_energy()) for one in state.impurities]
    return max(3 * Delta, 4 * state.T, *(min(end, 10.0) for end in ends))


def _edge(energy, epsilon_tilde, delta_tilde):
    """Lowest energy with ``Re Delta(epsilon) = epsilon``, from the mesh's own energies."""
    with np.errstate(all="ignore"):
        excess = energy * (np.real(delta_tilde / epsilon_tilde) - 1)
    falls = np.flatnonzero((excess[:-1] > 0) & (excess[1:] <= 0))
    if not falls.size:
        return 0.0
    k = falls[0]
    share = excess[k] / (excess[k] - excess[k + 1])
    return float(energy[k] + share * (energy[k + 1] - energy[k]))
