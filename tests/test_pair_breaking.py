"""Magnetic scattering and the Dynes rate in a BCS host, against closed forms and plain sums."""

import jax
import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import digamma

import tlsjax as tls

GAP0 = np.pi * np.exp(-np.euler_gamma)  # Delta(T = 0) of the clean host, in k_B Tc0
# The rate at which the gap closes at T = 0: 2 Gamma_m = Delta = Delta_0 exp(-pi/4).
GAPLESS = GAP0 * np.exp(-np.pi / 4) / 2
# The coarse settings keep a spectrum's compile time low where digits are not the point.
QUICK = {"panels": 32}


def broken(magnetic=0.0, dynes=0.0, elastic=0.0, impurities=()):
    scattering = tls.Scattering(elastic=elastic, magnetic=magnetic, dynes=dynes)
    return tls.Superconductor(impurities, scattering=scattering)


def digamma_law(rate):
    """Root of ln(Tc0/Tc) = psi(1/2 + rate/2 pi Tc) - psi(1/2)."""
    law = lambda T: np.log(T) + digamma(0.5 + rate / (2 * np.pi * T)) - digamma(0.5)  # noqa: E731
    return brentq(law, 1e-6, 1.0, xtol=1e-15)


@pytest.mark.parametrize(
    ("name", "factor"), [("magnetic", 2), pytest.param("dynes", 1, marks=pytest.mark.slow)]
)
def test_critical_temperature(name, factor):
    critical = GAP0 / 2 / factor  # the rate that ends superconductivity, in the exact theory
    rate = np.array([0.0, 1e-4, 0.01, 0.1, 0.5, 0.9, 0.98]) * critical
    found = tls.solve_critical_temperature(broken(**{name: rate})).check()
    expected = [digamma_law(factor * r) for r in rate]
    np.testing.assert_allclose(found.temperature, expected, rtol=1e-9)
    assert (np.abs(found.temperature - np.array(expected)) <= found.error + 1e-13).all()
    # Initial slope -pi/4 and -pi/8 times 2: by the derivative at zero, where the term is new.
    slope = jax.grad(lambda r: tls.critical_temperature(broken(**{name: r})))(0.0)
    np.testing.assert_allclose(slope, -factor * np.pi / 4, rtol=1e-9)
    beyond = tls.solve_critical_temperature(broken(**{name: 1.01 * critical}))
    assert beyond.status == tls.Status.NOT_FOUND


def plain_gap(T, magnetic, dynes, N=20_000):
    """Delta(T) by brentq around the sum over N frequencies, its tail as an integral."""
    n = np.arange(N)
    epsilon = (2 * n + 1) * np.pi * T + dynes

    def violation(delta):
        # eps + Gamma_m u/sqrt(1 + u^2) = u (Delta - Gamma_m/sqrt(1 + u^2)), Newton for u.
        u = epsilon / delta
        for _ in range(60):
            root = np.sqrt(1 + u**2)
            F = delta * u - 2 * magnetic * u / root - epsilon
            u = u - F / (delta - 2 * magnetic / root**3)
        rate = 2 * magnetic + dynes
        plain = (2 * n + 1) * np.pi * T + rate
        term = 1 / np.sqrt(1 + u**2) - delta / plain
        # term ~ C/epsilon^3: the rest is C/(2 E^2) with E = the end of the sum, in 2 pi T steps.
        end = 2 * np.pi * T * N
        tail = term[-1] * plain[-1] ** 3 / (2 * (end + rate) ** 2) / (2 * np.pi * T)
        shift = digamma(0.5 + rate / (2 * np.pi * T)) - digamma(0.5)
        return np.log(T) + shift - 2 * np.pi * T * (term.sum() + tail) / delta

    # In the gapless state u -> 0 needs Delta > 2 Gamma_m for Newton's denominator.
    return brentq(violation, 2.0001 * magnetic + 1e-3, 2.0, xtol=1e-13)


