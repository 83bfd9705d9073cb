"""A compact Matsubara axis: every frequency sum of the theory as a small matrix.

Functions on the Matsubara axis are smooth on a logarithmic scale, so a few dozen
frequencies fix them from ``epsilon = pi T`` up to millions of ``pi T``. Products in
imaginary time are convolutions over frequency, which turns

    (lambda * f)_n = sum_n' lambda(epsilon_n - epsilon_n') f(epsilon_n')

into ``from_tau @ (lambda(tau) * (to_tau @ f))``: two small constant matrices and one
vector that holds the physics. The matrices are fitted once per process, in NumPy, to
closed-form functions that span what the theory can produce:

* ``1/sqrt(nu^2 + xi^2)`` and ``nu/sqrt(nu^2 + xi^2)``, the BCS propagators of gap ``xi``.
  Superposed over ``xi`` they make every even or odd propagator, with the right tails
  (``1/nu`` and ``1``), which is what lets the sums run to infinity with no cutoff;
* ``2 eta/(4 m^2 + eta^2)``, the propagator of a boson of energy ``eta``.

Everything is dimensionless: fermion frequencies are ``nu = 2n+1 = epsilon_n/(pi T)``,
energies are in units of ``pi T``, imaginary times are ``s = tau T`` in ``(0, 1/2]``.

The leading behaviour is never fitted but kept exactly: the propagators minus their
limits ``1/nu`` and ``sgn nu`` are what the matrices act on, the ``1/nu`` part and the
normal-state sum have columns of their own, and the ``m = 0`` boson term, which cancels
from the gap equation (Anderson's theorem), is left out.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from scipy.linalg import qr
from threadpoolctl import threadpool_limits

from tlsjax.core.validation import Rule, fail, require
from tlsjax.matsubara.transforms import (
    bcs_to_tau,
    boson_on_inverse_nu,
    boson_running_sum,
    boson_to_tau,
    inverse_nu_to_tau,
    pole_to_tau,
)
from tlsjax.model.distributions.base import FAR, ORDER

# Smallest energy resolved, in units of pi T. Fermion functions vary on the scale
# nu = 1 at the least, boson functions (m = 0 removed) on 2, so 0.15 is well inside
# the region where each family has already become a power law.
_SMALLEST = 0.15
# Spacing of the training functions on the logarithmic scale. The functions are
# convolutions with sech(ln nu), whose Fourier transform has fallen to 1e-14 at the
# Nyquist frequency of 4 per e-fold: denser training adds no new direction.
_PER_EFOLD = 4.0
# Energies up to reach/_HEADROOM are resolved: beyond, part of the structure they make lies
# past the last frequency and the fit has to extrapolate it (tests/test_axis.py).
_HEADROOM = 100.0
# Singular values below this are rounding noise of the training matrices.
_ROUNDING = 1e-14


@dataclass(frozen=True, eq=False)
class CompactAxis:
    """Frequencies, imaginary times and the matrices between them.

    ``K`` sampled frequencies ``nu = 2n+1 > 0`` and ``M`` imaginary times ``s``. A
    function is stored as its values at the samples, minus its limit: ``r = f - c/nu``
    for an even one that falls as ``c/nu``, ``h = g - 1`` for an odd one.

    Attributes
    ----------
    n : (K,) integers, the Matsubara indices; ``nu = 2n + 1``.
    tau : (M,) imaginary times in units of ``1/T``.
    even_to_tau, odd_to_tau : (M, K), transform of ``r`` and of ``h``.
    even_from_tau, odd_from_tau : (K, M), back to the sampled frequencies.
    inverse_nu : (M,) transform of ``1/|nu|``.
    tail_sum : (K,) weights of ``sum_n r_n`` over all ``n``, positive and negative.
    normal_sum : (K, M) from ``lambda(tau)`` to ``2 sum_{m=1..n} lambda_m``.
    reach, tolerance, order, far : the arguments of `compact_axis`.
    resolved : largest energy, in units of ``pi T``, whose effect on Delta is good to 1e-6.
    """

    n: np.ndarray
    nu: np.ndarray
    tau: np.ndarray
    even_to_tau: np.ndarray
    odd_to_tau: np.ndarray
    even_from_tau: np.ndarray
    odd_from_tau: np.ndarray
    inverse_nu: np.ndarray
    tail_sum: np.ndarray
    normal_sum: np.ndarray
    reach: float
    tolerance: float
    order: int
    far: float
    resolved: float

    def __reduce__(self):
        # Axes are compared by identity: an unpickled one is the one that this process has.
        return _axis_like, (self.reach, self.tolerance, self.order, self.far, self.n)


def _geometric(low, high, per_efold=_PER_EFOLD):
    return np.geomspace(low, high, int(np.ceil(np.log(high / low) * per_efold)))


def _fit(samples, targets):
    """Matrix ``W`` with ``W @ samples = targets`` over all training columns."""
    return np.linalg.lstsq(samples.T, targets.T, rcond=_ROUNDING)[0].T


def _select(families, tolerance, extra=0):
    """Rows that determine every family to ``tolerance``, by pivoted QR."""
    bases = []
    for family in families:
        left, singular, _ = np.linalg.svd(family, full_matrices=False)
        bases.append(left[:, singular > tolerance * singular[0]])
    count = max(basis.shape[1] for basis in bases) + extra
    _, _, pivots = qr(np.concatenate(bases, axis=1).T, mode="economic", pivoting=True)
    return np.sort(pivots[:count])


def _back_to_frequency(s, n, reach):
    """Matrices from the imaginary times ``s`` to the Matsubara indices ``n``.

    The even ones are fitted to bare poles, which products of propagators are made of,
    and to products of a boson with ``1/nu``, whose logarithm at ``s -> 0`` no finite
    set of poles has.
    """
    nu = 2.0 * n + 1
    eta = _geometric(_SMALLEST, reach)
    pole = _geometric(_SMALLEST, 2 * reach)
    pole_even, pole_odd = pole_to_tau(pole, s)
    boson = boson_to_tau(eta, s)
    on_inverse = boson * inverse_nu_to_tau(s)[:, None]
    square = nu[:, None] ** 2 + pole**2
    even = _fit(
        np.concatenate([pole_even, on_inverse], axis=1),
        np.concatenate([pole / square, boson_on_inverse_nu(eta, nu)], axis=1),
    )
    odd = _fit(pole_odd, nu[:, None] / square)
    return even, odd, _fit(boson, boson_running_sum(eta, n))


def _choose_frequencies(candidates, xi, weight, tolerance):
    nu = 2.0 * candidates + 1
    root = np.sqrt(nu[:, None] ** 2 + xi**2)
    even = (1 / root - 1 / nu[:, None]) * weight * np.sqrt(nu[:, None])
    odd = (nu[:, None] / root - 1) * weight
    return candidates[_select([even, odd], tolerance)]


def _choose_times(reach, tolerance):
    s = np.geomspace(1e-3 / reach, 0.5, 240)
    pole_even, pole_odd = pole_to_tau(_geometric(_SMALLEST, 2 * reach), s)
    boson = boson_to_tau(_geometric(_SMALLEST, reach), s)
    families = [pole_even, pole_odd, boson * inverse_nu_to_tau(s)[:, None]]
    # Four beyond the rank: the fits back to frequency need the headroom to follow the
    # logarithm of the 1/nu tail, which the rank alone resolves only to 1e-7.
    return s[_select(families, tolerance, extra=4)]


def _build(reach, tolerance, order, far, candidates):
    # Matrices as small as these gain nothing from threads, which wait for each other spinning:
    # where something else runs on the cores, 5 s instead of 0.05.
    with threadpool_limits(1, user_api="blas"):
        return _fitted(reach, tolerance, order, far, candidates)


def _fitted(reach, tolerance, order, far, candidates):
    # Gaps are a few hundred pi T at most (T = 0.005 Tc0); what lies further out is
    # the tail of the propagators, which falls as 1/xi^2: weight it accordingly.
    xi = _geometric(_SMALLEST, reach / 2)
    weight = (1 + xi / 300.0) ** -2
    n = _choose_frequencies(candidates, xi, weight, tolerance)
    s = _choose_times(reach, tolerance)
    nu = 2.0 * n + 1
    root = np.sqrt(nu[:, None] ** 2 + xi**2)
    even, odd = 1 / root - 1 / nu[:, None], nu[:, None] / root - 1
    even_tau, odd_tau = bcs_to_tau(xi, s)
    # sum_n [1/sqrt - 1/nu] is the transform at s -> 0, where its error is (xi s)^2.
    total = bcs_to_tau(xi, np.array([1e-9 / reach]))[0]
    even_from_tau, odd_from_tau, normal_sum = _back_to_frequency(s, n, reach)
    return CompactAxis(
        n=n,
        nu=nu,
        tau=s,
        even_to_tau=_fit(even * weight, even_tau * weight),
        odd_to_tau=_fit(odd * weight / (1 + xi), odd_tau * weight / (1 + xi)),
        even_from_tau=even_from_tau,
        odd_from_tau=odd_from_tau,
        inverse_nu=inverse_nu_to_tau(s),
        tail_sum=_fit(even * weight, total * weight)[0],
        normal_sum=normal_sum,
        reach=reach,
        tolerance=tolerance,
        order=order,
        far=far,
        resolved=reach / _HEADROOM,
    )


@lru_cache(maxsize=8)
def compact_axis(reach=1e6, tolerance=1e-9, *, order=ORDER, far=FAR):
    """Build (once) the axis that resolves energies up to ``reach * pi T``.

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
    low = np.arange(40)
    high = np.rint(np.geomspace(40, reach / 2, 150)).astype(int)
    return _build(reach, tolerance, order, far, np.unique(np.concatenate([low, high])))


