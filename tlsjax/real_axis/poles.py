"""What the Matsubara frequencies contribute to the self energies near the real axis.

With the propagators at the Matsubara frequencies known, the equations at any height below
``pi T`` contain only shifts of the unknown propagators (`tlsjax.contour.kernels`) and the sum over
poles

    (2/pi) sum_n F(nu_n) int dE rho d [m_n(zeta-iE) - m_n(zeta+iE)]/2i,
    m_n(zeta) = 1/(zeta-nu_n) -+ 1/(zeta+nu_n),

smooth on the scale ``pi T``. In time it is a product too, with ``S(t) = sum_n F(nu_n)
exp(-nu_n t)``: (4/pi) int dt odd(t) S(t) sinh(zeta t), or cosh for the anomalous part. The
first pole is left to the shifts, where it cancels against the tangent.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from tlsjax.contour.axis import GREGORY, LOGARITHMIC, LineAxis
from tlsjax.contour.equations import Matsubara, summed_nu
from tlsjax.contour.kernels import TimeKernels

# The sums are tabulated this much finer than the line and interpolated with so many
# points: their nearest singularity is 3 - 1 away, and the error is 1e-11.
_FINER, _STENCIL = 4, 10


class PoleTable(NamedTuple):
    """Pole sums on a uniform grid of energies at one height, and the first pole's weight.

    normal, anomalous : (N,) complex; ``step`` their spacing, units of ``pi T``.
    first : (gamma_0, phi_0), propagators at the first Matsubara frequency.
    constant : constant part ``s`` of ``delta_tilde/u``.
    strength : size of all self energies, in units of ``pi T``.
    height : Re zeta.
    """

    normal: jax.Array
    anomalous: jax.Array
    step: float
    first: tuple
    constant: jax.Array
    strength: jax.Array
    height: jax.Array

    @property
    def reach(self):
        """Energy up to which the table is free of the line's ends."""
        return 0.4 * self.normal.shape[0] * self.step


def pole_table(
    matsubara: Matsubara, kernels: TimeKernels, line: LineAxis, height: jax.Array
) -> PoleTable:
    """`PoleTable` at ``Re zeta = height < 1``."""
    nu = summed_nu(line)
    t = line.t
    decay = line.exponentials(nu[1:]) * np.array(line.n_weights)[1:, None]
    # The normal state and the 1/nu tail in closed form, less their first terms.
    inner = np.where(t > 0, t, 1.0)
    first = np.exp(-t)
    normal_state = np.where(t > 0, 0.5 / np.sinh(inner), 0.0) - first
    inverse_nu = np.arctanh(np.exp(-np.maximum(t, line.dt / 2))) - first
    normal = (normal_state + matsubara.h[1:] @ decay) * kernels.odd
    anomalous = (matsubara.s * inverse_nu + matsubara.r[1:] @ decay) * kernels.odd
    # odd/(2 sinh) tends to a constant at t = 0.
    normal = normal.at[0].set(3 * normal[1] - 3 * normal[2] + normal[3])

    def transform(signal, ends, sign):
        forward = line.fourier(signal * jnp.exp(height * t), ends, _FINER)
        backward = jnp.conj(line.fourier(signal * jnp.exp(-height * t), ends, _FINER))
        return 2 / jnp.pi * (forward + sign * backward)

    zeta = height - 1j * np.arange(_FINER * line.points + 1) * line.step / _FINER
    far = kernels.mass + kernels.slope * zeta
    table = transform(normal, GREGORY, -1) + far, transform(anomalous, LOGARITHMIC, 1)
    strength = jnp.abs(kernels.even[0]) + jnp.abs(kernels.mass)
    step = line.step / _FINER
    return PoleTable(*table, step, matsubara.first, matsubara.s, strength, height)


def at_energies(table: PoleTable, x):
    """``(normal, anomalous)`` pole sums at energies ``x >= 0`` (any shape), Lagrange."""
    position = x / table.step
    last = table.normal.shape[0] - _STENCIL
    cell = jnp.clip(jnp.floor(position).astype(int) - _STENCIL // 2 + 1, -_STENCIL, last)
    offset = position - cell
    k = np.arange(_STENCIL)
    # Below zero the table continues as its complex conjugate.
    index = cell[..., None] + k
    itself = np.eye(_STENCIL, dtype=bool)
    distance = np.where(itself, 1, k[:, None] - k)
    factors = jnp.where(itself, 1.0, (offset[..., None, None] - k) / distance)
    weights = jnp.prod(factors, axis=-1)

    def interpolate(values):
        nearby = values[jnp.abs(index)]
        nearby = jnp.where(index < 0, jnp.conj(nearby), nearby)
        return jnp.sum(weights * nearby, axis=-1)

    return interpolate(table.normal), interpolate(table.anomalous)


def shift_sources(table: PoleTable, zeta, gamma, phi):
    """``(w_normal, w_anomalous)``: tangent times propagator, its nearest pole removed."""
    tangent = jnp.tan(jnp.pi * zeta / 2)
    up, down = 1 / (zeta - 1), 1 / (zeta + 1)
    gamma_0, phi_0 = table.first
    normal = tangent * gamma + 2 / jnp.pi * gamma_0 * (up - down)
    return normal, tangent * phi + 2 / jnp.pi * phi_0 * (up + down)
