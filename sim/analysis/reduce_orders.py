"""Repair orders of one replication to turnaround, stages, backlog and promises.

Turnaround is over orders *closed* inside the window (returned working, corrective), so that a run's end cuts nobody short; what
is still open shows in the backlog measures beside it. Quantiles are linear between order statistics (type 7).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.groups import Dimension, Reduced, order_dimensions, region_labels, segment_labels
from sim.analysis.kpis import Rows, group
from sim.analysis.quantiles import grouped_quantiles
from sim.analysis.tables import Table
from sim.analysis.window import Floats, Ints, Occupancy, Window
from sim.columns import GIVEN_UP, NO_FAULT_FOUND, OPEN, ORDER_OUTCOMES, PLANNED, REFUSED, RETURNED, STAGES
from sim.scenario.plan import DAY, MODES, Plan

CHAIN_H = 30 * DAY
_P = (0.5, 0.8, 0.9, 0.95)
_P_NAMES = ("p50", "p80", "p90", "p95")
_OTHERS = (REFUSED, NO_FAULT_FOUND, PLANNED, GIVEN_UP)
_KEPT = (
    "case", "mode", "workshop", "product", "segment", "region", "need", "rework", "first_h", "opened_h", "received_h",
    "ready_h", "closed_h", "due_h", "outcome", "revenue",
)  # fmt: skip
# Fine edges of the distribution of turnaround, 1 % apart, shared by all runs; the first is 0
TAT_EDGES_H = np.concatenate(([0.0], np.geomspace(0.1, 20_000.0, 1200)))
_PART_WAIT, _BENCH_WAIT = STAGES.index("part_wait"), STAGES.index("bench_wait")
Columns = dict[str, NDArray[Any]]


def reduce_orders(plan: Plan, orders: Table, window: Window, rows: Rows) -> Reduced:
    """Reduce the orders table.

    Returns
    -------
    Reduced
        daily: orders.open, orders.opened, orders.closed; frames: stages [groups, stages + 1] (sums, then number of orders),
        tat [groups, edges] (orders by bin), points [workshops, 5] (orders, mean and P90 turnaround, part and bench wait);
        facts: walk_ins, revenue, late by segment (`late/<i>`), parcels, parcels_kg.
    """
    if not plan.workshops and len(orders) == 0:
        return Reduced()
    dims = order_dimensions(plan)
    stages = StageSums(plan, dims)
    parts: dict[str, list[NDArray[Any]]] = {name: [] for name in _KEPT}
    walk_ins = 0
    for block in orders.blocks():
        for name in _KEPT:
            parts[name].append(block[name].copy())
        closed = window.holds(block["closed_h"]) & (block["outcome"] == RETURNED)
        stages.add(block[closed])
        walked = block["contact_wait_h"] + block["contact_h"] + block["retry_h"] == 0
        walk_ins += int((walked & window.holds(block["opened_h"])).sum())
    table = {name: np.concatenate(found) if found else np.empty(0) for name, found in parts.items()}
    del parts
    if len(orders) == 0:
        table = {name: np.empty(0, orders.dtype[name]) for name in _KEPT}
    _turnaround(plan, table, window, dims, rows)
    _case_turnaround(table, window, dims, rows)
    _promises(plan, table, window, dims, rows)
    stages.report(rows)
    reduced = _backlog(plan, table, window, rows)
    reduced.frames |= {
        "stages": stages.frame(),
        "tat": _distribution(plan, table, window),
        "points": _points(plan, table, window, stages),
    }
    reduced.facts |= _facts(plan, table, window) | {"walk_ins": float(walk_ins)}
    _first_time_fix(table, window, dims, rows)
    return reduced


def _codes(dim: Dimension, table: Columns, mask: NDArray[np.bool_]) -> Ints:
    return table[dim.column][mask].astype(np.int64) if dim.column else np.zeros(int(mask.sum()), np.int64)


def _spread(rows: Rows, kpi: str, labels: tuple[str, ...], codes: Ints, values: Floats) -> None:
    """Mean and percentiles by group, of ascending values."""
    if len(values) == 0:
        return
    count = np.bincount(codes, minlength=len(labels))
    rows.ratios(f"{kpi}.mean", labels, np.bincount(codes, values, len(labels)), count)
    found = grouped_quantiles(codes, values, len(labels), _P, ascending=True)
    for i, name in enumerate(_P_NAMES):
        for label, value in zip(labels, found[:, i], strict=True):
            rows.add(f"{kpi}.{name}", label, float(value))


def _spread_by(rows: Rows, kpi: str, dims: tuple[Dimension, ...], table: Columns, chosen: Ints, values: Floats) -> None:
    """The same for rows `chosen` of the table by every dimension; sorted once."""
    order = np.argsort(values, kind="stable")
    chosen, values = chosen[order], values[order]
    for dim in dims:
        codes = table[dim.column][chosen].astype(np.int64) if dim.column else np.zeros(len(chosen), np.int64)
        _spread(rows, kpi, dim.labels, codes, values)


def _turnaround(plan: Plan, t: Columns, window: Window, dims: tuple[Dimension, ...], rows: Rows) -> None:
    ended = window.holds(t["closed_h"])
    outcome = t["outcome"]
    for kpi, begin, end in (("tat.customer", "first_h", "closed_h"), ("tat.workshop", "received_h", "ready_h")):
        spans = np.asarray(t[end], np.float64) - np.asarray(t[begin], np.float64)
        good = np.flatnonzero(ended & (outcome == RETURNED) & ~np.isnan(spans))
        _spread_by(rows, kpi, dims, t, good, spans[good])
        other = np.flatnonzero(ended & np.isin(outcome, _OTHERS) & ~np.isnan(spans))
        other = other[np.argsort(spans[other], kind="stable")]
        labels = tuple(group(outcome=ORDER_OUTCOMES[o]) for o in _OTHERS)
        position = np.zeros(len(ORDER_OUTCOMES), np.int64)
        position[list(_OTHERS)] = np.arange(len(_OTHERS))
        _spread(rows, kpi, labels, position[outcome[other].astype(np.int64)], spans[other])
    count = np.bincount(outcome[ended].astype(np.int64), minlength=len(ORDER_OUTCOMES))
    total = float(count.sum())
    rows.ratio("orders.closed", "all", total, window.days)
    rows.ratio("orders.given_up_share", "all", float(count[GIVEN_UP]), total)
    for i in range(OPEN + 1, len(ORDER_OUTCOMES)):
        rows.ratio("orders.share", group(outcome=ORDER_OUTCOMES[i]), float(count[i]), total)


def _case_turnaround(t: Columns, window: Window, dims: tuple[Dimension, ...], rows: Rows) -> None:
    """Chains of a case's returned orders, the next opened within 30 days of the last return; counted where the chain ends."""
    returned = np.flatnonzero(t["outcome"] == RETURNED)
    case, opened, closed = t["case"][returned], t["opened_h"][returned], t["closed_h"][returned]
    order = np.lexsort((opened, case))
    case, opened, closed, rank = case[order], opened[order], closed[order], returned[order]
    if len(rank) == 0:
        return
    joined = (case[1:] == case[:-1]) & (case[1:] >= 0) & (opened[1:] - closed[:-1] <= CHAIN_H)
    head = np.concatenate(([True], ~joined))
    last = np.concatenate((np.flatnonzero(head)[1:] - 1, [len(rank) - 1]))
    span = np.maximum.reduceat(closed, np.flatnonzero(head)) - np.asarray(t["first_h"])[rank[head]]
    inside = window.holds(closed[last])
    _spread_by(rows, "tat.case", dims, t, rank[last[inside]], span[inside])


