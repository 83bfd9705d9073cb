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
the end. The weights ``int rho(|x-y|) factor * polynomial`` are composite Gauss rules
(`tlsjax.contour.row`); of a sharp bath they are the polynomials' values at ``x + E`` and ``x - E``.
They do not depend on the solution.
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from tlsjax.contour.mesh import ORDER, TO_LEGENDRE, Mesh, legendre
from tlsjax.contour.row import row
from tlsjax.numerics.blocks import in_blocks
from tlsjax.numerics.panels import RATIO
from tlsjax.numerics.products import by_columns

# Rows of the kernels made together: they bound the memory, a few MB each.
_ROWS_AT_ONCE = 48
# Where d(0) is not zero b diverges as 1/E, and F(nu+iE) + F(nu-iE) - 2 F(nu) is what is finite:
# energies below the first of these, in units of pi T, are left out of it, whose share is their
# square. Elsewhere nothing is, and it is where panels near a row's own energy are divided; with a
# few at the scales of the occupation alone one of 300 random spectra had no answer.
_LOWEST_SINGULAR, _LOWEST = 1e-8, 1e-4


class Rows(NamedTuple):
    """One kernel, (x, nodes) each: what acts on the real and on the imaginary part of a function.

    A source at a negative energy is the complex conjugate of the one at the positive energy, so
    that the two are sum and difference of the weights on either side.
    """

    real: jax.Array
    imaginary: jax.Array

    def __matmul__(self, F):
        """The integral at the rows' energies from (nodes, K) values."""
        return by_columns(self.real, F.real) + 1j * by_columns(self.imaginary, F.imag)


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
    return _weights(*_both_sides(x, mesh, baths, T, False))


def _weights(even, odd):
    return Weights(_rows(*even), _rows(*odd))


def _rows(direct, mirrored):
    return Rows(direct + mirrored, direct - mirrored)


class Breaking(NamedTuple):
    """The kernel with ``b``."""

    rows: Rows

    @property
    def _own(self):
        # Of a constant the integral is the constant's.
        return jnp.sum(self.rows.real, axis=1)

    def average(self, F):
        """``(1/T) int rho b [F(zeta+iE) + F(zeta-iE) - 2 F(zeta)]/2`` on the nodes, for
        (nodes, K) values."""
        return (self.rows @ F - self._own[:, None] * F) / 2

    @property
    def real(self):
        """The matrix of its real part, which is that of the real part of F."""
        return (self.rows.real - jnp.diag(self._own)) / 2


def rows_at_nodes(mesh: Mesh, baths, T) -> tuple[Weights, Breaking]:
    """Both kernels at the nodes of ``mesh``; the second is zero in equilibrium."""
    even, odd, broken = _both_sides(mesh.nodes, mesh, baths, T, True)
    return _weights(even, odd), Breaking(_rows(*broken))


def _factors(bath, E, T, sign, breaking):
    """What multiplies the density at an energy above (sign 1) or below (-1) that of the row: the
    factors of the even and of the odd kernel, and what breaks pairs, for ``E > 0``.

    A list: of one array the elements are computed one by one, each asking which factor it is.
    """
    occupation = bath.occupation
    found = [occupation.total(E, T), sign * occupation.difference(E, T)]
    if breaking:
        found.append(jnp.zeros_like(E) if occupation.in_equilibrium else _excess(bath, E, T))
    return found


def _excess(bath, E, T):
    b = bath.breaking(E, T)
    if bath.occupation.vanishes_at_zero:
        return b
    return jnp.where(_LOWEST_SINGULAR * jnp.pi * T > E, 0.0, b)


def _both_sides(x, mesh, baths, T, breaking):
    """For each of the factors rows (M, nodes) of sources at positive and at negative energies."""
    total = [jnp.zeros((x.shape[0], 2 * mesh.nodes.shape[0]))] * (3 if breaking else 2)
    for bath in baths:
        rows = _sharp_rows if bath.is_sharp else _smooth_rows
        found = rows(x, mesh.both_signs, bath, T, partial(_factors, breaking=breaking))
        total = [a + b for a, b in zip(total, found, strict=True)]
    sides = (jnp.split(rows, 2, axis=-1) for rows in total)
    return [(positive, negative[:, ::-1]) for negative, positive in sides]


def _smooth_rows(x, mesh, bath, T, factors):
    breaks = bath.distribution.energy(jnp.maximum(bath.breakpoints(T), 0.0)) / (jnp.pi * T)
    lowest = jnp.min(breaks)
    if factors.keywords["breaking"] and not bath.occupation.in_equilibrium:
        breaks = jnp.concatenate([breaks, _breaks_of_breaking(bath.occupation)])
    one = partial(row, mesh, mesh.weights, bath, T, factors, jnp.sort(breaks), lowest)
    return in_blocks(jax.vmap(one), x, _ROWS_AT_ONCE)


def _breaks_of_breaking(occupation):
    """Energies between which ``b`` is smooth, units of ``pi T``: up to a half or so."""
    if occupation.vanishes_at_zero:
        return _LOWEST * RATIO ** np.arange(9.0)
    return _LOWEST_SINGULAR * RATIO ** np.arange(17.0)


def _sharp_rows(x, mesh, bath, T, factors):
    (E,), (weight,) = bath.quadrature(T)
    shift = E / (jnp.pi * T)
    panels = mesh.edges.shape[0] - 1

    def at(y, sign):
        """Rows (M, nodes) of sources at ``y``, for each factor."""
        panel, xi = mesh.locate(y)
        rows = jnp.zeros((y.shape[0], panels, ORDER))
        rows = rows.at[jnp.arange(y.shape[0]), panel].set(legendre(xi) @ TO_LEGENDRE)
        rows = rows.reshape(y.shape[0], -1)
        return [weight / T * factor * rows for factor in factors(bath, E, T, sign)]

    return [sum(pair) for pair in zip(at(x + shift, 1.0), at(x - shift, -1.0), strict=True)]
