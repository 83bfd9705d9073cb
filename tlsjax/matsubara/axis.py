"""A compact Matsubara axis: every frequency sum of the theory as a small matrix.

Functions on the Matsubara axis are smooth on a logarithmic scale, so a few dozen
frequencies fix them from ``epsilon = pi T`` up to millions of ``pi T``. Products in
imaginary time are convolutions over frequency, which turns

    (lambda * f)_n = sum_n' lambda(epsilon_n - epsilon_n') f(epsilon_n')

into ``from_tau @ (lambda(tau) * (to_tau @ f))``: two small constant matrices and one
vector that holds the physics (`tlsjax.matsubara.axis_matrices`).

Everything is dimensionless: fermion frequencies are ``nu = 2n+1 = epsilon_n/(pi T)``,
energies are in units of ``pi T``, imaginary times are ``s = tau T`` in ``(0, 1/2]``.

The leading behaviour is never fitted but kept exactly: the propagators minus their
limits ``1/nu`` and ``sgn nu`` are what the matrices act on, the ``1/nu`` part and the
normal-state sum have columns of their own, and the ``m = 0`` boson term, which cancels
from the gap equation (Anderson's theorem), is left out.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from operator import attrgetter

import numpy as np

from tlsjax.core.validation import Rule, fail, require
from tlsjax.model.distributions.base import FAR, ORDER

# Energies up to reach/_HEADROOM are resolved: beyond, part of the structure they make lies
# past the last frequency and the fit has to extrapolate it (tests/test_axis.py).
_HEADROOM = 100.0


def _made(name):
    return property(attrgetter(f"_matrices.{name}"))


@dataclass(frozen=True)
class CompactAxis:
    """Frequencies, imaginary times and the matrices between them.

    ``K`` sampled frequencies ``nu = 2n+1 > 0`` and ``M`` imaginary times ``s``. A
    function is stored as its values at the samples, minus its limit: ``r = f - c/nu``
    for an even one that falls as ``c/nu``, ``h = g - 1`` for an odd one.

    It is what it is made of, and equal to another one made of the same; the arrays are made when
    they are first asked for, once per process.

    Attributes
    ----------
    reach, tolerance, order, far : the arguments of `compact_axis`.
    finer : the axis that this one is to be compared with, or None: its frequencies are among those.
    at : indices that results are wanted at instead of those of the axis, or None.
    n : (K,) integers, the Matsubara indices; ``nu = 2n + 1``.
    tau : (M,) imaginary times in units of ``1/T``.
    even_to_tau, odd_to_tau : (M, K), transform of ``r`` and of ``h``.
    even_from_tau, odd_from_tau : (K, M), back to the sampled frequencies.
    inverse_nu : (M,) transform of ``1/|nu|``.
    tail_sum : (K,) weights of ``sum_n r_n`` over all ``n``, positive and negative.
    normal_sum : (K, M) from ``lambda(tau)`` to ``2 sum_{m=1..n} lambda_m``.
    resolved : largest energy, in units of ``pi T``, whose effect on Delta is good to 1e-6.
    """

    reach: float
    tolerance: float
    order: int
    far: float
    finer: "CompactAxis | None" = None
    at: tuple[int, ...] | None = None

    n = _made("n")
    tau = _made("tau")
    even_to_tau = _made("even_to_tau")
    odd_to_tau = _made("odd_to_tau")
    even_from_tau = _made("even_from_tau")
    odd_from_tau = _made("odd_from_tau")
    inverse_nu = _made("inverse_nu")
    tail_sum = _made("tail_sum")
    normal_sum = _made("normal_sum")

    @property
    def nu(self) -> np.ndarray:
        """(K,) frequencies in units of ``pi T``."""
        return 2.0 * self.n + 1

    @property
    def resolved(self) -> float:
        """Largest energy whose effect is resolved."""
        return self.reach / _HEADROOM

    @property
    def _matrices(self):
        return _matrices(self)


@lru_cache(maxsize=32)
def _matrices(axis):
    if axis.at is not None:
        return _matrices(replace(axis, at=None)).at(np.array(axis.at), axis.reach)
    # With SciPy, whose import takes a fifth of the time of a command that finds its program on
    # disk and needs no matrix.
    from tlsjax.matsubara.axis_matrices import fitted

    return fitted(axis.reach, axis.tolerance, _candidates(axis))


def _candidates(axis):
    """The indices that an axis may have."""
    if axis.finer is not None:
        return axis.finer.n[axis.finer.n < axis.finer.reach / 20]
    low = np.arange(40)
    high = np.rint(np.geomspace(40, axis.reach / 2, 150)).astype(int)
    return np.unique(np.concatenate([low, high]))


@lru_cache(maxsize=8)
def compact_axis(reach=1e6, tolerance=1e-9, *, order=ORDER, far=FAR):
    """The axis that resolves energies up to ``reach * pi T``.

    Parameters
    ----------
    reach : float, from 1e3
    tolerance : float, from 1e-13 to 1e-4
        Relative singular value below which a direction of the training functions is
        dropped. The defaults, 39 frequencies and 56 times, give Delta to 1e-9 at
        T = 0.2 Tc0 and to some 1e-8 at T = 0.005 Tc0; a factor of 10 in either argument
        costs about 5 of each (tests/test_axis.py).
    order : int, 6 or more
        Points per panel of the quadrature over splittings that goes with the axis.
    far : float, 10 or more
        Where that quadrature ends for heavy tails, in units of the distribution's scale.
    """
    require(
        Rule("reach", "finite and at least 1e3", (reach,), lambda x: x >= 1e3),
        Rule("tolerance", "from 1e-13 to 1e-4", (tolerance,), lambda x: (x >= 1e-13) & (x <= 1e-4)),
        Rule("order", "6 or more", (order,), lambda x: x >= 6),
        Rule("far", "finite and at least 10", (far,), lambda x: x >= 10),
    )
    return CompactAxis(reach, tolerance, order, far)


def axis_or_default(axis):
    """``axis``, or the default for None; raises for anything that is no axis."""
    if axis is None:
        return compact_axis()
    if not isinstance(axis, CompactAxis):
        fail("axis", "made by tlsjax.compact_axis()", repr(axis))
    return axis


def coarser(axis):
    """The axis that error estimates compare ``axis`` with, and its rows in ``axis``.

    A tenth of the reach and of the quadrature's end, ten times the tolerance, fewer
    points per panel, on a subset of the frequencies.
    """
    coarse = CompactAxis(
        axis.reach / 10, axis.tolerance * 10, axis.order - 4, axis.far / 10, finer=axis
    )
    return coarse, np.searchsorted(axis.n, coarse.n)


def evaluated_at(axis, n):
    """``axis`` with its results wanted at the indices ``n >= 0`` instead of its own."""
    return replace(axis, at=tuple(np.asarray(n).tolist()))
