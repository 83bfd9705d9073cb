"""What the subcommands share: parsing of distributions and numbers, units, output."""

import argparse
import inspect
import json
import math
import sys
from pathlib import Path

import numpy as np

from tlsjax.core.units import WEAK_COUPLING_GAP_RATIO, Scale
from tlsjax.core.validation import fail, is_known, require
from tlsjax.io.files import csv_text, prepare_directory, write_csv
from tlsjax.io.simple_tables import read_splittings
from tlsjax.model.distributions.paper import (
    DeltaFunction,
    Glass,
    Lorentzian,
    ModifiedWipfNeumaier,
    Tabulated,
    WipfNeumaier,
)
from tlsjax.model.distributions.strained import BroadenedWipfNeumaier
from tlsjax.model.occupations import GroundState, Thermal

DISTRIBUTIONS = {
    "delta": DeltaFunction,
    "glass": Glass,
    "lorentzian": Lorentzian,
    "wipf-neumaier": WipfNeumaier,
    "modified-wipf-neumaier": ModifiedWipfNeumaier,
    "broadened-wipf-neumaier": BroadenedWipfNeumaier,
}
SPLITTINGS_HELP = (
    "delta:E0=2.5, glass:Ec=3, lorentzian:J=1,sigma=0.1[,normalized=no], "
    "wipf-neumaier:J=1,sigma=0.1, modified-wipf-neumaier:J=0.1,sigma=0.1,delta=0.01, "
    "broadened-wipf-neumaier:J=1,sigma=0.1,delta=0.02 "
    "or file:PATH (two columns, E and p)"
)
POPULATIONS = {"thermal": Thermal(), "ground-state": GroundState()}


