"""Tc and gaps on the Matsubara axis: error and warm time beside the alternatives.

    python -m pip install -e ".[bench]"
    python benchmarks/equilibrium.py

Everything in one run on one machine, medians of warm calls. The job shared with the
baselines is isotropic Eliashberg theory with one Einstein boson, lambda = 1: Tc against a
published-accuracy reference (5e-12), and the gap at 20 temperatures against an axis of
far higher resolution.
"""

import statistics
import subprocess
import sys
import time

import jax
import jax.numpy as jnp
import numpy as np
from baselines import Dense, SparseIR, critical_temperature, gap
from results import recorded

import tlsjax as tls

TC_REFERENCE = 0.114619512090
E0 = 1 / np.pi  # lambda = 1 in units hbar/tau_in
T_OVER_TC = np.append(np.arange(0.05, 0.951, 0.05), 0.98)


def median_ms(function, *arguments, least_seconds=0.4):
    """Median wall time of a warm call, in ms."""
    jax.block_until_ready(function(*arguments))
    times, start = [], time.perf_counter()
    while len(times) < 5 or (time.perf_counter() - start < least_seconds and len(times) < 300):
        begin = time.perf_counter()
        jax.block_until_ready(function(*arguments))
        times.append(time.perf_counter() - begin)
    return 1e3 * statistics.median(times)


def row(name, milliseconds, error=None, ratio=None):
    error = "" if error is None else f"{error:9.1e}"
    ratio = "" if ratio is None else f"{ratio:8.1f}"
    print(f"{name:58s} {milliseconds:10.3f} {error:>10s} {ratio:>9s}", flush=True)


def header(title):
    print(f"\n{title}\n{'':58s} {'ms':>10s} {'error':>10s} {'ratio':>9s}")


def einstein():
    splittings, bosons = tls.DeltaFunction(E0), tls.Oscillator()
    temperatures = T_OVER_TC * TC_REFERENCE * E0
    fine = tls.compact_axis(1e8, 1e-11)

    def all_gaps(axis):
        def one(T):
            return tls.solve_induced(splittings, T, bosons, axis=axis).order_parameter

        return jax.jit(jax.vmap(one))

    exact = np.asarray(all_gaps(fine)(temperatures)) / E0
    methods = [
        ("dense SciPy, cutoff 20 Omega", Dense(20.0)),
        ("dense SciPy, cutoff 40 Omega", Dense(40.0)),
        ("dense SciPy, cutoff 80 Omega", Dense(80.0)),
        ("sparse-ir, eps 1e-8", SparseIR(1e3, 1e-8)),
        ("sparse-ir, eps 1e-10", SparseIR(1e4, 1e-10)),
    ]

    header("Eliashberg, Einstein boson, lambda = 1: Tc")
    tc = jax.jit(lambda s: tls.induced_critical_temperature(s, bosons))
    ours = median_ms(tc, splittings)
    row("tlsjax", ours, abs(tc(splittings) / E0 / TC_REFERENCE - 1), 1.0)
    for name, method in methods:
        took = median_ms(critical_temperature, method, 1.0)
        row(name, took, abs(critical_temperature(method, 1.0) / TC_REFERENCE - 1), took / ours)

    header("the same: gap at 20 temperatures, T/Tc = 0.05 ... 0.98")
    gaps = all_gaps(tls.compact_axis())
    ours = median_ms(gaps, temperatures)
    row("tlsjax", ours, np.abs(gaps(temperatures) / E0 / exact - 1).max(), 1.0)
    for name, method in methods[1:]:

        def every(method=method):
            return np.array([gap(method, 1.0, t * TC_REFERENCE) for t in T_OVER_TC])

        took = median_ms(every)
        row(name, took, np.abs(every() / exact - 1).max(), took / ours)


