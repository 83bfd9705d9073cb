"""`tlsjax scan` as people use it."""

import json

import numpy as np
import pytest
import xarray
from test_cli import rows, run

import tlsjax as tls


def test_files_and_going_on(capsys, tmp_path):
    command = ("scan", "tc", "--splittings", "lorentzian:J=1,sigma=0.1")
    grid = ("--grid", "alpha=0:2:5", "J=log:0.5:2:3", "--gradient", "alpha")
    out_dir = tmp_path / "tc"
    status, out, err = run(capsys, *command, *grid, "--out", out_dir)
    assert (status, err) == (0, "")
    assert [line.rpartition(".")[2] for line in out.split()] == ["nc", "csv", "png", "pdf"]
    table = xarray.load_dataset(out_dir / "scan.nc")
    np.testing.assert_allclose(table.J, [0.5, 1.0, 2.0])
    whole = tls.critical_temperature(tls.TLSEnsemble(1.0, tls.Lorentzian(2.0, 0.1)))
    assert float(table.Tc.sel(alpha=1.0).isel(J=2)) == pytest.approx(float(whole), abs=1e-12)
    lines = rows((out_dir / "scan.csv").read_text())
    assert len(lines) == 15
    assert list(lines[0]) == ["alpha", "J", "Tc", "Tc_error", "dTc_dalpha", "status"]
    for suffix in ("png", "pdf"):
        assert (out_dir / f"scan.{suffix}").stat().st_size > 1000
    # The same command again has nothing left to do; another one is refused.
    before = (out_dir / "scan.nc").stat().st_mtime_ns
    assert run(capsys, *command, *grid, "--out", out_dir)[0] == 0
    assert (out_dir / "scan.nc").stat().st_mtime_ns == before
    other = ("--grid", "alpha=1", "--out", out_dir)
    status, _, err = run(capsys, *command, *other)
    assert status == 2
    assert "another scan: different" in err
    assert run(capsys, *command, *other, "--force")[0] == 0
    # A folder with somebody's scan.csv is left alone.
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "scan.csv").write_text("mine")
    status, _, err = run(capsys, *command, "--grid", "alpha=1", "--out", tmp_path / "other")
    assert (status, (tmp_path / "other" / "scan.csv").read_text()) == (2, "mine")


@pytest.mark.slow
def test_infinite_numbers_in_json(capsys):
    # Of a normal metal the depth is infinite, and as such an answer: null is none.
    sizes = ("--set", "alpha=0.5", "--metal", "Nb", "--tc0-kelvin", "9.25")
    grid = ("--grid", "T=20", "mean_free_path=100,inf")
    status, out, err = run(capsys, "scan", "lambda", *grid, *sizes, "--json")
    assert (status, err) == (0, "")
    record = json.loads(out)
    assert record["mean_free_path"] == [100.0, "inf"]
    assert record["penetration_depth"] == ["inf", "inf"]


@pytest.mark.slow
def test_failed_points_are_listed(capsys, tmp_path):
    points = tmp_path / "points.csv"
    points.write_text("alpha,T,Ec\n1,0.5,3\n1,1e-7,3\n0.5,0.2,-1\n2,2,1\n")
    status, out, err = run(capsys, "scan", "gap", "--points", points, "--json")
    assert status == 1
    assert "2 of 4 points have no answer" in err
    assert "INVALID" in err
    record = json.loads(out)
    assert record["failed"]["status"] == ["OUT_OF_RANGE", "INVALID"]
    assert record["Delta"][1:] == [None, None, 0.0]
    status, out, _ = run(capsys, "scan", "gap", "--points", points)
    assert status == 1
    assert [row["status"] for row in rows(out)][::3] == ["CONVERGED", "NORMAL"]


@pytest.mark.slow
def test_a_family_of_spectra(capsys, tmp_path):
    # The program that test_scan.py compiles, if that has been done.
    fast = ("--panels", 16, "--splittings", "glass:Ec=3", "--lanes", 2)
    family = ("--grid", "T_tls=0.5,1", "--set", "alpha=1", "T=0.3", "--energy", "0:4:9")
    status, out, err = run(capsys, "scan", "dos", *family, *fast, "--devices", 1, "--out", tmp_path)
    assert (status, err) == (0, "")
    assert "scan.png" in out
    table = xarray.load_dataset(tmp_path / "scan.nc")
    assert table.N.dims == ("T_tls", "energy")
    assert table.energy.attrs["units"] == "k_B Tc0"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("tc",), "`grid` must be given"),
        (("tc", "--grid", "alpha=1:2"), "start:stop:count"),
        (("tc", "--grid", "alpha=log:0:1:5"), "above zero"),
        (("tc", "--grid", "alpha=1,x"), "numbers with commas"),
        (("tc", "--grid", "alpha"), "NAME=VALUE"),
        (("tc", "--grid", "beta=1"), "`grid` must be parameters of tc"),
        (("gap", "--grid", "alpha=1"), "`T` must be given"),
        (("tc", "--grid", "alpha=1", "--set", "alpha=2"), "not both"),
        (("tc", "--grid", "alpha=1", "--set", "alpha=x"), "NAME=NUMBER"),
        (("tc", "--grid", "alpha=1", "--panels", "32"), "`panels` must be given with a spectrum"),
        (("tc", "--grid", "alpha=1", "--rate-mev", "3"), "`rate-mev`"),
        (("induced-tc", "--grid", "Ec=1", "--tc0-kelvin", "3"), "`tc0-kelvin` must be left out"),
        (("tc", "--grid", "alpha=1", "--devices", "0"), "`devices` must be"),
        (("tc", "--grid", "alpha=1", "--lanes", "-3"), "`lanes` must be"),
        (("tc", "--grid", "alpha=1", "--processes", "2"), "`processes` must be given with"),
        (("tc", "--points", "nofile.csv"), "must be an existing file"),
        (("n0", "--grid", "alpha=1", "--set", "T=0.2", "--panels", "15"), "`panels` must be"),
    ],
)
def test_bad_input_is_one_sentence(capsys, arguments, sentence):
    status, out, err = run(capsys, "scan", *arguments)
    assert (status, out) == (2, "")
    assert sentence in err
    assert err.count("\n") == 1


def test_points_with_a_column_twice(capsys, tmp_path):
    points = tmp_path / "points.csv"
    points.write_text("alpha,Ec,alpha\n1,3,2\n")
    status, out, err = run(capsys, "scan", "tc", "--points", points)
    assert (status, out) == (2, "")
    assert "must be a table with each name once" in err
    assert "with 'alpha' twice" in err
