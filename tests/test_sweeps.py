"""What is done to a sweep before it is fitted: averages, ranges, both signs of bias together."""

import argparse

import numpy as np
import pytest
from refusals import check_one_sentence
from sis_oracle import bcs_current

import tlsjax as tls
from tlsjax.cli import fit
from tlsjax.cli.fit_data import load_all
from tlsjax.core.units import MEV_PER_KELVIN
from tlsjax.fitting.quick import quick_start
from tlsjax.fitting.sweeps import neighbour_noise
from tlsjax.io.sweeps import sweeps

BIAS = np.linspace(-2, 2, 81)


def curve(bias, offset=0.1):
    return 1 + 0.3 * np.cos(3 * (bias - offset)) * np.exp(-((bias - offset) ** 2))


def sweep(bias=BIAS, signal=None, **choices):
    return tls.TunnellingData(bias, curve(bias) if signal is None else signal, T=1.0, **choices)


@pytest.mark.parametrize(
    ("way", "count"),
    [
        (BIAS, 1), (np.concatenate([BIAS, BIAS[::-1]]), 2), (np.tile(BIAS, 3), 3),
        (np.concatenate([BIAS[40:], BIAS[::-1], BIAS[:41]]), 2),
        (np.random.default_rng(1).permutation(BIAS), 1),
    ],
)  # fmt: skip
def test_each_sweep_of_a_table(way, count):
    found = sweeps(way)
    assert len(found) == count
    for rows in found:
        assert np.ptp(way[rows]) == np.ptp(BIAS)


@pytest.mark.parametrize("way", ["even", "up and down", "thrice", "uneven", "lagging"])
def test_noise_between_neighbours_wherever_they_are(way, rng):
    """Of points in pairs the step from one bias to the next was taken for noise."""
    bias = np.linspace(-2, 2, 301)
    bias = {
        "even": bias, "up and down": np.concatenate([bias, bias[::-1]]), "thrice": np.tile(bias, 3),
        "uneven": np.sort(rng.uniform(-2, 2, 301)),
        "lagging": np.concatenate([bias, bias[::-1] + 1e-4]),
    }[way]  # fmt: skip
    noise = 0.002 * rng.standard_normal(bias.size)
    found = sweep(bias, 5 * bias + curve(bias) + noise).noise()
    assert found == pytest.approx(0.002, rel=0.25)
    # On an even grid by third differences.
    y = rng.standard_normal(50)
    third = np.median(np.abs(np.diff(y, 3))) / 0.6745 / np.sqrt(20)
    assert neighbour_noise(np.arange(50), y) == pytest.approx(third, rel=1e-3)


def test_up_and_down_are_averaged(rng):
    both = np.concatenate([BIAS, BIAS[::-1]])
    noise = 0.01 * rng.standard_normal(both.size)
    data = sweep(both, curve(both) + noise, error=np.full(both.size, 0.01)).averaged()
    expected = (noise[: BIAS.size] + noise[BIAS.size :][::-1]) / 2
    np.testing.assert_allclose(data.x, BIAS)
    np.testing.assert_allclose(data.y - curve(BIAS), expected, atol=1e-12)
    np.testing.assert_allclose(data.error, 0.01 / np.sqrt(2), rtol=1e-9)
    (said,) = data.said
    assert said.startswith("Took the mean of 2 sweeps, whose distance is 1")
    # Shifted against each other they are not the same curve.
    lagging = np.concatenate([curve(BIAS), curve(BIAS[::-1], offset=0.3)]) + noise
    assert float(sweep(both, lagging).averaged().said[0].split()[-6]) > 3


def test_biases_in_between_and_ends_of_their_own():
    back = np.linspace(1.97, -1.8, 70)
    data = sweep(np.concatenate([BIAS, back]), error=0.02).averaged()
    assert data.x[0] >= -1.8
    np.testing.assert_allclose(data.y, curve(data.x), atol=2e-3)
    # Between two points the error is smaller than at one.
    assert np.all(data.error <= 0.02 / np.sqrt(2) + 1e-12)
    assert np.all(data.error >= 0.02 * np.sqrt(1.5) / 2 - 1e-12)


def test_both_signs_of_the_bias():
    data = sweep(signal=curve(BIAS) + 0.2 * (BIAS - 0.1), error=0.02).symmetrised(0.1)
    assert data.x[0] >= 0
    np.testing.assert_allclose(data.y, curve(data.x, offset=0.0), atol=1e-3)
    np.testing.assert_allclose(data.error, 0.02 / np.sqrt(2), rtol=1e-9)
    assert "Symmetrised about 0.1 mV" in data.said[0]
    current = sweep(signal=np.sinh(BIAS - 0.1) + 0.5, kind="current").symmetrised(0.1)
    np.testing.assert_allclose(current.y, np.sinh(current.x), atol=1e-3)
    # The offset by itself.
    found = sweep().symmetrised()
    assert float(found.said[0].split()[2]) == pytest.approx(0.1, abs=0.02)


def test_a_range_and_what_is_said():
    data = sweep().between(-1.0, 0.5)
    assert (data.x.min(), data.x.max()) == (-1.0, 0.5)
    assert data.said == ("Left out 50 points beyond -1 to 0.5 mV.",)
    whole = sweep().between(-3, 3)
    assert not whole.said


def test_the_josephson_branch_is_left_out():
    data = sweep(electrode="same", josephson=0.3)
    assert data.is_sis
    assert np.abs(data.x - 0.1).min() > 0.29
    assert "Josephson branch" in data.said[0]
    assert sweep(electrode="same", josephson=0.0).x.size == BIAS.size
    # By default a twentieth of half the range.
    assert BIAS.size - sweep(electrode=tls.Superconductor()).x.size == pytest.approx(4, abs=1)


