"""What a solution on a mesh is made of: poles, kernels, blocks against plain sums and integrals."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from draws import CLASSES
from numpy.polynomial import legendre
from reference import GLASS, LORENTZIAN, MODIFIED
from scipy import integrate
from spectrum_oracle import DENSITIES

import tlsjax as tls
from tlsjax.contour.equations import HEIGHT
from tlsjax.contour.kernels import kernel_rows, rows_at_nodes
from tlsjax.contour.mesh import ORDER, first_mesh, follow
from tlsjax.contour.poles import NU, Sums, pole_table, sources_at
from tlsjax.contour.row import legendre_moments
from tlsjax.core.status import Status
from tlsjax.numerics.blocks import in_blocks
from tlsjax.numerics.fixed_point import iterate

ALPHA, T, T_TLS = 0.7, 0.3, 1.1
PARAMETERS = {GLASS: (3.0,), LORENTZIAN: (1.0, 0.1), MODIFIED: (0.1, 0.1, 0.01)}
# Energies in units of pi T; the last is within a splitting of the end of the mesh.
END = 40.0
X = np.array([0.03, 0.7, 2.3, 9.0, 39.5])


def bath(name, parameters, occupation):
    ensemble = tls.TLSEnsemble(ALPHA, CLASSES[name](*parameters))
    return tls.Superconductor((ensemble,)).baths((occupation,))


def of_energy(function):
    """A function of zeta on the line, of both signs of energy; beyond the mesh it stays."""

    def values(x):
        found = function(HEIGHT - 1j * np.minimum(np.abs(x), END))
        return np.where(np.asarray(x) < 0, np.conj(found), found)

    return values


F = of_energy(lambda zeta: zeta / np.sqrt(zeta**2 + 3.0))
W = of_energy(lambda zeta: 1 / (zeta + 2.0) + 0.2)


def average(name, integrand, x):
    """``ALPHA <integrand(E)>/T`` over the normalised density, piece by piece."""
    features = np.array([0.0, *PARAMETERS[name], x * np.pi * T, abs(END - x) * np.pi * T])
    features = np.concatenate([features, (END + x) * np.pi * T * 4.0 ** np.arange(14)])
    features = np.append(features, [0.05, 0.09, 0.11, 0.15, 0.3, 0.8, 0.9, 1.1, 1.2])
    if name == GLASS:
        features = features[features <= PARAMETERS[name][0]]
    cuts = np.unique(features)

    def integral(function):
        pieces = [
            integrate.quad(function, a, b, complex_func=True, epsabs=1e-12, epsrel=1e-11, limit=200)
            for a, b in itertools.pairwise(cuts)
        ]
        return sum(piece[0] for piece in pieces)

    def density(E):
        return DENSITIES[name](E, *PARAMETERS[name])

    return ALPHA / T * integral(lambda E: density(E) * integrand(E)) / integral(density)


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[] if n == "glass" else [pytest.mark.slow]) for n in PARAMETERS]
)
def test_kernels_are_the_integrals(name):
    """With sources at energies of both signs; what lies beyond the mesh counts as its end."""
    mesh = first_mesh(96, 8.0, END)
    baths = bath(name, PARAMETERS[name], tls.EffectiveTemperature(T_TLS))
    rows = kernel_rows(jnp.asarray(X), mesh, baths, T)
    nodes = np.asarray(mesh.nodes)
    found = np.asarray(rows.average(F(nodes)[:, None], W(nodes)[:, None]))[:, 0]
    for x, value in zip(X, found, strict=True):

        def integrand(E, x=x):
            e = E / (np.pi * T)
            even = (F(x + e) + F(x - e)) / 2
            return even + np.tanh(E / (2 * T_TLS)) * (W(x + e) - W(x - e)) / 2j

        assert value == pytest.approx(average(name, integrand, x), rel=1e-6)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.slow] if name == "modified-wipf-neumaier" else [])
        for name in PARAMETERS
    ],
)
def test_broken_pairs_are_the_integral(name):
    mesh = first_mesh(96, 8.0, END)
    nodes = np.asarray(mesh.nodes)
    values = F(nodes)[:, None]
    baths = bath(name, PARAMETERS[name], tls.EffectiveTemperature(T_TLS))
    weights, rows = rows_at_nodes(mesh, baths, T)
    alone = kernel_rows(mesh.nodes, mesh, baths, T)
    sides = [each.average(values, W(nodes)[:, None]) for each in (weights, alone)]
    np.testing.assert_allclose(*sides, rtol=1e-7)
    found = np.asarray(rows.average(values))[:, 0]
    for k in (3, 200, 430):
        x = nodes[k]

        def integrand(E, x=x):
            e = E / (np.pi * T)
            broken = 1 - np.tanh(E / (2 * T_TLS)) / np.tanh(max(E, 1e-9) / (2 * T))
            return broken * (F(x + e) + F(x - e) - 2 * F(x)) / 2

        assert found[k] == pytest.approx(average(name, integrand, x), rel=1e-6, abs=1e-8)
    _, thermal = rows_at_nodes(mesh, bath(name, PARAMETERS[name], tls.Thermal()), T)
    assert not np.any(thermal.average(values))


@pytest.mark.parametrize("sign", [-1, 1])
def test_an_infinite_density_just_outside_a_panel(sign):
    """``p(E)`` of Wipf and Neumaier is infinite at J: of a constant the integral is alpha/T."""
    J, mesh = 2.0, first_mesh(96, 1.0, END)
    ends = mesh.edges[50:60] - sign * J / (np.pi * T)
    x = (ends[:, None] - sign * 10.0 ** np.arange(-9, -2)).ravel()
    baths = bath("wipf-neumaier", (J, 2.0), tls.Thermal())
    one = np.ones((mesh.nodes.size, 1))
    found = kernel_rows(x, mesh, baths, T).average(one + 0j, 0 * one)
    # 2e-6 of the density is beyond the last of the panels that are added.
    assert found == pytest.approx(np.full(found.shape, ALPHA / T), rel=4e-6)


def test_a_single_splitting_is_two_shifts():
    mesh, E0 = first_mesh(96, 8.0, END), 1.0
    baths = bath("delta", (E0,), tls.EffectiveTemperature(T_TLS))
    nodes, e = np.asarray(mesh.nodes), E0 / (np.pi * T)
    rows = kernel_rows(jnp.asarray(X), mesh, baths, T)
    found = np.asarray(rows.average(F(nodes)[:, None], W(nodes)[:, None]))[:, 0]
    odd = np.tanh(E0 / (2 * T_TLS)) * (W(X + e) - W(X - e)) / 2j
    expected = ALPHA / T * ((F(X + e) + F(X - e)) / 2 + odd)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize("height", [0.0, HEIGHT, 0.97])
def test_poles_are_the_plain_sums(height):
    """Of a clean superconductor, by a million terms each."""
    square = 7.0

    def propagators(zeta):
        root = np.sqrt(zeta**2 + square)
        return np.stack([zeta / root, 1 / root], axis=-1)

    gamma, phi = propagators(NU).T
    table = pole_table(Sums(gamma - 1, phi - 1 / NU, jnp.asarray(1.0)), height)
    # At the height 0 apart from the edge, where the propagators are infinite.
    x = np.array([0.0, 1e-3, 0.4, 1.7, 6.0, 40.0])
    x = np.concatenate([x, -x])
    zeta = height - 1j * x
    # The mirror image of a positive energy is its complex conjugate.
    here = propagators(height - 1j * np.abs(x) + 1e-300)
    here = np.where((x < 0)[:, None], here.conj(), here)
    found = np.asarray(sources_at(table, x).of(here))
    nu = 2 * np.arange(10**6) + 1.0
    gamma, phi = propagators(nu).T
    for z, F, W in zip(zeta, here, found, strict=True):
        pair = 1 / (z**2 - nu**2)
        # What the normal state's terms do not add up to is left out of both.
        normal = np.sum(2 * nu * gamma * pair + 2 / nu)
        sums = np.array([normal, np.sum(2 * z * phi * pair)])
        expected = np.tan(np.pi / 2 * z) * F + 2 / np.pi * sums
        np.testing.assert_allclose(W, expected, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("count", [3, 8, 13])
def test_blocks(count):
    """Whole blocks, a last one that is not whole, fewer points than a block; derivatives too."""
    x = jnp.linspace(0.1, 2.0, count)

    def function(x):
        return {"sine": jnp.sin(x), "powers": x[:, None] ** np.arange(3.0)}

    found, expected = in_blocks(function, x, 4), function(x)
    jax.tree.map(np.testing.assert_array_equal, found, expected)
    slope = jax.grad(lambda x: jnp.sum(in_blocks(jnp.sin, x, 4) ** 2))(x)
    np.testing.assert_allclose(slope, np.sin(2 * x), rtol=1e-14)


def test_a_fixed_point():
    """``y = cos(theta y)``: by Anderson's steps alone, by Newton's from the first."""

    def turn(y, theta):
        return jnp.cos(theta * y), ()

    def newton(y, image, aside, theta):
        return y + (image - y) / (1 + theta * jnp.sin(theta * y))

    theta, start = jnp.array([0.3, 0.8, 1.1]), jnp.ones(3)
    for patience in (60, 0):
        limits = patience, 60, 60
        found = iterate(turn, newton, limits, start, (), 1e-13, theta)
        assert int(found.status) == Status.CONVERGED
        np.testing.assert_allclose(found.y, np.cos(theta * found.y), atol=1e-13)
    few = iterate(turn, newton, (60, 60, 2), start, (), 1e-13, theta)
    assert int(few.status) == Status.MAX_STEPS


def test_a_fixed_point_that_needs_both_methods():
    """``y = A y + b``: Newton's steps know the diagonal of A, the rest is large but of rank two."""
    rng = np.random.default_rng(0)
    diagonal = np.linspace(2.0, 100.0, 40)
    rest = rng.normal(size=(40, 2)) @ rng.normal(size=(2, 40))
    A, b = jnp.asarray(np.diag(diagonal) + rest), jnp.ones(40)

    def turn(y, A):
        return A @ y + b, ()

    def newton(y, image, aside, A):
        return y + (image - y) / (1 - diagonal)

    def found(*limits):
        return iterate(turn, newton, limits, jnp.zeros(40), (), 1e-9, A)

    assert int(found(8, 20, 20).status) == Status.MAX_STEPS
    both = found(8, 12, 40)
    assert int(both.status) == Status.CONVERGED
    np.testing.assert_allclose(both.y, np.linalg.solve(np.eye(40) - A, b), rtol=1e-8)


