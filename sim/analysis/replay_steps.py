"""Values that jump, on the ticks of a replay: queues, people at work, open orders, units on the shelf.

A replay cuts a window of a replication into ticks of a whole number of minutes. A value belongs to the instant of its tick: all
that happened up to and including that instant has been counted. What begins and ends between two ticks is not seen.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from sim.analysis.window import Bools, Floats, Ints

MAX_TICKS = 10_080  # minutes of a week; longer windows have longer ticks
_SAME = 1e-6  # ticks; instants so close to a tick are on it


@dataclass(frozen=True, slots=True)
class Ticks:
    """The window [begin, end] in hours of the clock, cut into ticks of `minutes`; tick 0 is its begin."""

    begin: float
    end: float

    @property
    def minutes(self) -> int:
        """Minutes from one tick to the next."""
        return max(1, int(np.ceil((self.end - self.begin) * 60.0 / MAX_TICKS - _SAME)))

    @property
    def count(self) -> int:
        """The last tick."""
        return int(np.ceil((self.end - self.begin) * 60.0 / self.minutes - _SAME))

    def after(self, at_h: Floats) -> Ints:
        """The first tick not before an instant; negative for what lies before the window."""
        exact = (at_h - self.begin) * (60.0 / self.minutes)
        found: Ints = np.ceil(exact - _SAME).astype(np.int64)
        return found

    def exact(self, at_h: Floats) -> Floats:
        """An instant in ticks."""
        return np.asarray((at_h - self.begin) * (60.0 / self.minutes), np.float64)

    def instants(self) -> Floats:
        """The instants of all ticks, in hours of the clock."""
        return np.asarray(self.begin + np.arange(self.count + 1) * (self.minutes / 60.0), np.float64)


@dataclass(frozen=True)
class Steps:
    """Step functions of several owners on the ticks of a window.

    Entries ``first[i]`` to ``first[i + 1]`` belong to owner i: from tick `at` on its value is `value`, before its first entry 0.
    """

    first: Ints
    at: Ints
    value: Ints

    @property
    def owners(self) -> int:
        """Number of step functions."""
        return len(self.first) - 1

    def of(self, owner: int, count: int) -> Ints:
        """The value of one owner at the ticks 0 to `count`."""
        mine = slice(int(self.first[owner]), int(self.first[owner + 1]))
        jumps = np.zeros(count + 1, np.int64)
        jumps[self.at[mine]] = np.diff(self.value[mine], prepend=0)
        return np.cumsum(jumps)

    def total(self, count: int, owners: Ints | None = None) -> Ints:
        """The sum over owners (all, or those named) at the ticks 0 to `count`."""
        jumps = self._jumps()
        of = np.repeat(np.arange(self.owners), np.diff(self.first))
        keep = slice(None) if owners is None else np.isin(of, owners)
        found: Ints = np.cumsum(np.bincount(self.at[keep], jumps[keep], count + 1)).round().astype(np.int64)
        return found

    def means(self, count: int) -> Floats:
        """Mean of each owner over the window."""
        if count == 0 or not len(self.at):
            return np.zeros(self.owners)
        of = np.repeat(np.arange(self.owners), np.diff(self.first))
        found: Floats = np.bincount(of, self._jumps() * (count - self.at), self.owners) / float(count)
        return found

    def highest(self) -> Ints:
        """Highest value of each owner."""
        found = np.zeros(self.owners, np.int64)
        np.maximum.at(found, np.repeat(np.arange(self.owners), np.diff(self.first)), self.value)
        return found

    def _jumps(self) -> Ints:
        jumps = np.diff(self.value, prepend=0)
        heads = self.first[:-1][np.diff(self.first) > 0]
        jumps[heads] = self.value[heads]
        return jumps


@dataclass
class StepFeed:
    """Collects jumps, block by block; those before the window make up the values at its begin."""

    ticks: Ticks
    owners: int
    _start: Floats = field(init=False)
    _keys: list[Ints] = field(default_factory=list)
    _jumps: list[Floats] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._start = np.zeros(self.owners)

    def add(self, owner: Ints, at_h: Floats, jump: Floats | float) -> None:
        """The value of `owner` changes by `jump` at an instant; NaN and what lies after the window is left out."""
        jumps = np.broadcast_to(np.asarray(jump, np.float64), at_h.shape)
        known = at_h <= self.ticks.end  # False for NaN
        owner, jumps, tick = owner[known].astype(np.int64), jumps[known], self.ticks.after(at_h[known])
        before = tick <= 0
        self._start += np.bincount(owner[before], jumps[before], self.owners)
        inside = ~before
        self._keys.append(owner[inside] * (self.ticks.count + 1) + tick[inside])
        self._jumps.append(jumps[inside])

    def stay(self, owner: Ints, begin_h: Floats, end_h: Floats, weight: Floats | float = 1.0, where: Bools | None = None) -> None:
        """Something is with `owner` from `begin_h` until `end_h` (NaN: for good)."""
        if where is not None:
            owner, begin_h, end_h = owner[where], begin_h[where], end_h[where]
            weight = weight[where] if isinstance(weight, np.ndarray) else weight
        self.add(owner, begin_h, weight)
        self.add(owner, end_h, -np.asarray(weight, np.float64))

    def steps(self) -> Steps:
        """The step functions of all jumps so far."""
        width = self.ticks.count + 1
        started = np.flatnonzero(self._start)
        keys = np.concatenate([started * width, *self._keys]).astype(np.int64)
        jumps = np.concatenate([self._start[started], *self._jumps])
        return steps_of(keys, jumps, self.owners, width)


def steps_of(keys: Ints, jumps: Floats, owners: int, width: int) -> Steps:
    """Step functions from jumps at ``owner * width + tick``, in any order."""
    cells, place = np.unique(keys, return_inverse=True)
    change = np.bincount(place, jumps, len(cells)).round().astype(np.int64)
    cells, change = cells[change != 0], change[change != 0]
    owner = cells // width
    first = np.searchsorted(owner, np.arange(owners + 1))
    summed = np.cumsum(change)
    before = np.concatenate([[0], summed])[first[:-1]]
    return Steps(first, cells % width, summed - np.repeat(before, np.diff(first)))
