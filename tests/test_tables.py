"""Reading files as laboratories write them."""

import argparse

import numpy as np
import pytest

from tlsjax.cli import fit
from tlsjax.cli.fit_data import load_all
from tlsjax.io.column_units import unit_in
from tlsjax.io.columns import bias_in_mv, complete_rows, error_column, temperature_of
from tlsjax.io.tables import read_sheet
from tlsjax.observables.kernel import window_for

BIAS = np.array([-1.5, -0.5, 0.5, 1.5])
SIGNAL = np.array([1.1, 0.2, 0.3, 1.2])
LAYOUTS = {
    "commas": "bias_mV,G\n" + "".join(f"{v},{g}\n" for v, g in zip(BIAS, SIGNAL, strict=True)),
    "tabs": "bias_mV\tG\n" + "".join(f"{v}\t{g}\n" for v, g in zip(BIAS, SIGNAL, strict=True)),
    "spaces": "# bias_mV G\n" + "".join(f"{v}  {g}\n" for v, g in zip(BIAS, SIGNAL, strict=True)),
    "semicolons": "bias_mV;G\n"
    + "".join(f"{v};{g}\n".replace(".", ",") for v, g in zip(BIAS, SIGNAL, strict=True)),
    "german tabs": "\ufeffbias_mV\tG\r\n"
    + "".join(f"{v}\t{g}\r\n".replace(".", ",") for v, g in zip(BIAS, SIGNAL, strict=True)),
    "volts": "V (V),G\n" + "".join(f"{v * 1e-3},{g}\n" for v, g in zip(BIAS, SIGNAL, strict=True)),
    "comments and labels": "% by hand\n\nsweep,bias_mV,G\n"
    + "".join(f"up,{v},{g}\n" for v, g in zip(BIAS, SIGNAL, strict=True)),
    "nanonis": "Experiment\tbias\nTemperature 1>T (K)\t1.2E+0\n\n[DATA]\nBias calc (V)\tLI X (A)\n"
    + "".join(f"{v * 1e-3:E}\t{g:E}\n" for v, g in zip(BIAS, SIGNAL, strict=True)),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_read_alike(layout, tmp_path):
    path = tmp_path / "sweep_1p2K.dat"
    path.write_text(LAYOUTS[layout], encoding="utf-8")
    sheet = read_sheet(path)
    # A comment line is no header: columns go by number there.
    name = sheet.find(r"bias", r"^V") or "1"
    signal = sheet.find(r"^G", r"LI") or "2"
    bias, values = complete_rows(sheet, sheet.column(name), sheet.column(signal))
    np.testing.assert_allclose(bias_in_mv(sheet, name, bias), BIAS)
    np.testing.assert_allclose(values, SIGNAL)
    assert temperature_of(sheet)[0] == 1.2


@pytest.mark.parametrize(
    "text",
    [
        "-2, 1\n-1.5, 0.5\n", "V, G\n-2, 1\n-1.5, 0.5\n", "-2;1\n-1,5;0,5\n",
        "-2\t1\n-1,5\t0,5\n", "-2 1\n-1,5 0,5\n", "-2,0 1,0\n-1,5 0,5\n",
    ],
)  # fmt: skip
def test_a_first_row_of_whole_numbers(text, tmp_path):
    assert sheet_of(tmp_path, text).values.tolist() == [[-2, 1], [-1.5, 0.5]]


@pytest.mark.parametrize(
    ("kind", "names", "factor"),
    [
        ("current", "I_nA,I_err_pA", 1e-3), ("didv", "G (S),err (nS)", 1e-9),
        ("didv", "LI X (V),std_uV", 1e-6),
        ("didv", "dIdV_S,err_pS", 1e-12), ("didv", "G,sigma_G", 1.0),
        ("hc", "Hc_mT,err_Oe", 0.1), ("didv", "G,err", 1.0),
        ("didv", "G_uS,G_err_uS", 1.0), ("didv", "G_uS,err", 1.0),
    ],
)  # fmt: skip
def test_errors_of_a_signal_have_its_unit(tmp_path, kind, names, factor):
    text = f"{'T_K' if kind == 'hc' else 'V_mV'},{names}\n1,5,2\n2,5,2\n"
    temperature = () if kind == "hc" else ("--temperature", "1")
    data, _ = data_of(tmp_path, text, *temperature, kind=kind)
    np.testing.assert_allclose(data.error, 2 * factor)


@pytest.mark.parametrize("names", ["I,err_nA", "I_nA,err_mV", "I_nA,err (%)"])
def test_errors_in_what_the_signal_is_not_are_refused(tmp_path, names):
    with pytest.raises(ValueError, match="an error in the unit of 'I"):
        data_of(tmp_path, f"V_mV,{names}\n1,5,2\n", "--temperature", "1", kind="current")
    with pytest.raises(ValueError, match="an error in the unit of 'Delta'"):
        data_of(tmp_path, "T_K,Delta,err_pct\n1,5,2\n")


@pytest.mark.parametrize(
    "text", ["T,x\n1,2,\n3,4,\n", "T;x;\n1;2;\n3;4;\n", "T\tx\t\n1\t2\n3\t4\n"]
)
def test_a_mark_at_the_end_of_lines_is_no_column(text, tmp_path):
    sheet = sheet_of(tmp_path, text)
    assert sheet.names == ["T", "x"]
    assert sheet.values.tolist() == [[1, 2], [3, 4]]
    assert sheet_of(tmp_path, "T_mK,x,error\n1,2,\n3,4,\n").names == ["T_mK", "x", "error"]


def test_a_number_is_one_value_however_it_is_written(tmp_path):
    for text in (
        "T,x,run\n1.5,1,a\n1.50,2,b\n2,3,a\nnan,4,1.5b\nNaN,5,b\n",
        "T;x;run\n1,5;1;a\n1,50;2;b\n2;3;a\nnan;4;1.5b\nNaN;5;b\n",
    ):
        sheet = sheet_of(tmp_path, text)
        values = sheet.texts_of("T", "series")
        assert values == [values[0], "2"]
        assert "left out 2 rows without a value of T" in sheet.said
        for written in (values[0], "1.5", "1,500"):
            assert sheet.where("T", written).values[:, 1].tolist() == [1, 2]
        assert sheet.texts_of("3", "series") == ["a", "b", "1.5b"]


def test_rows_with_nan_are_left_out_and_said(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("x,y\n1,2\n2,NaN\n3,4\n")
    sheet = read_sheet(path)
    x, y = complete_rows(sheet, sheet.column("x"), sheet.column("y"))
    assert x.tolist() == [1, 3]
    assert y.tolist() == [2, 4]
    assert "left out 1 row with NaN" in sheet.said[-1]


def test_rows_by_label_or_number(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("sweep,T_K,x\nup,1.5,2\ndown,1.5,3\nup,4.2,5\n")
    sheet = read_sheet(path)
    assert sheet.where("sweep", "up").column("x").tolist() == [2, 5]
    assert sheet.where("T_K", "1.50").column("x").tolist() == [2, 3]
    with pytest.raises(ValueError, match=r"`where` must be a value in column sweep"):
        sheet.where("sweep", "left")


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("", "must be a table with numbers, but is .*which has none"),
        ("x\n1\n2\n", "must be two columns of numbers or more"),
        ("x,y\n1,2\n3,four\n", "'four' in line 3"),
        ("x,y\n1,2\n3\n", "must be 2 fields in every line, but is 1 in line 3"),
        ("x,y\nnan,1\nnan,2\n", "all NaN"),
    ],
)
def test_bad_files_are_one_sentence(text, match, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=match):
        _first_columns(path)


def _first_columns(path):
    sheet = read_sheet(path)
    return complete_rows(sheet, sheet.values[:, 0], sheet.values[:, 1])


def sheet_of(tmp_path, text, name="a.csv"):
    path = tmp_path / name
    path.write_text(text)
    return read_sheet(path)


def data_of(tmp_path, text, *options, name="a.csv", kind="gap"):
    path = tmp_path / name
    path.write_text(text)
    parser = argparse.ArgumentParser()
    fit.add_arguments(parser)
    (data,), said = load_all(parser.parse_args([str(path), "--kind", kind, *options]))
    return data, said


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("T_mK", "mK"), ("T (K)", "K"), ("Delta[µeV]", "ueV"), ("Delta/meV", "meV"),
        ("V (uV)", "uV"), ("gap GHz", "GHz"), ("T_s", None), ("Delta_fit", None), ("V", None),
        ("T (C)", "C"), ("I_nA", "nA"), ("R_s (nΩ)", "nOhm"), ("R_µOhm", "uOhm"),
        ("T (mk)", "mK"), ("f0_mhz", "MHz"), ("TmK", "mK"), ("T-mK", "mK"), ("T..mK.", "mK"),
        ("T (Kelvin)", "K"), ("T [millikelvin]", "mK"), ("T (Celsius)", "degC"), ("dI/dV", None),
        ("1/Qi", None), ("df/f", None), ("R_ms", "ms"), ("R_MS", None), ("TK", "K"), ("Tin", None),
        ("mK", "mK"), ("eV", None), ("K", None),
    ],
)  # fmt: skip
def test_the_unit_of_a_column(name, unit):
    assert unit_in(name) == unit


