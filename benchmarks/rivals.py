"""One dI/dV fit and the table of its rivals, from a cold process and warm.

    python benchmarks/rivals.py

400 points, hot impurities at 0.2 Tc0, and clean superconductors at 0.2 and at 0.01 Tc0. "first"
includes compilation.
"""

import time

import numpy as np
from results import recorded

import tlsjax as tls
from tlsjax.core.units import MEV_PER_KELVIN
from tlsjax.fitting.explanations import defaults

TC0 = 9.25
KT = MEV_PER_KELVIN * TC0
BIAS = np.linspace(-6, 6, 400)


def sweep(T, alpha=0.0):
    """Noisy data of hot impurities, or of none."""
    rng = np.random.default_rng(1)
    sample = tls.TLSEnsemble(alpha, tls.Glass(3.0))
    hot = tls.EffectiveTemperature(0.6)
    spectrum = tls.solve_spectrum(sample, T, hot, resolution=0.25 * np.pi * T, panels=32)
    signal = tls.tunnelling_conductance(spectrum, BIAS / KT, broadening=0.02, undo_resolution=True)
    noisy = np.asarray(signal) + 0.01 * rng.standard_normal(BIAS.size)
    return tls.TunnellingData(BIAS, noisy, T=T * TC0, error=0.01)


def timed(function):
    begin = time.perf_counter()
    result = function()
    return time.perf_counter() - begin, result


def main():
    print("| what | first (s) | warm (s) |\n|---|---|---|")
    data = sweep(0.2, 0.6)
    choices = {"free": ("T_tls",), "starts": 1}

    def alone():
        return tls.fit(data, tls.Glass(3.5 * KT), rivals=False, **choices)

    def beside():
        return tls.fit(data, tls.Glass(3.5 * KT), **choices)

    cases = {"dI/dV fit with TLS": alone, "the same with its rivals": beside}
    for T in (0.2, 0.01):
        clean = sweep(T)
        names = defaults([clean])
        cases[f"{len(names)} rivals at {T} Tc0"] = lambda d=clean, n=names: tls.compare(d, n)
    for name, function in cases.items():
        (first, _), (warm, _) = timed(function), timed(function)
        print(f"| {name} | {first:.1f} | {warm:.2f} |", flush=True)
    seconds, _ = timed(lambda: beside().derived)
    print(f"| and what follows from its parameters | {seconds:.1f} | |")


if __name__ == "__main__":
    with recorded("rivals.md"):
        main()
