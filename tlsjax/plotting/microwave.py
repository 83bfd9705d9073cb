"""Conductivities, surface resistances, Q and penetration depths, on given axes."""

import numpy as np

from tlsjax.plotting.curves import draw_family

# Decades below the largest value that a logarithmic axis shows: sigma_1 falls by hundreds.
_DECADES = 12
# How far up the divergence of the depth at Tc is shown, in units of the smallest one.
_HIGHEST = 5.0


def draw_conductivities(left, right, curves, *, omega_label):
    """Draw ``[(label, whether clean, omega, sigma_1, sigma_2), ...]``, in units of sigma_n."""
    for ax, which, name in ((left, 3, r"\sigma_1"), (right, 4, r"\sigma_2")):
        parts = [(*curve[:3], curve[which]) for curve in curves]
        draw_family(ax, parts, f"Frequency {omega_label}", rf"${name}/\sigma_n$")
        _logarithmic(ax, parts)
        ax.set_xlim(left=0)


def draw_resistances(ax, curves):
    """Draw ``[(label, whether clean, Tc/T, R_s), ...]``, ohms."""
    draw_family(ax, curves, r"$T_c/T$", r"Surface resistance $R_s$ (ohm)")
    _logarithmic(ax, curves)


def draw_quality_factors(ax, curves):
    """Draw ``[(label, whether clean, T, Q), ...]``, kelvin."""
    draw_family(ax, curves, "Temperature $T$ (K)", "Quality factor $Q$")
    _logarithmic(ax, curves)


def draw_depths(left, right, curves, *, T_label, depth_label):
    """Draw ``[(label, whether clean, T, lambda, n_s/n), ...]``."""
    draw_family(left, [curve[:4] for curve in curves], T_label, depth_label)
    finite = np.concatenate([depth[np.isfinite(depth)] for *_, depth, _ in curves])
    if finite.size:
        lowest = finite.min()
        left.set_ylim(0, min(_HIGHEST * lowest, 1.05 * finite.max()))
    parts = [(*curve[:3], curve[4]) for curve in curves]
    draw_family(right, parts, T_label, "Superfluid density $n_s/n$")
    right.set_ylim(bottom=0)
    for ax in (left, right):
        ax.set_xlim(left=0)


def _logarithmic(ax, curves):
    highest = max(np.nanmax(y, initial=0.0) for *_, y in curves)
    lowest = min(np.nanmin(y, initial=np.inf) for *_, y in curves)
    ax.set_yscale("log")
    if highest > 0:
        ax.set_ylim(max(lowest / 2, highest * 10.0**-_DECADES), 2 * highest)
