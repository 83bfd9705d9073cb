"""Transition temperature from the two-level systems alone, without a pairing host.

Energies and temperatures are in units of hbar/tau_in; --rate-mev gives that rate in
meV, and then splittings are in meV and temperatures in kelvin.

Examples:
  tlsjax induced-tc --splittings delta:E0=0.3
  tlsjax induced-tc --splittings delta:E0=1.2 --rate-mev 4
"""

import jax.numpy as jnp

from tlsjax.cli import arguments as common
from tlsjax.core.units import MEV_PER_KELVIN
from tlsjax.core.validation import positive, require
from tlsjax.matsubara.induced import solve_induced_critical_temperature
from tlsjax.matsubara.literature import weak_coupling_critical_temperature
from tlsjax.model.distributions.paper import DeltaFunction


def add_arguments(parser):
    common.add_splittings(parser, default="delta:E0=0.3")
    parser.add_argument(
        "--population", choices=common.POPULATIONS, default="thermal",
        help="ground-state is Eliashberg theory of an Einstein boson (default thermal)",
    )  # fmt: skip
    parser.add_argument(
        "--rate-mev", type=common.number, metavar="MEV",
        help="hbar/tau_in in meV (default: everything in units of it)",
    )  # fmt: skip
    common.add_output(parser)


def run(args):
    if args.rate_mev is not None:
        require(positive("rate_mev", args.rate_mev))
    rate = args.rate_mev or 1.0
    splittings = common.splittings(args.splittings, 1 / rate)
    population = common.POPULATIONS[args.population]
    common.prepare(args)
    transition = solve_induced_critical_temperature(splittings, population).check()
    kelvin = rate / MEV_PER_KELVIN if args.rate_mev else 1.0
    unit = "K" if args.rate_mev else "tau_over_hbar"
    columns = {
        f"Tc_{unit}": [float(transition.temperature) * kelvin],
        "error": [float(transition.error) * kelvin],
    }
    if isinstance(splittings, DeltaFunction):
        weak = weak_coupling_critical_temperature(jnp.asarray(splittings.E0), population)
        columns[f"Tc_weak_coupling_{unit}"] = [float(weak) * kelvin]
    comment = f"tlsjax induced-tc, splittings {args.splittings}, {args.population} population"
    common.emit(args, columns, comment, splittings=splittings)
