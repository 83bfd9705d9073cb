"""Which parameters a fit has, where they start, and which data set sees which.

A parameter is shared by all data sets unless it belongs to one junction (``G_N``, ``V0``,
``slope``, ``broadening``, ``T_e``, ``spin_splitting``) or is asked for separately: with several
sweeps these are called ``G_N@label``. Untouched, ``T_e`` and ``T_tls`` are the temperature of the
sample.
"""

import itertools
import re
from typing import NamedTuple

import numpy as np

from tlsjax.core.constants import MEV_PER_KELVIN, WEAK_COUPLING_GAP_RATIO
from tlsjax.core.units import Units
from tlsjax.core.validation import fail
from tlsjax.fitting.models import (
    BULK,
    ELECTRODE,
    OF_A_JUNCTION,
    ON_REQUEST,
    PAIR_BREAKING,
    impurity_names,
    is_algebraic,
)
from tlsjax.fitting.priors import Prior, as_prior, weak_prior
from tlsjax.fitting.quick import quick_start
from tlsjax.model.named import bands_of, parameter_values

_THERMAL = ("T_e", "T_tls")
# Where those begin that appear on request, for which zero is a point that a descent cannot leave:
# pair breaking in units of its largest, a splitting in units of the gap, a relative spread, and a
# resistance in units of its largest, which is ten times that of the junction.
_RATE, _SPLITTING, _SPREAD, _RESISTANCE = 0.02, 0.3, 0.1, 0.005
# Largest relative spread of gaps: a tenth of a Gaussian of it is below a third of the mean.
_LARGEST_SPREAD = 0.5
# First gap of the second band, in units of the first's.
_SECOND = 0.6
# Of a measurement; the superconductor's own are known to `tlsjax.core.units`.
_UNITS = {
    "baseline": "K per unit", "G_N": "", "V0": "mV", "slope": "1/mV", "broadening": "mV",
    "spin_splitting": "meV", "gap_spread": "", "modulation": "mV", "R_s": "1/signal",
    "gamma": "per K", "lattice": "per K^3", "H0": "",
}  # fmt: skip
# Splittings are looked for within this factor of where they start.
_ENERGY_RANGE = 100.0
# Where a parameter starts that may not be colder than its sample, above that, relatively.
_ROOM = 0.02
# Standard deviations from its median at which a prior of factors ends: one chance in 1e15.
_FAR = 8.0


def is_rate(name):
    """Whether a parameter is the coupling of some impurities."""
    return name.partition("@")[0].partition("_")[0] == "alpha"


def stem_of(name):
    """A parameter's name without data set, band and electrode: ``dynes`` of ``dynes_2@sweep``."""
    return _without_band(name.partition("@")[0].removeprefix(ELECTRODE))


def _without_band(name):
    return re.sub(r"_\d+$", "", name)


class Parameter(NamedTuple):
    """One line of a fit. ``tied`` is the name of what it equals, "T" the sample's temperature.

    ``prior`` is what the fit was told, ``weak`` what sampling assumes where it was told nothing.
    """

    name: str
    value: float
    lower: float
    upper: float
    free: bool
    tied: str | None = None
    unit: str = ""
    prior: Prior | None = None
    weak: Prior | None = None


class Layout(NamedTuple):
    """Static: names of the free parameters, ties, and each data set's ``(local, global)``."""

    free: tuple
    ties: tuple
    names: tuple

    def values(self, vector, fixed, datasets):
        """Parameters of every data set by local name."""
        table = {**fixed, **dict(zip(self.free, vector, strict=True))}
        ties = dict(self.ties)
        found = []
        for data, names in zip(datasets, self.names, strict=True):
            values = {}
            for local, name in names:
                source = ties.get(name, name)
                values[local] = data.T if source == "T" else table[source]
            found.append(values)
        return found

    def of_the_sample(self):
        """Which free parameters some solution depends on, in whichever data set."""
        ties, mappings = dict(self.ties), itertools.chain(*self.names)
        used = {ties.get(name, name) for local, name in mappings if local not in OF_A_JUNCTION}
        return np.array([name in used for name in self.free], dtype=bool)


