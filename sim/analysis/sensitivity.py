"""Sensitivity of a measure to the factors of a sweep: main effects, tornado, regression coefficients, Sobol indices.

All points of a sweep meet the same customers in each replication (common random numbers). An effect is a fixed linear combination
of the points' values, so it is computed within each replication and its t interval is taken over the replications: what points
share cancels. Intervals therefore hold for the points that were simulated; each is at the stated confidence by itself.

Sources
-------
Law, A. M. (2015). *Simulation Modeling and Analysis*, 5th ed., chapter 12 (main effects of factorial designs).
Saltelli, A., Ratto, M., Andres, T., et al. (2008). *Global Sensitivity Analysis: The Primer* (standardised regression
coefficients, variance-based indices).
Sobol', I. M. (2001). Global sensitivity indices for nonlinear mathematical models and their Monte Carlo estimates.
*Mathematics and Computers in Simulation* 55, 271-280.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.analysis.axes import Axis, encode
from sim.analysis.estimate import Estimate, t_quantile

Floats = NDArray[np.float64]
_RESAMPLES = 400


@dataclass(frozen=True, slots=True)
class Effect:
    """Mean of a measure at one level of a factor less its mean over all levels (or less the scenario as it is)."""

    factor: str
    value: float  # on the factor's axis
    level: str
    difference: float
    half_width: float | None


@dataclass(frozen=True, slots=True)
class Swing:
    """A bar of the tornado: the effects of a factor's two ends, and the paired difference between them."""

    factor: str
    low: str
    high: str
    at_low: float
    at_high: float
    span: float  # at_high - at_low
    half_width: float | None  # of the span


@dataclass(frozen=True, slots=True)
class Coefficient:
    """Standardised regression coefficient: standard deviations of the measure per standard deviation of the factor."""

    factor: str
    value: float
    half_width: float | None


@dataclass(frozen=True, slots=True)
class Index:
    """Share of the measure's variance over the factors' space that a factor explains alone, and with its interactions."""

    factor: str
    first: float
    first_low: float
    first_high: float
    total: float
    total_low: float
    total_high: float


def whole_replications(values: Floats) -> Floats:
    """Values [points, replications] of the replications in which every point has one; else the points' means as one column."""
    whole = ~np.isnan(values).any(axis=0)
    if whole.any():
        return np.asarray(values[:, whole])
    known = ~np.isnan(values)
    counts = known.sum(axis=1)
    return np.where(counts > 0, np.where(known, values, 0.0).sum(axis=1) / np.maximum(counts, 1), np.nan)[:, None]


def linear_estimates(weights: Floats, values: Floats, confidence: float) -> list[Estimate]:
    """Linear combinations of the points with t intervals over the replications.

    Parameters
    ----------
    weights
        One row a combination, [k, points].
    values
        [points, replications], without NaN.
    confidence
        Of the intervals.
    """
    found = weights @ values
    n = values.shape[1]
    means = found.mean(axis=1)
    if n < 2:
        return [Estimate(n, float(m), None) for m in means]
    widths = t_quantile(confidence, n - 1) * found.std(axis=1, ddof=1) / math.sqrt(n)
    return [Estimate(n, float(m), float(w)) for m, w in zip(means, widths, strict=True)]


def level_weights(axis: Axis, column: Floats, base: int | None) -> tuple[tuple[float, ...], Floats]:
    """For each level of a factor the weights of its effect.

    Parameters
    ----------
    axis
        The factor.
    column
        Its value at each point, NaN where it is as in the scenario.
    base
        The point that is the scenario as it is: effects are against it. None: a balanced design, effects are against all points.
    """
    known = np.unique(column[~np.isnan(column)])
    ladder = tuple(float(x) for x in known)
    weights = np.zeros((len(ladder), len(column)))
    for row, level in zip(weights, ladder, strict=True):
        here = column == level
        row[here] = 1.0 / here.sum()
        if base is None:
            row -= 1.0 / len(column)
        else:
            row[base] -= 1.0
    return ladder, weights


def effects_of(axis: Axis, ladder: Sequence[float], weights: Floats, values: Floats, confidence: float) -> list[Effect]:
    """The effects of a factor's levels from the weights of `level_weights`, or from those that a metamodel gives."""
    found = linear_estimates(weights, values, confidence)
    return [Effect(axis.name, x, axis.label(x), e.mean, e.half_width) for x, e in zip(ladder, found, strict=True)]


def swing_of(axis: Axis, ladder: Sequence[float], weights: Floats, values: Floats, confidence: float) -> Swing:
    """The bar of a factor: its lowest against its highest value; for a choice the levels of the least and of the largest mean."""
    low, high = 0, len(ladder) - 1
    if axis.categories:
        means = weights @ values.mean(axis=1)
        low, high = int(np.argmin(means)), int(np.argmax(means))
    both = linear_estimates(np.array([weights[low], weights[high], weights[high] - weights[low]]), values, confidence)
    ends = axis.label(ladder[low]), axis.label(ladder[high])
    return Swing(axis.name, *ends, both[0].mean, both[1].mean, both[2].mean, both[2].half_width)


def tornado(swings: Sequence[Swing]) -> list[Swing]:
    """The bars sorted by the size of their span, the longest first."""
    return sorted(swings, key=lambda s: -abs(s.span))


