"""The work of a scan in one process: plan, compile, compute its share of the chunks."""

import math
import time

import jax
import numpy as np
from tqdm import tqdm

from tlsjax.core.status import is_ok
from tlsjax.core.validation import fail
from tlsjax.scans.dataset import assemble
from tlsjax.scans.execution import Program

# Seconds between two looks at what other processes have finished.
_PATIENCE = 0.3


def require_same(plan, wanted, path):
    """Raise unless ``plan``, found at ``path``, says everything that ``wanted`` does."""
    different = [name for name, value in wanted.items() if plan.get(name) != value]
    if not different:
        return
    theirs, ours = plan.get(different[0]), wanted[different[0]]
    if isinstance(theirs, dict) and isinstance(ours, dict):
        names = [name for name in theirs | ours if theirs.get(name) != ours.get(name)]
        different[0] += f" ({', '.join(names)})"
    text = "free, or of this same scan, or asked to be overwritten"
    fail("path", text, f"{path}, another scan: different {', '.join(different)}")


class Job:
    """A scan as one process sees it; ``again`` is a `SecondTry`.

    ``identity`` is what makes this scan this scan: two that agree in it and in how the points
    are cut give the same bits.
    """

    def __init__(self, grid, point, again, labels, identity, devices, progress):
        self.grid, self.point, self.again, self.labels = grid, point, again, labels
        self.identity, self.devices, self.progress = identity, devices, progress
        self.compiled = None

    def program(self, lanes=None):
        """The compiled program, once."""
        if self.compiled is None:
            arguments = self.point, self.grid.names, self.devices, self.grid.size
            self.compiled = Program(*arguments, lanes)
        return self.compiled

    def plan(self, lanes, chunk):
        """How the points are cut."""
        program = self.program(lanes)
        return self.identity | {
            "lanes": program.lanes,
            "chunk": chunk or program.chunk_size(self.grid),
        }

    def compute(self, store, lanes, chunk):
        """Finish this process's chunks, wait for the others', return the plan."""
        plan = store.plan(lambda: self.plan(lanes, chunk))
        asked = {n: v for n, v in (("lanes", lanes), ("chunk", chunk)) if v is not None}
        require_same(plan, self.identity | asked, store.path)
        chunks = self._chunks(plan)
        self._work(store, plan, chunks[jax.process_index() :: jax.process_count()])
        while chunks:
            chunks = self._missing(store, chunks)
        return plan

    def gather(self, store, plan):
        """`xarray.Dataset` of all chunks."""
        parts = [store.read(index) for index in self._chunks(plan)]
        results = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        return assemble(self.grid, self.labels, plan, results)

    def _chunks(self, plan):
        return range(math.ceil(self.grid.size / plan["chunk"]))

    def _bounds(self, plan, index):
        start = index * plan["chunk"]
        return start, min(start + plan["chunk"], self.grid.size)

    def _work(self, store, plan, chunks):
        """Finish ``chunks``; those another process is at are looked at again later."""
        left = [index for index in chunks if not store.has(index)]
        sizes = {index: np.diff(self._bounds(plan, index))[0] for index in chunks}
        shown = self.progress if jax.process_index() == 0 else False
        disable = None if shown is None else not shown
        total = sum(sizes.values())
        done = total - sum(sizes[index] for index in left)
        failed = 0
        with tqdm(total=total, initial=done, unit=" points", disable=disable) as bar:
            while left:
                for index in left:
                    with store.claim(index) as mine:
                        if mine:
                            points = self.grid.points(*self._bounds(plan, index))
                            program = self.program(plan["lanes"])
                            results = self.again(points, program(points, bar.update))
                            failed += int((~is_ok(results["status"])).sum())
                            bar.set_postfix({"failed": failed})
                            store.write(index, results)
                left = self._missing(store, left)

    def _missing(self, store, chunks):
        """Which of ``chunks`` are unfinished, after a pause if there are any."""
        if store.finished:
            return []
        missing = [index for index in chunks if not store.has(index)]
        if missing:
            time.sleep(_PATIENCE)
        return missing
