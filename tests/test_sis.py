"""Two superconductors: the current against plain quadratures, sharp and smeared."""

import jax
import numpy as np
import pytest
from refusals import check_one_sentence
from sis_oracle import bcs_current

import tlsjax as tls
from tlsjax.numerics.panels import square_roots

COLD, WARM = 0.2, 0.3
WIDTH, HEIGHT = 0.02, 0.01


def bcs(Tc0, T, alpha=0.0, **choices):
    """One program for all, with impurities or without."""
    impurities = (tls.TLSEnsemble(alpha, tls.Glass(Ec=3.0)),)
    superconductor = tls.Superconductor(impurities, tls.WeakCouplingHost(Tc0))
    return tls.solve_spectrum(superconductor, T, panels=32, **choices).check()


def exact(pair, bias):
    gaps = [float(spectrum.order_parameter) for spectrum in pair]
    temperatures = [float(spectrum.T) for spectrum in pair]
    values = [np.sign(V) * bcs_current(abs(V), *gaps, *temperatures) for V in np.ravel(bias)]
    return np.reshape(values, np.shape(bias))


@pytest.fixture(scope="module")
def pair():
    return bcs(1.0, COLD), bcs(1.5, COLD)


@pytest.fixture(scope="module")
def high():
    """The same at a height above the real axis."""
    return bcs(1.0, COLD, resolution=HEIGHT), bcs(1.5, COLD, resolution=HEIGHT)


def features(pair):
    """Where the logarithmic peak and the jump are."""
    gaps = [float(spectrum.order_parameter) for spectrum in pair]
    return abs(gaps[1] - gaps[0]), sum(gaps)


# From both sides, down to 1e-7 of what distinguishes them.
BESIDE = np.array([-0.3, -1e-2, -1e-4, -1e-6, 1e-6, 1e-4, 1e-2, 0.3])


@pytest.mark.parametrize("second", [COLD, WARM])
def test_two_bcs_superconductors(pair, second):
    """The peak, the jump and everything else to 1e-6, where it is 1e-6 of the normal current too;
    the electrodes at one temperature or at two."""
    pair = (pair[0], bcs(1.5, second))
    peak, jump = features(pair)
    bias = np.concatenate([[0.05, 0.4], peak + BESIDE, jump + BESIDE, [8.0]])
    found = np.asarray(tls.sis_current(*pair, bias))
    np.testing.assert_allclose(found, exact(pair, bias), rtol=1e-6)
    back = np.asarray(tls.sis_current(*pair, -bias))
    np.testing.assert_array_equal(back, -found)


def test_sharp_conductance_is_the_derivative(pair):
    peak, jump = features(pair)
    bias = np.array([0.4, peak - 0.02, peak + 0.02, jump + 0.02, 6.0])
    found = tls.sis_conductance(*pair, np.concatenate([bias, -bias]))
    near, far = ((exact(pair, bias + h) - exact(pair, bias - h)) / (2 * h) for h in (1e-4, 2e-4))
    expected = (4 * near - far) / 3
    np.testing.assert_allclose(found, np.tile(expected, 2), rtol=3e-6)


def test_conductance_where_an_edge_meets_an_end_of_a_panel():
    """The edge of one density of states within rounding of an end of the other's panels."""
    hosts = (tls.Superconductor(host=tls.WeakCouplingHost(Tc0)) for Tc0 in (1.0, 0.6))
    pair = [tls.solve_spectrum(host, WARM).check() for host in hosts]
    peak, jump = features(pair)
    gaps = [float(spectrum.order_parameter) for spectrum in pair]
    meshes = [np.asarray(s.fine.interpolant.unit * s.fine.interpolant.mesh.edges) for s in pair]
    meeting = np.concatenate([meshes[0] + gaps[1], meshes[1] + gaps[0], meshes[0] - gaps[1]])
    away = (np.abs(meeting - peak) > 1e-2) & (np.abs(meeting - jump) > 1e-2)
    meeting = meeting[away & (meeting > 0.05) & (meeting < 8.0)]
    bias = meeting[:, None] + np.arange(-3, 4) * np.spacing(meeting)[:, None]
    beside = tls.sis_conductance(*pair, meeting + 3e-9)
    found = tls.sis_conductance(*pair, bias)
    np.testing.assert_allclose(found, np.tile(np.asarray(beside)[:, None], 7), rtol=2e-4, atol=2e-5)


def test_panels_as_short_as_rounding():
    """``int_0^2 dx |x - 1|^(-1/2) = 4``."""
    ends = np.array([0.0, np.nextafter(1.0, 0.0), 1.0, 2.0])
    _, offset, weights = square_roots(ends, np.ones(1), 8)
    np.testing.assert_allclose(np.sum(weights / np.sqrt(np.abs(offset))), 4.0, rtol=1e-14)


SWEEP = np.array([-5.2, -2.0, 0.5, 0.88, 1.4, 3.0, 4.3, 4.4, 4.5, 7.0, 8.0])


def convolved(pair, bias):
    """Currents through the Gaussian, by its definition; steps of an eighth of 1e-9."""
    u = np.linspace(-7, 7, 2241)
    kernel = np.exp(-(u**2) / 2)
    return exact(pair, bias[:, None] + WIDTH * u) @ kernel / kernel.sum()


