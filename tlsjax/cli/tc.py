"""Transition temperature in TLS equilibrium, and what a strong-coupling host has besides.

With --host strong:FILE,mu=.. also lambda and omega_log of its alpha^2F, the formula of Allen and
Dynes, and (up to 10 rows) the gap at real energies at 0.2 Tc and 2 Delta/(k_B Tc); --out then
adds the functional derivative of Tc by alpha^2F as a table and a picture.

Examples:
  tlsjax tc --splittings glass:Ec=3 --alpha 1
  tlsjax tc --splittings lorentzian:J=1,sigma=0.1 --alpha 0:2:41 --out results
  tlsjax tc --splittings delta:E0=0.2 --alpha 0.1 --tc0-kelvin 9.25   (E0 in meV)
  tlsjax tc --splittings delta:E0=1 --alpha 0.5 --splittings glass:Ec=3 --alpha 0.2 --dynes 0.05
  tlsjax tc --host strong:pb.csv,mu=0.1 --out lead   (alpha^2F over meV in pb.csv)
"""

import numpy as np

from tlsjax.cli import model, options, output
from tlsjax.core.units import convert
from tlsjax.io.files import write_csv
from tlsjax.matsubara.critical_temperature import solve_critical_temperature
from tlsjax.model.strong_coupling import StrongCouplingHost

# Spectra take a second each.
_MOST_SPECTRA = 10
# Where the gap counts as that of T = 0: the rest of a strong-coupling gap is exp(-11) there.
_COLD = 0.2
_DERIVATIVE = ("derivative.csv", "derivative.png", "derivative.pdf")


def add_arguments(parser):
    model.add_arguments(parser)
    options.add_output(parser)


def run(args):
    asked = model.Model(args)
    units, strong = asked.units, isinstance(asked.host, StrongCouplingHost)
    output.prepare(args, ("csv",), names=_DERIVATIVE if strong else ())
    superconductor = asked.superconductor(asked.couplings)
    transition = solve_critical_temperature(superconductor).check()
    Tc, error = (
        np.atleast_1d(units.out("Tc", np.asarray(x)))
        for x in (transition.temperature, transition.error)
    )
    columns = dict(zip(asked.names, map(np.ndarray.tolist, asked.couplings), strict=True))
    columns |= {units.column("Tc"): Tc.tolist(), "error": error.tolist()}
    host = {}
    if strong:
        host = _of_host(asked.host)
        columns |= {"Tc_meV": np.atleast_1d(transition.temperature).tolist()}
        columns |= _gaps(superconductor, transition.temperature)
    said = [asked.about, *(f"{name} = {value:.6g}" for name, value in host.items())]
    if args.out and strong:
        _derivatives(args, asked)
    extra = {"host": host} if host else {}
    output.emit(args, columns, f"tlsjax tc, {', '.join(said)}", splittings=asked.for_json, **extra)
    if args.out and strong and not args.json:
        # Of a single superconductor the numbers themselves; of many they are in the table.
        single = columns if Tc.size == 1 else {}
        found = (f"{name} = {value:.6g}" for name, (value,) in single.items())
        print(*(args.out / name for name in _DERIVATIVE), *said[1:], *found, sep="\n")


def _of_host(host):
    """What is known of the host alone, in kelvin and meV."""
    omega_log, estimate = float(host.omega_log), float(host.allen_dynes())
    return {
        "lambda": float(host.coupling),
        "omega_log_meV": omega_log,
        "omega_log_K": convert(omega_log, "meV", "K"),
        "Allen_Dynes_Tc_meV": estimate,
        "Allen_Dynes_Tc_K": convert(estimate, "meV", "K"),
    }


def _gaps(superconductor, Tc):
    """Columns of the gap at low temperature, in meV, and over Tc."""
    if np.size(Tc) > _MOST_SPECTRA:
        return {}
    # Here and below: what only strong-coupling hosts need.
    from tlsjax.real_axis.solve import solve_spectrum

    edge = np.asarray(solve_spectrum(superconductor, _COLD * Tc).check().gap_edge)
    ratio = 2 * edge / np.asarray(Tc)
    return {
        "gap_edge_meV": np.atleast_1d(edge).tolist(),
        "two_Delta_over_k_B_Tc": np.atleast_1d(ratio).tolist(),
    }


def _derivatives(args, asked):
    from tlsjax.matsubara.functional_derivative import critical_temperature_derivative
    from tlsjax.plotting.curves import draw_derivatives
    from tlsjax.plotting.style import new_figure, save

    table = np.asarray(asked.host.energy)
    energy = np.linspace(0.0, 1.2 * table[-1], 201)[1:]
    columns, curves = {"energy_meV": energy.tolist()}, []
    for row in zip(*asked.couplings, strict=True) if asked.couplings else [()]:
        found = critical_temperature_derivative(asked.superconductor(row), energy)
        label = ", ".join(f"{n} = {a:g}" for n, a in zip(asked.names, row, strict=True))
        columns[f"dTc_dalpha2F {label}".strip()] = np.asarray(found).tolist()
        curves.append((label, energy, found))
    write_csv(args.out / _DERIVATIVE[0], columns, f"tlsjax tc, {asked.about}")
    figure, ((ax,),) = new_figure()
    draw_derivatives(ax, curves, table, np.asarray(asked.host.alpha2F))
    save(figure, args.out / "derivative")
