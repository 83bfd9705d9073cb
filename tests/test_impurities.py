"""Several kinds of impurities, mixtures, two-level systems written as phonons, both axes."""

import dataclasses
import pickle

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import tlsjax as tls
from tlsjax.core.pytrees import parameters

HOT, COLD = tls.EffectiveTemperature(2.0), tls.EffectiveTemperature(0.15)
GLASS, SHARP = tls.TLSEnsemble(0.6, tls.Glass(3.0)), tls.TLSEnsemble(0.4, tls.DeltaFunction(1.2))
QUICK = {"panels": 32}
ENERGY = np.linspace(0.0, 5.0, 11)


def of(*impurities, **others):
    return tls.Superconductor(impurities, **others)


def same_spectrum(one, other, rtol=1e-10):
    np.testing.assert_allclose(other.order_parameter, one.order_parameter, rtol=rtol)
    np.testing.assert_allclose(other.dos(ENERGY), one.dos(ENERGY), rtol=100 * rtol, atol=rtol)


def sharp_pair(T):
    """0.7 of one splitting, and the phonons with the same rho d."""
    alpha = 0.7 * np.tanh(1.2 / (2 * T))
    return (tls.TLSEnsemble(a, tls.DeltaFunction(1.2)) for a in (0.7, alpha))


def table_pair(T):
    """The same of a table, so fine that tanh times a straight line is straight."""
    E = np.linspace(0.2, 3.0, 1401)
    p = np.exp(-((E - 1.5) ** 2))
    for density in (p, p * np.tanh(E / (2 * T))):
        yield tls.TLSEnsemble(np.trapezoid(density, E), tls.Tabulated(E, density))


@pytest.mark.parametrize(
    ("pair", "rtol"), [pytest.param(sharp_pair, 1e-12, marks=pytest.mark.slow), (table_pair, 1e-6)]
)
def test_two_level_systems_as_phonons(pair, rtol):
    """rho d equal and phonons at the electrons' temperature: the same equations."""
    T = 0.4
    two_level, phonons = pair(T)
    one = tls.solve_matsubara(two_level, T).check()
    other = tls.solve_matsubara(phonons, T, tls.Oscillator()).check()
    np.testing.assert_allclose(other.order_parameter, one.order_parameter, rtol=rtol)
    np.testing.assert_allclose(other.epsilon_tilde, one.epsilon_tilde, rtol=rtol)
    if not two_level.splittings.is_sharp:
        return
    one = tls.solve_spectrum(two_level, T, **QUICK).check()
    other = tls.solve_spectrum(phonons, T, tls.Oscillator(), **QUICK).check()
    np.testing.assert_allclose(other.order_parameter, one.order_parameter, rtol=rtol)
    np.testing.assert_allclose(other.dos(ENERGY), one.dos(ENERGY), rtol=1000 * rtol)


@pytest.mark.slow
def test_half_and_half():
    """Two half ensembles are the whole, in equilibrium and hot, and so is a mixture of them."""
    half = dataclasses.replace(GLASS, alpha=0.3)
    mixed = tls.TLSEnsemble(0.6, tls.Mixture((0.5, tls.Glass(3.0)), (0.5, tls.Glass(3.0))))
    whole = tls.solve_critical_temperature(GLASS)
    for sample in (of(half, half), mixed):
        np.testing.assert_allclose(tls.critical_temperature(sample), whole.temperature, rtol=1e-12)
    delta = tls.order_parameter(GLASS, 0.3, HOT)
    for sample, population in ((of(half, half), (HOT, HOT)), (mixed, HOT)):
        np.testing.assert_allclose(tls.order_parameter(sample, 0.3, population), delta, rtol=1e-10)
    same_spectrum(
        tls.solve_spectrum(GLASS, 0.3, **QUICK), tls.solve_spectrum(of(half, half), 0.3, **QUICK)
    )


@pytest.mark.slow
def test_order_of_impurities_and_populations():
    one = tls.order_parameter(of(GLASS, SHARP), 0.3, (HOT, COLD))
    other = tls.order_parameter(of(SHARP, GLASS), 0.3, (COLD, HOT))
    np.testing.assert_allclose(other, one, rtol=1e-10)
    swapped = tls.order_parameter(of(GLASS, SHARP), 0.3, (COLD, HOT))
    assert abs(swapped / one - 1) > 1e-3


@pytest.mark.parametrize(
    "population",
    [
        pytest.param(p, marks=pytest.mark.slow, id=i)
        for p, i in ((None, "thermal"), ((HOT, COLD), "hot"))
    ],
)
def test_sharp_beside_continuous(population):
    """No ladder exists: Delta from the contour, from the spectrum, and from a narrow line."""
    spectrum = tls.solve_spectrum(of(GLASS, SHARP), 0.4, population).check()
    delta = tls.order_parameter(of(GLASS, SHARP), 0.4, population)
    np.testing.assert_allclose(spectrum.order_parameter, delta, rtol=1e-9)
    np.testing.assert_allclose(spectrum.real_axis_order_parameter, delta, rtol=1e-5)
    narrow = tls.TLSEnsemble(0.4, tls.Tabulated([1.199, 1.2, 1.201], [0.0, 1.0, 0.0]))
    near = tls.order_parameter(of(GLASS, narrow), 0.4, population)
    np.testing.assert_allclose(near, delta, rtol=1e-6)


