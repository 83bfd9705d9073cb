"""How a solve ended. The value travels through jit; the exception is raised outside."""

import enum

import jax
import jax.numpy as jnp
import numpy as np


class Status(enum.IntEnum):
    """Outcome of a solve, an integer under ``jit``; ``.help`` says what to do."""

    CONVERGED = 0
    NORMAL = 1
    MAX_STEPS = 2
    NOT_FINITE = 3
    OUT_OF_RANGE = 4
    NOT_FOUND = 5
    INVALID = 6
    UNRESOLVED = 7
    UNSOLVED_ENERGIES = 8
    OTHER_SOLUTION = 9

    @property
    def help(self) -> str:
        return _HELP[self]


_HELP = {
    Status.CONVERGED: "converged",
    Status.NORMAL: "converged: the normal state, the order parameter is zero",
    Status.MAX_STEPS: (
        "no convergence of the order parameter within the step limit: the numbers are not a "
        "solution. Check that the parameters are physical, or raise max_steps; inside jax.jit and "
        "jax.vmap call the solver outside, where a second method is tried, or in a block of "
        'tlsjax.solved_by("descent")'
    ),
    Status.NOT_FINITE: (
        "the iteration left the finite numbers: an argument was NaN or infinite, or the "
        "parameters are too extreme for double precision"
    ),
    Status.OUT_OF_RANGE: (
        "temperature too low, or splittings, phonons or gap too large, for the frequency axis: "
        "energies beyond axis.reach * pi T / 100 are not resolved. "
        "Raise T, or pass axis=compact_axis(reach=...) with a larger reach"
    ),
    Status.NOT_FOUND: (
        "no transition in the searched range of temperatures: there is none, or Tc is so small "
        "that only axis=compact_axis(reach=...) with a larger reach would see it"
    ),
    Status.INVALID: "an argument is outside its domain, see the function's documentation",
    Status.UNRESOLVED: (
        "the order parameter is found, but the spectrum has features sharper than the mesh on "
        "the real axis: raise panels, or see it through a resolution"
    ),
    Status.UNSOLVED_ENERGIES: (
        "the spectrum is found, but at some of the energies asked for its equations were not "
        "solved, and NaN stands there: see it through a resolution, or ask a little beside them"
    ),
    Status.OTHER_SOLUTION: (
        "impurities are inverted and there may be another solution with a larger order parameter "
        "than this one: call the solver outside jax.jit and jax.vmap, or in a block of "
        'tlsjax.solved_by("descent")'
    ),
}


class ConvergenceError(RuntimeError):
    """A solve ended without an answer."""


def name_of(status) -> str:
    """Name of a known status; a tracer or a batch is shown as it is."""
    if isinstance(status, jax.core.Tracer) or np.ndim(status):
        return repr(status)
    return Status(int(status)).name


def nan_unless(answer, value):
    """``value`` where ``answer``; elsewhere NaN, and so is the derivative."""
    return value * jnp.where(answer, 1.0, jnp.nan)


def is_ok(status):
    """Whether a status, traced or not, marks an answer. Shape of ``status``."""
    return (status == Status.CONVERGED) | (status == Status.NORMAL)


def raise_unless_ok(status, what: str) -> None:
    """Raise `ConvergenceError` if any concrete status marks a failure; tracers pass."""
    if isinstance(status, jax.core.Tracer):
        return
    codes = np.atleast_1d(np.asarray(status))
    failed = ~is_ok(codes)
    if failed.any():
        count = f" ({failed.sum()} of {codes.size})" if codes.size > 1 else ""
        raise ConvergenceError(f"{what}{count}: {Status(int(codes[failed][0])).help}.")
