"""Where the time of one step of a scan goes, and how far that is from the device's floor.

    python benchmarks/scan.py --profile

One warm step is traced with JAX's profiler; device time is sorted by the kind of operation. What
is left of the wall time is launch gaps. The floor is what the same work would take at the
speed of a large matrix product and of a large copy on the same device, both measured here;
operations and bytes are counted from the algorithm's sizes, see `count_gap`.
"""

import tempfile
import time
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from scan import JOBS, points, prepared

import tlsjax as tls
from tlsjax.scans.execution import Program

# First match decides; names of XLA's operations and of the vendors' kernels.
KINDS = {
    "factorisation": ("getrf", "getrs", "trsm", "triangular", "lu_", "laswp", "cholesky", "solver"),
    "matrix products": ("dot", "gemm", "gemv", "matmul", "cutlass"),
    "Fourier transforms": ("fft",),
    "copies and layout": ("copy", "memcpy", "memset", "transpose", "concatenate", "bitcast"),
}


def kind_of(name):
    name = name.lower()
    return next((k for k, words in KINDS.items() if any(w in name for w in words)), "elementwise")


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
                found += [(e.name, e.start_ns, e.start_ns + e.duration_ns) for e in line.events]
    return found


def leaves(found):
    """Events that contain no other: a loop is not counted beside its body."""
    found = sorted(found, key=lambda event: (event[1], -event[2]))
    kept = []
    for event, following in zip(found, [*found[1:], None], strict=True):
        if following is None or following[1] >= event[2] or following[2] > event[2]:
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
        found = leaves(operations(folder, devices[0].platform == "cpu"))
    by_kind = {}
    for event, start, stop in found:
        kind = kind_of(event)
        by_kind[kind] = by_kind.get(kind, 0.0) + stop - start
    span = max(e[2] for e in found) - min(e[1] for e in found)
    print(f"\n{name}, {lanes} lanes: {1e3 * wall:.2f} ms a step, {lanes / wall:,.0f} a second")
    total = sum(by_kind.values())
    for kind, ns in sorted(by_kind.items(), key=lambda item: -item[1]):
        print(f"  {kind:24s} {100 * ns / total:6.1f} % of the operations' time")
    print(f"  {'between operations':24s} {100 * (1 - busy(found) / span):6.1f} % of the step")
    longest = {}
    for event, start, stop in found:
        longest[event] = longest.get(event, 0.0) + stop - start
    for event, ns in sorted(longest.items(), key=lambda item: -item[1])[:6]:
        print(f"    {100 * ns / total:5.1f} %  {event[:90]}")
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
