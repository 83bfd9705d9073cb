"""Order parameter and self energies against references, an oracle and themselves."""

import draws
import jax
import numpy as np
import oracle
import pytest
import reference

import tlsjax as tls
from tlsjax.core.status import is_ok


@pytest.mark.parametrize("case", reference.MATSUBARA, ids=str)
def test_reference_gaps(case):
    kind, parameters, alpha = case
    ensemble = tls.TLSEnsemble(alpha, draws.CLASSES[kind](*parameters))
    for T, expected in zip(reference.TEMPERATURES, reference.MATSUBARA[case][1], strict=True):
        np.testing.assert_allclose(tls.order_parameter(ensemble, T), expected, rtol=1e-6)


def test_clean_host_is_bcs():
    zero = np.pi * np.exp(-np.euler_gamma)
    clean = tls.TLSEnsemble(0.0, tls.Lorentzian(1.0, 0.1))
    for T, expected in reference.BCS.items():
        np.testing.assert_allclose(tls.order_parameter(clean, T) / zero, expected, atol=1e-6)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("part", [0, *(pytest.param(k, marks=pytest.mark.slow) for k in (1, 2, 3))])
@pytest.mark.parametrize("kind", draws.kinds("glass"))
def test_dense_oracle(kind, part):
    """200 random draws in all: alpha <= 5, T from 0.05 to 1.2 Tc."""
    rng = np.random.default_rng([part, *kind.encode()])
    for _ in range(10):
        parameters = draws.parameters(kind, rng)
        ensemble = tls.TLSEnsemble(rng.uniform(0, 5), draws.CLASSES[kind](*parameters))
        Tc = float(tls.critical_temperature(ensemble))
        # Not so close to Tc that the oracle's own cutoff error moves Delta by 1e-6.
        T = rng.choice([rng.uniform(0.05, 0.98), rng.uniform(1.001, 1.2)], p=[0.85, 0.15]) * Tc
        state = tls.solve_matsubara(ensemble, T).check()
        # 1/E^2 tails converge more slowly with the oracle's cutoff.
        cutoff = 1500 if kind in ("delta", "glass") else 5000
        expected = oracle.gap(kind, parameters, ensemble.alpha, T, per_temperature=cutoff)
        delta = float(state.order_parameter)
        assert delta == pytest.approx(expected, rel=1e-6), (ensemble, T)
        # The oracle is good to some 1e-7 itself.
        assert abs(delta - expected) <= state.error + 5e-7 * expected, (ensemble, T)


@pytest.mark.parametrize("kind", draws.kinds("wipf-neumaier"))
def test_reported_error_is_honest(kind, rng):
    """The true error, against far finer axes, stays below the reported one."""
    ensembles = draws.batch(kind, rng, 60)
    T = 10 ** rng.uniform(np.log10(0.02), 0.2, 60)
    state = jax.vmap(tls.solve_matsubara)(ensembles, T)
    finer = jax.vmap(lambda e, T: tls.solve_matsubara(e, T, axis=draws.FINE))(ensembles, T)
    answered = np.asarray(is_ok(state.status) & is_ok(finer.status))
    # Tails of width 30 reach past the axis at the lowest temperatures, and say so.
    assert answered.mean() > 0.85
    true = np.abs(np.asarray(state.order_parameter - finer.order_parameter))
    # The finer axis is itself good to some 1e-10.
    dishonest = answered & (true > np.asarray(state.error) + 5e-10)
    assert not dishonest.any(), (true[dishonest], state.error[dishonest])
    # An honest error that says nothing would be easy.
    assert np.median(np.asarray(state.error)[answered]) < 1e-6


@pytest.mark.parametrize("kind", draws.kinds("delta", "lorentzian", "wipf-neumaier"))
def test_every_draw_converges(kind, rng):
    """alpha to 10, T from 0.005, widths from 1e-3: few steps, no NaN, tiny residual."""
    ensembles = draws.batch(kind, rng, 500)
    T = 10 ** rng.uniform(np.log10(0.005), 0.5, 500)
    state = jax.vmap(tls.solve_matsubara)(ensembles, T)
    answered = np.asarray(is_ok(state.status))
    # What is not answered lies past the axis (tails of width 30 at T near 0.005).
    assert (state.status[~answered] == tls.Status.OUT_OF_RANGE).all()
    assert answered.mean() > 0.9
    assert (state.order_parameter[answered] >= 0).all()
    assert np.isnan(state.order_parameter[~answered]).all()
    assert (state.residual < 1e-11).all()
    assert state.iterations.max() <= 12


