"""Importance sampling from a multivariate t distribution around the mode of a posterior.

    w = p(u | data)/q(u),    q = t_nu with the covariance of the fit,

weights smoothed by a Pareto tail (Vehtari, Simpson, Gelman, Yao and Gabry 2024), in two rounds: the
second ``q`` has the mean and the covariance that the first found. The effective size
``1/sum w^2`` and the exponent ``k`` of the tail say whether that is enough.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from blackjax.diagnostics import psis_weights
from scipy import stats

from tlsjax.core.status import ConvergenceError
from tlsjax.fitting.density import log_density_alone
from tlsjax.fitting.nuts import cores

# Degrees of freedom of the t distribution: tails heavier than a normal posterior's.
_NU = 7.0
# Share of the draws that goes into the first round, and the covariance that the second round
# takes from them, larger than found: too narrow a q has weights without bound.
_FIRST, _WIDER = 0.3, 1.2
# Effective draws, for each parameter, from which on the first round knows a covariance.
_ENOUGH = 10


class Weighted(NamedTuple):
    """Coordinates (draws, K) of equal weight, resampled; their log densities; the effective size,
    the Pareto exponent, and how many of the proposals had no solution."""

    u: np.ndarray
    log_density: np.ndarray
    effective: float
    pareto_k: float
    failed: int


def run(form, numbers, mode, *, draws, seed, show=lambda count: None) -> Weighted:
    """`Weighted` draws; each costs one solve without derivatives.

    Raises `ConvergenceError` where nothing has a solution.
    """
    rng = np.random.default_rng(seed)
    first = max(int(_FIRST * draws), 1)
    centre, root = np.asarray(mode.u), np.asarray(mode.root)
    u, value, log_weight, _, effective = _round(form, numbers, centre, root, first, rng, show)
    if effective > _ENOUGH * centre.size:
        weight = np.exp(log_weight)
        centre = weight @ u
        root = np.linalg.cholesky(_WIDER * (weight * (u - centre).T) @ (u - centre))
    count = draws - first
    u, value, log_weight, k, effective = _round(form, numbers, centre, root, count, rng, show)
    failed = int(np.sum(~np.isfinite(value)))
    # Systematic resampling: a draw of weight w comes int(n w) or int(n w) + 1 times.
    edges = np.cumsum(np.exp(log_weight))
    places = (rng.random() + np.arange(draws)) / draws * edges[-1]
    chosen = rng.permutation(np.minimum(np.searchsorted(edges, places), count - 1))
    return Weighted(u[chosen], value[chosen], effective, k, failed)


def _round(form, numbers, centre, root, count, rng, show):
    normal = rng.standard_normal((count, centre.size))
    z = normal / np.sqrt(rng.chisquare(_NU, (count, 1)) / _NU)
    u = centre + z @ root.T
    q = stats.multivariate_t.logpdf(z, shape=np.eye(centre.size), df=_NU)
    q = np.atleast_1d(q) - np.linalg.slogdet(root)[1]

    def one(point):
        found = float(log_density_alone(form, numbers, point))
        show(1)
        return found

    # The first by itself: otherwise each core would compile the program.
    with ThreadPoolExecutor(cores()) as pool:
        value = np.array([one(u[0]), *pool.map(one, u[1:])])
    solved = np.isfinite(value)
    if not solved.any():
        raise ConvergenceError("Sampling: the model has no solution around where the fit ended.")
    log_weight = np.full(count, -np.inf)
    smooth, k = psis_weights(jnp.asarray((value - q)[solved]))
    log_weight[solved] = np.asarray(smooth)
    effective = 1 / np.sum(np.exp(2 * log_weight))
    return u, value, log_weight, float(k), float(effective)
