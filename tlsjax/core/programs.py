"""Programs that were traced before are read from a folder instead of traced again.

JAX's own cache keeps what is compiled, but has to know the program to look for it: Python then
runs through all equations for seconds to find the same program as the last time. Here the
program itself is kept, as `jax.export` writes it, under everything it depends on: the code of
tlsjax, JAX's version, the static arguments, the types and shapes of the others. What depends on
more than that, such as on functions and classes of a user's own, is not kept.

A file is a line of JSON and the exported program. Nothing is unpickled; but the program is run, so
that the folder must be one that nobody else can write to.

Off unless a folder is given, as commands do, and `keep_programs`.
"""

import contextlib
import hashlib
import json
import os
from functools import cache, partial, update_wrapper
from pathlib import Path

import jax
import jax.numpy as jnp
import jaxlib
import numpy as np
from jax import export

from tlsjax.core.structure import NoPlainFormError, describe, identity, rebuild

# Some hundred programs.
_LARGEST = 64 * 2**20
_SUFFIX = ".program"
# Without it XLA for CPUs compiles in half the time, in a third of the memory, and what comes out is
# no slower: how it makes the code of fused operations, on by default.
_OPTIONS = {"xla_cpu_use_fusion_emitters": False}
_folder: Path | None = None


_constant = jax.jit(lambda x: x, inline=True)


def keep(folder):
    """Programs are read from, and written to, ``folder`` from now on; None for neither."""
    global _folder
    _folder = None if folder is None else Path(folder)


@contextlib.contextmanager
def kept_in(folder):
    """The same inside this block only."""
    before = _folder
    keep(folder)
    try:
        yield
    finally:
        keep(before)


class _Program:
    """A function under ``jax.jit``, traced once for all processes where there is a folder."""

    def __init__(self, function, static_argnums=()):
        update_wrapper(self, function)
        self._function = function
        self._static = (static_argnums,) if isinstance(static_argnums, int) else static_argnums
        self._inside = jax.jit(function, static_argnums=static_argnums)
        self._alone = _with_options(function, static_argnums=static_argnums)
        # By what the caller gives, and by the hash of it, which takes as long as a small solve.
        self._found, self._read = {}, {}

    def __call__(self, *arguments):
        static = {i: arguments[i] for i in self._static}
        rest = [None if i in static else value for i, value in enumerate(arguments)]
        leaves, tree = jax.tree.flatten(rest)
        # Part of another program, which has options of its own. (Inside a `jax.jit` even a constant
        # is traced.)
        if any(isinstance(leaf, jax.core.Tracer) for leaf in (_constant(0.0), *leaves)):
            return self._inside(*arguments)
        if _folder is None:
            return self._alone(*arguments)
        leaves = [leaf if isinstance(leaf, jax.Array) else np.asarray(leaf) for leaf in leaves]
        # A weak type gives way to that of what it meets.
        types = tuple(
            (leaf.shape, str(leaf.dtype), getattr(leaf, "weak_type", False)) for leaf in leaves
        )
        asked = _folder, tuple(static.values()), tree, types
        if asked not in self._found:
            try:
                self._found[asked] = self._find(static, rest, tree, leaves, types)
            # A function of the user's own has no text that says what it does, an operation of JAX's
            # no form on disk. Errors of the function itself are raised by the ordinary way as well.
            except Exception:
                self._found[asked] = None
        if self._found[asked] is None:
            return self._alone(*arguments)
        call, shape = self._found[asked]
        return jax.tree.unflatten(shape, call(*leaves))

    def _find(self, static, rest, tree, leaves, types):
        key = self._key(static, rest, types)
        if key not in self._read:
            name = f"{self.__module__}.{self.__name__}-{key}{_SUFFIX}".removeprefix("tlsjax.")
            exported, shape = _read(_folder / name) or self._trace(static, tree, leaves, name)
            self._read[key] = _callable(exported), shape
        return self._read[key]

    def _key(self, static, rest, types):
        """Hash of a text that differs wherever the program may."""
        text = {
            "versions": [_code(), jax.__version__, jaxlib.__version__, jax.default_backend()],
            "function": [self.__module__, self.__qualname__],
            "static": [[i, identity(value)] for i, value in static.items()],
            "structure": describe(rest),
            "leaves": types,
        }
        return hashlib.sha256(json.dumps(text, sort_keys=True).encode()).hexdigest()

    def _trace(self, static, tree, leaves, name):
        structure = shape = None

        def flat(*leaves):
            nonlocal structure, shape
            rest = jax.tree.unflatten(tree, leaves)
            result = self._function(*[static.get(i, value) for i, value in enumerate(rest)])
            with contextlib.suppress(NoPlainFormError):
                structure = describe(result)
            found, shape = jax.tree.flatten(result)
            # A weak type would be lost on the way through the file, and what is called with these
            # numbers another program the second time.
            return [jnp.asarray(leaf, dtype=leaf.dtype) for leaf in map(jnp.asarray, found)]

        # The compiled program is found under this name.
        flat.__name__ = self.__name__
        exported = export.export(jax.jit(flat))(*leaves)
        # Otherwise it serves this process, and the next one traces it again.
        if structure is not None and rebuild(structure) == shape:
            _write(_folder / name, _content(structure, bytes(exported.serialize())))
        return exported, shape


