"""Confidence intervals from independent replications: ratios of sums, pooled quantiles, shares; and the test of batch means.

Ratios and quantiles are found by inverting a t test. At the true ratio ``theta = E[Y] / E[X]`` the replications' values
``D_r = Y_r - theta X_r`` are independent with mean zero, so the values theta that Student's t test does not reject are a
confidence set (Fieller 1954). A quantile is the same with counts: ``Y_r`` observations of at most q, ``X_r`` in all, and
``theta = p`` given, q sought. Neither needs a density or the ratio of one replication, and neither has the bias of a mean of
ratios or of quantiles of short runs.

References
----------
Fieller, E. C. (1954). Some problems in interval estimation. *J. R. Statist. Soc. B* 16, 175-185.
Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. *JASA* 22, 209-212.
Welch, B. L. (1947). The generalization of Student's problem when several different population variances are involved.
*Biometrika* 34, 28-35.
Von Neumann, J. (1941). Distribution of the ratio of the mean square successive difference to the variance. *Ann. Math. Stat.* 12,
367-395; as a test of batch means: Fishman, G. S. (1978). Grouping observations in digital simulation. *Management Science* 24,
510-521.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.analysis.estimate import t_interval, t_quantile

MEAN, RATIO, QUANTILE, PROBABILITY = "mean", "ratio of sums", "pooled quantile", "probability of meeting the target"
KINDS = (MEAN, RATIO, QUANTILE, PROBABILITY)
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """A point estimate with a confidence interval from `n` replications; None where there is no such end."""

    kind: str
    estimate: float
    low: float | None
    high: float | None
    n: int

    def covers(self, value: float) -> bool:
        """True if the value lies in the interval; an end that is missing excludes nothing."""
        return (self.low is None or self.low <= value) and (self.high is None or value <= self.high)


def mean_interval(values: ArrayLike, confidence: float) -> Interval:
    """Mean with Student's t interval; NaN are left out (exact for normal values, else by the central limit theorem)."""
    found = t_interval(np.asarray(values, np.float64), confidence)
    if found.half_width is None:
        return Interval(MEAN, found.mean, None, None, found.n)
    return Interval(MEAN, found.mean, found.low, found.high, found.n)


class PairMoments:
    """Means, variances and covariance of (numerator, denominator) over replications, in constant memory (Welford)."""

    __slots__ = ("_xx", "_yx", "_yy", "n", "x", "y")

    def __init__(self) -> None:
        self.n, self.x, self.y = 0, 0.0, 0.0
        self._xx = self._yx = self._yy = 0.0

    def add(self, y: float, x: float) -> None:
        """One replication's numerator and denominator."""
        self.n += 1
        dy, dx = y - self.y, x - self.x
        self.y += dy / self.n
        self.x += dx / self.n
        self._yy += dy * (y - self.y)
        self._xx += dx * (x - self.x)
        self._yx += dy * (x - self.x)

    def add_zeros(self, count: int) -> None:
        """Replications in which both are 0: nothing happened that the ratio is about."""
        if count > 0:
            total = self.n + count
            shift = self.n * count / total
            self._yy += self.y * self.y * shift
            self._xx += self.x * self.x * shift
            self._yx += self.y * self.x * shift
            self.y *= self.n / total
            self.x *= self.n / total
            self.n = total

    @property
    def is_constant(self) -> bool:
        """True if the denominator is the same in every replication, up to rounding: the ratio is then a plain mean."""
        return self._xx <= self.n * (1e-9 * self.x) ** 2

    def interval(self, confidence: float) -> Interval:
        """Ratio of the sums with Fieller's interval; no ends where the denominator cannot be told from 0, or n < 2."""
        if self.x <= 0:
            return Interval(RATIO, math.nan, None, None, self.n)
        ratio = self.y / self.x
        if self.n < 2:
            return Interval(RATIO, ratio, None, None, self.n)
        scale = t_quantile(confidence, self.n - 1) ** 2 / (self.n - 1) / self.n
        # theta with (y - theta x)^2 <= t^2 Var(y - theta x), written about the ratio, where nothing cancels
        a = self.x * self.x - scale * self._xx
        if a <= 0:
            return Interval(RATIO, ratio, None, None, self.n)
        cross = scale * (self._yx - ratio * self._xx)
        spread = scale * max(0.0, self._yy - 2 * ratio * self._yx + ratio * ratio * self._xx)
        root = math.sqrt(cross * cross + a * spread)
        return Interval(RATIO, ratio, ratio + (-cross - root) / a, ratio + (-cross + root) / a, self.n)