def host():
    header("TLS in a BCS host, alpha = 1 (error: against a far finer axis)")
    fine = tls.compact_axis(1e8, 1e-11)
    tc = jax.jit(tls.critical_temperature)
    one_gap = jax.jit(tls.order_parameter)
    curve = jax.jit(jax.vmap(tls.order_parameter, in_axes=(None, 0)))
    for splittings in (tls.DeltaFunction(2.5), tls.Glass(3.0), tls.Lorentzian(1.0, 0.1)):
        name = type(splittings).__name__
        sample = tls.TLSEnsemble(1.0, splittings)
        exact = tls.critical_temperature(sample, axis=fine)
        value = median_ms(tc, sample)
        row(f"{name}: Tc", value, abs(tc(sample) / exact - 1))
        took = median_ms(jax.jit(jax.value_and_grad(tls.critical_temperature)), sample)
        row(f"{name}: Tc and its gradient (ratio to Tc)", took, None, took / value)
        T = T_OVER_TC * float(exact)
        exact = jax.vmap(lambda T, s=sample: tls.order_parameter(s, T, axis=fine))(T)
        took = median_ms(curve, sample, T)
        row(f"{name}: 20 gaps", took, np.abs(curve(sample, T) / exact - 1).max())
        value = median_ms(one_gap, sample, 0.5)
        row(f"{name}: one gap, T = 0.5", value)
        took = median_ms(one_gap, sample, 0.01)
        row(f"{name}: one gap, T = 0.01 (ratio to T = 0.5)", took, None, took / value)
        took = median_ms(jax.jit(jax.value_and_grad(tls.order_parameter)), sample, 0.5)
        row(f"{name}: gap and its gradient (ratio to the gap)", took, None, took / value)


def batch(size=10_000):
    header(f"{size} gaps with different (T, alpha, J, sigma) in one call")
    rng = np.random.default_rng(0)
    parameters = tuple(
        jnp.asarray(rng.uniform(low, high, size))
        for low, high in ((0.02, 1.1), (0.0, 3.0), (0.2, 3.0), (0.02, 0.5))
    )

    def one(parameters):
        T, alpha, J, sigma = parameters
        state = tls.solve_matsubara(tls.TLSEnsemble(alpha, tls.Lorentzian(J, sigma)), T)
        return state.order_parameter, state.status

    # Chunks keep the splitting averages (nodes x times per lane) in the cache.
    for chunk in (100, 1000):
        run = jax.jit(lambda p, chunk=chunk: jax.lax.map(one, p, batch_size=chunk))
        took = median_ms(run, parameters)
        failed = int((np.asarray(run(parameters)[1]) > 1).sum())
        row(f"Lorentzian, chunks of {chunk}, {failed} failed", took)
        print(f"{'':4s}{size / took * 1e3:,.0f} solves per second")


STAGES = """
import time
t0 = time.perf_counter()
import jax
t1 = time.perf_counter()
import tlsjax as tls
t2 = time.perf_counter()
tls.compact_axis()
t3 = time.perf_counter()
tls.critical_temperature(tls.TLSEnsemble(1.0, tls.Glass(3.0))).block_until_ready()
t4 = time.perf_counter()
for name, a, b in (("import jax", t0, t1), ("import tlsjax (with scipy)", t1, t2),
                   ("build the axis", t2, t3), ("trace, compile and solve", t3, t4)):
    print(f"{name}|{1e3 * (b - a)}")
"""


def cold():
    header("First answer from a cold process")
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-m", "tlsjax", "tc"], check=True, capture_output=True)
    row("tlsjax tc, whole process", 1e3 * (time.perf_counter() - begin))
    out = subprocess.run([sys.executable, "-c", STAGES], check=True, capture_output=True, text=True)
    for line in out.stdout.splitlines():
        name, value = line.split("|")
        row(f"  {name}", float(value))


if __name__ == "__main__":
    with recorded("equilibrium.txt"):
        print(
            f"JAX {jax.__version__}, {jax.devices()[0].device_kind}, {len(jax.devices())} device(s)"
        )
        einstein()
        host()
        batch()
        cold()
