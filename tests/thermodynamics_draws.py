"""Random superconductors over the whole range, for the errors that thermodynamics reports.

T/Tc from 0.02 to 0.999, alpha to 5, all distributions with widths down to a thousandth, a host as
lead's, magnetic scattering, the rate of Dynes, two kinds of impurities. Draws of one structure are
one batch: one program.
"""

import numpy as np

import tlsjax as tls
from tlsjax.core.status import Status

# What the default axis is measured against.
FINE = tls.compact_axis(1e8, 1e-11, order=24, far=1e6)
WIDEST = 0.5


def log_uniform(rng, low, high, size):
    return np.exp(rng.uniform(np.log(low), np.log(high), size))


def _distribution(kind, rng, size):
    J, width = log_uniform(rng, 0.01, 5.0, size), log_uniform(rng, 1e-3, WIDEST, size)
    return {
        "delta": lambda: tls.DeltaFunction(J),
        "glass": lambda: tls.Glass(2 * J),
        "lorentzian": lambda: tls.Lorentzian(J, width * J),
        "wipf-neumaier": lambda: tls.WipfNeumaier(J, width),
        "modified-wipf-neumaier": lambda: tls.ModifiedWipfNeumaier(
            J, J * log_uniform(rng, 1.0, 10.0, size), J * width
        ),
    }[kind]()


# Distributions, then what else is in it.
STRUCTURES = {
    "delta": ("delta",),
    "glass": ("glass",),
    "lorentzian": ("lorentzian",),
    "wipf-neumaier": ("wipf-neumaier",),
    "modified-wipf-neumaier": ("modified-wipf-neumaier",),
    "lead": ("glass", "lead"),
    "pair breaking": ("lorentzian", "rates"),
    "two kinds": ("glass", "delta", "rates"),
}


def drawn(name, count):
    """``(superconductor, T)`` of ``count`` draws."""
    rng = np.random.default_rng(sorted(STRUCTURES).index(name))
    parts = STRUCTURES[name]
    impurities = tuple(
        tls.TLSEnsemble(rng.uniform(0, 5.0, count), _distribution(part, rng, count))
        for part in parts
        if part not in ("lead", "rates")
    )
    host, scattering = tls.WeakCouplingHost(), tls.Scattering()
    if "lead" in parts:
        # Two peaks, lambda = 1.5: energies in meV, transverse and longitudinal.
        E = np.linspace(0.2, 11.0, 109)
        peaks = np.exp(-(((E - 4.4) / 0.6) ** 2)) + 0.8 * np.exp(-(((E - 8.5) / 0.4) ** 2))
        host = tls.StrongCouplingHost(E, 1.2 * peaks, 0.1)
    if "rates" in parts:
        scattering = tls.Scattering(
            magnetic=log_uniform(rng, 1e-3, 0.1, count), dynes=log_uniform(rng, 1e-3, 0.2, count)
        )
    superconductor = tls.Superconductor(impurities, host, scattering)
    below = np.where(rng.random(count) < 0.5, rng.uniform(0.02, 0.999, count), 0.0)
    t = np.where(below > 0, below, log_uniform(rng, 0.02, 0.999, count))
    Tc = np.asarray(tls.critical_temperature(superconductor))
    return superconductor, t * Tc


def values(found):
    return np.array([found.free_energy, found.entropy, found.specific_heat.difference])


def ratios(name, count):
    """(3, n): how far ``free_energy``, ``entropy`` and ``specific_heat.difference`` are off, in
    units of their errors, and the solution itself."""
    superconductor, T = drawn(name, count)
    found = tls.solve_thermodynamics(superconductor, T)
    fine = tls.solve_thermodynamics(superconductor, T, axis=FINE)
    errors = np.array([found.error, found.entropy_error, found.specific_heat_error])
    return np.abs(values(found) - values(fine)) / errors, found, fine


def all_ratios(count):
    """`ratios` of all structures side by side where there is superconductivity, (3, N)."""
    found = []
    for name in STRUCTURES:
        ratio, default, fine = ratios(name, count)
        status = np.asarray(default.status)
        assert np.isin(status, (Status.CONVERGED, Status.NORMAL)).all()
        assert np.isin(np.asarray(fine.status), (Status.CONVERGED, Status.NORMAL)).all()
        every = [np.asarray(x) for x in (*values(default), default.critical_field)]
        assert np.isfinite(every).all()
        # The condensed state lies lower and is more ordered.
        free_energy, entropy, *_ = every
        assert (free_energy <= 0).all()
        if "rates" not in STRUCTURES[name]:
            assert (entropy <= 0).all()
        found.append(ratio[:, status == Status.CONVERGED])
    return np.concatenate(found, axis=1)
