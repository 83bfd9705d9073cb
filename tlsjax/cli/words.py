"""``name:key=value,...``: how distributions and hosts are written on the command line."""

import inspect

from tlsjax.core.validation import fail, require
from tlsjax.model.distributions.glass import Glass
from tlsjax.model.distributions.lorentzian import Lorentzian
from tlsjax.model.distributions.single import DeltaFunction
from tlsjax.model.distributions.tabulated import read_splittings
from tlsjax.model.distributions.wipf_neumaier import (
    BroadenedWipfNeumaier,
    ModifiedWipfNeumaier,
    WipfNeumaier,
)
from tlsjax.model.strong_coupling import StrongCouplingHost

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
    "or file:PATH (two columns, E and p; E_GHz is converted where energies are in meV)"
)


def splittings(text, unit):
    """A distribution from ``name:key=value,...``; ``unit`` is that of its energies, "meV" or None
    for a superconductor's own."""
    name, _, rest = text.partition(":")
    if name == "file":
        return read_splittings(rest, unit=unit)
    if name not in DISTRIBUTIONS:
        fail("splittings", f"one of {', '.join(DISTRIBUTIONS)} or file:PATH", repr(name))
    cls = DISTRIBUTIONS[name]
    known = list(inspect.signature(cls).parameters)
    required = [key for key in known if key != "normalized"]
    form = f"{name}:{'=..,'.join(required)}=.."
    given = _pairs(rest, "splittings", form, known, text)
    values = {key: _number(key, value) for key, value in given.items() if key != "normalized"}
    if "normalized" in given:
        if given["normalized"] not in ("yes", "no"):
            fail("normalized", "yes or no", repr(given["normalized"]))
        values["normalized"] = given["normalized"] == "yes"
    missing = [key for key in required if key not in values]
    if missing:
        fail("splittings", form, f"{text!r} without {missing[0]}")
    result = cls(**values)
    require(*result.rules())
    return result


def strong_coupling_host(text, unit):
    """A `StrongCouplingHost` from ``FILE,mu=..[,cutoff=..][,column=..]``."""
    path, _, rest = text.partition(",")
    form = "strong:FILE,mu=..[,cutoff=..][,column=..]"
    given = _pairs(rest, "host", form, ("mu", "cutoff", "column"), f"strong:{text}")
    if not path or "mu" not in given:
        fail("host", form, repr(f"strong:{text}"))
    cutoff = _number("cutoff", given["cutoff"]) if "cutoff" in given else None
    return StrongCouplingHost.read(
        path, _number("mu", given["mu"]), unit=unit, cutoff=cutoff, column=given.get("column", 2)
    )


def _pairs(text, argument, form, known, shown):
    values = {}
    for item in filter(None, text.split(",")):
        key, _, value = item.partition("=")
        if key not in known or key in values:
            fail(argument, f"{form}, each once", repr(shown))
        values[key] = value
    return values


def _number(key, text):
    try:
        return float(text)
    except ValueError:
        return fail(key, "a number", repr(text))
