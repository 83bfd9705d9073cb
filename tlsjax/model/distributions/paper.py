"""The paper's distributions of level splittings (Eqs. 57-61), and tabulated ones."""

from functools import partial

import jax
import jax.numpy as jnp
from jax.lax import stop_gradient

from tlsjax.core.pytrees import parameters
from tlsjax.core.validation import Rule, fail, is_known, non_negative, positive
from tlsjax.model.distributions.base import (
    FAR,
    ORDER,
    Distribution,
    SmoothInEnergy,
    peaked,
    thermal_scale,
)
from tlsjax.numerics.quadrature import even_midpoints, sinh_panel


@parameters
class DeltaFunction(SmoothInEnergy):
    """All splittings equal: ``p(E) = delta(E - E0)`` (Eq. 57)."""

    E0: float

    def rules(self):
        return (positive("E0", self.E0),)

    def pdf(self, E):
        """Infinite at ``E0``, zero elsewhere; shape of ``E``."""
        return jnp.where(jnp.asarray(E) == self.E0, jnp.inf, 0.0)

    def features(self):
        return ((self.E0, 0.0),)

    def quadrature(self, T, order=ORDER, far=FAR):
        del T, order, far
        one = jnp.ones((1,))
        return self.E0 * one, one


@parameters
class Glass(SmoothInEnergy):
    """Constant density up to a cutoff: ``p(E) = Theta(Ec - E)/Ec`` (Eq. 58)."""

    Ec: float

    def rules(self):
        return (positive("Ec", self.Ec),)

    def pdf(self, E):
        """Density at ``E >= 0``, any shape."""
        E = jnp.asarray(E)
        return jnp.where((E >= 0) & (self.Ec >= E), 1 / self.Ec, 0.0)

    def features(self):
        return ((self.Ec, 0.0),)

    def quadrature(self, T, order=ORDER, far=FAR):
        del far
        E, dE = sinh_panel(0.0, self.Ec, 0.0, thermal_scale(T, self.Ec), 2, order)
        return E, dE / self.Ec


@parameters(static=("normalized",))
class Lorentzian(SmoothInEnergy):
    """``p(E) = (1/pi) sigma/((E-J)^2 + sigma^2)`` on E >= 0 (Eq. 59).

    As printed in the paper the density integrates to ``1/2 + atan(J/sigma)/pi < 1``.
    ``normalized=True`` (default) divides by that; ``normalized=False`` is the printed
    form.
    """

    J: float
    sigma: float
    normalized: bool = True

    def rules(self):
        if not isinstance(self.normalized, bool):
            fail("normalized", "True or False", repr(self.normalized))
        return non_negative("J", self.J), positive("sigma", self.sigma)

    def pdf(self, E):
        """Density at ``E >= 0``, any shape."""
        E = jnp.asarray(E)
        density = self.sigma / ((E - self.J) ** 2 + self.sigma**2) / jnp.pi
        if self.normalized:
            density = density / (0.5 + jnp.arctan2(self.J, self.sigma) / jnp.pi)
        return jnp.where(E >= 0, density, 0.0)

    def features(self):
        return ((self.J, self.sigma),)

    def quadrature(self, T, order=ORDER, far=FAR):
        low = self.J + self.sigma
        E, dE = peaked(T, self.J, self.sigma, low, self.sigma, order, far)
        return E, dE * self.pdf(E)


@parameters
class WipfNeumaier(Distribution):
    """Tunnel splitting J with a Lorentzian spread of asymmetries (Eq. 60).

    ``p(E) = (2/pi) E/sqrt(E^2-J^2) sigma/(E^2-J^2+sigma^2)`` for E > J: the density of
    ``E = sqrt(J^2 + epsilon^2)`` with ``epsilon`` Lorentzian of width ``sigma``.
    """

    J: float
    sigma: float

    def rules(self):
        return non_negative("J", self.J), positive("sigma", self.sigma)

    def pdf(self, E):
        """Density at ``E``, any shape; zero for ``E <= J``, infinite just above."""
        E = jnp.asarray(E)
        above = E > self.J
        asymmetry2 = jnp.where(above, E**2 - self.J**2, 1.0)
        density = E / jnp.sqrt(asymmetry2) * self.sigma / (asymmetry2 + self.sigma**2)
        return jnp.where(above, 2 / jnp.pi * density, 0.0)

    def variable(self, E):
        """The asymmetry ``epsilon = sqrt(E^2 - J^2)``; 0 below J."""
        E = jnp.asarray(E)
        above = self.J < E
        return jnp.where(above, jnp.sqrt(jnp.where(above, E**2 - self.J**2, 1.0)), 0.0)

    def energy(self, s):
        """``E = sqrt(J^2 + epsilon^2)``."""
        return jnp.sqrt(self.J**2 + s**2)

    def density(self, s):
        """Lorentzian in the asymmetry."""
        return 2 / jnp.pi * self.sigma / (s**2 + self.sigma**2)

    def features(self):
        return ((0.0, jnp.minimum(self.sigma, jnp.maximum(self.J, 1e-3 * self.sigma))),)

    def quadrature(self, T, order=ORDER, far=FAR):
        # In the asymmetry epsilon the square-root edge is gone and the integrand is
        # even. Its singularities are at i sigma, i sqrt(J^2 + (pi T)^2) and, for a
        # population that does not vanish at E = 0, the branch point i J.
        thermal = jnp.sqrt(self.J**2 + (jnp.pi * T) ** 2)
        branch = jnp.maximum(self.J, 1e-3 * thermal)
        width = stop_gradient(jnp.minimum(self.sigma, branch))
        end = stop_gradient(far * jnp.maximum(self.sigma, thermal))
        epsilon, d_epsilon = even_midpoints(width, end, 5 * order)
        density = 2 / jnp.pi * self.sigma / (epsilon**2 + self.sigma**2)
        return jnp.sqrt(self.J**2 + epsilon**2), d_epsilon * density


