"""Where fits of sweeps begin, and what they must not be worse than."""

from functools import partial

import numpy as np
import pytest
from scipy import integrate

import tlsjax as tls
from tlsjax.core.constants import MEV_PER_KELVIN
from tlsjax.fitting.least_squares import Memory, Minimum, minimise
from tlsjax.fitting.parameters import arrange
from tlsjax.fitting.problem import Problem
from tlsjax.fitting.quick import quick_start
from tlsjax.fitting.templates import as_template

BIAS = np.linspace(-1.0, 1.0, 161)
GAP, WIDTH, G_N, V0, SLOPE = 0.18, 0.05, 2.0, 0.03, 0.06


def smeared(V, T):
    """BCS density of states through temperature and a Gaussian, by quadrature over ``E``."""
    kT = MEV_PER_KELVIN * T

    def thermal(x):
        return 1 / (4 * kT * np.cosh(np.clip(x / (2 * kT), -300, 300)) ** 2)

    def kernel(x):
        if T == 0:
            return np.exp(-((x / WIDTH) ** 2) / 2) / (WIDTH * np.sqrt(2 * np.pi))
        y = np.linspace(-8, 8, 401)
        gauss = np.exp(-(y**2) / 2) / np.sqrt(2 * np.pi)
        return np.sum(gauss * thermal(x - WIDTH * y)) * (y[1] - y[0])

    def integrand(t):
        # N(E) dE = Delta cosh(t) dt with E = Delta cosh(t).
        E = GAP * np.cosh(t)
        return E * (kernel(V - E) + kernel(V + E))

    reach = np.arccosh((abs(V) + 10 * WIDTH + 40 * kT) / GAP)
    return integrate.quad(integrand, 0.0, reach, limit=200, epsabs=1e-8)[0]


def sweep(kind="didv", T=0.3, noise=0.01, seed=1):
    """Noisy data of a BCS superconductor with a width, and its exact values."""
    shape = np.array([smeared(V - V0, 0.0 if kind == "dos" else T) for V in BIAS])
    exact = G_N * (1 + (SLOPE * BIAS if kind == "didv" else 0.0)) * shape
    y = exact + noise * np.random.default_rng(seed).normal(size=BIAS.size)
    return tls.TunnellingData(BIAS, y, T=T, error=noise, kind=kind)


@pytest.mark.parametrize(("kind", "T"), [("didv", 0.3), ("didv", 0.04), ("dos", 1.0)])
def test_a_quick_fit_finds_what_there_is(kind, T):
    found = quick_start(sweep(kind, T))
    assert found.chi2 == pytest.approx(BIAS.size, rel=0.35)
    assert found.order_parameter == pytest.approx(GAP, abs=0.002)
    assert found.broadening == pytest.approx(WIDTH, abs=0.002)
    assert pytest.approx(G_N, abs=0.01) == found.G_N
    assert pytest.approx(V0, abs=0.002) == found.V0
    assert found.slope == pytest.approx(SLOPE if kind == "didv" else 0.0, abs=0.01)


def test_a_width_starts_where_it_can_move():
    """At zero its slope vanishes: no descent leaves it."""
    choices = {"fixed": {}, "bounds": {}, "start": {}, "tie": {}, "separate": ()}
    template = as_template(tls.Glass(0.2))
    for free in ((), ("broadening",)):
        parameters, _ = arrange([sweep()], template, free=free, **choices)
        table = {p.name: p.value for p in parameters}
        assert table["broadening"] == (pytest.approx(WIDTH, abs=0.002) if free else 0.0)
        assert table["V0"] == pytest.approx(V0, abs=0.002)


def test_worse_than_a_width_is_not_converged():
    """Whatever the optimiser said."""
    data = sweep()
    choices = {"fixed": {"alpha": 0.0, "Ec": 0.2}, "bounds": {}, "start": {}, "tie": {}}
    template = as_template(tls.Glass(0.2))
    arranged = arrange([data], template, free=(), separate=(), **choices)
    problem = Problem((data,), template, *arranged)
    for size, finished in ((0.85, True), (1.5, False)):
        residuals = np.full(BIAS.size, size)
        minimum = Minimum(problem.x, residuals, None, residuals @ residuals / 2, 9, True, "ftol")
        beside = problem.beside_a_quick_fit(minimum, "linear")
        assert beside.finished == finished
        assert ("free the broadening" in beside.message) != finished
        # Outliers that a robust loss leaves alone are no failure.
        assert problem.beside_a_quick_fit(minimum, "huber").finished


def series_of(signals, temperatures):
    return [
        tls.TunnellingData(BIAS, y, T=T, error=0.01, label=f"{i}")
        for i, (y, T) in enumerate(zip(signals, temperatures, strict=True))
    ]


# One width of one junction, which is where it should be.
OF_ONE_JUNCTION = {
    "free": ("broadening",), "share": ("broadening",), "fixed": {"V0": V0, "slope": SLOPE},
    "starts": 1, "rivals": False,
}  # fmt: skip


