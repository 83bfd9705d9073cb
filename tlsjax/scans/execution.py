"""A point function over many points: vmapped into lanes, sharded over this host's devices."""

import hashlib
import math
import os
import time
from functools import partial

import jax
import numpy as np
from jax.sharding import AxisType, PartitionSpec

from tlsjax.core.programs import compiled
from tlsjax.numerics.blocks import has_loop

# Points solved side by side on one CPU core. Tc and Delta run as fast with 16 as with 128 and
# slower beyond, where the averages leave the cache; a lane also waits for its slowest
# neighbour, so fewer is better where it makes no difference.
_LANES_OF_A_CORE = 32
# Spectra, which are loops of their own, come one after the other, in few lanes: of the last step
# the empty ones are solved as well.
_LOOPED_LANES = 4
# On an accelerator: as many as fit, up to where one launch takes long enough to hide the next.
# Points of more than so many bytes, spectra, have less: with 16384 their program compiles for
# minutes (not ended after 140 s on an H100, where 4096 took 117 s and 1024 took 75 s).
_LANES_OF_AN_ACCELERATOR, _LANES_OF_LARGE_POINTS, _LARGE_POINT = 16384, 2048, 500_000
# Share of an accelerator's memory that one program may take: two steps are in flight.
_SHARE = 0.4
_BYTES_OF_A_HOST = 2**30
# Seconds between two chunks on disk: short beside what one would mind losing, long beside
# the milliseconds it takes to write one.
_SECONDS_OF_A_CHUNK = 10.0
_BYTES_OF_A_CHUNK = 2**26


def program_digest(point, names):
    """Hash of the compiled-to-be program: function, constants and numerics, to the last bit."""
    text = jax.jit(point).lower(_specification(names)).as_text()
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _specification(names, size=()):
    return {name: jax.ShapeDtypeStruct(size, np.float64) for name in names}


def _lanes_wanted(devices, count, bytes_of_a_point=math.inf, looped=False):
    """Lanes on one device, a power of two, for ``count`` points in all."""
    if devices[0].platform == "cpu":
        most = _LOOPED_LANES if looped else _LANES_OF_A_CORE
    else:
        small = bytes_of_a_point < _LARGE_POINT
        most = _LANES_OF_AN_ACCELERATOR if small else _LANES_OF_LARGE_POINTS
    return min(most, 2 ** math.ceil(math.log2(max(count / len(devices), 1))))


def _bytes_allowed(devices):
    """Memory that the program may use on one device."""
    limit = (devices[0].memory_stats() or {}).get("bytes_limit")
    if limit:
        return _SHARE * limit
    try:
        physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        physical = 4 * _BYTES_OF_A_HOST
    return min(_BYTES_OF_A_HOST, physical / 4) / len(devices)


class Program:
    """`point` compiled for ``lanes`` points on each of the ``devices``.

    Without ``lanes`` their number is chosen for ``count`` points: many, as long as the memory
    that the compiler asks for stays within bounds. Every step of the program runs the same
    number of lanes on every device, padded if need be: a point's result does not depend on how
    many points there are. Nothing is exchanged between devices.
    """

    def __init__(self, point, names, devices, count, lanes=None):
        self.point, self.names, self.devices = point, names, devices
        # On a CPU, and where most of a point is a loop by itself: side by side the rest of a
        # spectrum takes longer (88 ms each where one after the other takes 84), and more memory.
        traced = jax.jit(point).trace(_specification(names))
        self.looped = devices[0].platform == "cpu" and has_loop(traced.jaxpr.jaxpr)
        self.lanes = lanes or _lanes_wanted(devices, count, looped=self.looped)
        self._compile()
        if lanes is None:
            more = _lanes_wanted(devices, count, self.bytes / self.lanes, self.looped)
            if more > self.lanes:
                self.lanes = more
                self._compile()
        while lanes is None and self.lanes > 1 and self.bytes > _bytes_allowed(devices):
            share = _bytes_allowed(devices) / self.bytes
            self.lanes = max(1, 2 ** math.floor(math.log2(self.lanes * share)))
            self._compile()

    def _compile(self):
        axes = (AxisType.Auto,)
        mesh = jax.make_mesh((len(self.devices),), ("points",), axes, devices=self.devices)
        split = PartitionSpec("points")
        # No varying-axes check: it knows nothing of the solvers' own derivative rules.
        mapped = partial(jax.lax.map, self.point) if self.looped else jax.vmap(self.point)
        sharded = jax.shard_map(mapped, mesh=mesh, in_specs=split, out_specs=split, check_vma=False)
        specification = _specification(self.names, (self.step,))
        self._run = compiled(jax.jit(sharded).lower(specification))
        memory = self._run.memory_analysis()
        self.bytes = 0 if memory is None else memory.temp_size_in_bytes

    @property
    def text(self):
        """The compiled program, for people and profilers."""
        return self._run.as_text()

    @property
    def step(self):
        """Points in one call."""
        return self.lanes * len(self.devices)

    def __call__(self, points, advance=lambda count: None):
        """Results ``{name: (n, ...)}`` of ``points`` ``{name: (n,)}``, as NumPy arrays.

        ``advance(n)`` is called after every step.
        """
        count = len(next(iter(points.values())))
        found, running = [], []

        def collect():
            size, results = running.pop(0)
            found.append({name: np.asarray(value)[:size] for name, value in results.items()})
            advance(size)

        for start in range(0, count, self.step):
            part = {name: value[start : start + self.step] for name, value in points.items()}
            size = len(next(iter(part.values())))
            # The last point again, rather than one that might be hard.
            full = {n: np.pad(v, (0, self.step - size), "edge") for n, v in part.items()}
            running.append((size, self._run(full)))
            # Two steps in flight keep the devices busy and the memory bounded.
            if len(running) > 1:
                collect()
        while running:
            collect()
        return {name: np.concatenate([part[name] for part in found]) for name in found[0]}

    def chunk_size(self, grid):
        """Points between two writes to disk, a multiple of `step`, by timing one step."""
        first = grid.points(0, min(self.step, grid.size))
        begin = time.perf_counter()
        results = self(first)
        seconds = time.perf_counter() - begin
        size = sum(value.nbytes for value in results.values())
        steps = min(_SECONDS_OF_A_CHUNK / seconds, _BYTES_OF_A_CHUNK / size)
        most = math.ceil(grid.size / self.step)
        return self.step * min(most, max(1, math.floor(steps)))
