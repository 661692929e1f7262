"""Several conversations at once: each goes slower as more run."""

from __future__ import annotations

from math import inf

from sim.model.contact.engagement import Agent, Contact, draw_after_work, follow_up


class Desk:
    """The conversations of one agent, and the event that ends the next of them.

    With n conversations open, one of line L does work at rate 1 / slowdown of L at n. After-call work holds its place among
    the n and takes its own time, not slowed. When an end moves, the old event stays behind and finds `due` changed.
    """

    __slots__ = ("_due", "_next", "_since", "agent", "leaving", "talks")

    def __init__(self, agent: Agent) -> None:
        self.agent = agent
        self.talks: list[Contact] = []
        self.leaving = False  # the shift is over: no new conversations
        self._due = inf
        self._next: Contact | None = None
        self._since = 0.0

    def take(self, contact: Contact, work: float, now: float) -> None:
        """Begin one more conversation, of `work` hours at full speed."""
        self._progress(now)
        contact.left = work
        contact.wrapping = False
        self.talks.append(contact)
        self._plan(now)

    def fire(self) -> None:
        """The next conversation, or its after-call work, ends."""
        group = self.agent.group
        now = group.clock._now
        contact = self._next
        if now != self._due or contact is None:
            return
        self._progress(now)
        if contact.wrapping:
            self._free_place(contact, now)
            return
        after = draw_after_work(contact) if contact.served.has_after else 0.0
        outcome = contact.served.wing.on_talk_end(contact, group.ix, now, now + after)
        if group.conversations is not None:
            group.conversations.add(now, -1)
        if after > 0:
            contact.left = after
            contact.wrapping = True
            self._plan(now)
        else:
            self._free_place(contact, now)
        follow_up(contact, outcome, now)

    def _free_place(self, contact: Contact, now: float) -> None:
        self.talks.remove(contact)
        self._plan(now)
        self.agent.group.on_place_free(self, now)

    def _progress(self, now: float) -> None:
        """Book the work done since the number of conversations last changed."""
        elapsed = now - self._since
        self._since = now
        if elapsed > 0:
            for contact in self.talks:
                contact.left = max(0.0, contact.left - elapsed * contact.rate)

    def _plan(self, now: float) -> None:
        """Set all rates and the next end."""
        n = len(self.talks)
        soonest, chosen = inf, None
        for contact in self.talks:
            contact.rate = 1.0 if contact.wrapping else contact.served.rates[n - 1]
            hours = contact.left / contact.rate
            if hours < soonest:
                soonest, chosen = hours, contact
        self._next = chosen
        self._due = now + soonest
        if chosen is not None:
            self.agent.group.at(self._due, self)
