"""Spectra: reference numbers, exact identities, limits, honesty of the reported errors."""

import json
import pickle

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from draws import CLASSES
from reference import MODIFIED, SPECTRUM, SPECTRUM_ENERGIES

import tlsjax as tls

# A coarse and quick setting where digits are not the point.
QUICK = {"panels": 32}
GLASS = tls.TLSEnsemble(1.0, tls.Glass(Ec=3.0))


def sum_rule(spectrum):
    """``int (N/N_f - 1)``, the BCS tail beyond the mesh in closed form."""
    end = float(spectrum.breakpoints[-1])
    excess = float(spectrum.energy_weights @ (spectrum.at_nodes.g.imag - 1))
    return excess + float(spectrum.order_parameter) ** 2 / (2 * end)


def matsubara_from_spectrum(spectrum, n):
    """``f(i epsilon_n) = (2/pi) int_0^inf dx Im f(x) x/(x^2 + epsilon_n^2)``."""
    x, weights = np.asarray(spectrum.energy), np.asarray(spectrum.energy_weights)
    anomalous = np.asarray(spectrum.at_nodes.f.imag)
    epsilon_n = (2 * n + 1) * np.pi * float(spectrum.T)
    end = float(spectrum.breakpoints[-1])
    inside = weights @ (anomalous * x / (x**2 + epsilon_n**2))
    return 2 / np.pi * (inside + float(spectrum.order_parameter) / end)


def matsubara(ensemble, T, n):
    """The same from the Matsubara solution."""
    state = tls.solve_matsubara(ensemble, T)
    _, epsilon, delta = (np.asarray(a) for a in state.at(np.array([n])))
    return float(delta[0] / np.hypot(epsilon[0], delta[0]))


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, marks=[pytest.mark.slow] if case[0] != "glass" else [])
        for case in SPECTRUM
    ],
    ids=lambda case: case[0],
)
def test_reference(case):
    """Independent numbers, the identities, and what the solution says about itself."""
    name, parameters, T, T_tls = case
    delta, dos = SPECTRUM[case]
    ensemble = tls.TLSEnsemble(1.0, CLASSES[name](*parameters))
    population = tls.Thermal() if T_tls == T else tls.EffectiveTemperature(T_tls)
    spectrum = tls.solve_spectrum(ensemble, T, population).check()
    energy = np.array(SPECTRUM_ENERGIES)
    assert float(spectrum.order_parameter) == pytest.approx(delta, abs=2e-5)
    np.testing.assert_allclose(spectrum.dos(energy), dos, rtol=1e-3)
    assert float(spectrum.real_axis_order_parameter) == pytest.approx(
        float(spectrum.order_parameter), abs=1.2e-5
    )
    assert abs(sum_rule(spectrum)) < 1e-4
    assert float(spectrum.at_nodes.g.imag.min()) >= 0
    # Symmetry, and the mirror of the self energies.
    np.testing.assert_allclose(spectrum.dos(-energy), spectrum.dos(energy), rtol=1e-12)
    np.testing.assert_allclose(
        spectrum.pair_density(-energy),
        -np.asarray(spectrum.pair_density(energy)),
        rtol=1e-12,
        atol=1e-15,
    )
    # N from the self energies it reports.
    epsilon = energy - np.asarray(spectrum.sigma_epsilon(energy))
    gap = float(spectrum.order_parameter) + np.asarray(spectrum.sigma_delta(energy))
    ratio = epsilon / 1j / np.sqrt(gap**2 - epsilon**2 + 0j)
    np.testing.assert_allclose(np.abs(ratio.real), spectrum.dos(energy), rtol=1e-7)


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=pytest.mark.slow) for n in ("glass", "lorentzian", MODIFIED)],
)
def test_both_axes_agree(name):
    parameters = {"glass": (3.0,), "lorentzian": (1.0, 0.1)}.get(name, (0.1, 0.1, 0.01))
    for alpha, t in ((0.5, 0.2), (0.5, 0.6), (1.0, 0.2), (1.0, 0.95)):
        ensemble = tls.TLSEnsemble(alpha, CLASSES[name](*parameters))
        Tc = float(tls.critical_temperature(ensemble))
        spectrum = tls.solve_spectrum(ensemble, t * Tc).check()
        delta = float(tls.order_parameter(ensemble, t * Tc))
        assert float(spectrum.order_parameter) == pytest.approx(delta, rel=1e-8)
        assert float(spectrum.real_axis_order_parameter) == pytest.approx(delta, abs=1e-5)
        assert abs(sum_rule(spectrum)) < 1e-4
        for n in (0, 5):
            expected = matsubara(ensemble, t * Tc, n)
            assert matsubara_from_spectrum(spectrum, n) == pytest.approx(expected, rel=1e-5)


