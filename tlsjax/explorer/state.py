"""What the page asks for: one frozen set of numbers, with the ranges of its sliders.

Energies and temperatures are in units of ``k_B Tc0`` and ``Tc0`` of the clean host. With a
weak-coupling host ``Tc0`` in kelvin only says how large that is. One with an alpha^2F has a Tc of
its own, which is solved for and takes the place of the slider's (`clean_host.in_own_unit`).
"""

from dataclasses import dataclass, field, replace
from typing import NamedTuple, Self

from tlsjax.cli.words import DISTRIBUTIONS
from tlsjax.core.constants import MEV_PER_GHZ, WEAK_COUPLING_GAP_RATIO
from tlsjax.core.units import Units, convert
from tlsjax.core.validation import Rule, fail, require
from tlsjax.explorer.phonons import Phonons
from tlsjax.model.ensemble import TLSEnsemble
from tlsjax.model.hosts import Host, NoHost, WeakCouplingHost
from tlsjax.model.scattering import Scattering
from tlsjax.model.superconductor import Superconductor


class Range(NamedTuple):
    """Of one slider: what it is called, from where to where, and where it starts."""

    label: str
    low: float
    high: float
    step: float
    start: float


# Parameters of the distributions.
SPLITTING_RANGES = {
    "E0": Range("E₀, the splitting", 0.05, 6.0, 0.05, 1.0),
    "Ec": Range("E_c, largest splitting", 0.1, 10.0, 0.1, 3.0),
    "J": Range("J, tunnel splitting", 0.05, 5.0, 0.05, 1.0),
    "sigma": Range("σ, spread", 0.02, 3.0, 0.02, 0.1),
    "delta": Range("δ, rounding", 0.01, 1.0, 0.01, 0.1),
}
ALPHA = Range("α, coupling ħ/(2π τ_in)", 0.0, 3.0, 0.01, 0.5)
RANGES = {
    "T": Range("T, electrons", 0.05, 1.6, 0.01, 0.3),
    "T_tls": Range("T_tls, impurities out of equilibrium", 0.05, 5.0, 0.05, 1.5),
    "gap_ratio": Range("2Δ(0)/k_B Tc0 of the clean host", 2.5, 6.0, 0.01, 3.53),
    "mu_star": Range("µ*, cutoff 10 × the last phonon", 0.0, 0.4, 0.001, 0.1),
    "magnetic": Range("Γ_m, magnetic scattering ħ/2τ", 0.0, 0.4, 0.005, 0.0),
    "dynes": Range("Γ_D, Dynes' rate ħ/2τ", 0.0, 0.4, 0.005, 0.0),
    "Tc0": Range("Tc0 of the clean host, K", 0.1, 40.0, 0.05, 9.25),
    "frequency": Range("f, GHz", 0.1, 100.0, 0.1, 1.3),
    "resistivity": Range("ρ_n of the normal metal, µΩ cm", 0.1, 200.0, 0.1, 10.0),
}
NAMES = {
    "delta": ("E0",),
    "glass": ("Ec",),
    "lorentzian": ("J", "sigma"),
    "wipf-neumaier": ("J", "sigma"),
    "modified-wipf-neumaier": ("J", "sigma", "delta"),
    "broadened-wipf-neumaier": ("J", "sigma", "delta"),
}
# What pairs besides the impurities.
WEAK, STRONG, NONE = "weak", "strong", "none"
# Where a distribution starts if not at its sliders' own start: the modified form needs
# sigma >= J.
_STARTS = {"modified-wipf-neumaier": {"J": 0.1, "delta": 0.01}}
# Weak coupling, as a slider of this step has it.
WEAK_RATIO = RANGES["gap_ratio"].start
# A rate that is zero is left out of the equations, which are then another program: a slider would
# compile when it leaves zero. Dynes' rate never is; this is nothing beside any energy. Magnetic
# scattering makes a conductivity twenty times slower, and is there only where it is asked for.
_NOTHING = 1e-14


def written(value: float, unit: float = 1.0) -> str:
    """A slider's number as it stands, or, in another unit, with the digits that it takes."""
    return f"{value:g}" if unit == 1 else f"{value * unit:.10g}"


def start_of(kind: str, name: str) -> float:
    """Where the slider of a distribution's parameter starts."""
    return _STARTS.get(kind, {}).get(name, SPLITTING_RANGES[name].start)


@dataclass(frozen=True)
class Impurities:
    """One kind of them: a distribution by name, its coupling and its numbers in their order."""

    kind: str
    alpha: float
    numbers: tuple

    @classmethod
    def of(cls, kind: str, alpha: float = ALPHA.start, **numbers: float) -> Self:
        """By name; numbers that are not given are where their sliders start."""
        if kind not in NAMES:
            fail("kind", f"one of {', '.join(NAMES)}", repr(kind))
        unknown = [name for name in numbers if name not in NAMES[kind]]
        if unknown:
            fail(f"numbers of {kind}", f"among {', '.join(NAMES[kind])}", unknown[0])
        given = {name: start_of(kind, name) for name in NAMES[kind]} | numbers
        return cls(kind, alpha, tuple(given.values()))

    @property
    def named(self) -> dict:
        """``{name: number}`` of the distribution."""
        return dict(zip(NAMES[self.kind], self.numbers, strict=True))

    def distribution(self):
        """The `Distribution`."""
        return DISTRIBUTIONS[self.kind](**self.named)

    def text(self, unit: float = 1.0) -> str:
        """As the command line writes it; ``unit`` is what one energy is there."""
        numbers = [f"{name}={written(value, unit)}" for name, value in self.named.items()]
        return f"{self.kind}:{','.join(numbers)}"

    def ranges(self) -> dict:
        """``{name: (number, Range)}``."""
        own = {name: (value, SPLITTING_RANGES[name]) for name, value in self.named.items()}
        return {"alpha": (self.alpha, ALPHA)} | own


