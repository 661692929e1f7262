"""The event clock: a SimPy environment that also runs lean events.

A lean event is any object with a method ``fire()``. It costs one heap entry and one call. Generator processes,
timeouts and interrupts of SimPy live on the same clock, for what is rare and for users' own extensions.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Any, Protocol, cast

import simpy
from simpy.core import EmptySchedule

# Order of events at one instant (after SimPy's own URGENT = 0).
CAPACITY, COMPLETION, RECEIPT, ARRIVAL, REVIEW = 1, 2, 3, 4, 5


class Event(Protocol):
    """What the clock needs of a lean event."""

    def fire(self) -> None:
        """Happen now."""


class SimPyEvent:
    """Carries an event of SimPy through the lean list: its callbacks run when it fires."""

    __slots__ = ("event",)

    def __init__(self, event: simpy.Event) -> None:
        self.event = event

    def fire(self) -> None:
        """Run the callbacks as SimPy's own step does; a failure nobody handled is raised."""
        event = self.event
        callbacks, event.callbacks = event.callbacks, None  # type: ignore[assignment]  # SimPy marks processed events so
        for callback in callbacks:
            callback(event)
        if not event._ok and not event.defused:
            raise cast(BaseException, event._value)


class Clock(simpy.Environment):
    """Simulation clock in hours; ties are ordered by class, then by creation."""

    def __init__(self) -> None:
        super().__init__(0.0)
        self.events = 0  # lean and SimPy events processed so far
        self._heap = cast("list[tuple[float, int, int, Any]]", self._queue)  # SimPy's own list, typed for lean events

    def at(self, time: float, event: Event, order: int = COMPLETION) -> None:
        """Let `event.fire()` happen at `time` (hours, not before now)."""
        heappush(self._heap, (time, order, next(self._eid), event))

    def schedule(self, event: simpy.Event, priority: int = 1, delay: float = 0) -> None:
        """SimPy's entry: its NORMAL priority becomes the class of completions, URGENT stays first."""
        heappush(self._heap, (self._now + delay, 0 if priority == 0 else COMPLETION, next(self._eid), SimPyEvent(event)))

    def run_until(self, horizon: float) -> None:
        """Process every event strictly before `horizon` (hours), then set the clock to it."""
        heap, pop = self._heap, heappop
        done = 0
        try:
            while heap and heap[0][0] < horizon:
                self._now, _, _, event = pop(heap)
                done += 1
                event.fire()
        finally:
            self.events += done
        self._now = horizon

    def step(self) -> None:
        """Process the next event (SimPy's interface).

        Raises
        ------
        EmptySchedule
            If nothing is scheduled.
        """
        if not self._heap:
            raise EmptySchedule
        self._now, _, _, event = heappop(self._heap)
        self.events += 1
        event.fire()
