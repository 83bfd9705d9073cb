"""Points of a scan that need another method than the rest."""

import jax.numpy as jnp
import numpy as np
import pytest

import tlsjax as tls
from tlsjax.core.ways import CHECKED, ITERATION, way_asked
from tlsjax.scans import second_try

HARDNESS = {None: 1.0, "iteration": 1.0, "descent": 2.0, "fine-descent": 3.0}
GLASS = tls.Glass(Ec=3.0)


def pretended(x):
    """Of ``x`` below 1 by the iteration, and so on."""
    method = HARDNESS[way_asked()]
    status = jnp.where(x < method, tls.Status.CONVERGED, tls.Status.MAX_STEPS)
    return {"method": method + 0 * x, "status": status}


def test_lost_points_are_solved_by_the_next_method():
    x = np.array([0.5, 1.5, 0.7, 2.5, 2.7, 0.1, 1.1])
    table = tls.scan(pretended, {"x": x}, gradient="x", chunk=3, lanes=2)
    np.testing.assert_array_equal(table.method, np.floor(x) + 1)
    np.testing.assert_array_equal(table.dmethod_dx, 0.0)
    assert table.failed == 0
    with pytest.warns(UserWarning, match="1 of 2 points have no answer"):
        table = tls.scan(pretended, {"x": [0.5, 3.5]})
    assert list(tls.failed_points(table)["status"]) == ["MAX_STEPS"]


def test_where_there_is_no_other_method_nothing_is_compiled(monkeypatch):
    monkeypatch.setattr(second_try, "Program", None)
    with pytest.warns(UserWarning, match="1 of 2 points have no answer"):
        table = tls.scan(lambda x: jnp.log(x), {"x": [1.0, -1.0]})
    assert table.failed == 1


@pytest.mark.parametrize(
    ("choices", "grid", "expected"),
    [
        ({}, {"T": [0.1]}, ITERATION),
        ({}, {"T": [0.1], "T_tls": [0.5, -0.5]}, CHECKED),
        ({}, {"T": [0.1], "T_tls": [0.5, np.inf]}, ITERATION),
        ({"fixed": {"T_tls": -1.0}}, {"T": [0.1]}, CHECKED),
        ({"population": tls.EffectiveTemperature(-1.0)}, {"T": [0.1]}, CHECKED),
        ({"population": tls.GroundState()}, {"T": [0.1]}, ITERATION),
        ({"population": tls.Population(lambda E: jnp.cos(E))}, {"T": [0.1]}, CHECKED),
    ],
)
def test_inverted_impurities_are_checked(choices, grid, expected):
    assert tls.Observable("n0", GLASS, **choices).way(grid) == expected


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_inverted_points_are_those_of_the_largest_solution():
    """Beside the iteration alone, which returned the smaller one at two of these."""
    alpha = np.array([1.007, 1.06 * (1 - 1e-12), 1.06, 1.113])
    fixed = {"T": 0.047, "T_tls": -0.217}
    density = tls.Observable("lambda", tls.Glass(0.9), fixed=fixed, solver={"panels": 32})
    table = tls.scan(density, {"alpha": alpha}, gradient="alpha")
    population = tls.EffectiveTemperature(-0.217)
    alone = tls.solve_superfluid_density(
        tls.TLSEnsemble(alpha, tls.Glass(0.9)), 0.047, population, panels=32
    )
    assert table.failed == 0
    np.testing.assert_allclose(table.n_s, alone.check().superfluid_density, rtol=1e-9)
    step = (table.n_s[3] - table.n_s[0]) / (alpha[3] - alpha[0])
    assert step < 0
    np.testing.assert_allclose(table.dn_s_dalpha[1:3], step, rtol=0.1)
