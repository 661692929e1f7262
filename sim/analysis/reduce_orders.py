"""Repair orders of one replication to turnaround, stages, backlog and promises.

Turnaround is over orders *closed* inside the window (returned working, corrective), so that a run's end cuts nobody short; what
is still open shows in the backlog measures beside it. Quantiles are linear between order statistics (type 7).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.analysis.distributions import BINS, binned
from sim.analysis.groups import Dimension, Reduced, order_dimensions, region_labels, segment_labels
from sim.analysis.kpis import Rows, group
from sim.analysis.reduce_loops import OrderLoops
from sim.analysis.spread import Spread, Spreads
from sim.analysis.stretches import Stretches
from sim.analysis.tables import Block, Table
from sim.analysis.window import Floats, Ints, Occupancy, Window
from sim.columns import GIVEN_UP, NO_FAULT_FOUND, OPEN, ORDER_OUTCOMES, PLANNED, REFUSED, RETURNED, STAGES
from sim.scenario.plan import DAY, MODES, Plan

CHAIN_H = 30 * DAY
_P = (0.5, 0.8, 0.9, 0.95)
_P_NAMES = ("p50", "p80", "p90", "p95")
_OTHERS = (REFUSED, NO_FAULT_FOUND, PLANNED, GIVEN_UP)
# Fine edges of the distribution of turnaround, 1 % apart, shared by all runs; the first is 0
TAT_EDGES_H = np.concatenate(([0.0], np.geomspace(0.1, 20_000.0, 1200)))
_PART_WAIT, _BENCH_WAIT = STAGES.index("part_wait"), STAGES.index("bench_wait")


def reduce_orders(plan: Plan, orders: Table, window: Window, rows: Rows) -> Reduced:
    """Reduce the orders table.

    Returns
    -------
    Reduced
        daily: orders.open, orders.opened, orders.closed; frames: stages [groups, stages + 1] (sums, then number of orders),
        tat [groups, edges] (orders by bin), points [workshops, 5] (orders, mean and P90 turnaround, part and bench wait),
        loops (see `reduce_loops`);
        facts: walk_ins, revenue, penalties, parcels, parcels_kg.
    """
    if not plan.workshops and len(orders) == 0:
        return Reduced()
    dims = order_dimensions(plan)
    turnaround = _Turnaround(plan, window, dims, orders.folder)
    chains = _Chains(window, dims, orders.folder)
    shares, stages, backlog, facts = (
        _Shares(plan, window, dims),
        StageSums(plan, dims),
        _Backlog(plan, window),
        _Facts(plan, window),
    )
    loops = OrderLoops(plan, window)
    for block in orders.blocks():
        returned = block["outcome"] == RETURNED
        turnaround.add(block)
        chains.add(block[returned])
        shares.add(block)
        stages.add(block[returned & window.holds(block["closed_h"])])
        backlog.add(block)
        facts.add(block)
        loops.add(block)
    turnaround.report(rows)
    chains.report(rows)
    shares.report(rows)
    stages.report(rows)
    reduced = backlog.report(rows)
    reduced.frames |= {"stages": stages.frame(), "tat": turnaround.distribution, "points": turnaround.points(stages)}
    reduced.frames["loops"] = loops.frame()
    reduced.facts |= facts.found
    reduced.distributions |= {"tat.workshop": turnaround.workshop, "tat.case": chains.distribution}
    return reduced


def _codes(dims: tuple[Dimension, ...], block: Block) -> list[Ints]:
    """Group of every row in every dimension."""
    return [block[d.column].astype(np.int64) if d.column else np.zeros(len(block), np.int64) for d in dims]


def _report(rows: Rows, kpi: str, labels: tuple[str, ...], spread: Spread) -> None:
    """Mean and percentiles by group."""
    rows.ratios(f"{kpi}.mean", labels, spread.total, spread.count)
    for i, name in enumerate(_P_NAMES):
        for label, value in zip(labels, spread.quantiles[:, i], strict=True):
            rows.add(f"{kpi}.{name}", label, float(value))


class _Turnaround:
    """Spans of the orders that end inside the window: those returned by every dimension, the others by their outcome."""

    def __init__(self, plan: Plan, window: Window, dims: tuple[Dimension, ...], folder: Path | None) -> None:
        self._window, self._dims = window, dims
        sizes = [d.size for d in dims]
        sites = len(plan.workshops)
        self._spans = {
            "tat.customer": ("first_h", "closed_h", Spreads([*sizes, sites], _P, folder), Spreads([len(_OTHERS)], _P, folder)),
            "tat.workshop": ("received_h", "ready_h", Spreads(sizes, _P, folder), Spreads([len(_OTHERS)], _P, folder)),
        }
        self._position = np.zeros(len(ORDER_OUTCOMES), np.int64)
        self._position[list(_OTHERS)] = np.arange(len(_OTHERS))
        self._ended = np.zeros(len(ORDER_OUTCOMES), np.int64)
        self.distribution = np.zeros((len(distribution_labels(plan)), len(TAT_EDGES_H) + 1))
        self.workshop = np.zeros(BINS)  # workshop turnarounds
        self._site = np.zeros((2, sites))  # orders and hours
        self._site_p90 = np.full(sites, np.nan)

    def add(self, block: Block) -> None:
        """One block of rows."""
        block = block[self._window.holds(block["closed_h"])]
        outcome = block["outcome"]
        self._ended += np.bincount(outcome, minlength=len(self._ended))
        returned, others = block[outcome == RETURNED], block[np.isin(outcome, _OTHERS)]
        for kpi, (begin, end, good, other) in self._spans.items():
            for rows, spreads in ((returned, good), (others, other)):
                spans = rows[end] - rows[begin]
                known = ~np.isnan(spans)
                spans, rows = spans[known], rows[known]
                codes = [self._position[rows["outcome"]]] if spreads is other else _codes(self._dims, rows)
                if spreads is good and kpi == "tat.customer":
                    codes.append(rows["workshop"].astype(np.int64))
                elif spreads is good:
                    self.workshop += binned(spans)
                spreads.add(spans, codes)
        self._add_frames(returned)

    def _add_frames(self, returned: Block) -> None:
        tat = returned["closed_h"] - returned["first_h"]
        size = self.distribution.shape[1]
        # bin b holds edges[b - 1] < tat <= edges[b], so the running sum at edge b counts turnarounds of at most that edge
        rank = np.minimum(np.searchsorted(TAT_EDGES_H, tat, side="left"), size - 1)
        self.distribution[0] += np.bincount(rank, minlength=size)
        if segments := len(self.distribution) - 1:
            cell = returned["segment"].astype(np.int64) * size + rank
            self.distribution[1:] += np.bincount(cell, minlength=segments * size).reshape(-1, size)
        site, sites = returned["workshop"].astype(np.int64), self._site.shape[1]
        self._site[0] += np.bincount(site, minlength=sites)
        self._site[1] += np.bincount(site, tat, sites)

    def report(self, rows: Rows) -> None:
        """tat.customer, tat.workshop, and the orders closed by outcome."""
        for kpi, (_, _, good, other) in self._spans.items():
            found = good.found()
            if len(good):
                for dim, spread in zip(self._dims, found, strict=False):
                    _report(rows, kpi, dim.labels, spread)
            if kpi == "tat.customer":
                self._site_p90 = found[-1].quantiles[:, _P_NAMES.index("p90")]
            if len(other):
                _report(rows, kpi, tuple(group(outcome=ORDER_OUTCOMES[o]) for o in _OTHERS), other.found()[0])
        total = float(self._ended.sum())
        rows.ratio("orders.closed", "all", total, self._window.days)
        rows.ratio("orders.given_up_share", "all", float(self._ended[GIVEN_UP]), total)
        for i in range(OPEN + 1, len(ORDER_OUTCOMES)):
            rows.ratio("orders.share", group(outcome=ORDER_OUTCOMES[i]), float(self._ended[i]), total)

    def points(self, stages: StageSums) -> Floats:
        """The points frame; after `report`."""
        count, hours = self._site
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.column_stack([count, hours / count, self._site_p90, *(stages.by_site / count)])


class _Chains:
    """Chains of a case's returned orders, the next opened within 30 days of the last return; counted where the chain ends."""

    def __init__(self, window: Window, dims: tuple[Dimension, ...], folder: Path | None) -> None:
        self._window, self._dims = window, dims
        columns = [("case", "i8"), *((f"{name}_h", "f8") for name in ("first", "opened", "closed"))]
        self._dtype = np.dtype([*columns, *((d.column, "i4") for d in dims if d.column)])
        self._stretches = Stretches(self._dtype, folder)
        self._spreads = Spreads([d.size for d in dims], _P, folder)
        self.distribution = np.zeros(BINS)

    def add(self, returned: Block) -> None:
        """The returned orders of a block."""
        kept = np.empty(len(returned), self._dtype)
        for name in self._dtype.names or ():
            kept[name] = returned[name]
        self._stretches.put_by_number(kept["case"], kept)

    def report(self, rows: Rows) -> None:
        """tat.case."""
        for stretch in self._stretches.numbers():
            self._count(self._stretches.rows(stretch))
        self._stretches.close()
        if len(self._spreads):
            for dim, spread in zip(self._dims, self._spreads.found(), strict=True):
                _report(rows, "tat.case", dim.labels, spread)

    def _count(self, orders: NDArray[np.void]) -> None:
        """Chains of some cases, all of whose orders are here."""
        found = Block(orders)[np.lexsort((orders["opened_h"], orders["case"]))]
        case, opened, closed = found["case"], found["opened_h"], found["closed_h"]
        joined = (case[1:] == case[:-1]) & (case[1:] >= 0) & (opened[1:] - closed[:-1] <= CHAIN_H)
        head = np.flatnonzero(np.concatenate(([True], ~joined)))
        last = np.concatenate((head[1:] - 1, [len(found) - 1]))
        span = np.maximum.reduceat(closed, head) - found["first_h"][head]
        inside = self._window.holds(closed[last])
        self._spreads.add(span[inside], _codes(self._dims, found[last[inside]]))
        self.distribution += binned(span[inside])


