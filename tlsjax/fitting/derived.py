"""What follows from the parameters of a sweep, or a resonator: gaps, transition, and their ratio.

    Delta(T)             the order parameter at the temperature of the sweep, impurities as hot as
                         they were found to be
    Delta(0), Tc         with the impurities in equilibrium, Delta at 0.005 Tc0, below which nothing
                         changes by 1e-3
    2Delta(0)/k_B Tc

Errors are those of the parameters carried on (delta method): ``J C J^T`` with the exact Jacobian
through the solvers.
"""

import jax
import jax.numpy as jnp
import numpy as np

from tlsjax.core.constants import MEV_PER_KELVIN
from tlsjax.core.programs import program
from tlsjax.core.status import is_ok, nan_unless
from tlsjax.fitting.algebraic import embedded
from tlsjax.fitting.result import FittedParameter
from tlsjax.fitting.templates import (
    ELECTRODE,
    OF_A_JUNCTION,
    at_microwaves,
    is_algebraic,
    local_values,
    superconductor_of,
)
from tlsjax.matsubara.critical_temperature import solve_critical_temperature
from tlsjax.matsubara.order_parameter import solve_matsubara
from tlsjax.model.hosts import WeakCouplingHost
from tlsjax.model.named import bands_of
from tlsjax.model.scattering import Scattering
from tlsjax.model.superconductor import Superconductor
from tlsjax.real_axis.static import static_order_parameter, static_transition

# Temperature of Delta(0) in units of the scale of Tc: the lowest that the solvers take.
_COLD = 0.005
# Relative error below which there is none.
_ROUNDING = 1e-8
# A band's parameters in `tlsjax.fitting.algebraic`.
_OF_A_BAND = ("Tc0", "gap_ratio", "magnetic", "dynes")


def derived(problem, x, covariance) -> dict:
    """``{name: FittedParameter}``; empty where no data set is a sweep or, without impurities, at
    microwave frequencies."""
    sweeps = [i for i, d in enumerate(problem.datasets) if d.is_sweep]
    if not sweeps:
        simple = at_microwaves(problem.datasets) and is_algebraic(problem.template)
        return _of_a_resonator(problem, x, covariance) if simple else {}
    bands = [end for _, end in bands_of(problem.template)]
    if problem.algebraic:
        by_sweep = [_algebraic(problem, x, i, bands) for i in sweeps]
    else:
        by_sweep = _meshed(problem, x, sweeps)
    found = {}
    # Of one sample what does not depend on the sweep is said once.
    several = len({_of_the_sample(problem.layout, i) for i in sweeps}) > 1
    for index, rows in zip(sweeps, by_sweep, strict=True):
        label = f"@{problem.datasets[index].label}" if len(sweeps) > 1 else ""
        for end, (value, J) in zip(bands, rows, strict=True):
            for name, entry in _quantities(value, J, covariance).items():
                of_a_sweep = several or name == "Delta(T)"
                own = f"{name}{end}{label}" if of_a_sweep else f"{name}{end}"
                found.setdefault(own, _named(own, *entry))
    return found


def _of_the_sample(layout, index):
    """Names of the parameters that the superconductor of one data set has in equilibrium."""
    ties, outer = dict(layout.ties), (*OF_A_JUNCTION, "T_tls")
    return frozenset(
        ties.get(name, name)
        for local, name in layout.names[index]
        if local not in outer and not local.startswith(ELECTRODE)
    )


def _of_a_resonator(problem, x, covariance):
    """What does not depend on the temperature, of the bands of each sample."""
    layout, ends = problem.layout, bands_of(problem.template)
    samples = {}
    for data, mapping in zip(problem.datasets, layout.names, strict=True):
        maps = []
        for band in range(1, len(ends) + 1):
            names = [f"{name}_{band}" for name in _OF_A_BAND]
            maps.append(embedded(names, data, mapping, layout, problem.fixed))
        # One sample is what has the same numbers for the same parameters.
        own = tuple(part.tobytes() for pair in maps for part in pair)
        samples.setdefault(own, (data, maps))
    found = {}
    for data, maps in samples.values():
        label = f"@{data.label}" if len(samples) > 1 else ""
        for (_, end), (matrix, constants) in zip(ends, maps, strict=True):
            values, J = map(np.asarray, _static(matrix @ x + constants, data.reference))
            for name, entry in _quantities(values, J @ matrix, covariance).items():
                if name != "Delta(T)":
                    own = f"{name}{end}{label}"
                    found[own] = _named(own, *entry)
    return found


