"""Scans on disk: killed, resumed, out of space, shared by processes and spread over devices."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import jax
import numpy as np
import pytest
from scan_job import cut, job

import tlsjax as tls
from tlsjax.scans.store import Folder

# Whatever else has run in this process.
ONE = jax.local_devices()[:1]
PROGRAM = Path(__file__).with_name("scan_job.py")


def start(path, *options):
    # As a user has it: no flag of JAX but the cache that all tests share. XLA's flags are those of
    # this process: other ones would give other last bits.
    clean = {k: v for k, v in os.environ.items() if not k.startswith("JAX")}
    clean["JAX_COMPILATION_CACHE_DIR"] = jax.config.jax_compilation_cache_dir
    command = [sys.executable, PROGRAM, path, *options]
    return subprocess.Popen(
        [str(word) for word in command],
        env=clean, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def finished(process):
    """Chunks that it wrote, once it has ended well."""
    out, err = process.communicate(timeout=200)
    assert process.returncode == 0, err
    return [int(index) for index in out.split()]


def alone(points=2000, chunk=64):
    """The same scan in one go, in this process."""
    return tls.scan(*job(points), **cut(chunk), devices=ONE)


def assert_same_bits(one, other):
    assert set(one) == set(other)
    for name in one:
        np.testing.assert_array_equal(one[name], other[name], strict=True)


@pytest.mark.slow
def test_killed_and_resumed(tmp_path):
    path = tmp_path / "tc.nc"
    process = start(path)
    folder = Path(f"{path}.unfinished")
    deadline = time.monotonic() + 100
    while len(list(folder.glob("chunk-*.npz"))) < 3:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not path.exists()
    before = {file: file.stat().st_mtime_ns for file in folder.glob("chunk-*.npz")}
    assert 3 <= len(before) < 32

    # Another scan is refused, and so is this one cut in another way.
    observable, grid = job(2000)
    other = grid | {"alpha": grid["alpha"] + 1e-15}
    with pytest.raises(ValueError, match=r"different coordinates \(alpha\)"):
        tls.scan(observable, other, path=path, devices=ONE, **cut(64))
    with pytest.raises(ValueError, match="different chunk"):
        tls.scan(observable, grid, path=path, devices=ONE, **cut(65))
    wider = tls.Observable("tc", tls.Lorentzian(J=1.0, sigma=0.2))
    with pytest.raises(ValueError, match="different function, program"):
        tls.scan(wider, grid, path=path, devices=ONE, **cut(64))

    # What was finished is not touched; the rest follows.
    kept = {}
    write = Folder.write

    def recorded(self, index, results):
        kept.update({f: f.stat().st_mtime_ns for f in before if f.exists()})
        write(self, index, results)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Folder, "write", recorded)
        resumed = tls.scan(observable, grid, path=path, devices=ONE)
    assert kept == before
    assert_same_bits(resumed, alone())
    assert [file.name for file in tmp_path.iterdir()] == ["tc.nc"]

    # Finished, it is read; and refused to another scan unless that may overwrite.
    assert_same_bits(tls.scan(observable, grid, path=path, devices=ONE), resumed)
    few = {"alpha": [1.0], "J": [1.0]}
    with pytest.raises(ValueError, match="different coordinates"):
        tls.scan(observable, few, path=path, devices=ONE)
    assert tls.scan(observable, few, path=path, devices=ONE, overwrite=True).points == 1


@pytest.mark.slow
def test_full_disk(tmp_path):
    path = tmp_path / "tc.nc"
    process = start(path, "--full-after", "5", "--points", 512)
    out, err = process.communicate(timeout=200)
    assert process.returncode == 1
    assert "finished chunks are safe" in err
    assert len(out.split()) == 5
    folder = Path(f"{path}.unfinished")
    assert len(list(folder.glob("chunk-*.npz"))) == 5
    # Nothing half-written is left, not even under another name.
    assert not list(folder.glob(".chunk*"))
    assert_same_bits(tls.scan(*job(512), path=path, devices=ONE), alone(512))


@pytest.mark.slow
def test_two_processes_share_the_chunks(tmp_path):
    path = tmp_path / "tc.nc"
    first, second = (finished(p) for p in [start(path), start(path)])
    assert sorted(first + second) == list(range(32))
    assert_same_bits(tls.scan(*job(2000), path=path, devices=ONE), alone())


def test_a_chunk_has_one_owner_at_a_time(tmp_path):
    one, other = Folder(tmp_path / "x.nc"), Folder(tmp_path / "x.nc")
    one.plan(dict)
    other.plan(dict)
    with one.claim(0) as mine:
        assert mine
        with other.claim(0) as also:
            assert not also
        with other.claim(1) as also:
            assert also
        one.write(0, {"y": np.arange(3.0)})
    with other.claim(0) as also:
        assert not also
    np.testing.assert_array_equal(other.read(0)["y"], [0, 1, 2])
    one._chunk(0).write_bytes(one._chunk(0).read_bytes()[:-20])
    with pytest.raises(ValueError, match="delete it and run again"):
        other.read(0)


def test_a_replaced_scan_keeps_no_chunk_of_the_old(tmp_path):
    """A process that still works on what another has overwritten does no harm."""
    old, new = Folder(tmp_path / "x.nc"), Folder(tmp_path / "x.nc")
    old.plan(lambda: {"scan": "old"})
    new.discard()
    new.plan(lambda: {"scan": "new"})
    old.write(0, {"y": np.zeros(1)})
    assert not new.has(0)
    new.write(0, {"y": np.ones(1)})
    assert new.read(0)["y"] == 1


def test_what_is_there_is_not_lost(tmp_path):
    path = tmp_path / "notes.nc"
    path.write_text("mine")
    with pytest.raises(ValueError, match="holding something else"):
        tls.scan(*job(8), path=path, devices=ONE)
    assert path.read_text() == "mine"


@pytest.mark.slow
@pytest.mark.parametrize("cpus", [2, 8])
def test_sharded_equals_unsharded(cpus, tmp_path):
    path = tmp_path / "tc.nc"
    assert finished(start(path, "--cpus", cpus, "--points", 1000, "--chunk", 256)) == [0, 1, 2, 3]
    import xarray

    sharded, whole = xarray.load_dataset(path), alone(1000, 256)
    # XLA compiles a sharded program its own way, which is worth a few units in the last place.
    np.testing.assert_allclose(sharded.Tc, whole.Tc, rtol=1e-13)
    np.testing.assert_array_equal(sharded.status, whole.status)
    # One that began on several devices does not go on on one, which would not give the same bits.
    with pytest.raises(ValueError, match="different devices"):
        tls.scan(*job(1000), path=path, devices=ONE)


@pytest.mark.slow
def test_two_hosts(tmp_path):
    """Two processes that meet through `jax.distributed`: each has its own chunks."""
    path = tmp_path / "tc.nc"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    both = [start(path, "--coordinator", address, "--process", k) for k in range(2)]
    even, odd = (finished(process) for process in both)
    assert (even, odd) == (list(range(0, 32, 2)), list(range(1, 32, 2)))
    assert_same_bits(tls.scan(*job(2000), path=path, devices=ONE), alone())
