"""Metamodels: a measure as a smooth function of the factors, with its cross-validated error.

Both kinds are linear in the simulated values once their shape is fixed: a prediction is a weighted sum of the points' means. So
the sampling error of anything computed from predictions follows from the replications, as for the points themselves.

Sources
-------
Kleijnen, J. P. C. (2015). *Design and Analysis of Simulation Experiments*, 2nd ed. (polynomials, Kriging, validation).
Rasmussen, C. E., Williams, C. K. I. (2006). *Gaussian Processes for Machine Learning*, section 5.4.2 (leave-one-out predictions).
Ankenman, B., Nelson, B. L., Staum, J. (2010). Stochastic kriging for simulation metamodeling. *Operations Research* 58, 371-382.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.axes import Axis, encode
from sim.analysis.estimate import t_quantile
from sim.errors import UsageError

KINDS = ("auto", "gp", "quadratic", "none")
_MOST_GP = 1500  # points; a Gaussian process takes their cube
_MOST_FITTED = 300  # points that its length scales are fitted on
_LEAST_GP = 6

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Prediction:
    """A predicted value of a measure; the half width covers the metamodel's uncertainty and the sampling error."""

    mean: float
    half_width: float
    unit: str
    confidence: float


@dataclass(frozen=True)
class Metamodel:
    """One measure over the factors.

    Attributes
    ----------
    kind
        'gp' or 'quadratic'.
    q2
        1 - (sum of squares of the leave-one-point-out errors) / (sum of squares about the mean).
    rmse
        Root mean square of the leave-one-point-out errors, in the measure's unit.
    noise
        Root mean square standard error of the simulated points, in the same unit, without what all points share in a replication:
        about the smallest error that the leave-one-out errors of a perfect metamodel would show. NaN for one replication.
    left_out
        Prediction of each point from all others.
    function
        The prediction as plain numbers, for a page that computes it without this library; see `predict_plain`.
    """

    kind: str
    axes: tuple[Axis, ...]
    q2: float
    rmse: float
    noise: float
    left_out: Floats
    function: dict[str, Any]
    _means: Floats
    _weights: Callable[[Floats], Floats]
    _spread: Callable[[Floats], Floats]  # standard deviation of a prediction
    _critical: Callable[[float], float]

    def weights(self, rows: Floats) -> Floats:
        """[rows, points]: what each simulated point counts in the prediction at each row; they add up to 1."""
        return self._weights(rows)

    def predict(self, rows: Floats, confidence: float) -> tuple[Floats, Floats]:
        """Means and half widths at rows of axis values."""
        return self._weights(rows) @ self._means, self._critical(confidence) * self._spread(rows)


def chosen_kind(kind: str, points: int) -> str:
    """The kind that is meant: 'auto' is 'gp' where scikit-learn is installed and the points are not too many.

    Raises
    ------
    UsageError
        If the kind is unknown, or 'gp' without scikit-learn or with too many points.
    """
    if kind not in KINDS:
        raise UsageError(f"no metamodel '{kind}'; there are {', '.join(KINDS)}")
    has_sklearn = find_spec("sklearn") is not None
    if kind == "gp" and not has_sklearn:
        raise UsageError("the metamodel gp needs scikit-learn: pip install 'sparesim[metamodel]'; or take --metamodel quadratic")
    if kind == "gp" and points > _MOST_GP:
        raise UsageError(f"{points} points are too many for the metamodel gp (at most {_MOST_GP}); take --metamodel quadratic")
    if kind == "auto":
        return "gp" if has_sklearn and _LEAST_GP <= points <= _MOST_GP else "quadratic"
    return kind


