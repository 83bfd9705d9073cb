"""Posteriors: against formulas, against the fit, against each other."""

import json
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr
from scipy import integrate, special, stats
from shards import draws, parts, sets
from test_cli import run

import tlsjax as tls
from tlsjax.cli.draws import FILES
from tlsjax.core.constants import MEV_PER_KELVIN
from tlsjax.fitting import density, draw_notes, laplace, mode, nuts, ridge
from tlsjax.fitting import sample as sampling
from tlsjax.fitting.coordinates import coordinates
from tlsjax.fitting.priors import Prior

TC0, RATIO, NOISE = 9.25, 3.9, 0.01
KT = MEV_PER_KELVIN * TC0
T = np.array([1.0, 5.0, 7.0, 8.5])
# A clean niobium, whose solves are short: four points take a third of a millisecond.
CHOICES = {"fixed": {"alpha": 0.0, "Ec": 1.0}, "starts": 1, "compare_clean": False}


def gap_series(Tc0=TC0, ratio=RATIO, alpha=0.0):
    host = tls.WeakCouplingHost(MEV_PER_KELVIN * Tc0, gap_ratio=ratio)
    sample = tls.Superconductor((tls.TLSEnsemble(alpha, tls.Glass(1.0)),), host)
    return np.asarray(tls.solve_matsubara(sample, T * MEV_PER_KELVIN).order_parameter)


@pytest.fixture(scope="module")
def fitted():
    noise = NOISE * np.array([0.3, -1.1, 0.9, 0.1])
    data = tls.GapData(T, gap_series() + noise, error=NOISE)
    return tls.fit(data, tls.Glass(1.0), **CHOICES)


@pytest.fixture(scope="module")
def drawn(fitted):
    return tls.sample(fitted, draws=150, warmup=100, chains=2)


def test_coordinates_have_no_bounds_and_their_volume():
    lower = [0.0, 0.5, 0.0, -1.0, -np.inf, 2.0, -np.inf]
    upper = [20.0, 8.0, np.inf, 3.0, np.inf, np.inf, 5.0]
    x = np.array([0.3, 2.0, 7.0, 0.5, -4.0, 30.0, 1.0])
    own = coordinates(lower, upper)
    u = own.backward(x)
    back, volume = own.forward(jnp.asarray(u))
    np.testing.assert_allclose(back, x, rtol=1e-12)
    slopes = jax.jacfwd(lambda u: own.forward(u)[0])(jnp.asarray(u))
    assert float(volume) == pytest.approx(np.linalg.slogdet(slopes)[1], rel=1e-12)
    # Where a bound is zero and far away, it is the logarithm.
    moved, _ = own.forward(jnp.asarray(u) + 0.1)
    assert float(moved[2] / back[2]) == pytest.approx(np.exp(0.1))
    assert own.backward([0.0, 0.5, 1, -1, 0, 2.1, 4.9])[0] < -10


@pytest.mark.parametrize("ends", [(0.0, 20.0), (0.5, 8.0), (0.0, np.inf), (-1.0, 3.0)])
@pytest.mark.parametrize("log", [False, True])
def test_the_density_of_a_prior_integrates_to_itself(ends, log):
    """In coordinates it is the prior of x, cut at the bounds, whatever the transformation."""
    if log and ends[0] < 0:
        return
    prior = Prior(1.2, 0.4, log)
    own = coordinates([ends[0]], [ends[1]])
    form = density.Form(None, None, own.kinds, (log,), True)
    centre, sigma = np.array([prior.centre]), np.array([prior.sigma])
    numbers = density.Numbers({}, (), (), None, own.low, own.high, centre, sigma, 1.0)
    u = np.linspace(-30, 30, 6001)
    p = np.exp(density.log_priors(form, numbers, u[:, None]))
    x = np.asarray(density.parameters(form, numbers, u[:, None]))[:, 0]
    scale = np.log(x) if log else x
    norm = integrate.trapezoid(p, u)
    mean = integrate.trapezoid(p * scale, u) / norm
    sd = np.sqrt(integrate.trapezoid(p * (scale - mean) ** 2, u) / norm)
    assert (mean, sd) == pytest.approx(draw_notes.spread(prior, *ends), abs=1e-5)


