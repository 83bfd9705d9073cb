"""Hosts with an alpha^2F of their own, against a dense solver with a sharp cutoff."""

import dataclasses
import pickle

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import reference
from eliashberg_oracle import Dense
from jax.flatten_util import ravel_pytree

import tlsjax as tls

E = np.linspace(0.1, 10.0, 100)
# Shapes of lead, of niobium, and of aluminium, energies in meV: two kinds of phonons in the
# first two, Debye's law in the third.
LEAD = 0.9 * np.exp(-(((E - 4.4) / 0.8) ** 2)) + 1.0 * np.exp(-(((E - 8.4) / 0.5) ** 2))
NIOBIUM_E = 2.8 * E
NIOBIUM = 0.9 * np.exp(-(((E - 5.9) / 1.2) ** 2)) + 0.8 * np.exp(-(((E - 8.8) / 0.7) ** 2))
ALUMINIUM_E = 3.7 * E
HOSTS = {
    "lead": tls.StrongCouplingHost(E, LEAD, 0.1),
    "niobium": tls.StrongCouplingHost(NIOBIUM_E, NIOBIUM, 0.15),
    "aluminium": tls.StrongCouplingHost(ALUMINIUM_E, 0.5 * (E / 10) ** 2, 0.1, cutoff=250.0),
}


def dense(host, baths=()):
    energy, alpha2F = np.asarray(host.energy), np.asarray(host.alpha2F)
    cutoff = 10 * energy[alpha2F > 0][-1] if host.cutoff is None else host.cutoff
    return Dense(energy, alpha2F, float(host.mu_star), float(cutoff), baths)


def critical_temperature(host):
    return tls.solve_critical_temperature(tls.Superconductor(host=host)).check()


@pytest.mark.parametrize(
    "name", ["lead", *(pytest.param(n, marks=pytest.mark.slow) for n in ("niobium", "aluminium"))]
)
def test_dense_solver(name):
    host = HOSTS[name]
    plain = dense(host)
    found = critical_temperature(host)
    Tc = float(found)
    N = (1024, 2048, 3072) if name == "aluminium" else (192, 384, 768)
    expected = plain.critical_temperature(0.8 * Tc, 1.25 * Tc, N)
    np.testing.assert_allclose(Tc, expected, rtol=1e-6)
    assert abs(Tc - expected) < max(found.error, 2e-7 * Tc)
    state = tls.solve_matsubara(tls.Superconductor(host=host), 0.4 * Tc).check()
    delta, Z = plain.gap(0.4 * Tc, 3 * Tc, (768, 1536, 3072))
    np.testing.assert_allclose(state.order_parameter, delta, rtol=1e-6)
    np.testing.assert_allclose(state.renormalization[0], Z, rtol=1e-6)


def random_hosts(rng, size):
    """Smooth tables with lambda from 0.3 to 10, mu* from 0 to 0.3, cutoffs of 6 to 20."""
    center, width = rng.uniform(2, 8, (size, 1)), rng.uniform(0.3, 3, (size, 1))
    other = rng.uniform(0, 1, (size, 1)) * np.exp(
        -(((E - rng.uniform(1, 9, (size, 1))) / 0.7) ** 2)
    )
    shape = (np.exp(-(((E - center) / width) ** 2)) + other) * (1 - np.exp(-(E**2)))
    area = np.array(jax.vmap(lambda a: tls.StrongCouplingHost(E, a, 0.1).coupling)(shape))
    coupling = np.geomspace(0.3, 10, size)
    # With more repulsion there is no Tc at weak coupling.
    mu_star = rng.uniform(0, 0.3, size) * np.minimum(1, coupling / 1.5)
    cutoff = rng.uniform(6, 20, size) * E[-1]
    return tls.StrongCouplingHost(E, shape * (coupling / area)[:, None], mu_star, cutoff)


