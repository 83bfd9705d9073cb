"""Results beside values that are known exactly or independently, and beside their own estimates.

    python benchmarks/accuracy.py

No times are taken: how busy the machine is does not matter. "error" is the distance to the known
value, "estimate" what the solver says of itself, where it does; both absolute.
"""

import jax
import numpy as np
from results import recorded
from scipy import integrate, optimize, special

import tlsjax as tls

# Eliashberg theory of one Einstein boson, lambda = 1, good to 5e-12 (tests/reference.py).
EINSTEIN = 0.114619512090


def row(name, value, known, estimate=None):
    estimate = "" if estimate is None else f"{float(estimate):9.1e}"
    error = abs(float(value) - float(known))
    print(f"{name:58s} {float(value):14.9f} {error:9.1e} {estimate:>9s}", flush=True)


def header(title):
    print(f"\n{title}\n{'':58s} {'value':>14s} {'error':>9s} {'estimate':>9s}")


def transition():
    header("Transition temperature")
    einstein = tls.DeltaFunction(1 / np.pi)
    found = tls.solve_induced_critical_temperature(einstein, tls.Oscillator()).check()
    row("Eliashberg, Einstein boson, lambda = 1, Tc/Omega", found.temperature * np.pi, EINSTEIN,
        found.error * np.pi)  # fmt: skip
    for name, scattering, share in (
        (
            "magnetic, Gamma = 0.1 (Abrikosov and Gor'kov)",
            tls.Scattering(magnetic=0.1),
            0.2,
        ),
        ("Dynes' rate, Gamma = 0.1", tls.Scattering(dynes=0.1), 0.1),
    ):
        found = tls.solve_critical_temperature(tls.Superconductor(scattering=scattering)).check()

        def equation(T, share=share):
            return np.log(T) + special.digamma(0.5 + share / (2 * np.pi * T)) - special.digamma(0.5)

        exact = optimize.brentq(equation, 0.1, 1.0, xtol=1e-15)
        row(name, found.temperature, exact, found.error)
    glass = tls.TLSEnsemble(0.0, tls.Glass(3.0))
    slope = jax.grad(tls.critical_temperature)(glass).alpha
    brandt = tls.brandt_slope(glass.splittings)
    row("glass: gradient at alpha = 0, beside Brandt's sum", slope, brandt)


def order_parameter():
    header("Order parameter")
    found = tls.solve_matsubara(tls.Superconductor(), 0.02).check()
    exact = np.pi * np.exp(-np.euler_gamma)
    row("BCS at T = 0.02", found.order_parameter, exact, found.error)
    fine = tls.compact_axis(1e8, 1e-11, order=24)
    for splittings in (tls.DeltaFunction(1.0), tls.Glass(3.0), tls.Lorentzian(1.0, 0.1)):
        ensemble = tls.TLSEnsemble(1.0, splittings)
        found = tls.solve_matsubara(ensemble, 0.5).check()
        exact = tls.order_parameter(ensemble, 0.5, axis=fine)
        name = f"{type(splittings).__name__}, alpha = 1, T = 0.5, beside a far finer axis"
        row(name, found.order_parameter, exact, found.error)
    ensemble = tls.TLSEnsemble(1.0, tls.Glass(3.0))
    spectrum = tls.solve_spectrum(ensemble, 0.5).check()
    row("Glass by the spectrum, beside the Matsubara axis", spectrum.real_axis_order_parameter,
        tls.order_parameter(ensemble, 0.5))  # fmt: skip
    return spectrum


