"""Calendars and profiles of the plan. Equal calendars are shared: thousands of sites keep the same few hours."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from sim.calendar import CalendarSpec
from sim.profile import Profile
from sim.scenario.hours_text import Week, is_calendar_name, parse_hours
from sim.scenario.schema.time import OpeningSpec, ProfileSpec

BUILT_IN_CALENDARS = {"always": "24x7", "office": "mon-fri 8:00-18:00"}
BUILT_IN_PROFILES = ("flat", "office")
_DAYS_OF_MONTHS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) / 365 * 12


@dataclass(frozen=True)
class Opening:
    """Hours that are resolved but not yet a calendar of the plan."""

    week: Week
    time_zone: str | None
    closed: frozenset[str] = frozenset()
    open_as: tuple[tuple[str, int], ...] = ()

    def with_holidays(self, other: Opening) -> Opening:
        """Also closed, and also open, on the dates of another calendar; an explicit closing wins."""
        closed = self.closed | other.closed
        extra = {day: as_day for day, as_day in (*other.open_as, *self.open_as) if day not in self.closed}
        return replace(self, closed=closed - extra.keys(), open_as=tuple(sorted(extra.items())))


class CalendarTable:
    """The calendars of a plan, each distinct one once.

    Parameters
    ----------
    specs
        Calendars by name, as the scenario gives them. References are taken to be right and free of cycles.
    """

    def __init__(self, specs: dict[str, OpeningSpec]) -> None:
        self._specs = specs
        self._named: dict[str, Opening] = {}
        self._by_use: dict[tuple[str, str | None, str | None], tuple[int, str]] = {}
        self._by_content: dict[tuple[object, ...], int] = {}
        self.calendars: list[CalendarSpec] = []

    def named(self, name: str) -> Opening:
        """What a calendar name means."""
        if name not in self._named:
            self._named[name] = self._resolve(name)
        return self._named[name]

    def _resolve(self, name: str) -> Opening:
        spec = self._specs.get(name)
        if spec is None:
            return Opening(parse_hours(BUILT_IN_CALENDARS[name]), None)
        closed = set(spec.closed)
        open_as = dict(spec.open_as)
        for day, exception in spec.exceptions.items():
            if not exception.is_workday:
                closed.add(day)
            elif date.fromisoformat(day).weekday() >= 5:
                open_as.setdefault(day, 0)
        own = Opening((), spec.time_zone, frozenset(closed), tuple(sorted(open_as.items())))
        if not is_calendar_name(spec.hours):
            return replace(own, week=parse_hours(spec.hours))
        parent = self.named(spec.hours)
        merged = Opening(parent.week, spec.time_zone or parent.time_zone, own.closed, own.open_as)
        return merged.with_holidays(parent)

    def use(self, hours: str, time_zone: str | None = None, holidays: str | None = None) -> tuple[int, str]:
        """Index of a calendar (-1: always open) and its time zone.

        Parameters
        ----------
        hours
            Opening hours or the name of a calendar.
        time_zone
            Of the site; goes before that of the calendar.
        holidays
            Calendar whose closed and extra dates are added.
        """
        key = (hours, time_zone, holidays)
        if key not in self._by_use:
            self._by_use[key] = self._add(*key)
        return self._by_use[key]

    def _add(self, hours: str, time_zone: str | None, holidays: str | None) -> tuple[int, str]:
        opening = self.named(hours) if is_calendar_name(hours) else Opening(parse_hours(hours), None)
        if holidays is not None:
            opening = opening.with_holidays(self.named(holidays))
        zone = time_zone or opening.time_zone or (self.named(holidays).time_zone if holidays else None) or "UTC"
        spec = CalendarSpec(hours, zone, opening.week, tuple(sorted(opening.closed)), opening.open_as)
        if spec.is_always:
            return -1, zone
        content = (zone, spec.weekly, spec.closed, spec.open_as)
        if content not in self._by_content:
            self._by_content[content] = len(self.calendars)
            self.calendars.append(spec)
        return self._by_content[content], zone


def weekly_hours(week: Week) -> float:
    """Open hours of a plain week."""
    return sum(end - begin for day in week for begin, end in day)


def compile_profile(name: str, spec: ProfileSpec, calendars: CalendarTable) -> Profile:
    """A profile whose mean over a plain week and year is 1."""
    working = tuple(day in spec.working for day in range(7))
    worked_slots = np.array(spec.working_day or [1.0] * 24)
    other_slots = np.array(spec.other_day) if spec.other_day is not None else worked_slots
    if len(worked_slots) != len(other_slots):
        worked_slots, other_slots = (np.repeat(s, 48 // len(s)) for s in (worked_slots, other_slots))
    weekdays = np.array(spec.weekdays or [1.0] * 7)
    weekdays *= [float((worked_slots if w else other_slots).any()) for w in working]
    months = np.array(spec.months or [1.0] * 12)
    weekdays = _mean_one(weekdays)
    idle = [f for f, w in zip(weekdays, working, strict=True) if not w]
    rest = float(np.mean(idle)) if idle else 1.0
    holidays = calendars.named(spec.holidays) if spec.holidays else Opening((), None)
    zone = spec.time_zone or holidays.time_zone or "UTC"
    return Profile(
        name=name,
        time_zone=zone,
        months=_floats(months / (months @ _DAYS_OF_MONTHS / 12)),
        weekdays=_floats(weekdays),
        working_day=_floats(_mean_one(worked_slots)),
        other_day=_floats(_mean_one(other_slots)),
        working=working,
        holidays=tuple(sorted(holidays.closed)),
        make_up=tuple(day for day, _ in holidays.open_as),
        holiday_factor=rest if spec.holiday_factor is None else spec.holiday_factor,
    )


def built_in_profile(name: str) -> ProfileSpec:
    """The profiles that every scenario has: `flat`, and `office` (Monday to Friday, 8 to 18, even)."""
    if name == "flat":
        return ProfileSpec()
    day = [1.0 if 8 <= hour < 18 else 0.0 for hour in range(24)]
    return ProfileSpec(weekdays=[1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0], working_day=day)


def _mean_one(values: NDArray[np.float64]) -> NDArray[np.float64]:
    mean = values.mean()
    return values / mean if mean > 0 else values


def _floats(values: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(float(v) for v in values)
