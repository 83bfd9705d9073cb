"""Spectra without bosons against the solver for everything else, and against plain sums."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import tlsjax as tls
from tlsjax.core.constants import WEAK_COUPLING_GAP_RATIO
from tlsjax.core.status import Status
from tlsjax.real_axis.static import (
    solve_static_spectrum,
    static_order_parameter,
    static_transition,
)

BIAS = np.linspace(-4.0, 4.0, 81)


def sample(magnetic=0.0, dynes=0.0, gap_ratio=None):
    Tc0 = np.ones_like(magnetic) if np.ndim(magnetic) else 1.0
    host, elastic = tls.WeakCouplingHost(Tc0, gap_ratio), 0.0 * Tc0
    return tls.Superconductor(host=host, scattering=tls.Scattering(elastic, magnetic, dynes))


def static_spectrum(*models, T, height, spread=None):
    shares = [jnp.asarray(1 / len(models))] * len(models)
    return solve_static_spectrum(models, shares, T, spread, height)


def test_order_parameter_and_transition():
    rates = np.array([[0.0, 0.0], [0.1, 0.0], [0.0, 0.2], [0.05, 0.1]])
    gap_ratio = np.repeat([WEAK_COUPLING_GAP_RATIO, 4.2], len(rates))
    models = sample(*np.tile(rates, (2, 1)).T, gap_ratio)
    T = np.array([0.02, 0.4, 0.7, 0.99, 1.1])
    by_T = jax.vmap(jax.vmap(static_order_parameter, (0, None)), (None, 0))
    found, status = by_T(jax.tree.map(jnp.asarray, models), T)
    expected = tls.solve_matsubara(models, T[:, None]).order_parameter
    np.testing.assert_allclose(found, expected, atol=1e-9)
    assert set(np.asarray(status).ravel()) == {Status.CONVERGED, Status.NORMAL}
    Tc, _ = jax.vmap(static_transition)(jax.tree.map(jnp.asarray, models))
    np.testing.assert_allclose(Tc, tls.critical_temperature(models), atol=1e-9)


@pytest.mark.slow
def test_conductance_is_that_of_the_whole_solver():
    model, T = sample(0.05, 0.02), 0.2
    height = 0.25 * np.pi * T
    expected = tls.solve_spectrum(model, T, resolution=height, panels=48)
    choices = {"broadening": 0.1, "undo_resolution": True}
    found = tls.tunnelling_conductance(static_spectrum(model, T=T, height=height), BIAS, **choices)
    expected = tls.tunnelling_conductance(expected, BIAS, **choices)
    np.testing.assert_allclose(found, expected, atol=1e-8)


@pytest.mark.slow
def test_bands_and_a_spread_are_sums():
    """Of two superconductors, and of many with Gaussian weights; a narrow spread is none."""
    T, height = 0.1, 0.25 * np.pi * 0.1
    models = sample(0.05, 0.0), sample(0.0, 0.1)
    each = [static_spectrum(model, T=T, height=height).fine for model in models]
    energy = np.linspace(0.0, 4.0, 50)
    both = static_spectrum(*models, T=T, height=height).fine
    np.testing.assert_allclose(
        both.excess(energy), (each[0].excess(energy) + each[1].excess(energy)) / 2, rtol=1e-12
    )
    spread = static_spectrum(models[1], T=T, height=height, spread=0.2).fine
    x = np.linspace(-5, 5, 2001)
    gap = float(spread.order_parameter[0]) * (1 + 0.2 * x)
    zeta = height + 0.1 - 1j * energy
    gamma = zeta[:, None] / np.sqrt(zeta[:, None] ** 2 + gap**2)
    weight = np.exp(-(x**2) / 2)
    # Its tails end at four standard deviations.
    np.testing.assert_allclose(spread.excess(energy), gamma @ weight / weight.sum() - 1, atol=1e-4)
    narrow = static_spectrum(models[1], T=T, height=height, spread=0.0).fine
    np.testing.assert_allclose(narrow.excess(energy), each[1].excess(energy), atol=1e-7)


def test_a_normal_metal_has_no_spectrum_of_its_own():
    for spread in (None, 0.1):
        found = static_spectrum(sample(0.2, 0.1), T=1.2, height=0.3, spread=spread)
        assert found.status == Status.NORMAL
        np.testing.assert_allclose(found.dos(jnp.linspace(-2.0, 2.0, 5)), 1.0, atol=1e-12)


@pytest.mark.slow
def test_derivatives_are_those_of_differences():
    def excess(p):
        model = sample(p[0], p[1])
        return static_spectrum(model, T=0.2, height=0.15).fine.excess(jnp.array([0.5, 1.8])).real

    p, h = jnp.array([0.05, 0.02]), 1e-5
    exact = jax.jacfwd(excess)(p)
    for column, step in enumerate(np.eye(2) * h):
        slope = (excess(p + step) - excess(p - step)) / (2 * h)
        np.testing.assert_allclose(exact[:, column], slope, rtol=1e-6, atol=1e-8)