@parameters
class ModifiedWipfNeumaier(SmoothInEnergy):
    """Wipf-Neumaier with the edge at J rounded over ``delta`` (Eq. 61).

    ``p(E) = N_W Im[E/sqrt(J^2-(E+i delta)^2)] sigma/(E^2-J^2+sigma^2)`` with
    ``N_W = (2/(pi sigma)) sqrt(J^2 + (kappa+delta)^2)``, ``kappa^2 = sigma^2 - J^2``.

    Needs ``sigma >= J``: below, the printed form has a pole at ``E^2 = J^2 - sigma^2``
    and is no density. At ``sigma = J`` exactly, as in the paper, ``N_W`` has a square
    root cusp and the one-sided derivatives with respect to ``J`` and ``sigma`` are
    infinite; what is returned there is their finite part, the slope along ``sigma = J``.
    """

    J: float
    sigma: float
    delta: float

    def rules(self):
        text = "at least J, or the modified Wipf-Neumaier form has a pole"
        return (
            non_negative("J", self.J),
            positive("sigma", self.sigma),
            positive("delta", self.delta),
            Rule("sigma", text, (self.sigma, self.J), lambda sigma, J: sigma >= J, ("J",)),
        )

    def pdf(self, E):
        """Density at ``E >= 0``, any shape."""
        E = jnp.asarray(E)
        kappa2 = self.sigma**2 - self.J**2
        inside = kappa2 > 0
        kappa = jnp.where(inside, jnp.sqrt(jnp.where(inside, kappa2, 1.0)), 0.0)
        norm = 2 / (jnp.pi * self.sigma)
        norm = norm * jnp.sqrt(self.J**2 + (kappa + self.delta) ** 2)
        edge = (E / jnp.sqrt(self.J**2 - (E + 1j * self.delta) ** 2)).imag
        return jnp.where(E >= 0, norm * edge * self.sigma / (E**2 + kappa2), 0.0)

    def features(self):
        kappa = jnp.sqrt(jnp.maximum(stop_gradient(self.sigma**2 - self.J**2), 0.0))
        return (self.J, self.delta), (0.0, jnp.where(kappa > 0, kappa, self.J))

    def quadrature(self, T, order=ORDER, far=FAR):
        # kappa is the distance of the pole from E = 0. Below a thousandth of J its
        # trace in p(E) carries less than 1e-9 of the integral.
        kappa = jnp.sqrt(jnp.maximum(stop_gradient(self.sigma**2 - self.J**2), 0.0))
        low_scale = jnp.where(kappa > 1e-3 * self.J, kappa, self.J)
        tail = jnp.maximum(kappa, self.delta)
        E, dE = peaked(T, self.J, self.delta, low_scale, tail, order, far)
        return E, dE * self.pdf(E)


@parameters
class Tabulated(SmoothInEnergy):
    """Piecewise linear density through measured or computed points.

    ``E`` (ascending, E >= 0) and ``p`` (non-negative), both (N,) with N >= 2; zero
    outside the table, normalised to 1. `tlsjax.read_splittings` makes one from
    a CSV file.
    """

    E: jax.Array
    p: jax.Array

    def rules(self):
        if is_known(self.E) and is_known(self.p):
            shape = jnp.shape(self.E)
            if len(shape) != 1 or shape != jnp.shape(self.p):
                fail("p", "of the same shape (N,) as E", f"of shape {jnp.shape(self.p)}")
            if shape[0] < 2:
                fail("E", "a table of at least 2 points", f"of length {shape[0]}")
        return (
            non_negative("E", self.E, scalar=False),
            non_negative("p", self.p, scalar=False),
            Rule("E", "strictly ascending", (self.E,), lambda E: E[1:] > E[:-1]),
            Rule("p", "positive somewhere", (self.p,), lambda p: (p > 0).any()),
        )

    def _norm(self):
        E, p = jnp.asarray(self.E), jnp.asarray(self.p)
        return jnp.sum((E[1:] - E[:-1]) * (p[1:] + p[:-1]) / 2)

    def pdf(self, E):
        """Density at ``E``, any shape."""
        return jnp.interp(E, self.E, self.p, left=0.0, right=0.0) / self._norm()

    def features(self):
        return ((jnp.asarray(self.E), 0.0),)

    def quadrature(self, T, order=ORDER, far=FAR):
        del far
        low, high = jnp.asarray(self.E)[:-1], jnp.asarray(self.E)[1:]
        p = jnp.asarray(self.p)
        # Short segments need fewer points each; few segments are cheap anyway.
        points = order if low.shape[0] <= 32 else order // 2
        width = thermal_scale(T, jnp.inf)
        panel = partial(sinh_panel, center=0.0, width=width, panels=1, order=points)
        E, dE = jax.vmap(panel)(low, high)
        fraction = (E - low[:, None]) / (high - low)[:, None]
        density = p[:-1, None] * (1 - fraction) + p[1:, None] * fraction
        return E.ravel(), (dE * density).ravel() / self._norm()
