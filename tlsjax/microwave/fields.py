"""The retarded functions of a solved spectrum between the nodes of its mesh, edges exact.

The current response is an integral over products of them at two energies, some thousand energies
for each frequency: they are interpolated. What is a polynomial on a panel is what is smooth there:
``w = u epsilon_tilde/delta_tilde`` and both self energies; the square roots of the edge are made
of ``w`` (`tlsjax.real_axis.interpolant`).

Where the spectrum was solved a little above the real axis, its smooth functions are continued down
to it: a polynomial knows its values there. That undoes a small resolution.

What magnetic scattering adds is not smooth at an edge, but algebraic at each energy.
"""

from math import comb
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from tlsjax.contour.equations import HEIGHT
from tlsjax.contour.mesh import ORDER, POINTS, Mesh, follow, mesh_between
from tlsjax.contour.newton import WRONG, of_square
from tlsjax.contour.solve import PANELS
from tlsjax.core.validation import Rule
from tlsjax.matsubara.pair_breaking import PairBreaking, nearest_ratio
from tlsjax.real_axis import collocation
from tlsjax.real_axis.given import Given
from tlsjax.real_axis.green import Green
from tlsjax.real_axis.interpolant import NEAR, interpolant
from tlsjax.real_axis.ladder_solve import near, solve_at

# Largest resolution that is undone, in units of the larger of Delta and pi T: with it polynomials
# on the mesh know the real axis of smooth distributions to 1e-7; of sharp ones, at ten times as
# much, they do not.
_RESOLUTION = 1e-4
# From values at the points of a panel to coefficients of powers; powers that a shift of the place
# adds to each, and how often.
_TO_POWERS = np.linalg.inv(np.vander(POINTS, increasing=True))
_GAIN = np.arange(ORDER)[:, None] - np.arange(ORDER)
_BINOMIAL = np.array([[comb(i, j) for j in range(ORDER)] for i in range(ORDER)], dtype=float)


class Parts(NamedTuple):
    """Real and imaginary part, apart: together they are slower."""

    real: jax.Array
    imag: jax.Array

    @classmethod
    def of(cls, number):
        """Of complex numbers."""
        return cls(number.real, number.imag)


class Retarded(NamedTuple):
    """At some energies, elastic scattering left out of the last (theory, section 9).

    With ``e = sqrt(epsilon_tilde^2 - delta_tilde^2)``, ``Im e > 0``: ``N = epsilon_tilde/e``, whose
    real part is the density of states, ``P = delta_tilde/e``; ``e`` in units of ``pi T``.
    """

    N: Parts
    P: Parts
    e: Parts

    def mirrored(self, sign) -> "Retarded":
        """The same where ``sign`` is 1, at the opposite energy where it is -1: N*, -P*, -e*."""
        (N, N_), (P, P_), (e, e_) = self
        return Retarded(Parts(N, sign * N_), Parts(sign * P, P_), Parts(sign * e, e_))