def _own(data, template, quick):
    """``{name: (value, lower, upper, free)}`` of what a data set depends on."""
    if data.kind == "tc":
        Tc0 = float(data.y[np.argmin(data.x)])
        measured = {"baseline": (0.0, -np.inf, np.inf, False)}
    elif data.kind == "gap":
        largest = float(np.max(data.y)) / (WEAK_COUPLING_GAP_RATIO / 2 * MEV_PER_KELVIN)
        Tc0 = max(largest, float(np.max(data.x)))
        measured = {}
    elif data.kind in BULK:
        Tc0, measured = data.guessed_tc(), data.parameters()
    else:
        Tc0 = quick.order_parameter / (WEAK_COUPLING_GAP_RATIO / 2 * MEV_PER_KELVIN)
        Tc0 = max(Tc0, 1.02 * data.T)
        level, centre, span = quick.G_N, quick.V0, np.ptp(data.x)
        slope = np.clip(quick.slope, -0.9 / span, 0.9 / span) if data.kind == "didv" else 0.0
        # What is odd in the bias is gone from a symmetrised sweep.
        slanted = data.kind == "didv" and not data.symmetric
        slope = slope if slanted else 0.0
        measured = {
            "T_tls": (data.T, 0.02 * data.T, 100 * data.T, False),
            "T_e": (data.T, 0.5 * data.T, 20 * data.T, False),
            "G_N": (level, min(level / 5, 5 * level), max(level / 5, 5 * level), True),
            "V0": (centre, centre - span / 4, centre + span / 4, not data.symmetric),
            "slope": (float(slope), -1 / span, 1 / span, slanted),
            "broadening": (0.0, 0.0, span / 4, False),
            "spin_splitting": (0.0, 0.0, span / 4, False),
            "gap_spread": (0.0, 0.0, _LARGEST_SPREAD, False),
        }
        if data.kind != "dos":
            measured["modulation"] = (data.modulation, 0.0, span / 4, False)
            measured["R_s"] = (0.0, 0.0, 10 / abs(level or 1.0), False)
        if not impurity_names(template):
            del measured["T_tls"]
        if not is_algebraic(template):
            del measured["gap_spread"]
        if data.is_sis:
            measured |= _of_electrode(data, quick, span)
            # Both are for an electrode that is a normal metal.
            del measured["T_e"], measured["spin_splitting"]
    bands = bands_of(template)
    own = {}
    for index, (band, end) in enumerate(bands):
        found = _of_superconductor(data, band, Tc0 * (_SECOND if index else 1.0))
        own |= {f"{name}{end}": entry for name, entry in found.items()}
    if len(bands) > 1:
        own["weight"] = (float(template.weight), 0.0, 1.0, True)
    return own | measured


def _of_electrode(data, quick, span):
    """The same for what two superconductors have and one has not."""
    # Sharper than the points of the sweep are dense a width shows nothing.
    sharpest = float(np.median(np.diff(np.unique(data.x)))) / 4
    width = float(np.clip(quick.broadening, sharpest, span / 4))
    found = {"broadening": (width, sharpest, span / 4, True)}
    if data.electrode is not None:
        Tc0 = quick.electrode / (WEAK_COUPLING_GAP_RATIO / 2 * MEV_PER_KELVIN)
        own = _of_superconductor(data, data.electrode, max(Tc0, 1.02 * data.T))
        found |= {f"{ELECTRODE}{name}": entry for name, entry in own.items()}
    return found


