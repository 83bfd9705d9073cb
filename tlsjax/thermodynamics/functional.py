"""The free energy of the equilibrium theory as a functional that is stationary at the solution.

With ``c_n = epsilon~_n/R_n`` and ``s_n = Delta~_n/R_n`` and the constant part ``C`` of ``Delta~``
the difference of superconducting and normal state is, for each normal state at the Fermi level of
one spin (Bardeen and Stephen, Phys. Rev. 136, A1485 (1964); theory, section 10),

    Omega = - 2 pi T sum_n [epsilon_n c_n - |epsilon_n| + Gamma_D (c_n - 1) - Gamma_m s_n^2]
            - (pi T)^2 sum_nm lambda_nm [c_n c_m + s_n s_m - sgn epsilon_n sgn epsilon_m]
            + C^2 ln(T/T*) - 2 pi T sum_n [C s_n - C^2/(2 |epsilon_n|)],

``Gamma_D`` and ``Gamma_m`` the rates of Dynes and of magnetic scattering. Varying the angle of
``(c_n, s_n)`` and ``C`` gives the equations of `tlsjax.matsubara.equations`; so any first
derivative (by T: the entropy) is the explicit one, with the solution held. Put into the functional
the equations leave

    Omega = (pi T)^2 sum_n (h_n/c_n) [(lambda h)_n - e_n h_n],   h = c - 1,

``e_n`` the normal state's ``epsilon~_n``: a sum of squares of what superconductivity changes, which
keeps all its digits near Tc. It is the formula of Bardeen and Stephen, here with pair breaking too.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.scipy.special import polygamma

from tlsjax.matsubara.axis import CompactAxis
from tlsjax.matsubara.equations import GapEquations, unpack
from tlsjax.matsubara.interaction import Interaction, breaking_at, coupling_in_time
from tlsjax.matsubara.pair_breaking import source, source_sum, source_to_tau
from tlsjax.model.hosts import Closure
from tlsjax.model.occupations import GroundState
from tlsjax.model.scattering import Scattering

# Below this pairing of the host the constant part, small itself, is taken from the host's equation.
_WEAKEST = 1e-3


class Frozen(NamedTuple):
    """What the functional knows of a solution: the coefficients of everything that is not held.

    pairs : (M,) of ``lambda`` at the imaginary times of the axis.
    frequency : of ``epsilon_n = nu pi T``. normal, anomalous : of the rates of Dynes and of
        magnetic scattering. constant : of the constant part. strength : that part over the host's
        ``pairing``, an energy. square : ``u^2``, which multiplies the last two and `anomalous`.
    """

    pairs: jax.Array
    frequency: jax.Array
    normal: jax.Array
    anomalous: jax.Array
    constant: jax.Array
    strength: jax.Array
    square: jax.Array


def frozen(axis: CompactAxis, y, scattering: Scattering, closure: Closure, T) -> Frozen:
    """`Frozen` of the unknowns ``y`` at temperature ``T``."""
    v, s, X = unpack(y)
    gamma = breaking_at(scattering, T).gamma
    r, h = GapEquations(axis).propagators(v, s, X, gamma)
    nu, sum_of = axis.nu, axis.tail_sum
    tail, shift = source(nu, gamma), 0.0 if gamma is None else gamma
    f = s * tail + r
    # Sums of [..] + what falls as 1/nu and as 1/nu^2, which is known. The sum over 1/|nu| is left
    # out: its coefficient in the functional is a square that vanishes at the solution.
    logarithm, squares = source_sum(gamma), polygamma(1, (1 + shift) / 2) / 2
    normal = sum_of @ (h + X * (s * tail) ** 2 / 2) - X * s**2 * squares / 2
    shifted = sum_of @ ((nu + shift) * h + X * s**2 * tail / 2) - X * s**2 * logarithm / 2
    constant = sum_of @ r + s * logarithm

    held = s * jnp.log(T) - constant
    pairs = jnp.abs(closure.pairing) > _WEAKEST
    limit = -held / jnp.where(pairs, 1.0, closure.constant)
    strength = jnp.where(pairs, s / jnp.where(pairs, closure.pairing, 1.0), limit)
    return Frozen(
        _pairs(axis, h, r, s, X, gamma),
        shifted - shift * normal,
        normal,
        sum_of @ (f**2 - (s * tail) ** 2) + s**2 * squares,
        constant,
        jnp.pi * T * strength,
        X,
    )


def _pairs(axis, h, r, s, X, gamma):
    """``sum_nm lambda_nm [c_n c_m + s_n s_m - sgn sgn]`` is the scalar product of this with
    ``lambda`` at the times of the axis."""
    weighted, f = axis.tail_sum * h, s * source(axis.nu, gamma) + r
    normal = 2 * axis.normal_sum.T @ weighted
    normal = normal + (axis.odd_from_tau.T @ weighted) * (axis.odd_to_tau @ h)
    f_in_time = s * source_to_tau(axis, gamma) + axis.even_to_tau @ r
    return normal + X * (axis.even_from_tau.T @ (axis.tail_sum * f)) * f_in_time


def functional(axis, state: Frozen, scattering, closure: Closure, bosons, T, T_bosons):
    """``Omega`` (see the module), with ``state`` held fixed: exact in its first derivatives.

    ``bosons`` are those of `tlsjax.matsubara.interaction.bosons_of`, with the occupation of the
    temperature ``T_bosons``.
    """
    breaking = breaking_at(scattering, T)
    total = -2 * state.frequency
    if breaking.dynes is not None:
        total = total - 2 * breaking.dynes * state.normal
    if breaking.magnetic is not None:
        total = total + 2 * breaking.magnetic * state.square * state.anomalous
    pi_T = jnp.pi * T
    constant = closure.pairing * state.strength
    own = state.strength * (constant * jnp.log(T) + state.strength * closure.constant)
    host = closure.pairing * own - 2 * pi_T * constant * state.constant
    own = boson_energy(axis, state, held_at(bosons, T_bosons), T)
    return pi_T**2 * total + state.square * host + own


def held_at(bosons, T):
    """The same bosons with the occupations of temperature ``T``, whatever T is."""
    return tuple(
        b._replace(weight=b.weight * b.occupation.difference(b.E, T), occupation=GroundState())
        for b in bosons
    )


def boson_energy(axis, state: Frozen, bosons, T):
    """``-(pi T)^2 sum lambda [c c + s s - sgn sgn]``: what a coupling to ``bosons`` adds."""
    return -((jnp.pi * T) ** 2) * (state.pairs @ coupling_in_time(bosons, T, axis))


def condensation(axis: CompactAxis, y, inter: Interaction, T):
    """``Omega`` at the solution ``y``, as a sum of squares."""
    v, s, X = unpack(y)
    _, h = GapEquations(axis).propagators(v, s, X, inter.breaking.gamma)
    normal = inter.breaking.on_frequency(axis.nu) + inter.normal
    excess = 1 - jnp.sqrt(1 + X * v**2)
    return (jnp.pi * T) ** 2 * (axis.tail_sum @ (excess * (inter.odd @ h - normal * h)))
