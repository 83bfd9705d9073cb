"""A page in the browser: move the parameters and watch Tc, Delta(T), spectra and R_s follow.

Served on this computer only, for nobody else; it needs no network, and runs nothing that comes
from the page. Curves come quickly while a slider moves, and well solved, with their errors, when
it stops. The first curves of a distribution wait a minute or two for their programs to compile;
these are kept for the next time. A measured file dropped on the page is drawn beside the curves.
Ctrl-C ends it.

Examples:
  tlsjax explore
  tlsjax explore --port 8000 --no-browser
"""

import importlib.util

from tlsjax.cli.options import number
from tlsjax.core.validation import fail

_PORT = 5006


def add_arguments(parser):
    parser.add_argument(
        "--port", type=number, default=_PORT, metavar="N",
        help=f"of 127.0.0.1 (default {_PORT}; 0 is any free one)",
    )  # fmt: skip
    parser.add_argument(
        "--no-browser", action="store_true", help="only serve, and say where; open nothing"
    )
    parser.add_argument(
        "--no-microwaves", action="store_true",
        help="begin without sigma and R_s: spectra follow sooner (the page has a box for it)",
    )  # fmt: skip


def run(args):
    port = int(args.port)
    if port != args.port or not 0 <= port < 2**16:
        fail("port", "a whole number from 0 to 65535", f"{args.port:g}")
    if importlib.util.find_spec("panel") is None:
        raise ValueError(
            'The page needs Panel, which is not installed: pip install "tlsjax[explore]".'
        )
    from tlsjax.explorer.server import serve

    serve(port, browser=not args.no_browser, microwaves=not args.no_microwaves)
