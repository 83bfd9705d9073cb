"""Compiled programs are kept in a folder: a later call loads them instead of compiling again.

JAX's own persistent cache, which is off unless somebody asks for it, with what a command needs on
top: a folder of the user's, a limit to its size, and no trouble if it cannot be used. JAX names
the entries by program, versions, flags and processor, so one folder does for all of them.
"""

import os
import re
import tempfile
from pathlib import Path

from tlsjax.core import programs

VARIABLE = "TLSJAX_CACHE"
_OFF = ("off", "0", "no", "none", "false")
# Some hundred programs; a spectrum is three of a megabyte together.
_LARGEST = 256 * 2**20
# The file that JAX locks, and the two files of an entry.
_LOCK, _ENTRY, _USED = ".lockfile", "-cache", "-atime"
_PATIENCE = 10.0
# The folders that JAX was given here: any other that it has is somebody else's choice.
_ours = set()
_TROUBLE = re.compile(
    r"Error (reading|writing) persistent compilation cache entry for '(.*?)': (.*)", re.DOTALL
)


def keep_programs(folder: str | os.PathLike | None = None) -> Path | None:
    """Keep compiled programs in a folder, from where later processes load them.

    A solve of a new kind is traced and compiled, for seconds; another process that calls this
    reads what the first one has compiled. The ``tlsjax`` command does so without being asked.
    Call it before the first solve: what is compiled already is not kept.

    Programs from the folder are run, hence it must be one that nobody else can write to; nothing
    is unpickled. What depends on functions and classes of your own is compiled as ever, without
    being kept traced.

    Parameters
    ----------
    folder : path, optional
        By default the environment variable ``TLSJAX_CACHE`` or, without it, the folder of the
        command among the user's caches; ``"off"`` ends the keeping.

    Returns
    -------
    Path or None
        The folder; None where nothing is kept, or where JAX has been given a cache of its own
        (``JAX_COMPILATION_CACHE_DIR``) and no folder is named: then that cache is used.

    Raises
    ------
    OSError
        If the folder cannot be made or written to.

    Examples
    --------
    >>> import tempfile
    >>> import tlsjax as tls
    >>> folder = tls.keep_programs(tempfile.mkdtemp())
    >>> print(f"{tls.critical_temperature(tls.TLSEnsemble(1.0, tls.Glass(Ec=3.0))):.6f}")
    1.160173
    >>> any(folder.iterdir())
    True
    >>> tls.keep_programs("off")
    """
    cache = Cache(None if folder is None else str(folder))
    trouble = cache.start()
    if trouble:
        raise OSError(trouble)
    from jax.experimental.compilation_cache import compilation_cache

    # JAX looks for its folder at the first compilation only.
    compilation_cache.reset_cache()
    programs.keep(cache.programs)
    return cache.path


def folder(choice=None):
    """Where compiled programs are kept: ``choice``, the variable's or the user's; None for off."""
    choice = choice or os.environ.get(VARIABLE)
    if not choice:
        # A few milliseconds that `--help` does without.
        from platformdirs import user_cache_path

        return user_cache_path("tlsjax", appauthor=False) / "compiled"
    return None if choice.lower() in _OFF else Path(choice).expanduser()


class Cache:
    """The cache of one run: `start` it before JAX compiles anything."""

    def __init__(self, choice=None):
        self.choice = choice
        self.path = None
        self._told = False

    def start(self):
        """Switch it on; a sentence if that cannot be done, and the run goes on without it."""
        import jax

        path = folder(self.choice)
        theirs = jax.config.jax_compilation_cache_dir
        # Somebody has set up JAX's cache already (JAX_COMPILATION_CACHE_DIR): that one it is.
        if theirs and not self.choice and theirs not in {str(path), *_ours}:
            return None
        if path is None:
            jax.config.update("jax_compilation_cache_dir", None)
            # Left on, the limit would be that of a cache somebody sets up later.
            if jax.config.jax_compilation_cache_max_size == _LARGEST:
                jax.config.update("jax_compilation_cache_max_size", -1)
            return None
        try:
            _prepare(path)
        # A lock has further errors, and some file systems have no locks.
        except (OSError, NotImplementedError) as error:
            return self._without(path, getattr(error, "strerror", None) or type(error).__name__)
        self.path = path
        _ours.add(str(path))
        jax.config.update("jax_compilation_cache_dir", str(path))
        # Small programs too: to load one takes a tenth of the time to compile it.
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
        # Further caches of XLA lie outside the limit, and put the folder's name into every key.
        jax.config.update("jax_persistent_cache_enable_xla_caches", "none")
        if jax.config.jax_compilation_cache_max_size == -1:
            jax.config.update("jax_compilation_cache_max_size", _LARGEST)
        return None

    @property
    def programs(self):
        """Where programs are kept before they are compiled, which need not be traced again."""
        return None if self.path is None else self.path / "traced"

    def reword(self, message):
        """What to say instead of a warning of JAX's; None for nothing.

        An entry that cannot be read is dropped, for JAX would never write it again.
        """
        found = _TROUBLE.match(str(message))
        if not found:
            return str(message)
        what, program, reason = found.groups()
        if what == "reading" and self.path is not None:
            _drop(self.path, program)
        if self._told:
            return None
        self._told = True
        if what == "reading":
            return "a damaged entry of the cache of compiled programs was dropped"
        return self._without(self.path or "the cache", reason.partition("\n")[0])

    def _without(self, path, reason):
        self._told = True
        return (
            f"compiled programs cannot be kept in {path} ({reason}); "
            f"name another folder, also by the variable {VARIABLE}, or off"
        )


def _lock(path):
    from filelock import FileLock

    # The lock that JAX takes for every entry: FileLock's Timeout is an OSError.
    return FileLock(path / _LOCK, timeout=_PATIENCE)


def _prepare(path):
    """Make the folder and try it; drop what a killed run may have left half written."""
    # Programs from this folder are run: it is nobody else's to write to.
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=path):
        pass
    with _lock(path):
        names = set(os.listdir(path))
        for name in names:
            entry = name.removesuffix(_ENTRY)
            # The second file is written last. Without it JAX fails to make room, from then on.
            if name.endswith(_ENTRY) and f"{entry}{_USED}" not in names:
                (path / name).unlink(missing_ok=True)


def _drop(path, program):
    """Remove the entries of a program, whichever of them is damaged."""
    try:
        with _lock(path):
            for suffix in (_ENTRY, _USED):
                for entry in path.glob(f"{program}-*{suffix}"):
                    entry.unlink(missing_ok=True)
    except OSError:
        # It stays, and is told of again.
        return
