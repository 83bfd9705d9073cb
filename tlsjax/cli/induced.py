"""Transition temperature from the two-level systems alone, without a pairing host.

Energies and temperatures are in units of hbar/tau_in; --rate-mev gives that rate in
meV, and then splittings are in meV and temperatures in kelvin.

Examples:
  tlsjax induced-tc --splittings delta:E0=0.3
  tlsjax induced-tc --splittings delta:E0=1.2 --rate-mev 4
"""

import jax.numpy as jnp

from tlsjax.cli import options, output
from tlsjax.cli.words import SPLITTINGS_HELP, splittings
from tlsjax.core.units import REDUCED, Units
from tlsjax.matsubara.induced import solve_induced_critical_temperature
from tlsjax.matsubara.literature import weak_coupling_critical_temperature


def add_arguments(parser):
    parser.add_argument(
        "--splittings", default="delta:E0=0.3", metavar="P",
        help=f"{SPLITTINGS_HELP} (default delta:E0=0.3)",
    )  # fmt: skip
    parser.add_argument(
        "--population", choices=options.EQUILIBRIUM, default="thermal",
        help="oscillator is Eliashberg theory of an Einstein mode (default thermal)",
    )  # fmt: skip
    parser.add_argument(
        "--rate-mev", type=options.number, metavar="MEV",
        help="hbar/tau_in in meV (default: everything in units of it)",
    )  # fmt: skip
    options.add_output(parser)


def run(args):
    units = REDUCED if args.rate_mev is None else Units.of_rate(args.rate_mev)
    given = splittings(args.splittings, "meV" if units.is_physical else None)
    energies = given.rescaled(units.per_energy)
    population = options.POPULATIONS[args.population]
    output.prepare(args)
    transition = solve_induced_critical_temperature(energies, population).check()
    unit = "K" if units.is_physical else "tau_over_hbar"
    columns = {
        f"Tc_{unit}": [float(units.out("Tc", transition.temperature))],
        "error": [float(units.out("Tc", transition.error))],
    }
    if energies.is_sharp:
        (E,), _ = energies.quadrature(1.0)
        weak = weak_coupling_critical_temperature(jnp.asarray(E), population)
        columns[f"Tc_weak_coupling_{unit}"] = [float(units.out("Tc", weak))]
    comment = f"tlsjax induced-tc, splittings {args.splittings}, {args.population} population"
    output.emit(args, columns, comment, splittings=given)
