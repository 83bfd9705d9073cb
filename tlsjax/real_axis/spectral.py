"""What is read off the solution on the real axis: spectra at any energy, gap edge, Delta.

Each function takes a `tlsjax.real_axis.spectrum.Spectrum`, which holds two solutions (``fine`` and
``coarse``, of class `RealAxis`).
"""

import jax
import jax.numpy as jnp
from jax.lax import stop_gradient

from tlsjax.core.status import is_ok, nan_unless
from tlsjax.numerics.linear import solve
from tlsjax.real_axis.collocation import propagators


def _on(real, energy):
    """Self energies and propagators at energies of any sign, the mirror undone by conj."""
    x = energy / (jnp.pi * real.T)
    epsilon, delta = real.self_energies(jnp.abs(x))
    fields = (epsilon, delta, *propagators(epsilon, delta, real.X))
    return x, tuple(jnp.where(x < 0, jnp.conj(field), field) for field in fields)


def _dos(spectrum, energy):
    _, (_, _, gamma, _) = _on(spectrum.fine, energy)
    return gamma.real


def _dos_error(spectrum, energy):
    # Of both propagators, real and imaginary parts: one of them alone may agree by accident.
    (_, fine), (_, coarse) = (_on(real, energy) for real in (spectrum.fine, spectrum.coarse))
    (gamma, phi), (gamma_c, phi_c) = fine[2:], coarse[2:]
    return jnp.abs(gamma - gamma_c) + jnp.sqrt(spectrum.fine.X) * jnp.abs(phi - phi_c)


def _pair_density(spectrum, energy):
    _, (_, _, _, phi) = _on(spectrum.fine, energy)
    return spectrum.order_parameter / (jnp.pi * spectrum.T) * phi.imag


def _elastic(spectrum):
    rate = spectrum.ensemble.elastic_rate
    return 0.0 if rate is None else rate / spectrum.T


def _sigma_epsilon(spectrum, energy):
    x, (epsilon, _, gamma, _) = _on(spectrum.fine, energy)
    zeta = spectrum.fine.table.height - 1j * x
    return 1j * jnp.pi * spectrum.T * (zeta - epsilon - _elastic(spectrum) * gamma)


def _sigma_delta(spectrum, energy):
    _, (_, delta, _, phi) = _on(spectrum.fine, energy)
    return spectrum.order_parameter * (delta - 1 + _elastic(spectrum) * phi)


VALUES = {
    "dos": _dos,
    "dos_error": _dos_error,
    "pair_density": _pair_density,
    "sigma_epsilon": _sigma_epsilon,
    "sigma_delta": _sigma_delta,
}


@jax.jit
def real_axis_order_parameter(spectrum):
    real = spectrum.fine
    x, weights, edges = real.mesh.nodes, real.mesh.weights, real.mesh.edges
    end = jnp.max(jnp.where(edges < real.table.reach, edges, 0.0))
    thermal = jnp.where(x < end, weights, 0.0) * jnp.tanh(jnp.pi * x / 2)
    _, phi = real.propagators
    clean = 1 / jnp.sqrt(real.X - x**2 + 0j)
    # Beyond the end Im f - Im f_BCS = Delta (A + B ln x)/x^3: fit both to its last part.
    share = jnp.where((x > end / 4) & (x < end), weights / x, 0.0)
    basis = jnp.stack([jnp.ones_like(x), jnp.log(x / end)])
    rest = (phi.imag - jnp.abs(clean.imag)) * x**3
    A, B = solve((share * basis) @ basis.T, (share * basis) @ rest)
    # int_end^inf of 1/sqrt(x^2-X) - 1/x, and of the fit.
    beyond = jnp.log(2 / (1 + jnp.sqrt(1 - real.X / end**2))) + (A + B / 2) / (2 * end**2)
    cut = thermal @ jnp.where(x < end, 1 / x, 0.0)
    return spectrum.order_parameter * (thermal @ phi.imag + beyond) / (jnp.log(spectrum.T) + cut)


@jax.jit
def gap_edge(spectrum):
    real = spectrum.fine
    u0 = jnp.sqrt(real.X)

    def excess(x):
        epsilon, delta = real.self_energies(x)
        return u0 * (delta / epsilon).imag - 1

    def narrow(bracket, _):
        low, high = bracket
        x = low + (high - low) * jnp.linspace(0.0, 1.0, 17)
        return _first_fall(x, excess(x)), None

    x = jnp.linspace(0.0, 3.0, 257)[1:] * stop_gradient(u0 + (u0 == 0))
    bracket = _first_fall(x, excess(x))
    found = bracket[1] > bracket[0]
    (low, high), _ = jax.lax.scan(narrow, bracket, None, length=7)
    edge = stop_gradient((low + high) / 2)
    value, slope = jax.jvp(lambda x: excess(x[None])[0], (edge,), (jnp.ones_like(edge),))
    # One Newton step carries the derivative of the root.
    edge = edge - value / stop_gradient(jnp.where(slope == 0, 1.0, slope))
    edge = jnp.where(found & (real.X > 0), edge * jnp.pi * real.T, 0.0)
    return nan_unless(is_ok(spectrum.status), edge)


def _first_fall(x, value):
    """The pair of neighbours in ``x`` where ``value`` first turns negative; equal if never."""
    fall = (value[:-1] > 0) & (value[1:] <= 0)
    index = jnp.argmax(fall)
    found = jnp.any(fall)
    return x[index], jnp.where(found, x[index + 1], x[index])
