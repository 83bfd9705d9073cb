"""What a scan is asked for: points, fixed parameters, units, the observable."""

import argparse
import contextlib

import numpy as np

from tlsjax.cli import arguments as common
from tlsjax.contour.axis import line_axis
from tlsjax.core.units import MEV_PER_KELVIN, Scale
from tlsjax.core.validation import fail, positive, require
from tlsjax.io.simple_tables import read_table
from tlsjax.scans.observable import Observable

# Options that only spectra have, by quantity.
_SPECTRAL = {("dos", "energy"), *((q, n) for q in ("dos", "n0") for n in ("panels", "line"))}


def _values(text):
    """Numbers from start:stop:count, log:start:stop:count or a list with commas."""
    kind, _, rest = text.partition(":")
    found = np.array([np.nan])
    with contextlib.suppress(ValueError, argparse.ArgumentTypeError):
        if kind == "log":
            ends = common.numbers(rest)
            if ends.size > 1 and ends.min() > 0:
                found = np.geomspace(ends[0], ends[-1], ends.size)
        elif rest:
            found = common.numbers(text)
        else:
            found = np.array([float(part) for part in text.split(",")])
    if np.isnan(found).any():
        rule = "start:stop:count, log:start:stop:count from above zero, or numbers with commas"
        fail("grid", rule, repr(text))
    return found


def _pairs(items, where):
    """``{name: text}`` of NAME=VALUE arguments."""
    found = {}
    for item in items:
        name, mark, text = item.partition("=")
        if not mark or not name or not text or name in found:
            fail(where, "NAME=VALUE, each name once", repr(item))
        found[name] = text
    return found


def _fixed(args):
    found = {}
    for name, text in _pairs(args.set, "set").items():
        try:
            found[name] = float(text)
        except ValueError:
            fail("set", "NAME=NUMBER", f"{name}={text}")
    return found


def points(args):
    """Names and values of the grid or the list."""
    if bool(args.grid) == bool(args.points):
        fail("grid", "given, or else points", "both" if args.points else "missing")
    if args.grid:
        pairs = _pairs(args.grid, "grid").items()
        return {name: _values(text) for name, text in pairs}
    table = read_table(args.points)
    if not all(table.names) or not len(table.values):
        fail("points", "a table with a header and at least one row", args.points)
    return {name: table.column(name) for name in table.names}


def _scale(args):
    if args.quantity == "induced-tc":
        if args.tc0_kelvin is not None or args.gap_ratio is not None:
            fail("tc0-kelvin", "left out for induced-tc, which has --rate-mev", "given")
        if args.rate_mev is None:
            return None
        require(positive("rate-mev", args.rate_mev))
        return Scale(args.rate_mev / MEV_PER_KELVIN)
    if args.rate_mev is not None:
        fail("rate-mev", "given with induced-tc only", f"given with {args.quantity}")
    if args.gap_ratio is not None and args.tc0_kelvin is None:
        fail("gap-ratio", "given with --tc0-kelvin", "given alone")
    if args.tc0_kelvin is None:
        return None
    ratio = {} if args.gap_ratio is None else {"gap_ratio": args.gap_ratio}
    return Scale(args.tc0_kelvin, **ratio)


def observable(args):
    solver = {}
    if args.panels is not None:
        solver["panels"] = args.panels
    if args.line is not None:
        solver["line"] = line_axis(args.line)
    energy = np.linspace(0.0, 5.0, 501) if args.energy is None else args.energy
    spectral = {"energy": args.energy, "panels": args.panels, "line": args.line}
    for name, value in spectral.items():
        if value is not None and (args.quantity, name) not in _SPECTRAL:
            fail(name, "given with a spectrum", f"given with {args.quantity}")
    return Observable(
        args.quantity,
        common.splittings(args.splittings),
        fixed=_fixed(args),
        population=common.POPULATIONS[args.population] if args.population else None,
        energy=energy if args.quantity == "dos" else 0.0,
        scale=_scale(args),
        solver=solver,
    )
