"""The alpha^2F of a host, from a dropped table."""

from typing import NamedTuple, Self

import numpy as np

from tlsjax.core.validation import fail, require
from tlsjax.explorer.dropped import as_file, plain_name
from tlsjax.io.alpha2F import read_alpha2F
from tlsjax.model.strong_coupling import StrongCouplingHost, unusual

# A program is compiled for a number of rows, and a spectrum takes the longer the more there are.
_MOST = 2000


class Phonons(NamedTuple):
    """A table of alpha^2F: energies in meV. Plain numbers, so that states stay hashable.

    name, unit : of the file, and of the energies in it.
    said : what was done to it, and what is unusual.
    """

    name: str
    unit: str
    energy: tuple
    alpha2F: tuple
    said: tuple = ()

    @property
    def coupling(self) -> float:
        """``lambda = 2 int alpha^2F/E dE``."""
        return _coupling(np.array(self.energy), np.array(self.alpha2F))

    def host(self, mu_star: float, unit: float = 1.0) -> StrongCouplingHost:
        """The host, its energies in units of ``unit`` meV."""
        return StrongCouplingHost(np.array(self.energy) / unit, np.array(self.alpha2F), mu_star)

    def of_size(self, count: int) -> Self:
        """Nearly the same function through ``count`` energies, its lambda kept.

        For quick spectra: their time is that of the table, and one size is one program. Points
        are taken where straight lines between those already there are furthest from the table.
        """
        E, values = np.array(self.energy), np.array(self.alpha2F)
        # What a line leaves out weighs as it does in lambda.
        places = np.array([0, E.size - 1])
        while places.size < min(count, E.size):
            off = np.abs(values - np.interp(E, E[places], values[places])) / E
            off[places] = -1.0
            places = np.sort(np.append(places, off.argmax()))
        kept = E[places]
        while kept.size < count:
            widest = np.diff(kept).argmax()
            kept = np.insert(kept, widest + 1, kept[widest : widest + 2].mean())
        thin = np.interp(kept, E, values)
        scaled = thin * (_coupling(E, values) / _coupling(kept, thin))
        return self._replace(energy=tuple(map(float, kept)), alpha2F=tuple(map(float, scaled)))


def _coupling(E, values):
    """lambda of straight lines through points, and E^2 below the first.

    Without JAX, which would compile for every size of a table while the page waits.
    """
    slope = np.diff(values) / np.diff(E)
    start = values[:-1] - slope * E[:-1]
    return values[0] + 2 * np.sum(start * np.log(E[1:] / E[:-1]) + slope * np.diff(E))


def read(content: bytes | str, name: str, unit: str) -> Phonons:
    """Of a file's ``content``, what `StrongCouplingHost.read` makes of it; energies in ``unit``.

    Raises
    ------
    ValueError
        One sentence: too large, too long, or no table of alpha^2F.
    """
    # A comma would end it on the command line.
    name = plain_name(name).replace(",", "_")
    with as_file(content, name) as path:
        E, values, said = read_alpha2F(path, unit)
    if E.size > _MOST:
        fail("file", f"a table of {_MOST} energies or fewer", f"{name} with {E.size}")
    require(*StrongCouplingHost(E, values, 0.0).rules())
    coupling = _coupling(E, values)
    share = values / E
    mean = np.exp(np.trapezoid(share * np.log(E), E) / np.trapezoid(share, E))
    said = (*said, *unusual(coupling, mean, unit))
    return Phonons(name, unit, tuple(map(float, E)), tuple(map(float, values)), said)