def test_a_curved_ridge_is_made_straight(rng):
    """Draws on a cubic surface, and there and back without a change of volume."""
    y = rng.standard_normal((2000, 4))
    true = ridge.straight(4)
    true[[0, 2, 3], 1] = 0.3, 0.8, -0.1
    true[[2, 5, 9], 2:] = rng.standard_normal((3, 2))
    z = ridge.bend(true, y, np)
    np.testing.assert_allclose(ridge.unbend(true, z), y, atol=1e-9)
    found = ridge.learned(z)
    assert np.abs(found - true).max() < 0.15
    assert np.cov(ridge.unbend(found, z).T) == pytest.approx(np.eye(4), abs=0.15)
    slopes = jax.jacfwd(lambda y: ridge.bend(true, y))(jnp.asarray(y[0]))
    assert np.linalg.det(slopes) == pytest.approx(1.0)
    # Too few draws, and one parameter, make none.
    assert not ridge.learned(z[:20]).any()
    assert not ridge.learned(z[:, :1]).any()


@pytest.mark.slow
def test_where_the_data_decide_the_posterior_is_the_fit(fitted, drawn):
    """Its covariance within what 300 draws can tell (`test_gaussian_limit` knows it better)."""
    assert drawn.method == "nuts"
    assert drawn.values.shape == (2, 150, 2)
    assert (drawn.rhat < 1.1).all()
    assert (drawn.ess > 100).all()
    ratio = np.cov(drawn.pooled.T) / fitted.covariance
    assert ratio == pytest.approx(np.ones((2, 2)), abs=0.4)
    errors = np.sqrt(np.diag(fitted.covariance))
    off = drawn.pooled.mean(axis=0) - [fitted[name] for name in fitted.names]
    assert (np.abs(off) < 0.25 * errors).all()


@pytest.mark.slow
def test_gaussian_limit(fitted):
    """The covariance of the fit within 5 %: 16,000 draws know it to 1.5 %."""
    found = tls.sample(fitted, draws=4000)
    assert np.cov(found.pooled.T) / fitted.covariance == pytest.approx(np.ones((2, 2)), abs=0.05)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_simulation_based_calibration():
    """Truths from the prior have uniform ranks among draws from their posteriors (Talts et al.
    2018)."""
    priors = {"Tc0": (9.25, 0.1), "gap_ratio": (3.9, 0.05)}
    ranks = []
    for seed, rng in sets(draws(140), 4):
        truth = np.array([rng.normal(*prior) for prior in priors.values()])
        data = tls.GapData(T, gap_series(*truth) + NOISE * rng.standard_normal(4), error=NOISE)
        result = tls.fit(data, tls.Glass(1.0), priors=priors, **CHOICES)
        assert result.names == tuple(priors)
        found = tls.sample(result, draws=100, chains=2, warmup=50, seed=seed)
        # Draws far enough from each other to be independent: 20 of them, 21 ranks.
        ranks.append((found.values[:, 5::10].reshape(-1, 2) < truth).sum(axis=0))
    # Of a part of the study only how often each rank was there.
    counts = [np.bincount(column, minlength=21).tolist() for column in np.transpose(ranks)]
    print(f"part {'/'.join(map(str, parts()))}: {len(ranks)} sets, ranks {counts}")
    for column in np.transpose(ranks) if parts()[1] == 1 else ():
        observed = np.histogram(column, bins=7, range=(0, 21))[0]
        assert stats.chisquare(observed).pvalue > 0.01


@pytest.mark.slow
def test_importance_weights_of_a_skew_density(monkeypatch):
    """``u_0`` is the logarithm of a gamma variable of shape 4, ``u_1`` follows it; a part of the
    plane has no solution."""

    def skew(form, numbers, u):
        value = 4 * u[0] - jnp.exp(u[0]) - 0.5 * (u[1] - u[0]) ** 2
        return float(jnp.where(u[1] < u[0] + 4, value, -jnp.inf))

    monkeypatch.setattr(laplace, "log_density_alone", skew)
    start = mode.Mode(np.array([np.log(4), np.log(4)]), np.diag([1.0, 1.2]), np.zeros(1))
    found = laplace.run(None, None, start, draws=3000, seed=2)
    assert found.pareto_k < 0.5
    assert 800 < found.effective < 2100
    assert found.failed > 0
    assert (found.u[:, 1] < found.u[:, 0] + 4).all()
    mean, sd = special.digamma(4), np.sqrt(special.polygamma(1, 4))
    assert (found.u[:, 0].mean(), found.u[:, 0].std()) == pytest.approx((mean, sd), abs=0.05)
    assert (found.u[:, 1] - found.u[:, 0]).std() == pytest.approx(1.0, abs=0.06)
    # A proposal of the wrong place and size is said to be one.
    wrong = mode.Mode(start.u + 4, 0.05 * start.root, start.residuals)
    assert laplace.run(None, None, wrong, draws=500, seed=2).pareto_k > 0.7


