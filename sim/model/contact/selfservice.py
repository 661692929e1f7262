"""Self-service: no agent, no queue; a share of the customers finds enough there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.calendar import OpenHours
from sim.columns import CONTAINED, ESCALATED
from sim.model.contact.engagement import Contact
from sim.model.contact.routing import ContactLine
from sim.scenario.plan import Line

if TYPE_CHECKING:
    from sim.model.contact.centre import ContactWing


class SelfServiceLine(ContactLine):
    """A line that customers use by themselves, answered at once, as many at a time as come (or as trunks allow)."""

    def __init__(self, wing: ContactWing, ix: int, spec: Line, hours: OpenHours | None) -> None:
        super().__init__(wing, ix, spec, hours)
        self.sessions: dict[Session, None] = {}  # open ones, for the end of the run

    def route(self, contact: Contact, now: float) -> bool:
        """Begin at once."""
        contact.answered = now
        session = Session(self, contact)
        self.sessions[session] = None
        self.wing.at(now + self.draw_work(contact), session)
        return False


class Session:
    """One use of self-service, and the event that ends it."""

    __slots__ = ("contact", "line")

    def __init__(self, line: SelfServiceLine, contact: Contact) -> None:
        self.line = line
        self.contact = contact

    def fire(self) -> None:
        """The customer has found it, or gives up and wants somebody to talk to."""
        line, contact = self.line, self.contact
        del line.sessions[self]
        wing = line.wing
        contained = line.draws.draw_contained(contact.case, contact.kind, contact.attempt)
        wing.on_session_end(contact, wing.clock._now, CONTAINED if contained else ESCALATED)
