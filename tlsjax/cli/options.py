"""Options and values that the subcommands share."""

import argparse
import math
from pathlib import Path

import numpy as np

from tlsjax.core.validation import fail, positive, require
from tlsjax.model.burnt_hole import BurntHole
from tlsjax.model.occupations import EffectiveTemperature, GroundState, Oscillator, Thermal

POPULATIONS = {
    "thermal": Thermal(),
    "ground-state": GroundState(),
    "oscillator": Oscillator(),
}
EQUILIBRIUM = ("thermal", "oscillator")


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


def pairs(items, argument, convert=None):
    """``{name: value}`` of NAME=VALUE arguments, each name once."""
    found = {}
    for item in items:
        name, mark, text = item.partition("=")
        if not (name and mark and text) or name in found:
            fail(argument, "NAME=VALUE, each name once", repr(item))
        found[name] = text if convert is None else convert(text, argument)
    return found


def as_float(text, argument, form="NAME=NUMBER"):
    """The value of a NAME=NUMBER argument."""
    try:
        return float(text)
    except ValueError:
        return fail(argument, form, repr(text))


def limits(text, argument, form="NAME=LOW:HIGH", known=()):
    """Two numbers with a colon between them, or a comma; ``known`` are other words, with what they
    stand for."""
    low, mark, high = text.replace(",", ":").partition(":")
    if not mark:
        fail(argument, form, repr(text))
    words = dict(known)
    return tuple(
        words[end] if end in words else as_float(end, argument, form) for end in (low, high)
    )


def add_temperatures(parser, default=None, of=""):
    """``--temperature``, one or several: required, or up to what ``default`` says."""
    text = f"temperatures{of}, numbers or start:stop:count"
    parser.add_argument(
        "--temperature", type=numbers, nargs="+", metavar="T", required=default is None,
        help=text if default is None else f"{text} (default: {default})",
    )  # fmt: skip


def temperatures_of(args):
    """What ``--temperature`` says, or None."""
    if not args.temperature:
        return None
    grid = np.concatenate(args.temperature)
    require(positive("temperature", grid))
    return grid


_HOLE = "FREQUENCY:LINEWIDTH:SATURATION, such as 0.1:0.001:10"


def add_population(parser, *, several=False):
    """``--tls-temperature``, one or ``several``, ``--population`` and ``--hole``."""
    parser.add_argument(
        "--tls-temperature", metavar="T", nargs="+" if several else None,
        help="temperature of the impurities: a number, negative for inversion, or inf "
        "(default: in equilibrium with the electrons)"
        + ("; of several each is a curve, `equilibrium` among them" if several else ""),
    )  # fmt: skip
    parser.add_argument("--population", choices=POPULATIONS, help="instead of --tls-temperature")
    parser.add_argument(
        "--hole", metavar="F:G:S",
        help="of impurities driven at an energy F: burnt with the linewidth G, an energy, at S "
        "times the critical power; with or without --tls-temperature",
    )  # fmt: skip


def populations_of(args, units):
    """``[(text, occupation), ...]`` of an option that takes several."""
    given = args.tls_temperature or [None]
    if len(set(map(_as_number, given))) < len(given):
        fail("tls-temperature", "given once each", " ".join(given))
    texts = [None if text == "equilibrium" else text for text in given]
    return [(text, population_of(args, units, text)) for text in texts]


def _as_number(text):
    """The number that a text is, or the text: 0.5 and 0.50 are one."""
    try:
        return float(text)
    except (TypeError, ValueError):
        return text


def population_of(args, units, T_tls):
    """The occupation that these options describe, with `T_tls` as written or None, in the solver's
    units."""
    if args.population:
        for name, other in (("tls-temperature", T_tls), ("hole", args.hole)):
            if other is not None:
                fail("population", f"given without --{name}", args.population)
        return POPULATIONS[args.population]
    if T_tls is not None:
        try:
            T_tls = float(units.into("T", float(T_tls)))
        except ValueError:
            fail("tls-temperature", "a number or inf", repr(T_tls))
    if args.hole is None:
        return Thermal() if T_tls is None else EffectiveTemperature(T_tls)
    parts = args.hole.split(":")
    if len(parts) != 3:
        fail("hole", _HOLE, repr(args.hole))
    frequency, linewidth, saturation = (as_float(part, "hole", _HOLE) for part in parts)
    energies = (float(units.into("energy", energy)) for energy in (frequency, linewidth))
    return BurntHole(*energies, saturation, T_tls)


def add_output(parser):
    """``--json``, ``--out`` and ``--force``."""
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write files into this folder")
    parser.add_argument("--force", action="store_true", help="overwrite earlier files in --out")
