"""Newton's method for all unknowns together, where the fixed point of the line is not found.

A turn of `tlsjax.contour.equations.Line` solves the Matsubara equations with the pair breaking of
the turn before. Where cold electrons meet impurities that are driven hard and coupled strongly
(T = 0.01 Tc0, inverted), these have no solution, or another one, once that breaking is a little
off. Here nothing is solved inside: in the angle theta of Usadel's equation (see
`tlsjax.contour.newton`) and in ``ln X`` Newton's method has the derivative of everything.

Two systems: `by_line`, in which the Matsubara frequencies are the line's continuation, which
leads to a solution from afar, and `exact`, which has the unknowns of `GapEquations` besides.
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from tlsjax.contour.equations import HEIGHT, OnMesh, poisson, self_energies
from tlsjax.contour.matsubara import Breaking, sums_of
from tlsjax.contour.newton import propagators
from tlsjax.contour.poles import NU, Sums, pole_table, sources_at
from tlsjax.matsubara.axis import CompactAxis
from tlsjax.matsubara.equations import Coefficients, GapEquations
from tlsjax.matsubara.pair_breaking import source
from tlsjax.numerics.linear import solve

# Longest steps of an angle and of ln X: the equations bend on the scale of one.
_LONGEST, _GROWTH = 0.5, 0.3
# Steps at most: from a neighbour's solution it takes 2 to 6, and 10 where it is far.
_STEPS = 15
# Smallest ``1 - |f|^2`` at a Matsubara frequency, where v follows from phi.
_STEEPEST = 1e-12


class Joint(NamedTuple):
    """Unknowns: ``zeta/w`` at the nodes, ``s`` and ``X``, ``v`` at the axis's frequencies."""

    scaled: jax.Array
    s: jax.Array
    X: jax.Array
    v: jax.Array

    def propagators(self, mesh):
        """``gamma`` and ``phi`` at the nodes."""
        return propagators((HEIGHT - 1j * mesh.nodes) / self.scaled, self.X).T

    def on(self, mesh, other):
        """The same on another mesh."""
        return self._replace(scaled=mesh.interpolate(self.scaled, other.nodes))

    def stored(self, problem):
        """Unknowns of `Line`."""
        last = jnp.stack([self.s, self.X / problem.square_scale])
        return jnp.concatenate([self.scaled.real, self.scaled.imag, last])

    def packed(self):
        """Unknowns of `GapEquations`."""
        return jnp.concatenate([self.v, jnp.stack([self.s, self.X])])


class _Turned(NamedTuple):
    """`Joint` after a step, by its propagators on the line."""

    gamma: jax.Array
    phi: jax.Array
    s: jax.Array
    X: jax.Array
    v: jax.Array

    @property
    def F(self):
        return jnp.stack([self.gamma, self.phi], axis=-1)


def _turned(joint, mesh, z):
    """``z``: of the angles over ``u`` the real parts, then the imaginary ones, of ``v`` (or
    nothing), of ``s``, of ``ln X``."""
    gamma, phi = joint.propagators(mesh)
    N, u = gamma.size, jnp.sqrt(joint.X)
    angle = z[:N] + 1j * z[N : 2 * N]
    cos, sin = jnp.cos(u * angle), angle * jnp.sinc(u * angle / np.pi)
    of_v = z[2 * N : -2]
    return _Turned(
        gamma * cos - joint.X * phi * sin,
        # At a fixed angle phi = sin(theta)/u goes with u.
        (phi * cos + gamma * sin) * jnp.exp(-z[-1] / 2),
        joint.s + z[-2],
        joint.X * jnp.exp(z[-1]),
        joint.v + of_v if of_v.size else joint.v,
    )


def _usadel(now, sums, on: OnMesh):
    """Usadel's equation at the nodes, real parts and imaginary parts."""
    breaking = on.problem.on_axis.breaking
    zeta = HEIGHT - 1j * on.mesh.nodes
    sources = sources_at(pole_table(sums, HEIGHT), on.mesh.nodes)
    epsilon, delta = self_energies(zeta, on.weights, now.F, sources, sums.s, breaking)
    left = (epsilon + on.broadening) * now.phi - delta * now.gamma
    if breaking.magnetic is not None:
        left = left + 2 * breaking.magnetic * now.gamma * now.phi
    return jnp.concatenate([left.real, left.imag])


def _coefficients(interaction, problem):
    return Coefficients(interaction, jnp.log(problem.T), problem.closure, problem.norm)


