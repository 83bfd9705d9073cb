"""Splittings from strained wells: sampled, in closed form, and in the solvers."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate, stats

import tlsjax as tls

# From strong strain to weak, where the modified form has its pole.
CASES = [(1.0, 2.0, 0.1), (1.0, 0.1, 0.02), (0.1, 0.1, 0.01), (0.0, 0.3, 0.05), (1.0, 0.01, 0.001)]


def by_quadrature(E, J, sigma, delta):
    """The double integral over J and the asymmetry, along the circle J'^2 + epsilon^2 = E^2."""
    angle = 2 * np.pi * (np.arange(400_000) + 0.5) / 400_000
    tunnelling, asymmetry = E * np.cos(angle), E * np.sin(angle)
    spread = delta / np.pi / ((tunnelling - J) ** 2 + delta**2)
    return 2 * np.pi * E * np.mean(spread * sigma / np.pi / (asymmetry**2 + sigma**2))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_broadened_density(case):
    splittings = tls.BroadenedWipfNeumaier(*case)
    J, sigma, delta = case
    for E in (0.3, 0.95 * J + 0.01, J + delta, J + 3 * delta, 4.0):
        assert float(splittings.pdf(E)) == pytest.approx(by_quadrature(E, *case), rel=1e-9)
    E = np.concatenate([np.linspace(0, 5, 2001), np.geomspace(5, 1e6, 200)])
    assert (np.asarray(splittings.pdf(E)) >= 0).all()
    assert splittings.pdf(-1.0) == 0
    # Its tail beyond the quadrature, 2 (sigma + delta)/(pi E), is what is missing from 1.
    nodes, weights = splittings.quadrature(0.2)
    missing = 2 / np.pi * (sigma + delta) / float(nodes.max())
    assert 1 - float(weights.sum()) == pytest.approx(missing, rel=0.05)


@pytest.mark.parametrize("T", [0.01, 0.5])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_averages_of_the_broadened_density(case, T):
    """What the equilibrium theory averages, against adaptive integration."""
    splittings = tls.BroadenedWipfNeumaier(*case)
    # Compiled: some 1,200 energies, one after the other.
    pdf = jax.jit(lambda splittings, E: splittings.pdf(E))

    def kernel(E):
        return np.tanh(E / (2 * T)) * 2 * E / ((2 * np.pi * T) ** 2 + E**2)

    J, _, delta = case
    edges = np.unique(np.concatenate([[0.0], np.geomspace(1e-4, 1e5, 40), J + delta * np.geomspace(
        1, 1e3, 12), np.maximum(J - delta * np.geomspace(1, 1e3, 12), 0), [J]]))  # fmt: skip
    exact = sum(
        integrate.quad(lambda E: float(pdf(splittings, E)) * kernel(E), a, b, epsrel=1e-11)[0]
        for a, b in itertools.pairwise(edges)
    )
    E, weights = splittings.quadrature(T)
    assert float(weights @ kernel(np.asarray(E))) == pytest.approx(exact, rel=1e-8)


def test_broadened_tends_to_wipf_neumaier():
    for J, sigma in ((1.0, 0.1), (0.3, 2.0)):
        plain = tls.critical_temperature(tls.TLSEnsemble(1.0, tls.WipfNeumaier(J, sigma)))
        gaps = [
            abs(
                tls.critical_temperature(
                    tls.TLSEnsemble(1.0, tls.BroadenedWipfNeumaier(J, sigma, delta))
                )
                - plain
            )
            for delta in (1e-2, 1e-3)
        ]
        assert gaps[1] < 0.15 * gaps[0] < 0.01


@pytest.mark.slow
def test_broadened_gradient():
    def Tc(J, sigma, delta):
        return tls.critical_temperature(
            tls.TLSEnsemble(1.0, tls.BroadenedWipfNeumaier(J, sigma, delta))
        )

    at = np.array([1.0, 0.2, 0.05])
    slopes = jax.grad(Tc, argnums=(0, 1, 2))(*at)
    for k, slope in enumerate(slopes):
        step = 1e-5 * np.eye(3)[k]
        exact = float(Tc(*(at + step)) - Tc(*(at - step))) / 2e-5
        assert float(slope) == pytest.approx(exact, rel=1e-6)


def test_sampled_asymmetries_are_wipf_neumaier():
    J, sigma = 1.0, 0.5
    E = np.asarray(tls.sample_splittings(jax.random.key(3), 20_000, J, sigma))
    cdf = lambda E: 2 / np.pi * np.arctan(np.sqrt(np.maximum(E**2 - J**2, 0)) / sigma)  # noqa: E731
    assert stats.kstest(E, cdf).pvalue > 0.01
    # The test can tell: another width is found out.
    wrong = np.asarray(tls.sample_splittings(jax.random.key(3), 20_000, J, 0.53))
    assert stats.kstest(wrong, cdf).pvalue < 1e-3


def test_sampled_spread_of_tunnelling_is_the_broadened_form():
    case = (1.0, 0.3, 0.1)
    E = np.asarray(tls.sample_splittings(jax.random.key(5), 20_000, *case))
    grid = np.linspace(0, 400, 400_001)
    cumulative = integrate.cumulative_simpson(
        np.asarray(tls.BroadenedWipfNeumaier(*case).pdf(grid)), x=grid, initial=0
    )
    inside = E[E < 400]
    expected = lambda E: np.interp(E, grid, cumulative) / cumulative[-1]  # noqa: E731
    assert stats.kstest(inside, expected).pvalue > 0.01


def test_barriers_with_a_normal_spread():
    E = tls.sample_splittings(jax.random.key(1), 50_000, 1.0, 0.0, barriers=0.4)
    assert float(jnp.log(E).mean()) == pytest.approx(0.0, abs=0.01)
    assert float(jnp.log(E).std()) == pytest.approx(0.4, abs=0.01)


def test_samples_in_the_solvers():
    case = (1.0, 0.5)
    exact = tls.TLSEnsemble(1.0, tls.WipfNeumaier(*case))
    gaps = []
    for key in range(4):
        E = tls.sample_splittings(jax.random.key(key), 50_000, *case)
        sampled = tls.TLSEnsemble(1.0, tls.tabulate(E))
        gaps.append(float(tls.order_parameter(sampled, 0.5) / tls.order_parameter(exact, 0.5)) - 1)
    # Sampling error of the coupling is some 1/sqrt(50,000); the heavy tail ends at the last one.
    assert np.abs(gaps).max() < 5e-3
    table = tls.tabulate(E, 100)
    inside = np.asarray(E)[(np.asarray(E) > 1.1) & (np.asarray(E) < 1.3)].size / 50_000
    x = np.linspace(1.1, 1.3, 2001)
    assert integrate.simpson(np.asarray(table.pdf(x)), x=x) == pytest.approx(inside, rel=0.05)
    with pytest.raises(ValueError, match="`samples` must be at least ten"):
        tls.tabulate(E[:100], 50)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES[:3], ids=str)
def test_broadened_on_the_real_axis(case):
    """In equilibrium both axes give the same Delta."""
    sample = tls.TLSEnsemble(1.0, tls.BroadenedWipfNeumaier(*case))
    spectrum = tls.solve_spectrum(sample, 0.4).check()
    np.testing.assert_allclose(
        spectrum.real_axis_order_parameter, tls.order_parameter(sample, 0.4), rtol=1e-5
    )
    hot = tls.solve_spectrum(sample, 0.4, tls.EffectiveTemperature(1.5)).check()
    assert float(hot.dos(0.0)) > float(spectrum.dos(0.0))
