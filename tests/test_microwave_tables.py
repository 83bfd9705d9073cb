"""Tables of resonators and surface resistances: columns, units, what is refused."""

import numpy as np
import pytest

import tlsjax as tls
from tlsjax.cli import main
from tlsjax.io.resonators import read_resonator

TABLES = [
    ("T_mK,f0_GHz,f0_err_GHz,Qi,Qi_err\n", (100, 5.0, 1e-8, 1e6, 1e3), {}),
    ("T_mK,f0_GHz,f0_err_Hz,Qi,Qi_err\n", (100, 5.0, 10.0, 1e6, 1e3), {}),
    ("T_K,df/f,df/f_err_kHz,Qi,Qi_err\n", (0.1, 0.0, 0.01, 1e6, 1e3), {}),
    ("T_K,df/f (ppm),df/f_err (ppb),1/Qi (ppm),1/Qi_err\n", (0.1, 0.0, 2.0, 1.0, 1e-3), {}),
    ("TmK;f0_mhz;1/Qi\n", (100, 5000.0, 1e-6), {}),
    ("T (K);f0 (MHz);1/Qi\n", (0.1, 5000.0, 1e-6), {}),
    ("T_K,Q,Qc,Qi,invQi,invQi_err,f0_Hz,f0_err_Hz\n", (0.1, 1, 2, 1e6, 1e-6, 1e-9, 5e9, 10.0), {}),
    ("t\tTemp_Diode\tp_head\tCenter\tQuality\n", (1, 0.1, 1013, 5e9, 1e6), {"pressure": "p_head"}),
    ("T_K,df_over_f\n", (0.1, 0.0), {}),
]


@pytest.mark.parametrize(("header", "row", "columns"), TABLES)
def test_read(header, row, columns, tmp_path):
    mark = next(m for m in (",", ";", "\t") if m in header)
    path = tmp_path / "sample.csv"
    path.write_text(header + 3 * (mark.join(f"{v:.10g}" for v in row) + "\n"))
    data = tls.ResonatorData.read(path, columns, frequency=5.0)
    assert data.label == "sample"
    np.testing.assert_allclose(data.T, 0.1)
    parts = {c.name: data.y[c.rows] for c in data.channels}
    np.testing.assert_allclose(parts["f0"], 0.0, atol=1e-6)
    if "Qi" in parts:
        np.testing.assert_allclose(parts["Qi"], 1e6)
    if "err" in header:
        np.testing.assert_allclose(data.error, [10.0] * 3 + [1e3] * 3)
    if columns:
        np.testing.assert_allclose(data.pressure, 1013)


@pytest.mark.parametrize(
    ("names", "taken"),
    [
        ("QL,Q0", "Q0"), ("Q,1/Qc", "Q"), ("1/Qc,1/Qi", "1/Qi"), ("inv_Qc,Q", "Q"), ("Ql,Qc", "Ql"),
        ("Q_loaded,Q_unloaded", "Q_unloaded"), ("1/Ql,Q_u", "Q_u"), ("Q,Q_int", "Q_int"),
        ("loaded Q,internal Q", "internal Q"), ("Qc,1/Q", "1/Q"),
    ],
)  # fmt: skip
def test_which_quality_factor(names, taken, tmp_path):
    path = tmp_path / "film.csv"
    path.write_text(f"T_K,{names}\n0.1,1e-3,2e-3\n0.2,1e-3,2e-3\n")
    _, said = read_resonator(path)
    assert said == [f"took the columns T_K, {taken}"]


REFUSED_FILES = [
    ("f0_Hz,Qi\n5e9,1e6\n5e9,1e5\n", (), "a column of temperatures"),
    ("T_K,power\n0.1,3\n0.2,3\n", (), "a column of f0 or Qi"),
    ("T_K\n0.1\n0.2\n", (), "two columns of numbers"),
    ("T_K,Qi_dB\n0.1,60\n0.2,50\n", ("--frequency", "5"), "not in dB"),
    ("T_K,Qi\n0.1,-1e6\n0.2,1e5\n", ("--frequency", "5"), "`Qi` must be finite and positive"),
    ("T_K,1/Qi\n0.1,-1e-6\n0.2,1e-5\n", ("--frequency", "5"), "`Qi` must be positive"),
    ("T_K,Qi\n0.1,1e6\n0.2,1e5\n", ("--frequency", "5e9"), "is it in Hz"),
    ("T_K,Qi (1e6)\n0.1,10\n0.2,5\n", ("--frequency", "5"), "without a power of ten"),
    ("T_K,df/f (x10^-6)\n0.1,10\n0.2,5\n", ("--frequency", "5"), "without a power of ten"),
    ("T_K,f0_V\n0.1,1\n0.2,1\n", (), "in a unit of a frequency"),
    ("T_K,df/f\n0.1,0\n0.2,1e-6\n", (), "`frequency` must be given"),
    ("T_K,f0_Hz\n0.1,5e9\n0.2,5e9\n", ("--columns", "Q=2"), "about T, f0, Qi"),
    ("T_K,f0_Hz\n0.1,5e9\n0.2,5e9\n", ("--electrode", "same"), "given with a sweep"),
    ("T_K,f0_Hz\n0.1,5e9\n0.2,5e9\n", ("--temperature", "2"), "given with a sweep"),
    ("T_K,f0_Hz\n0.1,5e9\n0.2,5e9\n", ("--modulation", "0.1"), "given with a sweep"),
    *(
        ("T_K,f0_Hz\n0.1,5e9\n0.2,5e9\n0.3,5e9\n", ("--fix", f"{name}={value}"), rule)
        for name, value, rule in (
            ("F_tan_delta", -1e-6, "`fix` must be zero or more for F_tan_delta, but is -1e-06"),
            ("kinetic_fraction", 1.5, "`fix` must be between 0 and 1 for kinetic_fraction"),
            ("dynes", -0.1, "`fix` must be zero or more for dynes"),
            ("f_offset", "nan", "`fix` must be a number for f_offset, but is nan"),
        )
    ),
    ("T_K,f0_Hz\n0.1,5e9\n0.2,5e9\n", ("--normal-state", "a.csv"), "given with a sweep"),
]


@pytest.mark.parametrize(("text", "options", "sentence"), REFUSED_FILES)
def test_refused_file(text, options, sentence, tmp_path, capsys):
    path = tmp_path / "bad.csv"
    path.write_text(text)
    assert main(["fit", str(path), "--kind", "resonator", *options]) == 2
    assert sentence in capsys.readouterr().err


def test_options_of_other_kinds(tmp_path, capsys):
    path = tmp_path / "gap.csv"
    path.write_text("T_K,Delta_meV\n1,1\n2,0.9\n")
    assert main(["fit", str(path), "--kind", "gap", "--geometry-factor", "200"]) == 2
    assert "`geometry-factor` must be given with resonator" in capsys.readouterr().err
    path.write_text("T_K,Rs\n1,1\n2,2\n")
    assert main(["fit", str(path), "--kind", "rs"]) == 2
    assert "`frequency` must be given in GHz" in capsys.readouterr().err