def test_units_are_honoured(tmp_path):
    text = "T_mK,Delta_ueV,Delta_err\n" + "".join(f"{t},180,2\n" for t in (100, 200, 300))
    data, _ = data_of(tmp_path, text)
    np.testing.assert_allclose(data.x, [0.1, 0.2, 0.3])
    np.testing.assert_allclose(data.y, 0.18)
    # An error without a unit has that of what it is the error of.
    np.testing.assert_allclose(data.error, 0.002)
    data, _ = data_of(tmp_path, text.replace("Delta_err", "Delta_err_neV"))
    np.testing.assert_allclose(data.error, 2e-6)
    data, _ = data_of(tmp_path, "# T_mK Delta_ueV\n100 180\n200 170\n")
    assert data.x.tolist() == [0.1, 0.2]
    # Of a resistance as well: the errors may have another unit.
    text = "T_mK,Rs (nΩ),Rs_err_Ohm\n1500,3,1e-10\n1800,9,2e-10\n"
    data, _ = data_of(tmp_path, text, "--frequency", "1.3", kind="rs")
    np.testing.assert_allclose(data.x, [1.5, 1.8])
    np.testing.assert_allclose([data.y, data.error], [[3e-9, 9e-9], [1e-10, 2e-10]])
    data, _ = data_of(tmp_path, "x,Tc_mK\n0,1200\n1,1210\n", kind="tc")
    np.testing.assert_allclose(data.y, [1.2, 1.21])


