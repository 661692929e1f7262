"""Whether the mean of a measure moved between two sets of replications, and the smallest move that would have shown.

Every measure is tested twice, and the smaller p-value counts, doubled (Bonferroni over the two):

- paired, replication by replication (t test of the differences). As long as the random numbers stay in step it takes out what
  both sides share; the differences of independent replications are independent of each other whatever the correlation inside
  a pair, so it is valid out of step, too, where it only wastes half of its degrees of freedom;
- unpaired (Welch), which loses nothing when a change of the code has put the random numbers out of step. Positive correlation
  of the sides only makes it cautious.

Choosing one of the two by the correlation found would favour the pairs that agree by chance; the factor of two is the price of
the choice and costs a few percent of sharpness. Over the measures Holm's step-down procedure holds the family-wise level.

Sources: Holm, S. (1979), A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6, 65-70;
Welch, B. L. (1947), The generalization of 'Student's' problem, Biometrika 34, 28-35; power by the noncentral t distribution:
Johnson, Kotz, Balakrishnan (1995), Continuous Univariate Distributions 2, chapter 31.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
POWER = 0.95  # at which the smallest shift is told
_QUANTILES, _HALVINGS = 400, 50


@dataclass(frozen=True, slots=True)
class Shifts:
    """One entry a measure; NaN where a side has no value.

    `moved` is the difference of the means that the more telling test saw; `p` is its p-value, doubled; `adjusted` is that after
    Holm; `is_paired` says which test it was; `smallest` is the shift that would have been found with probability `POWER`, were
    it the only one, in the measure's unit (NaN where there is one replication only).
    """

    before: Floats
    after: Floats
    moved: Floats
    p: Floats
    adjusted: Floats
    is_paired: NDArray[np.bool_]
    smallest: Floats
    shown: NDArray[np.bool_]  # significant and beyond the margin


def find_shifts(old: Floats, new: Floats, level: float, margin: float, *, with_smallest: bool = True) -> Shifts:
    """Test every measure.

    Parameters
    ----------
    old, new
        [measures, replications], NaN where a replication has no value; column r of both has the same seed.
    level
        Family-wise, over all measures.
    margin
        Smallest move that matters, relative to the mean before.
    with_smallest
        Compute `smallest`, which costs more than all the rest.
    """
    n_old, before, var_old = _moments(old)
    n_new, after, var_new = _moments(new)
    n_pair, moved_pair, var_pair = _moments(new - old)
    with np.errstate(divide="ignore", invalid="ignore"):
        se_pair, df_pair = np.sqrt(var_pair / n_pair), n_pair - 1.0
        a, b = var_old / n_old, var_new / n_new
        se_free = np.sqrt(a + b)
        df_free = (a + b) ** 2 / (a**2 / (n_old - 1) + b**2 / (n_new - 1))
    df_free = np.where(np.isfinite(df_free), df_free, np.minimum(n_old, n_new) - 1)
    p_pair = _p_values(moved_pair, se_pair, df_pair)
    p_free = np.where((n_old > 1) & (n_new > 1), _p_values(after - before, se_free, df_free), np.nan)
    # a number that is the same in every replication of a side is no random one: every move of it counts (so does a lone one)
    fixed = _is_fixed(old) & _is_fixed(new)
    p_pair = np.where(fixed, np.where(moved_pair == 0, 1.0, 0.0), p_pair)
    is_paired = np.isnan(p_free) | (p_pair <= p_free)
    p = np.minimum(1.0, 2 * np.where(is_paired, p_pair, p_free))
    moved = np.where(is_paired, moved_pair, after - before)
    adjusted = holm(p)
    least = margin * np.abs(before)
    smallest = np.full(len(p), np.nan)
    if with_smallest and len(p):
        first = level / np.count_nonzero(~np.isnan(p)) / 2 if (~np.isnan(p)).any() else level
        both = np.fmin(se_pair * _noncentrality(df_pair, first), se_free * _noncentrality(df_free, first))
        smallest = np.where(np.isnan(p), np.nan, np.maximum(both, least))
    shown = (adjusted <= level) & (np.abs(moved) > least)
    return Shifts(before, after, moved, p, adjusted, is_paired, smallest, shown)


def holm(p: Floats) -> Floats:
    """Holm's adjusted p-values; NaN are no members of the family."""
    adjusted = np.full(len(p), np.nan)
    order = np.argsort(p, kind="stable")[: np.count_nonzero(~np.isnan(p))]
    steps = p[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(steps))
    return adjusted


def _moments(values: Floats) -> tuple[Floats, Floats, Floats]:
    """Number, mean and variance (ddof 1) by row; NaN are left out."""
    known = ~np.isnan(values)
    n = known.sum(axis=1).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(known, values, 0.0).sum(axis=1) / n
        centred = np.where(known, values - mean[:, None], 0.0)
        variance = (centred**2).sum(axis=1) / (n - 1)
    return n, mean, np.where(n > 1, variance, np.nan)


def _is_fixed(values: Floats) -> NDArray[np.bool_]:
    """Rows with one value in every replication."""
    return np.asarray((values == values[:, :1]).all(axis=1))


def _p_values(moved: Floats, se: Floats, degrees: Floats) -> Floats:
    """Two-sided; NaN without an estimate of the spread.

    Without any spread it is 1 where nothing moved, else that of the sign test, 2 ** -degrees: a few equal differences of a
    coarse measure are no proof.
    """
    from scipy.special import stdtr

    with np.errstate(divide="ignore", invalid="ignore"):
        p = 2 * stdtr(np.maximum(degrees, 1.0), -np.abs(moved) / se)
    p = np.where(se > 0, p, np.where(moved == 0, 1.0, 2.0**-degrees))
    return np.where(np.isnan(se) | np.isnan(moved) | (degrees < 1), np.nan, p)


def _noncentrality(degrees: Floats, p: float) -> Floats:
    """How many standard errors a shift must measure to get a p-value below `p` with probability `POWER`.

    P(T > t) of the noncentral t distribution is the mean of Phi(shift - t * sqrt(V / df)) over the chi-square V; the mean is
    taken over quantiles of V, and the shift is found by bisection (SciPy's inverse does not end in tails as far out as these).
    """
    from scipy.special import chdtri, ndtr, stdtrit

    known = np.isfinite(degrees) & (degrees >= 1)
    df = np.where(known, degrees, 1.0)[:, None]
    middles = (np.arange(_QUANTILES) + 0.5) / _QUANTILES
    needed = stdtrit(df, 1 - p / 2) * np.sqrt(chdtri(df, middles) / df)
    low, high = np.zeros(len(df)), needed.max(axis=1) + 10.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        enough = ndtr(middle[:, None] - needed).mean(axis=1) >= POWER
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return np.where(known, high, np.nan)
