"""The two tests of every measure, Holm over all, the smallest shift that would have shown: against SciPy and by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from sim.analysis.shifts import POWER, _noncentrality, find_shifts, holm

RANDOM = np.random.default_rng(7)


def pair(rho: float, n: int = 12, shift: float = 0.0, rows: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Two sides with the given correlation, mean 10 and 10 + shift, standard deviation 1."""
    shared, a, b = RANDOM.standard_normal((3, rows, n))
    w, v = np.sqrt(rho), np.sqrt(1 - rho)
    return 10 + w * shared + v * a, 10 + shift + w * shared + v * b


def test_in_step_the_paired_test_counts_doubled() -> None:
    old, new = pair(0.99, shift=0.3)
    found = find_shifts(old, new, 0.001, 0.005)
    assert found.is_paired[0]
    assert found.p[0] == pytest.approx(2 * stats.ttest_rel(new[0], old[0]).pvalue, rel=1e-9)
    assert found.moved[0] == pytest.approx((new - old).mean())
    assert found.shown[0]


def test_out_of_step_welchs_test_counts_doubled() -> None:
    old, new = np.array([[10, 11, 9, 10.5, 9.5, 10.2]]), np.array([[12.1, 14, 13.2, 12.4, 13.9, 12.2]])
    assert np.corrcoef(old[0], new[0])[0, 1] < 0
    found = find_shifts(old, new, 0.01, 0.005)
    assert not found.is_paired[0]
    assert found.p[0] == pytest.approx(2 * stats.ttest_ind(new[0], old[0], equal_var=False).pvalue, rel=1e-9)


def test_missing_values_leave_their_replication_out_of_the_pairs() -> None:
    old, new = pair(0.9, shift=1.0)
    old[0, 3] = new[0, 5] = np.nan
    both = [r for r in range(12) if r not in (3, 5)]
    found = find_shifts(old, new, 0.001, 0.005)
    assert found.p[0] == pytest.approx(2 * stats.ttest_rel(new[0, both], old[0, both]).pvalue, rel=1e-9)
    nothing = find_shifts(np.full((1, 4), np.nan), np.ones((1, 4)), 0.001, 0.005)
    assert np.isnan(nothing.p[0])
    assert not nothing.shown[0]


def test_holm_steps_down() -> None:
    # 0.01 * 4, 0.02 * 3, 0.03 * 2 (not below the step before it), 0.5
    found = holm(np.array([0.03, 0.01, np.nan, 0.5, 0.02]))
    assert found[[0, 1, 3, 4]] == pytest.approx([0.06, 0.04, 0.5, 0.06])
    assert np.isnan(found[2])


def test_numbers_without_any_spread() -> None:
    old = np.tile([[5.0], [5.0], [3.0]], 10)
    old[2] += np.arange(10)
    new = old + np.array([[0.0], [0.5], [1.0]])
    found = find_shifts(old, new, 0.001, 0.005)
    assert found.p[:2].tolist() == [1.0, 0.0]  # fixed numbers: every move counts
    assert found.p[2] == pytest.approx(2 * 2.0**-9)  # ten equal differences of a coarse measure: a sign test
    assert find_shifts(np.array([[2.0]]), np.array([[2.5]]), 0.001, 0.005).shown[0]  # one replication


def test_a_shift_below_the_margin_is_none() -> None:
    old, _ = pair(0.0, n=20)
    assert not find_shifts(old, old * 1.004 + RANDOM.normal(0, 1e-6, old.shape), 0.001, 0.005).shown[0]
    assert find_shifts(old, old * 1.006 + RANDOM.normal(0, 1e-6, old.shape), 0.001, 0.005).shown[0]


@pytest.mark.parametrize(("degrees", "p"), [(3, 0.05), (10, 0.05), (19, 1e-3), (58, 1e-5)])
def test_the_noncentrality_gives_the_power(degrees: int, p: float) -> None:
    shift = _noncentrality(np.array([float(degrees)]), p)[0]
    assert 1 - stats.nct.cdf(stats.t.isf(p / 2, degrees), degrees, shift) == pytest.approx(POWER, abs=2e-4)


@pytest.mark.parametrize("rho", [0.0, 0.95])
def test_the_smallest_shift_shows_nineteen_times_in_twenty(rho: float) -> None:
    studies, rows, n = 400, 10, 20
    smallest = np.median(np.concatenate([find_shifts(*pair(rho, n, rows=rows), 0.01, 0.0).smallest for _ in range(30)]))
    seen = 0
    for _ in range(studies):
        old, new = pair(rho, n, rows=rows)
        new[0] += smallest
        seen += find_shifts(old, new, 0.01, 0.0, with_smallest=False).shown[0]
    # the spread is estimated anew in every study, so that the share is near the power, not equal to it
    assert 0.87 <= seen / studies <= 0.99


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.95])
def test_the_family_wise_level_holds_whatever_the_correlation(rho: float) -> None:
    studies, level = 2000, 0.05
    alarms = sum(find_shifts(*pair(rho, 10, rows=15), level, 0.0, with_smallest=False).shown.any() for _ in range(studies))
    assert alarms / studies <= level + 3 * np.sqrt(level * (1 - level) / studies)
    assert alarms  # the test can fail
