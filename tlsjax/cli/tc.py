"""Transition temperature in TLS equilibrium.

Examples:
  tlsjax tc --splittings glass:Ec=3 --alpha 1
  tlsjax tc --splittings lorentzian:J=1,sigma=0.1 --alpha 0:2:41 --out results
  tlsjax tc --splittings delta:E0=0.2 --alpha 0.1 --tc0-kelvin 9.25   (E0 in meV)
"""

import numpy as np

from tlsjax.cli import model, options, output
from tlsjax.matsubara.critical_temperature import solve_critical_temperature


def add_arguments(parser):
    model.add_impurities(parser)
    options.add_units(parser)
    options.add_output(parser)


def run(args):
    units = options.units_of(args)
    alpha = np.concatenate(args.alpha)
    superconductor = model.superconductor_of(args, alpha)
    output.prepare(args)
    transition = solve_critical_temperature(superconductor).check()
    columns = {
        "alpha": alpha.tolist(),
        units.column("Tc"): np.asarray(units.out("Tc", transition.temperature)).tolist(),
        "error": np.asarray(units.out("Tc", transition.error)).tolist(),
    }
    (ensemble,) = superconductor.impurities
    comment = f"tlsjax tc, splittings {args.splittings}"
    output.emit(args, columns, comment, splittings=ensemble.splittings)
