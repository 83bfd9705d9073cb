"""What a benchmark prints, kept: ``python benchmarks/NAME.py --save`` writes results/NAME.

README.md here and the pages on accuracy and speed show these files as they are.
"""

import contextlib
import datetime
import io
import os
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "results"


class _Both(io.TextIOBase):
    """Text that goes to the terminal and is kept."""

    def __init__(self, terminal):
        self.terminal, self.kept = terminal, []

    def write(self, text):
        self.kept.append(text)
        return self.terminal.write(text)

    def flush(self):
        self.terminal.flush()


def where():
    """One sentence: when, on what, and how busy it was."""
    import jax

    today = datetime.datetime.now(datetime.UTC).date()
    device = jax.devices()[0]
    kind = "" if device.platform == "cpu" else f", {device.device_kind}"
    load = f"load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "load unknown"
    return f"{today}, JAX {jax.__version__}, {os.cpu_count()} cores{kind}, {load} at the beginning."


@contextlib.contextmanager
def recorded(name):
    """Keep what is printed inside in ``results/name`` if the command line says ``--save``.

    The file is there once everything has run, and then as a whole.
    """
    if "--save" not in sys.argv:
        yield
        return
    sys.argv.remove("--save")
    both, begin = _Both(sys.stdout), where()
    with contextlib.redirect_stdout(both):
        yield
    FOLDER.mkdir(exist_ok=True)
    unfinished = FOLDER / f"{name}.unfinished"
    text = "".join(both.kept).strip("\n")
    unfinished.write_text(
        "\n".join(line.rstrip() for line in [begin, "", *text.splitlines()]) + "\n"
    )
    unfinished.replace(FOLDER / name)
