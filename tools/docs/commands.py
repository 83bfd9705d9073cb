"""The page of the command line, from the parsers themselves."""

import argparse
import contextlib
import io
import os

from tlsjax.cli import COMMANDS, build_parser

WIDTH = 96


def _help(parser, *arguments):
    """What ``--help`` prints."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.suppress(SystemExit):
        parser.parse_args([*arguments, "--help"])
    return said.getvalue().strip()


def reference():
    """Markdown: a heading and the help of every command."""
    before = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = str(WIDTH)
    try:
        parts = [
            f"### tlsjax {name}\n\n```text\n{_help(build_parser(), name)}\n```" for name in COMMANDS
        ]
    finally:
        if before is None:
            del os.environ["COLUMNS"]
        else:
            os.environ["COLUMNS"] = before
    return "\n\n".join(parts)


def parse(words):
    """Parse a command as ``tlsjax`` would; raises `ValueError` where it refuses it."""
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            return build_parser().parse_args(words)
    except (SystemExit, argparse.ArgumentError):
        raise ValueError(said.getvalue().strip()) from None
