"""The density that samplers draw from, in coordinates without bounds.

    ln p(u | data) = ln L(x) + ln p(x) + ln |dx/du| + constant,

with the likelihood of independent Gaussian errors, ``ln L = -chi^2/(2 t)``, where ``t`` points
count as one if the residuals of the fit are correlated. Where the size of the errors is not known
it is integrated over (Jeffreys' prior ``1/sigma``), which makes ``ln L = -N/(2 t) ln chi^2``.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from tlsjax.core.programs import program
from tlsjax.core.status import is_ok
from tlsjax.fitting import models
from tlsjax.fitting.coordinates import Coordinates, coordinates


class Form(NamedTuple):
    """What is static of a `Density`.

    ``logs``: for each parameter whether its prior is one of the logarithm. ``known``: whether the
    size of the errors is.
    """

    layout: Any
    settings: models.Settings
    kinds: tuple
    logs: tuple
    known: bool


class Numbers(NamedTuple):
    """What is not: the data, what is not free, ends of the coordinates, and priors (K,)."""

    fixed: dict
    datasets: tuple
    errors: tuple
    template: Any
    low: np.ndarray
    high: np.ndarray
    centre: np.ndarray
    sigma: np.ndarray
    time: float


def density_of(problem, settings, priors, time, known):
    """``(Form, Numbers)`` of a problem; ``priors`` is one `Prior` for each free parameter."""
    own = coordinates(problem.lower, problem.upper)
    logs = tuple(prior.log for prior in priors)
    form = Form(problem.layout, settings, own.kinds, logs, known)
    centre, sigma = (np.array([getattr(p, n) for p in priors]) for n in ("centre", "sigma"))
    numbers = Numbers(
        problem.fixed, problem.datasets, problem.errors, problem.template, own.low, own.high,
        centre, sigma, float(time),
    )  # fmt: skip
    return form, numbers


def space(form, numbers) -> Coordinates:
    """The coordinates of a density."""
    return Coordinates(form.kinds, numbers.low, numbers.high)


def prior_rows(form, numbers, x):
    """Residuals of the priors at parameters (K,), on their own scales."""
    scale = [jnp.log(value) if log else value for log, value in zip(form.logs, x, strict=True)]
    return (jnp.stack(scale) - numbers.centre) / numbers.sigma


def log_prior(form, numbers, u):
    """Of coordinates, with the volume of the transformations."""
    x, volume = space(form, numbers).forward(u)
    rows = prior_rows(form, numbers, x)
    # A Gaussian of the logarithm is one over x.
    own = [jnp.log(value) for log, value in zip(form.logs, x, strict=True) if log]
    return -0.5 * jnp.sum(rows**2) + volume - sum(own)


def log_likelihood(form, numbers, chi2, points):
    """Of a chi^2 of so many points."""
    if form.known:
        return -0.5 * chi2 / numbers.time
    return -0.5 * points / numbers.time * jnp.log(chi2 + np.finfo(float).tiny)


def residuals(form, numbers, x):
    """``((model - measured)/error, whether all was solved)`` at parameters (K,)."""
    table = form.layout.values(x, numbers.fixed, numbers.datasets)
    found, solved = [], jnp.asarray(True)
    for data, error, values in zip(numbers.datasets, numbers.errors, table, strict=True):
        solution, status = models.solve(data, numbers.template, values, form.settings)
        found.append((models.signal(data, solution, values, form.settings) - data.y) / error)
        solved &= jnp.all(is_ok(status))
    return jnp.concatenate(found), solved


def log_density(form, numbers, u):
    """Of coordinates (K,); ``-inf`` where something has no solution, which is no answer."""
    x, _ = space(form, numbers).forward(u)
    r, solved = residuals(form, numbers, x)
    found = log_likelihood(form, numbers, jnp.sum(r**2), r.size) + log_prior(form, numbers, u)
    return jnp.where(solved & jnp.isfinite(found), found, -jnp.inf)


log_density_alone = program(log_density, static_argnums=0)


@program(static_argnums=0)
def log_priors(form, numbers, u):
    """`log_prior` of coordinates (draws, K)."""
    return jax.vmap(lambda u: log_prior(form, numbers, u))(u)


@program(static_argnums=0)
def parameters(form, numbers, u):
    """Parameters (draws, K) of coordinates (draws, K)."""
    return jax.vmap(lambda u: space(form, numbers).forward(u)[0])(u)
