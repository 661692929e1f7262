"""Several comparisons at once: textbook values, and error rates by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from sim.analysis.estimate import t_quantile, t_test
from sim.analysis.multiple import bonferroni, holm, standing, variance_reduction, with_the_best

Floats = NDArray[np.float64]


def alike(rng: np.random.Generator, k: int, n: int, rho: float, means: Floats | None = None) -> Floats:
    """Normal values [scenario, replication], correlated by `rho` between scenarios."""
    noise = np.sqrt(rho) * rng.standard_normal(n) + np.sqrt(1 - rho) * rng.standard_normal((k, n))
    return noise if means is None else means[:, None] + noise


def test_holm_by_hand() -> None:
    # sorted 0.005, 0.01, 0.03, 0.04 times 4, 3, 2, 1, and never less than the one before
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))
    assert holm([0.5, 0.4]) == pytest.approx((0.8, 0.8))
    assert holm([]) == ()


def test_holm_is_a_single_test_where_there_is_one() -> None:
    assert holm([0.03]) == (0.03,)
    assert bonferroni(0.95, 1) == pytest.approx(0.95)
    assert bonferroni(0.95, 10) == pytest.approx(0.995)


@pytest.mark.parametrize("rho", [0.0, 0.8])
def test_holm_keeps_the_family_wise_error(rho: float) -> None:
    """Twelve scenarios, alike among themselves by `rho`, that do not differ from the baseline."""
    rng = np.random.default_rng(20)
    wrong, naive, trials = 0, 0, 2000
    for _ in range(trials):
        base, others = rng.standard_normal(10), alike(rng, 12, 10, rho)
        p = [t_test(float((b - base).mean()), float((b - base).var(ddof=1)), 10) for b in others]
        wrong += min(holm(p)) <= 0.05
        naive += min(p) <= 0.05
    assert wrong / trials <= 0.05
    assert naive / trials > 0.1  # what the adjustment is for


def test_holm_keeps_the_error_where_some_really_differ() -> None:
    rng = np.random.default_rng(21)
    wrong, found, trials = 0, 0, 1000
    means = np.array([0.0] * 7 + [3.0] * 6)
    for _ in range(trials):
        base, *others = alike(rng, 13, 10, 0.5, means)
        p = holm([t_test(float((b - base).mean()), float((b - base).var(ddof=1)), 10) for b in others])
        wrong += min(p[:6]) <= 0.05
        found += max(p[6:]) <= 0.05
    assert wrong / trials <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / trials)
    assert found / trials > 0.9


def test_variance_reduction_is_that_of_the_correlation() -> None:
    a, b = alike(np.random.default_rng(3), 2, 100_000, 0.8)
    assert variance_reduction(a, b) == pytest.approx(1 / (1 - 0.8), rel=0.02)
    assert variance_reduction(a, -b) == pytest.approx(1 / (1 + 0.8), rel=0.02)  # pairing may do harm
    assert variance_reduction(a, a + 1.0) is None
    assert variance_reduction(a[:1], b[:1]) is None


def test_the_best_of_two_is_the_paired_interval() -> None:
    a, b = np.array([5.0, 6.0, 7.0, 6.0]), np.array([4.0, 4.5, 6.5, 5.0])
    difference = a - b
    width = t_quantile(0.95, 3) * difference.std(ddof=1) / 2
    (low, high, may), best = with_the_best(np.stack([a, b]), 0.95, smaller=True)
    assert (low, high, may) == pytest.approx((difference.mean() - width, difference.mean() + width, 0))
    assert best == (0.0, 0.0, True)
    # more is better: the roles change
    assert with_the_best(np.stack([a, b]), 0.95, smaller=False)[0] == (0.0, 0.0, True)


@pytest.mark.parametrize("means", [[0.0, 0.0, 0.0, 0.0], [0.0, 0.5, 1.0, 2.0], [0.0, 0.0, 1.5, 1.5]])
def test_all_statements_about_the_best_hold_together(means: list[float]) -> None:
    rng = np.random.default_rng(5)
    truth = np.array(means)
    behind = truth - truth.min()
    covered, trials = 0, 1500
    for _ in range(trials):
        found = with_the_best(alike(rng, 4, 8, 0.6, truth), 0.9, smaller=True)
        intervals = all(low <= d <= high for (low, high, _), d in zip(found, behind, strict=True))
        covered += intervals and any(may for (_, _, may), d in zip(found, behind, strict=True) if d == 0)
    assert covered / trials >= 0.9 - 2 * np.sqrt(0.9 * 0.1 / trials)


def test_nothing_is_said_of_one_replication() -> None:
    found = standing(("a", "b"), [np.array([1.0]), np.array([2.0])], ("contact.asa", "all", "h"), "less", 0.95)
    assert found.leader.name == "a"
    assert found.best is None
    assert [(e.low, e.high, e.may_be_best) for e in found.entries] == [(None, None, True)] * 2


def test_replications_without_a_value_are_left_out_for_all() -> None:
    a, b = np.array([1.0, 2.0, np.nan, 1.5]), np.array([3.0, 3.5, 2.0, 3.2])
    found = standing(("a", "b"), [a, b], ("parts.fill_rate", "all", "1"), "more", 0.95)
    assert found.n == 3
    assert found.leader.name == "b"
    assert found.entries[0].mean == pytest.approx(1.5)
