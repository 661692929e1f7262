"""What all shelves of a run share: the clock, the rows they write and the lines that are still open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

from sim.engine.clock import RECEIPT, Clock, Event
from sim.model.seams import Context
from sim.scenario.plan import SHELF_PERIOD

if TYPE_CHECKING:
    from sim.model.parts.requests import Line, Request

Row = Callable[[Any], None]


@dataclass(slots=True)
class Books:
    """Shared state of the parts wing; functions are bound once because they are called for every unit that moves."""

    clock: Clock
    at: Callable[[float, Event, int], None]
    gauge_row: Row
    shipment_row: Row
    demand_row: Row
    first_boundary: float  # end of the first gauge period (h)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))  # of requests; 0 means filled at once
    expedited: dict[Line, None] = field(default_factory=dict)  # lines that wait for emergency units
    done: list[Request] = field(default_factory=list)  # complete, waiter not told yet

    def announce(self) -> None:
        """Tell the waiters of all requests that became complete."""
        batch, self.done = self.done, []
        for request in batch:
            request.announce()

    def announce_later(self) -> None:
        """The same after the present call has returned, at the same instant."""
        if self.done:
            batch, self.done = self.done, []
            for request in batch:
                self.at(self.clock._now, request, RECEIPT)


def open_books(ctx: Context) -> Books:
    """Books for one replication; gauge periods begin at ``warm_up_h % SHELF_PERIOD``."""
    origin = ctx.plan.run.warm_up_h % SHELF_PERIOD
    tables = ctx.recorder
    return Books(
        clock=ctx.clock,
        at=ctx.clock.at,
        gauge_row=tables["gauges"].row,
        shipment_row=tables["replenishments"].row,
        demand_row=tables["part_demands"].row,
        first_boundary=origin if origin > 0 else SHELF_PERIOD,
    )
