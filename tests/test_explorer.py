"""The explorer without its page: what is asked, who answers it, what is written down."""

import ast
import importlib.util
import shlex
from dataclasses import replace

import jax
import numpy as np
import pytest

import tlsjax as tls
from tlsjax.cli import build_parser, main
from tlsjax.cli.model import Model
from tlsjax.explorer import clean_host, dropped, export, figures, measured, phonons, solve
from tlsjax.explorer.state import NAMES, NONE, RANGES, SPLITTING_RANGES, STRONG, Impurities, State

TWO = State(
    Impurities.of("lorentzian", 0.7, J=1.2), Impurities.of("delta", 0.2, E0=0.5),
    T=0.2, gap_ratio=3.9, magnetic=0.05, dynes=0.02, Tc0=9.25,
)  # fmt: skip

# A host of some phonons about 10 meV, its energies in THz.
TABLE = "energy,alpha2F\n" + "".join(
    f"{E:.3f},{0.9 * np.exp(-((E - 2.4) ** 2)):.4f}\n" for E in np.linspace(0.25, 5.0, 12)
)
PHONONS = phonons.read(TABLE, "some host.csv", "THz")
# With a Tc0 that is not solved for.
HOSTED = State(
    Impurities.of("lorentzian", 0.7, J=1.2), T=0.2, dynes=0.02, pairing=STRONG, phonons=PHONONS,
    mu_star=0.12, Tc0=8.0,
)  # fmt: skip
HOSTLESS = State(Impurities.of("glass", 2.0), T=0.2, magnetic=0.01, pairing=NONE, Tc0=2.0)


def test_every_slider_starts_within_its_range():
    for kind, names in NAMES.items():
        State(Impurities.of(kind), Impurities.of(kind)).check()
        assert set(names) <= set(SPLITTING_RANGES)
    for name, bounds in (RANGES | SPLITTING_RANGES).items():
        assert bounds.low <= bounds.start <= bounds.high, name
        State(Impurities.of("glass"), **({name: bounds.high} if name in RANGES else {})).check()


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State(T=0.0), "`T` must be between 0.05 and 1.6, but is 0.0"),
        (State(T=float("nan")), "`T` must be between"),
        (State(Impurities.of("glass", -0.1)), "`alpha` must be between 0 and 3"),
        (State(Impurities.of("glass", Ec=11.0)), "`Ec` must be between 0.1 and 10"),
        (State(Impurities.of("modified-wipf-neumaier", J=1.0, sigma=0.5)), "sigma"),
    ],
)
def test_bad_numbers_are_one_sentence(state, words):
    with pytest.raises(ValueError, match=words) as error:
        state.check()
    assert str(error.value).count("\n") == 0


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match="`kind` must be one of delta, glass"):
        Impurities.of("__import__")
    with pytest.raises(ValueError, match=r"numbers of glass.*J"):
        Impurities.of("glass", J=1.0)


def test_numbers_keep_the_structure_and_the_clean_state():
    """Sliders compile nothing, and leave the clean curve alone."""
    moved = State(Impurities.of("glass", 1.3, Ec=2.0), T_tls=2.5, dynes=0.1, resistivity=3.0)
    assert moved.structure == State().structure != TWO.structure
    assert moved.clean() == State().clean()
    assert hash(moved.clean()) == hash(State().clean())
    dynes = [s.superconductor().simplified().scattering.dynes for s in (State(), moved)]
    assert None not in dynes


def test_units_are_those_of_the_package():
    units = tls.Units.physical(TWO.Tc0)
    for name in ("T", "energy"):
        own = TWO.units.into(name, 2.0) * tls.units.convert(TWO.Tc0, "K", "meV")
        assert own == pytest.approx(units.into(name, 2.0), rel=1e-12)
    assert TWO.omega == pytest.approx(tls.units.convert(1.3, "GHz", "K") / 9.25, rel=1e-12)
    weak = State().host()
    assert weak.gap_at_zero() == tls.WeakCouplingHost().gap_at_zero()
    assert TWO.host().gap_ratio == 3.9


def test_normal_metal_has_its_own_resistance():
    """sigma = sigma_n is Z = (1 - i) R_n, and R_n the textbook's (omega mu_0 rho/2)^(1/2)."""
    # 1.3 GHz and 10 micro-ohm cm: a skin depth of 4.41 micrometres.
    depth = np.sqrt(2 * 1e-7 / (2 * np.pi * 1.3e9 * 4e-7 * np.pi))
    assert solve.normal_resistance(State()) == pytest.approx(1e-7 / depth, rel=1e-6)


