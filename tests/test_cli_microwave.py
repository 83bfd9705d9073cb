"""`tlsjax conductivity`, `rs` and `lambda`, and scans of what they compute."""

import json

import numpy as np
import pytest
from conductivity_oracle import bcs
from test_cli import rows, run

import tlsjax as tls
from tlsjax.core.status import Status

T = (0.5, 1.3)
GLASS = ("--splittings", "glass:Ec=3", "--alpha", 0, 1)
COMMON = (*GLASS, "--temperature", *T)
# Niobium with a glass in it, at the same multiples of Tc0.
TC0 = 9.25
NIOBIUM = ("--tc0-kelvin", TC0, "--metal", "Nb", "--mean-free-path", 100)
GLASS_MEV = ("--splittings", f"glass:Ec={3 * TC0 * 0.08617333262}")


def files(folder, command):
    for suffix in ("csv", "png", "pdf"):
        assert (folder / f"{command}.{suffix}").stat().st_size > 200
    return rows((folder / f"{command}.csv").read_text())


def test_lambda(capsys, tmp_path):
    command = ("lambda", *COMMON, "--elastic", 2, "--lambda-l0", 32)
    status, out, err = run(capsys, *command, "--json")
    assert (status, err) == (0, "")
    record = json.loads(out)
    glass = tls.TLSEnsemble(np.array([0.0, 1.0])[:, None], tls.Glass(3.0))
    model = tls.Superconductor((glass,)), np.array([T, T])
    expected = np.ravel(tls.superfluid_density(*model, elastic=2.0))
    assert record["n_s_over_n"] == pytest.approx(expected, rel=1e-12)
    assert record["lambda_nm"][0] == pytest.approx(32 / np.sqrt(expected[0]), rel=1e-12)
    assert record["status"] == ["CONVERGED", "NORMAL"] * 2
    assert record["lambda_nm"][1] == "inf"
    assert record["transitions"]["Tc_over_Tc0"][0] == pytest.approx(1.0, abs=1e-9)
    status, out, err = run(capsys, *command, "--out", tmp_path)
    assert (status, err) == (0, "")
    table = files(tmp_path, "lambda")
    assert [float(row["alpha"]) for row in table] == [0, 0, 1, 1]
    assert float(table[2]["lambda_nm_error"]) < 1e-6 * float(table[2]["lambda_nm"])
    status, _, err = run(capsys, *command, "--out", tmp_path)
    assert (status, err.count("\n")) == (2, 1)


@pytest.mark.slow
def test_conductivity(capsys, tmp_path):
    command = ("conductivity", *COMMON, "--elastic", 2, "--omega", 0.1, 4)
    status, out, err = run(capsys, *command, "--json")
    assert (status, err) == (0, "")
    record = json.loads(out)
    sigma = np.array(record["sigma1"]) + 1j * np.array(record["sigma2"])
    gap = record["Delta_over_kBTc0"][0]
    clean = [4 * bcs(gap, T[0], omega, 2.0, 0.0) for omega in (0.1, 4.0)]
    np.testing.assert_allclose(sigma[:2], clean, rtol=1e-6)
    drude = 1 / (1 - 1j * np.array([0.1, 4.0]) / 4)
    np.testing.assert_allclose(sigma[2:4], drude, rtol=1e-9)
    assert record["status"][4:] == ["CONVERGED"] * 2 + ["NORMAL"] * 2
    assert record["sigma1_error"][4] < 1e-3 * record["sigma1"][4]
    status, out, err = run(capsys, *command, "--out", tmp_path)
    assert (status, err) == (0, "")
    table = files(tmp_path, "conductivity")
    assert [float(row["omega_over_kBTc0"]) for row in table] == [0.1, 4.0] * 4


