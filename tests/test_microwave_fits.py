"""Fits of resonators, cavities and surface resistances, through Tc."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from mattis_bardeen_oracle import conductivity
from scipy import special

import tlsjax as tls
from tlsjax.cli import main
from tlsjax.matsubara.pair_breaking import PairBreaking
from tlsjax.microwave.static import StaticFields, static_conductivity
from tlsjax.real_axis.static import static_order_parameter

K = tls.units.convert(1.0, "K", "meV")
# An aluminium film, h f in meV.
TC, RATIO, PHOTON = 1.2, 3.4, tls.units.convert(5.0, "GHz", "meV")
T = np.array([0.05, 0.15, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.15, 1.18, 1.19,
              1.197, 1.21, 1.3, 1.4])  # fmt: skip


@jax.jit
def static(omega, T, delta, dynes, elastic):
    unit = jnp.pi * T
    fields = StaticFields(delta / unit, PairBreaking(dynes / unit, None), omega / unit)
    return static_conductivity(fields, unit / (unit + 2 * elastic))


@jax.jit
@jax.vmap
def gap_of(T):
    host = tls.WeakCouplingHost(TC * K, RATIO)
    return static_order_parameter(tls.Superconductor(host=host), T * K)[0]


@pytest.fixture(scope="module")
def sigma():
    """Of the film at T, and far below: by the plain integrals."""
    temperatures = np.append(T, 0.02 * TC)
    delta = np.asarray(gap_of(temperatures))
    pairs = zip(temperatures * K, delta, strict=True)
    found = np.array([conductivity(PHOTON, kT, gap) for kT, gap in pairs])
    return found[:-1], found[-1]


def surface(sigma, exponent=0.5):
    """Impedance R - iX of ``sigma/sigma_n``, the normal metal's resistance being one."""
    size = np.sin(np.pi / 2 * exponent)
    return np.exp(-0.5j * np.pi * (1 - exponent)) * sigma**-exponent / size


def test_against_plain_integrals(rng):
    """Any width, any mean free path, near Tc and far from it; small losses to their own digits."""
    for clean in (True, False):
        for rate in (None, "any"):
            delta, T, omega = 10 ** rng.uniform((-2.0, -1.5, -3.0), (0.0, -0.3, 0.5))
            dynes = 0.0 if clean else delta * 10 ** rng.uniform(-6, -1)
            elastic = None if rate is None else 10 ** rng.uniform(-2, 2)
            exact = conductivity(omega, T, delta, dynes, elastic)
            found = static(omega, T, delta, dynes, np.inf if rate is None else elastic)
            np.testing.assert_allclose(found.real, exact.real, rtol=3e-6)
            np.testing.assert_allclose(found.imag, exact.imag, rtol=3e-6)


def abrikosov_gorkov(energy, delta, magnetic):
    """The propagator at a positive energy, followed down from far above the real axis."""
    found = 1.0 + 0j
    for height in np.geomspace(10, 1e-9, 300):
        for _ in range(20):
            epsilon = height - 1j * energy + 2 * magnetic * found
            root = np.sqrt(epsilon**2 + delta**2)
            slope = root + 2 * magnetic * (found * epsilon / root - 1)
            found -= (found * root - epsilon) / slope
    return found


def test_magnetic_scattering():
    """Inside the gap and beyond it, and none of it as if there were none."""
    rate, edge = 0.1, (1 - 0.2 ** (2 / 3)) ** 1.5
    fields = StaticFields(jnp.asarray(1.0), PairBreaking(jnp.zeros(()), jnp.asarray(rate)), 0.1)
    assert float(fields.edge) == pytest.approx(edge, rel=1e-12)
    energy = np.array([0.01, 0.3, 0.5, 0.57, 0.6, 0.65, 0.8, 1.0, 1.5, 4.0])
    exact = np.array([abrikosov_gorkov(e, 1.0, rate) for e in energy])
    found = fields.at(energy, energy - edge).N
    np.testing.assert_allclose(found.real + 1j * found.imag, exact, atol=2e-6)

    @jax.jit
    def of(magnetic):
        fields = StaticFields(jnp.asarray(2.0), PairBreaking(jnp.zeros(()), magnetic), 0.3)
        return static_conductivity(fields, 0.0)

    clean = conductivity(0.3, 1 / np.pi, 2.0)
    np.testing.assert_allclose(complex(of(1e-12)), clean, rtol=1e-5)


