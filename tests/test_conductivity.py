"""Conductivity: independent integrals, sum rules, limits in closed form, and its own errors."""

from collections import Counter

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conductivity_oracle import at_matsubara, bcs
from draws import CLASSES, parameters
from refusals import check_one_sentence
from shards import parts
from thermodynamics_oracle import Dense

import tlsjax as tls
from tlsjax.core.status import Status

CLEAN = tls.Superconductor()
GAP = np.pi / np.exp(np.euler_gamma)
DIRTY = float("inf")
# An independent program's dirty limit: (T/Tc, hbar omega/Delta0): sigma/sigma_n.
MATTIS_BARDEEN = {
    (0.1, 0.02): 1.473550822e-06 + 157.0756978j,
    (0.1, 1.0): 2.265599052e-08 + 2.934924362j,
}
T_GLASS = 0.3
GLASS = tls.Superconductor((tls.TLSEnsemble(0.5, tls.Glass(3.0)),))


@pytest.fixture(scope="module")
def cold():
    return tls.solve_spectrum(CLEAN, 0.1).check()


@pytest.fixture(scope="module")
def glass():
    return tls.solve_spectrum(GLASS, T_GLASS).check()


def test_dirty_limit_is_mattis_and_bardeen(cold):
    # Three frequencies, as in the other tests: one program.
    omega = GAP * np.array([0.02, 1.0, 1.0])
    found = tls.solve_conductivity(cold, omega, elastic=DIRTY).check()
    expected = np.array([MATTIS_BARDEEN[0.1, w] for w in (0.02, 1.0, 1.0)])
    assert found.sigma.real == pytest.approx(expected.real, rel=1e-8)
    assert found.sigma.imag == pytest.approx(expected.imag, rel=1e-8)
    # And it is the limit of large rates.
    near = tls.conductivity(cold, omega, elastic=1e8)
    assert near == pytest.approx(np.asarray(found.sigma), rel=1e-6)


@pytest.mark.parametrize(
    ("rate", "wavenumber"),
    [(1.0, 0.0), (1.0, 3.0),
     *(pytest.param(rate, q, marks=pytest.mark.slow)
       for rate, q in ((0.05, 0.0), (10.0, 0.0), (10.0, 0.3), (10.0, 30.0)))],
)  # fmt: skip
def test_any_purity_against_plain_integrals(rate, wavenumber):
    T, omega = 0.5, np.array([0.01, 1.0, 5.0])
    spectrum = tls.solve_spectrum(CLEAN, T).check()
    # Zero everywhere is a program of its own.
    q = np.full(3, wavenumber)
    found = tls.solve_conductivity(spectrum, omega, q, elastic=rate).check()
    Delta = float(spectrum.order_parameter)
    expected = [2 * rate * bcs(Delta, T, w, rate, wavenumber) for w in omega]
    for part, error in ((np.real, found.sigma1_error), (np.imag, found.sigma2_error)):
        value = part(np.asarray(found.sigma))
        assert value == pytest.approx(part(expected), rel=1e-6)
        assert np.all(np.abs(value - part(expected)) < np.asarray(error) + 1e-9 * np.abs(value))


def test_normal_metal_is_drude():
    spectrum = tls.solve_spectrum(CLEAN, 1.2).check()
    omega = np.array([1e-4, 0.3, 5.0])
    for rate in (0.01, 1.0, 1e3):
        expected = 1 / (1 - 1j * omega / (2 * rate))
        found = tls.conductivity(spectrum, omega, elastic=rate)
        assert found == pytest.approx(expected, rel=1e-9)
    # Chambers' integral, at any wave number.
    a, q = 0.3 + 2j, np.array([1e-3, 3.0, 1e3])
    edges = np.linspace(-1, 1, 1001)[:-1, None]
    x, weight = np.polynomial.legendre.leggauss(20)
    mu, weight = edges + 0.001 * (1 + x), 0.001 * weight
    expected = [1j * 0.75 * np.sum(weight * (1 - mu**2) / (a - one * mu)) for one in q]
    found = tls.solve_conductivity(spectrum, np.full(3, 0.3), q, elastic=1.0).over_weight
    assert found == pytest.approx(np.array(expected), rel=1e-8)


