"""What the page shows, to go on with elsewhere: Python, the command line, a table."""

import dataclasses
import shlex

import numpy as np

from tlsjax.core.units import convert
from tlsjax.explorer.solve import FINE, normal_resistance
from tlsjax.explorer.state import NONE, STRONG, WEAK, WEAK_RATIO, State, written
from tlsjax.io.files import csv_text

_CLASSES = {
    "delta": "DeltaFunction",
    "glass": "Glass",
    "lorentzian": "Lorentzian",
    "wipf-neumaier": "WipfNeumaier",
    "modified-wipf-neumaier": "ModifiedWipfNeumaier",
    "broadened-wipf-neumaier": "BroadenedWipfNeumaier",
}
COLUMNS = ("quantity", "curve", "x", "y", "error")


def python(state: State) -> str:
    """A program that computes what the page shows."""
    kinds = [
        f"    tls.TLSEnsemble(alpha={one.alpha:g}, splittings=tls.{_CLASSES[one.kind]}"
        f"({', '.join(f'{name}={value:g}' for name, value in one.named.items())})),"
        for one in state.impurities
    ]
    before, host, panels = _host(state)
    return "\n".join(
        [
            "import numpy as np",
            "import tlsjax as tls",
            "",
            *before,
            "superconductor = tls.Superconductor(",
            "    impurities=(",
            *(f"    {line}" for line in kinds),
            "    ),",
            f"    host={host},",
            f"    scattering=tls.Scattering(magnetic={state.magnetic:g}, dynes={state.dynes:g}),",
            ")",
            f"T, T_tls = {state.T:g}, {state.T_tls:g}",
            "transition = tls.solve_critical_temperature(superconductor).check()",
            'print(f"Tc = {transition.temperature:.6g} +- {transition.error:.1g}")',
            "temperatures = transition.temperature * np.linspace(0.05, 0.999, 40)",
            "Delta = tls.order_parameter(superconductor, temperatures)",
            "",
            "for population in (tls.Thermal(), tls.EffectiveTemperature(T_tls)):",
            f"    spectrum = tls.solve_spectrum(superconductor, T, population{panels}).check()",
            "    energy = np.linspace(0.0, 6.0, 301)",
            "    N, error = spectrum.dos(energy), spectrum.dos_error(energy)",
            '    print(f"Delta = {spectrum.order_parameter:.6g}, edge = {spectrum.gap_edge:.6g}")',
            "    sigma = tls.conductivity(spectrum, np.linspace(0.05, 6.0, 40), elastic=np.inf)",
            f"    at = {state.omega:.8g}  # {state.frequency:g} GHz",
            "    impedance = np.sqrt(-2j / tls.conductivity(spectrum, at, elastic=np.inf))",
            f"    R_n = {normal_resistance(state):.8g}  # ohm, of {state.resistivity:g} µΩ cm",
            '    print(f"R_s = {R_n * impedance.real:.4g} ohm")',
            "",
        ]
    )


def _host(state):
    """Lines before the superconductor, its host, and what a spectrum is asked for besides."""
    if state.pairing == NONE:
        return [f"# Energies in units of k_B {state.Tc0:g} K."], "tls.NoHost()", ""
    if state.pairing == WEAK:
        ratio = "" if _is_weak(state) else f", gap_ratio={state.gap_ratio:g}"
        before = [f"# Energies and temperatures in units of Tc0 (here {state.Tc0:g} K)."]
        return before, f"tls.WeakCouplingHost(Tc0=1.0{ratio})", ""
    phonons = state.phonons
    before = [
        "# The table of alpha^2F, and the host's own Tc, in meV.",
        f"table = tls.StrongCouplingHost.read({phonons.name!r}, {state.mu_star:g}, "
        f"unit={phonons.unit!r})",
        "Tc0 = float(tls.critical_temperature(tls.Superconductor(host=table)))",
        f"# Energies and temperatures from here on in units of that Tc0 ({state.Tc0:g} K).",
    ]
    host = f"tls.StrongCouplingHost(table.energy / Tc0, table.alpha2F, {state.mu_star:g})"
    return before, host, f", panels={FINE}"


def commands(state: State) -> str:
    """Command lines for the same numbers: units of Tc0, or meV and K where the host is not weak."""
    weak = state.pairing == WEAK
    energy, kelvin = (1.0, 1.0) if weak else (convert(state.Tc0, "K", "meV"), state.Tc0)
    model = "".join(
        f" --splittings {one.text(energy)} --alpha {written(one.alpha, energy)}"
        for one in state.impurities
    )
    for name in ("magnetic", "dynes"):
        if getattr(state, name) > 0:
            model += f" --{name} {written(getattr(state, name), energy)}"
    if state.pairing == NONE:
        model += " --host none"
    if state.pairing == STRONG:
        name = f"strong:{state.phonons.name},mu={state.mu_star:g}"
        unit = state.phonons.unit
        model += f" --host {shlex.quote(name)}" + (f" --host-unit {unit}" if unit != "meV" else "")
    # Of Tc alone the ratio is no option.
    ratio = "" if not weak or _is_weak(state) else f" --gap-ratio {state.gap_ratio:g}"
    T, hot = (written(value, kelvin) for value in (state.T, state.T_tls))
    at, both = f" --temperature {T}", f" --tls-temperature equilibrium {hot}"
    return "\n".join(
        [
            f"tlsjax tc{model}",
            f"tlsjax gap{model}{ratio}",
            f"tlsjax dos{model}{ratio}{at}",
            f"tlsjax dos{model}{ratio}{at} --tls-temperature {hot}",
            f"tlsjax conductivity{model}{ratio}{at} --dirty{both}",
            "",
        ]
    )


def table(state: State, shown: dict) -> str:
    """CSV of the curves, one point a line.

    ``shown`` : ``{(quantity, curve): (x, y, error or None)}``.
    """
    rows = [
        (quantity, curve, *map(float, point))
        for (quantity, curve), (x, y, error) in shown.items()
        for point in zip(x, y, np.full(len(x), np.nan) if error is None else error, strict=True)
    ]
    columns = {name: [row[k] for row in rows] for k, name in enumerate(COLUMNS)}
    return csv_text(columns, f"tlsjax explore, {_about(state)}")


def _about(state):
    """All numbers of a state in one line; units of k_B Tc0, K, GHz and micro-ohm cm."""
    kinds = " and ".join(f"{one.text()} alpha {one.alpha:g}" for one in state.impurities)
    host = {WEAK: "weak host", NONE: "no host"}.get(state.pairing)
    if host is None:
        host = f"host strong:{state.phonons.name},mu={state.mu_star:g} in {state.phonons.unit}"
    others = ("first", "second", "pairing", "phonons", "mu_star")
    others += () if state.pairing == WEAK else ("gap_ratio",)
    names = [f.name for f in dataclasses.fields(state) if f.name not in others]
    return ", ".join([kinds, host, *(f"{name} {getattr(state, name):g}" for name in names)])


def _is_weak(state):
    return abs(state.gap_ratio - WEAK_RATIO) < 1e-9
