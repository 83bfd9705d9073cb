"""Writing results: never over the user's files unasked, never half a file."""

import contextlib
import csv
import io
import os
import uuid
from pathlib import Path

from tlsjax.core.validation import fail


def prepare_directory(directory, names, overwrite, hint=""):
    """Create ``directory``; refuse if one of ``names`` is in it, unless ``overwrite``.

    ``hint`` says in the sentence of refusal how that is asked for.
    """
    directory = Path(directory)
    above = next(path for path in (directory, *directory.absolute().parents) if path.exists())
    if not above.is_dir():
        fail("out", "a directory", f"the file {above}" if above == directory else f"in {above}")
    for name in names:
        if not overwrite and (directory / name).exists():
            taken = directory / name
            fail("out", f"free of earlier results{hint}", f"holding {taken}")
    directory.mkdir(parents=True, exist_ok=True)
    return directory


@contextlib.contextmanager
def replacing(path):
    """A temporary path beside ``path``; on success it is synced and renamed to ``path``."""
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    # Exclusive creation: nobody else's file, and with the permissions a new file has.
    open(temporary, "xb").close()
    try:
        yield temporary
        # Otherwise a power cut can leave the new name with nothing behind it.
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_atomically(path, write):
    """Call ``write(binary_file)`` on a temporary file and rename it to ``path``."""
    with replacing(path) as temporary, open(temporary, "wb") as file:
        write(file)


def write_text(path, text):
    """Write ``text`` to ``path``, whole or not at all."""
    write_atomically(path, lambda file: file.write(text.encode()))


def csv_text(columns, comment=""):
    """CSV of ``{name: values}`` with all digits, an optional ``#`` line above."""
    buffer = io.StringIO()
    if comment:
        buffer.write(f"# {comment}\n")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    for row in zip(*columns.values(), strict=True):
        writer.writerow([f"{value:.12g}" if isinstance(value, float) else value for value in row])
    return buffer.getvalue()


def write_csv(path, columns, comment=""):
    """Write `csv_text` to ``path``."""
    write_text(path, csv_text(columns, comment))


def write_rows(path, names, rows, comment=""):
    """Write a CSV from rows instead of columns."""
    write_csv(path, dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)), comment)
