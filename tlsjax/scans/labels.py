"""Names, units and accuracies that a scan writes beside its numbers."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from tlsjax.core.units import Units

_LONG_NAMES = {
    "Tc": "transition temperature",
    "Delta": "order parameter",
    "N0": "density of states at the Fermi level, over the normal one",
    "N": "density of states, over the normal one",
    "Hc": "thermodynamic critical field over sqrt(N_f), Gaussian units",
    "C": "specific heat of the electrons over k_B N_f",
    "density": "number of impurities over N_f",
    "alpha": "coupling hbar/(2 pi tau_in)",
    "elastic_rate": "elastic rate hbar/(2 pi tau_el)",
    "T": "temperature of the electrons",
    "T_tls": "temperature of the impurities",
    "Tc0": "transition temperature of the clean host",
    "gap_ratio": "2 Delta(0)/(k_B Tc0) of the clean host",
    "resolution": "Lorentzian width through which the spectrum is seen",
    "energy": "energy from the Fermi level",
    "sigma1": "real part of the conductivity over that of the normal metal",
    "sigma2": "imaginary part of the conductivity over that of the normal metal",
    "omega": "hbar omega of the field",
    "wavenumber": "hbar v_F q of the field",
    "elastic": "elastic rate hbar/2 tau",
    "R_s": "surface resistance",
    "X_s": "surface reactance",
    "Q": "quality factor of the cavity",
    "penetration_depth": "penetration depth of a static field, local",
    "n_s": "superfluid density over n",
    "frequency": "frequency of the field",
    "lambda_L0": "London's depth of the clean metal at T = 0",
    "mean_free_path": "mean free path of all elastic scattering",
    "xi0": "coherence length hbar v_F/(pi Delta_0) of the clean metal",
    "v_F": "Fermi velocity",
    "thickness": "thickness of the film",
    "geometry_factor": "G of the cavity, Q R_s",
    "residual": "surface resistance that does not depend on temperature",
}


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
        result, parameter = self._derivative(name)
        known = self.attributes
        if not parameter:
            return dict(known.get(name, {}))
        top, bottom = known[result], known[parameter]
        about = f"derivative of {result} by {parameter}"
        return {"units": f"({top['units']})/({bottom['units']})", "long_name": about}

    def axes_of(self, name):
        """Names of a result's own axes, which a derivative of it shares; None if not known."""
        return self.dims.get(self._derivative(name)[0])

    def _derivative(self, name):
        """``(result, parameter)`` of ``d<result>_d<parameter>``, ``(name, "")`` of all else."""
        result, _, parameter = name.removeprefix("d").rpartition("_d")
        known = self.attributes
        if name in known or not (name.startswith("d") and result in known and parameter in known):
            return name, ""
        return result, parameter


def attributes(units: Units, name: str) -> dict:
    """``units`` and ``long_name`` of a result or a parameter."""
    head, _, number = name.rpartition("_")
    stem = head if number.isdigit() else name
    about = _LONG_NAMES.get(stem, f"splittings' {stem}")
    if number.isdigit() and head:
        about = f"{about}, impurities {number}"
    return {"units": units.unit_of(name), "long_name": about}


def status_attributes(statuses):
    """CF attributes of a variable that holds a `Status`."""
    return {
        "long_name": "how the solve ended",
        "flag_values": np.array([int(status) for status in statuses], dtype=np.int8),
        "flag_meanings": " ".join(status.name for status in statuses),
    }