@pytest.mark.slow
def test_importance_sampling_agrees(fitted, drawn):
    other = tls.sample(fitted, method="laplace", draws=500)
    assert other.values.shape == (1, 500, 2)
    assert other.statistics["pareto_k"] < 0.5
    assert other.ess[0] > 150
    errors = np.sqrt(np.diag(fitted.covariance))
    difference = other.pooled.mean(axis=0) - drawn.pooled.mean(axis=0)
    assert (np.abs(difference) < 0.25 * errors).all()
    assert other.pooled.std(axis=0) == pytest.approx(errors, rel=0.2)


@pytest.mark.slow
def test_a_posterior_that_is_its_prior_is_said_to_be(drawn, rng):
    assert not any("mostly its prior" in note for note in drawn.notes)
    assert any("Weak priors" in note for note in drawn.notes)
    # Of three parameters the data say nothing, a little, and nearly all.
    widths, priors = (1.5, 1.2, 0.1), [Prior(0.05, 1.5, True)] * 3
    x = 0.05 * np.exp(np.array(widths) * rng.standard_normal((2, 4000, 3)))
    names, ends = ("alpha", "Ec", "T_e"), (np.zeros(3), np.full(3, 1e9))
    notes = list(draw_notes.of_priors(names, x, priors, (True,) * 3, *ends))
    assert len(notes) == 2
    assert notes[0].startswith("alpha is mostly its prior: ln alpha is -")
    assert "Ec" in notes[1]


def walked(monkeypatch, density, size, **choices):
    """Chains of a density that needs no solver; the metric is one."""
    start = mode.Mode(np.zeros(size), np.eye(size), np.zeros(1))
    monkeypatch.setattr(nuts, "log_density", lambda form, numbers, u: density(u))
    # The function is part of what is static: each has a program of its own.
    return nuts.run(density, None, start, warmup=300, seed=1, **choices)


def test_what_has_no_solution_is_no_draw(monkeypatch):
    """Half of the plane has none, NaN with its gradient: draws are half of a normal
    distribution."""

    def half(u):
        solved = u[0] < 0
        value = -0.5 * jnp.sum(u**2) + jnp.where(solved, 0.0, jnp.sqrt(-u[0]))
        return jnp.where(solved & jnp.isfinite(value), value, -jnp.inf)

    chains = walked(monkeypatch, half, 2, chains=4, draws=1000)
    assert chains.u[..., 0].max() < 0
    assert np.isfinite(chains.log_density).all()
    assert chains.failed.sum() > 100
    assert -chains.u[..., 0].mean() == pytest.approx(np.sqrt(2 / np.pi), abs=0.08)
    assert chains.u[..., 1].std() == pytest.approx(1.0, abs=0.08)


def test_a_crescent_is_sampled_to_its_ends(monkeypatch):
    """A narrow curved ridge, whose moments are known, in few steps."""

    def crescent(u):
        return -0.5 * (u[0] ** 2 + ((u[1] - u[0] ** 2) / 0.1) ** 2)

    chains = walked(monkeypatch, crescent, 2, chains=4, draws=1000)
    a, b = chains.u[..., 0], chains.u[..., 1]
    assert (a.mean(), a.std(), b.mean()) == pytest.approx((0.0, 1.0, 1.0), abs=0.1)
    assert (b - a**2).std() == pytest.approx(0.1, abs=0.01)
    assert chains.diverging.sum() < 20
    assert chains.steps.mean() < 12


def test_lanes_of_one_program_walk_like_chains_alone(monkeypatch):
    """As on a GPU, where chains are lanes."""

    def normal(u):
        return -0.5 * jnp.sum(u**2)

    alone = walked(monkeypatch, normal, 2, chains=2, draws=100)
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    lanes = walked(monkeypatch, normal, 2, chains=2, draws=100)
    np.testing.assert_allclose(alone.u, lanes.u, atol=1e-6)


