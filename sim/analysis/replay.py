"""A week of one replication as moves and step functions, from its raw tables; what the replay page draws."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from sim.analysis.replay_orders import (
    EMERGENCY,
    PARTS,
    Moves,
    Orders,
    OrderSteps,
    group_steps,
    order_steps,
    shipment_moves,
    work_steps,
)
from sim.analysis.replay_steps import StepFeed, Steps, Ticks
from sim.analysis.replay_stock import Beginning, StockSteps, stock_steps
from sim.analysis.tables import Table
from sim.analysis.window import Floats, Ints
from sim.calendar import ZoneOffsets, zone_offsets
from sim.errors import UsageError
from sim.scenario.plan import DAY, Plan

WEEK = 7 * DAY
MAX_DAYS = 31
MAX_DOTS = 4000  # of units, and as many of shipments
_ROUND = (1, 2, 5)


@dataclass(frozen=True)
class ContactSteps:
    """Step functions of contact centres."""

    waiting: Steps  # by line
    handled: Steps  # contacts with an agent, after-call work included; by agent group
    on_shift: Steps  # agents, by agent group
    arrived: Steps  # one: attempts since the begin of the window


@dataclass(frozen=True)
class Timeline:
    """Everything that the page shows of a window.

    Attributes
    ----------
    ticks
        The window.
    zone
        Time zone in which instants are told.
    week
        Number of the week of the measured time, from 1; 0 if the window is none.
    chosen
        Why this window: 'asked', 'late' or 'open' (most of them), 'first'.
    unit_moves, shipment_moves
        Ways, thinned so that not more than `MAX_DOTS` remain of each.
    units_per_dot, shipments_per_dot
        How many ways one of them stands for.
    """

    ticks: Ticks
    zone: str
    week: int
    chosen: str
    orders: OrderSteps
    contacts: ContactSteps | None
    busy: Steps
    on_shift: Steps
    stock: StockSteps | None
    shipments: Steps
    unit_moves: Moves
    units_per_dot: int
    shipment_moves: Moves
    shipments_per_dot: int


def timeline(
    plan: Plan,
    tables: dict[str, Table],
    beginning: Beginning,
    end: NDArray[np.float64] | None,
    span: Span,
) -> Timeline:
    """Reduce the tables of one replication to a window.

    Parameters
    ----------
    plan
        What was simulated, with the values of this replication where inputs are uncertain.
    tables
        All raw tables but the cases, visits recorded.
    beginning, end
        Stock at the start of the clock, and the state at its end.
    span
        The window, from `choose_span`.
    """
    ticks = span.ticks
    orders = Orders(tables["orders"])
    numbers, region = tables["orders"].columns("order", "region")
    regions = region[np.argsort(numbers, kind="stable")].astype(np.int64)
    steps = order_steps(plan, orders, np.maximum(regions, 0), tables["visits"], ticks)
    busy, on_shift = work_steps(plan, tables["jobs"], ticks)
    shipments, shipment_steps = shipment_moves(tables["replenishments"], ticks)
    stock = stock_steps(plan, tables["part_demands"], tables["replenishments"], beginning, end, ticks, orders["closed_h"])
    units, per_unit = thinned(steps.moves)
    parcels, per_parcel = thinned(shipments)
    return Timeline(
        ticks, span.zone, span.week, span.chosen, steps, contact_steps(plan, tables["contacts"], ticks), busy, on_shift, stock,
        shipment_steps, units, per_unit, parcels, per_parcel,
    )  # fmt: skip


def contact_steps(plan: Plan, contacts: Table, ticks: Ticks) -> ContactSteps | None:
    """Queues and agents; None if the plan has no lines."""
    if not plan.lines:
        return None
    waiting, arrived = StepFeed(ticks, len(plan.lines)), StepFeed(ticks, 1)
    handled = StepFeed(ticks, max(1, len(plan.groups)))
    for block in contacts.blocks():
        rows = block[(block["arrived_h"] <= ticks.end) & (block["line"] >= 0)]
        line, came, answered = rows["line"].astype(np.int64), rows["arrived_h"], rows["answered_h"]
        left = np.where(np.isnan(answered), rows["ended_h"], answered)
        waiting.stay(line, came, left, where=~(left <= came))
        new = came > ticks.begin
        arrived.add(np.zeros(int(new.sum()), np.int64), came[new], 1.0)
        handled.stay(
            rows["group"].astype(np.int64), answered, rows["released_h"], where=(rows["group"] >= 0) & ~np.isnan(answered)
        )
    return ContactSteps(waiting.steps(), handled.steps(), group_steps(plan, ticks), arrived.steps())


def thinned(moves: Moves, most: int = MAX_DOTS) -> tuple[Moves, int]:
    """Every k-th move of each kind in order of begin, so that at most about `most` remain; and k: 1, 2, 5, 10, 20 and so on."""
    every, power = 1, 0
    while len(moves) > every * most:
        power += 1
        every = _ROUND[power % 3] * 10 ** (power // 3)
    if every == 1:
        return moves, 1
    rank = np.arange(len(moves)) - np.searchsorted(moves.kind, moves.kind)  # sorted by kind
    return moves.take(np.flatnonzero(rank % every == every // 2)), every


# --- which window -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Span:
    """A chosen window."""

    ticks: Ticks
    zone: str
    week: int
    chosen: str


def zone_of(plan: Plan) -> str:
    """The time zone of most technicians, else of the first contact centre."""
    heads: dict[str, int] = {}
    for shop in plan.workshops:
        heads[shop.time_zone] = heads.get(shop.time_zone, 0) + sum(shift.heads for shift in shop.shifts)
    if heads:
        return max(heads, key=lambda zone: heads[zone])
    return plan.centres[0].time_zone if plan.centres else "UTC"


def weeks_of(plan: Plan, local: ZoneOffsets) -> list[Ticks]:
    """Full weeks of the measured time, local Monday to Sunday; the first is week 1."""
    weekday = date.fromisoformat(plan.run.start).weekday()
    wall = ((7 - weekday) % 7) * DAY
    while local.instant(wall) < plan.run.warm_up_h - 1e-9:
        wall += WEEK
    found = []
    while local.instant(wall + WEEK) <= plan.run.horizon_h + 1e-9:
        found.append(Ticks(local.instant(wall), local.instant(wall + WEEK)))
        wall += WEEK
    return found


def choose_span(plan: Plan, orders: Table, *, week: int | None = None, begin: str | None = None, days: int | None = None) -> Span:
    """The window to show: a week by number, a date and days, else the week in which most orders were late (or open).

    Raises
    ------
    UsageError
        If there is no such week, or the run does not reach so far.
    """
    zone = zone_of(plan)
    local = zone_offsets(zone, plan.run.start, plan.run.horizon_h)
    weeks = weeks_of(plan, local)
    if days is not None and not 1 <= days <= MAX_DAYS:
        raise UsageError(f"a replay shows 1 to {MAX_DAYS} days, not {days}")
    if week is not None:
        if begin is not None:
            raise UsageError("a replay begins with a week or with a date (--week, --from), not both")
        if not 1 <= week <= len(weeks):
            raise UsageError(f"there is no week {week}: the measured time has {len(weeks)} full weeks, Monday to Sunday")
        return Span(_lasting(plan, weeks[week - 1].begin, days, local), zone, week, "asked")
    if begin is not None:
        wall = (_date_of(begin) - date.fromisoformat(plan.run.start)).days * DAY
        return Span(_lasting(plan, local.instant(wall), days, local), zone, 0, "asked")
    if not weeks:
        first = plan.run.warm_up_h
        hours = min(WEEK if days is None else days * DAY, plan.run.horizon_h - first)
        return Span(Ticks(first, first + hours), zone, 0, "first")
    number, chosen = _busiest(weeks, orders)
    return Span(_lasting(plan, weeks[number].begin, days, local), zone, number + 1, chosen)


def _date_of(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"'{text}' is no date such as 2017-03-20") from None


def _lasting(plan: Plan, begin: float, days: int | None, local: ZoneOffsets) -> Ticks:
    """So many local days from an instant on."""
    end = local.instant(local.local(begin) + (days or 7) * DAY)
    if begin < -1e-9 or begin >= plan.run.horizon_h:
        raise UsageError(
            f"the run lasts {plan.run.horizon_h / DAY:g} days from {plan.run.start} on; the replay would begin outside"
        )
    return Ticks(max(begin, 0.0), min(end, plan.run.horizon_h))


def _busiest(weeks: list[Ticks], orders: Table) -> tuple[int, str]:
    """The week with most order-hours past the promise; without promises most open order-hours."""
    opened, closed, due = orders.columns("opened_h", "closed_h", "due_h")
    until = np.where(np.isnan(closed), np.inf, closed)
    late = np.maximum(due, opened)
    for name, begins in (("late", late), ("open", opened)):
        hours = [_overlap(begins, until, week) for week in weeks]
        if max(hours) > 0:
            return int(np.argmax(hours)), name
    return 0, "first"


def _overlap(begin: Floats, end: Floats, week: Ticks) -> float:
    return float(np.maximum(np.minimum(end, week.end) - np.maximum(begin, week.begin), 0.0).sum())


def ways_total(found: Timeline, kinds: Ints | None = None) -> Ints:
    """Units (or shipments, by `kinds` of `replay_orders.WAYS`) on their way at every tick."""
    count = found.ticks.count
    units = found.orders.on_the_way.total(count, kinds)
    return units + found.shipments.total(count, kinds)


SHIPMENTS = np.array([PARTS, EMERGENCY])