class _Shares:
    """Promises kept and first-time fixes, counted by every dimension."""

    def __init__(self, plan: Plan, window: Window, dims: tuple[Dimension, ...]) -> None:
        self._window, self._dims = window, dims
        self._counted = np.array([n.counts_in_tat for n in plan.needs] or [True])
        self._counts = {name: [np.zeros(d.size, np.int64) for d in dims] for name in ("kept", "due", "clean", "done")}

    def add(self, block: Block) -> None:
        """One block of rows."""
        due = self._window.holds(block["due_h"]) & self._counted[block["need"]]
        done = self._window.holds(block["closed_h"]) & (block["outcome"] == RETURNED)
        masks = {
            "kept": due & (block["closed_h"] <= block["due_h"]) & (block["outcome"] != GIVEN_UP),
            "due": due,
            "clean": done & (block["rework"] == 0),
            "done": done,
        }
        for i, (dim, code) in enumerate(zip(self._dims, _codes(self._dims, block), strict=True)):
            for name, mask in masks.items():
                self._counts[name][i] += np.bincount(code[mask], minlength=dim.size)

    def report(self, rows: Rows) -> None:
        """tat.within_promise and work.first_time_fix."""
        for kpi, part, whole in (("tat.within_promise", "kept", "due"), ("work.first_time_fix", "clean", "done")):
            for dim, a, b in zip(self._dims, self._counts[part], self._counts[whole], strict=True):
                rows.ratios(kpi, dim.labels, a, b)


