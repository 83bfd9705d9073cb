"""What is read off the Green's function: spectra at any energy, the gap edge, Delta once more."""

import jax
import jax.numpy as jnp
import numpy as np
from jax.lax import stop_gradient

from tlsjax.contour.mesh import ORDER
from tlsjax.numerics.implicit import known_value
from tlsjax.numerics.linear import solve
from tlsjax.numerics.quadrature import composite
from tlsjax.real_axis.green import Fields, Green

# Where two meshes cross they agree by accident: they are compared this share of a panel to the left
# and right, too. At one of 300 energies in 6 of 130 draws the distance was still short, by 1.6 at
# most.
_ASIDE, _CROSSING = 0.35, 2.0
# And this much more where a sharp bath repeats the edges of the others all over the mesh: without
# it 3 of 40 draws of two baths were short, by 1.2 to 2.0. Or where a narrow hole in a population
# is repeated: without it one energy of 6500 in 40 draws was short by 1.1.
_REPEATED = 2.0
# N is no better than Delta, a change of which moves g by g f^2 times its relative size (that of
# BCS). Some energies hardly feel it by accident, of a single splitting too, whose energies have
# nothing aside: without this share of it one of 300 energies in one of 40 draws was short by 1.3.
_OF_DELTA = 0.25
# The gap's edge is found between two of 257 energies on polynomials, and to rounding from the
# equations: this share of their distance is more than the two differ by.
_MARGIN = 0.1
# Ends of panels in units of pi T on which its tanh is smooth; beyond the last it is 1.
_THERMAL = np.linspace(0.5, 24.0, 48)


def _dos(green: Green, energy, fields: Fields):
    return fields.g.imag


def _pair_density(green, energy, fields):
    return fields.f.imag


def _sigma_epsilon(green, energy, fields):
    return energy + 1j * green.unit * green.given.table.height - fields.epsilon_tilde


def _sigma_delta(green, energy, fields):
    return fields.delta_tilde - green.constant


# Quantities at an energy that one Green's function has.
VALUES = {
    "dos": _dos,
    "pair_density": _pair_density,
    "sigma_epsilon": _sigma_epsilon,
    "sigma_delta": _sigma_delta,
}
DOS_ERROR = "dos_error"
NAMES = (*VALUES, DOS_ERROR)


def at_energies(fine: Green, coarse: Green, energy, names):
    """The named quantities at energies (M,), in the order of ``names``."""
    # All energies at once: each call of `Green.at` is one more copy of it to compile.
    x = energy[None]
    if DOS_ERROR in names and fine.rungs == 0:
        x = energy + np.array([0.0, -_ASIDE, _ASIDE])[:, None] * coarse.panel_length(energy)
    if DOS_ERROR in names:
        here, there = _of_both(fine, coarse, x.ravel())
    else:
        here = fine.at(energy)
    fields = Fields(*(values[: energy.size] for values in here))
    found = {name: VALUES[name](fine, energy, fields) for name in names if name != DOS_ERROR}
    if DOS_ERROR in names:
        distance = jnp.maximum(_distance(here, there), _of_delta(here, fine, coarse))
        found[DOS_ERROR] = _CROSSING * jnp.max(distance.reshape(x.shape), axis=0)
        given = fine.given
        burnt = any(bath.occupation.features(given.T) for bath in given.baths)
        if burnt or len({bath.is_sharp for bath in given.baths}) > 1:
            found[DOS_ERROR] = _REPEATED * found[DOS_ERROR]
    return [found[name] for name in names]


def _of_both(fine, coarse, x):
    """`Green.at` of both; by one program where their meshes are of one shape."""
    if fine.rungs:
        return fine.at(x), coarse.at(x)
    both = jax.tree.map(lambda *pair: jnp.stack(pair), fine, coarse)
    found = jax.lax.map(lambda green: green.at(x), both)
    return (Fields(*(values[i] for values in found)) for i in range(2))


def _distance(fields, other):
    """Of both propagators, real and imaginary parts: one of them alone may agree by accident."""
    return jnp.abs(fields.g - other.g) + jnp.abs(fields.f - other.f)


def _of_delta(fields, fine, coarse):
    """Distance of the propagators that comes with that of the order parameters."""
    u = fine.given.u
    relative = jnp.abs(coarse.given.u - u) / jnp.where(u > 0, u, 1.0)
    # No more than all of it, next to an edge.
    return jnp.abs(fields.g) * jnp.minimum(_OF_DELTA * relative * jnp.abs(fields.f) ** 2, 1.0)


