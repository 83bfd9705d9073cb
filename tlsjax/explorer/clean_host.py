"""What belongs to the clean host: the unit of the page, fewer phonons, and the curves beside.

Clean curves are kept: most sliders leave them alone.
"""

from dataclasses import replace
from functools import lru_cache

import numpy as np

from tlsjax.core.units import convert
from tlsjax.core.validation import fail
from tlsjax.explorer import solve
from tlsjax.explorer.solve import COARSE, Bulk, Response, normal_resistance, said
from tlsjax.explorer.state import RANGES, STRONG, State
from tlsjax.matsubara.critical_temperature import solve_critical_temperature

# Energies of a host's alpha^2F in quick answers. The time of a spectrum is that of its table; in
# place of niobium's 465 or lead's 75 these 16 leave Tc 0.01 % off.
THIN = 16
# Of each kind of curve.
_KEPT = 32


def in_own_unit(state: State) -> State:
    """The same with the Tc of its clean host as its unit, where the host has one of its own.

    Raises
    ------
    ValueError
        Where such a host is normal by itself: nothing on the page has a unit then.
    """
    if state.pairing != STRONG:
        return state
    in_meV = state.of_unit(convert(1.0, "meV", "K")).clean()
    return state.of_unit(host_Tc(at_any_T(in_meV)))


@lru_cache(_KEPT)
def host_Tc(state: State) -> float:
    """Tc of a host with phonons, K; ``state`` is clean and in meV."""
    # With impurities that do nothing: the program is that of all else.
    found = solve_critical_temperature(state.superconductor())
    Tc = convert(float(found.temperature), "meV", "K")
    if not Tc > 0:
        shown = f"{state.mu_star:g} with {state.phonons.name}: {said(int(found.status))}"
        fail("mu_star", "so small that the host has a Tc, the unit of this page", shown)
    return Tc


def thinned(state: State) -> State:
    """With a table of `THIN` energies for its phonons, if it has some."""
    if state.pairing != STRONG:
        return state
    return replace(state, phonons=_thin(state.phonons))


@lru_cache(_KEPT)
def _thin(phonons):
    return phonons.of_size(THIN)


def at_any_T(state: State) -> State:
    """The same for all positions of the slider T."""
    return replace(state, T=RANGES["T"].start)


@lru_cache(_KEPT)
def clean_bulk(state: State) -> Bulk:
    """Of the clean host; ``state`` is a `State.clean`."""
    return solve.bulk(state)


@lru_cache(_KEPT)
def clean_response(state: State) -> Response:
    """Of the clean host."""
    return solve.response(state, solve.spectrum(state, state.T, COARSE))


@lru_cache(8 * _KEPT)
def clean_resistance(state: State, T: float) -> float:
    """R_s of the clean host over that of its normal metal; ``state`` is a `State.clean`."""
    return solve.resistance(state, T, T) / normal_resistance(state)


@lru_cache(_KEPT)
def clean_spectrum(state: State, Delta: float, panels: int) -> tuple:
    """``(energy, dos)`` of the clean host; BCS, ``epsilon/(epsilon^2 - Delta^2)^(1/2)``, if it has
    no phonons, or has no pairs."""
    if state.pairing == STRONG and Delta > 0:
        curve = solve.spectrum(state, state.T, panels)
        return curve.energy, curve.dos
    end = solve.highest(state, Delta)
    # Dense above the edge, where the density rises as one over a root.
    above = Delta + (end - Delta) * np.linspace(0.02, 1.0, 120) ** 2
    with np.errstate(invalid="ignore"):
        dos = above / np.sqrt(above**2 - Delta**2)
    return np.concatenate([[0.0, Delta, Delta], above]), np.concatenate([[0.0, 0.0, dos[0]], dos])


def phonons(state: State) -> tuple:
    """``(E, alpha^2F)`` of the host, E in k_B Tc0."""
    host = state.host()
    return np.asarray(host.energy), np.asarray(host.alpha2F)
