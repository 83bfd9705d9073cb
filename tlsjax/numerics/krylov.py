"""Linear systems of which only the product with a vector is known.

GMRES in the form that keeps every direction and its image: a new image is made orthogonal to
those before, and the residual is freed of it. The next direction is the residual, or, where that
did not help, the image before (P. Jiranek and M. Rozloznik, Numer. Algorithms 53, 93 (2010)).
One product a turn, which the program contains once. With `jax.scipy`'s BiCGSTAB it was there three
times, and once more to check the end; of a spectrum the product is a long program by itself, and
a fit takes a tenth less to trace and compile.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

# Directions that are kept; the oldest makes room. With 30 a cold Lorentzian (T = 0.008 Tc0) was not
# solved in 400 turns, with 60 it takes 377, with as many as there are unknowns 239.
_MEMORY = 60
# A turn that leaves more than this share of the residual did not help.
_NO_HELP = 0.99
_TINY = np.finfo(float).tiny


class _State(NamedTuple):
    """``x``, what is ``left`` of ``b``, the directions and their images, of unit length, whether
    the last one helped, the number of turns, and whether all is ``done``."""

    x: jax.Array
    left: jax.Array
    directions: jax.Array
    images: jax.Array
    helped: jax.Array
    steps: jax.Array
    done: jax.Array


def krylov(product, b, tolerance, limit, max_steps):
    """``x`` with ``product(x) = b``, to ``|b - product(x)| <= tolerance |b|``.

    NaN where that is more than ``limit |b|`` after ``max_steps`` turns. ``b`` has any shape.
    """
    shape, b = b.shape, b.ravel()
    size = jnp.linalg.norm(b)

    def step(state):
        # Where nothing seems to be left, a turn looks at what x itself leaves; if that is too much
        # it goes on from there. (What is no number is never too much.)
        remains = jnp.linalg.norm(state.left)
        last = state.steps >= max_steps
        look = last | ~(remains > tolerance * size)
        before = state.images[(state.steps - 1) % _MEMORY]
        direction = jnp.where(look, state.x, jnp.where(state.helped, state.left, before))
        image = product(direction.reshape(shape)).ravel()
        true = b - image
        shares = state.images @ image
        image = image - shares @ state.images
        direction = direction - shares @ state.directions
        # x is a sum of directions, and none of its own.
        length = jnp.where(look, 0.0, 1 / (jnp.linalg.norm(image) + _TINY))
        image, direction = image * length, direction * length
        along = image @ state.left
        left = jnp.where(look, true, state.left - along * image)
        slot = state.steps % _MEMORY
        return _State(
            state.x + along * direction,
            left,
            state.directions.at[slot].set(direction),
            state.images.at[slot].set(image),
            look | (jnp.linalg.norm(left) < _NO_HELP * remains),
            state.steps + 1,
            look & (last | ~(jnp.linalg.norm(true) > limit * size)),
        )

    none = jnp.zeros((_MEMORY, b.size))
    yes = jnp.asarray(True)
    first = _State(jnp.zeros_like(b), b, none, none, yes, jnp.int32(0), ~yes)
    end = lax.while_loop(lambda state: ~state.done, step, first)
    good = jnp.linalg.norm(end.left) <= limit * size
    return end.x.reshape(shape) * jnp.where(good, 1.0, jnp.nan)
