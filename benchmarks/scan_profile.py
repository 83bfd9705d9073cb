"""Where the time of one step of a scan goes, and how far that is from the device's floor.

    python benchmarks/scan_profile.py

One warm step is traced with JAX's profiler; the time of every operation is booked to the
function of the package it was written in. What is left of the wall time is launch gaps. The
floor is what the same work would take at the speed of a large matrix product and of a large
copy on the same device, both measured here; operations and bytes are counted from the
algorithm's sizes, see `count_gap`.
"""

import re
import tempfile
import time
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from results import recorded
from scan import JOBS, points, prepared

import tlsjax as tls
from tlsjax.scans.execution import Program

PACKAGE = str(Path(tls.__file__).parent)
# What the functions of a module do; the rest goes by its module's name.
PARTS = {
    "linear": "factorisation",
    "interaction": "kernel build",
    "occupations": "kernel build",
    "baths": "kernel build",
    "base": "kernel build",
    "quadrature": "kernel build",
    "panels": "kernel build",
    "kernels": "kernel build",
    "mesh": "mesh",
    "equations": "equations",
    "collocation": "equations",
}


def _entries(text, title, fields):
    """A table of the compiled program's text: ``{id: (values of the fields)}``."""
    block = text.partition(f"\n{title}\n")[2].partition("\n\n")[0]
    found = {}
    for line in block.splitlines():
        number, _, rest = line.partition(" ")
        values = dict(re.findall(r"(\w+)=(\d+)", rest))
        found[number] = tuple(values.get(f) for f in fields) if fields else rest.strip('"')
    return found


def origins(text):
    """``{operation: "module.function"}`` of the innermost frame inside the package."""
    files, functions = _entries(text, "FileNames", ()), _entries(text, "FunctionNames", ())
    places = _entries(text, "FileLocations", ("file_name_id", "function_name_id"))
    frames = _entries(text, "StackFrames", ("file_location_id", "parent_frame_id"))

    def place(frame):
        while frame in frames:
            location, parent = frames[frame]
            file, function = places[location]
            if files[file].startswith(PACKAGE):
                return f"{Path(files[file]).stem}.{functions[function].rpartition('.')[2]}"
            frame = None if parent in (None, "0", frame) else parent
        return None

    found = {}
    for name, frame in re.findall(r"%([\w.-]+) = .*stack_frame_id=(\d+)", text):
        found[name] = place(frame)
    return found


def part_of(event, where):
    """Part of the algorithm that an operation belongs to."""
    origin = where.get(event)
    if origin is None:
        # Copies and layouts that the compiler made, and products that it rewrote.
        return "products, origin lost" if "dot" in event or "gemm" in event else "compiler's own"
    return PARTS.get(origin) or PARTS.get(origin.partition(".")[0]) or origin.partition(".")[0]


def operations(folder, on_cpu):
    """``[(name, start, end)]`` in ns of everything that ran on the device."""
    (path,) = Path(folder).rglob("*.xplane.pb")
    found = []
    for plane in jax.profiler.ProfileData.from_file(str(path)).planes:
        for line in plane.lines:
            if on_cpu:
                wanted = plane.name.startswith("/host:CPU") and "XLA" in line.name
            else:
                wanted = plane.name.startswith("/device:") and line.name.startswith("Stream")
            if wanted:
                found += leaves(line.events, on_cpu)
    return found


def leaves(events, on_cpu):
    """Those that contain no other: a loop is not counted beside its body."""
    # On a CPU the runtime's own bookkeeping is among the operations of a thread; on a GPU
    # events are the vendor's kernels, and a statistic names the operation.
    found = [
        (
            event.name if on_cpu else str(dict(event.stats).get("hlo_op", event.name)),
            event.start_ns,
            event.start_ns + event.duration_ns,
        )
        for event in events
        if not event.name.startswith(("end: ", "Thunk", "Threadpool"))
    ]
    found.sort(key=lambda event: (event[1], -event[2]))
    kept = []
    for event, following in zip(found, [*found[1:], None], strict=True):
        if following is None or following[1] >= event[2]:
            kept.append(event)
    return kept


def busy(found):
    """ns during which anything ran."""
    total, end = 0.0, -np.inf
    for _, start, stop in sorted(found, key=lambda event: event[1]):
        total += max(0.0, stop - max(start, end))
        end = max(end, stop)
    return total


