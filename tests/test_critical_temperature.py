"""Tc: references, first-order theory, the whole parameter range."""

import draws
import jax
import numpy as np
import oracle
import pytest
import reference

import tlsjax as tls


@pytest.mark.parametrize("case", reference.MATSUBARA, ids=str)
def test_reference_tc(case):
    kind, parameters, alpha = case
    ensemble = tls.TLSEnsemble(alpha, draws.CLASSES[kind](*parameters))
    np.testing.assert_allclose(
        tls.critical_temperature(ensemble), reference.MATSUBARA[case][0], rtol=5e-8
    )


def test_printed_lorentzian():
    printed = tls.Lorentzian(J=1.0, sigma=0.1, normalized=False)
    Tc = tls.critical_temperature(tls.TLSEnsemble(1.0, printed))
    np.testing.assert_allclose(Tc, 1.0907911, atol=6e-8)


def test_no_impurities():
    transition = tls.solve_critical_temperature(tls.TLSEnsemble(0.0, tls.Glass(3.0))).check()
    np.testing.assert_allclose(transition.temperature, 1.0, atol=1e-15)


@pytest.mark.parametrize("kind", draws.kinds("delta"))
def test_every_draw_converges_honestly(kind, rng):
    ensembles = draws.batch(kind, rng, 300)
    transition = jax.vmap(tls.solve_critical_temperature)(ensembles)
    assert (transition.status == tls.Status.CONVERGED).all()
    assert (transition.temperature >= 1).all()
    assert transition.iterations.max() <= 20
    finer = jax.vmap(lambda e: tls.solve_critical_temperature(e, axis=draws.FINE))(ensembles)
    true = np.abs(transition.temperature - finer.temperature)
    assert np.median(true) < 1e-9
    assert not (true > transition.error).any()


@pytest.mark.parametrize("kind", draws.kinds("delta", "glass", "modified-wipf-neumaier"))
def test_dense_linear_problem(kind):
    """(1 - K) delta = 1 with plain matrices, cutoff extrapolated: zero at our Tc."""
    parameters = {
        "delta": (2.5,),
        "glass": (3.0,),
        "lorentzian": (1.0, 0.1),
        "wipf-neumaier": (0.2, 0.3),
        "modified-wipf-neumaier": (0.1, 0.1, 0.01),
    }[kind]
    ensemble = tls.TLSEnsemble(1.0, draws.CLASSES[kind](*parameters))
    T = float(tls.critical_temperature(ensemble))

    def mismatch(N):
        lam = oracle.coupling(kind, parameters, 1.0, T, 2 * N)
        n = np.arange(N)
        epsilon = (2 * n + 1) * np.pi * T
        tilde = epsilon + np.pi * T * (lam[0] + 2 * np.append(0, np.cumsum(lam[1:N])))
        kernel = lam[np.abs(n[:, None] - n)] + lam[n[:, None] + n + 1]
        delta = np.linalg.solve(np.eye(N) - np.pi * T * kernel / tilde, np.ones(N))
        return np.log(T) - 2 * np.pi * T * np.sum(delta / tilde - 1 / epsilon)

    coarse, fine = mismatch(800), mismatch(1600)
    assert abs((4 * fine - coarse) / 3) < 2e-7


@pytest.mark.parametrize("kind", draws.kinds("glass"))
def test_brandt(kind):
    """First order in alpha, by the double sum as printed, against slope and gradient."""
    parameters = {
        "delta": (2.5,),
        "glass": (3.0,),
        "lorentzian": (1.0, 0.1),
        "wipf-neumaier": (0.2, 0.3),
        "modified-wipf-neumaier": (0.1, 0.12, 0.01),
    }[kind]
    splittings = draws.CLASSES[kind](*parameters)
    slope = tls.brandt_slope(splittings)
    gradient = jax.grad(tls.critical_temperature)(tls.TLSEnsemble(0.0, splittings))
    np.testing.assert_allclose(gradient.alpha, slope, rtol=1e-9)

    def double_sum(N):
        lam = oracle.coupling(kind, parameters, 1.0, 1.0, 2 * N)
        n = np.arange(-N, N)
        epsilon = (2 * n + 1) * np.pi
        lam_nn = lam[np.abs(n[:, None] - n)]
        bracket = 1 / np.abs(epsilon) - np.sign(epsilon[:, None] * epsilon) / np.abs(
            epsilon[:, None]
        )
        return np.pi**2 * np.sum(lam_nn * bracket / np.abs(epsilon[:, None]))

    coarse, fine = double_sum(1000), double_sum(2000)
    assert (4 * fine - coarse) / 3 == pytest.approx(float(slope), rel=2e-5)


def test_splittings_past_the_axis_are_flagged():
    far = tls.DeltaFunction(1e7)
    transition = tls.solve_critical_temperature(tls.TLSEnsemble(1.0, far))
    assert transition.status == tls.Status.OUT_OF_RANGE
    assert np.isnan(transition.temperature)
    with pytest.raises(tls.ConvergenceError, match="frequency axis"):
        tls.brandt_slope(far)


def test_finite_difference_of_tc_at_zero_alpha():
    splittings = tls.Glass(3.0)
    # Large against the rounding of Tc, 3e-14, small against the curvature.
    h = 6e-5
    forward = tls.critical_temperature(tls.TLSEnsemble(h, splittings))
    further = tls.critical_temperature(tls.TLSEnsemble(2 * h, splittings))
    slope = (4 * forward - further - 3) / (2 * h)
    np.testing.assert_allclose(slope, tls.brandt_slope(splittings), rtol=1e-8)
