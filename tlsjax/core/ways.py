"""Ways to the solution out of equilibrium, and which of them programs are traced with."""

import contextlib

import jax

from tlsjax.core.validation import fail

# The second also says where impurities are inverted and it is not sure that there is no larger
# solution; the last has four times as many panels as the others.
WAYS = ITERATION, CHECKED, DESCENT, FINE_DESCENT = "iteration", "checked", "descent", "fine-descent"

# Part of the key of what JAX has traced.
_context = jax.make_user_context(default_value=None)


def way_asked():
    """One of `WAYS`, of the innermost `solved_by`, or None."""
    return _context.value


@contextlib.contextmanager
def solved_by(method: str):
    """Solve out of equilibrium by one method, in this block.

    Without it a solver takes the iteration first, and for points that do not converge, or whose
    impurities are inverted and which may be another solution than the largest, the slower methods.
    Which points these are is not known under a transformation, where the iteration is all there
    is: this chooses another one there, for all points of the block.

    Parameters
    ----------
    method : str
        ``"iteration"``; ``"checked"``, the same with the status OTHER_SOLUTION where inverted
        impurities have led to a smaller solution than the largest, or to a small order parameter
        or none, beside which there may be a large one; ``"descent"``, from far above the largest
        solution, ten times slower and more; ``"fine-descent"``, with four times as many panels,
        for a minute a point and more.

    Raises
    ------
    ValueError
        For another method.

    Examples
    --------
    >>> import jax, tlsjax as tls
    >>> @jax.jit
    ... def delta(alpha):
    ...     ensemble = tls.TLSEnsemble(alpha, tls.Glass(Ec=0.9))
    ...     return tls.order_parameter(ensemble, 0.3, tls.EffectiveTemperature(-0.5), panels=32)
    >>> with tls.solved_by("checked"):
    ...     print(f"{delta(0.2):.4f}")
    1.7105
    """
    if method not in WAYS:
        fail("method", f"one of {', '.join(WAYS)}", repr(method))
    with _context(method):
        yield
