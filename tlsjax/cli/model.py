"""Options that describe a superconductor, and the superconductor from them."""

import numpy as np

from tlsjax.cli import output
from tlsjax.cli.options import number, numbers
from tlsjax.cli.words import SPLITTINGS_HELP, splittings, strong_coupling_host
from tlsjax.core.units import REDUCED, Units
from tlsjax.core.validation import fail, non_negative, positive, require
from tlsjax.io.alpha2F import UNITS
from tlsjax.matsubara.critical_temperature import solve_critical_temperature
from tlsjax.model.ensemble import TLSEnsemble
from tlsjax.model.hosts import NoHost, WeakCouplingHost
from tlsjax.model.scattering import Scattering
from tlsjax.model.superconductor import Superconductor

_DEFAULT = "glass:Ec=3"


def add_arguments(parser, *, tc0=True, gap_ratio=False, density=False, default=_DEFAULT):
    """Host, impurities, scattering and units."""
    parser.add_argument(
        "--splittings", action="append", metavar="P",
        help=f"{SPLITTINGS_HELP}; once for each kind of impurities "
        f"(default {default}, none with a strong host)",
    )  # fmt: skip
    parser.add_argument(
        "--alpha", type=numbers, nargs="+", action="append", metavar="A",
        help="coupling hbar/(2 pi tau_in) in k_B Tc0, in meV with a strong host or none: numbers "
        "or start:stop:count, once for each --splittings (default 1)",
    )  # fmt: skip
    parser.add_argument(
        "--host", default="weak", metavar="HOST",
        help="weak (default), none, or strong:FILE,mu=0.1[,cutoff=MEV][,column=N] with a table of "
        "alpha^2F; with strong and none temperatures are in K, energies in meV",
    )  # fmt: skip
    parser.add_argument(
        "--host-unit", choices=UNITS,
        help="of FILE's energies (default: that of their column's name, or meV)",
    )  # fmt: skip
    rate = "rate hbar/2tau, an energy (default 0)"
    parser.add_argument("--magnetic", type=number, metavar="E", help=f"pair-breaking {rate}")
    parser.add_argument("--dynes", type=number, metavar="E", help=f"broadening, a {rate}")
    if tc0:
        parser.add_argument(
            "--tc0-kelvin", type=number, metavar="K",
            help="clean Tc in kelvin: temperatures are then in K and energies in meV, "
            "in and out (default: units of Tc0 and k_B Tc0)",
        )  # fmt: skip
    if gap_ratio:
        parser.add_argument(
            "--gap-ratio", type=number, metavar="R",
            help="2 Delta(0)/(k_B Tc0) of the clean weak host; stretches its gap by R/3.53 "
            "(default: weak coupling, 3.53)",
        )  # fmt: skip
    if density:
        parser.add_argument(
            "--density", type=number, action="append", metavar="N",
            help="number of impurities over N_f, in the unit of --alpha, once for each "
            "--splittings: what their levels have is then counted (default: not known)",
        )  # fmt: skip
    parser.set_defaults(default_splittings=default)


