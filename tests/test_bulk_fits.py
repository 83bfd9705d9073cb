"""Fits of specific heat and critical field, alone and with each other."""

import json

import numpy as np
import pytest

import tlsjax as tls
from tlsjax.cli import main

K = tls.units.convert(1.0, "K", "meV")
T = np.linspace(0.6, 8.0, 25)


def lead(T):
    """A clean weak-coupling metal of Tc = 7.2 K, in kelvin."""
    return tls.solve_thermodynamics(tls.Superconductor(host=tls.WeakCouplingHost(7.2)), T).check()


def measured(rng, noise=0.01):
    found = lead(T)
    C = 3.0 * np.asarray(found.specific_heat.electrons / found.sommerfeld) + 0.05 * T**3
    below = T < 7.0
    field = np.asarray(lead(T[below]).critical_field)
    # Of weak coupling gamma Tc^2/Hc(0)^2 = exp(2 C)/6 pi.
    square = 2 * np.pi**2 / 3 * 7.2**2 * 6 * np.pi / np.exp(2 * np.euler_gamma)
    field = 80.0 * field / np.sqrt(square)
    C = C * (1 + noise * rng.normal(size=C.size))
    field = field + 80 * noise * rng.normal(size=field.size)
    return (
        tls.SpecificHeatData(T, C, error=noise * np.abs(C) + 1e-6),
        tls.CriticalFieldData(T[below], field, error=80 * noise),
    )


# Both are nearly all compiling: ten and thirty seconds.
@pytest.mark.slow
def test_joint_fit(rng):
    heat, field = measured(rng)
    clean = tls.Superconductor()
    found = tls.fit([heat, field], clean, free=("lattice",), starts=1)
    assert found.acceptable
    for name, value in (("Tc0", 7.2), ("gamma", 3.0), ("lattice", 0.05), ("H0", 80.0)):
        parameter = found.parameters[name]
        assert abs(parameter.value - value) < 4 * parameter.error, name
        assert parameter.error < 0.02 * value


@pytest.mark.slow
def test_from_the_command_line(rng, tmp_path, capsys):
    """A column of C/T is one of C."""
    heat, _ = measured(rng)
    file = tmp_path / "lead.csv"
    rows = zip(heat.x, heat.y / heat.x, heat.error / heat.x, strict=True)
    text = "".join(f"{a},{b},{c}\n" for a, b, c in rows)
    file.write_text("T_K,C/T,err\n" + text)
    options = ["--fix", "alpha=0", "Ec=1", "lattice=0.05", "--starts", "1", "--json"]
    assert main(["fit", str(file), "--kind", "c", *options]) == 0
    found = json.loads(capsys.readouterr().out)
    assert "took C/T as C/T" in found["guessed"]
    assert found["parameters"]["gamma"]["value"] == pytest.approx(3.0, rel=0.02)


def test_where_a_specific_heat_begins(rng):
    """Tc between two points, at which the jump has its side, and a lattice that is not zero."""
    T = np.array([2.0, 4.0, 6.0, 8.0, 9.0, 9.5, 10.0, 12.0])
    C = T * (np.where(T < 9.2, 8.0 * 2.4 * T / 9.2, 8.0) + 0.1 * T**2)
    order = rng.permutation(T.size)
    data = tls.SpecificHeatData(T[order], C[order], error=0.1)
    assert data.guessed_tc() == pytest.approx(9.25)
    assert data.parameters()["gamma"][0] == pytest.approx(8.0)
    assert data.guessed_lattice() == pytest.approx(0.1)
    # Without points above it Tc is above all of them, and a lattice is not seen.
    below = tls.SpecificHeatData(T[:5], C[:5])
    assert below.guessed_tc() > 9.0
    assert 0 < below.guessed_lattice() < 0.1
    assert tls.SpecificHeatData([1.0], [2.0]).guessed_lattice() > 0


def test_refusals():
    with pytest.raises(ValueError, match="is it in mK"):
        tls.SpecificHeatData([1000.0], [1.0])
    with pytest.raises(ValueError, match="`Hc` must be"):
        tls.CriticalFieldData([1.0], [-1.0])


def test_a_tc_beyond_measured_temperatures():
    """Of a Tc just above one of them: wherever the fit starts it ends in the same minimum."""
    T = np.linspace(0.8, 6.0, 27)
    host = tls.WeakCouplingHost(3.61)
    sample = tls.solve_thermodynamics(tls.Superconductor(host=host), T).check()
    C = 2.0 * np.asarray(sample.specific_heat.electrons / sample.sommerfeld) + 0.03 * T**3
    noise = 0.03 * np.random.default_rng(0).normal(size=C.size)
    heat = tls.SpecificHeatData(T, C * (1 + noise), error=0.03 * C)
    found = [
        tls.fit(heat, tls.Superconductor(), free=("lattice",), starts=1, start={"Tc0": Tc0})
        for Tc0 in (3.61, 2.5, 12.0)
    ]
    for one in found:
        assert one.chi2 == pytest.approx(found[0].chi2, rel=1e-3)
        assert abs(one["Tc0"] - 3.61) < 0.05
        assert one.acceptable
