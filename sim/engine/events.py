"""The event list: the clock's hand, and the pending events in order of time, class of ties and sequence.

The compiled one (`sim/_fast.c`) and the one here give the same order, because a sequence number is taken when an event
enters the list. Which one the clock is built on is decided at start (:mod:`sim.native`).
"""

from __future__ import annotations

from heapq import heappop, heappush
from math import inf
from typing import TYPE_CHECKING, Protocol

from sim.native import PURE_EVENTS, fast


class Event(Protocol):
    """What the clock needs of a lean event."""

    def fire(self) -> None:
        """Happen now."""


Entry = tuple[int, int, Event]  # class of ties, sequence number, event


class PureEventList:
    """The event list on Python's own heap.

    The heap holds bare instants, which Python compares several times faster than tuples; the events of an instant are found
    in a dictionary: mostly one, else a heap of their own.
    """

    def __init__(self) -> None:
        self._now = 0.0
        self._instants: list[float] = []
        self._due: dict[float, Entry | list[Entry]] = {}
        self._sequence = 0
        self._events = 0

    @property
    def events(self) -> int:
        """Events taken so far."""
        return self._events

    @property
    def pending(self) -> int:
        """Events still to come."""
        return sum(1 if type(due) is tuple else len(due) for due in self._due.values())

    def at(self, time: float, event: Event, order: int = 2) -> None:
        """Let `event.fire()` happen at `time` (hours, not before now); events of one instant go by `order`, then by creation."""
        self._sequence = sequence = self._sequence + 1
        due = self._due.setdefault(time, entry := (order, sequence, event))
        if due is entry:
            heappush(self._instants, time)
        elif type(due) is list:
            heappush(due, entry)
        else:
            self._due[time] = [due, entry] if due < entry else [entry, due]  # type: ignore[operator,list-item]

    def take(self) -> Event:
        """Set the clock to the next event and take it; IndexError if there is none."""
        time = self._instants[0]
        due = self._due[time]
        if type(due) is list:
            event = heappop(due)[2]
            if len(due) == 1:
                self._due[time] = due[0]
        else:
            event = due[2]  # type: ignore[assignment]
            heappop(self._instants)
            del self._due[time]
        self._now = time
        self._events += 1
        return event

    def peek(self) -> float:
        """Time of the next event, h; infinite if there is none."""
        return self._instants[0] if self._instants else inf

    def run_until(self, horizon: float) -> None:
        """Fire every event strictly before `horizon` (hours), each with the clock at its time, then set the clock to it."""
        instants, all_due, pop = self._instants, self._due, heappop
        done = 0
        try:
            while instants and (time := instants[0]) < horizon:
                due = all_due[time]
                if type(due) is tuple:
                    pop(instants)
                    del all_due[time]
                    self._now = time
                    done += 1
                    due[2].fire()
                else:
                    self.take().fire()
        finally:
            self._events += done
        self._now = horizon


if TYPE_CHECKING:
    EventList = PureEventList
else:
    EventList = PureEventList if fast is None or PURE_EVENTS else fast.EventList
