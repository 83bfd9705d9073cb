"""Every result is differentiable in every parameter, to second order, under jit and vmap."""

import draws
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree
from test_draws import HARD

import tlsjax as tls

PARAMETERS = {
    "delta": (1.3,),
    "glass": (3.0,),
    "lorentzian": (1.0, 0.1),
    "wipf-neumaier": (0.3, 0.2),
    "modified-wipf-neumaier": (0.1, 0.15, 0.02),
}
KINDS = list(PARAMETERS)


def ensemble(kind, alpha=0.8):
    # An elastic rate well inside its domain: differences step to both sides of it.
    return tls.TLSEnsemble(alpha, draws.CLASSES[kind](*PARAMETERS[kind]), elastic_rate=1.0)


def observables(kind):
    """Named scalar functions of a flat parameter vector."""
    flat, unravel = ravel_pytree(ensemble(kind))
    splittings, unravel_splittings = ravel_pytree(ensemble(kind).splittings)
    return {
        "Tc": (lambda x: tls.critical_temperature(unravel(x)), flat),
        "Delta": (
            lambda x: tls.order_parameter(unravel(x[:-1]), x[-1]),
            jnp.append(flat, 0.6),
        ),
        "induced Tc": (
            lambda x: tls.induced_critical_temperature(unravel_splittings(x)),
            0.3 * splittings,
        ),
        "induced gap": (
            lambda x: tls.solve_induced(unravel_splittings(x[:-1]), x[-1]).order_parameter,
            jnp.append(0.3 * splittings, 0.01),
        ),
    }


def central_difference(function, x, order=1):
    """Fourth-order differences along every axis, of values or of gradients."""
    steps = 1e-3 * jnp.maximum(jnp.abs(x), 0.05)
    columns = []
    for i, h in enumerate(steps):
        e = jnp.zeros_like(x).at[i].set(h)
        near = function(x + e) - function(x - e)
        far = function(x + 2 * e) - function(x - 2 * e)
        columns.append((8 * near - far) / (12 * h))
    return jnp.stack(columns, axis=-1)


# One or none of a distribution's two in every run; the others are long checks.
LONG = {("glass", "Delta"), ("wipf-neumaier", "Delta"), ("modified-wipf-neumaier", "Delta")}
LONG |= {("lorentzian", "Tc"), ("delta", "Delta"), ("wipf-neumaier", "Tc"), ("glass", "Tc")}
FIRST_ORDER = [
    pytest.param(kind, name, marks=[pytest.mark.slow] if (kind, name) in LONG else [])
    for kind in KINDS
    for name in ("Tc", "Delta")
]
FIRST_ORDER += [("delta", "induced Tc"), ("delta", "induced gap")]
FIRST_ORDER += [pytest.param("lorentzian", "induced gap", marks=pytest.mark.slow)]


@pytest.mark.parametrize(("kind", "name"), FIRST_ORDER)
def test_first_order(kind, name):
    function, x = observables(kind)[name]
    reverse = jax.jit(jax.grad(function))(x)
    # The one is made of the other, whatever the distribution: a program less for most of them.
    if kind in ("delta", "lorentzian"):
        forward = jax.jit(jax.jacfwd(function))(x)
        np.testing.assert_allclose(reverse, forward, rtol=1e-8, atol=1e-11)
    numeric = central_difference(jax.jit(function), x)
    # Differences of values good to 1e-9 over steps of 1e-3 are good to 1e-6.
    np.testing.assert_allclose(reverse, numeric, rtol=2e-5, atol=3e-6)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("delta", "Tc"),
        pytest.param("delta", "Delta", marks=pytest.mark.slow),
        pytest.param("delta", "induced Tc", marks=pytest.mark.slow),
        pytest.param("delta", "induced gap", marks=pytest.mark.slow),
        pytest.param("lorentzian", "Delta", marks=pytest.mark.slow),
    ],
)
def test_second_order(kind, name):
    function, x = observables(kind)[name]
    hessian = jax.jit(jax.hessian(function))(x)
    np.testing.assert_allclose(hessian, hessian.T, rtol=1e-6, atol=1e-8)
    reverse = jax.jit(jax.jacrev(jax.grad(function)))(x)
    np.testing.assert_allclose(reverse, hessian, rtol=1e-6, atol=1e-8)
    numeric = central_difference(jax.jit(jax.grad(function)), x)
    np.testing.assert_allclose(hessian, numeric, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("kind", draws.kinds("delta", "wipf-neumaier"))
def test_gradient_is_an_ensemble(kind):
    gradient = jax.grad(tls.critical_temperature)(ensemble(kind))
    assert type(gradient) is tls.TLSEnsemble
    assert type(gradient.splittings) is draws.CLASSES[kind]
    assert gradient.elastic_rate == 0.0


@pytest.mark.parametrize("kind", draws.kinds("delta", "wipf-neumaier"))
def test_finite_without_impurities(kind):
    def values(sample, T):
        state = tls.solve_matsubara(sample, T)
        return jnp.stack([state.order_parameter, state.epsilon_tilde[0], state.delta_tilde[0]])

    clean = ensemble(kind, alpha=0.0)
    jacobian = jax.jit(jax.jacrev(values, argnums=(0, 1)))
    for T in (0.01, 0.5, 0.999999, 1.0, 1.5):
        assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(jacobian(clean, T)))
    gradient = jax.grad(tls.critical_temperature)(clean)
    assert all(np.isfinite(leaf) for leaf in jax.tree.leaves(gradient))


