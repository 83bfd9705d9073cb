"""The solution on the real axis, as users see it."""

import warnings
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from tlsjax.core.programs import program
from tlsjax.core.results import Solution, solution
from tlsjax.core.status import Status, is_ok, nan_unless
from tlsjax.core.validation import Rule, fail, require
from tlsjax.model.superconductor import Superconductor
from tlsjax.numerics.blocks import in_blocks
from tlsjax.real_axis import spectral
from tlsjax.real_axis.green import Fields, Green

# Energies evaluated together: one costs a row of a large matrix.
_BLOCK = 256


@solution(static=("batch",))
class Spectrum(Solution):
    """Order parameter and retarded functions of a superconductor at real energies.

    Energies are in the superconductor's unit, densities of states in units of the normal one.
    The methods take energies of any sign and shape and are differentiable in them too. Of a
    batch every array has the batch's shape in front.

    Attributes
    ----------
    order_parameter : scalar, as in `EquilibriumState`; exactly 0 in the normal state, NaN if
        the solve failed.
    status, iterations : int32 scalars.
    residual : scalar, largest violation of the equations, relative to their terms.
    error : scalar, estimated absolute error of ``order_parameter``; see `dos_error` for the
        density of states.
    superconductor, T, population, resolution : what was solved.
    fine, coarse : Green, the Green's function and a coarser one for error estimates, None where
        none were asked for.
    """

    what = "Spectrum"
    value = "order_parameter"
    shown = ("order_parameter", "error", "T", "population", "superconductor", "residual")
    arrays = ("resolution", "iterations")

    order_parameter: jax.Array
    status: jax.Array
    iterations: jax.Array
    residual: jax.Array
    error: jax.Array
    superconductor: Superconductor
    T: jax.Array
    population: Any
    resolution: jax.Array
    fine: Green
    coarse: Green | None
    batch: tuple

    def green(self, energy: ArrayLike) -> Fields:
        """``(epsilon_tilde, delta_tilde, g, f)`` at any energies, all scattering included.

        ``g = epsilon_tilde/sqrt(delta_tilde^2 - epsilon_tilde^2)``, ``f`` likewise; see
        `energy`, `energy_weights` and `breakpoints` for a quadrature that resolves them.
        """
        energy = _checked(energy)
        return Fields(*_evaluate(self, energy, "green"))

    def dos(self, energy: ArrayLike) -> jax.Array:
        """Density of states ``N(epsilon)/N_f = Im g`` (paper, Eq. 53), even in energy."""
        return self._at(energy, "dos")

    def pair_density(self, energy: ArrayLike) -> jax.Array:
        """Spectrum of pairs ``P(epsilon)/N_f = Im f`` (Eq. 54), odd in energy."""
        return self._at(energy, "pair_density")

    def sigma_epsilon(self, energy: ArrayLike) -> jax.Array:
        """Retarded ``Sigma_epsilon = epsilon - epsilon_tilde`` (Eq. 55), complex."""
        return self._at(energy, "sigma_epsilon")

    def sigma_delta(self, energy: ArrayLike) -> jax.Array:
        """Retarded ``Sigma_Delta``, ``delta_tilde`` less its constant part (Eq. 55), complex."""
        return self._at(energy, "sigma_delta")

    def dos_error(self, energy: ArrayLike) -> jax.Array:
        """Estimated absolute error of `dos`: twice its distance to a coarser calculation,
        four times with a sharp bath beside a continuous one, or a `BurntHole`.

        On a mesh the largest distance at three energies of a panel; of a single splitting alone,
        where each energy is solved by itself, that at this one. In both no less than a share of
        what the distance of the two order parameters makes of ``g`` in a BCS superconductor.
        """
        return self._at(energy, "dos_error")

    def table(self, energy: ArrayLike, *names: str) -> dict[str, jax.Array]:
        """Several of the above at once, ``{name: values}``: one evaluation, compiled once."""
        unknown = [name for name in names if name not in spectral.NAMES]
        if unknown or not names:
            shown = ", ".join(map(str, unknown)) or "none"
            fail("names", f"among {', '.join(spectral.NAMES)}", shown)
        if spectral.DOS_ERROR in names:
            require_errors(self)
        found = dict(zip(names, _evaluate(self, _checked(energy), names), strict=True))
        status = self.status_of(*found.values())
        if not isinstance(status, jax.core.Tracer) and status == Status.UNSOLVED_ENERGIES:
            warnings.warn(f"Spectrum: {Status.UNSOLVED_ENERGIES.help}.", stacklevel=3)
        return found

    def status_of(self, *values: jax.Array) -> Any:
        """How an evaluation ended: ``status``, or `Status.UNSOLVED_ENERGIES` where the spectrum is
        an answer but some of ``values``, read off it, are NaN; of a batch the worst."""
        traced = any(isinstance(x, jax.core.Tracer) for x in (self.status, *values))
        xp = jnp if traced else np
        status = xp.asarray(self.status)
        lost = [xp.isnan(x).reshape(*status.shape, -1).any(axis=-1) for x in values]
        lost = xp.any(xp.stack(lost), axis=0) & is_ok(status)
        return xp.where(lost, int(Status.UNSOLVED_ENERGIES), status).max()

    def _at(self, energy, name):
        return self.table(energy, name)[name]

    @property
    def energy(self) -> jax.Array:
        """(N,) ascending positive energies that resolve the spectrum: `dos` drawn over these
        shows every peak. They are the nodes of a quadrature with weights ``energy_weights``."""
        return self._each(lambda green: green.nodes)

    @property
    def energy_weights(self) -> jax.Array:
        """(N,) such that ``energy_weights @ F(energy)`` integrates F over positive energies."""
        return self._each(lambda green: green.weights)

    @property
    def breakpoints(self) -> jax.Array:
        """(P + 1,) ends of the panels of that quadrature, from 0."""
        return self._each(lambda green: green.breakpoints)

    @property
    def at_nodes(self) -> Fields:
        """What `green` gives at the energies ``energy``, without solving anything again."""
        return self._each(lambda green: green.at_nodes())

    @property
    def gap_edge(self) -> jax.Array:
        """Lowest energy with ``Re Delta(epsilon) = epsilon``; 0 where there is none.

        ``Delta(epsilon) = epsilon Delta_tilde/epsilon_tilde`` is the gap function. In the clean
        superconductor this is Delta; states below it are pair-broken or thermal. Features
        below the edge that are narrower than a hundredth of Delta are not looked at. NaN where the
        mesh says that there is an edge and the equations do not.
        """
        return _gap_edge(self)

    @property
    def real_axis_order_parameter(self) -> jax.Array:
        """The order parameter from the spectrum found here, an independent check.

        With a weak-coupling host the right-hand side of its gap equation,
        ``Delta = int_0^c tanh(epsilon/2T) Im f / [ln(T/Tc0) + int_0^c tanh(epsilon/2T)/epsilon]``
        with ``c`` the end of the mesh (section 4b of the theory); otherwise
        ``Delta_0 = epsilon_0 f(i epsilon_0)/g(i epsilon_0)`` with both as integrals over their
        spectra. It equals ``order_parameter``, which comes from the Matsubara sums, as far as both
        are right. In the normal state 0.
        """
        return _real_axis_order_parameter(self)

    def plot(self, ax: Any = None) -> Any:
        """Draw the density of states.

        Returns the matplotlib axes; ``ax=None`` makes new ones.
        """
        from tlsjax.plotting import results

        return results.plot_spectrum(self, ax)

    def _each(self, function):
        return over_points(self, lambda fine, coarse: function(fine))


