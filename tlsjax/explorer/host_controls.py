"""The widgets that say what pairs besides the impurities."""

import html
from collections.abc import Callable

import panel as pn

from tlsjax.explorer.phonons import Phonons, read
from tlsjax.explorer.state import NONE, RANGES, STRONG, WEAK
from tlsjax.explorer.template import READOUTS
from tlsjax.explorer.widgets import file_dropper, file_of, select, slider
from tlsjax.io.alpha2F import UNITS

_KINDS = {
    "weak coupling, a gap ratio": WEAK,
    "α²F of a file and µ* (Eliashberg)": STRONG,
    "none: the impurities alone": NONE,
}
# Said of a host that has no table yet.
MISSING = (
    "Drop a table of α²F (energies, α²F) under the host. Until then nothing new is solved: what "
    "you see is the state before."
)


class HostControls:
    """A host by its kind, with what each of them needs.

    ``changed()`` is called when any of it moves.
    """

    def __init__(self, changed: Callable):
        self._changed = changed
        self.phonons: Phonons | None = None
        self.kind = select("host-kind", "Host", _KINDS, WEAK)
        self.gap_ratio = slider("gap_ratio", RANGES["gap_ratio"])
        self.mu_star = slider("mu_star", RANGES["mu_star"])
        self.file = file_dropper("host-file")
        self.unit = select("host-unit", "Its energies are in", list(UNITS), UNITS[0])
        self.said = pn.pane.HTML("", stylesheets=[READOUTS], margin=(0, 8))
        self._strong = (self.file, self.unit, self.said, self.mu_star)
        self._arrange()
        self.kind.param.watch(self._choose, "value")
        for widget in (self.gap_ratio, self.mu_star):
            widget.param.watch(lambda _: changed(), "value")
        for widget in (self.file, self.unit):
            widget.param.watch(self._read, "value")

    def _arrange(self):
        for widget in self._strong:
            widget.visible = self.kind.value == STRONG
        self.gap_ratio.visible = self.kind.value == WEAK

    def _choose(self, _event):
        self._arrange()
        self._changed()

    def _read(self, _event):
        content, name = file_of(self.file)
        self.phonons = None
        try:
            if content is not None:
                self.phonons = read(content, name, self.unit.value)
            self.tell("")
        except (ValueError, OSError) as error:
            self.tell(str(error), trouble=True)
        self._changed()

    @property
    def is_waiting(self) -> bool:
        """Whether there is no table where there has to be one."""
        return self.kind.value == STRONG and self.phonons is None

    def tell(self, sentence: str, trouble: bool = False) -> None:
        """What is said of the host."""
        kind = "status trouble" if trouble else "status"
        text = f"<div class='{kind}' id='host-status'>{html.escape(sentence)}</div>"
        self.said.object = text if sentence else ""

    def parts(self) -> dict:
        """Of a `State`."""
        strong = self.kind.value == STRONG
        return {
            "pairing": self.kind.value,
            "phonons": self.phonons if strong else None,
            "gap_ratio": self.gap_ratio.value,
            "mu_star": self.mu_star.value,
        }

    def widgets(self) -> list:
        """From top to bottom."""
        return [self.kind, *self._strong, self.gap_ratio]
