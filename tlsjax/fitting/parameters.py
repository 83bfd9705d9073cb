"""Which parameters a fit has, where they start, and which data set sees which.

A parameter is shared by all data sets unless it belongs to one junction (``G_N``, ``V0``,
``slope``, ``broadening``, ``T_e``, ``spin_splitting``) or is asked for separately: with several
sweeps these are called ``G_N@label``. Untouched, ``T_e`` and ``T_tls`` are the temperature of the
sample.
"""

from typing import NamedTuple

import numpy as np

from tlsjax.core.validation import fail
from tlsjax.fitting.guesses import guesses, unit_of
from tlsjax.fitting.layout import Layout, Parameter, stem_of, without_band
from tlsjax.fitting.priors import as_prior, weak_prior
from tlsjax.fitting.quick import quick_start
from tlsjax.fitting.templates import (
    OF_A_JUNCTION,
    ON_REQUEST,
    PAIR_BREAKING,
    is_algebraic,
)
from tlsjax.model.named import bands_of

_THERMAL = ("T_e", "T_tls")
# Where those begin that appear on request, for which zero is a point that a descent cannot leave:
# pair breaking and elastic scattering in units of their largest, a splitting in units of the gap, a
# relative spread, a resistance in units of its largest, which is ten times that of the junction.
_RATE, _ELASTIC, _SPLITTING, _SPREAD, _RESISTANCE = 0.02, 5e-4, 0.3, 0.1, 0.005
# Where a parameter starts that may not be colder than its sample, above that, relatively.
_ROOM = 0.02
# What begins where the data say.
_OF_A_DIELECTRIC = ("F_tan_delta", "n_c", "saturation")
# A share of a whole, and the power that an impedance goes with.
_SHARES = ("kinetic_fraction", "exponent")
# Standard deviations from its median at which a prior of factors ends: one chance in 1e15.
_FAR = 8.0


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
    seen, names = {}, []
    for data in datasets:
        mapping = []
        quick = None if not data.is_sweep else quick_start(data)
        for local, entry in guesses(data, template, quick).items():
            alone = apart & {local, without_band(local)}
            name = f"{local}@{data.label}" if alone else local
            mapping.append((local, name))
            seen.setdefault(name, []).append((data, quick, local, entry))
        names.append(tuple(mapping))
    found, freed = {}, {}
    for name, rows in seen.items():
        # A sweep near Tc or above it says little of the gap; what is cold knows best.
        data, quick, local, entry = min(rows, key=lambda row: row[0].T if row[0].is_sweep else 0.0)
        value = entry[0]
        _, lower, upper, free = zip(*(row[3] for row in rows), strict=True)
        entry = (value, min(lower), max(upper), any(free))
        unit = unit_of(local, data, template)
        weak = weak_prior(stem_of(local), *entry[:3], data)
        found[name] = Parameter(name, *entry, unit=unit, weak=weak)
        begin = _where_freed(found[name], local, data, quick)
        freed |= {} if begin is None else {name: begin}
    return _Collected(found, names, freed, len(bands_of(template)))


def _where_freed(p, local, data, quick):
    """Where a parameter begins, once free, for which zero is a point that a descent cannot leave;
    None for others."""
    stem = stem_of(local)
    if stem in PAIR_BREAKING:
        return _RATE * p.upper
    if stem == "elastic":
        return _ELASTIC * p.upper
    if local == "spin_splitting":
        return _SPLITTING * quick.order_parameter
    if local == "gap_spread":
        return _SPREAD
    if local in ("broadening", "modulation"):
        return quick.broadening
    if local == "R_s":
        return _RESISTANCE * p.upper
    if local == "lattice":
        return data.guessed_lattice()
    return data.dielectric()[local] if local in _OF_A_DIELECTRIC else None


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


def _require_possible(p, value):
    """Raise for a value that no sample has: what is looked for from zero on is not negative."""
    stem = stem_of(p.name)
    # A negative temperature of the impurities is their inversion.
    low = 0.0 if p.lower >= 0 and stem != "T_tls" else -np.inf
    high = 1.0 if stem in _SHARES else np.inf
    if not low <= value <= high:
        rule = {(0.0, 1.0): "between 0 and 1", (0.0, np.inf): "zero or more"}.get((low, high))
        fail("fix", f"{rule or 'a number'} for {p.name}", f"{value:g}")


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
            _require_possible(found[hit], float(value))
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
    held = {hit for name in (*fixed, *tie) for hit in collected.matching(name)}
    for name in bounds:
        hits = collected.matching(name)
        # Who fixes it as well has said which of them counts.
        if not any(found[hit].free for hit in hits) and not held.intersection(hits):
            fail("bounds", "about a parameter that is free (or freed)", repr(name))

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