def _promises(plan: Plan, t: Columns, window: Window, dims: tuple[Dimension, ...], rows: Rows) -> None:
    counted = np.array([n.counts_in_tat for n in plan.needs] or [True])[t["need"].astype(np.int64)]
    due = window.holds(t["due_h"]) & counted
    kept = due & (t["closed_h"] <= t["due_h"]) & (t["outcome"] != GIVEN_UP)
    for dim in dims:
        n = dim.size
        rows.ratios(
            "tat.within_promise",
            dim.labels,
            np.bincount(_codes(dim, t, kept), minlength=n),
            np.bincount(_codes(dim, t, due), minlength=n),
        )


def _first_time_fix(t: Columns, window: Window, dims: tuple[Dimension, ...], rows: Rows) -> None:
    done = window.holds(t["closed_h"]) & (t["outcome"] == RETURNED)
    clean = done & (t["rework"] == 0)
    for dim in dims:
        n = dim.size
        rows.ratios(
            "work.first_time_fix",
            dim.labels,
            np.bincount(_codes(dim, t, clean), minlength=n),
            np.bincount(_codes(dim, t, done), minlength=n),
        )


def _growth(window: Window, opened: Floats, closed: Floats) -> float:
    """Growth of the open orders per day, each tail's level scaled to the mean intake: growing business is no growing backlog."""
    mean_rate = float(window.holds(opened).sum()) / window.hours if window.hours > 0 else 0.0
    levels = []
    for tail in window.tails:
        intake = float(tail.holds(opened).sum()) / tail.hours if tail.hours > 0 else 0.0
        scale = mean_rate / intake if intake > 0 else 1.0
        levels.append(float(tail.overlap(opened, closed).sum()) * scale)
    return window.growth(*levels)


