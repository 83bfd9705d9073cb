"""Fits: recovery with coverage, honest flags, joint fits, losses, what is refused."""

import json
from pathlib import Path

import numpy as np
import optax
import pytest
from scipy import stats
from shards import coverage, draws, parts, sets, slow_noise

import tlsjax as tls
from tlsjax.core.constants import MEV_PER_KELVIN
from tlsjax.fitting import problem
from tlsjax.fitting.datasets import divided_by_normal
from tlsjax.fitting.parameters import arrange
from tlsjax.fitting.templates import as_template
from tlsjax.io.columns import temperature_of
from tlsjax.io.tables import read_sheet

EXAMPLES = Path(__file__).parents[1] / "examples"

# Sets of the studies of coverage.
COUNT = draws(50)
# Noise of neighbours that know nothing of each other, and noise that forgets over three points.
WHITE_AND_SLOW = pytest.mark.parametrize("rho", [0.0, 0.7])
TC0 = 9.25
KT = MEV_PER_KELVIN * TC0


def transition_series(alpha, J, x):
    sample = tls.TLSEnsemble(alpha * x, tls.DeltaFunction(J / KT))
    return TC0 * np.asarray(tls.critical_temperature(sample))


def gap_series(alpha, E0, T, ratio=3.9):
    hydrogen = tls.TLSEnsemble(alpha * KT, tls.DeltaFunction(E0))
    niobium = tls.Superconductor((hydrogen,), tls.WeakCouplingHost(KT, gap_ratio=ratio))
    return np.asarray(tls.order_parameter(niobium, T * MEV_PER_KELVIN))


def sweep(bias, T=1.8, alpha=0.6, Ec=2.5, T_tls=6.0, slope=0.01, V0=0.03, G_N=2.0):
    ensemble = tls.TLSEnsemble(alpha, tls.Glass(Ec / KT))
    population = tls.EffectiveTemperature(T_tls / TC0)
    spectrum = tls.solve_spectrum(ensemble, T / TC0, population).check()
    signal = tls.tunnelling_conductance(spectrum, (bias - V0) / KT)
    return G_N * (1 + slope * bias) * np.asarray(signal)


@pytest.mark.slow
@WHITE_AND_SLOW
def test_tc_series_recovers_its_truth(rho):
    """alpha and Tc0 from 40 points, many times: what 2 sigma holds."""
    x = np.linspace(0, 1.5, 40)
    exact = transition_series(0.8, 1.0, x)
    fits = []
    for _, rng in sets(COUNT, 1):
        data = tls.TcData(x, exact + 0.02 * slow_noise(rng, 40, rho), error=0.02)
        fits.append(tls.fit(data, tls.DeltaFunction(1.0), fixed={"E0": 1.0}, starts=1))
    assert all(r.finished for r in fits)
    coverage(fits, {"alpha": 0.8, "Tc0": TC0}, COUNT)
    if rho == 0:
        assert all(r.acceptable for r in fits)
    if rho == 0 and parts()[1] == 1:
        assert stats.kstest([r.p_value for r in fits], "uniform").pvalue > 1e-3


@pytest.mark.slow
@WHITE_AND_SLOW
def test_gap_series_recovers_its_truth(rho):
    T = np.linspace(1.0, 10.0, 40)
    exact = gap_series(0.5, 0.8, T)
    fits = []
    for _, rng in sets(COUNT, 2):
        data = tls.GapData(T, np.abs(exact + 0.01 * slow_noise(rng, 40, rho)), error=0.01)
        fits.append(tls.fit(data, tls.DeltaFunction(0.8), fixed={"E0": 0.8}, starts=1))
    answered = [r for r in fits if r.parameters["alpha"].error]
    assert len(answered) >= 0.9 * len(fits)
    truth = {"alpha": 0.5, "Tc0": TC0, "gap_ratio": 3.9}
    coverage(answered, truth, COUNT)