def _by_line(z, joint, on, axis):
    problem, mesh = on.problem, on.mesh
    now = _turned(joint, mesh, z)
    h, phi = (poisson(mesh, NU) @ jnp.stack([now.gamma.real - 1, now.phi.real], axis=-1)).T
    left = _usadel(now, Sums(h, phi - now.s / NU, now.s), on)
    phi = poisson(mesh, axis.nu) @ now.phi.real
    r = phi - now.s * source(axis.nu, problem.on_axis.breaking.gamma)
    coefficients = _coefficients(problem.on_axis, problem)
    closure = GapEquations(axis).closure(r, now.s, now.X, coefficients)
    size = problem.norm(_v_of(phi, now.X), now.s) - 1
    return jnp.concatenate([left, jnp.stack([size, closure])])


def _v_of(phi, X):
    return phi / jnp.sqrt(jnp.maximum(1 - X * phi**2, _STEEPEST))


def _exact(z, joint, on, axis):
    problem, mesh = on.problem, on.mesh
    now = _turned(joint, mesh, z)
    y = jnp.concatenate([now.v, jnp.stack([now.s, now.X])])
    parts = on.breaking.average(now.F).real
    on_axis, on_sums = (
        Breaking(*(poisson(mesh, nu) @ parts).T, jnp.zeros(nu.size)) for nu in (axis.nu, NU)
    )
    sums = sums_of(y, on_sums.on(problem.on_sums), axis)
    equations = GapEquations(axis).residual(y, _coefficients(on_axis.on(problem.on_axis), problem))
    *others, closure, size = jnp.split(equations, [axis.nu.size, axis.nu.size + 1])
    return jnp.concatenate([_usadel(now, sums, on), *others, size, closure])


class _Linear(NamedTuple):
    """The equations at a point: the step at the X there is, how the other unknowns follow
    ``ln X``, what is left of the gap equation after that step, and its slope along the way."""

    still: jax.Array
    along: jax.Array
    closure: jax.Array
    slope: jax.Array


class Solved(NamedTuple):
    """End of `Together.solve`: the last step's size, the step of ``ln X`` that the gap equation
    wants, and the number of steps."""

    joint: Joint
    size: jax.Array
    wanted: jax.Array
    steps: jax.Array


class Together(NamedTuple):
    """One of the two systems; static and hashable."""

    axis: CompactAxis
    exact: bool

    def solve(self, joint, on, held, tolerance) -> Solved:
        """From ``joint`` on; ``held`` is whether X is given, and the gap equation left out."""

        def unfinished(state):
            return (state.size > tolerance) & (state.steps < _STEPS)

        begin = Solved(joint, jnp.inf, jnp.zeros(()), jnp.int32(0))
        step = partial(self._step, on, held)
        return jax.lax.while_loop(unfinished, step, begin)

    def linear(self, joint, on) -> _Linear:
        """The equations about ``joint``."""
        function = partial(_exact if self.exact else _by_line, joint=joint, on=on, axis=self.axis)
        nothing = jnp.zeros(2 * on.mesh.nodes.size + 2 + (joint.v.size if self.exact else 0))
        left, jacobian = function(nothing), jax.jacfwd(function)(nothing)
        right = jnp.stack([-left[:-1], -jacobian[:-1, -1]], axis=-1)
        still, along = solve(jacobian[:-1, :-1], right).T
        slope = jacobian[-1, -1] + jacobian[-1, :-1] @ along
        return _Linear(still, along, left[-1] + jacobian[-1, :-1] @ still, slope)

    def _step(self, on, held, state):
        joint, mesh = state.joint, on.mesh
        N = mesh.nodes.size
        still, along, closure, slope = self.linear(joint, on)
        wanted = -closure / slope
        growth = jnp.where(held, 0.0, wanted)
        step = jnp.append(still + along * growth, growth)
        longest = jnp.sqrt(joint.X) * jnp.max(jnp.hypot(step[:N], step[N : 2 * N])) / _LONGEST
        longest = jnp.maximum(longest, jnp.abs(growth) / _GROWTH)
        step = step / jnp.maximum(1.0, longest)
        now = _turned(joint, mesh, step)
        v = now.v if self.exact else _v_of(poisson(mesh, self.axis.nu) @ now.phi.real, now.X)
        scaled = (HEIGHT - 1j * mesh.nodes) * now.phi / now.gamma
        new = Joint(scaled, now.s, now.X, v)
        changes = [scaled - joint.scaled, step[-2:]]
        if self.exact:
            changes.append((v - joint.v) * self.axis.nu)
        size = jnp.max(jnp.stack([jnp.max(jnp.abs(change)) for change in changes]))
        return Solved(new, size, wanted, state.steps + 1)
