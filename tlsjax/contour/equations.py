"""The self-consistent solution on a line above the real axis, out of equilibrium.

The unknown is one complex function, ``w = u epsilon_tilde/Delta_tilde`` on the line
``Re zeta = HEIGHT`` (``zeta = -i z/(pi T)``, see `tlsjax.contour.poles`), at the nodes of a mesh;
with it ``gamma = w/sqrt(w^2 + X)`` and ``phi = 1/sqrt(w^2 + X)`` are the propagators,
``g = i gamma`` and ``f = u phi``, where ``u`` and ``X = u^2`` are those of
`tlsjax.matsubara.equations`. (``w`` is ``1/v``, which is infinite at the middle of a clean gap.)
Elastic scattering drops out of it.

One turn of the iteration: what breaks pairs on the line, continued to the Matsubara frequencies by
Poisson's integral; the Matsubara equations and the host's equation, with it, by Newton's method
(their sums and tails are those of the equilibrium theory, exact to nine digits); then new
self energies on the line. In equilibrium the line decouples, and is not needed.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.lax import stop_gradient

from tlsjax.contour import kernels
from tlsjax.contour.matsubara import Breaking, Matsubara, Problem, solve_with_breaking
from tlsjax.contour.mesh import Mesh
from tlsjax.contour.newton import newton, propagators
from tlsjax.contour.poles import NU, Sources, pole_table, sources_at
from tlsjax.matsubara.axis import CompactAxis
from tlsjax.matsubara.equations import pack
from tlsjax.matsubara.pair_breaking import PairBreaking
from tlsjax.numerics.products import by_columns

# Distance of the line from the real axis in units of pi T: half-way to the first Matsubara
# frequency, so that what is on the line and its continuation there are smooth on one scale.
HEIGHT = 0.5
# Smallest ``1 - |f|^2`` of a start on the Matsubara axis: it is rounding where it is less.
_STEEPEST = 1e-9


class OnMesh(NamedTuple):
    """`Problem` with the kernels on a mesh, and a broadening added to ``epsilon_tilde`` on it.

    known : the `Matsubara` of a solution that need not be solved for again.
    """

    problem: Problem
    mesh: Mesh
    weights: kernels.Weights
    breaking: kernels.Breaking
    broadening: jax.Array
    known: Matsubara | None


def on_mesh(problem, mesh, broadening=0.0, known=None) -> OnMesh:
    """`OnMesh` of a problem."""
    weights, breaking = kernels.rows_at_nodes(mesh, problem.baths, problem.T)
    return OnMesh(problem, mesh, weights, breaking, jnp.asarray(broadening), known)


def self_energies(zeta, weights: kernels.Weights, F, sources: Sources, s, breaking: PairBreaking):
    """``epsilon_tilde`` and ``delta_tilde/u`` at ``zeta`` from the `propagators` ``F`` and the
    `Sources` on the nodes of a mesh; Dynes' rate is in the former, magnetic and elastic
    scattering are not."""
    epsilon, delta = weights.average(F, sources.of(F)).T
    return breaking.on_frequency(zeta) + epsilon, s + delta


class Line(NamedTuple):
    """The map whose fixed point is the solution; static and hashable.

    Unknowns are stored as one real vector: real and imaginary part of ``zeta/w``, which is 1 in
    the clean weak-coupling limit, then ``s``, and ``X`` in units of ``Problem.square_scale``.
    """

    axis: CompactAxis

    def start(self, mesh):
        """First unknowns: a BCS superconductor."""
        zeta = HEIGHT - 1j * mesh.nodes
        w = 1 + 0 * zeta
        return jnp.concatenate([w.real, w.imag, jnp.ones(2)])

    def move(self, y, mesh, other):
        """Unknowns on another mesh."""
        real, imaginary = y[:-2].reshape(2, -1)
        scaled = mesh.interpolate(real + 1j * imaginary, other.nodes)
        return jnp.concatenate([scaled.real, scaled.imag, y[-2:]])

    def unpack(self, y, problem, mesh):
        """``w`` on the line and ``X`` of the stored unknowns."""
        real, imaginary = y[:-2].reshape(2, -1)
        X = jnp.maximum(y[-1], 0.0) * problem.square_scale
        return (HEIGHT - 1j * mesh.nodes) / (real + 1j * imaginary), X

    def __call__(self, y, on: OnMesh):
        """New unknowns from old ones; the `Matsubara` with the pair breaking of the old, and
        the (N, 2) self energies on the line."""
        problem, x = on.problem, on.mesh.nodes
        w, X = self.unpack(y, problem, on.mesh)
        F = propagators(w, X)
        matsubara = self._matsubara(F, y[-2], X, on)
        s, breaking = matsubara.sums.s, problem.on_axis.breaking
        sources = sources_at(pole_table(matsubara.sums, HEIGHT), x)
        zeta = HEIGHT - 1j * x
        epsilon, delta = self_energies(zeta, on.weights, F, sources, s, breaking)
        epsilon = epsilon + on.broadening
        found = jnp.stack([epsilon, delta], axis=-1)
        if breaking.magnetic is not None:
            # With the propagator of the turn before: at the fixed point they agree.
            epsilon = epsilon + 2 * breaking.magnetic * F[:, 0]
        scaled = zeta * delta / epsilon
        last = jnp.stack([s, matsubara.X / problem.square_scale])
        return jnp.concatenate([scaled.real, scaled.imag, last]), (matsubara, found)

    def newton(self, y, image, aside, on: OnMesh):
        """`newton` for the unknowns on the line; ``s`` and ``X`` follow by themselves."""
        zeta = HEIGHT - 1j * on.mesh.nodes
        w, X = self.unpack(y, on.problem, on.mesh)
        breaking = on.problem.on_axis.breaking
        scaled = zeta / newton(w, X, aside[1], zeta, on.weights, breaking.magnetic)
        return jnp.concatenate([scaled.real, scaled.imag, image[-2:]])

    def _matsubara(self, F, s, X, on):
        # Broken normal and anomalous part, and phi.
        parts = jnp.concatenate([on.breaking.average(F), F[:, 1:]], axis=1).real
        pairs, found = [], []
        for nu in (self.axis.nu, NU):
            normal, anomalous, phi = by_columns(poisson(on.mesh, nu), parts).T
            # Only near the transition does the ratio matter, and there f = u v.
            v = jnp.where(jnp.abs(phi) > 1e-12, phi, 1e-12)
            pairs.append(Breaking(normal, anomalous, stop_gradient(anomalous / v)))
            found.append(phi)
        phi = stop_gradient(found[0])
        v = phi / jnp.sqrt(jnp.maximum(1 - X * phi**2, _STEEPEST))
        near = pack(v, s, X, on.problem.norm)
        return solve_with_breaking(tuple(pairs), on.problem, self.axis, near, on.known)


def poisson(mesh, nu):
    """Matrix from the real part of a function on the line to its values at ``nu``.

    ``F(nu) = (2/pi) int_0^inf dx (nu - HEIGHT)/((nu - HEIGHT)^2 + x^2) Re F(HEIGHT - i x)`` for
    what is analytic above the line, falls off, and is real on the axis of the frequencies.
    """
    distance = (nu - HEIGHT)[:, None]
    return 2 / np.pi * mesh.weights * distance / (distance**2 + mesh.nodes**2)