def shares(name, lanes):
    """Trace one warm step of a job and print where its time went."""
    point, names = prepared(name)
    devices = jax.local_devices()[:1]
    program = Program(point, names, devices, lanes, lanes=lanes)
    sample = {key: value for key, value in points(lanes).items() if key in names}
    program(sample)
    begin = time.perf_counter()
    program(sample)
    wall = time.perf_counter() - begin
    with tempfile.TemporaryDirectory() as folder:
        with jax.profiler.trace(folder):
            program(sample)
        found = operations(folder, devices[0].platform == "cpu")
    where = origins(program.text)
    parts, places = {}, {}
    for event, start, stop in found:
        for table, key in ((parts, part_of(event, where)), (places, where.get(event) or event)):
            table[key] = table.get(key, 0.0) + stop - start
    span = max(e[2] for e in found) - min(e[1] for e in found)
    total = sum(parts.values())
    print(f"\n{name}, {lanes} lanes: {1e3 * wall:.2f} ms a step, {lanes / wall:,.0f} a second")
    for part, ns in sorted(parts.items(), key=lambda item: -item[1]):
        if ns > 0.005 * total:
            print(f"  {part:24s} {100 * ns / total:6.1f} % of the operations' time")
    print(f"  {'between operations':24s} {100 * (1 - busy(found) / span):6.1f} % of the step")
    largest = sorted(places.items(), key=lambda item: -item[1])[:5]
    print("  largest:", ", ".join(f"{place} {100 * ns / total:.0f} %" for place, ns in largest))
    return lanes / wall


def speeds():
    """Operations and bytes per second of a large product and of a large copy."""
    n = 4096 if jax.devices()[0].platform != "cpu" else 1536
    a = jnp.ones((n, n))
    product, copy = jax.jit(jnp.matmul), jax.jit(lambda x: x + 1.0)
    big = jnp.ones(2**27 if n == 4096 else 2**25)

    def best(function, *arguments):
        jax.block_until_ready(function(*arguments))
        times = []
        for _ in range(5):
            begin = time.perf_counter()
            jax.block_until_ready(function(*arguments))
            times.append(time.perf_counter() - begin)
        return min(times)

    return 2 * n**3 / best(product, a, a), 2 * big.nbytes / best(copy, big)


def count_gap(steps):
    """Operations and bytes of one gap that needs so many Newton steps.

    The kernels: two exponentials and a handful of operations for every time and splitting,
    two products of the (K, M) transforms, once for the answer and once, on about half the
    axis, for its error estimate. A Newton step: a Jacobian of K + 1 unknowns and its
    factorisation. Bytes: every matrix once to memory and once back.
    """
    axis = tls.compact_axis()
    K, M = axis.n.size, axis.tau.size
    Q = tls.Lorentzian(1.0, 0.1).quadrature(0.5)[0].size
    exponential = 20
    build = M * Q * (2 * exponential + 10) + 2 * 2 * K * K * M
    newton = (2 / 3) * (K + 1) ** 3 + 20 * K**2
    flops = 1.5 * build + (steps + 1) * newton
    moved = 8 * (1.5 * 2 * (M * Q + 2 * K * K) + (steps + 1) * (2 * (K + 1) ** 2 + 2 * K * K))
    return flops, moved


def floor(rate):
    """Print the distance of a rate of gaps to the device's limits."""
    names = ("alpha", "J", "T")
    sample = [points(256)[name] for name in names]

    def iterations(alpha, J, T):
        return tls.solve_matsubara(tls.TLSEnsemble(alpha, tls.Lorentzian(J, 0.1)), T).iterations

    # All lanes take part in every step until the slowest has converged.
    steps = int(jax.jit(jax.vmap(iterations))(*sample).max())
    flops, moved = count_gap(steps)
    arithmetic, bandwidth = speeds()
    print(f"\nfloor of a gap ({steps} Newton steps): {flops / 1e6:.2f} Mflop, {moved / 1e6:.2f} MB")
    print(
        f"  this device: {arithmetic / 1e9:,.0f} Gflop/s in products, {bandwidth / 1e9:,.0f} GB/s"
    )
    for what, limit in (("arithmetic", arithmetic / flops), ("memory", bandwidth / moved)):
        print(f"  bound by {what:10s} {limit:14,.0f} a second, {limit / rate:8.1f} times the rate")


def main():
    print(f"JAX {jax.__version__}, {jax.devices()[0].device_kind}")
    on_cpu = jax.devices()[0].platform == "cpu"
    lanes = (
        {"tc": 32, "gap": 32, "dos": 4, "dos-coarse": 16} if on_cpu else dict.fromkeys(JOBS, 1024)
    )
    if not on_cpu:
        lanes |= {"tc": 16384, "gap": 16384}
    rates = {name: shares(name, count) for name, count in lanes.items()}
    floor(rates["gap"])


if __name__ == "__main__":
    with recorded("scan_profile.txt"):
        main()