def _axis_like(reach, tolerance, order, far, n):
    axis = compact_axis(reach, tolerance, order=order, far=far)
    return axis if np.array_equal(axis.n, n) else evaluated_at(axis, n)


def axis_or_default(axis):
    """``axis``, or the default for None; raises for anything that is no axis."""
    if axis is None:
        return compact_axis()
    if not isinstance(axis, CompactAxis):
        fail("axis", "made by tlsjax.compact_axis()", repr(axis))
    return axis


@lru_cache(maxsize=8)
def coarser(axis):
    """The axis that error estimates compare ``axis`` with, and its rows in ``axis``.

    A tenth of the reach and of the quadrature's end, ten times the tolerance, fewer
    points per panel, on a subset of the frequencies.
    """
    candidates = axis.n[axis.n < axis.reach / 20]
    coarse = _build(axis.reach / 10, axis.tolerance * 10, axis.order - 4, axis.far / 10, candidates)
    return coarse, np.searchsorted(axis.n, coarse.n)


def evaluated_at(axis, n):
    """``axis`` with its results wanted at the indices ``n >= 0`` instead of its own."""
    n = np.asarray(n)
    with threadpool_limits(1, user_api="blas"):
        even, odd, normal = _back_to_frequency(axis.tau, n, axis.reach)
    return replace(
        axis, n=n, nu=2.0 * n + 1, even_from_tau=even, odd_from_tau=odd, normal_sum=normal
    )
