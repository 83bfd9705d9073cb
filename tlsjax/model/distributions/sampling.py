"""Impurities drawn one by one: samples of splittings, and densities made of samples."""

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from tlsjax.core.validation import fail, non_negative, require
from tlsjax.model.distributions.tabulated import Tabulated


def sample_splittings(
    key: jax.Array,
    count: int,
    J: ArrayLike,
    sigma: ArrayLike,
    delta: ArrayLike = 0.0,
    barriers: ArrayLike = 0.0,
) -> jax.Array:
    """Splittings of ``count`` impurities, drawn one by one.

    Parameters
    ----------
    key : JAX random key
    count : int
    J, sigma, delta : float
        As in `BroadenedWipfNeumaier`; ``delta = 0`` is `WipfNeumaier`.
    barriers : float
        Spread of ``ln J``: tunnelling is exponential in the barrier, so barriers with a normal
        distribution make tunnel splittings with a log-normal one.

    Returns
    -------
    (count,) array of ``E = sqrt(J'^2 + epsilon^2)``

    Examples
    --------
    >>> import jax, tlsjax as tls
    >>> E = tls.sample_splittings(jax.random.key(1), 10_000, J=1.0, sigma=0.5)
    >>> print(f"{float(E.min()):.3f}", tls.tabulate(E, 100).pdf(1.2).round(1))
    1.000 0.8
    """
    checks = [("sigma", sigma), ("delta", delta), ("barriers", barriers), ("J", J)]
    require(*(non_negative(name, value) for name, value in checks))
    keys = jax.random.split(key, 3)
    asymmetry = sigma * jax.random.cauchy(keys[0], (count,))
    tunnelling = J * jnp.exp(barriers * jax.random.normal(keys[1], (count,)))
    tunnelling = tunnelling + delta * jax.random.cauchy(keys[2], (count,))
    return jnp.sqrt(tunnelling**2 + asymmetry**2)


def tabulate(samples: ArrayLike, bins: int = 200) -> Tabulated:
    """A `Tabulated` density from splittings, for the solvers.

    The density between quantiles, ``bins`` of them: fine where there are many samples. Each bin
    is known to ``sqrt(bins/samples)`` of itself. Heavy tails end at the largest sample.
    """
    samples = np.sort(np.asarray(samples, dtype=float))
    if samples.ndim != 1 or samples.size < 10 * bins or bins < 2:
        fail("samples", "at least ten in each of two bins or more", f"{samples.size} in {bins}")
    if not np.isfinite(samples).all() or samples[0] < 0:
        fail("samples", "finite and zero or more", str(samples[[0, -1]]))
    edges = np.quantile(samples, np.linspace(0, 1, bins + 1))
    width = np.diff(edges)
    if not (width > 0).all():
        fail("samples", "spread out, no bin of them all equal", f"{bins} bins")
    # Constant in each bin, with ramps a thousandth of it wide: that keeps every bin's share.
    ramp = 1e-3 * np.minimum(width[1:], width[:-1])
    inner = np.stack([edges[1:-1] - ramp, edges[1:-1] + ramp], axis=1).ravel()
    E = np.concatenate([edges[:1], inner, edges[-1:]])
    return Tabulated(E, np.repeat(1 / width, 2))