def ratio_interval(numerators: ArrayLike, denominators: ArrayLike, confidence: float) -> Interval:
    """Ratio of the sums over independent replications, with Fieller's interval.

    Parameters
    ----------
    numerators, denominators
        One value a replication; 0 and 0 where nothing happened.
    confidence
        Of the interval.

    Notes
    -----
    Estimates ``E[numerator] / E[denominator]``, such as the share of all customers who were answered in time; the mean of the
    replications' ratios gives each replication the same weight instead, whatever happened in it.
    """
    moments = PairMoments()
    for y, x in zip(np.asarray(numerators, float).tolist(), np.asarray(denominators, float).tolist(), strict=True):
        moments.add(y, x)
    return moments.interval(confidence)


class CountMoments:
    """Counts of pooled observations by bin over replications, for quantiles, in constant memory.

    Parameters
    ----------
    edges
        Ascending, h or any unit; bin b holds ``edges[b - 1] < x <= edges[b]``, bin 0 what is not above ``edges[0]``, the last one
        what is above all edges.
    """

    def __init__(self, edges: Floats) -> None:
        self._edges = edges
        self.n = 0
        self._below, self._below2, self._cross = (np.zeros(len(edges)) for _ in range(3))
        self._all = self._all2 = 0.0

    def add(self, counts: Floats) -> None:
        """One replication's observations by bin, one bin more than there are edges."""
        self.n += 1
        total = float(counts.sum())
        below = np.cumsum(counts)[:-1]
        change, change_all = below - self._below, total - self._all
        self._below += change / self.n
        self._all += change_all / self.n
        self._below2 += change * (below - self._below)
        self._all2 += change_all * (total - self._all)
        self._cross += change * (total - self._all)

    def interval(self, p: float, confidence: float) -> Interval | None:
        """The p-quantile of all observations together, linear inside a bin.

        Parameters
        ----------
        p
            Between 0 and 1.
        confidence
            Of the interval.

        Returns
        -------
        Interval or None
            None without observations, or if the quantile lies above all edges.
        """
        if self._all <= 0:
            return None
        gap = self._below - p * self._all  # its zero is the quantile
        estimate = self._zero(gap)
        if estimate is None:
            return None
        if self.n < 2:
            return Interval(QUANTILE, estimate, None, None, self.n)
        squares = np.maximum(self._below2 - 2 * p * self._cross + p * p * self._all2, 0.0)
        reach = t_quantile(confidence, self.n - 1) * np.sqrt(squares / (self.n - 1) / self.n)
        return Interval(QUANTILE, estimate, self._zero(gap + reach), self._zero(gap - reach, last=True), self.n)

    def _zero(self, values: Floats, last: bool = False) -> float | None:
        """Where values first (or for the last time) rise through 0; the lowest edge if they are never below, None if always."""
        if last:
            under = np.flatnonzero(values < 0)
            at = int(under[-1]) + 1 if len(under) else 0
            if at == len(values):
                return None
        else:
            over = np.flatnonzero(values >= 0)
            if len(over) == 0:
                return None
            at = int(over[0])
        if at == 0:
            return float(self._edges[0])
        low, high = float(values[at - 1]), float(values[at])
        return float(self._edges[at - 1] + (self._edges[at] - self._edges[at - 1]) * (-low / (high - low)))