@pytest.mark.parametrize(
    "header",
    [
        "T_mK, Delta_ueV", "# T_mK, Delta_ueV", "T (mK)  Delta (ueV)", "# T (mK) Delta (ueV)",
        "T (mK)\tgap width (ueV)", "# Sample temp (mK)  energy gap (ueV)", "T (mK);Delta (ueV)",
    ],
)  # fmt: skip
def test_names_above_numbers_between_spaces(tmp_path, header):
    data, _ = data_of(tmp_path, f"by hand, a film\n{header}\n100 180\n200 180\n")
    np.testing.assert_allclose([data.x[0], data.y[0]], [0.1, 0.18])
    _, said = data_of(tmp_path, "T (K) and the gap (meV)\n1 0.18\n2 0.17\n")
    assert "found no 2 names" in said[0]


@pytest.mark.parametrize(
    "header",
    [
        "T,Delta\nmK,ueV", "T\tgap\n[mK]\t[ueV]", "# T Delta\n# mK ueV", "T,Delta\n# mK, ueV",
        "# T_mK Delta_ueV\n#\n", "# T_mK, Delta_ueV\n# ---- ----", "T_mK,Delta (ueV) # by hand",
        "T_mK,Delta(T#2) (ueV)", "a film\nT (mK),Delta/Delta(0)% (ueV)",
    ],
)  # fmt: skip
def test_units_below_names_and_marks_in_names(tmp_path, header):
    mark = "\t" if "\t" in header else " " if header[0] == "#" else ","
    data, _ = data_of(tmp_path, f"{header}\n100{mark}180\n200{mark}170\n")
    np.testing.assert_allclose([data.x[0], data.y[0]], [0.1, 0.18])


def test_columns_that_have_nothing_but_a_unit(tmp_path):
    text = "mK,ueV\n100,180\n200,170\n"
    data, _ = data_of(tmp_path, text, "--columns", "1,2")
    np.testing.assert_allclose([data.x[0], data.y[0]], [0.1, 0.18])
    with pytest.raises(ValueError, match="the names do not tell"):
        data_of(tmp_path, text)
    # A sentence is no line of units.
    data, _ = data_of(tmp_path, "T_mK,Delta_ueV\n# in mK\n100,180\n200,170\n")
    np.testing.assert_allclose([data.x[0], data.y[0]], [0.1, 0.18])
    data, _ = data_of(tmp_path, "x (at.%), Tc (mK)\n0.1, 120\n0.2, 110\n", kind="tc")
    assert data.y.tolist() == [0.12, 0.11]


