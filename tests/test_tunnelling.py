"""A junction's conductance against a plain integral, and the identities of its kernel."""

import jax.numpy as jnp
import numpy as np
import pytest

import tlsjax as tls

T = 0.2
BIAS = np.array([0.0, 1.0, 2.0, -3.0])
ENSEMBLE = tls.TLSEnsemble(1.0, tls.Glass(Ec=3.0))
QUICK = {"line": tls.line_axis(1024), "panels": 32}


def spectrum(resolution=0.0):
    hot = tls.EffectiveTemperature(1.5)
    return tls.solve_spectrum(ENSEMBLE, T, hot, resolution=resolution, **QUICK).check()


@pytest.fixture(scope="module")
def sharp():
    return spectrum()


def plain(spectrum, bias, T_e):
    """``int dE N(E) [-df/dE](E + eV)`` panel by panel of the mesh, cut at thermal widths."""
    edges = np.asarray(spectrum.breakpoints)
    edges = np.unique(np.append(edges[edges < 30], np.linspace(0, 30, 1501)))
    nodes, weights = np.polynomial.legendre.leggauss(6)
    half = np.diff(edges)[:, None] / 2
    E = (edges[:-1, None] + half * (1 + nodes)).ravel()
    weighted = (half * weights).ravel() * (np.asarray(spectrum.dos(E)) - 1)
    z = (E[:, None] + np.concatenate([bias, -bias])) / (2 * T_e)
    kernel = 1 / (4 * T_e * np.cosh(np.clip(z, -300, 300)) ** 2)
    return 1 + (weighted @ kernel).reshape(2, -1).sum(0)


def test_is_the_integral(sharp):
    for T_e in (0.05, 0.3):
        found = tls.tunnelling_conductance(sharp, BIAS, T_e)
        np.testing.assert_allclose(found, plain(sharp, BIAS, T_e), atol=1e-5)


@pytest.mark.parametrize("amplitude", [0.3, 2.0])
def test_modulation_is_an_average_over_its_period(sharp, amplitude):
    """Also where the amplitude is 40 times the electron temperature."""
    T_e = 0.05
    phase = np.pi * (np.arange(2000) + 0.5) / 2000
    shifted = BIAS[:, None] + amplitude * np.cos(phase)
    window = tls.window_for(6.0, T_e)
    steady = np.asarray(tls.tunnelling_conductance(sharp, shifted, T_e, window=window))
    expected = steady @ (2 * np.sin(phase) ** 2) / 2000
    found = tls.tunnelling_conductance(sharp, BIAS, T_e, modulation=amplitude)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_resolution_is_undone_exactly(sharp):
    blurred = spectrum(resolution=0.25 * np.pi * T)
    found = tls.tunnelling_conductance(blurred, BIAS, T, undo_resolution=True)
    np.testing.assert_allclose(found, tls.tunnelling_conductance(sharp, BIAS, T), atol=1e-6)
    with pytest.raises(ValueError, match="`resolution` must be below pi times the electron"):
        tls.tunnelling_conductance(blurred, BIAS, T / 5, undo_resolution=True)


def test_current_is_the_integral_of_conductance(sharp):
    bias = np.linspace(0, 4, 401)
    conductance = np.asarray(tls.tunnelling_conductance(sharp, bias))
    steps = (conductance[1:] + conductance[:-1]) / 2 * np.diff(bias)
    current = tls.tunnelling_current(sharp, jnp.asarray(bias))
    np.testing.assert_allclose(current[1:], np.cumsum(steps), atol=1e-4)
    back = -np.asarray(tls.tunnelling_current(sharp, -bias))
    np.testing.assert_allclose(back, current, rtol=1e-12)
