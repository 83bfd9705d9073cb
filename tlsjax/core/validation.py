"""Domains of arguments: each rule is written once and used twice.

Outside a transformation `require` raises one sentence that names the argument, the
rule and the value. Inside ``jit``, ``vmap`` or ``grad`` values are unknown and an
exception cannot be raised: there `holds` gives the same rules as one boolean, which the
solvers turn into NaN and `Status.INVALID`.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np


class Rule(NamedTuple):
    """``test(*values)`` must be True, elementwise, for finite ``values``.

    ``values[0]`` is the argument ``name``; any others are those called ``others``.
    """

    name: str
    text: str
    values: tuple[Any, ...]
    test: Callable
    others: tuple[str, ...] = ()
    scalar: bool = False


def positive(name, value, scalar=True):
    """Rule: finite and > 0, one number unless ``scalar=False``."""
    return Rule(name, "finite and positive", (value,), lambda x: x > 0, scalar=scalar)


def non_negative(name, value, scalar=True):
    """Rule: finite and >= 0, one number unless ``scalar=False``."""
    return Rule(name, "finite and zero or more", (value,), lambda x: x >= 0, scalar=scalar)


def fail(name, text, shown):
    """Raise the package's one error sentence."""
    raise ValueError(f"Argument `{name}` must be {text}, but is {shown}.")


def is_known(value):
    """Whether ``value`` is a number now, not a tracer."""
    return not isinstance(value, jax.core.Tracer)


def _as_real_array(rule, value):
    array = np.asarray(value)
    if array.dtype.kind not in "iuf":
        fail(rule.name, f"a real number, {rule.text}", repr(value))
    return array


def require(*rules):
    """Raise `ValueError` for the first rule that known values break; skip tracers."""
    for rule in rules:
        if rule.scalar and np.ndim(rule.values[0]):
            shape = f"of shape {np.shape(rule.values[0])}"
            fail(rule.name, "a single number (jax.vmap takes several)", shape)
        if not all(map(is_known, rule.values)):
            continue
        arrays = [_as_real_array(rule, value) for value in rule.values]
        with np.errstate(invalid="ignore"):
            good = np.asarray(rule.test(*arrays))
        for array in arrays:
            # A rule on neighbours in a table has its own length; finiteness does not.
            finite = np.isfinite(array)
            same = good.ndim == 0 or good.shape == finite.shape
            good = good & finite if same else good & finite.all()
        if good.all():
            continue
        if good.shape == np.broadcast_shapes(*(array.shape for array in arrays)):
            first, *rest = (str(np.broadcast_to(a, good.shape)[~good].flat[0]) for a in arrays)
            pairs = zip(rule.others, rest, strict=True)
            shown = " with ".join([first, *(f"{name} = {value}" for name, value in pairs)])
        else:
            shown = str(arrays[0])
        fail(rule.name, rule.text, shown)


def holds(*rules):
    """The same rules as one traced boolean scalar."""
    good = jnp.asarray(True)
    for rule in rules:
        values = [jnp.asarray(value) for value in rule.values]
        good &= jnp.all(rule.test(*values))
        for value in values:
            good &= jnp.all(jnp.isfinite(value))
    return good
