"""Data and parameters of a fit as arrays: residuals, Jacobian, and the fit without impurities."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from scipy import special

from tlsjax.core.status import ConvergenceError, is_ok
from tlsjax.fitting import models, statistics
from tlsjax.fitting.least_squares import minimise, spread_starts
from tlsjax.fitting.parameters import is_rate, quick_start

# Points of parameter space looked at before the fit, per start that it then makes.
_SCREENED = 6
# What a scan for starts is spread over, beside the impurities' own.
_SPREAD = ("T_tls", "T_e", "broadening", "magnetic", "dynes")
# chi^2 by which another model is clearly better.
_CLEARLY = 10.0


@partial(jax.jit, static_argnums=(0, 1))
def _evaluate(layout, settings, vector, fixed, datasets, errors, template):
    """``(residuals, jacobian, solved)`` in one program, forwards through the solvers.

    Only derivatives by what a solution depends on go through the solvers, where each may cost half
    as much as the solution itself; all of them go through what is measured of it.
    """
    inner, directions = layout.of_the_sample(), np.eye(vector.size)

    def solve(vector):
        table = layout.values(vector, fixed, datasets)
        pairs = zip(datasets, table, strict=True)
        found = [models.solve(data, template, values, settings) for data, values in pairs]
        solved = jnp.all(jnp.concatenate([jnp.ravel(is_ok(status)) for _, status in found]))
        solutions = [solution for solution, _ in found]
        return list(filter(_is_smooth, jax.tree.leaves(solutions))), (solutions, solved)

    def residuals(numbers, vector):
        remaining = iter(numbers)
        own = jax.tree.map(lambda x: next(remaining) if _is_smooth(x) else x, solutions)
        table = layout.values(vector, fixed, datasets)
        found = zip(datasets, own, table, errors, strict=True)
        return jnp.concatenate(
            [(models.signal(d, s, v, settings) - d.y) / error for d, s, v, error in found]
        )

    def through_solvers(direction):
        return jax.jvp(solve, (vector,), (direction,), has_aux=True)

    def through_signals(change, direction):
        return jax.jvp(residuals, (numbers, vector), (change, direction))

    def for_all(change):
        return jnp.zeros((vector.size, *change.shape[1:]), change.dtype).at[inner].set(change)

    # Values are the same along all directions, which come first in their derivatives.
    numbers, changes, (solutions, solved) = jax.vmap(through_solvers, out_axes=(None, 0, None))(
        directions[inner]
    )
    changes = [for_all(change) for change in changes]
    r, columns = jax.vmap(through_signals, out_axes=(None, 0))(changes, directions)
    return r, columns.T, solved


def _is_smooth(x):
    """Whether a number of a solution has derivatives; counts and statuses have none."""
    return jnp.issubdtype(jnp.result_type(x), jnp.inexact)


class Problem:
    """Data and parameters as arrays, and the way back."""

    def __init__(self, datasets, template, parameters, layout):
        self.datasets, self.template = datasets, template
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
        unit = [np.std(d.y) or 1.0 for d in datasets]
        guesses = [u if g is None else g for g, u in zip(guesses, unit, strict=True)]
        pairs = zip(guesses, datasets, strict=True)
        self.errors = tuple(np.broadcast_to(g, d.y.shape).astype(float) for g, d in pairs)
        thermal = dict(layout.ties).get
        names = [dict(n).get("T_tls") for n in layout.names]
        self.settings = models.Settings(thermal=all(n is None or thermal(n) == "T" for n in names))
        self._resolve(self.x)

    def _tables(self, x):
        return self.layout.values(list(x), self.fixed, self.datasets)

    def _sweeps(self, x):
        pairs = zip(self.datasets, self._tables(x), strict=True)
        return [(d, v) for d, v in pairs if d.kind in ("didv", "current")]

    def _resolve(self, x):
        """Sizes of the tunnelling integrals; all sweeps share the largest."""
        windows = [models.window_of(d, v) for d, v in self._sweeps(x)]
        if windows:
            window = models.Window(*(max(sizes) for sizes in zip(*windows, strict=True)))
            self.settings = self.settings._replace(window=window)

    def evaluate(self, x):
        """Numbers for `Memory`; larger integrals where the parameters ask for them."""
        if not all(models.window_suffices(d, v, self.settings.window) for d, v in self._sweeps(x)):
            self._resolve(x)
        r, J, solved = _evaluate(
            self.layout, self.settings, jnp.asarray(x), self.fixed, self.datasets, self.errors,
            self.template,
        )  # fmt: skip
        return *self._with_priors(x, np.asarray(r), np.asarray(J)), solved

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

    def minimum(self, memory, starts, loss, scale):
        """`Minimum` from the given start and from the best of a scan."""

        def candidates():
            yield self.x
            if starts == 1 or not self.x.size:
                return
            local = [name.partition("@")[0] for name in self.layout.free]
            spread = (*_SPREAD, *models.impurity_names(self.template))
            wide = np.array([name in spread for name in local]) & (self.lower >= 0)
            count = _SCREENED * (starts - 1)
            scanned = spread_starts(self.x, self.lower, self.upper, wide, count)
            costs = np.array([np.sum(memory(x)[0] ** 2) for x in scanned])
            order = np.argsort(np.where(np.isfinite(costs), costs, np.inf))
            yield from scanned[order[: starts - 1]]

        active = np.ones(self.x.size, dtype=bool)
        found = minimise(memory, candidates(), self.lower, self.upper, active, loss, scale)
        return self.beside_a_quick_fit(found, loss)

    def beside_a_quick_fit(self, minimum, loss):
        """The same, not finished where a BCS superconductor with a width is clearly better."""
        # A robust loss is there to leave chi^2 large where points are far off.
        if loss != "linear" or any(d.kind in ("tc", "gap") for d in self.datasets):
            return minimum
        chi2 = float(np.sum(minimum.residuals[: self.points] ** 2))
        quick = [quick_start(d) for d in self.datasets]
        simple = sum(q.chi2 for q in quick)
        if not minimum.finished or chi2 < simple + max(_CLEARLY, 0.01 * simple):
            return minimum
        widths = ", ".join(f"{q.broadening:.3g}" for q in quick)
        message = (
            f"a BCS density of states with a Gaussian width of {widths} mV has chi^2 {simple:.5g}, "
            f"which is less than {chi2:.5g}: free the broadening, or start elsewhere"
        )
        return minimum._replace(finished=False, message=message)

    def without_impurities(self, memory, minimum, loss, scale):
        """``(minimum with alpha = 0 or None, p value)``: None where impurities are needed.

        The F test of the rates and the splittings of all impurities against none of them.
        """
        impurities = models.impurity_names(self.template)
        local = [name.partition("@")[0] for name in self.layout.free]
        gone = np.array([name in impurities for name in local])
        rates = np.array([is_rate(name) for name in local])
        bottom = self.lower[rates]
        if any(l > 0 for l in bottom):
            return None, None
        x = np.where(rates, 0.0, minimum.x)
        try:
            clean = minimise(memory, [x], self.lower, self.upper, ~gone, loss, scale)
        except ConvergenceError:
            return None, None
        if memory.interrupted:
            return None, None
        more = int(gone.sum())
        dof = minimum.residuals.size - self.x.size
        full, without = np.sum(minimum.residuals**2), np.sum(clean.residuals**2)
        drop = max(without - full, 0.0)
        if self.known or dof <= 0:
            gain = float(special.chdtrc(more, drop))
        else:
            gain = float(special.fdtrc(more, dof, drop / more / (full / dof + 1e-300)))
        if len(self.datasets) == 1 and "baseline" in local:
            of_data = float(np.sum(minimum.residuals[: self.points] ** 2))
            gain = max(gain, self._smooth_baseline(of_data))
        return (clean if gain > 0.05 else None), gain

    def _smooth_baseline(self, chi2):
        """Chance of the impurities against a smooth baseline of no more parameters (0 to 1).

        With a free baseline only the curvature of Tc over concentration speaks for impurities;
        where a polynomial has it too, it says nothing. Relative likelihood by AIC.
        """
        (data,), (error,), free = self.datasets, self.errors, self.x.size

        def aic(chi2, count):
            return statistics.information(chi2, data.y.size, count, self.known)[0]

        def polynomial(count):
            design = np.vander(data.x, count) / error[:, None]
            _, left, *_ = np.linalg.lstsq(design, data.y / error)
            return aic(float(left.sum()), count)

        counts = range(2, min(free, 4, np.unique(data.x).size - 1) + 1)
        best = min(map(polynomial, counts), default=np.inf)
        own = aic(chi2, free)
        return float(1 / (1 + np.exp(np.clip((best - own) / 2, -50, 50))))