@pytest.mark.slow
def test_rs_and_q(capsys, tmp_path):
    kelvin = TC0 * np.array(T)
    common = ("rs", *NIOBIUM, *GLASS_MEV, "--alpha", 0, 1, "--temperature", *kelvin)
    cavity = ("--frequency", 1.3, 5, "--geometry-factor", 270, "--residual", 1e-8)
    status, out, err = run(capsys, *common, *cavity, "--json")
    assert (status, err) == (0, "")
    record = json.loads(out)
    assert record["frequency_GHz"] == [1.3, 5.0] * 4
    R = np.array(record["R_s_ohm"])
    # In kelvin from Python.
    pure = tls.Superconductor(host=tls.WeakCouplingHost(TC0))
    metal = tls.Material.of("Nb", 100.0)
    Z = tls.surface_impedance(tls.solve_spectrum(pure, kelvin), np.array([1.3, 5.0]), metal)
    np.testing.assert_allclose(R[:4], np.ravel(Z.real), rtol=1e-6)
    np.testing.assert_allclose(record["X_s_ohm"][:4], -np.ravel(Z.imag), rtol=1e-7)
    np.testing.assert_allclose(record["Q"], 270 / (R + 1e-8), rtol=1e-12)
    assert record["status"][::2] == ["CONVERGED", "NORMAL"] * 2
    status, out, err = run(capsys, *common, *cavity, "--out", tmp_path)
    assert (status, err) == (0, "")
    assert len(files(tmp_path, "rs")) == 8


@pytest.mark.slow
def test_hot_impurities_are_curves_of_their_own(capsys):
    hot = ("--tls-temperature", "equilibrium", 2, "inf")
    command = ("lambda", "--alpha", 1, "--temperature", 0.5, *hot, "--json")
    status, out, err = run(capsys, *command)
    assert (status, err) == (0, "")
    record = json.loads(out)
    assert record["T_tls_over_Tc0"] == [0.5, 2.0, "inf"]
    assert np.all(np.diff(record["n_s_over_n"]) < 0)


@pytest.mark.slow
def test_scan_of_lambda(capsys):
    metal = tls.Material(39.0, 100.0, xi0=38.0, unit=TC0)
    fixed = {"alpha": 1.0}
    observable = tls.Observable("lambda", tls.Glass(3.0), fixed=fixed, material=metal)
    paths = [10.0, 100.0]
    table = tls.scan(observable, {"T": T, "mean_free_path": paths}, gradient=["mean_free_path"])
    assert table.penetration_depth.attrs["units"] == table.mean_free_path.attrs["units"] == "nm"
    for path in paths:
        own = tls.Material(39.0, path, xi0=38.0, unit=TC0)
        sample = tls.TLSEnsemble(1.0, tls.Glass(3.0))
        alone = own.penetration_depth(sample, T[0])
        found = table.sel(T=T[0], mean_free_path=path)
        assert float(found.penetration_depth) == pytest.approx(float(alone), rel=1e-10)
        assert float(found.dpenetration_depth_dmean_free_path) < 0
    # The normal state is an answer.
    assert (table.status.sel(T=T[1]) == Status.NORMAL).all()
    assert np.isinf(table.penetration_depth.sel(T=T[1])).all()


SAMPLE = tls.Superconductor((tls.TLSEnsemble(1.0, tls.Glass(3.0)),))


@pytest.fixture(scope="module")
def spectrum():
    return tls.solve_spectrum(SAMPLE, T[0]).check()


@pytest.mark.slow
def test_scan_of_conductivity(spectrum):
    sigma = tls.Observable("conductivity", SAMPLE, fixed={"T": T[0], "elastic": np.inf})
    table = tls.scan(sigma, {"omega": [0.1, 4.0]}, gradient=["omega"])
    expected = tls.conductivity(spectrum, [0.1, 4.0], elastic=np.inf)
    np.testing.assert_allclose(table.sigma1 + 1j * table.sigma2, expected, rtol=1e-6)
    assert table.sigma1.attrs["units"] == "1"
    assert float(table.dsigma2_domega[0]) < 0


@pytest.mark.slow
def test_scans_of_rs_and_q(capsys, tmp_path, spectrum):
    metal, cavity = tls.Material(39.0, 100.0, xi0=38.0, unit=TC0), tls.Cavity(270.0, 1e-8)
    Z = tls.surface_impedance(spectrum, np.array([1.3, 5.0]), metal)
    rs = tls.Observable("rs", SAMPLE, fixed={"T": T[0]}, material=metal)
    table = tls.scan(rs, {"frequency": [1.3, 5.0]})
    np.testing.assert_allclose(table.R_s - 1j * table.X_s, Z, rtol=1e-6)
    assert (table.R_s.attrs["units"], table.frequency.attrs["units"]) == ("ohm", "GHz")
    q = tls.Observable("q", SAMPLE, fixed={"T": T[0]}, material=metal, cavity=cavity)
    table = tls.scan(q, {"frequency": [1.3, 5.0]})
    np.testing.assert_allclose(table.Q, cavity.losses(Z).quality_factor, rtol=1e-6)
    command = ("scan", "q", *NIOBIUM, *GLASS_MEV, "--geometry-factor", 270, "--residual", 1e-8)
    grid = ("--grid", "frequency=1.3,5", "--set", "alpha=1", f"T={TC0 * T[0]}")
    status, out, err = run(capsys, *command, *grid, "--devices", 1, "--out", tmp_path)
    assert (status, err) == (0, "")
    assert "scan.png" in out
    lines = rows((tmp_path / "scan.csv").read_text())
    np.testing.assert_allclose([float(row["Q"]) for row in lines], table.Q, rtol=1e-6)


