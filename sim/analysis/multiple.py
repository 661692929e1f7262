"""Several comparisons at once: Holm's adjustment, simultaneous intervals, comparisons with the best. No files, no clock."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.analysis.estimate import t_quantile

Floats = NDArray[np.float64]


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Adjusted p-values of a family of tests, in the given order.

    Rejecting those that are at most alpha keeps the probability of one or more false rejections at alpha or below, whatever the
    dependence between the tests.

    Source: S. Holm (1979), A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6.
    """
    count = len(p_values)
    adjusted = [0.0] * count
    running = 0.0
    for place, i in enumerate(sorted(range(count), key=lambda i: (p_values[i], i))):
        running = max(running, min(1.0, p_values[i] * (count - place)))
        adjusted[i] = running
    return tuple(adjusted)


def bonferroni(confidence: float, family: int) -> float:
    """Confidence of each of `family` two-sided intervals that hold together with at least `confidence`."""
    return 1.0 - (1.0 - confidence) / max(family, 1)


def variance_reduction(a: Floats, b: Floats) -> float | None:
    """(Var a + Var b) / Var(b - a): how many times as many replications independent runs would have needed for the same interval.

    None for fewer than two values or where the difference does not vary; below 1 if pairing did harm.
    """
    if len(a) < 2:
        return None
    spread = float((b - a).var(ddof=1))
    whole = float(a.var(ddof=1) + b.var(ddof=1))
    # what is left of equal numbers after rounding is no variance
    return whole / spread if spread > 1e-24 * max(whole, 1e-300) and whole > 0 else None


@dataclass(frozen=True, slots=True)
class Behind:
    """How far one scenario lies behind the best: an interval that holds together with those of all others.

    `mean` is that of the measure; `low` and `high`, 0 or more, are in its unit whichever way is better, None without an interval.
    `may_be_best` says that the data do not rule it out as the best.
    """

    name: str
    mean: float
    low: float | None
    high: float | None
    may_be_best: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """Scenarios compared with the best of them by one measure (entries in the order in which they were given)."""

    kpi: str
    group: str
    unit: str
    better: str  # 'less' or 'more'
    confidence: float
    n: int
    entries: tuple[Behind, ...]

    @property
    def leader(self) -> Behind:
        """The best mean; the first of equal ones."""
        return min(self.entries, key=lambda e: e.mean if self.better == "less" else -e.mean)

    @property
    def best(self) -> Behind | None:
        """The only scenario that may be the best, None if there are several."""
        left = [entry for entry in self.entries if entry.may_be_best]
        return left[0] if len(left) == 1 else None


def with_the_best(values: Floats, confidence: float, *, smaller: bool) -> list[tuple[float | None, float | None, bool]]:
    """Multiple comparisons with the best for scenarios on the same customers.

    Parameters
    ----------
    values
        Array [scenario, replication]; column r is replication r of every scenario.
    confidence
        With which all statements hold together.
    smaller
        True if less is better.

    Returns
    -------
    For each scenario how far its mean lies behind that of the best scenario (low, high; None for fewer than two replications)
    and whether it may be the best.

    Notes
    -----
    Differences are paired t intervals, each at 1 - alpha / (k - 1). Only the k - 1 comparisons with the scenario that is truly
    best need to hold together for every statement to be true, whichever it is, so Bonferroni's inequality asks for no more. The
    idea is Hsu's (J. C. Hsu 1996, Multiple Comparisons: Theory and Methods); with common random numbers it goes back to B. L.
    Nelson and F. J. Matejcik (1995, Management Science 41), whose assumption on the covariances Bonferroni does without. The
    intervals are two-sided, which bounds the lead of the best from below as well.
    """
    costs = values if smaller else -values
    k, n = costs.shape
    if n < 2 or k < 2:
        return [(None, None, True)] * k
    gap, width = _paired(costs, t_quantile(bonferroni(confidence, k - 1), n - 1))
    candidates = [i for i in range(k) if all(gap[i, j] <= width[i, j] for j in range(k) if j != i)]
    found: list[tuple[float | None, float | None, bool]] = []
    for i in range(k):
        rivals = [j for j in candidates if j != i]
        high = max((gap[i, j] + width[i, j] for j in rivals), default=0.0)
        low = 0.0 if i in candidates else min((gap[i, j] - width[i, j] for j in rivals), default=0.0)
        found.append((max(low, 0.0), max(high, 0.0), i in candidates))
    return found


def _paired(costs: Floats, quantile: float) -> tuple[Floats, Floats]:
    """Differences of the means [i, j] = i - j, and half widths of their paired intervals."""
    n = costs.shape[1]
    means = costs.mean(axis=1)
    gap = means[:, None] - means[None, :]
    width = np.zeros_like(gap)
    for i in range(len(costs)):
        width[i] = quantile * (costs[i] - costs).std(axis=1, ddof=1) / math.sqrt(n)
    return gap, width


def standing(
    names: Sequence[str], values: Sequence[Floats], measure: tuple[str, str, str], better: str, confidence: float
) -> Standing:
    """Scenarios compared with the best of them.

    Parameters
    ----------
    names
        Of the scenarios.
    values
        One value a replication for each scenario; replications in which one has none are left out for all.
    measure
        kpi, group, unit.
    better
        'less' or 'more'.
    confidence
        With which all statements hold together.
    """
    table = np.stack([np.asarray(v, dtype=np.float64) for v in values])
    table = table[:, ~np.isnan(table).any(axis=0)]
    found = with_the_best(table, confidence, smaller=better == "less")
    means = table.mean(axis=1).tolist() if table.shape[1] else [math.nan] * len(names)
    entries = tuple(Behind(name, mean, *one) for name, mean, one in zip(names, means, found, strict=True))
    return Standing(*measure, better, confidence, table.shape[1], entries)
