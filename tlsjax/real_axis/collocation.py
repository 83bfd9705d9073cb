"""The real axis for a continuous distribution of splittings: collocation on panels.

With the order parameter and the propagators at the Matsubara frequencies known, the
equations at a height ``kappa`` above the real axis close on the propagators there:

    epsilon_tilde = zeta + poles + (alpha/T) int dy { p(|x-y|)/2 gamma(y)
                    + sgn(y-x) p(|x-y|) N_ge(|x-y|)/2i w(y) },   zeta = kappa - i x,

and the same for the anomalous pair. The propagators are polynomials on panels; panels are
graded towards the places where the propagators are sharp, which at low temperature are gap
edges 1e-5 wide. The weights ``int p(|x-y|) * polynomial`` are composite Gauss rules whose
breakpoints are both the panels' ends and the features of p. They do not depend on the
solution: an iteration is four products of a matrix with a vector.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jax.lax import stop_gradient

from tlsjax.numerics.fixed_point import fixed_point
from tlsjax.numerics.panels import SMALLEST, density_breakpoints
from tlsjax.numerics.quadrature import gauss
from tlsjax.real_axis.mesh import TO_LEGENDRE, first_mesh, follow, legendre
from tlsjax.real_axis.poles import PoleTable, at_energies, shift_sources

# Points of the quadrature between breakpoints.
_INNER = 6
# Broadenings, in units of the largest of Delta and pi T, by which the solution is followed
# down to the real axis, the mesh with it; the turns on each need not converge.
_BROADENINGS = (0.3, 0.06, 0.01, 1e-3, 1e-4, 1e-5, 0.0, 0.0)
_TURNS = 8
# Rows of the kernels made together: they bound the memory, a few MB each.
_ROWS_AT_ONCE = 48
# The last solve: Anderson reaches rounding in 10 to 30 turns.
_MAX_STEPS = 150


class Weights(NamedTuple):
    """Rows of the two kernels, (x, nodes): from positive and from negative energies."""

    even: jax.Array
    even_mirrored: jax.Array
    odd: jax.Array
    odd_mirrored: jax.Array


def kernel_rows(x, mesh, ensemble, T, population):
    """`Weights` of the energies ``x`` (M,), units of ``pi T``."""
    splittings = ensemble.splittings
    pi_T = jnp.pi * T
    breaks = splittings.energy(jnp.maximum(density_breakpoints(splittings, population, T), 0.0))
    breaks = jnp.sort(breaks / pi_T)
    edges = mesh.edges
    panels = edges.shape[0] - 1
    points, point_weights = gauss(_INNER)

    def side(x, direction, sign):
        """Weights of sources at ``y`` with ``E = direction (y - sign x) > 0``."""
        ends = jnp.clip(sign * x + direction * breaks, 0.0, edges[-1])
        ends = jnp.sort(jnp.concatenate([edges, ends]))
        E = jnp.maximum(direction * (ends - sign * x), 0.0)
        s = splittings.variable(E * pi_T)
        # Signed, never below zero but for rounding: a panel of no length still has a derivative.
        middle, half = (s[1:] + s[:-1]) / 2, direction * (s[1:] - s[:-1]) / 2
        ds = half[:, None] * point_weights
        inside = jnp.maximum(middle[:, None] + half[:, None] * points, SMALLEST)
        density = splittings.density(inside) * ds * ensemble.alpha / T
        E = splittings.energy(inside)
        y = sign * x + direction * E / pi_T
        panel, _ = mesh.locate((ends[1:] + ends[:-1]) / 2)
        low, high = edges[panel][:, None], edges[panel + 1][:, None]
        basis = legendre(jnp.clip((2 * y - low - high) / (high - low), -1.0, 1.0))
        moments = jnp.stack([density, density * population.difference(E, T)])
        moments = jnp.einsum("ksi,sij->ksj", moments, basis)
        summed = jnp.zeros((2, panels, basis.shape[-1])).at[:, panel].add(moments)
        return (summed @ TO_LEGENDRE).reshape(2, -1)

    # Sources above x, below x, and at negative energies, which are all below.
    directions, signs = jnp.array([1.0, -1.0, 1.0]), jnp.array([1.0, 1.0, -1.0])

    def sides(x):
        return jax.vmap(side, in_axes=(None, 0, 0))(x, directions, signs)

    rows = lax.map(sides, x, batch_size=_ROWS_AT_ONCE)
    above, below, mirrored = rows[:, 0], rows[:, 1], rows[:, 2]
    return Weights(
        even=above[:, 0] + below[:, 0],
        even_mirrored=mirrored[:, 0],
        odd=above[:, 1] - below[:, 1],
        odd_mirrored=-mirrored[:, 1],
    )


def self_energies(x, weights, table, given):
    """``epsilon_tilde`` and ``delta_tilde/Delta`` at ``x``, from sources on the nodes.

    ``given = (gamma, phi, w_normal, w_anomalous)``, see `sources`.
    """
    poles = at_energies(table, x)

    def average(even, odd):
        total = weights.even @ even + weights.even_mirrored @ jnp.conj(even)
        shifted = weights.odd @ odd + weights.odd_mirrored @ jnp.conj(odd)
        return total / 2 - 0.5j * shifted

    gamma, phi, w_normal, w_anomalous = given
    zeta = table.height - 1j * x
    # Beyond the table the superconductor is as good as clean.
    known = x < table.reach
    epsilon = zeta + jnp.where(known, poles[0] + average(gamma, w_normal), 0.0)
    return epsilon, 1 + jnp.where(known, poles[1] + average(phi, w_anomalous), 0.0)


def propagators(epsilon, delta, X):
    """``gamma`` and ``phi`` on the physical branch, Re gamma >= 0."""
    # At the Fermi level of a clean gap epsilon is exactly zero, and gamma with it.
    v = delta / jnp.where(epsilon == 0, 1e-140, epsilon)
    gamma = 1 / jnp.sqrt(1 + X * v**2)
    return gamma, v * gamma


class Equations(NamedTuple):
    """Everything the solution on a mesh depends on."""

    x: jax.Array
    weights: Weights
    table: PoleTable
    X: jax.Array


def sources(equations, epsilon, delta):
    """``(gamma, phi, w_normal, w_anomalous)`` at the nodes."""
    x, _, table, X = equations
    gamma, phi = propagators(epsilon, delta, X)
    return (gamma, phi, *shift_sources(table, table.height - 1j * x, gamma, phi))


def iterate(equations, epsilon, delta):
    """One turn on the nodes: new self energies from old ones."""
    x, weights, table, _ = equations
    return self_energies(x, weights, table, sources(equations, epsilon, delta))


def _turn(y, equations):
    """`iterate` on what the self energies add to the clean values, as one real array."""
    zeta = equations.table.height - 1j * equations.x
    epsilon, delta = zeta + y[0] + 1j * y[1], 1 + y[2] + 1j * y[3]
    epsilon, delta = iterate(equations, epsilon, delta)
    epsilon, delta = epsilon - zeta, delta - 1
    return jnp.stack([epsilon.real, epsilon.imag, delta.real, delta.imag])


def _equations_on(mesh, problem):
    ensemble, T, population, table, X = problem
    return Equations(mesh.nodes, kernel_rows(mesh.nodes, mesh, ensemble, T, population), table, X)


def descend(problem, panels, core, end):
    """Mesh for the real axis and first self energies on its nodes; no gradients.

    ``problem = (ensemble, T, population, table, X)``. Panels are even up to ``core`` to begin
    with, and reach ``end``.
    """
    problem = stop_gradient(problem)
    table, X = problem[3:]
    width = jnp.maximum(jnp.sqrt(X), 1.0)

    def level(carry, broadening):
        mesh, epsilon, delta = carry
        equations = _equations_on(mesh, problem)

        def turn(fields, _):
            epsilon, delta = iterate(equations, *fields)
            return (epsilon + broadening * width, delta), None

        (epsilon, delta), _ = lax.scan(turn, (epsilon, delta), None, length=_TURNS)
        finer = follow(mesh, delta / epsilon, X, panels)
        return (finer, *(mesh.interpolate(f, finer.nodes) for f in (epsilon, delta))), None

    mesh = first_mesh(panels, core, end)
    clean = table.height - 1j * mesh.nodes + width
    start = (mesh, clean, jnp.ones_like(clean))
    return lax.scan(level, start, jnp.array(_BROADENINGS))[0]


def solve(problem, mesh, epsilon, delta):
    """Self energies on the nodes of ``mesh``, from first values there.

    Returns
    -------
    epsilon, delta, residual : the residual is relative to ``1 + alpha/T``.
    """
    mesh, epsilon, delta = stop_gradient((mesh, epsilon, delta))
    fixed = stop_gradient(problem)
    zeta = fixed[3].height - 1j * mesh.nodes
    start = jnp.stack([(epsilon - zeta).real, (epsilon - zeta).imag, delta.real - 1, delta.imag])
    scale = 1 + fixed[0].alpha / fixed[1]
    equations = _equations_on(mesh, problem)
    y, size, _, _ = fixed_point(_turn, _MAX_STEPS, start, 1e-11 * scale, equations)
    zeta = problem[3].height - 1j * mesh.nodes
    return zeta + y[0] + 1j * y[1], 1 + y[2] + 1j * y[3], size / scale