def test_without_any_width_is_the_limit_of_a_small_one(cold):
    """Electrons that nothing scatters absorb: a field's wave carries those that move with it."""
    omega, q = np.array([0.05, 0.05, 4.0]), np.array([0.3, 5.0, 5.0])
    for spectrum in (cold, tls.solve_spectrum(CLEAN, 1.2).check()):
        small, none = (
            np.asarray(tls.solve_conductivity(spectrum, omega, q, elastic=rate).over_weight)
            for rate in (1e-9, 0.0)
        )
        assert np.all(none.real > 0)
        np.testing.assert_allclose(none.real, small.real, rtol=1e-6)
        np.testing.assert_allclose(none.imag, small.imag, rtol=1e-6)
        # Without a wave it is all weight, which was no number where pairs break.
        alone = np.asarray(tls.solve_conductivity(spectrum, omega, elastic=0.0).over_weight)
        np.testing.assert_allclose(alone.real, 0.0, atol=1e-12)
        np.testing.assert_allclose(alone.imag, 1 / omega, rtol=1e-7)
    metal = tls.Material.of("Nb", np.array([1e9, np.inf]), unit=9.25)
    found = np.asarray(tls.surface_impedance(cold, 300.0, metal))
    assert abs(found[1] - found[0]) < 1e-5 * abs(found[0])
    assert found[1].real > 0


@pytest.mark.slow
def test_normal_metal_with_inverted_impurities():
    """A bubble without pairs: panels follow ``epsilon_tilde``, not the response to a pair field."""
    E0, T, elastic, omega = 4.8, 0.5, 1.8, np.array([1e-3, 0.1, 0.7])
    sharp = tls.TLSEnsemble(2.0, tls.DeltaFunction(E0))
    spectrum = tls.solve_spectrum(sharp, T, tls.EffectiveTemperature(-T)).check()
    assert spectrum.order_parameter == 0
    # The integrand is analytic: the trapezoidal rule converges exponentially.
    x = np.linspace(-40 * T, 40 * T, 1601)
    lower = np.asarray(spectrum.sigma_epsilon(x))
    upper = np.asarray(spectrum.sigma_epsilon(x + omega[:, None]))
    few = np.tanh((x + omega[:, None]) / (2 * T)) - np.tanh(x / (2 * T))
    pair = omega[:, None] - upper + np.conj(lower) + 2j * elastic
    expected = 2j * elastic * np.trapezoid(few / pair, x) / (2 * omega)
    found = tls.solve_conductivity(spectrum, omega, elastic=elastic).check()
    assert found.sigma == pytest.approx(expected, rel=1e-8)
    # Panels that followed the response had 0.6 of sigma_1 wrong, by an error as large.
    assert np.all(found.error < 1e-6 * np.abs(expected))


def test_few_quasiparticles_keep_their_digits():
    """sigma_1 falls as ``exp(-Delta/T)``: 36 decades down, by the integral without it."""
    T = 0.02
    spectrum = tls.solve_spectrum(CLEAN, T).check()
    omega, Delta = 0.1, float(spectrum.order_parameter)
    s, weight = np.polynomial.legendre.leggauss(400)
    s, weight = (s + 1) * np.sqrt(30 * T) / 2, weight * np.sqrt(30 * T) / 2
    E = Delta + s**2
    there = E + omega
    few = np.exp(-(s**2) / T) - np.exp(-(s**2 + omega) / T)
    pairs = (E * there + Delta**2) / np.sqrt((E + Delta) * (there**2 - Delta**2))
    expected = 4 / omega * np.exp(-Delta / T) * np.sum(weight * few * pairs)
    found = tls.solve_conductivity(spectrum, np.full(3, omega), elastic=DIRTY).check()
    assert 1e-38 < expected < 1e-36
    assert found.sigma.real == pytest.approx(expected, rel=1e-6)
    assert (found.sigma1_error < 1e-5 * expected).all()


@pytest.mark.slow
@pytest.mark.parametrize("T", [0.02, 0.04])
def test_states_below_a_cold_gap_keep_their_digits(T):
    """What two-level systems add: to 1e-3 of itself down to 5e-25, rounding below.

    At 2e-25 it is 1.7e-3. What is rounding alone has an error of its own size.
    """
    spectrum, better = (tls.solve_spectrum(GLASS, T, panels=n).check() for n in (80, 160))
    omega = np.array([1e-3, 0.1, 1.0])
    found = tls.solve_conductivity(spectrum, omega, elastic=DIRTY).check()
    expected = np.asarray(tls.conductivity(better, omega, elastic=DIRTY).real)
    left, error = np.abs(np.asarray(found.sigma.real) - expected), np.asarray(found.sigma1_error)
    assert np.all(left < error)
    large = expected > 5e-25
    assert np.all(left[large] < 1e-3 * expected[large])
    assert large.sum() == 2 if T > 0.03 else np.all(error > expected)


