"""Eigenvectors of a symmetric matrix, one matrix at a time on a CPU; see `linear` for why."""

import jax
import jax.numpy as jnp
from jax import lax


@jax.custom_batching.sequential_vmap
def _one_at_a_time(H):
    return tuple(jnp.linalg.eigh(H))


def _diagonalise(H):
    return lax.platform_dependent(
        H, cpu=_one_at_a_time, default=lambda H: tuple(jnp.linalg.eigh(H))
    )


@jax.custom_jvp
def eigh(H):
    """Ascending eigenvalues (N,) and eigenvectors, columns of (N, N), of symmetric ``H``.

    Derivatives are first-order perturbation theory: levels must not be degenerate.
    """
    return _diagonalise(H)


@eigh.defjvp
def _eigh_jvp(primals, tangents):
    (H,), (H_dot,) = primals, tangents
    E, v = eigh(H)
    coupling = v.T @ H_dot @ v
    distance = E[None, :] - E[:, None] + jnp.eye(E.shape[0])
    mixing = coupling / distance * (1 - jnp.eye(E.shape[0]))
    return (E, v), (jnp.diagonal(coupling), v @ mixing)