def test_panels_follow_few_states_in_a_gap():
    """A peak of few states: nothing beside those of the edge, and all that there is around
    it. A panel was 8 of its widths long."""
    width = 0.1

    def w_of(x):
        return 1e-6 - 1j * x + 1e-4j / (x - 2.0 + 1j * width)

    end = jnp.array(1e4)
    mesh = first_mesh(80, 5.0, end)
    for _ in range(5):
        mesh = follow(mesh, w_of(mesh.nodes), 25.0, 80, end)
    panel, _ = mesh.locate(2.0)
    assert float(2 * mesh.half[panel, 0]) < 3 * width


@pytest.mark.slow
def test_the_root_that_goes_on():
    """With so many pairs broken the Matsubara equations have a second root of a small gap: the
    solution of a population must not end there because its neighbour's does not."""
    ensemble = tls.TLSEnsemble(0.532388, tls.DeltaFunction(0.367028))
    T_tls = -0.103086 * np.array([0.97, 1.0, 1.03])
    delta = tls.order_parameter(ensemble, 0.0482774, tls.EffectiveTemperature(T_tls))
    first, second = np.diff(delta), np.diff(delta, 2)
    assert np.all(first > 7e-4)
    assert np.all(np.abs(second) < 7e-5)


@pytest.mark.parametrize(
    "population",
    [
        tls.GroundState(),
        pytest.param(tls.EffectiveTemperature(2.7), marks=pytest.mark.slow),
    ],
)
def test_splittings_far_below_the_temperature_break_pairs(population):
    """A distribution far narrower than all else is a few splittings, Gauss points of it: no panel,
    and no smallest energy. (Energies below 1e-4 pi T were left out: 1e-3 and 1e-7 of Delta.)
    """
    alpha, Ec, T = 9.9, 0.0024, 0.91
    nodes, weights = np.polynomial.legendre.leggauss(3)
    few = tuple(
        tls.TLSEnsemble(alpha * weight / 2, tls.DeltaFunction(Ec * (node + 1) / 2))
        for node, weight in zip(nodes, weights, strict=True)
    )
    wanted = tls.order_parameter(tls.Superconductor(few), T, population)
    found = tls.order_parameter(tls.TLSEnsemble(alpha, tls.Glass(Ec)), T, population)
    assert wanted > 0.5
    np.testing.assert_allclose(found, wanted, rtol=1e-10)


