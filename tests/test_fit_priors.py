"""Priors and constraints of fits."""

import numpy as np
import pytest
from scipy import optimize

import tlsjax as tls
from tlsjax.fitting.parameters import arrange
from tlsjax.fitting.priors import as_prior
from tlsjax.fitting.problem import Problem
from tlsjax.fitting.run import measured
from tlsjax.fitting.templates import as_template

TC0 = 9.25
x = np.linspace(0.0, 1.5, 6)
# Without impurities Tc is Tc0 + baseline x: a straight line, whose fit has a formula.
LINE = tls.TcData(x, TC0 - 0.4 * x + 0.02 * np.cos(7 * x), error=0.02)
CHOICES = {"fixed": {"alpha": 0.0, "Ec": 1.0}, "free": ("baseline",), "starts": 1}


def test_a_prior_is_one_more_measurement():
    """Against the normal equations of a line with a row for each prior."""
    priors = {"baseline": (-0.3, 0.01), "Tc0": "9.2 +- 0.03"}
    result = tls.fit(LINE, tls.Glass(1.0), priors=priors, **CHOICES)
    rows = np.array([[0.0, 1 / 0.03], [1 / 0.01, 0.0]])
    design = np.concatenate([np.stack([x, np.ones_like(x)], axis=1) / 0.02, rows[:, [0, 1]]])
    target = np.concatenate([LINE.y / 0.02, [9.2 / 0.03, -0.3 / 0.01]])
    expected, chi2, *_ = np.linalg.lstsq(design, target)
    assert [result["baseline"], result["Tc0"]] == pytest.approx(expected, abs=1e-5)
    assert result.chi2 == pytest.approx(chi2[0], rel=1e-5)
    assert (result.points, result.dof) == (8, 6)
    # The line is known here, so that errors are too: stretched ones count the data's alone.
    scale = result.reduced_chi2 if result.stretched else 1.0
    weights = np.concatenate([np.full(6, 1 / scale), [1.0, 1.0]])
    covariance = np.linalg.inv(design.T @ (weights[:, None] * design))
    order = [result.names.index(name) for name in ("baseline", "Tc0")]
    np.testing.assert_allclose(result.covariance[np.ix_(order, order)], covariance, rtol=1e-4)
    assert result.parameters["Tc0"].prior == "9.2 +- 0.03"
    assert "prior 9.2 +- 0.03" in result.report()
    assert any("the data contradict the prior" in note for note in result.notes)


def test_a_factor_is_a_gaussian_of_the_logarithm():
    prior = as_prior("alpha", "0.1 */ 3")
    value, slope = prior.row(0.3)
    assert value == pytest.approx(1.0)
    assert slope == pytest.approx(optimize.approx_fprime([0.3], lambda x: prior.row(x[0])[0])[0])
    assert str(prior) == "0.1 */ 3"


def test_a_measured_tc_is_one_more_data_set():
    datasets, others = measured(LINE, {"Tc": "39 +- 1", "Tc0": (40.0, 2.0)})
    assert [d.label for d in datasets] == ["tc", "Tc"]
    assert (*datasets[1].x, *datasets[1].y, *datasets[1].error) == (1.0, 39.0, 1.0)
    assert list(others) == ["Tc0"]


@pytest.mark.slow
def test_a_measured_tc_joins_the_fit():
    """The model's own Tc, which is no parameter: here the clean Tc0, without a baseline."""
    choices = {"fixed": {"alpha": 0.0, "Ec": 1.0}, "starts": 1, "compare_clean": False}
    data = tls.GapData([2.0], [1.4], error=0.1)
    result = tls.fit(data, tls.Glass(1.0), priors={"Tc": (10.0, 0.001)}, **choices)
    assert result["Tc0"] == pytest.approx(10.0, abs=0.01)
    assert [d.label for d in result.datasets] == ["gap", "Tc"]


BIAS = np.linspace(-1, 1, 41)
BIAS_AND_SIGNAL = BIAS, 1 - 0.9 * np.exp(-((BIAS / 0.2) ** 2))


def arranged(**choices):
    bias, signal = BIAS_AND_SIGNAL
    series = [tls.TunnellingData(bias, signal, T=T, error=0.01, label=f"{T} K") for T in (0.3, 1.5)]
    asked = {"free": ("T_e",), "fixed": {}, "bounds": {}, "start": {}, "tie": {}, "separate": ()}
    parameters, layout = arrange(series, as_template(tls.Glass(0.2)), **(asked | choices))
    return {p.name: p for p in parameters}, layout, series


