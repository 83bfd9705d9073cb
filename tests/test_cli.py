"""The command line as people use it, well and badly."""

import argparse
import csv
import json
from pathlib import Path

import numpy as np
import pytest

import tlsjax as tls
from tlsjax.cli import gap, main
from tlsjax.core.units import Units
from tlsjax.io.tables import read_sheet
from tlsjax.model.distributions.tabulated import read_splittings


def run(capsys, *arguments):
    """``(exit status, stdout, stderr)`` of one call."""
    try:
        status = main([str(argument) for argument in arguments])
    except SystemExit as stop:
        status = stop.code
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def rows(text):
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))


def test_tc(capsys):
    status, out, err = run(capsys, "tc", "--alpha", "0", "1:2:2")
    assert (status, err) == (0, "")
    table = rows(out)
    assert [row["alpha"] for row in table] == ["0", "1", "2"]
    assert float(table[1]["Tc_over_Tc0"]) == pytest.approx(1.160172759, abs=1e-8)


def test_tc_json_in_kelvin(capsys):
    # E0 = 2.5 k_B Tc0 in meV.
    E0 = 2.5 * 9.25 * 0.08617333262
    status, out, _ = run(
        capsys, "tc", "--splittings", f"delta:E0={E0}", "--tc0-kelvin", 9.25, "--json"
    )
    assert status == 0
    record = json.loads(out)
    assert record["Tc_K"][0] == pytest.approx(9.25 * 1.271501343, abs=1e-6)
    assert record["splittings"]["type"] == "DeltaFunction"


def test_gap_prints_a_table(capsys):
    status, out, _ = run(capsys, "gap", "--temperature", "0.2", "0.5:1.3:2")
    assert status == 0
    values = [float(row["Delta_over_kBTc0"]) for row in rows(out)]
    assert values[0] == pytest.approx(2.135097783, rel=1e-6)
    assert values[2] == 0.0


@pytest.mark.slow
def test_thermo(capsys, tmp_path):
    asked = ("--splittings", "glass:Ec=1", "--alpha", 0.1, "--density", 5, "--tc0-kelvin", 9.25)
    status, out, err = run(capsys, "thermo", *asked, "--metal", "Nb", "--out", tmp_path)
    assert (status, err) == (0, "")
    assert [Path(name).suffix for name in out.split()] == [".csv", ".png", ".pdf"]
    assert all(Path(name).stat().st_size > 1000 for name in out.split())
    table = rows((tmp_path / "thermo.csv").read_text())
    clean, impure = ([r for r in table if float(r["alpha"]) == alpha] for alpha in (0.0, 0.1))
    # The jump of the clean metal, from 1e-6 below Tc to 1e-6 above.
    by_gamma = [float(row["C_over_gamma_Tc"]) for row in clean]
    assert max(by_gamma) - 1 == pytest.approx(1.42613, abs=1e-4)
    row = impure[10]
    meV = 0.08617333262
    sample = tls.Superconductor(
        (tls.TLSEnsemble(0.1 * meV * 9.25, tls.Glass(1.0), density=5 * meV * 9.25),),
        tls.WeakCouplingHost(9.25 * meV),
    )
    found = tls.solve_thermodynamics(sample, meV * float(row["T_K"]))
    for name, value in (
        ("free_energy", found.free_energy),
        ("entropy", found.entropy),
        ("C_electrons", found.specific_heat.electrons),
        ("C_impurities", found.specific_heat.impurities),
        ("Hc", found.critical_field),
        ("Hc_mT", found.measured(tls.NIOBIUM, "meV").critical_field),
        ("C_mJ_per_molK", found.measured(tls.NIOBIUM, "meV").specific_heat),
    ):
        assert float(row[name]) == pytest.approx(float(value), rel=1e-8)


@pytest.mark.slow
def test_gap_over_measured_points(capsys, tmp_path):
    data = tmp_path / "measured.csv"
    data.write_text("# made up\nT_K;Delta_meV;error\n2.0;1.40;0.02\n7.0;0.95;0.02\n")
    out_dir = tmp_path / "results"
    arguments = ("gap", "--data", data, "--tc0-kelvin", 9.2, "--gap-ratio", 3.9, "--out", out_dir)
    status, out, err = run(capsys, *arguments)
    assert (status, err) == (0, "")
    assert "rms deviation" in out
    for suffix in ("csv", "png", "pdf"):
        assert (out_dir / f"gap.{suffix}").stat().st_size > 1000
    table = rows((out_dir / "gap.csv").read_text())
    clean = [row for row in table if row["alpha"] == "0"]
    assert 2 * float(clean[0]["Delta_meV"]) / (9.2 * 0.08617333262) == pytest.approx(3.9, rel=1e-6)
    # The deviation is taken at the points, whatever temperatures are drawn.
    again = (*arguments[:-1], tmp_path / "again", "--temperature", "8", "1")
    assert run(capsys, *again)[1].splitlines()[-2:] == out.splitlines()[-2:]
    # Nothing is overwritten unasked.
    before = (out_dir / "gap.csv").read_bytes()
    status, _, err = run(capsys, *arguments)
    assert status == 2
    assert "--force" in err
    assert (out_dir / "gap.csv").read_bytes() == before
    assert run(capsys, *arguments, "--force")[0] == 0
    assert not list(out_dir.glob(".*"))


