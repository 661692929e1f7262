"""Weekly opening patterns with holidays and time zones, expanded to instants on the run's clock.

The clock counts hours from midnight UTC of the start date. Patterns are local: a site in Oslo that opens at 9:00 opens at
8:00 UTC in winter and at 7:00 UTC in summer. A wall time that occurs twice (clocks go back) means its first occurrence; one
that never occurs (clocks go forward) means the instant of the change.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

DAY = 24.0
MARGIN_DAYS = 400  # expanded beyond the horizon, for work and promises that end after it
_INF = float("inf")


@dataclass(frozen=True, slots=True)
class CalendarSpec:
    """Weekly opening pattern in local time with exceptions by date."""

    name: str
    time_zone: str  # IANA
    weekly: tuple[tuple[tuple[float, float], ...], ...]  # Monday..Sunday: (from, to) local hours of the day, to may be 24
    closed: tuple[str, ...] = ()  # ISO dates without opening
    open_as: tuple[tuple[str, int], ...] = ()  # ISO date opened with the pattern of that weekday (0 Monday): make-up workdays

    @property
    def is_always(self) -> bool:
        """Open around the clock with no exception."""
        return bool(self.weekly) and not self.closed and all(day == ((0.0, 24.0),) for day in self.weekly)


@dataclass(frozen=True, slots=True)
class ZoneOffsets:
    """Local time of one zone on the clock: from `instants[i]` on, local = UTC + `offsets[i]` (hours)."""

    instants: tuple[float, ...]  # the first is -inf
    offsets: tuple[float, ...]

    def local(self, t: float) -> float:
        """Local wall time of an instant, in hours since local midnight of the start date."""
        return t + self.offsets[bisect_right(self.instants, t) - 1]

    def instant(self, wall: float) -> float:
        """The instant of a wall time (first occurrence if it occurs twice, the change of clocks if it never occurs)."""
        instants, offsets = self.instants, self.offsets
        for i in range(1, len(instants)):
            t = wall - offsets[i - 1]
            if t < instants[i]:
                return max(t, instants[i - 1])
        return max(wall - offsets[-1], instants[-1])

    def locals(self, t: NDArray[np.float64]) -> NDArray[np.float64]:
        """`local` for an array of instants."""
        segment = np.searchsorted(np.array(self.instants), t, side="right") - 1
        wall: NDArray[np.float64] = t + np.array(self.offsets)[segment]
        return wall

    def instants_of(self, wall: NDArray[np.float64]) -> NDArray[np.float64]:
        """`instant` for an array of wall times."""
        # the first segment i with wall - offsets[i] before its end; the ends in wall time ascend
        changes = np.array(self.instants[1:])
        offsets = np.array(self.offsets)
        if len(changes) == 0:
            segment = np.zeros(wall.shape, np.intp)
        else:
            segment = np.searchsorted(changes + offsets[:-1], wall, side="right")
        t: NDArray[np.float64] = np.maximum(wall - offsets[segment], np.array(self.instants)[segment])
        return t


@lru_cache(maxsize=512)
def zone_offsets(time_zone: str, start: str, horizon_h: float) -> ZoneOffsets:
    """Offsets of a time zone over a run.

    Parameters
    ----------
    time_zone
        IANA name.
    start
        ISO date whose midnight UTC is clock 0.
    horizon_h
        End of the run in hours; `MARGIN_DAYS` are added.

    Raises
    ------
    zoneinfo.ZoneInfoNotFoundError
        If there is no such time zone.
    """
    zone = ZoneInfo(time_zone)
    origin = datetime.combine(date.fromisoformat(start), datetime.min.time(), UTC)
    last = int(horizon_h // DAY) + MARGIN_DAYS + 3

    def offset(second: int) -> float:
        shift = (origin + timedelta(seconds=second)).astimezone(zone).utcoffset()
        return shift.total_seconds() / 3600 if shift is not None else 0.0

    instants, offsets = [-_INF], [offset(-3 * 86400)]
    step = 7 * 86400  # no zone changes twice within a week (Ramadan breaks last four)
    low = -3 * 86400
    while low < last * 86400:
        high = low + step
        if (after := offset(high)) != offsets[-1]:
            a, b = low, high
            while b - a > 1:
                middle = (a + b) // 2
                a, b = (middle, b) if offset(middle) == offsets[-1] else (a, middle)
            instants.append(b / 3600)
            offsets.append(after)
        low = high
    return ZoneOffsets(tuple(instants), tuple(offsets))


class OpenHours:
    """Opening intervals on the clock; built by `expand`. All instants and durations in hours.

    An interval is half-open, [begin, end). Intervals are ascending, disjoint and not adjacent. Do not change the lists:
    sites with the same calendar share them.

    Parameters
    ----------
    begins, ends
        The intervals; an end may be infinite.
    days
        Ascending local day numbers (0 = start date) that have an opening.
    zone
        Offsets of the local time.
    """

    __slots__ = ("_before", "_days", "_zone", "always", "begins", "ends")

    def __init__(self, begins: list[float], ends: list[float], days: Sequence[int], zone: ZoneOffsets) -> None:
        self.begins = begins
        self.ends = ends
        self.always = begins == [0.0] and ends == [_INF]
        self._days = days
        self._zone = zone
        before = [0.0]  # open hours before each begin, and in all
        for begin, end in zip(begins, ends, strict=True):
            before.append(before[-1] + (end - begin))
        self._before = before

    def is_open(self, t: float) -> bool:
        """Whether the instant lies in an interval."""
        if self.always:
            return t >= 0
        i = bisect_right(self.begins, t) - 1
        return i >= 0 and t < self.ends[i]

    def next_open(self, t: float) -> float:
        """The first open instant not before `t`; infinite if there is none."""
        if self.always:
            return t if t > 0 else 0.0
        begins = self.begins
        i = bisect_right(begins, t)
        if i and t < self.ends[i - 1]:
            return t
        return begins[i] if i < len(begins) else _INF

    def closes_at(self, t: float) -> float:
        """The end of the interval that contains `t`; `t` itself if closed then."""
        if self.always:
            return _INF
        i = bisect_right(self.begins, t) - 1
        return self.ends[i] if i >= 0 and t < self.ends[i] else t

    def worked(self, t: float) -> float:
        """Open hours in [0, t]."""
        if self.always:
            return t if t > 0 else 0.0
        i = bisect_right(self.begins, t) - 1
        if i < 0:
            return 0.0
        end = self.ends[i]
        return self._before[i] + ((t if t < end else end) - self.begins[i])

    def scheduled(self, a: float, b: float) -> float:
        """Open hours in [a, b]."""
        return self.worked(b) - self.worked(a)

    def worked_many(self, t: NDArray[np.float64]) -> NDArray[np.float64]:
        """`worked` for an array of instants, any shape."""
        if self.always:
            return np.maximum(t, 0.0)
        if not self.begins:
            return np.zeros_like(t)
        begins, ends = np.array(self.begins), np.array(self.ends)
        i = np.searchsorted(begins, t, side="right") - 1
        k = np.maximum(i, 0)
        return np.where(i < 0, 0.0, np.array(self._before[:-1])[k] + (np.minimum(t, ends[k]) - begins[k]))

    def finish(self, t: float, work: float) -> float:
        """The instant at which `work` open hours have passed since `t`; infinite if that never happens."""
        if self.always or work <= 0:
            return t + work if work > 0 else t
        begins, ends = self.begins, self.ends
        i = bisect_right(begins, t)
        if i and t < ends[i - 1]:
            left = ends[i - 1] - t
            if work <= left:
                return t + work
            work -= left
        if i < len(begins) and work <= ends[i] - begins[i]:
            return begins[i] + work
        before = self._before
        target = before[i] + work
        j = bisect_left(before, target, i) - 1
        if j >= len(begins):
            return _INF
        return min(begins[j] + (target - before[j]), ends[j])

    def working_days_after(self, t: float, days: int) -> float:
        """The same local time of day on the `days`-th following day that has an opening; infinite if there is none."""
        wall = self._zone.local(t)
        today = int(wall // DAY)
        k = bisect_right(self._days, today) + days - 1
        if days <= 0:
            return t
        if k >= len(self._days):
            return _INF
        return self._zone.instant(wall + (self._days[k] - today) * DAY)

    def local(self, t: float) -> float:
        """Local wall time of an instant, in hours since local midnight of the start date."""
        return self._zone.local(t)


@lru_cache(maxsize=1024)
def expand(spec: CalendarSpec, start: str, horizon_h: float) -> OpenHours:
    """Opening intervals of a calendar over a run and `MARGIN_DAYS` beyond it; equal arguments share one result.

    A span that crosses midnight, given as ``(22, 30)`` or ``(22, 6)``, belongs to the date on which it begins.

    Parameters
    ----------
    spec
        The weekly pattern and its exceptions; a date in both `closed` and `open_as` opens.
    start
        ISO date whose midnight UTC is clock 0.
    horizon_h
        End of the run in hours.

    Returns
    -------
    OpenHours
        24x7 is one interval [0, inf).
    """
    zone = zone_offsets(spec.time_zone, start, horizon_h)
    first, last = -2, int(horizon_h // DAY) + MARGIN_DAYS + 2
    if spec.is_always:
        return OpenHours([0.0], [_INF], range(first, last), zone)
    origin = date.fromisoformat(start)
    days = np.arange(first, last)
    weekday = (days + origin.weekday()) % 7
    for text in spec.closed:
        if first <= (k := (date.fromisoformat(text) - origin).days) < last:
            weekday[k - first] = 7
    for text, like in spec.open_as:
        if first <= (k := (date.fromisoformat(text) - origin).days) < last:
            weekday[k - first] = like
    froms: list[NDArray[np.float64]] = []
    tos: list[NDArray[np.float64]] = []
    for day, spans in enumerate(spec.weekly):
        midnights = days[weekday == day] * DAY
        for a, b in spans:
            froms.append(midnights + a)
            tos.append(midnights + (b if b >= a else b + DAY))
    if not froms:
        return OpenHours([], [], (), zone)
    begin, end = zone.instants_of(np.concatenate(froms)), zone.instants_of(np.concatenate(tos))
    begins, ends = _merged(np.maximum(begin, 0.0), np.maximum(end, 0.0))
    is_open = np.array([*(len(spans) > 0 for spans in spec.weekly), False])
    return OpenHours(begins, ends, days[is_open[weekday]].tolist(), zone)


def _merged(begin: NDArray[np.float64], end: NDArray[np.float64]) -> tuple[list[float], list[float]]:
    """The union of intervals, ascending; empty ones are dropped, adjacent ones joined."""
    keep = end > begin
    order = np.argsort(begin[keep], kind="stable")
    begin, end = begin[keep][order], np.maximum.accumulate(end[keep][order])
    if len(begin) == 0:
        return [], []
    fresh = np.concatenate(([True], begin[1:] > end[:-1]))
    final = np.concatenate((fresh[1:], [True]))
    return begin[fresh].tolist(), end[final].tolist()


@lru_cache(maxsize=1024)
def union(parts: tuple[OpenHours, ...]) -> OpenHours:
    """Open whenever any of several calendars is; the local time is that of the first. None at all: never open."""
    if not parts:
        return OpenHours([], [], (), ZoneOffsets((-_INF,), (0.0,)))
    if all(part is parts[0] for part in parts):
        return parts[0]
    for part in parts:
        if part.always:
            return part
    begin = np.array([b for part in parts for b in part.begins], np.float64)
    end = np.array([e for part in parts for e in part.ends], np.float64)
    begins, ends = _merged(begin, end)
    return OpenHours(begins, ends, sorted({day for part in parts for day in part._days}), parts[0]._zone)
