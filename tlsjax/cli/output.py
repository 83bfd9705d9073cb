"""Where results go: files, JSON or CSV on stdout."""

import json
import sys

from tlsjax.core.results import plain
from tlsjax.io.files import csv_text, prepare_directory, write_csv

# A table and a picture of it.
PICTURE = ("csv", "png", "pdf")
# What the sentence about an occupied folder adds here.
OVERWRITE = " (or give --force)"


def prepare(args, suffixes=("csv",), names=()):
    """Make --out before any work is done; refuse if results of this command are in it.

    ``names`` are those of further files.
    """
    if args.out:
        names = [*(f"{args.command}.{suffix}" for suffix in suffixes), *names]
        prepare_directory(args.out, names, args.force, hint=OVERWRITE)


def print_json(command, **fields):
    """One JSON object on stdout."""
    import tlsjax

    record = {"command": command, "version": tlsjax.__version__}
    record |= {name: plain(value) for name, value in fields.items()}
    json.dump(record, sys.stdout, indent=2, allow_nan=False)
    print()


def print_csv(columns, comment):
    """The same columns a file would get, on stdout."""
    sys.stdout.write(csv_text(columns, comment))


def joined(tables):
    """Tables of the same columns, arrays, one below the other as columns of plain numbers."""
    return {name: [float(value) for table in tables for value in table[name]] for name in tables[0]}


def emit(args, columns, comment, suffixes=("csv",), **fields):
    """Send a table to the file, as JSON or as CSV to stdout: whatever was asked for.

    The folder is there and free, see `prepare`. ``suffixes`` are those of all files of this
    command, the table first, for the user to be told.
    """
    paths = [args.out / f"{args.command}.{suffix}" for suffix in suffixes if args.out]
    if paths:
        write_csv(paths[0], columns, comment)
    if args.json:
        print_json(args.command, **fields, **columns)
    elif paths:
        print(*paths, sep="\n")
    else:
        print_csv(columns, comment)
