"""Finished chunks of a scan: in memory, or on disk where a killed scan leaves them.

On disk a scan ``name.nc`` in the making is a folder ``name.nc.unfinished`` with a plan and one
file for each finished chunk, written under another name, synced and renamed. A chunk is worked
on under a lock that the operating system drops when its holder dies. The names of the files
carry a hash of the plan: a process whose scan was replaced under its hands cannot put its
chunks among those of another.
"""

import contextlib
import hashlib
import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout

from tlsjax.core.validation import fail
from tlsjax.io.files import write_atomically


class Memory:
    """Chunks of a scan that is not kept."""

    path = None
    finished = False

    def __init__(self):
        self._chunks = {}

    def plan(self, make):
        """The plan, ``make()``: nobody else has one."""
        return make()

    def has(self, index):
        """Whether the chunk is finished."""
        return index in self._chunks

    @contextlib.contextmanager
    def claim(self, index):
        """Nobody else is there: always True."""
        del index
        yield True

    def write(self, index, results):
        """Keep a finished chunk."""
        self._chunks[index] = results

    def read(self, index):
        """Results of a finished chunk."""
        return self._chunks[index]


class Folder:
    """Chunks of a scan on its way to the file ``path``; see the module."""

    def __init__(self, path):
        self.path = Path(path)
        self.folder = self.path.with_name(f"{self.path.name}.unfinished")
        self._key = "of-no-plan"

    def discard(self):
        """Remove the unfinished scan; what another process still holds may stay."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def lock(self, name):
        """A lock of this scan, not yet held."""
        return FileLock(self.folder / f"{name}.lock")

    @property
    def finished(self):
        """Whether the file itself is there."""
        return self.path.exists()

    def plan(self, make):
        """The plan in the folder; the first to come makes it with ``make()``."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / "plan.json"
        with self.lock("plan"):
            if not path.exists():
                text = json.dumps(make(), indent=1)
                write_atomically(path, lambda file: file.write(text.encode()))
            text = path.read_text()
        self._key = hashlib.sha256(text.encode()).hexdigest()[:12]
        return json.loads(text)

    def _name(self, index):
        return f"chunk-{index:07d}-{self._key}"

    def _chunk(self, index):
        return self.folder / f"{self._name(index)}.npz"

    def has(self, index):
        """Whether the chunk is finished."""
        return self._chunk(index).exists()

    @contextlib.contextmanager
    def claim(self, index):
        """True if the chunk is unfinished and, within the context, this process's alone."""
        lock = self.lock(self._name(index))
        try:
            lock.acquire(blocking=False)
        except Timeout:
            yield False
            return
        try:
            # It may have been finished, or the whole scan, between the look and the lock.
            yield not self.has(index) and not self.finished
        finally:
            lock.release()

    def write(self, index, results):
        """Put a finished chunk on disk."""
        write_atomically(self._chunk(index), lambda file: np.savez(file, **results))

    def read(self, index):
        """Results of a finished chunk."""
        try:
            with open(self._chunk(index), "rb") as raw, np.load(raw, allow_pickle=False) as file:
                return {name: file[name] for name in file.files}
        except (zipfile.BadZipFile, ValueError, EOFError):
            shown = f"{self._chunk(index)} (delete it and run again)"
            return fail("path", "of a scan whose chunks are whole", shown)
