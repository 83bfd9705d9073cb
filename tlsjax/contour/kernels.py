"""The kernels of the self energies as matrices on a mesh: sums over baths.

The self energy (paper, Eq. 55; theory, section 8) at a complex frequency ``zeta = height - i x``
(units of ``pi T``) is, for either propagator F and the two occupation factors ``t`` and ``d`` of
each bath,

    S[F](zeta) = (1/T) sum over baths int dE rho(E) { t(E) [F(zeta+iE) + F(zeta-iE)]/2
                 + d(E) [W(zeta-iE) - W(zeta+iE)]/2i },

``W`` as in `tlsjax.contour.poles`: shifts along a line, at whatever height. At the Matsubara
frequencies the part with ``d`` is the Matsubara sum of the equilibrium theory with ``d`` in it,
and what remains is

    (1/T) sum over baths int dE rho(E) b(E) [F(nu+iE) + F(nu-iE) - 2 F(nu)]/2,
    b = t - d coth(E/2T),

zero in equilibrium: the pair breaking by bosons out of equilibrium. (The last term is the ``m = 0``
boson, which the compact axis leaves out and Anderson's theorem allows to.)

A function on the panels of a mesh is a polynomial on each; beyond the mesh it stays what it is at
the end. The weights ``int rho(|x-y|) factor * polynomial`` are composite Gauss rules whose
breakpoints are both the panels' ends and the features of ``rho``; of a sharp bath they are the
polynomials' values at ``x + E`` and ``x - E``. They do not depend on the solution.
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from tlsjax.contour.mesh import ORDER, POINT_WEIGHTS, TO_LEGENDRE, Mesh, legendre
from tlsjax.numerics.blocks import in_blocks
from tlsjax.numerics.panels import RATIO, SMALLEST
from tlsjax.numerics.quadrature import gauss

# Points of the quadrature between breakpoints.
_INNER = 6
# Rows of the kernels made together: they bound the memory, a few MB each.
_ROWS_AT_ONCE = 48
# Pieces beyond the end of the mesh, each this much longer than the one before: a tail that falls
# as 1/E^2 has 1e-4 of itself left there.
_BEYOND = 5.0 ** np.arange(1, 7)
# Where d(0) is not zero b diverges as 1/E, and F(nu+iE) + F(nu-iE) - 2 F(nu) is what is finite:
# energies below this, in units of pi T, are left out of it, whose share is their square.
_LOWEST = 1e-4


class Rows(NamedTuple):
    """One kernel, (x, nodes) each: what acts on the real and on the imaginary part of a function.

    A source at a negative energy is the complex conjugate of the one at the positive energy, so
    that the two are sum and difference of the weights on either side.
    """

    real: jax.Array
    imaginary: jax.Array

    def __matmul__(self, F):
        """The integral at the rows' energies from (nodes, K) values."""
        return self.real @ F.real + 1j * (self.imaginary @ F.imag)


class Weights(NamedTuple):
    """The two kernels of the self energies, with ``t`` and with ``d``."""

    even: Rows
    odd: Rows

    def average(self, even, odd):
        """``S`` at the rows' energies from ``F`` and ``W`` on the nodes, (nodes, K) each."""
        return (self.even @ even - 1j * (self.odd @ odd)) / 2

    def derivative(self, tangent):
        """Matrices of ``dF`` and of its complex conjugate in ``dS``, where ``dW = tangent dF``."""
        even, odd = self.even, self.odd
        direct = (even.real + even.imaginary) - 1j * (odd.real + odd.imaginary) * tangent
        mirrored = (even.real - even.imaginary) - 1j * (odd.real - odd.imaginary) * tangent.conj()
        return direct / 4, mirrored / 4


def kernel_rows(x, mesh: Mesh, baths, T) -> Weights:
    """`Weights` of the energies ``x`` (M,), units of ``pi T``."""
    direct, mirrored = _both_sides(x, mesh, baths, T, _shifts)
    even, odd = mirrored[:, 0], -mirrored[:, 1]
    return Weights(
        Rows(direct[:, 0] + even, direct[:, 0] - even), Rows(direct[:, 1] + odd, direct[:, 1] - odd)
    )


class Breaking(NamedTuple):
    """The kernel with ``b``."""

    rows: Rows

    def average(self, F):
        """``(1/T) int rho b [F(zeta+iE) + F(zeta-iE) - 2 F(zeta)]/2`` on the nodes, for
        (nodes, K) values."""
        # Of a constant the integral is the constant's.
        own = jnp.sum(self.rows.real, axis=1)[:, None]
        return (self.rows @ F - own * F) / 2


def breaking_rows(mesh: Mesh, baths, T) -> Breaking:
    """`Breaking` at the nodes of ``mesh``; zero in equilibrium."""
    baths = [bath for bath in baths if not bath.occupation.in_equilibrium]
    direct, mirrored = (side[:, 0] for side in _both_sides(mesh.nodes, mesh, baths, T, _excess))
    return Breaking(Rows(direct + mirrored, direct - mirrored))


def _shifts(bath, E, T, sign):
    """(2, ...) occupation factors of the even and of the odd kernel."""
    return jnp.stack([bath.occupation.total(E, T), sign * bath.occupation.difference(E, T)])


def _excess(bath, E, T, sign):
    """(1, ...) the factor that breaks pairs."""
    del sign
    lowest = _LOWEST * jnp.pi * T
    factor = bath.breaking(jnp.maximum(E, lowest), T)
    return jnp.where(lowest > E, 0.0, factor)[None]


