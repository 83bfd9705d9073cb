"""What names of columns say of units, and what is refused of them."""

import numpy as np
import pytest
from measured import data_of, sheet_of

from tlsjax.io.column_units import unit_in
from tlsjax.io.columns import error_column
from tlsjax.observables.kernel import window_for


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
