"""Superconductivity from the impurities alone, and Eliashberg theory as its limit."""

import draws
import jax
import numpy as np
import pytest
import reference

import tlsjax as tls


@pytest.mark.parametrize("E", reference.INDUCED)
def test_reference(E):
    Tc, weak = reference.INDUCED[E]
    # Seven digits are printed at E = 1, ten elsewhere.
    rounding = 0.5e-7 if E == 1.0 else 0.0
    np.testing.assert_allclose(
        tls.induced_critical_temperature(tls.DeltaFunction(E)), Tc, rtol=1e-6, atol=rounding
    )
    np.testing.assert_allclose(tls.weak_coupling_critical_temperature(E), weak, rtol=1e-9)


def einstein_tc(lam):
    """Tc/Omega of one Einstein boson: lambda = 1/(pi E0) in units hbar/tau_in."""
    E0 = 1 / (np.pi * lam)
    return tls.induced_critical_temperature(tls.DeltaFunction(E0), tls.Oscillator()) / E0


@pytest.mark.parametrize("lam", reference.EINSTEIN_TC)
def test_eliashberg_tc(lam):
    np.testing.assert_allclose(einstein_tc(lam), reference.EINSTEIN_TC[lam], rtol=1e-9)


@pytest.mark.parametrize("lam", reference.EINSTEIN_SLOPE)
def test_eliashberg_slope(lam):
    expected = reference.EINSTEIN_SLOPE[lam]
    np.testing.assert_allclose(jax.grad(einstein_tc)(float(lam)), expected, rtol=1e-6)
    np.testing.assert_allclose(jax.jacfwd(einstein_tc)(float(lam)), expected, rtol=1e-6)


@pytest.mark.parametrize("t", reference.EINSTEIN_GAP)
def test_eliashberg_gap(t):
    E0 = 1 / np.pi
    splittings = tls.DeltaFunction(E0)
    T = t * tls.induced_critical_temperature(splittings, tls.Oscillator())
    state = tls.solve_induced(splittings, T, tls.Oscillator()).check()
    gap, Z = reference.EINSTEIN_GAP[t]
    np.testing.assert_allclose(state.order_parameter / E0, gap, rtol=1e-8)
    np.testing.assert_allclose(state.gap_function[0] / E0, gap, rtol=1e-8)
    np.testing.assert_allclose(state.renormalization[0], Z, rtol=1e-8)


@pytest.mark.parametrize(
    "splittings",
    [
        tls.DeltaFunction(0.3),
        pytest.param(tls.Lorentzian(0.3, 0.05), marks=pytest.mark.slow),
        pytest.param(tls.Glass(1.0), marks=pytest.mark.slow),
        pytest.param(tls.WipfNeumaier(0.2, 0.1), marks=pytest.mark.slow),
    ],
    ids=lambda s: type(s).__name__,
)
def test_gap_closes_at_the_induced_tc(splittings):
    transition = tls.solve_induced_critical_temperature(splittings).check()
    Tc = float(transition.temperature)
    assert transition.error < 1e-8 * Tc
    above = tls.solve_induced(splittings, Tc * (1 + 1e-8)).check()
    assert above.status == tls.Status.NORMAL
    assert above.order_parameter == 0
    below = np.array([1e-6, 2e-6])
    squares = [
        float(tls.solve_induced(splittings, Tc * (1 - x)).check().order_parameter) ** 2
        for x in below
    ]
    slope = (squares[1] - squares[0]) / 1e-6
    assert abs(1e-6 - squares[0] / slope) < 2e-9


@pytest.mark.slow
@pytest.mark.parametrize("population", [tls.Thermal(), tls.Oscillator()], ids=str)
@pytest.mark.parametrize("kind", draws.CLASSES)
def test_every_draw_converges(kind, population, rng):
    """Splittings from 0.01 to 1 and T from 0.02 to 1.5 Tc, and the same on finer axes."""
    splittings = draws.CLASSES[kind](*draws.parameters(kind, rng, 40, largest=0.5))
    transition = jax.vmap(tls.solve_induced_critical_temperature, in_axes=(0, None))(
        splittings, population
    )
    assert (transition.status == tls.Status.CONVERGED).all()
    t = rng.uniform(0.02, 1.5, 40)
    for axis in (tls.compact_axis(), draws.FINE):

        def solve(splittings, T, axis=axis):
            state = tls.solve_induced(splittings, T, population, axis=axis)
            return state.order_parameter, state.status, state.error

        gap, status, error = jax.jit(jax.vmap(solve))(splittings, t * transition.temperature)
        assert (status == np.where(t < 1, 0, 1)).all()
        if axis is tls.compact_axis():
            default, bound = gap, error
    assert (np.abs(default - gap) <= np.asarray(bound) + 1e-10).all()


def test_peak_of_figure_7():
    E = np.linspace(0.2, 0.5, 31)
    Tc = jax.vmap(lambda E: tls.induced_critical_temperature(tls.DeltaFunction(E)))(E)
    assert 0.27 <= E[np.argmax(Tc)] <= 0.30
    assert np.max(Tc) == pytest.approx(0.0367, abs=1e-4)
    weak = jax.vmap(tls.weak_coupling_critical_temperature)(E)
    assert E[np.argmax(weak)] == pytest.approx(0.39, abs=0.02)
    assert np.max(weak) == pytest.approx(0.118, abs=1e-3)


@pytest.mark.parametrize(
    "population",
    [tls.Thermal(), pytest.param(tls.Oscillator(), marks=pytest.mark.slow)],
    ids=str,
)
def test_peak_at_zero_energy(population):
    for cls in (tls.Lorentzian, tls.WipfNeumaier):
        at_zero, nearby = (
            tls.induced_critical_temperature(cls(J, 0.3), population) for J in (0.0, 1e-8)
        )
        np.testing.assert_allclose(at_zero, nearby, rtol=1e-6)


def test_weak_coupling_underflow_is_a_failure():
    for population in (tls.Thermal(), tls.Oscillator()):
        assert tls.weak_coupling_critical_temperature(100.0, population) > 0
        with pytest.raises(tls.ConvergenceError, match="no transition in the searched range"):
            tls.weak_coupling_critical_temperature(300.0, population)


def test_exponentially_small_tc_is_not_found():
    transition = tls.solve_induced_critical_temperature(tls.DeltaFunction(5.0))
    assert transition.status == tls.Status.NOT_FOUND
    with pytest.raises(tls.ConvergenceError, match="no transition"):
        tls.induced_critical_temperature(tls.DeltaFunction(5.0))


def test_driven_populations_are_refused():
    with pytest.raises(ValueError, match="population"):
        tls.induced_critical_temperature(tls.Glass(1.0), tls.EffectiveTemperature(1.0))


def test_vujicic_formula():
    """By hand: L = 0.3, lambda_eff = 0.3 + 0.3/(1 - 0.3 ln 3)."""
    Tc = tls.vujicic_critical_temperature(10.0, 0.3, 0.4, 0.1, 30.0)
    lambda_eff = 0.3 + 0.3 / (1 - 0.3 * np.log(3))
    assert Tc == pytest.approx(11.4 * np.exp(-1 / lambda_eff))
    with pytest.raises(ValueError, match="lambda_eff"):
        tls.vujicic_critical_temperature(1.0, 0.1, -0.4, 0.1, 300.0)
    # The phonons alone pair above omega_tls: the formula has passed its pole.
    with pytest.raises(ValueError, match="lambda_ph"):
        tls.vujicic_critical_temperature(1.0, 2.0, 0.5, 0.0, np.exp(3.0))
