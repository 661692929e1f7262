"""Agent groups: heads by shift, who is free, overtime."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sim.calendar import OpenHours
from sim.columns import G_BUSY, G_CONVERSATIONS, G_SCHEDULED, G_STAFFED
from sim.engine.clock import CAPACITY
from sim.model.contact.chat import Desk
from sim.model.contact.engagement import Agent, Contact
from sim.model.contact.ledger import TotalGauge
from sim.model.contact.routing import AgentLine, select_line
from sim.scenario.plan import Group

if TYPE_CHECKING:
    from sim.model.contact.centre import ContactWing


class AgentGroup:
    """Agents with the same skills: a list of the idle ones and counts of the rest.

    An agent is idle, busy or gone: ``staffed = len(idle) + busy`` and ``staffed = heads + leaving``, where the leaving ones
    are busy and have no shift any more (`leaving` and `leaving_desks`). Nobody is thrown out: when heads fall, idle agents
    go at once and the others when they are done, with their contact and with customers who wait at lines that have closed
    (these are served out, in overtime).
    """

    def __init__(self, wing: ContactWing, ix: int, spec: Group, lines: tuple[AgentLine, ...], heads: int) -> None:
        self.wing = wing
        self.clock = wing.clock
        self.at = wing.at
        self.ix = ix
        self.spec = spec
        self.lines = lines
        self.only = lines[0] if len(lines) == 1 and lines[0].places == 1 else None  # one voice line: nothing to select
        self.heads = heads
        self.agents = [Agent(self) for _ in range(heads)]  # all who ever came, to be asked at the end of the run
        self.idle = list(self.agents)
        self.gone: list[Agent] = []
        self.staffed = heads
        self.busy = 0
        self.leaving = 0  # busy agents, one contact at a time, whose shift is over
        self.leaving_desks: list[Desk] = []
        most = max((line.places for line in lines), default=1)
        self.desks: list[dict[Desk, None]] = [{} for _ in range(most + 1)]  # chatting agents on shift, by conversations
        self.chatting = 0  # agents with at least one conversation, leaving ones included
        mirrored = all(line.places == 1 and not line.draws.has_after for line in lines)
        self.busy_gauge = wing.gauge(G_BUSY, ix, also=G_CONVERSATIONS if mirrored else -1)
        self.conversations = None if mirrored else wing.gauge(G_CONVERSATIONS, ix)
        self.staffed_gauge = wing.gauge(G_STAFFED, ix, heads)
        self.scheduled_gauge = wing.gauge(G_SCHEDULED, ix, heads)

    # -- one contact at a time -------------------------------------------------------------------------------------------

    def answer(self, agent: Agent, contact: Contact, line: AgentLine, now: float) -> None:
        """An idle agent (already off the list) takes a contact."""
        self.busy += 1
        self.busy_gauge.add(now, 1)
        self._begin(agent, contact, line, now)

    def _begin(self, agent: Agent, contact: Contact, line: AgentLine, now: float) -> None:
        contact.served = line
        contact.answered = now
        if self.conversations is not None:
            self.conversations.add(now, 1)
        if line.places == 1:
            agent.contact = contact
            self.at(now + line.draw_work(contact), agent)
            return
        desk = agent.desk
        if desk is None:
            desk = agent.desk = Desk(agent)
        self.chatting += 1
        desk.take(contact, line.draw_work(contact), now)
        if self.leaving:  # serving out: this one is to go when he is done
            self.leaving -= 1
            self._mark(desk)
        else:
            self.desks[1][desk] = None
        self._fill(desk, now)

    def on_agent_free(self, agent: Agent, now: float) -> None:
        """An agent has nothing in hand: he takes the next contact, goes home or sits idle."""
        only = self.only
        if only is not None and not self.leaving:
            line = only if only.waiting else None
        else:
            line = select_line(self.lines, 0, now, self.leaving > 0)
        if line is not None:
            self._begin(agent, line.take(now), line, now)
            return
        self.busy -= 1
        self.busy_gauge.add(now, -1)
        if self.leaving:
            self.leaving -= 1
            self.gone.append(agent)
            self._count(now, -1)
        else:
            self.idle.append(agent)

    # -- several conversations at once -----------------------------------------------------------------------------------

    def select_desk(self, places: int) -> Desk | None:
        """A chatting agent on shift with fewer than `places` conversations, the fewest first."""
        for level in self.desks[1:places]:
            if level:
                return next(reversed(level))
        return None

    def add_talk(self, desk: Desk, contact: Contact, line: AgentLine, now: float) -> None:
        """A chatting agent takes one more conversation."""
        if not desk.leaving:
            n = len(desk.talks)
            del self.desks[n][desk]
            self.desks[n + 1][desk] = None
        contact.served = line
        contact.answered = now
        if self.conversations is not None:
            self.conversations.add(now, 1)
        desk.take(contact, line.draw_work(contact), now)

    def on_place_free(self, desk: Desk, now: float) -> None:
        """A conversation is over, after-call work included."""
        n = len(desk.talks)
        if not desk.leaving:
            del self.desks[n + 1][desk]
            if n:
                self.desks[n][desk] = None
        if n:
            self._fill(desk, now)
            return
        self.chatting -= 1
        if desk.leaving:
            desk.leaving = False
            self.leaving_desks.remove(desk)
            self.leaving += 1
        self.on_agent_free(desk.agent, now)

    def _fill(self, desk: Desk, now: float) -> None:
        """Take waiting conversations up to the places there are."""
        while (line := select_line(self.lines, len(desk.talks), now, desk.leaving)) is not None:
            self.add_talk(desk, line.take(now), line, now)

    def _mark(self, desk: Desk) -> None:
        desk.leaving = True
        self.leaving_desks.append(desk)

    # -- shifts ----------------------------------------------------------------------------------------------------------

    def set_heads(self, heads: int, now: float) -> None:
        """The shifts now ask for so many agents."""
        change = heads - self.heads
        self.heads = heads
        self.scheduled_gauge.set(now, heads)
        if change < 0:
            self._send_home(-change, now)
        else:
            self._call_in(change, now)

    def _send_home(self, n: int, now: float) -> None:
        at_once = min(n, len(self.idle))
        if at_once:
            self.gone += self.idle[-at_once:]
            del self.idle[-at_once:]
            self._count(now, -at_once)
        n -= at_once
        later = min(n, self.busy - self.chatting - self.leaving)
        self.leaving += later
        n -= later
        for level in self.desks:
            while n and level:
                self._mark(level.popitem()[0])
                n -= 1

    def _call_in(self, n: int, now: float) -> None:
        stay = min(n, self.leaving)
        self.leaving -= stay
        n -= stay
        while n and self.leaving_desks:
            desk = self.leaving_desks.pop()
            desk.leaving = False
            self.desks[len(desk.talks)][desk] = None
            n -= 1
            self._fill(desk, now)
        self._count(now, n)
        for _ in range(n):
            if self.gone:
                agent = self.gone.pop()
            else:
                agent = Agent(self)
                self.agents.append(agent)
            line = select_line(self.lines, 0, now, False)
            if line is None:
                self.idle.append(agent)
            else:
                self.answer(agent, line.take(now), line, now)

    # -- end of the run --------------------------------------------------------------------------------------------------

    def contacts(self) -> list[Contact]:
        """Contacts in service, after-call work excluded."""
        found: list[Contact] = []
        for agent in self.agents:
            if agent.contact is not None:
                found.append(agent.contact)
            if agent.desk is not None:
                found += [contact for contact in agent.desk.talks if not contact.wrapping]
        return found

    def gauges(self) -> list[TotalGauge]:
        """All gauges of the group."""
        own = [self.busy_gauge, self.staffed_gauge, self.scheduled_gauge]
        return own if self.conversations is None else [*own, self.conversations]

    def checks(self) -> list[str]:
        """Broken invariants after the end of the run: counts of agents agree, nobody is busy who is not there."""
        name, broken = f"group {self.spec.name}", []
        if self.staffed != len(self.idle) + self.busy:
            broken.append(f"{name}: {self.staffed} agents staffed but {len(self.idle)} idle and {self.busy} busy")
        leaving = self.leaving + len(self.leaving_desks)
        if self.staffed != self.heads + leaving:
            broken.append(f"{name}: {self.staffed} agents staffed but {self.heads} on shift and {leaving} leaving")
        if self.busy_gauge.integral > self.staffed_gauge.integral * (1 + 1e-9) + 1e-9:
            broken.append(f"{name}: busy {self.busy_gauge.integral!r} h of {self.staffed_gauge.integral!r} staffed")
        return broken

    def _count(self, now: float, change: int) -> None:
        self.staffed += change
        self.staffed_gauge.add(now, change)


class ShiftChange:
    """The next instant at which a group's heads change."""

    __slots__ = ("_changes", "_group", "_heads")

    def __init__(self, group: AgentGroup, changes: Sequence[tuple[float, int]]) -> None:
        self._group = group
        self._changes = iter(changes)
        self._heads = group.heads
        self._schedule()

    def fire(self) -> None:
        """Change the heads and wait for the next change."""
        group = self._group
        group.set_heads(self._heads, group.clock._now)
        self._schedule()

    def _schedule(self) -> None:
        change = next(self._changes, None)
        if change is not None:
            time, self._heads = change
            self._group.at(time, self, CAPACITY)


def head_changes(shifts: Sequence[tuple[int, OpenHours | None]]) -> tuple[int, list[tuple[float, int]]]:
    """Heads at time 0, and each later instant with the heads from then on.

    Parameters
    ----------
    shifts
        (heads, hours) of each shift; hours None: always.
    """
    steps: dict[float, int] = {}
    heads = 0
    for n, hours in shifts:
        if hours is None:
            heads += n
            continue
        for begin, end in zip(hours.begins, hours.ends, strict=True):
            steps[max(begin, 0.0)] = steps.get(max(begin, 0.0), 0) + n
            steps[end] = steps.get(end, 0) - n
    changes: list[tuple[float, int]] = []
    first = heads
    for time in sorted(steps):
        if steps[time] == 0:
            continue
        heads += steps[time]
        if time <= 0:
            first = heads
        elif time < float("inf"):
            changes.append((time, heads))
    return first, changes
