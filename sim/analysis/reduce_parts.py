"""Part demands and shelves of one replication to fill rates, waits and time averages.

Demands count by the instant of the request, inside the window. Waits are per unit: those served at once wait zero, the others
until the last unit of their line came; lines still open at the end count with their wait so far; cancelled lines have no wait.

A location that supplies others is asked by them, too: `location=` and `location=;part=` groups count the units of their orders
beside those of its own customers, once shipped; all other groups count customers only, as these orders follow from theirs.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.groups import SHELF_LIMIT, Reduced, region_labels
from sim.analysis.kpis import Rows, group
from sim.analysis.quantiles import grouped_quantiles
from sim.analysis.reduce_gauges import GaugeSums
from sim.analysis.tables import Table
from sim.analysis.window import Floats, Ints, Occupancy, Window
from sim.columns import G_BACKORDERS, G_IN_TRANSIT, G_ON_HAND, G_ON_ORDER, G_STOCKED, H_CANCELLED, HOW
from sim.scenario.plan import DAY, Plan

_KEPT = ("order", "request", "part", "location", "quantity", "requested_h", "filled_h", "filled_at_once", "how")
_GAUGES = (
    ("parts.ebo", G_BACKORDERS),
    ("parts.on_hand.mean", G_ON_HAND),
    ("parts.on_order.mean", G_ON_ORDER),
    ("parts.in_transit.mean", G_IN_TRANSIT),
)
_SHARES = tuple((name, HOW.index(name)) for name in ("emergency",))
PART_EDGES_H = np.array([0, 1, 2, 4, 8, 12, 24, 48, 72, 96, 120, 168, 240, 336, 504, 720, 1080, 1440, 2160])
Columns = dict[str, NDArray[Any]]


class Shelves:
    """Which (location, part) pairs hold stock, and how they are grouped."""

    def __init__(self, plan: Plan) -> None:
        self.locations, self.parts = max(1, len(plan.locations)), max(1, len(plan.parts))
        self.stocked = np.zeros((self.locations, self.parts), bool)
        for i, place in enumerate(plan.locations):
            for part_ix, _ in place.policies:
                self.stocked[i, part_ix] = True
        sites = [p for p in plan.locations if p.kind != "vendor"]
        vendor = np.array([p.kind == "vendor" for p in plan.locations] or [False])
        region = np.array([max(0, p.region_ix) for p in plan.locations] or [0], np.int64)  # vendors: -1, and no rows
        shelf = np.arange(self.locations * self.parts)
        location: Ints = shelf // self.parts
        part: Ints = shelf % self.parts
        self.groupings: list[tuple[tuple[str, ...], Ints]] = [(("all",), np.zeros(len(part), np.int64))]
        if regions := region_labels(plan):
            self.groupings.append((regions, region[location]))
        if plan.parts and len(plan.parts) <= SHELF_LIMIT:
            self.groupings.append((tuple(group(part=p.name) for p in plan.parts), part))
        if len(sites) <= SHELF_LIMIT:
            labels = tuple("" if p.kind == "vendor" else group(location=p.name) for p in plan.locations)
            self.groupings.append((labels, location))
        if len(sites) * len(plan.parts) <= SHELF_LIMIT:
            labels = tuple(
                "" if vendor[i] else group(location=plan.locations[i].name, part=plan.parts[p].name)
                for i, p in zip(location.tolist(), part.tolist(), strict=True)
            )
            self.groupings.append((labels, np.arange(len(part))))


def reduce_parts(plan: Plan, demands: Table, replenishments: Table, sums: GaugeSums, window: Window, rows: Rows) -> Reduced:
    """Reduce the part_demands table, the orders of locations from one another and the gauges of shelves.

    Returns
    -------
    Reduced
        daily: parts.backorders (units that customers wait for); frames: parts [parts, 7] (units asked for, served at once, hours
        waited, emergency units, integrals of value, of units on hand and of backorders), part_histogram; facts:
        parts_cost (price of units handed out), stock_value (time average).
    """
    if not plan.parts:
        return Reduced()
    shelves = Shelves(plan)
    t = dict(zip(_KEPT, demands.columns(*_KEPT), strict=True))
    price = np.array([p.price for p in plan.parts])
    facts = {"parts_cost": _handed_out(t, price, window)}
    daily = _backorders_by_day(plan, t)
    inside = window.holds(t["requested_h"])
    t = {name: column[inside] for name, column in t.items()}
    cell = t["location"].astype(np.int64) * shelves.parts + t["part"]
    waits = _unit_waits(t, window)
    _demand_measures(t, cell, waits, _asked_from_below(replenishments, shelves, window), shelves, window, rows)
    _order_fill(t, shelves, rows)
    value = _time_averages(sums, shelves, price, window, rows)
    facts["stock_value"] = value
    part = t["part"].astype(np.int64)
    quantity = t["quantity"].astype(np.float64)
    emergency = np.where(t["how"] == HOW.index("emergency"), quantity, 0.0)
    late = np.maximum(quantity - t["filled_at_once"], 0) * waits
    on_hand = sums.shelves[G_ON_HAND].sum(axis=0)
    n = len(plan.parts)
    by_part = [np.bincount(part, x, n) for x in (quantity, t["filled_at_once"], late, emergency)]
    frame = np.column_stack([*by_part, on_hand * price, on_hand, sums.shelves[G_BACKORDERS].sum(axis=0)])
    ranks = np.maximum(np.searchsorted(PART_EDGES_H, waits, side="right") - 1, 0)
    histogram = np.bincount(ranks, np.maximum(quantity - t["filled_at_once"], 0), len(PART_EDGES_H)).astype(np.float64)
    histogram[0] += float(t["filled_at_once"].sum())
    return Reduced({"parts.backorders": daily}, {"parts": frame, "part_histogram": histogram}, facts)


def _unit_waits(t: Columns, window: Window) -> Floats:
    """Hours that the units of a line waited which were not served at once; 0 for cancelled lines."""
    filled = t["filled_h"]
    until = np.where(np.isnan(filled), window.end, np.minimum(filled, window.end))
    waited = np.maximum(until - t["requested_h"], 0.0)
    return np.where(t["how"] == H_CANCELLED, 0.0, waited)


def _asked_from_below(replenishments: Table, shelves: Shelves, window: Window) -> list[Floats]:
    """Units that locations asked of each shelf upstream inside the window, those shipped at once, and unit hours waited."""
    size = shelves.locations * shelves.parts
    sums = [np.zeros(size) for _ in range(3)]
    for block in replenishments.blocks():
        mine = block[window.holds(block["ordered_h"]) & (block["emergency"] == 0)]
        cell = mine["source"].astype(np.int64) * shelves.parts + mine["part"]
        units, wait = mine["quantity"].astype(np.float64), mine["shipped_h"] - mine["ordered_h"]
        for total, value in zip(sums, (units, np.where(wait > 0, 0.0, units), units * wait), strict=True):
            total += np.bincount(cell, value, size)
    return sums


def _demand_measures(
    t: Columns, cell: Ints, waits: Floats, from_below: list[Floats], shelves: Shelves, window: Window, rows: Rows
) -> None:
    quantity = t["quantity"].astype(np.float64)
    at_once = t["filled_at_once"].astype(np.float64)
    met = t["how"] != H_CANCELLED
    late = np.where(met, quantity - at_once, 0.0)
    # one entry a unit for the quantiles: first those at once, then the late ones
    units = np.concatenate((at_once, late)).astype(np.int64)
    unit_cell = np.repeat(np.concatenate((cell, cell)), units)
    unit_wait = np.repeat(np.concatenate((np.zeros(len(cell)), waits)), units)
    size = shelves.locations * shelves.parts
    asked, served, counted, hours = (np.bincount(cell, x, size) for x in (quantity, at_once, at_once + late, late * waits))
    ways = {name: np.bincount(cell, np.where(t["how"] == code, quantity, 0.0), size) for name, code in _SHARES}
    for labels, code in shelves.groupings:
        n = len(labels)
        total, ok, whole, waited = (np.bincount(code, x, n) for x in (asked, served, counted, hours))
        more, more_ok, more_waited = (np.bincount(code, x, n) for x in from_below)
        p95 = grouped_quantiles(code[unit_cell], unit_wait, n, (0.95,))[:, 0]
        by_way = {name: np.bincount(code, x, n) for name, x in ways.items()}
        for i, label in enumerate(labels):
            below = (more[i], more_ok[i], more_waited[i]) if label.startswith("location=") else (0.0, 0.0, 0.0)
            if not label or total[i] + below[0] <= 0:
                continue
            rows.ratio("parts.demand", label, float(total[i] + below[0]), window.days)
            rows.ratio("parts.fill_rate", label, float(ok[i] + below[1]), float(total[i] + below[0]))
            rows.ratio("parts.wait.mean", label, float(waited[i] + below[2]), float(whole[i] + below[0]))
            rows.add("parts.wait.p95", label, float(p95[i]))
            for name, x in by_way.items():
                rows.ratio(f"parts.{name}_rate", label, float(x[i]), float(total[i]))


def _order_fill(t: Columns, shelves: Shelves, rows: Rows) -> None:
    """Requests whose lines were all served at once; lines of one request share number, order, location and instant."""
    if len(t["request"]) == 0:
        return
    order = np.lexsort((t["requested_h"], t["location"], t["order"], t["request"]))
    keys = [t[name][order] for name in ("request", "order", "location", "requested_h")]
    head = np.concatenate(([True], np.any([k[1:] != k[:-1] for k in keys], axis=0)))
    short = np.asarray(t["quantity"] > t["filled_at_once"])[order].astype(np.float64)
    whole = np.add.reduceat(short, np.flatnonzero(head)) == 0
    cell = keys[2][head].astype(np.int64) * shelves.parts
    rows.ratio("parts.order_fill_rate", "all", float(whole.sum()), float(len(whole)))
    for labels, code in shelves.groupings[1:]:
        if not any(label.startswith(("region=", "location=")) and ";" not in label for label in labels):
            continue
        n = len(labels)
        good, every = (np.bincount(code[x], minlength=n) for x in (cell[whole], cell))
        for label, a, b in zip(labels, good, every, strict=True):
            if label:
                rows.ratio("parts.order_fill_rate", label, float(a), float(b))


def _time_averages(sums: GaugeSums, shelves: Shelves, price: Floats, window: Window, rows: Rows) -> float:
    """Shelf gauges by group, ready rate over stocked shelves, value of stock; returns the value in all."""
    stocked = shelves.stocked.ravel()
    ready = np.where(stocked, sums.shelves[G_STOCKED].ravel(), 0.0)
    value = (sums.shelves[G_ON_HAND] * price).ravel()
    for labels, code in shelves.groupings:
        n = len(labels)
        held = np.bincount(code, stocked, n)
        moved = np.zeros(n)
        for kpi, gauge in _GAUGES:
            total = np.bincount(code, sums.shelves[gauge].ravel(), n)
            moved += total
            for i, label in enumerate(labels):
                if label and (held[i] or total[i] or label == "all"):
                    rows.ratio(kpi, label, float(total[i]), window.hours)
        share = np.bincount(code, ready, n)
        worth = np.bincount(code, value, n)
        for i, label in enumerate(labels):
            if label:
                rows.ratio("parts.ready_rate", label, float(share[i]), float(held[i]) * window.hours)
                if price.any() and (held[i] or label == "all") and ";" not in label:
                    rows.ratio("stock.value.mean", label, float(worth[i]), window.hours)
    return float(value.sum()) / window.hours if window.hours > 0 else 0.0


def _handed_out(t: Columns, price: Floats, window: Window) -> float:
    filled = window.holds(t["filled_h"]) & (t["how"] != H_CANCELLED)
    units = t["quantity"][filled]
    return float((units * price[t["part"][filled].astype(np.int64)]).sum())


def _backorders_by_day(plan: Plan, t: Columns) -> Floats:
    """Units that repair orders and demand streams wait for, average of each day."""
    horizon = plan.run.horizon_h
    begin, filled = t["requested_h"], t["filled_h"]
    until = np.where(np.isnan(filled), horizon, np.minimum(filled, horizon))
    owed = np.where(t["how"] == H_CANCELLED, 0, np.maximum(t["quantity"] - t["filled_at_once"], 0)).astype(np.float64)
    days = Occupancy(1, DAY, horizon)
    late = owed > 0
    days.add(np.zeros(int(late.sum()), np.int64), begin[late], until[late], owed[late])
    return np.asarray(days.hours()[0] / np.diff(np.minimum(np.arange(days.bins + 1) * DAY, horizon)))
