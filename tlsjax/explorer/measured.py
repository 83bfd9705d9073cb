"""A dropped file, read as `tlsjax fit` reads it, in the units of the page's pictures."""

import argparse
from typing import NamedTuple

import numpy as np

from tlsjax.cli import fit, fit_data
from tlsjax.core.validation import fail
from tlsjax.explorer.dropped import as_file, plain_name
from tlsjax.explorer.state import State

# Kinds of `tlsjax fit` that have a picture here, with what the page calls them.
KINDS = {
    "gap": "Δ(T): T, Δ",
    "dos": "N(ε): energy, N",
    "didv": "dI/dV of a junction: bias, signal",
    "rs": "R_s(T): T, R_s",
}


class Points(NamedTuple):
    """In K, meV and ohm (x and y as the kind has them), and what was guessed on the way."""

    kind: str
    name: str
    x: np.ndarray
    y: np.ndarray
    error: np.ndarray | None
    said: tuple


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        raise ValueError(message)


def read(content: bytes | str, name: str, kind: str, frequency: float) -> Points:
    """Points of a file's ``content``; the file reader is that of `tlsjax fit`.

    frequency : GHz, which a surface resistance is asked to have.

    Raises
    ------
    ValueError
        One sentence: too large, or no table of this kind.
    """
    name = plain_name(name)
    if kind not in KINDS:
        fail("kind", f"one of {', '.join(KINDS)}", repr(kind))
    parser = _Parser(add_help=False)
    fit.add_arguments(parser)
    with as_file(content, name) as path:
        asked = ["--kind", kind]
        if kind == "rs":
            asked += ["--frequency", f"{frequency:g}"]
        (data,), said = _load(parser, [*asked, "--", str(path)])
    error = None if data.error is None else np.asarray(data.error) * np.ones(np.shape(data.y))
    return Points(kind, name, np.asarray(data.x), np.asarray(data.y), error, tuple(said))


def _load(parser, asked):
    try:
        return fit_data.load_all(parser.parse_args(asked))
    except ValueError as error:
        # The page has a temperature of its own: a sweep that says none is shown all the same.
        if "`temperature` must be given" not in str(error):
            raise
        return fit_data.load_all(parser.parse_args(["--temperature", "1", *asked]))


def in_units(points: Points, state: State) -> tuple:
    """``(x, y, error)`` in units of Tc0, k_B Tc0 and, of a resistance, ohm."""
    units = state.units
    sweep = ("energy", "dos")
    kinds = {"gap": ("T", "Delta"), "dos": sweep, "didv": sweep, "rs": ("T", "R_s")}
    of_x, of_y = kinds[points.kind]
    x, y, error = units.into(of_x, points.x), points.y, points.error
    if of_y == "Delta":
        y, error = units.into(of_y, y), None if error is None else units.into(of_y, error)
    if of_y == "dos":
        # A conductance has a unit of its own: its outermost tenth stands for the normal metal's.
        norm = float(np.median(np.abs(y[np.abs(x) >= np.quantile(np.abs(x), 0.9)])))
        x, y, error = np.abs(x), y / norm, None if error is None else error / norm
    return x, y, error
