"""The contact centres of a plan on one clock; satisfies :class:`sim.model.seams.Contacts`."""

from __future__ import annotations

from itertools import count
from math import nan

from sim.calendar import OpenHours, expand
from sim.columns import (
    ABANDONED,
    CLOSED,
    DONE,
    IN_SERVICE,
    OUTBOUND,
    RESOLVED,
    STATUS,
    TRANSFER,
    UNREACHED,
    WAITING,
)
from sim.engine.clock import COMPLETION
from sim.model.contact.engagement import Contact
from sim.model.contact.ledger import TotalGauge
from sim.model.contact.outbound import NoAnswer, OutboundCall
from sim.model.contact.routing import AgentLine, ContactLine
from sim.model.contact.selfservice import SelfServiceLine
from sim.model.contact.staffing import AgentGroup, ShiftChange, head_changes
from sim.model.seams import Case, Context, Journey
from sim.scenario.plan import DAY


class Notice:
    """Tells the journey of an attempt that ended at once: a call never calls back before it returns."""

    __slots__ = ("_case", "_kind", "_line_ix", "_order", "_outcome", "_wing")

    def __init__(self, wing: ContactWing, case: Case, kind: int, outcome: int, line_ix: int, order: int) -> None:
        self._wing = wing
        self._case = case
        self._kind = kind
        self._outcome = outcome
        self._line_ix = line_ix
        self._order = order

    def fire(self) -> None:
        """Tell."""
        self._wing.journey.on_contact_end(self._case, self._kind, self._outcome, self._line_ix, self._order)


