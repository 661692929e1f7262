"""Selection of the best of several scenarios: when to stop, where to go on. Pure decisions: no files, no clock, no chance."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sim.errors import UsageError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def kn_constant(k: int, confidence: float, first: int) -> float:
    """The constant h squared of KN for k scenarios and a first stage of `first` replications, with c = 1.

    It solves (1 + 2 eta)^(-(first - 1) / 2) / 2 = alpha / (k - 1) for eta and is 2 eta (first - 1). alpha / (k - 1) is
    Bonferroni's share, which holds whatever the dependence between scenarios, so common random numbers are allowed.
    """
    share = (1.0 - confidence) / (k - 1)
    if 2.0 * share >= 1.0:
        raise UsageError(f"a confidence of {100 * confidence:g} % is no more than a blind draw among {k} scenarios gives")
    eta: float = 0.5 * ((2.0 * share) ** (-2.0 / (first - 1)) - 1.0)
    return 2.0 * eta * (first - 1)


class Screening:
    """KN, the fully sequential indifference-zone procedure of Kim and Nelson.

    If the best mean is ahead of every other by `delta` or more, the best is selected with at least the wanted confidence: for
    normal values that are independent from replication to replication, with any variances and any correlation between
    scenarios.

    Source: S.-H. Kim and B. L. Nelson (2001), A fully sequential procedure for indifference-zone selection in simulation, ACM
    TOMACS 11(3).

    Parameters
    ----------
    first_stage
        Array [scenario, replication] of the first stage, two replications or more.
    delta
        Smallest difference worth detecting, in the unit of the values, above 0.
    confidence
        Wanted probability of correct selection.
    smaller
        True if less is better.

    Attributes
    ----------
    replications
        How many of each surviving scenario are counted so far.
    survivors
        Indices of the scenarios that are left, ascending.
    eliminated
        For each scenario the number of replications after which it went out, 0 while it is in.
    eliminated_by
        For each scenario the index of the one that put it out (furthest beyond their boundary), -1 while it is in.
    last
        Number of replications after which the best of those left is taken at the latest.
    """

    def __init__(self, first_stage: Floats, delta: float, confidence: float, *, smaller: bool) -> None:
        k, first = first_stage.shape
        if k < 2 or first < 2:
            raise UsageError(f"a selection needs two scenarios and two replications or more, not {k} and {first}")
        costs = np.array(first_stage if smaller else -first_stage, dtype=np.float64)
        self._sign = 1.0 if smaller else -1.0
        self._delta = delta
        self._sums = costs.sum(axis=1)
        h2 = kn_constant(k, confidence, first)
        spread = np.array([(costs[i] - costs).var(axis=1, ddof=1) for i in range(k)])
        self._start = h2 * spread / (2.0 * delta)  # where the triangular boundary of each pair begins, in sums of differences
        self.replications = first
        self.survivors = list(range(k))
        self.eliminated, self.eliminated_by = [0] * k, [-1] * k
        self.last = max(first, math.floor(h2 * float(spread.max()) / delta**2) + 1)
        self._screen()

    @property
    def is_decided(self) -> bool:
        """True if one is left, or so many replications are counted that the best of those left is taken."""
        return len(self.survivors) == 1 or self.replications >= self.last

    @property
    def leader(self) -> int:
        """The best mean among those left; the first of equal ones."""
        return min(self.survivors, key=lambda i: self._sums[i])

    def add(self, values: Sequence[float] | Floats) -> None:
        """Count one more replication: a value for each survivor, in their order. Then screen."""
        self._sums[self.survivors] += self._sign * np.asarray(values, dtype=np.float64)
        self.replications += 1
        self._screen()

    def _screen(self) -> None:
        """Put out whoever is behind a survivor by more than the boundary of the pair, which shrinks to 0 as replications come."""
        left = np.array(self.survivors)
        sums = self._sums[left]
        behind = sums[:, None] - sums[None, :]
        room = np.maximum(0.0, self._start[np.ix_(left, left)] - 0.5 * self._delta * self.replications)
        excess = behind - room
        np.fill_diagonal(excess, -math.inf)
        out = np.flatnonzero((excess > 0.0).any(axis=1))
        for i in out.tolist():
            self.eliminated[left[i]] = self.replications
            self.eliminated_by[left[i]] = int(left[int(excess[i].argmax())])
        self.survivors = np.delete(left, out).tolist()


def probability_of_selection(means: Floats, variances: Floats, counts: Ints, delta: float = 0.0, *, smaller: bool) -> float:
    """Approximate probability that the best observed mean is the best: 1 less Bonferroni's sum of the pairwise errors.

    Parameters
    ----------
    means, variances, counts
        Of each scenario: mean, variance (ddof 1) and number of its values.
    delta
        With a value above 0: the probability that the selected is less than this behind the best.
    smaller
        True if less is better.

    Notes
    -----
    The lower bound of Chen, Lin, Yuecesan and Chick (2000), from normal posteriors of the means under vague priors, with the
    variances taken as known. It takes scenarios as independent: where common random numbers make them alike, the probability is
    larger than is said. With `delta` as Branke, Chick and Schmidt (2007, Management Science 53) measure a good selection.
    """
    from scipy.special import ndtr

    costs = means if smaller else -means
    best = int(costs.argmin())
    others = np.arange(len(costs)) != best
    gap = costs[others] - costs[best] + delta
    scale = np.sqrt(variances[best] / counts[best] + variances[others] / counts[others])
    with np.errstate(divide="ignore", invalid="ignore"):
        errors = np.where(scale > 0.0, ndtr(-gap / scale), np.where(gap > 0.0, 0.0, 0.5))
    return float(max(0.0, 1.0 - errors.sum()))


def allocation(means: Floats, variances: Floats, total: int, delta: float = 0.0, *, smaller: bool) -> Floats:
    """The shares of OCBA of a number of replications: more to scenarios that vary, and to rivals close to the best.

    N_i is proportional to (s_i / d_i)^2 with d_i the distance to the best, and for the best N_b = s_b sqrt(sum (N_i / s_i)^2).
    Distances count as at least `delta`, and as at least a ten-millionth of their scale, so that equal means do not take all.

    Source: C.-H. Chen, J. Lin, E. Yuecesan and S. E. Chick (2000), Simulation budget allocation for further enhancing the
    efficiency of ordinal optimization, Discrete Event Dynamic Systems 10.

    Returns
    -------
    Number of replications for each, not rounded; they sum to `total`.
    """
    costs = means if smaller else -means
    best = int(costs.argmin())
    scale = max(float((costs - costs[best]).max()), math.sqrt(float(variances.max())), delta)
    if scale <= 0.0:  # all values are equal: nothing tells where to go on
        return np.full(len(costs), total / len(costs))
    spread = np.maximum(np.sqrt(variances) / scale, 1e-12)
    distance = np.maximum((costs - costs[best]) / scale, max(delta / scale, 1e-7))
    weights = (spread / distance) ** 2
    weights[best] = 0.0
    weights[best] = spread[best] * math.sqrt(float(((weights / spread) ** 2).sum()))
    return np.asarray(total * weights / weights.sum())


def next_replications(
    means: Floats, variances: Floats, counts: Ints, more: int, delta: float = 0.0, *, smaller: bool
) -> tuple[int, ...]:
    """How many of the next `more` replications each scenario gets, so that all of its replications come near OCBA's shares."""
    target = allocation(means, variances, int(counts.sum()) + more, delta, smaller=smaller)
    lack = np.maximum(target - counts, 0.0)
    if lack.sum() <= 0.0:  # nobody is short by rounding alone: the one that is furthest behind its share
        lack[int((target / counts).argmax())] = 1.0
    return rounded(lack, more)


def rounded(weights: Floats, total: int) -> tuple[int, ...]:
    """Whole numbers in proportion to the weights that sum to `total` (largest remainders, the first of equal ones)."""
    exact = total * weights / weights.sum()
    whole = np.floor(exact).astype(np.int64)
    order = np.argsort(whole - exact, kind="stable")
    whole[order[: total - int(whole.sum())]] += 1
    return tuple(int(n) for n in whole)
