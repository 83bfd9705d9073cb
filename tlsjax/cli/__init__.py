"""The ``tlsjax`` command. Exit status: 0 done, 1 did not converge, 2 bad input.

A subcommand is imported once it is asked for: with JAX and what else it uses that takes a second.
"""

import argparse
import gc
import importlib
import pkgutil
import re
import sys
import warnings

from tlsjax._version import __version__

# The module of each subcommand.
COMMANDS = {
    "reproduce": "reproduce",
    "tc": "tc",
    "gap": "gap",
    "thermo": "thermo",
    "induced-tc": "induced",
    "dos": "dos",
    "conductivity": "conductivity",
    "rs": "rs",
    "lambda": "penetration",
    "fit": "fit",
    "scan": "scan",
    "explore": "explore",
}


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        """One sentence on stderr; argparse would print the usage as well."""
        self.exit(2, f"{self.prog}: {message}\n")


class _Subparser(_Parser):
    """Has its options once it is used."""

    module = None

    def parse_known_args(self, args=None, namespace=None):
        if self.module is None:
            self.module = importlib.import_module(f"tlsjax.cli.{COMMANDS[self.prog.split()[-1]]}")
            self.description = self.module.__doc__
            self.module.add_arguments(self)
            _add_cache(self)
            self.set_defaults(run=self.module.run)
        return super().parse_known_args(_with_negative_ranges(args), namespace)


def _add_cache(parser):
    parser.add_argument(
        "--cache", metavar="DIR", default=None,
        help="where compiled programs are kept for later calls, or off (default: the variable "
        "TLSJAX_CACHE, or the folder tlsjax among the user's caches)",
    )  # fmt: skip


def _with_negative_ranges(args):
    """The same with ``--range -1:1`` as ``--range=-1:1``, which argparse takes for an option."""
    found = []
    for text in args:
        option = bool(found) and found[-1].startswith("--") and "=" not in found[-1]
        if option and re.match(r"-[\d.]+[eE\d+-]*[:,]", text):
            found[-1] += f"={text}"
        else:
            found.append(text)
    return found


def _summary(module):
    """First line of a module, read without importing it."""
    source = pkgutil.get_data("tlsjax.cli", f"{module}.py").decode()
    return source.split('"""')[1].splitlines()[0]


def build_parser():
    """The parser with every subcommand."""
    parser = _Parser(
        prog="tlsjax",
        description="Two-level tunnelling systems in superconductors: Tc, gap and spectra.",
    )
    parser.add_argument("--version", action="version", version=f"tlsjax {__version__}")
    subparsers = parser.add_subparsers(
        dest="command", required=True, metavar="command", parser_class=_Subparser
    )
    for name, module in COMMANDS.items():
        subparsers.add_parser(
            name, help=_summary(module), formatter_class=argparse.RawDescriptionHelpFormatter
        )
    return parser


# Objects that are made before Python looks for garbage, and so on: a trace is a million small
# objects that stay, and looking through them would take a third of its time.
_GARBAGE = (200_000, 20, 100)


def main(argv=None):
    """Run the command line; returns the exit status."""
    gc.set_threshold(*_GARBAGE)
    arguments = build_parser().parse_args(argv)
    # Not earlier: it needs JAX, which `--help` does not.
    from tlsjax.core import compilation, programs
    from tlsjax.core.status import ConvergenceError

    cache = compilation.Cache(arguments.cache)

    def say(message, *_, **__):
        message = cache.reword(message)
        if message is not None:
            print(f"tlsjax {arguments.command}: warning: {message}", file=sys.stderr)

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("default", UserWarning)
            warnings.showwarning = say
            trouble = cache.start()
            if trouble:
                say(trouble)
            with programs.kept_in(cache.programs):
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