def test_finite_at_the_papers_modified_wipf_neumaier():
    """sigma = J sits on the edge of the domain, where the normalisation has a cusp."""
    paper = tls.ModifiedWipfNeumaier(J=0.1, sigma=0.1, delta=0.01)
    for alpha in (0.0, 1.0):
        gradient = jax.grad(tls.critical_temperature)(tls.TLSEnsemble(alpha, paper))
        assert all(np.isfinite(leaf) for leaf in jax.tree.leaves(gradient))


def test_near_tc():
    """Delta^2 is smooth through Tc; Delta and its derivatives are finite below, 0 above."""
    sample = ensemble("glass")
    Tc = float(tls.critical_temperature(sample))
    slope = jax.grad(tls.order_parameter, argnums=1)
    for distance in (1e-3, 1e-5, 1e-7):
        value = float(tls.order_parameter(sample, Tc * (1 - distance)))
        gradient = float(slope(sample, Tc * (1 - distance)))
        # Delta = A sqrt(1 - T/Tc), so d Delta/dT = -Delta/(2 (Tc - T)).
        assert gradient == pytest.approx(-value / (2 * Tc * distance), rel=0.01)
    assert slope(sample, Tc * (1 + 1e-7)) == 0.0
    assert slope(sample, 2.0) == 0.0
    curvature = jax.grad(slope, argnums=1)
    assert np.isfinite(curvature(sample, Tc * (1 - 1e-5)))
    assert curvature(sample, 2.0) == 0.0


def test_gradient_of_fields():
    """The self energies are differentiable as well, elastic part included."""

    def field(alpha, elastic):
        sample = tls.TLSEnsemble(alpha, tls.Glass(3.0), elastic)
        state = tls.solve_matsubara(sample, 0.5)
        return state.delta_tilde[:4] + state.epsilon_tilde[:4]

    jacobian = jax.jacrev(field, argnums=(0, 1))(0.7, 0.4)
    h = 1e-4
    for i, column in enumerate(jacobian):
        step = np.eye(2)[i] * h
        numeric = (field(0.7 + step[0], 0.4 + step[1]) - field(0.7 - step[0], 0.4 - step[1])) / (
            2 * h
        )
        np.testing.assert_allclose(column, numeric, rtol=1e-6)


def test_tables_are_differentiable():
    E = np.linspace(0, 3, 13)
    table = tls.Tabulated(E, 1 + np.sin(E) ** 2)

    def tc(p):
        return tls.critical_temperature(tls.TLSEnsemble(1.0, tls.Tabulated(E, p)))

    gradient = jax.grad(tc)(jnp.asarray(table.p))
    # Scaling p changes nothing: it is normalised.
    assert abs(jnp.dot(gradient, table.p)) < 1e-12
    assert np.abs(gradient).max() > 1e-3


def test_vmap_equals_loop(rng):
    ensembles = draws.batch("lorentzian", rng, 6)
    T = rng.uniform(0.05, 1.1, 6)
    one = jax.grad(tls.order_parameter, argnums=(0, 1))
    batched = jax.jit(jax.vmap(one))(ensembles, T)
    for i in range(6):
        single = one(jax.tree.map(lambda x, i=i: x[i], ensembles), T[i])
        for left, right in zip(jax.tree.leaves(batched), jax.tree.leaves(single), strict=True):
            np.testing.assert_allclose(left[i], right, rtol=1e-9, atol=1e-10)


def test_values_do_not_recompile():
    count = 0

    @jax.jit
    def gap(sample, T):
        nonlocal count
        count += 1
        return tls.order_parameter(sample, T)

    for alpha, T in ((0.1, 0.2), (3.0, 0.9), (0.0, 2.0)):
        gap(ensemble("glass", alpha), T)
    assert count == 1
    gap(ensemble("delta"), 0.3)
    assert count == 2


@pytest.mark.slow
def test_second_order_out_of_equilibrium():
    def delta(alpha, T_tls):
        ensemble = tls.TLSEnsemble(alpha, tls.Glass(Ec=3.0))
        return tls.order_parameter(ensemble, 0.2, tls.EffectiveTemperature(T_tls), panels=28)

    slopes = jax.jit(jax.grad(delta, argnums=(0, 1)))
    second = jax.jit(jax.jacfwd(jax.grad(delta, argnums=(0, 1)), argnums=(0, 1)))(1.0, 1.5)
    for k in range(2):
        step = 1e-4 * np.eye(2)[k]
        ends = [slopes(*(np.array([1.0, 1.5]) + sign * step)) for sign in (-1, 1)]
        difference = (np.array(ends[1]) - np.array(ends[0])) / 2e-4
        np.testing.assert_allclose([row[k] for row in second], difference, rtol=1e-4, atol=1e-6)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_cold_impurities_coupled_strongly():
    """A Krylov method for the derivatives of these had no end in 800 turns: NaN."""
    energies = jnp.array([0.1, 1.0, 2.5])
    for name in ("a glass that lets the spectrum diffuse", "a glass at half the temperature"):
        alpha, splittings, T, T_tls = HARD[name]

        def found(alpha, splittings=splittings, T=T, T_tls=T_tls):
            ensemble = tls.TLSEnsemble(alpha, splittings)
            spectrum = tls.solve_spectrum(ensemble, T, tls.EffectiveTemperature(T_tls))
            return spectrum.order_parameter, spectrum.dos(energies)

        _, slopes = jax.jvp(found, (alpha,), (1.0,))
        assert all(np.all(np.isfinite(slope)) for slope in slopes)
        if name == "a glass that lets the spectrum diffuse":
            step = 1e-3 * alpha
            difference = (found(alpha + step)[0] - found(alpha - step)[0]) / (2 * step)
            # The mesh moves with alpha in the one and not in the other.
            assert float(slopes[0]) == pytest.approx(float(difference), rel=0.05)
