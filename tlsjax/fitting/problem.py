"""Data and parameters of a fit as arrays: residuals, Jacobian and the minimum."""

import copy

import jax.numpy as jnp
import numpy as np

from tlsjax.fitting import models, templates
from tlsjax.fitting.algebraic import Algebraic
from tlsjax.fitting.evaluation import anonymous, evaluate
from tlsjax.fitting.jumps import minimise_across
from tlsjax.fitting.layout import Layout, is_rate, stem_of
from tlsjax.fitting.least_squares import spread_starts
from tlsjax.fitting.measurement import units
from tlsjax.fitting.quick import count_of, quick_start

# Points of parameter space looked at before the fit, per start that it then makes.
_SCREENED = 6
# What a scan for starts is spread over, beside the impurities' own.
_SPREAD = (
    "T_tls", "T_e", "broadening", "magnetic", "dynes", "spin_splitting", "gap_spread",
)  # fmt: skip
# What a model is without where it is zero.
_FROM_ZERO = (*templates.ON_REQUEST, "broadening")
# Panels of the integrals of rivals come in multiples of these, so that they share a program.
_PANELS = 32
# How far temperature may fall and biases grow before those need another program: it takes seconds
# to compile, and less room makes each step shorter.
_LITTLE_ROOM = 1.25, 1.1
# chi^2 by which another model is clearly better.
_CLEARLY = 10.0
# What each number that it has more takes off on top, as in AIC.
_EACH = 2.0


def _largest_window(sweeps, *room):
    """Sizes that are enough for each of several data sets and their parameters."""
    windows = [models.window_of(d, v, *room) for d, v in sweeps]
    return models.Window(*(max(sizes) for sizes in zip(*windows, strict=True)))


