"""Random points of the whole range that the model is meant for: always an answer, never a NaN.

T from 0.005 Tc0 to Tc0, alpha to 10, splittings down to 1e-4 k_B Tc0 and widths down to a
thousandth of the position; impurities colder and hotter than the electrons, at infinite
temperature, inverted.
"""

import numpy as np
import pytest

import tlsjax as tls
from tlsjax.core.status import Status

# As users draw a density of states.
ENERGIES = np.linspace(0.0, 6.0, 300)
KINDS = "delta", "glass", "lorentzian", "modified-wipf-neumaier", "two baths"
# Draws of one test: a few dozen have to end within its time limit.
CHUNK = 20


def log_uniform(rng, low, high):
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def drawn(kind, seed):
    """Superconductor, temperature and populations."""
    rng = np.random.default_rng(seed)
    E, width = log_uniform(rng, 1e-4, 5.0), log_uniform(rng, 1e-3, 0.5)
    J_over_sigma = log_uniform(rng, 1.0, 10.0)
    alpha, T = log_uniform(rng, 0.01, 10.0), log_uniform(rng, 0.005, 1.0)
    inverted = -T * log_uniform(rng, 1.0, 10.0)
    T_tls = [T / 10, T / 2, T, 3 * T, np.inf, inverted, 2.5][rng.integers(7)]
    splittings = {
        "delta": tls.DeltaFunction(E),
        "lorentzian": tls.Lorentzian(E, width * E),
        "modified-wipf-neumaier": tls.ModifiedWipfNeumaier(E, E * J_over_sigma, E * width),
    }.get(kind, tls.Glass(E))
    baths = [tls.TLSEnsemble(alpha, splittings)]
    if kind == "two baths":
        baths.append(tls.TLSEnsemble(alpha / 3, tls.DeltaFunction(1.0)))
    hot = tuple(tls.EffectiveTemperature(T_tls) for _ in baths)
    return tls.Superconductor(impurities=tuple(baths)), T, hot


def check(kind, seeds):
    flagged = []
    for seed in seeds:
        superconductor, T, population = drawn(kind, seed)
        spectrum = tls.solve_spectrum(superconductor, T, population)
        status = Status(int(spectrum.status))
        bad = status not in (Status.CONVERGED, Status.NORMAL)
        if bad or not np.all(np.isfinite(spectrum.dos(ENERGIES))):
            flagged.append((seed, status.name, T, population, superconductor.impurities))
    assert not flagged


def test_a_draw():
    check("glass", range(1))


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("first", range(0, 400, CHUNK))
@pytest.mark.parametrize("kind", KINDS)
def test_two_thousand_draws(kind, first):
    check(kind, range(first, first + CHUNK))


def wrong_errors(kind, seed):
    """How far Delta and N are off, in units of their errors: against twice the panels and a finer
    frequency axis. None where the metal is normal or the line has no solution."""
    superconductor, T, population = drawn(kind, seed)
    spectrum = tls.solve_spectrum(superconductor, T, population)
    if int(spectrum.status) != Status.CONVERGED:
        return None
    options = {"panels": 160, "axis": FINER, "resolution": float(spectrum.resolution)}
    finer = tls.solve_spectrum(superconductor, T, population, **options).check()
    off = abs(float(spectrum.order_parameter - finer.order_parameter)) / float(spectrum.error)
    N = np.asarray(spectrum.dos(ENERGIES))
    # What both know to nine digits only, their rounding, counts as none.
    allowed = np.asarray(spectrum.dos_error(ENERGIES)) + 1e-9 * (1 + N)
    return off, np.max(np.abs(N - np.asarray(finer.dos(ENERGIES))) / allowed)


# Finer axes, of smaller tolerances, have larger weights, and are worse at low temperature.
FINER = tls.compact_axis(1e6, 1e-10)


@pytest.mark.slow
@pytest.mark.timeout(5400)
def test_errors_hold():
    """Too small for no more than 1 of 200 draws, by no more than 2."""
    found = [wrong_errors(kind, seed) for kind in KINDS for seed in range(2 * CHUNK)]
    ratios = np.array([pair for pair in found if pair is not None])
    assert np.all(ratios < 2.0)
    assert np.sum(np.any(ratios > 1.0, axis=1)) <= 1


# Each of these was flagged once: cold impurities coupled strongly at energies far below a panel's
# length, and inverted ones that destroy superconductivity.
HARD = {
    "a cold glass": (4.53, tls.Glass(0.1178), 0.165, 0.0159),
    "a cold glass of small splittings": (4.03, tls.Glass(0.005), 0.0575, 0.00575),
    "a glass at half the temperature": (9.427361, tls.Glass(0.00574432), 0.009093887, 0.00454694),
    "a glass that lets the spectrum diffuse": (
        8.08261,
        tls.Glass(0.000376645),
        0.0118159,
        0.00118159,
    ),
    "an inverted glass": (1.06, tls.Glass(0.9), 0.047, -0.217),
    "a normal metal": (6.676235, tls.Glass(0.264147), 0.01589094, -0.0200109),
    "a narrow cold peak": (5.25, tls.Lorentzian(8e-4, 3.6e-5), 0.175, 0.0116),
    "a cold splitting": (7.01372, tls.DeltaFunction(0.0254117), 0.02609177, 0.0130459),
    "an inverted splitting of two roots": (
        0.532388,
        tls.DeltaFunction(0.367028),
        0.04827736,
        -0.103086,
    ),
    "an inverted splitting": (0.9426226, tls.DeltaFunction(1.50056), 0.01114335, -0.0158175),
}


def hard(name):
    alpha, splittings, T, T_tls = HARD[name]
    population = tls.EffectiveTemperature(T_tls)
    return tls.solve_spectrum(tls.TLSEnsemble(alpha, splittings), T, population)


@pytest.mark.slow
def test_what_was_flagged_once():
    assert int(hard("a cold glass of small splittings").status) == Status.CONVERGED


@pytest.mark.slow
@pytest.mark.parametrize("name", list(HARD))
def test_all_that_was_flagged_once(name):
    spectrum = hard(name)
    normal = name in ("a normal metal", "an inverted splitting")
    assert int(spectrum.status) == (Status.NORMAL if normal else Status.CONVERGED)
    assert np.all(np.isfinite(spectrum.dos(ENERGIES)))
