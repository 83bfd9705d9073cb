"""The matrices of the compact Matsubara axis: fitted in NumPy, once per process.

To closed-form functions that span what the theory can produce:

* ``1/sqrt(nu^2 + xi^2)`` and ``nu/sqrt(nu^2 + xi^2)``, the BCS propagators of gap ``xi``.
  Superposed over ``xi`` they make every even or odd propagator, with the right tails
  (``1/nu`` and ``1``), which is what lets the sums run to infinity with no cutoff;
* ``2 eta/(4 m^2 + eta^2)``, the propagator of a boson of energy ``eta``.

Everything is dimensionless: fermion frequencies are ``nu = 2n+1 = epsilon_n/(pi T)``,
energies are in units of ``pi T``, imaginary times are ``s = tau T`` in ``(0, 1/2]``.
"""

from typing import NamedTuple

import numpy as np
from scipy.linalg import qr
from threadpoolctl import threadpool_limits

from tlsjax.matsubara.transforms import (
    bcs_to_tau,
    boson_on_inverse_nu,
    boson_running_sum,
    boson_to_tau,
    inverse_nu_to_tau,
    pole_to_tau,
)

# Smallest energy resolved, in units of pi T. Fermion functions vary on the scale
# nu = 1 at the least, boson functions (m = 0 removed) on 2, so 0.15 is well inside
# the region where each family has already become a power law.
_SMALLEST = 0.15
# Spacing of the training functions on the logarithmic scale. The functions are
# convolutions with sech(ln nu), whose Fourier transform has fallen to 1e-14 at the
# Nyquist frequency of 4 per e-fold: denser training adds no new direction.
_PER_EFOLD = 4.0
# Singular values below this are rounding noise of the training matrices.
_ROUNDING = 1e-14


class Matrices(NamedTuple):
    """The arrays of a `tlsjax.matsubara.axis.CompactAxis`, under the names they have there."""

    n: np.ndarray
    tau: np.ndarray
    even_to_tau: np.ndarray
    odd_to_tau: np.ndarray
    even_from_tau: np.ndarray
    odd_from_tau: np.ndarray
    inverse_nu: np.ndarray
    tail_sum: np.ndarray
    normal_sum: np.ndarray

    def at(self, n, reach):
        """The same with results at the indices ``n``."""
        with _one_thread():
            even, odd, normal_sum = _back_to_frequency(self.tau, n, reach)
        return self._replace(n=n, even_from_tau=even, odd_from_tau=odd, normal_sum=normal_sum)


def _one_thread():
    # Matrices as small as these gain nothing from threads, which wait for each other spinning:
    # where something else runs on the cores, 5 s instead of 0.05.
    return threadpool_limits(1, user_api="blas")


def fitted(reach, tolerance, candidates) -> Matrices:
    """`Matrices` with the indices among ``candidates`` that determine all others."""
    with _one_thread():
        return _fitted(reach, tolerance, candidates)


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


def _fitted(reach, tolerance, candidates):
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
    return Matrices(
        n=n,
        tau=s,
        even_to_tau=_fit(even * weight, even_tau * weight),
        odd_to_tau=_fit(odd * weight / (1 + xi), odd_tau * weight / (1 + xi)),
        even_from_tau=even_from_tau,
        odd_from_tau=odd_from_tau,
        inverse_nu=inverse_nu_to_tau(s),
        tail_sum=_fit(even * weight, total * weight)[0],
        normal_sum=normal_sum,
    )
