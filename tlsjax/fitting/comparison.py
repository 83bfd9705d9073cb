"""Which of several models describes the same data best."""

import dataclasses
import json
from typing import Any

from tlsjax.core.results import plain
from tlsjax.fitting.statistics import UNACCEPTABLE

# AICc above the best, below which a model is not excluded.
_DECIDES = 10.0
# So many excluded models are named in a sentence.
_NAMED = 4


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Fits of several models to the same data, best AIC first; ``str()`` is a text table.

    Attributes
    ----------
    names : of the models, in the order of the rows.
    chi2, dof, p_value, aic, bic, acceptable : tuples, one entry for each model. AIC, corrected for
        few points (AICc), and BIC are how far they are above the best: by 2 is nothing, by 10
        decides.
    lag1 : correlation of neighbouring residuals, None for few points.
    at_bound : names of the parameters that sit at a bound.
    tls : whether two-level systems are part of the model.
    stopped : whether its fit hit its limit or was interrupted: its chi^2, AIC and BIC are upper
        bounds, which exclude nothing.
    scale : what chi^2 is divided by in both: 1 where a model describes the data. Where none does
        its differences are those of wrong models, in units of errors that are not theirs: then
        the smallest chi^2 per degree of freedom (quasi-AIC; Burnham and Anderson 2002, 2.5), and
        where residuals are correlated the number of points that count as one.
    notes : sentences on what the models were not told alike.
    """

    names: tuple
    chi2: tuple
    dof: tuple
    p_value: tuple
    aic: tuple
    bic: tuple
    acceptable: tuple
    lag1: tuple
    at_bound: tuple
    tls: tuple
    stopped: tuple
    scale: float = 1.0
    notes: tuple = ()

    @property
    def near(self) -> tuple:
        """Names of the models that do about as well as the best; the data exclude the others,
        but for those that are `unfinished`."""
        return tuple(n for n, aic in zip(self.names, self.aic, strict=True) if aic < _DECIDES)

    @property
    def unfinished(self) -> tuple:
        """Names of the models whose fits did not finish."""
        return tuple(n for n, stopped in zip(self.names, self.stopped, strict=True) if stopped)

    @property
    def described(self) -> bool:
        """Whether some model describes the data, as far as that can be told."""
        return any(good is not False for good in self.acceptable)

    @property
    def claims_tls(self) -> bool | None:
        """Whether two-level systems describe the data and nothing else does as well, by fits that
        finished; None where models with and without them are not both there."""
        better = self._better_with_tls
        return better and not self._in_doubt

    @property
    def _better_with_tls(self):
        """The same by the numbers alone."""
        rows = list(zip(self.aic, self.tls, self.acceptable, strict=True))
        with_tls = [(aic, good) for aic, tls, good in rows if tls]
        without = [aic for aic, tls, _ in rows if not tls]
        if not with_tls or not without:
            return None
        aic, good = min(with_tls, key=lambda row: row[0])
        return bool(good is not False and min(without) - aic >= _DECIDES)

    @property
    def _in_doubt(self):
        """Names of the unfinished models that could turn the answer: all without two-level systems
        and the one that it is claimed for, or all with them that are not as good yet."""
        rows = list(zip(self.names, self.aic, self.tls, self.stopped, strict=True))
        with_tls = [row for row in rows if row[2]]
        if self._better_with_tls:
            rows = [min(with_tls, key=lambda row: row[1]), *(row for row in rows if not row[2])]
        else:
            rows = with_tls
        return tuple(name for name, _, _, stopped in rows if stopped)

    @property
    def verdict(self) -> str:
        """What these fits tell, in sentences."""
        sentences = []
        if self.scale > 1:
            far = " as far as these fits got" if self.unfinished else ""
            sentences.append(
                f"No model describes the data{far}, by chi^2 or by how alike its residuals are: "
                f"chi^2 is divided by {self.scale:.3g} in dAIC and dBIC."
            )
        near = self.near
        if len(self.names) > 1:
            start = "These data cannot tell apart: " if len(near) > 1 else "The data prefer "
            sentences.append(f"{start}{', '.join(near)}{self._excluded()}.")
        if self.unfinished:
            sentences.append(
                f"Not finished: {', '.join(self.unfinished)}; what is above the best may still "
                "come down, and is not excluded."
            )
        return " ".join(sentences)

    def _excluded(self):
        """The rest, and what excludes it."""
        rows = zip(self.names, self.aic, self.p_value, self.stopped, strict=True)
        rest = [(name, aic, p) for name, aic, p, stopped in rows if aic >= _DECIDES and not stopped]
        if not rest:
            return ""
        shown = []
        for name, aic, p in rest[:_NAMED]:
            chance = f", p = {p:.1g}" if p is not None and p <= UNACCEPTABLE else ""
            shown.append(f"{name} ({_above(aic)} above{chance})")
        more = len(rest) - len(shown)
        shown += [f"{more} more"] if more else []
        return f"; AICc excludes {', '.join(shown)}"

    @property
    def verdict_on_tls(self) -> str:
        """What these fits tell of two-level systems; empty where they are not in question."""
        if self.claims_tls is None:
            return ""
        rows = zip(self.names, self.aic, self.tls, strict=True)
        best, above = min(((n, aic) for n, aic, tls in rows if not tls), key=lambda row: row[1])
        if self.claims_tls:
            count = self.tls.count(False)
            return (
                f"Nothing tried without two-level systems describes these data as well: the best "
                f"of {count}, {best}, is {_above(above - self._best_with_tls())} above in AICc."
            )
        if self._in_doubt:
            verb = "have" if len(self._in_doubt) > 1 else "has"
            names = ", ".join(self._in_doubt)
            return f"No claim on two-level systems: {names} {verb} not finished."
        if not self.described:
            return "No claim on two-level systems: no model tried describes these data."
        names = ", ".join(n for n, tls in zip(self.names, self.tls, strict=True)
                          if not tls and n in self.near)  # fmt: skip
        if names:
            verb = "describe" if ", " in names else "describes"
            return f"These data do not need two-level systems: {names} {verb} them as well."
        return "No claim on two-level systems: with them the data are not described either."

    def _best_with_tls(self):
        return min(aic for aic, tls in zip(self.aic, self.tls, strict=True) if tls)

    def __str__(self) -> str:
        width = max(5, *map(len, self.names))
        head = f"{'model':<{width}}  {'chi^2':>10} {'dof':>5} {'p':>8} {'dAICc':>8} {'dBIC':>8}"
        lines = [f"{head} {'lag 1':>6}  acceptable"]
        verdict = {True: "yes", False: "no", None: "?"}
        for name, chi2, dof, p, aic, bic, good, lag1, at_bound, _, stopped in self._rows():
            chance = "?" if p is None else f"{p:.2g}"
            numbers = f"{chi2:>10.4g} {dof:>5} {chance:>8} {_short(aic)} {_short(bic)}"
            lag = f"{'?':>6}" if lag1 is None else f"{lag1:>+6.2f}"
            bounds = f"   (at a bound: {', '.join(at_bound)})" if at_bound else ""
            late = "   (NOT FINISHED)" if stopped else ""
            lines.append(f"{name:<{width}}  {numbers} {lag}  {verdict[good]}{bounds}{late}")
        said = (self.verdict, self.verdict_on_tls, *self.notes)
        return "\n".join([*lines, *filter(None, said)])

    def _rows(self):
        *columns, _, _ = (getattr(self, field.name) for field in dataclasses.fields(self))
        return zip(*columns, strict=True)

    def to_dict(self) -> dict[str, Any]:
        """Columns, scale and verdict as plain Python."""
        columns = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        found = {name: plain(value) for name, value in columns.items()}
        return found | {
            "verdict": self.verdict,
            "claims_tls": self.claims_tls,
            "verdict_on_tls": self.verdict_on_tls,
        }

    def to_json(self) -> str:
        """`to_dict` as JSON."""
        return json.dumps(self.to_dict(), indent=2, allow_nan=False)

    def plot(self, ax: Any = None) -> Any:
        """Draw how far each model's AICc is above the best.

        Returns the matplotlib axes; ``ax=None`` makes new ones.
        """
        from tlsjax.plotting import fits

        pairs = zip(self.names, self.stopped, strict=True)
        names = [f"{name} (not finished)" if stopped else name for name, stopped in pairs]
        return fits.draw_comparison(ax, names, self.aic, _DECIDES)


def _above(number):
    return f"{number:.0f}" if 100 <= number < 1e6 else f"{number:.3g}"


def _short(number):
    return f"{number:>8.2f}" if abs(number) < 1e5 else f"{number:>8.1e}"