def frequencies(low, high, thresholds, few):
    """Gauss points on panels that shrink towards where pairs break, weights, and the end.

    Few are mostly at energies of the spectrum's own size: enough for a glass alone.
    """
    thresholds = np.asarray(thresholds)[:, None]
    near = thresholds * 3.0 ** -np.arange(1, 11.0)
    inner = np.geomspace(0.3, 20.0, 40)
    outer = np.geomspace(low, 0.3, 7)[:-1], np.geomspace(20.0, high, 7)[1:]
    wide = [inner, *outer] if few else [np.geomspace(low, high, 100)]
    around = np.concatenate([-near, 0 * thresholds, near], axis=1) + thresholds
    edges = np.unique(np.concatenate([[0.0], *wide, around.ravel()]))
    x, w = np.polynomial.legendre.leggauss(6)
    half = np.diff(edges)[:, None] / 2
    return (edges[:-1, None] + half * (1 + x)).ravel(), (half * w).ravel(), edges[-1]


def check_sums(
    superconductor,
    spectrum,
    dense=None,
    rate=1.0,
    rel=1e-6,
    span=(1e-3, 2e3),
    lowest=1e-4,
    quanta=(0,),
):
    """The sum rule, Kramers and Kronig at imaginary frequencies, and the limit of sigma_2.

    ``quanta`` are emitted by a pair as it breaks: each has a threshold of its own.
    """
    T = float(spectrum.T)
    omega, weight, end = frequencies(
        *span, 2 * float(spectrum.gap_edge) + np.array(quanta), dense is not None and rel < 1e-5
    )
    # One program with the frequency of the limit.
    found = tls.conductivity(spectrum, np.append(omega, lowest), elastic=rate) / (2 * rate)
    sigma1, low = np.asarray(found.real[:-1]), found[-1]
    # Beyond the last frequency the metal is normal.
    rest = sigma1[-1] * omega[-1] ** 2
    fluid = float(tls.superfluid_density(superconductor, T, spectrum.population, elastic=rate))
    total = weight @ sigma1 + rest / end + np.pi / 2 * fluid
    assert total == pytest.approx(np.pi / 2, rel=rel)
    assert lowest * float(low.imag) == pytest.approx(fluid, rel=rel)
    for m in (1, 3) if dense else ():
        Omega = 2 * np.pi * T * m
        kernel = Omega / (omega**2 + Omega**2)
        found = 2 / np.pi * (weight @ (kernel * sigma1) + Omega * rest / (3 * end**3))
        found += fluid / Omega
        assert found == pytest.approx(at_matsubara(dense, T, m, rate), rel=rel)


def test_sums_with_two_level_systems(glass):
    E, weight = np.polynomial.legendre.leggauss(40)
    E, weight = 1.5 * (1 + E), 1.5 * weight
    bath = (E, 0.5 * GLASS.impurities[0].splittings.pdf(E) * weight,
            lambda E, T: np.tanh(E / (2 * T)))  # fmt: skip
    check_sums(GLASS, glass, Dense([bath]))


@pytest.mark.slow
@pytest.mark.parametrize("T_tls", [2.0, -3.0])
def test_sums_out_of_equilibrium(T_tls):
    population = tls.EffectiveTemperature(T_tls)
    check_sums(GLASS, tls.solve_spectrum(GLASS, T_GLASS, population).check())


@pytest.mark.slow
def test_sums_with_a_single_splitting():
    sharp = tls.Superconductor((tls.TLSEnsemble(0.5, tls.DeltaFunction(1.0)),))
    bath = (np.array([1.0]), np.array([0.5]), lambda E, T: np.tanh(E / (2 * T)))
    check_sums(
        sharp, tls.solve_spectrum(sharp, 0.3).check(), Dense([bath]), rel=1e-5, quanta=(0, 1)
    )


@pytest.mark.slow
def test_sums_with_phonons():
    energy = np.linspace(1.0, 5.0, 41)
    alpha2F = 0.4 * np.maximum(1 - ((energy - 3.0) / 2.0) ** 2, 0.0)
    host = tls.StrongCouplingHost(energy, alpha2F, mu_star=0.1)
    lead = tls.Superconductor(host=host)
    Tc = float(tls.critical_temperature(lead))
    # The gap is 0.24: thermal quasiparticles take a share of sigma_2 that goes as omega.
    spectrum = tls.solve_spectrum(lead, 0.5 * Tc).check()
    check_sums(lead, spectrum, rate=0.5, span=(1e-5, 2e4), lowest=1e-7)


