"""Distributions: what they integrate to, and how well their quadrature does."""

import itertools
from fractions import Fraction
from functools import partial

import draws
import jax
import numpy as np
import oracle
import pytest
from scipy.integrate import quad

import tlsjax as tls
from tlsjax.matsubara.axis import compact_axis
from tlsjax.model.distributions.spectral_function import SpectralFunction

PAPER = {
    "glass": (3.0,),
    "lorentzian": (1.0, 0.1),
    "wipf-neumaier": (0.2, 0.1),
    "modified-wipf-neumaier": (0.1, 0.1, 0.01),
}


def total(pdf, points):
    """Integral over [0, inf) by an adaptive rule, split where the density is peaked."""
    edges = [0.0, *points, 10 * points[-1]]
    parts = [quad(pdf, a, b, limit=200, epsabs=1e-12)[0] for a, b in itertools.pairwise(edges)]
    return sum(parts) + quad(lambda t: pdf(1 / t) / t**2, 1e-12, 1 / edges[-1], epsabs=1e-12)[0]


@pytest.mark.parametrize(
    ("splittings", "points"),
    [
        (tls.Glass(3.0), [3.0]),
        (tls.Lorentzian(1.0, 0.1), [0.9, 1.0, 1.1, 2.0]),
        (tls.Lorentzian(0.0, 2.0), [1.0, 4.0]),
        (tls.ModifiedWipfNeumaier(0.1, 0.1, 0.01), [0.09, 0.1, 0.11, 0.2]),
        (tls.ModifiedWipfNeumaier(0.5, 2.0, 0.1), [0.4, 0.5, 0.6, 2.0]),
        (tls.Tabulated([0.5, 1.0, 3.0], [0.0, 2.0, 1.0]), [0.5, 1.0, 3.0]),
    ],
    ids=str,
)
def test_densities_integrate_to_one(splittings, points):
    pdf = jax.jit(splittings.pdf)
    assert total(lambda E: float(pdf(E)), points) == pytest.approx(1.0, abs=1e-7)


def test_wipf_neumaier_integrates_to_one():
    """In the asymmetry, where the square-root edge is gone."""
    splittings = tls.WipfNeumaier(J=0.2, sigma=0.1)

    def in_asymmetry(theta):
        e = 0.1 * np.tan(theta)
        E = np.hypot(0.2, e)
        return float(splittings.pdf(E)) * e / E * 0.1 / np.cos(theta) ** 2

    assert quad(in_asymmetry, 1e-9, np.pi / 2 - 1e-9)[0] == pytest.approx(1.0, abs=1e-7)


def test_printed_lorentzian_is_not_normalised():
    printed = tls.Lorentzian(1.0, 0.1, normalized=False)
    ratio = printed.pdf(0.7) / tls.Lorentzian(1.0, 0.1).pdf(0.7)
    assert ratio == pytest.approx(0.5 + np.arctan(10.0) / np.pi)


def test_delta_function_density():
    assert tls.DeltaFunction(1.0).pdf(np.array([0.5, 1.0])).tolist() == [0.0, np.inf]


def test_modified_form_at_no_energy():
    """At sigma = J, as in the paper, p(0) is a limit: 2 delta/(pi J^2) to lowest order."""

    @jax.jit
    def at(E, delta=0.01):
        return tls.ModifiedWipfNeumaier(2.0, 2.0, delta).pdf(E)

    found = at(np.array([0.0, 1e-200, 1e-9, 1e-4]))
    np.testing.assert_allclose(found, found[0], rtol=1e-8)
    assert found[0] == pytest.approx(2 / np.pi * 0.01 / 4, rel=1e-4)
    assert jax.grad(at, argnums=1)(0.0, 0.01) == pytest.approx(2 / np.pi / 4, rel=1e-3)


def test_modified_form_tends_to_wipf_neumaier():
    E = np.array([0.3, 1.0, 5.0])
    modified = tls.ModifiedWipfNeumaier(0.1, 0.2, 1e-7)
    np.testing.assert_allclose(modified.pdf(E), tls.WipfNeumaier(0.1, 0.2).pdf(E), rtol=1e-5)


@partial(jax.jit, static_argnums=2)
def quadrature(splittings, T, order):
    return splittings.quadrature(T, order)


def spectral_averages(splittings, T, order):
    """What the solver needs: the boson propagator averaged, at every imaginary time."""
    E, weight = map(np.asarray, quadrature(splittings, T, order))
    tau = compact_axis().tau[:, None]
    boson = (np.exp(-E / T * tau) + np.exp(-E / T * (1 - tau))) / (1 + np.exp(-E / T))
    return (boson - 2 * T / E * np.tanh(E / (2 * T))) @ weight


