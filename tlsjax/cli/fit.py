"""Fit alpha, the splittings and what else is free to a measurement.

Energies are in meV, temperatures in K, biases in mV (see --bias-unit); FILE may be CSV, TSV,
semicolons or spaces, with decimal commas, comments and NaN rows, or the Nanonis layout.

Parameters: alpha, those of --splittings, Tc0 (mu_star with a strong host); for tc also baseline
(K per unit of concentration, fixed at 0 unless freed); for gap gap_ratio; for c (a specific heat)
gamma and lattice (of T^3, 0 unless freed), for hc (a critical field) H0; for didv, current and
dos T_tls and T_e (the sample's temperature unless freed or fixed), gap_ratio, G_N, V0, slope,
broadening; with --electrode also its own, electrode_Tc0 and so on. A series resistance R_s (in
1/signal of a conductance) and the modulation (mV, peak) are fitted once freed. Pair-breaking rates
magnetic and dynes are there once freed, started or given as an option, spin_splitting (meV, in a
field) likewise. With several --splittings names end in _1, _2 and so on.

Kind resonator is f0 and Q_i against temperature, rs a surface resistance, both through Tc or below
it, without TLS in the metal unless --splittings are given. gap_ratio; kinetic_fraction and
residual_loss, or of rs and with --geometry-factor R_n and R_residual (ohm); f_offset and
pressure_slope (Hz); exponent (of Z ~ sigma^-exponent, fixed by --film); and once freed elastic
(hbar/2tau in meV, else the dirty limit), the dielectric's TLS F_tan_delta, and n_c or saturation.

A fit of a sweep has its rivals beside it, superconductors without two-level systems: none,
broadening, hot-electrons, dynes, magnetic, spread, spin-splitting, two-gap, and several of them
joined by +. --compare chooses which, --no-rivals leaves them out.

Examples:
  tlsjax fit examples/nb_o_tc.csv --kind tc --free baseline
  tlsjax fit sweep.dat --kind didv --free T_tls --fix slope=0 --out results
  tlsjax fit sweep.dat --kind didv --compare none,dynes,two-gap+broadening --free T_tls
  tlsjax fit al.csv --kind current --electrode same --average-sweeps --symmetrise --free R_s
  tlsjax fit gap.csv --kind gap --splittings delta:E0=0.5 --compare glass:Ec=2,gap-ratio --json
  tlsjax fit lead.csv --kind gap --host strong:pb.csv,mu=0.1 --free dynes
  tlsjax fit al.csv --kind resonator --free exponent F_tan_delta
  tlsjax fit cavity.txt --kind resonator --geometry-factor 195 --columns pressure=3 --range 4:12
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np

from tlsjax.cli import config, draws, model, options, output
from tlsjax.cli.fit_data import FITTED, KINDS, load_all
from tlsjax.core.status import ConvergenceError
from tlsjax.core.validation import fail
from tlsjax.fitting.compare import fit_each
from tlsjax.fitting.comparison import tabulate
from tlsjax.fitting.explanations import NAMES
from tlsjax.fitting.fit import fit
from tlsjax.fitting.microwave_tables import FILMS
from tlsjax.fitting.result import start_values
from tlsjax.fitting.rivals import beside
from tlsjax.fitting.run import LOSSES
from tlsjax.fitting.templates import MICROWAVE
from tlsjax.io.columns import BIAS_UNITS
from tlsjax.io.files import write_csv, write_text


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


def _is_name(text):
    return all(part in NAMES for part in text.split("+"))


def _rivals(args):
    """``{name: model}`` of --compare: names of rivals, or the same host with other splittings."""
    if not args.compare:
        return {}
    found = []
    for text in args.compare.split(","):
        # Splittings have commas of their own.
        if found and not _is_name(text) and ":" not in text and ":" in found[-1]:
            found[-1] += f",{text}"
        else:
            found.append(text)
    models = {}
    for text in found:
        if _is_name(text):
            # The fit itself is there anyway.
            models |= {} if text == "tls" else {text: text}
            continue
        changed = {"splittings": [text], "alpha": None}
        other = model.Model(argparse.Namespace(**{**vars(args), **changed}))
        models[other.about] = _template(args, other)
    return models


def _template(args, asked):
    """What is fitted; couplings that were not given start where the fit likes."""
    row = [column[0] if args.alpha else 0.0 for column in asked.couplings]
    return asked.superconductor(row)


def _bounds(text, argument):
    # "T" is the sample's temperature, an end that is left out stays.
    return options.limits(text, argument, known={"T": "T", "": None})


def _start(args):
    start = {}
    if args.start_from:
        path = Path(args.start_from)
        if not path.is_file():
            fail("start-from", "an existing file", str(path))
        try:
            start = start_values(json.loads(path.read_text()))
        except (ValueError, KeyError, AttributeError, TypeError):
            fail("start-from", "the JSON of an earlier fit", str(path))
    return start | options.pairs(args.start, "start", options.as_float)


def run(args):
    for name in ("starts", "max_evaluations"):
        if getattr(args, name) < 1:
            fail(name.replace("_", "-"), "1 or more", getattr(args, name))
    draws.check(args)
    if args.kind is None:
        fail("kind", f"one of {', '.join(KINDS)}", "missing")
    if args.kind in MICROWAVE:
        # Resonators have TLS of their own, in the dielectric: the metal's are there on request.
        args.default_splittings = None
    asked, rivals = model.Model(args), _rivals(args)
    data, said = load_all(args)
    choices = {
        "free": args.free,
        "fixed": options.pairs(args.fix, "fix", options.as_float),
        "bounds": options.pairs(args.bounds, "bounds", _bounds),
        "tie": options.pairs(args.tie, "tie", lambda text, _: text),
        "share": args.share,
        "separate": args.separate,
        "priors": options.pairs(args.prior, "prior", lambda text, _: text),
        "starts": args.starts,
        "loss": args.loss,
        "max_evaluations": args.max_evaluations,
        "progress": not args.json,
    }
    start = _start(args)
    output.prepare(
        args, ("json", "csv", "txt", "png", "pdf"), draws.FILES if draws.asked(args) else ()
    )
    if not args.json:
        print(*(f"({sentence})" for sentence in said), sep="\n")
    template = _template(args, asked)
    if rivals:
        # The others have parameters of their own: they start from their own values.
        models = {asked.about: (template, {"start": start}), **rivals}
        results = fit_each(data, models, choices)
        if asked.about not in results:
            raise ConvergenceError("Fit: the model has no solution where the fit starts")
        result = beside(results[asked.about], tabulate(results))
    else:
        alone = args.no_rivals or args.compare
        result = fit(data, template, start=start, rivals=False if alone else None, **choices)
    drawn = draws.draws_of(args, result) if result.finished else None
    _emit(args, result, said, drawn)
    if not result.finished:
        raise ConvergenceError(f"Fit: {result.message}; what is shown is the best so far")


def _emit(args, result, said, drawn):
    record = {"command": "fit", "request": config.request_of(args), **result.to_dict()}
    record["guessed"] = said
    if drawn is not None:
        record[draws.asked(args)] = drawn.to_dict()
    text = json.dumps(record, indent=2, allow_nan=False) + "\n"
    report = result.report() + "\n"
    report += "" if drawn is None else f"\n{draws.asked(args)}\n{drawn.report()}\n"
    if args.out:
        _write(args, result, {"json": text, "txt": report})
        if drawn is not None:
            draws.write(args.out, drawn)
    sys.stdout.write(text if args.json else report)
    if args.out and not args.json:
        names = [f"fit.{suffix}" for suffix in ("json", "csv", "txt", "png", "pdf")]
        names += [] if drawn is None else draws.FILES
        print(*(args.out / name for name in names), sep="\n")


def _write(args, result, texts):
    from tlsjax.plotting.fits import fit_figure
    from tlsjax.plotting.style import save

    parts = list(zip(result.datasets, result.predictions, result.residuals, strict=True))
    rows = [(d.x, d.y, model, residual) for d, model, residual in parts]
    names = ("x", "measured", "model", "residual_over_error")
    columns = {
        name: np.concatenate(column).tolist()
        for name, column in zip(names, zip(*rows, strict=True), strict=True)
    }
    if any(d.kind == "current" for d in result.datasets):
        found = zip(result.datasets, result.conductances(), strict=True)
        pairs = [np.full(d.x.size, np.nan) if G is None else G for d, G in found]
        columns["model_dIdV"] = np.concatenate(pairs).tolist()
    if len(parts) > 1:
        columns["set"] = [d.label for d, *_ in parts for _ in d.x]
    names = [c.name for d, *_ in parts for c in d.channels for _ in d.x[c.rows]]
    if any(names):
        columns["quantity"] = names
    about = f"tlsjax fit of {', '.join(args.file)}, {result.model}"
    write_csv(args.out / "fit.csv", columns, about)
    save(fit_figure(result), args.out / "fit")
    for suffix, content in texts.items():
        write_text(args.out / f"fit.{suffix}", content)
