"""A file that was dropped on the page, as a file that the package's readers can open."""

import contextlib
import tempfile
from pathlib import Path

from tlsjax.core.validation import fail

# Tables of a measurement or of an alpha^2F are some kilobytes.
LARGEST = 2 * 2**20


@contextlib.contextmanager
def as_file(content: bytes | str, name: str):
    """Path of a file with this ``content`` inside the block, and none after it.

    Its name is that of the dropped file, for readers look for units and temperatures in it. An
    error of the block names the file, not where it lay.

    Raises
    ------
    ValueError
        One sentence: too large, or whatever the block raises.
    """
    content = content.encode() if isinstance(content, str) else content
    name = plain_name(name)
    if len(content) > LARGEST:
        fail(
            "file",
            f"{LARGEST / 2**20:g} MB or smaller",
            f"{name} with {len(content) / 2**20:.1f} MB",
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        try:
            yield path
        except ValueError as error:
            raise ValueError(str(error).replace(f"{folder}/", "")) from None


def plain_name(name: str) -> str:
    """The last part of a name: no path from outside is used."""
    return Path(name.replace("\\", "/")).name or "dropped.csv"