@pytest.mark.slow
def test_gapless_loss_in_closed_form():
    """``sigma_1/sigma_n = n0^2/(1 + 2 tau D(0))`` as omega and T vanish: sub-gap states."""
    dynes = 0.5
    scattering = tls.Scattering(dynes=dynes)
    T = np.array([1e-3, 2e-3])
    spectra = tls.solve_spectrum(tls.Superconductor(scattering=scattering), T).check()
    root = np.hypot(dynes, np.asarray(spectra.order_parameter))
    for rate in (0.3, 30.0):
        sigma = np.asarray(tls.conductivity(spectra, 1e-4, elastic=rate).real)
        excess = sigma / ((dynes / root) ** 2 / (1 + root / rate)) - 1
        # What is left goes as T^2.
        assert abs(4 * excess[0] - excess[1]) / 3 < 1e-6


def test_a_small_resolution_is_undone(glass):
    omega = np.array([0.01, 1.0, 4.0])
    seen = tls.solve_spectrum(GLASS, T_GLASS, resolution=1e-4).check()
    found = tls.conductivity(seen, omega, elastic=1.0)
    expected = np.asarray(tls.conductivity(glass, omega, elastic=1.0))
    assert found == pytest.approx(expected, rel=1e-6)
    large = tls.solve_spectrum(GLASS, T_GLASS, resolution=0.1)
    check_one_sentence(
        lambda: tls.conductivity(large, 1.0, elastic=1.0), "resolution.*cannot be undone"
    )


@pytest.mark.slow
def test_a_large_resolution_is_no_answer_where_traced():
    large = tls.solve_spectrum(GLASS, T_GLASS, resolution=0.1)
    omega = np.array([0.01, 1.0, 4.0])
    traced = jax.jit(lambda spectrum: tls.solve_conductivity(spectrum, omega, elastic=1.0))(large)
    assert np.all(np.asarray(traced.status) == Status.UNRESOLVED)
    assert np.all(np.isnan(np.asarray(traced.sigma)))


@pytest.mark.slow
def test_batches():
    T = jnp.array([0.3, 0.5, 1.2])
    spectra = tls.solve_spectrum(CLEAN, T)
    omega = np.array([[0.1], [1.0]])
    q = np.array([0.0, 1.0, 2.0])
    found = tls.conductivity(spectra, omega, q, elastic=1.0)
    assert found.shape == (3, 2, 3)
    alone = tls.conductivity(tls.solve_spectrum(CLEAN, T[1]), omega, q, elastic=1.0)
    assert found[1] == pytest.approx(np.asarray(alone), rel=1e-9)


@pytest.mark.parametrize(
    "names", [("omega", "rate"), pytest.param(("T",), marks=pytest.mark.slow)], ids=str
)
def test_derivatives(names, cold):
    def value(at):
        given = {"T": 0.1, "omega": 3.9, "rate": 1.0} | dict(zip(names, at, strict=True))
        spectrum = tls.solve_spectrum(CLEAN, given["T"]) if "T" in names else cold
        return jnp.abs(tls.conductivity(spectrum, given["omega"], elastic=given["rate"]))

    at, step = np.array([{"T": 0.5, "omega": 3.9, "rate": 1.0}[name] for name in names]), 1e-4
    found = jax.jacfwd(value)(jnp.asarray(at))
    for k in range(len(names)):
        shift = step * np.eye(len(names))[k]
        slope = (value(at + shift) - value(at - shift)) / (2 * step)
        assert float(found[k]) == pytest.approx(float(slope), rel=2e-3)


def test_refusals(cold):
    for arguments, pattern in (
        ({"omega": 0.0, "elastic": 1.0}, "omega.*positive"),
        ({"omega": 1.0, "elastic": -1.0}, "elastic.*zero or more"),
        ({"omega": 1.0}, "elastic.*sigma_n"),
        ({"omega": 1.0, "wavenumber": -1.0, "elastic": 1.0}, "wavenumber.*zero or more"),
    ):
        check_one_sentence(lambda a=arguments: tls.conductivity(cold, **a), pattern)