def standardised_coefficients(axes: Sequence[Axis], rows: Floats, values: Floats, confidence: float) -> list[Coefficient]:
    """Standardised regression coefficients of the numeric factors, by least squares on all factors.

    Their squares add up to the share of variance that a linear model explains if the columns of the design are uncorrelated.
    Empty if the design does not identify them or the measure does not vary.
    """
    design = np.column_stack([np.ones(len(rows)), encode(axes, rows)])
    means = values.mean(axis=1)
    spread = float(means.std())
    if np.isnan(rows).any() or np.linalg.matrix_rank(design) < design.shape[1] or spread <= 1e-12 * abs(means).max():
        return []
    solved = np.linalg.pinv(design)
    found: list[Coefficient] = []
    at = 1
    for i, axis in enumerate(axes):
        if axis.categories:
            at += len(axis.categories) - 1
            continue
        factor = float(design[:, at].std()) / spread
        (estimate,) = linear_estimates(solved[at : at + 1] * factor, values, confidence)
        found.append(Coefficient(axes[i].name, estimate.mean, estimate.half_width))
        at += 1
    return found


def saltelli_sample(base: int, count: int, seed: int) -> list[Floats]:
    """The unit-cube points of a variance-based analysis: A, B, and for each factor A with that column of B; base x count each.

    A and B are the two halves of one scrambled Sobol sequence in 2 x count dimensions; `base` is a power of 2.
    """
    from scipy.stats import qmc

    both = qmc.Sobol(2 * count, scramble=True, seed=np.random.default_rng(seed)).random_base2(base.bit_length() - 1)
    a, b = both[:, :count], both[:, count:]
    mixed = []
    for i in range(count):
        one = a.copy()
        one[:, i] = b[:, i]
        mixed.append(one)
    return [a, b, *mixed]


def saltelli_indices(outputs: Floats, count: int) -> tuple[Floats, Floats]:
    """First-order and total indices from the outputs at the points of `saltelli_sample` ([base * (count + 2)], in that order).

    The estimators are those of Saltelli et al. (2010) as SciPy has them (`scipy.stats.sobol_indices`).
    """
    from scipy.stats import sobol_indices

    blocks = np.asarray(outputs).reshape(count + 2, 1, -1)
    found = sobol_indices(func={"f_A": blocks[0], "f_B": blocks[1], "f_AB": blocks[2:]}, n=blocks.shape[2])
    return np.ravel(found.first_order), np.ravel(found.total_order)


def grid_indices(rows: Floats, outputs: Floats) -> tuple[Floats, Floats]:
    """First-order and total indices of a full factorial with equally likely levels: an exact decomposition of its variance."""
    total = float(outputs.var())
    if total <= 0:  # nothing varies, so nothing shares in it
        return np.zeros(rows.shape[1]), np.zeros(rows.shape[1])
    first, with_all = [], []
    for i in range(rows.shape[1]):
        first.append(_variance_of_groups(rows[:, [i]], outputs) / total)
        others = np.delete(rows, i, axis=1)
        with_all.append(max(0.0, 1.0 - (_variance_of_groups(others, outputs) if others.shape[1] else 0.0) / total))
    return np.array(first), np.array(with_all)


def _variance_of_groups(rows: Floats, outputs: Floats) -> float:
    _, group, counts = np.unique(rows, axis=0, return_inverse=True, return_counts=True)
    means = np.bincount(np.ravel(group), outputs) / counts
    return float(np.average((means - outputs.mean()) ** 2, weights=counts))


def indices_of(
    axes: Sequence[Axis],
    compute: Callable[[Floats, NDArray[np.int64] | None], tuple[Floats, Floats]],
    values: Floats,
    confidence: float,
    resample_rows: int,
    seed: int,
) -> list[Index]:
    """Indices with percentile bootstrap intervals.

    Parameters
    ----------
    axes
        The factors.
    compute
        Gives the indices from outputs, one a point, and from the rows of the base sample that are taken (None: all).
    values
        [points, replications].
    confidence
        Of the intervals.
    resample_rows
        Length of the base sample if its rows are resampled (for indices estimated by sampling); 0 resamples replications.
    seed
        Of the bootstrap.

    Returns
    -------
    list of Index
        Empty if the measure does not vary.
    """
    means = values.mean(axis=1)
    if float(means.std()) <= 1e-12 * float(abs(means).max()):
        return []
    first, total = compute(means, None)
    rng = np.random.default_rng([seed, 1])
    n = values.shape[1]
    drawn = []
    if resample_rows:
        drawn = [compute(means, rng.integers(0, resample_rows, resample_rows)) for _ in range(_RESAMPLES)]
    elif n > 1:
        drawn = [compute(values[:, rng.integers(0, n, n)].mean(axis=1), None) for _ in range(_RESAMPLES)]
    if not drawn:
        drawn = [(np.full(len(axes), math.nan),) * 2]
    ends = (0.5 - confidence / 2, 0.5 + confidence / 2)
    f_low, f_high = np.quantile([d[0] for d in drawn], ends, axis=0)
    t_low, t_high = np.quantile([d[1] for d in drawn], ends, axis=0)
    return [Index(axis.name, *(float(x[i]) for x in (first, f_low, f_high, total, t_low, t_high))) for i, axis in enumerate(axes)]


def resampled_saltelli(outputs: Floats, count: int, rows: NDArray[np.int64] | None) -> tuple[Floats, Floats]:
    """`saltelli_indices` of some rows of the base sample, for the bootstrap."""
    if rows is None:
        return saltelli_indices(outputs, count)
    return saltelli_indices(np.asarray(outputs).reshape(count + 2, -1)[:, rows].ravel(), count)
