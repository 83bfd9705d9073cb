"""The dense linear solve: alone, batched in either argument, and differentiated."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tlsjax.numerics.linear import solve


@pytest.fixture
def matrices(rng):
    return jnp.asarray(rng.normal(size=(3, 5, 5)) + 4 * np.eye(5))


@pytest.mark.parametrize("shape", [(5,), (5, 2)])
def test_batches(matrices, shape, rng):
    b = jnp.asarray(rng.normal(size=(3, *shape)))
    each = [[np.linalg.solve(A, right) for right in b] for A in matrices]
    right_sides = jax.vmap(solve, (None, 0))
    np.testing.assert_allclose(right_sides(matrices[0], b), each[0], rtol=1e-12)
    np.testing.assert_allclose(jax.vmap(solve)(matrices, b), [each[i][i] for i in range(3)])
    all_pairs = jax.jit(jax.vmap(right_sides, (0, None)))(matrices, b)
    np.testing.assert_allclose(all_pairs, each, rtol=1e-12)
    one = jax.vmap(solve, (0, None))(matrices, b[0])
    np.testing.assert_allclose(one, [row[0] for row in each], rtol=1e-12)


def test_derivatives(matrices, rng):
    A, b = matrices[0], jnp.asarray(rng.normal(size=5))
    inverse = np.linalg.inv(A)
    np.testing.assert_allclose(jax.jacfwd(solve, 1)(A, b), inverse, rtol=1e-12)
    np.testing.assert_allclose(jax.jacrev(solve, 1)(A, b), inverse, rtol=1e-12)
    expected = -np.einsum("ij,k->ijk", inverse, inverse @ b)
    for derivative in (jax.jacfwd, jax.jacrev):
        np.testing.assert_allclose(derivative(solve)(A, b), expected, rtol=1e-11, atol=1e-14)
