"""The code of the pages, run as it stands.

    python tools/docs/blocks.py docs/start.md ...          check what pages print
    python tools/docs/blocks.py --write docs/start.md ...  and write it into them

Python blocks of a page run one after the other in one namespace, in the root of the repository. An
``output`` block right after one is what it prints: words as they stand, numbers to two parts in a
thousand or one in their last digit, a line ``...`` for any lines.
"""

import argparse
import contextlib
import io
import itertools
import os
import re
import shlex
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
RELATIVE = 2e-3

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?")


class Block(NamedTuple):
    """A block of code: what it is in, its text, and the place of the output after it, or None."""

    language: str
    text: str
    line: int
    output: tuple[int, int] | None


def of_page(text):
    """All blocks of a page."""
    fences = list(_FENCE.finditer(text))
    found = []
    for fence, after in itertools.zip_longest(fences, fences[1:]):
        shown = None
        if after and after[1] == "output" and not text[fence.end() : after.start()].strip():
            shown = after.span(2)
        found.append(Block(fence[1], fence[2], text.count("\n", 0, fence.start(2)) + 1, shown))
    return found


def differences(said, shown):
    """What is not as shown, in a sentence, or None."""
    said, wanted = said.strip().splitlines(), shown.strip().splitlines()
    row = 0
    for k, line in enumerate(wanted):
        if line.strip() == "...":
            rest = wanted[k + 1 :]
            if not rest:
                return None
            fits = [i for i in range(row, len(said)) if _alike(said[i], rest[0])]
            if not fits:
                return f"no line like {rest[0]!r}"
            row = fits[0]
            continue
        if row == len(said):
            return f"nothing where {line!r} was to be"
        if not _alike(said[row], line):
            return f"{said[row]!r}, and not {line!r}"
        row += 1
    return None if row == len(said) else f"{said[row]!r} besides"


def _alike(said, shown):
    if _NUMBER.sub("#", said).split() != _NUMBER.sub("#", shown).split():
        return False
    pairs = zip(_NUMBER.findall(said), _NUMBER.findall(shown), strict=True)
    return all(abs(float(a) - float(b)) <= _room(b) for a, b in pairs)


def _room(text):
    """How far a number may be from what is shown."""
    mantissa, _, exponent = text.partition("e")
    decimals = mantissa.partition(".")[2]
    room = RELATIVE * abs(float(text))
    if not (decimals or exponent):
        # A whole number is what it is.
        return room
    # A little more than one in the last digit: 0.3 - 0.2 is not 0.1.
    return max(room, 1.001 * 10.0 ** (int(exponent or 0) - len(decimals)))


def run(path, only=None):
    """``[(block, printed), ...]`` of the Python blocks of a page; ``only`` chooses among them.

    Raises what the code raises, with the page and the line in the traceback.
    """
    text, scope, done = Path(path).read_text(), {"__name__": "page"}, []
    for block in of_page(text):
        if block.language != "python" or (only and not only(block.text)):
            continue
        said = io.StringIO()
        # Line numbers of a traceback are those of the page.
        code = compile("\n" * (block.line - 1) + block.text, str(path), "exec")
        with contextlib.redirect_stdout(said):
            exec(code, scope)
        done.append((block, said.getvalue()))
    return done


def wrong(path, only=None):
    """Sentences about outputs that are not as shown."""
    text = Path(path).read_text()
    found = []
    for block, said in run(path, only):
        if block.output:
            difference = differences(said, text[slice(*block.output)])
            if difference:
                found.append(f"{path}, line {block.line}: {difference}")
    return found


def commands(text):
    """The words of every ``tlsjax`` command in the shell blocks of a page."""
    found = []
    for block in of_page(text):
        if block.language not in ("sh", ""):
            continue
        for line in re.sub(r"\\\n\s*", " ", block.text).splitlines():
            words = shlex.split(line, comments=True)
            if "tlsjax" in words:
                found.append(words[words.index("tlsjax") + 1 :])
    return found


def write(path):
    """Put what the blocks print into the page, where it has a place for it."""
    text = Path(path).read_text()
    for block, said in reversed(run(path)):
        if block.output and differences(said, text[slice(*block.output)]):
            start, end = block.output
            text = text[:start] + said.rstrip() + "\n" + text[end:]
    Path(path).write_text(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("pages", nargs="+", type=Path)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    pages = [path.resolve() for path in arguments.pages]
    os.chdir(ROOT)
    failed = False
    for path in pages:
        if arguments.write:
            write(path)
        else:
            found = wrong(path)
            failed = failed or bool(found)
            print(*found, sep="\n", end="\n" if found else "")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
