"""What a distribution p(E) of the level splittings is, and quadratures that several share.

Each is a frozen dataclass and a pytree: its fields are traced, differentiated and
vmapped like any array, and a gradient with respect to a distribution is a
distribution of derivatives. Energies are in units of k_B Tc0.

A distribution has three methods. ``pdf(E)`` is the density, normalised on [0, inf).
``rules()`` are the domains of its parameters. ``quadrature(T, order, far)`` returns nodes ``E``
and weights such that ``sum(weights * F(E)) = int dE p(E) F(E)`` for every even ``F``
whose singularities are on the imaginary axis no closer than ``pi T``: that is what the
equilibrium theory averages.

On the real axis there are no such promises, and averages are composite rules on panels
(`tlsjax.numerics.panels`). For these a distribution says where it is sharp: ``features()`` are
pairs (position, width), smooth but for a width around the position, in a variable of its
own, ``variable(E)``, in which its ``density`` is smooth and from which ``energy`` leads back.
"""

import dataclasses

import jax.numpy as jnp
import numpy as np
from jax.lax import stop_gradient

from tlsjax.core.validation import fail
from tlsjax.numerics.quadrature import sinh_panel

# Points in one panel. 16 leaves an error below 1e-9 of Delta for every distribution
# here down to widths of 1e-3 and T = 0.005 Tc0 (tests/test_splittings.py).
ORDER = 16
# Heavy tails p ~ 1/E^2 are integrated up to this energy, in units of the largest of the
# distribution's own scales and pi T. What is left out shifts Delta by the order of
# (ln(FAR)/FAR)^2 < 1e-7 of the whole effect.
FAR = 1e5


def thermal_scale(T, limit):
    # Where the population tanh(E/2T) varies. Only places the nodes, so no gradient.
    return stop_gradient(jnp.minimum(jnp.pi * T, limit))


def peaked(T, peak, width, low_scale, tail_scale, order, far):
    """Nodes for a density with a peak of ``width`` at ``peak`` and a 1/E^2 tail.

    ``low_scale`` is where the density varies near E = 0, ``tail_scale`` where its tail
    begins.
    """
    pi_T = jnp.pi * T
    # The singularity nearest to the peak is its own or the population's.
    thermal = stop_gradient(jnp.sqrt(peak**2 + pi_T**2))
    width = jnp.minimum(width, thermal)
    middle = peak / 2
    end = stop_gradient(far * jnp.maximum(peak + tail_scale, pi_T))
    pieces = [
        sinh_panel(0.0, middle, 0.0, thermal_scale(T, low_scale), 2, order),
        sinh_panel(middle, peak, peak, width, 2, order),
        sinh_panel(peak, peak + end, peak, width, 5, order),
    ]
    nodes, weights = zip(*pieces, strict=True)
    return jnp.concatenate(nodes), jnp.concatenate(weights)


class Distribution:
    """A density of level splittings; see the module."""


class SmoothInEnergy(Distribution):
    """Distributions whose density needs no substitution."""

    @staticmethod
    def variable(E):
        """The variable in which the density is smooth: the energy itself."""
        return E

    @staticmethod
    def energy(s):
        """Splitting at the variable ``s``."""
        return s

    def density(self, s):
        """Density in ``s``: ``int ds density(s) = 1``."""
        return self.pdf(s)


def require_distribution(name, value):
    """Raise unless ``value`` is one of the distributions."""
    if not isinstance(value, Distribution):
        fail(name, "a distribution such as Lorentzian(J=1.0, sigma=0.1)", repr(value))


def energy_parameters(splittings):
    """Names of the scalar parameters of a distribution, all of them energies."""
    values = {
        field.name: getattr(splittings, field.name) for field in dataclasses.fields(splittings)
    }
    return tuple(n for n, v in values.items() if not isinstance(v, bool) and np.ndim(v) == 0)
