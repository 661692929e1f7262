"""Demand profiles: relative demand over the year, the week and the day, in local time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Profile:
    """Relative demand by month, weekday and time of day; only ratios matter, the mean over a plain week and year is made 1."""

    name: str
    time_zone: str
    months: tuple[float, ...]  # 12 factors
    weekdays: tuple[float, ...]  # 7 factors Monday..Sunday: relative volume of the day
    working_day: tuple[float, ...]  # relative demand per equal slot of the day (24 or 48 of them)
    other_day: tuple[float, ...]  # the same for days whose weekday counts as non-working, and holidays
    working: tuple[bool, ...] = (True, True, True, True, True, False, False)  # which weekdays are working days
    holidays: tuple[str, ...] = ()  # ISO dates that behave as other_day, at `holiday_factor`
    make_up: tuple[str, ...] = ()  # ISO dates of weekends worked: weekday factor of a Monday, working_day hours
    holiday_factor: float = 1.0  # the day's weekday factor is replaced by this on holidays


class DemandClock:
    """Cumulative relative demand F(t) = integral of the factor over [0, t], piecewise linear, and its inverse.

    `times` and `cumulative` are float arrays of equal length; a flat profile has F(t) = t.
    """

    def __init__(self, times: NDArray[np.float64], cumulative: NDArray[np.float64]) -> None:
        self.times = times
        self.cumulative = cumulative

    def at(self, t: float) -> float:
        """F(t), hours of average demand."""
        return float(np.interp(t, self.times, self.cumulative))

    def invert(self, f: NDArray[np.float64]) -> NDArray[np.float64]:
        """Instants at which F reaches `f` (ascending)."""
        return np.interp(f, self.cumulative, self.times)


def flat_clock(horizon_h: float) -> DemandClock:
    """The clock of constant demand."""
    ends = np.array([0.0, horizon_h + 24.0])
    return DemandClock(ends, ends)


@lru_cache(maxsize=64)
def demand_clock(profile: Profile, start: str, horizon_h: float) -> DemandClock:
    """Expand a profile over [0, horizon_h] of a run that begins at midnight UTC of `start`."""
    zone = ZoneInfo(profile.time_zone)
    first = date.fromisoformat(start)
    origin = datetime(first.year, first.month, first.day, tzinfo=UTC)
    months = np.array(profile.months) / np.mean(profile.months)
    shapes = {True: _shape(profile.working_day), False: _shape(profile.other_day)}
    day_factors = np.array(profile.weekdays) / np.mean(profile.weekdays)
    holiday_factor = profile.holiday_factor / float(np.mean(profile.weekdays))
    holidays, make_up = frozenset(profile.holidays), frozenset(profile.make_up)

    edges: list[float] = []
    rates: list[float] = []
    day = first - timedelta(days=2)
    last = first + timedelta(hours=horizon_h + 72)
    while day <= last:
        iso, weekday = day.isoformat(), day.weekday()
        if iso in make_up:
            is_working, factor = True, float(day_factors[0])
        elif iso in holidays:
            is_working, factor = False, holiday_factor
        else:
            is_working, factor = profile.working[weekday], float(day_factors[weekday])
        shape = shapes[is_working]
        edges.extend(_slot_instants(day, len(shape), zone, origin))
        rates.extend((shape * (factor * months[day.month - 1])).tolist())
        day += timedelta(days=1)
    times = np.array(edges)
    widths = np.diff(times, append=times[-1] + (times[-1] - times[-2]))
    cumulative = np.concatenate(([0.0], np.cumsum(np.array(rates) * widths)))
    times = np.append(times, times[-1] + widths[-1])
    at_zero = float(np.interp(0.0, times, cumulative))
    keep = times > 0.0
    return DemandClock(np.concatenate(([0.0], times[keep])), np.concatenate(([0.0], cumulative[keep] - at_zero)))


def _shape(slots: tuple[float, ...]) -> NDArray[np.float64]:
    values = np.array(slots, dtype=float)
    mean = values.mean()
    return values / mean if mean > 0 else values


def _slot_instants(day: date, slots: int, zone: ZoneInfo, origin: datetime) -> list[float]:
    """Clock hours at which the slots of a local day begin; on days with a clock change the slots follow the local time."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
    begin = (midnight - origin).total_seconds() / 3600
    step = 24 / slots
    if (midnight + timedelta(days=1)).utcoffset() == midnight.utcoffset():
        return [begin + step * k for k in range(slots)]
    local = [midnight + timedelta(hours=step * k) for k in range(slots)]
    instants = [(t.astimezone(UTC) - origin).total_seconds() / 3600 for t in local]
    return list(np.maximum.accumulate(instants))