@pytest.mark.slow
@pytest.mark.timeout(900)
@WHITE_AND_SLOW
def test_sweeps_recover_their_truth(rho):
    bias = np.linspace(-6, 6, 200)
    exact = sweep(bias)
    fits = []
    for _, rng in sets(COUNT, 3):
        noisy = exact * (1 + 0.01 * slow_noise(rng, bias.size, rho))
        data = tls.TunnellingData(bias, noisy, T=1.8, error=0.01 * exact)
        choices = {"fixed": {"Ec": 2.5}, "free": ("T_tls",), "starts": 1, "rivals": False}
        fits.append(tls.fit(data, tls.Glass(2.5), start={"T_tls": 4.0}, **choices))
    assert all(r.finished for r in fits)
    truth = {"alpha": 0.6, "T_tls": 6.0, "Tc0": TC0, "V0": 0.03, "slope": 0.01, "G_N": 2.0}
    coverage(fits, truth, COUNT)


@pytest.mark.slow
def test_a_sweep_gives_its_parameters_back():
    """A noisy sweep gives its parameters back, and its report starts the next fit."""
    sheet = read_sheet(EXAMPLES / "synthetic_didv.csv")
    T, _ = temperature_of(sheet)
    data = tls.TunnellingData(sheet.column("bias_mV"), sheet.column("G"), T=T)
    choices = {"fixed": {"Ec": 2.5}, "free": ("T_tls",), "starts": 1, "rivals": False}
    result = tls.fit(data, tls.Glass(2.5), start={"T_tls": 4.0}, **choices)
    assert result.finished
    assert result.acceptable
    for name, value in {"alpha": 0.6, "T_tls": 6.0, "Tc0": TC0, "V0": 0.03}.items():
        assert abs(result[name] - value) < 4 * result.parameters[name].error, name
    assert result.parameters["T_e"].tied == "T"
    assert result["T_e"] == 1.8
    # The report as text and JSON; the JSON starts the next fit.
    text = result.report()
    assert "acceptable  yes" in text
    assert "T_tls" in text
    # What follows from the parameters, by the same solvers at what was found.
    found = result.derived
    sample = tls.TLSEnsemble(result["alpha"], tls.Glass(2.5 / (MEV_PER_KELVIN * result["Tc0"])))
    Tc = float(tls.critical_temperature(sample)) * result["Tc0"]
    assert found["Tc"].value == pytest.approx(Tc, rel=1e-7)
    ratio = 2 * found["Delta(0)"].value / (MEV_PER_KELVIN * Tc)
    assert found["2Delta(0)/k_B Tc"].value == pytest.approx(ratio, rel=1e-9)
    assert abs(found["Tc"].value - 9.25 * 1.08) < 1.0
    assert "2Delta(0)/k_B Tc" in text
    record = json.loads(result.to_json())
    again = tls.fit(data, tls.Glass(2.5), start=record, **choices)
    assert again.evaluations <= 4
    assert again.chi2 == pytest.approx(result.chi2, abs=1e-2)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_random_starts_end_in_the_best_minimum():
    """Of a hundred at most two end elsewhere and call it a minimum."""
    bias, count = np.linspace(-6, 6, 200), 2 * COUNT
    exact = sweep(bias)
    noisy = exact * (1 + 0.01 * np.random.default_rng(5).normal(size=bias.size))
    data = tls.TunnellingData(bias, noisy, T=1.8, error=0.01 * exact)
    best = tls.fit(data, tls.Glass(2.5), free=("T_tls", "broadening"), rivals=False).chi2
    elsewhere = []
    for number, rng in sets(count, 100):
        # What is positive by a factor, Tc0 and G_N by a smaller one, the rest anywhere.
        factors = {"alpha": (0.6, 5.0), "Ec": (2.5, 5.0), "T_tls": (6.0, 3.3), "Tc0": (TC0, 1.5),
                   "G_N": (2.0, 1.5), "broadening": (0.25, 4.0)}  # fmt: skip
        start = {name: at * by ** rng.uniform(-1, 1) for name, (at, by) in factors.items()}
        start |= {"V0": rng.uniform(-0.5, 0.5), "slope": rng.uniform(-0.03, 0.03)}
        choices = {"free": ("T_tls", "broadening"), "rivals": False}
        found = tls.fit(data, tls.Glass(2.5), start=start, **choices)
        assert found.chi2 > best - 0.1
        if found.finished and found.chi2 > best + 0.1:
            elsewhere.append((number, found.chi2))
        print(f"start {number}: {found.chi2:.3f} finished {found.finished}", flush=True)
    print(f"part {'/'.join(map(str, parts()))}: best {best:.3f}, elsewhere {elsewhere}")
    assert len(elsewhere) <= 0.02 * count


