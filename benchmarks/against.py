"""Spectra by this version and by another commit, one after the other in one run.

    python benchmarks/against.py COMMIT [distribution ...]

First answer (compilation included), a warm solve, and the errors of Delta and of N (relative, the
largest over 61 energies from 0 to 6) against 160 panels of this version, for a coarse solve and
the default. Every row is a process of its own.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from results import recorded

ROOT = Path(__file__).resolve().parents[1]
CASES = {
    "delta": ("DeltaFunction", (1.0,)),
    "glass": ("Glass", (3.0,)),
    "modified-wipf-neumaier": ("ModifiedWipfNeumaier", (0.1, 0.1, 0.01)),
}
# (T, T_tls)
POINTS = (0.5, 0.5), (0.2, 1.0)
COARSE, DEFAULT, FINE = 32, 80, 160


def measure(kind, T, T_tls, panels):
    """Print one line of JSON."""
    import jax
    import numpy as np

    import tlsjax as tls

    cls, parameters = CASES[kind]
    ensemble = tls.TLSEnsemble(1.0, getattr(tls, cls)(*parameters))
    population = None if T_tls == T else tls.EffectiveTemperature(T_tls)
    options = {"panels": panels}
    if panels == COARSE and hasattr(tls, "line_axis"):
        # Until November 2026 the line had steps of its own.
        options["line"] = tls.line_axis(1024)

    def solve():
        begin = time.perf_counter()
        spectrum = tls.solve_spectrum(ensemble, T, population, **options)
        jax.block_until_ready((spectrum.order_parameter, spectrum.fine))
        return time.perf_counter() - begin, spectrum

    first, spectrum = solve()
    warm = statistics.median(solve()[0] for _ in range(7))
    dos = np.asarray(spectrum.dos(np.linspace(0.0, 6.0, 61))).tolist()
    row = {"first": first, "warm": warm, "Delta": float(spectrum.order_parameter), "dos": dos}
    print(json.dumps(row))


def child(tree, *arguments):
    command = [sys.executable, __file__, "--measure", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(tree), "TLSJAX_CACHE": "off"}
    done = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, check=True, cwd=tree, env=environment
    )
    return json.loads(done.stdout)


def compare(commit, kinds):
    with tempfile.TemporaryDirectory() as folder:
        archive = subprocess.run(
            ["git", "archive", commit], cwd=ROOT, stdout=subprocess.PIPE, check=True
        )
        subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)
        print(f"{'':32s} {'panels':>6s} {'':>9s} {'first, s':>8s} {'warm, ms':>8s} {'Delta':>8s}"
              f" {'N':>8s} {'ratio':>6s}")  # fmt: skip
        for kind in kinds:
            for T, T_tls in POINTS:
                exact = child(ROOT, kind, T, T_tls, FINE)
                for panels in (COARSE, DEFAULT):
                    rows = {
                        name: child(tree, kind, T, T_tls, panels)
                        for name, tree in ((commit[:9], folder), ("now", ROOT))
                    }
                    for name, row in rows.items():
                        Delta = abs(row["Delta"] / exact["Delta"] - 1)
                        pairs = zip(row["dos"], exact["dos"], strict=True)
                        dos = max(abs(a / b - 1) if b else abs(a) for a, b in pairs)
                        ratio = row["warm"] / rows["now"]["warm"]
                        print(f"{kind + f', {T}, {T_tls}':32s} {panels:6d} {name:>9s}"
                              f" {row['first']:8.1f} {1e3 * row['warm']:8.1f} {Delta:8.1e}"
                              f" {dos:8.1e} {ratio:6.2f}", flush=True)  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--measure", nargs=4, help=argparse.SUPPRESS)
    parser.add_argument("commit", nargs="?", help="to compare with")
    parser.add_argument("kinds", nargs="*", help="distributions, all by default")
    arguments = parser.parse_args()
    if arguments.measure:
        kind, T, T_tls, panels = arguments.measure
        measure(kind, float(T), float(T_tls), int(panels))
    elif not arguments.commit:
        parser.error("Which commit to compare with?")
    else:
        compare(arguments.commit, arguments.kinds or CASES)


if __name__ == "__main__":
    with recorded("against.txt"):
        main()
