"""What the page shows, to go on with elsewhere: Python, the command line, a table."""

import dataclasses

import numpy as np

from tlsjax.explorer.state import WEAK_RATIO, State
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
    ratio = "" if _is_weak(state) else f", gap_ratio={state.gap_ratio:g}"
    return "\n".join(
        [
            "import numpy as np",
            "import tlsjax as tls",
            "",
            f"# Energies and temperatures in units of Tc0 (here {state.Tc0:g} K).",
            "superconductor = tls.Superconductor(",
            "    impurities=(",
            *(f"    {line}" for line in kinds),
            "    ),",
            f"    host=tls.WeakCouplingHost(Tc0=1.0{ratio}),",
            f"    scattering=tls.Scattering(magnetic={state.magnetic:g}, dynes={state.dynes:g}),",
            ")",
            f"T, T_tls = {state.T:g}, {state.T_tls:g}",
            "transition = tls.solve_critical_temperature(superconductor).check()",
            'print(f"Tc = {transition.temperature:.6g} +- {transition.error:.1g}")',
            "temperatures = transition.temperature * np.linspace(0.05, 0.999, 40)",
            "Delta = tls.order_parameter(superconductor, temperatures)",
            "",
            "for population in (tls.Thermal(), tls.EffectiveTemperature(T_tls)):",
            "    spectrum = tls.solve_spectrum(superconductor, T, population).check()",
            "    energy = np.linspace(0.0, 6.0, 301)",
            "    N, error = spectrum.dos(energy), spectrum.dos_error(energy)",
            '    print(f"Delta = {spectrum.order_parameter:.6g}, edge = {spectrum.gap_edge:.6g}")',
            "    sigma = tls.conductivity(spectrum, np.linspace(0.05, 6.0, 40), elastic=np.inf)",
            f"    at = {state.omega:.8g}  # {state.frequency:g} GHz",
            "    impedance = np.sqrt(-2j / tls.conductivity(spectrum, at, elastic=np.inf))",
            f"    R_n = {_normal(state):.8g}  # ohm, of {state.resistivity:g} micro-ohm cm",
            '    print(f"R_s = {R_n * impedance.real:.4g} ohm")',
            "",
        ]
    )


def commands(state: State) -> str:
    """Command lines for the same numbers, units of Tc0."""
    kinds = " ".join(f"--splittings {one.text()} --alpha {one.alpha:g}" for one in state.impurities)
    rates = "".join(
        f" --{n} {getattr(state, n):g}" for n in ("magnetic", "dynes") if _is_on(state, n)
    )
    ratio = "" if _is_weak(state) else f" --gap-ratio {state.gap_ratio:g}"
    T, hot = f" --temperature {state.T:g}", f" --tls-temperature {state.T_tls:g}"
    both = f" --tls-temperature equilibrium {state.T_tls:g}"
    model = f"{kinds}{rates}{ratio}"
    return "\n".join(
        [
            f"tlsjax tc {kinds}{rates}",
            f"tlsjax gap {model}",
            f"tlsjax dos {model}{T}",
            f"tlsjax dos {model}{T}{hot}",
            f"tlsjax conductivity {model}{T} --dirty{both}",
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
    names = [f.name for f in dataclasses.fields(state) if f.name not in ("first", "second")]
    return ", ".join([kinds, *(f"{name} {getattr(state, name):g}" for name in names)])


def _normal(state):
    from tlsjax.explorer.solve import normal_resistance

    return normal_resistance(state)


def _is_weak(state):
    return abs(state.gap_ratio - WEAK_RATIO) < 1e-9


def _is_on(state, name):
    return getattr(state, name) > 0
