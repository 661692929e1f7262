"""A contact attempt, and the agent who takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.columns import TRANSFERRED
from sim.model.seams import Case

if TYPE_CHECKING:
    from sim.model.contact.chat import Desk
    from sim.model.contact.outbound import OutboundCall
    from sim.model.contact.routing import AgentLine, ContactLine
    from sim.model.contact.staffing import AgentGroup


class Contact:
    """One attempt at a line with agents. While it waits it is also the event that ends the customer's patience.

    `queue` is the line in which it waits, None when it does not: heap entries and timers that are out of date are known
    by that and never searched for.
    """

    __slots__ = (
        "answered",
        "arrived",
        "attempt",
        "call",
        "case",
        "entered",
        "kind",
        "left",
        "line",
        "order",
        "queue",
        "rate",
        "served",
        "wrapping",
    )

    answered: float  # set when an agent takes it
    entered: float  # set when it joins a queue
    served: AgentLine  # line whose agents took it
    left: float  # the rest for chat only: hours of work left at full speed,
    rate: float  # work done per hour,
    wrapping: bool  # after-call work has begun

    def __init__(self, case: Case, kind: int, order: int, attempt: int, line: ContactLine, arrived: float) -> None:
        self.case = case
        self.kind = kind
        self.order = order
        self.attempt = attempt
        self.line = line
        self.arrived = arrived
        self.queue: AgentLine | None = None
        self.call: OutboundCall | None = None

    def fire(self) -> None:
        """Patience is over."""
        if self.queue is not None:
            self.queue.on_abandon(self)


class Agent:
    """One agent. With one contact at a time he is the event that ends the talk, and then the one that ends after-call work."""

    __slots__ = ("contact", "desk", "group")

    def __init__(self, group: AgentGroup) -> None:
        self.group = group
        self.contact: Contact | None = None  # talking with; None in after-call work
        self.desk: Desk | None = None  # his conversations, once he has chatted

    def fire(self) -> None:
        """The talk ends, or the after-call work does."""
        group = self.group
        contact = self.contact
        now = group.clock._now
        if contact is None:
            group.on_agent_free(self, now)
            return
        self.contact = None
        wing = group.wing
        after = draw_after_work(contact) if contact.served.has_after else 0.0
        outcome = wing.on_talk_end(contact, group.ix, now, now + after)
        if group.conversations is not None:
            group.conversations.add(now, -1)
        if after > 0:
            group.at(now + after, self)
        else:
            group.on_agent_free(self, now)
        if outcome == TRANSFERRED or contact.call is not None:
            follow_up(contact, outcome, now)
        else:
            wing.journey.on_contact_end(contact.case, contact.kind, outcome, contact.line.ix, contact.order)


def draw_after_work(contact: Contact) -> float:
    """Hours of after-call work; an outbound try that reached nobody leaves nothing to write up."""
    if contact.call is not None and not contact.call.reached:
        return 0.0
    return contact.served.draws.draw_after(contact.case, contact.attempt)


def follow_up(contact: Contact, outcome: int, now: float) -> None:
    """What an ended talk leads to; the last thing of every handler that ends one."""
    wing = contact.served.wing
    if outcome == TRANSFERRED:
        wing.transfer(contact, now)
    elif contact.call is not None:
        contact.call.on_try_end(now)
    else:
        wing.journey.on_contact_end(contact.case, contact.kind, outcome, contact.line.ix, contact.order)
