"""What ``.plot()`` of a solution draws."""

import jax
import numpy as np

from tlsjax.core.validation import fail
from tlsjax.plotting.style import BLUE, axes_or_new


def _varied(tree, shape):
    """``(name, values)`` of the first parameter that varies over a batch of this shape."""
    for path, leaf in jax.tree_util.tree_flatten_with_path(tree)[0]:
        if np.shape(leaf) == shape:
            names = [str(getattr(key, "name", "")) for key in path]
            return next((name for name in reversed(names) if name), "T"), np.asarray(leaf)
    return "point", np.arange(shape[0])


def _require_curve(values):
    if np.ndim(values) > 1:
        fail("batch", "of one axis to be drawn", f"of shape {np.shape(values)}")


def plot_state(state, ax):
    """Order parameter of a batch, or the gap function over Matsubara frequencies."""
    _require_curve(state.order_parameter)
    ax = axes_or_new(ax)
    if np.ndim(state.order_parameter):
        shape = np.shape(state.order_parameter)
        name, x = _varied((state.T, state.superconductor), shape)
        ax.errorbar(x, state.order_parameter, yerr=state.error, color=BLUE, marker=".")
        ax.set(xlabel=name, ylabel=r"Order parameter $\Delta$")
        ax.set_ylim(bottom=0)
        return ax
    ax.plot(state.epsilon_n, state.gap_function, ".-", color=BLUE)
    ax.set(
        xlabel=r"Matsubara frequency $\epsilon_n$", ylabel=r"Gap function $\Delta_n$", xscale="log"
    )
    return ax


def plot_transition(transition, ax):
    """Tc over what a batch varies; a single one as a point with its error."""
    _require_curve(transition.temperature)
    ax = axes_or_new(ax)
    values, error = np.atleast_1d(transition.temperature), np.atleast_1d(transition.error)
    if np.ndim(transition.temperature):
        name, x = _varied(transition.superconductor, values.shape)
    else:
        name, x = "point", np.zeros(1)
    ax.errorbar(x, values, yerr=error, color=BLUE, marker=".")
    ax.set(xlabel=name, ylabel=r"Transition temperature $T_c$")
    return ax


def plot_spectrum(spectrum, ax):
    """Density of states over the energies that show every peak."""
    _require_curve(spectrum.order_parameter)
    ax = axes_or_new(ax)
    if np.ndim(spectrum.order_parameter):
        fail("spectrum", "a single one to be drawn", f"a batch of {len(spectrum.order_parameter)}")
    energy = np.asarray(spectrum.energy)
    scale = max(float(spectrum.order_parameter), float(spectrum.T))
    shown = energy < 4 * scale
    dos = np.asarray(spectrum.at_nodes.g.imag)
    ax.plot(energy[shown], dos[shown], color=BLUE, linewidth=1.3)
    ax.set(xlabel=r"Energy $\varepsilon$", ylabel=r"Density of states $N/N_f$", ylim=(0, 4))
    return ax
