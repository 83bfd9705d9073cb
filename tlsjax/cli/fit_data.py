"""From the files of `tlsjax fit` to data sets, by kind."""

import argparse
import re
from pathlib import Path

from tlsjax.cli.fit_columns import columns_of, in_range, one_sweep, sheet_of
from tlsjax.cli.options import as_float, limits, pairs
from tlsjax.cli.words import DISTRIBUTIONS, splittings
from tlsjax.core.constants import MEV_PER_KELVIN
from tlsjax.core.validation import fail, positive, require
from tlsjax.fitting.bulk import CriticalFieldData, SpecificHeatData
from tlsjax.fitting.datasets import (
    TUNNELLING_KINDS,
    GapData,
    TcData,
    TunnellingData,
    divided_by_normal,
)
from tlsjax.fitting.resonator import ResonatorData
from tlsjax.fitting.surface_resistance import SurfaceResistanceData
from tlsjax.fitting.templates import MICROWAVE
from tlsjax.io.column_units import error_of_signal, in_units, looks_wrong, with_error
from tlsjax.io.columns import temperature_of
from tlsjax.io.resonators import read_resonator
from tlsjax.io.tables import read_sheet
from tlsjax.model.ensemble import TLSEnsemble
from tlsjax.model.hosts import WeakCouplingHost
from tlsjax.model.superconductor import Superconductor

# What stands for an offset that is to be found.
FITTED = "fitted"
KINDS = ("tc", "gap", "c", "hc", "didv", "current", "dos", "resonator", "rs")
# Sweeps of one file that are fitted together: more are columns that are no label.
_MOST = 100
# Options that are about some kinds of data only, and what those are called.
_OF_A_SWEEP = (
    "average_sweeps", "symmetrise", "electrode", "josephson", "temperature", "modulation",
    "bias_unit", "normal_state", "normal_where",
)  # fmt: skip
_OPTIONS_OF = (
    (_OF_A_SWEEP, TUNNELLING_KINDS, "a sweep"),
    (("frequency", "film"), MICROWAVE, "resonator or rs"),
    (("geometry_factor", "temperature_error"), ("resonator",), "resonator"),
)
# A column of C/T, or of C over a power of T.
_OVER_T = re.compile(r"^C\w*(?:/|_over_|_per_)T(?:\^|\*\*)?([23²³]?)(?![^\W_])", re.IGNORECASE)
_RAISED = str.maketrans("²³", "23")


def load_all(args):
    """``(data sets, said)``: of each file, and of each value of the column of --series."""
    if not args.file:
        fail("file", "given", "missing")
    if args.series and args.where:
        fail("series", "given without --where", f"given with --where {args.where}")
    asked, sentences, stems = [], [], [Path(path).stem for path in args.file]
    for path, stem in zip(args.file, stems, strict=True):
        values, lost = _values(path, args.series)
        sentences += [f"{stem}: {one}" if len(args.file) > 1 else one for one in lost]
        for where in values:
            # What tells the sets apart is their label, of files of one name their folder's.
            label = [stem] if len(args.file) > 1 or not args.series else []
            if stems.count(stem) > 1:
                label.insert(0, Path(path).resolve().parent.name)
            label += [where.replace("=", " ")] if args.series else []
            choice = {"file": path, "where": where or args.where, "label": " ".join(label)}
            asked.append(argparse.Namespace(**{**vars(args), **choice}))
    sets, said = zip(*map(load, asked), strict=True)
    several = len(sets) > 1
    sentences += [
        f"{one.label}: {sentence}" if several else sentence
        for one, own in zip(asked, said, strict=True)
        for sentence in own
    ]
    return sets, list(dict.fromkeys(sentences))


def _values(path, column):
    """``([COLUMN=VALUE], said)`` for each value of a column, in their order in the file."""
    if not column:
        return [""], []
    sheet = read_sheet(path)
    before = len(sheet.said)
    values = sheet.texts_of(column, "series")
    if len(values) > _MOST:
        fail("series", f"a column of at most {_MOST} values", f"{column}, with {len(values)}")
    return [f"{column}={value}" for value in values], sheet.said[before:]


def load(args):
    """``(data, said)``: the data set of parsed arguments, and what was guessed on the way."""
    sheet = sheet_of(args.file, args.where, "where")
    for names, kinds, what in _OPTIONS_OF:
        for name in names if args.kind not in kinds else ():
            # A modulation of zero is none, and equal to False.
            if getattr(args, name) not in (None, False):
                fail(name.replace("_", "-"), f"given with {what}", f"given with {args.kind}")
    return _OF_KIND[args.kind](args, sheet), sheet.said