def test_through_the_transition():
    """Steep, and smooth: a conductivity in proportion to Tc - T, with its slope; then one."""
    below = TC * (1 - 10.0 ** -np.arange(2.0, 7))

    def of(T):
        return jax.vmap(lambda T: static(PHOTON, K * T, gap_of(T[None])[0], 0.0, jnp.inf))(T)

    found, slope = jax.jvp(of, (below,), (np.ones_like(below),))
    assert np.isfinite(slope).all()
    steep = found.imag / (TC - below)
    np.testing.assert_allclose(steep[2:], steep[-1], rtol=0.01)
    np.testing.assert_allclose(slope.imag[2:], -steep[2:], rtol=0.02)
    np.testing.assert_allclose(of(TC * np.array([1.0 + 1e-9, 1.1])), 1.0, atol=1e-12)


def noisy(rng, f0, Q, noise=1e-3):
    f_error, Q_error = noise * np.ptp(f0), noise * Q
    return f0 + f_error * rng.normal(size=f0.size), Q + Q_error * rng.normal(size=Q.size), (
        np.full(f0.size, f_error), Q_error,
    )  # fmt: skip


def near(result, **values):
    for name, value in values.items():
        p = result.parameters[name]
        assert abs(p.value - value) < 4 * p.error, (name, p, value)


def film(sigma, share=0.02, residual=1e-6, F=2e-6):
    """``(f0, Q)`` of a resonator, and its dielectric."""
    (found, cold), photon = sigma, PHOTON / (K * T)
    Z, X = surface(found), -surface(cold).imag
    stiff = 1 + share * (-Z.imag / X - 1)
    loss = share * Z.real / X / stiff + residual + F * np.tanh(photon / 2)
    y = photon / (2 * np.pi)
    tls_shift = F / np.pi * (special.digamma(0.5 - 1j * y).real - np.log(y))
    return 5e9 * (stiff**-0.5 + tls_shift), 1 / loss


def test_resonator(rng, sigma):
    f0, Q, errors = noisy(rng, *film(sigma))
    data = tls.ResonatorData(T, f0, Q, *errors)
    assert data.guess().through
    clean = tls.Superconductor()
    found = tls.fit(data, clean, free=("F_tan_delta",), starts=1)
    assert found.finished
    assert found.acceptable
    near(found, Tc0=TC, gap_ratio=RATIO, kinetic_fraction=0.02, residual_loss=1e-6)
    near(found, F_tan_delta=2e-6)
    assert found.parameters["Tc0"].error < 1e-3
    assert found.parameters["gap_ratio"].error < 0.02
    Tc, ratio = found.derived["Tc"], found.derived["2Delta(0)/k_B Tc"]
    assert (Tc.value, Tc.error) == pytest.approx((found["Tc0"], found.parameters["Tc0"].error))
    assert ratio.value == pytest.approx(found["gap_ratio"], rel=1e-6)
    assert ratio.error == pytest.approx(found.parameters["gap_ratio"].error, rel=1e-4)


@pytest.mark.slow
def test_one_of_the_two(rng, sigma):
    """Errors that nobody knows are those of the scatter."""
    f0, Q, _ = noisy(rng, *film(sigma, F=0.0))
    for given in ({"f0": f0}, {"Qi": Q, "frequency": 5.0}):
        alone = tls.fit(tls.ResonatorData(T, **given), tls.Superconductor(), starts=1)
        assert alone.acceptable is None
        near(alone, Tc0=TC, gap_ratio=RATIO)


