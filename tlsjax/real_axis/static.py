"""Thermal superconductors without bosons: the spectrum is algebraic at each energy.

With static scattering alone (`tlsjax.model.scattering`) no energy depends on another. At
``zeta = height - i E`` the propagator ``gamma = g/i`` of Abrikosov and Gor'kov (Sov. Phys. JETP 12,
1243, 1961) and Dynes (Phys. Rev. Lett. 41, 1509, 1978) is the root with ``Re gamma > 0`` of

    gamma sqrt(epsilon^2 + Delta^2) = epsilon,   epsilon = zeta + Gamma_d + 2 Gamma_m gamma,

and Delta(T) is the zero of one function of one variable. Several side by side are one program:
the sum of their densities of states is what a junction sees. Nothing needs a mesh, so that programs
compile in a second where those of `solve_spectrum` take half a minute; where both apply they agree
(tests/test_static.py).
"""

from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.lax import stop_gradient

from tlsjax.core.constants import WEAK_COUPLING_GAP_RATIO
from tlsjax.core.pytrees import register
from tlsjax.core.status import Status, is_ok
from tlsjax.core.validation import holds, is_known
from tlsjax.matsubara.axis import CompactAxis, compact_axis
from tlsjax.matsubara.equations import Coefficients, GapEquations
from tlsjax.matsubara.pair_breaking import PairBreaking, ratio, source, source_sum
from tlsjax.model.hosts import WeakCouplingHost
from tlsjax.model.superconductor import Superconductor
from tlsjax.numerics.bracketing import decreasing_root

# Steps of the search for ln Delta, its last change, and where it begins to look for a gap:
# Delta is a thousandth of pi T there, within 1e-7 of Tc.
_STEPS, _TOLERANCE, _LOWEST = 60, 1e-9, -7.0
# No transition is looked for further below Tc0, in ln T.
_FAR_BELOW = 5.0
# Distances of an edge's panels from it, in units of the height, which is how sharp it is there.
_GRADED = 0.5 * 2.0 ** np.arange(9)
# Cells of a Gaussian distribution of gaps and where it ends, in standard deviations.
_CELLS, _FARTHEST = 32, 4.0
# Cells with their exact shares have a variance larger by a sixth of their width squared: half of
# it from the middles of the cells (Sheppard), half from inside them. This takes it out again.
_NARROWED = (1 + (2 * _FARTHEST / _CELLS) ** 2 / 6) ** -0.5
# Steps of Newton's method for a propagator at a height of a share of pi T, where 6 leave rounding,
# and on the axis, where a step at an edge only halves the distance.
_STEPS_ABOVE, _STEPS_ON_AXIS = 10, 48
# Smallest height, in units of the largest energy.
_CLOSE = 1e-7
# Smallest relative width, for which the formula holds: as good as none.
_NARROWEST = 1e-5


def is_static(superconductor: Superconductor) -> bool:
    """Whether these formulas apply: no bosons, and a host that is one number or two."""
    return not superconductor.impurities and isinstance(superconductor.host, WeakCouplingHost)


