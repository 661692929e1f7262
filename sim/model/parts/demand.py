"""Part demand that no repair order makes: Poisson streams at locations."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sim.columns import H_SHELF
from sim.distributions import exponential
from sim.engine.clock import ARRIVAL
from sim.model.parts.draws import Draw, sampler
from sim.model.parts.requests import Expediter, Line
from sim.model.parts.shelf import Shelf

if TYPE_CHECKING:
    from sim.scenario.plan import Demand, Plan
    from sim.streams import Streams


class DemandStream:
    """Poisson demand for one part at one location; the stream is its own next arrival.

    Gaps are unit-rate exponentials divided by the rate, so that a demand scaled up stays in step under one seed.
    """

    __slots__ = ("_at", "_clock", "_expediter", "_gap", "_ids", "_numbers", "_row", "_shelf", "_size")

    def __init__(self, shelf: Shelf, gap: Draw, size: Draw | None, expediter: Expediter) -> None:
        books = shelf.books
        self._shelf = shelf
        self._gap = gap
        self._size = size
        self._expediter = expediter
        self._at = books.at
        self._clock = books.clock
        self._row = books.demand_row
        self._numbers = books.numbers
        self._ids = shelf.part_ix, shelf.location_ix
        self._at(books.clock._now + gap(), self, ARRIVAL)

    def fire(self) -> None:
        """One demand, and the next arrival."""
        shelf = self._shelf
        now = self._clock._now
        self._at(now + self._gap(), self, ARRIVAL)
        number = next(self._numbers)
        units = 1 if self._size is None else max(1, round(self._size()))
        if shelf.on_hand >= units:  # what a Line does in this case, without making one
            shelf.withdraw(now, units, None, 0)
            shelf.consumed += units
            part_ix, location_ix = self._ids
            self._row((-1, number, part_ix, location_ix, units, now, now, units, H_SHELF))
        else:
            Line(shelf, units, now, number).ask(now, 0, self._expediter)


def start_streams(plan: Plan, streams: Streams, shelf: Callable[[int, int], Shelf], expediter: Expediter) -> None:
    """Start every demand stream of the plan: ``demand/<location>/<part>``; a second one for the same part ends in ``/2``."""
    for location_ix, demand, owner in demand_streams(plan):
        gap = sampler(streams, f"demand/{owner}", exponential(1 / demand.rate))
        size = None if demand.size is None else sampler(streams, f"demand-size/{owner}", demand.size)
        DemandStream(shelf(location_ix, demand.part_ix), gap, size, expediter)


def demand_streams(plan: Plan) -> list[tuple[int, Demand, str]]:
    """Location, demand and name of every demand stream of the plan."""
    found: list[tuple[int, Demand, str]] = []
    for location_ix, location in enumerate(plan.locations):
        seen: dict[int, int] = {}
        for demand in location.demands:
            if demand.rate <= 0:
                continue
            again = seen[demand.part_ix] = seen.get(demand.part_ix, 0) + 1
            owner = f"{location.name}/{plan.parts[demand.part_ix].name}" + (f"/{again}" if again > 1 else "")
            found.append((location_ix, demand, owner))
    return found
