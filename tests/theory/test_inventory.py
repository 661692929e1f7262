"""Closed forms of inventory theory against independent computations: Markov chains solved numerically, and sums by hand."""

from __future__ import annotations

import itertools
import math
from dataclasses import astuple

import numpy as np
import pytest
from numpy.typing import NDArray

from sim.distributions import constant, exponential, gamma
from sim.theory.inventory import (
    base_stock,
    lead_time_demand,
    metric,
    outstanding,
    periodic_up_to,
    poisson,
    reorder_point_lot,
    reorder_point_up_to,
)
from sim.theory.two_echelon import owed, share, two_echelon


def stationary(generator: NDArray[np.float64]) -> NDArray[np.float64]:
    """Stationary distribution of a Markov chain from its matrix of rates (diagonal ignored)."""
    q = generator.copy()
    np.fill_diagonal(q, 0.0)
    np.fill_diagonal(q, -q.sum(axis=1))
    a = np.vstack([q.T, np.ones(len(q))])
    return np.asarray(np.linalg.lstsq(a, np.r_[np.zeros(len(q)), 1.0], rcond=None)[0])


def test_poisson_probabilities_by_hand() -> None:
    pmf = poisson(2.5)
    assert pmf[:4] == pytest.approx([math.exp(-2.5) * 2.5**n / math.factorial(n) for n in range(4)], rel=1e-13)
    assert pmf.sum() == pytest.approx(1.0, abs=1e-12)
    assert poisson(0.0)[0] == 1.0
    with pytest.raises(ValueError, match="a Poisson mean is not negative, got -1"):
        poisson(-1)


def test_palm_is_the_chain_of_parallel_replenishments() -> None:
    """(S-1, S) with exponential lead times is M/M/infinity: solve the birth-death chain."""
    rate, lead, S, size = 0.7, 3.0, 3, 40
    q = np.zeros((size, size))
    for n in range(size - 1):
        q[n, n + 1] = rate
        q[n + 1, n] = (n + 1) / lead
    p = stationary(q)
    units = np.arange(size)
    shelf = base_stock(rate, lead, S)
    assert outstanding(rate, lead)[:20] == pytest.approx(p[:20], abs=1e-12)
    assert shelf.fill_rate == pytest.approx(p[:S].sum(), abs=1e-12)
    assert shelf.ebo == pytest.approx(p @ np.maximum(units - S, 0), abs=1e-11)
    assert shelf.on_hand == pytest.approx(p @ np.maximum(S - units, 0), abs=1e-11)
    assert shelf.wait == pytest.approx(shelf.ebo / rate)
    assert shelf.on_hand - shelf.ebo == pytest.approx(S - rate * lead, abs=1e-11)


def test_base_stock_zero_and_rate_zero() -> None:
    empty = base_stock(0.5, 4.0, 0)
    assert (empty.fill_rate, empty.on_hand) == (0.0, 0.0)
    assert empty.ebo == pytest.approx(2.0)
    assert empty.wait == pytest.approx(4.0)
    idle = base_stock(0.0, 4.0, 2)
    assert (idle.fill_rate, idle.ebo, idle.on_hand, idle.wait) == (1.0, 0.0, 2.0, 0.0)


def test_reorder_point_by_sums_of_plain_python() -> None:
    rate, lead, s, Q = 0.3, 8.0, 2, 4
    p = [math.exp(-rate * lead) * (rate * lead) ** d / math.factorial(d) for d in range(80)]
    levels = [(y - d, p[d] / Q) for y in range(s + 1, s + Q + 1) for d in range(80)]
    shelf = reorder_point_lot(rate, constant(lead), s, Q)
    assert shelf.fill_rate == pytest.approx(sum(w for level, w in levels if level > 0), abs=1e-12)
    assert shelf.ebo == pytest.approx(sum(-level * w for level, w in levels if level < 0), abs=1e-12)
    assert shelf.on_hand == pytest.approx(sum(level * w for level, w in levels if level > 0), abs=1e-12)
    assert reorder_point_up_to(rate, constant(lead), s, s + Q) == shelf
    assert astuple(reorder_point_lot(rate, constant(lead), s, 1)) == pytest.approx(astuple(base_stock(rate, lead, s + 1)))


def test_reorder_point_with_one_exponential_order_at_a_time() -> None:
    """Lots so large that never two are out: one is out while the net inventory is at most s, a chain of that level."""
    rate, lead, s, S = 1.0, 2.0, 3, 53
    low = -40
    level = np.arange(low, S + 1)
    q = np.zeros((len(level), len(level)))
    for i, units in enumerate(level):
        if units > low:
            q[i, i - 1] = rate
        if units <= s:
            q[i, i + S - s] = 1 / lead
    p = stationary(q)
    shelf = reorder_point_up_to(rate, exponential(lead), s, S)
    assert shelf.fill_rate == pytest.approx(p[level > 0].sum(), abs=2e-4)  # quantile grid of the lead time
    assert shelf.ebo == pytest.approx(p @ np.maximum(-level, 0), abs=2e-3)


