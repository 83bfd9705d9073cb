"""What a scan is asked for: points, fixed parameters, units, the observable."""

import argparse
import contextlib

import numpy as np

from tlsjax.cli import metal, model, options
from tlsjax.cli.words import splittings
from tlsjax.core.units import Units
from tlsjax.core.validation import fail
from tlsjax.io.tables import read_sheet
from tlsjax.microwave.surface import require_gigahertz
from tlsjax.scans.observable import Observable
from tlsjax.scans.quantities import QUANTITIES

# Options that only spectra have, by quantity.
_SPECTRA = [name for name, quantity in QUANTITIES.items() if quantity.is_spectrum]
_SPECTRAL = {("dos", "energy"), *((q, n) for q in _SPECTRA for n in ("panels",))}


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


def points(args):
    """Names and values of the grid or the list."""
    if bool(args.grid) == bool(args.points):
        fail("grid", "given, or else points", "both" if args.points else "missing")
    if args.grid:
        return {n: _values(text) for n, text in options.pairs(args.grid, "grid").items()}
    sheet = read_sheet(args.points, least_columns=1)
    if not all(sheet.names):
        fail("points", "a table with a header and at least one row", args.points)
    if len(set(sheet.names)) < len(sheet.names):
        twice = next(name for name in sheet.names if sheet.names.count(name) > 1)
        fail("points", "a table with each name once", f"{args.points} with {twice!r} twice")
    return {name: sheet.column(name) for name in sheet.names}


def observable(args, names):
    """What is scanned, over the parameters ``names``."""
    solver = {}
    if args.panels is not None:
        solver["panels"] = args.panels
    spectral = {"energy": args.energy, "panels": args.panels}
    for name, value in spectral.items():
        if value is not None and (args.quantity, name) not in _SPECTRAL:
            fail(name, "given with a spectrum", f"given with {args.quantity}")
    what, fixed, units = _scanned(args)
    energy = np.linspace(0.0, 5.0, 501) if args.energy is None else args.energy
    found = Observable(
        args.quantity,
        what,
        fixed=fixed,
        population=options.POPULATIONS[args.population] if args.population else None,
        energy=energy if args.quantity == "dos" else 0.0,
        units=units,
        solver=solver,
        **_metal(args, units, {**fixed, **names}),
    )
    found.require(names)
    if not args.alpha and args.quantity != "induced-tc":
        # A coupling that nobody gave is no number to scan with.
        for name in found.parameters:
            if name.startswith("alpha") and not {name} & {*names, *fixed}:
                fail(name, "given, with --alpha, --set or --grid", "missing")
    return found


def _metal(args, units, given):
    """The material and the cavity of a quantity that has them; ``given`` are values of a scan."""
    needs = QUANTITIES[args.quantity].needs
    asked = metal.is_given(args) or any(name in given for name in metal.OPTIONS)
    cavity = args.geometry_factor is not None or args.residual is not None
    if (asked and not needs) or (cavity and "cavity" not in needs):
        text = "given with q" if cavity else "given with rs, q or lambda"
        fail("geometry-factor" if cavity else "metal", text, f"given with {args.quantity}")
    found = {"surface": args.surface}
    if needs.get("material") or (needs and asked):
        if needs["material"] and not units.is_physical:
            fail("tc0-kelvin", "given, or a strong host: frequencies are in GHz", "missing")
        found["material"] = metal.material_of(args, units, given)
    if "cavity" in needs:
        found["cavity"] = metal.cavity_of(args, given)
        if found["cavity"] is None:
            fail("geometry-factor", "given, or in the grid, with q", "missing")
    if "frequency" in given:
        require_gigahertz(given["frequency"])
    if "thickness" in given and args.surface != "local":
        fail("thickness", "given with --surface local", f"given with {args.surface}")
    return found


def _scanned(args):
    """``(superconductor or distribution, fixed parameters, units)``."""
    fixed = options.pairs(args.set, "set", options.as_float)
    if args.quantity == "induced-tc":
        return _induced(args), fixed, _units_of_induced(args)
    if args.rate_mev is not None:
        fail("rate-mev", "given with induced-tc only", f"given with {args.quantity}")
    asked = model.Model(args)
    row = [column[0] for column in asked.couplings]
    for name, column in zip(asked.names, asked.couplings, strict=True):
        if column.size > 1:
            fail("alpha", f"one number ({name} varies with --grid)", f"{column.size} numbers")
    return asked.superconductor(row), fixed, asked.units


def _induced(args):
    """The distribution of a superconductor that has nothing else."""
    for name in ("tc0_kelvin", "gap_ratio", "alpha", "magnetic", "dynes", "host_unit"):
        if getattr(args, name) is not None:
            fail(name.replace("_", "-"), "left out for induced-tc, which has --rate-mev", "given")
    if args.host != "weak":
        fail("host", "left out for induced-tc, which has none", args.host)
    given = args.splittings or [args.default_splittings]
    if len(given) > 1:
        fail("splittings", "given once for induced-tc", f"given {len(given)} times")
    return splittings(given[0], None if args.rate_mev is None else "meV")


def _units_of_induced(args):
    if args.rate_mev is None:
        return Units.reduced("hbar/tau_in", "hbar/(k_B tau_in)")
    return Units.of_rate(args.rate_mev)
