"""Fits with exact Jacobians against the same fits by finite differences, in one run.

    python benchmarks/fit.py

Both minimise the same residuals with the same bounded least squares from the same start; only
where the Jacobian comes from differs. "first" includes compilation, "warm" does not.
"""

import time

import jax
import numpy as np
from scipy import optimize

import tlsjax as tls
from tlsjax.core.units import MEV_PER_KELVIN
from tlsjax.fitting import models
from tlsjax.fitting.least_squares import TOLERANCE
from tlsjax.fitting.parameters import arrange
from tlsjax.fitting.problem import Problem

TC0 = 9.25
KT = MEV_PER_KELVIN * TC0


def cases():
    rng = np.random.default_rng(1)
    x = np.linspace(0, 1.5, 40)
    Tc = [
        TC0 * float(tls.critical_temperature(tls.TLSEnsemble(0.8 * c, tls.Glass(1.0)))) for c in x
    ]
    tc = tls.TcData(x, np.array(Tc) + 0.01 * rng.standard_normal(40), error=0.01)
    yield "Tc, 40 points", tc, tls.Glass(1.0 * KT * 1.3), {}, ()
    T = np.linspace(1.0, 10.0, 40)
    ensemble = tls.TLSEnsemble(0.5, tls.Glass(1.0))
    delta = KT * np.array([float(tls.order_parameter(ensemble, t / TC0)) for t in T])
    gap = tls.GapData(T, np.abs(delta + 0.01 * rng.standard_normal(40)), error=0.01)
    yield "Delta(T), 40 points", gap, tls.Glass(KT), {"Ec": KT}, ()
    bias = np.linspace(-6, 6, 400)
    spectrum = tls.solve_spectrum(
        tls.TLSEnsemble(0.6, tls.Glass(3.0)), 0.2, tls.EffectiveTemperature(0.6)
    )
    signal = np.asarray(tls.tunnelling_conductance(spectrum, bias / KT))
    noisy = signal + 0.01 * rng.standard_normal(400)
    sweep = tls.TunnellingData(bias, noisy, T=0.2 * TC0, error=0.01)
    fixed = {"slope": 0.0, "V0": 0.0, "G_N": 1.0}
    yield "dI/dV, 400 points", sweep, tls.Glass(3.5 * KT), fixed, ("T_tls",)


def by_differences(data, splittings, fixed, free):
    """The fit by two-point differences through the same solver; compiled once."""
    parameters, layout = arrange(
        (data,), splittings, free=free, fixed=fixed, bounds={}, start={}, tie={}, separate=()
    )
    problem = Problem((data,), splittings, parameters, layout)
    settings, (error,) = problem.settings, problem.errors

    @jax.jit
    def residuals(vector):
        (values,) = layout.values(vector, problem.fixed, (data,))
        predicted, _ = models.PREDICTIONS[data.kind](data, splittings, values, settings)
        return (predicted - data.y) / error

    def run():
        return optimize.least_squares(
            lambda x: np.asarray(residuals(x)), np.clip(problem.x, problem.lower, problem.upper),
            bounds=(problem.lower, problem.upper), x_scale="jac",
            ftol=TOLERANCE, xtol=TOLERANCE, gtol=1e-12, max_nfev=60,
        )  # fmt: skip

    return run


def timed(function):
    begin = time.perf_counter()
    result = function()
    return time.perf_counter() - begin, result


def main():
    print("| fit | parameters | exact: first, warm (s) | chi2 | differences: first, warm (s) "
          "| chi2 | warm ratio |")  # fmt: skip
    print("|---|---|---|---|---|---|---|")
    for name, data, splittings, fixed, free in cases():

        def exact(data=data, splittings=splittings, fixed=fixed, free=free):
            return tls.fit(data, splittings, fixed=fixed, free=free, starts=1, compare_clean=False)

        plain = by_differences(data, splittings, fixed, free)
        first, result = timed(exact)
        warm, _ = timed(exact)
        plain_first, other = timed(plain)
        plain_warm, _ = timed(plain)
        print(f"| {name} | {len(result.names)} | {first:.1f}, {warm:.2f} | {result.chi2:.3f} "
              f"| {plain_first:.1f}, {plain_warm:.2f} | {2 * other.cost:.3f} "
              f"| {plain_warm / warm:.1f} |", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
