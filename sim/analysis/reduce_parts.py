"""Part demands and shelves of one replication to fill rates, waits and time averages.

Demands count by the instant of the request, inside the window. Waits are per unit: those served at once wait zero, the others
until the last unit of their line came; lines still open at the end count with their wait so far; cancelled lines have no wait.

A location that supplies others is asked by them, too: `location=` and `location=;part=` groups count the units of their orders
beside those of its own customers, once shipped; all other groups count customers only, as these orders follow from theirs.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.analysis.distributions import BINS, binned
from sim.analysis.groups import SHELF_LIMIT, Reduced, region_labels
from sim.analysis.kpis import Rows, group
from sim.analysis.reduce_gauges import GaugeSums
from sim.analysis.spread import Spreads
from sim.analysis.stretches import Stretches
from sim.analysis.tables import Block, Table
from sim.analysis.window import Bools, Floats, Ints, Occupancy, Window
from sim.columns import G_BACKORDERS, G_IN_TRANSIT, G_ON_HAND, G_ON_ORDER, G_STOCKED, H_CANCELLED, HOW
from sim.scenario.plan import DAY, Plan

_GAUGES = (
    ("parts.ebo", G_BACKORDERS),
    ("parts.on_hand.mean", G_ON_HAND),
    ("parts.on_order.mean", G_ON_ORDER),
    ("parts.in_transit.mean", G_IN_TRANSIT),
)
_SHARES = tuple((name, HOW.index(name)) for name in ("emergency",))
PART_EDGES_H = np.array([0, 1, 2, 4, 8, 12, 24, 48, 72, 96, 120, 168, 240, 336, 504, 720, 1080, 1440, 2160])


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
    price = np.array([p.price for p in plan.parts])
    lines = _Lines(plan, shelves, price, window, demands.folder)
    fill = _OrderFill(shelves, demands)
    for block in demands.blocks():
        lines.add_all(block)
        block = block[window.holds(block["requested_h"])]
        lines.add(block)
        fill.add(block)
    lines.report(_asked_from_below(replenishments, shelves, window), rows)
    fill.report(rows)
    value = _time_averages(sums, shelves, price, window, rows)
    on_hand, owed = (sums.shelves[gauge].sum(axis=0) for gauge in (G_ON_HAND, G_BACKORDERS))
    frame = np.column_stack([*lines.by_part, on_hand * price, on_hand, owed])
    return Reduced(
        {"parts.backorders": lines.owed_by_day()},
        {"parts": frame, "part_histogram": lines.histogram},
        {"parts_cost": lines.handed_out, "stock_value": value},
        {"parts.wait": lines.distribution},
    )


def _unit_waits(block: Block, horizon_h: float) -> Floats:
    """Hours that the units of a line waited which were not served at once, until the run's end; 0 for cancelled lines."""
    filled = block["filled_h"]
    until = np.where(np.isnan(filled), horizon_h, np.minimum(filled, horizon_h))
    waited = np.maximum(until - block["requested_h"], 0.0)
    return np.where(block["how"] == H_CANCELLED, 0.0, waited)


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


