"""Part demands: lines that wait for units, and whole requests of repair orders that go on when all lines are filled."""

from __future__ import annotations

from typing import Final, Protocol

from sim.columns import H_BACKORDER, H_CANCELLED, H_EMERGENCY, H_OPEN, H_SHELF
from sim.model.parts.books import Books
from sim.model.parts.shelf import Claimant, Shelf
from sim.model.seams import PartsWaiter

_NAN: Final = float("nan")


class Expediter(Protocol):
    """Who finds units elsewhere when a shelf is short."""

    def send(self, now: float, line: Line, units: int) -> int:
        """Send units straight to a line; returns how many could not be found."""


class Request:
    """All lines of one call for parts; its waiter is told once when every unit is reserved."""

    __slots__ = ("alive", "lines", "number", "open_lines", "ref", "waiter", "waits")

    def __init__(self, number: int, waiter: PartsWaiter, ref: int) -> None:
        self.number = number
        self.waiter = waiter
        self.ref = ref
        self.lines: list[OrderLine] = []
        self.open_lines = 0
        self.waits = False  # the call that asked has returned without all units
        self.alive = True  # not cancelled

    def announce(self) -> None:
        """Tell the waiter, unless the order went away meanwhile."""
        if self.alive:
            self.waiter.on_parts(self.ref)

    def fire(self) -> None:
        """The same as an event."""
        self.announce()


class Line(Claimant):
    """One demand of a demand stream that found the shelf short: units are used as they come."""

    __slots__ = ("at_once", "expedited", "missing", "number", "quantity", "ref", "requested_h", "shelf")

    def __init__(self, shelf: Shelf, quantity: int, now: float, number: int, ref: int = -1) -> None:
        self.shelf = shelf
        self.quantity = self.missing = quantity
        self.requested_h = now
        self.number = number
        self.ref = ref  # the repair order behind it; -1: none
        self.at_once = 0
        self.expedited = False

    @property
    def is_cancelled(self) -> bool:
        """True if nobody needs the units any more."""
        return False

    def ask(self, now: float, priority: int, expediter: Expediter) -> None:
        """Take what is on the shelf, get or wait for the rest."""
        shelf = self.shelf
        if not shelf.expedites:
            have = self.at_once = shelf.withdraw(now, self.missing, self, priority)
            if have:
                self.on_served(now, have)
            return
        have = self.at_once = min(shelf.on_hand, self.quantity)
        short = self.quantity - have
        if short:
            short = expediter.send(now, self, short)
            self.expedited = have + short < self.quantity
            if self.expedited:
                shelf.books.expedited[self] = None
        if have + short:
            shelf.withdraw(now, have + short, self, priority)
        if have:
            self.on_served(now, have)

    def on_served(self, now: float, units: int) -> None:
        """Units that were missing are there."""
        shelf = self.shelf
        shelf.consumed += units
        self.missing -= units
        if not self.missing:
            self.write(now)

    def write(self, now: float) -> None:
        """The row of a line whose last unit came now."""
        if self.at_once == self.quantity:
            self.row(now, H_SHELF)
        elif self.expedited:
            del self.shelf.books.expedited[self]
            self.row(now, H_EMERGENCY)
        else:
            self.row(now, H_BACKORDER)

    def row(self, filled_h: float, how: int) -> None:
        """Write the line's row."""
        shelf = self.shelf
        shelf.books.demand_row(
            (
                self.ref,
                self.number,
                shelf.part_ix,
                shelf.location_ix,
                self.quantity,
                self.requested_h,
                filled_h,
                self.at_once,
                how,
            )
        )

    def finish(self) -> None:
        """The run ends and units are still missing."""
        self.row(_NAN, H_OPEN)


class OrderLine(Line):
    """One part of a request of a repair order: units are reserved as they come."""

    __slots__ = ("request", "reserved")

    def __init__(self, shelf: Shelf, quantity: int, now: float, request: Request) -> None:
        super().__init__(shelf, quantity, now, request.number, request.ref)
        self.request = request
        self.reserved = 0

    @property
    def is_cancelled(self) -> bool:
        """True if the order needs no parts any more."""
        return not self.request.alive

    def on_served(self, now: float, units: int) -> None:
        """Units are reserved; after the last one of the request its waiter is to be told."""
        self.reserved += units
        self.shelf.reserved += units
        self.missing -= units
        if not self.missing:
            self.write(now)
            request = self.request
            request.open_lines -= 1
            if not request.open_lines and request.waits:
                self.shelf.books.done.append(request)

    def withdraw_claim(self, now: float) -> None:
        """The order needs the missing units no more."""
        if self.missing:
            self.shelf.withdraw_claim(now, self)
            self.shelf.books.expedited.pop(self, None)
            self.row(_NAN, H_CANCELLED)

    def release(self, now: float) -> None:
        """Reserved units go back to the shelf."""
        units, self.reserved = self.reserved, 0
        if units:
            self.shelf.reserved -= units
            self.shelf.return_to_shelf(now, units)

    def consume(self) -> None:
        """Reserved units are built in."""
        units, self.reserved = self.reserved, 0
        self.shelf.reserved -= units
        self.shelf.consumed += units


class PeggedReceipt:
    """An emergency shipment arrives for the line it was sent for."""

    __slots__ = ("line", "units")

    def __init__(self, line: Line, units: int) -> None:
        self.line = line
        self.units = units

    def fire(self) -> None:
        """Hand the units over; those of a cancelled line go to the shelf."""
        line, units = self.line, self.units
        shelf = line.shelf
        books: Books = shelf.books
        shelf.pegged -= units
        now = books.clock._now
        if line.is_cancelled:
            shelf.return_to_shelf(now, units)
        else:
            line.on_served(now, units)
        if books.done:
            books.announce()