@pytest.mark.parametrize(
    ("header", "kind", "y"),
    [
        ("Time,T_K,Delta", "gap", 3), ("time_s,Temperature (K),Delta", "gap", 3),
        ("Time,Temp,C", "c", 3), ("t,T,Hc", "hc", 3), ("Trace,Tbath,Rs", "rs", 3),
        ("Run,T_K,surface resistance", "rs", 3), ("Run,t_K,R", "rs", 3),
    ],
)  # fmt: skip
def test_a_time_is_no_temperature(tmp_path, header, kind, y):
    options = ("--frequency", "1.3") if kind == "rs" else ()
    data, _ = data_of(tmp_path, f"{header}\n1,2,{y}\n2,4,{y}\n", *options, kind=kind)
    assert data.x.tolist() == [2, 4]
    assert data.y.tolist() == [3, 3]
    with pytest.raises(ValueError, match="the names do not tell"):
        data_of(tmp_path, "Time,Delta\n1,3\n2,3\n")


def test_columns_by_number_have_their_units(tmp_path):
    text = "n,T_mK,Delta_ueV,Delta_err\n" + "".join(f"1,{t},180,2\n" for t in (100, 200))
    data, _ = data_of(tmp_path, text, "--columns", "2,3,4")
    np.testing.assert_allclose([data.x[0], data.y[0], data.error[0]], [0.1, 0.18, 0.002])
    text = "T_mK,f0_MHz,f0_err,Qi,Qi_err\n" + "".join(f"{t},5000,1e-5,1e6,1e3\n" for t in (1, 2))
    data, _ = data_of(tmp_path, text, "--columns", "T=1,f0=2,Qi=4", kind="resonator")
    np.testing.assert_allclose(data.T, [1e-3, 2e-3])
    assert data.frequency == pytest.approx(5.0)
    np.testing.assert_allclose(data.error, [10, 10, 1e3, 1e3])
    # Errors of nobody knows what are not used, and it says so.
    bare = text.replace("f0_err", "err").replace("Qi_err", "err")
    data, said = data_of(tmp_path, bare, kind="resonator")
    assert data.error is None
    assert "did not use err, err" in said
    # Points beyond a range are not looked at.
    low = text + "3,4990,1e-5,2.5,1e3\n"
    with pytest.raises(ValueError, match="`Qi` must be"):
        data_of(tmp_path, low, kind="resonator")
    data, said = data_of(tmp_path, low, "--range=0.0005:0.0025", kind="resonator")
    np.testing.assert_allclose(data.T, [1e-3, 2e-3])
    assert "left out 1 point beyond 0.0005:0.0025" in said
    # Of two columns with one name the number tells which.
    data, _ = data_of(tmp_path, "T_K,gap,gap\n1,2,3\n2,2,3\n", "--columns", "1,3")
    assert data.y.tolist() == [3, 3]


@pytest.mark.parametrize(
    ("header", "rule"),
    [
        ("T_meV,Delta_meV", "a unit of a temperature .*'T_meV'"),
        ("T_K,Vgap_mV", "a unit of an energy .*'Vgap_mV'"),
        ("T (C),Delta_meV", "a unit of a temperature .*'T \\(C\\)'"),
        ("T (Celsius),Delta_meV", "a unit of a temperature .*'T \\(Celsius\\)'"),
        ("T_K,Delta (1e-3)", "without a power of ten in its name, but is 'Delta \\(1e-3\\)'"),
        ("T_K,Rs_mK", "a unit of a resistance .*'Rs_mK'"),
        ("T/Tc,Delta_meV", "a unit of a temperature .*'T/Tc'"),
        ("T_over_Tc0,Delta_over_kBTc0", "a unit of a temperature .*'T_over_Tc0'"),
        ("T_K,Delta_over_kBTc0", "a unit of an energy .*'Delta_over_kBTc0'"),
        ("T_K,Delta(T)/Delta(0)", "a unit of an energy .*'Delta\\(T\\)/Delta"),
        ("T_K,2 Delta (meV)", "of Delta itself, .*'2 Delta"),
    ],
)
def test_wrong_units_are_refused(tmp_path, header, rule):
    kind, options = ("rs", ("--frequency", "1")) if "Rs" in header else ("gap", ())
    with pytest.raises(ValueError, match=rule):
        data_of(tmp_path, f"{header}\n1,2\n2,2\n", *options, kind=kind)


