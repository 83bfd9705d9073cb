"""Linear systems by their products: against dense solutions, and NaN where there is none."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tlsjax.numerics.krylov import krylov

N = 80


def solved(A, b, max_steps=400):
    A = jnp.asarray(A)
    return np.asarray(krylov(lambda x: A @ x, jnp.asarray(b), 1e-10, 1e-7, max_steps))


def rotations():
    """Turns every vector by a right angle, so that a residual's image never helps."""
    return np.kron(np.diag(np.linspace(1.0, 2.0, N // 2)), [[0.0, 1.0], [-1.0, 0.0]])


def matrices():
    rng = np.random.default_rng(1)
    contraction = 0.5 * rng.normal(size=(N, N)) / np.sqrt(N)
    few = rng.normal(size=(N, 3)) @ rng.normal(size=(3, N))
    return {
        "a contraction": np.eye(N) - contraction,
        "of both signs": np.eye(N) - 3 * few / N,
        "more turns than are remembered": np.diag(np.linspace(0.02, 1.0, N)) + contraction / 50,
        "rotations": rotations(),
    }


@pytest.mark.parametrize("name", list(matrices()))
def test_dense_solution(name):
    A, b = matrices()[name], np.random.default_rng(2).normal(size=N)
    x = np.linalg.solve(A, b)
    error = np.linalg.norm(solved(A, b) - x)
    assert error < 1e-7 * np.linalg.cond(A) * np.linalg.norm(x)
    assert np.linalg.norm(A @ solved(A, b) - b) < 1e-7 * np.linalg.norm(b)


def test_no_right_hand_side():
    assert np.all(solved(matrices()["a contraction"], np.zeros(N)) == 0)


def test_no_solution_is_no_number():
    A, b = matrices()["a contraction"], np.ones(N)
    assert np.all(np.isnan(solved(A, b, max_steps=3)))
    assert np.all(np.isnan(solved(A, b * np.nan)))
    singular = np.eye(N)
    singular[0, 0] = 0.0
    assert np.all(np.isnan(solved(singular, b)))


def test_side_by_side():
    """Lanes that need different numbers of turns; ``b`` of two axes."""
    A = np.stack(list(matrices().values()))
    b = np.random.default_rng(3).normal(size=(len(A), 2, N // 2))

    def one(A, b):
        return krylov(lambda x: (A @ x.ravel()).reshape(b.shape), b, 1e-10, 1e-7, 400)

    together = np.asarray(jax.vmap(one)(jnp.asarray(A), jnp.asarray(b)))
    for A_, b_, x in zip(A, b, together, strict=True):
        assert np.linalg.norm(A_ @ x.ravel() - b_.ravel()) < 1e-7 * np.linalg.norm(b_)