@pytest.mark.slow
def test_both_axes_agree_to_a_millionth_when_refined():
    ensemble = tls.TLSEnsemble(1.0, tls.ModifiedWipfNeumaier(0.1, 0.1, 0.01))
    spectrum = tls.solve_spectrum(ensemble, 0.4, panels=96).check()
    delta = float(tls.order_parameter(ensemble, 0.4))
    assert float(spectrum.real_axis_order_parameter) == pytest.approx(delta, abs=1e-6)
    for n in (0, 5):
        expected = matsubara(ensemble, 0.4, n)
        assert matsubara_from_spectrum(spectrum, n) == pytest.approx(expected, rel=2e-7)


@pytest.mark.slow
def test_a_single_splitting_at_low_temperature():
    """Peaks 1e-5 wide, where a uniform grid is 2 % off; the sub-gap tail down to 1e-8."""
    ensemble = tls.TLSEnsemble(1.0, tls.DeltaFunction(E0=2.0))
    spectrum = tls.solve_spectrum(ensemble, 0.2).check()
    delta = float(tls.order_parameter(ensemble, 0.2))
    assert float(spectrum.real_axis_order_parameter) == pytest.approx(delta, abs=1e-5)
    assert abs(sum_rule(spectrum)) < 1e-4
    below = np.linspace(0, 2.5, 11)
    dos, error = np.asarray(spectrum.dos(below)), np.asarray(spectrum.dos_error(below))
    assert dos.min() < 1e-8
    finer = tls.solve_spectrum(ensemble, 0.2, panels=160).check()
    np.testing.assert_allclose(finer.dos(below), dos, rtol=1e-6)
    assert (np.abs(finer.dos(below) - dos) < error).all()
    assert (error < 1e-2 * dos + 2e-8).all()
    assert 2.9 < float(spectrum.gap_edge) < 3.0


@pytest.mark.slow
def test_rungs_at_the_fermi_level():
    """With cold impurities N there is 1e-11: a ladder not followed down to it loses the branch."""
    ensemble = tls.TLSEnsemble(1.0, tls.DeltaFunction(E0=1.0))
    spectrum = tls.solve_spectrum(ensemble, 0.2, tls.EffectiveTemperature(0.1)).check()
    on, beside = np.array([0.0, 1.0]), np.array([1e-5, 1.0 + 1e-5])
    np.testing.assert_allclose(spectrum.dos(on), spectrum.dos(beside), rtol=1e-3)


@pytest.mark.slow
def test_doubling_the_resolution_changes_less_than_the_reported_error():
    energy = np.linspace(0, 6, 61)
    population = tls.EffectiveTemperature(1.0)
    coarse = tls.solve_spectrum(GLASS, 0.3, population, **QUICK)
    fine = tls.solve_spectrum(GLASS, 0.3, population, panels=64)
    change = np.abs(np.asarray(coarse.dos(energy) - fine.dos(energy)))
    assert (change <= np.asarray(coarse.dos_error(energy))).all()
    moved = abs(float(coarse.order_parameter - fine.order_parameter))
    assert moved <= float(coarse.error)


def test_clean_superconductor_is_bcs():
    ensemble = tls.TLSEnsemble(0.0, tls.Glass(3.0))
    spectrum = tls.solve_spectrum(ensemble, 0.3, **QUICK).check()
    delta = float(tls.order_parameter(ensemble, 0.3))
    above = np.array([1.2, 1.5, 3.0]) * delta
    bcs = above / np.sqrt(above**2 - delta**2)
    np.testing.assert_allclose(spectrum.dos(above), bcs, rtol=1e-9)
    np.testing.assert_allclose(spectrum.pair_density(above), delta / above * bcs, rtol=1e-9)
    assert (np.abs(spectrum.dos(np.array([0.0, 0.5 * delta, 0.99 * delta]))) < 1e-12).all()
    assert float(spectrum.gap_edge) == pytest.approx(delta, rel=1e-8)