def program(function=None, *, static_argnums=()):
    """``jax.jit`` for functions called from Python, with the compiler's options for them."""
    if function is None:
        return partial(program, static_argnums=static_argnums)
    return _Program(function, static_argnums)


def _callable(exported):
    def call(*leaves):
        return exported.call(*leaves)

    call.__name__ = exported.fun_name
    return _with_options(call)


def _with_options(function, **choices):
    """``jax.jit`` with options of the compiler, where it knows them."""
    plain = jax.jit(function, **choices)
    chosen = jax.jit(function, compiler_options=_OPTIONS, **choices)

    def either(*leaves):
        return _with_or_without(lambda: chosen(*leaves), lambda: plain(*leaves))

    return either


def compiled(lowered):
    """A lowered program compiled as those of `program` are."""
    return _with_or_without(lambda: lowered.compile(compiler_options=_OPTIONS), lowered.compile)


def _with_or_without(options, none):
    """``options()`` where the compiler has them, else ``none()``."""
    flags = os.environ.get("XLA_FLAGS", "")
    # Asked for at the first call: importing a module does not settle on a device.
    if jax.default_backend() != "cpu" or any(option in flags for option in _OPTIONS):
        return none()
    try:
        return options()
    except jax.errors.JaxRuntimeError as error:
        # A version of XLA without them; one that did not know them in XLA_FLAGS would abort.
        if "compile option" not in str(error):
            raise
        return none()


@cache
def _code():
    """Hash of all modules of the package."""
    found = hashlib.sha256()
    for path in sorted(Path(__file__).parent.parent.rglob("*.py")):
        found.update(path.read_bytes())
    return found.hexdigest()


def _content(structure, serialized):
    """A line of JSON, which has no line breaks of its own, and the exported program."""
    header = {"structure": structure, "sha256": hashlib.sha256(serialized).hexdigest()}
    return json.dumps(header).encode() + b"\n" + serialized


def _read(path):
    """What `_trace` wrote, or None; what cannot be read is written again."""
    try:
        header, _, serialized = path.read_bytes().partition(b"\n")
        header = json.loads(header)
        shape = rebuild(header["structure"])
        # JAX would find most damages only when the program is to run.
        if hashlib.sha256(serialized).hexdigest() != header["sha256"]:
            return None
        exported = export.deserialize(bytearray(serialized))
        if len(exported.out_avals) != shape.num_leaves:
            return None
        os.utime(path)
    # Not there, or whatever is wrong with it: it can be traced again.
    except Exception:
        return None
    return exported, shape


def _write(path, content):
    """In one step, so that another process reads all of it or nothing; old files make room."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.{os.getpid()}")
        try:
            part.write_bytes(content)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        files = {file: file.stat() for file in path.parent.glob(f"*{_SUFFIX}")}
        total = sum(stat.st_size for stat in files.values())
        for file in sorted(files, key=lambda file: files[file].st_mtime):
            if total <= _LARGEST:
                break
            total -= files[file].st_size
            file.unlink(missing_ok=True)
