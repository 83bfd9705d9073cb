"""The digamma function of complex arguments, which JAX has for real ones only."""

import jax
import jax.numpy as jnp
import numpy as np

# Terms of the recursion before the asymptotic series, which is then good to rounding.
_SHIFTS = 10


def digamma(z) -> jax.Array:
    """``psi(z)`` for ``Re z > 0``, real or complex."""
    z = jnp.asarray(z)
    shifted = jnp.sum(1 / (z[..., None] + np.arange(_SHIFTS)), axis=-1)
    z = z + _SHIFTS
    square = 1 / z**2
    series = square * (1 / 12 - square * (1 / 120 - square * (1 / 252 - square / 240)))
    return jnp.log(z) - 1 / (2 * z) - series - shifted
