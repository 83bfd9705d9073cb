"""Coordinates without bounds for parameters that have some, for samplers.

What is positive goes by its logarithm, ends become logits, so that a bound is infinitely far:

    s = x or ln x,    s = low + (high - low)/(1 + exp(-u)),  low + exp(u),  high - exp(u)  or  u.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

# How far inside its bounds, relatively, a point is that is given coordinates.
_INSIDE = 1e-6


class Coordinates(NamedTuple):
    """Of K parameters. ``kinds`` are static, ``(is s the logarithm, which ends there are)``;
    ``low`` and ``high`` (K,) are the ends of ``s``, zero where there are none.

    A parameter that may be zero, with a largest value, needs no logarithm: near zero the logit
    is one.
    """

    kinds: tuple
    low: np.ndarray
    high: np.ndarray

    def forward(self, u):
        """``(x, ln |dx/du|)`` of coordinates (K,)."""
        columns = zip(self.kinds, u, self.low, self.high, strict=True)
        pairs = [_forward(*column) for column in columns]
        x, volume = zip(*pairs, strict=True)
        return jnp.stack(x), jnp.sum(jnp.stack(volume))

    def backward(self, x):
        """Coordinates of parameters (K,); of what is at a bound those of a point beside it."""
        columns = zip(self.kinds, np.asarray(x, dtype=float), self.low, self.high, strict=True)
        return np.array([_backward(*column) for column in columns])


def coordinates(lower, upper) -> Coordinates:
    """`Coordinates` between bounds (K,), which may be infinite."""
    kinds, ends = [], []
    for a, b in zip(lower, upper, strict=True):
        log = a > 0 or (a == 0 and np.isinf(b))
        with np.errstate(divide="ignore"):
            low, high = (np.log(a), np.log(b)) if log else (a, b)
        which = {(True, True): "both", (True, False): "low", (False, True): "high"}
        kinds.append((log, which.get((np.isfinite(low), np.isfinite(high)), "none")))
        ends.append((low if np.isfinite(low) else 0.0, high if np.isfinite(high) else 0.0))
    low, high = np.array(ends, dtype=float).reshape(-1, 2).T
    return Coordinates(tuple(kinds), low, high)


def _forward(kind, u, low, high):
    log, ends = kind
    if ends == "both":
        s = low + (high - low) * jax.nn.sigmoid(u)
        volume = jnp.log(high - low) - jax.nn.softplus(u) - jax.nn.softplus(-u)
    elif ends == "none":
        s, volume = u, jnp.zeros_like(u)
    else:
        s, volume = (low + jnp.exp(u) if ends == "low" else high - jnp.exp(u)), u
    return (jnp.exp(s), volume + s) if log else (s, volume)


def _backward(kind, x, low, high):
    log, ends = kind
    s = np.log(max(x, np.finfo(float).tiny)) if log else x
    if ends == "both":
        share = np.clip((s - low) / (high - low), _INSIDE, 1 - _INSIDE)
        return np.log(share) - np.log1p(-share)
    if ends == "none":
        return s
    inside = s - low if ends == "low" else high - s
    return np.log(max(inside, _INSIDE * max(abs(s), 1.0)))
