"""NUTS of a fit of 21 points of Delta(T), 4 chains of 1,000 draws: a cold program and a warm one.

    python benchmarks/posterior.py

Three parameters, of which alpha is known to a fifth and strongly correlated with the others; 300
more draws of each chain tune the sampler.
"""

import time

import numpy as np
from results import recorded

import tlsjax as tls
from tlsjax.core.units import MEV_PER_KELVIN

KT = MEV_PER_KELVIN * 9.25


def fitted():
    T = np.linspace(1.0, 10.0, 21)
    host = tls.WeakCouplingHost(KT, gap_ratio=3.9)
    ensemble = tls.TLSEnsemble(0.5 * KT, tls.DeltaFunction(0.8))
    exact = tls.order_parameter(tls.Superconductor((ensemble,), host), T * MEV_PER_KELVIN)
    noise = 0.01 * np.random.default_rng(0).standard_normal(21)
    data = tls.GapData(T, np.abs(np.asarray(exact) + noise), error=0.01)
    return tls.fit(data, tls.DeltaFunction(0.8), fixed={"E0": 0.8}, starts=1, compare_clean=False)


def main():
    result = fitted()
    for which in ("cold", "warm"):
        wall, cpu = time.perf_counter(), time.process_time()
        found = tls.sample(result)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        print(f"{which}: {wall:.1f} s, {cpu:.1f} s of CPU, ESS {found.ess.min():.0f}", flush=True)
    print(found.report())


if __name__ == "__main__":
    with recorded("posterior.txt"):
        main()