def test_a_series_is_no_worse_than_sweeps_that_each_follow_their_noise(rng):
    """Six quick fits have 30 numbers and this one 8: it was not finished, at its minimum."""
    exact = sweep(noise=1e-9).y
    data = series_of([exact + 0.01 * rng.standard_normal(BIAS.size) for _ in range(6)], [0.3] * 6)
    clean = tls.Superconductor(host=tls.WeakCouplingHost(1.2 * MEV_PER_KELVIN))
    result = tls.fit(data, clean, **OF_ONE_JUNCTION)
    assert result.finished
    assert result.chi2 > 12 + sum(quick_start(d).chi2 for d in data)
    assert result["broadening"] == pytest.approx(
        WIDTH, abs=4 * result.parameters["broadening"].error
    )


def test_the_order_of_sweeps_does_not_matter(rng):
    """One above Tc, which was first, said that Tc0 is near its own temperature or above."""
    cold, warm = sweep(noise=1e-9).y, G_N * (1 + SLOPE * BIAS)
    signals = [y + 0.01 * rng.standard_normal(BIAS.size) for y in (cold, warm)]
    clean = tls.Superconductor(host=tls.WeakCouplingHost(1.0 * MEV_PER_KELVIN))
    fits = []
    for order in (1, -1):
        data = series_of(signals[::order], (0.3, 9.0)[::order])
        fits.append(tls.fit(data, clean, **OF_ONE_JUNCTION))
    for found in fits:
        assert found.finished
        assert found["Tc0"] == pytest.approx(fits[0]["Tc0"], rel=1e-6)
        assert found.derived["Delta(0)"].value == pytest.approx(GAP, abs=2e-3)


def test_samples_of_their_own_have_gaps_of_their_own(rng):
    """Only the first's Delta(0) and Tc were there, as if they were those of all."""
    y = sweep(noise=1e-9).y
    data = series_of([y + 0.01 * rng.standard_normal(BIAS.size) for _ in range(2)], (0.3, 0.3))
    clean = tls.Superconductor(host=tls.WeakCouplingHost(1.2 * MEV_PER_KELVIN))
    one = tls.fit(data, clean, **OF_ONE_JUNCTION).derived
    assert [*one] == ["Delta(T)@0", "Delta(0)", "Tc", "2Delta(0)/k_B Tc", "Delta(T)@1"]
    result = tls.fit(data, clean, separate=("Tc0",), **OF_ONE_JUNCTION)
    assert "Tc" not in result.derived
    for label in ("0", "1"):
        found, Tc0 = result.derived[f"Tc@{label}"], result.parameters[f"Tc0@{label}"]
        assert (found.value, found.error) == pytest.approx((Tc0.value, Tc0.error), rel=1e-6)
        assert result.derived[f"Delta(0)@{label}"].value == pytest.approx(GAP, abs=2e-3)


@pytest.mark.slow
def test_a_sweep_that_is_worse_beside_a_tc_is_said_to_be():
    """Where the Tc asks for another gap: BCS theory has no ratio to give way."""
    choices = {"fixed": {"gap_ratio": 3.528}, "starts": 1, "free": ("broadening",)}
    for Tc, error, worse in ((0.5, 0.001, True), (1.184, 0.1, False)):
        known = tls.TcData([0.0], [Tc], error=error)
        result = tls.fit([sweep(), known], tls.Superconductor(), **choices)
        assert any("Of the sweeps alone a BCS density" in n for n in result.notes) == worse


def test_other_data_are_no_part_of_what_a_sweep_is_compared_with():
    datasets = tls.TcData([0.0, 1.0], [1.2, 1.0], error=0.1), sweep()
    choices = {"fixed": {}, "bounds": {}, "start": {}, "tie": {}, "free": (), "separate": ()}
    template = as_template(tls.Glass(0.2))
    problem = Problem(datasets, template, *arrange(datasets, template, **choices))
    for of_tc, of_sweep, better in ((9.0, 0.85, False), (0.0, 1.5, True)):
        residuals = np.concatenate([np.full(2, of_tc), np.full(BIAS.size, of_sweep)])
        assert (problem.better_quick_fit(residuals) is not None) == better
        # The optimiser's end stands: the others may have asked for it.
        minimum = Minimum(problem.x, residuals, None, residuals @ residuals / 2, 9, True, "ftol")
        assert problem.beside_a_quick_fit(minimum, "linear").finished


@pytest.mark.slow
def test_a_cold_sweep_of_aluminium_finds_its_width():
    choices = {"fixed": {"alpha": 0.0, "Ec": 0.2}, "starts": 1, "free": ("broadening",)}
    result = tls.fit(sweep(T=0.04), tls.Glass(0.2), **choices)
    assert result.finished
    assert result.acceptable
    width = result.parameters["broadening"]
    assert abs(width.value - WIDTH) < 4 * width.error