def test_induced(capsys):
    status, out, _ = run(capsys, "induced-tc", "--splittings", "delta:E0=0.3", "--json")
    assert status == 0
    record = json.loads(out)
    assert record["Tc_tau_over_hbar"][0] == pytest.approx(0.03664360444, rel=1e-8)
    status, out, _ = run(
        capsys, "induced-tc", "--splittings", "delta:E0=1.2", "--rate-mev", 4, "--json"
    )
    kelvin = 0.03664360444 * 4 / 0.08617333262
    assert json.loads(out)["Tc_K"][0] == pytest.approx(kelvin, rel=1e-8)


def test_induced_beyond_reach_is_exit_1(capsys):
    status, out, err = run(capsys, "induced-tc", "--splittings", "delta:E0=5")
    assert (status, out) == (1, "")
    assert "no transition" in err
    assert err.count("\n") == 1


def reproduce(capsys, folder, *names):
    status, out, err = run(capsys, "reproduce", "--only", *names, "--out", folder)
    assert (status, err) == (0, "")
    assert len(out.splitlines()) == 3 * len(names)
    for name in names:
        for suffix in ("csv", "png", "pdf"):
            assert (folder / f"{name}.{suffix}").stat().st_size > 1000


# One verdict for each, in an order in which the third finds the programs of the second.
@pytest.mark.timeout(1200)
@pytest.mark.slow
@pytest.mark.parametrize("name", ["fig8", "fig9", "zero-energy-dos", "microwave"])
def test_reproduce_spectra(capsys, tmp_path, name):
    reproduce(capsys, tmp_path, name)


@pytest.mark.slow
def test_reproduce(capsys, tmp_path):
    reproduce(capsys, tmp_path, "fig1", "fig5", "fig7")


@pytest.mark.slow
def test_reproduce_gaps(capsys, tmp_path):
    reproduce(capsys, tmp_path / "figures", "fig6")
    table = rows((tmp_path / "figures" / "fig6.csv").read_text())
    glass = [row for row in table if (row["distribution"], row["alpha"]) == ("glass", "1")]
    T = np.array([float(row["T_over_Tc0"]) for row in glass])
    delta = np.array([float(row["Delta_over_kBTc0"]) for row in glass])
    assert T[-1] == pytest.approx(1.160172759, abs=1e-8)
    assert (np.diff(delta) <= 1e-9).all()
    assert delta[0] == pytest.approx(2.1414, abs=1e-3)


def test_reproduce_one(capsys, tmp_path):
    status, out, _ = run(capsys, "reproduce", "--only", "fig5", "--out", tmp_path, "--json")
    assert status == 0
    files = json.loads(out)["files"]
    assert len(files) == 3
    assert all(Path(file).stat().st_size > 1000 for file in files)


@pytest.mark.parametrize(
    "command",
    [
        "reproduce",
        "tc",
        "gap",
        "induced-tc",
        "dos",
        "conductivity",
        "rs",
        "lambda",
        "fit",
        "scan",
        "thermo",
    ],
)
def test_help(capsys, command):
    status, out, _ = run(capsys, command, "--help")
    assert status == 0
    assert "--json" in out