@pytest.mark.parametrize(
    ("T", "magnetic", "dynes"),
    [(0.3, 0.2, 0.0), (0.1, 0.35, 0.0), (0.3, 0.0, 0.4), (0.2, 0.2, 0.2)],
)
def test_order_parameter(T, magnetic, dynes):
    state = tls.solve_matsubara(broken(magnetic, dynes), T).check()
    expected = plain_gap(T, magnetic, dynes)
    np.testing.assert_allclose(state.order_parameter, expected, rtol=1e-8)
    assert abs(state.order_parameter - expected) < max(state.error, 1e-9)


def test_zero_temperature():
    """ln(Delta/Delta_0) = -(pi/4)(2 Gamma_m/Delta); Delta^2 = Delta_0 (Delta_0 - 2 Gamma_D)."""
    delta = GAP0 * np.exp(-np.pi / 4 * np.array([0.1, 0.4, 0.7, 1.0]))
    rate = np.array([0.1, 0.4, 0.7, 1.0]) * delta / 2
    T = np.array([0.01, 0.01, 0.005, 0.005])
    found = tls.order_parameter(broken(magnetic=rate), T)
    # With a gap what is left of T is exp(-gap/T); at 2 Gamma_m = Delta it is a power of T.
    np.testing.assert_allclose(found[:3], delta[:3], rtol=1e-8)
    np.testing.assert_allclose(found[3], delta[3], rtol=2e-3)
    rates = np.array([0.05, 0.2, 0.6])
    T = np.array([[0.01], [0.02]])
    cold, warm = np.asarray(tls.order_parameter(broken(dynes=rates), T)) ** 2
    # T^2 extrapolated: states fill the gap, and with them come powers of T.
    np.testing.assert_allclose(cold - (warm - cold) / 3, GAP0 * (GAP0 - 2 * rates), rtol=1e-5)


def abrikosov_gorkov(energy, delta, magnetic):
    """N(epsilon) from the quartic for u: the root with the largest imaginary part."""
    found = []
    for epsilon in energy:
        x, a = epsilon / delta, 2 * magnetic / delta
        # u - x = a u/sqrt(1 - u^2), squared.
        roots = np.roots([1.0, -2 * x, x**2 + a**2 - 1, 2 * x, -(x**2)])
        u = roots[np.argmax(roots.imag)]
        found.append(0.0 if u.imag < 1e-9 else abs((u / np.sqrt(u**2 - 1 + 0j)).real))
    return np.array(found)


# With a gap, nearly without, without, and on both sides of 2 Gamma_m = Delta at T -> 0.
RATES = np.array([0.05, 0.3, 0.42, 0.98 * GAPLESS, 1.02 * GAPLESS])
TEMPERATURES = np.array([0.1, 0.1, 0.1, 0.03, 0.03])


@pytest.fixture(scope="module")
def of_magnetic_impurities():
    return tls.solve_spectrum(broken(magnetic=RATES), TEMPERATURES, **QUICK).check()


def test_density_of_states_of_abrikosov_and_gorkov(of_magnetic_impurities):
    spectrum = of_magnetic_impurities
    shares = np.array([0.0, 0.5, 0.97, 1.03, 1.3, 2.0, 5.0])
    deltas = np.asarray(spectrum.order_parameter)
    edges = deltas * (1 - np.minimum(2 * RATES / deltas, 1.0) ** (2 / 3)) ** 1.5
    # Off the edge, where N is a square root and any error of Delta is infinite.
    energies = shares * np.where(edges > 0, edges, deltas)[:, None]
    for k, (delta, edge) in enumerate(zip(deltas, edges, strict=True)):
        found = np.asarray(spectrum.dos(energies[k]))[k]
        np.testing.assert_allclose(found, abrikosov_gorkov(energies[k], delta, RATES[k]), atol=1e-6)
        if edge == 0:
            np.testing.assert_allclose(
                found[0], np.sqrt(1 - (delta / 2 / RATES[k]) ** 2), atol=1e-6
            )


