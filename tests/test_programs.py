"""Programs kept in a folder: the same numbers, traced once, and nothing kept that may not be."""

import collections
import dataclasses
import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import tlsjax as tls
from tlsjax.core import programs
from tlsjax.core.programs import kept_in, program
from tlsjax.core.structure import NoPlainFormError, describe, identity, rebuild
from tlsjax.matsubara.axis import evaluated_at
from tlsjax.real_axis.green import Fields, Green

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


@pytest.mark.parametrize("option", ["xla_cpu_use_fusion_emitters", "xla_there_is_no_such_option"])
def test_the_compilers_options_are_for_programs_that_stand_alone(option, monkeypatch, tmp_path):
    """JAX refuses options inside of another program, and XLA those that it does not know."""
    monkeypatch.delenv("XLA_FLAGS")
    monkeypatch.setattr(programs, "_OPTIONS", {option: False})
    square = program(lambda x: x**2)
    assert square(3.0) == 9.0
    assert jax.jit(square)(3.0) == 9.0
    assert jax.jit(lambda: square(3.0))() == 9.0
    assert jax.grad(square)(3.0) == 6.0
    assert jax.hessian(square)(3.0) == 2.0
    assert list(jax.vmap(square)(jnp.arange(3.0))) == [0.0, 1.0, 4.0]
    assert programs.compiled(jax.jit(lambda x: 2 * x).lower(1.0))(2.0) == 4.0
    with kept_in(tmp_path):
        assert square(4.0) == 16.0


def damaged_header(change):
    """The file with another description of the result."""

    def damage(content):
        header, _, program = content.partition(b"\n")
        header = json.loads(header)
        change(header)
        return json.dumps(header).encode() + b"\n" + program

    return damage


def foreign(header):
    header["structure"]["dict"]["value"] = {"class": "collections:Counter", "items": []}


def too_few(header):
    del header["structure"]["dict"]["same"]