@dataclass(frozen=True)
class State:
    """Everything the page shows follows from this.

    Parameters
    ----------
    first, second : Impurities
        ``second`` may be None.
    T, T_tls : float
        Of the electrons, and of the impurities out of equilibrium, Tc0.
    pairing : str
        `WEAK`, `STRONG` with ``phonons`` and ``mu_star``, or `NONE`: the impurities alone.
    phonons : Phonons, optional
    gap_ratio, mu_star : float
        Of a weak host, and of one with phonons.
    magnetic, dynes : float
        Rates in ``k_B Tc0``.
    Tc0, frequency, resistivity : float
        K, GHz and micro-ohm cm: the first is the unit of what is shown, without a host no more than
        that.

    Examples
    --------
    >>> from tlsjax.explorer.state import Impurities, State
    >>> state = State(Impurities.of("glass", 0.5), T=0.2)
    >>> state.check().structure
    ('glass', None, None, None)
    """

    first: Impurities = field(default_factory=lambda: Impurities.of("glass"))
    second: Impurities | None = None
    T: float = RANGES["T"].start
    T_tls: float = RANGES["T_tls"].start
    pairing: str = WEAK
    phonons: Phonons | None = None
    gap_ratio: float = WEAK_RATIO
    mu_star: float = RANGES["mu_star"].start
    magnetic: float = 0.0
    dynes: float = 0.0
    Tc0: float = RANGES["Tc0"].start
    frequency: float = RANGES["frequency"].start
    resistivity: float = RANGES["resistivity"].start

    @property
    def impurities(self) -> tuple:
        """Those there are."""
        return (self.first,) if self.second is None else (self.first, self.second)

    @property
    def structure(self) -> tuple:
        """What programs are compiled for: all the rest are numbers."""
        magnetic = "magnetic scattering" if self.magnetic else None
        host = None
        if self.pairing == STRONG:
            host = f"a host with {len(self.phonons.energy)} phonons"
        if self.pairing == NONE:
            host = "no host"
        return (self.first.kind, self.second and self.second.kind, magnetic, host)

    @property
    def units(self) -> Units:
        """From what is shown in K and meV to the solver's units."""
        per_meV = 1 / Units.physical(self.Tc0).per_rate
        return Units("meV", "K", per_meV, 1 / self.Tc0)

    @property
    def omega(self) -> float:
        """``hbar omega`` of the frequency, in ``k_B Tc0``."""
        return float(self.units.into("omega", self.frequency * MEV_PER_GHZ))

    def check(self) -> Self:
        """The same; one sentence where a number is out of its range or breaks a rule."""
        if self.pairing not in (WEAK, STRONG, NONE):
            fail("pairing", f"one of {WEAK}, {STRONG}, {NONE}", repr(self.pairing))
        if self.pairing == STRONG and self.phonons is None:
            fail("host", "a file with a table of alpha^2F", "none yet")
        own = {name: (getattr(self, name), bounds) for name, bounds in RANGES.items()}
        for numbers in (own, *(one.ranges() for one in self.impurities)):
            require(*(_within(name, *pair) for name, pair in numbers.items()))
        require(*self.superconductor().rules())
        return self

    def of_unit(self, Tc0: float) -> Self:
        """The same with this Tc of the clean host, K."""
        return replace(self, Tc0=Tc0)

    def host(self) -> Host:
        """The clean host, in units of its ``k_B Tc0``."""
        if self.pairing == NONE:
            return NoHost()
        if self.pairing == STRONG:
            return self.phonons.host(self.mu_star, convert(self.Tc0, "K", "meV"))
        # Always with a gap ratio, which would else be another program.
        weak = abs(self.gap_ratio - WEAK_RATIO) < RANGES["gap_ratio"].step / 2
        return WeakCouplingHost(1.0, WEAK_COUPLING_GAP_RATIO if weak else self.gap_ratio)

    def superconductor(self) -> Superconductor:
        """What is solved."""
        kinds = tuple(TLSEnsemble(one.alpha, one.distribution()) for one in self.impurities)
        rates = Scattering(0.0, self.magnetic, self.dynes + _NOTHING)
        return Superconductor(kinds, self.host(), rates)

    def clean(self) -> Self:
        """Of the same shape without coupling and scattering: the curve beside."""
        kinds = [Impurities.of(one.kind, 0.0) for one in self.impurities]
        second = kinds[1] if len(kinds) > 1 else None
        # Temperature of what does nothing, and so on: the same for all, so that it is solved once.
        starts = {n: RANGES[n].start for n in ("T_tls", "magnetic", "dynes", "resistivity")}
        return replace(self, first=kinds[0], second=second, **starts)


def _within(name, value, bounds):
    # Sliders add up their steps.
    slack = 1e-9 * bounds.high
    text = f"between {bounds.low:g} and {bounds.high:g}"
    return Rule(
        name, text, (value,), lambda x: (x >= bounds.low - slack) & (x <= bounds.high + slack)
    )
