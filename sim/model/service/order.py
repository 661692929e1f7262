"""One repair order: where it is, what it waits for, and how its hours add up."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from sim.columns import OPEN, STAGE_IX
from sim.model.seams import Case

if TYPE_CHECKING:
    from sim.engine.gauge import Gauge
    from sim.model.service.latent import FaultKind, Lines
    from sim.model.service.workshop import Crew, Post

_NAN: Final = float("nan")
_INF: Final = float("inf")
_CONTACT_WAIT: Final = STAGE_IX["contact_wait"]
_CONTACT: Final = STAGE_IX["contact"]
_RETRY: Final = STAGE_IX["retry"]
_NO_HOURS: Final = [0.0] * len(STAGE_IX)


class Order:
    """A repair order and its only event: `fire` goes on with whatever `then` says.

    It is in exactly one stage at a time; `enter` closes the visit of the old stage at the instant at which the new one begins.
    """

    __slots__ = (
        "arrival",
        "asked_h",
        "audits",
        "awaiting",
        "case",
        "crew",
        "diagnosed",
        "due_h",
        "entitled",
        "fault",
        "first_h",
        "fitted",
        "forwarded",
        "gauge",
        "hours",
        "job_end",
        "job_kind",
        "job_stage",
        "mode",
        "note_visit",
        "number",
        "opened_h",
        "outcome",
        "post",
        "priority",
        "ready_h",
        "received_h",
        "receiver",
        "repairs",
        "reserved",
        "revenue",
        "rework",
        "since",
        "stage",
        "then",
        "travel",
        "unseen",
        "work",
    )

    def __init__(self, number: int, case: Case, mode: int, receiver: Crew | None, now: float, stage: int) -> None:
        self.number = number
        self.case = case
        self.mode = mode
        self.receiver = receiver  # where the owner's order is
        if receiver is not None:  # else it is given up as it opens
            self.crew = receiver
        self.fault: FaultKind | None = None
        self.entitled = True
        self.priority = 0
        self.arrival = now  # at the workshop that repairs it; its place in every queue there
        self.first_h = case.at_h
        self.opened_h = now
        self.received_h = self.ready_h = _NAN
        self.due_h = _INF
        self.outcome = OPEN
        self.revenue = 0.0
        self.forwarded = 0
        self.rework = 0
        self.repairs = 0  # begun so far
        self.audits = 0
        self.diagnosed = False
        self.unseen = False  # comes to the bench without diagnosis: level and parts show when a technician takes it up
        self.awaiting = False  # for parts
        self.reserved = False  # parts lie ready for it, or will
        self.fitted: Lines = ()  # parts of the coming repair
        # the job at the bench
        self.job_kind = 0
        self.job_stage = 0
        self.work = 0.0
        self.travel = 0.0
        self.asked_h = now
        self.job_end = now
        self.post: Post | None = None  # the shift whose head is at it
        # stages
        self.then: Callable[[Order], None]
        self.note_visit: Callable[[Any], Any] | None = None
        self.gauge: Gauge  # of open orders, in which it counts
        self.stage = stage
        self.since = now
        hours = _NO_HOURS.copy()
        hours[_CONTACT_WAIT] = case.wait_h
        hours[_CONTACT] = case.talk_h
        retry = now - case.at_h - case.wait_h - case.talk_h
        # sums of waits and talks carry rounding: what is left of it belongs to them, it is no time between attempts
        rest = _RETRY if abs(retry) > 1e-9 else _CONTACT if case.talk_h > 1e-9 else _CONTACT_WAIT
        hours[rest] = max(0.0, hours[rest] + retry)
        self.hours = hours

    def fire(self) -> None:
        """The stage ends."""
        self.then(self)

    def enter(self, stage: int, now: float) -> None:
        """End the present stage and begin another at the same instant; the log leaves out visits that take no time."""
        since = self.since
        self.hours[self.stage] += now - since
        if self.note_visit is not None and now > since:
            self.note_visit((self.number, self.stage, since, now))
        self.stage = stage
        self.since = now

    def is_consistent(self, end: float) -> bool:
        """Whether the stages add up to the time from first contact to `end`, to 1e-9 relative, and none is negative."""
        total = end - self.first_h
        rest = sum(self.hours) - total
        limit = 1e-9 * total
        if not -limit <= rest <= limit:  # an instant late in the run is itself only known to its last bit
            limit = 1e-9 * max(total, 1e-6 * end, 1e-3)
        return -limit <= rest <= limit and min(self.hours) >= 0.0

    def row(self, closed_h: float) -> tuple[float, ...]:
        """The row of the orders table; `closed_h` is NaN for an order still open."""
        case, receiver = self.case, self.receiver
        return (
            self.number,
            case.number,
            self.mode,
            -1 if receiver is None else receiver.ix,
            -1 if receiver is None else self.crew.ix,
            case.need_ix,
            case.product_ix,
            case.segment_ix,
            case.region_ix if receiver is None else receiver.region_ix,
            case.market_ix,
            self.entitled,
            self.forwarded,
            self.rework,
            self.first_h,
            self.opened_h,
            self.received_h,
            self.ready_h,
            closed_h,
            self.due_h,
            self.outcome,
            self.revenue,
            case.attempts,
            *self.hours,
        )
