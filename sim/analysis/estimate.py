"""Means over replications with Student t intervals, and the one verdict that console, page and baseline use."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MET, MISSED, NOT_SHOWN = "met", "missed", "not shown"


@dataclass(frozen=True, slots=True)
class Estimate:
    """Mean of `n` replications; `half_width` is None for fewer than two."""

    n: int
    mean: float
    half_width: float | None

    @property
    def low(self) -> float:
        """Lower end of the interval; the mean where there is none."""
        return self.mean - (self.half_width or 0.0)

    @property
    def high(self) -> float:
        """Upper end of the interval; the mean where there is none."""
        return self.mean + (self.half_width or 0.0)


def t_quantile(confidence: float, degrees: int) -> float:
    """Two-sided critical value of Student's t."""
    from scipy.special import stdtrit

    return float(stdtrit(degrees, 0.5 + confidence / 2))


def t_test(mean: float, variance: float, n: int) -> float:
    """Two-sided p-value of the hypothesis that the mean of `n` values is 0, given their variance (ddof 1); 1 if n < 2."""
    if n < 2:
        return 1.0
    if variance <= 0:
        return 1.0 if mean == 0 else 0.0
    from scipy.special import stdtr

    return float(2 * stdtr(n - 1, -abs(mean) / math.sqrt(variance / n)))


def t_interval(values: Sequence[float] | NDArray[np.float64], confidence: float) -> Estimate:
    """Mean and half width of the t interval of independent values (NaN are left out)."""
    known = np.asarray(values, dtype=np.float64)
    known = known[~np.isnan(known)]
    n = len(known)
    if n == 0:
        return Estimate(0, math.nan, None)
    mean = float(known.mean())
    if n < 2:
        return Estimate(n, mean, None)
    return Estimate(n, mean, t_quantile(confidence, n - 1) * float(known.std(ddof=1)) / math.sqrt(n))


class Moments:
    """Mean and variance over replications, elementwise, in constant memory (Welford); NaN are left out.

    Parameters
    ----------
    shape
        Shape of one replication's array.
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.n = np.zeros(shape, np.int64)
        self.mean = np.zeros(shape)
        self._squares = np.zeros(shape)

    def add(self, values: NDArray[np.float64]) -> None:
        """One replication."""
        known = ~np.isnan(values)
        self.n += known
        change = np.where(known, values - self.mean, 0.0)
        self.mean += np.divide(change, self.n, out=np.zeros_like(self.mean), where=known)
        self._squares += np.where(known, change * (values - self.mean), 0.0)

    def means(self) -> NDArray[np.float64]:
        """Means; NaN where there was no value."""
        return np.where(self.n > 0, self.mean, np.nan)

    def half_widths(self, confidence: float) -> NDArray[np.float64]:
        """Half widths of the t intervals; NaN for fewer than two values."""
        from scipy.special import stdtrit

        enough = self.n > 1
        n = np.where(enough, self.n, 2)
        width = stdtrit(n - 1, 0.5 + confidence / 2) * np.sqrt(self._squares / (n - 1) / n)
        return np.where(enough, width, np.nan)


def verdict(estimate: Estimate, minimum: float | None, maximum: float | None, *, growing: bool = False) -> str:
    """Whether a target is met.

    Parameters
    ----------
    estimate
        The measure.
    minimum, maximum
        Limits, None if there is none on that side.
    growing
        True if the backlog of the run grows: then nothing is shown, as there is no steady state to speak of.

    Returns
    -------
    'met' if the whole interval is within the limits, 'missed' if it lies wholly beyond one of them, else 'not shown'. Without an
    interval (fewer than two replications) nothing is shown.
    """
    if growing or estimate.half_width is None or math.isnan(estimate.mean):
        return NOT_SHOWN
    low, high = estimate.low, estimate.high
    if (maximum is not None and low > maximum) or (minimum is not None and high < minimum):
        return MISSED
    if (maximum is None or high <= maximum) and (minimum is None or low >= minimum):
        return MET
    return NOT_SHOWN


GROWTH_SHARE = 1 / 3  # of the mean level, over the window


def grows(slope: Estimate, level: float, days: float) -> bool:
    """Whether a backlog grows without end.

    Parameters
    ----------
    slope
        Growth of the backlog per day over the window.
    level
        Its time average.
    days
        Length of the window.

    Returns
    -------
    True if the rise over the window is at least one (order or contact), more than `GROWTH_SHARE` of the mean level (a slow
    growth of demand is less), and the interval of the slope lies above zero, from at least three replications (that of two is
    no evidence); also, whatever the interval, if it is at least one and more than the mean level itself.
    """
    if slope.n == 0 or math.isnan(slope.mean) or level <= 0 or slope.mean <= 0:
        return False
    if slope.mean * days < 1.0:
        return False
    share = slope.mean * days / level
    is_sure = slope.n >= 3 and slope.half_width is not None and slope.low > 0
    return share > 1.0 or (is_sure and share > GROWTH_SHARE)


def variance_reduction(a: Sequence[float] | NDArray[np.float64], b: Sequence[float] | NDArray[np.float64]) -> float:
    """How many times more replications independent seeds would need for the same interval of the mean of ``b - a``.

    Parameters
    ----------
    a, b
        One value a replication of two scenarios on common seeds; replications in which one has none are left out.

    Returns
    -------
    float
        ``(Var a + Var b) / Var(b - a)``: 1 where the seeds do nothing, below 1 where they harm, infinite where the difference is
        the same in every replication; NaN for fewer than two pairs, or where neither varies. See Law (2015), *Simulation Modeling
        and Analysis*, 5th ed., ch. 11, on common random numbers.
    """
    one, other = (np.asarray(x, dtype=np.float64) for x in (a, b))
    both = ~(np.isnan(one) | np.isnan(other))
    one, other = one[both], other[both]
    if len(one) < 2:
        return math.nan
    apart = float(one.var(ddof=1) + other.var(ddof=1))
    paired = float((other - one).var(ddof=1))
    if apart == 0:
        return math.nan
    return apart / paired if paired > 1e-24 * apart else math.inf