def number(text):
    """A finite number, for argparse."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"must be a finite number, but is {text!r}")
    return value


def numbers(text):
    """A number or ``start:stop:count``, for argparse; an array."""
    parts = text.split(":")
    if len(parts) == 1:
        return np.array([number(text)])
    if len(parts) != 3 or not parts[2].isdigit() or not 2 <= int(parts[2]) <= 100_000:
        rule = "must be a number or start:stop:count with 2 to 100000 points"
        raise argparse.ArgumentTypeError(f"{rule}, but is {text!r}")
    return np.linspace(number(parts[0]), number(parts[1]), int(parts[2]))


def splittings(text, energy_scale=1.0):
    """A distribution from ``name:key=value,...``; energies times ``energy_scale``."""
    name, _, rest = text.partition(":")
    if name == "file":
        return read_splittings(rest, energy_scale)
    if name not in DISTRIBUTIONS:
        fail("splittings", f"one of {', '.join(DISTRIBUTIONS)} or file:PATH", repr(name))
    cls = DISTRIBUTIONS[name]
    wanted = list(inspect.signature(cls).parameters)
    required = [key for key in wanted if key != "normalized"]
    values = {}
    for item in filter(None, rest.split(",")):
        key, _, value = item.partition("=")
        if key not in wanted or key in values:
            fail("splittings", f"{name}:{'=..,'.join(required)}=.., each once", repr(text))
        if key == "normalized":
            if value not in ("yes", "no"):
                fail("normalized", "yes or no", repr(value))
            values[key] = value == "yes"
            continue
        try:
            values[key] = float(value) * energy_scale
        except ValueError:
            fail(key, "a number", repr(value))
    missing = [key for key in required if key not in values]
    if missing:
        fail("splittings", f"{name}:{'=..,'.join(required)}=..", f"{text!r} without {missing[0]}")
    result = cls(**values)
    require(*result.rules())
    return result


def add_splittings(parser, default="glass:Ec=3"):
    """``--splittings``."""
    parser.add_argument("--splittings", default=default, metavar="P", help=SPLITTINGS_HELP)


def add_ensemble(parser):
    """``--splittings`` and any number of ``--alpha``."""
    add_splittings(parser)
    parser.add_argument(
        "--alpha", type=numbers, nargs="+", default=[np.array([1.0])], metavar="A",
        help="coupling hbar/(2 pi tau_in k_B Tc0): numbers or start:stop:count (default 1)",
    )  # fmt: skip


def add_output(parser):
    """``--json``, ``--out`` and ``--force``."""
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write files into this folder")
    parser.add_argument("--force", action="store_true", help="overwrite earlier files in --out")


def add_units(parser, gap=False):
    """``--tc0-kelvin`` and, for gaps, ``--gap-ratio``."""
    parser.add_argument(
        "--tc0-kelvin", type=number, metavar="K",
        help="clean Tc in kelvin: temperatures are then in K and energies in meV, "
        "in and out (default: units of Tc0 and k_B Tc0)",
    )  # fmt: skip
    if gap:
        parser.add_argument(
            "--gap-ratio", type=number, metavar="R",
            help="2 Delta(0)/(k_B Tc0) of the clean host; scales the gap by R/3.53 "
            "(default: weak coupling, 3.53)",
        )  # fmt: skip


class Units:
    """Conversion and names of units: dimensionless, or kelvin and meV."""

    def __init__(self, tc0_kelvin=None, gap_ratio=None):
        ratio = WEAK_COUPLING_GAP_RATIO if gap_ratio is None else gap_ratio
        self.physical = tc0_kelvin is not None
        self.scale = Scale(tc0_kelvin if self.physical else 1.0, ratio)
        self.temperature_name = "T_K" if self.physical else "T_over_Tc0"
        self.tc_name = "Tc_K" if self.physical else "Tc_over_Tc0"
        self.gap_name = "Delta_meV" if self.physical else "Delta_over_kBTc0"
        self.energy_name = "energy_meV" if self.physical else "energy_over_kBTc0"
        self.energy_scale = self.scale.from_mev(1.0) if self.physical else 1.0

    def temperature(self, T):
        """Temperature for people."""
        return np.asarray(self.scale.to_kelvin(np.asarray(T)))

    def temperature_in(self, T):
        """Temperature for the solver."""
        return np.asarray(self.scale.from_kelvin(np.asarray(T)))

    def energy(self, energy):
        """Energy for people."""
        energy = np.asarray(energy)
        return np.asarray(self.scale.to_mev(energy)) if self.physical else energy

    def gap(self, delta):
        """Order parameter for people."""
        delta = np.asarray(delta)
        if self.physical:
            return np.asarray(self.scale.gap_to_mev(delta))
        return delta * (self.scale.gap_ratio / WEAK_COUPLING_GAP_RATIO)


def plain(value):
    """Arrays, parameters and NumPy scalars as JSON-ready Python."""
    if isinstance(value, Tabulated):
        return {"E": plain(value.E), "p": plain(value.p)}
    if hasattr(value, "rules"):
        return {"type": type(value).__name__, **{k: plain(v) for k, v in vars(value).items()}}
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if hasattr(value, "tolist") and is_known(value):
        return np.asarray(value).tolist()
    return value


def print_json(command, **fields):
    """One JSON object on stdout."""
    import tlsjax

    record = {"command": command, "version": tlsjax.__version__}
    record |= {name: plain(value) for name, value in fields.items()}
    json.dump(record, sys.stdout, indent=2, allow_nan=False)
    print()


def print_csv(columns, comment):
    """The same columns a file would get, on stdout."""
    sys.stdout.write(csv_text(columns, comment))


def prepare(args, suffixes=("csv",)):
    """Make --out before any work is done; refuse if results of this command are in it."""
    if args.out:
        names = [f"{args.command}.{suffix}" for suffix in suffixes]
        prepare_directory(args.out, names, args.force)


def emit(args, columns, comment, **fields):
    """Send a table to the file, as JSON or as CSV to stdout: whatever was asked for.

    The folder is there and free, see `prepare`.
    """
    if args.out:
        path = args.out / f"{args.command}.csv"
        write_csv(path, columns, comment)
    if args.json:
        print_json(args.command, **fields, **columns)
    elif args.out:
        print(path)
    else:
        print_csv(columns, comment)
