"""Writing results: never over the user's files unasked, never half a file."""

import contextlib
import csv
import io
import os
import tempfile
from pathlib import Path

from tlsjax.core.validation import fail


def prepare_directory(directory, names, overwrite):
    """Create ``directory``; refuse if one of ``names`` is in it, unless ``overwrite``."""
    directory = Path(directory)
    if directory.exists() and not directory.is_dir():
        fail("out", "a directory", f"the file {directory}")
    for name in names:
        if not overwrite and (directory / name).exists():
            taken = directory / name
            fail("out", "free of earlier results (or give --force)", f"holding {taken}")
    directory.mkdir(parents=True, exist_ok=True)
    return directory


@contextlib.contextmanager
def replacing(path):
    """A temporary path beside ``path``; on success it is synced and renamed to ``path``."""
    path = Path(path)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(descriptor)
    try:
        yield Path(temporary)
        # Otherwise a power cut can leave the new name with nothing behind it.
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def write_atomically(path, write):
    """Call ``write(binary_file)`` on a temporary file and rename it to ``path``."""
    with replacing(path) as temporary, open(temporary, "wb") as file:
        write(file)


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


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
    text = csv_text(columns, comment)
    write_atomically(path, lambda file: file.write(text.encode()))
