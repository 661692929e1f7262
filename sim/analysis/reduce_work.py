"""Technicians' jobs of one replication to utilisation and waits."""

from __future__ import annotations

import numpy as np

from sim.analysis.groups import Reduced, region_labels, workshop_labels
from sim.analysis.kpis import Rows
from sim.analysis.tables import Block, Table
from sim.analysis.window import Floats, Ints, Occupancy, Window, local_hours, scheduled_hours, worked
from sim.scenario.plan import Plan, Workshop

BIN_H = 0.5
WORK_EDGES_H = np.array([0, 0.25, 0.5, 1, 2, 3, 4, 6, 8, 12, 16, 24, 36, 48, 72, 96, 120, 168, 240, 336, 504, 720])


def reduce_work(plan: Plan, jobs: Table, window: Window, rows: Rows) -> Reduced:
    """Reduce the jobs table.

    Working time inside the shift is the open time between a job's begin and end, cut at the window; time beyond the shift is
    overtime and not part of the utilisation. Waits count by the begin of the job; an order that is looked at and lacks a part is
    one pass through the queue, and another one when it comes back, so that waits add up to the time integral of the queue.

    Returns
    -------
    Reduced
        frames: utilisation [workshops], week_work [168, 6] (busy and scheduled hours, hours waited by those who join
        then, passes through the queue, hours waited then, hours waited in closed time by those who join then),
        work_histogram;
        facts: overtime_cost of technicians.
    """
    if not plan.workshops:
        return Reduced()
    pass_ = _Pass(plan, window)
    for block in jobs.blocks():
        pass_.add(block)
    return pass_.report(rows)


