"""The folder of compiled programs: found again, shared, bounded, and no trouble if unusable."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import tlsjax as tls
from tlsjax.core import compilation

COMMAND = [sys.executable, "-m", "tlsjax", "tc", "--alpha", "1"]
Tc = "1.16017275928"


def start(*arguments, **environment):
    """A call that has no other cache than the one asked for."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("JAX_", "TLSJAX_"))}
    return subprocess.Popen(
        [*COMMAND, *map(str, arguments)], env=kept | environment,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def finish(process):
    """What it says on stderr; its answer is right."""
    out, err = process.communicate(timeout=200)
    assert process.returncode == 0, err
    assert Tc in out
    return err


def entries(folder):
    """``{name: when it was used last}``; every entry is whole."""
    names = {path.name.removesuffix("-cache") for path in folder.glob("*-cache")}
    return {n: int.from_bytes((folder / f"{n}-atime").read_bytes(), "little") for n in names}


@pytest.mark.slow
def test_two_at_once_fill_a_folder_and_a_later_call_finds_it(tmp_path):
    folder = tmp_path / "new" / "folder"
    both = [start("--cache", folder) for _ in range(2)]
    assert [finish(process) for process in both] == ["", ""]
    first = entries(folder)
    assert len(first) >= 1
    assert len(list((folder / "traced").iterdir())) == 1
    if os.name == "posix":
        assert folder.stat().st_mode & 0o777 == 0o700

    assert finish(start(TLSJAX_CACHE=str(folder))) == ""
    second = entries(folder)
    assert set(second) == set(first)
    assert all(second[name] > first[name] for name in first)

    # A killed run may leave half an entry; a failing disc a damaged one.
    half, *_ = folder.glob("jit__solve*-atime")
    half.unlink()
    assert finish(start(TLSJAX_CACHE=str(folder))) == ""
    assert set(entries(folder)) == set(first)
    for path in folder.glob("*-cache"):
        path.write_bytes(b"nonsense")
    assert finish(start(TLSJAX_CACHE=str(folder))).count("\n") == 1
    assert finish(start(TLSJAX_CACHE=str(folder))) == ""


def test_a_folder_that_cannot_be_used_is_one_warning(tmp_path):
    path = tmp_path / "file"
    path.write_text("not a folder")
    said = finish(start("--cache", path))
    assert said.count("\n") == 1
    assert "cannot be kept" in said
    assert path.read_text() == "not a folder"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root writes anywhere")
def test_a_folder_that_cannot_be_written_is_one_warning(tmp_path):
    tmp_path.chmod(0o500)
    try:
        assert finish(start("--cache", tmp_path)).count("cannot be kept") == 1
    finally:
        tmp_path.chmod(0o700)


def test_off_and_a_cache_of_jax_itself(tmp_path):
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    assert finish(start("--cache", "off", XDG_CACHE_HOME=str(ours))) == ""
    environment = {
        "JAX_COMPILATION_CACHE_DIR": str(theirs),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    }
    assert finish(start(TLSJAX_CACHE=str(ours), **environment)) == ""
    assert not ours.exists()
    assert any(theirs.iterdir())


@pytest.mark.slow
def test_the_size_is_bounded(tmp_path):
    def total():
        return sum(path.stat().st_size for path in tmp_path.glob("*-cache"))

    finish(start("--cache", tmp_path))
    largest = int(1.5 * total())
    # Two couplings at once are another program, as large.
    finish(start("2", "--cache", tmp_path, JAX_COMPILATION_CACHE_MAX_SIZE=str(largest)))
    assert len(list(tmp_path.glob("jit__solve*-cache"))) == 1
    assert total() <= largest


def test_which_folder(monkeypatch, tmp_path):
    monkeypatch.setenv(compilation.VARIABLE, str(tmp_path))
    assert compilation.folder() == tmp_path
    assert compilation.folder("~/x") == Path("~/x").expanduser()
    assert compilation.folder("off") is None
    monkeypatch.setenv(compilation.VARIABLE, "0")
    assert compilation.folder() is None
    monkeypatch.delenv(compilation.VARIABLE)
    if sys.platform == "linux":
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        assert compilation.folder() == tmp_path / "tlsjax" / "compiled"


def test_warnings_of_jax_are_reworded_and_others_left():
    cache = compilation.Cache()
    assert cache.reword("anything else") == "anything else"
    failed = "Error writing persistent compilation cache entry for 'jit_f': OSError: No space left"
    assert "No space left" in cache.reword(failed)
    assert cache.reword(failed) is None


def test_python_keeps_them_where_it_is_told(tmp_path):
    """In another process, after a first solve, for JAX looks for its folder only once; told twice,
    it is the same folder."""
    folder = tmp_path / "new"
    code = (
        "import tlsjax as tls\n"
        "import jax; jax.jit(lambda x: x + 1)(1.0)\n"
        f"tls.keep_programs({str(tmp_path / 'other')!r})\n"
        "tls.keep_programs()\n"
        "print(tls.keep_programs())\n"
        "print(tls.critical_temperature(tls.TLSEnsemble(1.0, tls.Glass(1.0))))\n"
    )
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("JAX_", "TLSJAX_"))}
    ran = subprocess.run(
        [sys.executable, "-c", code], env=kept | {"TLSJAX_CACHE": str(folder)},
        capture_output=True, text=True, timeout=200,
    )  # fmt: skip
    assert ran.stdout.splitlines()[0] == str(folder)
    assert entries(folder)
    assert len(list((folder / "traced").iterdir())) == 1


def test_python_is_told_where_nothing_can_be_kept(tmp_path):
    path = tmp_path / "file"
    path.write_text("not a folder")
    with pytest.raises(OSError, match="cannot be kept in"):
        tls.keep_programs(path)