@pytest.mark.slow
def test_solutions_are_plain_python_when_asked(tmp_path):
    """Batches, pickles, JSON and pictures of every kind of solution."""
    glass = tls.TLSEnsemble(np.array([0.2, 0.6]), tls.Glass(3.0))
    sample = tls.Superconductor((glass, tls.TLSEnsemble(0.4, tls.DeltaFunction(1.2))))
    transition = tls.solve_critical_temperature(sample)
    state = tls.solve_matsubara(sample, np.array([[0.3], [0.6], [1.5]]))
    spectrum = tls.solve_spectrum(GLASS, 0.3, **QUICK)
    assert transition.temperature.shape == (2,)
    assert state.order_parameter.shape == state.status.shape == (3, 2)
    assert state.status[2].tolist() == [int(tls.Status.NORMAL)] * 2
    for solution in (transition, state, spectrum):
        record = json.loads(json.dumps(solution.to_dict(), allow_nan=False))
        assert "status" in record
        again = pickle.loads(pickle.dumps(solution))
        for one, other in zip(jax.tree.leaves(again), jax.tree.leaves(solution), strict=True):
            np.testing.assert_array_equal(one, other)
    assert float(spectrum) == float(spectrum.order_parameter)
    for solution in (tls.solve_matsubara(GLASS, 0.3), spectrum):
        axes = solution.plot()
        assert axes.get_xlabel()
        assert axes.get_ylabel()
        axes.figure.savefig(tmp_path / "picture.png")


@pytest.mark.slow
def test_hot_impurities_fill_the_gap_up_to_the_limit():
    def zero_energy(T_tls):
        spectrum = tls.solve_spectrum(GLASS, 0.2, tls.EffectiveTemperature(T_tls), **QUICK)
        assert tls.Status(int(spectrum.status)) == tls.Status.CONVERGED
        return float(spectrum.dos(0.0))

    values = [zero_energy(T) for T in (0.2, 0.5, 1.0, 2.0, 5.0, 50.0, 5e4)]
    assert np.all(np.diff(values) > 0)
    limit = zero_energy(np.inf)
    assert values[-1] == pytest.approx(limit, rel=1e-4)
    none = tls.solve_spectrum(GLASS, 0.2, lambda E: 0.0 * E, **QUICK)
    assert float(none.dos(0.0)) == pytest.approx(limit, rel=1e-9)
    equilibrium = tls.solve_spectrum(GLASS, 0.2, **QUICK)
    assert values[0] == pytest.approx(float(equilibrium.dos(0.0)), rel=1e-5)


@pytest.mark.slow
def test_functions_and_inverted_populations():
    as_function = tls.solve_spectrum(GLASS, 0.4, lambda E: jnp.tanh(E / 2), **QUICK).check()
    as_class = tls.solve_spectrum(GLASS, 0.4, tls.EffectiveTemperature(1.0), **QUICK)
    assert float(as_function.order_parameter) == pytest.approx(
        float(as_class.order_parameter), rel=1e-7
    )
    inverted = tls.solve_spectrum(GLASS, 0.4, tls.EffectiveTemperature(-1.0), **QUICK)
    assert tls.Status(int(inverted.status)) == tls.Status.NORMAL
    assert float(inverted.order_parameter) == 0.0
    np.testing.assert_allclose(inverted.dos(np.array([0.0, 1.0])), 1.0, rtol=1e-12)


def test_resolution_is_a_lorentzian():
    """The height above the real axis against the convolution done by quadrature."""
    eta = 0.15
    sharp = tls.solve_spectrum(GLASS, 0.3).check()
    blurred = tls.solve_spectrum(GLASS, 0.3, resolution=eta).check()
    # Panels at the Fermi level may be longer than eta: they are divided.
    edges = np.union1d(sharp.breakpoints, np.arange(0.0, 12.0, eta / 4))
    points, shares = np.polynomial.legendre.leggauss(6)
    half = np.diff(edges)[:, None] / 2
    x, weights = (edges[:-1, None] + half * (1 + points)).ravel(), (half * shares).ravel()
    excess = np.asarray(sharp.fine.interpolate(sharp.at_nodes.g.imag, x)) - 1
    for energy in (0.0, 1.5, 2.7, 4.0):
        kernel = sum(eta / np.pi / ((energy - s * x) ** 2 + eta**2) for s in (1, -1))
        expected = 1 + weights @ (kernel * excess)
        assert float(blurred.dos(energy)) == pytest.approx(expected, abs=2e-6)