@pytest.mark.parametrize("case", list(reference.MATSUBARA)[::2], ids=str)
def test_gap_closes_at_tc(case):
    kind, parameters, alpha = case
    ensemble = tls.TLSEnsemble(alpha, draws.CLASSES[kind](*parameters))
    Tc = float(tls.critical_temperature(ensemble))
    assert tls.order_parameter(ensemble, Tc * (1 + 1e-9)) == 0.0
    below = np.array([1e-6, 2e-6])
    squares = [float(tls.order_parameter(ensemble, Tc * (1 - x))) ** 2 for x in below]
    # Delta^2 is linear below Tc: extrapolate it to zero.
    slope = (squares[1] - squares[0]) / 1e-6
    assert abs(1e-6 - squares[0] / slope) < 1e-9


def test_normal_state_is_exact():
    state = tls.solve_matsubara(tls.TLSEnsemble(1.0, tls.Glass(3.0)), 1.3).check()
    assert state.status == tls.Status.NORMAL
    assert state.order_parameter == 0.0
    assert (state.delta_tilde == 0).all()
    # The normal self energy is a plain finite sum.
    lam = oracle.coupling("glass", (3.0,), 1.0, 1.3, 50)
    for n in range(5):
        expected = (2 * n + 1) * np.pi * 1.3 + np.pi * 1.3 * (lam[0] + 2 * lam[1 : n + 1].sum())
        np.testing.assert_allclose(state.epsilon_tilde[n], expected, rtol=1e-9)


@pytest.mark.parametrize("elastic_rate", [0.1, 10.0, 1e6])
def test_anderson(elastic_rate):
    """Elastic scattering rescales both self energies and nothing else."""
    splittings = tls.Lorentzian(J=1.0, sigma=0.1)
    clean = tls.solve_matsubara(tls.TLSEnsemble(1.0, splittings), 0.4).check()
    ensemble = tls.TLSEnsemble(1.0, splittings, elastic_rate)
    dirty = tls.solve_matsubara(ensemble, 0.4).check()
    assert abs(dirty.order_parameter - clean.order_parameter) < 1e-10
    assert abs(tls.critical_temperature(ensemble) - tls.critical_temperature(
        tls.TLSEnsemble(1.0, splittings))) < 1e-10  # fmt: skip
    ratio = dirty.epsilon_tilde / clean.epsilon_tilde
    np.testing.assert_allclose(dirty.delta_tilde / clean.delta_tilde, ratio, rtol=1e-12)
    # The full equations, elastic term written out: Sigma_el = pi rate (g, f).
    root = np.hypot(dirty.epsilon_tilde, dirty.delta_tilde)
    for field, pure in (("epsilon_tilde", clean), ("delta_tilde", clean)):
        with_elastic, without = getattr(dirty, field), getattr(pure, field)
        added = np.pi * elastic_rate * with_elastic / root
        np.testing.assert_allclose(with_elastic - added, without, rtol=1e-9, atol=1e-9)


def test_anderson_in_the_oracle():
    """The plain sums, iterated with the elastic term in them, agree too."""
    plain = oracle.gap("lorentzian", (1.0, 0.1), 1.0, 0.6, per_temperature=300)
    elastic = oracle.gap("lorentzian", (1.0, 0.1), 1.0, 0.6, 5.0, per_temperature=300)
    assert elastic == pytest.approx(plain, abs=1e-9)


def test_solution_passes_through_jit():
    sample = tls.TLSEnsemble(1.0, tls.Glass(3.0))
    state = jax.jit(tls.solve_matsubara)(sample, 0.5).check()
    np.testing.assert_allclose(state.order_parameter, tls.order_parameter(sample, 0.5), rtol=1e-13)
    assert "order_parameter=2.07646" in repr(state)
    induced = jax.jit(tls.solve_induced)(tls.DeltaFunction(0.3), 0.02).check()
    assert induced.order_parameter > 0


@pytest.mark.slow
@pytest.mark.parametrize("cls", [tls.Lorentzian, tls.WipfNeumaier])
def test_peak_at_zero_energy(cls):
    """J = 0 is the edge of the domain: continuous there, with finite derivatives."""
    at_zero, nearby = (tls.TLSEnsemble(1.0, cls(J, 0.5)) for J in (0.0, 1e-7))
    for function in (tls.critical_temperature, lambda e: tls.order_parameter(e, 0.3)):
        np.testing.assert_allclose(function(at_zero), function(nearby), rtol=1e-6)
        assert all(np.isfinite(leaf) for leaf in jax.tree.leaves(jax.grad(function)(at_zero)))


def test_modified_form_at_zero_energy():
    gap = [
        tls.order_parameter(tls.TLSEnsemble(1.0, tls.ModifiedWipfNeumaier(J, 0.5, 0.1)), 0.3)
        for J in (0.0, 1e-5)
    ]
    np.testing.assert_allclose(*gap, rtol=1e-6)


