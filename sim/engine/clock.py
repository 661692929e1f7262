"""The event clock: a SimPy environment that also runs lean events.

A lean event is any object with a method ``fire()``. It costs one entry of the event list and one call. Generator processes,
timeouts and interrupts of SimPy live on the same clock, for what is rare and for users' own extensions.
"""

from __future__ import annotations

from typing import Final, cast

import simpy
from simpy.core import EmptySchedule

from sim.engine.events import Event as Event
from sim.engine.events import EventList

# Order of events at one instant (after SimPy's own URGENT = 0).
CAPACITY: Final = 1
COMPLETION: Final = 2
RECEIPT: Final = 3
ARRIVAL: Final = 4
REVIEW: Final = 5


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


class Clock(EventList, simpy.Environment):
    """Simulation clock in hours; ties are ordered by class, then by creation.

    ``at``, ``run_until``, ``peek``, ``events`` and ``pending`` are the event list's, the rest is SimPy's.
    """

    def __init__(self) -> None:
        EventList.__init__(self)
        simpy.Environment.__init__(self, 0.0)

    def schedule(self, event: simpy.Event, priority: int = 1, delay: float = 0) -> None:
        """SimPy's entry: its NORMAL priority becomes the class of completions, URGENT stays first."""
        self.at(self._now + delay, SimPyEvent(event), 0 if priority == 0 else COMPLETION)

    def step(self) -> None:
        """Process the next event (SimPy's interface).

        Raises
        ------
        EmptySchedule
            If nothing is scheduled.
        """
        if not self.pending:
            raise EmptySchedule
        self.take().fire()
