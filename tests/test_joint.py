"""Newton's method for all unknowns together, and where it is called for."""

from operator import itemgetter

import jax
import jax.numpy as jnp
import joint_oracle
import numpy as np
import pytest
from test_draws import ENERGIES, drawn

import tlsjax as tls
from tlsjax.contour.equations import HEIGHT, on_mesh
from tlsjax.contour.inverted import inverted
from tlsjax.contour.joint import Joint, Together
from tlsjax.contour.linearised import System
from tlsjax.contour.matsubara import line_problem
from tlsjax.contour.mesh import first_mesh
from tlsjax.contour.newton import propagators
from tlsjax.contour.solve import MAX_STEPS, solve_for_order_parameter
from tlsjax.core.second_try import with_second_try
from tlsjax.core.status import Status
from tlsjax.core.ways import CHECKED, DESCENT, ITERATION, WAYS
from tlsjax.matsubara.axis import axis_or_default
from tlsjax.matsubara.equations import unpack
from tlsjax.model.occupations import as_occupations
from tlsjax.model.superconductor import as_superconductor

AXIS = axis_or_default(None)


def problem_of(superconductor, T, population):
    return line_problem(superconductor.simplified(), T, (population,), AXIS)


def glass(**changes):
    impurities = (tls.TLSEnsemble(alpha=1.0, splittings=tls.Glass(Ec=3.0)),)
    return tls.Superconductor(impurities=impurities, **changes)


def test_the_equations_are_those_of_the_fixed_point():
    """What the plain iteration has found is a solution of them, with rates of pair breaking."""
    scattering = tls.Scattering(dynes=0.02, magnetic=0.03)
    problem = problem_of(glass(scattering=scattering), 0.3, tls.EffectiveTemperature(2.0))
    found = solve_for_order_parameter(problem, AXIS, 16, MAX_STEPS)
    mesh, w = found.line
    v, s, X = unpack(found.matsubara.unknowns)
    joint = Joint((HEIGHT - 1j * mesh.nodes) / w, s, X, v)
    solved = Together(AXIS, exact=True).solve(joint, on_mesh(problem, mesh), False, 1e9)
    assert int(solved.steps) == 1
    assert float(solved.size) < 1e-7


@pytest.mark.parametrize("exact", [False, True])
def test_the_derivative_is_that_of_the_equations(exact, rng):
    """By every unknown, somewhere beside a solution, against the equations as a plain function."""
    scattering = tls.Scattering(dynes=0.02, magnetic=0.03)
    problem = problem_of(glass(scattering=scattering), 0.3, tls.EffectiveTemperature(2.0))
    mesh = first_mesh(16, 5.0, 1e3)
    zeta = HEIGHT - 1j * mesh.nodes
    F = propagators(zeta * (1 + 0.1 * rng.normal(size=zeta.size)), 20.0)
    point = F, 0.8 / AXIS.nu, jnp.asarray(1.1), jnp.asarray(20.0)
    plain = joint_oracle.exact if exact else joint_oracle.by_line

    @jax.jit
    def both(point):
        on = on_mesh(problem, mesh, 0.05)
        nothing = jnp.zeros(2 * zeta.size + 2 + (AXIS.nu.size if exact else 0))
        expected = plain(nothing, point, on, AXIS), jax.jacfwd(plain)(nothing, point, on, AXIS)
        return System(AXIS, exact).linear(*point, on), expected

    for found, expected in zip(*both(point), strict=True):
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12 * np.abs(expected).max())


@pytest.mark.slow
@pytest.mark.parametrize("T", [0.2, 0.9])
def test_it_finds_what_the_iteration_finds(T):
    problem = problem_of(glass(), T, tls.EffectiveTemperature(2.0 * T))
    plain, joint = (
        solve_for_order_parameter(problem, AXIS, 64, MAX_STEPS, way) for way in (ITERATION, DESCENT)
    )
    assert int(joint.status) == Status.CONVERGED
    assert bool(joint.matsubara.normal) == bool(plain.matsubara.normal)
    np.testing.assert_allclose(joint.matsubara.X, plain.matsubara.X, rtol=2e-7, atol=1e-12)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize(
    ("kind", "seed"),
    [("glass", 341), ("lorentzian", 169), ("modified-wipf-neumaier", 169), ("delta", 370)],
)
def test_cold_electrons_and_driven_impurities(kind, seed):
    """Draws that no iteration with an inner solve has found; more panels agree."""
    superconductor, T, population = drawn(kind, seed)
    spectrum = tls.solve_spectrum(superconductor, T, population).check()
    finer = tls.solve_spectrum(superconductor, T, population, panels=120).check()
    assert abs(spectrum.order_parameter - finer.order_parameter) < spectrum.error + finer.error
    N = spectrum.dos(ENERGIES)
    assert np.all(np.isfinite(N))
    off = np.abs(N - finer.dos(ENERGIES))
    assert np.all(off < spectrum.dos_error(ENERGIES) + finer.dos_error(ENERGIES))