@pytest.mark.slow
def test_mixture_of_sharp_lines():
    mixture = tls.Mixture((1, tls.DeltaFunction(0.5)), (3, tls.DeltaFunction(2.0)))
    one = tls.TLSEnsemble(0.8, mixture)
    two = of(*(tls.TLSEnsemble(a, tls.DeltaFunction(E)) for a, E in ((0.2, 0.5), (0.6, 2.0))))
    assert mixture.is_sharp
    np.testing.assert_allclose(
        tls.critical_temperature(one), tls.critical_temperature(two), rtol=1e-13
    )
    np.testing.assert_allclose(
        tls.order_parameter(one, 0.2, HOT), tls.order_parameter(two, 0.2, HOT), rtol=1e-12
    )


def test_mixture_by_name_and_by_gradient():
    mixture = tls.Mixture((0.2, tls.DeltaFunction(0.5)), (0.8, tls.Glass(3.0)))
    assert list(mixture.numbers()) == ["weight_a", "E0_a", "weight_b", "Ec_b"]
    moved = mixture.replace(E0_a=0.7, weight_b=0.3)
    assert moved.numbers() == {"weight_a": 0.2, "E0_a": 0.7, "weight_b": 0.3, "Ec_b": 3.0}
    assert pickle.loads(pickle.dumps(mixture)).numbers() == mixture.numbers()

    def tc(x):
        parts = (x[0], tls.DeltaFunction(x[1])), (x[2], tls.Glass(x[3]))
        return tls.critical_temperature(tls.TLSEnsemble(1.0, tls.Mixture(*parts)))

    x = jnp.array([0.2, 0.5, 0.8, 3.0])
    numeric = [(tc(x + h) - tc(x - h)) / 2e-5 for h in 1e-5 * np.eye(4)]
    np.testing.assert_allclose(jax.grad(tc)(x), numeric, rtol=1e-6, atol=1e-9)
    # Weights matter by their ratio only.
    np.testing.assert_allclose(tc(x), tc(x * jnp.array([3.0, 1.0, 3.0, 1.0])), rtol=1e-13)


@parameters
class Parabola(tls.Distribution):
    """``p(E) = 6 E (W - E)/W^3`` up to W: a distribution of a user's own."""

    W: float

    def pdf(self, E):
        return jnp.where((E > 0) & (self.W > E), 6 * E * (self.W - E) / self.W**3, 0.0)

    def features(self):
        return ((self.W, 0.0),)


@pytest.mark.slow
def test_distribution_of_a_users_own():
    E = np.linspace(0.0, 2.0, 2001)
    table = tls.Tabulated(E, np.asarray(Parabola(2.0).pdf(E)))
    own = tls.order_parameter(tls.TLSEnsemble(1.0, Parabola(2.0)), 0.4, HOT)
    other = tls.order_parameter(tls.TLSEnsemble(1.0, table), 0.4, HOT)
    np.testing.assert_allclose(own, other, rtol=1e-6)
    found = jax.grad(lambda W: tls.critical_temperature(tls.TLSEnsemble(1.0, Parabola(W))))(2.0)
    assert np.isfinite(found)


@pytest.mark.slow
@pytest.mark.parametrize("spectra", [False, True])
def test_any_unit(spectra):
    """Kelvin in, kelvin out: the spectrum of niobium with two kinds of impurities."""
    unit = 9.25
    there = of(
        tls.TLSEnsemble(0.6 * unit, tls.Glass(3.0 * unit)),
        tls.TLSEnsemble(0.4 * unit, tls.DeltaFunction(1.2 * unit)),
        host=tls.WeakCouplingHost(unit),
        scattering=tls.Scattering(0.0, 0.05 * unit, 0.02 * unit),
    )
    here = of(GLASS, SHARP, scattering=tls.Scattering(0.0, 0.05, 0.02))
    warm = (tls.EffectiveTemperature(2.0 * unit), tls.EffectiveTemperature(0.15 * unit))
    delta = tls.order_parameter(here, 0.3, (HOT, COLD))
    np.testing.assert_allclose(
        tls.order_parameter(there, 0.3 * unit, warm), unit * delta, rtol=1e-10
    )
    if not spectra:
        return
    one = tls.solve_spectrum(here, 0.3, **QUICK)
    other = tls.solve_spectrum(there, 0.3 * unit, **QUICK)
    np.testing.assert_allclose(other.order_parameter, unit * one.order_parameter, rtol=1e-10)
    np.testing.assert_allclose(other.dos(unit * ENERGY), one.dos(ENERGY), rtol=1e-8)