def test_gapless_where_twice_the_rate_is_the_gap(of_magnetic_impurities):
    zero = np.asarray(of_magnetic_impurities.dos(0.0)).ravel()
    assert (zero[[0, 1, 3]] < 1e-8).all()
    assert (zero[[2, 4]] > 0.05).all()


@pytest.mark.slow
def test_density_of_states_of_dynes():
    spectrum = tls.solve_spectrum(broken(dynes=0.1), 0.1).check()
    z = np.array([-1.5, -0.3, 0.0, 0.5, 1.7, 1.9, 4.0]) + 0.1j
    expected = np.abs((z / np.sqrt(z**2 - float(spectrum.order_parameter) ** 2)).real)
    np.testing.assert_allclose(spectrum.dos(z.real), expected, atol=1e-6)
    np.testing.assert_allclose(
        spectrum.real_axis_order_parameter, spectrum.order_parameter, rtol=1e-6
    )


HYDROGEN = tls.TLSEnsemble(0.5, tls.Glass(3.0))


@pytest.mark.parametrize(
    "population",
    [
        pytest.param(None, marks=pytest.mark.slow, id="thermal"),
        pytest.param(tls.EffectiveTemperature(2.0), marks=pytest.mark.slow, id="hot"),
    ],
)
def test_both_axes_with_impurities(population):
    """Pair breaking beside two-level systems: Delta from the contour and from the spectrum."""
    sample = broken(0.1, 0.05, 0.3, (HYDROGEN,))
    spectrum = tls.solve_spectrum(sample, 0.3, population).check()
    delta = tls.order_parameter(sample, 0.3, population)
    np.testing.assert_allclose(spectrum.order_parameter, delta, rtol=1e-9)
    np.testing.assert_allclose(spectrum.real_axis_order_parameter, delta, rtol=1e-5)


@pytest.mark.slow
def test_elastic_scattering_is_anderson():
    clean, dirty = broken(0.1, 0.05, 0.0, (HYDROGEN,)), broken(0.1, 0.05, 7.0, (HYDROGEN,))
    Tc = [tls.critical_temperature(sample) for sample in (clean, dirty)]
    np.testing.assert_allclose(Tc[1], Tc[0], rtol=1e-12)
    # One batch of both: one program.
    both = tls.solve_spectrum(broken(0.1, 0.05, [0.0, 7.0], (HYDROGEN,)), 0.3, **QUICK)
    np.testing.assert_allclose(*both.order_parameter, rtol=1e-10)
    energy = np.linspace(0, 4, 9)
    np.testing.assert_allclose(*both.dos(energy), rtol=1e-10)
    # What the response to fields needs does change: epsilon~ by i Gamma g.
    fields = both.green(energy)
    shift = fields.epsilon_tilde[1] - fields.epsilon_tilde[0]
    np.testing.assert_allclose(shift, 7.0 * fields.g[0], rtol=1e-8)


@pytest.mark.slow
def test_gradients():
    """In the rates and in Tc0, first and second order, against differences."""

    def tc(x):
        host = tls.WeakCouplingHost(x[0])
        sample = tls.Superconductor((HYDROGEN,), host, tls.Scattering(0.1, x[1], x[2]))
        return tls.critical_temperature(sample)

    def gap(x):
        host = tls.WeakCouplingHost(x[0])
        sample = tls.Superconductor((HYDROGEN,), host, tls.Scattering(0.1, x[1], x[2]))
        return tls.order_parameter(sample, 0.3)

    x = np.array([1.1, 0.1, 0.2])
    for function in (tc, gap):
        gradient = jax.jit(jax.grad(function))
        many = jax.jit(jax.vmap(function))
        h = 1e-5 * np.eye(3)
        numeric = (many(x + h) - many(x - h)) / 2e-5
        np.testing.assert_allclose(gradient(x), numeric, rtol=1e-6)
        if function is gap:
            continue
        hessian = jax.jit(jax.hessian(function))(x)
        rows = [(gradient(x + e) - gradient(x - e)) / 2e-5 for e in h]
        np.testing.assert_allclose(hessian, rows, rtol=1e-5, atol=1e-7)
