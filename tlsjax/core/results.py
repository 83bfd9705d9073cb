"""What all solutions share: a status to check, and the ways to numbers, text and JSON."""

import dataclasses
import math
from functools import partial
from typing import Any, ClassVar, Self

import jax
import numpy as np

from tlsjax.core.pytrees import register, show
from tlsjax.core.status import Status, name_of, raise_unless_ok
from tlsjax.core.validation import is_known


class Solution:
    """Base of the results of solvers; see `solution`.

    Class attributes name the fields: ``value`` is what ``float()`` gives, ``shown`` what
    ``repr`` and `to_dict` contain besides the status.
    """

    what: ClassVar[str]
    value: ClassVar[str]
    shown: ClassVar[tuple]
    # In `to_dict` only: arrays that would make a long text.
    arrays: ClassVar[tuple] = ()

    def check(self) -> Self:
        """Return self; raise `ConvergenceError` if this is not an answer."""
        raise_unless_ok(self.status, self.what)
        return self

    def __float__(self) -> float:
        return float(getattr(self, self.value))

    def __repr__(self) -> str:
        pairs = (f"{name}={show(getattr(self, name))}" for name in self.shown)
        return f"{type(self).__name__}({name_of(self.status)}, {', '.join(pairs)})"

    def to_dict(self) -> dict[str, Any]:
        """Plain Python for JSON: numbers, lists and text; NaN becomes None."""
        status = [Status(code).name for code in np.ravel(self.status)]
        status = status if np.ndim(self.status) else status[0]
        names = (*self.shown, *self.arrays)
        return {"status": status} | {name: plain(getattr(self, name)) for name in names}


def solution(cls=None, *, static=()):
    """Make a subclass of `Solution` a frozen dataclass and a pytree."""
    if cls is None:
        return partial(solution, static=static)
    return register(dataclasses.dataclass(frozen=True, repr=False)(cls), static)


def plain(value):
    """Arrays, parameters and results as JSON-ready Python; NaN is None, infinity "inf"."""
    if isinstance(value, dict):
        return {str(name): plain(item) for name, item in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return {"type": type(value).__name__} | fields
    if isinstance(value, jax.Array | np.ndarray | np.generic) and is_known(value):
        value = np.asarray(value).tolist()
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, complex):
        return {"real": plain(value.real), "imag": plain(value.imag)}
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    if isinstance(value, str | bool | int | float) or value is None:
        return value
    return repr(value)