@partial(register, static=("steps",))
@dataclass(frozen=True)
class StaticGreen:
    """The Green's function at one height above the real axis.

    Attributes
    ----------
    order_parameter : (B,) energies of the bands; share : (B,), what each has of the sum.
    breaking : PairBreaking, (B,) energies; its magnetic rate is None where there is a spread.
    spread : rms width of a Gaussian distribution of gaps in units of their mean, or None.
    height : energy
    steps : static, of Newton's method.
    """

    order_parameter: jax.Array
    share: jax.Array
    breaking: PairBreaking
    spread: jax.Array | None
    height: jax.Array
    steps: int

    @property
    def breakpoints(self) -> jax.Array:
        """Ends of panels that resolve the edge of the gap: that of a clean superconductor, and
        that of one with magnetic scattering (Skalski, Betbeder-Matibet and Weiss)."""
        delta = self.order_parameter
        edges = [delta]
        if self.breaking.magnetic is not None:
            share = 2 * self.breaking.magnetic / jnp.where(delta > 0, delta, 1.0)
            edges.append(delta * jnp.maximum(1 - jnp.cbrt(share) ** 2, 0.0) ** 1.5)
        distance = self.height * np.concatenate([-_GRADED, [0.0], _GRADED])
        found = jnp.concatenate(edges)[:, None] + distance
        return jnp.sort(jnp.maximum(stop_gradient(found), 0.0).ravel())

    @property
    def edges(self) -> jax.Array:
        """(B,) edges of the bands without pair breaking."""
        return self.order_parameter

    def excess(self, energy: jax.Array, _=None) -> jax.Array:
        """``gamma - 1`` at positive energies (N,)."""
        each = _averaged if self.spread is not None else partial(_sharp, self.steps)
        zeta = self.height - 1j * energy
        by_band = jax.vmap(each, in_axes=(None, 0, 0, None))
        found = by_band(zeta, self.order_parameter, self.breaking, self.spread)
        return self.share @ (found - 1)

    def dos(self, energy: jax.Array) -> jax.Array:
        """Density of states at any energies."""
        found = 1 + self.excess(jnp.abs(energy).ravel()).real
        return found.reshape(energy.shape)


def _sharp(steps, zeta, delta, breaking, _):
    """``gamma`` of one gap."""
    v = ratio(breaking.on_frequency(zeta), 1.0, delta**2, breaking, steps)
    return 1 / jnp.sqrt(1 + delta**2 * v**2)


def _averaged(zeta, delta, breaking, spread):
    """``gamma`` of gaps with a Gaussian distribution, constant in each of its cells:
    ``int dDelta zeta/sqrt(zeta^2 + Delta^2) = zeta asinh(Delta/zeta)``."""
    # Here, and not above: a command that finds its program on disk does without, and sooner.
    from scipy.special import ndtr

    zeta = breaking.on_frequency(zeta)[:, None]
    spread = _NARROWED * jnp.sqrt(spread**2 + _NARROWEST**2)
    ends = np.linspace(-_FARTHEST, _FARTHEST, _CELLS + 1)
    share = np.diff(ndtr(ends))
    # A gap of either sign is the same.
    gap = jnp.where(delta > 0, delta, 1.0) * (1 + spread * ends)
    means = jnp.diff(zeta * jnp.arcsinh(gap / zeta), axis=1) / jnp.diff(gap)
    return jnp.where(delta > 0, means @ (share / share.sum()), 1.0)


@register
@dataclass(frozen=True)
class StaticSpectrum:
    """What a junction needs of a `Spectrum`, with the same names."""

    fine: StaticGreen
    coarse: StaticGreen
    T: jax.Array
    resolution: jax.Array
    status: jax.Array
    # One point, not a batch of them.
    batch = ()

    @property
    def order_parameter(self) -> jax.Array:
        """(B,) Delta(T) of the bands."""
        return self.fine.order_parameter

    def dos(self, energy: jax.Array) -> jax.Array:
        """Density of states at any energies."""
        return self.fine.dos(energy)


def solve_static_spectrum(bands, shares, T, spread=None, resolution=0.0) -> StaticSpectrum:
    """`StaticSpectrum` of superconductors for which `is_static` holds, each with its share.

    ``spread`` is the relative rms width of a Gaussian distribution of gaps about each Delta(T);
    with one there is no magnetic scattering. ``resolution`` is the height above the real axis.
    """
    T = jnp.asarray(T, dtype=float)
    together = jax.tree.map(lambda *leaves: jnp.stack(leaves), *bands)
    delta, status = jax.vmap(static_order_parameter, in_axes=(0, None))(together, T)
    rates = together.scattering
    breaking = PairBreaking(rates.dynes, None if spread is not None else rates.magnetic)
    # Whoever asks for none wants the axis itself.
    on_axis = is_known(resolution) and not np.any(resolution)
    steps = _STEPS_ON_AXIS if on_axis else _STEPS_ABOVE
    # There an edge is infinite.
    height = jnp.maximum(resolution, _CLOSE * (jnp.max(delta) + T))
    green = StaticGreen(delta, jnp.stack(shares), breaking, spread, height, steps)
    valid = holds(*(rule for band in bands for rule in band.rules()))
    # The worst of them.
    status = jnp.where(valid, jnp.max(status), Status.INVALID).astype(jnp.int32)
    return StaticSpectrum(green, green, T, height, status)


