"""The spectrum: error and time beside a plain NumPy calculation on a uniform grid.

    python benchmarks/spectrum.py [distribution ...]

Errors of Delta and of N (the largest relative deviation over 61 energies 0 ... 6) are
distances to the finest setting of the package. Times are medians of five warm calls (one of the
finest), after a first one that compiles. The NumPy calculation is `tests/spectrum_oracle.py`.
"""

import resource
import statistics
import sys
import time
from pathlib import Path

import jax
import numpy as np
from results import recorded

import tlsjax as tls

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
import spectrum_oracle

CASES = {
    "delta": (tls.DeltaFunction, (1.0,)),
    "glass": (tls.Glass, (3.0,)),
    "lorentzian": (tls.Lorentzian, (1.0, 0.1)),
    "modified-wipf-neumaier": (tls.ModifiedWipfNeumaier, (0.1, 0.1, 0.01)),
}
# (T, T_tls), and of each row the panels and whether errors are estimated, the finest last. In
# equilibrium Delta does not use panels.
POINTS = (0.5, 0.5), (0.2, 1.0)
SETTINGS = (80, True), (32, True), (24, False), (20, False), (128, True)
STEPS = 0.04, 0.02, 0.01
# On the grid of every step.
ENERGIES = STEPS[0] * np.rint(np.linspace(0, 6, 61) / STEPS[0])
MANY = np.linspace(0, 6, 600)


def seconds(function):
    begin = time.perf_counter()
    answer = jax.block_until_ready(function())
    return time.perf_counter() - begin, answer


def row(name, first, milliseconds, Delta, dos, ratio, many=None):
    first = "" if first is None else f"{first:.1f}"
    many = "" if many is None else f"{many:.1f}"
    print(
        f"  {name:28s} {first:>8s} {milliseconds:9.1f} {Delta:9.1e} {dos:9.1e} {ratio:7.2f}"
        f" {many:>9s}",
        flush=True,
    )


def ours(ensemble, T, population, panels, errors):
    def solve():
        return tls.solve_spectrum(ensemble, T, population, panels=panels, errors=errors)

    first, s = seconds(solve)
    calls = 5 if panels < 128 else 1
    warm = 1e3 * statistics.median(seconds(solve)[0] for _ in range(calls))
    s.check()
    dos = np.asarray(s.dos(ENERGIES))
    s.dos(MANY).block_until_ready()
    many = 1e3 * statistics.median(seconds(lambda: s.dos(MANY))[0] for _ in range(5))
    return first, warm, float(s.order_parameter), dos, many


def case(kind, T, T_tls):
    cls, parameters = CASES[kind]
    ensemble = tls.TLSEnsemble(1.0, cls(*parameters))
    population = None if T_tls == T else tls.EffectiveTemperature(T_tls)
    answers = [ours(ensemble, T, population, *setting) for setting in SETTINGS]
    *_, exact, exact_dos, _ = answers[-1]
    print(f"\n{kind}{parameters}, T = {T}, T_tls = {T_tls}: Delta = {exact:.7f}")
    default = answers[0][1]

    def errors(Delta, dos):
        return abs(Delta / exact - 1), abs(dos / exact_dos - 1).max()

    for (panels, estimated), answer in zip(SETTINGS, answers, strict=True):
        first, warm, Delta, dos, many = answer
        name = f"panels {panels}" + ("" if estimated else ", errors=False")
        row(name, first, warm, *errors(Delta, dos), warm / default, many)
    for step in STEPS:
        begin = time.perf_counter()
        try:
            Delta, x, dos, _ = spectrum_oracle.solve(kind, parameters, 1.0, T, T_tls, step)
        except RuntimeError as error:
            print(f"  NumPy, step {step}: {error}")
            continue
        took = 1e3 * (time.perf_counter() - begin)
        dos = np.interp(ENERGIES, x, dos)
        row(f"NumPy, step {step}", None, took, *errors(Delta, dos), took / default)


if __name__ == "__main__":
    with recorded("spectrum.txt"):
        print(
            f"JAX {jax.__version__}, {jax.devices()[0].device_kind}, {len(jax.devices())} device(s)"
        )
        columns = ("first, s", 8), ("warm, ms", 9), ("Delta", 9), ("N", 9), ("ratio", 7)
        columns = " ".join(f"{name:>{width}s}" for name, width in (*columns, ("600 N, ms", 9)))
        print(f"{'':31s}{columns}")
        begin = time.perf_counter()
        for kind in sys.argv[1:] or CASES:
            for T, T_tls in POINTS:
                case(kind, T, T_tls)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(f"\npeak memory {peak:.2f} GiB, {time.perf_counter() - begin:.0f} s in all")
