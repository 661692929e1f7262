"""Calls to customers: agents of a line try to reach the owner of a unit with a quote."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from sim.columns import OUTBOUND
from sim.model.contact.draws import draw_reached, draw_retry
from sim.model.contact.engagement import Contact
from sim.model.seams import Case

if TYPE_CHECKING:
    from sim.model.contact.centre import ContactWing
    from sim.model.contact.routing import AgentLine


class OutboundCall:
    """All tries to reach one owner; the event is the next try.

    A try at a closed line waits for the opening. It queues without patience behind customers of equal priority and is not
    counted against the trunks. Whether the owner answers is known by the case and the number of the try.
    """

    __slots__ = ("_case", "_line", "_order", "_wing", "reached", "tries")

    def __init__(self, wing: ContactWing, line: AgentLine, case: Case, order: int) -> None:
        self._wing = wing
        self._line = line
        self._case = case
        self._order = order
        self.tries = 0  # begun so far
        self.reached = False  # in the present try

    def fire(self) -> None:
        """Begin the next try now, or at the next opening."""
        wing, line, case = self._wing, self._line, self._case
        now = wing.clock._now
        if line.is_closed(now):
            if line.open_from < inf:
                wing.at(line.open_from, self)
            else:
                wing.at(now, NoAnswer(wing, case, self._order))
            return
        quote = wing.plan.quote
        self.tries += 1
        self.reached = draw_reached(case, self.tries, quote.reached)
        case.attempts += 1
        contact = Contact(case, OUTBOUND, self._order, case.attempts, line, now)
        contact.call = self
        line.offered += 1
        line.route(contact, now)

    def on_try_end(self, now: float) -> None:
        """The agent has hung up."""
        wing = self._wing
        quote = wing.plan.quote
        if self.reached or self.tries >= quote.tries:
            wing.journey.on_called(self._case, self._order, self.reached)
        else:
            wing.at(now + draw_retry(quote, self._case, self.tries), self)


class NoAnswer:
    """Tells the journey, as the next thing, that nobody will ever call: the line has no agents' queue or opens no more."""

    __slots__ = ("_case", "_order", "_wing")

    def __init__(self, wing: ContactWing, case: Case, order: int) -> None:
        self._wing = wing
        self._case = case
        self._order = order

    def fire(self) -> None:
        """Tell."""
        self._wing.journey.on_called(self._case, self._order, False)
