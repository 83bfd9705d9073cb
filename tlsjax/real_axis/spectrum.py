"""The solution on the real axis, as users see it."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tlsjax.core.pytrees import register, show
from tlsjax.core.status import is_ok, name_of, nan_unless, raise_unless_ok
from tlsjax.core.validation import Rule, fail, require
from tlsjax.model.ensemble import TLSEnsemble
from tlsjax.real_axis import spectral
from tlsjax.real_axis.green import RealAxis

# Energies evaluated together: one costs a row of a large matrix.
_BLOCK = 256


@register
@dataclass(frozen=True, repr=False)
class Spectrum:
    """Order parameter and retarded functions of a superconductor at real energies.

    Energies are in units of ``k_B Tc0``, densities of states in units of the normal one. The
    methods take energies of any sign and shape and are differentiable in them too.

    Attributes
    ----------
    order_parameter : scalar, Delta; exactly 0 in the normal state, NaN if the solve failed.
    status, iterations : int32 scalars.
    residual : scalar, largest violation of the equations, relative to their terms.
    error : scalar, estimated absolute error of ``order_parameter``; see `dos_error` for the
        density of states.
    ensemble, T, population, resolution : what was solved.
    """

    order_parameter: jax.Array
    status: jax.Array
    iterations: jax.Array
    residual: jax.Array
    error: jax.Array
    ensemble: TLSEnsemble
    T: jax.Array
    population: Any
    resolution: jax.Array
    fine: RealAxis
    coarse: RealAxis

    def __repr__(self):
        names = ("order_parameter", "error", "T", "population", "ensemble", "residual")
        pairs = (f"{name}={show(getattr(self, name))}" for name in names)
        return f"Spectrum({name_of(self.status)}, {', '.join(pairs)})"

    def check(self):
        """Return self; raise `ConvergenceError` if this is not an answer."""
        raise_unless_ok(self.status, "Spectrum")
        return self

    def dos(self, energy):
        """Density of states ``N(epsilon)/N_f = Im g`` (paper, Eq. 53), even in energy."""
        return self._at(energy, "dos")

    def pair_density(self, energy):
        """Spectrum of pairs ``P(epsilon)/N_f = Im f`` (Eq. 54), odd in energy."""
        return self._at(energy, "pair_density")

    def sigma_epsilon(self, energy):
        """Retarded ``Sigma_epsilon`` (Eq. 55), complex, elastic part included."""
        return self._at(energy, "sigma_epsilon")

    def sigma_delta(self, energy):
        """Retarded ``Sigma_Delta`` (Eq. 55), complex, elastic part included."""
        return self._at(energy, "sigma_delta")

    def dos_error(self, energy):
        """Estimated absolute error of `dos`: its distance to a calculation half as fine."""
        return self._at(energy, "dos_error")

    def table(self, energy, *names):
        """Several of the above at once, ``{name: values}``: one evaluation, compiled once."""
        unknown = [name for name in names if name not in spectral.VALUES]
        if unknown or not names:
            fail("names", f"among {', '.join(spectral.VALUES)}", ", ".join(unknown) or "none")
        require(Rule("energy", "finite", (energy,), np.isfinite))
        return dict(zip(names, _evaluate(self, energy, names), strict=True))

    def _at(self, energy, name):
        return self.table(energy, name)[name]

    @property
    def energy(self):
        """(N,) ascending positive energies that resolve the spectrum: `dos` drawn over these
        shows every peak. They are the nodes of a quadrature with weights ``energy_weights``."""
        return jnp.pi * self.T * self.fine.mesh.nodes

    @property
    def energy_weights(self):
        """(N,) such that ``energy_weights @ F(energy)`` integrates F over positive energies."""
        return jnp.pi * self.T * self.fine.mesh.weights

    @property
    def gap_edge(self):
        """Lowest energy with ``Re Delta(epsilon) = epsilon``; 0 where there is none.

        ``Delta(epsilon) = epsilon Delta_tilde/epsilon_tilde`` is the gap function. In the clean
        superconductor this is Delta; states below it are pair-broken or thermal. Features
        below the edge that are narrower than a hundredth of Delta are not looked at.
        """
        return spectral.gap_edge(self)

    @property
    def real_axis_order_parameter(self):
        """Delta from the gap equation on the real axis, an independent check.

        ``Delta = int_0^c tanh(epsilon/2T) Im f / [ln(T/Tc0) + int_0^c tanh(epsilon/2T)/epsilon]``
        with ``c`` the end of the mesh (section 4b of the theory): the right-hand side of the
        gap equation with the pair spectrum found here. It equals ``order_parameter``, which
        comes from the Matsubara sum, as far as both are right. In the normal state 0.
        """
        return spectral.real_axis_order_parameter(self)


@partial(jax.jit, static_argnums=2)
def _evaluate(spectrum, energy, names):
    energy = jnp.asarray(energy, dtype=float)

    def block(energy):
        return [spectral.VALUES[name](spectrum, energy) for name in names]

    values = _in_blocks(block, energy.ravel())
    answer = is_ok(spectrum.status)
    return [nan_unless(answer, value.reshape(energy.shape)) for value in values]


def _in_blocks(function, x):
    count = -(-x.shape[0] // _BLOCK)
    if count <= 1:
        return function(x)
    padded = jnp.concatenate([x, jnp.zeros(count * _BLOCK - x.shape[0])]).reshape(count, _BLOCK)
    return [values.ravel()[: x.shape[0]] for values in jax.lax.map(function, padded)]
