"""Reading files as laboratories write them."""

import numpy as np
import pytest
from measured import data_of, sheet_of

from tlsjax.io.columns import bias_in_mv, complete_rows, temperature_of
from tlsjax.io.tables import read_sheet

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
