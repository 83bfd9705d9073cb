"""The derivative of a root, written once for every solver.

A solver finds ``y`` with ``residual(y, theta) = 0`` by whatever loop; the loop is never
differentiated. The derivative is the implicit function theorem,

    dy = -(d residual/dy)^-1 (d residual/dtheta) dtheta,

as a `jax.custom_jvp` whose rule calls the root again: forward, reverse and mixed derivatives
of every order follow.
"""

from functools import partial
from typing import Any, NamedTuple, Protocol

import jax
import jax.numpy as jnp
import numpy as np


class Problem(Protocol):
    """Equations for `implicit_root`; static and hashable, so a NamedTuple of static things."""

    def residual(self, y, theta):
        """Zero at the root; shape of ``y``."""

    def tangent(self, y, theta, b):
        """Solve ``(d residual/dy) x = b`` at the root ``y``."""


class AsItIs(NamedTuple):
    """The loop of a root that is known already."""

    def __call__(self, problem, start, theta):
        del problem, theta
        return start, ()


@partial(jax.custom_jvp, nondiff_argnums=(0, 1))
def implicit_root(solve, problem: Problem, start, theta) -> tuple[Any, Any]:
    """Root of ``problem.residual(y, theta)``.

    Parameters
    ----------
    solve : callable, static and hashable
        ``solve(problem, start, theta) -> (y, info)``.
    problem : Problem
    start : pytree, where the solver begins; carries no derivative.
    theta : pytree, everything that the root depends on.

    Returns
    -------
    y : array
    info : pytree of what else the solver says; carries no derivative.
    """
    return solve(problem, start, theta)


def _no_tangent(x):
    if jnp.issubdtype(jnp.result_type(x), jnp.inexact):
        return jnp.zeros_like(x)
    return np.zeros(jnp.shape(x), dtype=jax.dtypes.float0)


@implicit_root.defjvp
def _implicit_root_jvp(solve, problem, primals, tangents):
    start, theta = primals
    y, info = implicit_root(solve, problem, start, theta)
    _, moved = jax.jvp(lambda th: problem.residual(y, th), (theta,), (tangents[1],))
    y_dot = problem.tangent(y, theta, -moved)
    return (y, info), (y_dot, jax.tree.map(_no_tangent, info))


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def known_value(function, value, y, theta):
    """``value``, which is ``function(y, theta)``, found by a loop that cannot be differentiated.

    Its derivative is the function's, which is compiled only where that is taken.
    """
    del function, y, theta
    return value


@known_value.defjvp
def _known_value_jvp(function, primals, tangents):
    value, y, theta = primals
    _, moved = jax.jvp(function, (y, theta), tangents[1:])
    return known_value(function, value, y, theta), moved
