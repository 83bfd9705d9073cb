"""Microwave response: error and warm time beside what a user would write with SciPy's quad.

    python benchmarks/microwave.py [conductivity] [surfaces] [nonlocal] [depths]

Everything in one run on one machine. Beside are two routines with `scipy.integrate.quad`, one
frequency after the other: the integrals of Mattis and Bardeen (1958) for the dirty limit, and
those of Zimmermann and others (Physica C 183, 99 (1991)) for any purity; both take Delta as given
and know BCS superconductors only. Errors are relative, the largest of real or imaginary part over
all points: of BCS against a finer quadrature (`tests/mattis_bardeen_oracle.py`), of sigma with
two-level systems against twice the panels, of surfaces from spectra what they say of themselves.
"""

import cmath
import math
import statistics
import sys
import time
import warnings
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from results import recorded
from scipy.integrate import quad

import tlsjax as tls
from tlsjax.matsubara.pair_breaking import PairBreaking
from tlsjax.microwave.static import StaticFields, static_conductivity
from tlsjax.real_axis.static import static_order_parameter

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
import mattis_bardeen_oracle

# Conductivity: units of k_B Tc0, a fifth of Tc, from far below to far above the gap.
T, RATE, COUNT = 0.2, 2.0, 200
GLASS = tls.TLSEnsemble(0.3, tls.Glass(Ec=3.0))
# Surfaces: niobium in kelvin and GHz, an eighth of Tc and up.
HOST = tls.WeakCouplingHost(9.25, gap_ratio=3.8)
FREQUENCY, MANY = 1.3, np.linspace(1.2, 9.0, 40)
METAL = tls.Material(lambda_L0=32.0, mean_free_path=100.0, xi0=40.0)
DIRTY = tls.Material(lambda_L0=32.0, mean_free_path=2.0, xi0=40.0)
IMPURE = tls.Superconductor((tls.TLSEnsemble(0.2, tls.Glass(Ec=20.0)),), HOST)
FINE_AXIS = tls.compact_axis(1e8, 1e-11, order=24)


def median(function, repeats=7):
    """Median wall time of a warm call, in ms."""
    jax.block_until_ready(function())
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        jax.block_until_ready(function())
        times.append(time.perf_counter() - begin)
    return 1e3 * statistics.median(times)


def once(function):
    """Wall time of one call, in ms, and what it returns."""
    begin = time.perf_counter()
    found = function()
    return 1e3 * (time.perf_counter() - begin), found


def distance(found, exact):
    """Largest relative error of real and imaginary parts."""
    found, exact = np.asarray(found), np.asarray(exact)
    parts = ((np.real(found), np.real(exact)), (np.imag(found), np.imag(exact)))
    return max(np.max(np.abs(a - b) / np.abs(b)) for a, b in parts if np.any(b))


def mattis_bardeen(omega, T, gap):
    """``sigma/sigma_n`` in the dirty limit, as the formulas stand in textbooks."""

    def fermi(E):
        return 1 / (math.exp(min(E / T, 700.0)) + 1)

    def thermal(E):
        coherence = E * E + gap * gap + omega * E
        roots = math.sqrt(E * E - gap * gap) * math.sqrt((E + omega) ** 2 - gap * gap)
        return (fermi(E) - fermi(E + omega)) * coherence / roots

    def broken(E):
        coherence = abs(E * E + gap * gap + omega * E)
        roots = math.sqrt(E * E - gap * gap) * math.sqrt((E + omega) ** 2 - gap * gap)
        return (1 - 2 * fermi(E + omega)) * coherence / roots

    def virtual(E):
        coherence = E * E + gap * gap + omega * E
        roots = math.sqrt(gap * gap - E * E) * math.sqrt((E + omega) ** 2 - gap * gap)
        return (1 - 2 * fermi(E + omega)) * coherence / roots

    real = 2 / omega * quad(thermal, gap, np.inf, limit=200)[0]
    if omega > 2 * gap:
        real += quad(broken, gap - omega, -gap, limit=200)[0] / omega
    imaginary = quad(virtual, max(gap - omega, -gap), gap, limit=200)[0] / omega
    return complex(real, imaginary)


