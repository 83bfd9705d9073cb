"""``--posterior`` of `tlsjax fit`: draws of the parameters, printed and written."""

from tlsjax.core.validation import fail
from tlsjax.fitting.sample import METHODS, require_sampler, require_sizes, sample
from tlsjax.io.files import replacing, write_csv

# What --out gets beside the fit's own files.
FILES = (
    "fit_draws.csv", "fit_draws.nc", "fit_corner.png", "fit_corner.pdf", "fit_predictive.png",
    "fit_predictive.pdf",
)  # fmt: skip


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
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of draws (default 0)")


def check(args):
    """Before any work is done: blackjax is there, and there is something to do."""
    if not args.posterior:
        if args.method:
            fail("method", "given with --posterior", "given alone")
        return
    if args.loss != "linear":
        fail("loss", "linear with --posterior", repr(args.loss))
    require_sizes(draws=args.draws, chains=args.chains)
    try:
        require_sampler()
    except ImportError as missing:
        raise ValueError(str(missing)) from None


def draws_of(args, result):
    """`Draws` as asked for, or None."""
    if not args.posterior:
        return None
    return sample(
        result, draws=args.draws, chains=args.chains, method=args.method, seed=args.seed,
        progress=not args.json,
    )  # fmt: skip


def write(out, draws):
    """The files of --out."""
    from tlsjax.plotting.style import save

    about = f"tlsjax fit, {draws.method}, {draws.result.model}"
    write_csv(out / "fit_draws.csv", draws.columns(), about)
    with replacing(out / "fit_draws.nc") as temporary:
        draws.to_xarray().to_netcdf(temporary, engine="h5netcdf")
    save(draws.plot(), out / "fit_corner")
    save(draws.plot_predictive(), out / "fit_predictive")
