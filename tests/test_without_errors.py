"""Spectra solved with ``errors=False``: the same answer, and no number that stands for an error."""

import numpy as np
import pytest

import tlsjax as tls

HOT = tls.EffectiveTemperature(2.0)
CASES = {
    "mesh": (tls.TLSEnsemble(1.0, tls.Glass(Ec=3.0)), 0.3, HOT),
    "ladder": (tls.TLSEnsemble(0.5, tls.DeltaFunction(1.5)), 0.3, tls.Thermal()),
}


@pytest.mark.parametrize("case", ["mesh", pytest.param("ladder", marks=pytest.mark.slow)])
def test_the_answer_is_the_same(case):
    """Within the error of the spectrum that has one; both are solved to far better than that."""
    arguments = CASES[case]
    usual = tls.solve_spectrum(*arguments, panels=32).check()
    quick = tls.solve_spectrum(*arguments, panels=32, errors=False).check()
    moved = abs(float(quick.order_parameter - usual.order_parameter))
    assert moved < max(0.1 * float(usual.error), 1e-9)
    energy = np.linspace(0.0, 5.0, 41)
    moved = np.abs(np.asarray(quick.dos(energy) - usual.dos(energy)))
    assert (moved <= np.maximum(np.asarray(usual.dos_error(energy)), 1e-9)).all()
    assert np.isnan(float(quick.error))
    assert quick.coarse is None
    assert quick.to_dict()["error"] is None
    with pytest.raises(ValueError, match="`spectrum` must be solved with errors=True"):
        quick.dos_error(energy)


def test_what_reports_an_error_asks_for_one():
    """And what reports none does without."""
    spectrum = tls.solve_spectrum(*CASES["mesh"], panels=32, errors=False).check()
    sigma = tls.conductivity(spectrum, 0.2, elastic=np.inf)
    assert np.isfinite(complex(sigma))
    dIdV = tls.tunnelling_conductance(spectrum, np.array([0.0, 2.0]), 0.3)
    assert np.isfinite(np.asarray(dIdV)).all()
    assert float(spectrum.gap_edge) >= 0
    metal = tls.Material(lambda_L0=32.0, mean_free_path=40.0, xi0=39.0, unit="K")
    for refused in (
        lambda: tls.solve_conductivity(spectrum, 0.2, elastic=np.inf),
        lambda: tls.solve_heating_power(spectrum),
        lambda: tls.solve_relaxation(spectrum, 1.0, kappa=1e-3),
        lambda: tls.solve_surface_impedance(spectrum, 1.3, metal),
    ):
        with pytest.raises(ValueError, match="`spectrum` must be solved with errors=True"):
            refused()
