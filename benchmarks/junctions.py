"""Fits of cold junctions: a sweep of aluminium at 40 mK, from a cold process, warm, and again.

    python benchmarks/junctions.py

Each row is a process of its own: import, first fit and second fit of 400 points; "kept" is the
first fit of another process whose programs are on disk, as those of `tlsjax fit` are. Seconds of
the clock, and of the processor in brackets: where they differ the machine had other work.
"""

import subprocess
import sys
import tempfile
import time

import numpy as np
from results import recorded

TC0, WIDTH, NOISE, POINTS = 1.3, 0.008, 0.01, 400
CASES = {
    "0.03 Tc0, width": (0.03, ("broadening",), False, 1),
    "0.03 Tc0, width and impurities": (0.03, ("broadening",), True, 1),
    "0.01 Tc0, width and impurities": (0.01, ("broadening",), True, 1),
    "0.01 Tc0, hot impurities and electrons": (0.01, ("broadening", "T_e", "T_tls"), True, 1),
    "0.03 Tc0, three sweeps": (0.03, ("broadening",), True, 3),
}


def sweeps(share, count):
    """A clean BCS superconductor with a width, by plain sums: no program of tlsjax."""
    kelvin = 0.08617333262
    gap, T = 1.7638769 * TC0 * kelvin, share * TC0
    bias = np.linspace(-0.6, 0.6, POINTS)
    # E = (gap^2 + u^2)^(1/2), in which N(E) dE = du.
    u = np.linspace(0, 1.5, 6001)
    E = np.hypot(gap, u)
    V = np.linspace(-0.7, 0.7, 2801)
    z = [(E[:, None] + sign * V) / (2 * kelvin * T) for sign in (1, -1)]
    sharp = sum(np.cosh(np.clip(x, -300, 300)) ** -2.0 for x in z).sum(axis=0)
    sharp *= (u[1] - u[0]) / (4 * kelvin * T)
    kernel = np.exp(-((np.arange(-120, 121) * (V[1] - V[0]) / WIDTH) ** 2) / 2)
    exact = np.interp(bias, V, np.convolve(sharp, kernel / kernel.sum(), mode="same"))
    noise = NOISE * np.random.default_rng(1).standard_normal((count, POINTS))
    return bias, exact + noise, T


def fits(name, data):
    """In a process of its own: what a first and a second fit take."""
    begin = time.perf_counter(), time.process_time()

    def lap():
        nonlocal begin
        now = time.perf_counter(), time.process_time()
        spent = f"{now[0] - begin[0]:.1f} ({now[1] - begin[1]:.1f})"
        begin = now
        return spent

    import tlsjax as tls

    _, free, impurities, _ = CASES[name]
    with np.load(data) as file:
        bias, signals, T = file["bias"], file["signals"], float(file["T"])
    data = [
        tls.TunnellingData(bias, y, T=T, error=NOISE, label=f"sweep {i + 1}")
        for i, y in enumerate(signals)
    ]
    fixed = {"Ec": 0.2} if impurities else {"Ec": 0.2, "alpha": 0.0}
    cells = [lap()]
    for _ in range(2):
        result = tls.fit(data, tls.Glass(0.2), fixed=fixed, free=free, starts=1, rivals=False)
        cells.append(lap())
    dof = f"{result.chi2:.0f} / {result.dof}"
    print(" | ".join([*cells, str(result.evaluations), dof]))


def run(name, data, folder=None):
    """The cells of `fits` from a new process, with a folder for programs or without."""
    lines = ["import sys", "sys.path.insert(0, 'benchmarks')", "from junctions import fits"]
    call = f"fits({name!r}, {data!r})"
    if folder is None:
        lines.append(call)
    else:
        lines += [
            "import jax",
            "from tlsjax.core import programs",
            f"jax.config.update('jax_compilation_cache_dir', {folder!r})",
            "jax.config.update('jax_persistent_cache_min_compile_time_secs', 0.0)",
            f"with programs.kept_in({folder + '/traced'!r}):",
            f"    {call}",
        ]
    command = [sys.executable, "-c", "\n".join(lines)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.strip().split(" | ")


def main():
    print("| fit | import | first | warm | kept | evaluations | chi^2 / dof |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for name in sys.argv[1:] or CASES:
            share, _, _, count = CASES[name]
            bias, signals, T = sweeps(share, count)
            data = f"{folder}/data.npz"
            np.savez(data, bias=bias, signals=signals, T=T)
            imported, first, warm, *rest = run(name, data)
            run(name, data, folder)
            kept = run(name, data, folder)[1]
            print("|", " | ".join([name, imported, first, warm, kept, *rest]), "|", flush=True)


if __name__ == "__main__":
    with recorded("junctions.md"):
        main()