def _of_superconductor(data, template, Tc0):
    """The same for the superconductor's own numbers."""
    known = parameter_values(template)
    own = {}
    for name in impurity_names(template):
        stem = name.partition("_")[0]
        value = known[name]
        if stem == "alpha":
            # In units of k_B Tc0, where there is one.
            value = float(value) / float(known.get("Tc0", 1.0))
            own[name] = (value or 0.3, 0.0, 20.0, True)
        elif name.startswith("elastic_rate"):
            # No measurement here depends on it (Anderson).
            continue
        elif stem == "density":
            # Only a specific heat knows how many there are.
            if data.kind == "c" and value is not None:
                value = float(value) / float(known.get("Tc0", 1.0))
                own[name] = (value, value / _ENERGY_RANGE, value * _ENERGY_RANGE, False)
        elif stem == "weight":
            # Only ratios of weights count: all of them free would have no minimum.
            own[name] = (float(value), 0.0, _ENERGY_RANGE * (float(value) or 1.0), False)
        else:
            value = float(value)
            own[name] = (value, value / _ENERGY_RANGE, value * _ENERGY_RANGE, True)
    if "Tc0" in known:
        own["Tc0"] = (Tc0, 0.2 * Tc0, 5 * Tc0, True)
    if "gap_ratio" in known and data.kind not in ("tc", *BULK):
        ratio = float(known["gap_ratio"] or WEAK_COUPLING_GAP_RATIO)
        own["gap_ratio"] = (ratio, 2.0, 8.0, data.kind == "gap")
    if "mu_star" in known:
        own["mu_star"] = (float(known["mu_star"]), 0.0, 0.99, True)
    for name in PAIR_BREAKING:
        own[name] = (float(known[name] or 0.0), 0.0, 2 * MEV_PER_KELVIN * Tc0, False)
    return own


def _unit_of(name, data, template):
    if name.startswith(ELECTRODE):
        name, template = name.removeprefix(ELECTRODE), data.electrode
    rates_of = 1.0 if {"Tc0", "Tc0_1"} & {*parameter_values(template)} else None
    unit = _UNITS.get(name, Units.physical(rates_of).unit_of(name))
    return "" if unit == "1" else unit


class _Collected(NamedTuple):
    """Every parameter that some data set could depend on, before anybody chooses.

    found : `Parameter` by name. names : each data set's ``(local, global)``. freed : where those
    begin, once free, for which zero is a point that a descent cannot leave: its slope vanishes.
    bands : how many there are.
    """

    found: dict
    names: list
    freed: dict
    bands: int

    def matching(self, name):
        """``T_e`` means every ``T_e@...`` too, ``dynes`` that of both bands."""
        hits = [full for full in self.found if name in (full, full.partition("@")[0])]
        if not hits and self.bands > 1:
            hits = [full for full in self.found if stem_of(full) == name]
        return hits


def collect(datasets, template, separate=(), share=()) -> _Collected:
    """All parameters of some data and a template, at the data's guesses."""
    sweeps = [data for data in datasets if data.is_sweep]
    apart = set(separate) | (set(OF_A_JUNCTION) - set(share) if len(sweeps) > 1 else set())
    found, names, freed = {}, [], {}
    for data in datasets:
        mapping = []
        quick = None if not data.is_sweep else quick_start(data)
        for local, entry in _own(data, template, quick).items():
            alone = apart & {local, _without_band(local)}
            name = f"{local}@{data.label}" if alone else local
            mapping.append((local, name))
            unit = _unit_of(local, data, template)
            weak = weak_prior(stem_of(local), *entry[:3], data)
            found.setdefault(name, Parameter(name, *entry, unit=unit, weak=weak))
            if stem_of(local) in PAIR_BREAKING:
                freed[name] = _RATE * found[name].upper
            elif local == "spin_splitting":
                freed[name] = _SPLITTING * quick.order_parameter
            elif local == "gap_spread":
                freed[name] = _SPREAD
            elif local in ("broadening", "modulation"):
                freed[name] = quick.broadening
            elif local == "R_s":
                freed[name] = _RESISTANCE * found[name].upper
        names.append(tuple(mapping))
    return _Collected(found, names, freed, len(bands_of(template)))


def _bounded(p, limits, datasets):
    """The parameter within ``(low, high)``: numbers, "T" for the temperature of every sample that
    it belongs to, or None to leave an end where it is."""

    def end(limit, own, of_several):
        if limit is None:
            return own
        if limit != "T":
            return float(limit)
        if not all(hasattr(data, "T") for data in datasets):
            fail("bounds", "of a parameter of sweeps where they are T", repr(p.name))
        return of_several(data.T for data in datasets)

    lower, upper = end(limits[0], p.lower, max), end(limits[1], p.upper, min)
    if not lower < upper:
        fail("bounds", f"increasing for {p.name}", f"{lower:g} to {upper:g}")
    value = p.value
    if "T" in limits:
        # Temperatures begin at the sample's own, and a descent from a bound begins badly.
        room = _ROOM * min(upper - lower, abs(value))
        value = min(max(value, lower + room), upper - room)
    return p._replace(lower=lower, upper=upper, value=value)


