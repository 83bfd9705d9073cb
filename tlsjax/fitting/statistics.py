"""What a fit's Jacobian and residuals say: errors, correlations, what is undetermined, and whether
the residuals are independent of each other."""

from typing import NamedTuple

import numpy as np
from scipy import special

# Two parameters this strongly correlated are one as far as the data go.
CORRELATED = 0.98
# Singular values of the scaled Jacobian below this are directions without any effect.
_RANK = 1e-7
# A fit with a smaller chance of its chi^2 is not an acceptable one.
UNACCEPTABLE = 1e-3
# Distance to a bound, relative to its range (or to one), that counts as touching it, where the
# data would not feel it: in units of its error.
_TOUCHING, _FELT = 1e-6, 1.0
# Least size of residuals, in units of what stands for the errors where there are none: made-up data
# have none, and would feel what is left of a descent.
_LEAST = 1e-4
# Points of a curve from which on the correlation of neighbours is worth a test.
_FEWEST = 20
# Sums over correlations end at this many correlation times (Sokal), where what is left is noise.
_WINDOW = 5.0
# A chance of the correlation below which errors count it, before it is beyond doubt: with 20 to 40
# points and two to five parameters two errors then hold 93 to 95 % for noise correlated by 0.3 to
# 0.8, and 96 % for white noise, whose errors are 4 % too long on average, or of 20 points 11 %. And
# the slowest process that is told from a drift.
_DOUBTFUL, _SLOWEST = 0.1, 0.98


class Uncertainty(NamedTuple):
    """Covariance (K, K) of the free parameters; zero rows where ``held`` by a bound.

    undetermined : names that these data do not determine; pairs : ``(name, name, r)`` above
    `CORRELATED`.
    """

    covariance: np.ndarray
    correlation: np.ndarray
    held: np.ndarray
    undetermined: tuple
    pairs: tuple


def touching(minimum, lower, upper, known):
    """Which parameters sit at a bound: so near that the data do not tell them from it.

    A range says little of what is resolved: a resistance is looked for up to the largest one, and a
    residual one may be a millionth of that and known to a per cent. Whether errors are ``known``
    decides what the residuals of ``minimum`` are the size of.
    """
    x, residuals = minimum.x, minimum.residuals
    with np.errstate(invalid="ignore"):
        span = np.where(np.isfinite(upper - lower), upper - lower, 1.0)
        distance = np.minimum(x - lower, upper - x)
    size = np.linalg.norm(residuals) / np.sqrt(max(residuals.size - x.size, 1))
    felt = np.linalg.norm(minimum.jacobian, axis=0) / max(size, 1.0 if known else _LEAST)
    return (distance <= _TOUCHING * span) & (distance * felt <= _FELT)


def uncertainty(jacobian, held, names):
    """`Uncertainty` from the weighted Jacobian (N, K)."""
    count = len(names)
    size = np.linalg.norm(jacobian, axis=0)
    used = ~held & (size > 0)
    undetermined = [name for name, h, s in zip(names, held, size, strict=True) if s == 0 and not h]
    covariance, correlation = np.zeros((count, count)), np.eye(count)
    covariance[~held & (size == 0), ~held & (size == 0)] = np.inf
    index = np.flatnonzero(used)
    if index.size:
        scaled = jacobian[:, index] / size[index]
        _, singular, rows = np.linalg.svd(scaled, full_matrices=False)
        weak = singular < _RANK * singular[0]
        weak = np.append(weak, np.ones(index.size - singular.size, dtype=bool))
        for row in rows[weak[: rows.shape[0]]]:
            undetermined += [names[i] for i in index[np.abs(row) > 0.1]]
        inverse = np.where(singular > 0, singular, 1e-300) ** -2
        inner = (rows.T * np.minimum(inverse, 1e300)) @ rows
        spread = np.sqrt(np.diag(inner))
        correlation[np.ix_(index, index)] = inner / np.outer(spread, spread)
        covariance[np.ix_(index, index)] = inner / np.outer(size[index], size[index])
    pairs = [
        (names[i], names[j], float(correlation[i, j]))
        for i in range(count)
        for j in range(i)
        if used[i] and used[j] and abs(correlation[i, j]) > CORRELATED
    ]
    undetermined += [name for pair in pairs for name in pair[:2]]
    ordered = tuple(name for name in names if name in undetermined)
    return Uncertainty(covariance, correlation, held, ordered, tuple(pairs))


