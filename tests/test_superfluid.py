"""Superfluid density against integrals of BCS theory, plain sums, and integrals over energy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from refusals import check_one_sentence
from scipy import integrate
from thermodynamics_oracle import Dense

import tlsjax as tls
from tlsjax.core.status import Status

CLEAN = tls.Superconductor()
# All of one shape: one compiled program.
T = np.array([0.02, 0.3, 0.8, 0.9, 1.0 - 1e-6, 1.1])
RATES = np.array([0.0, 0.3, 30.0, 1e3, 1e6, np.inf])
NONE = np.zeros(6)


def test_clean_limit_is_yosida():
    """``1 - n_s/n = 2 int dE (-df/dE) E/sqrt(E^2 - Delta^2)`` from Delta: BCS, 1957."""
    found = tls.solve_superfluid_density(CLEAN, T, elastic=NONE).check()
    gap = np.asarray(tls.order_parameter(CLEAN, T))
    for k in (1, 2, 3):

        def yosida(xi, k=k):
            return 0.5 / T[k] / np.cosh(np.hypot(xi, gap[k]) / (2 * T[k])) ** 2

        expected = 1 - integrate.quad(yosida, 0, 40 * T[k], epsabs=1e-13)[0]
        value, error = float(found.superfluid_density[k]), float(found.error[k])
        assert value == pytest.approx(expected, abs=3e-9)
        assert abs(value - expected) < error < 1e-7
    # All of them at T = 0, and 2 (1 - t) near Tc.
    assert float(found.superfluid_density[0]) == pytest.approx(1, abs=1e-8)
    assert float(found.superfluid_density[4]) == pytest.approx(2e-6, rel=2e-6)
    assert found.superfluid_density[5] == found.stiffness[5] == found.error[5] == 0
    assert list(map(int, found.status)) == [Status.CONVERGED] * 5 + [Status.NORMAL]
    depth = tls.penetration_depth(CLEAN, T, 32.0, elastic=NONE)
    np.testing.assert_allclose(depth[:5], 32.0 / np.sqrt(found.superfluid_density[:5]), rtol=1e-14)
    assert depth[5] == np.inf


@pytest.mark.parametrize("T", [0.02, 0.8])
def test_any_purity_is_the_plain_sum(T):
    """A million terms, and the integral over the rest, which begins far beyond the rate or far
    below it."""
    found = tls.solve_superfluid_density(CLEAN, np.full(6, T), elastic=RATES).check()
    gap = float(tls.order_parameter(CLEAN, np.full(6, T))[0])
    epsilon = (2 * np.arange(1_000_000) + 1) * np.pi * T
    end = 2 * np.pi * T * epsilon.size
    R2 = epsilon**2 + gap**2
    for k, gamma in enumerate(RATES[:-1]):
        x = gamma / end
        rest = gap**2 / end**2 * (0.5 if gamma == 0 else (1 - np.log1p(x) / x) / x)
        expected = 2 * np.pi * T * np.sum(gap**2 / R2 / (np.sqrt(R2) + gamma)) + rest
        value = float(found.superfluid_density[k])
        assert value == pytest.approx(expected, rel=5e-9)
        assert abs(value - expected) < float(found.error[k]) < 1e-7 * expected
        assert float(found.stiffness[k]) == pytest.approx(2 * gamma * value, rel=1e-14)
    # Mattis and Bardeen's low-frequency limit.
    dirty = np.pi * gap * np.tanh(gap / (2 * T))
    assert float(found.stiffness[-1]) == pytest.approx(dirty, rel=1e-10)
    assert float(found.superfluid_density[-1]) == 0


def test_impurities_and_pair_breaking_against_dense_sums():
    def filling(E, T):
        return np.tanh(E / (2 * T))

    dense = Dense([(np.array([1.0]), np.array([0.5]), filling)], magnetic=0.05, dynes=0.1)
    superconductor = tls.Superconductor(
        (tls.TLSEnsemble(0.5, tls.DeltaFunction(1.0)),),
        scattering=tls.Scattering(elastic=np.array([0.0, 3.0]), magnetic=0.05, dynes=0.1),
    )
    found = tls.solve_superfluid_density(superconductor, 0.5).check()
    for k, elastic in enumerate((0.0, 3.0)):
        expected = dense.superfluid_density(0.5, elastic)
        assert float(found.superfluid_density[k]) == pytest.approx(expected, rel=2e-7)
    assert np.all(found.error < 1e-7)


def test_derivatives():
    """By differences for T and the rate; of all energies only ratios matter."""

    def value(Tc0, T, elastic):
        superconductor = tls.Superconductor(host=tls.WeakCouplingHost(Tc0))
        return tls.solve_superfluid_density(superconductor, T, elastic=elastic).superfluid_density

    by_Tc0, by_T, by_rate = jax.jit(jax.grad(value, argnums=(0, 1, 2)))(1.0, 0.6, 0.7)
    h = 1e-4
    temperatures, rates = np.full(6, 0.6), np.full(6, 0.7)
    temperatures[:2] += [h, -h]
    rates[2:4] += [h, -h]
    near = np.asarray(tls.superfluid_density(CLEAN, temperatures, elastic=rates))
    assert float(by_T) == pytest.approx((near[0] - near[1]) / (2 * h), rel=1e-6)
    assert float(by_rate) == pytest.approx((near[2] - near[3]) / (2 * h), rel=1e-6)
    assert float(by_Tc0 + 0.6 * by_T + 0.7 * by_rate) == pytest.approx(0, abs=1e-9)


def strong_host():
    E = np.linspace(0.1, 10.0, 100)
    return tls.StrongCouplingHost(E, 0.9 * np.exp(-((E - 4.4) ** 2)), 0.1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("superconductor", "T"),
    [
        pytest.param(tls.Superconductor(host=strong_host()), 0.02, id="strong coupling"),
        pytest.param(
            tls.Superconductor((tls.TLSEnsemble(0.16, tls.DeltaFunction(0.3)),), tls.NoHost()),
            0.01,
            id="no host",
        ),
    ],
)
def test_other_hosts_against_the_sum_of_their_fields(superconductor, T):
    state = tls.solve_matsubara(superconductor, T).check()
    _, epsilon, delta = map(np.asarray, state.at(np.arange(200_000)))
    R = np.hypot(epsilon, delta)
    rates = np.array([0.0, 1.0, 30.0])
    found = tls.solve_superfluid_density(superconductor, T, elastic=rates).check()
    for k, rate in enumerate(rates):
        expected = 2 * np.pi * T * np.sum((delta / R) ** 2 / (R + rate))
        # What is beyond the last frequency is some 1e-9 of it.
        assert float(found.superfluid_density[k]) == pytest.approx(expected, rel=1e-7)
    if isinstance(superconductor.host, tls.StrongCouplingHost):
        # Phonons make electrons heavier.
        heavy = 1 / (1 + float(superconductor.host.coupling))
        assert float(found.superfluid_density[0]) == pytest.approx(heavy, rel=0.02)


HOT = tls.Superconductor(
    (tls.TLSEnsemble(0.5, tls.Glass(3.0), elastic_rate=0.1),),
    scattering=tls.Scattering(elastic=0.4, magnetic=0.03),
)


def over_energy(spectrum):
    """``int_0^inf depsilon Im[tanh(z/2T) Delta~^2/(Delta~^2 - epsilon~^2)^(3/2)]`` on the line
    ``z = epsilon + i eta``, which has all the poles of tanh above it."""
    z = np.asarray(spectrum.energy) + 1j * float(spectrum.resolution)
    fields = spectrum.at_nodes
    f, delta = np.asarray(fields.f), np.asarray(fields.delta_tilde)
    values = np.tanh(z / (2 * float(spectrum.T))) * f**3 / delta
    return np.sum(np.asarray(spectrum.energy_weights) * values.imag)


@pytest.mark.parametrize(
    "population",
    [
        pytest.param(tls.EffectiveTemperature(2.0), id="hot", marks=pytest.mark.slow),
        pytest.param(tls.GroundState(), id="ground state", marks=pytest.mark.slow),
        pytest.param(tls.EffectiveTemperature(-3.0), id="inverted", marks=pytest.mark.slow),
        pytest.param(tls.Thermal(), id="thermal", marks=pytest.mark.slow),
    ],
)
def test_out_of_equilibrium_is_the_integral_over_energies(population):
    T = 0.3
    found = tls.solve_superfluid_density(HOT, T, population).check()
    spectrum = tls.solve_spectrum(HOT, T, population, resolution=0.3, panels=48).check()
    expected = over_energy(spectrum)
    assert float(found.superfluid_density) == pytest.approx(expected, rel=1e-6)
    assert float(found.error) < 1e-6


@pytest.mark.slow
def test_both_ways_agree_in_equilibrium():
    """By the line above the real axis too, where occupations are not known to be thermal."""
    glass = tls.Superconductor((tls.TLSEnsemble(0.5, tls.Glass(3.0)),), host=CLEAN.host)
    T_tls = np.array([0.3, 3.0])
    found = tls.solve_superfluid_density(glass, 0.3, tls.EffectiveTemperature(T_tls)).check()
    expected = tls.superfluid_density(glass, 0.3)
    assert float(found.superfluid_density[0]) == pytest.approx(float(expected), rel=1e-7)
    assert found.superfluid_density[1] < 0.98 * expected


@pytest.mark.slow
def test_derivatives_out_of_equilibrium():
    def value(alpha, T_tls):
        glass = tls.TLSEnsemble(alpha, tls.Glass(3.0))
        superconductor = tls.Superconductor((glass,), scattering=tls.Scattering(0.4))
        return tls.superfluid_density(superconductor, 0.3, tls.EffectiveTemperature(T_tls))

    at, step = np.array([0.5, 2.0]), 1e-3
    found = jax.grad(lambda x: value(*x))(jnp.asarray(at))
    for k in range(2):
        shift = step * np.eye(2)[k]
        slope = (value(*(at + shift)) - value(*(at - shift))) / (2 * step)
        assert float(found[k]) == pytest.approx(float(slope), rel=1e-4)


def test_refusals():
    check_one_sentence(lambda: tls.superfluid_density(CLEAN, 0.5, elastic=-1.0), "`elastic`")
    check_one_sentence(lambda: tls.superfluid_density(CLEAN, -0.5), "`T` must be")
    check_one_sentence(lambda: tls.penetration_depth(CLEAN, 0.5, -1.0), "`lambda_L0` must be")