class RetardedFields(NamedTuple):
    """`Retarded` at any energy, units of ``pi T``.

    mesh : panels, the last of which begins where the spectrum's mesh ends. inverted : (P,) where
    the gap function is what is held, as ``1/w``, and ``epsilon_tilde``; elsewhere ``w`` and
    ``delta_tilde/u``. polynomials : (2 F, ORDER, P) coefficients of powers, from the highest, of
    real and imaginary parts of these; with magnetic scattering of ``w``, or ``1/w``, without that,
    and of both self energies. edge, depth, beside : the zero ``edge - i depth`` of S, and ``S/(x -
    zero)`` below and above. u, X : gap function at the first Matsubara frequency, and its square.
    breaking : rates.
    """

    mesh: Mesh
    inverted: jax.Array
    polynomials: jax.Array
    edge: jax.Array
    depth: jax.Array
    beside: jax.Array
    u: jax.Array
    X: jax.Array
    breaking: PairBreaking

    @property
    def breakpoints(self):
        """(P,) ends of panels that resolve the functions, from 0."""
        return self.mesh.edges[:-1]

    def at(self, x, offset) -> Retarded:
        """At ``x`` (K, M) of any sign, ``|x|`` being ``offset`` beyond the edge.

        The K energies of each column are within one panel.
        """
        panel, mirrored, xi = self._locate(x)
        polynomials, inverted = self.polynomials[..., panel], self.inverted[panel]
        sign = jnp.where(mirrored, -1.0, 1.0)

        def evaluate(xi):
            return [_horner(part, xi) for part in polynomials]

        def functions(found):
            parts, offset = found
            if self.breaking.magnetic is None:
                return self._plain(*parts, inverted, offset).mirrored(sign)
            held = (lax.complex(*pair) for pair in zip(parts[::2], parts[1::2], strict=True))
            return self._magnetic(*held, inverted).mirrored(sign)

        # One point of all panels after the other, in steps: as one expression the compiler would
        # do the first step again for each use of it in the second.
        return lax.map(functions, (lax.map(evaluate, xi), offset))

    def _locate(self, x):
        """Panel and sign of each column, and places in the panel."""
        middle = x[x.shape[0] // 2]
        edges = self.mesh.edges
        panel = jnp.searchsorted(edges, jnp.abs(middle)) - 1
        panel = jnp.clip(panel, 0, edges.shape[0] - 2)
        low, high = edges[panel], edges[panel + 1]
        mirrored = middle < 0
        scale = 1 / (high - low)
        return panel, mirrored, (jnp.where(mirrored, -2.0, 2.0) * x - (low + high)) * scale

    def _plain(self, w, w_, g, g_, inverted, offset):
        """Parts of N, P and e from those of ``w`` and ``delta_tilde/u``, in real arithmetic.

        ``S = w^2 + X``, or of ``v = 1/w`` ``1 + X v^2``: an inverse root and a root of it.
        """
        factor, rest = jnp.where(inverted, self.X, 1.0), jnp.where(inverted, 1.0, self.X)
        S, S_ = factor * (w - w_) * (w + w_) + rest, 2 * factor * w * w_
        # Next to the edge S is linear, which a difference of squares is too coarse for.
        near = jnp.abs(offset) < NEAR * self.edge
        slope = jnp.where(offset < 0, self.beside[0], self.beside[1])
        S = jnp.where(near, slope.real * offset - slope.imag * self.depth, S)
        S_ = jnp.where(near, slope.real * self.depth + slope.imag * offset, S_)
        size = jnp.sqrt(S * S + S_ * S_)
        part = jnp.sqrt((size + jnp.abs(S)) / 2)
        other = S_ / (2 * part)
        positive = S >= 0
        turn = jnp.where(S_ < 0, -1.0, 1.0)
        root = jnp.where(positive, part, turn * other)
        root_ = jnp.where(positive, other, turn * part)
        one, one_ = root / size, -root_ / size
        # Divided last: in the normal state it is exactly 1.
        many, many_ = (w * root + w_ * root_) / size, (w_ * root - w * root_) / size
        # Re gamma >= 0 decides above the gap, where the principal root may not (`of_square`).
        wrong = ~inverted & (many < -WRONG * jnp.abs(many_))
        flip = jnp.where(wrong, -1.0, 1.0)
        gamma, gamma_ = (
            jnp.where(inverted, one, flip * many),
            jnp.where(inverted, one_, flip * many_),
        )
        phi, phi_ = jnp.where(inverted, many, flip * one), jnp.where(inverted, many_, flip * one_)
        R, R_ = flip * (g * root - g_ * root_), flip * (g * root_ + g_ * root)
        return Retarded(Parts(gamma, gamma_), Parts(self.u * phi_, -self.u * phi), Parts(-R_, R))

    def _magnetic(self, w, epsilon, delta, inverted):
        """The same from ``w`` without magnetic scattering, ``epsilon_tilde``, ``delta_tilde/u``."""
        magnetic = self.breaking.magnetic
        v = jnp.where(inverted, w, 1 / jnp.where(inverted, 1.0, w))
        w = 1 / nearest_ratio(epsilon, delta, self.X, self.breaking, v)
        gamma, phi = jnp.moveaxis(of_square(w, w**2 + self.X), -1, 0)
        # Whichever of the two is not a small difference.
        large = jnp.abs(gamma) > self.u * jnp.abs(phi)
        R = jnp.where(large, epsilon / jnp.where(large, gamma, 1.0), delta / phi)
        R = R + jnp.where(large, magnetic, -magnetic)
        return Retarded(*map(Parts.of, (gamma, -1j * self.u * phi, 1j * R)))


def _horner(coefficients, xi):
    """Of powers, from the highest; (ORDER, M) at (K, M)."""
    value = coefficients[0]
    for coefficient in coefficients[1:]:
        value = value * xi + coefficient
    return value


def _lowered(panels, by):
    """(P, ORDER) coefficients of powers, from the highest, of polynomials at ``xi - i by``, from
    values at the nodes."""
    powers = panels @ _TO_POWERS.T
    # sum_k c_k (xi + h)^k = sum_j xi^j sum_k c_k C(k, j) h^(k - j).
    h = (-1j * by)[:, None, None] ** np.maximum(_GAIN, 0)
    return jnp.einsum("pk,pkj->pj", powers, jnp.where(_GAIN < 0, 0.0, _BINOMIAL * h))[:, ::-1]


def _fields(given: Given, mesh: Mesh, w, self_energies, drop) -> RetardedFields:
    own = interpolant(mesh, w, given.X, 1.0, 0.0, 0.0)
    epsilon, delta = (values.reshape(-1, ORDER) for values in self_energies)
    inverted = own.inverted[:, None]
    ratios = w.reshape(-1, ORDER)
    ratios = jnp.where(inverted, 1 / ratios, ratios)
    magnetic = given.breaking.magnetic is not None
    held = [ratios, epsilon, delta] if magnetic else [ratios, jnp.where(inverted, epsilon, delta)]
    by = drop / mesh.half[:, 0]
    functions = [_lowered(values, by) for values in held]
    end = [jnp.sum(_lowered(values[-1:], 0 * by[-1:])) for values in (ratios, epsilon, delta)]
    of_ratio, of_epsilon, of_delta = end
    inverse = jnp.where(own.inverted[-1], of_ratio, 1 / of_ratio)
    # Beyond the mesh the self energies are what they are at its end: a panel of straight lines.
    last = mesh.edges[-1]
    line = of_epsilon - 0.5j * last, -0.5j * last
    far = [[f / of_epsilon / inverse for f in line]]
    far += [line, (of_delta, 0)] if magnetic else [(of_epsilon * inverse, 0)]
    beyond = [jnp.zeros(ORDER, complex).at[-1].set(c).at[-2].set(slope) for c, slope in far]
    found = jnp.stack(
        [jnp.concatenate([f, one[None]]) for f, one in zip(functions, beyond, strict=True)]
    )
    parts = jnp.stack([found.real, found.imag], axis=1).reshape(-1, *found.shape[1:])
    return RetardedFields(
        mesh_between(jnp.append(mesh.edges, 2 * last)), jnp.append(own.inverted, False),
        jnp.moveaxis(parts, 1, -1), own.edge, jnp.maximum(own.depth - drop, 0.0),
        own.beside, given.u, given.X, given.breaking,
    )  # fmt: skip


def on_axis(green: Green) -> RetardedFields:
    """`RetardedFields` on the real axis."""
    held = green.epsilon, green.delta
    return _fields(green.given, green.mesh, green.w, held, green.given.table.height)


def on_line(green: Green) -> RetardedFields:
    """`RetardedFields` half of ``pi T`` above the real axis, for a `Green` on rungs.

    There the edges, which a cold sharp bath repeats without end, are smooth.
    """
    given = green.given.at_height(HEIGHT)
    mesh, w = collocation.bcs(PANELS, given, green.mesh.edges[-1])
    for _ in range(2):
        known = near(mesh, w, given)
        mesh = follow(mesh, w, given.X, PANELS, green.mesh.edges[-1])
        found = solve_at(mesh.nodes, given, green.rungs, known)
        w = found.w
    return _fields(given, mesh, w, (found.epsilon, found.delta), jnp.zeros(()))


def resolution_rule(spectrum) -> Rule:
    """Rule: the spectrum's resolution is small enough to be undone."""
    # Where there is no answer nothing is to be undone.
    size = jnp.maximum(jnp.nan_to_num(spectrum.order_parameter), np.pi * spectrum.T)
    text = (
        f"of the spectrum at most {_RESOLUTION:g} of Delta or pi T (a larger one cannot be undone "
        "in a product of retarded and advanced functions)"
    )

    def undone(resolution, size):
        return resolution <= _RESOLUTION * size

    values = jnp.nan_to_num(spectrum.resolution), size
    return Rule("resolution", text, values, undone, ("Delta or pi T",))
