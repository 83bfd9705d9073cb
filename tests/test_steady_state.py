"""Driven impurities and the spectrum that relaxes them, consistent with each other."""

import jax.numpy as jnp
import numpy as np
import pytest

import tlsjax as tls
from tlsjax.model.driven import Driven
from tlsjax.numerics.monotone import monotone

GLASS = tls.TLSEnsemble(1.0, tls.Glass(Ec=3.0), density=200.0)
KAPPA = 1 / 200
# Enough panels for what is compared here, with fewer for the default run.
QUICK = {"panels": 32}


def by_hand(E, T, rate, drive):
    """``N_ge`` of Bloch's equations, as section 11 of the theory has it."""
    frequency, rabi, dephasing = drive
    T1, T2 = 1 / rate, 1 / (rate / 2 + dephasing)
    x, s = (E - frequency) * T2, rabi**2 * T1 * T2
    return np.tanh(E / 2 / T) * (1 + x**2) / (1 + x**2 + s)


def check_consistent(state, drive, T, rtol):
    """The rates of the spectrum are those of the populations, which are those of the rates."""
    E, rate, N_ge = np.asarray(state.E), np.asarray(state.rate[0]), np.asarray(state.N_ge[0])
    again = tls.relaxation_rate(state.spectrum, E)
    np.testing.assert_allclose(again, rate, rtol=rtol)
    np.testing.assert_allclose(N_ge, by_hand(E, T, rate, drive), rtol=1e-9)
    np.testing.assert_allclose(state.population[0].difference(E, T), N_ge, rtol=1e-12)
    inner = N_ge < 1 - 1e-6
    T_tls = E / 2 / np.arctanh(np.where(inner, N_ge, 0.5))
    np.testing.assert_allclose(state.T_tls[0][inner], T_tls[inner], rtol=1e-8)


@pytest.mark.slow
def test_a_glass():
    """One program: driven, not driven, and in the normal state, where all is known."""
    T, drive = 0.3, (1.0, 1e-2, 1e-4)

    def solve(T, rabi):
        return tls.steady_state(GLASS, T, 1.0, rabi, dephasing=1e-4, **QUICK).check()

    state = solve(T, 1e-2)
    assert state.residual < 1e-6
    assert 2 < state.iterations < 15
    assert float(state.width[0]) == pytest.approx(4 * np.pi * KAPPA)
    check_consistent(state, drive, T, rtol=1e-5)
    # Hot near to resonance, and the electrons are heated.
    assert float(state.T_tls.max()) > 2 * T
    near = np.argmin(np.abs(np.asarray(state.E) - 1.0))
    assert np.asarray(state.N_ge)[0, near] < 0.5 * np.tanh(1 / 2 / T)

    at_rest = solve(T, 0.0)
    thermal = float(tls.order_parameter(GLASS, T))
    assert float(at_rest.spectrum.order_parameter) == pytest.approx(thermal, rel=1e-7)
    np.testing.assert_allclose(at_rest.T_tls, T, rtol=1e-10)
    assert float(state.spectrum.order_parameter) < thermal

    normal = solve(1.5, 1e-2)
    E = np.asarray(normal.E)
    rate = 4 * np.pi * KAPPA * E / np.tanh(E / 3)
    np.testing.assert_allclose(normal.rate[0], rate, rtol=1e-9)
    np.testing.assert_allclose(normal.N_ge[0], by_hand(E, 1.5, rate, drive), rtol=1e-9)


@pytest.mark.slow
def test_a_lorentzian_and_two_kinds():
    drive = (1.0, 3e-3, 1e-4)
    peak = tls.TLSEnsemble(0.5, tls.Lorentzian(1.0, 0.1), density=100.0)
    state = tls.steady_state(peak, 0.25, *drive[:2], dephasing=drive[2]).check()
    check_consistent(state, drive, 0.25, rtol=1e-5)
    assert float(tls.heating_power(state.spectrum)) > 0
    # One more kind, at resonance, whose electrons are the same.
    single = tls.TLSEnsemble(0.007, tls.DeltaFunction(1.0))
    both = tls.Superconductor((peak, single))
    state = tls.steady_state(both, 0.25, 1.0, 3e-3, (100.0, 1.0), dephasing=1e-4).check()
    assert state.rate.shape == (2, state.E.shape[0])
    np.testing.assert_allclose(state.rate[1], 1.4 * np.asarray(state.rate[0]), rtol=1e-12)
    assert np.isin(1.0, state.E)