def fit_metamodel(axes: Sequence[Axis], rows: Floats, values: Floats, kind: str) -> Metamodel | None:
    """Fit a metamodel to a measure.

    Parameters
    ----------
    axes
        The factors.
    rows
        [points, factors], without NaN.
    values
        [points, replications], without NaN.
    kind
        'gp': a constant mean plus a Gaussian process with a Matern kernel (nu = 5/2, one length scale a factor), the sampling
        variance of each point and a nugget. 'quadratic': least squares on linear terms, products and squares, as many of them as
        the points allow.

    Returns
    -------
    Metamodel or None
        None if the points are too few or the measure does not vary over them.
    """
    _, first, which = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    distinct, repeated = rows[first], np.ravel(which)
    known = values[first]
    means = known.mean(axis=1)
    if float(means.std()) <= 1e-12 * float(abs(means).max()):
        return None
    n = values.shape[1]
    shared = known.mean(axis=0)  # what all points of a replication have in common does not bend the surface
    variance = (known - shared).var(axis=1, ddof=1) / n if n > 1 else np.zeros(len(means))
    common = float(shared.var(ddof=1)) / n if n > 1 else 0.0
    x = encode(axes, distinct)
    fitted = _gp(axes, x, means, variance, common) if kind == "gp" else _quadratic(axes, distinct, means, common)
    if fitted is None:
        return None
    smoother, residuals, spread, critical, function = fitted
    total = float(((means - means.mean()) ** 2).sum())

    def weights(new: Floats) -> Floats:
        found = np.zeros((len(new), len(rows)))
        found[:, first] = smoother(new)
        return found

    return Metamodel(
        kind=kind,
        axes=tuple(axes),
        q2=1.0 - float((residuals**2).sum()) / total,
        rmse=math.sqrt(float((residuals**2).mean())),
        noise=math.sqrt(float(variance.mean())) if n > 1 else math.nan,
        left_out=(means - residuals)[repeated],
        function=function,
        _means=values.mean(axis=1),
        _weights=weights,
        _spread=spread,
        _critical=critical,
    )


_Fit = tuple[Callable[[Floats], Floats], Floats, Callable[[Floats], Floats], Callable[[float], float], dict[str, Any]]


def _products(axes: Sequence[Axis], degree: int) -> list[list[int]]:
    """Terms of the regression as columns to multiply: constant and linear terms, from degree 2 on products, from 3 on squares."""
    owner = [i for i, a in enumerate(axes) for _ in range(max(1, len(a.categories) - 1))]
    terms: list[list[int]] = [[], *([i] for i in range(len(owner)))]
    if degree > 1:
        terms += [[i, k] for i in range(len(owner)) for k in range(i + 1, len(owner)) if owner[i] != owner[k]]
    if degree > 2:
        terms += [[i, i] for i in range(len(owner)) if not axes[owner[i]].categories]
    return terms


def _terms(axes: Sequence[Axis], rows: Floats, degree: int) -> Floats:
    """Columns of the regression."""
    x = encode(axes, rows)
    return np.column_stack([x[:, term].prod(axis=1) for term in _products(axes, degree)])


def predict_plain(function: dict[str, Any], axes: Sequence[Axis], rows: Floats) -> Floats:
    """Predictions from `Metamodel.function` alone: what the page of a sweep computes.

    'quadratic': a sum of `factors`, each times the product of the encoded columns that its term names. 'gp': `mean` plus a sum of
    `factors`, each times the Matern covariance (nu = 5/2) with the place `at`.
    """
    x = encode(axes, rows)
    weights = np.asarray(function["factors"])
    if function["kind"] == "quadratic":
        return np.asarray(np.column_stack([x[:, term].prod(axis=1) for term in function["terms"]]) @ weights)
    apart = (x[:, None, :] - np.asarray(function["at"])[None]) / np.asarray(function["lengths"])
    r = np.sqrt(5.0 * (apart**2).sum(axis=2))
    return np.asarray(function["mean"] + function["variance"] * ((1.0 + r + r * r / 3.0) * np.exp(-r)) @ weights)