@pytest.mark.slow
def test_covariance_agrees_with_a_profile(rng):
    """chi^2 minimised over the rest rises by one a standard error away, or by as many points as
    count as one: these twenty look correlated."""
    x = np.linspace(0, 1.5, 20)
    data = tls.TcData(x, transition_series(0.8, 1.0, x) + 0.02 * rng.standard_normal(20), 0.02)
    model = tls.DeltaFunction(1.0)
    best = tls.fit(data, model, fixed={"E0": 1.0}, starts=1, compare_clean=False)
    error = best.parameters["alpha"].error
    for sign in (-1, 1):
        fixed = {"E0": 1.0, "alpha": best["alpha"] + sign * error}
        moved = tls.fit(data, model, fixed=fixed, starts=1)
        assert moved.chi2 - best.chi2 == pytest.approx(best.time, rel=0.05)


@pytest.mark.slow
def test_joint_fit_shares_parameters():
    x, T = np.linspace(0, 1, 8), np.linspace(1.0, 8.0, 12)
    tc = tls.TcData(x, transition_series(0.8, 1.0, x), error=0.01)
    gap = tls.GapData(T, gap_series(0.8, 1.0, T), error=0.01)
    result = tls.fit([tc, gap], tls.DeltaFunction(0.7), starts=1)
    for name, value in {"alpha": 0.8, "E0": 1.0, "Tc0": TC0, "gap_ratio": 3.9}.items():
        assert result[name] == pytest.approx(value, rel=1e-3), name


@pytest.mark.slow
def test_dissolved_oxygen_shows_no_enhancement():
    """Phys. Rev. B 9 (1974) 888: -0.87(5) K per at.%, whatever alpha is allowed to do."""
    x = [0.024, 0.139, 0.555, 0.922, 1.32, 2.0, 3.5]
    Tc = [9.23, 9.03, 8.5, 8.1, 7.85, 7.33, 6.13]
    result = tls.fit(tls.TcData(x, Tc), tls.Glass(2.0), free=("baseline",))
    assert result["baseline"] == pytest.approx(-0.866, abs=0.002)
    assert result.parameters["baseline"].error == pytest.approx(0.045, abs=0.002)
    assert result["alpha"] == 0
    assert any("do not show" in note for note in result.notes)
    without = tls.fit(tls.TcData(x, Tc), tls.Glass(2.0))
    assert without.parameters["alpha"].at_bound
    assert any("without a baseline" in note for note in without.notes)


def test_one_curve_in_two_files_weighs_what_it_does_in_one(rng):
    """Without errors of their own: far below Tc the gap hardly changes, which is no small error."""
    T = np.linspace(0.5, 9.0, 24)
    delta = gap_series(0.0, 1.0, T) + 0.01 * rng.standard_normal(T.size)
    clean = tls.Superconductor(host=tls.WeakCouplingHost(KT))
    halves = [
        tls.GapData(T[part], delta[part], label=str(part)) for part in (slice(14), slice(14, 24))
    ]
    one, two = (tls.fit(data, clean, starts=1) for data in (tls.GapData(T, delta), halves))
    for name in ("Tc0", "gap_ratio"):
        assert two[name] == pytest.approx(one[name], rel=1e-6)
        assert two.parameters[name].error == pytest.approx(one.parameters[name].error, rel=0.2)


