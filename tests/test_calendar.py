"""Opening hours against instants worked out by hand and against Python's own time zones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.calendar import CalendarSpec, OpenHours, expand, union, zone_offsets

YEAR = 8760.0
Day = tuple[tuple[float, float], ...]


def weekly(days: str, *spans: tuple[float, float]) -> tuple[Day, ...]:
    """The spans on each day marked with x, Monday first."""
    return tuple(spans if mark == "x" else () for mark in days)


OFFICE = weekly("xxxxx--", (9.0, 17.0))
ALWAYS = weekly("xxxxxxx", (0.0, 24.0))


def opened(days: tuple[Day, ...], zone: str = "UTC", start: str = "2024-01-01", **exceptions: object) -> OpenHours:
    """2024-01-01 is a Monday."""
    return expand(CalendarSpec("c", zone, days, **exceptions), start, YEAR)  # type: ignore[arg-type]


def hours(text: str, zone: str, start: str = "2024-01-01") -> float:
    """Clock hours of a local time, by the standard library."""
    moment = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
    return (moment - datetime.fromisoformat(start).replace(tzinfo=UTC)).total_seconds() / 3600


def test_office_week_in_utc() -> None:
    o = opened(OFFICE)
    assert o.begins[:6] == [9.0, 33.0, 57.0, 81.0, 105.0, 177.0]
    assert o.ends[:6] == [17.0, 41.0, 65.0, 89.0, 113.0, 185.0]


def test_half_open_at_both_ends() -> None:
    o = opened(OFFICE)
    assert [o.is_open(t) for t in (8.999, 9.0, 16.999, 17.0)] == [False, True, True, False]
    assert o.next_open(0.0) == 9.0
    assert o.next_open(9.0) == 9.0
    assert o.next_open(12.5) == 12.5
    assert o.next_open(17.0) == 33.0
    assert o.next_open(113.0) == 177.0  # Friday evening to Monday
    assert o.closes_at(10.0) == 17.0
    assert o.closes_at(18.0) == 18.0


def test_worked_and_scheduled() -> None:
    o = opened(OFFICE)
    assert o.worked(9.0) == 0.0
    assert o.worked(10.5) == 1.5
    assert o.worked(24.0) == 8.0
    assert o.worked(168.0) == 40.0
    assert o.scheduled(16.0, 34.0) == 2.0
    t = np.array([-1.0, 0.0, 9.0, 10.5, 24.0, 33.25, 168.0, 5000.0])
    assert o.worked_many(t).tolist() == [o.worked(x) for x in t.tolist()]


def test_finish_pauses_at_night_and_over_the_weekend() -> None:
    o = opened(OFFICE)
    assert o.finish(10.0, 2.0) == 12.0
    assert o.finish(16.0, 1.0) == 17.0  # exactly at closing
    assert o.finish(16.0, 1.5) == 33.5
    assert o.finish(105.0, 9.0) == 178.0  # Friday 9:00, nine hours: Monday 10:00
    assert o.finish(20.0, 0.5) == 33.5  # asked for at night
    assert o.finish(9.0, 40.0) == 113.0  # a whole week
    assert o.finish(9.0, 80.0) == 113.0 + 168.0
    assert o.finish(20.0, 0.0) == 20.0


def test_never_open() -> None:
    o = opened(weekly("-------"))
    assert o.next_open(0.0) == float("inf")
    assert o.finish(0.0, 1.0) == float("inf")
    assert o.worked(100.0) == 0.0
    assert o.worked_many(np.array([1.0, 2.0])).tolist() == [0.0, 0.0]
    assert not o.is_open(5.0)
    assert o.working_days_after(0.0, 1) == float("inf")


def test_always_open_is_one_interval() -> None:
    o = opened(ALWAYS, "Asia/Shanghai")
    assert (o.begins, o.ends) == ([0.0], [float("inf")])
    assert o.finish(5.0, 7.0) == 12.0
    assert o.next_open(3.0) == 3.0
    assert o.worked(1e6) == 1e6
    assert o.closes_at(3.0) == float("inf")


def test_always_open_but_for_one_holiday() -> None:
    o = opened(ALWAYS, closed=("2024-01-03",))
    assert o.begins[:2] == [0.0, 72.0]
    assert o.ends[0] == 48.0
    assert o.finish(47.0, 2.0) == 73.0


def test_summer_time_in_oslo() -> None:
    o = opened(OFFICE, "Europe/Oslo")
    # Friday 2024-03-29 9:00 is 8:00 UTC; Monday 2024-04-01 9:00 is 7:00 UTC
    friday, monday = hours("2024-03-29T09:00", "Europe/Oslo"), hours("2024-04-01T09:00", "Europe/Oslo")
    assert friday % 24 == 8.0
    assert monday % 24 == 7.0
    assert friday in o.begins
    assert monday in o.begins
    assert o.finish(friday, 8.5) == monday + 0.5
    autumn = hours("2024-10-28T09:00", "Europe/Oslo")
    assert autumn % 24 == 8.0
    assert autumn in o.begins


def test_night_shift_is_an_hour_shorter_or_longer_when_clocks_change() -> None:
    o = opened(weekly("xxxxxxx", (22.0, 30.0)), "Europe/Oslo")
    length = {begin: end - begin for begin, end in zip(o.begins, o.ends, strict=True)}
    assert length[hours("2024-03-30T22:00", "Europe/Oslo")] == 7.0
    assert length[hours("2024-03-29T22:00", "Europe/Oslo")] == 8.0
    assert length[hours("2024-10-26T22:00", "Europe/Oslo")] == 9.0


def test_wall_times_that_never_or_twice_occur() -> None:
    o = opened(weekly("xxxxxxx", (2.5, 4.0)), "Europe/Oslo")
    changed = hours("2024-03-31T03:00", "Europe/Oslo")  # 2:30 does not exist: opens when clocks jump to 3:00
    assert o.ends[o.begins.index(changed)] == changed + 1.0
    first = hours("2024-10-27T02:30", "Europe/Oslo")  # fold 0: the first of the two
    assert o.ends[o.begins.index(first)] == first + 2.5


def test_spans_across_midnight_and_adjacent_days_are_joined() -> None:
    wrapped = opened(weekly("xxxxxxx", (22.0, 6.0)))
    assert (wrapped.begins[0], wrapped.ends[0]) == (0.0, 6.0)  # begun the evening before the run
    assert (wrapped.begins[1], wrapped.ends[1]) == (22.0, 30.0)
    split = opened(weekly("xxxxxxx", (0.0, 6.0), (22.0, 24.0)))
    assert split.begins[:50] == wrapped.begins[:50]
    assert split.ends[:50] == wrapped.ends[:50]
    overlapping = opened(weekly("x------", (8.0, 12.0), (10.0, 14.0)))
    assert (overlapping.begins[0], overlapping.ends[0]) == (8.0, 14.0)


def test_the_first_day_is_cut_at_the_start_of_the_clock() -> None:
    o = opened(weekly("xxxxxxx", (9.0, 18.0)), "Asia/Shanghai")
    assert (o.begins[0], o.ends[0]) == (1.0, 10.0)
    o = opened(weekly("xxxxxxx", (6.0, 18.0)), "Asia/Shanghai")  # 22:00 UTC of the day before
    assert (o.begins[0], o.ends[0]) == (0.0, 10.0)


def test_make_up_days_and_holidays() -> None:
    # 2024-02-09 (a Friday) off, Sunday 2024-02-04 worked like a Monday with its own hours
    days = (((8.0, 16.0),), *OFFICE[1:])
    o = opened(days, "Asia/Shanghai", closed=("2024-02-09",), open_as=(("2024-02-04", 0),))
    sunday = hours("2024-02-04T08:00", "Asia/Shanghai")
    assert o.ends[o.begins.index(sunday)] == sunday + 8.0
    assert not o.is_open(hours("2024-02-09T10:00", "Asia/Shanghai"))
    assert o.next_open(hours("2024-02-08T20:00", "Asia/Shanghai")) == hours("2024-02-12T08:00", "Asia/Shanghai")


def test_working_days_keep_the_local_time_of_day() -> None:
    o = opened(OFFICE, "Europe/Oslo", closed=("2024-04-01",))
    asked = hours("2024-03-28T15:30", "Europe/Oslo")  # Thursday before the change; Easter Monday closed
    assert o.working_days_after(asked, 1) == hours("2024-03-29T15:30", "Europe/Oslo")
    assert o.working_days_after(asked, 2) == hours("2024-04-02T15:30", "Europe/Oslo")
    sunday = hours("2024-01-07T23:00", "Europe/Oslo")
    assert o.working_days_after(sunday, 1) == hours("2024-01-08T23:00", "Europe/Oslo")
    assert o.working_days_after(sunday, 0) == sunday


def test_working_days_of_an_always_open_site_are_all_days() -> None:
    o = opened(ALWAYS, "Europe/Oslo")
    asked = hours("2024-03-30T12:00", "Europe/Oslo")
    assert o.working_days_after(asked, 3) == hours("2024-04-02T12:00", "Europe/Oslo") == asked + 71.0


def test_union_of_shifts() -> None:
    day, late = opened(weekly("xxxxx--", (8.0, 16.0))), opened(weekly("x----x-", (14.0, 22.0)))
    both = union((day, late))
    assert (both.begins[:3], both.ends[:3]) == ([8.0, 32.0, 56.0], [22.0, 40.0, 64.0])
    assert both.is_open(5 * 24 + 15.0)  # Saturday
    assert both.working_days_after(4 * 24 + 9.0, 1) == 5 * 24 + 9.0
    assert union((day, day)) is day
    assert union((day, opened(ALWAYS))).always
    assert union(()).next_open(0.0) == float("inf")


@pytest.mark.parametrize(
    "zone", ["Europe/Oslo", "America/New_York", "Asia/Kathmandu", "Africa/Casablanca", "Australia/Lord_Howe", "America/Sao_Paulo"]
)
def test_offsets_agree_with_the_standard_library(zone: str) -> None:
    start = "2017-01-01"
    offsets = zone_offsets(zone, start, 2 * YEAR)
    origin = datetime.fromisoformat(start).replace(tzinfo=UTC)
    t = np.arange(0.0, 2 * YEAR, 5.5)
    local = [(origin + timedelta(hours=x)).astimezone(ZoneInfo(zone)).replace(tzinfo=UTC) for x in t.tolist()]
    expected = [(m - origin).total_seconds() / 3600 for m in local]
    assert offsets.locals(t).tolist() == expected
    assert [offsets.local(x) for x in t.tolist()] == expected
    wall = np.arange(0.0, 2 * YEAR, 0.25)
    assert offsets.instants_of(wall).tolist() == [offsets.instant(w) for w in wall.tolist()]


def test_equal_calendars_share_one_expansion() -> None:
    spec = CalendarSpec("a", "Europe/Oslo", OFFICE)
    assert expand(spec, "2024-01-01", 999.0) is expand(CalendarSpec("a", "Europe/Oslo", OFFICE), "2024-01-01", 999.0)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 23), st.integers(1, 24)), min_size=1, max_size=3),
    st.floats(0, 3000),
    st.floats(0.01, 300),
)
def test_finish_inverts_worked(spans: list[tuple[int, int]], t: float, work: float) -> None:
    o = opened(tuple(tuple((float(a), float(b)) for a, b in spans) for _ in range(7)), "Europe/Oslo")
    if not o.begins:
        return
    end = o.finish(t, work)
    assert o.scheduled(t, end) == pytest.approx(work, rel=1e-9, abs=1e-9)
    assert end == float("inf") or end <= o.closes_at(end)
    assert all(b > a for a, b in zip(o.ends[:-1], o.begins[1:], strict=True))
