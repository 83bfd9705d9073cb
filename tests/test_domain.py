"""Bad input: one sentence that names the argument, the rule and the value."""

import jax
import numpy as np
import pytest

import tlsjax as tls
from tlsjax.core.units import Scale

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
    "several alphas": (
        lambda: tc(np.array([0.5])),
        "`alpha` must be a single number .*vmap.* shape .1,.",
    ),
    "several E0": (
        lambda: tc(splittings=tls.DeltaFunction([2.0, 3.0])),
        "`E0` must be a single number",
    ),
    "several T": (lambda: gap(np.array([0.1, 0.2])), "`T` must be a single number"),
    "printed form": (
        lambda: tc(splittings=tls.Lorentzian(1.0, 0.1, normalized="no")),
        "`normalized` must be True or False",
    ),
    "population name": (
        lambda: tls.solve_critical_temperature(tls.TLSEnsemble(1.0, GLASS), population="thermal"),
        "`population` must be Thermal",
    ),
    "driven Tc": (
        lambda: tls.solve_critical_temperature(tls.TLSEnsemble(1.0, GLASS), population=DRIVEN),
        "`population` must be Thermal",
    ),
    "no ensemble": (lambda: tls.order_parameter(GLASS, 0.5), "`ensemble` must be a"),
    "driven TLS": (
        lambda: tls.solve_matsubara(tls.TLSEnsemble(1.0, GLASS), 0.5, population=DRIVEN),
        "`population` must be Thermal",
    ),
    "induced T": (lambda: tls.solve_induced(GLASS, 0.0), "`T` must"),
    "weak coupling": (lambda: tls.weak_coupling_critical_temperature(-1.0), "`E` must"),
    "Tc0": (lambda: Scale(-9.2), "`tc0_kelvin` .* -9.2."),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_one_sentence(case):
    call, pattern = CASES[case]
    with pytest.raises(ValueError, match=pattern) as info:
        call()
    message = str(info.value)
    assert message.startswith("Argument `")
    assert message.endswith(".")
    assert "\n" not in message


def test_traced_values_are_flagged_not_raised():
    def solve(sigma):
        splittings = tls.ModifiedWipfNeumaier(0.1, sigma, 0.01)
        return tls.solve_critical_temperature(tls.TLSEnsemble(1.0, splittings))

    transition = jax.vmap(solve)(np.array([0.2, 0.05]))
    assert transition.status.tolist() == [0, int(tls.Status.INVALID)]
    assert np.isnan(transition.temperature[1])


@pytest.mark.parametrize("integer", [int, np.int64, jax.numpy.asarray])
def test_integers_are_welcome(integer):
    sample = tls.TLSEnsemble(alpha=integer(1), splittings=tls.Glass(Ec=integer(3)))
    assert jax.grad(tls.critical_temperature)(sample).alpha > 0


def test_units():
    niobium = Scale(9.25, gap_ratio=3.9)
    assert niobium.from_kelvin(niobium.to_kelvin(0.3)) == pytest.approx(0.3)
    assert niobium.from_mev(niobium.to_mev(0.3)) == pytest.approx(0.3)
    # 1 K is 20.837 GHz and 86.17 micro-eV.
    assert Scale(1.0).to_ghz(1.0) == pytest.approx(20.8366, abs=1e-4)
    clean = tls.order_parameter(tls.TLSEnsemble(0.0, GLASS), 0.01)
    assert 2 * niobium.gap_to_mev(clean) / niobium.to_mev(1.0) == pytest.approx(3.9, rel=1e-8)


def test_every_status_says_what_to_do():
    for status in tls.Status:
        assert len(status.help) > 8
