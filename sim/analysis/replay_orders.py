"""Repair orders of a replay: where each unit is, what it waits for, and its ways, from the visits to stages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.analysis.replay_steps import StepFeed, Steps, Ticks
from sim.analysis.tables import Block, Table
from sim.analysis.window import Bools, Floats, Ints, open_hours
from sim.columns import STAGE_IX, STAGES
from sim.scenario.plan import MODES, Plan

# What units at a place wait for, in the order of `OrderSteps.at_place`
WAITS = ("technician", "part", "owner", "work")
_STAGES_OF = {
    "technician": ("diagnosis_wait", "bench_wait", "audit_wait"),
    "part": ("part_wait",),
    "owner": ("approval_call", "decision"),
    "work": ("counter", "diagnosis", "repair", "audit"),
}
_ON_SITE = MODES.index("on_site")

# Kinds of ways
BRING, ENGINEER, FORWARD, BACK, HOME, PARTS, EMERGENCY = range(7)
WAYS = ("bring", "engineer", "forward", "back", "home", "parts", "emergency")
_NAMES = ("workshop", "bench", "market", "mode", "forwarded", "opened_h", "closed_h", "due_h", "ready_h", "repair_h", "forward_h")


@dataclass(frozen=True)
class Moves:
    """Ways that overlap the window; parallel columns.

    `begin` and `end` are exact, in ticks; what is not over at the end of the run ends there. `source` and `target` are numbers of
    workshops, markets or locations according to `kind`.
    """

    kind: Ints
    begin: Floats
    end: Floats
    source: Ints
    target: Ints
    number: Ints  # of the order; of a shipment its quantity

    def __len__(self) -> int:
        return len(self.kind)

    def take(self, rows: Ints) -> Moves:
        """Some of them."""
        columns = (self.kind, self.begin, self.end, self.source, self.target, self.number)
        return Moves(*(column[rows] for column in columns))  # type: ignore[arg-type]


def joined(pieces: list[Moves]) -> Moves:
    """All moves, by kind, then in order of begin."""
    empty = Moves(*(np.zeros(0, kind) for kind in (np.int64, np.float64, np.float64, np.int64, np.int64, np.int64)))  # type: ignore[arg-type]
    pieces = [*pieces, empty]
    names = ("kind", "begin", "end", "source", "target", "number")
    whole = Moves(*(np.concatenate([getattr(piece, name) for piece in pieces]) for name in names))
    return whole.take(np.lexsort((whole.number, whole.begin, whole.kind)))


@dataclass(frozen=True)
class OrderSteps:
    """Step functions of repair orders."""

    open: Steps  # by region
    late: Steps  # one
    opened: Steps  # one: since the begin of the window
    closed: Steps  # one, likewise
    at_place: tuple[Steps, ...]  # by workshop, one set for each of WAITS
    on_the_way: Steps  # by kind of way, of WAYS
    moves: Moves


class Orders:
    """A few columns of every order, by its number."""

    def __init__(self, orders: Table) -> None:
        numbers, *columns = orders.columns("order", *_NAMES)
        place = np.argsort(numbers, kind="stable")  # numbered from 0 without gaps
        self.columns = {name: column[place] for name, column in zip(_NAMES, columns, strict=True)}

    def __getitem__(self, name: str) -> Floats:
        return self.columns[name]

    def __len__(self) -> int:
        return len(self.columns["workshop"])


def order_steps(plan: Plan, orders: Orders, regions: Ints, visits: Table, ticks: Ticks) -> OrderSteps:
    """Everything about repair orders in the window.

    Parameters
    ----------
    plan, ticks
        What was simulated, and the window.
    orders
        Columns of the whole run.
    regions
        Region of each order.
    visits
        Whole table.
    """
    opened, closed, due = orders["opened_h"], orders["closed_h"], orders["due_h"]
    counts = {name: StepFeed(ticks, 1) for name in ("late", "opened", "closed")}
    open_ = StepFeed(ticks, max(1, len(plan.regions)))
    open_.stay(regions, opened, closed)
    nobody = np.zeros(len(orders), np.int64)
    late = np.isfinite(due) & ~(closed <= due)
    counts["late"].stay(nobody, np.maximum(due, opened), closed, where=late)
    inside = (opened > ticks.begin, closed > ticks.begin)
    counts["opened"].add(nobody[inside[0]], opened[inside[0]], 1.0)
    counts["closed"].add(nobody[inside[1]], closed[inside[1]], 1.0)
    places = _Places(plan, orders, ticks)
    for block in visits.blocks():
        places.add(block)
    return OrderSteps(
        open_.steps(),
        counts["late"].steps(),
        counts["opened"].steps(),
        counts["closed"].steps(),
        tuple(feed.steps() for feed in places.at),
        places.ways.steps(),
        joined(places.moves),
    )


class _Places:
    """Reads the visits: stays at workshops, and ways between places."""

    def __init__(self, plan: Plan, orders: Orders, ticks: Ticks) -> None:
        self._orders, self._ticks = orders, ticks
        self._horizon = plan.run.horizon_h
        self.at = [StepFeed(ticks, len(plan.workshops)) for _ in WAITS]
        self.ways = StepFeed(ticks, len(WAYS))
        self.moves: list[Moves] = []
        self._wait_of = np.full(len(STAGES), -1)
        for wait, stages in enumerate(_STAGES_OF.values()):
            self._wait_of[[STAGE_IX[stage] for stage in stages]] = wait
        n = len(orders)
        self._there = np.full(n, np.inf)  # at the depot from this instant
        self._back = np.full(n, np.inf)  # until this one
        moved = (orders["forwarded"] != 0) & (orders["forward_h"] == 0)  # at no distance: its ways are not in the table
        self._there[moved] = 0.0

    def add(self, block: Block) -> None:
        """One block of visits; those of one order come in order of time."""
        order = block["order"].astype(np.int64)
        stage, begin, end = block["stage"], block["begin_h"], block["end_h"]
        forward = np.flatnonzero(stage == STAGE_IX["forward"])
        back = self._is_back(order[forward], end[forward])
        self._there[order[forward[~back]]] = np.where(np.isnan(end[forward[~back]]), np.inf, end[forward[~back]])
        self._back[order[forward[back]]] = begin[forward[back]]
        seen = (begin <= self._ticks.end) & ~(end < self._ticks.begin)
        rows = block[seen]
        self._stays(rows)
        self._add_moves(rows)

    def _is_back(self, order: Ints, end: Floats) -> Bools:
        """A way from the depot ends when the unit is ready for its owner; one not over follows a repair."""
        found: Bools = (end == self._orders["ready_h"][order]) | (np.isnan(end) & (self._orders["repair_h"][order] > 0))
        return found

    def _stays(self, rows: Block) -> None:
        order, begin = rows["order"].astype(np.int64), rows["begin_h"]
        wait = self._wait_of[rows["stage"]]
        at_depot = (begin >= self._there[order]) & (begin < self._back[order])
        place = np.where(at_depot, self._orders["bench"][order], self._orders["workshop"][order]).astype(np.int64)
        for index, feed in enumerate(self.at):
            feed.stay(place, begin, rows["end_h"], where=(wait == index) & (place >= 0))

    def _add_moves(self, rows: Block) -> None:
        order, stage, end = rows["order"].astype(np.int64), rows["stage"], rows["end_h"]
        workshop, bench, market = (self._orders[name][order].astype(np.int64) for name in ("workshop", "bench", "market"))
        on_site = self._orders["mode"][order] == _ON_SITE
        inbound, forward = stage == STAGE_IX["inbound"], stage == STAGE_IX["forward"]
        back = forward & self._is_back(order, end)
        there = workshop >= 0
        ways = (
            (BRING, (stage == STAGE_IX["hand_in"]) | (inbound & ~on_site), market, workshop),
            (ENGINEER, inbound & on_site, workshop, market),
            (FORWARD, forward & ~back, workshop, bench),
            (BACK, back, bench, workshop),
            (HOME, (stage == STAGE_IX["return"]) | (stage == STAGE_IX["pick_up"]), workshop, market),
        )
        for kind, chosen, source, target in ways:
            chosen = chosen & there
            rows_ = np.flatnonzero(chosen)
            kinds = np.full(len(rows_), kind)
            self.ways.stay(kinds, rows["begin_h"][rows_], end[rows_])
            until = np.where(np.isnan(end[rows_]), self._horizon, end[rows_])
            times = (self._ticks.exact(rows["begin_h"][rows_]), self._ticks.exact(until))
            self.moves.append(Moves(kinds, *times, source[rows_], target[rows_], order[rows_]))


def shipment_moves(replenishments: Table, ticks: Ticks) -> tuple[Moves, Steps]:
    """Shipments of parts that are on their way in the window, and how many by kind (of `WAYS`)."""
    pieces: list[Moves] = []
    ways = StepFeed(ticks, len(WAYS))
    for block in replenishments.blocks():
        rows = block[(block["shipped_h"] <= ticks.end) & (block["received_h"] >= ticks.begin)]
        kind = np.where(rows["emergency"] != 0, EMERGENCY, PARTS)
        ways.stay(kind, rows["shipped_h"], rows["received_h"])
        times = (ticks.exact(rows["shipped_h"]), ticks.exact(rows["received_h"]))
        places = (rows["source"].astype(np.int64), rows["location"].astype(np.int64))
        pieces.append(Moves(kind, *times, *places, rows["quantity"].astype(np.int64)))
    return joined(pieces), ways.steps()


def work_steps(plan: Plan, jobs: Table, ticks: Ticks) -> tuple[Steps, Steps]:
    """Technicians at work, and technicians on shift, by workshop.

    A job that pauses outside the hours of its shift keeps nobody busy meanwhile; one that is finished in overtime does.
    """
    flat = [shift for shop in plan.workshops for shift in (shop.shifts or ())]
    first = np.cumsum([0, *(len(shop.shifts) for shop in plan.workshops)])
    calendar = np.array([shift.calendar_ix for shift in flat] or [-1])
    stays_on = np.array([shop.finish_jobs for shop in plan.workshops] or [False])
    busy, there = StepFeed(ticks, len(plan.workshops)), StepFeed(ticks, len(plan.workshops))
    spans = {ix: _spans(plan, int(ix), ticks) for ix in np.unique(calendar)}
    for block in jobs.blocks():
        rows = block[(block["begin_h"] <= ticks.end) & (block["end_h"] >= ticks.begin) & (block["end_h"] > block["begin_h"])]
        shop = rows["workshop"].astype(np.int64)
        by = calendar[np.minimum(first[shop] + rows["shift"], len(calendar) - 1)]
        overtime = stays_on[shop]
        busy.stay(shop, rows["begin_h"], rows["end_h"], where=overtime)
        for ix, opened in spans.items():
            mine = np.flatnonzero((by == ix) & ~overtime)
            for begin, end in opened:
                a, b = np.maximum(rows["begin_h"][mine], begin), np.minimum(rows["end_h"][mine], end)
                busy.stay(shop[mine], a, b, where=a < b)
    for i, shop_ in enumerate(plan.workshops):
        for shift in shop_.shifts:
            _on_shift(there, i, shift.heads, spans[shift.calendar_ix])
    return busy.steps(), there.steps()


def _on_shift(feed: StepFeed, owner: int, heads: int, spans: list[tuple[float, float]]) -> None:
    begins, ends = (np.array(side, np.float64) for side in (zip(*spans, strict=True) if spans else ((), ())))
    feed.stay(np.full(len(begins), owner), begins, np.where(np.isinf(ends), np.nan, ends), float(heads))


def _spans(plan: Plan, calendar_ix: int, ticks: Ticks) -> list[tuple[float, float]]:
    """Opening intervals that overlap the window."""
    hours = open_hours(plan, calendar_ix)
    if hours is None:
        return [(0.0, float("inf"))]
    return [(a, b) for a, b in zip(hours.begins, hours.ends, strict=True) if a <= ticks.end and b >= ticks.begin]


def group_steps(plan: Plan, ticks: Ticks) -> Steps:
    """Agents on shift, by group."""
    feed = StepFeed(ticks, len(plan.groups))
    for i, group in enumerate(plan.groups):
        for shift in group.shifts:
            _on_shift(feed, i, shift.heads, _spans(plan, shift.calendar_ix, ticks))
    return feed.steps()
