"""The equations of `tlsjax.contour.linearised` as a plain function of all unknowns."""

import jax.numpy as jnp
import numpy as np

from tlsjax.contour.equations import HEIGHT, poisson, self_energies
from tlsjax.contour.matsubara import Breaking, sums_of
from tlsjax.contour.poles import NU, Sums, pole_table, sources_at
from tlsjax.matsubara.equations import Coefficients, GapEquations
from tlsjax.matsubara.pair_breaking import source


def turned(z, F, v, s, X):
    """Propagators, v, s and X after the changes ``z`` of the angles over u (real parts, then the
    imaginary ones), of v (or nothing), of s and of ln X."""
    (gamma, phi), N, u = F.T, len(F), jnp.sqrt(X)
    angle = z[:N] + 1j * z[N : 2 * N]
    cos, sin = jnp.cos(u * angle), angle * jnp.sinc(u * angle / np.pi)
    F = gamma * cos - X * phi * sin, (phi * cos + gamma * sin) * jnp.exp(-z[-1] / 2)
    of_v = z[2 * N : -2]
    return jnp.stack(F, axis=-1), v + of_v if of_v.size else v, s + z[-2], X * jnp.exp(z[-1])


def usadel(F, sums, on):
    breaking, zeta = on.problem.on_axis.breaking, HEIGHT - 1j * on.mesh.nodes
    sources = sources_at(pole_table(sums, HEIGHT), on.mesh.nodes)
    epsilon, delta = self_energies(zeta, on.weights, F, sources, sums.s, breaking)
    left = (epsilon + on.broadening) * F[:, 1] - delta * F[:, 0]
    if breaking.magnetic is not None:
        left = left + 2 * breaking.magnetic * F[:, 0] * F[:, 1]
    return jnp.concatenate([left.real, left.imag])


def coefficients(interaction, problem):
    return Coefficients(interaction, jnp.log(problem.T), problem.closure, problem.norm)


def by_line(z, point, on, axis):
    """With the Matsubara frequencies the continuation of the line."""
    problem = on.problem
    F, _, s, X = turned(z, *point)
    h, phi = (poisson(on.mesh, NU) @ jnp.stack([F[:, 0].real - 1, F[:, 1].real], axis=-1)).T
    left = usadel(F, Sums(h, phi - s / NU, s), on)
    phi = poisson(on.mesh, axis.nu) @ F[:, 1].real
    r = phi - s * source(axis.nu, problem.on_axis.breaking.gamma)
    closure = GapEquations(axis).closure(r, s, X, coefficients(problem.on_axis, problem))
    size = problem.norm(phi / jnp.sqrt(1 - X * phi**2), s) - 1
    return jnp.concatenate([left, jnp.stack([size, closure])])


def exact(z, point, on, axis):
    """With unknowns of their own."""
    problem = on.problem
    F, v, s, X = turned(z, *point)
    y = jnp.concatenate([v, jnp.stack([s, X])])
    parts = on.breaking.average(F).real
    on_axis, on_sums = (
        Breaking(*(poisson(on.mesh, nu) @ parts).T, jnp.zeros(nu.size)) for nu in (axis.nu, NU)
    )
    sums = sums_of(y, on_sums.on(problem.on_sums), axis)
    rows = GapEquations(axis).residual(y, coefficients(on_axis.on(problem.on_axis), problem))
    others, closure, size = jnp.split(rows, [axis.nu.size, axis.nu.size + 1])
    return jnp.concatenate([usadel(F, sums, on), others, size, closure])
