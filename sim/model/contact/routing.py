"""Lines: who may come in, which agents a new contact tries, and in which order the waiting are taken."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heapify, heappop, heappush
from math import inf
from typing import TYPE_CHECKING, Final

from sim.calendar import OpenHours
from sim.columns import BLOCKED, CLOSED, CONTACT_OUTCOMES, G_QUEUE, OUTBOUND
from sim.engine.clock import ARRIVAL
from sim.model.contact.draws import LineDraws
from sim.model.contact.engagement import Contact
from sim.scenario.plan import Line

if TYPE_CHECKING:
    from sim.model.contact.centre import ContactWing
    from sim.model.contact.staffing import AgentGroup

_COMPACT: Final = 256  # heap entries before abandoned ones are cleared out


class ContactLine:
    """What every line has: opening hours, trunks and counts. A behaviour adds `route`."""

    def __init__(self, wing: ContactWing, ix: int, spec: Line, hours: OpenHours | None) -> None:
        self.wing = wing
        self.ix = ix
        self.spec = spec
        self.draws = LineDraws(spec, wing.plan.needs, wing.plan.customers)
        self.draw_work = self.draws.draw_work
        self.has_after = self.draws.has_after
        self.always_resolved = self.draws.always_resolved
        self.offered = 0
        self.outcomes = [0] * len(CONTACT_OUTCOMES)
        self.load = 0  # customers' contacts in queue and service
        self.trunks: float = spec.trunks if spec.trunks >= 0 else inf
        self.hours = hours
        self.open_from = -inf  # the current opening interval, or the next one when closed
        self.open_to = inf
        if hours is not None:
            self._interval = -1
            self.refresh(0.0)

    def refresh(self, now: float) -> None:
        """Move on to the first interval that ends after now."""
        hours = self.hours
        if hours is None:
            return
        i, ends = max(self._interval, 0), hours.ends
        while i < len(ends) and ends[i] <= now:
            i += 1
        self._interval = i
        self.open_from, self.open_to = (hours.begins[i], ends[i]) if i < len(ends) else (inf, inf)

    def is_closed(self, now: float) -> bool:
        """Whether new contacts are turned away at this hour."""
        if now >= self.open_to:
            self.refresh(now)
        return now < self.open_from

    def admit(self, contact: Contact, now: float, after_hours: bool = False) -> None:
        """A customer tries to come in."""
        self.offered += 1
        if not self.open_from <= now < self.open_to and not after_hours and self.is_closed(now):
            self.wing.refuse(contact, CLOSED, now)
        elif self.load >= self.trunks:
            self.wing.refuse(contact, BLOCKED, now)
        else:
            self.load += 1
            if self.route(contact, now):
                self.start_patience(contact, now)

    def receive(self, contact: Contact, now: float) -> None:
        """A contact is passed on from another tier; the same as coming in, unless a behaviour says more."""
        self.admit(contact, now)

    def route(self, contact: Contact, now: float) -> bool:
        """Let the admitted contact be handled or wait (True); each behaviour has its own."""
        raise RuntimeError(f"line {self.spec.name} has no behaviour")

    def start_patience(self, contact: Contact, now: float) -> None:
        """The contact waits: time what its customer will put up with."""

    def checks(self) -> list[str]:
        """Broken invariants: every attempt has one outcome or is open."""
        if self.offered != sum(self.outcomes):
            return [f"line {self.spec.name}: {self.offered} attempts but {sum(self.outcomes)} outcomes and open contacts"]
        return []


class AgentLine(ContactLine):
    """A line with agents: voice, or chat where one agent has several conversations.

    Waiting contacts are taken by segment priority, then by arrival; outbound tasks come after customers of equal
    priority.
    Patience and overflow are timed only for those who really wait.
    """

    def __init__(self, wing: ContactWing, ix: int, spec: Line, hours: OpenHours | None) -> None:
        super().__init__(wing, ix, spec, hours)
        chat = spec.behaviour == "chat"
        self.places = max(spec.concurrency, 1) if chat else 1  # conversations an agent may have, this one included
        slowdown = spec.slowdown if chat and spec.slowdown else (1.0,)
        most = max((line.concurrency for line in wing.plan.lines), default=1)
        self.rates = [1.0 / slowdown[min(n, len(slowdown) - 1)] for n in range(max(most, 1))]
        self.groups: tuple[AgentGroup, ...] = ()  # in the order in which a new contact tries them
        self.heap: list[tuple[int, float, int, Contact]] = []  # (level, arrived, ticket, contact), out-of-date ones included
        self.waiting = 0
        self.calls_waiting = 0  # outbound tasks among them
        self.queue = wing.gauge(G_QUEUE, ix)
        self.waited_h = 0.0  # time spent in this queue by those who have left it
        self.overflow_to: AgentLine | None = None

    def join(self, groups: Sequence[AgentGroup], lines: Sequence[ContactLine]) -> None:
        """Learn who serves this line (groups that prefer it most first, then as listed) and where it overflows."""
        serving = [(g.spec.lines.index(self.ix), g.ix) for g in groups if self.ix in g.spec.lines]
        self.groups = tuple(groups[ix] for _, ix in sorted(serving))
        other = lines[self.spec.overflow_line_ix] if self.spec.overflow_line_ix >= 0 else None
        if isinstance(other, AgentLine) and other is not self and self.spec.overflow_after_h < inf:
            self.overflow_to = other

    def receive(self, contact: Contact, now: float) -> None:
        """A contact is passed on from another tier: after hours it is still taken while somebody is there."""
        self.admit(contact, now, after_hours=any(group.staffed for group in self.groups))

    def route(self, contact: Contact, now: float) -> bool:
        """Give the contact to a group with an idle agent, else to an agent with a place for another chat, else let it wait."""
        for group in self.groups:
            if group.idle:
                group.answer(group.idle.pop(), contact, self, now)
                return False
        if self.places > 1:
            for group in self.groups:
                desk = group.select_desk(self.places)
                if desk is not None:
                    group.add_talk(desk, contact, self, now)
                    return False
        self.enqueue(contact, now)
        return True

    def start_patience(self, contact: Contact, now: float) -> None:
        """Time patience and overflow, for a contact that waits."""
        patience = self.draws.draw_patience(contact.case, contact.attempt)
        if patience < inf:
            self.wing.at(now + patience, contact, ARRIVAL)
        if self.overflow_to is not None and self.spec.overflow_after_h < patience:
            self.wing.at(now + self.spec.overflow_after_h, OverflowAlarm(contact, self.overflow_to), ARRIVAL)

    def enqueue(self, contact: Contact, now: float) -> None:
        """Join the queue."""
        contact.queue = self
        contact.entered = now
        wing = self.wing
        level = wing.levels[contact.case.segment_ix]
        if contact.kind == OUTBOUND:
            level += 1
            self.calls_waiting += 1
        heappush(self.heap, (level, contact.arrived, next(wing.tickets), contact))
        self.waiting += 1
        self.queue.add(now, 1)

    def head(self) -> tuple[int, float, int, Contact]:
        """The entry of the contact that goes next; only if `waiting`."""
        heap = self.heap
        while heap[0][3].queue is not self:
            heappop(heap)
        return heap[0]

    def take(self, now: float) -> Contact:
        """Take the contact that goes next out of the queue; only if `waiting`."""
        contact = heappop(self.heap)[3]
        while contact.queue is not self:
            contact = heappop(self.heap)[3]
        self.dequeue(contact, now)
        return contact

    def dequeue(self, contact: Contact, now: float) -> None:
        """The contact leaves the queue, whatever comes next; its heap entry is left to be skipped."""
        contact.queue = None
        self.waited_h += now - contact.entered
        self.queue.add(now, -1)
        if contact.kind == OUTBOUND:
            self.calls_waiting -= 1
        self.waiting -= 1
        if not self.waiting:
            self.heap.clear()

    def on_abandon(self, contact: Contact) -> None:
        """The customer hangs up."""
        wing = self.wing
        now = wing.clock._now
        self.dequeue(contact, now)
        self.forget()
        wing.on_abandoned(contact, now)

    def forget(self) -> None:
        """Clear out-of-date entries once they are the most; keeps the heap small where the top rarely moves."""
        heap = self.heap
        if len(heap) > _COMPACT and len(heap) > 2 * self.waiting:
            heap[:] = [entry for entry in heap if entry[3].queue is self]
            heapify(heap)

    def contacts(self) -> list[Contact]:
        """Who waits, in the order in which they would be taken."""
        return [entry[3] for entry in sorted(self.heap) if entry[3].queue is self]

    def checks(self) -> list[str]:
        """Broken invariants after the end of the run: conservation, Little's law on the path, nobody idle beside a queue."""
        broken = super().checks()
        area = self.queue.integral
        if abs(area - self.waited_h) > 1e-6 * max(area, self.waited_h) + 1e-9:
            broken.append(f"line {self.spec.name}: queue integral {area!r} h but waits of {self.waited_h!r} h")
        if self.waiting and any(group.idle for group in self.groups):
            broken.append(f"line {self.spec.name}: {self.waiting} contacts wait beside idle agents")
        if self.waiting != len(self.contacts()):
            broken.append(f"line {self.spec.name}: {self.waiting} waiting contacts counted, {len(self.contacts())} found")
        return broken

    def is_to_serve_out(self, now: float) -> bool:
        """Whether customers wait here although the line has closed: its agents stay until they are served."""
        return self.waiting > self.calls_waiting and self.is_closed(now)


