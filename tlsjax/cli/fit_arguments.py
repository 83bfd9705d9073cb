"""The arguments of ``tlsjax fit``."""

from tlsjax.cli import config, draws, model, options
from tlsjax.cli.fit_data import FITTED, KINDS
from tlsjax.fitting.microwave_tables import FILMS
from tlsjax.fitting.run import LOSSES
from tlsjax.io.columns import BIAS_UNITS


def add_arguments(parser):
    parser.add_argument(
        "file", metavar="FILE", nargs="*", action=config.Files,
        help="measured points; several are fitted together",
    )  # fmt: skip
    parser.add_argument("--kind", choices=KINDS, help="what was measured")
    config.add_argument(parser)
    model.add_arguments(parser, tc0=False, default="glass:Ec=1")
    pairs = {"nargs": "+", "default": [], "action": "extend"}
    parser.add_argument("--free", metavar="NAME", help="also fit these", **pairs)
    parser.add_argument("--fix", metavar="NAME=VALUE", help="keep these", **pairs)
    parser.add_argument("--start", metavar="NAME=VALUE", help="start these here", **pairs)
    parser.add_argument(
        "--bounds", metavar="NAME=LOW:HIGH",
        help="limits; T is the sample's temperature, nothing leaves one as it is (T_e=T:)",
        **pairs,
    )  # fmt: skip
    parser.add_argument("--tie", metavar="NAME=NAME", help="keep equal", **pairs)
    parser.add_argument(
        "--prior", metavar="NAME=PRIOR",
        help="known beside the data: Tc0=9.25+-0.05, or alpha=0.1*/3 (within a factor of 3); Tc is "
        "the model's own",
        **pairs,
    )  # fmt: skip
    parser.add_argument("--start-from", metavar="JSON", help="an earlier fit's JSON")
    parser.add_argument(
        "--temperature", type=options.number, metavar="K",
        help="of the sample (default: from a column, the header or the file's name)",
    )  # fmt: skip
    parser.add_argument(
        "--columns", metavar="X,Y[,ERROR]",
        help="names or numbers from 1; of a resonator T=.., f0=.., Qi=.., pressure=.., photons=..",
    )  # fmt: skip
    parser.add_argument("--bias-unit", choices=BIAS_UNITS, help="default: guessed, and said")
    parser.add_argument(
        "--where", metavar="COLUMN=VALUE", help="only these rows, where a file holds many sweeps"
    )
    parser.add_argument(
        "--normal-state", metavar="FILE", help="sweep above Tc to divide by, laid out alike"
    )
    parser.add_argument(
        "--series", metavar="COLUMN", help="fit a sweep for each value of this column together"
    )
    parser.add_argument(
        "--share", metavar="NAME", help="of a junction, but the same for all sets", **pairs
    )
    parser.add_argument("--separate", metavar="NAME", help="one for each set", **pairs)
    parser.add_argument("--normal-where", metavar="COLUMN=VALUE", help="its rows")
    parser.add_argument(
        "--range", metavar="LOW:HIGH", help="only points from LOW to HIGH (mV; of gap K)"
    )
    parser.add_argument(
        "--average-sweeps", action="store_true",
        help="take the mean of the sweeps up and down, or of more of them, in the file",
    )  # fmt: skip
    parser.add_argument(
        "--symmetrise", nargs="?", const=FITTED, metavar="MV",
        help="fit [G(V)+G(-V)]/2, or [I(V)-I(-V)]/2, about this bias (default: where the sweep is "
        "most even)",
    )  # fmt: skip
    parser.add_argument(
        "--electrode", metavar="E",
        help="the other electrode, if it superconducts: same, clean, clean:Tc0=KELVIN or "
        "splittings (default: a normal metal)",
    )  # fmt: skip
    parser.add_argument(
        "--josephson", type=options.number, metavar="MV",
        help="with --electrode leave out points within this of zero bias, 0 for none (default: "
        "a twentieth of half the range)",
    )  # fmt: skip
    parser.add_argument(
        "--modulation", type=options.number, default=0.0, metavar="MV",
        help="lock-in modulation (default 0)",
    )  # fmt: skip
    parser.add_argument(
        "--modulation-is", choices=("peak", "rms"), default="peak", help="default peak"
    )
    parser.add_argument(
        "--frequency", type=options.number, metavar="GHZ",
        help="of rs; of a resonator by default its coldest f0",
    )  # fmt: skip
    parser.add_argument("--geometry-factor", type=options.number, metavar="OHM", help="of a cavity")
    parser.add_argument(
        "--film", choices=FILMS,
        help="of a resonator or rs: thick (default), thinner than lambda, or anomalous skin effect",
    )  # fmt: skip
    parser.add_argument(
        "--temperature-error", type=options.number, metavar="K",
        help="of a resonator's thermometer, added to the errors of the data",
    )  # fmt: skip
    parser.add_argument("--loss", choices=LOSSES, default="linear", help="default linear")
    parser.add_argument("--starts", type=int, default=2, metavar="N", help="descents (default 2)")
    parser.add_argument("--max-evaluations", type=int, default=300, metavar="N")
    parser.add_argument(
        "--compare", metavar="MODEL[,MODEL ...]",
        help="what to compare with: rivals by name (tls is the fit itself), or other --splittings; "
        "what is said of parameters that only some have is for those",
    )  # fmt: skip
    parser.add_argument(
        "--no-rivals", action="store_true", help="fit no other explanations of a sweep beside"
    )
    draws.add_arguments(parser)
    options.add_output(parser)
