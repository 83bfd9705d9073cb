"""Relaxation of two-level systems by electrons, and the power that goes the other way."""

from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad, simpson
from scipy.interpolate import CubicSpline

import tlsjax as tls
from tlsjax.microwave.relaxation import kappa_of

CLEAN = tls.Superconductor()
GLASS = tls.TLSEnsemble(1.0, tls.Glass(Ec=3.0))
SINGLE = tls.TLSEnsemble(0.5, tls.DeltaFunction(1.0))
# kappa for which 1/T_1 is a hundredth of R coth(E/2T).
UNIT = 0.01 / (4 * np.pi)
T, HOT = 0.5, 2.5


@pytest.fixture(scope="module")
def hot():
    """A superconductor with hot impurities, full of sub-gap states."""
    return tls.solve_spectrum(GLASS, T, tls.EffectiveTemperature(HOT)).check()


@pytest.fixture(scope="module")
def grid(hot):
    """Energies, and splines through what the spectrum has there: it is smooth."""
    x = np.linspace(0.0, 30.0, 1501)
    names = ("dos", "pair_density", "sigma_epsilon", "sigma_delta")
    N, P, epsilon, delta = (np.asarray(values) for values in hot.table(x, *names).values())
    both = np.concatenate([-x[:0:-1], x])
    even, odd = (CubicSpline(both, np.concatenate([sign * F[:0:-1], F]))
                 for sign, F in ((1, N), (-1, P)))  # fmt: skip
    return x, even, odd, epsilon, delta


def integral(function, cuts):
    ends = pairwise(cuts)
    return sum(quad(function, *pair, epsabs=0, epsrel=1e-11, limit=200)[0] for pair in ends)


def bcs(E, T, delta):
    """``R(E) coth(E/2T)`` of a BCS superconductor; s takes the root at the edge out."""

    def fermi(x, y):
        size = np.exp((abs(x - y) - abs(x) - abs(y)) / 2 / T)
        below = (1 + np.exp(-abs(x) / T)) * (1 + np.exp(-abs(y) / T))
        return -np.expm1(-abs(x - y) / T) * size / below

    def scattered(s):
        e = delta + s**2
        roots = np.sqrt((2 * delta + s**2) * (s**2 + E) * (2 * delta + s**2 + E))
        return 2 * (e * (e + E) - delta**2) / roots * fermi(e, e + E)

    def broken(s):
        e = delta + s**2
        other = E - e
        roots = np.sqrt((2 * delta + s**2) * (other - delta) * (other + delta))
        return 2 * (e * other + delta**2) / roots * fermi(-e, other)

    r = np.sqrt(E)
    found = integral(scattered, sorted({0.0, r / 30, r / 3, r, 0.1, 1.0, 2.0, 4.0, 6.0}))
    if 2 * delta < E:
        found += integral(broken, [0.0, np.sqrt(E / 2 - delta)])
    return 2 * found / np.tanh(E / 2 / T)


def test_normal_metal():
    """``1/T_1 = 4 pi kappa E coth(E/2T)``, and detailed balance."""
    normal = tls.solve_spectrum(CLEAN, 1.5).check()
    E = np.geomspace(1e-4, 50.0, 6)
    found = tls.solve_relaxation(normal, E, kappa=1e-3).check()
    np.testing.assert_allclose(found.rate, 4e-3 * np.pi * E / np.tanh(E / 3), rtol=1e-11)
    np.testing.assert_allclose(found.up, np.exp(-E / 1.5) * found.down, rtol=1e-12)
    np.testing.assert_allclose(found.up + found.down, found.rate, rtol=1e-12)
    np.testing.assert_allclose(found.absorption, E, rtol=1e-11)
    assert found.width == pytest.approx(4e-3 * np.pi)
    assert (np.asarray(found.error) < 1e-9 * np.asarray(found.rate)).all()