@pytest.mark.slow
def test_a_width_and_a_resolution_that_is_undone(pair, high):
    expected = convolved(pair, SWEEP)
    # The sums over the Gaussian are rectangles: a jump within one is off by a step's share.
    tolerance = {"rtol": 1e-7, "atol": 1e-7}
    found = tls.sis_current(*pair, SWEEP, broadening=WIDTH)
    above = tls.sis_current(*high, SWEEP, broadening=WIDTH, undo_resolution=True)
    np.testing.assert_allclose(above, found, atol=1e-8)
    away = np.abs(np.abs(SWEEP) - features(pair)[1]) > 7 * WIDTH
    np.testing.assert_allclose(found[away], expected[away], **tolerance)
    np.testing.assert_allclose(found, expected, atol=3e-3)


def plain(first, second, bias):
    """``int dE N_1(E - V) N_2(E) [f(E - V) - f(E)]`` of smooth spectra, on very many energies."""
    T, end = float(first.T), 20.0
    own = [np.asarray(spectrum.breakpoints) for spectrum in (first, second)]
    nodes, weights = np.polynomial.legendre.leggauss(6)
    found = []
    for V in bias:
        parts = [V - own[0], V + own[0], -own[1], own[1], np.linspace(-end, end, 2001)]
        edges = np.unique(np.clip(np.concatenate(parts), -end, end))
        half = np.diff(edges)[:, None] / 2
        E = (edges[:-1, None] + half * (1 + nodes)).ravel()
        N = np.asarray(first.dos(E - V)) * np.asarray(second.dos(E))
        f = (np.tanh(E / (2 * T)) - np.tanh((E - V) / (2 * T))) / 2
        found.append((half * weights).ravel() @ (N * f))
    return np.array(found)


@pytest.mark.slow
def test_impurities_against_none(pair):
    hot = bcs(1.0, WARM, alpha=1.0)
    bias = np.array([0.7, 2.4])
    found = np.asarray(tls.sis_current(hot, hot, bias))
    np.testing.assert_allclose(found, plain(hot, hot, bias), rtol=1e-4)
    # The electrodes may change places.
    there, back = (tls.sis_current(*two, bias) for two in ((hot, pair[1]), (pair[1], hot)))
    np.testing.assert_allclose(there, back, rtol=1e-8)
    # Shifted by a width that vanishes it is the same.
    smeared = tls.sis_current(hot, hot, bias, broadening=1e-2)
    np.testing.assert_allclose(smeared, found, rtol=1e-3)


@pytest.mark.slow
def test_the_smeared_conductance_is_the_derivative_of_the_current(high):
    choices = {"broadening": WIDTH, "modulation": 0.05, "undo_resolution": True}
    window = tls.window_for(8.1, COLD, WIDTH, 0.05, 2 * HEIGHT, of_two=True)

    def current(bias):
        return tls.sis_current(*high, bias, window=window, **choices)

    _, slope = jax.jvp(current, (SWEEP,), (np.ones_like(SWEEP),))
    found = tls.sis_conductance(*high, SWEEP, window=window, **choices)
    np.testing.assert_allclose(slope, found, rtol=1e-7, atol=1e-7)


@pytest.mark.slow
@pytest.mark.parametrize("two", [False, True])
def test_a_series_resistance(high, two):
    """The bias applied is that of the junction and of the resistance together."""
    share = 0.3
    choices = {"broadening": WIDTH, "undo_resolution": True}
    if two:
        electrodes, conductance, current = high, tls.sis_conductance, tls.sis_current
        window = tls.window_for(8.0, COLD, WIDTH, 0.0, 2 * HEIGHT, of_two=True)
    else:
        electrodes, conductance, current = high[:1], tls.tunnelling_conductance, (
            tls.tunnelling_current
        )  # fmt: skip
        window = tls.window_for(8.0, COLD, WIDTH, 0.0, HEIGHT)
    choices["window"] = window
    bias = np.array([-4.0, 0.0, 0.3, 1.8, 4.2, 6.0])
    I, G = (np.asarray(f(*electrodes, bias, **choices)) for f in (current, conductance))
    applied = bias + share * I
    behind = choices | {"series_resistance": share}
    found = np.asarray(current(*electrodes, applied, **behind))
    np.testing.assert_allclose(found, I, atol=1e-9)
    found = np.asarray(conductance(*electrodes, applied, **behind))
    np.testing.assert_allclose(found, G / (1 + share * G), atol=1e-8)

    def measured(share):
        return current(*electrodes, applied, **(choices | {"series_resistance": share}))

    _, slope = jax.jvp(measured, (share,), (1.0,))
    h = 1e-4
    expected = (np.asarray(measured(share + h)) - np.asarray(measured(share - h))) / (2 * h)
    np.testing.assert_allclose(slope, expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(slope, -I * G / (1 + share * G), rtol=1e-6, atol=1e-8)


def test_bad_arguments(pair, high):
    for call, pattern in (
        (lambda: tls.sis_current(*pair, [1.0], modulation=0.1), "`broadening` must be positive"),
        (lambda: tls.sis_current(*pair, [1.0], series_resistance=1.0), "`broadening` must be pos"),
        (lambda: tls.sis_current(*pair, [np.nan]), "`bias` must be finite"),
        (
            lambda: tls.sis_current(*high, [1.0], broadening=HEIGHT, undo_resolution=True),
            "`resolution` must be below pi T, and both together not above the broadening",
        ),
        (lambda: tls.sis_current(*pair, [900.0], broadening=1e-4), "`bias` must be so large"),
    ):
        check_one_sentence(call, pattern)