def zimmermann(omega, T, gap, rate):
    """``sigma/sigma_n`` of any purity, ``rate = hbar/2 tau``."""
    collisions = 2j * rate

    def functions(E, sign):
        other = E + sign * omega
        here = cmath.sqrt(E * E - gap * gap)
        there = cmath.sqrt(other * other - gap * gap)
        return here, there, (gap * gap + E * other) / (here * there)

    def tanh(E):
        return math.tanh(E / (2 * T))

    def first(E):
        p2, p4, share = functions(E, -1)
        return tanh(E) * (
            (1 - share) / (p4 + p2 + collisions) - (1 + share) / (p4 - p2 + collisions)
        )

    def second(E):
        p2, p1, share = functions(E, 1)
        one = (1 + share) / (p1 - p2 + collisions) - (1 - share) / (-p1 - p2 + collisions)
        two = (1 - share) / (p1 + p2 + collisions) - (1 + share) / (p1 - p2 + collisions)
        return tanh(E + omega) * one + tanh(E) * two

    def integral(function, low, high):
        return quad(function, low, high, limit=200, complex_func=True)[0]

    # The root of the other energy is real below omega - gap, and imaginary from there on.
    if omega > 2 * gap:
        total = integral(first, gap, omega - gap) + integral(first, omega - gap, omega + gap)
    else:
        total = integral(first, gap, omega + gap)
    total += integral(second, gap, np.inf)
    # sigma_0 i/(2 omega tau).
    return 1j * rate / omega * total


def row(name, milliseconds, error=None, ratio=None):
    error = "" if error is None else f"{error:9.1e}"
    ratio = "" if ratio is None else f"{ratio:9.2f}"
    print(f"{name:56s} {milliseconds:10.2f} {error:>9s} {ratio:>9s}", flush=True)


def title(text):
    print(f"\n{text:56s} {'ms':>10s} {'error':>9s} {'ratio':>9s}")


def of_conductivity():
    title(f"sigma at {COUNT} frequencies, T = {T} Tc0")
    bcs, glass = tls.solve_spectrum(tls.Superconductor(), T), tls.solve_spectrum(GLASS, T)
    finer = tls.solve_spectrum(GLASS, T, panels=160)
    gap = float(bcs.order_parameter)
    omega = gap * np.geomspace(1e-3, 10.0, COUNT)
    # The rate is known, as in a script: the dirty limit is a program of its own.
    solve = jax.jit(lambda s, rate: tls.conductivity(s, omega, elastic=rate), static_argnums=1)
    for label, rate in (("dirty limit", np.inf), (f"hbar/2tau = {RATE} k_BTc0", RATE)):
        exact = [
            mattis_bardeen_oracle.conductivity(w, T, gap, elastic=None if rate == np.inf else rate)
            for w in omega
        ]
        ours = median(lambda rate=rate: solve(bcs, rate))
        row(f"tlsjax, BCS, {label}", ours, distance(solve(bcs, rate), exact), 1.0)
        warm = median(lambda rate=rate: tls.conductivity(bcs, omega, elastic=rate))
        row("  outside jax.jit", warm, None, warm / ours)

        def plain(rate=rate):
            if rate == np.inf:
                return [mattis_bardeen(w, T, gap) for w in omega]
            return [zimmermann(w, T, gap, rate) for w in omega]

        with warnings.catch_warnings():
            # quad says where it gives up, which is what the error beside shows.
            warnings.simplefilter("ignore")
            theirs, found = once(plain)
        name = "Mattis and Bardeen" if rate == np.inf else "Zimmermann"
        row(f"{name} with quad", theirs, distance(found, exact), theirs / ours)
        with_tls = median(lambda rate=rate: solve(glass, rate))
        error = distance(solve(glass, rate), solve(finer, rate))
        row(f"tlsjax, glass alpha = 0.3, {label}", with_tls, error, with_tls / ours)
    both = median(lambda: tls.solve_conductivity(glass, omega, elastic=RATE).sigma)
    row("  with errors and status, outside jax.jit", both, None, both / with_tls)


@jax.jit
def algebraic(T, rate, omega, lambda_L0):
    """``Z`` of a local superconductor without bosons, in ohms but for ``omega mu_0``."""
    sample = tls.Superconductor(host=HOST)

    def at(T):
        delta, _ = static_order_parameter(sample, T)
        unit = jnp.pi * T
        fields = StaticFields(delta / unit, PairBreaking(0.0, None), omega / unit)
        return static_conductivity(fields, unit / (unit + 2 * rate))

    # K = -i omega mu_0 sigma, sigma_n/(n e^2/m) = 1/(2 rate).
    return jnp.sqrt(-1j / (omega * jax.lax.map(at, T) / (2 * rate))) * lambda_L0


