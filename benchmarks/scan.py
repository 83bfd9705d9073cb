"""Scans: solves per second against their number, cores, devices, and a pool of NumPy processes.

    python benchmarks/scan.py   # on a CPU about a quarter of an hour

The same command on a GPU machine, after ``pip install "tlsjax[cuda13]"``, measures the GPU: the
program finds it by itself. `scan_profile.py` shows where the time goes. Every row is a process
of its own. The points are random samples of alpha, J, T and T_tls of Lorentzian distributions.
"""

import argparse
import concurrent.futures
import json
import multiprocessing
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

from results import recorded

# Panels of the spectrum; None where there is no spectrum.
JOBS = {"tc": None, "gap": None, "dos": 80, "dos-coarse": 32}
COUNTS = 1, 10, 100, 1000, 10_000, 100_000
# Seconds that a row may take; larger ones are left out.
LIMIT = 40.0
ENERGIES = 101


def points(count):
    """Random samples ``{name: (count,)}``."""
    import numpy as np

    ranges = {"alpha": (0.1, 3.0), "J": (0.2, 3.0), "T": (0.2, 0.9), "T_tls": (0.2, 2.0)}
    rng = np.random.default_rng(0)
    return {name: rng.uniform(*ends, count) for name, ends in ranges.items()}


def prepared(name):
    """Point function and names of its coordinates."""
    import numpy as np

    import tlsjax as tls
    from tlsjax.scans.point import point_function

    splittings = tls.Lorentzian(J=1.0, sigma=0.1)
    names = {"tc": ("alpha", "J"), "gap": ("alpha", "J", "T")}.get(name, tuple(points(1)))
    if JOBS[name]:
        solver = {"panels": JOBS[name]}
        energy = np.linspace(0.0, 5.0, ENERGIES)
        observable = tls.Observable("dos", splittings, energy=energy, solver=solver)
    else:
        observable = tls.Observable(name, splittings)
    return point_function(observable, names), names


def measure(name, devices, cores):
    """Print one line of JSON for every count of points."""
    if cores and hasattr(os, "sched_setaffinity"):
        # Before JAX starts its threads.
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])
    import jax

    if devices:
        jax.config.update("jax_num_cpu_devices", devices)
    from tlsjax.core.status import is_ok
    from tlsjax.scans.execution import Program

    point, names = prepared(name)
    rate = 0.0
    for count in COUNTS:
        if rate and count / rate > LIMIT:
            break
        sample = {key: value for key, value in points(count).items() if key in names}
        begin = time.perf_counter()
        program = Program(point, names, jax.local_devices(), count)
        compiled = time.perf_counter() - begin
        program({key: value[: program.step] for key, value in sample.items()})
        begin = time.perf_counter()
        results = program(sample)
        rate = count / (time.perf_counter() - begin)
        row = {
            "points": count, "rate": rate, "lanes": program.lanes, "compile": compiled,
            "temporaries": program.bytes / program.lanes,
            "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            "failed": int((~is_ok(results["status"])).sum()),
            "device": f"{len(jax.local_devices())} x {jax.devices()[0].device_kind}",
        }  # fmt: skip
        stats = jax.local_devices()[0].memory_stats()
        if stats:
            row["peak"] = stats["peak_bytes_in_use"]
        print(json.dumps(row), flush=True)


def child(name, devices, cores=0):
    """Rows that `measure` prints in a fresh process, on so many cores."""
    command = [sys.executable, __file__, "--measure", name, str(devices), str(cores)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def table(title, rows):
    print(f"\n{title}")
    print(f"  {'points':>8s} {'lanes':>6s} {'per second':>11s} {'compile, s':>11s}"
          f" {'MB a lane':>10s} {'peak, GiB':>10s} {'failed':>7s}")  # fmt: skip
    for row in rows:
        print(f"  {row['points']:8d} {row['lanes']:6d} {row['rate']:11,.1f} {row['compile']:11.1f}"
              f" {row['temporaries'] / 1e6:10.2f} {row['peak'] / 2**30:10.2f}"
              f" {row['failed']:7d}", flush=True)  # fmt: skip


def plain(task):
    """One point by the plain NumPy programs of the tests."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    import oracle
    import spectrum_oracle

    name, alpha, J, T, T_tls = task
    if name == "gap":
        # Cut so that its error is that of the table in benchmarks/README.md.
        return float(oracle.gap("lorentzian", (J, 0.1), alpha, T, per_temperature=200))
    delta, *_ = spectrum_oracle.solve("lorentzian", (J, 0.1), alpha, T, T_tls)
    return float(delta)


def pool(rates):
    """The same job through a pool of plain NumPy processes."""
    import numpy as np

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    print(f"\nThe same through a pool of {cores} plain NumPy processes")
    print(
        f"  {'':12s} {'points':>8s} {'per second':>11s} {'error':>9s} {'tlsjax is faster by':>20s}"
    )
    for name, count in (("gap", 40), ("dos", 20)):
        sample = points(count)
        tasks = [(name, *values) for values in zip(*sample.values(), strict=True)]
        spawn = multiprocessing.get_context("spawn")
        with concurrent.futures.ProcessPoolExecutor(cores, spawn) as executor:
            list(executor.map(plain, tasks[:cores]))
            begin = time.perf_counter()
            theirs = np.array(list(executor.map(plain, tasks)))
            rate = count / (time.perf_counter() - begin)
        error = np.abs(theirs - exact(name, sample)).max()
        print(f"  {name:12s} {count:8d} {rate:11,.2f} {error:9.1e} {rates[name] / rate:17,.1f}")


def exact(name, sample):
    """Delta of the sample by the package's finest settings, in this process."""
    import numpy as np

    import tlsjax as tls

    found = []
    for alpha, J, T, T_tls in zip(*sample.values(), strict=True):
        ensemble = tls.TLSEnsemble(alpha, tls.Lorentzian(J, 0.1))
        if name == "gap":
            state = tls.solve_matsubara(ensemble, T, axis=tls.compact_axis(1e8, 1e-11))
        else:
            population = tls.EffectiveTemperature(T_tls)
            state = tls.solve_spectrum(ensemble, T, population, panels=128)
        found.append(float(state.order_parameter))
    return np.array(found)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--measure", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        name, *numbers = arguments.measure
        measure(name, *map(int, numbers))
    else:
        everything()


def everything():
    import jax

    on_cpu = jax.devices()[0].platform == "cpu"
    print(f"JAX {jax.__version__}, {len(jax.devices())} x {jax.devices()[0].device_kind}")
    rates = {}
    for name in JOBS:
        for devices in (1, 2) if on_cpu else (0,):
            rows = child(name, devices, cores=devices)
            where = f"{devices} core(s)" if on_cpu else rows[0]["device"]
            table(f"{name}, {where}", rows)
            rates[name] = rows[-1]["rate"]
    if on_cpu:
        print("\nSimulated devices on 2 cores, solves per second over those of one device")
        for name in ("tc", "gap"):
            found = {d: child(name, d, cores=2)[-1]["rate"] for d in (1, 2, 4, 8)}
            shown = ", ".join(f"{d}: {rate / found[1]:.2f}" for d, rate in found.items())
            print(f"  {name:12s} {shown}", flush=True)
    pool(rates)


if __name__ == "__main__":
    with recorded("scan.txt"):
        main()