DAMAGES = {
    "half": lambda content: content[: len(content) // 2],
    "empty": lambda content: b"",
    "one byte": lambda content: content[:-100] + bytes([content[-100] ^ 1]) + content[-99:],
    "no JSON": lambda content: b"(" + content,
    "a class from elsewhere": damaged_header(foreign),
    "too few numbers": damaged_header(too_few),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_file_is_written_again(tmp_path, fresh, damage):
    with kept_in(tmp_path):
        fresh()(ENSEMBLE, 1.0, 2)
        (path,) = tmp_path.iterdir()
        whole = path.read_bytes()
        path.write_bytes(damage(whole))
        for _ in range(2):
            assert fresh()(ENSEMBLE, 3.0, 2)["value"] == 18.0
        assert traced == [2, 2]
        assert path.stat().st_size == len(whole)


GREEN = Green(Fields(1.0, 2.0, None, [3.0]), (4.0,), 5.0, 5.5, [], {"b": 6.0, "a": 7.0}, rungs=9)


@pytest.mark.parametrize(
    "value",
    [
        None,
        1.0,
        GREEN,
        [GREEN, ()],
        tls.Superconductor((ENSEMBLE,)),
        tls.Lorentzian(1.0, 0.1, normalized=False),
    ],
)
def test_a_structure_is_json_and_comes_back(value):
    text = json.dumps(describe(value))
    assert rebuild(json.loads(text)) == jax.tree.structure(value)


class Pair(collections.namedtuple("Pair", "a b")):
    """Of a user's own."""


@pytest.mark.parametrize(
    "value",
    [
        Pair(1.0, 2.0),
        collections.OrderedDict(a=1.0),
        {1: 2.0},
        jax.tree_util.Partial(jnp.tanh),
        tls.Population(jax.tree_util.Partial(jnp.tanh)),
        # Static fields that would not come back as they were.
        dataclasses.replace(GREEN, rungs=np.int64(9)),
        dataclasses.replace(GREEN, rungs=tls.compact_axis),
    ],
)
def test_what_has_no_plain_form_is_refused(value):
    with pytest.raises(NoPlainFormError):
        describe(value)


@pytest.mark.parametrize(
    "name",
    [
        "os:system",
        "collections:OrderedDict",
        "tlsjax:Glass",
        "tlsjax_other.module:Class",
        # Would run the command; is no class; was defined elsewhere; is no container.
        "tlsjax.__main__:main",
        "tlsjax.matsubara.axis:compact_axis",
        "tlsjax.matsubara.axis:dataclass",
        "tlsjax.real_axis.green:Mesh",
        "tlsjax.matsubara.axis:CompactAxis",
        "tlsjax.real_axis.green:Green.__init__",
    ],
)
def test_classes_are_looked_up_in_the_package_only(name):
    with pytest.raises(NoPlainFormError):
        rebuild({"class": name, "items": []})
    with pytest.raises(NoPlainFormError):
        rebuild({"class": name, "traced": {}, "static": {}})


@pytest.mark.parametrize(
    "description",
    [
        "other",
        1,
        ["leaf"],
        {},
        {"list": "leaf"},
        {"list": [], "more": 1},
        {"class": "tlsjax.real_axis.green:Fields", "traced": {}, "static": {}},
        describe(GREEN) | {"static": {}},
        describe(GREEN) | {"static": {"rungs": {}}},
        describe(GREEN) | {"more": 1},
    ],
)
def test_other_descriptions_are_refused(description):
    with pytest.raises(NoPlainFormError):
        rebuild(description)


def test_static_arguments_have_texts_of_their_own():
    axis = tls.compact_axis()
    axes = [
        axis,
        tls.compact_axis(1e5),
        tls.compact_axis(tolerance=1e-8),
        tls.compact_axis(order=12),
        tls.compact_axis(far=1e4),
        evaluated_at(axis, axis.n[:10]),
        dataclasses.replace(axis, finer=axis),
    ]
    values = [*axes, None, True, 1, 1.0, "1", (1,), np.float64(1.0), np.ones(1)]
    texts = [json.dumps(identity(value)) for value in values]
    assert len(set(texts)) == len(values)
    assert json.dumps(identity(dataclasses.replace(axis))) == texts[0]
    for value in (len, object(), np.array([None]), Pair(1, 2)):
        with pytest.raises(NoPlainFormError):
            identity(value)


def test_another_axis_is_another_program(tmp_path):
    def frequencies(x, axis):
        traced.append(axis)
        return x * axis.n[-1]

    traced.clear()
    axes = [tls.compact_axis(), tls.compact_axis(1e5)]
    equal = dataclasses.replace(axes[0])
    with kept_in(tmp_path):
        for axis in (*axes, equal, *axes):
            found = program(frequencies, static_argnums=1)(2.0, axis)
            assert found == 2 * axis.n[-1]
    assert traced == axes
    assert len(list(tmp_path.iterdir())) == 2


def test_nothing_is_kept_without_a_folder_or_in_transformations(tmp_path, fresh):
    function = fresh()
    assert function(ENSEMBLE, 3.0, 2)["value"] == 18.0
    with kept_in(tmp_path):
        slope = jax.grad(lambda x: function(ENSEMBLE, x, 2)["value"])(3.0)
        inside = jax.jit(lambda x: x * function(ENSEMBLE, 3.0, 2)["value"])(1.0)
    assert (slope, inside) == (12.0, 18.0)
    assert not list(tmp_path.iterdir())


def test_functions_and_classes_of_the_user_are_not_kept(tmp_path, fresh):
    @tls.parameters
    class Glass(tls.Glass):
        pass

    function = program(lambda own, x: own(x), static_argnums=0)
    population = program(lambda population, x: population.difference(x, 1.0))
    with kept_in(tmp_path):
        assert function(lambda x: x + 1, 2.0) == 3.0
        for factor in (1.0, 2.0):
            own = tls.Population(jax.tree_util.Partial(lambda E, factor=factor: factor * E))
            assert population(own, 3.0) == 3.0 * factor
        assert fresh()(tls.TLSEnsemble(2.0, Glass(3.0)), 3.0, 2)["value"] == 18.0
    assert not list(tmp_path.iterdir())


def test_a_result_without_a_plain_form_is_traced_once_in_each_process(tmp_path):
    def pair(x):
        traced.append(x)
        return Pair(x, 2 * x)

    traced.clear()
    with kept_in(tmp_path):
        function = program(pair)
        assert [function(x) for x in (1.0, 2.0)] == [Pair(1.0, 2.0), Pair(2.0, 4.0)]
    assert len(traced) == 1
    assert not list(tmp_path.iterdir())


def test_useless_folders_go_the_ordinary_way(tmp_path, fresh):
    (tmp_path / "file").write_text("")
    with kept_in(tmp_path / "file"):
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
