"""The real axis for continuous baths, and any others: collocation on panels.

With the order parameter and the propagators at the Matsubara frequencies known, the
equations at a height ``kappa`` above the real axis close on the propagators there:

    epsilon_tilde = zeta + poles + (1/T) int dy { rho t(|x-y|)/2 gamma(y)
                    + sgn(y-x) rho d(|x-y|)/2i w(y) },   zeta = kappa - i x,

summed over the baths, and the same for the anomalous pair. The propagators are polynomials on
panels; panels are graded towards the places where the propagators are sharp, which at low
temperature are gap edges 1e-5 wide. An iteration is four products of a matrix
(`tlsjax.real_axis.kernels`) with a vector.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jax.lax import stop_gradient

from tlsjax.matsubara.pair_breaking import PairBreaking, ratio
from tlsjax.model.hosts import Closure
from tlsjax.numerics.fixed_point import fixed_point
from tlsjax.real_axis.kernels import Weights, kernel_rows
from tlsjax.real_axis.mesh import Mesh, first_mesh, follow
from tlsjax.real_axis.poles import PoleTable, at_energies, shift_sources

# Broadenings, in units of the largest of Delta and pi T, by which the solution is followed
# down to the real axis, the mesh with it; the turns on each need not converge.
_BROADENINGS = (0.3, 0.06, 0.01, 1e-3, 1e-4, 1e-5, 0.0, 0.0)
_TURNS = 8
# The last solve: Anderson reaches rounding in 10 to 30 turns.
_MAX_STEPS = 150


class Given(NamedTuple):
    """What the real axis starts from: the baths, and the solution at the Matsubara frequencies.

    X : ``u^2`` in units of ``(pi T)^2``. closure : the host's equation.
    breaking : rates of static pair breaking; elastic : that of elastic scattering, over pi T.
    """

    baths: tuple
    T: jax.Array
    table: PoleTable
    X: jax.Array
    closure: Closure
    breaking: PairBreaking
    elastic: jax.Array

    @property
    def u(self):
        """Gap function at the first Matsubara frequency; in the normal state 0, derivative too."""
        superconducting = self.X > 0
        return jnp.where(superconducting, jnp.sqrt(jnp.where(superconducting, self.X, 1.0)), 0.0)

    def clean(self, x):
        """``(epsilon_tilde, delta_tilde/u)`` without any bath, at the energies ``x``."""
        zeta = self.breaking.on_frequency(self.table.height - 1j * x)
        return zeta, self.table.constant + 0j * x

    def ratio(self, epsilon, delta):
        """``v = Delta_tilde/(u epsilon_tilde)`` with magnetic scattering."""
        return ratio(epsilon, delta, self.X, self.breaking)

    def propagators(self, epsilon, delta):
        """``gamma`` and ``phi`` on the physical branch, Re gamma >= 0."""
        v = self.ratio(epsilon, delta)
        gamma = 1 / jnp.sqrt(1 + self.X * v**2)
        return gamma, v * gamma


class Equations(NamedTuple):
    """Everything the solution on a mesh depends on."""

    x: jax.Array
    weights: Weights
    given: Given


class Sources(NamedTuple):
    """Propagators at the nodes, and what the odd kernel acts on."""

    gamma: jax.Array
    phi: jax.Array
    w_normal: jax.Array
    w_anomalous: jax.Array


def equations_on(mesh: Mesh, given: Given) -> Equations:
    """`Equations` at the nodes of a mesh."""
    x = mesh.nodes
    return Equations(x, kernel_rows(x, mesh, given.baths, given.T), given)


def sources(x, epsilon, delta, given: Given) -> Sources:
    """`Sources` from the self energies at the energies ``x``."""
    gamma, phi = given.propagators(epsilon, delta)
    zeta = given.table.height - 1j * x
    return Sources(gamma, phi, *shift_sources(given.table, zeta, gamma, phi))


def self_energies(x, weights: Weights, found: Sources, given: Given):
    """``epsilon_tilde`` and ``delta_tilde/u`` at ``x``, from sources on the nodes.

    Dynes' rate is in the former, magnetic and elastic scattering are in neither.
    """
    poles = at_energies(given.table, x)

    def average(even, odd):
        total = weights.even @ even + weights.even_mirrored @ jnp.conj(even)
        shifted = weights.odd @ odd + weights.odd_mirrored @ jnp.conj(odd)
        return total / 2 - 0.5j * shifted

    epsilon, delta = given.clean(x)
    # Beyond the table the superconductor is as good as clean.
    known = x < given.table.reach
    normal = poles[0] + average(found.gamma, found.w_normal)
    anomalous = poles[1] + average(found.phi, found.w_anomalous)
    return epsilon + jnp.where(known, normal, 0.0), delta + jnp.where(known, anomalous, 0.0)


def iterate(equations: Equations, epsilon, delta):
    """One turn on the nodes: new self energies from old ones."""
    x, weights, given = equations
    return self_energies(x, weights, sources(x, epsilon, delta, given), given)


def _pack(epsilon, delta, equations):
    """What the self energies add to the clean values, as one real array."""
    clean = equations.given.clean(equations.x)
    epsilon, delta = epsilon - clean[0], delta - clean[1]
    return jnp.stack([epsilon.real, epsilon.imag, delta.real, delta.imag])


def _unpack(y, equations):
    epsilon, delta = equations.given.clean(equations.x)
    return epsilon + y[0] + 1j * y[1], delta + y[2] + 1j * y[3]


def _turn(y, equations):
    """`iterate` on the packed array."""
    return _pack(*iterate(equations, *_unpack(y, equations)), equations)


def descend(given: Given, panels, core, end, reserve):
    """Mesh for the real axis and first self energies on its nodes; no gradients.

    Panels are even up to ``core`` to begin with, and reach ``end``; ``reserve`` as in `follow`.
    """
    given = stop_gradient(given)
    width = jnp.maximum(jnp.sqrt(given.X), 1.0)

    def level(carry, broadening):
        mesh, epsilon, delta = carry
        equations = equations_on(mesh, given)

        def turn(fields, _):
            epsilon, delta = iterate(equations, *fields)
            return (epsilon + broadening * width, delta), None

        (epsilon, delta), _ = lax.scan(turn, (epsilon, delta), None, length=_TURNS)
        finer = follow(mesh, given.ratio(epsilon, delta), given.X, panels, reserve=reserve)
        return (finer, *(mesh.interpolate(f, finer.nodes) for f in (epsilon, delta))), None

    mesh = first_mesh(panels, core, end)
    clean = given.table.height - 1j * mesh.nodes + width
    start = (mesh, clean, jnp.ones_like(clean))
    return lax.scan(level, start, jnp.array(_BROADENINGS))[0]


def solve(given: Given, mesh: Mesh, epsilon, delta):
    """Self energies on the nodes of ``mesh``, from first values there.

    Returns
    -------
    epsilon, delta, residual : the residual is relative to one plus the table's ``strength``.
    """
    mesh, epsilon, delta = stop_gradient((mesh, epsilon, delta))
    equations = equations_on(mesh, given)
    fixed = stop_gradient(equations)
    scale = 1 + fixed.given.table.strength
    start = _pack(epsilon, delta, fixed)
    y, size, _, _ = fixed_point(_turn, _MAX_STEPS, start, 1e-11 * scale, equations)
    return *_unpack(y, equations), size / scale
