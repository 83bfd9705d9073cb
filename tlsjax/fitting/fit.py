"""`fit`: from measurements to parameters with errors."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from scipy import special
from tqdm import tqdm

from tlsjax.domain import fail, positive, require
from tlsjax.fitting import models, statistics
from tlsjax.fitting.datasets import GapData, TcData, TunnellingData
from tlsjax.fitting.least_squares import Memory, minimise, spread_starts
from tlsjax.fitting.parameters import arrange
from tlsjax.fitting.result import FitResult, FittedParameter, remarks, start_values
from tlsjax.model.splittings import require_distribution
from tlsjax.status import is_ok

LOSSES = ("linear", "soft_l1", "huber", "cauchy", "arctan")
# Points of parameter space looked at before the fit, per start that it then makes.
_SCREENED = 6


def fit(
    data, splittings, *, free=(), fixed=None, bounds=None, start=None, tie=None, separate=(),
    starts=2, loss="linear", loss_scale=1.0, optimizer=None, max_evaluations=300,
    compare_clean=None, progress=False,
):  # fmt: skip
    """Fit the parameters of the impurities to measurements.

    Minimises ``chi^2 = sum [(measured - model)/error]^2`` within bounds, with the exact Jacobian
    of the implicitly differentiated solvers.

    Parameters
    ----------
    data : TcData, GapData, TunnellingData or a sequence of them (a joint fit)
    splittings : distribution
        With energies in meV: where its parameters start. A `Tabulated` one stays as it is.
    free, fixed, bounds, start, tie : names; and ``{name: value, (low, high), value, name}``
        See the classes of data for names. ``tie={"T_e": "T"}`` ties to the sample's
        temperature, which is the default of ``T_e`` and ``T_tls``.
        ``start`` may be an earlier `FitResult` or its JSON dictionary.
    separate : names that each data set has for itself
    starts : int
        Descents, the first from ``start``, the others from the best of a scan around it.
    loss, loss_scale : str, float
        A robust loss of `scipy.optimize.least_squares`, and the residual, in errors, from which
        it acts; or, with ``optimizer``, a function of the vector of residuals.
    optimizer : optax.GradientTransformation, optional
        Instead of least squares; takes ``max_evaluations`` steps.
    max_evaluations : int
    compare_clean : bool, optional
        Whether to fit without impurities too. Where that is as good (p > 0.05) alpha = 0 is the
        answer, and a note says so. Default: for Tc and Delta(T), which are quick.
    progress : bool
        Show a progress line on a terminal.

    Returns
    -------
    FitResult

    Raises
    ------
    ValueError
        For data or names that make no sense, and fewer points than free parameters.
    ConvergenceError
        If the equations have no solution where the fit starts.

    Examples
    --------
    >>> import numpy as np, tlsjax as tls
    >>> T = np.linspace(1.0, 8.0, 15)
    >>> ensemble = tls.TLSEnsemble(0.0, tls.Glass(3.0))
    >>> niobium = tls.units.Scale(9.25, gap_ratio=3.9)
    >>> gap = [niobium.gap_to_mev(tls.order_parameter(ensemble, t / 9.25)) for t in T]
    >>> result = tls.fit(tls.GapData(T, gap, error=0.01), tls.Glass(2.0), fixed={"alpha": 0.0})
    >>> print(f"{result['Tc0']:.3f} {result['gap_ratio']:.3f}")
    9.250 3.900
    """
    datasets = _as_datasets(data)
    require_distribution("splittings", splittings)
    if optimizer is None and loss not in LOSSES:
        fail("loss", f"one of {', '.join(LOSSES)}", repr(loss))
    if optimizer is not None and not (callable(loss) or loss == "linear"):
        fail("loss", "a function of the residuals where an optimizer is given", repr(loss))
    require(positive("loss_scale", loss_scale))
    start = {} if start is None else start_values(start)
    parameters, layout = arrange(
        datasets, splittings, free=free, fixed=fixed or {}, bounds=bounds or {}, start=start,
        tie=tie or {}, separate=separate,
    )  # fmt: skip
    points = sum(d.y.size for d in datasets)
    if points < len(layout.free):
        fail("data", f"at least as many points as free parameters ({len(layout.free)})", points)

    problem = _Problem(datasets, splittings, parameters, layout)
    with _progress_line(progress) as show:
        memory = Memory(problem.evaluate, max_evaluations, show)
        if optimizer is not None:
            # Here, because importing optax takes as long as a whole fit.
            from tlsjax.fitting.descent import descend

            minimum = descend(memory, problem.x, problem.lower, problem.upper, optimizer, loss)
        else:
            minimum = problem.minimum(memory, starts, loss, loss_scale)
        if compare_clean is None:
            compare_clean = all(d.kind in ("tc", "gap") for d in datasets)
        clean, gain = None, None
        wanted = compare_clean and optimizer is None and "alpha" in layout.free
        if wanted and not memory.interrupted:
            memory = Memory(problem.evaluate, max_evaluations, show)
            clean, gain = problem.without_impurities(memory, minimum, loss, loss_scale)
    return problem.result(minimum if clean is None else clean, gain)


def _as_datasets(data):
    datasets = tuple(data) if isinstance(data, list | tuple) else (data,)
    kinds = TcData | GapData | TunnellingData
    if not datasets or not all(isinstance(d, kinds) for d in datasets):
        fail("data", "TcData, GapData or TunnellingData, or a list of them", repr(data))
    return datasets


class _progress_line:
    """A tqdm line on a terminal, nothing elsewhere."""

    def __init__(self, wanted):
        self.bar = tqdm(desc="fit", unit=" evaluations", disable=None if wanted else True)

    def __enter__(self):
        best = [np.inf]

        def show(cost):
            best[0] = min(best[0], cost) if np.isfinite(cost) else best[0]
            self.bar.set_postfix_str(f"chi2 = {best[0]:.6g}", refresh=False)
            self.bar.update()

        return show

    def __exit__(self, *_):
        self.bar.close()


@partial(jax.jit, static_argnums=(0, 1))
def _evaluate(layout, settings, vector, fixed, datasets, errors, splittings):
    """``(residuals, jacobian, solved)`` in one program, forwards through the solvers."""

    def residuals(vector):
        parts, solved = [], jnp.asarray(True)
        table = layout.values(vector, fixed, datasets)
        for data, error, values in zip(datasets, errors, table, strict=True):
            predicted, status = models.PREDICTIONS[data.kind](data, splittings, values, settings)
            parts.append((predicted - data.y) / error)
            solved &= jnp.all(is_ok(status))
        r = jnp.concatenate(parts)
        return r, (r, solved)

    jacobian, (r, solved) = jax.jacfwd(residuals, has_aux=True)(vector)
    return r, jacobian, solved


class _Problem:
    """Data and parameters as arrays, and the way back."""

    def __init__(self, datasets, splittings, parameters, layout):
        self.datasets, self.splittings = datasets, splittings
        self.parameters, self.layout = parameters, layout
        by_name = {p.name: p for p in parameters}
        chosen = [by_name[name] for name in layout.free]
        self.x = np.array([p.value for p in chosen])
        self.lower = np.array([p.lower for p in chosen])
        self.upper = np.array([p.upper for p in chosen])
        self.fixed = {p.name: p.value for p in parameters if not p.free and not p.tied}
        # What error each point has: its own, the noise between neighbours, or a common unit.
        self.known = all(d.error is not None for d in datasets)
        guesses = [d.noise() if d.error is None else d.error for d in datasets]
        self.estimated = all(g is not None for g in guesses)
        unit = [np.std(d.y) or 1.0 for d in datasets]
        guesses = [u if g is None else g for g, u in zip(guesses, unit, strict=True)]
        pairs = zip(guesses, datasets, strict=True)
        self.errors = tuple(np.broadcast_to(g, d.y.shape).astype(float) for g, d in pairs)
        # Bring the parameters' own values to 1e-2 of the data where only a common unit exists.
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
        pairs = zip(self.datasets, self._tables(x), strict=True)
        points = [models.points_for(d, v) for d, v in pairs if d.kind not in ("tc", "gap")]
        self.settings = self.settings._replace(points=max(points, default=1024))
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
            self.splittings,
        )  # fmt: skip
        return np.asarray(r), np.asarray(J), solved

    def minimum(self, memory, starts, loss, scale):
        """`Minimum` from the given start and from the best of a scan."""
        active = np.ones(self.x.size, dtype=bool)
        first = [self.x]
        if starts > 1 and self.x.size:
            local = [name.partition("@")[0] for name in self.layout.free]
            spread = ("alpha", "T_tls", *models.energy_parameters(self.splittings))
            wide = np.array([name in spread for name in local])
            scanned = spread_starts(
                self.x, self.lower, self.upper, wide & (self.lower >= 0), _SCREENED * (starts - 1)
            )
            costs = [np.sum(memory(x)[0] ** 2) for x in scanned]
            ranked = scanned[np.argsort(np.where(np.isfinite(costs), costs, np.inf))]
            first += list(ranked[: starts - 1])
        return minimise(memory, first, self.lower, self.upper, active, loss, scale)

    def without_impurities(self, memory, minimum, loss, scale):
        """``(minimum with alpha = 0 or None, p value)``: None where impurities are needed.

        The F test of alpha and the parameters of the splittings against none of them.
        """
        impurities = ("alpha", *models.energy_parameters(self.splittings))
        local = [name.partition("@")[0] for name in self.layout.free]
        gone = np.array([name in impurities for name in local])
        bottom = [l for n, l in zip(local, self.lower, strict=True) if n == "alpha"]
        if any(l > 0 for l in bottom):
            return None, None
        x = np.where([n == "alpha" for n in local], 0.0, minimum.x)
        clean = minimise(memory, [x], self.lower, self.upper, ~gone, loss, scale)
        more = int(gone.sum())
        dof = minimum.residuals.size - self.x.size
        full, without = np.sum(minimum.residuals**2), np.sum(clean.residuals**2)
        drop = max(without - full, 0.0)
        if self.known or dof <= 0:
            gain = float(special.chdtrc(more, drop))
        else:
            gain = float(special.fdtrc(more, dof, drop / more / (full / dof + 1e-300)))
        if any(d.kind == "tc" for d in self.datasets) and "baseline" in local:
            gain = max(gain, self._smooth_baseline(full))
        return (clean if gain > 0.05 else None), gain

    def _smooth_baseline(self, chi2):
        """Chance of the impurities against a smooth baseline of no more parameters (0 to 1).

        With a free baseline only the curvature of Tc over concentration speaks for impurities;
        where a polynomial has it too, it says nothing. Relative likelihood by AIC.
        """
        aic, free = [], self.x.size
        for data, error in zip(self.datasets, self.errors, strict=True):
            for count in range(2, min(free, 4, np.unique(data.x).size - 1) + 1):
                if data.kind != "tc" or len(self.datasets) > 1:
                    continue
                design = np.vander(data.x, count) / error[:, None]
                _, left, *_ = np.linalg.lstsq(design, data.y / error)
                aic.append(
                    statistics.information(float(left.sum()), data.y.size, count, self.known)[0]
                )
        best = min(aic, default=np.inf)
        own = statistics.information(chi2, self.datasets[0].y.size, free, self.known)[0]
        return float(1 / (1 + np.exp(np.clip((best - own) / 2, -50, 50))))

    def result(self, minimum, gain):
        """`FitResult` with everything a reader should know."""
        names = self.layout.free
        chi2, points = float(np.sum(minimum.residuals**2)), minimum.residuals.size
        held = statistics.touching(minimum.x, self.lower, self.upper)
        touching, meaningless = held, np.zeros(len(names), dtype=bool)
        if gain is not None and gain > 0.05:
            # Without impurities their splittings are nothing.
            energies = models.energy_parameters(self.splittings)
            meaningless = np.array([n.partition("@")[0] in energies for n in names])
            held, touching = held | meaningless, held & ~meaningless
        dof = points - int((~held).sum())
        trusted = self.known or self.estimated
        p = statistics.p_value(chi2, dof) if trusted else None
        acceptable = None if p is None else bool(p > statistics.UNACCEPTABLE)
        # Known errors are believed unless the fit shows them to be too small.
        stretched = not self.known or acceptable is False
        scale = chi2 / dof if stretched and dof > 0 else 1.0
        spread = statistics.uncertainty(minimum.jacobian, held, names, scale)
        sigma = dict(zip(names, np.sqrt(np.diag(spread.covariance)), strict=True))
        value = dict(zip(names, minimum.x, strict=True)) | self.fixed
        bound = dict(zip(names, touching, strict=True))
        open_ends = {*spread.undetermined, *np.array(names)[meaningless]}
        fitted = {}
        for q in self.parameters:
            tied = value.get(q.tied, np.nan) if q.tied else None
            if q.tied == "T":
                tied = next(d.T for d in self.datasets if d.kind not in ("tc", "gap"))
            fitted[q.name] = FittedParameter(
                q.name, float(value[q.name] if tied is None else tied),
                float(sigma[q.name]) if q.free and sigma[q.name] > 0 else None,
                q.unit, q.lower, q.upper, q.free, q.tied,
                bool(bound.get(q.name, False)), q.name in open_ends,
            )  # fmt: skip
        aic, bic = statistics.information(chi2, points, points - dof, trusted)
        split = np.cumsum([d.y.size for d in self.datasets])[:-1]
        residuals = tuple(np.split(minimum.residuals, split))
        triples = list(zip(self.datasets, residuals, self.errors, strict=True))
        predictions = tuple(d.y + r * e for d, r, e in triples)
        residuals = tuple(-r for r in residuals)
        off = np.concatenate([r * e / (np.mean(np.abs(d.y)) or 1.0) for d, r, e in triples])
        result = FitResult(
            fitted, names, spread.covariance, spread.correlation, chi2, dof, points,
            minimum.evaluations, p, acceptable, minimum.finished, minimum.message,
            float(np.sqrt(np.mean(off**2))), aic, bic, repr(self.splittings), (),
            self.datasets, predictions, residuals,
        )  # fmt: skip
        notes = remarks(result, known_errors=self.known, gain=gain)
        object.__setattr__(result, "notes", notes)
        return result
