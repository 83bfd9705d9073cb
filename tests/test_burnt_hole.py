"""A hole burnt into the population: limits, quadratures that see it, and a dense grid."""

import argparse

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import spectrum_oracle

import tlsjax as tls
from tlsjax.cli import options
from tlsjax.model.baths import Bath

T = 0.5
GLASS = tls.TLSEnsemble(1.0, tls.Glass(Ec=3.0))


def hole(width, saturation=100.0, frequency=1.0, **other):
    """Of a half width, power broadening included."""
    return tls.BurntHole(frequency, width / np.sqrt(1 + saturation), saturation, **other)


def plain(width, saturation=100.0, frequency=1.0):
    """The same in NumPy, by hand."""

    def N_ge(E):
        x2 = (1 + saturation) * ((E - frequency) / width) ** 2
        return np.tanh(E / (2 * T)) * (1 + x2) / (1 + x2 + saturation)

    return N_ge


def test_limits():
    E = np.array([1e-3, 0.3, 0.999, 1.0, 1.001, 2.0, 40.0])
    thermal = tls.Thermal().difference(E, 0.2)
    unsaturated = tls.BurntHole(1.0, 1e-3, 0.0)
    np.testing.assert_allclose(unsaturated.difference(E, 0.2), thermal, rtol=1e-12)
    warm = tls.BurntHole(1.0, 1e-3, 0.0, T_tls=-1.5)
    inverted = tls.EffectiveTemperature(-1.5).difference(E, 0.2)
    np.testing.assert_allclose(warm.difference(E, 0.2), inverted, rtol=1e-12)
    # At resonance 1/(1 + s) is left, and of any power nothing else than a number.
    deep = tls.BurntHole(1.0, 1e-3, 1e300).difference(E, 0.2)
    assert np.isfinite(deep).all()
    assert deep[3] < 1e-290
    np.testing.assert_allclose(hole(1e-3).difference(E, T), plain(1e-3)(E), rtol=1e-12)
    # Half of the depth at the half width, power broadening included.
    narrow = hole(1e-3, 8.0)
    left = narrow.difference(jnp.array([1.001]), T) / jnp.tanh(1.001 / (2 * T))
    assert float(left[0]) == pytest.approx(1 - 8 / 9 / 2, rel=1e-9)


@pytest.mark.parametrize(
    "splittings",
    [tls.Glass(3.0), tls.Lorentzian(1.0, 0.1), tls.WipfNeumaier(0.9, 0.3)],
    ids=lambda splittings: type(splittings).__name__,
)
def test_averages_see_the_hole(splittings):
    """The quadrature of the Matsubara axis, against a dense one about the hole."""
    width, omega = 1e-4, 2.0

    @jax.jit
    def average(occupation):
        bath = Bath(1.0, splittings, occupation)
        E, weight = bath.quadrature(T)
        return weight @ (occupation.difference(E, T) * 2 * E / (omega**2 + E**2))

    # Only what the hole takes away: of the whole it is a few 1e-5.
    found = average(tls.Thermal()) - average(hole(width))
    t, weight = np.polynomial.legendre.leggauss(200)
    # E - 1 = width tan(angle), of which a Lorentzian is a constant.
    angle = t * np.arctan(0.1 / width)
    E = 1 + width * np.tan(angle)
    weight = weight * np.arctan(0.1 / width) * width / np.cos(angle) ** 2
    lost = (np.tanh(E / (2 * T)) - plain(width)(E)) * np.asarray(splittings.pdf(E))
    expected = weight @ (lost * 2 * E / (omega**2 + E**2))
    # Beyond 1000 widths there is 1e-3 of it left.
    assert float(found) == pytest.approx(expected, rel=2e-3)
    unsaturated, thermal = average(hole(width, 0.0)), average(tls.Thermal())
    assert float(unsaturated) == pytest.approx(float(thermal), rel=1e-9)


@pytest.mark.parametrize(("width", "per_step", "rtol"), [(0.1, 10, 1e-4), (1e-3, 200, 1e-3)])
@pytest.mark.slow
def test_spectra_against_a_dense_grid(width, per_step, rtol):
    """What a hole of 1e-3 changes, or one of 0.1: the grid's own error is the same without it."""
    window = {"step": 0.04, "window": 60.0}
    without, *_ = spectrum_oracle.solve("glass", (3.0,), 1.0, T, T, **window)
    thermal = float(tls.solve_spectrum(GLASS, T, hole(0.1, 0.0)).check().order_parameter)
    assert thermal == pytest.approx(float(tls.order_parameter(GLASS, T)), rel=1e-8)
    spectrum = tls.solve_spectrum(GLASS, T, hole(width)).check()
    arguments = "glass", (3.0,), 1.0, T, plain(width)
    expected, x, dos, _ = spectrum_oracle.solve(*arguments, **window, per_step=per_step)
    change = float(spectrum.order_parameter) - thermal
    assert change == pytest.approx(expected - without, rel=rtol)
    index = 3 * np.arange(51)
    np.testing.assert_allclose(spectrum.dos(x[index]), dos[index], rtol=4e-4)


