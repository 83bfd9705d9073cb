"""The compact Matsubara axis: how accurate, how small, how independent of T."""

import draws
import numpy as np
import pytest

import tlsjax as tls
from tlsjax.matsubara.axis import coarser, compact_axis, evaluated_at


def test_default_axis_is_small():
    axis = compact_axis()
    assert axis.n.size < 45
    assert axis.tau.size < 65
    assert (axis.n[:5] == np.arange(5)).all()


@pytest.mark.parametrize("T", [0.005, 0.02, 0.1, 0.5, 0.9])
@pytest.mark.parametrize("alpha", [0.0, 1.0, 10.0])
def test_gap_agrees_with_a_finer_axis(T, alpha):
    ensemble = tls.TLSEnsemble(alpha, tls.DeltaFunction(E0=2.5))
    delta = tls.order_parameter(ensemble, T)
    finer = tls.order_parameter(ensemble, T, axis=draws.FINE)
    # The error grows as structure at Delta and E0 moves towards the axis's far end.
    tolerance = 3e-9 if T > 0.1 else 2e-7
    np.testing.assert_allclose(delta, finer, rtol=tolerance)


@pytest.mark.parametrize("T", [0.01, 0.3, 1.0])
def test_resolved_energies_are_resolved(T):
    """At the largest energy the axis claims, Delta is good to 1e-5 (alpha = 1)."""
    E0 = 0.99 * compact_axis().resolved * np.pi * T
    ensemble = tls.TLSEnsemble(1.0, tls.DeltaFunction(E0))
    state = tls.solve_matsubara(ensemble, T).check()
    np.testing.assert_allclose(
        state.order_parameter, tls.order_parameter(ensemble, T, axis=draws.FINE), rtol=1e-5
    )


def test_energies_beyond_are_flagged():
    E0 = 1.01 * compact_axis().resolved * np.pi * 0.01
    state = tls.solve_matsubara(tls.TLSEnsemble(1.0, tls.DeltaFunction(E0)), 0.01)
    assert state.status == tls.Status.OUT_OF_RANGE
    assert np.isnan(state.order_parameter)
    with pytest.raises(tls.ConvergenceError, match="frequency axis"):
        state.check()
    larger = tls.compact_axis(reach=1e7)
    tls.solve_matsubara(state.superconductor, 0.01, axis=larger).check()


def test_temperatures_below_the_axis_are_flagged():
    assert tls.solve_matsubara(tls.TLSEnsemble(0.0, tls.Glass(3)), 1e-3).status == 0
    low = tls.solve_matsubara(tls.TLSEnsemble(0.0, tls.Glass(3)), 1e-5)
    assert low.status == tls.Status.OUT_OF_RANGE


def test_bcs_gap_sum_runs_to_infinity():
    """No impurities: the gap equation is one sum with a known limit at T = 0."""
    delta = tls.order_parameter(tls.TLSEnsemble(0.0, tls.Glass(3)), 0.005)
    np.testing.assert_allclose(delta, np.pi * np.exp(-np.euler_gamma), rtol=2e-9)


def test_coarser_axis_is_nested():
    axis = compact_axis()
    coarse, rows = coarser(axis)
    assert (axis.n[rows] == coarse.n).all()
    assert coarse.n.size < axis.n.size


def test_fields_at_any_frequency():
    """Sums at frequencies that were not sampled obey the same equations: compare with
    an axis on which they are."""
    ensemble = tls.TLSEnsemble(1.0, tls.Lorentzian(1.0, 0.1), elastic_rate=2.0)
    state = tls.solve_matsubara(ensemble, 0.1).check()
    other = tls.solve_matsubara(ensemble, 0.1, axis=draws.FINE).check()
    n = draws.FINE.n[draws.FINE.n < 10_000]
    assert not set(n.tolist()) <= set(state.axis.n.tolist())
    _, epsilon, delta = state.at(n)
    np.testing.assert_allclose(epsilon, other.epsilon_tilde[: n.size], rtol=3e-8)
    np.testing.assert_allclose(delta, other.delta_tilde[: n.size], rtol=3e-8)
    _, own, _ = state.at(state.axis.n)
    np.testing.assert_allclose(own, state.epsilon_tilde, rtol=1e-12)
    with pytest.raises(ValueError, match="`n` must be integers"):
        state.at(-1)


def test_evaluated_at_reproduces_own_rows():
    axis = compact_axis()
    again = evaluated_at(axis, axis.n)
    np.testing.assert_allclose(again.even_from_tau, axis.even_from_tau, atol=1e-12)


@pytest.mark.parametrize(
    "arguments",
    [
        {"reach": -1},
        {"reach": 10},
        {"tolerance": 0.1},
        {"tolerance": 0.0},
        {"order": 2},
        {"far": 1},
    ],
    ids=str,
)
def test_bad_axes(arguments):
    with pytest.raises(ValueError, match=f"`{next(iter(arguments))}` must be"):
        compact_axis(**arguments)


def test_no_axis():
    with pytest.raises(ValueError, match="`axis` must be made by"):
        tls.critical_temperature(tls.TLSEnsemble(1.0, tls.Glass(3.0)), axis=5)
