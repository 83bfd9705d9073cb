"""Lengths and rates of a metal, and what it refuses."""

import dataclasses

import numpy as np
import pytest
from refusals import check_one_sentence

import tlsjax as tls
from tlsjax.core.validation import require

NIOBIUM = tls.Superconductor(host=tls.WeakCouplingHost(9.25, gap_ratio=3.8))
METAL = tls.Material(32.0, 100.0, xi0=40.0)
# hbar in J s and k_B in J/K, CODATA.
HBAR, BOLTZMANN = 1.054571817e-34, 1.380649e-23


def test_lengths_and_rates():
    gap = 1.9 * 9.25 * BOLTZMANN
    v_F = np.pi * gap * 40e-9 / HBAR
    by_speed = tls.Material(32.0, 100.0, v_F=v_F)
    for metal in (METAL, by_speed):
        rate = HBAR * v_F / (2 * 100e-9) / BOLTZMANN
        assert float(metal.elastic(NIOBIUM)) == pytest.approx(rate, rel=1e-9)
        resistivity = 4e-7 * np.pi * 32e-9**2 * v_F / 100e-9
        assert float(metal.resistivity(NIOBIUM)) == pytest.approx(resistivity, rel=1e-8)
    found = METAL.penetration_depth(NIOBIUM, 2.0)
    expected = 32.0 / np.sqrt(tls.superfluid_density(NIOBIUM, 2.0, elastic=METAL.elastic(NIOBIUM)))
    assert float(found) == pytest.approx(float(expected), rel=1e-14)
    clean = dataclasses.replace(METAL, mean_free_path=np.inf)
    assert clean.elastic(NIOBIUM) == 0
    assert tls.Material.of("Al", 10.0).xi0 == 1600.0


def test_the_unit_of_energy_changes_nothing():
    """Kelvin, meV, and units of k_B Tc0."""
    reduced = tls.Superconductor(host=tls.WeakCouplingHost(1.0, gap_ratio=3.8))
    meV = tls.units.convert(9.25, "K", "meV")
    in_meV = tls.Superconductor(host=tls.WeakCouplingHost(meV, gap_ratio=3.8))
    pairs = [
        (dataclasses.replace(METAL, unit=9.25), reduced, 1.0),
        (dataclasses.replace(METAL, unit="meV"), in_meV, meV),
    ]
    for metal, superconductor, Tc in pairs:
        assert metal.resistivity(superconductor) == pytest.approx(METAL.resistivity(NIOBIUM))
        found = metal.elastic(superconductor) / Tc
        assert float(found) == pytest.approx(METAL.elastic(NIOBIUM) / 9.25, rel=1e-12)
        assert metal.energy(1.3, "GHz") / Tc == pytest.approx(0.0479924307 * 1.3 / 9.25, rel=1e-8)


def test_refusals():
    for wrong, pattern in [
        ({"xi0": None}, "`xi0` must be given, or v_F"),
        ({"v_F": 1e6}, "`xi0` must be given, or v_F"),
        ({"unit": "eV"}, "`unit` must be"),
        ({"lambda_L0": -32.0}, "`lambda_L0`"),
        ({"mean_free_path": 0.0}, "`mean_free_path` must be positive .nm"),
        ({"lambda_L0": 3.9e-8}, "`lambda_L0` must be in nm, but is 3.9e-08, which looks like me"),
        ({"mean_free_path": np.array([100.0, 1e-7])}, "`mean_free_path` must be in nm"),
        (
            {"xi0": None, "v_F": 1.4e8},
            "`v_F` must be in m/s, but is 1.4e.08, which looks like cm",
        ),
    ]:
        with pytest.raises(ValueError, match=pattern):
            require(*dataclasses.replace(METAL, **wrong).rules())
    metal = dataclasses.replace(METAL, mean_free_path=1e-7)
    check_one_sentence(lambda: metal.resistivity(NIOBIUM), "`mean_free_path` must be in nm")
    metal = dataclasses.replace(METAL, lambda_L0=-32.0)
    check_one_sentence(lambda: metal.penetration_depth(NIOBIUM, 2.0), "`lambda_L0` must be")
    impurity = tls.TLSEnsemble(1.0, tls.DeltaFunction(1.0))
    bosons = tls.Superconductor((impurity,), tls.NoHost())
    check_one_sentence(lambda: METAL.velocity(bosons), "`v_F` must be given instead")
    check_one_sentence(lambda: tls.Material.of("Hg", 1.0), "`metal` must be one of")