def real_axis_order_parameter(green: Green, of_constant: bool):
    """The order parameter from the spectrum, see `Spectrum.real_axis_order_parameter`.

    ``of_constant`` : whether it is the constant part of ``delta_tilde``, or the gap function.
    """
    given, mesh = green.given, green.mesh
    end = mesh.edges[-1]
    # The thermal factor varies over pi T, which panels inside a gap may exceed.
    edges = jnp.sort(jnp.concatenate([mesh.edges, jnp.minimum(_THERMAL, end)]))
    x, weights = (f.ravel() for f in composite(edges, ORDER))
    gamma, phi = (mesh.interpolate(F, x) for F in green.propagators)
    u, s = given.u, given.table.constant
    if not of_constant:
        # Delta_0 = pi T f/g at the first Matsubara frequency, both from their spectra; beyond the
        # end Re gamma = 1 and Im phi = s/x.
        share = 2 / jnp.pi * weights / (x**2 + 1)
        beyond = 2 / jnp.pi * jnp.arctan(1 / end)
        return (
            green.unit * u * (share @ (x * phi.imag) + s * beyond) / (share @ gamma.real + beyond)
        )
    thermal = weights * jnp.tanh(jnp.pi * x / 2)
    square = given.X * s**2
    clean = s / jnp.sqrt(square - x**2 + 0j)
    # Beyond the end Im f - Im f_BCS = Delta (A + B ln x)/x^3: fit both to its last part.
    share = jnp.where(x > end / 4, weights / x, 0.0)
    basis = jnp.stack([jnp.ones_like(x), jnp.log(x / end)])
    rest = (phi.imag - jnp.abs(clean.imag)) * x**3
    A, B = solve((share * basis) @ basis.T, (share * basis) @ rest)
    # int_end^inf of s [1/sqrt(x^2-square) - 1/x], and of the fit.
    beyond = s * jnp.log(2 / (1 + jnp.sqrt(1 - square / end**2))) + (A + B / 2) / (2 * end**2)
    cut = thermal @ (1 / x)
    constant, pairing, _ = given.closure
    total = pairing * (thermal @ phi.imag + beyond)
    balance = constant + pairing * (jnp.log(given.T) + cut)
    return green.unit * u * total / balance


def gap_edge(green: Green):
    """Lowest energy with ``Re Delta(epsilon) = epsilon``, see `Spectrum.gap_edge`."""
    fixed = stop_gradient(green)
    mesh, zeta = fixed.mesh, fixed.given.table.height - 1j * fixed.mesh.nodes
    x = jnp.linspace(0.0, 3.0, 257)[1:] * (fixed.given.u + (fixed.given.u == 0))
    # Where it is from the solution on the mesh, exactly from the equations.
    scaled = mesh.interpolate(zeta / fixed.w, x) / (fixed.given.table.height - 1j * x)
    low, high = _first_fall(x, fixed.given.u * scaled.imag - 1)
    found, aside = high > low, _MARGIN * (high - low)

    def narrow(bracket, _):
        low, high = bracket
        x = low + (high - low) * jnp.linspace(0.0, 1.0, 17)
        return _first_fall(x, _excess(x, fixed)), None

    (low, high), _ = jax.lax.scan(narrow, (low - aside, high + aside), None, length=7)
    # Where the equations have no zero between the two there is no number.
    edge = jnp.where(found & ~(high > low), jnp.nan, (low + high) / 2)
    edge = known_value(_edge_beside, edge, edge, green)
    return jnp.where(found & (green.given.X > 0), edge * green.unit, 0.0)


def _excess(x, green):
    """``Re Delta(epsilon)/epsilon - 1`` at energies (M,) in units of ``pi T``."""
    given = green.given
    return given.u * (1 / given.ratio(*green.self_energies(x))).imag - 1


def _edge_beside(x, green):
    """The gap's edge as a function of the solution, by one of Newton's steps from ``x``."""
    value, slope = jax.jvp(lambda x: _excess(x[None], green)[0], (x,), (jnp.ones_like(x),))
    return x - value / stop_gradient(jnp.where(slope == 0, 1.0, slope))


def _first_fall(x, value):
    """The pair of neighbours in ``x`` where ``value`` first turns negative; equal if never."""
    fall = (value[:-1] > 0) & (value[1:] <= 0)
    index = jnp.argmax(fall)
    found = jnp.any(fall)
    return x[index], jnp.where(found, x[index + 1], x[index])