def test_absurd_magnitudes_get_a_sentence(tmp_path):
    with pytest.raises(ValueError, match=r"`T` must be in K, and within 400 .* mK"):
        data_of(tmp_path, "T,Delta\n900,0.18\n1200,0.1\n")
    with pytest.raises(ValueError, match=r"`Delta` must be in meV, and within 200 .* ueV"):
        data_of(tmp_path, "T,Delta\n0.9,380\n1.2,300\n")
    with pytest.raises(ValueError, match=r"`bias` must be in mV, and within 1000 .* uV"):
        data_of(tmp_path, "1.5,2\n1000,2\n2000,2\n", "--temperature", "1", kind="didv")
    _, said = data_of(tmp_path, "T,Delta\n50,0.18\n300,0.1\n")
    assert "no superconductor" in said[-1]
    _, said = data_of(tmp_path, "T,Delta\n0.5,0.18\n1.1,0.1\n1.3,0\n")
    assert "no superconductor" not in said[-1]
    with pytest.raises(ValueError, match=r"`bias` must be so large beside"):
        window_for(900.0, 1e-3)


def test_errors_belong_to_their_column(tmp_path):
    sheet = sheet_of(tmp_path, "T_K,T_err_K,Delta_meV\n1,0.1,1.4\n2,0.1,1.3\n")
    assert error_column(sheet, "T_K", "Delta_meV") is None
    data, _ = data_of(tmp_path, "T_err_K,T_K,Delta_meV\n0.1,1,1.4\n0.1,2,1.3\n")
    assert data.error is None
    assert data.x.tolist() == [1, 2]
    # Nor are they of a column when another is what they are of.
    text = "T_K,Rs_nOhm,Xs_nOhm,Xs_err,Q,Q_err\n1,3,4,5,6,7\n2,3,4,5,6,7\n"
    data, _ = data_of(tmp_path, text, "--frequency", "1", kind="rs")
    assert data.error is None
    data, _ = data_of(tmp_path, "T_K,Delta_meV,gap_err\n1,1.4,0.1\n2,1.3,0.1\n")
    assert data.error.tolist() == [0.1, 0.1]
    sheet = sheet_of(tmp_path, "T_K,T_err_K,sigma,Delta_meV,Delta_err_meV\n1,2,3,4,5\n2,3,4,5,6\n")
    assert error_column(sheet, "T_K", "Delta_meV") == "Delta_err_meV"


@pytest.mark.parametrize(
    ("name", "power"),
    [
        ("C/T (mJ/mol K2)", 1), ("C_over_T_mJ_per_molK2", 1), ("Cp/T", 1), ("C/T^3", 3),
        ("C/T²", 2), ("C_per_T3", 3), ("C/Tc", 0), ("C", 0),
    ],
)  # fmt: skip
def test_a_specific_heat_over_powers_of_temperature(tmp_path, name, power):
    data, _ = data_of(tmp_path, f"T_K,{name},err\n1,3,1\n2,3,1\n", kind="c")
    np.testing.assert_allclose([data.y[1], data.error[1]], np.array([3, 1]) * 2**power)


SWEEP = np.linspace(-2, 2, 21)


def test_a_normal_sweep_keeps_the_errors(tmp_path):
    rows = [f"{v:.3f},{2 + v * v:.3f},0.1\n" for v in SWEEP]
    (tmp_path / "normal.csv").write_text("V_mV,G,G_err\n" + "".join(rows))
    text = "V_mV,G,G_err\n" + "".join(f"{v:.3f},{1 + v * v:.3f},0.2\n" for v in SWEEP)
    options = "--temperature", "1", "--normal-state", str(tmp_path / "normal.csv")
    data, _ = data_of(tmp_path, text, *options, kind="didv")
    signal, normal = 1 + SWEEP**2, 2 + SWEEP**2
    expected = signal / normal * np.hypot(0.2 / signal, 0.1 / normal)
    np.testing.assert_allclose(data.error, expected, rtol=1e-3)


def test_a_time_or_a_transition_is_no_temperature_of_a_sweep(tmp_path):
    rows = "".join(f"{i},{v},1\n" for i, v in enumerate(BIAS))
    for header in ("t,V,G\n", "t_s,V,G\n", "T_c,V,G\n", "# Critical temperature: 9.2 K\nn,V,G\n"):
        assert temperature_of(sheet_of(tmp_path, header + rows)) is None
    header = "# T_c: 9.2 K\n# T: 1.2 K\nt_s,V,G\n"
    assert temperature_of(sheet_of(tmp_path, header + rows))[0] == 1.2
    assert temperature_of(sheet_of(tmp_path, "t_mK,V,G\n" + rows))[0] == 0.0015


