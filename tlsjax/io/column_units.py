"""Units in the names of columns: taken at their word, or refused, never passed over.

`T_mK`, `T (mK)`, `Delta[ueV]`, `Delta/meV`: the unit is what stands last, behind a bracket, a
slash, an underscore or a space. Numbers leave here in the units of `tlsjax.fitting.datasets`: K,
meV, mV, and frequencies in Hz, resistances in ohm.
"""

import re

import numpy as np

from tlsjax.core.units import convert
from tlsjax.core.validation import fail

_UNIT = r"\s*([A-Za-zµμΩ\u2126]+(?:\^?-1)?)\s*"
_MARKED, _LAST = re.compile(rf"[(\[/]{_UNIT}[)\]]?\s*$"), re.compile(rf"(?:^|[_ .-]){_UNIT}\.?$")
# "TmK", and powers of ten where a unit would stand.
_TOGETHER = re.compile(r"^T([mun]?K)$")
_POWER = re.compile(r"[(\[/_ ]\s*[x*]?\s*(1[eE]|10\^|10\*\*)[-+]?\d+\s*[)\]]?\s*$")
# Other ways to write cm-1.
_INVERSE_CM = re.compile(r"cm⁻¹|1\s*/\s*cm")
# Two letters that look like a micro sign, and two like an ohm.
_SIGNS = str.maketrans({"µ": "u", "μ": "u", "Ω": "Ohm", "\u2126": "Ohm"})
_MILLI = {"": 1.0, "m": 1e-3, "u": 1e-6, "n": 1e-9}
# Of all kinds of quantity: units, in those that leave here.
_VOLTS = {f"{prefix}V": 1e3 * size for prefix, size in _MILLI.items()} | {"kV": 1e6}
_ELECTRON_VOLTS = {f"{prefix}eV": 1e3 * size for prefix, size in _MILLI.items()}
_KELVIN = {f"{prefix}K": size for prefix, size in _MILLI.items()}
_ENERGIES = _ELECTRON_VOLTS | {
    unit: convert(1.0, unit, "meV") for unit in ("K", "GHz", "THz", "cm-1", "Ry")
} | {"mK": convert(1e-3, "K", "meV")}  # fmt: skip
UNITS = {
    "temperature": _KELVIN,
    "energy": _ENERGIES,
    "bias": _VOLTS | _ELECTRON_VOLTS,
    "frequency": {"Hz": 1.0, "kHz": 1e3, "MHz": 1e6, "GHz": 1e9},
    "resistance": {f"{prefix}Ohm": size for prefix, size in _MILLI.items()},
    "ratio": {"ppm": 1e-6, "ppb": 1e-9},
}
# As they are written out.
_WORDS = {
    "kelvin": "K", "millikelvin": "mK", "mkelvin": "mK", "celsius": "degC", "hertz": "Hz",
    "ohms": "Ohm", "nanoohm": "nOhm", "nanoohms": "nOhm",
}  # fmt: skip
# What is over another, "T/Tc", has no unit; resistances and frequencies may be fitted so.
_RATIO = re.compile(r"[^\W\d]\W*/\W*[^\W\d]|_over_")
_RATIOS = ("temperature", "energy", "bias")
_TWICE = re.compile(r"^\W*2\W*(?:delta|Δ|gap)", re.IGNORECASE)
# Other units that a column may have by mistake: a name that ends in one of them says something.
_OTHERS = {
    *("C", "degC", "F", "degF", "J", "T", "mT", "Oe", "G", "s", "ms", "nm", "um"),
    *(f"{prefix}{unit}" for prefix in _MILLI for unit in ("A", "S") if prefix + unit != "S"),
}
# What a signal may be in, which stays in its own unit: its error has to have the same.
_SIZES = {**_MILLI, "p": 1e-12, "k": 1e3, "M": 1e6}
_SIGNALS = [{f"{prefix}{unit}": size for prefix, size in _SIZES.items()} for unit in "ASVT"]
_SIGNALS[-1] |= {"Oe": 1e-4, "G": 1e-4}
_PER_CENT = re.compile(r"%|_pct|per ?cent", re.IGNORECASE)
_NAMES = {
    "temperature": "a temperature", "energy": "an energy", "bias": "a bias",
    "frequency": "a frequency", "resistance": "a resistance", "ratio": "a ratio",
}  # fmt: skip


def _found(name):
    """What matches the unit at the end of a name, or None."""
    return _MARKED.search(name) or _TOGETHER.search(name) or _LAST.search(name)


