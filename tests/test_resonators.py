"""Quality factors and shifts: formulas, limits, names, derivatives."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from refusals import check_one_sentence
from scipy.special import digamma

import tlsjax as tls

Z = np.array([1e-8 - 4.3e-4j, 5e-7 - 4.6e-4j])


def test_cavity():
    cavity = tls.Cavity(270.0, residual=5e-9)
    losses = cavity.losses(Z)
    np.testing.assert_allclose(losses.quality_factor, 270.0 / (Z.real + 5e-9), rtol=1e-14)
    np.testing.assert_allclose(losses.electrons + losses.residual, losses.total, rtol=1e-14)
    # More reactance is more depth, a larger cavity, a lower frequency.
    found = cavity.shift(Z, reference=Z[0]).total
    np.testing.assert_allclose(found, [0.0, -3e-5 / 540.0], atol=1e-16)


# hf/k_B of 5 GHz, K.
QUANTUM = 6.62607015e-34 * 5e9 / 1.380649e-23


def test_dielectric():
    oxide = tls.DielectricTLS(1e-5, critical_photons=30.0)
    T = np.array([1e-3, 0.02, 0.1, 0.5, 50.0])
    x = QUANTUM / (2 * np.pi * T)
    expected = 1e-5 / np.pi * (digamma(0.5 - 1j * x).real - np.log(x))
    np.testing.assert_allclose(oxide.shift(T, 5.0), expected, rtol=1e-8, atol=1e-18)
    # From zero down at first, as -1/24 x^2.
    cold = -1e-5 / np.pi / (24 * x[0] ** 2)
    assert float(oxide.shift(1e-3, 5.0)) == pytest.approx(cold, rel=1e-3)
    # The minimum of the frequency is at hf = 2.2 kT.
    fine = np.linspace(0.05, 0.3, 501)
    lowest = fine[np.argmin(oxide.shift(fine, 5.0))]
    assert QUANTUM / lowest == pytest.approx(2.2, abs=0.1)
    for photons, factor in ((0.0, 1.0), (90.0, 0.5)):
        found = oxide.loss(T, 5.0, photons)
        np.testing.assert_allclose(found, 1e-5 * factor * np.tanh(QUANTUM / (2 * T)), rtol=1e-8)
    assert float(tls.DielectricTLS(1e-5).loss(0.01, 5.0, 1e9)) == pytest.approx(1e-5, rel=1e-6)


def test_resonator():
    oxide = tls.DielectricTLS(2e-6)
    film = tls.Resonator(0.2, residual=1e-7, dielectric=oxide)
    T = np.array([0.1, 0.2])
    losses = film.losses(Z, T, 5.0, photons=3.0)
    np.testing.assert_allclose(losses.electrons, 0.2 * Z.real / -Z.imag, rtol=1e-14)
    np.testing.assert_allclose(losses.dielectric, oxide.loss(T, 5.0), rtol=1e-14)
    total = losses.electrons + losses.residual + losses.dielectric
    np.testing.assert_allclose(1 / losses.quality_factor, total, rtol=1e-14)
    shift = film.shift(Z, Z[0], T, 5.0, T_reference=0.1)
    np.testing.assert_allclose(shift.electrons, [0.0, -0.1 * 3e-5 / 4.3e-4], atol=1e-16)
    assert float(shift.dielectric[0]) == 0
    np.testing.assert_allclose(shift.total, shift.electrons + shift.dielectric, rtol=1e-14)
    # By every parameter.
    slope = jax.grad(lambda film: film.losses(Z[1], 0.2, 5.0).total)(film)
    assert float(slope.kinetic_fraction) == pytest.approx(Z[1].real / -Z[1].imag, rel=1e-12)
    assert float(slope.residual) == 1.0
    assert float(slope.dielectric.loss_tangent) == pytest.approx(
        float(np.tanh(QUANTUM / 0.4)), rel=1e-8
    )
    by_T = jax.vmap(jax.grad(lambda T: film.dielectric.shift(T, 5.0)))(jnp.asarray(T))
    numbers = (oxide.shift(T + 1e-5, 5.0) - oxide.shift(T - 1e-5, 5.0)) / 2e-5
    np.testing.assert_allclose(by_T, numbers, rtol=1e-6)


def test_lists_are_arrays():
    cavity, oxide = tls.Cavity(270.0), tls.DielectricTLS(2e-6, critical_photons=30.0)
    film = tls.Resonator(0.2, dielectric=oxide)
    many, T, photons = list(Z), [0.1, 0.2], [0.0, 90.0]
    pairs = [
        (cavity.losses(many), cavity.losses(Z)), (cavity.shift(many, many), cavity.shift(Z, Z)),
        (film.losses(many, T, 5.0, photons), film.losses(Z, np.array(T), 5.0, np.array(photons))),
        (film.shift(many, many, T, 5.0, T), film.shift(Z, Z, np.array(T), 5.0, np.array(T))),
    ]  # fmt: skip
    for found, expected in pairs:
        np.testing.assert_array_equal(found.total, expected.total)


def test_refusals():
    check_one_sentence(lambda: tls.Cavity(-1.0).losses(Z), "`geometry_factor`")
    check_one_sentence(lambda: tls.Cavity(270.0, -1.0).losses(Z), "`residual`")
    check_one_sentence(lambda: tls.Resonator(1.2).losses(Z), "`kinetic_fraction` must be between")
    check_one_sentence(lambda: tls.Resonator(0.1, dielectric=1e-6).losses(Z), "`dielectric`")
    film = tls.Resonator(0.1, dielectric=tls.DielectricTLS(1e-6))
    check_one_sentence(lambda: film.losses(Z, T=0.1), "`frequency` must be given")
    check_one_sentence(lambda: film.losses(Z, T=-0.1, frequency=5.0), "`T` must be")
    check_one_sentence(lambda: tls.DielectricTLS(-1.0).loss(0.1, 5.0), "`loss_tangent`")
    check_one_sentence(lambda: tls.DielectricTLS(1.0, 0.0).loss(0.1, 5.0), "`critical_photons`")