@pytest.mark.slow
def test_a_normal_metal():
    spectrum = tls.solve_spectrum(*drawn("two baths", 53))
    assert Status(int(spectrum.status)) == Status.NORMAL


@pytest.mark.slow
def test_no_normal_state_that_was_fallen_into():
    """The iteration loses this one at its first broadening and ends in the normal state, which is
    unstable here; it was reported as the answer."""
    splittings = tls.Lorentzian(J=0.218494, sigma=0.0212429, normalized=True)
    ensemble = tls.TLSEnsemble(alpha=2.92963, splittings=splittings)
    spectrum = tls.solve_spectrum(ensemble, 0.085979, tls.EffectiveTemperature(-0.085979)).check()
    found, error = spectrum.order_parameter, spectrum.error
    assert 0.4 < found < 0.5
    assert abs(spectrum.real_axis_order_parameter - found) < error + 1e-5 * found


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_larger_of_two_solutions():
    """Delta falls as inverted impurities become more; that of the other solution rises, and which
    of the two was returned changed with the last digits of alpha."""
    population = tls.EffectiveTemperature(-0.217)
    alpha = np.array([1.007, 1.06 * (1 - 1e-12), 1.06, 1.113])
    found = tls.order_parameter(tls.TLSEnsemble(alpha, tls.Glass(0.9)), 0.047, population)
    assert np.all(np.asarray(found) > 1.2)
    np.testing.assert_allclose(found[1], found[2], rtol=1e-9)
    assert found[0] > found[1] + 0.03 > found[3] + 0.06


def test_only_points_that_did_not_converge_are_tried_again():
    tried = []

    def solve(x, T, way):
        turn = WAYS.index(way) - 1
        if turn > 0:
            tried.append((float(x), float(T)))
            # The last one needs the second of the two.
            status = Status.UNRESOLVED if x > turn + 1.5 else Status.CONVERGED
            return {"status": jnp.int32(status), "x": x + 100 * turn}
        status = jnp.where(x > 1, Status.MAX_STEPS, Status.NORMAL) + 0 * T.astype(int)
        if way == CHECKED:
            status = jnp.where(x == 0.5, Status.OTHER_SOLUTION, status)
        status = jnp.where(x < 0, Status.UNRESOLVED, status)
        return {"status": status, "x": jnp.broadcast_to(x, status.shape)}

    def found(x, T, **choices):
        point = jnp.asarray(x), jnp.asarray(T)
        solved = with_second_try(solve, itemgetter("status"), *point, **choices)
        return [np.asarray(solved[key]).tolist() for key in ("status", "x")]

    assert found(0.5, 1.0) == [Status.NORMAL, 0.5]
    assert not tried
    assert found(2.0, 1.0) == [Status.CONVERGED, 102.0]
    assert tried == [(2.0, 1.0)]
    assert found([[0.0], [3.0]], [1.0, 2.0])[1] == [[0.0, 0.0], [203.0, 203.0]]
    assert tried[1:] == 2 * [(3.0, 1.0), (3.0, 2.0)]
    assert found(9.0, 1.0) == [Status.UNRESOLVED, 209.0]
    # Where a height that was asked for is not resolved, another Delta does not help.
    assert found(-1.0, 1.0) == [Status.UNRESOLVED, -1.0]
    assert len(tried) == 7
    # What may have several solutions is looked at, and solved again if it needs be.
    assert found([0.2, 0.5], 1.0, doubtful=[False, True])[1] == [0.2, 100.5]
    assert found(0.4, 1.0, doubtful=True)[1] == 0.4
    assert len(tried) == 8
    # What a point needs is not known under a transformation.
    status = jax.vmap(lambda x: with_second_try(solve, itemgetter("status"), x, x)["status"])
    assert status(jnp.array([0.0, 3.0])).tolist() == [Status.NORMAL, Status.MAX_STEPS]
    with tls.solved_by("checked"):
        assert status(jnp.array([0.5, 3.0])).tolist() == [Status.OTHER_SOLUTION, Status.MAX_STEPS]
        assert found(0.5, 1.0) == [Status.OTHER_SOLUTION, 0.5]


def test_methods_have_names():
    with (
        pytest.raises(ValueError, match="`method` must be one of iteration"),
        tls.solved_by("fast"),
    ):
        pass


@pytest.mark.parametrize(
    ("population", "expected"),
    [
        (tls.EffectiveTemperature(np.array([-1.0, 2.0])), [True, False]),
        (tls.EffectiveTemperature(np.inf), False),
        (tls.GroundState(), False),
        (tls.BurntHole(1.0, 1e-3, 0.5), False),
        (tls.Population(lambda E: jnp.tanh(E) - 2 * jnp.exp(-(((E - 1) / 0.02) ** 2))), True),
        (tls.Population(lambda E: -1e-12 * E), False),
    ],
)
def test_inversion_is_seen(population, expected):
    ensemble = tls.TLSEnsemble(1.0, tls.Glass(3.0))
    found = inverted(as_superconductor(ensemble), 0.2, as_occupations(population, 1))
    assert np.asarray(found).tolist() == expected
