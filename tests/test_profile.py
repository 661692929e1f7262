"""Demand follows the profile in local time, and the mean demand is that of the plain rate."""

from __future__ import annotations

import numpy as np
import pytest

from sim.profile import Profile, demand_clock

FLAT_DAY = (1.0,) * 24
OFFICE_DAY = tuple(1.0 if 8 <= h < 18 else 0.0 for h in range(24))


def office(zone: str = "UTC", **changes: object) -> Profile:
    fields: dict[str, object] = {
        "name": "office",
        "time_zone": zone,
        "months": (1.0,) * 12,
        "weekdays": (1.0,) * 5 + (0.0,) * 2,
        "working_day": OFFICE_DAY,
        "other_day": FLAT_DAY,
    }
    return Profile(**{**fields, **changes})  # type: ignore[arg-type]


def test_the_mean_over_whole_weeks_is_one() -> None:
    clock = demand_clock(office(), "2018-01-01", 52 * 168.0)  # 2018-01-01 is a Monday
    assert clock.at(52 * 168.0) == pytest.approx(52 * 168.0)


def test_demand_falls_only_in_office_hours_of_the_local_day() -> None:
    clock = demand_clock(office("Asia/Shanghai"), "2018-01-01", 400.0)  # Shanghai is UTC+8: open 0:00 to 10:00 UTC
    assert clock.at(10.0) - clock.at(0.0) == pytest.approx(168 / 5)
    assert clock.at(24.0) - clock.at(10.0) == pytest.approx(0.0)
    instants = clock.invert(np.linspace(0.01, 168.0, 200))
    assert np.all(instants % 24 <= 10.0 + 1e-9)


def test_summer_time_moves_the_day_by_one_hour() -> None:
    clock = demand_clock(office("Europe/Oslo"), "2018-03-19", 600.0)  # change on Sunday 2018-03-25
    assert clock.at(7.0) == pytest.approx(0.0)  # Monday 8:00 winter time = 7:00 UTC
    monday_after = 7 * 24.0
    assert clock.at(monday_after + 6.0) == pytest.approx(168.0)
    assert clock.at(monday_after + 7.0) == pytest.approx(168.0 + 168 / 50)


def test_holidays_and_make_up_days() -> None:
    profile = office(holidays=("2018-01-02",), make_up=("2018-01-06",), holiday_factor=0.5)
    clock = demand_clock(profile, "2018-01-01", 168.0)
    per_day = [clock.at(24.0 * (d + 1)) - clock.at(24.0 * d) for d in range(7)]
    full = 24 * 7 / 5
    assert per_day == pytest.approx([full, full / 2, full, full, full, full, 0.0])
    assert clock.at(24 + 3.0) - clock.at(24.0) == pytest.approx(full / 2 * 3 / 24)  # a holiday has the hours of other days


def test_months_scale_the_year() -> None:
    months = tuple(2.0 if m == 0 else 1.0 for m in range(12))
    profile = office(weekdays=(1.0,) * 7, working_day=FLAT_DAY, months=months)
    clock = demand_clock(profile, "2018-01-01", 8760.0)
    assert clock.at(31 * 24.0) == pytest.approx(31 * 24 * 2 / (13 / 12))
    assert clock.at(59 * 24.0) - clock.at(31 * 24.0) == pytest.approx(28 * 24 / (13 / 12))
