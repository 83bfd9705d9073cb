"""A junction's conductance against plain sums, and the identities of its kernel."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import special

import tlsjax as tls
from tlsjax.core.units import MEV_PER_KELVIN
from tlsjax.fitting.parameters import arrange
from tlsjax.fitting.problem import Problem
from tlsjax.numerics.nonuniform import from_frequencies, stencil, to_frequencies

T = 0.2
BIAS = np.array([0.0, 1.0, 2.0, -3.0])
ENSEMBLE = tls.TLSEnsemble(1.0, tls.Glass(Ec=3.0))
QUICK = {"panels": 32}


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


def test_electrons_of_one_spectrum_have_one_temperature(sharp):
    for electrons in ([0.1, 0.2], [[0.1]]):
        with pytest.raises(ValueError, match="`electron_temperature` must be one number"):
            tls.tunnelling_conductance(sharp, BIAS, electrons)


def test_current_is_the_integral_of_conductance(sharp):
    bias = np.linspace(0, 4, 401)
    conductance = np.asarray(tls.tunnelling_conductance(sharp, bias))
    steps = (conductance[1:] + conductance[:-1]) / 2 * np.diff(bias)
    current = tls.tunnelling_current(sharp, jnp.asarray(bias))
    np.testing.assert_allclose(current[1:], np.cumsum(steps), atol=1e-4)
    back = -np.asarray(tls.tunnelling_current(sharp, -bias))
    np.testing.assert_allclose(back, current, rtol=1e-12)


def dense(spectrum, bias, T_e, broadening, modulation, height, current=False):
    """The cosine sum over all pairs of energies, times and biases, much finer than need be."""
    width = np.sqrt(np.pi**2 / 3 * T_e**2 + broadening**2)
    end = np.max(np.abs(bias)) + 14 * width + modulation
    edges = np.asarray(spectrum.breakpoints)
    edges = np.unique(np.append(edges[edges < end], np.arange(0, end, width / 2)))
    edges = np.append(edges, end)
    nodes, weights = np.polynomial.legendre.leggauss(6)
    half = np.diff(edges)[:, None] / 2
    E, w = (edges[:-1, None] + half * (1 + nodes)).ravel(), (half * weights).ravel()
    excess = w * np.asarray(spectrum.fine.excess(E, E - spectrum.fine.edges))
    last = min(25 / (np.pi * T_e - height), np.sqrt(50) / max(broadening, 1e-9))
    step = np.pi / (end + np.max(np.abs(bias)))
    t = np.arange(1e-9 * step, last, step)
    x, z = np.pi * T_e * t, modulation * t + 1e-9
    kernel = x / np.sinh(x) * np.exp(-((broadening * t) ** 2) / 2) * 2 * special.j1(z) / z
    image = np.concatenate([
        np.cosh(height * part) * (np.cos(np.outer(part, E)) @ excess.real)
        + np.sinh(height * part) * (np.sin(np.outer(part, E)) @ excess.imag)
        for part in np.array_split(t, t.size // 200 + 1)
    ])  # fmt: skip
    image *= 2 / np.pi * step * kernel
    image[0] /= 2
    if current:
        return bias + np.sin(np.outer(bias, t)) / t @ image
    return 1 + np.cos(np.outer(bias, t)) @ image


SMEARED = {
    "cold": (0.01, 0.0, 0.0),
    "cold and broadened": (0.01, 0.03, 0.0),
    "cold and modulated": (0.01, 0.0, 0.5),
    "warm": (0.3, 0.0, 0.0),
    "warm, all three": (0.2, 0.3, 0.4),
}
# Irregular, on both sides, within the gap and far out; not on any grid.
SWEEP = np.sort(np.random.default_rng(3).uniform(-7.0, 7.0, 60))


def of_height(height):
    """A spectrum at a height: one program for all."""
    return spectrum(resolution=height)


@pytest.mark.slow
@pytest.mark.parametrize("undone", [True, False])
@pytest.mark.parametrize("name", SMEARED)
def test_is_the_dense_sum(name, undone):
    """To some 1e-9 of the largest conductance, which is what both ends of the sums leave."""
    T_e, broadening, modulation = numbers = SMEARED[name]
    height = 0.25 * np.pi * T_e
    found = of_height(height)
    choices = {"broadening": broadening, "modulation": modulation, "undo_resolution": undone}
    undo = height if undone else 0.0
    for measure, current in ((tls.tunnelling_conductance, False), (tls.tunnelling_current, True)):
        expected = dense(found, SWEEP, *numbers, undo, current)
        seen = np.asarray(measure(found, SWEEP, T_e, **choices))
        np.testing.assert_allclose(seen, expected, atol=2e-9 * np.abs(expected).max())


@pytest.mark.slow
@pytest.mark.parametrize("name", ["cold and broadened", "cold and modulated", "warm, all three"])
def test_derivatives_are_those_of_the_dense_sum(name):
    """In everything, forwards and backwards, against differences of the other sum."""
    T_e, *_ = numbers = SMEARED[name]
    height = 0.25 * np.pi * T_e
    found = of_height(height)
    window = tls.window_for(3.5, *numbers, height)
    sweep = SWEEP[np.abs(SWEEP) < 3][::2]

    def moved(share):
        fine = found.fine
        fine = dataclasses.replace(fine, w=fine.w * (1 + share * 1j))
        return dataclasses.replace(found, fine=fine)

    def fast(p):
        T_e, broadening, modulation, shift, share = p
        return tls.tunnelling_conductance(
            moved(share), sweep - shift, T_e, broadening=broadening, modulation=modulation,
            undo_resolution=True, window=window,
        )  # fmt: skip

    p = np.array([*numbers, 0.0, 0.0])
    forwards = jax.jit(jax.jacfwd(fast))(p)
    backwards = jax.jit(jax.jacrev(fast))(p)
    np.testing.assert_allclose(backwards, forwards, atol=1e-9 * np.abs(forwards).max())
    for i in range(p.size):
        # No differences towards negative widths; both sums are even in them.
        step = 1e-3 * T_e * np.eye(p.size)[i]

        def slow(p):
            return dense(moved(p[4]), sweep - p[3], *np.abs(p[:3]), height)

        near, far = ((slow(p + n * step) - slow(p - n * step)) / (2 * n) for n in (1, 2))
        expected = (4 * near - far) / 3 / (1e-3 * T_e)
        # Differences of fourth order: 1e-12 of a curvature, and rounding over the step.
        scale = max(np.abs(expected).max(), 1.0)
        np.testing.assert_allclose(forwards[:, i], expected, atol=1e-7 * scale)


def test_many_at_once():
    """vmap over junctions, any shape of biases, and none at all."""
    found = of_height(0.02)
    bias = SWEEP[:6].reshape(2, 3)
    window = tls.window_for(7.0, 0.05)
    T_e = jnp.array([0.05, 0.1])
    together = jax.vmap(lambda T: tls.tunnelling_conductance(found, bias, T, window=window))(T_e)
    assert together.shape == (2, 2, 3)
    for i in range(2):
        alone = tls.tunnelling_conductance(found, bias.ravel(), T_e[i])
        np.testing.assert_allclose(together[i].ravel(), alone, atol=1e-8)
    assert tls.tunnelling_conductance(found, np.zeros(0), 0.1).shape == (0,)


def test_transforms_of_points_anywhere():
    """Up to a quarter of the grid, as the module promises, and both ways the same sum."""
    size, rng = 512, np.random.default_rng(0)
    x, weights = rng.uniform(-2 * size, 2 * size, 90), rng.standard_normal(90)
    k = np.arange(size // 2 + 1)
    found = to_frequencies(stencil(x, size), weights, size)
    exact = np.exp(-2j * np.pi * np.outer(k, x) / size) @ weights
    for low, high in ((0, size // 16), (size // 16, size // 8), (size // 8, size // 4)):
        bound = np.abs(weights).sum() * (high / (size - high)) ** 10
        assert np.abs(found - exact)[low:high].max() < bound + 1e-12
    decay = np.exp(-21 * k / (size / 4)) * (1 + 0.5j)
    back = from_frequencies(decay, stencil(x, size), size)
    both = np.exp(2j * np.pi * np.outer(x, k) / size)
    np.testing.assert_allclose(back, 1 + 2 * (both[:, 1:] @ decay[1:]).real, atol=1e-12)


def test_a_cold_junction_needs_little_memory():
    """400 points at 0.005 Tc0 and four derivatives of them: the dense sums were gigabytes."""
    found = of_height(0.002)
    bias = jnp.linspace(-7.5, 7.5, 400)
    window = tls.window_for(7.5, 0.005, height=0.002)

    def conductance(p):
        return tls.tunnelling_conductance(
            found, bias - p[2], p[0], broadening=p[1], modulation=p[3], undo_resolution=True,
            window=window,
        )  # fmt: skip

    program = jax.jit(jax.jacfwd(conductance)).lower(jnp.array([0.005, 0.0, 0.0, 0.0])).compile()
    assert program.memory_analysis().temp_size_in_bytes < 50e6


@pytest.mark.slow
def test_jacobian_of_a_fit_is_that_of_its_residuals():
    """A derivative goes through the solvers only where they depend on the parameter.

    The electron temperature is tied to that of the impurities: it is both.
    """
    kelvin = MEV_PER_KELVIN
    bias = np.linspace(-3, 3, 15)
    data = tls.TunnellingData(bias, 1 + 0 * bias, T=1.8, error=0.1)
    model = tls.Superconductor((tls.TLSEnsemble(0.3, tls.Glass(2.0)),), tls.WeakCouplingHost(0.8))
    parameters, layout = arrange(
        (data,), model, free=("T_tls", "broadening"), fixed={"slope": 0.0, "Ec": 2.0}, bounds={},
        start={"T_tls": 2.5, "broadening": 0.5 * kelvin}, tie={"T_e": "T_tls"}, separate=(),
    )  # fmt: skip
    problem = Problem((data,), model, parameters, layout)
    inner = dict(zip(layout.free, layout.of_the_sample(), strict=True))
    assert inner == {
        "alpha": True, "Tc0": True, "T_tls": True, "G_N": False, "V0": False, "broadening": False,
    }  # fmt: skip
    x = problem.x + 0.01
    _, jacobian, solved = problem.evaluate(x)
    assert solved
    for i, name in enumerate(layout.free):
        step = 1e-3 * np.eye(x.size)[i]
        up, down = (problem.evaluate(x + sign * step)[0] for sign in (1, -1))
        expected = (up - down) / 2e-3
        # Of the differences' own error, and of the meshes, which move with the parameters.
        atol = 1e-3 * np.abs(expected).max()
        np.testing.assert_allclose(jacobian[:, i], expected, atol=atol, err_msg=name)
