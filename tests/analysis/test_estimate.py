"""Intervals, verdicts and the trend of a backlog."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from small_tables import centre_plan

from sim.analysis.estimate import Estimate, Moments, grows, t_interval, t_quantile, t_test, verdict
from sim.analysis.quantiles import grouped_quantiles
from sim.analysis.summary import RunningEstimate, backlog_growing
from sim.distributions import exponential


def test_t_quantile_is_the_one_in_the_tables() -> None:
    assert t_quantile(0.95, 9) == pytest.approx(2.2621571628, abs=1e-9)
    assert t_quantile(0.99, 1) == pytest.approx(63.6567411629, abs=1e-7)


def test_interval_of_five_values() -> None:
    found = t_interval([2.0, 4.0, 4.0, 5.0, 10.0], 0.95)
    # s^2 = 36/4 = 9, so the half width is 2.776445 * 3 / sqrt(5)
    assert found.mean == 5.0
    assert found.half_width == pytest.approx(2.7764451052 * 3 / math.sqrt(5), abs=1e-9)


def test_one_value_has_no_interval() -> None:
    assert t_interval([3.0, math.nan], 0.95) == Estimate(1, 3.0, None)


def test_moments_and_running_estimate_agree_with_the_interval() -> None:
    values = np.array([[1.0, np.nan], [4.0, 2.0], [7.5, np.nan], [9.0, 6.0]])
    moments, running = Moments((2,)), RunningEstimate()
    for row in values:
        moments.add(row)
        running.add(float(row[0]))
    for i in range(2):
        want = t_interval(values[:, i], 0.9)
        assert moments.means()[i] == pytest.approx(want.mean, abs=1e-12)
        assert moments.half_widths(0.9)[i] == pytest.approx(want.half_width, abs=1e-12)
    assert running.estimate(0.9).half_width == pytest.approx(t_interval(values[:, 0], 0.9).half_width, abs=1e-12)
    assert moments.n.tolist() == [4, 2]


def test_paired_t_test_p_value() -> None:
    # t = 2 / (1 / sqrt(4)) = 4 on 3 degrees of freedom: p = 0.0280...
    assert t_test(2.0, 1.0, 4) == pytest.approx(0.0280091, abs=1e-6)
    assert t_test(0.0, 0.0, 4) == 1.0
    assert t_test(0.5, 0.0, 4) == 0.0


@pytest.mark.parametrize(
    ("mean", "half", "low", "high", "want"),
    [
        (5.0, 1.0, None, 6.0, "met"),
        (5.0, 1.1, None, 6.0, "not shown"),
        (7.1, 1.0, None, 6.0, "missed"),
        (0.8, 0.05, 0.7, None, "met"),
        (0.6, 0.05, 0.7, None, "missed"),
        (0.5, 0.0, 0.5, 0.5, "met"),
        (0.5, 0.1, 0.3, 0.7, "met"),
        (0.5, 0.3, 0.3, 0.7, "not shown"),
    ],
)
def test_verdict(mean: float, half: float, low: float | None, high: float | None, want: str) -> None:
    assert verdict(Estimate(5, mean, half), low, high) == want
    assert verdict(Estimate(5, mean, half), low, high, growing=True) == "not shown"
    assert verdict(Estimate(1, mean, None), low, high) == "not shown"


def test_growth_needs_a_sure_and_large_trend() -> None:
    assert grows(Estimate(5, 1.0, 0.5), level=100.0, days=50)  # half the level over the window
    assert not grows(Estimate(5, 1.0, 1.5), level=100.0, days=50)
    assert not grows(Estimate(5, 0.2, 0.1), level=100.0, days=50)
    assert not grows(Estimate(2, 1.0, 0.5), level=100.0, days=50)  # two replications agree by chance
    assert grows(Estimate(3, 1.0, 0.5), level=100.0, days=50)
    assert not grows(Estimate(3, 7e-6, 1e-6), level=1e-4, days=60)  # far from one waiting contact more
    assert not grows(Estimate(1, 1.0, None), level=100.0, days=50)
    assert grows(Estimate(1, 3.0, None), level=100.0, days=50)
    assert grows(Estimate(3, 3.0, 9.0), level=100.0, days=50)  # too few replications to be sure, too much to be silent


def test_a_queue_of_impatient_contacts_cannot_grow_without_end() -> None:
    plan = centre_plan()
    known = {("contact.queue.growth", "all"): Estimate(5, 10.0, 0.1), ("contact.queue.mean", "all"): Estimate(5, 2.0, 0.1)}
    for_ever = tuple(dataclasses.replace(line, patience=None, trunks=-1) for line in plan.lines)
    hurried = tuple(dataclasses.replace(line, patience=exponential(0.1)) for line in plan.lines)
    assert backlog_growing(dataclasses.replace(plan, lines=for_ever), known)
    assert not backlog_growing(dataclasses.replace(plan, lines=hurried), known)


def test_grouped_quantiles_are_numpys() -> None:
    rng = np.random.default_rng(5)
    codes = rng.integers(0, 7, 500)
    values = rng.gamma(2.0, 3.0, 500)
    codes[codes == 4] = 3  # group 4 is empty
    ps = (0.0, 0.05, 0.5, 0.9, 0.95, 1.0)
    found = grouped_quantiles(codes, values, 7, ps)
    order = np.argsort(values)
    assert np.array_equal(found, grouped_quantiles(codes[order], values[order], 7, ps, ascending=True), equal_nan=True)
    for g in range(7):
        if g == 4:
            assert np.isnan(found[g]).all()
        else:
            assert np.array_equal(found[g], np.quantile(values[codes == g], ps))