class _Pass:
    def __init__(self, plan: Plan, window: Window) -> None:
        self.plan, self.window = plan, window
        n = len(plan.workshops)
        self.calendar_of, self.first_shift = _shift_index(plan.workshops)
        self.calendars = sorted(set(self.calendar_of.tolist()))
        self.keeps = np.zeros((n, len(self.calendars)), bool)  # which workshop keeps which calendars
        for i, workshop in enumerate(plan.workshops):
            for shift in workshop.shifts:
                self.keeps[i, self.calendars.index(shift.calendar_ix)] = True
        self.busy, self.wait, self.begun = np.zeros(n), np.zeros(n), np.zeros(n)
        self.week = np.zeros((168, 6))
        self.histogram = np.zeros(len(WORK_EDGES_H))
        self.in_process = {c: Occupancy(1, BIN_H, plan.run.horizon_h) for c in self.calendars}
        self.waiting = Occupancy(1, 1.0, plan.run.horizon_h)
        self.overtime_cost = 0.0
        self.overtime_wage = np.array([w.wage for w in plan.workshops]) * plan.costs.overtime_factor
        self.zone = technicians_zone(plan)

    def add(self, block: Block) -> None:
        """One block of rows."""
        n, window = len(self.plan.workshops), self.window
        shop = block["workshop"].astype(np.int64)
        begin, end = (np.clip(block[name], window.begin, window.end) for name in ("begin_h", "end_h"))
        calendar = self.calendar_of[self.first_shift[shop] + block["shift"]]
        for c in self.calendars:
            mine = calendar == c
            if not mine.any():
                continue
            inside = worked(self.plan, c, end[mine]) - worked(self.plan, c, begin[mine])
            self.busy += np.bincount(shop[mine], inside, n)
            self.in_process[c].add(np.zeros(int(mine.sum()), np.int64), begin[mine], end[mine])
        started = window.holds(block["begin_h"])
        wait = (block["begin_h"] - block["asked_h"])[started]
        self.wait += np.bincount(shop[started], wait, n)
        self.begun += np.bincount(shop[started], minlength=n)
        ranks = np.maximum(np.searchsorted(WORK_EDGES_H, wait, side="right") - 1, 0)
        self.histogram += np.bincount(ranks, minlength=len(WORK_EDGES_H))
        hour = (local_hours(self.plan, self.zone, block["asked_h"][started]) % 168).astype(np.int64) % 168
        self.week[:, 2] += np.bincount(hour, wait, 168)
        self.week[:, 3] += np.bincount(hour, minlength=168)
        self.week[:, 5] += np.bincount(hour, self._closed(shop[started], block["asked_h"][started], wait), 168)
        joined, taken = (np.clip(block[name], window.begin, window.end) for name in ("asked_h", "begin_h"))
        self.waiting.add(np.zeros(len(joined), np.int64), joined, taken)
        ended = window.holds(block["end_h"])
        self.overtime_cost += float((block["overtime_h"][ended] * self.overtime_wage[shop[ended]]).sum())

    def _closed(self, shop: Ints, asked: Floats, wait: Floats) -> Floats:
        """Hours of each wait in which nobody of the workshop was on shift (of several shifts: the one with fewest such hours)."""
        closed = wait.copy()
        for c in self.calendars:
            mine = self.keeps[shop, self.calendars.index(c)]
            if mine.any():
                opened = worked(self.plan, c, asked[mine] + wait[mine]) - worked(self.plan, c, asked[mine])
                closed[mine] = np.minimum(closed[mine], wait[mine] - opened)
        return np.maximum(closed, 0.0)

    def report(self, rows: Rows) -> Reduced:
        """Measures and frames."""
        plan = self.plan
        scheduled = scheduled_by_workshop(plan, self.window)
        rows.ratio("work.utilisation", "all", float(self.busy.sum()), float(scheduled.sum()))
        rows.ratio("work.wait.mean", "all", float(self.wait.sum()), float(self.begun.sum()))
        region = np.array([w.region_ix for w in plan.workshops])
        if labels := region_labels(plan):
            sums = [np.bincount(region, x, len(labels)) for x in (self.busy, scheduled, self.wait, self.begun)]
            rows.ratios("work.utilisation", labels, sums[0], sums[1])
            rows.ratios("work.wait.mean", labels, sums[2], sums[3])
        if labels := workshop_labels(plan):
            rows.ratios("work.utilisation", labels, self.busy, scheduled)
            rows.ratios("work.wait.mean", labels, self.wait, self.begun)
        self._fold_week()
        with np.errstate(invalid="ignore", divide="ignore"):
            utilisation = self.busy / scheduled
        return Reduced(
            frames={"utilisation": utilisation, "week_work": self.week, "work_histogram": self.histogram},
            facts={"technicians_overtime_cost": self.overtime_cost},
        )

    def _fold_week(self) -> None:
        """Busy and scheduled hours by hour of the week: jobs in process times the open share of each half hour."""
        plan, window = self.plan, self.window
        heads: dict[int, int] = {}
        for shop in plan.workshops:
            for shift in shop.shifts:
                heads[shift.calendar_ix] = heads.get(shift.calendar_ix, 0) + shift.heads
        for c, occupancy in self.in_process.items():
            edges = np.asarray(np.arange(occupancy.bins + 1) * BIN_H, np.float64)
            opened = np.diff(worked(plan, c, np.clip(edges, window.begin, window.end)))
            hour = (local_hours(plan, self.zone, edges[:-1] + BIN_H / 2) % 168).astype(np.int64) % 168
            self.week[:, 0] += np.bincount(hour, occupancy.hours()[0] * opened / BIN_H, 168)
            self.week[:, 1] += np.bincount(hour, opened * heads.get(c, 0), 168)
        middle = np.asarray(np.arange(self.waiting.bins) + 0.5, np.float64)
        hour = (local_hours(plan, self.zone, middle) % 168).astype(np.int64) % 168
        self.week[:, 4] += np.bincount(hour, self.waiting.hours()[0], 168)


def technicians_zone(plan: Plan) -> str:
    """The time zone of most technicians, in whose local time the week is shown."""
    heads: dict[str, int] = {}
    for shop in plan.workshops:
        heads[shop.time_zone] = heads.get(shop.time_zone, 0) + sum(s.heads for s in shop.shifts)
    return max(heads, key=lambda zone: heads[zone])


def _shift_index(workshops: tuple[Workshop, ...]) -> tuple[Ints, Ints]:
    """Calendar of every (workshop, shift) in one flat array, and where each workshop begins in it."""
    flat: list[int] = []
    first: list[int] = []
    for shop in workshops:
        first.append(len(flat))
        flat.extend([s.calendar_ix for s in shop.shifts] or [-1])
    return np.array(flat, np.int64), np.array(first, np.int64)


def scheduled_by_workshop(plan: Plan, window: Window) -> Floats:
    """Technicians' head hours on shift inside the window, by workshop."""
    known: dict[object, float] = {}
    found = []
    for shop in plan.workshops:
        if shop.shifts not in known:
            known[shop.shifts] = scheduled_hours(plan, shop.shifts, window)
        found.append(known[shop.shifts])
    return np.array(found)
