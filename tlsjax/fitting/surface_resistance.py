"""Measurements of a surface resistance against temperature."""

import functools
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from tlsjax.core.pytrees import register
from tlsjax.core.validation import positive, require
from tlsjax.fitting.measurement import HOTTEST, Channel, Measurement, below, checked, fill
from tlsjax.fitting.microwave_tables import COLD, FILMS, Guess, exponent_of, guess, in_ghz


@partial(register, static=("label", "film"))
@dataclass(init=False, frozen=True, repr=False, eq=False)
class SurfaceResistanceData(Measurement):
    """Surface resistance at one frequency against temperature, through Tc or below it.

    ``R_s = R_n Re Z(T)/Re Z_n + R_residual``, ``Z ~ (-i)^(1-p) (sigma/sigma_n)^(-p)`` as in
    `tlsjax.ResonatorData`: ``R_n`` is that of the normal metal at Tc.

    Parameters
    ----------
    T : (N,) in K
    R_s : (N,) in any unit, such as ohm or nano-ohm
    frequency : float in GHz
    error : (N,) or float in the unit of ``R_s``, optional; else errors are alike in relative terms
    film : "thick" (default), "thin" or "anomalous"
    label : str

    Notes
    -----
    Fitted: ``alpha`` and the splittings, ``Tc0`` (K), ``gap_ratio`` (through Tc), ``R_n`` and
    ``R_residual``. Once freed, started or fixed: ``dynes``, ``magnetic`` and ``exponent``.

    Examples
    --------
    >>> import tlsjax as tls
    >>> tls.SurfaceResistanceData([1.5, 2.0, 4.2], [2.0, 9.0, 620.0], frequency=1.3)
    SurfaceResistanceData('rs', 3 points)
    """

    T: np.ndarray
    frequency: float
    film: str
    reference: float

    kind = "rs"
    of_the_device = MappingProxyType({"film": ""})
    x_label, y_label = r"Temperature $T$ (K)", "Surface resistance $R_s$"
    geometry_factor = pressure = photons = None

    def __init__(
        self,
        T: ArrayLike,
        R_s: ArrayLike,
        frequency: float,
        error: ArrayLike | None = None,
        film: str = "thick",
        label: str = "rs",
    ) -> None:
        fill(self, *checked("T", T, "R_s", R_s, error), label)
        require(
            positive("T", self.x, scalar=False), positive("R_s", self.y, scalar=False),
            below("T", self.x, HOTTEST, "K", "mK"),
        )  # fmt: skip
        exponent_of(film)
        own = {"T": self.x, "frequency": in_ghz("frequency", frequency), "film": film}
        for name, value in own.items():
            object.__setattr__(self, name, value)
        object.__setattr__(self, "reference", COLD * self.guess().Tc)

    @property
    def channels(self) -> tuple:
        return (Channel("R_s", self.y_label, slice(None), True),)

    def unit(self, alike: np.ndarray) -> np.ndarray:
        """What stands for errors that nobody knows: a share of each point."""
        del alike
        return self.y

    def guess(self) -> Guess:
        """Tc, whether the data go through it, and how large they are."""
        return _guess(self)

    def guessed_tc(self) -> float:
        """Tc of a rough model."""
        return self.guess().Tc

    def parameters(self) -> dict:
        """``{name: (value, lower, upper, free)}`` of what belongs to the measurement."""
        rough, largest = self.guess(), float(self.y.max())
        normal = rough.normal or largest
        return {
            "R_n": (normal, 1e-4 * normal, 1e4 * normal, True),
            "R_residual": (rough.cold, 0.0, largest, True),
            "exponent": (FILMS[self.film], 0.3, 1.0, False),
        }


@functools.lru_cache(maxsize=32)
def _guess(data):
    return guess(data.x, data.frequency, FILMS[data.film], loss=data.y)
