"""Programs kept in a folder: the same numbers, traced once, and nothing kept that may not be."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import tlsjax as tls
from tlsjax.core.programs import kept_in, program

traced = []


def scaled(ensemble, x, power):
    traced.append(power)
    return {"value": ensemble.alpha * jnp.asarray(x) ** power, "same": ensemble}


@pytest.fixture
def fresh():
    """The function as another process would meet it: never traced."""
    traced.clear()
    return lambda: program(scaled, static_argnums=2)


ENSEMBLE = tls.TLSEnsemble(2.0, tls.Glass(3.0))


def test_a_program_is_traced_once_for_all_processes(tmp_path, fresh):
    with kept_in(tmp_path / "new"):
        for _ in range(3):
            found = fresh()(ENSEMBLE, np.arange(3.0), 2)
            np.testing.assert_array_equal(found["value"], [0.0, 2.0, 8.0])
            assert type(found["same"].splittings) is tls.Glass
        assert traced == [2]
        # Other numbers are the same program; another static argument, shape or class is not.
        fresh_one = fresh()
        np.testing.assert_array_equal(fresh_one(ENSEMBLE, np.ones(3), 2)["value"], [2.0] * 3)
        fresh_one(ENSEMBLE, np.ones(3), 3)
        fresh_one(ENSEMBLE, 1.0, 3)
        fresh_one(tls.TLSEnsemble(2.0, tls.DeltaFunction(3.0)), 1.0, 3)
        assert traced == [2, 3, 3, 3]
    assert len(list((tmp_path / "new").iterdir())) == 4


def test_a_damaged_file_is_written_again(tmp_path, fresh):
    with kept_in(tmp_path):
        fresh()(ENSEMBLE, 1.0, 2)
        (path,) = tmp_path.iterdir()
        whole = path.stat().st_size
        path.write_bytes(path.read_bytes()[: whole // 2])
        for _ in range(2):
            assert fresh()(ENSEMBLE, 3.0, 2)["value"] == 18.0
        assert traced == [2, 2]
        assert path.stat().st_size == whole


def test_nothing_is_kept_without_a_folder_or_in_transformations(tmp_path, fresh):
    function = fresh()
    assert function(ENSEMBLE, 3.0, 2)["value"] == 18.0
    with kept_in(tmp_path):
        slope = jax.grad(lambda x: function(ENSEMBLE, x, 2)["value"])(3.0)
        inside = jax.jit(lambda x: x * function(ENSEMBLE, 3.0, 2)["value"])(1.0)
    assert (slope, inside) == (12.0, 18.0)
    assert not list(tmp_path.iterdir())


def test_functions_of_the_user_and_useless_folders_go_the_ordinary_way(tmp_path, fresh):
    function = program(lambda own, x: own(x), static_argnums=0)
    with kept_in(tmp_path):
        assert function(lambda x: x + 1, 2.0) == 3.0
    assert not list(tmp_path.iterdir())
    (tmp_path / "file").write_text("")
    with kept_in(tmp_path / "file"):
        assert fresh()(ENSEMBLE, 3.0, 2)["value"] == 18.0


def test_an_option_that_this_xla_does_not_have_is_left_out(tmp_path, fresh, monkeypatch):
    monkeypatch.delenv("XLA_FLAGS", raising=False)
    monkeypatch.setattr("tlsjax.core.programs._FUSION", "xla_cpu_no_such_option")
    with kept_in(tmp_path):
        assert fresh()(ENSEMBLE, 3.0, 2)["value"] == 18.0


def test_old_programs_make_room(tmp_path, fresh, monkeypatch):
    with kept_in(tmp_path):
        fresh()(ENSEMBLE, 3.0, 2)
        (first,) = tmp_path.iterdir()
        monkeypatch.setattr("tlsjax.core.programs._LARGEST", int(1.5 * first.stat().st_size))
        fresh()(ENSEMBLE, 3.0, 3)
    assert len(list(tmp_path.iterdir())) == 1
    assert not first.exists()


def test_transitions_are_the_same(tmp_path):
    found = []
    for folder in (None, tmp_path, tmp_path):
        jax.clear_caches()
        with kept_in(folder):
            found.append(tls.solve_critical_temperature(ENSEMBLE))
    assert len({float(one.temperature) for one in found}) == 1
    assert found[-1].check().status == tls.Status.CONVERGED
