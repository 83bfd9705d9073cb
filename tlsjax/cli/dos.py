"""Quasiparticle density of states, with the impurities in or out of equilibrium.

Examples:
  tlsjax dos --splittings glass:Ec=3 --alpha 1 --temperature 0.2
  tlsjax dos --splittings delta:E0=1 --temperature 0.2 --tls-temperature 1.5 --out results
  tlsjax dos --temperature 0.2 --population ground-state --energy 0:5:101 --json
  tlsjax dos --temperature 0.2 --hole 1:0.01:100 --out driven
"""

import warnings

import numpy as np

from tlsjax.cli import model, options, output
from tlsjax.core.status import raise_unless_ok
from tlsjax.core.validation import fail, positive, require
from tlsjax.plotting.grids import energies_up_to
from tlsjax.real_axis.solve import solve_spectrum


def add_arguments(parser):
    model.add_arguments(parser, gap_ratio=True)
    parser.add_argument(
        "--temperature", type=options.number, required=True, metavar="T",
        help="temperature of the electrons",
    )  # fmt: skip
    options.add_population(parser)
    parser.add_argument(
        "--resolution", type=_resolution, default="auto", metavar="E",
        help="width of a Lorentzian through which the spectrum is seen, or auto (default): none, "
        "or the least that the mesh resolves",
    )  # fmt: skip
    parser.add_argument(
        "--energy", type=options.numbers, metavar="E",
        help="energies, a number or start:stop:count (default: all that show every peak)",
    )  # fmt: skip
    options.add_output(parser)


def _resolution(text):
    return text if text == "auto" else options.number(text)


def run(args):
    asked = model.Model(args)
    units = asked.units
    require(positive("temperature", args.temperature))
    T = units.into("T", args.temperature)
    superconductor = asked.superconductor(_one_row(asked))
    population = options.population_of(args, units, args.tls_temperature)
    require(*population.rules())
    output.prepare(args, output.PICTURE)
    resolution = args.resolution
    if resolution != "auto":
        resolution = units.into("resolution", resolution)
    spectrum = solve_spectrum(superconductor, T, population, resolution=resolution).check()
    if args.energy is None:
        energy = energies_up_to(_highest(spectrum), spectrum.energy)
    else:
        energy = units.into("energy", args.energy)
    # The Fermi level besides, for the summary.
    names = ("dos", "dos_error", "pair_density")
    with warnings.catch_warnings():
        # It would warn of what is an error here.
        warnings.simplefilter("ignore", UserWarning)
        table = spectrum.table(np.append(energy, 0.0), *names)
    raise_unless_ok(spectrum.status_of(*table.values()), "Spectrum")
    dos, error, pairs = (np.asarray(table[name]) for name in names)
    columns = {
        units.column("energy"): units.out("energy", np.asarray(energy)).tolist(),
        "dos_over_Nf": dos[:-1].tolist(),
        "dos_error": error[:-1].tolist(),
        "pair_density_over_Nf": pairs[:-1].tolist(),
    }
    summary = {
        units.column("Delta"): units.out("Delta", float(spectrum.order_parameter)),
        "error": units.out("Delta", float(spectrum.error)),
        units.column("gap_edge"): units.out("energy", float(spectrum.gap_edge)),
        units.column("resolution"): units.out("resolution", float(spectrum.resolution)),
        "dos_at_0_over_Nf": float(dos[-1]),
    }
    said = ", ".join(f"{name} = {value:.8g}" for name, value in summary.items())
    row = ", ".join(f"{n} {a:g}" for n, a in zip(asked.names, _one_row(asked), strict=True))
    about = ", ".join(filter(None, (asked.about, row)))
    if args.out:
        _draw(args, units, columns, about)
    comment = f"tlsjax dos, {about}, {said}"
    output.emit(args, columns, comment, splittings=asked.for_json, **summary)
    if args.out and not args.json:
        print(args.out / "dos.png", args.out / "dos.pdf", said, sep="\n")


def _one_row(asked):
    """The couplings, one number for each kind of impurities."""
    for name, column in zip(asked.names, asked.couplings, strict=True):
        if column.size > 1:
            fail("alpha", "one number for each --splittings", f"{column.size} for {name}")
    return [float(column[0]) for column in asked.couplings]


def _highest(spectrum):
    """Up to where a spectrum is worth drawing: three gaps, or all of the phonons' structure."""
    gap = float(spectrum.order_parameter)
    host = spectrum.superconductor.host
    ends = [gap + 1.3 * float(bath.distribution.largest_energy()) for bath in host.baths()]
    return max(3 * gap, 4 * float(spectrum.T), host.energy_scale() or 0.0, *ends)


def _draw(args, units, columns, about):
    from tlsjax.plotting.curves import draw_dos
    from tlsjax.plotting.style import BLUE, headline, new_figure, save

    unit = "meV" if units.is_physical else r"$k_\mathrm{B}T_{c0}$"
    figure, axes = new_figure(columns=2, width=8.0, height=3.4)
    energy = np.asarray(columns[units.column("energy")])
    curve = [("", energy, columns["dos_over_Nf"], BLUE)]
    lowest = max(min(columns["dos_over_Nf"]) / 2, 1e-12)
    for panel, log in zip(axes[0], (False, True), strict=True):
        label = rf"Energy $\varepsilon$ ({unit})"
        draw_dos(panel, curve, energy_label=label, log=log, floor=lowest)
    headline(figure, about)
    save(figure, args.out / "dos")