def test_a_temperature_series_shares_what_it_should():
    """Each sweep has its own junction and temperature; the superconductor is one."""
    bias = np.linspace(-4, 4, 21)
    series = [
        tls.TunnellingData(bias, 1 + 0 * bias, T=T, error=0.1, label=f"{T} K") for T in (1.5, 4.2)
    ]
    parameters, layout = arrange(
        series, as_template(tls.Glass(2.0)), free=("T_e",), fixed={"slope": 0.0}, bounds={},
        start={}, tie={"T_tls": "T"}, separate=(),
    )  # fmt: skip
    assert set(layout.free) == {
        "alpha", "Ec", "Tc0", "G_N@1.5 K", "V0@1.5 K", "T_e@1.5 K", "G_N@4.2 K", "V0@4.2 K",
        "T_e@4.2 K",
    }  # fmt: skip
    table = {p.name: p.value for p in parameters}
    vector = [table[name] for name in layout.free]
    fixed = {p.name: p.value for p in parameters if not p.free and not p.tied}
    cold, warm = layout.values(vector, fixed, series)
    assert (cold["T_tls"], warm["T_tls"]) == (1.5, 4.2)
    assert cold["Ec"] == warm["Ec"]


@pytest.mark.slow
def test_two_sweeps_of_one_sample(rng):
    bias = np.linspace(-6, 6, 101)
    series = []
    for T, G_N in ((1.8, 2.0), (4.0, 3.0)):
        exact = sweep(bias, T=T, G_N=G_N)
        noisy = exact + 0.01 * rng.standard_normal(bias.size)
        series.append(tls.TunnellingData(bias, noisy, T=T, error=0.01, label=f"{T} K"))
    choices = {"fixed": {"Ec": 2.5}, "free": ("T_tls",), "starts": 1, "rivals": False}
    result = tls.fit(series, tls.Glass(2.5), start={"T_tls": 4.0}, **choices)
    assert result.acceptable
    for name, value in {"alpha": 0.6, "T_tls": 6.0, "G_N@1.8 K": 2.0, "G_N@4.0 K": 3.0}.items():
        assert abs(result[name] - value) < 4 * result.parameters[name].error, name


@pytest.mark.slow
def test_an_interrupt_keeps_the_best_so_far(monkeypatch):
    x = np.linspace(0, 1.5, 12)
    data = tls.TcData(x, transition_series(0.8, 1.0, x), error=0.01)
    original, calls = problem.evaluate, []

    def interrupted(*arguments):
        calls.append(1)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return original(*arguments)

    monkeypatch.setattr(problem, "evaluate", interrupted)
    result = tls.fit(data, tls.DeltaFunction(1.0), fixed={"E0": 1.0}, starts=1)
    assert (result.finished, result.message) == (False, "interrupted")
    assert result.evaluations == 3
    assert "best values so far" in " ".join(result.notes)


@pytest.mark.slow
def test_what_is_undetermined_is_said():
    T = np.linspace(1.0, 8.0, 12)
    data = tls.GapData(T, gap_series(0.8, 1.0, T), error=0.02)
    result = tls.fit(data, tls.DeltaFunction(1.0), starts=1, compare_clean=False)
    assert result.parameters["alpha"].undetermined
    assert "not determined by these data" in result.report()


def test_a_wrong_model_is_not_acceptable():
    x = np.linspace(0, 1, 12)
    data = tls.TcData(x, TC0 + 0.5 * np.sin(9 * x), error=0.01)
    result = tls.fit(data, tls.Glass(1.0), starts=1)
    assert result.acceptable is False
    assert "does not describe" in " ".join(result.notes)


@pytest.mark.slow
def test_losses_and_optimizers_agree():
    x = np.linspace(0, 1.5, 16)
    Tc = transition_series(0.8, 1.0, x)
    data = tls.TcData(x, Tc, error=0.01)
    spoiled = tls.TcData(x, np.where(np.arange(16) == 12, Tc + 0.6, Tc), error=0.01)
    model, fixed = tls.DeltaFunction(1.0), {"E0": 1.0}
    plain = tls.fit(spoiled, model, fixed=fixed, starts=1)
    robust = tls.fit(spoiled, model, fixed=fixed, starts=1, loss="cauchy")
    assert abs(robust["alpha"] - 0.8) < 0.005 < abs(plain["alpha"] - 0.8)
    adam = tls.fit(data, model, fixed=fixed, optimizer=optax.adam(0.02), max_evaluations=1500)
    assert adam["alpha"] == pytest.approx(0.8, abs=0.02)