BAD = {
    "unknown distribution": (("tc", "--splittings", "gauss:s=1"), "'gauss'"),
    "missing parameter": (("tc", "--splittings", "lorentzian:J=1"), "sigma"),
    "unknown parameter": (("tc", "--splittings", "glass:Ec=3,J=1"), "glass:Ec=.."),
    "text parameter": (("tc", "--splittings", "glass:Ec=wide"), "'wide'"),
    "negative alpha": (("tc", "--alpha", "-1"), "`alpha`"),
    "text alpha": (("tc", "--alpha", "much"), "'much'"),
    "NaN alpha": (("tc", "--alpha", "nan"), "finite"),
    "pole": (("gap", "--splittings", "modified-wipf-neumaier:J=1,sigma=0.1,delta=0.1"), "pole"),
    "zero T": (("gap", "--temperature", "0"), "`temperature`"),
    "zero T into files": (("gap", "--temperature", "0", "--out", "results"), "`temperature`"),
    "bad range": (("gap", "--temperature", "0.1:1"), "start:stop:count"),
    "no file": (("tc", "--splittings", "file:nowhere.csv"), "nowhere.csv"),
    "no data": (("gap", "--data", "nowhere.csv", "--tc0-kelvin", "9"), "nowhere.csv"),
    "data without Tc0": (("gap", "--data", "nowhere.csv"), "tc0-kelvin"),
    "columns alone": (("gap", "--columns", "T,D"), "`columns`"),
    "metal without Tc0": (("thermo", "--metal", "Nb"), "tc0-kelvin"),
    "two densities": (("thermo", "--density", "1", "--density", "2"), "`density`"),
    "zero T of thermo": (("thermo", "--temperature", "0"), "`temperature`"),
    "zero Tc0": (("tc", "--tc0-kelvin", "0"), "`tc0_kelvin`"),
    "unknown command": (("melt",), "melt"),
    "no command": ((), "command"),
    "unknown figure": (("reproduce", "--only", "fig99"), "fig99"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_sentence(capsys, case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    arguments, expected = BAD[case]
    status, out, err = run(capsys, *arguments)
    assert status == 2
    assert out == ""
    assert expected in err
    assert err.count("\n") == 1
    assert "Traceback" not in err
    assert not list(tmp_path.iterdir())


def test_out_must_be_a_folder(capsys, tmp_path):
    (tmp_path / "file").write_text("mine")
    for out in (tmp_path / "file", tmp_path / "file" / "a" / "b"):
        status, _, err = run(capsys, "tc", "--out", out)
        assert status == 2
        assert "`out` must be a directory" in err
    assert (tmp_path / "file").read_text() == "mine"


TABLES = {
    "comma": "E,p\n0,1\n1,2\n3,0\n",
    "semicolon": "0;1\n1;2\n3;0\n",
    "tab": "E\tp\n0\t1\n1\t2\n3\t0\n",
    "space": "# comment\n0 1\n1   2\n3 0\n",
    "mark": "\ufeffE, p\n0, 1\n1, 2 # peak\n\n3, 0\n",
}


@pytest.mark.parametrize("layout", TABLES)
def test_tables(tmp_path, layout):
    path = tmp_path / "table.csv"
    path.write_text(TABLES[layout], encoding="utf-8")
    splittings = read_splittings(path)
    assert splittings.E.tolist() == [0, 1, 3]
    assert splittings.p.tolist() == [1, 2, 0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "which has none"),
        ("E,p\n", "which has none"),
        ("0,1\n1\n", "2 fields"),
        ("0\n1\n", "two columns of numbers"),
        ("0,1\n", "at least 2"),
        ("E,p\n0,1\n1,x\n", "'x' in line 3"),
        ("0,1\n1,-1\n", "`p`"),
        ("1,1\n0,1\n", "ascending"),
        ("0,1\n1,nan\n", "nan"),
        ("p,E_meV\n0,1\n1,2\n", "energies first, .* with the columns p, E_meV"),
        ("index,Energy (K),p\n1,0,1\n2,2,0\n", "energies first"),
    ],
)
def test_bad_tables(tmp_path, text, message):
    path = tmp_path / "table.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        read_splittings(path)


@pytest.mark.parametrize(
    ("name", "factor"),
    [("E_GHz", 4.135667697e-3), ("E (K)", 0.08617333), ("E/ueV", 1e-3), ("E (cm⁻¹)", 0.1239842),
     ("E_meV", 1.0), ("E", 1.0)],
)  # fmt: skip
def test_units_of_splittings(capsys, tmp_path, name, factor):
    path = tmp_path / "table.csv"
    path.write_text(f"{name},p\n0,0\n1,2\n3,0\n", encoding="utf-8")
    np.testing.assert_allclose(read_splittings(path).E, [0, factor, 3 * factor], rtol=1e-6)
    assert read_splittings(path, 2.0).E.tolist() == [0, 2, 6]
    _, from_file, _ = run(capsys, "tc", "--splittings", f"file:{path}", "--tc0-kelvin", 9, "--json")
    plain = tmp_path / "plain.csv"
    plain.write_text(f"E,p\n0,0\n{factor},2\n{3 * factor},0\n")
    _, in_mev, _ = run(capsys, "tc", "--splittings", f"file:{plain}", "--tc0-kelvin", 9, "--json")
    found, wanted = (json.loads(out)["Tc_K"] for out in (from_file, in_mev))
    np.testing.assert_allclose(found, wanted, rtol=1e-6)


@pytest.mark.parametrize("command", ["tc", "induced-tc"])
def test_units_of_splittings_without_units(capsys, tmp_path, command):
    path = tmp_path / "table.csv"
    path.write_text("E_GHz,p\n0,0\n1,2\n3,0\n")
    status, _, err = run(capsys, command, "--splittings", f"file:{path}")
    assert status == 2
    assert "energies in the unit of the superconductor's, but is 'E_GHz'" in err


@pytest.mark.parametrize("name", ["E_over_kBTc0", "E/Tc0", "E_nm"])
def test_splittings_in_no_unit_of_energy(tmp_path, name):
    path = tmp_path / "table.csv"
    path.write_text(f"{name},p\n0,0\n1,2\n3,0\n")
    with pytest.raises(ValueError, match=f"a unit of an energy .*{name!r}"):
        read_splittings(path)
    if name != "E_nm":
        assert read_splittings(path, unit=None).E.tolist() == [0, 1, 3]


def test_tables_are_text(tmp_path):
    path = tmp_path / "table.csv"
    path.write_bytes(b"E,p\n0,1\n1,\xff\xfe\n")
    with pytest.raises(ValueError, match="numbers below its header"):
        read_splittings(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("T,Delta\n", "which has none"),
        ("T,Delta\n2,nan\n", "all NaN"),
        ("T,Delta\n0,1\n", "`T`"),
        ("T,Delta,error\n2,1,-0.1\n", "`error`"),
        ("V,I\n2,1\n", "`columns`"),
        ("2\n3\n", "two columns of numbers"),
    ],
)
def test_bad_measurements(capsys, tmp_path, text, message):
    path = tmp_path / "measured.csv"
    path.write_text(text)
    status, _, err = run(capsys, "gap", "--data", path, "--tc0-kelvin", 9, "--out", tmp_path / "x")
    assert status == 2
    assert message in err
    assert not (tmp_path / "x").exists()


