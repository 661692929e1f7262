"""Windows, trends and time in bins."""

from __future__ import annotations

import numpy as np
import pytest
from small_tables import centre_plan

from sim.analysis.window import Floats, Occupancy, Window, local_hours, scheduled_hours
from sim.calendar import CalendarSpec
from sim.scenario.plan import Shift

OFFICE = CalendarSpec("office", "Asia/Shanghai", (((9.0, 17.0),),) * 5 + ((),) * 2)


def growth(window: Window, begin: Floats, end: Floats) -> float:
    return window.growth(*(float(tail.overlap(begin, end).sum()) for tail in window.tails))


def test_growth_of_a_straight_backlog() -> None:
    # orders opened at 0, 24, 48 ... and never closed: the curve is a staircase of one order a day
    window = Window(0.0, 2400.0)
    opened = np.arange(100) * 24.0
    assert growth(window, opened, np.full(100, np.inf)) == pytest.approx(1.0, rel=1e-9)
    assert growth(window, np.array([-5.0]), np.array([9999.0])) == pytest.approx(0.0, abs=1e-12)


def test_a_season_is_no_growth() -> None:
    # a year from April: 20 open in winter, 10 in summer; a fitted line would rise
    window = Window(0.0, 8760.0)
    winter = np.arange(10) * 0.0
    begin = np.concatenate((winter, np.zeros(10), np.full(10, 4380.0)))
    end = np.concatenate((np.full(10, 8760.0), np.full(10, 876.0), np.full(10, 8760.0)))
    assert growth(window, begin, end) == pytest.approx(0.0, abs=1e-9)


def test_occupancy_splits_intervals_at_bin_edges() -> None:
    found = Occupancy(2, 1.0, 4.0)
    found.add(np.array([0, 0, 1]), np.array([0.25, 1.5, 0.0]), np.array([0.75, 3.25, 9.0]), np.array([1.0, 2.0, 1.0]))
    assert found.hours().tolist() == [[0.5, 1.0, 2.0, 0.5], [1.0, 1.0, 1.0, 1.0]]


def test_local_hours_count_from_monday() -> None:
    # 1 January 2024 is a Monday; Shanghai is 8 hours ahead
    assert local_hours(centre_plan(), "Asia/Shanghai", np.array([0.0, 30.0])).tolist() == [8.0, 38.0]


def test_scheduled_hours_follow_the_calendar() -> None:
    plan = centre_plan(calendars=(OFFICE,))
    # Monday 9-17 in Shanghai is 1-9 UTC
    assert scheduled_hours(plan, (Shift(0, 3), Shift(-1, 1)), Window(2.0, 12.0)) == pytest.approx(3 * 7 + 10)
