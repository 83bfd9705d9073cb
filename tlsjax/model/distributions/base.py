"""What a distribution p(E) of the level splittings is, and quadratures that several share.

Each is a frozen dataclass and a pytree: its fields are traced, differentiated and batched
like any array, and a gradient with respect to a distribution is a distribution of
derivatives. Energies are in the unit of the superconductor they are put in, ``k_B Tc0`` by
default.
"""

import dataclasses
from typing import Self

import jax
import jax.numpy as jnp
import numpy as np
from jax.lax import stop_gradient
from numpy.typing import ArrayLike

from tlsjax.core.validation import fail, require
from tlsjax.numerics.panels import SMALLEST, graded
from tlsjax.numerics.quadrature import composite, sinh_panel

# Points in one panel. 16 leaves an error below 1e-9 of Delta for every distribution
# here down to widths of 1e-3 and T = 0.005 Tc0 (tests/test_distributions.py).
ORDER = 16
# Heavy tails p ~ 1/E^2 are integrated up to this energy, in units of the largest of the
# distribution's own scales and pi T. What is left out shifts Delta by the order of
# (ln(FAR)/FAR)^2 < 1e-7 of the whole effect.
FAR = 1e5


class Distribution:
    """A density of level splittings on E >= 0; subclass it for one of your own.

    A subclass is made a pytree by `tlsjax.parameters` (its example is a complete one) and has
    three methods: ``pdf``, ``rules`` and ``features``. The others have defaults; override
    ``variable``, ``energy`` and ``density`` where the density is singular in E and smooth in
    another variable, and ``quadrature`` where fewer nodes will do.
    """

    # True where all weight sits at isolated energies and `pdf` is infinite.
    is_sharp = False

    def pdf(self, E: ArrayLike) -> jax.Array:
        """Density at ``E >= 0``, any shape; normalised on [0, inf)."""
        raise NotImplementedError(f"{type(self).__name__}.pdf")

    def rules(self) -> tuple:
        """Domains of the parameters: `tlsjax.core.validation.Rule` objects."""
        return ()

    def features(self) -> tuple:
        """Where the density is sharp: pairs (position, width) in `variable`.

        The density is smooth but for a width around each position. A width that is the
        number 0.0 marks an edge or a kink exactly at the position.
        """
        raise NotImplementedError(f"{type(self).__name__}.features")

    def variable(self, E: ArrayLike) -> jax.Array:
        """A variable in which the density is smooth; the energy itself by default."""
        return E

    def energy(self, s: ArrayLike) -> jax.Array:
        """Splitting at the variable ``s``, the inverse of `variable`."""
        return s

    def density(self, s: ArrayLike) -> jax.Array:
        """Density in ``s``: ``int ds density(s) = 1``."""
        return self.pdf(s)

    def pdf_within(self, E: ArrayLike, middle: ArrayLike) -> jax.Array:
        """`pdf` at ``E`` (..., n), where no breakpoint is between ``middle`` (..., 1) and them.

        A table then looks a segment up once for all n.
        """
        del middle
        return self.pdf(E)

    def density_within(self, s: ArrayLike, middle: ArrayLike) -> jax.Array:
        """`density` in the same way, everything in `variable`."""
        del middle
        return self.density(s)

    def quadrature(
        self, T: ArrayLike, order: int = ORDER, far: float = FAR
    ) -> tuple[jax.Array, jax.Array]:
        """Nodes ``E`` and weights for averages over the splittings in equilibrium.

        ``sum(weights * F(E)) = int dE p(E) F(E)`` for every even ``F`` whose singularities are
        on the imaginary axis no closer than ``pi T``. The default is a composite rule on panels
        graded towards the features; ``order`` and ``far`` set its fineness and its end.
        """
        return self.composite(T, order, far, np.zeros(0))

    def composite(
        self, T: ArrayLike, order: int, far: float, narrow: ArrayLike
    ) -> tuple[jax.Array, jax.Array]:
        """That default, with panels that end at the energies ``narrow`` (K,) besides."""
        scale = stop_gradient(jnp.maximum(self.largest_energy(), jnp.pi * T))
        thermal = thermal_scale(T, jnp.inf) * 3.0 ** np.arange(-1.0, 10)
        outside = jnp.concatenate([thermal, scale * np.geomspace(1.0, far, 12), narrow])
        points = jnp.concatenate([self.breakpoints(), stop_gradient(self.variable(outside))])
        s, ds = composite(jnp.sort(jnp.maximum(points, 0.0)), max(order // 2, 3))
        s = jnp.maximum(s.ravel(), SMALLEST)
        return self.energy(s), ds.ravel() * self.density(s)

    def breakpoints(self) -> jax.Array:
        """Ends of panels on which the density is smooth, in `variable`; unsorted, from 0."""
        points = [jnp.zeros(1)]
        for position, width in self.features():
            # An edge moves with its parameter and the derivative must know; around a smooth
            # feature any panels will do, and the derivative does not depend on them.
            edge = isinstance(width, float) and width == 0.0
            points.append(jnp.ravel(position) if edge else stop_gradient(graded(position, width)))
        return jnp.concatenate(points)

    def static_coupling(self, E: ArrayLike, weight: ArrayLike, T: ArrayLike) -> jax.Array:
        """``int dE p(E) 2/E`` where low energies count in full; inf where it diverges.

        ``E`` and ``weight`` are nodes of `quadrature`.
        """
        diverges = self.pdf(1e-12 * T) > 1e-6 * self.pdf(1e-3 * T)
        return jnp.where(diverges, jnp.inf, jnp.sum(2 * weight / E))

    def components(self) -> tuple:
        """Pairs (weight, distribution) of which this one is the sum; itself by default."""
        return ((1.0, self),)

    def numbers(self) -> dict:
        """``{name: value}`` of the parameters that are single numbers, by default energies."""
        fields = dataclasses.fields(self)
        tables = getattr(type(self), "vector_fields", ())
        values = {f.name: getattr(self, f.name) for f in fields if f.name not in tables}
        return {name: value for name, value in values.items() if not isinstance(value, bool)}

    def rescaled(self, factor: ArrayLike) -> Self:
        """The same distribution with every energy multiplied by ``factor``."""
        return self.replace(**{name: value * factor for name, value in self.numbers().items()})

    def replace(self, **values: ArrayLike) -> Self:
        """A copy with other values of some parameters."""
        return dataclasses.replace(self, **values)

    def largest_energy(self) -> jax.Array:
        """Energy of the outermost feature: what a frequency axis has to reach."""
        ends = [jnp.max(self.energy(position + width)) for position, width in self.features()]
        return stop_gradient(jnp.max(jnp.stack(ends)))


def thermal_scale(T, limit):
    """Where the population ``tanh(E/2T)`` varies; it only places nodes, so no gradient."""
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


def require_distribution(name, value):
    """Raise unless ``value`` is a distribution whose parameters obey its rules."""
    if not isinstance(value, Distribution):
        fail(name, "a distribution such as Lorentzian(J=1.0, sigma=0.1)", repr(value))
    require(*value.rules())
