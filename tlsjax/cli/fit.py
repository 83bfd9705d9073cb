"""Fit alpha, the splittings and what else is free to a measurement.

Energies are in meV, temperatures in K, biases in mV (see --bias-unit); FILE may be CSV, TSV,
semicolons or spaces, with decimal commas, comments and NaN rows, or the Nanonis layout.

Parameters: alpha, those of --splittings, Tc0 (mu_star with a strong host); for tc also baseline
(K per unit of concentration, fixed at 0 unless freed); for gap gap_ratio; for c (a specific heat)
gamma and lattice (of T^3, 0 unless freed), for hc (a critical field) H0; for didv, current and
dos T_tls and T_e (the sample's temperature unless freed or fixed), gap_ratio, G_N, V0, slope,
broadening; with --electrode also its own, electrode_Tc0 and so on. A series resistance R_s (in
1/signal of a conductance, mV/signal of a current) and the modulation (mV, peak) are fitted once
freed. Pair-breaking rates magnetic and dynes are there once freed, started or given as an option,
spin_splitting (meV, in a field) likewise. With several --splittings names end in _1, _2 and so on.

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
from tlsjax.cli.fit_arguments import add_arguments
from tlsjax.cli.fit_data import KINDS, load_all
from tlsjax.core.status import ConvergenceError
from tlsjax.core.validation import fail
from tlsjax.fitting.compare import fit_each
from tlsjax.fitting.explanations import NAMES
from tlsjax.fitting.fit import fit
from tlsjax.fitting.result import start_values
from tlsjax.fitting.rivals import beside
from tlsjax.fitting.tabulate import tabulate
from tlsjax.fitting.templates import MICROWAVE
from tlsjax.io.files import write_csv, write_text

__all__ = ["add_arguments", "run"]


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
