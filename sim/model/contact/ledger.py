"""Gauges that also know their whole integral, for the sample-path checks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sim.engine.gauge import Gauge


class TotalGauge(Gauge):
    """A gauge that adds up its rows, and may write them a second time under the name of an equal quantity.

    Parameters
    ----------
    row
        Where rows go.
    ids
        (gauge, owner, sub).
    origin, period
        Period boundaries are ``origin + k * period``, h.
    value
        Value at the begin of the run.
    also
        Gauge code of a quantity that is always equal; -1: none.
    """

    __slots__ = ("_also", "_write", "integral")

    def __init__(
        self,
        row: Callable[[Any], Any],
        ids: tuple[int, int, int],
        origin: float,
        period: float,
        value: float = 0.0,
        also: int = -1,
    ) -> None:
        self._write = row
        self._also = also
        self.integral = 0.0
        super().__init__(self._tap, ids, origin, period, value)

    def _tap(self, values: tuple[float, ...]) -> None:
        self.integral += values[5]
        self._write(values)
        if self._also >= 0:
            self._write((self._also, *values[1:]))
