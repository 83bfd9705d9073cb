"""Derivatives of the solution on the line: of all equations together, by one factorisation.

Whatever way has found a solution, it is a root of the exact `System` of `contour.linearised`,
whose derivative by all unknowns is a matrix that is cheap to make. Krylov methods, which know
products with it only, took hundreds of turns where impurities are cold and coupled strongly, and
had no end for some.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from tlsjax.contour.equations import HEIGHT, Line, on_mesh
from tlsjax.contour.joint import Joint, after
from tlsjax.contour.linearised import System
from tlsjax.matsubara.axis import CompactAxis
from tlsjax.matsubara.equations import unpack
from tlsjax.numerics.implicit import AsItIs, implicit_root
from tlsjax.numerics.linear import solve


class _Equations(NamedTuple):
    """For `implicit_root`: unknowns are a `Joint`, as one vector; static."""

    axis: CompactAxis

    def residual(self, y, theta):
        on, normal = theta
        joint = _joint(y, on)
        left = self._system.left(joint.propagators(on.mesh), *joint.numbers, on)
        return left.at[-1].multiply(jnp.where(normal, 0.0, 1.0))

    def tangent(self, y, theta, b):
        on, normal = theta
        joint = _joint(y, on)
        _, jacobian = self._system.linear(joint.propagators(on.mesh), *joint.numbers, on)
        # In the normal state X is zero, whatever the gap equation says.
        itself = jnp.zeros(jacobian.shape[0]).at[-1].set(1.0)
        jacobian = jacobian.at[-1].set(jnp.where(normal, itself, jacobian[-1]))
        step = solve(jacobian, b)
        none = jnp.zeros_like(step)
        return jax.jvp(lambda z: _vector(after(joint, on.mesh, z)), (none,), (step,))[1]

    @property
    def _system(self):
        return System(self.axis, exact=True)


def _vector(joint):
    return jnp.concatenate([joint.scaled.real, joint.scaled.imag, joint.packed()])


def _joint(y, on):
    N = on.mesh.nodes.size
    return Joint(y[:N] + 1j * y[N : 2 * N], y[-2], y[-1], y[2 * N : -2])


class Solution(NamedTuple):
    """The unknowns of `Line`, and the `Matsubara.values` that go with them, as functions of the
    `Problem`: for their derivatives, with the kernels made anew; static."""

    line: Line

    def __call__(self, last, problem):
        axis, mesh = self.line.axis, last.mesh
        on = on_mesh(problem, mesh)
        w, _ = self.line.unpack(last.y, problem, mesh)
        v, s, X = unpack(last.fine.unknowns)
        found = _vector(Joint((HEIGHT - 1j * mesh.nodes) / w, s, X, v))
        y, _ = implicit_root(AsItIs(), _Equations(axis), found, (on, last.fine.normal))
        joint = _joint(y, on)
        F = joint.propagators(mesh)
        sums, breaking = System(axis, exact=True).matsubara(F, *joint.numbers, on)
        return joint.stored(problem), (joint.packed(), sums, breaking)
