"""The numbers of the page, as HTML."""

import html

import numpy as np

# For ohms, which are small here.
_PREFIXES = ((1e-12, "p"), (1e-9, "n"), (1e-6, "µ"), (1e-3, "m"))
# Where each number stands.
_ORDER = ("Tc", "Delta", "Delta_hot", "edge_equilibrium", "edge_hot", "R_s", "R_s_hot")


class Numbers:
    """Numbers by name, each with its label, error and unit."""

    def __init__(self):
        self._texts = {}

    def put(self, name, label, value, error, unit, further):
        """In place of what was there; ``further`` stands below it."""
        value = float(value)
        if not np.isfinite(value):
            text = "no answer"
        else:
            shown, prefix, bound = _readable(value, error)
            text = f"{shown} <small>{html.escape(prefix + unit)}</small>"
            further = further if bound is None else f"± {bound:.0e}; {further}"
        self._texts[name] = (
            f"<div><dt>{html.escape(label)}</dt><output id='{name}' data-value='{value!r}'>{text}"
            f"</output><small>{html.escape(further)}</small></div>"
        )

    def drop(self, *names):
        """Without these."""
        for name in names:
            self._texts.pop(name, None)

    def html(self):
        """All in their order."""
        found = "".join(self._texts[name] for name in _ORDER if name in self._texts)
        return f"<dl class='numbers'>{found}</dl>"


def _readable(value, error):
    """``(digits that the error covers, prefix of the unit, error)``; small ones with a prefix."""
    scale, prefix = 1.0, ""
    if 0 < abs(value) < 1e-2:
        fitting = [pair for pair in _PREFIXES if abs(value) < 1e3 * pair[0]]
        scale, prefix = (fitting or _PREFIXES[-1:])[0]
    value = value / scale
    if error is None:
        return f"{value:.5g}", prefix, None
    error = error / scale
    digits = 7 if error <= 0 or value == 0 else np.log10(abs(value) / error) + 1
    return f"{value:.{int(np.clip(digits, 2, 7))}g}", prefix, error
