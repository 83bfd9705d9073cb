"""Where the parameters of a data set start, their bounds, and whether they are free by default."""

import numpy as np

from tlsjax.core.constants import MEV_PER_KELVIN, WEAK_COUPLING_GAP_RATIO
from tlsjax.core.units import Units
from tlsjax.fitting.templates import (
    BULK,
    ELECTRODE,
    MICROWAVE,
    PAIR_BREAKING,
    impurity_names,
    is_algebraic,
)
from tlsjax.model.named import bands_of, parameter_values

# Largest relative spread of gaps: a tenth of a Gaussian of it is below a third of the mean.
_LARGEST_SPREAD = 0.5
# First gap of the second band, in units of the first's.
_SECOND = 0.6
# Of a measurement; the superconductor's own are known to `tlsjax.core.units`.
_UNITS = {
    "baseline": "K per unit", "G_N": "", "V0": "mV", "slope": "1/mV", "broadening": "mV",
    "spin_splitting": "meV", "gap_spread": "", "modulation": "mV", "R_s": "1/signal",
    "gamma": "per K", "lattice": "per K^3", "H0": "", "R_n": "", "R_residual": "",
    "kinetic_fraction": "", "residual_loss": "", "f_offset": "Hz", "pressure_slope": "Hz per unit",
    "exponent": "", "F_tan_delta": "", "n_c": "photons", "saturation": "",
}  # fmt: skip
# Splittings are looked for within this factor of where they start.
_ENERGY_RANGE = 100.0


def guesses(data, template, quick):
    """``{name: (value, lower, upper, free)}`` of what a data set depends on."""
    if data.kind == "tc":
        Tc0 = float(data.y[np.argmin(data.x)])
        measured = {"baseline": (0.0, -np.inf, np.inf, False)}
    elif data.kind == "gap":
        largest = float(np.max(data.y)) / (WEAK_COUPLING_GAP_RATIO / 2 * MEV_PER_KELVIN)
        Tc0 = max(largest, float(np.max(data.x)))
        measured = {}
    elif data.kind in (*BULK, *MICROWAVE):
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
            # What begins from a fit without them must stay near it.
            first = 0.01 if data.kind in MICROWAVE else 0.3
            own[name] = (value or first, 0.0, 20.0, True)
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
        # Far below Tc all that a resonator knows is Delta(0).
        whole = data.kind == "gap" or (data.kind in MICROWAVE and data.guess().through)
        own["gap_ratio"] = (ratio, 2.0, 8.0, whole)
    if "mu_star" in known:
        own["mu_star"] = (float(known["mu_star"]), 0.0, 0.99, True)
    if data.kind in MICROWAVE:
        # None is the dirty limit: nothing else depends on it (Anderson).
        clean, dirty = 1e-3 * MEV_PER_KELVIN * Tc0, 1e4 * MEV_PER_KELVIN * Tc0
        own["elastic"] = (float(known["elastic"] or 0.0), clean, dirty, False)
    for name in PAIR_BREAKING:
        own[name] = (float(known[name] or 0.0), 0.0, 2 * MEV_PER_KELVIN * Tc0, False)
    return own


def unit_of(name, data, template):
    if name.startswith(ELECTRODE):
        name, template = name.removeprefix(ELECTRODE), data.electrode
    rates_of = 1.0 if {"Tc0", "Tc0_1"} & {*parameter_values(template)} else None
    if name == "R_s" and data.kind == "current":
        return "mV/signal"
    unit = _UNITS.get(name, Units.physical(rates_of).unit_of(name))
    return "" if unit == "1" else unit