@pytest.mark.parametrize(
    ("comment", "kelvin"),
    [
        ("T = 1.5 K", 1.5), ("T=40mK", 0.04), ("sample A, T = 1,5 K; B = 0.3 T", 1.5),
        ("T: 1.5 K, cold", 1.5), ("T (K) = 2", 2.0), ("T = 1.5", None), ("Tc = 9.2 K", None),
        ("annealing temperature = 900 K", None), ("B = 1 T", None),
    ],
)  # fmt: skip
def test_a_temperature_behind_an_equals_sign(tmp_path, comment, kelvin):
    found = temperature_of(sheet_of(tmp_path, f"# {comment}\nV,G\n1,2\n2,3\n"))
    assert (found and found[0]) == (kelvin and pytest.approx(kelvin))


def test_a_name_with_two_temperatures_does_not_tell(tmp_path):
    text = "V,G\n1,2\n"
    assert temperature_of(sheet_of(tmp_path, text, "Nb_1p5K.csv"))[0] == 1.5
    assert temperature_of(sheet_of(tmp_path, text, "300K_anneal_1p5K.csv")) is None


def test_the_temperature_is_the_median_and_its_drift_is_said(tmp_path):
    T = np.full(41, 1.9)
    T[7] = 17.0
    text = "T_K,V\n" + "".join(f"{t},1\n" for t in T)
    sheet = sheet_of(tmp_path, text)
    assert temperature_of(sheet)[0] == 1.9
    assert "1 readings of the temperature are far from their median (17 K)" in sheet.said
    text = "T_mK,V\n" + "".join(f"{t},1\n" for t in np.linspace(1900, 2100, 41))
    sheet = sheet_of(tmp_path, text)
    assert temperature_of(sheet)[0] == pytest.approx(2.0)
    assert "drifts from 1.9" in sheet.said[0]
    steady = sheet_of(tmp_path, "T_K,V\n" + "1.9,1\n" * 9)
    assert temperature_of(steady)[0] == 1.9
    assert not steady.said
    named = sheet_of(tmp_path, "T (s),Sample temp (mK),V\n1,40,1\n2,40,2\n")
    assert temperature_of(named)[0] == pytest.approx(0.04)
    header = sheet_of(tmp_path, "# Temperature: 40 mK\nV,G\n1,2\n2,3\n")
    assert temperature_of(header)[0] == pytest.approx(0.04)


def several(order):
    """Rows ``(field, bias)`` of three fields."""
    if order == "one after the other":
        return [(B, v) for B in (0.0, 0.5, 1.0) for v in SWEEP]
    if order == "side by side":
        return [(B, v) for v in SWEEP for B in (0.0, 0.5, 1.0)]
    return [(B, v) for B, way in ((0.0, 1), (0.5, -1), (1.0, 1)) for v in SWEEP[::way]]


@pytest.mark.parametrize("order", ["one after the other", "side by side", "up and down"])
def test_several_sweeps_in_a_file_are_asked_about(tmp_path, order):
    rows = several(order)
    text = "B_T,V_mV,G\n" + "".join(f"{B},{v:.3f},1\n" for B, v in rows)
    options = "--temperature", "1"
    with pytest.raises(ValueError, match=r"`where` must be given: .* 3 values of B_T"):
        data_of(tmp_path, text, *options, kind="didv")
    data, _ = data_of(tmp_path, text, *options, "--where", "B_T=0.5", kind="didv")
    assert data.x.size == SWEEP.size
    if order != "side by side":
        text = "V_mV,G\n" + "".join(f"{v:.3f},1\n" for _, v in rows)
        with pytest.raises(ValueError, match=r"`file` must be one sweep.* range [35] times"):
            data_of(tmp_path, text, *options, kind="didv")


@pytest.mark.parametrize(
    "bias",
    [
        SWEEP, SWEEP[::-1], np.concatenate([SWEEP, SWEEP[::-1]]),
        np.random.default_rng(1).permutation(SWEEP), SWEEP + 0.3 * (-1.0) ** np.arange(21),
        np.concatenate([SWEEP[10:], SWEEP[::-1], SWEEP[:11]]),
    ],
)  # fmt: skip
def test_one_sweep_is_one(tmp_path, bias):
    # A temperature of few digits is no label of sweeps.
    text = "T_K,V_mV,G\n" + "".join(
        f"{1.9 + 0.01 * (k % 3)},{v:.3f},1\n" for k, v in enumerate(bias)
    )
    data, _ = data_of(tmp_path, text, kind="didv")
    assert data.x.size == bias.size