@pytest.mark.slow
@pytest.mark.parametrize("size", [4, 64])
def test_dense_solver_at_random(rng, size):
    hosts = random_hosts(rng, size)
    found = critical_temperature(hosts)
    assert (found.error < 1e-6 * found.temperature).all()
    for k, Tc in enumerate(np.asarray(found.temperature)):
        plain = dense(
            jax.tree.map(lambda x, k=k: x[k] if np.ndim(x) > 1 or x.size < 99 else x, hosts)
        )
        # Frequencies to 40 Omega_max, and the sharp cutoff extrapolated. At weak coupling that is
        # more than a dense matrix can have: its own error is some 5e-6 there.
        wanted = 40 * E[-1] / (2 * np.pi * Tc)
        largest = int(np.clip(wanted, 256, 3072))
        expected = plain.critical_temperature(
            0.9 * Tc, 1.1 * Tc, (largest // 4, largest // 2, largest)
        )
        np.testing.assert_allclose(Tc, expected, rtol=2e-6 if wanted < 3072 else 1e-5)


@pytest.mark.slow
def test_batch_is_as_one_by_one(rng):
    hosts = random_hosts(rng, 4)
    together = critical_temperature(hosts).temperature
    one = [
        tls.critical_temperature(
            tls.Superconductor(
                host=tls.StrongCouplingHost(E, hosts.alpha2F[k], hosts.mu_star[k], hosts.cutoff[k])
            )
        )
        for k in range(4)
    ]
    np.testing.assert_allclose(together, one, rtol=1e-12)
    mapped = jax.vmap(
        lambda a, mu, c: tls.critical_temperature(
            tls.Superconductor(host=tls.StrongCouplingHost(E, a, mu, c))
        )
    )(hosts.alpha2F, hosts.mu_star, hosts.cutoff)
    np.testing.assert_allclose(mapped, one, rtol=1e-12)


@pytest.mark.parametrize("lam", reference.EINSTEIN_TC)
def test_einstein_phonon(lam):
    # A triangle so narrow that its width moves lambda by 2e-9.
    width = 1e-4
    energy = np.array([1 - width, 1.0, 1 + width])
    host = tls.StrongCouplingHost(energy, [0.0, lam / (2 * width), 0.0], 0.0)
    np.testing.assert_allclose(host.coupling, lam, rtol=1e-8)
    np.testing.assert_allclose(
        critical_temperature(host).temperature, reference.EINSTEIN_TC[lam], rtol=1e-8
    )


def test_very_strong_coupling():
    # Allen and Dynes: Tc = 0.1827 sqrt(lambda <Omega^2>) for lambda to infinity.
    host = tls.StrongCouplingHost(E, 3000 * LEAD, 0.0)
    expected = 0.1827 * host.omega_2 * jnp.sqrt(host.coupling)
    np.testing.assert_allclose(critical_temperature(host).temperature, expected, rtol=1e-3)


def test_moments_of_a_table():
    # alpha^2F = A E^2 below E_1, A E up to E_2: everything in closed form.
    A, low, high = 0.3, 2.0, 6.0
    host = tls.StrongCouplingHost([low, high], [A * low, A * high], 0.1)
    below = A * low / 2 + A * (high - low)
    np.testing.assert_allclose(host.coupling, 2 * below, rtol=1e-13)
    logarithm = A / low * (low**2 / 2 * np.log(low) - low**2 / 4)
    logarithm += A * (high * np.log(high) - high - low * np.log(low) + low)
    np.testing.assert_allclose(host.omega_log, np.exp(logarithm / below), rtol=1e-8)
    square = A / low * low**4 / 4 + A * (high**3 - low**3) / 3
    np.testing.assert_allclose(host.omega_2, np.sqrt(square / below), rtol=1e-12)


def test_mu_star_belongs_to_its_cutoff():
    host = HOSTS["lead"]
    moved = 1 / (1 / 0.1 - np.log(20 / 10))
    cutoff = 2 * 10 * E[-1]
    other = tls.StrongCouplingHost(E, LEAD, moved, cutoff)
    np.testing.assert_allclose(
        critical_temperature(other).temperature, critical_temperature(host).temperature, rtol=1e-9
    )
    np.testing.assert_allclose(
        tls.order_parameter(tls.Superconductor(host=other), 0.3),
        tls.order_parameter(tls.Superconductor(host=host), 0.3),
        rtol=1e-9,
    )


def test_repulsion_that_leaves_no_transition():
    weak = tls.StrongCouplingHost(E, 0.2 * LEAD, [0.0, 0.5, 0.9])
    found = tls.solve_critical_temperature(tls.Superconductor(host=weak))
    assert [tls.Status(int(s)) for s in found.status] == [
        tls.Status.CONVERGED,
        tls.Status.NOT_FOUND,
        tls.Status.NOT_FOUND,
    ]
    assert np.isnan(found.temperature[1:]).all()
    with pytest.raises(tls.ConvergenceError):
        found.check()
    normal = tls.solve_matsubara(
        tls.Superconductor(host=tls.StrongCouplingHost(E, 0.2 * LEAD, 0.5)), 0.1
    )
    assert normal.status == tls.Status.NORMAL


@pytest.mark.slow
def test_gap_closes_at_tc():
    sample = tls.Superconductor((tls.TLSEnsemble(0.3, tls.Glass(2.0)),), HOSTS["lead"])
    Tc = float(tls.critical_temperature(sample))
    T = Tc * (1 - np.array([2e-6, 1e-6]))
    squares = np.asarray(tls.order_parameter(sample, T)) ** 2
    assert abs(1e-6 - squares[1] / (squares[0] - squares[1]) * 1e-6) < 3e-9
    assert tls.solve_matsubara(sample, Tc * (1 + 1e-8)).status == tls.Status.NORMAL


@pytest.mark.slow
def test_dense_solver_with_impurities():
    host = HOSTS["lead"]
    sample = tls.Superconductor((tls.TLSEnsemble(0.4, tls.DeltaFunction(1.5)),), host)
    Tc = float(tls.critical_temperature(sample))
    plain = dense(host, [(np.array([1.5]), np.array([0.4]))])
    np.testing.assert_allclose(
        Tc, plain.critical_temperature(0.8 * Tc, 1.25 * Tc, (192, 384, 768)), rtol=1e-6
    )
    delta, Z = plain.gap(0.4 * Tc, 3 * Tc)
    state = tls.solve_matsubara(sample, 0.4 * Tc).check()
    np.testing.assert_allclose(state.order_parameter, delta, rtol=1e-6)
    np.testing.assert_allclose(state.renormalization[0], Z, rtol=1e-6)


# Fewer points, for derivatives by each of them.
SHORT = tls.StrongCouplingHost(E[4::12], LEAD[4::12] + 0.05, 0.1, cutoff=80.0)


def flat_host():
    flat, unravel = ravel_pytree(SHORT)
    return flat, lambda x: tls.Superconductor(host=unravel(x))


@pytest.mark.slow
@pytest.mark.parametrize("quantity", ["Tc", "Delta"])
def test_gradients_in_every_field(quantity):
    flat, sample = flat_host()

    def value(x):
        if quantity == "Tc":
            return tls.critical_temperature(sample(x))
        return tls.order_parameter(sample(x), 0.3)

    reverse, forward = jax.jit(jax.grad(value))(flat), jax.jit(jax.jacfwd(value))(flat)
    np.testing.assert_allclose(reverse, forward, rtol=1e-8, atol=1e-11)
    h = 1e-4 * np.maximum(np.abs(flat), 0.05)
    value = jax.jit(jax.vmap(value))
    numeric = (value(flat + np.diag(h)) - value(flat - np.diag(h))) / (2 * h)
    np.testing.assert_allclose(reverse, numeric, rtol=1e-5, atol=1e-6)


@pytest.mark.slow
def test_second_order():
    flat, sample = flat_host()
    gradient = jax.jit(jax.grad(lambda x: tls.critical_temperature(sample(x))))
    hessian = jax.jit(jax.hessian(lambda x: tls.critical_temperature(sample(x))))(flat)
    np.testing.assert_allclose(hessian, hessian.T, rtol=1e-6, atol=1e-9)
    h = 1e-4
    for k in (2, 8 + 4, 16):
        e = np.zeros(flat.size)
        e[k] = h
        numeric = (gradient(flat + e) - gradient(flat - e)) / (2 * h)
        np.testing.assert_allclose(hessian[k], numeric, rtol=1e-4, atol=1e-6)


@pytest.mark.slow
def test_functional_derivative():
    host = HOSTS["lead"]
    sample = tls.Superconductor((tls.TLSEnsemble(0.2, tls.Glass(2.0)),), host)
    at = jnp.array([20, 50, 80])
    D = tls.critical_temperature_derivative(sample, E)
    assert (np.asarray(D) > 0).all()
    # A hat on the table has the area of a step; it is wide enough to see D bend.
    by_point = jax.grad(
        lambda a: tls.critical_temperature(
            dataclasses.replace(sample, host=dataclasses.replace(host, alpha2F=a))
        )
    )(jnp.asarray(LEAD))
    np.testing.assert_allclose(D[at], by_point[at] / (E[1] - E[0]), rtol=3e-4)


def test_hosts_pickle_and_print():
    host = HOSTS["aluminium"]
    again = pickle.loads(pickle.dumps(tls.Superconductor(host=host)))
    assert critical_temperature(again.host).temperature == critical_temperature(host).temperature
    assert "mu_star=0.1" in repr(again)


def test_estimate_of_allen_and_dynes():
    lead = HOSTS["lead"]
    np.testing.assert_allclose(
        lead.allen_dynes(), critical_temperature(lead).temperature, rtol=0.15
    )
    f1 = (1 + (lead.coupling / 2.46 / (1 + 3.8 * 0.1)) ** 1.5) ** (1 / 3)
    ratio = lead.omega_2 / lead.omega_log
    L2 = 1.82 * (1 + 6.3 * 0.1) * ratio
    f2 = 1 + (ratio - 1) * lead.coupling**2 / (lead.coupling**2 + L2**2)
    exponent = -1.04 * (1 + lead.coupling) / (lead.coupling - 0.1 * (1 + 0.62 * lead.coupling))
    expected = f1 * f2 * lead.omega_log / 1.2 * np.exp(exponent)
    np.testing.assert_allclose(lead.allen_dynes(), expected, rtol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("splittings", "hot"),
    [
        (tls.Glass(1.0), True),
        (tls.Glass(1.0), False),
        (tls.DeltaFunction(0.4), True),
        (tls.DeltaFunction(0.4), False),
    ],
)
def test_both_axes_with_impurities(splittings, hot):
    """Lead with two-level systems: Delta from the contour and from its spectrum."""
    sample = tls.Superconductor((tls.TLSEnsemble(0.1, splittings),), HOSTS["lead"])
    T, T_tls = 0.14, 0.58
    population = tls.EffectiveTemperature(T_tls) if hot else None
    spectrum = tls.solve_spectrum(sample, T, population).check()
    delta = tls.order_parameter(sample, T, population)
    np.testing.assert_allclose(spectrum.order_parameter, delta, rtol=1e-9)
    np.testing.assert_allclose(spectrum.real_axis_order_parameter, delta, rtol=1e-5)
    # Structure of the phonons, each emitted above the gap edge.
    if not hot:
        edge = float(spectrum.gap_edge)
        energy = np.linspace(edge + 2.0, edge + 7.0, 51)
        fields = spectrum.green(energy)
        gap = np.asarray(energy * fields.delta_tilde / fields.epsilon_tilde)
        assert abs(energy[gap.real.argmax()] - edge - 4.4) < 1.0


@pytest.mark.slow
def test_spectrum_of_a_strong_host_is_resolved():
    """Delta(omega) to 30 meV at 0.3 Tc: the default is 1e-3 of its largest value away from twice
    the panels, where the first phonons are; the mean is far better."""
    sample = tls.Superconductor(host=HOSTS["lead"])
    T = 0.3 * float(tls.critical_temperature(sample))
    omega = np.linspace(0.01, 30.0, 400)

    def gap_function(**settings):
        fields = tls.solve_spectrum(sample, T, **settings).check().green(omega)
        return np.asarray(omega * fields.delta_tilde / fields.epsilon_tilde)

    exact = gap_function(panels=320)
    off = np.abs(gap_function() - exact) / np.abs(exact).max()
    assert off.max() < 1e-3
    assert np.median(off) < 1e-4
