"""The static response of the fields at the Matsubara frequencies: London's equation.

To a transverse field it is (Nam, Phys. Rev. 156, 470 (1967); theory, section 9)

    n_s/n = pi T sum_n Delta~_n^2/(epsilon~_n^2 + Delta~_n^2)^(3/2),

all n, elastic scattering included.

In units of ``pi T``, with ``S = f^2`` and ``R = epsilon~/g`` without elastic scattering, which only
adds its rate gamma to R, a term is ``S/(R + gamma)``. It falls as ``1/nu^3`` beyond the largest of
all energies, gamma among them, which may be millions of gaps. That much is summed in closed form,

    M = D^2/[((nu + p)^2 + D^2) (nu + p + c)],   D the constant part of Delta~,   c >= gamma + 1,

p being the rate of pair breaking: it has the tail of the term, whatever gamma is. What is left
falls as ``1/nu^4`` beyond the gap and the bosons, and the axis's own weights sum it.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from tlsjax.contour.matsubara import Breaking
from tlsjax.matsubara.equations import GapEquations, unpack
from tlsjax.matsubara.pair_breaking import ratio
from tlsjax.matsubara.state import coefficients_of
from tlsjax.numerics.digamma import digamma

# Stands for an infinite c, whose logarithm is multiplied by zero.
_INFINITE = 1e30


def coefficients_on(axis, model, breaking: Breaking | None):
    """Of the gap equations; model : ``(superconductor, T, population)``, breaking : as found out of
    equilibrium, or None."""
    superconductor, T, population = model
    coefficients = coefficients_of(superconductor, population, T, axis)
    if breaking is None:
        return coefficients
    return coefficients._replace(interaction=breaking.on(coefficients.interaction))


class _Term(NamedTuple):
    """``f^2`` and ``R`` at the frequencies, energies of the model of its tail (see the module), and
    the static part of the bosons' scattering; units of ``pi T``."""

    square: jax.Array
    R: jax.Array
    constant: jax.Array
    breaking: jax.Array
    offset: jax.Array
    static: jax.Array


def _term(axis, model, y, breaking) -> _Term:
    inter = coefficients_on(axis, model, breaking).interaction
    rates = inter.breaking
    v, s, X = unpack(y)
    epsilon, delta = GapEquations(axis).self_energies(y, inter, axis.nu)
    v = ratio(epsilon, delta, X, rates)
    magnetic = 0.0 if rates.magnetic is None else rates.magnetic
    R = epsilon * jnp.sqrt(1 + X * v**2) + magnetic
    # Where R goes to, less nu, but for what breaks pairs; one more keeps c away from zero.
    offset = jnp.maximum(inter.normal[-1], 0.0) + 1.0
    gamma = jnp.zeros(()) if rates.gamma is None else rates.gamma
    square = X * v**2 / (1 + X * v**2)
    return _Term(square, R, X * s**2, gamma, offset, inter.static)


def response(axis, model, y, breaking, elastic):
    """``[n_s/n, 2 elastic n_s/n]`` of the unknowns ``y``."""
    term = _term(axis, model, y, breaking)
    pi_T = jnp.pi * model[1]
    # ``1/(R + gamma) = t/[t R + 1 - t]`` and ``elastic t`` have limits as rates become infinite.
    share = 1 / (1 + elastic / pi_T)
    denominator = 1 + term.static * share
    t = share / denominator
    some = term.constant > 0
    square = jnp.where(some, term.constant, 1.0)
    nu = axis.nu + term.breaking
    model_term = square / (nu**2 + square) / (t * (nu + term.offset) + 1 - t)
    left = term.square / (t * term.R + 1 - t) - jnp.where(some, model_term, 0.0)
    total = axis.tail_sum @ left + jnp.where(some, _tail(square, term, t), 0.0)
    return jnp.stack([t, 2 * pi_T * (1 - share) / denominator]) * total


def _tail(square, term, t):
    """``sum_n D^2/[((nu + p)^2 + D^2) (t (nu + p + offset) + 1 - t)]`` over all n."""
    D = jnp.sqrt(square)
    C = t * term.offset + 1 - t
    c = C / jnp.maximum(t, 1 / _INFINITE)
    at_gap = digamma((1 + term.breaking + 1j * D) / 2)
    logarithm = at_gap.real - digamma((1 + term.breaking + c) / 2)
    return square / (C**2 + t**2 * square) * (t * logarithm + C * at_gap.imag / D)