class ContactWing:
    """All lines and agent groups.

    Parameters
    ----------
    ctx
        Plan, clock and tables. `journey` is to be set before the clock runs.
    """

    journey: Journey

    def __init__(self, ctx: Context) -> None:
        plan = ctx.plan
        self.plan = plan
        self.clock = ctx.clock
        self.at = ctx.clock.at
        self.row = ctx.recorder["contacts"].row
        self.row_gauge = ctx.recorder["gauges"].row
        self._origin = plan.run.warm_up_h % DAY
        self.tickets = count()
        self.levels = tuple(2 * s.priority for s in plan.segments)  # the odd levels are outbound tasks
        self._entry = plan.entry
        self._lost = 0  # attempts at a channel that the region does not have
        hours = [expand(c, plan.run.start, plan.run.horizon_h) for c in plan.calendars]
        self.lines: list[ContactLine] = []
        for ix, spec in enumerate(plan.lines):
            behaviour = SelfServiceLine if spec.behaviour == "self_service" else AgentLine
            self.lines.append(behaviour(self, ix, spec, _hours_of(hours, spec.calendar_ix)))
        self.groups = [self._build_group(ix, hours) for ix in range(len(plan.groups))]
        for line in self.lines:
            if isinstance(line, AgentLine):
                line.join(self.groups, self.lines)

    def _build_group(self, ix: int, hours: list[OpenHours]) -> AgentGroup:
        spec = self.plan.groups[ix]
        heads, changes = head_changes([(s.heads, _hours_of(hours, s.calendar_ix)) for s in spec.shifts])
        lines = tuple(line for line in (self.lines[i] for i in spec.lines) if isinstance(line, AgentLine))
        group = AgentGroup(self, ix, spec, lines, heads)
        ShiftChange(group, changes)
        return group

    def gauge(self, code: int, owner: int, value: float = 0.0, also: int = -1) -> TotalGauge:
        """A gauge of this wing: rows by day, boundaries at the end of the warm-up plus whole days."""
        return TotalGauge(self.row_gauge, (code, owner, -1), self._origin, DAY, value, also)

    # -- seams.Contacts --------------------------------------------------------------------------------------------------

    def offer(self, case: Case, kind: int, channel_ix: int, order: int = -1) -> None:
        """A customer tries to reach the maker now; see :class:`sim.model.seams.Contacts`.

        An attempt on a channel that the region does not have ends as closed, with line -1. A channel of -1 (back to an
        internal line) stands for the case's first channel.
        """
        attempt = case.attempts + 1
        case.attempts = attempt
        channel = channel_ix if channel_ix >= 0 else case.channel_ix
        ix = self._entry[channel][case.region_ix] if channel >= 0 else -1
        now = self.clock._now
        if ix >= 0:
            line = self.lines[ix]
            line.admit(Contact(case, kind, order, attempt, line, now), now)
            return
        self._lost += 1
        ids = (case.number, attempt, kind, -1, -1, -1, case.need_ix, case.segment_ix, case.region_ix)
        self.row((*ids, now, nan, now, nan, CLOSED))
        self.at(now, Notice(self, case, kind, CLOSED, -1, order), COMPLETION)

    def call_out(self, case: Case, order: int) -> None:
        """Agents of plan.quote.line_ix are to call the owner; ends in Journey.on_called after the last try."""
        ix = self.plan.quote.line_ix
        line = self.lines[ix] if ix >= 0 else None
        if isinstance(line, AgentLine):
            OutboundCall(self, line, case, order).fire()
        else:
            self.at(self.clock._now, NoAnswer(self, case, order), COMPLETION)

    # -- how attempts end ------------------------------------------------------------------------------------------------

    def refuse(self, contact: Contact, outcome: int, now: float) -> None:
        """Closed or blocked: the attempt ends as it begins; the journey hears of it as the next thing."""
        self._close(contact, now, outcome)
        self.at(now, Notice(self, contact.case, contact.kind, outcome, contact.line.ix, contact.order), COMPLETION)

    def on_abandoned(self, contact: Contact, now: float) -> None:
        """The customer left the queue."""
        contact.line.load -= 1
        case, kind = contact.case, contact.kind
        if case.order < 0 and kind != STATUS:
            case.wait_h += now - contact.arrived
        self._close(contact, now, ABANDONED)
        self.journey.on_contact_end(case, kind, ABANDONED, contact.line.ix, contact.order)

    def on_talk_end(self, contact: Contact, group_ix: int, now: float, released: float) -> int:
        """An agent's talk is over: draw the outcome and book it.

        Parameters
        ----------
        contact
            Whose talk ended now.
        group_ix
            The agent's group.
        now, released
            Clock, and the end of after-call work, h.

        Returns
        -------
        int
            Outcome, of columns.CONTACT_OUTCOMES.
        """
        case, kind, line, served = contact.case, contact.kind, contact.line, contact.served
        arrived, answered = contact.arrived, contact.answered
        if kind == OUTBOUND:
            outcome = DONE if contact.call is not None and contact.call.reached else UNREACHED
        else:
            line.load -= 1
            if kind == STATUS:
                outcome = DONE
            else:
                outcome = RESOLVED if served.always_resolved else served.draws.draw_result(case, kind, contact.attempt)
                if outcome != RESOLVED and case.order < 0:  # who is served now needs no account of his way here
                    case.wait_h += answered - arrived
                    case.talk_h += now - answered
        line.outcomes[outcome] += 1
        self.row(
            (
                case.number,
                contact.attempt,
                kind,
                line.ix,
                served.ix,
                group_ix,
                case.need_ix,
                case.segment_ix,
                case.region_ix,
                arrived,
                answered,
                now,
                released,
                outcome,
            )
        )
        return outcome

    def on_session_end(self, contact: Contact, now: float, outcome: int) -> None:
        """A customer leaves self-service: book it and tell the journey."""
        case, kind, line = contact.case, contact.kind, contact.line
        line.load -= 1
        if kind != STATUS and case.order < 0:
            case.talk_h += now - contact.answered
        line.outcomes[outcome] += 1
        ids = (case.number, contact.attempt, kind, line.ix, line.ix, -1, case.need_ix, case.segment_ix, case.region_ix)
        self.row((*ids, contact.arrived, contact.answered, now, now, outcome))
        self.journey.on_contact_end(case, kind, outcome, line.ix, contact.order)

    def _close(self, contact: Contact, ended: float, outcome: int) -> None:
        """Row and count of an attempt that nobody answered, or that is still waiting (ended NaN)."""
        case, line = contact.case, contact.line
        line.outcomes[outcome] += 1
        ids = (case.number, contact.attempt, contact.kind, line.ix, -1, -1, case.need_ix, case.segment_ix, case.region_ix)
        self.row((*ids, contact.arrived, nan, ended, nan, outcome))

    def transfer(self, contact: Contact, now: float) -> None:
        """Pass the customer on to the next tier: a new attempt there, at once."""
        line = self.lines[contact.served.spec.transfer_line_ix]
        case = contact.case
        case.attempts += 1
        line.receive(Contact(case, TRANSFER, contact.order, case.attempts, line, now), now)

    # -- end of the run --------------------------------------------------------------------------------------------------

    def finish(self) -> None:
        """Write rows of contacts that wait or are in service, and the rest of the gauges."""
        horizon = self.plan.run.horizon_h
        for line in self.lines:
            if isinstance(line, AgentLine):
                for contact in line.contacts():
                    line.waited_h += horizon - contact.entered
                    self._close(contact, nan, WAITING)
                line.queue.finish(horizon)
            elif isinstance(line, SelfServiceLine):
                for session in line.sessions:
                    self._leave_open(session.contact, line.ix, -1)
        for group in self.groups:
            for contact in group.contacts():
                self._leave_open(contact, contact.served.ix, group.ix)
            for gauge in group.gauges():
                gauge.finish(horizon)

    def _leave_open(self, contact: Contact, served_ix: int, group_ix: int) -> None:
        case, line = contact.case, contact.line
        line.outcomes[IN_SERVICE] += 1
        ids = (case.number, contact.attempt, contact.kind, line.ix, served_ix, group_ix)
        place = (case.need_ix, case.segment_ix, case.region_ix)
        self.row((*ids, *place, contact.arrived, contact.answered, nan, nan, IN_SERVICE))

    def checks(self) -> list[str]:
        """Broken invariants after `finish`, as sentences; see each line's and group's own."""
        of_lines = [text for line in self.lines for text in line.checks()]
        return of_lines + [text for group in self.groups for text in group.checks()]


def _hours_of(hours: list[OpenHours], calendar_ix: int) -> OpenHours | None:
    """Opening hours by calendar; None: always."""
    return None if calendar_ix < 0 or hours[calendar_ix].always else hours[calendar_ix]
