"""The numbers of a superconductor by name: what scans vary and fits find.

``alpha``, ``elastic_rate``, ``density`` and the parameters of the splittings belong to the
impurities; with several ensembles they are called ``alpha_1``, ``alpha_2`` ... in their order. The
host has its own (``Tc0``, ``gap_ratio`` or ``mu_star``), and ``magnetic``, ``dynes`` and
``elastic`` are the rates of the scattering. Of a `TwoBand`
names end in ``_1`` or ``_2``, and ``weight`` is its own.
"""

import dataclasses

from tlsjax.model.superconductor import Superconductor
from tlsjax.model.two_band import TwoBand

_OF_AN_ENSEMBLE = ("alpha", "elastic_rate", "density")
SCATTERING_NAMES = ("magnetic", "dynes", "elastic")


def _ensembles(superconductor):
    """Pairs of an ensemble and the end of its parameters' names."""
    impurities = superconductor.impurities
    several = len(impurities) > 1
    return [(e, f"_{i + 1}" if several else "") for i, e in enumerate(impurities)]


def _numbers(ensemble):
    own = {name: getattr(ensemble, name) for name in _OF_AN_ENSEMBLE}
    return own | ensemble.splittings.numbers()


def bands_of(model: Superconductor | TwoBand) -> tuple:
    """Pairs of a superconductor and the end of its parameters' names."""
    if not isinstance(model, TwoBand):
        return ((model, ""),)
    return tuple((band, f"_{i}") for i, band in enumerate(model.bands, start=1))


def ensemble_names(superconductor: Superconductor | TwoBand) -> tuple:
    """Names of the impurities' parameters, a tuple for each ensemble."""
    if isinstance(superconductor, TwoBand):
        pairs = [(ensemble_names(band), end) for band, end in bands_of(superconductor)]
        return tuple(tuple(f"{n}{end}" for n in own) for names, end in pairs for own in names)
    pairs = _ensembles(superconductor)
    return tuple(tuple(f"{n}{suffix}" for n in _numbers(ensemble)) for ensemble, suffix in pairs)


def parameter_values(superconductor: Superconductor | TwoBand) -> dict:
    """``{name: value}`` of all numbers of a superconductor; None for what is not there."""
    found = {}
    if isinstance(superconductor, TwoBand):
        for band, end in bands_of(superconductor):
            found |= {f"{name}{end}": value for name, value in parameter_values(band).items()}
        return found | {"weight": superconductor.weight}
    for ensemble, suffix in _ensembles(superconductor):
        found |= {f"{name}{suffix}": value for name, value in _numbers(ensemble).items()}
    host, scattering = superconductor.host, superconductor.scattering
    found |= {name: getattr(host, name) for name in host.number_names}
    return found | {name: getattr(scattering, name) for name in SCATTERING_NAMES}


def parameter_names(superconductor: Superconductor | TwoBand) -> tuple:
    """Names of all numbers of a superconductor."""
    return tuple(parameter_values(superconductor))


def with_values(superconductor: Superconductor, values: dict) -> Superconductor:
    """The same superconductor with other values of the named parameters."""

    def among(names, suffix=""):
        return {name: values[f"{name}{suffix}"] for name in names if f"{name}{suffix}" in values}

    impurities = []
    for ensemble, suffix in _ensembles(superconductor):
        splittings = ensemble.splittings
        splittings = splittings.replace(**among(splittings.numbers(), suffix))
        own = among(_OF_AN_ENSEMBLE, suffix)
        impurities.append(dataclasses.replace(ensemble, splittings=splittings, **own))
    host, scattering = superconductor.host, superconductor.scattering
    return Superconductor(
        tuple(impurities),
        dataclasses.replace(host, **among(host.number_names)),
        dataclasses.replace(scattering, **among(SCATTERING_NAMES)),
    )
