"""The numbers of a superconductor by name: what scans vary and fits find.

``alpha``, ``elastic_rate`` and the parameters of the splittings belong to the impurities; with
several ensembles they are called ``alpha_1``, ``alpha_2`` ... in their order. The host adds its
own.
"""

import dataclasses

from tlsjax.model.superconductor import Superconductor

_OF_AN_ENSEMBLE = ("alpha", "elastic_rate")


def _suffixes(superconductor):
    count = len(superconductor.impurities)
    return [f"_{i + 1}" for i in range(count)] if count > 1 else [""] * count


def ensemble_names(superconductor: Superconductor) -> tuple:
    """Names of the impurities' parameters, a tuple for each ensemble."""
    pairs = zip(superconductor.impurities, _suffixes(superconductor), strict=True)
    return tuple(
        tuple(f"{name}{suffix}" for name in (*_OF_AN_ENSEMBLE, *ensemble.splittings.energy_names()))
        for ensemble, suffix in pairs
    )


def parameter_names(superconductor: Superconductor) -> tuple:
    """Names of all numbers of a superconductor."""
    own = (name for names in ensemble_names(superconductor) for name in names)
    return (*own, *superconductor.host.number_names)


def parameter_values(superconductor: Superconductor) -> dict:
    """``{name: value}``; None for what is not there."""
    found = {}
    pairs = zip(superconductor.impurities, _suffixes(superconductor), strict=True)
    for ensemble, suffix in pairs:
        found |= {f"{name}{suffix}": getattr(ensemble, name) for name in _OF_AN_ENSEMBLE}
        splittings = ensemble.splittings
        found |= {f"{n}{suffix}": getattr(splittings, n) for n in splittings.energy_names()}
    host = superconductor.host
    return found | {name: getattr(host, name) for name in host.number_names}


def with_values(superconductor: Superconductor, values: dict) -> Superconductor:
    """The same superconductor with other values of the named parameters."""
    impurities = []
    for ensemble, suffix in zip(superconductor.impurities, _suffixes(superconductor), strict=True):
        own = {n: values[f"{n}{suffix}"] for n in _OF_AN_ENSEMBLE if f"{n}{suffix}" in values}
        names = ensemble.splittings.energy_names()
        shape = {n: values[f"{n}{suffix}"] for n in names if f"{n}{suffix}" in values}
        splittings = ensemble.splittings.replace(**shape)
        impurities.append(dataclasses.replace(ensemble, splittings=splittings, **own))
    host = superconductor.host
    of_host = {name: values[name] for name in host.number_names if name in values}
    host = dataclasses.replace(host, **of_host)
    return dataclasses.replace(superconductor, impurities=tuple(impurities), host=host)
