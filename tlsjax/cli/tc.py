"""Transition temperature in TLS equilibrium.

Examples:
  tlsjax tc --splittings glass:Ec=3 --alpha 1
  tlsjax tc --splittings lorentzian:J=1,sigma=0.1 --alpha 0:2:41 --out results
  tlsjax tc --splittings delta:E0=0.2 --alpha 0.1 --tc0-kelvin 9.25   (E0 in meV)
"""

import numpy as np

from tlsjax.cli import arguments as common
from tlsjax.core.status import raise_unless_ok
from tlsjax.core.validation import non_negative, require
from tlsjax.curves import transition_curve


def add_arguments(parser):
    common.add_ensemble(parser)
    common.add_units(parser)
    common.add_output(parser)


def run(args):
    units = common.Units(args.tc0_kelvin)
    splittings = common.splittings(args.splittings, units.energy_scale)
    alpha = np.concatenate(args.alpha)
    require(non_negative("alpha", alpha, scalar=False))
    common.prepare(args)
    transition = transition_curve(splittings, alpha)
    raise_unless_ok(transition.status, "Transition temperature")
    columns = {
        "alpha": alpha.tolist(),
        units.tc_name: units.temperature(transition.temperature).tolist(),
        "error": units.temperature(transition.error).tolist(),
    }
    comment = f"tlsjax tc, splittings {args.splittings}"
    common.emit(args, columns, comment, splittings=splittings)