class _OnlyStatic(NamedTuple):
    """An `Interaction` of no bosons, as far as the host's equation goes."""

    breaking: PairBreaking


class _Balance(NamedTuple):
    """The gap equation as a function of ``ln Delta/(pi T)``, decreasing; static and hashable."""

    axis: CompactAxis

    def __call__(self, y, theta):
        log_T, closure, breaking = theta
        X, nu = jnp.exp(2 * y), self.axis.nu
        v = ratio(breaking.on_frequency(nu), 1.0, X, breaking)
        r = v / jnp.sqrt(1 + X * v**2) - source(nu, breaking.gamma)
        coefficients = Coefficients(_OnlyStatic(breaking), log_T, closure, None)
        return -GapEquations(self.axis).closure(r, 1.0, X, coefficients)


def static_order_parameter(superconductor, T):
    """``(Delta(T), status)`` of a superconductor for which `is_static` holds."""
    host, rates = superconductor.host, superconductor.scattering
    unit, axis = jnp.pi * T, compact_axis()
    scaled = (None if rate is None else rate / unit for rate in (rates.dynes, rates.magnetic))
    breaking, closure = PairBreaking(*scaled), host.closure()
    theta = jnp.log(T), closure, breaking
    # In the normal state a small order parameter does not grow.
    normal = jnp.log(T) + closure.constant - source_sum(breaking.gamma) >= 0
    clean = WEAK_COUPLING_GAP_RATIO / 2 * host.Tc0
    clean = clean * jnp.sqrt(1.0 if closure.stretch is None else closure.stretch)
    reduced = jnp.sqrt(jnp.maximum(host.Tc0 / T - 1, 1e-6))
    guess = jnp.log(clean * jnp.tanh(1.74 * reduced) / unit)
    start = stop_gradient((guess, _LOWEST, jnp.maximum(guess, _LOWEST) + 1))
    y, status, _ = decreasing_root(_Balance(axis), _STEPS, start, _TOLERANCE, theta, first=0.05)
    status = jnp.where(normal | ((status == Status.NOT_FOUND) & (y <= _LOWEST)),
                       Status.NORMAL, status)  # fmt: skip
    lost = is_ok(status) & (jnp.exp(y) > axis.resolved) & ~normal
    status = jnp.where(lost, Status.OUT_OF_RANGE, status)
    return jnp.where(status == Status.NORMAL, 0.0, unit * jnp.exp(y)), status


def static_transition(superconductor):
    """``(Tc, status)``: where ``ln(Tc/Tc0)`` is the digamma law of the pair-breaking rates."""
    host, rates = superconductor.host, superconductor.scattering
    gamma = PairBreaking(rates.dynes, rates.magnetic).gamma
    gamma = jnp.zeros(()) if gamma is None else gamma
    log_Tc0 = jnp.log(host.Tc0)
    start = stop_gradient((log_Tc0, log_Tc0 - _FAR_BELOW, log_Tc0 + 1e-3))
    y, status, _ = decreasing_root(_law, _STEPS, start, _TOLERANCE, (log_Tc0, gamma), first=0.05)
    return jnp.exp(y), status


def _law(log_T, theta):
    log_Tc0, gamma = theta
    return log_Tc0 + source_sum(gamma / (jnp.pi * jnp.exp(log_T))) - log_T