def _draw(index):
    """One of the random spectra, and frequencies and rates for it."""
    rng = np.random.default_rng([15, index])
    kind = list(CLASSES)[index // 60]
    splittings = CLASSES[kind](*(float(p) for p in parameters(kind, rng)))
    sc = tls.Superconductor((tls.TLSEnsemble(float(rng.uniform(0, 3)), splittings),))
    Tc = float(tls.critical_temperature(sc))
    T = Tc * 10 ** rng.uniform(np.log10(0.02), np.log10(1.1))
    T_tls = [T, T * 10 ** rng.uniform(-1, 2), np.inf, -T][rng.integers(0, 4)]
    omega = Tc * 1.76 * 10 ** rng.uniform(-4, np.log10(5), 4)
    return sc, T, tls.EffectiveTemperature(T_tls), omega, Tc * 10 ** rng.uniform(-2, 2)


@pytest.mark.slow
def test_a_splitting_beside_the_edge():
    """Draw 186, ``|edge - J| = 0.03``: the edge repeated there, among 1e-4 states, broadens it."""
    sc, T, population, omega, rate = _draw(186)
    spectrum, better = (tls.solve_spectrum(sc, T, population, panels=n).check() for n in (80, 160))
    found, expected = (tls.solve_conductivity(s, omega, elastic=rate) for s in (spectrum, better))
    left = np.asarray(found.sigma - expected.sigma)
    assert np.all(np.abs(left.real) < np.asarray(found.sigma1_error))
    assert np.all(np.abs(left.imag) < np.asarray(found.sigma2_error))
    # The peak of states at the edge is lower the wider it is: it was 75 of 43.
    assert float(spectrum.dos(spectrum.gap_edge)) < 60.0


# The largest share of draws whose spectrum may be refused: a cold, narrow peak of splittings
# repeats the edge of the gap without end, and is solved only a little above the real axis.
REFUSED = 0.05


def _outcome(index):
    """How a draw ends, and the largest share of the error that is left."""
    sc, T, population, omega, rate = _draw(index)
    spectrum = tls.solve_spectrum(sc, T, population)
    if spectrum.status > Status.NORMAL:
        return "no answer", 0.0
    if float(spectrum.resolution) > 1e-4 * max(float(spectrum.order_parameter), np.pi * T):
        with pytest.raises(ValueError, match=r"resolution.*cannot be undone"):
            tls.solve_conductivity(spectrum, omega, elastic=rate)
        return "refused", 0.0
    # Any other refusal is an error of this test.
    found = tls.solve_conductivity(spectrum, omega, elastic=rate)
    better = tls.solve_spectrum(sc, T, population, panels=160)
    expected = tls.solve_conductivity(better, omega, elastic=rate)
    left = np.asarray(found.sigma - expected.sigma)
    left = np.stack([np.abs(left.real), np.abs(left.imag)])
    errors, of_reference = (
        np.stack([one.sigma1_error, one.sigma2_error]) for one in (found, expected)
    )
    # More panels are mostly the better answer. Where they claim the larger error, and the two do
    # not agree, they are none to judge by: draw 223 has sigma_2 to 1e-3 at 80 panels, by the
    # Matsubara axis, and to 8e-2 at 160, which says so. The two may differ by both errors then, and
    # such draws are counted. By twice: where nothing but quadrature is left both claim the same, to
    # rounding.
    no_reference = (of_reference > 2 * errors) & (left >= errors)
    # What is no number is not below its error.
    worst = float(np.max(left / (errors + np.where(no_reference, of_reference, 0.0))))
    if not worst < 1:
        return "short", worst
    return "no reference" if no_reference.any() else "holds", worst


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("kind", CLASSES)
def test_errors_hold(kind):
    """Against twice the panels, on 300 draws: T/Tc 0.02 to 1.1, omega/Delta 1e-4 to 5. In parts as
    `shards` says.

    All draws of a kind are done before the verdict, which names those that fall short.
    """
    first, (which, of) = 60 * list(CLASSES).index(kind), parts()
    mine = range(first + which - 1, first + 60, of)
    outcomes = {}
    for index in mine:
        outcomes[index] = _outcome(index)
        print(index, *outcomes[index], flush=True)
    count = Counter(outcome for outcome, _ in outcomes.values())
    short = {index: worst for index, (outcome, worst) in outcomes.items() if outcome == "short"}
    assert not short, f"what is left, in units of the error: {short}; {count}"
    # One is no more than few, however small the slice.
    few = max(1, REFUSED * len(mine))
    assert count["refused"] <= few, count
    assert count["no answer"] <= few, count
    assert count["no reference"] <= few, count