def p_value(chi2, dof):
    """Chance of a chi^2 as large as this."""
    return float(special.chdtrc(dof, chi2)) if dof > 0 else None


def information(chi2, points, free, known_errors):
    """``(AICc, BIC)``; without known errors their scale is fitted too.

    AIC is corrected for few points (Hurvich and Tsai, Biometrika 76, 297, 1989); infinite where
    there are no more than parameters.
    """
    deviance = chi2 if known_errors else points * np.log(max(chi2, 1e-300) / points)
    left = points - free - 1
    corrected = 2 * free * (free + 1) / left if left > 0 else np.inf
    return float(deviance + 2 * free + corrected), float(deviance + free * np.log(points))


class Neighbours(NamedTuple):
    """Residuals one after the other along curves.

    lag1 : correlation of neighbours. p_value : the chance of one as large or larger where they are
    independent. time : how many points count as one, 1 or more.
    """

    lag1: float
    p_value: float
    time: float

    @property
    def independent(self):
        """Whether nothing speaks against it."""
        return self.p_value > UNACCEPTABLE


def taken_directions(jacobian):
    """Orthonormal columns (N, rank) of what a fit takes from its residuals."""
    size = np.linalg.norm(jacobian, axis=0)
    columns = jacobian[:, size > 0] / size[size > 0]
    if not columns.size:
        return np.zeros((len(jacobian), 0))
    directions, singular, _ = np.linalg.svd(columns, full_matrices=False)
    return directions[:, singular > _RANK * singular[0]]


def neighbours(curves, directions=None):
    """`Neighbours` of several curves of residuals, each in order; None for too few points.

    directions : rows of `taken_directions` for each curve.

    Under independence the correlation of neighbours is normal with the variance ``1/N``. That of a
    short curve comes out too small, by ``[p + (p + 3) r]/N`` where ``p`` smooth functions, or at
    least the mean, were taken from it (Marriott and Pope, Biometrika 41, 390, 1954, for the mean).
    With that bias taken out ``(1 + r)/(1 - r)`` points of a process that forgets exponentially
    count as one; or ``1 + 2 sum of all correlations``, if that is more. Both only where the
    correlation without that bias is no chance; the ``p_value`` is with it, which makes the verdict
    on a model the milder one.
    """
    if directions is None:
        directions = [np.zeros((r.size, 0)) for r in curves]
    pairs = zip(curves, directions, strict=True)
    pairs = [(r - r.mean(), q) for r, q in pairs if r.size >= _FEWEST and np.any(r != r[0])]
    curves, directions = [r for r, _ in pairs], [q for _, q in pairs]
    if not curves:
        return None
    sizes = np.array([r.size for r in curves])
    total = sizes.sum()

    def correlation(lag):
        each = [r[lag:] @ r[:-lag] / (r @ r) if lag < r.size else 0.0 for r in curves]
        return float(sizes @ each / total)

    lag1 = correlation(1)
    chance = float(special.ndtr(-lag1 * np.sqrt(total)))
    # Of independent noise a fit leaves minus this share to neighbours: of p smooth functions p/N.
    left = total - sum(np.sum(q * q) for q in directions)
    beside = sum(np.sum(q[1:] * q[:-1]) for q in directions)
    taken = max(beside * total / left if left > 0 else 0.0, len(curves))
    corrected = (total * lag1 + taken) / max(total - taken - 3 * len(curves), 1)
    if special.ndtr(-corrected * np.sqrt(total)) > _DOUBTFUL:
        return Neighbours(lag1, chance, 1.0)
    corrected = min(corrected, _SLOWEST)
    time, lag = 1.0, 1
    while lag < min(_WINDOW * time, sizes.max() / 4):
        time += 2 * correlation(lag)
        lag += 1
    return Neighbours(lag1, chance, float(max(time, (1 + corrected) / (1 - corrected))))
