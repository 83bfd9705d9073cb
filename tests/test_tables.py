"""Reading files as laboratories write them."""

import numpy as np
import pytest

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


def test_rows_with_nan_are_left_out_and_said(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("x,y\n1,2\n2,NaN\n3,4\n")
    sheet = read_sheet(path)
    x, y = complete_rows(sheet, sheet.column("x"), sheet.column("y"))
    assert x.tolist() == [1, 3]
    assert y.tolist() == [2, 4]
    assert "left out 1 rows" in sheet.said[-1]


def test_rows_by_label_or_number(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("sweep,T_K,x\nup,1.5,2\ndown,1.5,3\nup,4.2,5\n")
    sheet = read_sheet(path)
    assert sheet.where("sweep", "up").column("x").tolist() == [2, 5]
    assert sheet.where("T_K", "1.50").column("x").tolist() == [2, 3]
    with pytest.raises(ValueError, match="`where` must be a value in column sweep"):
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