def test_step_limit_is_a_failure():
    state = tls.solve_matsubara(tls.TLSEnsemble(1.0, tls.Glass(3.0)), 0.3, max_steps=2)
    assert state.status == tls.Status.MAX_STEPS
    assert np.isnan(state.order_parameter)
    assert np.isnan(state.delta_tilde).all()
    with pytest.raises(tls.ConvergenceError, match="max_steps"):
        state.check()


def test_failed_lanes_have_no_gradient():
    """A slope of zero would be an answer; there is none."""

    def gap(T):
        return tls.order_parameter(tls.TLSEnsemble(1.0, tls.Glass(3.0)), T)

    slopes = jax.vmap(jax.grad(gap))(np.array([0.5, 1e-5, 3.0]))
    assert np.isfinite(slopes[0])
    assert np.isnan(slopes[1])
    assert slopes[2] == 0.0


def test_ground_state_with_a_branch_point():
    """N_ge = 1 makes the Wipf-Neumaier integrand singular at epsilon = i J."""
    for J in (1e-3, 0.1):
        sample = tls.TLSEnsemble(1.0, tls.WipfNeumaier(J, 0.5))
        default, fine = (
            tls.solve_matsubara(sample, 0.3, population=tls.Oscillator(), axis=axis).check()
            for axis in (None, draws.FINE)
        )
        assert abs(default.order_parameter - fine.order_parameter) < default.error
        np.testing.assert_allclose(default.epsilon_tilde[0], fine.epsilon_tilde[0], rtol=1e-6)


def test_infinite_static_coupling_is_not_a_number_in_disguise():
    sample = tls.TLSEnsemble(1.0, tls.Glass(3.0))
    state = tls.solve_matsubara(sample, 0.3, population=tls.Oscillator()).check()
    assert np.isinf(state.epsilon_tilde).all()
    assert np.isfinite(state.order_parameter)
    assert np.isfinite(state.gap_function).all()
    thermal = tls.solve_matsubara(sample, 0.3).check()
    ratio = thermal.delta_tilde / thermal.epsilon_tilde * thermal.epsilon_n
    np.testing.assert_allclose(thermal.gap_function, ratio, rtol=1e-11)


def test_wipf_neumaier_fields_are_continuous_at_zero_energy():
    first, second = (
        tls.solve_matsubara(tls.TLSEnsemble(1.0, tls.WipfNeumaier(J, 0.5)), 0.3).epsilon_tilde
        for J in (0.0, 1e-7)
    )
    np.testing.assert_allclose(first, second, rtol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "parameters", "alpha"),
    [("lorentzian", (0.01, 20.0), 10.0), ("modified-wipf-neumaier", (0.01, 5.0, 1e-3), 5.0)],
)
def test_tails_far_wider_than_everything_else(kind, parameters, alpha):
    sample = tls.TLSEnsemble(alpha, draws.CLASSES[kind](*parameters))
    state = tls.solve_matsubara(sample, 0.05).check()
    expected = oracle.gap(kind, parameters, alpha, 0.05, per_temperature=3000)
    # The oracle itself is good to some 5e-6 with such tails.
    assert float(state.order_parameter) == pytest.approx(expected, abs=2e-5)


def test_bad_lanes_stay_alone():
    """Under vmap invalid lanes are NaN and say so; their neighbours are untouched."""
    alpha = np.array([1.0, -1.0, np.nan, 1.0, 1.0])
    T = np.array([0.5, 0.5, 0.5, 0.0, np.nan])

    def solve(alpha, T):
        return tls.solve_matsubara(tls.TLSEnsemble(alpha, tls.Glass(3.0)), T)

    state = jax.vmap(solve)(alpha, T)
    invalid = int(tls.Status.INVALID)
    assert state.status.tolist() == [0, invalid, invalid, invalid, invalid]
    assert np.isnan(state.order_parameter[1:]).all()
    alone = tls.order_parameter(tls.TLSEnsemble(1.0, tls.Glass(3.0)), 0.5)
    np.testing.assert_allclose(state.order_parameter[0], alone, rtol=1e-13)


def test_ground_state_population_raises_the_gap():
    ensemble = tls.TLSEnsemble(1.0, tls.Glass(3.0))
    thermal = tls.solve_matsubara(ensemble, 0.8).check()
    ground = tls.solve_matsubara(ensemble, 0.8, population=tls.Oscillator()).check()
    assert ground.order_parameter > thermal.order_parameter


@pytest.mark.slow
def test_a_stretched_gap_beside_strong_pair_breaking():
    """From a gap of weak coupling Newton's method ended at none, its steps small by themselves."""
    sample = tls.Superconductor(
        (), tls.WeakCouplingHost(1.0, gap_ratio=4.2), tls.Scattering(magnetic=0.25, dynes=0.125)
    )
    found = tls.solve_matsubara(sample, 0.25)
    assert float(found.order_parameter) > 1.0
    assert float(found.residual) < 1e-10
