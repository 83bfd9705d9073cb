"""Densities given as a table: measured, computed or sampled."""

import re
from functools import partial
from pathlib import Path
from typing import Self

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from tlsjax.core.pytrees import parameters
from tlsjax.core.units import convert
from tlsjax.core.validation import Rule, fail, is_known, non_negative, require
from tlsjax.io.column_units import energy_unit_in, scale_of
from tlsjax.io.tables import read_sheet
from tlsjax.model.distributions.base import FAR, ORDER, Distribution, thermal_scale
from tlsjax.numerics.quadrature import sinh_panel

# Points of a table that is short.
_SHORT = 100
# What columns of energies are called.
_ENERGIES = re.compile(r"(?:E|energy|energies|splittings?)(?![a-z])", re.IGNORECASE)


@parameters(vectors=("E", "p"))
class Tabulated(Distribution):
    """Piecewise linear density through measured or computed points.

    ``E`` (ascending, E >= 0) and ``p`` (non-negative), both (N,) with N >= 2; zero
    outside the table, normalised to 1. `tlsjax.read_splittings` makes one from
    a file, `tlsjax.tabulate` from samples.
    """

    E: jax.Array
    p: jax.Array

    def rules(self) -> tuple:
        require_table("E", self.E, "p", self.p)
        return (
            non_negative("E", self.E),
            non_negative("p", self.p),
            ascending("E", self.E),
            Rule("p", "positive somewhere", (self.p,), lambda p: (p > 0).any(-1)),
        )

    def _norm(self):
        E, p = jnp.asarray(self.E), jnp.asarray(self.p)
        return jnp.sum((E[1:] - E[:-1]) * (p[1:] + p[:-1]) / 2)

    def pdf(self, E: ArrayLike) -> jax.Array:
        """Density at ``E``, any shape."""
        return jnp.interp(E, self.E, self.p, left=0.0, right=0.0) / self._norm()

    def pdf_within(self, E: ArrayLike, middle: ArrayLike) -> jax.Array:
        line, outside = segment(self.E, self.p, E, middle)
        return jnp.where(outside, 0.0, line) / self._norm()

    density_within = pdf_within

    def features(self) -> tuple:
        return ((jnp.asarray(self.E), 0.0),)

    def quadrature(
        self, T: ArrayLike, order: int = ORDER, far: float = FAR
    ) -> tuple[jax.Array, jax.Array]:
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

    def rescaled(self, factor: ArrayLike) -> Self:
        return self.replace(E=jnp.asarray(self.E) * factor)


def segment(x, y, at, middle):
    """``(value, outside)`` at ``at``: on the line through the two points of a table that ``middle``
    is between, and whether it is between none. Both of one shape, or broadcast to it."""
    x, y = jnp.asarray(x), jnp.asarray(y)
    # A search is steps one after the other: a short table is compared with as a whole, and a long
    # one is not, which would fill the memory.
    after = jnp.searchsorted(x, middle, method="compare_all" if x.size <= _SHORT else "scan")
    k = jnp.clip(after, 1, x.size - 1)
    low = x[k - 1]
    value = y[k - 1] + (y[k] - y[k - 1]) / (x[k] - low) * (at - low)
    return value, (after == 0) | (after == x.size)


def require_table(x_name, x, y_name, y):
    """Raise unless two columns are of one length (N,), N >= 2; batches in front may differ."""
    if not (is_known(x) and is_known(y)):
        return
    length = np.shape(x)[-1:]
    if not length or length != np.shape(y)[-1:]:
        fail(y_name, f"of the same shape (N,) as {x_name}", f"of shape {np.shape(y)}")
    if length[0] < 2:
        fail(x_name, "a table of at least 2 points", f"of length {length[0]}")


def ascending(name, x):
    """Rule: strictly ascending along the last axis."""
    return Rule(name, "strictly ascending", (x,), lambda x: x[..., 1:] > x[..., :-1])


def read_splittings(
    path: str | Path, energy_scale: float | None = None, unit: str | None = "meV"
) -> Tabulated:
    """A `Tabulated` distribution from the first two columns of a file, ``E`` and ``p``.

    Parameters
    ----------
    path : str or Path
        CSV, tabs, semicolons or spaces; comments and a header are understood.
    energy_scale : float
        Units of the superconductor's energy per unit of the file's. Without it a unit in the
        name of the column of energies (``E_GHz``, ``E (K)``) is converted to ``unit``, and
        energies without one are in the superconductor's.
    unit : str or None
        The superconductor's, "meV", "K", "GHz" and so on. None is any other, such as
        ``k_B Tc0``: a column with a unit in its name is then refused.

    Raises
    ------
    ValueError
        If the file is missing or is no density; the sentence says why.
    """
    sheet = read_sheet(path)
    if _ENERGIES.match(sheet.names[1]):
        shown = f"{path} with the columns {', '.join(sheet.names)}"
        fail("file", "energies first, then their density", shown)
    if energy_scale is None:
        energy_scale = _scale_of_energies(sheet, unit)
    splittings = Tabulated(sheet.values[:, 0] * energy_scale, sheet.values[:, 1])
    require(*splittings.rules())
    return splittings


def _scale_of_energies(sheet, unit):
    """What takes the energies of a table to ``unit``."""
    name = sheet.names[0]
    if unit is None:
        if energy_unit_in(name) is not None:
            shown = f"{name!r} of {sheet.path}, with a superconductor in units of its own"
            fail("file", "energies in the unit of the superconductor's", shown)
        return 1.0
    in_mev = scale_of(name, "energy")
    return 1.0 if in_mev is None else convert(in_mev, "meV", unit)