def plain_resistance(gaps):
    """``R_s`` of the dirty local limit with quad, in proportion; Deltas as given."""
    omega = tls.units.convert(FREQUENCY, "GHz", "K")
    points = zip(MANY, gaps, strict=True)
    return [cmath.sqrt(-1j / mattis_bardeen(omega, T, gap)).real for T, gap in points]


def of_surfaces():
    title(f"R_s at {MANY.size} temperatures, {FREQUENCY} GHz, niobium")
    clean = tls.Superconductor(host=HOST)
    omega, rate = tls.units.convert(FREQUENCY, "GHz", "K"), float(DIRTY.elastic(clean))
    spectra = tls.solve_spectrum(clean, MANY)
    gaps = np.asarray(spectra.order_parameter)
    exact = np.array([
        1 / np.sqrt(1j * mattis_bardeen_oracle.conductivity(omega, T, gap, elastic=rate))
        for T, gap in zip(MANY, gaps, strict=True)
    ])  # fmt: skip
    found = algebraic(MANY, rate, omega, DIRTY.lambda_L0)
    scale = np.mean(np.imag(found) / np.imag(exact))
    base = median(lambda: algebraic(MANY, rate, omega, DIRTY.lambda_L0))
    row("BCS, local, l = 2 nm, algebraic", base, distance(found.real / scale, exact.real), 1.0)
    solving = median(lambda: tls.solve_spectrum(clean, MANY).order_parameter, 3)
    row("BCS: 40 spectra", solving, None, solving / base)
    for surface, metal in (("local", DIRTY), ("diffuse", METAL)):
        title_of = f"BCS: {surface}, l = {metal.mean_free_path:g} nm"
        times = median(lambda s=surface, m=metal: impedance(spectra, m, s).resistance, 3)
        error = impedance(spectra, metal, surface)
        worst = float(np.max(error.resistance_error / error.resistance))
        row(f"{title_of} from the spectra (error: its own)", times, worst, times / base)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs, _ = once(lambda: plain_resistance(gaps))
    row("BCS, dirty limit with quad, Delta as given", theirs, None, theirs / base)

    solving = median(lambda: tls.solve_spectrum(IMPURE, MANY).order_parameter, 3)
    row("TLS: 40 spectra", solving, None, 1.0)
    spectra = tls.solve_spectrum(IMPURE, MANY)
    for surface in ("local", "diffuse"):
        times = median(lambda s=surface: impedance(spectra, METAL, s).resistance, 3)
        found = impedance(spectra, METAL, surface)
        worst = float(np.max(found.resistance_error / found.resistance))
        row(f"TLS: {surface}, l = 100 nm, from the spectra", times, worst, times / solving)


def of_surfaces_not_local():
    title("one spectrum, l = 100 nm")
    one = tls.solve_spectrum(IMPURE, 4.2)
    local = median(lambda: impedance(one, METAL, "local").resistance)
    row("local", local, None, 1.0)
    for surface in ("specular", "diffuse"):
        times = median(lambda s=surface: impedance(one, METAL, s).resistance)
        row(surface, times, None, times / local)


def impedance(spectrum, metal, surface):
    return tls.solve_surface_impedance(spectrum, FREQUENCY, metal, surface)


def of_depths():
    title("superfluid density at 40 temperatures, TLS")
    rate = float(METAL.elastic(IMPURE))

    def solve(axis=None):
        return tls.solve_superfluid_density(IMPURE, MANY, elastic=rate, axis=axis)

    times = median(lambda: solve().superfluid_density)
    found, exact = solve().superfluid_density, solve(FINE_AXIS).superfluid_density
    row("tlsjax", times, distance(found, exact))


PARTS = {
    "conductivity": of_conductivity,
    "surfaces": of_surfaces,
    "nonlocal": of_surfaces_not_local,
    "depths": of_depths,
}


def main():
    print(f"JAX {jax.__version__}, {jax.default_backend()}, {len(jax.devices())} device(s)")
    for name in sys.argv[1:] or PARTS:
        PARTS[name]()


if __name__ == "__main__":
    with recorded("microwave.txt"):
        main()
