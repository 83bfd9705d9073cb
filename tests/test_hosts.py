"""Tables of alpha^2F as people have them, wrong input of hosts, hosts on the command line."""

import csv
import json

import numpy as np
import pytest
from refusals import check_one_sentence
from test_cli import run

import tlsjax as tls

E = np.linspace(0.1, 10.0, 100)
LEAD = 0.9 * np.exp(-(((E - 4.4) / 0.8) ** 2)) + 1.0 * np.exp(-(((E - 8.4) / 0.5) ** 2))
GLASS = tls.TLSEnsemble(1.0, tls.Glass(3.0))


def tc(*arguments, **others):
    return tls.critical_temperature(
        tls.Superconductor(host=tls.StrongCouplingHost(*arguments, **others))
    )


CASES = {
    "negative alpha2F": (lambda: tc(E, -LEAD, 0.1), "`alpha2F` must be .*zero or more.* -"),
    "no phonons": (lambda: tc(E, 0 * LEAD, 0.1), "`alpha2F` must be .*positive somewhere"),
    "unsorted": (lambda: tc(E[::-1], LEAD[::-1], 0.1), "`energy` must be .*ascending"),
    "energy zero": (lambda: tc(E - 0.1, LEAD, 0.1), "`energy` must be .*positive"),
    "swapped": (lambda: tc(np.sin(E), E, 0.1), "`energy` .*swapped columns"),
    "ragged": (lambda: tc(E, LEAD[1:], 0.1), "`alpha2F` must be of the same shape"),
    "mu* of 1": (lambda: tc(E, LEAD, 1.0), "`mu_star` must be from 0 to below 1, but is 1.0."),
    "negative mu*": (lambda: tc(E, LEAD, -0.1), "`mu_star` .* -0.1."),
    "cutoff": (
        lambda: tc(E, LEAD, 0.1, cutoff=9.0),
        "`cutoff` must be not below the last phonon, but is 9.0 with energy.-1. = 10.0.",
    ),
    "populations": (
        lambda: tls.order_parameter(
            tls.Superconductor((GLASS, GLASS)), 0.5, (tls.Thermal(), tls.Thermal(), tls.Thermal())
        ),
        "`population` must be one for all impurities, or a tuple of 2.* a tuple of 3.",
    ),
    "one population wrong": (
        lambda: tls.order_parameter(tls.Superconductor((GLASS, GLASS)), 0.5, (None, "hot")),
        r"`population\[1\]` must be such as",
    ),
    "second ensemble": (
        lambda: tls.critical_temperature(tls.Superconductor((GLASS, 3))),
        r"`impurities\[1\]` must be a tlsjax.TLSEnsemble, but is 3.",
    ),
    "host by name": (
        lambda: tls.critical_temperature(tls.Superconductor(host="Nb")),
        "`host` must be a host such as .* 'Nb'.",
    ),
    "scattering": (
        lambda: tls.critical_temperature(tls.Superconductor(scattering=0.1)),
        "`scattering` must be a tlsjax.Scattering, but is 0.1.",
    ),
    "negative rate": (
        lambda: tls.critical_temperature(tls.Superconductor(scattering=tls.Scattering(0, -0.1))),
        "`magnetic` must be .* -0.1.",
    ),
    "mixture of what": (lambda: tls.Mixture((0.5, 3)), r"`parts\[0\]` must be a pair .*3"),
    "weights": (
        lambda: tls.critical_temperature(
            tls.TLSEnsemble(1.0, tls.Mixture((0.0, tls.Glass(1.0)), (0.0, tls.Glass(2.0))))
        ),
        "`weights` must be positive in sum",
    ),
    "derivative without phonon energy": (
        lambda: tls.critical_temperature_derivative(tls.Superconductor((GLASS,)), [-1.0]),
        "`energy` must be .*positive.* -1.0.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_one_sentence(case):
    check_one_sentence(*CASES[case])


def test_traced_hosts_are_flagged():
    import jax

    def solve(mu_star):
        host = tls.StrongCouplingHost(E, LEAD, mu_star)
        return tls.solve_critical_temperature(tls.Superconductor(host=host))

    status = jax.vmap(solve)(np.array([0.1, 1.5])).status
    assert status.tolist() == [int(tls.Status.CONVERGED), int(tls.Status.INVALID)]


@pytest.fixture
def write(tmp_path):
    def write(energy, alpha2F, header="Omega alpha2F"):
        path = tmp_path / "table.txt"
        rows = "".join(f"{e:.10g} {a:.10g}\n" for e, a in zip(energy, alpha2F, strict=True))
        path.write_text(f"# {header}\n{rows}")
        return path

    return write


@pytest.mark.parametrize(
    ("unit", "factor"),
    [("meV", 1.0), ("THz", 4.135667697), ("cm-1", 0.1239841984), ("Ry", 13605.693)],
)
def test_units_of_files(write, unit, factor):
    host = tls.StrongCouplingHost.read(write(E / factor, LEAD), 0.1, unit=unit)
    np.testing.assert_allclose(host.energy, E, rtol=1e-7)
    np.testing.assert_allclose(tc(host.energy, host.alpha2F, 0.1), tc(E, LEAD, 0.1), rtol=1e-6)


@pytest.mark.parametrize(
    ("header", "factor"),
    [
        ("omega_THz a2F", 4.135667697), ("Omega (cm^-1)  alpha2F", 0.1239841984),
        ("E/Ry a2F", 13605.693), ("E (meV) a2F", 1.0),
    ],
)  # fmt: skip
def test_units_in_names_of_energies(write, header, factor):
    path = write(E / factor, LEAD, header)
    np.testing.assert_allclose(tls.StrongCouplingHost.read(path).energy, E, rtol=1e-7)
    other = "THz" if "meV" in header else "meV"
    with pytest.raises(ValueError, match=f"`unit` must be {other}, the unit of the energies"):
        tls.StrongCouplingHost.read(path, unit=other)
    with pytest.raises(ValueError, match="in one of meV, THz, cm-1, Ry"):
        tls.StrongCouplingHost.read(write(E, LEAD, "E_GHz a2F"))


def test_what_is_mended_is_said(write):
    energy, values = np.r_[-0.1, 0.0, E, E[-1]], np.r_[0.0, 0.0, LEAD, LEAD[-1]]
    values[4] = -1e-5
    with pytest.warns(UserWarning, match="left out 2 rows") as caught:
        host = tls.StrongCouplingHost.read(write(energy, values), 0.1)
    text = str(caught[0].message)
    assert "averaged 1 row with the energy of another" in text
    assert "set 1 small negative value to zero" in text
    assert host.energy.shape == E.shape
    assert (host.alpha2F >= 0).all()


@pytest.mark.parametrize(
    ("scale", "height", "unit", "pattern"),
    [
        (1.0, 30.0, "meV", "lambda = .* unusual.*meV"),
        (1.0, 0.01, "meV", "lambda = .* unusual"),
        (1.0, 1.0, "Ry", "omega_log = .* unusual, are the energies in Ry"),
        (0.01, 1.0, "meV", "omega_log = .* unusual"),
    ],
)
def test_unusual_tables_are_named(write, scale, height, unit, pattern):
    with pytest.warns(UserWarning, match=pattern):
        tls.StrongCouplingHost.read(write(scale * E, height * LEAD), 0.1, unit=unit)


@pytest.mark.parametrize(
    ("energy", "values", "pattern"),
    [
        (LEAD[:6], E[:6] - 3.0, None),
        (np.sin(E), E, "columns look swapped"),
        (np.sin(E), LEAD, "energies go back"),
        (E, LEAD - 0.3, "`alpha2F` must be zero or more, but is -"),
        ([0.0, 1.0], [0.0, 1.0], "at least 2 positive energies"),
    ],
)
def test_files_refused(write, energy, values, pattern):
    if pattern is None:
        pattern = "zero or more|ascending|swapped"
    with pytest.raises(ValueError, match=pattern) as info:
        tls.StrongCouplingHost.read(write(energy, values), 0.1)
    assert "\n" not in str(info.value)


def test_unit_refused(write):
    with pytest.raises(ValueError, match="`unit` must be one of meV, THz, cm-1, Ry, but is 'eV'"):
        tls.StrongCouplingHost.read(write(E, LEAD), 0.1, unit="eV")


def test_energies_are_no_spectrum(write):
    with pytest.raises(ValueError, match="`column` must be another than that of the energies"):
        tls.StrongCouplingHost.read(write(E, LEAD), 0.1, column=1)


def lead(write):
    return f"strong:{write(E, LEAD)},mu=0.1"


@pytest.mark.slow
def test_tc_of_a_table(capsys, write, tmp_path):
    out_dir = tmp_path / "out"
    # Few points: a spectrum is solved for the gap edge.
    host = f"strong:{write(E[::6], LEAD[::6])},mu=0.1"
    status, out, err = run(capsys, "tc", "--host", host, "--out", out_dir)
    assert (status, err) == (0, "")
    host = tls.StrongCouplingHost(E[::6], LEAD[::6], 0.1)
    Tc = float(tls.critical_temperature(tls.Superconductor(host=host)))
    in_kelvin = tls.units.convert(Tc, "meV", "K")
    for text in (
        f"lambda = {float(host.coupling):.6g}",
        "omega_log_K",
        "Allen_Dynes_Tc_K",
        "Tc_K",
        "Tc_meV",
        "two_Delta_over_k_B_Tc",
    ):
        assert text in out
    assert f"Tc_K = {in_kelvin:.6g}" in out
    with open(out_dir / "derivative.csv") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    assert len(rows) > 50
    for suffix in ("png", "pdf"):
        assert (out_dir / f"derivative.{suffix}").stat().st_size > 5000


@pytest.mark.slow
def test_host_with_impurities_and_scattering(capsys, write):
    arguments = ("--host", lead(write), "--splittings", "glass:Ec=1", "--alpha", "0.1")
    arguments += ("--splittings", "delta:E0=0.5", "--alpha", "0.2")
    arguments += ("--magnetic", "0.01", "--dynes", "0.005", "--json")
    status, out, _ = run(capsys, "gap", *arguments, "--temperature", "1.0")
    assert status == 0
    record = json.loads(out)
    sample = tls.Superconductor(
        (tls.TLSEnsemble(0.1, tls.Glass(1.0)), tls.TLSEnsemble(0.2, tls.DeltaFunction(0.5))),
        tls.StrongCouplingHost(E, LEAD, 0.1),
        tls.Scattering(0.0, 0.01, 0.005),
    )
    expected = tls.order_parameter(sample, tls.units.convert(1.0, "K", "meV"))
    np.testing.assert_allclose(np.ravel(record["Delta_meV"]), expected, rtol=1e-9)


@pytest.mark.parametrize(
    ("arguments", "pattern"),
    [
        (("--host", "strong:{path}"), "`host` must be strong:FILE,mu="),
        (("--host", "strong:{path},mu=2"), "`mu_star` must be from 0 to below 1"),
        (("--host", "strong:nowhere.csv,mu=0.1"), "nowhere.csv"),
        (("--host", "lead"), "`host` must be"),
        (("--host-unit", "THz"), "host-unit"),
        (("--host", "strong:{path},mu=0.1", "--tc0-kelvin", "7.2"), "tc0-kelvin"),
        (("--host", "strong:{path},mu=0.1", "--gap-ratio", "4"), "gap-ratio"),
        (("--magnetic", "-1"), "`magnetic` must be"),
        (
            ("--splittings", "glass:Ec=1", "--splittings", "glass:Ec=2", "--alpha", "1"),
            "`alpha` must be",
        ),
    ],
)  # fmt: skip
def test_wrong_command_lines(capsys, write, arguments, pattern):
    path = write(E, LEAD)
    status, out, err = run(capsys, "gap", *(a.format(path=path) for a in arguments))
    assert status == 2
    assert out == ""
    assert pattern in err
    assert len(err.strip().splitlines()) == 1
