"""A number that is not there is never mistaken for one that is."""

import jax
import jax.numpy as jnp
import pytest

import tlsjax as tls
from tlsjax.cli import main
from tlsjax.real_axis import spectrum


@pytest.fixture
def unsolved(monkeypatch):
    """A spectrum one of whose energies is not solved."""

    def values(found, energy, names):
        return [jnp.where(jnp.asarray(energy) == 1.0, jnp.nan, 0.5) for _ in names]

    # Above jit, which would keep a program made of it.
    monkeypatch.setattr(spectrum, "_evaluate", values)


def test_an_unsolved_energy_is_a_status_and_a_warning(unsolved):
    ensemble = tls.TLSEnsemble(0.0, tls.DeltaFunction(1.0))
    solved = tls.solve_spectrum(ensemble, 0.5, panels=32)
    with pytest.warns(UserWarning, match="NaN stands there"):
        found = solved.table([0.7, 1.0], "dos")
    assert solved.status_of(*found.values()) == tls.Status.UNSOLVED_ENERGIES
    assert solved.status_of(found["dos"][:1]) == tls.Status.CONVERGED


def test_the_status_of_values_is_traced(unsolved):
    """Under ``jit`` there is no warning, and the status is a number like any other."""
    solved = tls.solve_spectrum(tls.TLSEnsemble(0.0, tls.DeltaFunction(1.0)), 0.5, panels=32)

    @jax.jit
    def at(energy):
        dos = solved.dos(energy)
        return dos, solved.status_of(dos)

    assert at(jnp.array([0.7, 1.0]))[1] == tls.Status.UNSOLVED_ENERGIES
    assert at(jnp.array([0.7, 0.8]))[1] == tls.Status.CONVERGED


@pytest.mark.slow
def test_an_unsolved_energy_is_an_error_of_the_command(unsolved, capsys):
    arguments = ["dos", "--splittings", "delta:E0=1", "--alpha", "0", "--temperature", "0.5"]
    assert main([*arguments, "--energy", "1", "--cache", "off"]) == 1
    written = capsys.readouterr()
    assert written.out == ""
    assert "not solved" in written.err
    assert "warning" not in written.err
