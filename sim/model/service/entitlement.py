"""What the owner is entitled to: a free repair, and a time by which it is done."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from math import ceil
from typing import Final

from sim.calendar import OpenHours, expand
from sim.engine.clock import REVIEW, Clock
from sim.model.seams import Case, Context
from sim.model.service.dispatch import ON_SITE
from sim.model.service.order import Order
from sim.scenario.plan import DAY, Plan

_INF: Final = float("inf")
FREE_KINDS: Final = ("planned", "recall")  # offered by the maker: never quoted


class Warranty:
    """Whose repair is free: in warranty by age and honoured in this country, or offered by the maker."""

    __slots__ = ("_country", "_is_free", "_warranty_h", "_world_wide")

    def __init__(self, plan: Plan) -> None:
        self._is_free = [n.kind in FREE_KINDS for n in plan.needs]
        self._warranty_h = [p.warranty_h for p in plan.products]
        self._world_wide = [p.world_wide for p in plan.products]
        self._country: list[int] = plan.markets.country_ix.tolist()

    def covers(self, case: Case) -> bool:
        """Whether the repair of a case is free for its owner where it happened."""
        if self._is_free[case.need_ix]:
            return True
        product_ix = case.product_ix
        if case.age_h >= self._warranty_h[product_ix]:
            return False
        here, home = case.market_ix, case.home_ix
        return here == home or self._world_wide[product_ix] or self._country[here] == self._country[home]


class PromiseAlarm:
    """The promises of one segment pass, one after the other: a single pending event, for the first order still open."""

    __slots__ = ("_clock", "_due", "_on_passed", "_open_orders")

    def __init__(self, clock: Clock, open_orders: dict[int, Order], on_passed: Callable[[int], None]) -> None:
        self._clock = clock
        self._open_orders = open_orders
        self._on_passed = on_passed
        self._due: deque[tuple[float, int]] = deque()  # (instant, order), ascending; the first is pending

    def is_last(self, due: float) -> bool:
        """Whether no promise that is kept here passes after `due`."""
        return not self._due or self._due[-1][0] <= due

    def add(self, due: float, number: int) -> None:
        """The promise of an order passes at `due`, not before those added so far."""
        self._due.append((due, number))
        if len(self._due) == 1:
            self._clock.at(due, self, REVIEW)

    def fire(self) -> None:
        """Wait for the next open order, and tell of this one."""
        due, open_orders = self._due, self._open_orders
        number = due.popleft()[1]
        while due and due[0][1] not in open_orders:
            due.popleft()
        if due:
            self._clock.at(due[0][0], self, REVIEW)
        self._on_passed(number)


class Promises:
    """Due times by segment.

    Parameters
    ----------
    ctx
        Plan and clock.
    open_orders
        Orders whose units are not back, by number.
    on_passed
        Called with the order's number when its promise passes; only if late owners ask (plan.status.rate). The order may
        be closed by then.
    """

    def __init__(self, ctx: Context, open_orders: dict[int, Order], on_passed: Callable[[int], None]) -> None:
        plan = ctx.plan
        run = plan.run
        self._clock = ctx.clock
        self._horizon = run.horizon_h
        self._open_orders = open_orders
        self._on_passed = on_passed
        self._watched = plan.status.rate > 0
        self._segments = plan.segments
        self._hours: list[OpenHours | None] = [
            expand(plan.calendars[s.promise_calendar_ix], run.start, run.horizon_h) if s.promise_calendar_ix >= 0 else None
            for s in plan.segments
        ]
        self._alarms = [self._new_alarm() for _ in plan.segments]
        self._from_receipt = [s.promise_clock == "workshop" for s in plan.segments]
        self._promised = [s.promise_h < _INF for s in plan.segments]

    def _new_alarm(self) -> PromiseAlarm:
        return PromiseAlarm(self._clock, self._open_orders, self._on_passed)

    def at_opening(self, order: Order) -> None:
        """The clock of the promise starts, unless it starts at receipt (on site nothing is received: at opening)."""
        segment_ix = order.case.segment_ix
        if not self._promised[segment_ix]:
            return
        if not self._from_receipt[segment_ix]:
            self._start(order, order.first_h)
        elif order.mode == ON_SITE:
            self._start(order, order.opened_h)

    def at_receipt(self, order: Order) -> None:
        """The unit is at the workshop."""
        segment_ix = order.case.segment_ix
        if self._promised[segment_ix] and self._from_receipt[segment_ix]:
            self._start(order, order.received_h)

    def _start(self, order: Order, start_h: float) -> None:
        segment_ix = order.case.segment_ix
        order.due_h = due = self.due(segment_ix, start_h, order.crew.opening if order.crew.posts else None)
        if self._watched and due < self._horizon:
            passes = max(due, self._clock._now)
            alarm = self._alarms[segment_ix]
            if not alarm.is_last(passes):  # it overtakes another, as after a change of clocks
                alarm = self._new_alarm()
            alarm.add(passes, order.number)

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
