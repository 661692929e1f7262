"""The measured window, and time inside bins and windows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.calendar import OpenHours, expand, zone_offsets
from sim.scenario.plan import DAY, YEAR, Plan, Shift

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Window:
    """The run after its warm-up, [begin, end) in hours."""

    begin: float
    end: float

    @property
    def hours(self) -> float:
        """Length in hours."""
        return self.end - self.begin

    @property
    def days(self) -> float:
        """Length in days."""
        return self.hours / DAY

    @property
    def years(self) -> float:
        """Length in years of 365 days."""
        return self.hours / YEAR

    def holds(self, t: Floats) -> Bools:
        """True where an instant lies in the window (False for NaN)."""
        return np.asarray((t >= self.begin) & (t < self.end))

    def overlap(self, begin: Floats, end: Floats) -> Floats:
        """Hours of [begin, end] inside the window."""
        return np.asarray(np.maximum(np.minimum(end, self.end) - np.maximum(begin, self.begin), 0.0))

    @property
    def tails(self) -> tuple[Window, Window]:
        """First and last tenth of the window."""
        tenth = self.hours / 10
        return Window(self.begin, self.begin + tenth), Window(self.end - tenth, self.end)

    def growth(self, first: float, last: float) -> float:
        """Growth per day of a level, from its integrals over the first and the last tenth of the window.

        Unlike a fitted slope it is not misled by a season: over a year both tails lie in the same weeks of it.
        """
        return (last - first) / (self.hours / 10) / (0.9 * self.days) if self.hours > 0 else float("nan")


def window_of(plan: Plan) -> Window:
    """Where a plan is measured."""
    return Window(plan.run.warm_up_h, plan.run.horizon_h)


class Occupancy:
    """Hours that intervals spend in each of equal bins, by owner; fed block by block.

    Parameters
    ----------
    owners
        Number of owners.
    width_h
        Width of a bin in hours.
    horizon_h
        End of the last bin; time outside [0, horizon] is cut off.
    """

    def __init__(self, owners: int, width_h: float, horizon_h: float) -> None:
        self.bins = max(1, int(np.ceil(horizon_h / width_h - 1e-9)))
        self._owners, self._width, self._end = owners, width_h, self.bins * width_h
        self._own = np.zeros(owners * self.bins)
        self._later = np.zeros(owners * self.bins)

    def add(self, owner: Ints, begin: Floats, end: Floats, weight: Floats | float = 1.0) -> None:
        """Add intervals; `end` not before `begin`."""
        weight = np.broadcast_to(np.asarray(weight, dtype=np.float64), begin.shape)
        for t, sign in ((begin, 1.0), (end, -1.0)):
            inside = np.clip(t, 0.0, self._end)
            bin_ix = np.minimum((inside / self._width).astype(np.int64), self.bins - 1)
            cell = owner * self.bins + bin_ix
            size = len(self._own)
            # in its own bin an edge counts from itself to the bin's end, in every later bin in full
            self._own += np.bincount(cell, sign * weight * ((bin_ix + 1) * self._width - inside), size)
            self._later += np.bincount(cell, sign * weight, size)

    def hours(self) -> Floats:
        """Array [owners, bins] of hours."""
        own = self._own.reshape(self._owners, self.bins)
        later = self._later.reshape(self._owners, self.bins)
        full = np.cumsum(later, axis=1) - later
        return own + full * self._width


def local_hours(plan: Plan, time_zone: str, t: Floats) -> Floats:
    """Local wall time in hours since Monday 0:00 of the week in which the run starts."""
    from datetime import date

    monday = date.fromisoformat(plan.run.start).weekday() * DAY
    return zone_offsets(time_zone, plan.run.start, plan.run.horizon_h).locals(t) + monday


def open_hours(plan: Plan, calendar_ix: int) -> OpenHours | None:
    """Expanded calendar, None for -1 (always open)."""
    return None if calendar_ix < 0 else expand(plan.calendars[calendar_ix], plan.run.start, plan.run.horizon_h)


def worked(plan: Plan, calendar_ix: int, t: Floats) -> Floats:
    """Open hours in [0, t], elementwise."""
    hours = open_hours(plan, calendar_ix)
    return np.maximum(t, 0.0) if hours is None else hours.worked_many(t)


def scheduled_hours(plan: Plan, shifts: tuple[Shift, ...], window: Window) -> float:
    """Head hours on shift inside the window."""
    edges = np.array([window.begin, window.end])
    return float(sum(shift.heads * np.diff(worked(plan, shift.calendar_ix, edges))[0] for shift in shifts))
