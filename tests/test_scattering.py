"""Matrix elements, rates, elastic channels; the pseudo-fermion sums and averages."""

import itertools

import numpy as np
import pytest

import tlsjax as tls
from tlsjax.core.constants import MEV_PER_KELVIN
from tlsjax.core.units import convert
from tlsjax.microscopic import pseudofermions as pf

WELL = tls.DoubleWell(tls.MASS_H, barrier=150.0, distance=1.17)


def test_localised_atom():
    """Deep wells: <g|exp(-iqX)|e> is sin(q d/2) and <g|exp(-iqX)|g> cos(q d/2), nearly, where
    d is the distance of the two localised states."""
    levels = tls.solve_well(tls.DoubleWell(1.0, barrier=2000.0, distance=1.0), basis=256)
    g, e = np.asarray(levels.wave_functions[:2])
    d = 2 * abs(np.sum(g * np.asarray(levels.X) * e)) * float(levels.X[1] - levels.X[0])
    assert 0.9 < d < 1.0
    k = 0.4
    found = tls.matrix_elements(levels, 2.0, k)
    q = 2 * k * np.sqrt((np.arange(1000) + 0.5) / 1000)[:, None]
    along = q * (np.arange(-500, 500) + 0.5) / 500
    assert float(found.nn) == pytest.approx(4 * np.mean(np.sin(along * d / 2) ** 2), rel=5e-3)
    assert float(found.vv) == pytest.approx(4 * np.mean(np.cos(along * d / 2) ** 2), rel=5e-3)
    assert float(found.mm) < 1e-3 * float(found.nn)


def test_average_by_plain_sums():
    """The same by a loop over directions of the electron, before and after, and of the well."""
    levels = tls.solve_well(WELL)
    potential = lambda q: 100.0 / (1 + q**2)  # noqa: E731
    found = tls.matrix_elements(levels, potential, 1.2)
    rng = np.random.default_rng(0)
    k, after = rng.normal(size=(2, 20_000, 3))
    k, after = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (k, after))
    q = 1.2 * (k - after)
    X, step = np.asarray(levels.X), float(levels.X[1] - levels.X[0])
    g, e = np.asarray(levels.wave_functions[:2])
    phase = np.exp(-1j * q[:, :1] * X)
    strength = potential(np.linalg.norm(q, axis=1))
    n = strength * (phase @ (g * e)) * step
    v = strength * (phase @ (g * g + e * e)) * step / 2
    for exact, sample in ((found.nn, np.abs(n) ** 2), (found.vv, np.abs(v) ** 2)):
        error = sample.std() / np.sqrt(sample.size)
        assert abs(float(exact) - sample.mean()) < 4 * error


def test_alpha_is_the_golden_rule():
    metal = tls.Metal("made up", 10.0, 5.0, 0.5, 20.0, 1.0)
    elements = tls.matrix_elements(tls.solve_well(WELL), 5000.0, metal.k_fermi)
    rates = tls.scattering_rates(elements, metal, 0.01)
    density = 0.01 / 20.0 * metal.density_of_states
    assert float(rates.alpha) == pytest.approx(
        density * float(elements.nn) / (MEV_PER_KELVIN * 10.0), rel=1e-12
    )
    hbar = 0.6582119569
    assert float(hbar / (2 * np.pi * rates.tau_in)) == pytest.approx(
        float(rates.alpha) * MEV_PER_KELVIN * 10.0, rel=1e-12
    )
    twice = tls.scattering_rates(elements, metal, 0.02)
    assert float(twice.alpha) == pytest.approx(2 * float(rates.alpha), rel=1e-12)


def test_presets():
    # McMillan (1968) has 0.91 and 0.208 states for one spin, eV and atom.
    for metal, states in ((tls.NIOBIUM, 0.91), (tls.ALUMINIUM, 0.208)):
        found = 1000 * metal.density_of_states * metal.atomic_volume
        assert found == pytest.approx(states, rel=0.01)
    # Free electrons: Ashcroft and Mermin's table has 1.75 for aluminium.
    assert tls.ALUMINIUM.k_fermi == pytest.approx(1.75, abs=0.005)


def test_elastic_channels_and_their_populations():
    tilted = tls.solve_well(tls.DoubleWell(tls.MASS_H, 150.0, 1.17, asymmetry=3.0))
    elements = tls.matrix_elements(tilted, 1.0, 1.2)
    for polarization in (-1.0, -0.3, 0.0, 0.6):
        channels = tls.elastic_channels(elements, polarization)
        assert float(channels["mm"] + channels["fluctuation"]) == pytest.approx(float(elements.mm))
        v_and_m = elements.vv + 2 * polarization * elements.vm + elements.mm
        assert float(sum(channels.values())) == pytest.approx(float(v_and_m))
    # <|v + m sigma_z|^2> of either level is a mean square.
    assert abs(float(elements.vm)) <= np.sqrt(float(elements.vv * elements.mm))