class OverflowAlarm:
    """A contact has waited long enough: it moves to another line, with its first arrival time, and once only."""

    __slots__ = ("contact", "line")

    def __init__(self, contact: Contact, line: AgentLine) -> None:
        self.contact = contact
        self.line = line

    def fire(self) -> None:
        """Move, unless it was answered or the other line has closed."""
        contact, line = self.contact, self.line
        queue = contact.queue
        if queue is None:
            return
        now = line.wing.clock._now
        if line.is_closed(now):
            return
        queue.dequeue(contact, now)
        queue.forget()
        line.route(contact, now)


def select_line(lines: tuple[AgentLine, ...], talks: int, now: float, serve_out: bool) -> AgentLine | None:
    """The line whose next contact an agent takes: by priority, then longest wait; an exact tie goes to the line named first.

    Parameters
    ----------
    lines
        Lines of the agent's group.
    talks
        Conversations he has already; only lines that allow more come into question.
    now
        Clock, h.
    serve_out
        His shift is over: only lines that have closed with customers waiting.
    """
    best: AgentLine | None = None
    for line in lines:
        if not line.waiting or line.places <= talks or (serve_out and not line.is_to_serve_out(now)):
            continue
        if best is None or line.head()[:2] < best.head()[:2]:
            best = line
    return best