@pytest.mark.slow
def test_heating_of_a_normal_metal():
    """Closed form, ``P/N_f = 2 pi int dE (1/Ec) E^2 b``: a hole is hotter than the electrons."""
    hot, saturation, width = 1.5, 100.0, 0.1
    edges = np.concatenate([np.linspace(0.0, 0.9, 10), np.linspace(0.91, 1.1, 20), [1.5, 3.0]])
    t, weight = np.polynomial.legendre.leggauss(20)
    half = np.diff(edges)[:, None] / 2
    E = edges[:-1, None] + half * (1 + t)
    x2 = (1 + saturation) * ((E - 1.0) / width) ** 2
    broken = saturation / (1 + x2 + saturation)
    expected = 2 * np.pi / 3 * np.sum(half * weight * E**2 * broken)
    spectrum = tls.solve_spectrum(GLASS, hot, hole(width, saturation)).check()
    assert float(spectrum.order_parameter) == 0
    assert float(tls.heating_power(spectrum)) == pytest.approx(expected, rel=1e-7)


@pytest.mark.slow
@pytest.mark.parametrize("width", [1e-2, 1e-3, 1e-4])
def test_refined(width):
    """On twice as many panels: Delta and the density of states about where the hole is repeated."""
    burnt = hole(width)
    spectrum = tls.solve_spectrum(GLASS, 0.2, burnt).check()
    finer = tls.solve_spectrum(GLASS, 0.2, burnt, panels=160).check()
    assert float(spectrum.order_parameter) == pytest.approx(float(finer.order_parameter), rel=1e-8)
    edge = float(spectrum.gap_edge)
    near = np.concatenate([edge + 1.0 + width * np.linspace(-10, 10, 41), np.linspace(0, 6, 101)])
    distance = np.abs(np.asarray(spectrum.dos(near) - finer.dos(near)))
    assert distance.max() < 2e-5
    assert (distance <= spectrum.dos_error(near) + 1e-12).all()


def burnt_where_it_is_sharp():
    """``(hole, T_tls)`` of a splitting 1 beside a hole, and the temperature it has there."""
    burnt = tls.BurntHole(1.0 + 1e-3, 1e-3, 10.0)
    N_ge = float(burnt.difference(jnp.array(1.0), T))
    assert N_ge == pytest.approx(np.tanh(1.0) * 2 / 12, rel=1e-12)
    return burnt, 1 / (2 * np.arctanh(N_ge))


def test_sharp_splittings_get_a_number():
    """A single splitting has no nodes to place."""
    burnt, T_tls = burnt_where_it_is_sharp()
    hot = tls.EffectiveTemperature(T_tls)
    baths = [Bath(0.5, tls.DeltaFunction(1.0), occupation) for occupation in (burnt, hot)]
    for bath in baths:
        (E,), (weight,) = bath.quadrature(T)
        assert (float(E), float(weight)) == (1.0, 0.5)
    found, expected = (bath.breaking(jnp.array([1.0]), T) for bath in baths)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.slow
def test_sharp_splittings_are_hot():
    single = tls.TLSEnsemble(0.5, tls.DeltaFunction(1.0))
    burnt, T_tls = burnt_where_it_is_sharp()
    hot = float(tls.order_parameter(single, T, tls.EffectiveTemperature(T_tls)))
    assert float(tls.order_parameter(single, T, burnt)) == pytest.approx(hot, rel=1e-9)


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ((0.0, 1e-3, 1.0), "`frequency` .* positive, but is 0.0."),
        ((1.0, -1e-3, 1.0), "`linewidth` .* positive, but is -0.001."),
        ((1.0, 1e-3, -1.0), "`saturation` .* zero or more, but is -1.0."),
        ((1.0, 1e-3, 1.0, 0.0), "`T_tls` .* other than zero"),
        ((1.0, 1e-3, float("nan")), "`saturation` .* nan."),
    ],
)
def test_bad_input_is_one_sentence(numbers, words):
    with pytest.raises(ValueError, match=words):
        tls.order_parameter(GLASS, T, tls.BurntHole(*numbers))


def test_command_line():
    """The options of ``tlsjax dos``; what it prints is `solve_spectrum`'s."""
    parser = argparse.ArgumentParser()
    options.add_population(parser)

    def asked(*arguments):
        args = parser.parse_args(arguments)
        return options.population_of(args, tls.Units.physical(9.25), args.tls_temperature)

    meV = 8.617333262e-2
    assert asked() == tls.Thermal()
    assert asked("--hole", "0.1:0.001:10") == tls.BurntHole(0.1, 0.001, 10.0)
    warm = asked("--hole", "0.1:0.001:10", "--tls-temperature", "2")
    assert warm.T_tls == pytest.approx(2 * meV, rel=1e-9)
    assert asked("--tls-temperature", "inf") == tls.EffectiveTemperature(np.inf)
    for bad in ("0.1:0.001", "0.1:wide:3"):
        with pytest.raises(ValueError, match="`hole` must be FREQUENCY:LINEWIDTH:SATURATION"):
            asked("--hole", bad)
    with pytest.raises(ValueError, match="`population` must be given without --hole"):
        asked("--hole", "0.1:0.001:10", "--population", "thermal")
