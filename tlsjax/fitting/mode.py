"""Where a posterior is largest, and how wide it is there: where samplers begin.

Gauss and Newton's method in coordinates without bounds, with the Jacobian that fits use.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from tlsjax.core.programs import program
from tlsjax.core.status import ConvergenceError
from tlsjax.fitting import density

# Steps, halvings of one, and its length in a logarithm or a logit.
_STEPS, _HALVINGS, _LONGEST = 60, 12, 2.0
# The mode is near enough where it is a hundredth of a standard deviation away.
_NEAR = 1e-4


class Mode(NamedTuple):
    """Coordinates (K,) of the largest density, and a root of the covariance there: ``u + root z``
    has a density near a standard normal one in ``z``, whose first element is the least determined.
    ``residuals`` are the data's."""

    u: np.ndarray
    root: np.ndarray
    residuals: np.ndarray


@program(static_argnums=0)
def _prior_terms(form, numbers, u):
    """Parameters, their derivatives (K,), and of ``-ln p(u)`` value, gradient and curvature."""
    own = density.space(form, numbers)

    def rows(u):
        return density.prior_rows(form, numbers, own.forward(u)[0])

    def rest(u):
        return density.log_prior(form, numbers, u) + 0.5 * jnp.sum(rows(u) ** 2)

    x, moved = own.forward(u)[0], jnp.diag(jax.jacfwd(lambda u: own.forward(u)[0])(u))
    slopes = jax.jacfwd(rows)(u)
    # Of the Gaussians' squares what is never negative, as Gauss does; of the rest likewise.
    curved = jnp.maximum(-jnp.diag(jax.hessian(rest)(u)), 0.0)
    value, gradient = jax.value_and_grad(lambda u: -density.log_prior(form, numbers, u))(u)
    return x, moved, value, gradient, slopes.T @ slopes + jnp.diag(curved)


def find_mode(problem, form, numbers, start) -> Mode:
    """`Mode` near parameters (K,)."""

    def at(u):
        """``-ln p``, its gradient and curvature, and residuals; None where nothing is solved."""
        x, moved, value, gradient, curvature = map(np.asarray, _prior_terms(form, numbers, u))
        r, J, solved = problem.evaluate(x)
        r, J = r[: problem.points], J[: problem.points] * moved
        if not (bool(solved) and np.isfinite(r).all() and np.isfinite(J).all()):
            return None
        chi2 = float(r @ r)
        weight = (1.0 if form.known else r.size / (chi2 + np.finfo(float).tiny)) / numbers.time
        value = value - float(density.log_likelihood(form, numbers, chi2, r.size))
        return value, gradient + weight * (J.T @ r), curvature + weight * (J.T @ J), r

    u = density.space(form, numbers).backward(start)
    here = at(u)
    if here is None:
        raise ConvergenceError("Sampling: the model has no solution where the fit ended.")
    for _ in range(_STEPS):
        value, gradient, curvature, _ = here
        step = -np.linalg.solve(curvature, gradient)
        if -(gradient @ step) < _NEAR:
            break
        step *= min(1.0, _LONGEST / np.max(np.abs(step)))
        for _ in range(_HALVINGS):
            there = at(u + step)
            if there is not None and there[0] < value:
                break
            step = step / 2
        else:
            break
        u, here = u + step, there
    # Columns in the order of how loose they are.
    values, vectors = np.linalg.eigh(here[2])
    return Mode(u, vectors / np.sqrt(values), here[3])
