"""Which parameters a fit has, where they start, and which data set sees which.

A parameter is shared by all data sets unless it belongs to one junction (``G_N``, ``V0``,
``slope``, ``broadening``, ``T_e``) or is asked for separately: with several sweeps these are
called ``G_N@label``. Untouched, ``T_e`` and ``T_tls`` are the temperature of the sample.
"""

import itertools
from typing import NamedTuple

import numpy as np

from tlsjax.core.constants import MEV_PER_KELVIN, WEAK_COUPLING_GAP_RATIO
from tlsjax.core.units import Units
from tlsjax.core.validation import fail
from tlsjax.fitting.models import OF_A_JUNCTION, impurity_names
from tlsjax.fitting.priors import Prior, as_prior, weak_prior
from tlsjax.fitting.quick import Quick, quick_fit
from tlsjax.model.named import parameter_values

_THERMAL = ("T_e", "T_tls")
# Rates that are nowhere in the fit unless somebody asks for them.
_PAIR_BREAKING = ("magnetic", "dynes")
# Of a measurement; the superconductor's own are known to `tlsjax.core.units`.
_UNITS = {
    "baseline": "K per unit", "G_N": "", "V0": "mV", "slope": "1/mV", "broadening": "mV",
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


def _centre(data):
    """Bias of the mirror plane: where the sweep is most even, among its middle third."""
    order = np.argsort(data.x)
    x, y = data.x[order], data.y[order]
    span = x[-1] - x[0]
    candidates = (x[0] + x[-1]) / 2 + span * np.linspace(-1 / 6, 1 / 6, 201)
    reach = span / 3 * np.linspace(0, 1, 201)
    sign = -1 if data.kind == "current" else 1

    def asymmetry(c):
        up, down = np.interp(c + reach, x, y), np.interp(c - reach, x, y)
        middle = np.interp(c, x, y) if sign < 0 else 0.0
        return np.sum((up - middle - sign * (down - middle)) ** 2)

    return float(candidates[np.argmin([asymmetry(c) for c in candidates])])


def quick_start(data) -> Quick:
    """`Quick` fit that begins from the position of the peaks."""
    centre, span = _centre(data), np.ptp(data.x)
    if span == 0:
        fail("bias", "at more than one value", f"{data.x[0]:g} mV throughout")
    far = np.abs(data.x - centre)
    if data.kind == "current":
        order = np.argsort(data.x)
        smooth = np.gradient(data.y[order], data.x[order] + 1e-12 * span * np.arange(far.size))
        peak = far[order][np.argmax(smooth)]
    else:
        peak = far[np.argmax(data.y)]
    error = data.noise() if data.error is None else data.error
    error = (np.std(data.y) or 1.0) if error is None else error
    return quick_fit(data, centre, np.clip(peak, span / 100, span / 2), error)


def _own(data, template, quick):
    """``{name: (value, lower, upper, free)}`` of what a data set depends on."""
    if data.kind == "tc":
        Tc0 = float(data.y[np.argmin(data.x)])
        measured = {"baseline": (0.0, -np.inf, np.inf, False)}
    elif data.kind == "gap":
        largest = float(np.max(data.y)) / (WEAK_COUPLING_GAP_RATIO / 2 * MEV_PER_KELVIN)
        Tc0 = max(largest, float(np.max(data.x)))
        measured = {}
    else:
        Tc0 = quick.order_parameter / (WEAK_COUPLING_GAP_RATIO / 2 * MEV_PER_KELVIN)
        Tc0 = max(Tc0, 1.02 * data.T)
        level, centre, span = quick.G_N, quick.V0, np.ptp(data.x)
        slope = np.clip(quick.slope, -0.9 / span, 0.9 / span) if data.kind == "didv" else 0.0
        measured = {
            "T_tls": (data.T, 0.02 * data.T, 100 * data.T, False),
            "T_e": (data.T, 0.5 * data.T, 20 * data.T, False),
            "G_N": (level, min(level / 5, 5 * level), max(level / 5, 5 * level), True),
            "V0": (centre, centre - span / 4, centre + span / 4, True),
            "slope": (float(slope), -1 / span, 1 / span, data.kind == "didv"),
            "broadening": (0.0, 0.0, span / 4, False),
        }
    return _of_superconductor(data, template, Tc0) | measured


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
        elif stem == "weight":
            # Only ratios of weights count: all of them free would have no minimum.
            own[name] = (float(value), 0.0, _ENERGY_RANGE * (float(value) or 1.0), False)
        else:
            value = float(value)
            own[name] = (value, value / _ENERGY_RANGE, value * _ENERGY_RANGE, True)
    if "Tc0" in known:
        own["Tc0"] = (Tc0, 0.2 * Tc0, 5 * Tc0, True)
    if "gap_ratio" in known and data.kind != "tc":
        ratio = float(known["gap_ratio"] or WEAK_COUPLING_GAP_RATIO)
        own["gap_ratio"] = (ratio, 2.0, 8.0, data.kind == "gap")
    if "mu_star" in known:
        own["mu_star"] = (float(known["mu_star"]), 0.0, 0.99, True)
    for name in _PAIR_BREAKING:
        own[name] = (float(known[name] or 0.0), 0.0, 2 * MEV_PER_KELVIN * Tc0, False)
    return own


def _unit_of(name, template):
    rates_of = 1.0 if "Tc0" in parameter_values(template) else None
    unit = _UNITS.get(name, Units.physical(rates_of).unit_of(name))
    return "" if unit == "1" else unit


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
    sweeps = [data for data in datasets if data.kind not in ("tc", "gap")]
    apart = set(separate) | (set(OF_A_JUNCTION) - set(share) if len(sweeps) > 1 else set())
    both = sorted(set(separate) & set(share))
    if both:
        fail("share", "about other parameters than separate", ", ".join(both))

    found, names, freed = {}, [], {}
    for data in datasets:
        mapping = []
        quick = None if data.kind in ("tc", "gap") else quick_start(data)
        for local, entry in _own(data, template, quick).items():
            name = f"{local}@{data.label}" if local in apart else local
            mapping.append((local, name))
            unit, weak = _unit_of(local, template), weak_prior(local, *entry[:3], data)
            found.setdefault(name, Parameter(name, *entry, unit=unit, weak=weak))
            # Where zero is a point that a descent cannot leave: its slope vanishes there.
            if local in _PAIR_BREAKING:
                freed[name] = 0.02 * found[name].upper
            elif local == "broadening":
                freed[name] = quick.broadening
        names.append(tuple(mapping))

    def matching(name, argument):
        # "T_e" means every "T_e@..." too.
        hits = [full for full in found if full == name or full.partition("@")[0] == name]
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
        return name.partition("@")[0] in _PAIR_BREAKING and not (p.free or p.tied or p.value)

    names = [tuple(pair for pair in mapping if not absent(pair[1])) for mapping in names]
    parameters = [p for p in found.values() if not absent(p.name)]
    for p in parameters:
        if p.tied in found and found[p.tied].tied:
            fail("tie", f"to a parameter that is not tied itself ({p.tied} is)", repr(p.name))
        if p.free and not p.lower <= p.value <= p.upper:
            shown = f"{p.value:g}, outside {p.lower:g} to {p.upper:g}"
            fail(p.name, "started inside its bounds", shown)
    layout = Layout(
        tuple(p.name for p in parameters if p.free),
        tuple((p.name, p.tied) for p in parameters if p.tied),
        tuple(names),
    )
    return parameters, layout
