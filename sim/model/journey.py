"""The life of a case: what follows from what. Joins the wings; holds no queue and no stock of its own."""

from __future__ import annotations

import math
from bisect import bisect_right
from itertools import accumulate
from typing import Final

from sim.calendar import OpenHours, expand
from sim.columns import (
    ABANDONED,
    BLOCKED,
    CLOSED,
    ESCALATED,
    FRESH,
    OUTBOUND,
    RECONNECT,
    REDIAL,
    RESOLVED,
    STATUS,
    UNRESOLVED,
)
from sim.columns import REPAIR as REPAIR_OUTCOME
from sim.engine.clock import ARRIVAL, COMPLETION
from sim.model.seams import Case, Contacts, Context, Service
from sim.rules.service_mode import direct_modes
from sim.scenario.plan import MODES, NextStep, Plan, Source
from sim.streams import keyed_uniform, purpose_salt

S_NEXT: Final = purpose_salt("next_step")
S_DELAY: Final = purpose_salt("next_delay")
S_MODE: Final = purpose_salt("mode")
S_PROACTIVE: Final = purpose_salt("proactive")
S_STATUS: Final = purpose_salt("status")
S_ACCEPT: Final = purpose_salt("accept")
S_DECISION: Final = purpose_salt("decision")

_CARRY_IN: Final = MODES.index("carry_in")


class ContactLater:
    """A customer tries again at a set instant."""

    __slots__ = ("case", "channel_ix", "contacts", "kind")

    def __init__(self, contacts: Contacts, case: Case, kind: int, channel_ix: int) -> None:
        self.contacts = contacts
        self.case = case
        self.kind = kind
        self.channel_ix = channel_ix

    def fire(self) -> None:
        """The attempt."""
        self.contacts.offer(self.case, self.kind, self.channel_ix)


class StatusAlarm:
    """The owner of a late order asks where it is, again and again, until the unit is back."""

    __slots__ = ("asked", "case", "journey", "order")

    def __init__(self, journey: Journey, case: Case, order: int) -> None:
        self.journey = journey
        self.case = case
        self.order = order
        self.asked = 0

    def wait(self) -> None:
        """Until the next question: exponential, keyed by the case and the count."""
        journey = self.journey
        u = keyed_uniform(self.case.key, S_STATUS, self.asked)
        journey.clock.at(journey.clock.now - math.log1p(-u) / journey.plan.status.rate, self, ARRIVAL)

    def fire(self) -> None:
        """Ask, if the order is still open."""
        journey = self.journey
        if not journey.service.is_open(self.order):
            return
        self.asked += 1
        self.wait()
        journey.contacts.offer(self.case, STATUS, journey.plan.status.channel_ix, self.order)


class Answer:
    """The owner decides on a quote."""

    __slots__ = ("accepted", "order", "service")

    def __init__(self, service: Service, order: int, accepted: bool) -> None:
        self.service = service
        self.order = order
        self.accepted = accepted

    def fire(self) -> None:
        """The decision reaches the workshop."""
        self.service.answer(self.order, self.accepted, last=True)