@pytest.mark.slow
def test_ties_bounds_and_stopping():
    x = np.linspace(0, 1.5, 12)
    data = tls.TcData(x, transition_series(0.8, 1.0, x), error=0.01)
    model = tls.WipfNeumaier(1.0, 1.0)
    tied = tls.fit(data, model, tie={"sigma": "J"}, starts=1)
    assert tied["sigma"] == tied["J"]
    bounded = tls.fit(data, tls.DeltaFunction(1.0), fixed={"E0": 1.0}, bounds={"alpha": (0, 0.5)})
    assert bounded.parameters["alpha"].at_bound
    stopped = tls.fit(data, model, starts=1, max_evaluations=2)
    assert not stopped.finished
    assert "UNFINISHED" in stopped.report()


@pytest.mark.slow
def test_comparison_prefers_the_truth():
    x = np.linspace(0, 3, 16)
    data = tls.TcData(x, transition_series(1.5, 2.0, x), error=0.001)
    models = {"delta": tls.DeltaFunction(1.5), "lorentzian": tls.Lorentzian(1.0, 3.0)}
    fits = {
        n: tls.fit(data, m, fixed={"sigma": 3.0} if n != "delta" else {}) for n, m in models.items()
    }
    table = tls.compare(fits)
    assert table.names[0] == "delta"
    assert table.aic[0] == 0 < table.aic[1]
    assert str(table).splitlines()[1].startswith("delta")
    with pytest.raises(ValueError, match="same data"):
        tls.compare({"a": fits["delta"], "b": tls.fit(tls.TcData(x, 9 + x), tls.Glass(1.0))})


def test_division_by_the_normal_sweep():
    bias = np.linspace(-3, 3, 61)
    normal = 2 + 0.1 * bias
    ratio, _ = divided_by_normal(bias[::-1], 3 * normal[::-1], bias, normal)
    np.testing.assert_allclose(ratio, 3.0)
    with pytest.raises(ValueError, match="covering the sweep"):
        divided_by_normal(bias * 2, normal, bias, normal)


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: tls.TcData([1.0], [2.0, 3.0]), "`Tc` must be as long as"),
        (lambda: tls.TcData([0.0, 1.0], [9.0, np.nan]), "`Tc` must be finite"),
        (lambda: tls.GapData([1.0], [1.0], error=[-1.0]), "`error` must be finite and"),
        (lambda: tls.TunnellingData([0.0], [1.0], T=-1.0), "`T` must be finite and positive"),
        (lambda: tls.TunnellingData([0.0], [1.0], T=1.0, kind="x"), "`kind` must be one of"),
        (lambda: tls.fit(3, tls.Glass(1.0)), "`data` must be"),
        (lambda: tls.fit(tls.TcData([0.0], [9.0]), tls.Glass(1.0)), "at least as many points"),
        (lambda: quick(free=("beta",)), "`free` must be about a parameter"),
        (lambda: quick(bounds={"alpha": (2, 1)}), "`bounds` must be increasing"),
        (lambda: quick(bounds={"alpha": (5, 6)}), "`alpha` must be started inside"),
        (lambda: quick(tie={"Ec": "nothing"}), "`tie` must be to another"),
        (lambda: quick(loss="what"), "`loss` must be one of"),
    ],
)  # fmt: skip
def test_bad_input_is_one_sentence(make, match):
    with pytest.raises(ValueError, match=match):
        make()


def quick(**choices):
    data = tls.TcData([0.0, 0.5, 1.0, 1.5], [9.2, 9.3, 9.4, 9.5])
    return tls.fit(data, tls.Glass(1.0), **choices)
