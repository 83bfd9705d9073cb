"""What a user waits for: fits of junctions, a table of rivals, a posterior.

    python benchmarks/fit_times.py [ROW ...]

Of a sweep of 400 points each row has two processes: a new one without programs on disk (first and
second fit), and one that finds those of the former there by `tls.keep_programs`, as `tlsjax fit`
does from its second call on ("kept"). Seconds of the clock, imports included in none; in brackets
those of the processor, which are fewer where the machine had other work, and more where it used
both cores. The rows are dI/dV at 0.2 Tc0 with hot impurities and four parameters; aluminium at
0.01 Tc0, with hot impurities and electrons; three such sweeps at 0.03 Tc0 together; the table of
all rivals of one sweep at 0.2 and 0.01 Tc0, and a fit with its rivals; NUTS of 21 points of
Delta(T), 4 x 1,000 draws.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import junctions
import numpy as np
import posterior
import rivals
from results import recorded

FIXED = {"slope": 0.0, "V0": 0.0, "G_N": 1.0}


def sweep(T, alpha, folder):
    """That of `rivals.sweep`, solved once for all processes."""
    import tlsjax as tls

    path = Path(folder) / f"{T}_{alpha}.npz"
    if not path.exists():
        data = rivals.sweep(T, alpha)
        np.savez(path, x=data.x, y=data.y, T=data.T)
    with np.load(path) as file:
        return tls.TunnellingData(file["x"], file["y"], T=float(file["T"]), error=0.01)


def four_parameters(folder):
    import tlsjax as tls

    data = sweep(0.2, 0.6, folder)
    choices = {"free": ("T_tls",), "fixed": FIXED, "starts": 1, "rivals": False}
    return lambda: tls.fit(data, tls.Glass(3.5 * rivals.KT), **choices)


def aluminium(share, free, count):
    """The same of a clean one, by plain sums."""
    import tlsjax as tls

    bias, signals, T = junctions.sweeps(share, count)
    data = [
        tls.TunnellingData(bias, y, T=T, error=junctions.NOISE, label=f"sweep {i + 1}")
        for i, y in enumerate(signals)
    ]
    choices = {"free": free, "fixed": {"Ec": 0.2}, "starts": 1, "rivals": False}
    return lambda: tls.fit(data, tls.Glass(0.2), **choices)


def table(share, folder):
    import tlsjax as tls

    data = sweep(share, 0.0, folder)
    return lambda: tls.compare(data, rivals.defaults([data]))


def beside(folder):
    import tlsjax as tls

    data = sweep(0.2, 0.6, folder)
    choices = {"free": ("T_tls",), "starts": 1}
    return lambda: tls.fit(data, tls.Glass(3.5 * rivals.KT), **choices)


def nuts(folder):
    import tlsjax as tls

    result = posterior.fitted()
    return lambda: tls.sample(result)


ROWS = {
    "four": ("dI/dV at 0.2 Tc0, 4 parameters", four_parameters),
    "cold": (
        "dI/dV at 0.01 Tc0, hot impurities and electrons",
        lambda folder: aluminium(0.01, ("broadening", "T_e", "T_tls"), 1),
    ),
    "three": ("three sweeps at 0.03 Tc0", lambda folder: aluminium(0.03, ("broadening",), 3)),
    "table": ("rivals of a sweep at 0.2 Tc0", lambda folder: table(0.2, folder)),
    "coldtable": ("rivals of a sweep at 0.01 Tc0", lambda folder: table(0.01, folder)),
    "beside": ("dI/dV at 0.2 Tc0 and its rivals", beside),
    "nuts": ("NUTS, Delta(T), 4 x 1,000 draws", nuts),
}


def times(row, folder, twice):
    """In a process of its own: seconds of a first run, and of a second one."""
    function = ROWS[row][1](folder)
    cells = []
    for _ in range(2 if twice else 1):
        wall, cpu = time.perf_counter(), time.process_time()
        function()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        cells.append(f"{wall:.1f} ({cpu:.1f})")
    print("RESULT", " | ".join(cells))


def run(row, data, folder, twice):
    lines = [
        "import sys", "sys.path.insert(0, 'benchmarks')", "from fit_times import times",
        f"import tlsjax; tlsjax.keep_programs({folder!r})", f"times({row!r}, {data!r}, {twice})",
    ]  # fmt: skip
    command = [sys.executable, "-c", "\n".join(lines)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.partition("RESULT ")[2].strip()


def main():
    print("| what | first | warm | kept |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as data:
        for T, alpha in ((0.2, 0.6), (0.2, 0.0), (0.01, 0.0)):
            sweep(T, alpha, data)
        for row in sys.argv[1:] or ROWS:
            folder = f"{data}/{row}"
            print("|", ROWS[row][0], "|", run(row, data, folder, True), end=" | ", flush=True)
            print(run(row, data, folder, False), "|", flush=True)


if __name__ == "__main__":
    with recorded("fit_times.md"):
        main()
