"""Names, units and accuracies that a scan writes beside its numbers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from tlsjax.core.units import Scale

_LONG_NAMES = {
    "Tc": "transition temperature",
    "Delta": "order parameter",
    "N0": "density of states at the Fermi level, over the normal one",
    "N": "density of states, over the normal one",
    "alpha": "coupling hbar/(2 pi tau_in k_B Tc0)",
    "elastic_rate": "elastic rate hbar/(2 pi tau_el k_B Tc0)",
    "T": "temperature of the electrons",
    "T_tls": "temperature of the impurities",
    "resolution": "Lorentzian width through which the spectrum is seen",
    "energy": "energy from the Fermi level",
}
_TEMPERATURES = ("Tc", "T", "T_tls")
_PURE = ("alpha", "elastic_rate", "N", "N0", "status")


@dataclass(frozen=True)
class Labels:
    """What a scan knows about the results of its function.

    dims : ``{result: names of its own axes}``, where it is no scalar.
    coordinates : ``{axis: values}`` of those.
    attributes : ``{result or coordinate: {"units": ..., "long_name": ...}}``.
    settings : accuracy of the solver, ``{name: number}``.
    description : of the function, for people.
    """

    description: str
    dims: Mapping = field(default_factory=dict)
    coordinates: Mapping = field(default_factory=dict)
    attributes: Mapping = field(default_factory=dict)
    settings: Mapping = field(default_factory=dict)

    def of(self, name):
        """Attributes of a result, a coordinate, or a derivative ``d<result>_d<parameter>``."""
        result, _, parameter = name.removeprefix("d").rpartition("_d")
        known = self.attributes
        if name in known or not (name.startswith("d") and result in known and parameter in known):
            return dict(known.get(name, {}))
        top, bottom = known[result], known[parameter]
        about = f"derivative of {result} by {parameter}"
        return {"units": f"({top['units']})/({bottom['units']})", "long_name": about}


class Units(NamedTuple):
    """Between the solver's numbers and those of a scan, by name of the quantity.

    scale : Scale or None; with None both are the same.
    energy, temperature : names of the solver's own units.
    """

    scale: Scale | None
    energy: str = "k_B Tc0"
    temperature: str = "Tc0"

    def into(self, name, value):
        """A parameter for the solver."""
        if self.scale is None or name in _PURE:
            return value
        if name in _TEMPERATURES:
            return self.scale.from_kelvin(value)
        return self.scale.from_mev(value)

    def out(self, name, value):
        """A result, or its error, for people."""
        result = name.removesuffix("_error")
        if self.scale is None or result in _PURE:
            return value
        if result in _TEMPERATURES:
            return self.scale.to_kelvin(value)
        return self.scale.gap_to_mev(value)

    def attributes(self, name):
        """``units`` and ``long_name`` of a result or a parameter."""
        if name in _PURE:
            unit = "1"
        elif name in _TEMPERATURES:
            unit = self.temperature if self.scale is None else "K"
        else:
            unit = self.energy if self.scale is None else "meV"
        return {"units": unit, "long_name": _LONG_NAMES.get(name, f"splittings' {name}")}


def status_attributes(statuses):
    """CF attributes of a variable that holds a `Status`."""
    return {
        "long_name": "how the solve ended",
        "flag_values": np.array([int(status) for status in statuses], dtype=np.int8),
        "flag_meanings": " ".join(status.name for status in statuses),
    }
