"""Levels of a tunnelling atom against semiclassics and an independent diagonalisation."""

import jax
import numpy as np
import pytest
from scipy.linalg import eig_banded

import tlsjax as tls
from tlsjax.microscopic.wells import HBAR2_OVER_2U

WELL = tls.DoubleWell(tls.MASS_H, barrier=100.0, distance=1.17)


def banded(well, points=1500, count=3):
    """Lowest levels by finite differences of eighth order on a uniform grid."""
    X, step = np.linspace(-well.reach, well.reach, points, retstep=True)
    stencil = np.array([205 / 72, -8 / 5, 1 / 5, -8 / 315, 1 / 560])
    bands = np.repeat(HBAR2_OVER_2U / well.mass / step**2 * stencil[:, None], points, axis=1)
    bands[0] += np.asarray(well.potential(X))
    return eig_banded(bands, True, eigvals_only=True, select="i", select_range=(0, count - 1))


@pytest.mark.parametrize("mass", [tls.MASS_H, tls.MASS_D])
def test_independent_diagonalisation(mass):
    well = tls.DoubleWell(mass, barrier=100.0, distance=1.17)
    levels = tls.solve_well(well)
    exact = banded(well)
    np.testing.assert_allclose(levels.energy[:3], exact, rtol=1e-9)
    assert float(levels.J) == pytest.approx(exact[1] - exact[0], rel=1e-8)
    assert float(levels.error) < 1e-10


@pytest.mark.parametrize("barrier", [150.0, 250.0, 400.0])
def test_semiclassical_splitting(barrier):
    """``2 hbar omega sqrt(6 S/pi) exp(-S) (1 - 71/(72 S) - 6299/(10368 S^2) ...)`` with the
    instanton's action S (Zinn-Justin): right but for the next order, some 1/S^3."""
    for mass in (tls.MASS_H, tls.MASS_D):
        well = tls.DoubleWell(mass, barrier, 1.17)
        S = 2 / 3 * well.distance * np.sqrt(barrier * mass / HBAR2_OVER_2U)
        omega = np.sqrt(64 * barrier * HBAR2_OVER_2U / mass) / well.distance
        corrections = 1 - 71 / 72 / S - 6299 / 10368 / S**2
        J = 2 * omega * np.sqrt(6 * S / np.pi) * np.exp(-S) * corrections
        assert float(tls.solve_well(well).J) == pytest.approx(J, rel=4 / S**3)


def test_hydrogen_against_deuterium():
    """By the mass alone: the action goes as its square root, the prefactor as M^(-1/4)."""
    ratio = float(tls.solve_well(WELL).J / tls.solve_well(
        tls.DoubleWell(tls.MASS_D, 100.0, 1.17)).J)  # fmt: skip
    S = 2 / 3 * WELL.distance * np.sqrt(100.0 / HBAR2_OVER_2U) * np.sqrt([tls.MASS_H, tls.MASS_D])
    mass = tls.MASS_D / tls.MASS_H
    order = 1 - 71 / 72 / S - 6299 / 10368 / S**2
    expected = mass**0.25 * np.exp(S[1] - S[0]) * order[0] / order[1]
    assert ratio == pytest.approx(expected, rel=0.03)


def test_asymmetry_and_where_two_levels_end():
    for asymmetry in (0.0, 0.5, 2.0, 5.0):
        levels = tls.solve_well(tls.DoubleWell(tls.MASS_H, 100.0, 1.17, asymmetry))
        assert float(levels.splitting) == pytest.approx(np.hypot(levels.J, asymmetry), rel=2e-3)
        assert bool(levels.is_two_level)
    # A tilt as large as the distance to the third level mixes it in.
    tilted = tls.solve_well(tls.DoubleWell(tls.MASS_H, 100.0, 1.17, 60.0))
    assert not tilted.is_two_level
    # Wells so deep that rounding hides J have no states to speak of.
    assert not tls.solve_well(tls.DoubleWell(40.0, 2000.0, 1.0)).is_two_level
    # A barrier that is none.
    assert not tls.solve_well(tls.DoubleWell(tls.MASS_H, 5.0, 0.6)).is_two_level


def test_spectral_accuracy():
    """The error falls exponentially with the basis, and is what is reported."""
    exact = float(tls.solve_well(WELL, basis=256).J)
    errors = []
    for basis in (24, 32, 48):
        levels = tls.solve_well(WELL, basis=basis)
        errors.append(abs(float(levels.J) - exact))
        assert errors[-1] <= levels.error
    assert errors[1] < 0.1 * errors[0]
    assert errors[2] < 1e-3 * errors[1]


def test_any_potential():
    """Harmonic: equidistant; the user's own quartic: the same as the double well's."""
    omega = 20.0
    stiffness = omega**2 / (4 * HBAR2_OVER_2U / tls.MASS_H)
    spring = tls.Well(tls.MASS_H, lambda X: stiffness * X**2, reach=4.0)
    np.testing.assert_allclose(
        tls.solve_well(spring).energy[:4], omega * (np.arange(4) + 0.5), rtol=1e-10
    )
    own = tls.Well(tls.MASS_H, WELL.potential, reach=float(WELL.reach))
    np.testing.assert_allclose(tls.solve_well(own).energy, tls.solve_well(WELL).energy, rtol=1e-12)


@pytest.mark.slow
def test_gradient_and_batches():
    def splitting(barrier, asymmetry):
        return tls.solve_well(tls.DoubleWell(tls.MASS_H, barrier, 1.17, asymmetry)).splitting

    slopes = jax.grad(splitting, argnums=(0, 1))(100.0, 2.0)
    h = 1e-3
    by_barrier = (splitting(100 + h, 2.0) - splitting(100 - h, 2.0)) / (2 * h)
    by_tilt = (splitting(100.0, 2 + h) - splitting(100.0, 2 - h)) / (2 * h)
    np.testing.assert_allclose(slopes, (by_barrier, by_tilt), rtol=1e-7)
    batch = jax.jit(jax.vmap(splitting))(np.array([80.0, 100.0]), np.array([0.0, 2.0]))
    np.testing.assert_allclose(batch, [splitting(80.0, 0.0), splitting(100.0, 2.0)], rtol=1e-9)


def test_wave_functions():
    levels = tls.solve_well(WELL)
    step = float(levels.X[1] - levels.X[0])
    overlap = np.asarray(levels.wave_functions @ levels.wave_functions.T) * step
    np.testing.assert_allclose(overlap, np.eye(6), atol=1e-12)
    ground, excited = np.asarray(levels.wave_functions[:2])
    np.testing.assert_allclose(ground, ground[::-1], atol=1e-9)
    np.testing.assert_allclose(excited, -excited[::-1], atol=1e-9)
    assert (ground > -1e-9).all()
    assert (excited[levels.X > 0] > -1e-9).all()


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: tls.solve_well(tls.DoubleWell(-1.0, 100.0, 1.17)), "`mass` must be"),
        (lambda: tls.solve_well(tls.DoubleWell(1.0, 0.0, 1.17)), "`barrier` must be"),
        (lambda: tls.solve_well(tls.Well(1.0, 3.0, 1.0)), "`potential` must be"),
        (lambda: tls.solve_well(WELL, basis=17), "`basis` must be"),
        (lambda: tls.solve_well(WELL, count=2), "`count` must be"),
        (lambda: tls.solve_well(1.0), "`well` must be"),
    ],
)
def test_bad_arguments(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
