"""From words on the command line to a superconductor."""

import inspect

import numpy as np

from tlsjax.cli.options import numbers, units_of
from tlsjax.core.validation import fail, non_negative, require
from tlsjax.model.distributions.glass import Glass
from tlsjax.model.distributions.lorentzian import Lorentzian
from tlsjax.model.distributions.single import DeltaFunction
from tlsjax.model.distributions.tabulated import read_splittings
from tlsjax.model.distributions.wipf_neumaier import (
    BroadenedWipfNeumaier,
    ModifiedWipfNeumaier,
    WipfNeumaier,
)
from tlsjax.model.ensemble import TLSEnsemble
from tlsjax.model.hosts import WeakCouplingHost
from tlsjax.model.superconductor import Superconductor

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


def add_splittings(parser, default="glass:Ec=3"):
    """``--splittings``."""
    parser.add_argument("--splittings", default=default, metavar="P", help=SPLITTINGS_HELP)


def add_impurities(parser):
    """``--splittings`` and any number of ``--alpha``."""
    add_splittings(parser)
    parser.add_argument(
        "--alpha", type=numbers, nargs="+", default=[np.array([1.0])], metavar="A",
        help="coupling hbar/(2 pi tau_in k_B Tc0): numbers or start:stop:count (default 1)",
    )  # fmt: skip


def splittings(text):
    """A distribution from ``name:key=value,...``."""
    name, _, rest = text.partition(":")
    if name == "file":
        return read_splittings(rest)
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
            values[key] = float(value)
        except ValueError:
            fail(key, "a number", repr(value))
    missing = [key for key in required if key not in values]
    if missing:
        fail("splittings", f"{name}:{'=..,'.join(required)}=..", f"{text!r} without {missing[0]}")
    result = cls(**values)
    require(*result.rules())
    return result


def host_of(args):
    """The host, in the solver's units: meV where the user writes kelvin and meV."""
    ratio = getattr(args, "gap_ratio", None)
    # A clean Tc0 is the unit of rates.
    host = WeakCouplingHost(units_of(args).per_rate, ratio)
    require(*host.rules())
    return host


def superconductor_of(args, alpha) -> Superconductor:
    """The superconductor with couplings ``alpha`` as the user writes them, a number or an array."""
    require(non_negative("alpha", alpha))
    rate = units_of(args).into("alpha", alpha)
    return Superconductor((TLSEnsemble(rate, splittings(args.splittings)),), host_of(args))
