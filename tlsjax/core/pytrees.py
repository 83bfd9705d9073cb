"""Frozen dataclasses that are pytrees: parameters and solutions."""

import dataclasses
from collections.abc import Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tlsjax.core.validation import all_known, is_known


def register(cls, static=(), vectors=()):
    """Register a dataclass as a pytree whose fields, except ``static``, are leaves.

    ``vectors`` are fields that hold a table (N,) where others hold a number: what
    `tlsjax.core.batching` must know to tell a table from a batch.

    Not through `jax.tree_util.register_dataclass`: up to JAX 0.12 at least, the tree
    structures of two dataclasses with equally many fields compare equal, so that a
    compiled `Glass` can be run on a `DeltaFunction` whenever their hashes collide.
    """
    static = tuple(static)
    names = [field.name for field in dataclasses.fields(cls)]
    traced = tuple(name for name in names if name not in static)
    keys = tuple(map(jax.tree_util.GetAttrKey, traced))
    cls.traced_fields, cls.vector_fields = traced, tuple(vectors)

    def flatten(instance):
        return [getattr(instance, name) for name in traced], _metadata(instance)

    def flatten_with_keys(instance):
        children, metadata = flatten(instance)
        return list(zip(keys, children, strict=True)), metadata

    def _metadata(instance):
        return tuple(getattr(instance, name) for name in static)

    def unflatten(metadata, children):
        # Past __init__: the children may be tracers or placeholders.
        instance = object.__new__(cls)
        for name, value in zip((*traced, *static), (*children, *metadata), strict=True):
            object.__setattr__(instance, name, value)
        return instance

    jax.tree_util.register_pytree_with_keys(cls, flatten_with_keys, unflatten, flatten)
    return cls


def show(value) -> str:
    """Six digits of a known scalar, the ``repr`` of anything else."""
    numeric = isinstance(value, float | np.ndarray | np.generic | jax.Array)
    if numeric and is_known(value) and np.ndim(value) == 0:
        return f"{value:.6g}"
    return repr(value)


def _is_numeric(value):
    """Whether ``value`` is a number, or a sequence of numbers at any depth."""
    if isinstance(value, list | tuple):
        return all(map(_is_numeric, value))
    if not is_known(value):
        return np.ndim(value) == 0
    return np.ndim(value) == 0 and not isinstance(value, str) and np.asarray(value).dtype != object


def as_real(value):
    """Integers and sequences are what people type; gradients and batches need real arrays."""
    if isinstance(value, list | tuple):
        # A tuple of parameter objects stays a tuple.
        if not _is_numeric(value):
            return tuple(map(as_real, value))
        if value:
            value = np.asarray(value) if all_known(value) else jnp.asarray(value)
    if isinstance(value, np.ndarray | np.generic | jax.Array) and value.dtype.kind in "iu":
        return value.astype(float)
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value


def parameters(cls: Any = None, *, static: Sequence[str] = (), vectors: Sequence[str] = ()) -> Any:
    """Make a class a frozen dataclass and a pytree.

    Fields are traced, except those named in ``static``; a gradient with respect to an
    instance is an instance. Integers become floats, sequences of numbers arrays. Fields hold
    one number, or an array of them for a batch; those in ``vectors`` hold a table (N,).

    Examples
    --------
    A distribution of one's own:

    >>> import jax.numpy as jnp, tlsjax as tls
    >>> @tls.parameters
    ... class Gaussian(tls.Distribution):
    ...     center: float
    ...     width: float
    ...
    ...     def rules(self):
    ...         return ()
    ...
    ...     def pdf(self, E):
    ...         x = (E - self.center) / self.width
    ...         return jnp.exp(-(x**2) / 2) / (self.width * jnp.sqrt(2 * jnp.pi))
    ...
    ...     def features(self):
    ...         return ((self.center, self.width),)
    >>> print(f"{tls.critical_temperature(tls.TLSEnsemble(1.0, Gaussian(2.0, 0.1))):.6f}")
    1.211206
    """
    if cls is None:
        return partial(parameters, static=static, vectors=vectors)

    def __post_init__(self):
        for field in dataclasses.fields(self):
            if field.name not in static:
                object.__setattr__(self, field.name, as_real(getattr(self, field.name)))

    def __repr__(self):
        pairs = ((field.name, getattr(self, field.name)) for field in dataclasses.fields(self))
        return f"{type(self).__name__}({', '.join(f'{k}={show(v)}' for k, v in pairs)})"

    cls.__post_init__ = __post_init__
    if "__repr__" not in vars(cls):
        cls.__repr__ = __repr__
    return register(dataclasses.dataclass(frozen=True, repr=False)(cls), static, vectors)
