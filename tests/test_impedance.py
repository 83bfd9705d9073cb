"""Depths of fields from K(q): limits known in closed form, and integrals done by brute force."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tlsjax.microwave import impedance


def orbital(a, q):
    """``F(a)`` of electrons of all directions, NumPy: 1/a for q = 0."""
    x = q / a
    small, large = np.abs(x) < 0.1, np.abs(x) > 1
    safe = np.where(small, 0.5, x)
    # Im x < 0 throughout.
    artanh = np.arctanh(np.where(large, 1 / safe, safe)) - np.where(large, 0.5j * np.pi, 0)
    direct = 1.5 / safe**2 * (1 - (1 - safe**2) * artanh / safe)
    series = sum(3 * np.where(small, x, 0) ** (2 * k) / (4 * (k + 1) ** 2 - 1) for k in range(9))
    return np.where(small, series, direct) / a


def drude(path, omega):
    """K of a normal metal in units of ``1/lambda_L0^2``, lengths in lambda_L0, v_F = 1."""
    return lambda q: omega * orbital(omega + 1j / path, q)


def by_brute_force(K, middle):
    """``(specular, diffuse)`` by the trapezoidal rule with a far finer step."""
    h = 0.06
    q = middle * np.exp(np.arange(-36, 36, h))
    mirror = 2 / np.pi * h * np.sum(q / (q**2 + K(q)))
    return mirror, np.pi / (h * np.sum(q * np.log1p(K(q) / q**2)))


def kernel_of(K, scale):
    return impedance.kernel(jnp.asarray(K(np.asarray(impedance.wavenumbers(scale)))), scale)


BOTH = jax.jit(lambda kernel: jnp.stack([impedance.specular(kernel), impedance.diffuse(kernel)]))


def distance(found, expected):
    """Relative, the larger of real and imaginary part's."""
    found, expected = np.asarray(found), np.asarray(expected)
    parts = [(found.real, expected.real), (found.imag, expected.imag)]
    return max(np.max(np.abs(a / b - 1)) for a, b in parts)


@pytest.mark.parametrize(
    ("path", "omega"), [(0.01, 1e-4), (1.0, 1e-8), (30.0, 1e-4), (1e3, 1e-4), (3e4, 1e-6)]
)
def test_normal_metal_from_local_to_anomalous(path, omega):
    """Within 1e-7 of the integrals, and the estimate is above the error."""
    K = drude(path, omega)
    kernel = kernel_of(K, 1 / path)
    found = BOTH(kernel)
    expected = by_brute_force(K, float(kernel.middle()))
    assert distance(found, expected) < 1e-8
    fewer = BOTH(kernel.shortened())
    assert distance(found, expected) < distance(fewer, expected) + 1e-8 < 1e-6


def test_classical_skin_effect():
    """A short mean free path: ``delta = (1 + i) skin depth/2``, whatever the reflection is."""
    path, omega = 1e-3, 1e-5
    skin = np.sqrt(2 / (omega * path))
    expected = (1 + 1j) / 2 * skin
    assert distance(impedance.local(drude(path, omega)(np.zeros(1))), expected) < 1e-7
    assert distance(BOTH(kernel_of(drude(path, omega), 1 / path)), expected) < 1e-6


def test_extreme_anomalous_skin_effect():
    """``X = sqrt(3) R``, diffuse over specular 9/8 (Reuter and Sondheimer), and their size:
    ``K = -i A/q`` and ``delta = (4/3 sqrt 3) A^(-1/3) e^(i pi/6)``."""
    path, omega = 1e9, 1e-12
    mirror, random = np.asarray(BOTH(kernel_of(drude(path, omega), 1 / path)))
    A = 3 * np.pi / 4 * omega
    expected = 4 / (3 * np.sqrt(3)) * A ** (-1 / 3) * np.exp(1j * np.pi / 6)
    # Corrections are of order 1/(path q), here 1e-5.
    assert distance(mirror, expected) < 1e-4
    assert mirror.real / mirror.imag == pytest.approx(np.sqrt(3), rel=1e-4)
    assert np.abs(random / mirror) == pytest.approx(9 / 8, rel=1e-4)


