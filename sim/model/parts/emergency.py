"""Emergency shipments: when a shelf is empty, units come from the nearest upstream stock, else from the vendor."""

from __future__ import annotations

from collections.abc import Callable

from sim.engine.clock import RECEIPT
from sim.model.parts.books import Books
from sim.model.parts.requests import Line, PeggedReceipt
from sim.model.parts.shelf import Shelf
from sim.model.parts.supply import Supply
from sim.scenario.plan import Lane, Plan


class Emergency:
    """Sends units straight to a line that found its shelf empty.

    The units are pegged to the line: they take its backorder off, are outside the inventory position of the location and
    trigger no replenishment there. A location that gives units away reacts as to any demand.
    """

    def __init__(self, plan: Plan, supply: Supply, books: Books, shelf: Callable[[int, int], Shelf]) -> None:
        self._plan = plan
        self._supply = supply
        self._books = books
        self._shelf = shelf

    def send(self, now: float, line: Line, units: int) -> int:
        """Ship `units` to the line; returns how many nobody can supply (they wait for the shelf)."""
        part_ix = line.shelf.part_ix
        lane = self._plan.locations[line.shelf.location_ix].emergency
        assert lane is not None
        for source_ix in self._sources(line.shelf.location_ix, part_ix, lane):
            if self._supply.is_vendor(source_ix):
                line.shelf.bought += units
                self._ship(now, line, lane, source_ix, units, self._supply.draw_lead(source_ix, part_ix))
                return 0
            source = self._shelf(source_ix, part_ix)
            taken = min(source.on_hand, units)
            if taken:
                source.withdraw(now, taken, None, 0)
                self._ship(now, line, lane, source_ix, taken, 0.0)
                units -= taken
                if not units:
                    return 0
        return units

    def _sources(self, location_ix: int, part_ix: int, lane: Lane) -> list[int]:
        """Places to ask, nearest first."""
        if lane.source_ix < 0:
            return self._supply.route(location_ix, part_ix)
        if not self._supply.can_supply(lane.source_ix, part_ix):
            return self._supply.route(location_ix, part_ix)
        # A fixed source that has none left passes the order to its vendor, not to the stock in between.
        return [lane.source_ix, *self._supply.route(lane.source_ix, part_ix)[-1:]]

    def _ship(self, now: float, line: Line, lane: Lane, source_ix: int, units: int, lead_h: float) -> None:
        shelf = line.shelf
        shelf.pegged += units
        there = now + lead_h + self._supply.draw_emergency(shelf.location_ix, lane)
        self._books.at(there, PeggedReceipt(line, units), RECEIPT)
        location, part = self._plan.locations[shelf.location_ix], self._plan.parts[shelf.part_ix]
        cost = lane.cost + lane.cost_per_kg * part.weight_kg * units + location.emergency_premium
        self._books.shipment_row((shelf.part_ix, shelf.location_ix, source_ix, units, 1, now, now, there, cost))
