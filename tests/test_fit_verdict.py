"""What a fit says of itself: whether its residuals are noise, and what no sample does."""

import dataclasses
import re

import numpy as np
import pytest
from shards import coverage, draws, sets, slow_noise

import tlsjax as tls
from tlsjax.fitting.remarks import remarks, why_none
from tlsjax.fitting.result import FittedParameter, with_error
from tlsjax.fitting.statistics import neighbours, taken_directions
from tlsjax.fitting.without_impurities import WithoutImpurities


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (0.51234, 0.013, "0.512(13)"), (-27123.4, 20.0, "-27123 +- 20"),
        (123456.78, 2.5, "123456.8(25)"), (4.992e6, 4.7e4, "4.992e+06 +- 4.7e+04"),
        (4.0376e-9, 5.8e-11, "4.038e-09 +- 5.8e-11"), (0.0, 20.0, "0 +- 20"),
        (3.0, 1200.0, "3 +- 1.2e+03"), (1.5, np.inf, "1.5 +- infinity"),
    ],
)  # fmt: skip
def test_a_value_has_the_digits_of_its_error(value, error, text):
    fixed = {"unit": "", "lower": -np.inf, "upper": np.inf, "free": True}
    assert with_error(FittedParameter("x", value, error, **fixed)) == text


def test_no_points_to_spare_are_no_missing_errors():
    exact = tls.fit(tls.TcData([1.0], [9.2], 0.1), tls.Superconductor(), starts=1)
    assert "cannot be told without more points than parameters" in exact.report()


def test_independent_residuals_pass_and_correlated_ones_do_not(rng):
    chances = np.array([neighbours([rng.normal(size=300)]).p_value for _ in range(400)])
    # A chance is evenly spread where there is nothing to find.
    assert np.mean(chances < 0.1) == pytest.approx(0.1, abs=0.05)
    assert np.mean(chances < 1e-3) < 0.02
    found = [neighbours([slow_noise(rng, 600, 0.68)]) for _ in range(50)]
    assert all(not f.independent for f in found)
    assert np.mean([f.lag1 for f in found]) == pytest.approx(0.68, abs=0.03)
    # (1 + rho)/(1 - rho)
    assert np.median([f.time for f in found]) == pytest.approx(5.25, rel=0.2)
    assert neighbours([rng.normal(size=10)]) is None


MEV = tls.units.convert(1.0, "K", "meV")
T = np.linspace(0.5, 8.5, 120)
NIOBIUM = tls.Superconductor(host=tls.WeakCouplingHost(9.25 * MEV, gap_ratio=3.9))


def gap_fit(noise, error=0.01, **options):
    clean = np.asarray(tls.order_parameter(NIOBIUM, T * MEV))
    data = tls.GapData(T, np.maximum(clean + 0.01 * noise, 0.0), error=error)
    return tls.fit(data, tls.Superconductor(), **{"starts": 1, **options})


def test_correlated_noise_is_in_the_verdict_and_in_the_errors(rng):
    white, slow = gap_fit(rng.normal(size=T.size)), gap_fit(slow_noise(rng, T.size, 0.7))
    assert white.acceptable
    assert white.neighbours.independent
    assert slow.acceptable is False
    assert "Residuals next to each other are alike" in " ".join(slow.notes)
    assert "neighbours  residuals correlated by +0." in slow.report()
    assert slow.to_dict()["neighbours"]["p_value"] < 1e-3
    ratio = slow.parameters["Tc0"].error / white.parameters["Tc0"].error
    assert ratio == pytest.approx(slow.neighbours.time**0.5, rel=0.3)


@pytest.mark.parametrize(("size", "free"), [(40, 3), (40, 5), (25, 3)])
@pytest.mark.parametrize("rho", [0.0, 0.3, 0.7, 0.8])
def test_errors_of_few_points_count_a_correlation_that_the_fit_has_taken_out(rho, size, free, rng):
    """Parameters of few points leave residuals that look less alike than the noise is."""
    design = np.polynomial.legendre.legvander(np.linspace(-1, 1, size), free - 1)
    inverse = np.linalg.inv(design.T @ design)
    hits = []
    for _ in range(2000):
        noise = slow_noise(rng, size, rho)
        p = inverse @ design.T @ noise
        time = neighbours([noise - design @ p], [taken_directions(design)]).time
        hits.append(np.abs(p) < 2 * np.sqrt(time * np.diag(inverse)))
    # Without that 0.90 at 0.3 of 40 points with three parameters.
    assert 0.92 <= np.mean(hits) <= 0.98


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("rho", [0.0, 0.5, 0.8])
def test_two_standard_deviations_cover(rho):
    """In 92 to 98 % of 200 sets, whether the noise is white or slow."""
    count = draws(200)
    fits = [gap_fit(slow_noise(rng, T.size, rho)) for _, rng in sets(count, round(10 * rho))]
    coverage(fits, {"Tc0": 9.25}, count)


