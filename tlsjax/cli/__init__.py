"""The ``tlsjax`` command. Exit status: 0 done, 1 did not converge, 2 bad input."""

import argparse
import sys
import warnings

from tlsjax.cli import dos, fit, gap, induced, reproduce, scan, tc
from tlsjax.core.status import ConvergenceError

COMMANDS = {
    "reproduce": reproduce,
    "tc": tc,
    "gap": gap,
    "induced-tc": induced,
    "dos": dos,
    "fit": fit,
    "scan": scan,
}


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        """One sentence on stderr; argparse would print the usage as well."""
        self.exit(2, f"{self.prog}: {message}\n")


def build_parser():
    """The parser with every subcommand."""
    import tlsjax

    parser = _Parser(
        prog="tlsjax",
        description="Two-level tunnelling systems in superconductors: Tc, gap and spectra.",
    )
    parser.add_argument("--version", action="version", version=f"tlsjax {tlsjax.__version__}")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="command")
    for name, module in COMMANDS.items():
        summary, _, detail = module.__doc__.partition("\n")
        subparser = subparsers.add_parser(
            name,
            help=summary,
            description=f"{summary}\n{detail}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(subparser)
        subparser.set_defaults(run=module.run)
    return parser


def main(argv=None):
    """Run the command line; returns the exit status."""
    arguments = build_parser().parse_args(argv)

    def say(message, *_, **__):
        print(f"tlsjax {arguments.command}: warning: {message}", file=sys.stderr)

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("default", UserWarning)
            warnings.showwarning = say
            arguments.run(arguments)
    except ConvergenceError as error:
        print(f"tlsjax {arguments.command}: {error}", file=sys.stderr)
        return 1
    except (ValueError, OSError) as error:
        print(f"tlsjax {arguments.command}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"tlsjax {arguments.command}: interrupted", file=sys.stderr)
        return 130
    return 0