RS = ("rs", *NIOBIUM, "--frequency", "1.3")
AT = ("conductivity", "--temperature", "0.5")
FIXED = ("--grid", "frequency=1.3", "--set", "alpha=1", "T=2")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (AT, "`elastic` must be given"),
        ((*AT, "--dirty", "--elastic", "1"), "`elastic` must be given"),
        ((*AT, "--elastic", "0"), "`elastic` must be finite and positive"),
        ((*AT, "--dirty", "--wavenumber", "1"), "the dirty limit is local"),
        ((*AT, "--dirty", "--omega", "0"), "`omega` must be finite and positive"),
        ((*AT, "--dirty", "--omega", "-1:1:3"), "`omega` must be finite and positive"),
        ((*AT, "--dirty", "--tls-temperature", "1", "1"), "given once each"),
        ((*AT, "--dirty", "--tls-temperature", "0.5", "0.50"), "given once each"),
        ((*AT, "--dirty", "--tls-temperature", "0"), "`T_tls` must be"),
        (("rs", "--metal", "Nb", "--mean-free-path", "9", "--frequency", "1"), "`tc0-kelvin`"),
        (("rs", *NIOBIUM), "--frequency"),
        ((*RS[:-1], "1.3e9"), "looks like Hz"),
        ((*RS[:-1], "0"), "`frequency` must be finite and positive"),
        ((*RS, "--mean-free-path", "-5"), "`mean_free_path` must be positive"),
        ((*RS, "--lambda-l0", "-5"), "`lambda_L0` must be finite and positive"),
        ((*RS, "--xi0", "40", "--v-fermi", "1e6"), "and not both"),
        ((*RS, "--thickness", "-5", "--surface", "local"), "`thickness` must be"),
        ((*RS, "--thickness", "5"), "--surface local"),
        ((*RS, "--residual", "1e-9"), "--geometry-factor"),
        ((*RS, "--geometry-factor", "-1"), "`geometry_factor` must be finite and positive"),
        ((*RS, "--temperature", "0"), "`temperature` must be finite and positive"),
        (("rs", "--tc0-kelvin", "9", "--frequency", "1", "--metal", "Nb"), "`mean-free-path`"),
        (("lambda", "--mean-free-path", "9"), "`lambda-l0` must be given"),
        (("lambda", "--elastic", "-1"), "`elastic` must be"),
        (
            ("lambda", "--metal", "Nb", "--mean-free-path", "9", "--elastic", "1"),
            "`elastic` must be given without a mean free path, but is given with --mean-free-path.",
        ),
        (("lambda", "--lambda-l0", "3.2e-8"), "`lambda_l0` must be in nm"),
        (("lambda", "--metal", "Nb", "--mean-free-path", "9", "--v-fermi", "1e6"), "tc0-kelvin"),
        (("scan", "tc", "--grid", "alpha=1", "--metal", "Nb"), "`metal` must be given with rs"),
        (("scan", "conductivity", "--grid", "omega=1", "--set", "alpha=1", "T=1"), "`elastic`"),
        (("scan", "rs", *FIXED), "`tc0-kelvin` must be given"),
        (("scan", "rs", *NIOBIUM, *FIXED[2:], "--grid", "frequency=1e9"), "looks like Hz"),
        (("scan", "q", *NIOBIUM, *FIXED), "`geometry-factor` must be given"),
    ],
)
def test_bad_input_is_one_sentence(capsys, arguments, sentence, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, out, err = run(capsys, *arguments, "--out", "results")
    assert (status, out) == (2, "")
    assert sentence in err
    assert err.count("\n") == 1
    assert not list(tmp_path.iterdir())