def _with_prior(p, prior):
    if not p.free:
        fail("prior", "about a parameter that is free", repr(p.name))
    if not prior.log:
        return p._replace(prior=prior)
    if p.upper <= 0:
        fail("prior", f"of a positive parameter where it is one of factors (*/), {p.name}", prior)
    # The logarithm of zero is no residual.
    lower = max(p.lower, prior.mean * np.exp(-_FAR * prior.sigma))
    return p._replace(prior=prior, lower=lower, value=max(p.value, lower * (1 + _ROOM)))


def arrange(
    datasets, template, *, free, fixed, bounds, start, tie, separate, share=(), priors=None
):
    """``(parameters, layout)`` from the data's guesses and what the user asks for."""
    labels = [data.label for data in datasets]
    if len(set(labels)) < len(labels):
        fail("data", "data sets with labels of their own", ", ".join(labels))
    both = sorted(set(separate) & set(share))
    if both:
        fail("share", "about other parameters than separate", ", ".join(both))
    collected = collect(datasets, template, separate, share)
    found, names, freed, _ = collected

    def matching(name, argument):
        hits = collected.matching(name)
        if not hits:
            fail(argument, f"about a parameter of these data ({', '.join(found)})", repr(name))
        return hits

    def seen_by(name):
        pairs = zip(datasets, names, strict=True)
        return [data for data, mapping in pairs if name in dict(mapping).values()]

    for argument, asked in (("separate", separate), ("share", share)):
        for name in asked:
            matching(name, argument)
    touched = set()
    for name in free:
        for hit in matching(name, "free"):
            found[hit] = found[hit]._replace(free=True)
            touched.add(hit)
            if found[hit].value == 0:
                found[hit] = found[hit]._replace(value=freed.get(hit, 0.0))
    for name, value in start.items():
        for hit in matching(name, "start"):
            found[hit] = found[hit]._replace(value=float(value))
            touched.add(hit)
    for name, limits in bounds.items():
        for hit in matching(name, "bounds"):
            found[hit] = _bounded(found[hit], limits, seen_by(hit))
    for name, value in fixed.items():
        for hit in matching(name, "fix"):
            found[hit] = found[hit]._replace(value=float(value), free=False)
            touched.add(hit)
    for name, source in tie.items():
        for hit in matching(name, "tie"):
            if source != "T" and (source not in found or source == hit):
                fail("tie", f"to another parameter ({', '.join(found)})", repr(source))
            found[hit] = found[hit]._replace(tied=source, free=False)
            touched.add(hit)
    for name, parameter in found.items():
        if name.partition("@")[0] in _THERMAL and name not in touched:
            found[name] = parameter._replace(tied="T", free=False)

    for name, given in (priors or {}).items():
        for hit in matching(name, "prior"):
            found[hit] = _with_prior(found[hit], as_prior(hit, given))

    def absent(name):
        p = found[name]
        return stem_of(name) in ON_REQUEST and not (p.free or p.tied or p.value)

    names = [tuple(pair for pair in mapping if not absent(pair[1])) for mapping in names]
    parameters = [p for p in found.values() if not absent(p.name)]
    for p in parameters:
        if p.tied in found and found[p.tied].tied:
            fail("tie", f"to a parameter that is not tied itself ({p.tied} is)", repr(p.name))
        if p.free and not p.lower <= p.value <= p.upper:
            shown = f"{p.value:g}, outside {p.lower:g} to {p.upper:g}"
            fail(p.name, "started inside its bounds", shown)
    present = {stem_of(p.name) for p in parameters}
    if present >= {"gap_spread", "magnetic"}:
        fail("gap_spread", "without magnetic scattering", "free or given with it")
    # What drops over a resistance is one current, of both spins and of both bands.
    several = collected.bands > 1 and not is_algebraic(template)
    if "R_s" in present and (several or "spin_splitting" in present):
        fail("R_s", "without spin splitting, and without a second band beside impurities", "there")
    layout = Layout(
        tuple(p.name for p in parameters if p.free),
        tuple((p.name, p.tied) for p in parameters if p.tied),
        tuple(names),
    )
    return parameters, layout
