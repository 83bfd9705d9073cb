"""Free energy, entropy, specific heat and critical field against temperature, in equilibrium.

Densities are for each state at the Fermi level of one spin: free energies in N_f E^2, entropies and
specific heats in k_B N_f E, Hc in E sqrt(N_f) (Gaussian), E the unit of energies (k_B Tc0, or meV).
With --metal also in mT and mJ/(mol K^2), by its Sommerfeld constant.

Examples:
  tlsjax thermo --splittings glass:Ec=3 --alpha 0.5 1 --out results
  tlsjax thermo --splittings delta:E0=0.2 --alpha 0.05 --density 2 --tc0-kelvin 9.25 --metal Nb
  tlsjax thermo --host strong:pb.csv,mu=0.1 --metal Pb --out lead
"""

from dataclasses import replace

import numpy as np

from tlsjax.cli import model, options, output
from tlsjax.core.validation import fail
from tlsjax.microscopic.materials import ALUMINIUM, LEAD, NIOBIUM
from tlsjax.thermodynamics.solve import solve_thermodynamics

METALS = {metal.name: metal for metal in (ALUMINIUM, LEAD, NIOBIUM)}
# Default temperatures, over Tc: from the lowest to as near to Tc as shows the jump, evenly (below
# Tc nothing rises as a root, and levels may have their peak anywhere); the normal metal's up to the
# highest.
_LOWEST, _NEXT, _ABOVE = 0.02, 1e-6, 1.2
_POINTS = 60


def add_arguments(parser):
    model.add_arguments(parser, density=True)
    options.add_temperatures(parser, "up to 1.2 Tc")
    parser.add_argument(
        "--metal", choices=METALS,
        help="results in mT and mJ/(mol K^2) too; needs --tc0-kelvin or a strong host",
    )  # fmt: skip
    options.add_output(parser)


def run(args):
    asked = model.Model(args)
    units = asked.units
    if args.metal and not units.is_physical:
        fail("tc0-kelvin", "given with --metal, whose Tc is in K", "missing")
    grid = options.temperatures_of(args)
    output.prepare(args, output.PICTURE)

    rows = asked.rows(with_clean=bool(args.out))
    Tc = asked.transitions(rows)
    tables = [_table(args, asked, *pair, grid) for pair in zip(rows, Tc, strict=True)]
    if args.out:
        _draw(args, asked, rows, Tc, tables)
    asked.emit(args, rows, Tc, tables)


def _table(args, asked, row, Tc, grid):
    """Columns of one superconductor, in the user's units."""
    units = asked.units
    T = grid
    if T is None:
        below = np.linspace(_LOWEST, 1 - _NEXT, _POINTS)
        T = Tc * np.append(below, np.linspace(1 + _NEXT, _ABOVE, 5))
    superconductor = asked.superconductor(list(map(float, row)))
    found = solve_thermodynamics(superconductor, units.into("T", T)).check()
    # Of the clean host there are no impurities, however many the others have.
    counted = asked.densities and any(row)
    if not counted:
        shares = replace(found.specific_heat, levels=None)
        found = replace(found, specific_heat=shares)
    energy = units.per_energy
    columns = dict(zip(asked.names, row, strict=True)) | {
        units.column("T"): T,
        "t": T / Tc,
        "free_energy": np.asarray(found.free_energy) / energy**2,
        "error": np.asarray(found.error) / energy**2,
        "entropy": np.asarray(found.entropy) / energy,
        "C_difference": np.asarray(found.specific_heat.difference) / energy,
        "C_electrons": np.asarray(found.specific_heat.electrons) / energy,
    }
    shares = found.specific_heat
    if asked.densities:
        columns["C_impurities"] = np.asarray(shares.impurities if counted else 0 * T) / energy
    # What a calorimeter sees less the lattice.
    heat = np.asarray(shares.known) / energy
    per_gamma = np.asarray(found.sommerfeld) * units.into("T", Tc) / energy
    columns |= {
        "C_over_gamma_Tc": heat / per_gamma,
        "Hc": np.asarray(found.critical_field) / energy,
        "D": np.asarray(found.deviation),
    }
    if args.metal:
        measured = found.measured(METALS[args.metal], "meV")
        columns["Hc_mT"] = np.asarray(measured.critical_field)
        columns["C_mJ_per_molK"] = np.asarray(measured.specific_heat)
    return {name: np.broadcast_to(value, T.shape) for name, value in columns.items()}


def _draw(args, asked, rows, Tc, tables):
    from tlsjax.plotting import thermodynamics
    from tlsjax.plotting.style import new_figure, save

    units = asked.units
    unit = "K" if units.is_physical else "$T_{c0}$"
    labels = [f"{asked.label(row)}, $T_c=${T:.4g} {unit}" for row, T in zip(rows, Tc, strict=True)]
    clean = [bool(row) and not any(row) for row in rows]
    figure, ((left, middle, right),) = new_figure(columns=3, width=13.5, height=4.0)

    def curves(x, y, below=False):
        chosen = [table["t"] <= 1 if below else slice(None) for table in tables]
        return [
            (label, is_clean, table[x][use], table[y][use])
            for label, is_clean, table, use in zip(labels, clean, tables, chosen, strict=True)
        ]

    thermodynamics.draw_deviations(left, curves("t", "D", below=True))
    thermodynamics.draw_specific_heats(middle, curves("t", "C_over_gamma_Tc"))
    field, name = ("Hc_mT", "(mT)") if args.metal else ("Hc", rf"(${_FIELD[units.energy]}$)")
    thermodynamics.draw_critical_fields(
        right, curves(units.column("T"), field), T_label=f"Temperature $T$ ({unit})",
        field_label=f"Critical field $H_c$ {name}",
    )  # fmt: skip
    save(figure, args.out / "thermo")


# The unit of Hc in a picture, by that of energies.
_FIELD = {"k_B Tc0": r"k_B T_{c0} \sqrt{N_f}", "meV": r"\mathrm{meV} \sqrt{N_f}"}
