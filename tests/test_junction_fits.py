"""Fits of junctions as they are: two superconductors, leads, an unknown modulation."""

import numpy as np
import pytest
from refusals import check_one_sentence
from sis_oracle import bcs_current

import tlsjax as tls
from tlsjax.core.units import MEV_PER_KELVIN
from tlsjax.fitting.explanations import built_in, defaults
from tlsjax.fitting.parameters import arrange, collect
from tlsjax.fitting.templates import as_template

T, TC0, WIDTH, OFFSET, G_N, R_S, NOISE = 0.5, 1.25, 0.012, 0.01, 2.0, 0.04, 0.004


def gap_of(Tc0):
    host = tls.WeakCouplingHost(Tc0 * MEV_PER_KELVIN)
    return float(tls.order_parameter(tls.Superconductor(host=host), T * MEV_PER_KELVIN))


def convolved(fine, values):
    step = fine[1] - fine[0]
    count = int(7 * WIDTH / step)
    kernel = np.exp(-((np.arange(-count, count + 1) * step / WIDTH) ** 2) / 2)
    return np.convolve(values, kernel / kernel.sum(), mode="same")


def sweep(kind="current", other=TC0, electrode="same", seed=5):
    """From the quadrature of the oracle, through a width and behind a resistance."""
    kT = MEV_PER_KELVIN * T
    # So that no point lies on the jump.
    fine = np.linspace(-1.3, 1.3, 3901) + 1e-7
    gaps = gap_of(TC0), gap_of(other) + 1e-9
    I = G_N * np.array([np.sign(v) * bcs_current(abs(v), *gaps, kT, kT) for v in fine])
    I = convolved(fine, I)
    applied = fine + R_S * I
    bias = np.linspace(-1, 1, 161)
    signal = I if kind == "current" else np.gradient(I, applied)
    noise = NOISE * np.random.default_rng(seed).standard_normal(bias.size)
    y = np.interp(bias - OFFSET, applied, signal) + noise
    return tls.TunnellingData(bias, y, T, NOISE, kind, electrode=electrode)


TRUTH = {"Tc0": TC0, "broadening": WIDTH, "V0": OFFSET, "G_N": G_N, "R_s": R_S}


def check(result, truth):
    assert result.finished
    for name, value in truth.items():
        found = result.parameters[name]
        assert abs(found.value - value) < 4 * found.error, name
    assert result.acceptable


@pytest.fixture(scope="module")
def clean():
    return tls.Superconductor(host=tls.WeakCouplingHost(MEV_PER_KELVIN))


@pytest.mark.slow
def test_two_like_electrodes_behind_a_resistance(clean):
    result = tls.fit(sweep(), clean, free=("R_s",), starts=1)
    check(result, TRUTH)
    assert result.parameters["Tc0"].error < 0.01
    assert any("Josephson branch" in note for note in result.notes)
    assert "Josephson branch" in result.report()


@pytest.mark.slow
def test_an_electrode_of_its_own(clean):
    electrode = tls.Superconductor(host=tls.WeakCouplingHost(2.2 * MEV_PER_KELVIN))
    data = sweep("didv", other=2.0, electrode=electrode)
    result = tls.fit(data, clean, free=("R_s",), starts=1)
    check(result, TRUTH | {"electrode_Tc0": 2.0})
    assert result.parameters["electrode_Tc0"].unit == "K"


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["didv", "current"])
def test_a_normal_electrode_with_leads_and_a_modulation(clean, kind):
    """Modulation and resistance are found beside each other."""
    spectrum = tls.solve_spectrum(
        tls.Superconductor(host=tls.WeakCouplingHost(TC0 * MEV_PER_KELVIN)), 0.1 * MEV_PER_KELVIN
    ).check()
    bias = np.linspace(-0.8, 0.8, 201)
    measure = tls.tunnelling_current if kind == "current" else tls.tunnelling_conductance
    exact = G_N * np.asarray(
        measure(spectrum, bias - OFFSET, modulation=0.05, series_resistance=R_S * G_N)
    )
    noise = NOISE * np.random.default_rng(2).standard_normal(bias.size)
    data = tls.TunnellingData(bias, exact + noise, 0.1, NOISE, kind)
    result = tls.fit(data, clean, free=("R_s", "modulation"), starts=1)
    truth = {"modulation": 0.05, "R_s": R_S, "Tc0": TC0, "G_N": G_N, "V0": OFFSET}
    check(result, truth)


def test_a_symmetrised_sweep_has_no_offset_and_no_slope(clean):
    data = sweep().symmetrised()
    choices = {"free": (), "fixed": {}, "bounds": {}, "start": {}, "tie": {}, "separate": ()}
    parameters, layout = arrange([data], as_template(clean), **choices)
    table = {p.name: p for p in parameters}
    assert layout.free == ("Tc0", "G_N", "broadening")
    assert table["V0"].value == pytest.approx(0.0, abs=1e-5)
    # The quick fit knows no resistance.
    assert WIDTH / 2 < table["broadening"].value < 2 * WIDTH
    assert "R_s" not in table
    assert "T_e" not in table


@pytest.mark.parametrize(("kind", "unit"), [("current", "mV/signal"), ("didv", "1/signal")])
def test_a_resistance_has_the_unit_of_bias_over_current(clean, kind, unit):
    choices = {"fixed": {}, "bounds": {}, "start": {}, "tie": {}, "separate": ()}
    parameters, _ = arrange([sweep(kind)], as_template(clean), free=("R_s",), **choices)
    assert {p.name: p for p in parameters}["R_s"].unit == unit


def test_a_width_of_zero_is_refused(clean):
    check_one_sentence(
        lambda: tls.fit(sweep(), clean, fixed={"broadening": 0.0}),
        "`broadening` must be positive between two superconductors",
    )


def test_rivals_between_two_superconductors_are_about_what_such_data_have():
    """No electrons of a normal electrode, and no width, which is always free."""
    data = [sweep("didv")]
    for name in defaults(data):
        candidate = built_in(name, data)
        collected = collect(data, candidate.template)
        assert all(collected.matching(free) for free in candidate.options["free"]), name
        assert candidate.parts.isdisjoint({"broadening", "hot-electrons", "spin-splitting"})


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_two_level_systems_between_two_superconductors_have_rivals(clean):
    result = tls.fit(sweep("didv"), tls.Glass(0.4), free=("R_s",), fixed={"Ec": 0.4}, starts=1)
    assert result.claimed is False
    assert "none" in result.rivals.near
    assert {*result.rivals.names} == {"this fit", *defaults(result.datasets)}


@pytest.mark.slow
def test_the_conductance_beside_a_current(clean):
    """By differences of the current that was fitted, with leads and a sloping background."""
    bias = np.linspace(-0.6, 0.6, 241)
    y = 2.0 * bias * np.clip(np.abs(bias) / 0.3, 0, 1)
    data = tls.TunnellingData(bias, y, 1.0, 0.01, "current")
    fixed = {"slope": 0.05, "broadening": 0.03, "R_s": 0.02}
    result = tls.fit(data, clean, fixed=fixed, starts=1, rivals=False, max_evaluations=2)
    (found,) = result.conductances()
    differences = np.gradient(result.predictions[0], bias)
    np.testing.assert_allclose(found[2:-2], differences[2:-2], atol=5e-3)
    assert found.max() > 2 * found.min() > 0
    other = tls.TunnellingData(bias, 1 + bias**2, 1.0, 0.01)
    assert tls.fit(other, clean, starts=1, max_evaluations=1).conductances() == (None,)