def _transitions(args, sheet):
    found = columns_of(args, sheet)
    Tc, error = with_error(found.names, found.y, found.error, "temperature")
    return TcData(*in_range(args, sheet, found.x, Tc, error), label=args.label)


def _over_temperature(args, sheet, quantity):
    """``(T, y, error)`` within the range; the signal in the unit of a ``quantity``, if any."""
    found = columns_of(args, sheet)
    T = in_units(found.names[0], found.x, "temperature")
    if quantity:
        y, error = with_error(found.names, found.y, found.error, quantity)
    else:
        y, error = found.y, error_of_signal(found.names, found.error)
    return found, in_range(args, sheet, T, y, error)


def _gaps(args, sheet):
    _, (T, delta, error) = _over_temperature(args, sheet, "energy")
    sheet.said.extend(filter(None, [looks_wrong(T, delta)]))
    return GapData(T, delta, error, label=args.label)


def _surface_resistance(args, sheet):
    _, (T, y, error) = _over_temperature(args, sheet, "resistance")
    if args.frequency is None:
        fail("frequency", "given in GHz", "missing")
    film = args.film or "thick"
    return SurfaceResistanceData(T, y, args.frequency, error, film, label=args.label)


def _critical_field(args, sheet):
    _, columns = _over_temperature(args, sheet, None)
    return CriticalFieldData(*columns, label=args.label)


def _specific_heat(args, sheet):
    found, (T, y, error) = _over_temperature(args, sheet, None)
    over = _OVER_T.search(found.names[1])
    if over:
        power = int(over[1].translate(_RAISED) or 1)
        y, error = y * T**power, None if error is None else error * T**power
        sheet.said.append(f"took {found.names[1]} as C/T{f'^{power}' if power > 1 else ''}")
    return SpecificHeatData(T, y, error, label=args.label)


def _sweep(args, sheet):
    x, y, error = one_sweep(args, sheet, columns_of(args, sheet))
    T = args.temperature
    if T is None:
        known = temperature_of(sheet)
        if known is None:
            fail("temperature", "given: no column, header or file name has it", "missing")
        T = known[0]
        sheet.said.append(f"took the temperature {T:g} K from {known[1]}")
    if args.normal_state or args.normal_where:
        normal = sheet_of(args.normal_state or args.file, args.normal_where, "normal-where")
        bias, reference, of_reference = one_sweep(args, normal, columns_of(args, normal))
        y, error = divided_by_normal(x, y, bias, reference, error, of_reference)
    data = TunnellingData(
        x, y, T, error, kind=args.kind, modulation=args.modulation,
        modulation_is=args.modulation_is, label=args.label,
        electrode=_electrode(args.electrode), josephson=args.josephson,
    )  # fmt: skip
    if args.range:
        data = data.between(*limits(args.range, "range", "LOW:HIGH"))
    if args.symmetrise is not None:
        offset = args.symmetrise
        data = data.symmetrised(
            None if offset == FITTED else as_float(offset, "symmetrise", "a number of mV")
        )
    return data


def _resonator(args, sheet):
    """The `ResonatorData` of a table."""
    columns = {}
    if args.columns:
        columns = pairs(args.columns.split(","), "columns")
    arrays, _ = read_resonator(sheet, columns, args.frequency)
    # Before they are looked at: near Tc there may be no resonance.
    arrays = dict(zip(arrays, in_range(args, sheet, *arrays.values()), strict=True))
    return ResonatorData(
        **arrays, frequency=args.frequency, geometry_factor=args.geometry_factor,
        film=args.film or "thick", T_error=args.temperature_error or 0.0, label=args.label,
    )  # fmt: skip


def _electrode(text):
    """What ``--electrode`` says: None, "same" or a superconductor, in meV."""
    if text is None or text == "same":
        return text
    name, _, rest = text.partition(":")
    if name in (*DISTRIBUTIONS, "file"):
        return Superconductor((TLSEnsemble(0.0, splittings(text, "meV")),))
    if name != "clean" or not (rest == "" or rest.startswith("Tc0=")):
        fail("electrode", "same, clean, clean:Tc0=KELVIN or splittings as above", repr(text))
    if not rest:
        return Superconductor()
    Tc0 = as_float(rest.removeprefix("Tc0="), "electrode", "clean:Tc0=KELVIN")
    require(positive("Tc0", Tc0))
    return Superconductor(host=WeakCouplingHost(Tc0 * MEV_PER_KELVIN))


_OF_KIND = {
    "tc": _transitions, "gap": _gaps, "c": _specific_heat, "hc": _critical_field,
    "rs": _surface_resistance, "resonator": _resonator,
    **dict.fromkeys(TUNNELLING_KINDS, _sweep),
}  # fmt: skip