@pytest.mark.slow
def test_the_table_is_fine_enough():
    """The populations between its points, with the rates of the spectrum itself."""
    T, drive = 0.2, (1.0, 1e-3, 1e-3)
    state = tls.steady_state(GLASS, T, *drive[:2], dephasing=drive[2]).check()
    check_consistent(state, drive, T, rtol=1e-5)
    E = np.geomspace(0.05, 8.0, 200)
    rate = tls.relaxation_rate(state.spectrum, E)
    expected = by_hand(E, T, np.asarray(rate), drive)
    np.testing.assert_allclose(state.population[0].difference(E, T), expected, atol=3e-4)


@pytest.mark.slow
def test_no_convergence_is_said():
    """Above 2 Delta the first turn is far from the second."""
    state = tls.steady_state(GLASS, 0.3, 1.0, 1e-2, max_steps=1, **QUICK)
    assert int(state.status) == tls.Status.MAX_STEPS
    assert np.isnan(state.N_ge).all()
    with pytest.raises(tls.ConvergenceError, match="Steady state"):
        state.check()


def test_tables_between_points():
    """Through the points, between neighbours, smooth; straight lines exactly."""
    nodes = np.array([0.0, 0.5, 0.7, 2.0, 2.1, 3.0])
    jump = np.array([0.0, 0.1, 0.1, 0.2, 5.0, 5.1])
    x = np.linspace(-1, 4, 1001)
    np.testing.assert_allclose(monotone(nodes, nodes, jump), jump, atol=1e-14)
    found = np.asarray(monotone(x, nodes, jump))
    assert (np.diff(found) >= -1e-14).all()
    assert (found[0], found[-1]) == (0.0, 5.1)
    np.testing.assert_allclose(monotone(x[250:700], nodes, 3 * nodes), 3 * x[250:700].clip(0, 3))
    smooth = np.linspace(0, 3, 61)
    middle = (smooth[1:] + smooth[:-1]) / 2
    np.testing.assert_allclose(monotone(middle, smooth, np.exp(smooth)), np.exp(middle), rtol=2e-4)


def test_temperatures_and_holes():
    """``T_tls`` is T without a field, also where N_ge is 1 but for rounding; the hole's width."""
    at = jnp.array([1e-3, 0.1, 1.0, 10.0, 50.0])
    nothing = Driven(1.0, 0.0, 1e-3, 0.0, KAPPA, jnp.array([0.1, 1.0]), jnp.zeros(2))
    np.testing.assert_allclose(nothing.temperature(at, 0.2), 0.2, rtol=1e-12)
    strong = Driven(1.0, 0.02, 1e-3, 1e-4, KAPPA, jnp.array([0.1, 1.0]), jnp.full(2, -20.0))
    ((place, width),) = strong.features(0.2)
    at_width = strong.difference(place + width, 0.2) / jnp.tanh((place + width) / 0.4)
    deepest = strong.difference(place, 0.2) / jnp.tanh(place / 0.4)
    assert float(at_width) == pytest.approx(0.5 + 0.5 * float(deepest), rel=1e-2)


BAD = {
    "no impurities": (
        lambda: tls.steady_state(tls.Superconductor(), 0.3, 1.0, 0.1),
        "`superconductor` must be one with impurities",
    ),
    "no density": (
        lambda: tls.steady_state(tls.TLSEnsemble(1.0, tls.Glass(3.0)), 0.3, 1.0, 0.1),
        "`density` must be given",
    ),
    "frequency": (lambda: tls.steady_state(GLASS, 0.3, -1.0, 0.1), "`frequency` .* -1.0."),
    "rabi": (lambda: tls.steady_state(GLASS, 0.3, 1.0, -0.1), "`rabi` .* or more, but is -0.1."),
    "dephasing": (
        lambda: tls.steady_state(GLASS, 0.3, 1.0, 0.1, dephasing=-1.0),
        "`dephasing` .* -1.0.",
    ),
    "two densities": (
        lambda: tls.steady_state(GLASS, 0.3, 1.0, 0.1, (1.0, 2.0)),
        "`density` must be a tuple of 1, one for each ensemble, but is a tuple of 2.",
    ),
    "no coupling": (
        lambda: tls.steady_state(tls.TLSEnsemble(0.0, tls.Glass(3.0), density=1.0), 0.3, 1.0, 0.1),
        "`kappa` .* positive, but is 0.0.",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_sentence(case):
    call, words = BAD[case]
    with pytest.raises(ValueError, match=words):
        call()
