"""One dense linear solve that can be batched, differentiated and run side by side.

`jnp.linalg.solve` under ``vmap`` becomes a batched LAPACK call, which on a CPU spreads
over the thread pool and waits there. With jaxlib 0.10.2 and two cores, two such calls
that happen to run at the same time (two observables in one program are enough) wait for
each other for ever. On a CPU a batch of matrices is therefore a loop of single factorisations;
elsewhere it stays one batched call. Of one matrix there is one factorisation.
"""

import jax
import jax.numpy as jnp
from jax import lax


@jax.custom_batching.custom_vmap
def _one_at_a_time(A, b):
    return jnp.linalg.solve(A, b)


@_one_at_a_time.def_vmap
def _of_a_batch(size, batched, A, b):
    if batched[0]:
        b = b if batched[1] else jnp.broadcast_to(b, (size, *b.shape))
        return lax.map(lambda pair: _one_at_a_time(*pair), (A, b)), True
    # Several right-hand sides, such as those of a derivative by several parameters.
    columns = jnp.moveaxis(b, 0, -1)
    found = _one_at_a_time(A, columns.reshape(A.shape[0], -1))
    return jnp.moveaxis(found.reshape(columns.shape), -1, 0), True


def _factor_and_solve(A, b):
    return lax.platform_dependent(A, b, cpu=_one_at_a_time, default=jnp.linalg.solve)


def solve(A, b):
    """Solve ``A x = b``; ``A`` (N, N), ``b`` (N,) or (N, K)."""
    return lax.custom_linear_solve(
        lambda x: A @ x,
        b,
        solve=lambda _, b: _factor_and_solve(A, b),
        transpose_solve=lambda _, b: _factor_and_solve(A.T, b),
    )