def test_bounds_of_what_is_held_are_refused_or_overruled():
    """They were passed over: the gap ratio stayed at 3.53, outside them."""
    for name in ("gap_ratio", "T_tls"):
        with pytest.raises(ValueError, match="`bounds` must be about a parameter that is free"):
            arranged(bounds={name: (4.0, 5.0)})
    table, *_ = arranged(bounds={"gap_ratio": (4.0, 5.0)}, fixed={"gap_ratio": 3.6})
    assert table["gap_ratio"].value == 3.6
    # A rival without electrons of their own has no use for theirs.
    data = tls.TunnellingData(*BIAS_AND_SIGNAL, T=0.3, error=0.01)
    choices = {"starts": 1, "max_evaluations": 3, "bounds": {"T_e": ("T", None)}}
    found = tls.compare(data, ("none", "hot-electrons"), **choices)
    assert {*found.names} == {"none", "hot-electrons"}


def test_no_electrons_colder_than_the_sample():
    table, *_ = arranged(bounds={"T_e": ("T", None)})
    for T in (0.3, 1.5):
        electrons = table[f"T_e@{T} K"]
        assert electrons.lower == T < electrons.value < electrons.upper == 20 * T
    # What several samples share is not colder than any of them.
    shared, *_ = arranged(free=("T_tls",), bounds={"T_tls": ("T", 40)})
    assert (shared["T_tls"].lower, shared["T_tls"].upper) == (1.5, 40.0)


@pytest.mark.parametrize(
    ("choices", "match"),
    [
        ({"priors": {"Tc0": (9.0, 0.0)}}, "a positive width"),
        ({"priors": {"Tc0": "9 or so"}}, r"MEAN\+-SIGMA"),
        ({"priors": {"Tc0": "9 */ 0.5"}}, "factor above 1"),
        ({"priors": {"Tc0": "-9 */ 2"}}, "positive median"),
        ({"priors": {"alpha": (1.0, 0.1)}}, "a parameter that is free"),
        ({"priors": {"beta": (1.0, 0.1)}}, "`prior` must be about a parameter"),
        ({"bounds": {"Tc0": ("T", None)}}, "of a parameter of sweeps"),
        ({"bounds": {"dynes": (0.0, 1.0)}}, "`bounds` must be about a parameter that is free"),
    ],
)
def test_bad_priors_are_one_sentence(choices, match):
    with pytest.raises(ValueError, match=match):
        tls.fit(LINE, tls.Glass(1.0), **(CHOICES | choices))


def test_priors_need_errors_to_weigh_them():
    bare = tls.TcData(LINE.x, LINE.y)
    with pytest.raises(ValueError, match="it weighs them"):
        tls.fit(bare, tls.Glass(1.0), priors={"Tc0": (9.2, 0.1)}, **CHOICES)


def test_rows_of_priors_are_behind_those_of_the_data():
    choices = {"free": ("baseline",), "fixed": {}, "bounds": {}, "start": {}, "tie": {}}
    priors = {"alpha": "0.2 */ 2", "Tc0": (9.0, 0.5)}
    template = as_template(tls.Glass(1.0))
    found = arrange((LINE,), template, separate=(), priors=priors, **choices)
    problem = Problem((LINE,), template, *found)
    r, J = problem._with_priors(problem.x, np.zeros(6), np.zeros((6, 4)))
    names = problem.layout.free
    assert r.shape == (8,)
    alpha, Tc0 = (problem.x[names.index(name)] for name in ("alpha", "Tc0"))
    assert r[6:] == pytest.approx([np.log(alpha / 0.2) / np.log(2), (Tc0 - 9.0) / 0.5])
    assert J[6, names.index("alpha")] == pytest.approx(1 / alpha / np.log(2))
    assert J[7, names.index("Tc0")] == pytest.approx(2.0)


def test_a_prior_of_what_a_rival_holds_is_said_to_be_left_out():
    models = ["none", "baseline"]
    table = tls.compare(LINE, models, priors={"baseline": (-0.4, 0.1)})
    assert table.notes == ("The prior of baseline is no part of none, where it is fixed.",)
    assert str(table).endswith(table.notes[0])
    assert tls.compare(LINE, models).notes == ()
