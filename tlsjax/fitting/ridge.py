"""Curved posteriors made straight, so that a sampler's steps can be long.

Where data leave a combination of parameters open, the others follow it along a curved ridge. With
coordinates ``z`` in the order of how loose they are,

    z_0 = y_0,    z_1 = y_1 + p_1(z_0),    z_k = y_k + p_k(z_0, z_1),

cubic polynomials learned from draws. The volume does not change, so that the density of ``y`` is
that of ``z``: a ridge that was learned badly costs time and nothing else.
"""

import jax.numpy as jnp
import numpy as np

# Monomials a^i b^j up to the third degree; those without b come first.
_POWERS = ((1, 0), (2, 0), (3, 0), (0, 1), (1, 1), (2, 1), (0, 2), (1, 2), (0, 3))
_OF_ONE = 3
# A polynomial is learned from at least so many draws for each of its coefficients, and its
# coefficients are kept small as if by one draw each.
_ENOUGH, _RIDGE = 10, 1.0


def straight(size):
    """The ridge of ``size`` coordinates that is none."""
    return np.zeros((1 + len(_POWERS), size))


def _terms(a, b, xp):
    return xp.stack([xp.ones_like(a), *(a**i * b**j for i, j in _POWERS)], axis=-1)


def bend(ridge, y, xp=jnp):
    """``z`` of ``y`` (..., K)."""
    if y.shape[-1] == 1:
        return y
    a = y[..., 0]
    first = y[..., 1] + _terms(a, xp.zeros_like(a), xp) @ ridge[:, 1]
    rest = y[..., 2:] + _terms(a, first, xp) @ ridge[:, 2:]
    return xp.concatenate([y[..., :1], first[..., None], rest], axis=-1)


def unbend(ridge, z):
    """``y`` of ``z`` (..., K), the inverse of `bend`."""
    if z.shape[-1] == 1:
        return z
    a, b = z[..., 0], z[..., 1]
    first = b - _terms(a, np.zeros_like(a), np) @ ridge[:, 1]
    rest = z[..., 2:] - _terms(a, b, np) @ ridge[:, 2:]
    return np.concatenate([z[..., :1], first[..., None], rest], axis=-1)


def learned(z):
    """The ridge of draws (N, K)."""
    count, size = z.shape
    ridge = straight(size)
    if size == 1 or count < _ENOUGH * ridge.shape[0]:
        return ridge
    for k in range(1, size):
        b = np.zeros(count) if k == 1 else z[:, 1]
        used = slice(0, 1 + _OF_ONE) if k == 1 else slice(None)
        terms = _terms(z[:, 0], b, np)[:, used]
        normal = terms.T @ terms + _RIDGE * np.eye(terms.shape[1])
        ridge[used, k] = np.linalg.solve(normal, terms.T @ z[:, k])
    return ridge