def _quadratic(axes: Sequence[Axis], rows: Floats, means: Floats, common: float) -> _Fit | None:
    for degree in (3, 2, 1):
        terms = _terms(axes, rows, degree)
        kept = _independent(terms)
        if len(kept) <= len(means) - 2 and (degree == 1 or len(kept) > 1):
            break
    else:
        return None
    terms = terms[:, kept]
    solved = np.linalg.pinv(terms)
    leverage = np.einsum("ij,ji->i", terms, solved)
    residuals = means - terms @ (solved @ means)
    freedom = len(means) - len(kept)
    variance = float(residuals @ residuals) / freedom

    def smoother(new: Floats) -> Floats:
        return np.asarray(_terms(axes, new, degree)[:, kept] @ solved)

    def spread(new: Floats) -> Floats:
        w = smoother(new)
        return np.asarray(np.sqrt(variance * (1.0 + (w * w).sum(axis=1)) + common))

    left_out = residuals / np.maximum(1.0 - leverage, 1e-9)
    products = _products(axes, degree)
    function = {"kind": "quadratic", "terms": [products[k] for k in kept], "factors": [float(b) for b in solved @ means]}
    return smoother, left_out, spread, lambda confidence: t_quantile(confidence, freedom), function


def _independent(terms: Floats) -> list[int]:
    """Columns that are no combination of those before them."""
    kept: list[int] = []
    basis = np.empty((len(terms), 0))
    for i, column in enumerate(terms.T):
        rest = column - basis @ (basis.T @ column)
        rest -= basis @ (basis.T @ rest)
        size = float(np.linalg.norm(rest))
        if size > 1e-8 * float(np.linalg.norm(column)) and size > 0:
            kept.append(i)
            basis = np.column_stack([basis, rest / size])
    return kept


def _gp(axes: Sequence[Axis], x: Floats, means: Floats, variance: Floats, common: float) -> _Fit | None:
    n = len(means)
    if n < _LEAST_GP:
        return None
    scale = float(means.std())
    known = (means - means.mean()) / scale
    alpha = variance / scale**2 + 1e-9
    signal, nugget = _fitted_kernel(x, known, alpha)
    solved = np.linalg.inv(signal(x, x) + np.diag(alpha + nugget))
    centre = np.eye(n) - 1.0 / n
    residuals = scale * (solved @ known) / np.diag(solved)
    top = float(signal(x[:1], x[:1])[0, 0])

    def smoother(new: Floats) -> Floats:
        return np.asarray(signal(encode(axes, new), x) @ solved @ centre + 1.0 / n)

    def spread(new: Floats) -> Floats:
        k = signal(encode(axes, new), x)
        left = np.maximum(top - np.einsum("ij,jk,ik->i", k, solved, k), 0.0)
        return np.asarray(np.sqrt(scale**2 * left + common))

    function = {
        "kind": "gp",
        "mean": float(means.mean()),
        "variance": float(signal.k1.constant_value),
        "lengths": [float(x) for x in np.broadcast_to(signal.k2.length_scale, x.shape[1])],
        "at": [[float(v) for v in row] for row in x],
        "factors": [float(w) for w in scale * (solved @ known)],
    }
    return smoother, np.asarray(residuals), spread, _normal, function


def _normal(confidence: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(0.5 + confidence / 2))


def _fitted_kernel(x: Floats, known: Floats, alpha: Floats) -> tuple[Any, float]:
    """Covariance function of the signal and variance of the nugget, by maximum likelihood."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel
    from threadpoolctl import threadpool_limits  # comes with scikit-learn

    picked = np.unique(np.linspace(0, len(x) - 1, min(len(x), _MOST_FITTED)).astype(int))
    signal = ConstantKernel(1.0, (1e-2, 1e4)) * Matern(np.full(x.shape[1], 1.0), (0.05, 100.0), nu=2.5)
    kernel = signal + WhiteKernel(1e-4, (1e-9, 1.0))
    model = GaussianProcessRegressor(kernel, alpha=alpha[picked], n_restarts_optimizer=1, random_state=0)
    # matrices this small gain nothing from a second thread, and lose much where the cores are busy
    with threadpool_limits(1, user_api="blas"), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(x[picked], known[picked])
    fitted = model.kernel_
    return fitted.k1, float(fitted.k2.noise_level)
