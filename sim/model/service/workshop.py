"""Technicians of one workshop: who takes which job when, and when it is done.

A job that a technician began pauses outside the calendar of his shift and goes on with him (or is finished in overtime), so
its end is known when it begins: opening and closing need no events. Only where a job waits and every free technician is off
duty, one alarm is set for the next opening.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any, Final

from sim.calendar import CalendarSpec, OpenHours, expand, union
from sim.columns import G_BENCH_QUEUE, J_LOOK, J_VISIT
from sim.engine.clock import CAPACITY, COMPLETION, Clock
from sim.engine.gauge import Gauge
from sim.model.seams import Context
from sim.model.service import latent
from sim.model.service.latent import DrawCache
from sim.model.service.order import Order
from sim.scenario.plan import DAY, Workshop

_INF: Final = float("inf")
ALWAYS: Final = CalendarSpec("always", "UTC", (((0.0, 24.0),),) * 7)


class Post:
    """The heads of one shift."""

    __slots__ = ("always", "free", "heads", "hours", "ix")

    def __init__(self, ix: int, heads: int, hours: OpenHours) -> None:
        self.ix = ix
        self.heads = heads
        self.free = heads
        self.hours = hours
        self.always = hours.always


class Crew:
    """A workshop or team at work: its posts, its queue, and the draws of its times.

    Parameters
    ----------
    ix, spec
        The workshop of the plan.
    ctx
        Clock, tables and calendars.
    draws
        Shared bound draws.
    look
        Called when a technician takes up an order that nobody has looked at; False if he cannot go on with it now.
    """

    __slots__ = (
        "_alarm_h", "_clock", "_finish_jobs", "_first", "_gauge", "_gauge_row", "_has_more", "_horizon", "_job_row", "_look",
        "_waiting", "area_h",
        "audit_pass", "audit_share", "busy_h", "dead_share", "draw_audit", "draw_counter", "draw_diagnosis", "draw_forward",
        "draw_hand_in", "draw_pick_up", "draw_repair", "draw_travel", "forward_ix", "has_queued", "ix", "level",
        "location_ix", "opening", "overtime_h", "posts", "queue", "region_ix", "wait_h",
    )  # fmt: skip

    def __init__(
        self,
        ix: int,
        spec: Workshop,
        ctx: Context,
        draws: DrawCache,
        look: Callable[[Order], bool],
    ) -> None:
        run, calendars = ctx.plan.run, ctx.plan.calendars
        # What every order touches stands together: with thousands of crews most are out of the processor's cache.
        self.ix = ix
        self.region_ix = spec.region_ix
        self.location_ix = spec.location_ix
        self.level = spec.level
        self.forward_ix = spec.forward_ix
        self.posts = [
            Post(i, s.heads, expand(calendars[s.calendar_ix] if s.calendar_ix >= 0 else ALWAYS, run.start, run.horizon_h))
            for i, s in enumerate(spec.shifts)
        ]
        self._first = self.posts[0] if self.posts else Post(0, 0, expand(ALWAYS, run.start, run.horizon_h))
        self._has_more = len(self.posts) > 1
        self._waiting = 0  # jobs in the queue
        self._clock: Clock = ctx.clock
        self._job_row = ctx.recorder["jobs"].row
        self._finish_jobs = spec.finish_jobs
        self._horizon = run.horizon_h
        self.wait_h = self.area_h = 0.0  # waits of jobs taken up; integral of the queue gauge
        self.busy_h = self.overtime_h = 0.0  # up to the horizon, counted when a job begins
        self.draw_hand_in = draws.bind(spec.hand_in, latent.HAND_IN)
        self.draw_counter = draws.bind(spec.counter, latent.COUNTER)
        self.draw_diagnosis = draws.bind(spec.diagnosis_time, latent.DIAGNOSIS)
        self.draw_repair = draws.of(spec.repair_time, latent.REPAIR)
        self.opening = union(tuple(p.hours for p in self.posts))  # when anybody is on duty
        self.draw_audit = draws.bind(spec.audit_time, latent.AUDIT)
        self.draw_travel = draws.bind(spec.travel, latent.TRAVEL)
        self.draw_forward = draws.bind(spec.forward_transit, latent.FORWARD)
        self.draw_pick_up = draws.bind(spec.pick_up, latent.PICK_UP)
        self.audit_share = spec.audit_share
        self.audit_pass = spec.audit_pass
        self.dead_share = spec.dead_on_arrival
        self.queue: list[tuple[int, float, int, Order]] = []
        self.has_queued = False  # a workshop where nobody ever waited has no gauge rows
        self._alarm_h = _INF
        self._look = look
        self._gauge_row = ctx.recorder["gauges"].row
        self._gauge = Gauge(self._note_area, (G_BENCH_QUEUE, ix, -1), run.warm_up_h % DAY, DAY)

    def ask(self, order: Order, kind: int, wait: int, stage: int, work: float, travel: float = 0.0) -> None:
        """A job for a technician: at once if one is free and nobody waits, else by priority and arrival of the order.

        `wait` and `stage` are the order's stages until the job begins and from then on.
        """
        now = self._clock._now
        order.job_kind = kind
        order.job_stage = stage
        order.work = work
        order.travel = travel
        order.asked_h = now
        post = self._free_post(now)
        if post is not None and not self._waiting:
            if not order.unseen or self._look(order):
                self._begin(order, post, now)
            else:
                self._note_look(order, post, now)
            return
        order.enter(wait, now)
        heappush(self.queue, (order.priority, order.arrival, order.number, order))
        self.has_queued = True
        self._waiting += 1
        self._gauge.add(now, 1)
        if post is None:
            self._await_opening(now)
        else:
            self.select()

    def release(self, order: Order) -> None:
        """The job of an order is done; call `select` when it is clear what the order wants next."""
        post = order.post
        assert post is not None
        post.free += 1

    def select(self) -> None:
        """Free technicians on duty take waiting jobs, first priority, then first arrival; an alarm if all are off duty."""
        if not self._waiting:
            return
        queue = self.queue
        now = self._clock._now
        post = self._free_post(now)
        while post is not None:
            order = heappop(queue)[3]
            self._waiting -= 1
            self._gauge.add(now, -1)
            if not order.unseen or self._look(order):
                self._begin(order, post, now)
                post = self._free_post(now)
            else:
                self._note_look(order, post, now)
            if not queue:
                return
        self._await_opening(now)

    def _await_opening(self, now: float) -> None:
        """An alarm for the next opening of a post with free heads, unless one is set that comes no later."""
        opening = _INF
        for post in self.posts:
            if post.free:
                opening = min(opening, post.hours.next_open(now))
        if opening < self._alarm_h:
            self._alarm_h = opening
            self._clock.at(opening, self, CAPACITY)

    def fire(self) -> None:
        """A shift opens while somebody waits."""
        if self._clock._now == self._alarm_h:
            self._alarm_h = _INF
            self.select()

    def _free_post(self, now: float) -> Post | None:
        first = self._first
        if first.free and (first.always or first.hours.is_open(now)):
            return first
        if not self._has_more:
            return None
        for post in self.posts:
            if post.free and (post.always or post.hours.is_open(now)):
                return post
        return None

    def _note_look(self, order: Order, post: Post, now: float) -> None:
        """The order leaves the queue without work: its wait is a pass of its own; it joins again when its parts are there."""
        self.wait_h += now - order.asked_h
        self._job_row((self.ix, post.ix, J_LOOK, order.number, order.asked_h, now, now, 0.0, 0.0))

    def _begin(self, order: Order, post: Post, now: float) -> None:
        post.free -= 1
        order.post = post
        self.wait_h += now - order.asked_h
        work, travel, hours = order.work, order.travel, post.hours
        arrival = now + travel
        overtime = 0.0
        if post.always:
            end = arrival + work
        elif self._finish_jobs:
            end = arrival + work
            if end > hours.closes_at(now):
                overtime = (end - now) - hours.scheduled(now, end)
        else:
            end = hours.finish(arrival, work)
            if travel and arrival > hours.closes_at(now):
                overtime = travel - hours.scheduled(now, arrival)
        if end <= self._horizon:
            self.busy_h += (arrival - now) + work
            self.overtime_h += overtime
        else:
            self._count_part(hours, now, arrival)
        self._job_row((self.ix, post.ix, order.job_kind, order.number, order.asked_h, now, end, travel + work, overtime))
        order.enter(order.job_stage, now)
        order.job_end = end
        self._clock.at(arrival if order.job_kind == J_VISIT else end, order, COMPLETION)

    def _count_part(self, hours: OpenHours, now: float, arrival: float) -> None:
        """Add the part of a job before the horizon, at which it is not done, to busy time and overtime."""
        horizon = self._horizon
        inside = hours.scheduled(now, horizon)
        if self._finish_jobs:
            self.busy_h += horizon - now
            self.overtime_h += (horizon - now) - inside
            return
        on_the_road = min(arrival, horizon) - now
        road_inside = hours.scheduled(now, min(arrival, horizon))
        self.busy_h += on_the_road + (inside - road_inside)
        self.overtime_h += on_the_road - road_inside

    def _note_area(self, row: Any) -> None:
        if row[5] > 0.0:  # most workshops have no queue on most days
            self.area_h += row[5]
            self._gauge_row(row)

    def finish(self, horizon: float) -> None:
        """Close the gauge; jobs still waiting count up to the horizon."""
        if self.has_queued:
            self._gauge.finish(horizon)
        for _, _, _, order in self.queue:
            self.wait_h += horizon - order.asked_h

    def checks(self, horizon: float) -> list[str]:
        """Broken invariants of this workshop."""
        broken = []
        scheduled = sum(p.heads * p.hours.worked(horizon) for p in self.posts)
        if self.busy_h > (scheduled + self.overtime_h) * (1 + 1e-9) + 1e-6:
            broken.append(
                f"workshop {self.ix}: busy {self.busy_h!r} h exceed scheduled {scheduled!r} + overtime {self.overtime_h!r} h"
            )
        if abs(self.area_h - self.wait_h) > 1e-8 * max(1.0, self.wait_h):
            broken.append(f"workshop {self.ix}: integral of the bench queue {self.area_h!r} h, sum of waits {self.wait_h!r} h")
        return broken
