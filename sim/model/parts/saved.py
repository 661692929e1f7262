"""Shelves that begin as an earlier run ended, and what is kept of them at the end of a run.

Saved of every shelf: units on hand, shipments on their way with the time that is left, units that its source owes it, and units
that it owes to those who wait, each with the time since they were asked for. So the inventory position is what it was. Who
waited is not saved: an unknown customer takes his place and uses the units when they come. Units reserved for a repair order, or
on an emergency way to one, go with the order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sim.columns import S_IN_TRANSIT, S_ON_HAND, S_OWED, S_WAITING
from sim.model.parts.books import Books
from sim.model.parts.requests import Line
from sim.model.parts.shelf import Claimant, Shelf
from sim.scenario.plan import Plan

State = tuple[int, int, int, float, int, int]  # location, part, what of SAVED, hours, units, priority


@dataclass(slots=True)
class SavedShelf:
    """How one shelf begins; instants in hours, those of what was asked for before the run are not above 0."""

    on_hand: int = 0
    in_transit: list[tuple[float, int]] = field(default_factory=list)  # (arrival, units)
    owed: list[tuple[float, int]] = field(default_factory=list)  # (asked at, units)
    waiting: list[tuple[int, float, int]] = field(default_factory=list)  # (priority, asked at, units)


def saved_shelves(plan: Plan, replication: int) -> dict[tuple[int, int], SavedShelf]:
    """Shelves of the saved state that a replication begins with, by (location, part); empty if the run starts otherwise."""
    saved = plan.run.saved
    found: dict[tuple[int, int], SavedShelf] = {}
    if saved is None:
        return found
    wanted = replication % saved.states
    columns = (saved.state, saved.location_ix, saved.part_ix, saved.what, saved.hours, saved.units, saved.priority)
    for state, location_ix, part_ix, what, hours, units, priority in zip(*(c.tolist() for c in columns), strict=True):
        if state != wanted:
            continue
        shelf = found.setdefault((location_ix, part_ix), SavedShelf())
        if what == S_ON_HAND:
            shelf.on_hand += units
        elif what == S_IN_TRANSIT:
            shelf.in_transit.append((hours, units))
        elif what == S_OWED:
            shelf.owed.append((0.0 - hours, units))
        else:
            shelf.waiting.append((priority, 0.0 - hours, units))
    return found


@dataclass(slots=True)
class _Debt:
    priority: int
    asked: float
    number: int
    owing: Shelf
    units: int
    claimant: Claimant


def begin_as_saved(saved: Mapping[tuple[int, int], SavedShelf], shelf_of: Callable[[int, int], Shelf], books: Books) -> None:
    """Put pipelines and debts of saved shelves in place, then let every policy look at its shelf.

    A debt is taken up with the source that the shelf has now; a vendor owes nothing, so what an earlier source owed is ordered
    there anew.
    """
    debts: list[_Debt] = []
    for key in sorted(saved):
        state, shelf = saved[key], shelf_of(key[0], key[1])
        shelf.start_pipeline(state.in_transit)
        for asked, units in sorted(state.owed):
            if shelf.source is not None:
                shelf.start_awaiting(asked, units)
                debts.append(_Debt(0, asked, len(debts), shelf.source, units, shelf))
            elif shelf.link is not None:
                shelf.order(0.0, units)
        for priority, asked, units in state.waiting:
            debts.append(_Debt(priority, asked, len(debts), shelf, units, Line(shelf, units, asked, next(books.numbers))))
    debts.sort(key=lambda debt: (debt.priority, debt.asked, debt.number))
    for debt in debts:
        debt.owing.start_owing(debt.units, debt.claimant, debt.priority)
    for key in sorted(saved):
        shelf_of(key[0], key[1]).start_serving()
    for key in sorted(saved):
        shelf_of(key[0], key[1]).react(0.0)


def state_of(key: tuple[int, int], shelf: Shelf, now: float) -> list[State]:
    """What is saved of a shelf, without the shipments on their way to it."""
    location_ix, part_ix = key
    rows: list[State] = [(location_ix, part_ix, S_ON_HAND, 0.0, shelf.on_hand, 0)]
    rows += [(location_ix, part_ix, S_OWED, now - asked, units, 0) for asked, units in shelf.claims]
    for priority, units, who in shelf.backlog:
        if isinstance(who, Line):
            rows.append((location_ix, part_ix, S_WAITING, now - who.requested_h, units, priority))
    return rows