def test_splittings_are_the_densities():
    (_, E, p), (_, place, _) = solve.splittings(TWO)
    np.testing.assert_allclose(p, tls.Lorentzian(1.2, 0.1).pdf(E))
    assert list(place) == [0.5, 0.5]


@pytest.mark.parametrize("state", [State(), TWO, HOSTED, HOSTLESS])
def test_commands_say_the_same(state, tmp_path, monkeypatch):
    """Each line is parsed by the command itself, down to the superconductor."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / PHONONS.name).write_text(TABLE)
    lines = export.commands(state).splitlines()
    assert [shlex.split(line)[1] for line in lines] == ["tc", "gap", "dos", "dos", "conductivity"]
    # Without a weak host commands are in meV and K.
    unit = 1.0 if state.pairing == "weak" else tls.units.convert(state.Tc0, "K", "meV")
    wanted = state.superconductor()
    for line in lines:
        args = build_parser().parse_args(shlex.split(line)[1:])
        asked = Model(args)
        made = asked.superconductor([column[0] for column in asked.couplings])
        for one, other in zip(made.impurities, wanted.impurities, strict=True):
            numbers = jax.tree.leaves(other)
            np.testing.assert_allclose(jax.tree.leaves(one), np.multiply(numbers, unit), rtol=1e-9)
            assert type(one.splittings) is type(other.splittings)
        assert made.scattering.magnetic == pytest.approx(state.magnetic * unit, rel=1e-9)
        assert made.scattering.dynes == pytest.approx(state.dynes * unit, rel=1e-9)
        assert type(made.host) is type(wanted.host)
        if state.pairing == STRONG:
            np.testing.assert_allclose(made.host.energy, np.multiply(wanted.host.energy, unit))
            np.testing.assert_allclose(made.host.alpha2F, wanted.host.alpha2F)
            assert made.host.mu_star == wanted.host.mu_star
        elif state.pairing == "weak" and args.command != "tc":
            assert made.host.gap_at_zero() == pytest.approx(wanted.host.gap_at_zero(), rel=1e-12)
        if "temperature" in args and args.temperature is not None:
            kelvin = 1.0 if state.pairing == "weak" else state.Tc0
            assert np.ravel(args.temperature)[0] == pytest.approx(state.T * kelvin, rel=1e-9)


def test_python_says_the_same():
    """The part before the first solve is run."""
    text = export.python(TWO)
    ast.parse(text)
    names = {}
    exec(text.partition("transition =")[0], names)
    assert repr(names["superconductor"].impurities) == repr(TWO.superconductor().impurities)
    assert names["superconductor"].host == tls.WeakCouplingHost(1.0, 3.9)
    assert (names["T"], names["T_tls"]) == (TWO.T, TWO.T_tls)
    assert names["superconductor"].scattering == tls.Scattering(magnetic=0.05, dynes=0.02)


def test_python_of_other_hosts_says_the_same(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / PHONONS.name).write_text(TABLE)
    unit = tls.units.convert(HOSTED.Tc0, "K", "meV")
    monkeypatch.setattr(tls, "critical_temperature", lambda superconductor: unit)
    for state in (HOSTED, HOSTLESS):
        names = {}
        exec(export.python(state).partition("transition =")[0], names)
        found, wanted = names["superconductor"], state.superconductor()
        assert repr(found.impurities) == repr(wanted.impurities)
        for one, other in zip(*map(jax.tree.leaves, (found.host, wanted.host)), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-12)
    assert "panels=80" in export.python(HOSTED)


def test_strong_host_is_the_unit():
    """Tc of the page times its unit is Tc of the same in meV."""
    state = clean_host.in_own_unit(HOSTED)
    assert clean_host.in_own_unit(TWO) is TWO
    unit = tls.units.convert(state.Tc0, "K", "meV")
    in_meV = state.of_unit(tls.units.convert(1.0, "meV", "K")).superconductor()
    (one,) = in_meV.impurities
    splittings = tls.Lorentzian(unit * one.splittings.J, unit * one.splittings.sigma)
    scattering = tls.Scattering(0.0, 0.0, unit * in_meV.scattering.dynes)
    ensemble = tls.TLSEnsemble(unit * one.alpha, splittings)
    in_meV = tls.Superconductor((ensemble,), in_meV.host, scattering)
    Tc = float(tls.solve_critical_temperature(in_meV).temperature)
    own = tls.solve_critical_temperature(state.superconductor())
    assert float(own.temperature) == pytest.approx(Tc / unit, rel=1e-8)
    clean = tls.solve_critical_temperature(state.clean().superconductor())
    assert float(clean.temperature) == pytest.approx(1.0, rel=1e-9)
    assert 1 < Tc / unit < 2
    # Nothing would have a unit.
    weak = PHONONS._replace(alpha2F=tuple(0.2 * value for value in PHONONS.alpha2F))
    with pytest.raises(ValueError, match=r"`mu_star` must be so small that.*some host.csv"):
        clean_host.in_own_unit(replace(HOSTED, phonons=weak, mu_star=0.4))


def test_tables_of_phonons_are_read_and_thinned():
    host = PHONONS.host(0.1)
    THz = tls.units.convert(1.0, "THz", "meV")
    np.testing.assert_allclose(PHONONS.energy, np.linspace(0.25, 5.0, 12).round(3) * THz)
    assert PHONONS.coupling == pytest.approx(float(host.coupling), rel=1e-9)
    # More points than there are leave the function as it is.
    more, fewer = PHONONS.of_size(40), PHONONS.of_size(8)
    assert len(more.energy) == 40
    np.testing.assert_allclose(np.interp(more.energy, *PHONONS[2:4]), more.alpha2F, rtol=1e-12)
    assert len(fewer.energy) == 8
    assert more.coupling == pytest.approx(PHONONS.coupling, rel=1e-12)
    assert fewer.coupling == pytest.approx(PHONONS.coupling, rel=1e-12)
    # omega_log is kept, too: the host's Tc is nearly the same.
    whole, few = (
        float(tls.critical_temperature(tls.Superconductor(host=one.host(0.1))))
        for one in (PHONONS, fewer)
    )
    assert few == pytest.approx(whole, rel=1e-3)
    assert clean_host.thinned(HOSTED).structure == (
        "lorentzian", None, None, f"a host with {clean_host.THIN} phonons"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"x" * (dropped.LARGEST + 1), "must be 2 MB or smaller.*a2F.csv"),
        ("\n".join(f"{k},0.1" for k in range(1, 3000)), "2000 energies or fewer.*2999"),
        ("words", "a2F.csv"),
        ("1,0.1\n2,-0.5\n3,0.2\n", "`alpha2F` must be zero or more"),
        ("1,0.1\n3,0.5\n2,0.2\n", "ascending energies.*a2F.csv"),
        ("1,0\n2,0\n", "positive somewhere"),
    ],
)
def test_bad_tables_of_phonons_are_one_sentence(content, words):
    with pytest.raises(ValueError, match=words) as error:
        phonons.read(content, "../a2F.csv", "meV")
    assert "\n" not in str(error.value)
    assert "/" not in str(error.value)


def test_a_host_needs_its_table():
    with pytest.raises(ValueError, match="`host` must be a file"):
        State(pairing=STRONG).check()
    with pytest.raises(ValueError, match="`pairing` must be one of"):
        State(pairing="two").check()


def test_table_has_every_point():
    shown = {
        ("Delta", "clean"): (np.array([0.1, 0.2]), np.array([1.7, 1.6]), None),
        ("dos", "equilibrium"): (np.array([1.0]), np.array([2.0]), np.array([1e-4])),
    }
    head, names, *rows = export.table(TWO, shown).splitlines()
    assert head.startswith("# tlsjax explore, lorentzian:J=1.2,sigma=0.1 alpha 0.7 and delta")
    assert names == ",".join(export.COLUMNS)
    assert rows[0] == "Delta,clean,0.1,1.7,nan"
    assert rows[2] == "dos,equilibrium,1,2,0.0001"
    assert export.table(TWO, {}).splitlines()[1:] == [names]


def test_measured_files_are_read_as_fits_read_them():
    points = measured.read(
        b"T_mK,Delta_ueV,err\n1000,1400,10\n2000,1390,10\n", "nb.csv", "gap", 1.3
    )
    np.testing.assert_allclose(points.x, [1.0, 2.0])
    np.testing.assert_allclose(points.y, [1.4, 1.39])
    x, y, error = measured.in_units(points, State(Tc0=9.25))
    np.testing.assert_allclose(x, np.array([1, 2]) / 9.25)
    np.testing.assert_allclose(y, np.array([1.4, 1.39]) / tls.units.convert(9.25, "K", "meV"))
    np.testing.assert_allclose(error / y, 0.01 / np.array([1.4, 1.39]))
    assert any("Delta_ueV" in sentence for sentence in points.said)


def test_conductances_are_divided_by_their_ends():
    bias = np.linspace(-5, 5, 41)
    rows = "".join(f"{v},{3 + (abs(v) < 1)}\n" for v in bias)
    points = measured.read(f"bias_mV,dIdV\n{rows}", "sweep.csv", "didv", 1.3)
    x, y, _ = measured.in_units(points, State())
    assert x.min() == 0
    assert y[-1] == 1
    np.testing.assert_allclose(y.max(), 4 / 3)


@pytest.mark.parametrize(
    ("content", "name", "kind", "words"),
    [
        (b"x" * (dropped.LARGEST + 1), "large.csv", "gap", "must be 2 MB or smaller.*large.csv"),
        (b"nothing here", "words.txt", "gap", "words.txt, which has none"),
        (b"\x80\x04\x95pickle", "data.pkl", "gap", "data.pkl"),
        (b"a,b\n1,2\n", "../../etc/passwd", "gap", "columns"),
        (b"T,Delta\n1,2\n", "x.csv", "shell", "`kind` must be one of"),
    ],
)
def test_bad_files_are_one_sentence(content, name, kind, words):
    with pytest.raises(ValueError, match=words) as error:
        measured.read(content, name, kind, 1.3)
    assert "\n" not in str(error.value)
    # Nor where it lay for a moment.
    assert "/tmp" not in str(error.value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--port", "70000"], "Argument `port` must be a whole number from 0 to 65535"),
        (["--port", "80.5"], "Argument `port` must be a whole number from 0 to 65535"),
        (["--port", "eighty"], "must be a finite number"),
    ],
)
def test_bad_options_are_one_sentence(options, words, capsys):
    try:
        code = main(["explore", *options])
    except SystemExit as stop:
        code = stop.code
    assert code == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1


def test_without_panel_a_sentence_says_what_to_install(monkeypatch, capsys):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        "importlib.util.find_spec",
        lambda name, *rest: (name != "panel" and find(name, *rest)) or None,
    )
    assert main(["explore", "--no-browser"]) == 2
    assert 'pip install "tlsjax[explore]"' in capsys.readouterr().err


@pytest.mark.parametrize("edge", [4.6, 3.5, 1.0, np.nan])
def test_frequencies_are_as_many_for_every_spectrum(edge):
    """Another number of them would be another program."""
    omega = solve._frequencies(edge)
    assert omega.size == 39
    assert (np.diff(omega) > 0).all()
    assert (omega[0], omega[-1]) == pytest.approx((0.05, 6.0))
    assert (edge in omega) == (edge > 1.05)


def test_resistance_that_is_not_known(monkeypatch):
    """A point of R_s(T) whose error is as large as itself, or that is refused, is left out."""
    found = solve.Response(*[None] * 6, R_s=2.0, R_s_error=0.1, status=0)
    monkeypatch.setattr(solve, "spectrum", lambda *arguments: None)
    for error, expected in ((0.1, 2.0), (1.5, np.nan), (np.nan, np.nan)):
        monkeypatch.setattr(solve, "response", lambda *_, e=error: found._replace(R_s_error=e))
        np.testing.assert_equal(solve.resistance(State(), 0.3, 1.5), expected)

    def refused(*_):
        raise ValueError("seen through a resolution")

    monkeypatch.setattr(solve, "response", refused)
    assert np.isnan(solve.resistance(State(), 0.3, 1.5))


def test_constants_are_drawn_as_constants():
    """Rounding is no structure; what is there is kept to six digits."""
    picture = figures.all_pictures()["dos"]
    picture.show("equilibrium", [0.0, 1.0, 2.0, 3.0], [1 + 2e-16, 1 - 1e-9, 0.0, 1.234567e-7])
    drawn = picture.curves()["equilibrium"][1]
    np.testing.assert_array_equal(drawn[:3], [1.0, 1.0, 0.0])
    np.testing.assert_allclose(drawn[3], 1.234567e-7, rtol=1e-6)