class _Lines:
    """Lines of requests, summed by shelf and by part."""

    def __init__(self, plan: Plan, shelves: Shelves, price: Floats, window: Window, folder: Path | None) -> None:
        self._shelves, self._price, self._window, self._horizon = shelves, price, window, plan.run.horizon_h
        size = shelves.locations * shelves.parts
        self._asked, self._served, self._counted, self._hours = (np.zeros(size) for _ in range(4))
        self._ways = {name: np.zeros(size) for name, _ in _SHARES}
        self._waits = Spreads([len(labels) for labels, _ in shelves.groupings], (0.95,), folder)
        self._days = Occupancy(1, DAY, self._horizon)
        self.by_part = np.zeros((4, len(plan.parts)))  # units asked for, served at once, hours waited, emergency units
        self.histogram = np.zeros(len(PART_EDGES_H))
        self.handed_out = 0.0  # price of units
        self.distribution = np.zeros(BINS)  # waits of units

    def add_all(self, block: Block) -> None:
        """What counts whenever it was asked for: units handed out inside the window, and those owed day by day."""
        how, quantity = block["how"], block["quantity"]
        filled = self._window.holds(block["filled_h"]) & (how != H_CANCELLED)
        self.handed_out += float((quantity[filled] * self._price[block["part"][filled].astype(np.int64)]).sum())
        until = np.where(np.isnan(block["filled_h"]), self._horizon, np.minimum(block["filled_h"], self._horizon))
        owed = np.where(how == H_CANCELLED, 0, np.maximum(quantity - block["filled_at_once"], 0)).astype(np.float64)
        late = owed > 0
        self._days.add(np.zeros(int(late.sum()), np.int64), block["requested_h"][late], until[late], owed[late])

    def add(self, block: Block) -> None:
        """Lines that were asked for inside the window."""
        shelves, how, waits = self._shelves, block["how"], _unit_waits(block, self._horizon)
        quantity, at_once = (block[name].astype(np.float64) for name in ("quantity", "filled_at_once"))
        cell = block["location"].astype(np.int64) * shelves.parts + block["part"]
        late = np.where(how != H_CANCELLED, quantity - at_once, 0.0)
        size = len(self._asked)
        self._asked += np.bincount(cell, quantity, size)
        self._served += np.bincount(cell, at_once, size)
        self._counted += np.bincount(cell, at_once + late, size)
        self._hours += np.bincount(cell, late * waits, size)
        for name, code in _SHARES:
            self._ways[name] += np.bincount(cell, np.where(how == code, quantity, 0.0), size)
        units = np.maximum(late, 0.0).astype(np.int64)
        self.distribution += binned(waits, units.astype(np.float64))
        self.distribution[0] += float(at_once.sum())
        late_cell = np.repeat(cell, units)
        self._waits.add(np.repeat(waits, units), [code[late_cell] for _, code in shelves.groupings])
        self._add_by_part(block["part"], quantity, at_once, waits, how == HOW.index("emergency"))

    def _add_by_part(self, part: Ints, quantity: Floats, at_once: Floats, waits: Floats, hurried: Bools) -> None:
        short = np.maximum(quantity - at_once, 0)
        for sums, x in zip(self.by_part, (quantity, at_once, short * waits, np.where(hurried, quantity, 0.0)), strict=True):
            sums += np.bincount(part, x, len(sums))
        ranks = np.maximum(np.searchsorted(PART_EDGES_H, waits, side="right") - 1, 0)
        self.histogram += np.bincount(ranks, short, len(PART_EDGES_H))
        self.histogram[0] += float(at_once.sum())

    def report(self, from_below: list[Floats], rows: Rows) -> None:
        """Demand, fill rates and waits by group."""
        groupings = self._shelves.groupings
        at_once = self._served.astype(np.int64)
        self._waits.add_zeros([np.bincount(code, at_once, len(labels)).astype(np.int64) for labels, code in groupings])
        for (labels, code), spread in zip(groupings, self._waits.found(), strict=True):
            n = len(labels)
            total, ok, whole, waited = (np.bincount(code, x, n) for x in (self._asked, self._served, self._counted, self._hours))
            more, more_ok, more_waited = (np.bincount(code, x, n) for x in from_below)
            by_way = {name: np.bincount(code, x, n) for name, x in self._ways.items()}
            for i, label in enumerate(labels):
                below = (more[i], more_ok[i], more_waited[i]) if label.startswith("location=") else (0.0, 0.0, 0.0)
                if not label or total[i] + below[0] <= 0:
                    continue
                rows.ratio("parts.demand", label, float(total[i] + below[0]), self._window.days)
                rows.ratio("parts.fill_rate", label, float(ok[i] + below[1]), float(total[i] + below[0]))
                rows.ratio("parts.wait.mean", label, float(waited[i] + below[2]), float(whole[i] + below[0]))
                rows.add("parts.wait.p95", label, float(spread.quantiles[i, 0]))
                for name, x in by_way.items():
                    rows.ratio(f"parts.{name}_rate", label, float(x[i]), float(total[i]))

    def owed_by_day(self) -> Floats:
        """Units that repair orders and demand streams wait for, average of each day."""
        length = np.diff(np.minimum(np.arange(self._days.bins + 1) * DAY, self._horizon))
        return np.asarray(self._days.hours()[0] / length)


class _OrderFill:
    """Requests whose lines were all served at once; lines of one request share number, order, location and instant."""

    _KEYS = ("request", "order", "location", "requested_h")

    def __init__(self, shelves: Shelves, demands: Table) -> None:
        self._shelves = shelves
        self._dtype = np.dtype([*((name, demands.dtype[name]) for name in self._KEYS), ("short", "f8")])
        self._stretches = Stretches(self._dtype, demands.folder)
        self._good, self._every = ([np.zeros(len(labels), np.int64) for labels, _ in shelves.groupings] for _ in range(2))

    def add(self, block: Block) -> None:
        """Lines that were asked for inside the window."""
        kept = np.empty(len(block), self._dtype)
        for name in self._KEYS:
            kept[name] = block[name]
        kept["short"] = block["quantity"] > block["filled_at_once"]
        self._stretches.put_by_number(kept["request"], kept)

    def _count(self, lines: NDArray[np.void]) -> None:
        """Some requests, all of whose lines are here."""
        found = Block(lines)
        if (found["request"][1:] > found["request"][:-1]).all():  # one line each, as demand streams ask
            head, whole = np.ones(len(found), bool), found["short"] == 0
        else:
            found = found[np.lexsort([found[name] for name in ("requested_h", "location", "order", "request")])]
            head = np.concatenate(([True], np.any([found[name][1:] != found[name][:-1] for name in self._KEYS], axis=0)))
            whole = np.add.reduceat(found["short"], np.flatnonzero(head)) == 0
        cell = found["location"][head].astype(np.int64) * self._shelves.parts
        for good, every, (_, code) in zip(self._good, self._every, self._shelves.groupings, strict=True):
            good += np.bincount(code[cell[whole]], minlength=len(good))
            every += np.bincount(code[cell], minlength=len(every))

    def report(self, rows: Rows) -> None:
        """parts.order_fill_rate for all, regions and locations."""
        for stretch in self._stretches.numbers():
            self._count(self._stretches.rows(stretch))
        self._stretches.close()
        for (labels, _), good, every in zip(self._shelves.groupings, self._good, self._every, strict=True):
            if labels == ("all",) or any(x.startswith(("region=", "location=")) and ";" not in x for x in labels):
                for label, a, b in zip(labels, good.tolist(), every.tolist(), strict=True):
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