def spectra(equilibrium):
    header("Spectra")
    clean = tls.solve_spectrum(tls.Superconductor(), 0.3).check()
    E = np.array([0.5, 1.77, 2.0, 5.0])
    gap = float(clean.order_parameter)
    exact = np.where(gap < E, E / np.sqrt(np.abs(E**2 - gap**2)), 0.0)
    off = np.argmax(np.abs(clean.dos(E) - exact))
    row(
        "BCS: N at four energies, the worst", clean.dos(E)[off], exact[off], clean.dos_error(E)[off]
    )
    hot = tls.solve_spectrum(
        tls.TLSEnsemble(1.0, tls.Glass(3.0)), 0.2, tls.EffectiveTemperature(2.5)
    ).check()
    for name, spectrum in (("in equilibrium", equilibrium), ("hot impurities", hot)):
        end = float(spectrum.breakpoints[-1])
        excess = float(spectrum.energy_weights @ (spectrum.at_nodes.g.imag - 1))
        excess += float(spectrum.order_parameter) ** 2 / (2 * end)
        row(f"sum rule of states, glass, {name}", excess, 0.0)


def responses():
    header("Responses")
    clean = tls.Superconductor()
    gap = float(tls.order_parameter(clean, 0.5))
    found = tls.solve_superfluid_density(clean, 0.5, elastic=np.inf).check()
    exact = np.pi * gap * np.tanh(gap)
    row(
        "stiffness of a dirty superconductor, T = 0.5",
        found.stiffness,
        exact,
        found.stiffness_error,
    )
    normal = tls.solve_spectrum(clean, 1.5)
    sigma = tls.solve_conductivity(normal, 1.0, elastic=0.5)
    row("conductivity of a normal metal, real part (Drude)", sigma.sigma.real, 0.5,
        sigma.sigma1_error)  # fmt: skip
    relaxed = tls.solve_relaxation(normal, 2.0, kappa=1e-3)
    exact = 4e-3 * np.pi * 2 / np.tanh(2 / 3)
    row("1/T_1 of an impurity in a normal metal", relaxed.rate, exact, relaxed.error)
    ensemble = tls.TLSEnsemble(0.1, tls.DeltaFunction(1.0))
    spectrum = tls.solve_spectrum(ensemble, 1.5, tls.EffectiveTemperature(np.inf))
    power = tls.solve_heating_power(spectrum)
    row("heating of a normal metal by hot impurities", power.power, 0.2 * np.pi, power.error)
    cold = tls.solve_spectrum(clean, 0.3)
    seen = tls.tunnelling_conductance(cold, 1.0)
    exact = junction(float(cold.order_parameter), 0.3, 1.0)
    row("conductance of a junction, BCS, beside quad", seen, exact)


def junction(gap, T, bias):
    """The conductance as an integral, its square root taken out by E = (gap^2 + u^2)^(1/2)."""

    def integrand(u):
        E = np.hypot(gap, u)
        sharp = [np.cosh((E + sign * bias) / (2 * T)) ** -2 for sign in (1, -1)]
        return sum(sharp) / (4 * T)

    return integrate.quad(integrand, 0, 30, epsabs=1e-13, limit=200)[0]


def bulk():
    header("Thermodynamics")
    clean = tls.Superconductor()
    exact = 12 / (7 * special.zeta(3))
    row("jump of the specific heat (BCS)", tls.specific_heat_jump(clean), exact)
    found = tls.solve_thermodynamics(clean, 0.02).check()
    # Less the normal state's own free energy.
    exact = -((np.pi * np.exp(-np.euler_gamma)) ** 2) / 2 + np.pi**2 / 3 * 0.02**2
    row("free energy at T = 0.02 (BCS)", found.free_energy, exact, found.error)
    sample = tls.TLSEnsemble(0.5, tls.DeltaFunction(1.0))
    fine = tls.compact_axis(1e8, 1e-11, order=24)
    found = tls.solve_thermodynamics(sample, 0.5).check()
    exact = tls.solve_thermodynamics(sample, 0.5, axis=fine)
    for name in ("free_energy", "entropy"):
        error = found.error if name == "free_energy" else found.entropy_error
        row(f"{name}, one splitting, beside a far finer axis", getattr(found, name),
            getattr(exact, name), error)  # fmt: skip


def main():
    transition()
    spectra(order_parameter())
    responses()
    bulk()


if __name__ == "__main__":
    with recorded("accuracy.txt"):
        main()