def test_columns_by_name(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("T,V\n1,2\n")
    assert read_sheet(path).column("V").tolist() == [2.0]
    with pytest.raises(ValueError, match=r"a column of .* \(T, V\)"):
        read_sheet(path).column("I")


def test_measured_rows_without_a_number_are_left_out(tmp_path):
    path = tmp_path / "gap.csv"
    path.write_text("T_mK,Delta_ueV\n1000,1400\n2000,\n3000,1380\n")
    asked = argparse.Namespace(data=path, columns=None)
    (T, delta, _), said = gap._measured(asked, Units.physical(9.2))
    np.testing.assert_allclose([T, delta], [[1, 3], [1.4, 1.38]])
    assert said == ["left out 1 row with NaN"]


DOS = ("dos", "--temperature", 0.5, "--energy", "0:6:31")


def test_dos(capsys, tmp_path):
    folder = tmp_path / "spectra"
    into = (*DOS, "--out", folder)
    status, out, err = run(capsys, *into)
    assert (status, err) == (0, "")
    assert {"dos.csv", "dos.png", "dos.pdf"} == {path.name for path in folder.iterdir()}
    values = [float(row["dos_over_Nf"]) for row in rows((folder / "dos.csv").read_text())]
    assert values[0] == pytest.approx(1.029010e-2, rel=1e-3)
    status, out, _ = run(capsys, *DOS, "--json")
    record = json.loads(out)
    assert record["dos_over_Nf"] == pytest.approx(values, rel=1e-9)
    assert record["resolution_over_kBTc0"] == 0.0
    assert record["dos_at_0_over_Nf"] == pytest.approx(record["dos_over_Nf"][0], rel=1e-9)
    status, _, err = run(capsys, *into)
    assert (status, err.count("\n")) == (2, 1)


# Out of equilibrium it is another program, of ten seconds; test_burnt_hole.py reads its options.
@pytest.mark.slow
def test_dos_of_hot_impurities(capsys):
    status, out, _ = run(capsys, *DOS, "--tls-temperature", "inf", "--json")
    assert status == 0
    assert json.loads(out)["dos_over_Nf"][0] > 0.3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--temperature", "-1"), "`temperature` must be"),
        (("--temperature", "0.5", "--tls-temperature", "0"), "`T_tls` must be"),
        (("--temperature", "0.5", "--tls-temperature", "hot"), "`tls-temperature` must be"),
        (("--temperature", "0.5", "--resolution", "2"), "`resolution` must be"),
        (("--temperature", "0.5", "--resolution", "fine"), "--resolution"),
        (("--temperature", "0.5", "--alpha", "-1"), "`alpha` must be"),
        ((), "--temperature"),
    ],
)
def test_dos_refuses(capsys, arguments, words):
    status, out, err = run(capsys, "dos", *arguments)
    assert (status, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1