class _Backlog:
    """Open orders over time."""

    def __init__(self, plan: Plan, window: Window) -> None:
        self._plan, self._window = plan, window
        self._hours = 0.0
        self._by_region = np.zeros(len(plan.regions))
        self._opened = 0
        self._still: list[Floats] = []  # when the orders were opened that are open at the end
        self._tails = np.zeros((2, 2))  # hours of open orders and intake in the first and the last tenth
        self._days = Occupancy(1, DAY, plan.run.horizon_h)
        self._daily = np.zeros((2, self._days.bins))

    def add(self, block: Block) -> None:
        """One block of rows."""
        window, opened, ended = self._window, block["opened_h"], block["closed_h"]
        closed = np.where(np.isnan(ended), window.end, np.minimum(ended, window.end))
        inside = window.overlap(opened, closed)
        self._hours += float(inside.sum())
        self._by_region += np.bincount(block["region"], inside, len(self._by_region))
        self._opened += int(window.holds(opened).sum())
        self._still.append(opened[((block["outcome"] == OPEN) | (ended > window.end)) & (opened < window.end)])
        for sums, tail in zip(self._tails, window.tails, strict=True):
            sums += tail.overlap(opened, closed).sum(), tail.holds(opened).sum()
        self._days.add(np.zeros(len(opened), np.int64), opened, closed)
        for daily, at in zip(self._daily, (opened, ended[~np.isnan(ended)]), strict=True):
            day = np.minimum((at / DAY).astype(np.int64), self._days.bins - 1)
            daily += np.bincount(day, minlength=len(daily))

    def report(self, rows: Rows) -> Reduced:
        """Open orders, their age and growth; the daily curves."""
        window, still = self._window, np.concatenate([np.empty(0), *self._still])
        rows.ratio("orders.open", "all", self._hours, window.hours)
        if labels := region_labels(self._plan):
            rows.ratios("orders.open", labels, self._by_region, np.full(len(labels), window.hours))
        rows.ratio("orders.opened", "all", float(self._opened), window.days)
        rows.add("orders.open.end", "all", float(len(still)))
        if len(still):
            rows.add("orders.open_age.p50", "all", float(np.quantile(window.end - still, 0.5)))
        rows.add("orders.backlog_growth", "all", self._growth())
        length = np.diff(np.minimum(np.arange(self._days.bins + 1) * DAY, self._plan.run.horizon_h))
        daily = {"orders.open": self._days.hours()[0] / length, "orders.opened": self._daily[0], "orders.closed": self._daily[1]}
        return Reduced(daily=daily)

    def _growth(self) -> float:
        """Growth of open orders per day, each tail's level scaled to the mean intake: growing business is no growing backlog."""
        window = self._window
        mean_rate = self._opened / window.hours if window.hours > 0 else 0.0
        levels = []
        for (hours, count), tail in zip(self._tails.tolist(), window.tails, strict=True):
            intake = count / tail.hours if tail.hours > 0 else 0.0
            levels.append(hours * (mean_rate / intake if intake > 0 else 1.0))
        return window.growth(*levels)


