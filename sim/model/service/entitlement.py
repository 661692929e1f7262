"""What the owner is entitled to: a free repair, and a time by which it is done."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil

from sim.calendar import OpenHours, expand
from sim.engine.clock import REVIEW
from sim.model.seams import Case, Context
from sim.model.service.dispatch import ON_SITE
from sim.model.service.order import Order
from sim.scenario.plan import DAY, Plan

_INF = float("inf")
FREE_KINDS = ("planned", "recall")  # offered by the maker: never quoted


def is_entitled(plan: Plan, case: Case) -> bool:
    """Whether the repair is free for the owner there: in warranty by age, honoured in this country, or offered by the maker."""
    if plan.needs[case.need_ix].kind in FREE_KINDS:
        return True
    product = plan.products[case.product_ix]
    if case.age_h >= product.warranty_h:
        return False
    country = plan.markets.country_ix
    return product.world_wide or case.market_ix == case.home_ix or bool(country[case.market_ix] == country[case.home_ix])


class PromiseAlarm:
    """The promise of an order passes."""

    __slots__ = ("number", "tell")

    def __init__(self, tell: Callable[[int], None], number: int) -> None:
        self.tell = tell
        self.number = number

    def fire(self) -> None:
        """Tell the wing."""
        self.tell(self.number)


class Promises:
    """Due times by segment.

    Parameters
    ----------
    ctx
        Plan and clock.
    on_passed
        Called with the order's number when its promise passes, open or not; only if late owners ask (plan.status.rate).
    """

    def __init__(self, ctx: Context, on_passed: Callable[[int], None]) -> None:
        plan = ctx.plan
        run = plan.run
        self._clock = ctx.clock
        self._horizon = run.horizon_h
        self._on_passed = on_passed if plan.status.rate > 0 else None
        self._segments = plan.segments
        self._hours: list[OpenHours | None] = [
            expand(plan.calendars[s.promise_calendar_ix], run.start, run.horizon_h) if s.promise_calendar_ix >= 0 else None
            for s in plan.segments
        ]
        self._from_receipt = [s.promise_clock == "workshop" for s in plan.segments]

    def at_opening(self, order: Order) -> None:
        """The clock of the promise starts, unless it starts at receipt (on site nothing is received: at opening)."""
        if not self._from_receipt[order.case.segment_ix]:
            self._start(order, order.first_h)
        elif order.mode == ON_SITE:
            self._start(order, order.opened_h)

    def at_receipt(self, order: Order) -> None:
        """The unit is at the workshop."""
        if self._from_receipt[order.case.segment_ix]:
            self._start(order, order.received_h)

    def _start(self, order: Order, start_h: float) -> None:
        order.due_h = due = self.due(order.case.segment_ix, start_h, order.crew.opening if order.crew.posts else None)
        if self._on_passed is not None and due < self._horizon:
            self._clock.at(max(due, self._clock.now), PromiseAlarm(self._on_passed, order.number), REVIEW)

    def due(self, segment_ix: int, start_h: float, opening: OpenHours | None) -> float:
        """The promised instant for a clock that started at `start_h`; infinite if there is no promise.

        Working days are counted in the segment's calendar, without one in the workshop's `opening` hours: due at the same
        local time of day on the n-th following day that opens.
        """
        segment = self._segments[segment_ix]
        if segment.promise_h == _INF:
            return _INF
        hours = self._hours[segment_ix] or opening
        if segment.promise_working_days and hours is not None:
            return hours.working_days_after(start_h, ceil(segment.promise_h / DAY - 1e-9))
        return start_h + segment.promise_h