def test_moments_have_the_derivatives_of_their_polynomials():
    """First and second, forwards and backwards, against NumPy's polynomials."""
    rng = np.random.default_rng(3)
    # Six points of four pieces: the density, a factor and the points, and how they change.
    now, change = rng.normal(size=(2, 3, 6, 4))

    def moments(t):
        return legendre_moments(*(now + t * change))

    rows = np.eye(ORDER)
    P, slope, bend = (
        np.stack([legendre.legval(now[2], legendre.legder(row, n)) for row in rows], -1)
        for n in range(3)
    )
    (density, factor, _), (ddensity, dfactor, dx) = now[..., None], change[..., None]
    w, dw, ddw = density * factor, ddensity * factor + density * dfactor, 2 * ddensity * dfactor
    np.testing.assert_allclose(moments(0.0), np.sum(w * P, 0), atol=1e-13)
    first = np.sum(dw * P + w * slope * dx, 0)
    np.testing.assert_allclose(jax.jacfwd(moments)(0.0), first, atol=1e-12)
    np.testing.assert_allclose(jax.jacrev(moments)(0.0), first, atol=1e-12)
    second = np.sum(ddw * P + 2 * dw * slope * dx + w * bend * dx**2, 0)
    np.testing.assert_allclose(jax.jacfwd(jax.jacrev(moments))(0.0), second, atol=1e-11)
