"""Complex conductivity against frequency, impurities in or out of equilibrium, any purity.

sigma_1 and sigma_2 in units of sigma_n = (n e^2/m) tau, fields as exp(-i omega t). Elastic
scattering, which nothing else depends on, is --elastic, a rate hbar/2tau, or --dirty. Above Tc it
is the normal metal's. In the picture the clean host's curve (Mattis and Bardeen's) stands beside,
and frequencies are in units of each curve's own Delta.

Examples:
  tlsjax conductivity --temperature 0.3 --dirty --splittings glass:Ec=3 --alpha 0.5 --out results
  tlsjax conductivity --temperature 0.2 0.6 --elastic 2 --omega 0.05:5:100 --json
  tlsjax conductivity --temperature 0.2 --dirty --tls-temperature equilibrium 1 inf --out hot
  tlsjax conductivity --temperature 2 --tc0-kelvin 9.25 --elastic 1 --wavenumber 3 --omega 0.01 0.1
"""

import numpy as np

from tlsjax.cli import family, options, output
from tlsjax.core.validation import fail, non_negative, positive, require
from tlsjax.microwave.conductivity import solve_conductivity
from tlsjax.real_axis.solve import solve_spectrum

# Default frequencies, in units of the largest order parameter (of T in a normal metal).
_OMEGA = np.linspace(0.05, 6.0, 120)


def add_arguments(parser):
    family.add_arguments(parser)
    options.add_temperatures(parser, of=" of the electrons")
    parser.add_argument(
        "--omega", type=options.numbers, nargs="+", metavar="E",
        help="hbar omega, energies, numbers or start:stop:count (default: up to 6 Delta)",
    )  # fmt: skip
    parser.add_argument(
        "--elastic", type=options.number, metavar="E",
        help="rate hbar/2tau of all elastic scattering, an energy; or",
    )  # fmt: skip
    parser.add_argument("--dirty", action="store_true", help="the limit of an infinite rate")
    parser.add_argument(
        "--wavenumber", type=options.number, default=0.0, metavar="E",
        help="hbar v_F q of a transverse field, an energy (default 0, the local limit)",
    )  # fmt: skip
    options.add_output(parser)


def run(args):
    asked = family.Family(args)
    units = asked.units
    rate = _rate(args, units)
    omega = None
    if args.omega:
        omega = np.concatenate(args.omega)
        require(positive("omega", omega))
    require(non_negative("wavenumber", args.wavenumber))
    output.prepare(args, output.PICTURE)
    T = asked.temperatures(np.ones(len(asked.rows)), None)
    spectra = {
        population: solve_spectrum(asked.superconductor, units.into("T", T), population)
        for _, population in asked.populations
    }
    if omega is None:
        omega = _OMEGA * _scale(units, spectra.values(), T)

    def solve(population):
        spectrum = spectra[population]
        found = solve_conductivity(
            spectrum, units.into("omega", omega), units.into("wavenumber", args.wavenumber),
            elastic=rate,
        )  # fmt: skip
        gap = np.asarray(units.out("Delta", spectrum.order_parameter))[..., None]
        return {
            units.column("omega"): omega,
            units.column("Delta"): gap,
            "sigma1": np.real(found.sigma),
            "sigma1_error": found.sigma1_error,
            "sigma2": np.imag(found.sigma),
            "sigma2_error": found.sigma2_error,
            "status": found.status,
        }

    curves = list(asked.curves(solve, T))
    if args.out:
        _draw(args, asked, curves)
    purity = "dirty" if args.dirty else f"elastic {args.elastic:g}"
    comment = f"tlsjax conductivity, {asked.asked.about}, {purity}, wavenumber {args.wavenumber:g}"
    asked.emit(
        args, curves, comment, "Conductivity",
        elastic=args.elastic, dirty=args.dirty, wavenumber=args.wavenumber,
    )  # fmt: skip


def _rate(args, units):
    """Elastic rate in the solver's unit, inf in the dirty limit."""
    if (args.elastic is None) == (not args.dirty):
        shown = "both" if args.dirty else "missing"
        fail("elastic", "given, a positive rate hbar/2tau, or else --dirty", shown)
    if args.dirty:
        if args.wavenumber:
            fail("wavenumber", "given with --elastic: the dirty limit is local", "given")
        return np.inf
    require(positive("elastic", args.elastic))
    return units.into("elastic", args.elastic)


def _scale(units, spectra, T):
    """The largest order parameter, or T where all are normal, as the user writes it."""
    gap = max(float(np.nanmax(s.order_parameter, initial=0.0)) for s in spectra)
    return units.out("Delta", gap if gap > 0 else units.into("T", T.max()))


def _draw(args, asked, curves):
    from tlsjax.plotting.microwave import draw_conductivities
    from tlsjax.plotting.style import headline, new_figure, save

    units = asked.units
    omega, Delta, T = (units.column(name) for name in ("omega", "Delta", "T"))
    relative = all(np.all(one[Delta] > 0) for *_, one in curves)
    drawn = []
    for _, text, clean, one in curves:
        for k in range(len(one[T])):
            x = one[omega][k] / (one[Delta][k] if relative else 1.0)
            warm = f", $T=${one[T][k, 0]:g}" if len(one[T]) > 1 else ""
            drawn.append((text + warm, clean, x, one["sigma1"][k], one["sigma2"][k]))
    unit = "meV" if units.is_physical else r"$k_\mathrm{B}T_{c0}$"
    label = r"$\hbar\omega/\Delta$" if relative else rf"$\hbar\omega$ ({unit})"
    figure, ((left, right),) = new_figure(columns=2, width=9.0, height=3.8)
    draw_conductivities(left, right, drawn, omega_label=label)
    T_unit = "K" if units.is_physical else "$T_{c0}$"
    at = f", $T=${curves[0][-1][T][0, 0]:g} {T_unit}" if len(curves[0][-1][T]) == 1 else ""
    headline(figure, asked.asked.about + at)
    save(figure, args.out / "conductivity")
