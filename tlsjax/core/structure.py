"""The structure of a pytree as plain JSON, and back: what `jax.tree` knows but cannot write.

A file may be damaged, or not from where it seems to be. Of what it says only the names of classes
become anything but numbers and text, and those are looked up in this package, nowhere else: to
read a structure runs no code but tlsjax's own.
"""

import dataclasses
import hashlib
import importlib

import jax
import numpy as np

_PACKAGE = "tlsjax."
_LEAF = "leaf"


class NoPlainFormError(TypeError):
    """Something that has no name, or no text, that another process would understand."""


def describe(value):
    """The structure of ``value`` as JSON: containers, and classes of this package.

    Functions and classes of a user's own may be others next time, under the same name: they
    are refused.
    """
    cls = type(value)
    if value is None:
        return None
    if jax.tree_util.all_leaves([value]):
        return _LEAF
    if cls is dict and all(type(key) is str for key in value):
        return {"dict": {key: describe(item) for key, item in value.items()}}
    if cls in (list, tuple):
        return {cls.__name__: [describe(item) for item in value]}
    name = _name_of(cls)
    if _is_named_tuple(cls):
        return {"class": name, "items": [describe(item) for item in value]}
    if _is_registered(cls):
        traced = {field: describe(getattr(value, field)) for field in cls.traced_fields}
        static = {field: _plain(getattr(value, field)) for field in _static_fields(cls)}
        return {"class": name, "traced": traced, "static": static}
    raise NoPlainFormError(f"{name} is no container")


def rebuild(description):
    """The tree structure that `describe` has described; raises for anything else."""
    return jax.tree.structure(_example(description))


def identity(value):
    """JSON that is the same for equal ``value`` in every process, and another for others.

    Of numbers and text, arrays, and the package's classes made of them.
    """
    cls = type(value)
    if value is None or cls in (bool, int, float, str):
        return value
    if cls is tuple:
        return [identity(item) for item in value]
    if isinstance(value, np.ndarray | np.generic) and not value.dtype.hasobject:
        content = hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()
        return {"array": [str(value.dtype), list(value.shape), content]}
    if _is_named_tuple(cls):
        return {"class": _name_of(cls), "items": [identity(item) for item in value]}
    if dataclasses.is_dataclass(cls):
        fields = {f.name: identity(getattr(value, f.name)) for f in dataclasses.fields(cls)}
        return {"class": _name_of(cls), "fields": fields}
    raise NoPlainFormError(f"{value!r} has no text of its own")


def _example(description):
    """An instance of the structure, with zeros for leaves."""
    if description is None:
        return None
    if description == _LEAF:
        return 0
    match description:
        case {"dict": dict(items), **rest} if not rest:
            return {key: _example(item) for key, item in items.items()}
        case {"list": list(items), **rest} if not rest:
            return [_example(item) for item in items]
        case {"tuple": list(items), **rest} if not rest:
            return tuple(_example(item) for item in items)
        case {"class": str(name), "items": list(items), **rest} if not rest:
            cls = _class_of(name)
            if _is_named_tuple(cls):
                return cls._make(_example(item) for item in items)
        case {"class": str(name), "traced": dict(traced), "static": dict(static), **rest}:
            cls = _class_of(name)
            fields = _is_registered(cls) and ({*cls.traced_fields}, {*_static_fields(cls)})
            if not rest and fields == (set(traced), set(static)):
                return _instance(cls, traced, static)
    raise NoPlainFormError(f"{description!r} describes nothing")


def _instance(cls, traced, static):
    # Past __init__, which would want numbers.
    instance = object.__new__(cls)
    for field, item in traced.items():
        object.__setattr__(instance, field, _example(item))
    for field, item in static.items():
        object.__setattr__(instance, field, _from_plain(item))
    return instance


def _plain(value):
    """A static field as JSON. No other type will do: it has to come back as it was."""
    if value is None or type(value) in (bool, int, float, str):
        return value
    if type(value) is tuple:
        return [_plain(item) for item in value]
    raise NoPlainFormError(f"{value!r} is not plain")


def _from_plain(value):
    if isinstance(value, list):
        return tuple(_from_plain(item) for item in value)
    if isinstance(value, dict):
        raise NoPlainFormError(f"{value!r} is not plain")
    return value


def _name_of(cls):
    name = f"{cls.__module__}:{cls.__qualname__}"
    if _class_of(name) is not cls:
        raise NoPlainFormError(f"{name} is another class")
    return name


def _class_of(name):
    """The class of that name ("tlsjax.module:Class"), if this package defines one."""
    module, _, qualname = name.partition(":")
    parts = [*module.split("."), *qualname.split(".")]
    # `tlsjax.__main__` would run the command.
    plain = all(part.isidentifier() and not part.startswith("__") for part in parts)
    if not (module.startswith(_PACKAGE) and plain):
        raise NoPlainFormError(f"{name} is not of this package")
    found = importlib.import_module(module)
    for part in qualname.split("."):
        found = getattr(found, part)
    # Not what the module has imported from elsewhere.
    if not isinstance(found, type) or (found.__module__, found.__qualname__) != (module, qualname):
        raise NoPlainFormError(f"{name} is no class of this package")
    return found


def _is_named_tuple(cls):
    return issubclass(cls, tuple) and hasattr(cls, "_fields")


def _is_registered(cls):
    """Whether `tlsjax.core.pytrees.register` made it a pytree."""
    return dataclasses.is_dataclass(cls) and "traced_fields" in vars(cls)


def _static_fields(cls):
    return [f.name for f in dataclasses.fields(cls) if f.name not in cls.traced_fields]