@pytest.mark.parametrize("T", [0.3, 0.03])
def test_bcs(T):
    """Below and above ``2 Delta``, where pairs break; at 0.03 Tc0 the rates are 1e-26."""
    clean = tls.solve_spectrum(CLEAN, T).check()
    delta = float(clean.order_parameter)
    E = np.array([1e-3, 0.1, 1.0, 2 * delta - 1e-2, 2 * delta + 1e-2, 6.0])
    found = tls.solve_relaxation(clean, E, kappa=UNIT).check()
    expected = 0.01 * np.array([bcs(energy, T, delta) for energy in E])
    np.testing.assert_allclose(found.rate, expected, rtol=1e-8)
    assert (np.abs(found.rate - expected) <= np.asarray(found.error) + 1e-9 * expected).all()
    np.testing.assert_array_equal(tls.relaxation_rate(clean, E, kappa=UNIT), found.rate)


@pytest.mark.slow
def test_sub_gap_states(hot, grid):
    """Against sums over a grid of the spectrum itself: they restore what the gap takes."""
    _, N, P, *_ = grid
    x = np.linspace(-20.0, 20.0, 4001)
    E = np.array([0.1, 1.0, 4.0])
    there = x + E[:, None]
    fermi = (np.tanh(there / 2 / T) - np.tanh(x / 2 / T)) / 2
    expected = 0.01 * np.sum(fermi * (N(x) * N(there) - P(x) * P(there)), axis=1)
    found = tls.solve_relaxation(hot, E, density=200.0).check()
    assert float(found.kappa) == pytest.approx(0.005)
    np.testing.assert_allclose(found.absorption, expected, rtol=1e-6)
    rates = 0.02 * np.pi * expected / np.tanh(E / 2 / T)
    np.testing.assert_allclose(found.rate, rates, rtol=1e-6)
    assert (np.asarray(found.error) < 1e-4 * np.asarray(found.rate)).all()


def electrons_side(grid):
    """The power as what electrons gain, ``int epsilon (in - out)``: with the self energies that the
    solver found for how fast they leave, and their Keldysh part for how fast they come."""
    x, N, P, sigma_epsilon, sigma_delta = grid
    out = -2 * (N(x) * sigma_epsilon.imag + P(x) * sigma_delta.imag)
    inside = x <= 20
    x, out = x[inside], out[inside]
    t, weight = np.polynomial.legendre.leggauss(40)
    come = 0.0
    for E, share in zip(1.5 * (1 + t), weight / 2, strict=True):
        d = np.tanh(E / 2 / HOT)
        for sign in (1, -1):
            other = x + sign * E
            product = N(x) * N(other) - P(x) * P(other)
            come = come + share * np.pi * product * (np.tanh(other / 2 / T) - sign * d)
    return 2 * simpson(x * (np.tanh(x / 2 / T) * out - come), x=x)


@pytest.mark.slow
def test_heating_is_what_the_electrons_gain(hot, grid):
    found = tls.solve_heating_power(hot).check()
    assert float(found.power) == pytest.approx(electrons_side(grid), rel=1e-6)
    assert 0 < float(found.error) < 1e-5 * float(found.power)
    assert float(tls.heating_power(hot)) == float(found.power)


@pytest.mark.slow
def test_heating_in_a_normal_metal():
    """Closed form, ``2 pi int dE E^2 b/Ec``, and none in equilibrium."""
    t, weight = np.polynomial.legendre.leggauss(40)
    E = 1.5 * (1 + t)
    for T_tls in (np.inf, 1.0, 1.5):
        spectrum = tls.solve_spectrum(GLASS, 1.5, tls.EffectiveTemperature(T_tls)).check()
        broken = 1 - np.tanh(E / 2 / T_tls) / np.tanh(E / 3)
        found = float(tls.heating_power(spectrum))
        expected = np.pi * weight @ (E**2 * broken)
        assert found == pytest.approx(expected, rel=1e-8, abs=1e-12)
        if T_tls != 1.5:
            assert (found > 0) == (T_tls > 1.5 or T_tls < 0)


@pytest.mark.slow
def test_heating_by_one_splitting():
    """Level by level, with the rates; zero in equilibrium, exactly."""
    spectrum = tls.solve_spectrum(SINGLE, 0.3, tls.EffectiveTemperature(1.5)).check()
    power = float(tls.heating_power(spectrum))
    rate = tls.solve_relaxation(spectrum, 1.0, density=100.0).check()
    excited = (1 - np.tanh(1 / 3)) / 2
    by_levels = 100.0 * (rate.down * excited - rate.up * (1 - excited))
    assert power == pytest.approx(float(by_levels), rel=1e-9)
    assert power == pytest.approx(0.0451956616, rel=1e-7)
    assert float(tls.heating_power(tls.solve_spectrum(SINGLE, 0.3))) == 0.0


