"""Bad input: one sentence that names the argument, the rule and the value."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from refusals import check_one_sentence

import tlsjax as tls
from tlsjax.core.constants import WEAK_COUPLING_GAP_RATIO
from tlsjax.core.units import convert

GLASS = tls.Glass(3.0)
NAN = float("nan")
DRIVEN = tls.EffectiveTemperature(1.0)


def tc(alpha=1.0, splittings=GLASS):
    return tls.critical_temperature(tls.TLSEnsemble(alpha, splittings))


def gap(T, alpha=1.0, splittings=GLASS):
    return tls.order_parameter(tls.TLSEnsemble(alpha, splittings), T)


CASES = {
    "negative alpha": (lambda: tc(-1.0), "`alpha` must be finite and zero or more, but is -1.0."),
    "NaN alpha": (lambda: tc(NAN), "`alpha` .* but is nan."),
    "infinite alpha": (lambda: tc(np.inf), "`alpha` .* but is inf."),
    "text alpha": (lambda: tc("much"), "`alpha` must be a real number.* 'much'."),
    "no alpha": (lambda: tc(None), "`alpha` must be a real number.* None."),
    "zero T": (lambda: gap(0.0), "`T` must be finite and positive, but is 0.0."),
    "negative T": (lambda: gap(-0.5), "`T` .* -0.5."),
    "NaN T": (lambda: gap(NAN), "`T` .* nan."),
    "negative elastic": (
        lambda: tls.critical_temperature(tls.TLSEnsemble(1.0, GLASS, -2.0)),
        "`elastic_rate` .* -2.0.",
    ),
    "zero width": (lambda: tc(splittings=tls.Lorentzian(1.0, 0.0)), "`sigma` .* positive.* 0.0."),
    "negative J": (lambda: tc(splittings=tls.WipfNeumaier(-1.0, 0.1)), "`J` .* or more.*-1.0."),
    "zero E0": (lambda: tc(splittings=tls.DeltaFunction(0.0)), "`E0` .* positive, but is 0.0."),
    "pole": (
        lambda: tc(splittings=tls.ModifiedWipfNeumaier(0.1, 0.05, 0.01)),
        "`sigma` must be at least J, .* pole, but is 0.05 with J = 0.1.",
    ),
    "zero delta": (lambda: tc(splittings=tls.ModifiedWipfNeumaier(0.1, 0.2, 0.0)), "`delta`"),
    "negative p": (lambda: tc(splittings=tls.Tabulated([0, 1], [1, -2])), "`p` .* but is -2."),
    "zero p": (lambda: tc(splittings=tls.Tabulated([0, 1], [0, 0])), "`p` .* positive somewhere"),
    "NaN p": (lambda: tc(splittings=tls.Tabulated([0, 1], [1, NAN])), "`p` .* nan."),
    "unsorted": (lambda: tc(splittings=tls.Tabulated([0, 2, 1], [1, 1, 1])), "`E` .* ascending"),
    "one point": (lambda: tc(splittings=tls.Tabulated([1], [1])), "`E` .* at least 2 points"),
    "ragged": (lambda: tc(splittings=tls.Tabulated([0, 1], [1, 1, 1])), "`p` .* same shape"),
    "a name": (lambda: tc(splittings="glass"), "`splittings` must be a distribution .* 'glass'."),
    "one of several alphas": (lambda: tc(np.array([0.5, -0.5])), "`alpha` .* -0.5."),
    "one of several T": (lambda: gap(np.array([0.1, -0.2])), "`T` .* -0.2."),
    "printed form": (
        lambda: tc(splittings=tls.Lorentzian(1.0, 0.1, normalized="no")),
        "`normalized` must be True or False",
    ),
    "population name": (
        lambda: tls.solve_critical_temperature(tls.TLSEnsemble(1.0, GLASS), population="thermal"),
        "`population` must be such as Thermal",
    ),
    "driven Tc": (
        lambda: tls.solve_critical_temperature(tls.TLSEnsemble(1.0, GLASS), population=DRIVEN),
        "`population` must be Thermal",
    ),
    "no ensemble": (lambda: tls.order_parameter(GLASS, 0.5), "`superconductor` must be a"),
    "driven TLS": (
        lambda: tls.solve_matsubara(tls.TLSEnsemble(1.0, GLASS), 0.5, population=DRIVEN),
        "`population` must be Thermal",
    ),
    "induced T": (lambda: tls.solve_induced(GLASS, 0.0), "`T` must"),
    "weak coupling": (lambda: tls.weak_coupling_critical_temperature(-1.0), "`E` must"),
    "Tc0 in kelvin": (lambda: tls.Units.physical(-9.2), "`tc0_kelvin` .* -9.2."),
    "Tc0": (
        lambda: tls.critical_temperature(tls.Superconductor(host=tls.WeakCouplingHost(-1.0))),
        "`Tc0` must be finite and positive, but is -1.0.",
    ),
    "gap ratio": (
        lambda: tls.order_parameter(tls.Superconductor(host=tls.WeakCouplingHost(1.0, 0.1)), 0.5),
        "`gap_ratio` must be between 1 and 20, but is 0.1.",
    ),
    "a bare ensemble": (
        lambda: tls.critical_temperature(tls.Superconductor(tls.TLSEnsemble(1.0, GLASS))),
        "`impurities` must be a tuple",
    ),
    "no pairing at all": (
        lambda: tls.critical_temperature(tls.Superconductor(host=tls.NoHost())),
        "`impurities` must be one ensemble or more",
    ),
    "two populations": (
        lambda: tls.order_parameter(tls.TLSEnsemble(1.0, GLASS), 0.5, (DRIVEN, DRIVEN)),
        "`population` must be one for all impurities, or a tuple of 1",
    ),
    "shapes": (
        lambda: tls.order_parameter(tls.TLSEnsemble(np.ones(3), GLASS), np.ones(2)),
        "`arguments` must be arrays of shapes that broadcast",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_one_sentence(case):
    check_one_sentence(*CASES[case])


def test_traced_values_are_flagged_not_raised():
    def solve(sigma):
        splittings = tls.ModifiedWipfNeumaier(0.1, sigma, 0.01)
        return tls.solve_critical_temperature(tls.TLSEnsemble(1.0, splittings))

    transition = jax.vmap(solve)(np.array([0.2, 0.05]))
    assert transition.status.tolist() == [0, int(tls.Status.INVALID)]
    assert np.isnan(transition.temperature[1])


@pytest.mark.parametrize(
    "integer",
    [int, *(pytest.param(t, marks=pytest.mark.slow) for t in (np.int64, jnp.asarray))],
)
def test_integers_are_welcome(integer):
    sample = tls.TLSEnsemble(alpha=integer(1), splittings=tls.Glass(Ec=integer(3)))
    assert jax.grad(tls.critical_temperature)(sample).alpha > 0


ONE = tls.TLSEnsemble(0.3, GLASS)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(lambda T: tls.solve_matsubara(ONE, T).order_parameter, id="solve_matsubara"),
        pytest.param(lambda T: tls.solve_induced(GLASS, T).order_parameter, id="solve_induced"),
        pytest.param(
            lambda T: tls.solve_thermodynamics(ONE, T).entropy,
            id="solve_thermodynamics",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            lambda T: tls.solve_spectrum(ONE, T, panels=16).order_parameter,
            id="solve_spectrum",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            lambda T: tls.solve_spectrum(tls.Superconductor(), 0.5, resolution=T).dos(1.0),
            id="resolution",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            lambda T: tls.tunnelling_conductance(
                tls.solve_spectrum(tls.Superconductor(), T), 1.0, electron_temperature=T
            ),
            id="tunnelling",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_lists_are_arrays(value):
    T = [0.3, 0.6]
    np.testing.assert_array_equal(value(T), value(np.array(T)))


def test_units():
    units = tls.Units.physical(9.25)
    assert units.out("Delta", units.into("Delta", 0.3)) == pytest.approx(0.3)
    assert units.into("T", 2.0) == pytest.approx(convert(2.0, "K", "meV"))
    # 1 K is 20.837 GHz and 86.17 micro-eV; a meV is 8.0655 inverse centimetres.
    assert convert(1.0, "K", "GHz") == pytest.approx(20.8366, abs=1e-4)
    assert convert(1.0, "meV", "cm-1") == pytest.approx(8.06554, abs=1e-5)
    assert convert(1.0, "Ry", "meV") == pytest.approx(13605.69, abs=0.01)
    assert [units.column(n) for n in ("Tc", "Delta", "alpha_2")] == ["Tc_K", "Delta_meV", "alpha_2"]


def test_a_gap_ratio_of_its_own():
    """The clean curve is stretched at every temperature; Tc stays, with impurities too."""
    plain, stretched = (tls.WeakCouplingHost(1.0, ratio) for ratio in (None, 3.9))
    T = np.array([0.01, 0.5, 0.99, 1.01])
    clean = [tls.order_parameter(tls.Superconductor(host=h), T) for h in (plain, stretched)]
    np.testing.assert_allclose(clean[1], clean[0] * 3.9 / WEAK_COUPLING_GAP_RATIO, rtol=1e-9)
    glass = tls.TLSEnsemble(1.0, GLASS)
    Tc = [tls.critical_temperature(tls.Superconductor((glass,), h)) for h in (plain, stretched)]
    assert Tc[0] == Tc[1]


@pytest.mark.slow
def test_a_gap_ratio_stretches_no_splitting():
    """Electrons that excite an impurity do so from ``Delta + E0`` on, whatever stretches Delta."""
    E0, edges = 0.8, []
    for ratio in (WEAK_COUPLING_GAP_RATIO, 4.4):
        impurities = (tls.TLSEnsemble(0.02, tls.DeltaFunction(E0)),)
        sample = tls.Superconductor(impurities, tls.WeakCouplingHost(1.0, ratio))
        spectrum = tls.solve_spectrum(sample, 0.1).check()
        edge = float(spectrum.gap_edge)
        energy = np.linspace(edge + 0.5 * E0, edge + 1.5 * E0, 801)
        rate = np.abs(np.asarray(spectrum.sigma_epsilon(energy).imag))
        onset = energy[np.argmax(rate > 0.3 * rate.max())]
        assert onset - edge == pytest.approx(E0, abs=0.01)
        edges.append(edge)
    assert edges[1] / edges[0] == pytest.approx(4.4 / WEAK_COUPLING_GAP_RATIO, rel=0.02)


@pytest.mark.parametrize("unit", [1e-3, 9.25, 4.5e11])
def test_any_unit_of_energy(unit):
    """The same superconductor in another unit gives the same numbers in that unit."""
    here = tls.Superconductor((tls.TLSEnsemble(1.0, tls.Lorentzian(1.0, 0.1)),))
    host = tls.WeakCouplingHost(unit)
    there = tls.Superconductor((tls.TLSEnsemble(unit, tls.Lorentzian(unit, 0.1 * unit)),), host)
    np.testing.assert_allclose(
        tls.critical_temperature(there), unit * tls.critical_temperature(here), rtol=1e-12
    )
    one, other = tls.solve_matsubara(here, 0.3), tls.solve_matsubara(there, 0.3 * unit)
    for field, rtol in {"order_parameter": 1e-12, "delta_tilde": 1e-12, "error": 1e-6}.items():
        np.testing.assert_allclose(getattr(other, field), unit * getattr(one, field), rtol=rtol)


def test_every_status_says_what_to_do():
    for status in tls.Status:
        assert len(status.help) > 8