def test_a_bent_valley_is_straight_in_logarithms():
    """The product of two is known, and hardly anything else: to its end, which is a bound."""
    t = np.linspace(0.0, 1.0, 30)

    def evaluate(x):
        a, b = x
        curve = a * b**2 * (1 + t) + 1e-2 * t**2 * b
        slopes = np.stack([b**2 * (1 + t), 2 * a * b * (1 + t) + 1e-2 * t**2], axis=1)
        return (curve - 2 * (1 + t)) / 1e-3, slopes / 1e-3, True

    lower, upper = np.array([0.0, 1e-2]), np.array([20.0, 50.0])
    for start in ([0.3, 2.9], [0.01, 1.0]):
        memory = Memory(evaluate, 1000, lambda cost: None)
        active = np.ones(2, dtype=bool)
        found = minimise(memory, [np.array(start)], lower, upper, active, "linear", 1.0)
        assert found.finished
        np.testing.assert_allclose(found.x, [20.0, np.sqrt(0.1)], rtol=1e-2)


@pytest.mark.parametrize("loss", ["linear", "soft_l1"])
def test_bounds_and_slopes_are_those_of_the_parameters(loss):
    """One that may be zero and is, one that may be negative and is, and one in hertz."""
    t = np.linspace(-1.0, 1.0, 40)
    design = np.stack([1 + t**2, t, 1e-8 * np.exp(t)], axis=1) * 100

    def evaluate(x):
        return design @ x - design @ [-0.1, -2.0, 5e8] + 0.1 * np.cos(40 * t), design, True

    lower, upper = np.array([0.0, -9.0, 1e6]), np.array([np.inf, 9.0, np.inf])
    memory, active = Memory(evaluate, 100, lambda cost: None), np.ones(3, dtype=bool)
    start = np.array([0.0, 0.5, 4e8])
    found = minimise(memory, [start], lower, upper, active, loss, 1.0)
    assert found.finished
    assert 0 <= found.x[0] < 1e-6
    slope = found.jacobian.T @ found.residuals
    if loss == "linear":
        np.testing.assert_array_equal(found.jacobian, design)
        least, *_ = np.linalg.lstsq(design[:, 1:], design @ found.x - found.residuals, rcond=None)
        np.testing.assert_allclose(found.x[1:], least, rtol=1e-4)
        assert slope[0] > 0
    else:
        weights = np.sqrt(np.maximum(1e-10, (1 + found.residuals**2) ** -1.5))
        np.testing.assert_allclose(found.jacobian, design * weights[:, None], rtol=1e-6)


def test_a_step_that_promises_nothing_is_not_made():
    """A straight line is there after one step; one more would say what is known."""
    t = np.linspace(0.0, 1.0, 30)
    design = np.stack([np.ones_like(t), t], axis=1)
    y = design @ [1.0, 2.0] + 0.01 * np.cos(50 * t)
    seen = []

    def evaluate(x):
        seen.append(x)
        return (design @ x - y) / 0.01, design / 0.01, True

    memory, active = Memory(evaluate, 100, lambda cost: None), np.ones(2, dtype=bool)
    # From far off, where the first step is as long as is trusted, and from next to the minimum.
    least, *_ = np.linalg.lstsq(design, y)
    for start, most in (([1.1, 1.9], 6), (least * (1 + 1e-7), 1)):
        seen.clear()
        unbounded = np.full(2, np.inf)
        found = minimise(memory, [np.array(start)], -unbounded, unbounded, active, "linear", 1.0)
        assert found.finished
        assert len(seen) <= most
        np.testing.assert_allclose(found.x, least, atol=1e-5)


@pytest.mark.parametrize("what", ["signal", "slope"])
def test_where_the_model_has_no_solution_is_no_minimum(what):
    """It was an error of SciPy's about arrays, or the edge of where there is one was a minimum."""
    t = np.linspace(0.0, 1.0, 30)

    def evaluate(x, low):
        lost = low < x[0] < 2.0
        signal, slope = (np.exp(x[0] * t) - np.exp(t)) / 0.01, np.exp(x[0] * t) * t / 0.01
        signal[lost and what == "signal"] = np.nan
        slope[lost and what == "slope"] = np.nan
        return signal, slope[:, None], not np.isnan(signal).any()

    active, bounds = np.ones(1, dtype=bool), np.array([[0.0], [9.0]])
    # The minimum as well, and a part of the way that one step leads across.
    for low, finished in ((0.0, False), (1.5, True)):
        memory = Memory(partial(evaluate, low=low), 100, lambda cost: None)
        found = minimise(memory, [np.array([2.5])], *bounds, active, "linear", 1.0)
        assert found.finished is finished
        if finished:
            np.testing.assert_allclose(found.x, 1.0, atol=1e-6)
        else:
            assert found.x > 2.0
            assert "no solution" in found.message
