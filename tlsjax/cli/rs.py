"""Surface resistance and reactance against temperature, and Q of a cavity.

R_s and X_s in ohms at one or several frequencies in GHz, from a metal's lengths in nm: from local
through anomalous to Pippard, films with --surface local --thickness. Above Tc they are the normal
metal's. By default temperatures go from Tc/7 through Tc, that in equilibrium. In the picture the
clean host's curve stands beside, and with --geometry-factor Q. Every temperature is a spectrum: hot
impurities of a single splitting take a second or more for each.

Examples:
  tlsjax rs --tc0-kelvin 9.25 --metal Nb --mean-free-path 100 --frequency 1.3 --alpha 0.1 --out nb
  tlsjax rs --tc0-kelvin 9.25 --gap-ratio 3.8 --lambda-l0 32 --xi0 40 --mean-free-path 100
      --frequency 1.3 --splittings glass:Ec=2 --alpha 0.05 --tls-temperature equilibrium 4 10
      --geometry-factor 270 --residual 2e-9 --out cavity
  tlsjax rs --tc0-kelvin 1.2 --metal Al --mean-free-path 5 --surface local --thickness 20
      --frequency 5 --temperature 0.1:1.2:12 --json
"""

import numpy as np

from tlsjax.cli import family, metal, options, output
from tlsjax.core.validation import fail, positive, require
from tlsjax.microwave.surface import require_gigahertz, solve_surface_impedance
from tlsjax.plotting.grids import inverse_temperatures
from tlsjax.real_axis.solve import solve_spectrum


def add_arguments(parser):
    family.add_arguments(parser)
    parser.add_argument(
        "--frequency", type=options.numbers, nargs="+", required=True, metavar="GHZ",
        help="frequencies in GHz, numbers or start:stop:count",
    )  # fmt: skip
    metal.add_arguments(parser)
    metal.add_surface(parser)
    parser.add_argument(
        "--thickness", type=options.number, metavar="NM",
        help="of a film with the field on one side, in nm; with --surface local",
    )  # fmt: skip
    options.add_temperatures(parser, "from Tc/7 to a little above Tc")
    options.add_output(parser)


def run(args):
    asked = family.Family(args)
    units = asked.units
    if not units.is_physical:
        fail("tc0-kelvin", "given, or a strong host: frequencies are in GHz", "missing")
    frequency = np.concatenate(args.frequency)
    require(positive("frequency", frequency))
    require_gigahertz(frequency)
    if args.thickness is not None:
        require(positive("thickness", args.thickness))
        if args.surface != "local":
            fail("thickness", "given with --surface local", f"given with {args.surface}")
    material = metal.material_of(args, units)
    # What xi0 goes with.
    material.elastic(asked.superconductor)
    cavity = metal.cavity_of(args)
    output.prepare(args, output.PICTURE)
    Tc = asked.transitions()
    T = asked.temperatures(Tc, inverse_temperatures)

    def solve(population):
        spectrum = solve_spectrum(asked.superconductor, units.into("T", T), population)
        found = solve_surface_impedance(spectrum, frequency, material, args.surface, args.thickness)
        columns = {
            "Tc_over_T": (Tc[:, None] / T)[..., None],
            "frequency_GHz": frequency,
            "R_s_ohm": found.resistance,
            "R_s_error": found.resistance_error,
            "X_s_ohm": found.reactance,
            "X_s_error": found.reactance_error,
        }
        if cavity is not None:
            columns["Q"], columns["Q_error"] = cavity.quality_factor(found)
        return columns | {"status": np.asarray(found.status)[..., None]}

    curves = list(asked.curves(solve, T))
    if args.out:
        _draw(args, asked, curves, frequency)
    lengths = ", ".join(
        f"{name} {getattr(material, name):g}"
        for name in metal.OPTIONS
        if getattr(material, name) is not None
    )
    film = "" if args.thickness is None else f", thickness {args.thickness:g}"
    comment = f"tlsjax rs, {asked.asked.about}, {lengths} (nm, m/s), {args.surface}{film}"
    asked.emit(
        args, curves, comment, "Surface impedance",
        material=material, surface=args.surface, thickness=args.thickness, cavity=cavity,
        transitions={units.column("Tc"): Tc},
    )  # fmt: skip


def _draw(args, asked, curves, frequency):
    from tlsjax.plotting.microwave import draw_quality_factors, draw_resistances
    from tlsjax.plotting.style import headline, new_figure, save

    def chosen(x, y):
        drawn = []
        for _, text, clean, one in curves:
            for k, GHz in enumerate(frequency):
                label = f"{text}, {GHz:g} GHz" if frequency.size > 1 else text
                drawn.append((label, clean, one[x][:, k], one[y][:, k]))
        return drawn

    has_Q = args.geometry_factor is not None
    width = 9.0 if has_Q else None
    figure, (axes,) = new_figure(columns=2 if has_Q else 1, width=width, height=3.8)
    draw_resistances(axes[0], chosen("Tc_over_T", "R_s_ohm"))
    if has_Q:
        draw_quality_factors(axes[1], chosen(asked.units.column("T"), "Q"))
    at = "" if frequency.size > 1 else f", {frequency[0]:g} GHz"
    headline(figure, asked.asked.about + at)
    save(figure, args.out / "rs")
