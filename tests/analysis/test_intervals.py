"""Intervals against known distributions: what they cover, and what other libraries say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binomtest, ttest_ind

from sim.analysis.distributions import BINS, EDGES_H, binned
from sim.analysis.estimate import MET, MISSED, NOT_SHOWN, t_interval, t_quantile, variance_reduction, verdict
from sim.analysis.intervals import (
    CountMoments,
    Interval,
    PairMoments,
    batch_test,
    mean_interval,
    ratio_interval,
    share_interval,
    welch_interval,
)

STUDIES = 2000
LEAST, MOST = 0.93, 0.97


def share_covered(intervals: list[Interval], truth: float) -> float:
    return sum(interval.covers(truth) for interval in intervals) / len(intervals)


def busy_days(rng: np.random.Generator, n: int = 10) -> tuple[np.ndarray, np.ndarray]:
    """Calls of a replication, and those answered in time, which are fewer where there are many: 6,000 / 8,250 in all."""
    busy = rng.random(n) < 0.5
    calls = rng.poisson(np.where(busy, 15_000, 1_500), n) * 0.001
    return calls * np.where(busy, 0.7, 1.0), calls


def test_the_mean_covers() -> None:
    rng = np.random.default_rng(1)
    found = [mean_interval(rng.gamma(16, 1 / 16, 10), 0.95) for _ in range(STUDIES)]
    assert LEAST < share_covered(found, 1.0) < MOST
    assert share_covered(found, 1.3) < 0.2


def test_the_ratio_of_sums_covers_where_replications_differ_in_size() -> None:
    rng = np.random.default_rng(2)
    truth = (0.7 * 15 + 1.5) / (15 + 1.5)
    samples = [busy_days(rng, 20) for _ in range(STUDIES)]
    assert LEAST < share_covered([ratio_interval(y, x, 0.95) for y, x in samples], truth) < MOST
    # the mean of the ratios answers another question
    assert share_covered([mean_interval(y / x, 0.95) for y, x in samples], truth) < 0.3


def test_the_ends_of_a_ratio_are_where_the_t_test_just_rejects() -> None:
    rng = np.random.default_rng(3)
    x = rng.gamma(9, 1, 8)
    y = 2 * x + rng.normal(0, 1, 8)
    found = ratio_interval(y, x, 0.9)
    assert found.estimate == pytest.approx(y.sum() / x.sum())
    for end in (found.low, found.high):
        assert end is not None
        rest = y - end * x
        assert abs(rest.mean()) / (rest.std(ddof=1) / math.sqrt(8)) == pytest.approx(t_quantile(0.9, 7))


def test_a_ratio_over_equal_denominators_is_a_mean() -> None:
    values = np.array([1.0, 2.0, 4.0, 3.5])
    found, plain = ratio_interval(values * 12.0, np.full(4, 12.0), 0.95), mean_interval(values, 0.95)
    assert (found.estimate, found.low, found.high) == pytest.approx((plain.estimate, plain.low, plain.high))


def test_replications_without_any_event_count_as_zeros() -> None:
    y, x = [1.0, 4.0, 2.0, 0.0, 0.0], [3.0, 5.0, 4.0, 0.0, 0.0]
    moments = PairMoments()
    for pair in zip(y[:3], x[:3], strict=True):
        moments.add(*pair)
    moments.add_zeros(2)
    want = ratio_interval(y, x, 0.8)
    found = moments.interval(0.8)
    assert found.n == 5
    assert (found.estimate, found.low, found.high) == pytest.approx((want.estimate, want.low, want.high))


def test_a_denominator_that_may_be_zero_gives_no_interval() -> None:
    found = ratio_interval([1.0, 0.0, 0.0], [9.0, 0.0, 0.0], 0.95)
    assert (found.low, found.high) == (None, None)
    assert found.estimate == pytest.approx(1 / 9)
    assert found.covers(1e9)
    assert ratio_interval([1.0], [2.0], 0.95) == Interval("ratio of sums", 0.5, None, None, 1)


@pytest.mark.parametrize("p", [0.5, 0.95])
def test_the_pooled_quantile_covers(p: float) -> None:
    """Exponential waits, a random number of them in each replication, and replications that are slower as a whole."""
    rng = np.random.default_rng(4)
    truth = -10.0 * math.log(1 - p)
    found = []
    for _ in range(600):
        moments = CountMoments(EDGES_H)
        for n in rng.poisson(300, 10):
            moments.add(binned(rng.exponential(10.0, n)))
        one = moments.interval(p, 0.95)
        assert one is not None
        found.append(one)
    assert LEAST < share_covered(found, truth) < MOST
    assert share_covered(found, truth * 1.2) < 0.6


def test_a_pooled_quantile_is_the_quantile_of_all_observations() -> None:
    rng = np.random.default_rng(5)
    samples = [rng.lognormal(3, 1, 400) for _ in range(5)]
    moments = CountMoments(EDGES_H)
    for sample in samples:
        moments.add(binned(sample))
    for p in (0.1, 0.5, 0.9, 0.99):
        found = moments.interval(p, 0.95)
        assert found is not None
        assert found.low is not None
        assert found.high is not None
        assert found.low < found.estimate < found.high
        assert found.estimate == pytest.approx(np.quantile(np.concatenate(samples), p), rel=0.015)


def test_quantiles_at_the_edges() -> None:
    moments = CountMoments(np.array([0.0, 1.0, 2.0]))
    assert moments.interval(0.5, 0.95) is None
    for above in (1.0, 2.0, 3.0):
        moments.add(np.array([6.0, 2.0, 1.0, above]))  # bins: at most 0, at most 1, at most 2, above
    at_zero = moments.interval(0.5, 0.95)
    assert at_zero is not None
    assert (at_zero.estimate, at_zero.low) == (0.0, 0.0)
    assert moments.interval(0.99, 0.95) is None  # above all edges
    near = moments.interval(0.8, 0.95)
    assert near is not None
    assert near.high is None  # open above: the end lies beyond the last edge
    alone = CountMoments(np.array([0.0, 1.0]))
    alone.add(np.array([0.0, 4.0, 0.0]))
    assert alone.interval(0.25, 0.95) == Interval("pooled quantile", 0.25, None, None, 1)


def test_bins_count_up_to_and_with_their_upper_edge() -> None:
    values = np.array([0.0, 0.0, EDGES_H[1], EDGES_H[7], EDGES_H[7] * 1.001, 1e9])
    counts = binned(values)
    assert len(counts) == BINS
    assert (counts[0], counts[1], counts[7], counts[8], counts[-1]) == (2, 1, 1, 1, 1)
    assert binned(values, np.arange(6.0)).sum() == 15


@pytest.mark.parametrize(("k", "n"), [(0, 10), (3, 10), (10, 10), (499, 1000)])
def test_shares_as_scipy_has_them(k: int, n: int) -> None:
    want = binomtest(k, n).proportion_ci(0.9, "wilson")
    found = share_interval(k, n, 0.9)
    assert (found.estimate, found.low, found.high) == pytest.approx((k / n, want.low, want.high), abs=1e-12)


def test_shares_cover_on_average_over_their_probability() -> None:
    rng = np.random.default_rng(6)
    p = rng.uniform(0.1, 0.9, STUDIES)
    held = [share_interval(int(k), 10, 0.95).covers(q) for k, q in zip(rng.binomial(10, p), p, strict=True)]
    assert LEAST < np.mean(held) < MOST


def test_independent_differences_as_scipy_has_them() -> None:
    rng = np.random.default_rng(7)
    a, b = rng.normal(1, 1, 9), rng.normal(3, 4, 14)
    want = ttest_ind(b, a, equal_var=False).confidence_interval(0.95)
    found = welch_interval(np.append(a, math.nan), b, 0.95)
    assert (found.low, found.high) == pytest.approx((want.low, want.high))
    assert welch_interval([1.0], [2.0, 3.0], 0.95).low is None


def test_variance_reduction_is_what_independent_seeds_would_cost() -> None:
    rng = np.random.default_rng(8)
    common, a, b = rng.normal(0, 3, 20_000), rng.normal(0, 1, 20_000), rng.normal(0, 1, 20_000)
    assert variance_reduction(common + a, common + b) == pytest.approx(10, rel=0.05)  # (10 + 10) / (1 + 1)
    assert variance_reduction(a, b) == pytest.approx(1, rel=0.05)
    assert variance_reduction(a, -a) == pytest.approx(0.5)
    assert variance_reduction(a, a + 2) == math.inf
    assert math.isnan(variance_reduction([1.0, math.nan], [2.0, 3.0]))
    assert math.isnan(variance_reduction([1.0, 1.0], [2.0, 2.0]))


def test_the_batch_test_rejects_independent_batches_as_often_as_it_says() -> None:
    rng = np.random.default_rng(9)
    rejected = np.mean([not batch_test(rng.normal(5, 2, 20)).is_passed for _ in range(4000)])
    assert 0.04 < rejected < 0.06


def test_the_batch_test_finds_correlation() -> None:
    rng = np.random.default_rng(10)
    lags, rejected = [], []
    for _ in range(300):
        noise = rng.normal(0, 1, 40)
        values = np.zeros(40)
        for i in range(1, 40):
            values[i] = 0.6 * values[i - 1] + noise[i]
        found = batch_test(values)
        lags.append(found.lag1)
        rejected.append(not found.is_passed)
    assert np.mean(lags) == pytest.approx(0.53, abs=0.05)  # 0.6 less the bias of a short series
    assert np.mean(rejected) > 0.9


def test_batches_that_cannot_be_judged() -> None:
    assert batch_test([3.0] * 20).is_passed
    assert not batch_test([1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0]).is_passed  # seven
    assert batch_test([1.0, math.nan, 2.0]).n == 2
    assert batch_test([]).n == 0


def test_a_wrong_verdict_has_a_chance_of_at_most_one_in_forty() -> None:
    """At the limit itself either verdict is as wrong as can be; away from it the wrong one gets rarer still."""
    rng = np.random.default_rng(11)
    samples = rng.normal(96.0, 5.0, (6000, 8))
    allowed = 0.025 + 3 * math.sqrt(0.025 * 0.975 / len(samples))
    found = [verdict(t_interval(x, 0.95), None, 96.0) for x in samples]
    assert found.count(MET) / len(samples) < allowed
    assert found.count(MISSED) / len(samples) < allowed
    assert found.count(MET) + found.count(MISSED) > 0.03 * len(samples)  # the chance is used
    over = [verdict(t_interval(x + 1.0, 0.95), None, 96.0) for x in samples]
    under = [verdict(t_interval(x - 1.0, 0.95), 96.0, None) for x in samples]
    assert over.count(MET) < found.count(MET)
    assert under.count(MET) < found.count(MET)
    far = [verdict(t_interval(x - 15.0, 0.95), None, 96.0) for x in samples[:500]]
    assert far.count(MET) > 490
    both = [verdict(t_interval(x, 0.95), 91.0, 96.0) for x in samples]
    assert both.count(MET) / len(samples) < allowed
    assert NOT_SHOWN in both