def _named(name, value, error, unit):
    return FittedParameter(name, value, error, unit, -np.inf, np.inf, False)


def _quantities(values, J, covariance):
    """``{name: (value, error, unit)}`` from Delta(T), Delta(0), Tc in meV and their Jacobian."""
    gap, cold, Tc = values
    ratio = 2 * cold / Tc if Tc > 0 else np.nan
    rows = {
        "Delta(T)": (gap, J[0], "meV"),
        "Delta(0)": (cold, J[1], "meV"),
        "Tc": (Tc / MEV_PER_KELVIN, J[2] / MEV_PER_KELVIN, "K"),
        "2Delta(0)/k_B Tc": (ratio, (2 * J[1] - ratio * J[2]) / Tc, ""),
    }
    return {
        name: (float(value), _error(value, row, covariance), unit)
        for name, (value, row, unit) in rows.items()
    }


def _error(value, row, covariance):
    used = row != 0
    variance = row[used] @ covariance[np.ix_(used, used)] @ row[used]
    # What no parameter changes has an error of rounding.
    return float(np.sqrt(variance)) if variance > (_ROUNDING * value) ** 2 else None


def _algebraic(problem, x, index, bands):
    """``[(values, Jacobian)]`` of the bands of one sweep."""
    data, _, matrix, constants = problem.algebraic.parts[index]
    vector, names = matrix @ x + constants, problem.algebraic.names
    found = []
    for band in range(1, len(bands) + 1):
        rows = [names.index(n) if n in names else None for n in (f"{q}_{band}" for q in _OF_A_BAND)]
        p = np.array([0.0 if row is None else vector[row] for row in rows])
        by_p = np.stack([np.zeros(x.size) if row is None else matrix[row] for row in rows])
        values, J = map(np.asarray, _static(p, data.T))
        found.append((values, J @ by_p))
    return found


@program
def _static(p, T):
    def values(p):
        Tc0, gap_ratio, magnetic, dynes = p
        host = WeakCouplingHost(MEV_PER_KELVIN * Tc0, gap_ratio)
        sample = Superconductor((), host, Scattering(0.0, magnetic, dynes))
        gaps = [static_order_parameter(sample, t) for t in (MEV_PER_KELVIN * T, _COLD * host.Tc0)]
        solved = [*gaps, static_transition(sample)]
        return jnp.stack([nan_unless(is_ok(status), value) for value, status in solved])

    return values(p), jax.jacfwd(values)(p)


def _meshed(problem, x, sweeps):
    """``[[(values, Jacobian)]]`` by sweep and band."""
    gaps, by_x = problem.order_parameters(x)
    cold, J = _cold(
        problem.layout, tuple(sweeps), jnp.asarray(x), problem.fixed, problem.datasets,
        problem.template,
    )  # fmt: skip
    cold, J = np.asarray(cold), np.asarray(J)
    count = cold.shape[1]
    return [
        [
            (
                np.array([gaps[i * count + k], *cold[i, k]]),
                np.stack([by_x[i * count + k], *J[i, k]]),
            )
            for k in range(count)
        ]
        for i in range(len(sweeps))
    ]


@program(static_argnums=(0, 1))
def _cold(layout, sweeps, vector, fixed, datasets, template):
    """``(values, Jacobian)``, (sweeps, bands, 2) and one axis more: Delta(0) and Tc."""

    def of_a_band(band, values):
        sample = superconductor_of(band, values)
        Tc = solve_critical_temperature(sample)
        scale = jax.lax.stop_gradient(jnp.where(is_ok(Tc.status), Tc.temperature, 1.0))
        gap = solve_matsubara(sample, _COLD * scale)
        return jnp.stack([gap.order_parameter, Tc.temperature])

    def values(vector):
        table = layout.values(vector, fixed, datasets)
        bands = bands_of(template)
        return jnp.stack([
            jnp.stack([of_a_band(band, local_values(table[i], end)) for band, end in bands])
            for i in sweeps
        ])  # fmt: skip

    # What no solution depends on has no effect, and no derivative to compile.
    inner, directions = layout.of_the_sample(), np.eye(vector.size)
    found, moved = jax.vmap(
        lambda direction: jax.jvp(values, (vector,), (direction,)), out_axes=(None, 0)
    )(directions[inner])
    J = jnp.zeros((vector.size, *found.shape)).at[inner].set(moved)
    return found, jnp.moveaxis(J, 0, -1)
