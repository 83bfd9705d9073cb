"""The equations of `tlsjax.contour.joint` about a point, and their derivative by all unknowns.

Usadel's equation at the nodes of the line depends on the propagators there, by matrices that
`tlsjax.contour.newton` has, and on everything else by few numbers: the `Sums` at the Matsubara
frequencies. These, and the remaining equations, depend on the nodes by their continuation to the
frequencies alone. So the derivative is a dense block, whose elements are products of two numbers,
and a product of two narrow matrices: to differentiate the equations by one unknown after the other
takes five times as long and more.

Two systems: one in which the Matsubara frequencies are the line's continuation, and the exact one,
in which the line gives what breaks pairs there and the frequencies have unknowns of their own.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from tlsjax.contour import newton
from tlsjax.contour.equations import HEIGHT, OnMesh, poisson, self_energies
from tlsjax.contour.matsubara import Breaking, Problem, sums_of
from tlsjax.contour.poles import NU, Sums, by_sums, pole_table, sources_at
from tlsjax.matsubara.axis import CompactAxis
from tlsjax.matsubara.equations import Coefficients, GapEquations
from tlsjax.matsubara.pair_breaking import source

# Smallest ``1 - |f|^2`` at a Matsubara frequency, where v follows from phi.
_STEEPEST = 1e-12


class System(NamedTuple):
    """One of the two systems; static and hashable.

    Unknowns: of the angles of Usadel's equation over ``u`` the real parts, then the imaginary ones,
    ``v`` at the axis's frequencies (of the exact system only), ``s``, ``ln X``. Equations: Usadel's
    in the same order, those of ``v``, what ``u`` is, and the gap equation last.
    """

    axis: CompactAxis
    exact: bool

    def left(self, F, v, s, X, on: OnMesh):
        """What is left of the equations at the propagators ``F`` (N, 2)."""
        sums, rows = self._narrow(self._few(F, v, s, on), X, on.problem)
        return jnp.concatenate([self._usadel(F, sums, on), rows])

    def matsubara(self, F, v, s, X, on: OnMesh):
        """`Sums`, and the pair `Breaking` at the axis's frequencies, of the exact system."""
        few = self._few(F, v, s, on)
        sums, _ = self._narrow(few, X, on.problem)
        return sums, self._breaking(few)[1]

    def linear(self, F, v, s, X, on: OnMesh):
        """``(left, jacobian)``, the latter of changes of the unknowns."""
        operator, few = self._operator(on), self._few(F, v, s, on)

        def narrow(few):
            sums, rows = self._narrow(few, X, on.problem)
            return jnp.concatenate([_flat(sums), rows])

        found, by_few = narrow(few), jax.jacfwd(narrow)(few)
        others = few.size - 2 * operator.shape[0]
        by_unknowns = by_few @ self._few_by_unknowns(operator, F, X, others)
        K = 2 * NU.size + 1
        flat = found[:K]
        left, block, by_flat = self._usadel_by_all(F, X, flat, on)
        # At a fixed angle phi = sin(theta)/u goes with u.
        of_phi = jnp.stack([jnp.zeros_like(F[:, 1]), -F[:, 1] / 2], axis=-1)
        _, by_log_X = jax.jvp(lambda F: self._usadel(F, _sums(flat), on), (F,), (of_phi,))
        none = jnp.zeros((left.size, others - 1))
        top = jnp.concatenate([block, none, by_log_X[:, None]], axis=1)
        top = top + by_flat @ by_unknowns[:K]
        return jnp.append(left, found[K:]), jnp.concatenate([top, by_unknowns[K:]])

    def v_of(self, F, X, mesh):
        """``v`` at the axis's frequencies as the line continues it."""
        return _v_of(poisson(mesh, self.axis.nu) @ F[:, 1].real, X)

    def _few(self, F, v, s, on):
        """Of both propagators what there is at the frequencies of the sums and of the axis, the
        line's continuation or what breaks pairs; ``v`` (of the exact system), ``s``, and the change
        of ``ln X``."""
        of_line = jnp.stack([F[:, 0].real - 1, F[:, 1].real], axis=-1)
        of_line = on.breaking.average(F).real if self.exact else of_line
        means = self._continued(on.mesh) @ of_line
        own = v if self.exact else v[:0]
        return jnp.concatenate([means.T.ravel(), own, jnp.stack([s, jnp.zeros(())])])

    def _operator(self, on):
        """The first of these as a matrix, of the real part of a propagator on the line."""
        continued = self._continued(on.mesh)
        return continued @ on.breaking.real if self.exact else continued

    def _continued(self, mesh):
        return poisson(mesh, jnp.concatenate([NU, self.axis.nu]))

    def _breaking(self, few):
        """`Breaking` at the frequencies of the sums, and of the axis."""
        K, M = NU.size, self.axis.nu.size
        means = few[: 2 * (K + M)].reshape(2, K + M)
        return Breaking(*means[:, :K], jnp.zeros(K)), Breaking(*means[:, K:], jnp.zeros(M))

    def _narrow(self, few, X, problem: Problem):
        """`Sums`, and what is left of the equations other than Usadel's."""
        K, M = NU.size, self.axis.nu.size
        v, s, X = few[2 * (K + M) : -2], few[-2], X * jnp.exp(few[-1])
        on_sums, on_axis = self._breaking(few)
        if not self.exact:
            # The propagators themselves.
            h, phi = on_sums.normal, on_axis.anomalous
            r = phi - s * source(self.axis.nu, problem.on_axis.breaking.gamma)
            coefficients = _coefficients(problem.on_axis, problem)
            closure = GapEquations(self.axis).closure(r, s, X, coefficients)
            rows = jnp.stack([problem.norm(_v_of(phi, X), s) - 1, closure])
            return Sums(h, on_sums.anomalous - s / NU, s), rows
        y = jnp.concatenate([v, jnp.stack([s, X])])
        sums = sums_of(y, on_sums.on(problem.on_sums), self.axis)
        coefficients = _coefficients(on_axis.on(problem.on_axis), problem)
        rows = GapEquations(self.axis).residual(y, coefficients)
        others, closure, size = jnp.split(rows, [M, M + 1])
        return sums, jnp.concatenate([others, size, closure])

    def _few_by_unknowns(self, operator, F, X, others):
        """Of ``few`` in `linear`."""
        gamma, phi = F.T
        zero = jnp.zeros((operator.shape[0], others - 1))
        # Real parts of d(gamma) and d(phi), by real and by imaginary angles, then by ln X.
        normal = [operator * part for part in (-X * phi.real, X * phi.imag)]
        anomalous = [operator * part for part in (gamma.real, -gamma.imag)]
        by_log_X = -operator @ phi.real[:, None] / 2
        wide = [[*normal, zero, 0 * by_log_X], [*anomalous, zero, by_log_X]]
        themselves = jnp.eye(others, 2 * gamma.size + others, 2 * gamma.size)
        return jnp.concatenate([*(jnp.concatenate(row, axis=1) for row in wide), themselves])

    def _usadel(self, F, sums, on):
        """What is left of Usadel's equation."""
        found = self._self_energies(F, sums, on)
        return _parts(newton.residual(F, found, on.problem.on_axis.breaking.magnetic))

    def _usadel_by_all(self, F, X, flat, on):
        """The same; its derivatives by the angles and by the sums."""
        zeta, magnetic = HEIGHT - 1j * on.mesh.nodes, on.problem.on_axis.breaking.magnetic
        found = self._self_energies(F, _sums(flat), on)
        block = newton.jacobian(F, X, found, zeta, on.weights, magnetic)
        (gamma, phi), odd = F.T[:, :, None], on.weights.odd
        by_h, by_r = (
            odd.imaginary @ matrix.imag / 2 - 0.5j * (odd.real @ matrix.real)
            for matrix in by_sums(zeta)
        )
        of_s = jnp.zeros_like(flat).at[-1].set(1.0)
        _, by_s = jax.jvp(lambda flat: self._usadel(F, _sums(flat), on), (flat,), (of_s,))
        columns = [_parts(phi * by_h), _parts(-gamma * by_r), by_s[:, None]]
        return _parts(newton.residual(F, found, magnetic)), block, jnp.concatenate(columns, axis=1)

    def _self_energies(self, F, sums, on):
        zeta, breaking = HEIGHT - 1j * on.mesh.nodes, on.problem.on_axis.breaking
        sources = sources_at(pole_table(sums, HEIGHT), on.mesh.nodes)
        epsilon, delta = self_energies(zeta, on.weights, F, sources, sums.s, breaking)
        return jnp.stack([epsilon + on.broadening, delta], axis=-1)


def _flat(sums):
    return jnp.concatenate([sums.h, sums.r, sums.s[None]])


def _sums(flat):
    return Sums(*flat[:-1].reshape(2, -1), flat[-1])


def _parts(values):
    return jnp.concatenate([values.real, values.imag])


def _coefficients(interaction, problem):
    return Coefficients(interaction, jnp.log(problem.T), problem.closure, problem.norm)


def _v_of(phi, X):
    return phi / jnp.sqrt(jnp.maximum(1 - X * phi**2, _STEEPEST))