class Model:
    """What the options describe, in the user's units."""

    def __init__(self, args):
        self.units = _units_of(args)
        self.host = _host_of(args)
        self.texts = _texts_of(args)
        # Fits have a Tc0 of their own, in K, and are in meV.
        unit = "meV" if self.units.is_physical or not hasattr(args, "tc0_kelvin") else None
        self.distributions = [splittings(text, unit) for text in self.texts]
        self.densities = _densities_of(args, len(self.texts))
        self.scattering = Scattering(magnetic=args.magnetic or 0.0, dynes=args.dynes or 0.0)
        self.couplings = _couplings_of(args, len(self.texts))
        parts = [f"splittings {' and '.join(self.texts)}"] if self.texts else []
        parts += [f"host {args.host}"] if args.host != "weak" else []
        parts += [f"{n} {getattr(args, n):g}" for n in ("magnetic", "dynes") if getattr(args, n)]
        self.about = ", ".join(parts) or "clean"
        require(*self.superconductor([column[0] for column in self.couplings]).rules())

    def superconductor(self, couplings) -> Superconductor:
        """With these couplings, numbers or arrays, one for each kind of impurities; in the
        solver's units."""
        rates = [self.units.into("alpha", alpha) for alpha in couplings]
        # Distributions and scattering are written in the solver's unit of energy.
        densities = [self.units.into("density", n) for n in self.densities]
        impurities = tuple(
            TLSEnsemble(rate, distribution, density=density)
            for rate, distribution, density in zip(
                rates, self.distributions, densities or [None] * len(rates), strict=True
            )
        )
        return Superconductor(impurities, self.host, self.scattering)

    def rows(self, *, with_clean) -> list:
        """The couplings of each superconductor; first the clean host, if there has to be one."""
        rows = list(zip(*self.couplings, strict=True)) if self.couplings else [()]
        if not with_clean:
            return rows
        if len(self.couplings) == 1:
            return [(alpha,) for alpha in np.unique([0.0, *(alpha for (alpha,) in rows)])]
        clean = (0.0,) * len(self.couplings)
        return [clean, *(row for row in rows if any(row))]

    def columns_of(self, rows) -> dict:
        """The couplings of these rows as columns of a table."""
        columns = [np.array(column) for column in zip(*rows, strict=True)]
        return dict(zip(self.names, columns, strict=True))

    def transitions(self, rows):
        """Tc in equilibrium of each of these rows, as the user writes it."""
        superconductor = self.superconductor(list(self.columns_of(rows).values()))
        transition = solve_critical_temperature(superconductor).check()
        Tc = np.atleast_1d(self.units.out("Tc", transition.temperature))
        return np.broadcast_to(Tc, len(rows))

    def emit(self, args, rows, Tc, tables):
        """Send the ``tables`` of these rows, one below the other, to wherever was asked for."""
        output.emit(
            args, output.joined(tables), f"tlsjax {args.command}, {self.about}", output.PICTURE,
            splittings=self.for_json,
            transitions=self.columns_of(rows) | {self.units.column("Tc"): Tc},
        )  # fmt: skip

    def label(self, row) -> str:
        """What a legend says of the superconductor with these couplings."""
        if not any(row):
            return "clean" if row else "host"
        symbols = [r"\alpha"] if len(row) == 1 else [rf"\alpha_{k + 1}" for k in range(len(row))]
        return ", ".join(f"${s}={a:g}$" for s, a in zip(symbols, row, strict=True))

    @property
    def names(self) -> list:
        """Names of the couplings as columns of a table."""
        count = len(self.couplings)
        return ["alpha"] if count == 1 else [f"alpha_{i + 1}" for i in range(count)]

    @property
    def for_json(self):
        """Splittings: one distribution as itself, several as a list."""
        return self.distributions[0] if len(self.distributions) == 1 else self.distributions


def _units_of(args) -> Units:
    kelvin = getattr(args, "tc0_kelvin", None)
    if args.host == "weak":
        return REDUCED if kelvin is None else Units.physical(kelvin)
    for name in ("tc0-kelvin", "gap-ratio"):
        if getattr(args, name.replace("-", "_"), None) is not None:
            fail(name, "given with a weak host", f"given with --host {args.host}")
    return Units.physical()


def _host_of(args):
    """The host, in the solver's units: meV where the user writes kelvin and meV."""
    kind, _, rest = args.host.partition(":")
    if args.host_unit and kind != "strong":
        fail("host-unit", "given with --host strong:FILE,...", f"given with --host {args.host}")
    if kind == "strong":
        return strong_coupling_host(rest, args.host_unit)
    if args.host == "none":
        return NoHost()
    if args.host != "weak":
        fail("host", "weak, none or strong:FILE,mu=..", repr(args.host))
    # A clean Tc0 is the unit of rates.
    return WeakCouplingHost(_units_of(args).per_rate, getattr(args, "gap_ratio", None))


def _texts_of(args) -> list:
    """What was written for the impurities' splittings."""
    if args.splittings:
        return args.splittings
    if not args.host.startswith("strong") and args.default_splittings:
        return [args.default_splittings]
    if args.alpha:
        fail("alpha", "given with --splittings, which have no default here", "given alone")
    return []


def _densities_of(args, count) -> list:
    """The numbers of impurities, one for each kind, or none."""
    given = getattr(args, "density", None) or []
    require(*(positive("density", number) for number in given))
    if given and len(given) != count:
        times = "once" if len(given) == 1 else f"{len(given)} times"
        fail("density", f"given once for each --splittings ({count})", f"given {times}")
    return given


def _couplings_of(args, count) -> list:
    """An array of couplings for each kind of impurities, all of one length."""
    given = args.alpha or [[np.array([1.0])]] * count
    if len(given) != count:
        times = "once" if len(given) == 1 else f"{len(given)} times"
        fail("alpha", f"given once for each --splittings ({count})", f"given {times}")
    columns = [np.concatenate(column) for column in given]
    require(*(non_negative("alpha", column) for column in columns))
    sizes = {column.size for column in columns} - {1}
    if len(sizes) > 1:
        shown = " and ".join(map(str, sorted(sizes)))
        fail("alpha", "as many numbers for each --splittings, or one", shown)
    return [np.array(column) for column in np.broadcast_arrays(*columns)] if columns else []
