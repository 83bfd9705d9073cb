"""One point of a scan: a function of named numbers becomes named arrays and a status."""

import inspect

import jax
import jax.numpy as jnp

from tlsjax.core.results import Solution
from tlsjax.core.status import Status, is_ok
from tlsjax.core.validation import fail


def point_function(function, names, gradient=()):
    """The function that a scan maps over its points.

    Parameters
    ----------
    function : callable of ``names`` as keywords
        Returns a number or an array, or several as a mapping or named tuple; ``status`` among
        them is a `Status`.
    gradient : names by which every floating-point result is differentiated besides, into
        ``d<result>_d<name>``; results called ``...error`` are not.

    Returns
    -------
    callable
        Of ``{name: scalar}``; returns ``{name: array}`` with a ``status`` always: the
        function's own, and NOT_FINITE where that is fine and a number is not, or where the
        function has none. Where it is not fine every floating-point result is NaN.
    """
    _require_arguments(function, names)
    unknown = [name for name in gradient if name not in names]
    if unknown:
        fail("gradient", f"among the names of the grid, {', '.join(names)}", unknown[0])
    if len(set(gradient)) < len(gradient):
        fail("gradient", "names, each once", ", ".join(gradient))

    def point(coordinates):
        chosen = {name: coordinates[name] for name in gradient}

        def values(chosen):
            found = _named(function(**{**coordinates, **chosen}), function)
            smooth = {n: v for n, v in found.items() if _is_float(v) and not n.endswith("error")}
            return smooth, found

        slopes, found = (
            jax.jacfwd(values, has_aux=True)(chosen) if gradient else ({}, values({})[1])
        )
        for name, by in slopes.items():
            found |= {f"d{name}_d{parameter}": slope for parameter, slope in by.items()}
        _require_names(found, names)
        return _marked(found)

    return point


def _marked(found):
    """Status first, then the results, NaN where the status is no answer."""
    status = jnp.asarray(found.pop("status", Status.CONVERGED), dtype=jnp.int8)
    floats = [value for value in found.values() if _is_float(value)]
    # A penetration depth is infinite in the normal state.
    normal = status == Status.NORMAL
    there = [jnp.all(jnp.isfinite(v) | (normal & ~jnp.isnan(v))) for v in floats]
    finite = jnp.all(jnp.stack(there or [True]))
    lost = is_ok(status) & ~finite
    status = jnp.where(lost, jnp.int8(Status.NOT_FINITE), status)

    def shown(value):
        return jnp.where(is_ok(status), value, jnp.nan) if _is_float(value) else value

    return {"status": status} | {name: shown(value) for name, value in found.items()}


def _is_float(value):
    return jnp.issubdtype(value.dtype, jnp.floating)


def name_of_function(function):
    """What a plain function's single result is called."""
    name = getattr(function, "__name__", "")
    return name if name.isidentifier() else "value"


def _named(result, function):
    """Results by name, as arrays: of a solution its numbers, whatever else it holds."""
    if isinstance(result, Solution):
        names = (n for n in ("temperature", "order_parameter") if hasattr(result, n))
        names = (*names, "error", "iterations", "status")
        result = {name: getattr(result, name) for name in names}
    if hasattr(result, "_asdict"):
        result = result._asdict()
    if not isinstance(result, dict):
        result = {name_of_function(function): result}
    try:
        return {name: jnp.asarray(value) for name, value in result.items()}
    except TypeError:
        return fail("function", "one that returns numbers or arrays", f"returning {result!r}")


def _require_names(found, coordinates):
    for name, value in found.items():
        if not isinstance(name, str) or not name.isidentifier() or name in coordinates:
            fail("function", "one whose results have names of their own", f"naming one {name!r}")
        if jnp.issubdtype(value.dtype, jnp.complexfloating):
            fail("function", "real (return real and imaginary part apart)", f"complex in {name}")
    if "status" in found and (found["status"].ndim or _is_float(found["status"])):
        fail("function", "one whose `status` is a tlsjax.Status", repr(found["status"].aval))


def _require_arguments(function, names):
    if not callable(function):
        fail("function", "callable", repr(function))
    try:
        inspect.signature(function).bind(**dict.fromkeys(names))
    except TypeError as error:
        fail("grid", "named after the function's arguments", f"not: {error}")
    except ValueError:
        # Some callables have no signature; they say what is wrong when called.
        return
