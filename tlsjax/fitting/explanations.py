"""Explanations of one measurement that rival with each other, by name.

Each is a superconductor, or two, and what is free besides. Names are joined by ``+``: of
``two-gap+broadening`` both are free. Equations and sources:

none : a BCS superconductor, nothing else.
broadening : seen through a Gaussian of the instrument (`tlsjax.observables.tunnelling`).
hot-electrons : the normal electrode is warmer than the sample (``T_e``).
dynes : ``epsilon -> epsilon + i Gamma`` (Dynes, Narayanamurti and Garno, Phys. Rev. Lett. 41, 1509,
    1978), as a pair-breaking rate; magnetic : Abrikosov and Gor'kov's.
spread : a Gaussian distribution of gaps about Delta(T), of relative width ``gap_spread``.
spin-splitting : ``N(epsilon) = [N(epsilon + h) + N(epsilon - h)]/2`` (Meservey, Tedrow and Fulde,
    Phys. Rev. Lett. 25, 1270, 1970); Delta is not made smaller by the field, Tc0 is that in it.
two-gap : `tlsjax.TwoBand`.
gap-ratio : ``2 Delta(0)/k_B Tc0`` other than 3.53. It changes how Delta goes with T, so that one
    sweep at one temperature does not know it.
baseline : the clean Tc0 changes with concentration.
tls : two-level systems, as given or `Glass`; in sweeps at a temperature of their own.
"""

import dataclasses
from typing import NamedTuple

from tlsjax.core.constants import MEV_PER_KELVIN, WEAK_COUPLING_GAP_RATIO
from tlsjax.core.validation import fail
from tlsjax.fitting.parameters import collect
from tlsjax.fitting.quick import quick_start
from tlsjax.fitting.templates import BULK, MICROWAVE, as_template
from tlsjax.model.distributions.glass import Glass
from tlsjax.model.superconductor import Superconductor
from tlsjax.model.two_band import TwoBand

# What is free besides.
FREED = {
    "broadening": "broadening",
    "hot-electrons": "T_e",
    "dynes": "dynes",
    "magnetic": "magnetic",
    "spread": "gap_spread",
    "spin-splitting": "spin_splitting",
    "gap-ratio": "gap_ratio",
    "baseline": "baseline",
}
NAMES = ("none", *FREED, "two-gap", "tls")
# What is tried where nobody asks for anything else, those that others begin from first.
_ALONE = ("none", "dynes", "magnetic", "spread", "two-gap", "spin-splitting")
_THROUGH_A_JUNCTION = (
    "none", "broadening", "hot-electrons", "dynes", "magnetic", "spread", "spin-splitting",
    "two-gap", "dynes+broadening", "magnetic+broadening", "spin-splitting+broadening",
    "spin-splitting+magnetic+broadening", "two-gap+broadening",
)  # fmt: skip
# Between two superconductors a width is always free, and neither electrode is normal.
_BETWEEN_TWO = ("none", "dynes", "magnetic", "spread", "two-gap")
_OF_GAPS = ("none", "gap-ratio", "dynes", "magnetic")
_OF_TC = ("none", "baseline")
_OF_BULK = ("none", "dynes", "magnetic")
# Where two gaps are looked for: both in units of the one gap of a quick fit, and the second's
# weight.
_TWO_GAPS = ((1.0, 0.6, 0.3), (1.15, 0.85, 0.5), (1.0, 0.35, 0.2), (1.6, 0.95, 0.8))
# Likewise a gap, and a splitting in units of the quick fit's gap.
_SPLIT = ((1.0, 0.15), (1.0, 0.5), (0.8, 0.3), (1.3, 0.35))


class Candidate(NamedTuple):
    """A model and what its fit is asked for besides; parts : names of `NAMES` it is made of."""

    template: object
    options: dict
    parts: frozenset | None = None
    about: str | None = None