def test_resolution_is_chosen_where_the_mesh_needs_one():
    """A single splitting has edges of width exp(-Delta/T); those of a glass are wider than T^2."""
    for T in (0.5, 0.02):
        assert float(tls.solve_spectrum(GLASS, T).check().resolution) == 0.0
    sharp = tls.solve_spectrum(tls.TLSEnsemble(1.0, tls.DeltaFunction(2.0)), 0.02).check()
    assert 0 < float(sharp.resolution) < 1e-6 * float(sharp.order_parameter)


def test_a_resolution_asked_for_is_kept():
    for T, asked in ((0.5, 0.01), (0.02, 1e-3), (0.02, 0.0)):
        kept = tls.solve_spectrum(GLASS, T, resolution=asked)
        assert float(kept.resolution) == pytest.approx(asked, rel=1e-12)
    sentence = r"^Argument `resolution` must be a number or 'auto', but is 'automatic'\.$"
    with pytest.raises(ValueError, match=sentence):
        tls.solve_spectrum(GLASS, 0.5, resolution="automatic")


@pytest.mark.slow
@pytest.mark.parametrize("T_tls", [0.2, 1.0])
def test_a_small_splitting(T_tls):
    """Far more rungs than at E0 = 1; without a splitting nothing scatters inelastically."""

    def solved(E0):
        ensemble = tls.TLSEnsemble(1.0, tls.DeltaFunction(E0))
        population = None if T_tls == 0.2 else tls.EffectiveTemperature(T_tls)
        return tls.solve_spectrum(ensemble, 0.2, population).check()

    assert 0 <= float(solved(0.05).dos(0.0)) < 1
    least = solved(1e-9)
    delta = float(tls.order_parameter(tls.TLSEnsemble(0.0, tls.Glass(3.0)), 0.2))
    assert float(least.order_parameter) == pytest.approx(delta, rel=1e-6)
    energy = np.array([0.5, 1.5, 3.0]) * delta
    bcs = (energy / np.sqrt(energy**2 - delta**2 + 0j)).real
    np.testing.assert_allclose(least.dos(energy), bcs, atol=1e-5)


def observables(ensemble, T, population, energy):
    spectrum = tls.solve_spectrum(ensemble, T, population, **QUICK)
    return jnp.stack([spectrum.order_parameter, spectrum.dos(energy)])


