"""One part at one location: units on hand, what is owed, what is on the way, and the policy that orders more.

Two identities hold at every instant: inventory position = on hand + on order - backorders, and on order = in transit +
awaited (what the source still owes). Reserved units are not on hand.

Gauges are inlined. Over a gauge period [b, e] the integral of a level x that jumps by d_i at t_i is
``x(e) (e - b) - sum d_i (t_i - b)``, so a change costs one multiplication and only levels that change cost anything.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable

from sim.columns import G_BACKORDERS, G_IN_TRANSIT, G_ON_HAND, G_ON_ORDER, G_STOCKED
from sim.engine.clock import RECEIPT, REVIEW
from sim.model.parts.books import Books
from sim.model.parts.supply import Link
from sim.rules.stocking import BaseStock, Policy
from sim.scenario.plan import SHELF_PERIOD


class Claimant(ABC):
    """Who is owed units by a shelf: a line of a request, or a shelf downstream."""

    __slots__ = ()

    @abstractmethod
    def on_served(self, now: float, units: int) -> None:
        """`units` of what was owed leave the shelf for the claimant now."""


class Receipt:
    """A shipment arrives at a shelf."""

    __slots__ = ("quantity", "shelf")

    def __init__(self, shelf: Shelf, quantity: int) -> None:
        self.shelf = shelf
        self.quantity = quantity

    def fire(self) -> None:
        """Units arrive."""
        self.shelf.receive(self.quantity)


class Review:
    """The next review of a shelf with a periodic policy."""

    __slots__ = ("shelf",)

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf

    def fire(self) -> None:
        """Ask the policy."""
        self.shelf.reviewing = False
        self.shelf.decide(self.shelf.clock._now)


class Shelf(Claimant):
    """Stock of one part at one location.

    Parameters
    ----------
    books
        What the shelves of the run share.
    location_ix, part_ix
        Where and what.
    policy
        Decides how many units to order.
    link
        How units get here; None if nobody can supply the part, then the shelf never orders.
    source
        The shelf of the source; None for a vendor.
    on_hand
        Units at the start of the run.
    expedites
        True if the location meets shortages by emergency shipments.
    """

    __slots__ = (
        "at",
        "awaited",
        "awaited_area",
        "back_area",
        "backlog",
        "backorders",
        "begin",
        "books",
        "bought",
        "boundary",
        "claims",
        "clock",
        "consumed",
        "cost_each",
        "cost_shipment",
        "delay",
        "expedites",
        "hand_area",
        "initial",
        "link",
        "location_ix",
        "on_hand",
        "on_order",
        "order_area",
        "order_quantity",
        "part_ix",
        "pegged",
        "position",
        "reserved",
        "review_h",
        "reviewing",
        "shipment_row",
        "source",
        "source_ix",
        "stocked_area",
        "up_to",
    )

    def __init__(
        self,
        books: Books,
        location_ix: int,
        part_ix: int,
        policy: Policy,
        link: Link | None,
        source: Shelf | None,
        on_hand: int,
        expedites: bool = False,
    ) -> None:
        continuous = link is not None and policy.review_h <= 0
        # What every movement touches stands together: with thousands of shelves most are out of the processor's cache.
        self.begin = 0.0
        self.boundary = books.first_boundary
        self.on_hand = self.position = self.initial = on_hand
        self.hand_area = self.stocked_area = self.order_area = 0.0
        self.backorders = 0  # units owed, to lines and to shelves downstream
        self.on_order = 0  # ordered and not here yet
        # Base stock is asked at every unit: its order is computed in place. -1: ask the policy.
        self.up_to = policy.S if continuous and type(policy) is BaseStock else -1
        self.source = source
        self.expedites = expedites
        self.books = books
        self.clock = books.clock
        self.at = books.at
        self.shipment_row = books.shipment_row
        self.location_ix = location_ix
        self.part_ix = part_ix
        if link is not None:
            self.source_ix = link.source_ix
            self.delay = link.delay
            self.cost_shipment = link.cost_shipment
            self.cost_each = link.cost_each
        self.reserved = 0  # waiting here for a repair order
        self.consumed = 0
        self.bought = 0  # from vendors
        self.back_area = self.awaited_area = 0.0
        self.awaited = 0  # part of what is on order that the source owes
        self.pegged = 0  # emergency units on the way, outside the position
        self.claims: deque[tuple[float, int]] = deque()  # what the source owes: (asked at, units), oldest first
        self.backlog: deque[tuple[int, int, Claimant]] = deque()  # (priority, units, who), next to be served first
        self.link = link
        self.order_quantity: Callable[[int], int] | None = policy.order_quantity if link is not None else None
        self.review_h = policy.review_h
        self.reviewing = False

    # --- units leave -------------------------------------------------------------------------------------------------

    def withdraw(self, now: float, units: int, claimant: Claimant | None, priority: int) -> int:
        """Somebody asks for units: those on hand leave now, the rest is owed to `claimant`; then the policy reacts.

        Returns the number of units that leave now.
        """
        if now >= self.boundary:
            self.cross(now)
        t = now - self.begin
        have = self.on_hand
        if have >= units:
            self.on_hand = have - units
            self.hand_area += units * t
            if have == units:
                self.stocked_area += t
            have = units
        else:
            if have:
                self.on_hand = 0
                self.hand_area += have * t
                self.stocked_area += t
            short = units - have
            self.backorders += short
            self.back_area -= short * t
            assert claimant is not None
            backlog = self.backlog
            if not backlog or backlog[-1][0] <= priority:
                backlog.append((priority, short, claimant))
            else:
                self._queue_ahead(priority, short, claimant)
        self.position = position = self.position - units
        up_to = self.up_to
        if up_to < 0:
            self.react(now)
        elif position < up_to:
            self.order(now, up_to - position)
        return have

    def _queue_ahead(self, priority: int, units: int, claimant: Claimant) -> None:
        """Queue behind all who have this priority or a better one."""
        backlog = self.backlog
        place = len(backlog)
        while place and backlog[place - 1][0] > priority:
            place -= 1
        backlog.insert(place, (priority, units, claimant))

    def withdraw_claim(self, now: float, claimant: Claimant) -> int:
        """The claimant needs its units no more; returns how many it was owed."""
        owed = sum(entry[1] for entry in self.backlog if entry[2] is claimant)
        if owed:
            if now >= self.boundary:
                self.cross(now)
            self.backlog = deque(entry for entry in self.backlog if entry[2] is not claimant)
            self.backorders -= owed
            self.back_area += owed * (now - self.begin)
            self.position += owed
        return owed

    # --- units come --------------------------------------------------------------------------------------------------

    def fire(self) -> None:
        """A shipment of one unit arrives: these are all alike, so the shelf is their event."""
        self.receive(1)

    def receive(self, units: int) -> None:
        """A shipment arrives: oldest backorders first, the rest onto the shelf."""
        now = self.clock._now
        if now >= self.boundary:
            self.cross(now)
        t = now - self.begin
        self.on_order -= units
        self.order_area += units * t
        if self.backorders:
            self.put(now, units)
            if self.books.done:
                self.books.announce()
        else:  # what `put` does then
            if not self.on_hand:
                self.stocked_area -= t
            self.on_hand += units
            self.hand_area -= units * t

    def put(self, now: float, units: int) -> None:
        """Units are free at the location: the oldest backorders get them, by priority and age; the rest is on hand."""
        if now >= self.boundary:
            self.cross(now)
        t = now - self.begin
        backlog = self.backlog
        while units and backlog:
            priority, owed, claimant = backlog.popleft()
            if owed > units:
                backlog.appendleft((priority, owed - units, claimant))  # keeps its place
                owed = units
            units -= owed
            self.backorders -= owed
            self.back_area += owed * t
            claimant.on_served(now, owed)
        if units:
            if not self.on_hand:
                self.stocked_area -= t
            self.on_hand += units
            self.hand_area -= units * t

    def return_to_shelf(self, now: float, units: int) -> None:
        """Units that were outside the position (reserved, or pegged to a cancelled line) come back into stock."""
        self.position += units
        self.put(now, units)

    # --- replenishment -----------------------------------------------------------------------------------------------

    def react(self, now: float) -> None:
        """The position fell: a continuous policy decides now, a periodic one at its next review."""
        if self.review_h <= 0:
            self.decide(now)
        elif not self.reviewing and self.order_quantity is not None:
            self.reviewing = True
            period = self.review_h
            due = math.ceil(now / period) * period
            if due < now:  # rounding
                due += period
            self.at(due, Review(self), REVIEW)

    def decide(self, now: float) -> None:
        """Order what the policy wants at the present position."""
        if self.order_quantity is not None:
            quantity = self.order_quantity(self.position)
            if quantity > 0:
                if now >= self.boundary:
                    self.cross(now)
                self.order(now, quantity)

    def order(self, now: float, quantity: int) -> None:
        """Place a replenishment: a vendor ships all of it, a location what it has and the rest as it comes."""
        self.position += quantity
        self.on_order += quantity
        t = now - self.begin
        self.order_area -= quantity * t
        source = self.source
        if source is None:
            self.bought += quantity
            self._ship(now, quantity, now)
            return
        ready = source.withdraw(now, quantity, self, 0)
        if ready < quantity:
            owed = quantity - ready
            self.awaited += owed
            self.awaited_area -= owed * t
            self.claims.append((now, owed))
        if ready:
            self._ship(now, ready, now)

    def on_served(self, now: float, units: int) -> None:
        """The source ships units that it owed: of the oldest order, as it serves the orders of one shelf in turn."""
        if now >= self.boundary:
            self.cross(now)
        self.awaited -= units
        self.awaited_area += units * (now - self.begin)
        ordered, owed = self.claims.popleft()
        if owed > units:
            self.claims.appendleft((ordered, owed - units))
        self._ship(now, units, ordered)

    def _ship(self, now: float, quantity: int, ordered: float) -> None:
        there = now + self.delay()
        self.at(there, self if quantity == 1 else Receipt(self, quantity), RECEIPT)
        cost = self.cost_shipment + quantity * self.cost_each
        self.shipment_row((self.part_ix, self.location_ix, self.source_ix, quantity, 0, ordered, now, there, cost))

    def start_pipeline(self, shipments: list[tuple[float, int]]) -> None:
        """Shipments (arrival h, units) that were on the way when the run began; they count as initial stock."""
        for there, quantity in shipments:
            self.on_order += quantity
            self.position += quantity
            self.initial += quantity
            self.at(there, Receipt(self, quantity), RECEIPT)

    def start_awaiting(self, asked: float, units: int) -> None:
        """The source owed units when the run began; claims come oldest first."""
        self.on_order += units
        self.position += units
        self.awaited += units
        self.claims.append((asked, units))

    def start_owing(self, units: int, claimant: Claimant, priority: int) -> None:
        """Units were owed when the run began; claimants come in the order in which they are to be served."""
        self.backlog.append((priority, units, claimant))
        self.backorders += units
        self.position -= units

    def start_serving(self) -> None:
        """Nobody waits while units are on hand, whatever a saved state says."""
        if self.on_hand and self.backlog:
            units, self.on_hand = self.on_hand, 0
            self.put(0.0, units)

    # --- gauges ------------------------------------------------------------------------------------------------------

    @property
    def in_transit(self) -> int:
        """Units on the way to this shelf, emergency units not included."""
        return self.on_order - self.awaited

    def cross(self, now: float) -> None:
        """A period boundary was passed: write its rows, and one row for all whole periods since without a change."""
        boundary = self.boundary
        self._rows(boundary)
        whole = int((now - boundary) // SHELF_PERIOD)
        end = boundary + whole * SHELF_PERIOD
        if end > now:  # rounding
            whole -= 1
            end = boundary + whole * SHELF_PERIOD
        if whole > 0:
            self._rows(end)
        self.boundary = end + SHELF_PERIOD

    def finish(self, horizon: float) -> None:
        """Write what is left at the end of the run."""
        if horizon >= self.boundary:
            self.cross(horizon)
        if horizon > self.begin:
            self._rows(horizon)

    def _rows(self, end: float) -> None:
        """Rows of the stretch from `begin` to `end`; a level that was 0 throughout has none."""
        row, location, part, begin = self.books.gauge_row, self.location_ix, self.part_ix, self.begin
        elapsed = end - begin
        on_order = self.on_order * elapsed + self.order_area
        areas = (
            (G_ON_HAND, self.on_hand * elapsed + self.hand_area),
            (G_BACKORDERS, self.backorders * elapsed + self.back_area),
            (G_ON_ORDER, on_order),
            (G_IN_TRANSIT, on_order - self.awaited * elapsed - self.awaited_area),
            (G_STOCKED, (elapsed if self.on_hand else 0.0) + self.stocked_area),
        )
        nothing = 1e-12 * elapsed  # rounding, not stock
        for gauge, area in areas:
            if area > nothing:
                row((gauge, location, part, begin, elapsed, area))
        self.begin = end
        self.hand_area = self.stocked_area = self.back_area = self.order_area = self.awaited_area = 0.0