def _backlog(plan: Plan, t: Columns, window: Window, rows: Rows) -> Reduced:
    opened = t["opened_h"]
    closed = np.where(np.isnan(t["closed_h"]), window.end, np.minimum(t["closed_h"], window.end))
    inside = window.overlap(opened, closed)
    rows.ratio("orders.open", "all", float(inside.sum()), window.hours)
    if labels := region_labels(plan):
        by_region = np.bincount(t["region"].astype(np.int64), inside, len(labels))
        rows.ratios("orders.open", labels, by_region, np.full(len(labels), window.hours))
    rows.ratio("orders.opened", "all", float(window.holds(opened).sum()), window.days)
    still = (t["outcome"] == OPEN) & (opened < window.end)
    rows.add("orders.open.end", "all", float(still.sum()))
    if still.any():
        rows.add("orders.open_age.p50", "all", float(np.quantile(window.end - opened[still], 0.5)))
    rows.add("orders.backlog_growth", "all", _growth(window, opened, closed))
    days = Occupancy(1, DAY, plan.run.horizon_h)
    days.add(np.zeros(len(opened), np.int64), opened, closed)
    length = np.diff(np.minimum(np.arange(days.bins + 1) * DAY, plan.run.horizon_h))
    daily = {"orders.open": days.hours()[0] / length}
    for name, at in (("orders.opened", opened), ("orders.closed", t["closed_h"][~np.isnan(t["closed_h"])])):
        day = np.minimum((at / DAY).astype(np.int64), days.bins - 1)
        daily[name] = np.bincount(day, minlength=days.bins).astype(np.float64)
    return Reduced(daily=daily)


def distribution_labels(plan: Plan) -> tuple[str, ...]:
    """Groups of the tat frame."""
    return ("all", *segment_labels(plan))


def _distribution(plan: Plan, t: Columns, window: Window) -> Floats:
    done = window.holds(t["closed_h"]) & (t["outcome"] == RETURNED)
    tat = t["closed_h"][done] - t["first_h"][done]
    bins = len(TAT_EDGES_H)
    # bin b holds edges[b - 1] < tat <= edges[b], so the running sum at edge b counts turnarounds of at most that edge
    rank = np.minimum(np.searchsorted(TAT_EDGES_H, tat, side="left"), bins)
    found = [np.bincount(rank, minlength=bins + 1)]
    if segments := segment_labels(plan):
        cell = t["segment"][done].astype(np.int64) * (bins + 1) + rank
        found.extend(np.bincount(cell, minlength=len(segments) * (bins + 1)).reshape(-1, bins + 1))
    return np.array(found, np.float64)


def _points(plan: Plan, t: Columns, window: Window, stages: StageSums) -> Floats:
    n = len(plan.workshops)
    done = window.holds(t["closed_h"]) & (t["outcome"] == RETURNED)
    tat = t["closed_h"][done] - t["first_h"][done]
    site = t["workshop"][done].astype(np.int64)
    count = np.bincount(site, minlength=n).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = [np.bincount(site, tat, n) / count, grouped_quantiles(site, tat, n, (0.9,))[:, 0], *(stages.by_site / count)]
    return np.column_stack([count, *means])


def _facts(plan: Plan, t: Columns, window: Window) -> dict[str, float]:
    closed = t["closed_h"]
    ended = window.holds(closed)
    due = window.holds(t["due_h"])
    late = due & ~(closed <= t["due_h"])
    by_segment = np.bincount(t["segment"][late].astype(np.int64), minlength=len(plan.segments))
    penalty = sum(float(n) * s.penalty for n, s in zip(by_segment, plan.segments, strict=True))
    mailed = t["mode"] == MODES.index("mail_in")
    parcels = (mailed & window.holds(t["opened_h"])).astype(np.float64) + (mailed & ended)
    weight = np.array([p.weight_kg for p in plan.products])[t["product"].astype(np.int64)]
    revenue = t["revenue"][ended]
    sums = {"parcels": float(parcels.sum()), "parcels_kg": float((parcels * weight).sum())}
    return {"revenue": float(np.nansum(revenue)), "penalties": penalty, **sums}


class StageSums:
    """Hours per stage of the orders that count, by group."""

    def __init__(self, plan: Plan, dims: tuple[Dimension, ...]) -> None:
        self._dims = tuple(d for d in dims if d.column in ("", "region", "segment", "mode"))
        self._frame_dims = tuple(d for d in self._dims if d.column != "mode")
        self._sums = [np.zeros((d.size, len(STAGES) + 1)) for d in self._dims]
        self.by_site = np.zeros((2, len(plan.workshops)))

    def add(self, block: NDArray[np.void]) -> None:
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
