"""Time-weighted integrals by period, kept lazily: a gauge is touched only when its value changes or it is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Gauge:
    """Integral over time of a value that jumps, in rows per period.

    Rows are ``(gauge, owner, sub, begin_h, elapsed_h, integral)``. A stretch of whole periods without a change is one row.
    Period boundaries are ``origin + k * period``; the run begins at 0.
    """

    __slots__ = ("_area", "_begin", "_boundary", "_ids", "_period", "_row", "_since", "value")

    def __init__(
        self, row: Callable[[Any], Any], ids: tuple[int, int, int], origin: float, period: float, value: float = 0.0
    ) -> None:
        self._row = row
        self._ids = ids
        self._period = period
        first = origin % period
        self._boundary = first if first > 0 else period
        self._area = 0.0
        self._since = 0.0
        self._begin = 0.0
        self.value = value

    def set(self, now: float, value: float) -> None:
        """The value is `value` from `now` on."""
        if now >= self._boundary:
            self._cross(now)
        self._area += self.value * (now - self._since)
        self._since = now
        self.value = value

    def add(self, now: float, change: float) -> None:
        """The value changes by `change` at `now`."""
        if now >= self._boundary:
            self._cross(now)
        self._area += self.value * (now - self._since)
        self._since = now
        self.value += change

    def _cross(self, now: float) -> None:
        boundary = self._boundary
        self._area += self.value * (boundary - self._since)
        self._row((*self._ids, self._begin, boundary - self._begin, self._area))
        whole = int((now - boundary) // self._period)
        end = boundary + whole * self._period
        if end > now:  # rounding
            whole -= 1
            end = boundary + whole * self._period
        if whole > 0:
            self._row((*self._ids, boundary, end - boundary, self.value * (end - boundary)))
        self._area = 0.0
        self._since = self._begin = end
        self._boundary = end + self._period

    def finish(self, horizon: float) -> None:
        """Write what is left at the end of the run."""
        if horizon >= self._boundary:
            self._cross(horizon)
        self._area += self.value * (horizon - self._since)
        if horizon > self._begin:
            self._row((*self._ids, self._begin, horizon - self._begin, self._area))
        self._begin = self._since = horizon
        self._area = 0.0