def test_lead_time_demand_of_exponential_lead_time_is_geometric() -> None:
    rate, lead = 0.5, 6.0
    ratio = rate * lead / (1 + rate * lead)
    pmf = lead_time_demand(rate, exponential(lead), points=20000)
    assert pmf[:12] == pytest.approx([(1 - ratio) * ratio**n for n in range(12)], abs=2e-5)
    assert lead_time_demand(rate, constant(lead)) == pytest.approx(poisson(3.0))
    spread = lead_time_demand(rate, gamma(lead, 0.5))
    n = np.arange(len(spread))
    assert spread @ n == pytest.approx(3.0, rel=1e-3)
    assert spread @ n**2 - 9 == pytest.approx(3.0 + 0.25 * 9, rel=5e-3)  # E[L] rate + Var[L] rate^2


def test_periodic_review_by_following_the_cycle() -> None:
    rate, lead, R, S = 0.4, 3.0, 5.0, 4
    steps = 4000
    ages = lead + (np.arange(steps) + 0.5) * R / steps
    ebo = np.mean([sum((n - S) * w for n, w in enumerate(poisson(rate * a)) if n > S) for a in ages])
    served = np.mean([poisson(rate * a)[:S].sum() for a in ages])
    shelf = periodic_up_to(rate, lead, R, S)
    assert shelf.ebo == pytest.approx(ebo, rel=1e-6)
    assert shelf.ready_rate == pytest.approx(served, rel=1e-6)
    assert shelf.fill_rate == pytest.approx(served, rel=1e-6)  # Poisson arrivals see time averages


def chain_of_two_echelons(S0: int, lead: float, rates: tuple[float, float], size: int) -> NDArray[np.float64]:
    """Joint distribution of what a depot owes two bases: a chain whose state is the queue of marks, oldest first."""
    states: list[tuple[int, tuple[int, ...]]] = [(n, ()) for n in range(S0 + 1)]
    for owed_units in range(1, size + 1):
        states += [(S0 + owed_units, marks) for marks in itertools.product((0, 1), repeat=owed_units)]
    index = {state: i for i, state in enumerate(states)}
    q = np.zeros((len(states), len(states)))
    for (n, marks), i in index.items():
        for base, rate in enumerate(rates):
            after = (n + 1, marks if n < S0 else (*marks, base))
            if after in index:
                q[i, index[after]] += rate
        if n:
            q[i, index[n - 1, marks[1:]]] += n / lead  # any arriving unit serves the oldest
    p = stationary(q)
    waiting = np.zeros((2, size + 1))
    for (_, marks), w in zip(states, p, strict=True):
        waiting[0, marks.count(0)] += w
        waiting[1, marks.count(1)] += w
    return waiting


def test_two_echelons_against_the_chain_of_the_depot_queue() -> None:
    S0, lead, rates, size = 1, 2.0, (0.3, 0.15), 8
    waiting = chain_of_two_echelons(S0, lead, rates, size)
    for base, rate in enumerate(rates):
        expected = share(owed(outstanding(sum(rates), lead), S0), rate / sum(rates))
        assert expected[:6] == pytest.approx(waiting[base][:6], abs=3e-6)
    exact = two_echelon(S0, lead, rates, (1.5, 4.0), (1, 2))
    for base, (rate, transit, S) in enumerate(zip(rates, (1.5, 4.0), (1, 2), strict=True)):
        direct = [(k + d, w * v) for k, w in enumerate(waiting[base]) for d, v in enumerate(poisson(rate * transit)[:40])]
        assert exact.bases[base].ebo == pytest.approx(sum((n - S) * w for n, w in direct if n > S), abs=2e-5)
        assert exact.bases[base].fill_rate == pytest.approx(sum(w for n, w in direct if n < S), abs=2e-5)
    assert exact.ebo == pytest.approx(sum(base.ebo for base in exact.bases))


def test_two_echelons_keep_the_means_of_metric_and_add_variance() -> None:
    rates, transits, S = [0.5 / 24] * 10, [48.0] * 10, [2] * 10
    exact = two_echelon(20, 120.0, rates, transits, S)
    depot, bases = metric(20, 120.0, rates, transits, S)
    assert exact.depot == depot
    assert exact.bases[0].on_order == pytest.approx(bases[0].on_order, rel=1e-9)
    assert exact.bases[0].on_order == pytest.approx(rates[0] * (48 + depot.wait), rel=1e-9)
    assert exact.bases[0].ebo > bases[0].ebo
    assert exact.bases[0].ebo == pytest.approx(bases[0].ebo, rel=0.1)


def test_one_base_and_no_depot_stock_add_up() -> None:
    """Depot stock 0 and one base: the base waits for depot lead time and transit, Palm again."""
    single = two_echelon(0, 5.0, [0.4], [2.0], [3]).bases[0]
    assert single.ebo == pytest.approx(base_stock(0.4, 7.0, 3).ebo, rel=1e-10)
    assert single.fill_rate == pytest.approx(base_stock(0.4, 7.0, 3).fill_rate, rel=1e-10)
    plenty = two_echelon(500, 5.0, [0.4, 0.1], [2.0, 2.0], [3, 1])
    assert plenty.bases[0].ebo == pytest.approx(base_stock(0.4, 2.0, 3).ebo, rel=1e-10)


def test_no_demand_at_all() -> None:
    nothing = two_echelon(2, 5.0, [0.0, 0.0], [1.0, 1.0], [1, 0])
    assert nothing.ebo == 0.0
    assert nothing.depot.on_hand == 2.0
