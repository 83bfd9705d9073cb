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
        return _moments(np.array(self.energy), np.array(self.alpha2F))[0]

    def host(self, mu_star: float, unit: float = 1.0) -> StrongCouplingHost:
        """The host, its energies in units of ``unit`` meV."""
        return StrongCouplingHost(np.array(self.energy) / unit, np.array(self.alpha2F), mu_star)

    def of_size(self, count: int) -> Self:
        """Nearly the same function through ``count`` energies, its lambda and omega_log kept.

        For quick spectra: their time is that of the table, and one size is one program. Points
        are taken where straight lines between those already there are furthest from the table;
        then the function and its energies are scaled, for Tc is mostly that of lambda and of
        ``ln omega_log = (2/lambda) int alpha^2F ln(E)/E dE`` (Allen and Dynes, Phys. Rev. B 12, 905
        (1975)).
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
        coupling, mean = _moments(E, values)
        thin_coupling, thin_mean = _moments(kept, thin)
        # A scale of energies leaves lambda alone.
        kept, thin = kept * mean / thin_mean, thin * coupling / thin_coupling
        return self._replace(energy=tuple(map(float, kept)), alpha2F=tuple(map(float, thin)))


def _moments(E, values):
    """lambda and omega_log of straight lines through points, and E^2 below the first.

    Without JAX, which would compile for every size of a table while the page waits.
    """
    slope = np.diff(values) / np.diff(E)
    start = values[:-1] - slope * E[:-1]
    log = np.log(E)
    coupling = values[0] + 2 * np.sum(start * np.diff(log) + slope * np.diff(E))
    # int (a/E + b) ln(E) dE = a ln(E)^2/2 + b E [ln(E) - 1], and of E ln(E) below the first.
    with_log = np.sum(start * np.diff(log**2) + 2 * slope * np.diff(E * (log - 1)))
    with_log += values[0] * (log[0] - 1 / 2)
    return coupling, np.exp(with_log / coupling)


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
        E, values, said, _ = read_alpha2F(path, unit)
    if E.size > _MOST:
        fail("file", f"a table of {_MOST} energies or fewer", f"{name} with {E.size}")
    require(*StrongCouplingHost(E, values, 0.0).rules())
    said = (*said, *unusual(*_moments(E, values), unit))
    return Phonons(name, unit, tuple(map(float, E)), tuple(map(float, values)), said)