def _both_sides(x, mesh, baths, T, factors):
    """Rows (M, factors, nodes) of sources at positive and at negative energies."""
    count = 2 if factors is _shifts else 1
    none = jnp.zeros((x.shape[0], count, mesh.nodes.shape[0]))
    total = none, none
    for bath in baths:
        rows = _sharp_rows if bath.is_sharp else _smooth_rows
        total = tuple(map(jnp.add, total, rows(x, mesh, bath, T, factors)))
    return total


def _smooth_rows(x, mesh, bath, T, factors):
    breaks = bath.distribution.energy(jnp.maximum(bath.breakpoints(T), 0.0)) / (jnp.pi * T)
    if factors is _excess:
        breaks = jnp.concatenate([breaks, _LOWEST * RATIO ** np.arange(9.0)])
    breaks = jnp.sort(breaks)
    rule = partial(_row, mesh, bath, T, factors)

    def row(x):
        return rule(x, jnp.concatenate([x - breaks[::-1], x + breaks])), rule(-x, breaks - x)

    return in_blocks(jax.vmap(row), x, _ROWS_AT_ONCE)


def _row(mesh, bath, T, factors, center, cuts):
    """Weights (factors, nodes) of ``int rho(|y - center|) factor F(y) dy`` over ``y >= 0``.

    ``cuts`` are where the density or the factors are not smooth, ascending. A panel without any
    has its own Gauss points. One with cuts is divided there: into what is left of each cut, up to
    the one before, and what is right of the last.
    """
    pi_T, distribution = jnp.pi * T, bath.distribution
    scale = bath.coupling / T
    y = mesh.nodes.reshape(-1, ORDER)
    E = jnp.abs(y - center) * pi_T
    density = distribution.pdf(jnp.maximum(E, SMALLEST)) * pi_T * scale
    density = density * mesh.half * POINT_WEIGHTS
    plain = density * factors(bath, E, T, jnp.sign(y - center))

    edges = jnp.concatenate([mesh.edges, mesh.edges[-1] * _BEYOND])
    cuts = jnp.clip(cuts, 0.0, edges[-1])
    panel = jnp.clip(jnp.searchsorted(edges, cuts) - 1, 0, edges.shape[0] - 2)
    before = jnp.concatenate([jnp.zeros(1), cuts[:-1]])
    last = jnp.concatenate([panel[1:] > panel[:-1], jnp.ones(1, dtype=bool)])
    # Beyond the mesh every panel is done with the divided ones.
    tail = edges[mesh.edges.shape[0] - 1 :]
    tail_panel = np.arange(_BEYOND.size) + mesh.edges.shape[0] - 1
    low = jnp.concatenate([jnp.maximum(edges[panel], before), cuts, tail[:-1]])
    high = jnp.concatenate([cuts, jnp.where(last, edges[panel + 1], cuts), tail[1:]])
    panel = jnp.concatenate([panel, panel, tail_panel])
    divided = jnp.zeros(edges.shape[0] - 1, dtype=bool).at[panel[: 2 * cuts.shape[0]]].set(True)
    whole = jnp.arange(panel.shape[0]) >= 2 * cuts.shape[0]
    high = jnp.where(whole & divided[panel], low, high)

    sign = jnp.sign((low + high) / 2 - center)
    s = [
        distribution.variable(jnp.maximum(sign * (end - center), 0.0) * pi_T) for end in (low, high)
    ]
    # Signed, never below zero but for rounding: a panel of no length still has a derivative.
    middle, half = (s[0] + s[1]) / 2, sign * (s[1] - s[0]) / 2
    points, point_weights = gauss(_INNER)
    inside = jnp.maximum(middle[:, None] + sign[:, None] * half[:, None] * points, SMALLEST)
    density = distribution.density(inside) * (half * scale)[:, None] * point_weights
    E = distribution.energy(inside)
    y = center + sign[:, None] * E / pi_T
    weight = density * factors(bath, E, T, sign[:, None])
    own = jnp.minimum(panel, mesh.edges.shape[0] - 2)
    start, end = mesh.edges[own][:, None], mesh.edges[own + 1][:, None]
    basis = legendre(jnp.clip((2 * y - start - end) / (end - start), -1.0, 1.0))
    # Written out: as a product of matrices so small it takes three times as long.
    terms = [weight[:, :, i, None] * basis[:, i] for i in range(_INNER)]
    moments = jnp.zeros_like(plain).at[:, own].add(sum(terms)) @ TO_LEGENDRE
    found = jnp.where(divided[: mesh.edges.shape[0] - 1, None], 0.0, plain) + moments
    return found.reshape(found.shape[0], -1)


def _sharp_rows(x, mesh, bath, T, factors):
    (E,), (weight,) = bath.quadrature(T)
    shift = E / (jnp.pi * T)
    panels = mesh.edges.shape[0] - 1

    def at(y, sign):
        """Rows (M, factors, nodes) of sources at ``y``, none where that is negative."""
        panel, xi = mesh.locate(y)
        basis = jnp.where((y >= 0)[:, None], legendre(xi) @ TO_LEGENDRE, 0.0)
        rows = jnp.zeros((y.shape[0], panels, ORDER))
        rows = rows.at[jnp.arange(y.shape[0]), panel].set(basis).reshape(y.shape[0], -1)
        return (weight / T * factors(bath, E, T, sign))[:, None] * rows[:, None]

    return at(x + shift, 1.0) + at(x - shift, -1.0), at(shift - x, 1.0)
