"""``--config`` of `tlsjax fit`: its options in a TOML file, or those of an earlier fit's JSON."""

import argparse
import json
import tomllib
from pathlib import Path

import numpy as np

from tlsjax.core.validation import fail

# Options that are given once for each value, not once for all.
_REPEATED = ("splittings", "alpha")
# What a request does not say: where results go, and what the parser adds.
_NOT_ASKED = (
    "command", "run", "json", "out", "force", "cache", "config", "default_splittings",
)  # fmt: skip
# Names of lists in a file that are given one by one on the command line.
_FILES = "files"
# Options of one text that a list may stand for, with what joins it there.
_JOINED = {"columns": ",", "compare": ",", "range": ":"}


class ReadConfig(argparse.Action):
    """Parses the options of a file where ``--config`` stands: what comes later, wins."""

    def __call__(self, parser, namespace, values, option_string=None):
        del option_string
        try:
            tokens = _tokens(_read(Path(values)))
        except (ValueError, OSError) as error:
            parser.error(str(error))
        _, unknown = parser.parse_known_args(tokens, namespace)
        if unknown:
            parser.error(f"{values} has what is no option: {' '.join(unknown)}")
        setattr(namespace, self.dest, values)


class Files(argparse.Action):
    """Files of the command line, which leave alone those of a config where there are none."""

    def __call__(self, parser, namespace, values, option_string=None):
        del parser, option_string
        if values or getattr(namespace, self.dest, None) is None:
            setattr(namespace, self.dest, values)


def add_argument(parser):
    parser.add_argument(
        "--config", metavar="FILE", action=ReadConfig,
        help="options from a TOML file (free = [...], fix = {Ec = 2.5}, files = [...]), or those "
        "of an earlier fit's JSON",
    )  # fmt: skip


def _read(path):
    if not path.is_file():
        fail("config", "an existing file", str(path))
    # Some editors put a mark before the text.
    text = path.read_text(encoding="utf-8-sig")
    if path.suffix != ".json":
        try:
            return tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            fail("config", "TOML", f"{path} ({error})")
    try:
        return json.loads(text)["request"]
    except (ValueError, KeyError, TypeError):
        return fail("config", "the JSON of an earlier fit", str(path))


def _tokens(table):
    """The command line of a table of options."""
    files = table.get(_FILES, [])
    tokens = [files] if isinstance(files, str) else list(map(str, files))
    for name, value in table.items():
        option = f"--{name.replace('_', '-')}"
        if name == _FILES or value is False or value == []:
            continue
        if name in _JOINED and isinstance(value, list):
            value = _JOINED[name].join(map(_text, value))
        if isinstance(value, dict):
            value = [f"{key}={_text(item)}" for key, item in value.items()]
        if value is True:
            tokens.append(option)
        elif not isinstance(value, list):
            # One word: what begins with a minus would be taken for an option.
            tokens.append(f"{option}={_text(value)}")
        elif name in _REPEATED:
            for one in value:
                tokens += [option, *map(_text, one if isinstance(one, list) else [one])]
        else:
            tokens += [option, *map(_text, value)]
    return tokens


def _text(value):
    """A number or a text; a pair is limits."""
    if isinstance(value, list):
        return ":".join("" if end is None else _text(end) for end in value)
    if isinstance(value, dict):
        fail("config", "made of numbers, texts and lists", repr(value))
    return str(value)


def request_of(args):
    """The options as a table that `--config` reads back."""
    table = {}
    for name, value in vars(args).items():
        if name in _NOT_ASKED or value is None or value is False or value == []:
            continue
        table[_FILES if name == "file" else name] = _plain(value)
    return table


def _plain(value):
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, list):
        found = [_plain(item) for item in value]
        # Several numbers of one option are arrays of one or more each.
        if any(isinstance(item, np.ndarray) for item in value):
            return [number for item in found for number in item]
        return found
    return str(value) if isinstance(value, Path) else value
