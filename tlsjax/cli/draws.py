"""``--posterior`` and ``--bootstrap`` of `tlsjax fit`: draws, shown and written."""

from tlsjax.core.validation import fail
from tlsjax.fitting.bootstrap import bootstrap
from tlsjax.fitting.sample import METHODS, require_sampler, require_sizes, sample
from tlsjax.io.files import replacing, write_csv

# What --out gets beside the fit's own files.
FILES = (
    "fit_draws.csv", "fit_draws.nc", "fit_corner.png", "fit_corner.pdf", "fit_predictive.png",
    "fit_predictive.pdf",
)  # fmt: skip
# Refits of --bootstrap: a width from 200 is good to 5 %.
_REFITS = 200


def add_arguments(parser):
    parser.add_argument(
        "--posterior", action="store_true",
        help="sample the posterior too (needs tlsjax[bayes]): a table, and with --out draws, a "
        "corner plot and the curves",
    )  # fmt: skip
    parser.add_argument(
        "--method", choices=METHODS,
        help="of --posterior (default nuts, laplace where there are sweeps)",
    )  # fmt: skip
    parser.add_argument(
        "--draws", type=int, default=1000, metavar="N", help="for each chain (default 1000)"
    )
    parser.add_argument("--chains", type=int, default=4, metavar="N", help="default 4")
    parser.add_argument(
        "--bootstrap", type=int, nargs="?", const=_REFITS, metavar="N",
        help=f"errors without priors: refit blocks of residuals N times (default {_REFITS}); "
        "writes what --posterior writes",
    )  # fmt: skip
    parser.add_argument(
        "--blocks", type=int, metavar="N",
        help="points of a block of --bootstrap (default: as many as are correlated, and more)",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of draws (default 0)")


def asked(args):
    """What --out is asked for beside the fit, by the name that the JSON gives it; or None."""
    if args.posterior:
        return "posterior"
    return None if args.bootstrap is None else "bootstrap"


def check(args):
    """Before any work is done: blackjax is there, and there is something to do."""
    for name, method in (("method", "posterior"), ("blocks", "bootstrap")):
        if getattr(args, name) is not None and asked(args) != method:
            fail(name, f"given with --{method}", "given alone")
    if asked(args) is None:
        return
    if args.posterior and args.bootstrap is not None:
        fail("bootstrap", "given without --posterior: one kind of draws at a time", args.bootstrap)
    if args.loss != "linear":
        fail("loss", f"linear with --{asked(args)}", repr(args.loss))
    if args.bootstrap is not None:
        if args.bootstrap < 2:
            fail("bootstrap", "2 or more refits", args.bootstrap)
        if args.blocks is not None and args.blocks < 1:
            fail("blocks", "1 or more", args.blocks)
        return
    require_sizes(draws=args.draws, chains=args.chains)
    try:
        require_sampler()
    except ImportError as missing:
        raise ValueError(str(missing)) from None


def draws_of(args, result):
    """`Draws` as asked for, or None."""
    common = {"seed": args.seed, "progress": not args.json}
    if args.posterior:
        return sample(result, draws=args.draws, chains=args.chains, method=args.method, **common)
    if args.bootstrap is not None:
        return bootstrap(result, blocks=args.blocks, count=args.bootstrap, **common)
    return None


def write(out, draws):
    """The files of --out."""
    from tlsjax.plotting.style import save

    about = f"tlsjax fit, {draws.method}, {draws.result.model}"
    write_csv(out / "fit_draws.csv", draws.columns(), about)
    with replacing(out / "fit_draws.nc") as temporary:
        draws.to_xarray().to_netcdf(temporary, engine="h5netcdf")
    save(draws.plot(), out / "fit_corner")
    save(draws.plot_predictive(), out / "fit_predictive")