def pippard(xi, path):
    """Pippard's K of lengths: London's with the electrons' range ``1/xi + 1/path``."""
    range_ = 1 / (1 / xi + 1 / path)
    return lambda q: range_ / xi * orbital(1j, q * range_) * 1j


def test_pippard():
    """His limits: ``sqrt(xi/range)`` times London's depth where local, ``~ xi^(1/3)`` where not."""
    dirty = BOTH(kernel_of(pippard(10.0, 0.01), 100.0))
    np.testing.assert_allclose(dirty.real, np.sqrt(10.0 / 0.01 + 1), rtol=1e-4)
    clean = BOTH(kernel_of(pippard(1e9, 1e12), 1e-9))
    assert float(clean[1].real / clean[0].real) == pytest.approx(9 / 8, rel=1e-5)
    # delta = (2/pi) int dq/(q^2 + A/q) = (4/3 sqrt 3) A^(-1/3), A = 3 pi/(4 xi).
    expected = 4 / (3 * np.sqrt(3)) * (4 * 1e9 / (3 * np.pi)) ** (1 / 3)
    assert float(clean[0].real) == pytest.approx(expected, rel=1e-5)
    K = pippard(1.25, 5.0)
    kernel = kernel_of(K, 1.0)
    np.testing.assert_allclose(BOTH(kernel).real, np.real(by_brute_force(K, 0.8)), rtol=1e-8)


def superconductor(path, xi=1.25, loss=1e-6, T=0.3):
    """Clean to dirty, with sums over Matsubara frequencies and a loss of shorter range, which sets
    the number of digits that its interpolation has."""
    gap = 1.764
    v = np.pi * gap * xi
    R = np.hypot((2 * np.arange(300) + 1) * np.pi * T, gap)
    rate = v / (2 * path)

    def K(q):
        real = sum(4 * np.pi * T * (gap / r) ** 2 * orbital(2j * (r + rate), v * q) * 1j for r in R)
        return real.real - loss * 1j * (1j * orbital(2j * rate, v * q)).real

    return K, np.sqrt(1 / path * (1 / path + 2 * gap / v))


@pytest.mark.parametrize(
    ("path", "digits"), [(0.05, 1e-8), (1.0, 1e-8), (30.0, 4e-8), (100.0, 2e-7), (1e3, 1e-4)]
)
def test_superconductor_with_small_losses(path, digits):
    """Both parts of the depth to their own size, the loss 1e-20 of the rest too."""
    K, scale = superconductor(path)
    expected = np.array(by_brute_force(K, 0.7))
    kernel = kernel_of(K, scale)
    found, fewer = BOTH(kernel), BOTH(kernel.shortened())
    assert distance(found, expected) < digits
    assert distance(found, expected) < distance(fewer, expected) + 1e-9
    tiny = BOTH(kernel_of(lambda q: K(q).real + 1e-14j * K(q).imag, scale))
    np.testing.assert_allclose(tiny.imag, 1e-14 * expected.imag, rtol=10 * digits)


def test_film():
    """Thin: ``1/(K d)``, the impedance ``1/(sigma d)``; thick: a half space."""
    K = jnp.asarray(1.0 - 1e-3j)
    assert distance(impedance.film(K, 1e-4), 1 / (K * 1e-4)) < 1e-8
    assert distance(impedance.film(K, 50.0), impedance.local(K)) < 1e-14
    assert distance(impedance.film(K, 0.7), np.sqrt(1 / K) / np.tanh(0.7 * np.sqrt(K))) < 1e-13


def test_derivatives():
    def depths(x):
        q = impedance.wavenumbers(0.5)
        K = x[0] / (1 + (q * x[1]) ** 2 / 5) * (1 - 0.1j)
        return BOTH(impedance.kernel(K, 0.5))

    at, along, step = jnp.array([1.0, 2.0]), jnp.array([0.3, 0.8]), 1e-4
    _, slope = jax.jvp(depths, (at,), (along,))
    ends = [depths(at + sign * step * along) for sign in (1, -1)]
    np.testing.assert_allclose(slope, (ends[0] - ends[1]) / (2 * step), rtol=1e-6)
