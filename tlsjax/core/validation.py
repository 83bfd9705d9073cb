"""Rules that arguments must obey, each written once and used twice.

Outside a transformation `require` raises one sentence that names the argument, the rule and
the value. Inside ``jit``, ``vmap`` or ``grad`` values are unknown and an exception cannot be
raised: there `holds` gives the same rules as one boolean, which the solvers turn into NaN
and `Status.INVALID`.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn

import jax
import jax.numpy as jnp
import numpy as np


class Rule(NamedTuple):
    """``test(*values)`` must be True, elementwise, for finite ``values``.

    ``values[0]`` is the argument ``name``; any others are those called ``others``.
    ``scalar`` asks for one number.
    """

    name: str
    text: str
    values: tuple[Any, ...]
    test: Callable
    others: tuple[str, ...] = ()
    scalar: bool = False


def positive(name, value, scalar=False):
    """Rule: finite and > 0."""
    return Rule(name, "finite and positive", (value,), lambda x: x > 0, scalar=scalar)


def non_negative(name, value, scalar=False):
    """Rule: finite and >= 0."""
    return Rule(name, "finite and zero or more", (value,), lambda x: x >= 0, scalar=scalar)


def finite(name, value):
    """Rule: finite."""
    return Rule(name, "finite", (value,), lambda x: jnp.isfinite(x))


def fail(name: str, text: str, shown) -> NoReturn:
    """Raise the package's one error sentence."""
    raise ValueError(f"Argument `{name}` must be {text}, but is {shown}.")


def is_known(value) -> bool:
    """Whether ``value`` is a number now, not a tracer."""
    return not isinstance(value, jax.core.Tracer)


def all_known(tree) -> bool:
    """Whether every leaf of a pytree is a number now."""
    return all(map(is_known, jax.tree.leaves(tree)))


def _as_real_array(rule, value):
    array = np.asarray(value)
    if array.dtype.kind not in "iuf":
        fail(rule.name, f"a real number, {rule.text}", repr(value))
    return array


def require(*rules: Rule) -> None:
    """Raise `ValueError` for the first rule that known values break; skip tracers."""
    for rule in rules:
        # What most rules are about, without arrays: they took a tenth of a warm solve.
        plain = all(type(value) is float and math.isfinite(value) for value in rule.values)
        if plain and rule.test(*rule.values):
            continue
        if rule.scalar and np.ndim(rule.values[0]):
            fail(rule.name, "a single number", f"of shape {np.shape(rule.values[0])}")
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
        elif good.shape[-1:] == (arrays[0].shape[-1] - 1,):
            # A rule on neighbours: the first two that break it.
            place = tuple(np.argwhere(~good)[0])
            after = (*place[:-1], place[-1] + 1)
            shown = f"{arrays[0][after]} after {arrays[0][place]}"
        else:
            shown = short(arrays[0])
        fail(rule.name, rule.text, shown)


def short(array) -> str:
    """An array in one line, its middle left out."""
    with np.printoptions(threshold=6, edgeitems=2, linewidth=10_000):
        return str(np.asarray(array))


def counted(number, noun) -> str:
    """``1 row``, ``2 rows``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def holds(*rules: Rule) -> jax.Array:
    """The same rules as one traced boolean scalar."""
    good = jnp.asarray(True)
    for rule in rules:
        values = [jnp.asarray(value) for value in rule.values]
        good &= jnp.all(rule.test(*values))
        for value in values:
            good &= jnp.all(jnp.isfinite(value))
    return good
