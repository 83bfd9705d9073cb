"""Fits whose spectra need no mesh: one program for all of them, and for every sweep.

A fit of a clean superconductor, one with a width, a rate, two gaps and so on differ in what is free
and what is zero. Compiled for each they would take longer than all their steps together: here
the program has all parameters, of two bands (one alone has no weight in the second), and its
Jacobian by all of them. What a fit moves is a matrix in front of it.
"""

import jax.numpy as jnp
import numpy as np

from tlsjax.core.programs import program
from tlsjax.fitting.evaluation import anonymous, numbers
from tlsjax.fitting.layout import Layout, stem_of
from tlsjax.fitting.templates import OF_A_JUNCTION
from tlsjax.model.hosts import WeakCouplingHost
from tlsjax.model.superconductor import Superconductor
from tlsjax.model.two_band import TwoBand

_BAND = Superconductor(host=WeakCouplingHost(1.0, 3.5))
_BANDS = TwoBand(_BAND, _BAND)
_numbers = program(numbers, static_argnums=(0, 1))


class Algebraic:
    """``(residuals, jacobian, solved)`` of sweeps, each from the same program, and of Tc.

    names : of its parameters; parts : of each data set ``(data, layout, matrix, constants)``, with
    which they are ``matrix @ x + constants``.
    """

    def __init__(self, datasets, layout, fixed):
        spread = any(local == "gap_spread" for own in layout.names for local, _ in own)
        # With a spread of gaps there is no magnetic scattering.
        sample = ("Tc0", "gap_ratio", "dynes", *(() if spread else ("magnetic",)))
        sample = [f"{name}_{band}" for name in sample for band in (1, 2)]
        leads = any(local == "R_s" for own in layout.names for local, _ in own)
        # An equation to be solved, for those that have it.
        junction = [name for name in OF_A_JUNCTION if name != "R_s" or leads]
        self.names = [*sample, "weight", *junction, *(["gap_spread"] if spread else [])]
        self.parts = []
        for data, own in zip(datasets, layout.names, strict=True):
            names = [*sample, "baseline"] if data.kind == "tc" else self.names
            alike = Layout(tuple(names), (), (tuple((name, name) for name in names),))
            part = embedded(names, data, own, layout, fixed)
            self.parts.append((anonymous(data), alike, *part))

    def __call__(self, x, errors, settings):
        found = []
        for (data, layout, matrix, constants), error in zip(self.parts, errors, strict=True):
            vector = jnp.asarray(matrix @ x + constants)
            r, J, solved, _ = _numbers(layout, settings, vector, {}, (data,), (error,), _BANDS)
            found.append((np.asarray(r), np.asarray(J) @ matrix, bool(solved)))
        residuals, jacobians, solved = zip(*found, strict=True)
        return np.concatenate(residuals), np.concatenate(jacobians), all(solved)


def embedded(names, data, own, layout, fixed):
    """``(matrix, constants)``: the parameters ``names`` are ``matrix @ x + constants``."""
    own, ties = dict(own), dict(layout.ties)
    matrix, constants = np.zeros((len(names), len(layout.free))), np.zeros(len(names))
    for row, local in enumerate(names):
        # A single superconductor is both bands; what is in no fit is zero.
        name = own.get(local, own.get(stem_of(local)))
        source = ties.get(name, name)
        if source in layout.free:
            matrix[row, layout.free.index(source)] = 1.0
        elif source == "T":
            constants[row] = data.T
        else:
            constants[row] = fixed.get(source, 0.0)
    return matrix, constants