def test_bad_sweeps():
    both = np.concatenate([BIAS, BIAS[::-1]])
    for call, pattern in (
        (lambda: sweep().averaged(), "`data` must be several sweeps"),
        (lambda: sweep().between(1, 0), "`range` must be increasing"),
        (lambda: sweep().between(5, 6), "`range` must be about some of the points"),
        (lambda: sweep().symmetrised(7.0), "`offset` must be within the bias"),
        (lambda: sweep(electrode="lead"), "`electrode` must be a superconductor, 'same' or None"),
        (lambda: sweep(electrode="same", kind="dos"), "`electrode` must be None"),
        (lambda: sweep(josephson=0.1), "`josephson` must be given with an electrode"),
        (lambda: sweep(electrode="same", josephson=9.0), "`josephson` must be less than"),
        (lambda: sweep(both[:90], curve(both[:90])).averaged(), "`data` must be several"),
    ):
        check_one_sentence(call, pattern)


# Warm enough for quasiparticles to show the difference of the gaps.
NOISE = {"didv": 0.01, "current": 0.002}
GAPS, T, WIDTH = (0.19, 0.25), 0.7, 0.02


def two_gaps(kind, seed=3):
    """A noisy sweep of two BCS superconductors with a width, the offset 0.01 mV."""
    bias = np.linspace(-1, 1, 201) + 0.01
    fine = np.linspace(-1.1, 1.1, 4401)
    kT = MEV_PER_KELVIN * T
    half = np.array([bcs_current(v + 1e-9, *GAPS, kT, kT) for v in fine[2201:]])
    I = np.concatenate([-half[::-1], [0.0], half])
    step = fine[1] - fine[0]
    kernel = np.exp(-((np.arange(-250, 251) * step / WIDTH) ** 2) / 2)
    I = np.convolve(I, kernel / kernel.sum(), mode="same")
    signal = np.gradient(I, step) if kind == "didv" else I
    noise = NOISE[kind] * np.random.default_rng(seed).standard_normal(bias.size)
    return bias, np.interp(bias - 0.01, fine, signal) + noise


@pytest.mark.parametrize(
    ("kind", "seed"), [("didv", 3), ("didv", 4), pytest.param("current", 3, marks=pytest.mark.slow)]
)
def test_a_quick_fit_of_two_gaps(kind, seed):
    """In the order of what the electrode is said to be."""
    bias, signal = two_gaps(kind, seed)
    for Tc0, gaps in ((1.7, GAPS), (1.2, GAPS[::-1])):
        host = tls.WeakCouplingHost(Tc0 * MEV_PER_KELVIN)
        data = tls.TunnellingData(
            bias, signal, T, NOISE[kind], kind, electrode=tls.Superconductor(host=host)
        )
        found = quick_start(data)
        np.testing.assert_allclose((found.order_parameter, found.electrode), gaps, atol=0.005)
        assert found.broadening == pytest.approx(WIDTH, abs=0.002)
        assert pytest.approx(0.01, abs=0.001) == found.V0
        assert found.chi2 < 1.25 * data.x.size
    same = quick_start(tls.TunnellingData(bias, signal, T, NOISE[kind], kind, electrode="same"))
    assert same.order_parameter == same.electrode == pytest.approx(sum(GAPS) / 2, abs=0.01)


def loaded(tmp_path, rows, *options):
    path = tmp_path / "a.csv"
    path.write_text("V_mV,G\n" + "".join(f"{v:.5f},{g:.6f}\n" for v, g in rows))
    parser = argparse.ArgumentParser()
    fit.add_arguments(parser)
    arguments = [str(path), "--kind", "didv", "--temperature", "1", *options]
    (data,), said = load_all(parser.parse_args(arguments))
    return data, said


def test_from_the_command_line(tmp_path):
    ways = np.concatenate([BIAS, BIAS[::-1], BIAS, BIAS[::-1]])
    rows = list(zip(ways, curve(ways), strict=True))
    with pytest.raises(ValueError, match=r"--average-sweeps"):
        loaded(tmp_path, rows)
    options = ("--average-sweeps", "--range=-1.5:1.2", "--symmetrise", "0.1")
    data, said = loaded(tmp_path, rows, *options)
    assert any(sentence.startswith("Took the mean of 4 sweeps") for sentence in said)
    assert [sentence.split()[0] for sentence in data.said] == ["Left", "Symmetrised"]
    np.testing.assert_allclose(data.y, curve(data.x, offset=0.0), atol=1e-3)
    for text, Tc0 in (("clean:Tc0=1.2", 1.2 * MEV_PER_KELVIN), ("glass:Ec=0.2", 1.0)):
        data, _ = loaded(tmp_path, rows, "--average-sweeps", "--electrode", text)
        assert data.electrode.host.Tc0 == pytest.approx(Tc0)
        assert len(data.electrode.impurities) == (text != "clean:Tc0=1.2")
    for options, pattern in (
        (("--range", "1"), "`range` must be LOW:HIGH"),
        (("--range", "1:a"), "`range` must be LOW:HIGH"),
        (("--symmetrise", "a"), "`symmetrise` must be a number of mV"),
        (("--electrode", "lead"), "`electrode` must be same, clean"),
        (("--electrode", "clean:Tc0=x"), "`electrode` must be clean:Tc0=KELVIN"),
        (("--josephson", "0.1"), "`josephson` must be given with an electrode"),
    ):
        check_one_sentence(
            lambda options=options: loaded(tmp_path, rows, "--average-sweeps", *options), pattern
        )