def _checked(energy):
    require(Rule("energy", "finite", (energy,), np.isfinite))
    return energy


def require_errors(spectrum):
    """Refuse a spectrum without a coarser one, for what reports its own error."""
    if spectrum.coarse is None:
        fail("spectrum", "solved with errors=True, for an error of what is read off it", "not")


def over_points(spectrum, function, *values):
    """``function(fine, coarse, *values)`` for every point of a spectrum's batch.

    Functions of ``coarse`` need `require_errors` first.
    ``values`` are numbers, or arrays that broadcast to the batch's shape.
    """
    if not spectrum.batch:
        return function(spectrum.fine, spectrum.coarse, *values)
    depth = len(spectrum.batch)
    greens = (spectrum.fine, spectrum.coarse)
    flat = jax.tree.map(lambda x: x.reshape(-1, *x.shape[depth:]), greens)
    spread = [jnp.broadcast_to(value, spectrum.batch).ravel() for value in values]
    found = jax.lax.map(lambda point: function(*point), (*flat, *spread))
    return jax.tree.map(lambda x: x.reshape(*spectrum.batch, *x.shape[1:]), found)


@program(static_argnums=2)
def _evaluate(spectrum, energy, names):
    energy = jnp.asarray(energy, dtype=float)

    def values(fine, coarse):
        def block(energy):
            if names == "green":
                return list(fine.at(energy))
            return spectral.at_energies(fine, coarse, energy, names)

        found = in_blocks(block, energy.ravel(), _BLOCK)
        return [value.reshape(energy.shape) for value in found]

    answer = is_ok(spectrum.status)
    found = over_points(spectrum, values)
    return [nan_unless(answer.reshape(answer.shape + (1,) * energy.ndim), value) for value in found]


@program
def _gap_edge(spectrum):
    edge = over_points(spectrum, lambda fine, _: spectral.gap_edge(fine))
    return nan_unless(is_ok(spectrum.status), edge)


@program
def _real_axis_order_parameter(spectrum):
    of_constant = spectrum.superconductor.host.reports_constant
    # A host with a gap ratio of its own has no gap equation at real energies.
    of_constant &= spectrum.fine.given.closure.stretch is None

    def one(fine, _):
        return spectral.real_axis_order_parameter(fine, of_constant)

    return nan_unless(is_ok(spectrum.status), over_points(spectrum, one))