def _spellings(units):
    """What stands for a unit in small letters, where that is one unit alone."""
    small = [unit.lower() for unit in units]
    return {
        unit.lower(): unit for unit in units if len(unit) > 1 and small.count(unit.lower()) == 1
    }


def unit_in(name):
    """The unit that the name of a column ends in, as `UNITS` has it, or None."""
    found = _found(name)
    unit = found[1].translate(_SIGNS).replace("^", "") if found else ""
    # "T_s" may be that of a sample: a letter alone is such a unit where it is marked as one.
    marked = _MARKED.search(name)
    known = {unit for unit in _OTHERS if marked or len(unit) > 1}
    known = known.union(*UNITS.values())
    # A name may be nothing but its unit, "mK"; "V" and "eV" are voltages in any.
    if found and not marked and found.start(1) == 0 and unit in ("K", "V", "eV"):
        return None
    if unit in known:
        return unit
    return (_spellings(known) | _WORDS).get(unit.lower())


def energy_unit_in(name):
    """The unit that the name of a column of energies ends in, or None."""
    return "cm-1" if _INVERSE_CM.search(name) else unit_in(name)


def without_unit(name):
    """The name of a column less its unit."""
    return name if unit_in(name) is None else name[: _found(name).start(1)].rstrip("([/_ .-")


def scale_of(name, quantity):
    """What turns the numbers of a column into K, meV, mV, Hz or ohm; None where its name has no
    unit.

    Raises where the unit is not one of such a ``quantity``: "temperature", "energy", "bias",
    "frequency" or "resistance".
    """
    unit = energy_unit_in(name) if quantity == "energy" else unit_in(name)
    if unit is None:
        if _POWER.search(name):
            fail("columns", "without a power of ten in its name", f"{name!r}")
        if quantity not in _RATIOS or not _RATIO.search(name):
            return None
    if unit not in UNITS[quantity]:
        rule = f"in a unit of {_NAMES[quantity]} ({', '.join(UNITS[quantity])})"
        fail("columns", rule, f"{name!r}")
    return UNITS[quantity][unit]


def in_units(name, values, quantity, default=1.0):
    """A column in K, meV or mV, ``default`` times what it says where its name has no unit."""
    scale = scale_of(name, quantity)
    return values * (default if scale is None else scale)


def with_error(names, y, error, quantity):
    """``(y, error)`` in K, meV or ohm, of the columns ``names`` x, y and error; the error may be
    None, and has the unit of y where it has none of its own."""
    if quantity == "energy" and _TWICE.search(names[1]):
        fail("columns", "of Delta itself, not of twice as much", f"{names[1]!r}")
    of_y = scale_of(names[1], quantity) or 1.0
    if error is not None:
        _refuse_per_cent(names)
        error = in_units(names[2], error, quantity, default=of_y)
    return y * of_y, error


def error_of_signal(names, error):
    """The error of a signal in any unit, in that of the signal; ``names`` of x, y and error."""
    if error is None:
        return None
    own, of_y = _signal_unit(names[2]), _signal_unit(names[1])
    if own in (None, of_y):
        _refuse_per_cent(names)
        return error
    for sizes in _SIGNALS:
        if own in sizes and of_y in sizes:
            return error * (sizes[own] / sizes[of_y])
    return fail("columns", f"an error in the unit of {names[1]!r}", f"{names[2]!r}")


def _signal_unit(name):
    marked = _MARKED.search(name)
    found = marked or _LAST.search(name)
    unit = found[1].translate(_SIGNS) if found else None
    # "sigma_G" is no error in gauss.
    plain = marked or unit in ("A", "S") or len(unit or "") > 1
    return unit if plain and any(unit in sizes for sizes in _SIGNALS) else None


def _refuse_per_cent(names):
    if _PER_CENT.search(names[2]) and not _PER_CENT.search(names[1]):
        fail("columns", f"an error in the unit of {names[1]!r}", f"{names[2]!r}")


def looks_wrong(T, delta):
    """A sentence where gap and temperatures (K, meV) cannot be those of one superconductor."""
    gapped = delta > 0.05 * np.max(delta)
    thermal = convert(float(np.max(T[gapped])), "K", "meV") if gapped.any() else 0.0
    if np.max(delta) < 0.1 * thermal:
        return (
            f"Delta is {np.max(delta):.3g} meV at most where k_B T is {thermal:.3g} meV: "
            "no superconductor has so small a gap there; look at the units"
        )
    return None
