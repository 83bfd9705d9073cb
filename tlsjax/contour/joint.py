"""Newton's method for all unknowns together, where the fixed point of the line is not found.

A turn of `tlsjax.contour.equations.Line` solves the Matsubara equations with the pair breaking of
the turn before. Where cold electrons meet impurities that are driven hard and coupled strongly
(T = 0.01 Tc0, inverted), these have no solution, or another one, once that breaking is a little
off. Here nothing is solved inside: in the angle theta of Usadel's equation (see
`tlsjax.contour.newton`) and in ``ln X`` Newton's method has the derivative of everything.

Of the two systems of `tlsjax.contour.linearised` the one in which the Matsubara frequencies are the
line's continuation leads to a solution from afar; the exact one has the unknowns of `GapEquations`
besides.
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp

from tlsjax.contour.equations import HEIGHT
from tlsjax.contour.linearised import System
from tlsjax.contour.newton import propagators, turned
from tlsjax.matsubara.axis import CompactAxis
from tlsjax.numerics.linear import solve

# Longest steps of an angle and of ln X: the equations bend on the scale of one.
_LONGEST, _GROWTH = 0.5, 0.3
# Steps at most: from a neighbour's solution it takes 2 to 6, and 10 where it is far.
_STEPS = 15


class Joint(NamedTuple):
    """Unknowns: ``zeta/w`` at the nodes, ``s`` and ``X``, ``v`` at the axis's frequencies."""

    scaled: jax.Array
    s: jax.Array
    X: jax.Array
    v: jax.Array

    def propagators(self, mesh):
        """(N, 2) ``gamma`` and ``phi`` at the nodes."""
        return propagators((HEIGHT - 1j * mesh.nodes) / self.scaled, self.X)

    @property
    def numbers(self):
        """``v``, ``s`` and ``X``."""
        return self.v, self.s, self.X

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


def after(joint, mesh, step):
    """``joint`` after a step of the unknowns of `System`."""
    N = mesh.nodes.size
    angle, of_v = step[:N] + 1j * step[N : 2 * N], step[2 * N : -2]
    gamma, phi = turned(joint.propagators(mesh), joint.X, angle)
    # At a fixed angle phi = sin(theta)/u goes with u.
    scaled = (HEIGHT - 1j * mesh.nodes) * phi / gamma * jnp.exp(-step[-1] / 2)
    return Joint(
        scaled,
        joint.s + step[-2],
        joint.X * jnp.exp(step[-1]),
        joint.v + of_v if of_v.size else joint.v,
    )


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
        F = joint.propagators(on.mesh)
        system = System(self.axis, self.exact)
        left, jacobian = system.linear(F, *joint.numbers, on)
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
        new = after(joint, mesh, step)
        if not self.exact:
            system = System(self.axis, self.exact)
            new = new._replace(v=system.v_of(new.propagators(mesh), new.X, mesh))
        changes = [new.scaled - joint.scaled, step[-2:]]
        if self.exact:
            changes.append((new.v - joint.v) * self.axis.nu)
        size = jnp.max(jnp.stack([jnp.max(jnp.abs(change)) for change in changes]))
        return Solved(new, size, wanted, state.steps + 1)
