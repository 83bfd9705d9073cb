"""Scans in memory: the points, the labels, the failures, against plain loops."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import tlsjax as tls
from tlsjax.core.constants import MEV_PER_KELVIN
from tlsjax.numerics.blocks import has_loop
from tlsjax.scans import execution
from tlsjax.scans.execution import Program
from tlsjax.scans.grid import make_grid
from tlsjax.scans.point import point_function

TC = tls.Observable("tc", tls.Lorentzian(J=1.0, sigma=0.1))
SPECTRUM = tls.Observable("dos", tls.Lorentzian(J=1.0, sigma=0.1), energy=np.array([0.0, 1.0]))


def test_product_is_every_combination_in_order():
    grid = make_grid({"a": [1, 2], "b": [3.0, 4.0, 5.0]})
    points = grid.points(0, 6)
    assert grid.shape == (2, 3)
    np.testing.assert_array_equal(points["a"], [1, 1, 1, 2, 2, 2])
    np.testing.assert_array_equal(points["b"], [3, 4, 5, 3, 4, 5])
    np.testing.assert_array_equal(grid.points(2, 4)["b"], [5, 3])


def test_scan_equals_a_loop():
    alpha, J = np.linspace(0, 2, 3), [0.5, 1.0, 1.5]
    table = tls.scan(TC, {"alpha": alpha, "J": J}, lanes=4, chunk=5)
    assert table.Tc.dims == ("alpha", "J")
    for a in alpha:
        for j in J:
            alone = tls.critical_temperature(tls.TLSEnsemble(a, tls.Lorentzian(j, 0.1)))
            assert float(table.Tc.sel(alpha=a, J=j)) == pytest.approx(float(alone), abs=1e-13)
    assert table.Tc.attrs["units"] == "Tc0"
    assert table.J.attrs["units"] == "k_B Tc0"
    assert (table.Tc_error < 1e-7).all()
    assert (table.status == tls.Status.CONVERGED).all()
    assert "sigma=0.1" in table.title
    assert "J=" not in table.title
    assert "matsubara_axis_tolerance" in table.tolerances


@pytest.mark.slow
def test_list_of_points_and_gradients():
    points = {"alpha": [0.5, 1.0], "T": [0.3, 0.8], "Ec": [2.0, 3.0]}
    gap = tls.Observable("gap", tls.Glass(Ec=1.0))
    table = tls.scan(gap, points, product=False, gradient=("alpha", "T"))
    assert table.Delta.dims == ("point",)
    for k in range(2):

        def one(alpha, T, Ec=points["Ec"][k]):
            return tls.order_parameter(tls.TLSEnsemble(alpha, tls.Glass(Ec)), T)

        by_alpha, by_T = jax.grad(one, argnums=(0, 1))(points["alpha"][k], points["T"][k])
        assert float(table.dDelta_dalpha[k]) == pytest.approx(float(by_alpha), rel=1e-9)
        assert float(table.dDelta_dT[k]) == pytest.approx(float(by_T), rel=1e-9)
    assert table.dDelta_dT.attrs["units"] == "(k_B Tc0)/(Tc0)"


@pytest.mark.slow
def test_physical_units():
    fixed = {"alpha": 1.0, "gap_ratio": 3.9}
    units = tls.Units.physical(tc0_kelvin=9.25)
    gap = tls.Observable("gap", tls.Glass(Ec=2.5), fixed=fixed, units=units)
    table = tls.scan(gap, {"T": [2.0, 4.0]}, gradient="T")
    # The same in units of k_B Tc0.
    kT = 9.25 * MEV_PER_KELVIN
    glass = tls.TLSEnsemble(1.0, tls.Glass(2.5 / kT))
    sample = tls.Superconductor((glass,), tls.WeakCouplingHost(gap_ratio=3.9))
    alone = kT * np.asarray(tls.order_parameter(sample, np.array([2.0, 4.0]) / 9.25))
    np.testing.assert_allclose(table.Delta, alone, rtol=1e-12)
    assert table.Delta.attrs["units"] == "meV"
    assert table.T.attrs["units"] == "K"
    slope = jax.grad(lambda T: kT * tls.order_parameter(sample, T / 9.25))(4.0)
    assert float(table.dDelta_dT[1]) == pytest.approx(float(slope), rel=1e-9)


@pytest.mark.slow
def test_family_of_spectra():
    fast = {"panels": 16}
    fixed = {"alpha": 1.0, "T": 0.3}
    energy = np.linspace(0, 4, 9)
    whole = tls.Observable("dos", tls.Glass(3.0), fixed=fixed, energy=energy, solver=fast)
    table = tls.scan(whole, {"T_tls": [0.5, 2.0, np.inf]}, lanes=2)
    assert table.N.dims == ("T_tls", "energy")
    assert table.N.sizes == {"T_tls": 3, "energy": 9}
    sample = tls.TLSEnsemble(1.0, tls.Glass(3.0))
    for T_tls in (2.0, np.inf):
        alone = tls.solve_spectrum(sample, 0.3, tls.EffectiveTemperature(T_tls), **fast).check()
        found = table.sel(T_tls=T_tls)
        np.testing.assert_allclose(found.N, alone.dos(energy), atol=1e-10)
        np.testing.assert_allclose(found.Delta, alone.order_parameter, atol=1e-11)


@pytest.mark.slow
def test_derivatives_of_spectra_are_over_the_same_energies():
    fast = {"panels": 20}
    fixed = {"alpha": 1.0, "T": 0.3}
    energy = np.linspace(0, 4, 9)
    whole = tls.Observable("dos", tls.Glass(3.0), fixed=fixed, energy=energy, solver=fast)
    table = tls.scan(whole, {"T_tls": [2.0]}, gradient="T_tls")
    assert table.dN_dT_tls.dims == ("T_tls", "energy")
    assert table.dDelta_dT_tls.dims == ("T_tls",)
    # One row for each energy, as in the CSV of the command line.
    assert len(table.to_dataframe()) == 9
    step = 1e-4
    near = tls.scan(whole, {"T_tls": [2.0 - step, 2.0 + step]})
    slope = (near.N[1] - near.N[0]) / (2 * step)
    np.testing.assert_allclose(table.dN_dT_tls[0], slope, rtol=1e-4, atol=1e-5)


@pytest.mark.slow
def test_density_of_states_at_the_fermi_level():
    common = {"superconductor": tls.Glass(3.0), "fixed": {"alpha": 1.0, "T": 0.3}}
    whole = tls.scan(tls.Observable("dos", **common), {"T_tls": [0.5, np.inf]})
    zero = tls.scan(tls.Observable("n0", **common), {"T_tls": [0.5, np.inf]}, gradient="T_tls")
    np.testing.assert_allclose(zero.N0, whole.N.values[:, 0], atol=1e-10)
    assert float(zero.dN0_dT_tls[0]) > 0


@pytest.mark.slow
def test_three_unsolvable_points_among_a_thousand():
    E0 = np.geomspace(0.2, 2.0, 1000)
    E0[[10, 500, 999]] = [60.0, 45.0, -1.0]
    induced = tls.Observable("induced-tc", tls.DeltaFunction(E0=1.0))
    with pytest.warns(UserWarning, match="3 of 1000 points have no answer"):
        table = tls.scan(induced, {"E0": E0}, product=False, gradient="E0")
    failed = tls.failed_points(table)
    assert table.failed == 3
    assert list(failed["E0"]) == [60.0, 45.0, -1.0]
    assert list(failed["status"]) == ["NOT_FOUND", "NOT_FOUND", "INVALID"]
    lost = np.isin(np.arange(1000), [10, 500, 999])
    for name in ("Tc", "Tc_error", "dTc_dE0"):
        np.testing.assert_array_equal(np.isnan(table[name]), lost)
    # Their neighbours in the batch are untouched.
    np.testing.assert_allclose(
        table.Tc[11], tls.induced_critical_temperature(tls.DeltaFunction(E0[11])), rtol=1e-12
    )


def test_functions_of_ones_own():
    def both(a, b):
        return {"total": a + b, "row": jnp.stack([a, b, a * b]), "count": jnp.int32(2)}

    table = tls.scan(both, {"a": [1.0, 2.0], "b": [3.0]}, gradient="b")
    assert table.row.dims == ("a", "b", "row_axis0")
    np.testing.assert_array_equal(table.drow_db[:, 0], [[0, 1, 1], [0, 1, 2]])
    np.testing.assert_array_equal(table["count"], 2)

    # Without a status of its own a function has failed where it is not finite.
    with pytest.warns(UserWarning, match="1 of 3"):
        table = tls.scan(lambda x: jnp.log(x), {"x": [1.0, 0.0, 2.0]})
    assert list(tls.failed_points(table)["status"]) == ["NOT_FINITE"]
    assert np.isnan(table.value[1])

    # A named tuple with a status, as the solvers return.
    table = tls.scan(
        lambda E: tls.solve_critical_temperature(tls.TLSEnsemble(1.0, tls.DeltaFunction(E))),
        {"E": [1.0, 2.0]},
    )
    assert set(table) == {"temperature", "iterations", "error", "status"}


@pytest.mark.slow
def test_memory_bounds_the_lanes(monkeypatch):
    """A program that would take more than its share of memory runs in fewer lanes."""

    def point(coordinates):
        wide = jnp.sin(coordinates["x"] * jnp.arange(200_000.0))
        return {"y": jnp.sum(jnp.sort(wide)), "status": jnp.int8(0)}

    free = Program(point, ("x",), jax.devices()[:1], 64)
    assert free.lanes == 32
    monkeypatch.setattr(execution, "_bytes_allowed", lambda devices: free.bytes / 3)
    bound = Program(point, ("x",), jax.devices()[:1], 64)
    assert 1 <= bound.lanes <= 16
    assert bound.bytes <= free.bytes / 3
    points = {"x": np.linspace(0, 1, 37)}
    np.testing.assert_allclose(bound(points)["y"], free(points)["y"], rtol=1e-12)


def test_lanes_of_an_accelerator():
    """Many for small points; fewer for large ones, and as long as it is not known."""

    class Device:
        platform = "gpu"

    assert execution._lanes_wanted([Device], 10**6) == 2048
    assert execution._lanes_wanted([Device], 10**6, 1e5) == 16384
    assert execution._lanes_wanted([Device] * 4, 10**4, 1e5) == 4096
    assert execution._lanes_wanted([Device], 10**6, 1e6) == 2048


def test_spectra_come_one_after_the_other_on_a_cpu():
    cpu, found = jax.devices("cpu")[:1], []
    for observable, names in ((TC, ("alpha", "J")), (SPECTRUM, ("alpha", "J", "T"))):
        traced = jax.jit(point_function(observable, names)).trace(execution._specification(names))
        found.append(has_loop(traced.jaxpr.jaxpr))
    assert found == [False, True]
    assert execution._lanes_wanted(cpu, 1000) == 32
    assert execution._lanes_wanted(cpu, 1000, looped=True) == 4


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: tls.scan(TC, {}), "`grid` must be a mapping"),
        (lambda: tls.scan(TC, {"alpha": [1.0, np.nan]}), "none of them NaN"),
        (lambda: tls.scan(TC, {"alpha": [[1.0]]}), "of shape"),
        (lambda: tls.scan(TC, {"alpha": [1.0], "J": [1.0, 2.0]}, product=False), "one length"),
        (lambda: tls.scan(TC, {"J": [1.0]}), "`alpha` must be given"),
        (lambda: tls.scan(TC, {"beta": [1.0]}), "`grid` must be parameters of tc"),
        (lambda: tls.scan(TC, {"alpha": [1.0]}, gradient="J"), "`gradient` must be among"),
        (lambda: tls.scan(TC, {"alpha": [1.0]}, gradient=["alpha"] * 2), "each once"),
        (lambda: tls.scan(TC, {"alpha": [1.0]}, lanes=0), "`lanes` must be"),
        (lambda: tls.scan(TC, {"alpha": [1.0]}, path="here.txt"), "ending in .nc"),
        (lambda: tls.scan(TC, {"alpha": [1.0]}, path="no/such/x.nc"), "folder that exists"),
        (lambda: tls.scan(lambda a: a, {"b": [1.0]}), "named after the function's arguments"),
        (lambda: tls.scan(lambda a: a * 1j, {"a": [1.0]}), "must be real"),
        (lambda: tls.scan(lambda a: {"a": a}, {"a": [1.0]}), "names of their own"),
        (lambda: tls.scan(3, {"a": [1.0]}), "`function` must be callable"),
        (lambda: tls.Observable("tz", tls.Glass(1.0)), "`quantity` must be one of"),
        (lambda: tls.Observable("tc", tls.Glass(-1.0)), "`Ec` must be"),
        (lambda: tls.Observable("tc", tls.Glass(1.0), fixed={"T": 1}), "`fixed` must be"),
        (lambda: tls.Observable("n0", tls.Glass(1.0), fixed={"T_tls": 0.0}), "`T_tls` must be"),
    ],
)
def test_bad_arguments_are_one_sentence(call, sentence):
    with pytest.raises(ValueError, match="Argument `") as error:
        call()
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)