def defaults(datasets):
    """Names of what is worth trying on such data, without two-level systems."""
    kinds = {d.kind for d in datasets}
    if kinds == {"tc"}:
        return _OF_TC
    if kinds & {*BULK, *MICROWAVE}:
        return _OF_BULK
    if "gap" in kinds:
        return _OF_GAPS
    several = len({d.T for d in datasets if d.kind != "tc"}) > 1
    names = _ALONE if "dos" in kinds else _THROUGH_A_JUNCTION
    if any(d.is_sis for d in datasets if d.is_sweep):
        names = _BETWEEN_TWO
    if "tc" in kinds:
        # Beside a gap the Tc tells the ratio of the two, which is another in each metal.
        return ("none", "gap-ratio", *(f"{name}+gap-ratio" for name in names if name != "none"))
    return (*names, "gap-ratio") if several else names


def built_in(name, datasets, own=None) -> Candidate:
    """`Candidate` of a name; ``own`` is the template that "tls" and the host are taken from."""
    parts = frozenset(part.strip() for part in name.split("+"))
    unknown = sorted(parts - {*NAMES})
    if unknown:
        fail("models", f"made of {', '.join(NAMES)}, joined by +", repr(unknown[0]))
    if parts >= {"spread", "magnetic"}:
        fail("models", "without magnetic scattering where gaps have a spread", repr(name))
    sweeps = [d for d in datasets if d.is_sweep]
    free = [FREED[part] for part in parts if part in FREED]
    fixed = {}
    if "gap-ratio" not in parts and any(d.kind == "gap" for d in datasets):
        fixed["gap_ratio"] = WEAK_COUPLING_GAP_RATIO
    band = Superconductor()
    if isinstance(own, Superconductor):
        # With a spread of gaps there is no magnetic scattering.
        rates = own.scattering
        rates = dataclasses.replace(rates, magnetic=0.0) if "spread" in parts else rates
        band = Superconductor((), own.host, rates)
    if "tls" in parts:
        if own is None:
            own = as_template(Glass(2 * _gap_of(datasets)))
            free += ["T_tls"] if sweeps else []
        template = TwoBand(own, band) if "two-gap" in parts else own
    else:
        template = TwoBand(band, band) if "two-gap" in parts else band
    # In a fixed order: it is that of the parameters.
    return Candidate(template, {"free": sorted(free), "fixed": fixed}, parts - {"none"}, name)


def _gap_of(datasets):
    """An energy of the size of the gap, meV."""
    first = datasets[0]
    if first.kind == "gap":
        return float(first.y.max())
    if not first.is_sweep:
        Tc = first.guessed_tc() if first.kind in (*BULK, *MICROWAVE) else float(first.y.max())
        return WEAK_COUPLING_GAP_RATIO / 2 * MEV_PER_KELVIN * Tc
    return quick_start(first).order_parameter


def embedded(result, candidate):
    """Parameters of a special case as those of a more general model."""
    values = {name: p.value for name, p in result.parameters.items()}
    # What is new begins where it would anyway, what was there where it was.
    found = {name: value for name, value in values.items() if result.parameters[name].free}
    if "two-gap" in candidate.parts and "Tc0" in values:
        found |= {"Tc0_1": values["Tc0"], "Tc0_2": 0.7 * values["Tc0"], "weight": 0.1}
        for name in ("dynes", "magnetic", "gap_ratio"):
            if name in values:
                found |= {f"{name}_1": values[name], f"{name}_2": values[name]}
    return found


def tried_starts(datasets, candidate):
    """Starts in different valleys."""
    collected = collect(datasets, candidate.template)
    sweeps = [d for d in datasets if d.is_sweep]
    if "two-gap" in candidate.parts:
        Tc0 = collected.found["Tc0_1"].value
        for first, second, weight in _TWO_GAPS:
            yield {"Tc0_1": first * Tc0, "Tc0_2": second * Tc0, "weight": weight}
    elif "spin-splitting" in candidate.parts:
        Tc0, gap = collected.found["Tc0"].value, quick_start(sweeps[0]).order_parameter
        names = [name for name in collected.found if name.startswith("spin_splitting")]
        for factor, share in _SPLIT:
            yield {"Tc0": factor * Tc0, **dict.fromkeys(names, share * gap)}