@pytest.mark.slow
def test_heating_by_distributions():
    """Every population has the sign of its temperature; no end, no number."""
    glass, tails = tls.Glass(3.0), tls.Lorentzian(1.0, 0.1)
    for T in (0.3, 1.5):
        for splittings in (glass, tails):
            ensemble = tls.TLSEnsemble(1.0, splittings)
            for population, sign in (
                (tls.EffectiveTemperature(2.5), 1),
                (tls.GroundState(), -1),
                (tls.BurntHole(1.0, 1e-3, 100.0), 1),
                (tls.EffectiveTemperature(T), 0),
            ):
                spectrum = tls.solve_spectrum(ensemble, T, population).check()
                found = tls.solve_heating_power(spectrum).check()
                power, error = float(found.power), float(found.error)
                assert power * sign > error if sign else abs(power) < 1e-12, (T, population)
    endless = tls.solve_spectrum(ensemble, 1.5, tls.EffectiveTemperature(np.inf))
    assert float(tls.heating_power(endless)) == np.inf


@pytest.mark.slow
def test_batches_and_transformations():
    """A batch of temperatures in front; derivatives by E."""
    clean = tls.solve_spectrum(CLEAN, np.array([0.3, 1.5])).check()
    E = np.array([[0.5], [5.0], [1.0]])
    found = tls.relaxation_rate(clean, E, kappa=UNIT)
    assert found.shape == (2, 3, 1)
    normal = 0.05 / np.tanh(5 / 3)
    assert float(found[1, 1, 0]) == pytest.approx(normal, rel=1e-9)
    one = tls.solve_spectrum(CLEAN, 0.3)
    slope = jax.grad(lambda E: tls.solve_relaxation(one, E, kappa=UNIT).absorption)(5.0)
    step = 1e-4
    ends = tls.solve_relaxation(one, jnp.array([5 - step, 5 + step]), kappa=UNIT).absorption
    assert float(slope) == pytest.approx(float(ends[1] - ends[0]) / (2 * step), rel=1e-6)


def test_units():
    """1 K is 2 pi 20.8366 GHz."""
    assert tls.units.per_second(1.0, "K") == pytest.approx(2e9 * np.pi * 20.836619, rel=1e-7)


@pytest.mark.parametrize(
    ("E", "arguments", "words"),
    [
        (0.0, {"kappa": 1e-3}, "`E` .* positive, but is 0.0."),
        (1.0, {"kappa": -1.0}, "`kappa` .* positive, but is -1.0."),
        (1.0, {}, "`impurity` must be an ensemble's: give kappa without one, but is 0."),
        (1.0, {"density": 1.0, "kappa": 1e-3}, "`kappa` must be given without density"),
    ],
)
def test_bad_input_is_one_sentence(E, arguments, words):
    clean = tls.solve_spectrum(CLEAN, 0.3)
    with pytest.raises(ValueError, match=words):
        tls.relaxation_rate(clean, E, **arguments)


def test_wide_levels_get_a_warning():
    clean = tls.solve_spectrum(CLEAN, 0.3)
    E = np.array([1e-3, 0.1, 1.0, 2.0, 3.0, 6.0])
    with pytest.warns(UserWarning, match="4 pi kappa = 0.65 is not small"):
        assert float(tls.solve_relaxation(clean, E, kappa=0.65 / (4 * np.pi)).width) > 0.6


def test_density_is_asked_for():
    with pytest.raises(ValueError, match="`density` must be given, here or for the TLSEnsemble"):
        kappa_of(tls.Superconductor((GLASS,)), None, None, 0)
    of_its_own = tls.Superconductor((tls.TLSEnsemble(1.0, tls.Glass(3.0), density=50.0),))
    assert float(kappa_of(of_its_own, None, None, 0)) == 0.02