@pytest.mark.slow
def test_derivatives():
    """Forward and reverse against differences, in every parameter, T, T_tls and energy.

    The glass edge at 3.0 meets a breakpoint of the population at 3.0 on purpose.
    """
    arguments = (GLASS, 0.4, tls.EffectiveTemperature(1.0), 1.5)
    every = (0, 1, 2, 3)
    forward = jax.jit(jax.jacfwd(observables, argnums=every))(*arguments)
    reverse = jax.jit(jax.jacrev(observables, argnums=every))(*arguments)
    leaves, tree = jax.tree.flatten(arguments)
    step = 1e-4
    for index, pair in enumerate(zip(*map(jax.tree.leaves, (forward, reverse)), strict=True)):

        def moved(by, index=index):
            there = [x + by * (i == index) for i, x in enumerate(leaves)]
            return observables(*jax.tree.unflatten(tree, there))

        ends = moved(-step), moved(step)
        difference = (ends[1] - ends[0]) / (2 * step)
        np.testing.assert_allclose(pair[0], difference, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(pair[0], pair[1], rtol=1e-7, atol=1e-9)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", ["delta", "glass", "lorentzian", "modified-wipf-neumaier"])
def test_random_draws_converge_or_say_so(kind, rng):
    """125 of each: no NaN in an answer, no answer without its equations."""
    size = 125
    J, sigma = 10 ** rng.uniform(-1.3, 0.7, size), 10 ** rng.uniform(-2, 0, size)
    splittings = {
        "delta": (J,),
        "glass": (2 * J,),
        "lorentzian": (J, sigma),
        "modified-wipf-neumaier": (J, np.maximum(J, sigma), 10 ** rng.uniform(-2, -1, size)),
    }[kind]
    alpha = rng.uniform(0, 3, size) + (rng.random(size) < 0.2) * 7
    T = 10 ** rng.uniform(-1.2, 0.1, size)
    T_tls = np.where(rng.random(size) < 0.15, -1, 1) * 10 ** rng.uniform(-1.5, 1.5, size)

    @jax.jit
    def solve_all(arguments):
        def one(arguments):
            splittings, alpha, T, T_tls = arguments
            ensemble = tls.TLSEnsemble(alpha, CLASSES[kind](*splittings))
            population = tls.EffectiveTemperature(T_tls)
            # A ladder has four times the panels. Deep in the gap N is 6e-14 in some draws: 32
            # panels, good to 1e-4 there, make it -4e-12 to -8e-9 in six of these.
            quick = {"panels": 16 if kind == "delta" else 48}
            spectrum = tls.solve_spectrum(ensemble, T, population, max_steps=150, **quick)
            lowest = jnp.min(spectrum.at_nodes.g.imag)
            return spectrum.status, spectrum.order_parameter, spectrum.residual, lowest

        return jax.lax.map(one, arguments)

    status, delta, residual, lowest = map(np.asarray, solve_all((splittings, alpha, T, T_tls)))
    answered = (status == tls.Status.CONVERGED) | (status == tls.Status.NORMAL)
    assert np.isfinite(delta[answered]).all()
    assert (residual[answered] < 1e-6).all()
    assert (lowest[answered] >= -1e-12).all()
    assert np.isnan(delta[~answered]).all()
    flagged = {tls.Status.MAX_STEPS, tls.Status.UNRESOLVED, tls.Status.OUT_OF_RANGE}
    flagged.add(tls.Status.NOT_FINITE)
    assert set(status[~answered]) <= flagged
    assert answered.mean() > 0.65


def test_bad_input_is_one_sentence():
    for arguments, words in [
        ((GLASS, 0.3, tls.EffectiveTemperature(0.0)), "`T_tls` must be"),
        ((GLASS, -0.3), "`T` must be"),
        ((GLASS, 0.3, 1.5), "`population` must be"),
        ((tls.Glass(3.0), 0.3), "`superconductor` must be"),
    ]:
        with pytest.raises(ValueError, match=words):
            tls.solve_spectrum(*arguments)
    with pytest.raises(ValueError, match=r"`resolution` must be zero or more and below pi T"):
        tls.solve_spectrum(GLASS, 0.1, resolution=0.4)
    with pytest.raises(ValueError, match="`panels` must be"):
        tls.solve_spectrum(GLASS, 0.1, panels=33)
    with pytest.raises(ValueError, match="`resolution` must be a number or 'auto'"):
        tls.solve_spectrum(GLASS, 0.1, resolution="fine")
    spectrum = tls.solve_spectrum(GLASS, 0.3, **QUICK)
    with pytest.raises(ValueError, match="`energy` must be"):
        spectrum.dos(np.array([0.0, np.nan]))
    with pytest.raises(ValueError, match=r"`names` must be among dos.* but is \('dos', 'green'\)"):
        spectrum.table(0.5, ("dos", "green"))


def test_hard_cases_end_with_a_status():
    """alpha = 10, and temperatures far below what the Matsubara axis covers."""
    strong = tls.solve_spectrum(tls.TLSEnsemble(10.0, tls.Glass(3.0)), 0.3, **QUICK)
    assert np.isfinite(float(strong.check().order_parameter))
    cold = tls.solve_spectrum(GLASS, 0.02, **QUICK)
    answered = int(cold.status) in (tls.Status.CONVERGED, tls.Status.NORMAL)
    assert np.isfinite(float(cold.order_parameter)) == answered
    colder = tls.solve_spectrum(GLASS, 1e-6, **QUICK)
    assert tls.Status(int(colder.status)) == tls.Status.OUT_OF_RANGE
    assert np.isnan(float(colder.dos(1.0)))
    with pytest.raises(tls.ConvergenceError, match="compact_axis"):
        colder.check()