class Journey:
    """Decides what happens next to a case; satisfies :class:`sim.model.seams.Journey`."""

    def __init__(self, ctx: Context, contacts: Contacts, service: Service) -> None:
        self.plan = ctx.plan
        self.clock = ctx.clock
        self.contacts = contacts
        self.service = service
        self._has_lines = bool(ctx.plan.lines)
        self._hours: dict[int, OpenHours] = {}
        self._modes = [[_mode_steps(m) for m in s.modes] for s in ctx.plan.sources]
        self._direct = [[_mode_steps(direct_modes(m, self._has_lines)) for m in s.modes] for s in ctx.plan.sources]
        self._repairable = [_is_repairable(ctx.plan, s) for s in ctx.plan.sources]
        self._decision = ctx.plan.quote.decision.sampler()
        self.given_up = 0  # cases that ended without help

    def on_case(self, case: Case) -> None:
        """A need arises: the owner calls, or goes to service by himself."""
        if case.channel_ix >= 0 and self._has_lines:
            self.contacts.offer(case, FRESH, case.channel_ix)
        else:
            self._go_to_service(case)

    def on_contact_end(self, case: Case, kind: int, outcome: int, line_ix: int, order: int) -> None:
        """What the customer does after an attempt."""
        if outcome == RESOLVED:
            return
        if outcome == REPAIR_OUTCOME:
            self.service.open(case, _draw_mode(self._modes[case.source_ix], case))
        elif kind in (STATUS, OUTBOUND):
            return
        elif outcome in (ABANDONED, BLOCKED, CLOSED):
            self._after_failure(case, outcome, line_ix)
        elif outcome == UNRESOLVED:
            line = self.plan.lines[line_ix]
            delay = line.reconnect_delay.ppf_one(keyed_uniform(case.key, S_DELAY, case.attempts))
            self._contact_later(case, RECONNECT, line.channel_ix, self.clock.now + delay)
        elif outcome == ESCALATED:
            channel = self.plan.lines[line_ix].escalate_channel_ix
            if channel >= 0:
                self._contact_later(case, FRESH, channel, self.clock.now)
            else:
                self.given_up += 1

    def _after_failure(self, case: Case, outcome: int, line_ix: int) -> None:
        if line_ix < 0:
            self.given_up += 1
            return
        line = self.plan.lines[line_ix]
        step = line.when_closed if outcome == CLOSED else line.redial
        u = keyed_uniform(case.key, S_NEXT, case.attempts)
        if case.attempts >= step.max_attempts:
            self.given_up += 1
        elif u < step.retry:
            channel = line.channel_ix if line.channel_ix >= 0 else case.channel_ix
            self._contact_later(case, REDIAL, channel, self._retry_at(case, step, line.calendar_ix, outcome))
        elif u < step.retry + step.switch and step.switch_channel_ix >= 0:
            self._contact_later(case, REDIAL, step.switch_channel_ix, self.clock.now)
        elif step.retry + step.switch <= u < step.retry + step.switch + step.walk_in:
            self._go_to_service(case)
        else:
            self.given_up += 1

    def _retry_at(self, case: Case, step: NextStep, calendar_ix: int, outcome: int) -> float:
        delay = step.retry_delay.ppf_one(keyed_uniform(case.key, S_DELAY, case.attempts))
        if outcome != CLOSED or calendar_ix < 0:
            return self.clock.now + delay
        hours = self._hours.get(calendar_ix)
        if hours is None:
            run = self.plan.run
            hours = self._hours[calendar_ix] = expand(self.plan.calendars[calendar_ix], run.start, run.horizon_h)
        return hours.next_open(self.clock.now) + delay

    def _contact_later(self, case: Case, kind: int, channel_ix: int, at: float) -> None:
        self.clock.at(at, ContactLater(self.contacts, case, kind, channel_ix), ARRIVAL)

    def _go_to_service(self, case: Case) -> None:
        """To service without a contact, or after contacts that failed; the mode by `rules.service_mode`."""
        if self._repairable[case.source_ix]:
            self.service.open(case, _draw_mode(self._direct[case.source_ix], case))
        else:
            self.given_up += 1  # advice over the counter is not modelled

    def on_quote(self, order: int) -> None:
        """The owner is called with the quote (in warranty: the result), or hears at once where nobody calls."""
        case = self.service.case_of(order)
        if self.plan.quote.line_ix >= 0:
            self.contacts.call_out(case, order)
        else:
            self.on_called(case, order, True)

    def on_called(self, case: Case, order: int, reached: bool) -> None:
        """The owner knows result and price (in writing where the calls did not reach him); in warranty nothing is to decide."""
        self.service.start_decision(order)
        if self.service.is_entitled(order):
            self.service.answer(order, True)
            return
        quote = self.plan.quote
        accepted = quote.accept >= 1.0 or keyed_uniform(case.key, S_ACCEPT) < quote.accept
        delay = self._decision.draw(keyed_uniform(case.key, S_DECISION))
        self.clock.at(self.clock.now + delay, Answer(self.service, order, accepted), COMPLETION)

    def on_late(self, order: int) -> None:
        """The promise passed: the owner begins to ask, unless he was told in time."""
        case = self.service.case_of(order)
        if self.plan.status.rate > 0 and keyed_uniform(case.key, S_PROACTIVE) >= self.plan.status.proactive:
            StatusAlarm(self, case, order).wait()

    def on_order_closed(self, order: int, outcome: int) -> None:
        """The unit is back with its owner: nothing follows in the basic form."""


def _mode_steps(shares: tuple[float, ...]) -> list[float]:
    total = sum(shares)
    return [s / total for s in accumulate(shares)] if total > 0 else [1.0, 1.0, 1.0]


def _draw_mode(by_segment: list[list[float]], case: Case) -> int:
    """Mode of a case's repair order: one draw a case, whichever way it comes to service."""
    if not by_segment:
        return _CARRY_IN
    steps = by_segment[min(case.segment_ix, len(by_segment) - 1)]
    first = steps.index(1.0)
    if first == 0 or steps[first - 1] == 0.0:
        return first  # the only one: nothing to draw
    return min(bisect_right(steps, keyed_uniform(case.key, S_MODE)), len(MODES) - 1)


def _is_repairable(plan: Plan, source: Source) -> bool:
    """Whether a case of this source can become a repair order at all, so that walking in makes sense."""
    need = plan.needs[source.need_ix]
    if source.faults or need.kind in ("hardware", "cosmetic", "planned", "recall"):
        return True
    return bool(need.to_repair) or any(plan.lines[ix].to_repair > 0 for ix in _reached_lines(plan))


def _reached_lines(plan: Plan) -> set[int]:
    """Lines that customers of some market can come to, directly or passed on; a site that nobody reaches changes nothing."""
    regions = set(plan.markets.region_ix[plan.markets.weight > 0].tolist())
    ahead = [ix for lines in plan.entry for region, ix in enumerate(lines) if region in regions]
    found: set[int] = set()
    while ahead:
        ix = ahead.pop()
        if ix >= 0 and ix not in found:
            found.add(ix)
            ahead += (plan.lines[ix].transfer_line_ix, plan.lines[ix].overflow_line_ix)
    return found