def test_exact_data_are_not_called_correlated():
    result = gap_fit(np.zeros(T.size))
    assert result.acceptable
    assert not result.notes


def test_errors_that_are_too_large_are_said(rng):
    (note,) = gap_fit(rng.normal(size=T.size), error=0.03).notes
    assert "errors given are about 3" in note or "errors given are about 2.9" in note


def test_a_misfit_says_how_bad_and_where(rng):
    bump = 15 * np.exp(-((T - 6.0) ** 2) / 0.2)
    (note, *_) = gap_fit(rng.normal(size=T.size) + bump).notes
    assert "does not describe the data" in note
    low, high = re.search(r"mean size, most from ([\d.]+) to ([\d.]+) K", note).groups()
    # A tenth of the points, about where the bump is.
    assert 5.5 < float(low) < 6.0 < float(high) < 6.5


def test_a_misfit_is_noise_or_is_not(rng):
    """By what is left: independent and as large as between neighbours, or not."""
    small = gap_fit(rng.normal(size=T.size), error=0.005)
    assert small.acceptable is False
    assert small.noise_limited is True
    assert "errors given are too small" in " ".join(small.notes)
    wrong = gap_fit(rng.normal(size=T.size) + 15 * np.exp(-((T - 6.0) ** 2) / 0.2))
    assert wrong.noise_limited is False
    assert "misfit is systematic" in " ".join(wrong.notes)
    assert wrong.to_dict()["noise_limited"] is False
    assert gap_fit(rng.normal(size=T.size)).noise_limited is None


def test_what_no_sample_does_is_said(rng):
    result = gap_fit(rng.normal(size=T.size))
    sweep = tls.TunnellingData([-1.0, 0.0, 1.0], [1.0, 0.5, 1.0], T=4.2)
    own = result.parameters["Tc0"]
    parameters = {
        "Tc0": dataclasses.replace(own, value=3.0),
        "T_e": dataclasses.replace(own, name="T_e", value=2.0, free=True),
        "E0": dataclasses.replace(own, name="E0", error=50.0, lower=0.0, upper=10.0),
    }
    changed = dataclasses.replace(
        result, datasets=(sweep,), residuals=(np.zeros(3),), parameters=parameters
    )
    text = " ".join(remarks(changed, known_errors=True))
    assert "T_e is 2 K, below the sample's 4.2 K" in text
    assert "Tc0 is 3 K, below the temperature of the sweep (4.2 K)" in text
    assert (
        "E0 is not determined: its error is larger than the range it is allowed (0 to 10)" in text
    )


@pytest.mark.slow
def test_models_that_do_not_describe_the_data_are_not_told_apart(rng):
    wave = 5 * np.sin(3 * T)
    fits = {
        "free ratio": gap_fit(wave),
        "BCS": gap_fit(wave, fixed={"gap_ratio": 3.9}),
    }
    table = tls.compare(fits)
    assert table.scale > 5
    assert max(table.aic) < 10
    assert "cannot tell apart" in table.verdict
    assert "No model describes" in str(table)
    good = tls.compare({name: gap_fit(rng.normal(size=T.size)) for name in ("a",)})
    assert good.scale == 1


@pytest.mark.parametrize(
    ("p", "bent", "chi2", "said"),
    [
        (0.5, None, (0.1, 0.12), "is 0.12 without them, 0.1 with alpha = 2: p is 0.5 at most)."),
        (1.0, None, (9.0, 9.0), "zero (no coupling makes chi^2 smaller)."),
        # That one is no better than the other: what is as good bends.
        (1e-4, 0.89, (2.76, 36.3), "(alpha = 2), but a baseline that bends does as well"),
    ],
)  # fmt: skip
def test_why_none_are_the_answer_is_said(p, bent, chi2, said):
    clean = WithoutImpurities(None, p, bent, {"alpha": 2.0}, chi2)
    assert clean.answers
    assert clean.bends is (bent is not None)
    assert said in why_none(clean)
    assert not clean._replace(p_value=1e-4, bent=None).answers


def test_samples_that_drift_together_are_seen(rng):
    x = np.linspace(0, 1.5, 40)
    fits = [
        tls.fit(
            tls.TcData(x, 9.25 - 0.4 * x + 0.02 * slow_noise(rng, 40, rho), error=0.02),
            tls.Glass(1.0), fixed={"alpha": 0.0, "Ec": 1.0}, free=("baseline",), starts=1,
        )
        for rho in (0.0, 0.8)
    ]  # fmt: skip
    assert [f.acceptable for f in fits] == [True, False]
    assert fits[1].parameters["Tc0"].error > 1.5 * fits[0].parameters["Tc0"].error