def distribution_labels(plan: Plan) -> tuple[str, ...]:
    """Groups of the tat frame."""
    return ("all", *segment_labels(plan))


class _Facts:
    """Sums that the money needs."""

    def __init__(self, plan: Plan, window: Window) -> None:
        self._window = window
        self._penalty = np.array([s.penalty for s in plan.segments])
        self._weight = np.array([p.weight_kg for p in plan.products])
        self._late = np.zeros(len(plan.segments), np.int64)
        self._sums = {"walk_ins": 0.0, "revenue": 0.0, "parcels": 0.0, "parcels_kg": 0.0}

    def add(self, block: Block) -> None:
        """One block of rows."""
        window, closed, sums = self._window, block["closed_h"], self._sums
        ended, opened = window.holds(closed), window.holds(block["opened_h"])
        late = window.holds(block["due_h"]) & ~(closed <= block["due_h"])
        self._late += np.bincount(block["segment"][late], minlength=len(self._late))
        walked = block["contact_wait_h"] + block["contact_h"] + block["retry_h"] == 0
        mailed = block["mode"] == MODES.index("mail_in")
        parcels = (mailed & opened).astype(np.float64) + (mailed & ended)
        sums["walk_ins"] += float((walked & opened).sum())
        sums["revenue"] += float(np.nansum(block["revenue"][ended]))
        sums["parcels"] += float(parcels.sum())
        sums["parcels_kg"] += float((parcels * self._weight[block["product"]]).sum())

    @property
    def found(self) -> dict[str, float]:
        """The sums, and the penalties for late orders."""
        penalties = sum(float(n) * penalty for n, penalty in zip(self._late, self._penalty.tolist(), strict=True))
        return self._sums | {"penalties": penalties}


class StageSums:
    """Hours per stage of the orders that count, by group."""

    def __init__(self, plan: Plan, dims: tuple[Dimension, ...]) -> None:
        self._dims = tuple(d for d in dims if d.column in ("", "region", "segment", "mode"))
        self._frame_dims = tuple(d for d in self._dims if d.column != "mode")
        self._sums = [np.zeros((d.size, len(STAGES) + 1)) for d in self._dims]
        self.by_site = np.zeros((2, len(plan.workshops)))

    def add(self, block: Block) -> None:
        """Rows of orders that count."""
        columns = [np.ascontiguousarray(block[f"{stage}_h"]) for stage in STAGES]
        for dim, sums in zip(self._dims, self._sums, strict=True):
            code = block[dim.column].astype(np.int64) if dim.column else np.zeros(len(block), np.int64)
            for i, column in enumerate(columns):
                sums[:, i] += np.bincount(code, column, dim.size)
            sums[:, -1] += np.bincount(code, minlength=dim.size)
        site = block["workshop"].astype(np.int64)
        for i, stage in enumerate((_PART_WAIT, _BENCH_WAIT)):
            self.by_site[i] += np.bincount(site, columns[stage], self.by_site.shape[1])

    def report(self, rows: Rows) -> None:
        """stage.<stage>.mean by group."""
        for dim, sums in zip(self._dims, self._sums, strict=True):
            for i, stage in enumerate(STAGES):
                rows.ratios(f"stage.{stage}.mean", dim.labels, sums[:, i], sums[:, -1])

    def frame(self) -> Floats:
        """Sums by stage and the number of orders, groups of `stage_labels` one after the other."""
        return np.concatenate([s for d, s in zip(self._dims, self._sums, strict=True) if d in self._frame_dims])


def stage_labels(plan: Plan) -> tuple[str, ...]:
    """Groups of the stages frame."""
    return tuple(label for dim in order_dimensions(plan) if dim.column in ("", "region", "segment") for label in dim.labels)
