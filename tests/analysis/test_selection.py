"""Selection of the best: the procedures' formulas by hand, and the probability of correct selection by simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import norm

from sim.analysis.selection import (
    Screening,
    allocation,
    kn_constant,
    next_replications,
    probability_of_selection,
    rounded,
)
from sim.errors import UsageError

FIRST = 10
DELTA = 1 / math.sqrt(FIRST)


def select_once(rng: np.random.Generator, means: np.ndarray, sd: np.ndarray, rho: float) -> tuple[bool, list[int]]:
    """One course of KN at 95 %: whether the smallest mean is selected, and the replications of each."""
    k = len(means)

    def draw(n: int) -> np.ndarray:
        noise = math.sqrt(rho) * rng.standard_normal(n) + math.sqrt(1 - rho) * rng.standard_normal((k, n))
        return means[:, None] + sd[:, None] * noise

    values = draw(FIRST)
    state = Screening(values, DELTA, 0.95, smaller=True)
    while not state.is_decided:
        if state.replications == values.shape[1]:
            values = np.hstack([values, draw(64)])
        state.add(values[state.survivors, state.replications])
    return state.leader == int(means.argmin()), [at or state.replications for at in state.eliminated]


def test_the_constant_solves_its_equation() -> None:
    for k, confidence, first in ((2, 0.95, 10), (10, 0.95, 10), (5, 0.99, 24)):
        eta = kn_constant(k, confidence, first) / (2 * (first - 1))
        assert 0.5 * (1 + 2 * eta) ** (-(first - 1) / 2) == pytest.approx((1 - confidence) / (k - 1))
    with pytest.raises(UsageError, match="blind draw"):
        kn_constant(2, 0.5, 10)


def test_screening_by_hand() -> None:
    # differences a - b: 1, 2, 3, mean 2, variance 1
    first = np.array([[5.0, 6.0, 8.0], [4.0, 4.0, 5.0]])
    h2 = kn_constant(2, 0.9, 3)  # eta = (0.2 ** -1 - 1) / 2 = 2, h2 = 8
    assert h2 == pytest.approx(8.0)
    # the sum 6 exceeds h2 S2 / (2 delta) - delta r / 2 = 4 / delta - 1.5 delta from delta = 0.59 on
    assert Screening(first, 0.6, 0.9, smaller=True).survivors == [1]
    state = Screening(first, 0.55, 0.9, smaller=True)
    assert state.survivors == [0, 1]
    assert state.last == math.floor(8 / 0.55**2) + 1
    assert not state.is_decided
    state.add([5.0, 4.5])  # the sum 6.5 against 7.27 - 1.1
    assert (state.survivors, state.eliminated, state.eliminated_by) == ([1], [4, 0], [1, -1])
    assert Screening(first, 0.6, 0.9, smaller=False).survivors == [0]


def test_equal_scenarios_end_with_the_first() -> None:
    state = Screening(np.ones((3, 4)), 0.1, 0.95, smaller=True)
    assert state.is_decided
    assert (state.leader, state.survivors) == (0, [0, 1, 2])


@pytest.mark.parametrize(
    ("k", "spread", "rho", "courses"),
    [(5, 0.0, 0.0, 300), (5, 1.0, 0.0, 200), (10, 0.0, 0.0, 200), (10, -1.0, 0.6, 400), (5, 0.0, 0.9, 1000)],
)
def test_kn_selects_the_best_as_often_as_it_says(k: int, spread: float, rho: float, courses: int) -> None:
    """Slippage configuration: all others are delta behind, the hardest case; variances equal, rising or falling from the best."""
    means = np.full(k, DELTA)
    means[0] = 0.0
    sd = (1 + np.arange(k) * DELTA) ** (spread / 2)
    rng = np.random.default_rng(k + courses)
    right = sum(select_once(rng, means, sd, rho)[0] for _ in range(courses))
    assert right / courses >= 0.95 - 1.64 * math.sqrt(0.95 * 0.05 / courses)


def test_common_random_numbers_make_kn_cheap() -> None:
    means, sd = np.array([0.0, DELTA, DELTA, DELTA]), np.ones(4)
    rng = np.random.default_rng(8)
    cost = [np.mean([sum(select_once(rng, means, sd, rho)[1]) for _ in range(100)]) for rho in (0.0, 0.8)]
    assert cost[1] < cost[0] / 3


def test_scenarios_far_behind_go_first() -> None:
    rng = np.random.default_rng(9)
    used = np.array([select_once(rng, DELTA * np.array([0.0, 1.0, 3.0, 9.0]), np.ones(4), 0.0)[1] for _ in range(100)]).mean(
        axis=0
    )
    assert used[0] >= used[1] > 1.5 * used[2] > 1.5 * used[3]


def test_ocba_shares_by_hand() -> None:
    # N2 : N3 = (1/1)^2 : (1/2)^2, N1 = sqrt(N2^2 + N3^2)
    shares = allocation(np.array([1.0, 2.0, 3.0]), np.ones(3), 1000, smaller=True)
    assert shares.sum() == pytest.approx(1000)
    assert shares[1] / shares[2] == pytest.approx(4.0)
    assert shares[0] / shares[2] == pytest.approx(math.sqrt(17))
    mirrored = allocation(-np.array([1.0, 2.0, 3.0]), np.ones(3), 1000, smaller=False)
    assert mirrored == pytest.approx(shares)
    # with two the budget goes as the standard deviations
    two = allocation(np.array([0.0, 1.0]), np.array([4.0, 1.0]), 90, smaller=True)
    assert two == pytest.approx([60.0, 30.0])


def test_ocba_goes_where_it_is_short() -> None:
    means, variances = np.array([1.0, 1.1, 9.0]), np.ones(3)
    assert next_replications(means, variances, np.array([10, 10, 10]), 6, smaller=True) == (3, 3, 0)
    assert sum(next_replications(means, variances, np.array([500, 10, 10]), 5, smaller=True)) == 5
    equal = next_replications(np.zeros(3), np.zeros(3), np.array([10, 10, 10]), 4, smaller=True)
    assert sum(equal) == 4
    assert rounded(np.array([1.0, 1.0, 1.0]), 4) == (2, 1, 1)


def test_probability_of_two_is_exact() -> None:
    means, variances, counts = np.array([3.0, 2.0]), np.array([4.0, 5.0]), np.array([10, 20])
    chance = norm.cdf(1 / math.sqrt(0.4 + 0.25))
    assert probability_of_selection(means, variances, counts, smaller=True) == pytest.approx(chance)
    assert probability_of_selection(means, variances, counts, smaller=False) == pytest.approx(chance)
    good = norm.cdf((1 + 0.5) / math.sqrt(0.4 + 0.25))
    assert probability_of_selection(means, variances, counts, 0.5, smaller=True) == pytest.approx(good)


def test_probability_is_a_lower_bound_and_no_error_without_variance() -> None:
    three = probability_of_selection(np.array([0.0, 1.0, 1.0]), np.ones(3), np.array([5, 5, 5]), smaller=True)
    assert three == pytest.approx(1 - 2 * norm.cdf(-1 / math.sqrt(0.4)))
    assert probability_of_selection(np.array([0.0, 1.0]), np.zeros(2), np.array([5, 5]), smaller=True) == 1.0
    assert probability_of_selection(np.zeros(2), np.zeros(2), np.array([5, 5]), smaller=True) == 0.5


def test_ocba_beats_equal_allocation() -> None:
    rng = np.random.default_rng(11)
    k, budget, courses = 8, 160, 200
    means = 0.4 * np.arange(k)
    right = [0, 0]
    for _ in range(courses):
        values = means[:, None] + rng.standard_normal((k, budget))
        counts = np.full(k, FIRST)
        while counts.sum() < budget:
            known = [values[i, :n] for i, n in enumerate(counts)]
            moments = np.array([v.mean() for v in known]), np.array([v.var(ddof=1) for v in known])
            counts = counts + np.array(next_replications(*moments, counts, 2 * k, smaller=True))
        right[0] += int(np.argmin([values[i, :n].mean() for i, n in enumerate(counts)])) == 0
        right[1] += int(values[:, : budget // k].mean(axis=1).argmin()) == 0
    assert right[0] > right[1] + 5
