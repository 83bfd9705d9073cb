"""Tridiagonal systems side by side: ``(lower, diagonal, upper)``, (M, R) each."""

import jax.numpy as jnp
from jax import lax


def neighbours(values):
    """``(values_{k+1}, values_{k-1})``; beyond the ends, what the last rung has."""
    above = jnp.concatenate([values[:, 1:], values[:, -1:]], axis=1)
    below = jnp.concatenate([values[:, :1], values[:, :-1]], axis=1)
    return above, below


def thomas(matrix, b):
    """Solve tridiagonal systems, (M, R) each, by elimination.

    All energies take a step together, which vectorises. `jax.lax.linalg.tridiagonal_solve`
    calls LAPACK for one system after the other, and is half as fast in Newton's loop.
    """
    lower, diagonal, upper = (jnp.moveaxis(a, 1, 0) for a in matrix)

    def eliminate(carry, row):
        ratio, value = carry
        low, middle, up, right = row
        pivot = middle - low * ratio
        new = (up / pivot, (right - low * value) / pivot)
        return new, new

    start = (jnp.zeros_like(b[:, 0]), jnp.zeros_like(b[:, 0]))
    rows = (lower, diagonal, upper, jnp.moveaxis(b, 1, 0))
    _, (ratio, value) = lax.scan(eliminate, start, rows, unroll=4)

    def substitute(x, row):
        x = row[1] - row[0] * x
        return x, x

    _, x = lax.scan(substitute, start[0], (ratio, value), reverse=True, unroll=4)
    return jnp.moveaxis(x, 0, 1)


def apply(matrix, x):
    lower, diagonal, upper = matrix
    above, below = neighbours(x)
    return diagonal * x + upper * above + lower * below


def transposed(matrix):
    lower, diagonal, upper = matrix
    zero = jnp.zeros_like(lower[:, :1])
    return (
        jnp.concatenate([zero, upper[:, :-1]], axis=1),
        diagonal,
        jnp.concatenate([lower[:, 1:], zero], axis=1),
    )
