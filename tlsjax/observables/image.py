"""The conductance of a junction over all biases, as a cosine series, and what is read off it.

    G(V) - 1 = c_0 + 2 sum_k c_k cos(t_k V),   I(V) = int_0^V dV' G(V'),

exactly the same coefficients for both. Behind a series resistance, in units of the junction's
normal one, the bias applied is ``x = V + rho I(V)`` and ``dI/dx = G/(1 + rho G)``.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.lax import stop_gradient

from tlsjax.core.status import nan_unless
from tlsjax.numerics.nonuniform import from_frequencies, stencil
from tlsjax.observables.kernel import times

# Steps of Newton's method from the nearest points of the grid, which resolves the current: each
# doubles the digits, of which the grid gives two.
_NEWTON = 4
# Largest violation of the equation of the series resistance, relative to the largest bias; below it
# rounding, above it a junction that jumps along its load line.
_SOLVED = 1e-9


class Image(NamedTuple):
    """``coefficients`` c_k (K + 1,) at the times of a grid of 2 K energies, ``step`` apart."""

    coefficients: jax.Array
    step: jax.Array

    @property
    def size(self):
        """Number of energies of the grid."""
        return 2 * (self.coefficients.shape[0] - 1)

    @property
    def _of_current(self):
        """Coefficients of ``I(V) - (1 + c_0) V``."""
        t = times(self.step, self)[1:]
        return jnp.concatenate([jnp.zeros(1), self.coefficients[1:] / (1j * t)])

    def conductance(self, bias):
        """``G(V)`` at each bias (M,)."""
        return 1 + from_frequencies(
            self.coefficients, stencil(bias / self.step, self.size), self.size
        )

    def current(self, bias):
        """``I(V)`` at each bias (M,)."""
        there, back = (
            from_frequencies(self._of_current, stencil(x / self.step, self.size), self.size)
            for x in (bias, -bias)
        )
        # An odd function, made exactly so.
        return bias * (1 + self.coefficients[0]) + (there - back) / 2

    @property
    def times(self):
        """Number of times, as a window has it."""
        return self.size // 2

    def behind(self, resistance, bias):
        """Bias at the junction (M,), that applied less what drops over a series resistance."""

        def excess(V):
            return V + resistance * self.current(V) - bias

        V = stop_gradient(self._nearest(resistance, bias))
        for _ in range(_NEWTON):
            V = V - stop_gradient(excess(V) / (1 + resistance * self.conductance(V)))
        # One step more, from the solution: its derivative is that of the implicit function.
        slope = stop_gradient(1 + resistance * self.conductance(V))
        V = V - excess(V) / slope
        largest = jnp.max(jnp.abs(bias), initial=0.0)
        return nan_unless(jnp.abs(excess(V)) <= _SOLVED * largest, V)

    def _nearest(self, resistance, bias):
        """The same, by linear interpolation on the grid."""
        V = self.step * jnp.arange(self.times + 1)
        periodic = jnp.fft.irfft(self._of_current, n=self.size) * self.size
        current = V * (1 + self.coefficients[0]) + periodic[: self.times + 1]
        # Where the conductance is so negative that the junction jumps, it goes on to where it ends.
        applied = jax.lax.cummax(V + resistance * current)
        return jnp.sign(bias) * jnp.interp(jnp.abs(bias), applied, V)