def share_interval(successes: int, n: int, confidence: float) -> Interval:
    """Probability of success of independent trials with the score interval (Wilson 1927), which stays inside 0 and 1.

    The same as ``scipy.stats.binomtest(k, n).proportion_ci(confidence, "wilson")``, without the second that importing it takes.
    It covers with the nominal probability on average over p; where it must never be less, there is Clopper and Pearson's.
    """
    if n < 1:
        return Interval(PROBABILITY, math.nan, None, None, 0)
    from scipy.special import ndtri

    z2 = float(ndtri(0.5 + confidence / 2)) ** 2
    middle = (successes + z2 / 2) / (n + z2)
    reach = math.sqrt(z2 * (successes * (n - successes) / n + z2 / 4)) / (n + z2)
    low = 0.0 if successes == 0 else middle - reach
    high = 1.0 if successes == n else middle + reach
    return Interval(PROBABILITY, successes / n, low, high, n)


def welch_interval(a: ArrayLike, b: ArrayLike, confidence: float) -> Interval:
    """Difference of the means of b and a from independent runs (different seeds), with Welch's t interval; NaN are left out.

    Runs on the same seed are paired instead, ``mean_interval(b - a)``, which is as a rule far narrower.
    """
    one, other = (np.asarray(x, np.float64) for x in (a, b))
    one, other = one[~np.isnan(one)], other[~np.isnan(other)]
    n = min(len(one), len(other))
    if n < 2:
        difference = float(other.mean() - one.mean()) if n else math.nan
        return Interval("difference", difference, None, None, n)
    difference = float(other.mean() - one.mean())
    parts = [float(x.var(ddof=1)) / len(x) for x in (one, other)]
    variance = sum(parts)
    if variance <= 0:
        return Interval("difference", difference, difference, difference, n)
    degrees = variance**2 / sum(v * v / (len(x) - 1) for v, x in zip(parts, (one, other), strict=True))
    reach = _t(confidence, degrees) * math.sqrt(variance)
    return Interval("difference", difference, difference - reach, difference + reach, n)


def _t(confidence: float, degrees: float) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(degrees, 0.5 + confidence / 2))


@dataclass(frozen=True, slots=True)
class BatchTest:
    """Whether batch means look independent: lag-1 autocorrelation, and the p-value against positive correlation."""

    n: int
    lag1: float
    p_value: float

    @property
    def is_passed(self) -> bool:
        """True unless correlation is shown; too few batches to look (under 8) do not pass."""
        return self.n >= LEAST_BATCHES and self.p_value > CORRELATION_LEVEL


LEAST_BATCHES = 8
CORRELATION_LEVEL = 0.05


def batch_test(values: ArrayLike) -> BatchTest:
    """Von Neumann's ratio of successive differences to the variance, as a one-sided test against positive autocorrelation.

    Parameters
    ----------
    values
        Batch means in order; NaN are left out.

    Returns
    -------
    BatchTest
        With ``C = 1 - sum (Y_i - Y_{i-1})^2 / (2 sum (Y_i - mean)^2)``, which is normal with mean 0 and variance
        ``(n - 2) / (n^2 - 1)`` for independent normal values (exact moments; von Neumann 1941, Fishman 1978). Equal values pass.
    """
    known = np.asarray(values, np.float64)
    known = known[~np.isnan(known)]
    n = len(known)
    off = known - known.mean() if n else known
    squares = float(off @ off)
    if n < 3 or squares <= 1e-24 * n * float(np.abs(known).max(initial=0.0)) ** 2:
        return BatchTest(n, 0.0, 1.0)
    from scipy.special import ndtr

    ratio = 1.0 - float((np.diff(known) ** 2).sum()) / (2 * squares)
    z = ratio * math.sqrt((n * n - 1) / (n - 2))
    return BatchTest(n, float(off[1:] @ off[:-1]) / squares, float(ndtr(-z)))
