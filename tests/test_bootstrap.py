"""Errors from blocks of residuals."""

import numpy as np
import pytest
from test_rivals import draw

import tlsjax as tls
from tlsjax.fitting import bootstrap
from tlsjax.fitting.priors import Prior

x = np.linspace(0.0, 1.5, 12)
CHOICES = {"fixed": {"alpha": 0.0, "Ec": 1.0}, "free": ("baseline",), "starts": 1}


@pytest.mark.slow
def test_the_spread_of_refits_is_the_error_of_a_line(rng):
    """Of independent noise: a straight line, whose covariance has a formula."""
    data = tls.TcData(x, 9.25 - 0.4 * x + 0.02 * rng.standard_normal(12))
    result = tls.fit(data, tls.Glass(1.0), **CHOICES)
    found = tls.bootstrap(result, count=60)
    assert (found.method, found.values.shape) == ("bootstrap", (1, 60, 2))
    ratio = found.pooled.std(axis=0) / np.sqrt(np.diag(result.covariance))
    # 60 refits know a width to 9 %, 12 residuals the noise as well as the fit does.
    assert ratio == pytest.approx(np.ones(2), abs=0.3)
    assert found.predictions[0].shape == (60, 12)
    assert "bootstrap: 1 x 60 draws" in found.report()
    assert "prior" not in found.report()


@pytest.mark.slow
def test_sweeps_have_errors_of_their_own(rng):
    """Of spectra without a mesh, whose program has the data inside; a Tc moves with its error."""
    data = draw("none", 0.01, rng)
    choices = {"starts": 1, "free": ("gap_ratio",), "priors": {"Tc": (7.2, 0.05)}}
    result = tls.fit(data, tls.Superconductor(), **choices)
    found = tls.bootstrap(result, count=60, blocks=1)
    ratio = found.pooled.std(axis=0) / np.sqrt(np.diag(result.covariance))
    assert ratio == pytest.approx(np.ones(len(result.names)), abs=0.35)
    assert [curves.shape for curves in found.predictions] == [(60, data.y.size), (60, 1)]


def test_blocks_keep_slow_noise(rng):
    """The variance of a mean of residuals that forget after 5 points, against theirs."""
    noise = np.zeros(4000)
    for i in range(1, noise.size):
        noise[i] = 0.8 * noise[i - 1] + 0.6 * rng.standard_normal()
    means = {
        length: np.var([bootstrap._in_blocks(noise, length, rng).mean() for _ in range(400)])
        for length in (1, 60)
    }
    independent = noise.var() / noise.size
    assert means[1] == pytest.approx(independent, rel=0.25)
    # (1 + r)/(1 - r) = 9 times as much.
    assert means[60] == pytest.approx(9 * independent, rel=0.3)


def test_priors_move_with_their_widths(rng):
    draws = [bootstrap._elsewhere(Prior(2.0, 0.3, True), rng).centre for _ in range(2000)]
    assert (np.mean(draws), np.std(draws)) == pytest.approx((np.log(2.0), 0.3), abs=0.03)


def test_blocks_have_a_length_that_makes_sense():
    data = tls.GapData(np.linspace(1, 8, 27), np.ones(27))
    assert bootstrap._length(data, None, 1.0) == 3
    assert bootstrap._length(data, None, 3.0) == 10
    samples = tls.TcData(x, 9.0 - x)
    assert [bootstrap._length(samples, None, time) for time in (1.0, 1.5)] == [1, 3]
    # A measured Tc beside a sweep.
    assert bootstrap._length(tls.TcData([0.0], [9.0]), 20, 1.0) == 1
    with pytest.raises(ValueError, match="half of the points"):
        bootstrap._length(data, 20, 1.0)