@pytest.mark.slow
def test_films_of_their_own_have_transitions_of_their_own(rng, sigma):
    """Only the first's Tc was there, as if it were that of all."""
    f0, Q, errors = noisy(rng, *film(sigma, F=0.0))
    data = []
    for label, scale in (("thin", 1.0), ("thick", 1.05)):
        data.append(tls.ResonatorData(scale * T, f0, Q, *errors, label=label))
    found = tls.fit(data, tls.Superconductor(), separate=("Tc0",), share=("gap_ratio",), starts=1)
    assert "Tc" not in found.derived
    for label in ("thin", "thick"):
        Tc, Tc0 = found.derived[f"Tc@{label}"], found.parameters[f"Tc0@{label}"]
        assert (Tc.value, Tc.error) == pytest.approx((Tc0.value, Tc0.error), rel=1e-6)
        gap, ratio = found.derived[f"Delta(0)@{label}"], found["gap_ratio"]
        assert gap.value == pytest.approx(ratio / 2 * K * Tc0.value, rel=1e-4)
    assert found["Tc0@thick"] == pytest.approx(1.05 * TC, rel=0.01)
    assert "Tc" in tls.fit(data[0], tls.Superconductor(), starts=1).derived


@pytest.mark.slow
def test_with_other_measurements(rng, sigma):
    """One superconductor for a resonator below Tc, its Tc, its gap and a junction."""
    f0, Q, errors = noisy(rng, *film(sigma, F=0.0))
    cold = T < 0.7
    resonator = tls.ResonatorData(T[cold], f0[cold], Q[cold], *(e[cold] for e in errors))
    host = tls.Superconductor(host=tls.WeakCouplingHost(TC * K, RATIO))
    bias = np.linspace(-0.6, 0.6, 41)
    dIdV = np.asarray(tls.tunnelling_conductance(tls.solve_spectrum(host, 0.4 * K), bias, 0.4 * K))
    others = [
        tls.TcData([1.0], [TC], error=0.002),
        tls.GapData([0.3, 0.9], np.asarray(gap_of(np.array([0.3, 0.9]))), error=5e-4),
        tls.TunnellingData(bias, dIdV + 0.01 * rng.normal(size=bias.size), T=0.4, error=0.01),
    ]
    found = tls.fit([resonator, *others], tls.Superconductor(), free=("gap_ratio",), starts=1)
    assert found.finished
    assert found.acceptable
    near(found, Tc0=TC, gap_ratio=RATIO, kinetic_fraction=0.02, G_N=1.0)
    alone = tls.fit(resonator, tls.Superconductor(), starts=1)
    assert found.parameters["kinetic_fraction"].error < alone.parameters["kinetic_fraction"].error
    draws = tls.bootstrap(alone, count=8)
    assert draws.predictions[0].shape == (8, resonator.y.size)
    assert len(draws.plot_predictive().axes) == 4


# Minutes, nearly all of it compiling: spectra with a mesh.
@pytest.mark.timeout(900)
@pytest.mark.slow
def test_impurities_in_the_metal(rng, sigma):
    """What a clean film with a dielectric makes is no evidence of TLS in the metal, though a fit
    with them is as good."""
    chosen = np.array([1, 4, 7, 10, 13, 18])
    f0, Q, errors = noisy(rng, *film(sigma))
    data = tls.ResonatorData(T[chosen], f0[chosen], Q[chosen], *(e[chosen] for e in errors))
    choices = {"free": ("F_tan_delta",), "fixed": {"Ec": 1.0}, "starts": 1}
    result = tls.fit(data, tls.Glass(1.0), **choices, rivals=("none",))
    alpha = result.parameters["alpha"]
    assert alpha.at_bound or alpha.value < 4 * alpha.error
    assert result.finished
    assert result.claimed is False
    assert "do not need two-level systems" in result.rivals.verdict_on_tls


def test_cavity(rng, sigma):
    """Pressure is a nuisance, and a geometry factor makes the normal metal's resistance ohms."""
    (found, cold), G, R_n = sigma, 200.0, 0.004
    Z, X = R_n * surface(found), -R_n * surface(cold).imag
    pressure = 1000 + 5 * np.sin(7 * T)
    f0 = 5e9 * (1 - (-Z.imag - X) / (2 * G)) - 750 * (pressure - 1000)
    f0, Q, errors = noisy(rng, f0, G / (Z.real + 1e-5))
    data = tls.ResonatorData(T, f0, Q, *errors, geometry_factor=G, pressure=pressure)
    result = tls.fit(data, tls.Superconductor(), starts=1)
    assert result.finished
    assert result.acceptable
    near(result, Tc0=TC, gap_ratio=RATIO, R_n=R_n, R_residual=1e-5, pressure_slope=-750)