class Problem:
    """Data and parameters as arrays, and the way back."""

    def __init__(self, datasets, template, parameters, layout):
        self.datasets, self.template = datasets, template
        if not templates.is_algebraic(template):
            self.template = templates.without_rates(template)
        self.parameters, self.layout = parameters, layout
        by_name = {p.name: p for p in parameters}
        chosen = [by_name[name] for name in layout.free]
        self.x = np.array([p.value for p in chosen])
        self.lower = np.array([p.lower for p in chosen])
        self.upper = np.array([p.upper for p in chosen])
        self.fixed = {p.name: p.value for p in parameters if not p.free and not p.tied}
        self.priors = [(i, p.prior) for i, p in enumerate(chosen) if p.prior is not None]
        # What error each point has: its own, the noise between neighbours, or a common unit.
        self.known = all(d.error is not None for d in datasets)
        guesses = [d.noise() if d.error is None else d.error for d in datasets]
        self.estimated = all(g is not None for g in guesses)
        common = units(datasets, layout.names)
        guesses = [unit if g is None else g for g, unit in zip(guesses, common, strict=True)]
        pairs = zip(guesses, datasets, strict=True)
        self.errors = tuple(np.broadcast_to(g, d.y.shape).astype(float) for g, d in pairs)
        thermal = dict(layout.ties).get
        names = [dict(n).get("T_tls") for n in layout.names]
        self.settings = models.Settings(thermal=all(n is None or thermal(n) == "T" for n in names))
        self.algebraic = None
        # Their program knows one electrode.
        if templates.through_normal_junctions(datasets) and templates.is_algebraic(template):
            self.algebraic = Algebraic(datasets, layout, self.fixed)
        self._resolve(self.x)

    def with_other(self, datasets, priors):
        """The same with other signals and priors; the same programs evaluate it."""
        other = copy.copy(self)
        other.datasets, other.priors = tuple(datasets), list(priors)
        if self.algebraic:
            other.algebraic = Algebraic(other.datasets, self.layout, self.fixed)
        return other

    def _tables(self, x):
        return self.layout.values(list(x), self.fixed, self.datasets)

    def _sweeps(self, x):
        pairs = zip(self.datasets, self._tables(x), strict=True)
        return [(d, v) for d, v in pairs if d.kind in ("didv", "current")]

    def _resolve(self, x):
        """Sizes of the tunnelling integrals; all sweeps share the largest."""
        sweeps = self._sweeps(x)
        if not sweeps:
            return
        if self.algebraic:
            # The same for all rivals, unless one needs more: that of the sharpest.
            alike = {"broadening": 0.0, "spin_splitting": 0.0}
            alike = [(d, v | alike | {"T_e": min(v["T_e"], d.T)}) for d, v in sweeps]
            window = _largest_window(alike, *_LITTLE_ROOM)
            window = window._replace(panels=_PANELS * -(-window.panels // _PANELS))
            if self._suffices(x, window):
                self.settings = self.settings._replace(window=window)
                return
        self.settings = self.settings._replace(window=_largest_window(sweeps))

    def _suffices(self, x, window):
        return all(models.window_suffices(d, v, window) for d, v in self._sweeps(x))

    def evaluate(self, x):
        """Numbers for `Memory`; larger integrals where the parameters ask for them."""
        if not self._suffices(x, self.settings.window):
            self._resolve(x)
        if self.algebraic:
            r, J, solved = self.algebraic(x, self.errors, self.settings)
        else:
            r, J, solved, _ = self._meshed(x)
        return *self._with_priors(x, np.asarray(r), np.asarray(J)), solved

    def _meshed(self, x):
        return evaluate(
            self.layout, self.settings, jnp.asarray(x), self.fixed, self.datasets, self.errors,
            self.template,
        )  # fmt: skip

    def _with_priors(self, x, r, J):
        """Residuals and Jacobian with a row for each prior at their end."""
        if not self.priors:
            return r, J
        index = [i for i, _ in self.priors]
        rows, slopes = zip(*(prior.row(x[i]) for i, prior in self.priors), strict=True)
        own = np.zeros((len(index), x.size))
        own[np.arange(len(index)), index] = slopes
        return np.concatenate([r, rows]), np.concatenate([J, own])

    @property
    def points(self):
        """Measured points, without priors."""
        return sum(d.y.size for d in self.datasets)

    def order_parameters(self, x):
        """``(Delta(T), Jacobian)`` of the sweeps, band by band, where spectra need a mesh."""
        return tuple(map(np.asarray, self._meshed(x)[3]))

    def conductances(self, x):
        """dI/dV of the model at each point of each data set that is a current; of others None."""
        found = []
        tables = zip(self.datasets, self.layout.names, self._tables(x), strict=True)
        for data, names, values in tables:
            if data.kind != "current":
                found.append(None)
                continue
            own = Layout(self.layout.free, self.layout.ties, (names,))
            nothing, slope = np.zeros(data.x.size), values["slope"]

            def signal(kind, data=data, own=own, nothing=nothing):
                one = anonymous(data, kind=kind, y=nothing, error=None)
                return evaluate(
                    own, self.settings, jnp.asarray(x), self.fixed, (one,), (nothing + 1,),
                    self.template,
                )[0]  # fmt: skip

            # A current times a sloping background has two terms.
            rest = slope / (1 + slope * data.x) * signal("current") if slope else 0.0
            found.append(np.asarray(signal("didv") + rest))
        return tuple(found)

    def at(self, values):
        """The start with other values of some parameters, inside the bounds."""
        x = [values.get(name, own) for name, own in zip(self.layout.free, self.x, strict=True)]
        return np.clip(x, self.lower, self.upper)

    def minimum(self, memory, starts, loss, scale, nested=(), tried=()):
        """`Minimum` from the given start and from the best of a scan.

        nested : values of fits that are special cases of this one. Descents begin from the best of
            them, once where what is new is that of the start, and once where it is zero: no fit is
            worse than its special cases. Where a step takes long, which is with impurities, the
            latter only if nothing better was found. tried : values beside the scan's.
        """

        def best(points):
            costs = np.array([np.sum(memory(x)[0] ** 2) for x in points])
            return [points[k] for k in np.argsort(np.where(np.isfinite(costs), costs, np.inf))]

        def candidates():
            yield best([self.x, *map(self.at, nested)])[0] if nested else self.x
            slow = not templates.is_algebraic(self.template)
            absent = self._absent(nested)
            if absent and not slow:
                yield best(absent)[0]
            if starts > 1 and self.x.size:
                yield from scanned()
            if absent and slow:
                reached = np.sum(memory.best[1] ** 2)
                first = best(absent)[0]
                if np.sum(memory(first)[0] ** 2) < reached:
                    yield first

        def scanned():
            local = [name.partition("@")[0] for name in self.layout.free]
            local = [stem_of(n) if stem_of(n) in _SPREAD else n for n in local]
            spread = (*_SPREAD, *templates.impurity_names(self.template))
            wide = np.array([name in spread for name in local]) & (self.lower >= 0)
            count = _SCREENED * (starts - 1)
            points = spread_starts(self.x, self.lower, self.upper, wide, count)
            yield from best([*points, *map(self.at, tried)])[: starts - 1]

        active = np.ones(self.x.size, dtype=bool)
        found = minimise_across(self, memory, candidates(), active, loss, scale)
        return self.beside_a_quick_fit(found, loss)

    def _absent(self, nested):
        """Special cases as points of this problem: without what they have not."""
        new = [n for n in self.layout.free if stem_of(n) in _FROM_ZERO or is_rate(n)]
        return [self.at(dict.fromkeys(new, 0.0) | values) for values in nested] if new else []

    def beside_a_quick_fit(self, minimum, loss):
        """The same, not finished where a BCS superconductor with a width is clearly better."""
        # A robust loss leaves chi^2 large where points are far off; and beside other data a sweep
        # may have to be worse, which a note says.
        if loss != "linear" or any(not d.is_sweep for d in self.datasets):
            return minimum
        better = self.better_quick_fit(minimum.residuals)
        if not minimum.finished or better is None:
            return minimum
        message = f"{better}: free the broadening, or start elsewhere"
        return minimum._replace(finished=False, message=message, worse=True)

    def better_quick_fit(self, residuals):
        """What a BCS superconductor with a width makes of the sweeps, in words; None where it is
        not clearly better than these residuals."""
        ends = np.cumsum([d.y.size for d in self.datasets])
        parts = np.split(residuals[: self.points], ends[:-1])
        sweeps = [(d, r) for d, r in zip(self.datasets, parts, strict=True) if d.is_sweep]
        chi2 = float(sum(np.sum(r**2) for _, r in sweeps))
        quick = [quick_start(d) for d, _ in sweeps]
        simple = sum(q.chi2 for q in quick)
        # Every sweep has numbers of its own there, which follow the noise.
        more = max(sum(count_of(d) for d, _ in sweeps) - len(self.layout.free), 0)
        if chi2 < simple + max(_CLEARLY + _EACH * more, 0.01 * simple):
            return None
        widths = ", ".join(f"{q.broadening:.3g}" for q in quick)
        return (
            f"a BCS density of states with a Gaussian width of {widths} mV has chi^2 {simple:.5g}, "
            f"which is less than {chi2:.5g}"
        )