@pytest.mark.slow
@pytest.mark.parametrize(
    "splittings",
    [tls.Glass(3.0), tls.BroadenedWipfNeumaier(1.0, 0.1, 0.05)],
    ids=lambda s: type(s).__name__,
)
def test_anderson(splittings):
    """Elastic scattering of any strength changes neither Tc, nor Delta, nor the gap function."""
    levels = tls.solve_well(tls.DoubleWell(tls.MASS_H, 150.0, 1.17, asymmetry=1.0))
    elements = tls.matrix_elements(levels, 8000.0, tls.NIOBIUM.k_fermi)
    rates = tls.scattering_rates(elements, tls.NIOBIUM, 0.01, splitting=1.5, T=4.0)
    clean = tls.TLSEnsemble(rates.alpha, splittings)
    dirty = tls.TLSEnsemble(rates.alpha, splittings, elastic_rate=rates.elastic_rate)
    assert rates.elastic_rate > 0.1
    difference = tls.critical_temperature(dirty) / tls.critical_temperature(clean) - 1
    assert abs(float(difference)) < 1e-10
    one, other = (tls.solve_matsubara(sample, 0.4).check() for sample in (clean, dirty))
    assert abs(float(other.order_parameter / one.order_parameter) - 1) < 1e-10
    np.testing.assert_allclose(other.gap_function, one.gap_function, rtol=1e-10)
    assert other.renormalization[0] > one.renormalization[0] + 0.1


POINTS = list(itertools.product((0.03, 0.2, 1.0, 5.0), (0.05, 0.5, 2.0, 8.0)))


@pytest.mark.parametrize(("T", "E"), POINTS)
def test_popov_fedotov(T, E):
    """Unconstrained averages are those of a two-level system; so are the loops (Eqs. 30-32)."""
    ground, excited = pf.occupations(E, T)
    low, high = pf.level_energies(E)
    for matrix, exact in (
        (np.diag([-1.0, 1.0]), excited - ground),
        ([[0, 1], [1, 0]], 0.0),
    ):
        assert abs(pf.fock_average(pf.fock_operator(matrix), E, T) - exact) < 1e-12
    assert abs(pf.fock_average(np.eye(4), E, T) - 1) < 1e-12
    # One level alone carries the doubly occupied state's -i/Z besides (Eq. 31), as does the loop.
    Z = 2 * np.cosh(E / (2 * T))
    for epsilon, population, place in ((low, ground, (1, 0)), (high, excited, (0, 1))):
        single = pf.fock_average(pf.fock_operator(np.diag(place)), E, T)
        assert abs(single - (population - 1j / Z)) < 1e-12
        assert abs(pf.loop(epsilon, T) - single) < 1e-12
    assert abs(pf.loop(high, T) - pf.loop(low, T) - (excited - ground)) < 1e-12
    assert abs(ground - excited - np.tanh(E / (2 * T))) < 1e-12
    # Without the chemical potential the unphysical states count.
    assert pf.fermi(high, T) > 1.002 * excited


@pytest.mark.parametrize(("T", "E"), POINTS)
def test_sums_over_pseudofermion_frequencies(T, E):
    static = pf.boson_closed(0.0, E, T)
    for m in (0, 1, 2, 5):
        omega = 2 * np.pi * T * m
        assert abs(pf.boson_sum(omega, E, T) - pf.boson_closed(omega, E, T)) < 1e-10 * static
    for xi in (-1.0, 0.0, 0.4):
        for n in (0, 3):
            epsilon_n = (2 * n + 1) * np.pi * T
            exact = pf.self_energy_closed(epsilon_n, xi, E, T)
            assert abs(pf.self_energy_sum(epsilon_n, xi, E, T) - exact) < 1e-12 * abs(exact) + 1e-14


def test_the_solvers_use_these_closed_forms():
    """In the normal state epsilon~_0 = epsilon_0 + pi T lambda(0): the static boson propagator."""
    T, E = 2.0, 1.3
    state = tls.solve_matsubara(tls.TLSEnsemble(1.0, tls.DeltaFunction(E)), T)
    assert state.status == tls.Status.NORMAL
    expected = np.pi * T * (1 + pf.boson_sum(0.0, E, T).real)
    assert float(state.at(0)[1][0]) == pytest.approx(expected, rel=1e-9)


def test_units():
    assert convert(1.0, "meV", "K") == pytest.approx(1 / MEV_PER_KELVIN)
    assert convert(convert(3.0, "GHz", "K"), "K", "GHz") == pytest.approx(3.0)
    with pytest.raises(ValueError, match="`unit` must be one of meV, K, GHz, THz"):
        convert(1.0, "J", "K")