def test_surface_resistance(rng, sigma):
    # What is left is less than a millionth of the normal metal's, and no less certain for that.
    exact = 4000.0 * surface(sigma[0], 1 / 3).real + 4e-4
    error = 0.01 * exact
    data = tls.SurfaceResistanceData(
        T, exact + error * rng.normal(size=T.size), 5.0, error, film="anomalous"
    )
    result = tls.fit(data, tls.Superconductor(), starts=1)
    assert result.finished
    assert result.acceptable
    near(result, Tc0=TC, gap_ratio=RATIO, R_n=4000.0, R_residual=4e-4)
    assert not result.parameters["R_residual"].at_bound


REFUSED = [
    ({"Qi": [-1e6, 1e6]}, "`Qi` must be finite and positive"),
    ({"Qi": [0.5, 0.2]}, "is it 1/Qi, or in dB"),
    ({"f0": [5.0, 5.0]}, "is it in GHz"),
    ({"frequency": 5e9, "Qi": [1e5, 1e4]}, r"in GHz.*is it in Hz"),
    ({"Qi": [1e5, 1e4]}, "`frequency` must be given in GHz"),
    ({}, "`f0` must be given where Qi is not"),
    ({"T": [100.0, 1200.0], "f0": [5e9, 5e9]}, "is it in mK"),
    ({"f0": [5e9, 5e9], "Qi": [1e5, 1e4], "f0_error": 10.0}, "`Qi_error` must be given"),
    ({"f0": [5e9, 5e9], "T_error": 0.01}, "`T_error` must be given with the errors"),
    ({"f0": [5e9, 5e9], "film": "wide"}, "one of thick, thin, anomalous"),
    ({"f0": [5e9, 5e9], "geometry_factor": -1.0}, "`geometry_factor` must be"),
    ({"f0": [5e9, 5e9], "pressure": [1.0]}, "`pressure` must be as long as T"),
]


@pytest.mark.parametrize(("arguments", "sentence"), REFUSED)
def test_refused(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        tls.ResonatorData(**{"T": [0.1, 0.2]} | arguments)


def test_refused_surface_resistance():
    with pytest.raises(ValueError, match="is it in Hz"):
        tls.SurfaceResistanceData([1.0], [1.0], frequency=1.3e9)
    with pytest.raises(ValueError, match="`R_s` must be finite and positive"):
        tls.SurfaceResistanceData([1.0], [-1.0], frequency=1.3)


def test_thermometer():
    """An error of the thermometer is one of the data where they are steep."""
    Q = np.array([1e6, 1e6, 1e5, 1e4])
    data = tls.ResonatorData([0.1, 0.2, 0.3, 0.4], Qi=Q, Qi_error=10.0, frequency=5.0, T_error=0.01)
    np.testing.assert_allclose(data.error, np.hypot(10.0, 0.01 * np.array([0, 9e6, 9e6, 9e5])))


def test_command_line(rng, sigma, tmp_path, capsys):
    f0, Q, (f_error, Q_error) = noisy(rng, *film(sigma))
    path = tmp_path / "film.csv"
    rows = zip(T, f0, f_error, Q, Q_error, strict=True)
    text = "".join(",".join(f"{v:.12g}" for v in row) + "\n" for row in rows)
    path.write_text("T_K,f0_Hz,f0_err_Hz,Qi,Qi_err\n" + text)
    out = tmp_path / "out"
    assert main(["fit", str(path), "--kind", "resonator", "--free", "F_tan_delta", "--starts", "1",
                 "--json", "--out", str(out)]) == 0  # fmt: skip
    record = json.loads(capsys.readouterr().out)
    assert record["parameters"]["Tc0"]["value"] == pytest.approx(TC, abs=2e-3)
    assert record["acceptable"]
    assert record["guessed"][0].startswith("took the columns T_K, f0_Hz")
    table = (out / "fit.csv").read_text().splitlines()
    assert table[1] == "x,measured,model,residual_over_error,quantity"
    assert {line.rpartition(",")[2] for line in table[2:]} == {"f0", "Qi"}
    assert (out / "fit.png").stat().st_size
    assert (out / "fit.pdf").stat().st_size
