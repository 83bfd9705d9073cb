"""Public measurements of resonators, where they are at hand (see tests/test_real_data.py).

None of them is evidence of two-level systems inside the metal: a clean superconductor and a
dielectric, each fitted here without them, leave nothing that such systems would have to explain.
"""

import os
from pathlib import Path

import numpy as np
import pytest

import tlsjax as tls
from tlsjax.io.tables import read_sheet

DATA = Path(os.environ.get("TLSJAX_DATA", Path(__file__).parents[2] / "shared" / "data"))
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="no measurements at hand")


def near(result, **values):
    for name, (value, room) in values.items():
        assert result[name] == pytest.approx(value, abs=room), (name, result[name])


# Eleven seconds, nearly all compiling.
@pytest.mark.slow
def test_aluminium_through_its_transition():
    """Frequency and Q together, as an independent fit with scipy and dense NumPy has them: chi^2
    128.55, Tc 1.1683(29) K, 2 Delta/k_B Tc 3.346(21), exponent 0.3802(18)."""
    path = DATA / "microwave" / "al_resonator_5p3GHz_through_tc.csv"
    # The transition is some tens of mK wide, which no thermometer undoes.
    data = tls.ResonatorData.read(path, T_error=0.005)
    assert data.guess().through
    clean = tls.Superconductor()
    found = tls.fit(data, clean, free=("exponent", "F_tan_delta"), starts=1)
    assert found.chi2 == pytest.approx(128.5, abs=0.5)
    near(found, Tc0=(1.1683, 2e-3), gap_ratio=(3.346, 0.01), exponent=(0.3802, 1e-3))
    near(found, kinetic_fraction=(2.717e-4, 1e-6), F_tan_delta=(1.006e-7, 2e-9))
    # Neighbouring residuals are correlated by 0.2 (p = 0.06), which the other fit does not count.
    counted = np.sqrt(found.neighbours.time)
    assert 1.3 < counted < 1.5
    assert found.parameters["Tc0"].error == pytest.approx(0.0029 * counted, rel=0.05)
    assert found.parameters["gap_ratio"].error == pytest.approx(0.021 * counted, rel=0.05)
    # Good to two standard deviations, and not what statistics asks for: that is said.
    assert found.acceptable is False
    assert any("does not describe" in note for note in found.notes)
    # The errors of f0 alone, some hertz, do not know about the thermometer.
    exact = tls.fit(tls.ResonatorData.read(path), clean, free=("exponent", "F_tan_delta"), starts=1)
    assert exact.reduced_chi2 > 1e3


@pytest.mark.slow
def test_niobium_cavity_with_pressure():
    sheet = read_sheet(DATA / "microwave" / "nb_cavity_650MHz_through_tc.txt")
    names = ("Temp_Diode", "Center_Stimulus", "QualityFactor", "Bandwidth", "MKS1000")
    T, f0, Q, width, pressure = (
        sheet.column(name)[sheet.column("Temp_Diode") < 12] for name in names
    )
    # What neighbours in time differ by: the analyser's resolution, a share of the bandwidth.
    errors = np.hypot(60.0, 0.01 * width), Q * np.hypot(0.01, 60 / width)
    data = tls.ResonatorData(T, f0, Q, *errors, geometry_factor=195.0, pressure=pressure)
    found = tls.fit(data, tls.Superconductor(), starts=1)
    near(found, Tc0=(8.861, 0.005), R_n=(3.685e-3, 3e-5), pressure_slope=(-602, 30))
    # Q below Tc is the instrument's: the ratio of gap and Tc is not in these data.
    assert found.parameters["gap_ratio"].error > 0.5


@pytest.mark.slow
def test_niobium_film_with_a_dielectric():
    """Q at five powers and the shift share one dielectric; Q at low power is its own."""
    frequency = 5.619901372
    sheet = read_sheet(DATA / "nb_cpw_Qint_vs_T_power.csv")
    sets = []
    for power in (-80, -120, -160):
        rows = sheet.where("P_label_dBm", str(power))
        columns = {"T": rows.column("T_K"), "Qi": rows.column("Qint")}
        sets.append(tls.ResonatorData(**columns, frequency=frequency, label=f"{power} dBm"))
    path = DATA / "nb_cpw_freqshift_vs_T.csv"
    sets.append(tls.ResonatorData.read(path, frequency=frequency, label="shift"))
    own = ("saturation", "residual_loss")
    found = tls.fit(
        sets, tls.Superconductor(), free=("F_tan_delta", "saturation"), separate=own, starts=1
    )
    assert found["F_tan_delta"] == pytest.approx(1.4e-6, abs=0.4e-6)
    assert found["saturation@-80 dBm"] > 10 * found["saturation@-160 dBm"]
    # Without data near Tc only the gap is known, and the size of the response with it.
    assert found.parameters["Tc0"].undetermined


@pytest.mark.slow
def test_aluminium_on_indium_phosphide():
    """The loss grows from 30 mK on, where that of a dielectric's TLS falls: they are not it."""
    data = tls.ResonatorData.read(DATA / "al_inp_resonator_f0_Qi_vs_T.csv")
    assert data.names == ("f0", "Qi")
    assert data.error is not None
    found = tls.fit(data, tls.Superconductor(), free=("F_tan_delta",), starts=1)
    assert found.parameters["F_tan_delta"].at_bound
    assert found["Tc0"] == pytest.approx(1.15, abs=0.15)
    assert found.acceptable is False
