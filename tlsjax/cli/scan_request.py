"""What a scan is asked for: points, fixed parameters, units, the observable."""

import argparse
import contextlib

import numpy as np

from tlsjax.cli import model, options
from tlsjax.contour.axis import line_axis
from tlsjax.core.units import Units
from tlsjax.core.validation import fail
from tlsjax.io.tables import read_sheet
from tlsjax.scans.observable import Observable

# Options that only spectra have, by quantity.
_SPECTRAL = {("dos", "energy"), *((q, n) for q in ("dos", "n0") for n in ("panels", "line"))}


def _values(text):
    """Numbers from start:stop:count, log:start:stop:count or a list with commas."""
    kind, _, rest = text.partition(":")
    found = np.array([np.nan])
    with contextlib.suppress(ValueError, argparse.ArgumentTypeError):
        if kind == "log":
            ends = options.numbers(rest)
            if ends.size > 1 and ends.min() > 0:
                found = np.geomspace(ends[0], ends[-1], ends.size)
        elif rest:
            found = options.numbers(text)
        else:
            found = np.array([float(part) for part in text.split(",")])
    if np.isnan(found).any():
        rule = "start:stop:count, log:start:stop:count from above zero, or numbers with commas"
        fail("grid", rule, repr(text))
    return found


def _fixed(args):
    found = options.pairs(args.set, "set", options.as_float)
    if args.gap_ratio is not None:
        found["gap_ratio"] = args.gap_ratio
    return found


def points(args):
    """Names and values of the grid or the list."""
    if bool(args.grid) == bool(args.points):
        fail("grid", "given, or else points", "both" if args.points else "missing")
    if args.grid:
        return {n: _values(text) for n, text in options.pairs(args.grid, "grid").items()}
    sheet = read_sheet(args.points, least_columns=1)
    if not all(sheet.names):
        fail("points", "a table with a header and at least one row", args.points)
    return {name: sheet.column(name) for name in sheet.names}


def _units(args):
    if args.quantity == "induced-tc":
        if args.tc0_kelvin is not None or args.gap_ratio is not None:
            fail("tc0-kelvin", "left out for induced-tc, which has --rate-mev", "given")
        if args.rate_mev is None:
            return Units.reduced("hbar/tau_in", "hbar/(k_B tau_in)")
        return Units.of_rate(args.rate_mev)
    if args.rate_mev is not None:
        fail("rate-mev", "given with induced-tc only", f"given with {args.quantity}")
    return options.units_of(args)


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
        model.splittings(args.splittings),
        fixed=_fixed(args),
        population=options.POPULATIONS[args.population] if args.population else None,
        energy=energy if args.quantity == "dos" else 0.0,
        units=_units(args),
        solver=solver,
    )