def test_where_no_chain_finds_a_solution(monkeypatch):
    with pytest.raises(tls.ConvergenceError, match="found no point"):
        walked(monkeypatch, lambda u: -jnp.inf * (1 + 0 * u[0]), 1, chains=1, draws=50)


def test_densities_of_what_is_not_solved(fitted, monkeypatch):
    priors = [p.weak for p in fitted.problem.parameters if p.free]
    form, numbers = density.density_of(fitted.problem, fitted.problem.settings, priors, 1.0, True)
    for solved, r, expected in ((True, 0.0, True), (False, 0.0, False), (True, np.nan, False)):
        answer = (jnp.full(4, r), jnp.asarray(solved))
        monkeypatch.setattr(density, "residuals", lambda *_, answer=answer: answer)
        found = density.log_density(form, numbers, jnp.zeros(2))
        assert np.isfinite(found) == expected
        assert not np.isnan(found)


@pytest.mark.slow
def test_results_as_files_and_pictures(drawn, tmp_path):
    path = tmp_path / "draws.nc"
    drawn.to_xarray().to_netcdf(path, engine="h5netcdf")
    with xr.open_datatree(path, engine="h5netcdf") as tree:
        np.testing.assert_array_equal(tree["posterior"]["Tc0"], drawn["Tc0"])
        assert tree["posterior"]["Tc0"].attrs["units"] == "K"
        assert tree["sample_stats"]["diverging"].sum() == 0
    assert list(drawn.columns()) == ["chain", "draw", "Tc0", "gap_ratio"]
    axes = drawn.plot().axes
    assert [ax.get_xlabel() for ax in axes if ax.get_xlabel()] == ["Tc0 (K)", "gap_ratio"]
    above, below = drawn.plot_predictive().axes
    assert "meV" in above.get_ylabel()
    assert "(K)" in below.get_xlabel()
    assert json.loads(drawn.to_json())["summary"]["Tc0"]["mean"] > 9


@pytest.mark.parametrize(
    ("choices", "match"),
    [
        ({"draws": 3}, "`draws` must be 50 or more"),
        ({"method": "magic"}, "one of nuts, laplace"),
        ({"priors": {"Ec": (1.0, 0.1)}}, "about a free parameter of this fit"),
    ],
)
def test_bad_arguments_are_one_sentence(fitted, choices, match):
    with pytest.raises(ValueError, match=match):
        tls.sample(fitted, **choices)
    with pytest.raises(ValueError, match=r"made by tlsjax\.fit"):
        tls.sample("fit")


def test_without_blackjax(capsys, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "blackjax", None)
    with pytest.raises(ImportError, match=r"tlsjax\[bayes\]"):
        sampling.require_sampler()
    path = tmp_path / "tc.csv"
    path.write_text("x,Tc_K\n0,9\n1,9.1\n")
    status, _, err = run(capsys, "fit", path, "--kind", "tc", "--posterior")
    assert status == 2
    assert err.count("\n") == 1
    assert "pip install 'tlsjax[bayes]'" in err


@pytest.mark.slow
def test_posteriors_from_the_command_line(capsys, tmp_path):
    path, out = tmp_path / "nb.csv", tmp_path / "out"
    rows = "".join(f"{t},{d:.6f},{NOISE}\n" for t, d in zip(T, gap_series(), strict=True))
    path.write_text("T_K,Delta_meV,error_meV\n" + rows)
    choices = ("--kind", "gap", "--fix", "alpha=0", "Ec=1", "--starts", 1)
    more = ("--prior", "Tc0=9.25+-0.01", "--posterior", "--draws", 60, "--chains", 2, "--out", out)
    status, text, _ = run(capsys, "fit", path, *choices, *more)
    assert status == 0
    assert "nuts: 2 x 60 draws" in text
    assert "Tc0 is mostly its prior" in text
    assert {*FILES} <= {path.name for path in out.iterdir()}
    record = json.loads((out / "fit.json").read_text())["posterior"]
    assert record["priors"]["Tc0"] == {"prior": "9.25 +- 0.01", "given": True}
    assert len((out / "fit_draws.csv").read_text().splitlines()) == 122
