"""What is fitted: a superconductor in meV whose numbers the fit replaces, and their names.

``values`` are the parameters of one data set by name: energies in meV, temperatures in K, rates in
units of ``k_B Tc0`` where the host has a Tc0 of its own and in meV where it has not. The solvers
work in meV.
"""

import dataclasses

from tlsjax.core.constants import MEV_PER_KELVIN
from tlsjax.core.units import kind_of
from tlsjax.model.distributions.base import Distribution, require_distribution
from tlsjax.model.ensemble import TLSEnsemble
from tlsjax.model.named import bands_of, ensemble_names, parameter_names, with_values
from tlsjax.model.superconductor import Superconductor, as_superconductor
from tlsjax.model.two_band import TwoBand
from tlsjax.real_axis.static import is_static

# Kinds of measurements in bulk, beside Tc and the gap.
BULK = ("c", "hc")
# Kinds at microwave frequencies.
MICROWAVE = ("resonator", "rs")
# Parameters of a junction, on which no solution depends.
OF_A_JUNCTION = (
    "G_N", "V0", "slope", "broadening", "T_e", "spin_splitting", "modulation", "R_s",
)  # fmt: skip
# Those of a resonator or a surface, on which none depends either.
OF_A_RESONATOR = (
    "R_n", "R_residual", "kinetic_fraction", "residual_loss", "f_offset", "pressure_slope",
    "exponent", "F_tan_delta", "n_c", "saturation",
)  # fmt: skip
# What names of the other electrode's parameters begin with.
ELECTRODE = "electrode_"
# Parameters that are nowhere in a fit unless somebody asks for them.
PAIR_BREAKING = ("magnetic", "dynes")
ON_REQUEST = (
    *PAIR_BREAKING, "elastic", "spin_splitting", "gap_spread", "modulation", "R_s", "F_tan_delta",
    "n_c", "saturation",
)  # fmt: skip


def as_template(model) -> Superconductor | TwoBand:
    """What is fitted, in meV: a superconductor, or two, whose numbers the fit replaces.

    A bare distribution of splittings is put into a clean weak-coupling host.
    """
    if isinstance(model, Distribution):
        require_distribution("model", model)
        return Superconductor((TLSEnsemble(0.0, model),))
    if isinstance(model, TwoBand):
        template = TwoBand(*model.bands, model.weight)
    else:
        template = as_superconductor(model)
    template.rules()
    return template


def impurity_names(template) -> tuple:
    """Names of the parameters of all impurities."""
    return tuple(name for names in ensemble_names(template) for name in names)


def is_algebraic(template) -> bool:
    """Whether spectra need no mesh: a fraction of a second to compile, milliseconds to solve."""
    return all(is_static(band) for band, _ in bands_of(template))


def through_junctions(datasets) -> bool:
    """Whether these are sweeps, and perhaps Tc."""
    alone = all(d.is_sweep or d.kind == "tc" for d in datasets)
    return alone and any(d.is_sweep for d in datasets)


def through_normal_junctions(datasets) -> bool:
    """The same, with one electrode that superconducts."""
    return through_junctions(datasets) and not any(d.is_sis for d in datasets if d.is_sweep)


def at_microwaves(datasets) -> bool:
    """Whether nothing else was measured."""
    return all(d.kind in MICROWAVE for d in datasets)


def local_values(values, end):
    """Parameters of one band by the names that it has alone."""
    others = {name: value for name, value in values.items() if end and not name.endswith(end)}
    own = {n.removesuffix(end): v for n, v in values.items() if n.endswith(end)}
    return others | own


def without_rates(template):
    """The template without pair breaking that is known to be zero.

    A zero that a program is told when it runs costs it all the equations of a rate: the fit of a
    sweep takes twice as long.
    """
    if isinstance(template, TwoBand):
        bands = map(without_rates, template.bands)
        return TwoBand(*bands, template.weight)
    rates, needed = template.scattering, template.scattering.simplified()
    rates = dataclasses.replace(rates, magnetic=needed.magnetic, dynes=needed.dynes)
    return dataclasses.replace(template, scattering=rates)


def superconductor_of(template: Superconductor, values) -> Superconductor:
    """The superconductor with these parameters, in meV."""
    rate = MEV_PER_KELVIN * values["Tc0"] if "Tc0" in values else 1.0
    unit = {"temperature": MEV_PER_KELVIN, "rate": rate, "pure": 1.0, "energy": 1.0}
    numbers = {n: v for n, v in values.items() if n in parameter_names(template)}
    return with_values(template, {n: v * unit[kind_of(n)] for n, v in numbers.items()})
