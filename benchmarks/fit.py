"""Fits with exact Jacobians against the same fits by finite differences, in one run.

    python benchmarks/fit.py

Both minimise the same residuals with the same bounded least squares from the same start; only
where the Jacobian comes from differs. "first" includes compilation, "warm" does not.

Before them the conductance of cold junctions and its Jacobian for a given spectrum, by fast Fourier
transforms and by the same sums over all pairs of times, energies and biases.
"""

import dataclasses
import time
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from results import recorded
from scipy import optimize

import tlsjax as tls
from tlsjax.core.units import MEV_PER_KELVIN
from tlsjax.fitting import models, templates
from tlsjax.fitting.least_squares import TOLERANCE
from tlsjax.fitting.parameters import arrange
from tlsjax.fitting.problem import Problem
from tlsjax.observables.kernel import Kernel, Window, characteristic
from tlsjax.observables.smearing import measure

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
    spectrum = cold_spectrum(0.01)
    signal = np.asarray(
        tls.tunnelling_conductance(spectrum, bias / KT, broadening=0.02, undo_resolution=True)
    )
    noisy = signal + 0.01 * rng.standard_normal(400)
    sweep = tls.TunnellingData(bias, noisy, T=0.01 * TC0, error=0.01)
    free = ("T_tls", "T_e", "broadening")
    fixed |= {"Tc0": TC0, "Ec": 3.0 * KT}
    yield "dI/dV at 0.01 Tc0, 400 points", sweep, tls.Glass(3.0 * KT), fixed, free


def cold_spectrum(T):
    """Of a superconductor with hot impurities, at the height at which fits solve it."""
    return tls.solve_spectrum(
        tls.TLSEnsemble(0.6, tls.Glass(3.0)), T, tls.EffectiveTemperature(0.6),
        resolution=0.25 * np.pi * T, panels=32,
    )  # fmt: skip


def dense(spectrum, bias, T_e, broadening, window):
    """The conductance with a cosine for every pair, in blocks that fit into memory."""
    kernel = Kernel(T_e, broadening, 0.0, spectrum.resolution)
    end = jax.lax.stop_gradient(kernel.end(jnp.max(jnp.abs(bias))))
    even, odd = characteristic(kernel, end / window.times, window)
    # Without the times that only splines need: half of them.
    count = window.times // 2
    t = jnp.arange(count) * jnp.pi / end
    energy, excess = measure(spectrum.fine, end, window.panels)

    def image(row):
        t, even, odd = row
        return even * (jnp.cos(t * energy) @ excess.real) + odd * (
            jnp.sin(t * energy) @ excess.imag
        )

    found = jax.lax.map(image, (t, even[:count], odd[:count]), batch_size=256)
    return 1 + 2 / end * jnp.cos(bias[:, None] * t) @ found.at[0].multiply(0.5)


def best_of_three(function):
    return min((timed(function) for _ in range(3)), key=lambda pair: pair[0])


def junction(T, bias):
    """A row of the first table; errors against the dense sum with twice the panels and times."""
    spectrum = cold_spectrum(T).check()
    window = tls.window_for(7.5, T, height=float(spectrum.resolution))
    finer = Window(2 * window.panels, 2 * window.times, window.phases)
    p = jnp.array([0.0, 0.0, 0.0, 0.3 * T])

    def fast(spectrum, T_e, broadening):
        return tls.tunnelling_conductance(
            spectrum, bias, T_e, broadening=broadening, undo_resolution=True, window=window
        )

    def slow(spectrum, T_e, broadening, window=window):
        return dense(spectrum, bias, T_e, broadening, window)

    def programs(function, **choices):
        """Of four parameters, two of the spectrum and two of the junction: G and its Jacobian."""

        def conductance(p):
            fine = spectrum.fine
            fine = dataclasses.replace(fine, w=fine.w * (1 + p[0] + 1j * p[1]))
            changed = dataclasses.replace(spectrum, fine=fine)
            return function(changed, T * (1 + p[2]), p[3], **choices)

        derivatives = jax.jacfwd(conductance)
        return [jax.jit(f).lower(p).compile() for f in (conductance, derivatives)]

    exact = [program(p) for program in programs(slow, window=finer)]
    cells = []
    for function in (fast, slow):
        for program, expected in zip(programs(function), exact, strict=True):
            seconds, found = best_of_three(partial(_finished, program, p))
            error = float(jnp.max(jnp.abs(found - expected)) / jnp.max(jnp.abs(expected)))
            memory = program.memory_analysis().temp_size_in_bytes / 1e6
            cells.append(f"{1e3 * seconds:.1f} ms, {error:.0e}, {memory:.0f} MB")
    return f"| {T} | {' | '.join(cells)} |"


def _finished(program, p):
    return jax.block_until_ready(program(p))


def by_differences(data, splittings, fixed, free):
    """The fit by two-point differences through the same solver; compiled once."""
    template = templates.as_template(splittings)
    parameters, layout = arrange(
        (data,), template, free=free, fixed=fixed, bounds={}, start={}, tie={}, separate=()
    )
    problem = Problem((data,), template, parameters, layout)
    settings, (error,) = problem.settings, problem.errors

    @jax.jit
    def residuals(vector):
        (values,) = layout.values(vector, problem.fixed, (data,))
        solution, _ = models.solve(data, problem.template, values, settings)
        return (models.signal(data, solution, values, settings) - data.y) / error

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
    print("time, largest error, memory of 400 points:\n")
    print("| T/Tc0 | G | its Jacobian (4) | G, dense | its Jacobian, dense |")
    print("|---|---|---|---|---|")
    for T in (0.1, 0.01, 0.005):
        print(junction(T, jnp.linspace(-7.5, 7.5, 400)), flush=True)
    print()
    print("| fit | parameters | exact: first, warm (s) | chi2 | differences: first, warm (s) "
          "| chi2 | warm ratio |")  # fmt: skip
    print("|---|---|---|---|---|---|---|")
    for name, data, splittings, fixed, free in cases():

        def exact(data=data, splittings=splittings, fixed=fixed, free=free):
            choices = {"starts": 1, "compare_clean": False, "rivals": False}
            return tls.fit(data, splittings, fixed=fixed, free=free, **choices)

        plain = by_differences(data, splittings, fixed, free)
        first, result = timed(exact)
        warm, _ = timed(exact)
        plain_first, other = timed(plain)
        plain_warm, _ = timed(plain)
        print(f"| {name} | {len(result.names)} | {first:.1f}, {warm:.2f} | {result.chi2:.3f} "
              f"| {plain_first:.1f}, {plain_warm:.2f} | {2 * other.cost:.3f} "
              f"| {plain_warm / warm:.1f} |", flush=True)  # fmt: skip


if __name__ == "__main__":
    with recorded("fit.md"):
        main()