@pytest.mark.parametrize("T", [0.005, 0.1, 1.5])
@pytest.mark.parametrize("narrow", [1e-3, 0.3])
@pytest.mark.parametrize("kind", PAPER)
def test_default_order_is_converged(kind, narrow, T):
    """Narrow peaks and heavy tails alike: 16 points a panel against 60."""
    for J in (0.01, 1.0, 8.0):
        parameters = {
            "glass": (J,),
            "lorentzian": (J, narrow),
            "wipf-neumaier": (J, narrow),
            "modified-wipf-neumaier": (J, max(J, narrow), narrow),
        }[kind]
        splittings = draws.CLASSES[kind](*parameters)
        default, fine = (spectral_averages(splittings, T, order) for order in (16, 60))
        # Only splittings past the tail's end (tests/test_matsubara.py) are at tau < 1e-4/T.
        seen = compact_axis().tau > 1e-4
        np.testing.assert_allclose(default[seen], fine[seen], rtol=0, atol=2e-8)


@pytest.mark.parametrize("kind", PAPER)
def test_quadrature_against_brute_force(kind):
    """Coupling at several Matsubara frequencies against thousands of nodes."""
    splittings = draws.CLASSES[kind](*PAPER[kind])
    for T in (0.02, 0.9):
        E, weight = map(np.asarray, splittings.quadrature(T))
        omega = 2 * np.pi * T * np.arange(40)[:, None]
        ours = (2 * E / (omega**2 + E**2) * np.tanh(E / (2 * T))) @ weight
        brute = oracle.coupling(kind, PAPER[kind], 1.0, T, 40)
        np.testing.assert_allclose(ours, brute, rtol=1e-7)


@pytest.mark.parametrize("points", [2, 12, 400])
def test_tables_match_what_they_tabulate(points):
    """A glass as a table, however coarse, is the glass."""
    table = tls.Tabulated(np.linspace(0, 3, points), np.ones(points))
    for T in (0.01, 0.7):
        ours = tls.order_parameter(tls.TLSEnsemble(1.0, table), T)
        glass = tls.order_parameter(tls.TLSEnsemble(1.0, tls.Glass(3.0)), T)
        np.testing.assert_allclose(ours, glass, rtol=2e-8)


@pytest.mark.parametrize(
    "table",
    [
        tls.Tabulated([0.3, 0.5, 1.1, 2.0], [0.0, 2.0, 1.0, 0.5]),
        SpectralFunction([0.3, 0.5, 1.1, 2.0], [0.1, 2.0, 1.0, 0.5]),
    ],
)
def test_segments_of_tables(table):
    """A segment that is looked up once for several points gives the density, at its ends that of
    its own side."""
    ends = np.array([0.0, 0.1, 0.3, 0.5, 1.1, 2.0, 2.5])
    low, high = ends[:-1, None], ends[1:, None]
    E = low + (high - low) * np.array([0.01, 0.3, 0.8, 0.99])
    middle = (low + high) / 2
    np.testing.assert_allclose(table.pdf_within(E, middle), table.pdf(E), rtol=1e-13)
    np.testing.assert_allclose(table.density_within(E, middle), table.density(E), rtol=1e-13)
    at_end = table.pdf_within(high, middle)[:, 0]
    np.testing.assert_allclose(at_end[:-1], table.pdf(ends[1:-1] * (1 - 1e-12)), rtol=1e-9)
    assert at_end[-1] == 0


@pytest.mark.parametrize("steps", [-3, -1, 0, 1, 4])
def test_edges_of_wipf_and_neumaier_are_exact_to_rounding(steps):
    """Beside an edge at J = 1 that is 7e-9 wide, where E^2 - J^2 is a small difference."""
    J, delta = Fraction(1), Fraction(1, 2**27)
    E, sigma = J + steps * delta, Fraction(3, 2)
    real = J**2 - E**2 + delta**2
    kappa = np.sqrt(float(sigma**2 - J**2))
    norm = 2 / np.pi * np.sqrt(1 + (kappa + float(delta)) ** 2)
    edge = float(E) * (1 / np.sqrt(complex(real, -2 * E * delta))).imag
    found = tls.ModifiedWipfNeumaier(1.0, 1.5, float(delta)).pdf(float(E))
    assert float(found) == pytest.approx(norm * edge / float(E**2 - J**2 + sigma**2), rel=1e-14)
    a, b = complex(J, delta), np.sqrt(float(E**2 + sigma**2))
    s = np.sqrt(complex(real - 2 * delta**2, 2 * J * delta))
    whole = (a**2 + 2.25) / (b * s * (a * s + 1.5 * b))
    found = tls.BroadenedWipfNeumaier(1.0, 1.5, float(delta)).pdf(float(E))
    assert float(found) == pytest.approx(-2 / np.pi * float(E) * whole.imag, rel=1e-14)
