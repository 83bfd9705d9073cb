"""Free energy, entropy and specific heat: error and warm time beside dense sums.

    python benchmarks/thermodynamics.py

Everything in one run on one machine. What a user would write is the class `Dense` of
`tests/thermodynamics_oracle.py`: double sums over frequencies with a cutoff that is extrapolated
away, entropy and specific heat by differences of free energies. Errors against a finer axis.
"""

import statistics
import sys
import time
from pathlib import Path

import jax
import numpy as np
from results import recorded

import tlsjax as tls

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from thermodynamics_oracle import Dense

FINE = tls.compact_axis(1e8, 1e-11, order=24)
E0, ALPHA = 1.0, 0.5
T = np.linspace(0.05, 1.04, 50)
# Of the differences for entropy and specific heat: rounding and curvature weigh the same.
STEP = 2e-3


def median(function, repeats=15):
    """Median wall time of a warm call, in ms."""
    function()
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        function()
        times.append(time.perf_counter() - begin)
    return 1e3 * statistics.median(times)


def thermal(E, T):
    return np.tanh(E / (2 * T))


def dense(T):
    """``(Omega, S, C)`` by three free energies."""
    system = Dense([(np.array([E0]), np.array([ALPHA]), thermal)])
    below, here, above = (system.free_energy(T + sign * STEP) for sign in (-1, 0, 1))
    return here, -(above - below) / (2 * STEP), -T * (above - 2 * here + below) / STEP**2


def values(found):
    return np.array([found.free_energy, found.entropy, found.specific_heat.difference])


def main():
    sample = tls.TLSEnsemble(ALPHA, tls.DeltaFunction(E0))
    begin = time.perf_counter()
    exact = values(tls.solve_thermodynamics(sample, T, axis=FINE).check())
    begin = time.perf_counter()
    found = values(tls.solve_thermodynamics(sample, T).check())
    first = time.perf_counter() - begin

    def solve(T):
        return jax.block_until_ready(tls.solve_thermodynamics(sample, T).free_energy)

    many, one = median(lambda: solve(T)), median(lambda: solve(0.5))
    begin = time.perf_counter()
    plain = np.array(dense(0.5))
    seconds = time.perf_counter() - begin
    single = values(tls.solve_thermodynamics(sample, 0.5))
    single_exact = values(tls.solve_thermodynamics(sample, 0.5, axis=FINE))

    print(f"{'':44s} {'ms':>9s} {'Omega':>9s} {'S':>9s} {'C':>9s}  (largest errors)")

    def row(name, milliseconds, errors):
        shown = " ".join(f"{error:9.1e}" for error in errors)
        print(f"{name:44s} {milliseconds:9.2f} {shown}")

    row("tlsjax, 50 temperatures", many, np.max(np.abs(found - exact), axis=1))
    row("tlsjax, one temperature", one, np.abs(single - single_exact))
    row("dense sums and differences, one temperature", 1e3 * seconds, np.abs(plain - single_exact))
    print(f"ratio {1e3 * seconds / one:.0f}; first call with compilation {first:.1f} s")


if __name__ == "__main__":
    with recorded("thermodynamics.txt"):
        main()
