"""Gauge rows to time integrals over the window, and the measures that are time averages of contacts, benches and shelves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.analysis.groups import line_parts, region_labels, workshop_labels
from sim.analysis.kpis import Rows, group
from sim.analysis.reduce_stock import StockOverTime
from sim.analysis.tables import Table
from sim.analysis.window import Floats, Window
from sim.columns import (
    G_BENCH_QUEUE,
    G_BUSY,
    G_CONVERSATIONS,
    G_ON_HAND,
    G_QUEUE,
    G_SCHEDULED,
    G_STAFFED,
    GAUGES,
)
from sim.scenario.plan import Plan


@dataclass(frozen=True, slots=True)
class GaugeSums:
    """Time integrals over the window.

    `flat[gauge]` is by owner, `shelves[gauge]` by [location, part] for the gauges from on_hand on; `queue_tails` are the
    integrals of all queues over the first and the last tenth of the window.
    """

    flat: dict[int, Floats]
    shelves: dict[int, Floats]
    queue_tails: tuple[float, float]


def sum_gauges(plan: Plan, gauges: Table, window: Window, stock: StockOverTime | None = None) -> GaugeSums:
    """Integrate all gauges over the window; a row that straddles an edge is constant over its stretch and counts in part.

    `stock` is fed on the way.
    """
    owners = max(len(plan.lines), len(plan.groups), len(plan.workshops), len(plan.regions), 1)
    parts, locations = max(1, len(plan.parts)), max(1, len(plan.locations))
    flat = np.zeros(G_ON_HAND * owners)
    shelves = np.zeros((len(GAUGES) - G_ON_HAND) * locations * parts)
    tails = np.zeros(2)
    for block in gauges.blocks():
        begin, elapsed = block["begin_h"], block["elapsed_h"]
        inside = window.overlap(begin, begin + elapsed)
        share = np.divide(inside, elapsed, out=np.zeros(len(block)), where=elapsed > 0)
        kind, owner, sub = (block[name].astype(np.int64) for name in ("gauge", "owner", "sub"))
        area = block["integral"] * share
        low = kind < G_ON_HAND
        flat += np.bincount(kind[low] * owners + owner[low], area[low], len(flat))
        shelf = ((kind - G_ON_HAND) * locations + owner) * parts + sub
        shelves += np.bincount(shelf[~low], area[~low], len(shelves))
        if stock is not None:
            stock.add(block)
        queue = (kind == G_QUEUE) & (elapsed > 0)
        level = block["integral"][queue] / elapsed[queue]
        for i, tail in enumerate(window.tails):
            tails[i] += (level * tail.overlap(begin[queue], (begin + elapsed)[queue])).sum()
    by_gauge = flat.reshape(G_ON_HAND, owners)
    by_shelf = shelves.reshape(-1, locations, parts)
    return GaugeSums(
        {g: by_gauge[g] for g in range(G_ON_HAND)},
        {G_ON_HAND + i: by_shelf[i] for i in range(len(by_shelf))},
        (float(tails[0]), float(tails[1])),
    )


def reduce_gauges(plan: Plan, sums: GaugeSums, window: Window, rows: Rows) -> None:
    """Queues, occupancy and concurrency of contact centres, queues of benches."""
    hours = window.hours
    if plan.lines:
        queue = sums.flat[G_QUEUE]
        rows.ratio("contact.queue.mean", "all", float(queue.sum()), hours)
        rows.add("contact.queue.growth", "all", window.growth(*sums.queue_tails))
        members: dict[str, float] = {}
        for i, (centre, channel) in enumerate(line_parts(plan)):
            for label in (group(site=centre), group(site=centre, channel=channel), group(channel=channel)):
                members[label] = members.get(label, 0.0) + float(queue[i])
        for label, value in members.items():
            rows.ratio("contact.queue.mean", label, value, hours)
        _occupancy(plan, sums, rows)
    if plan.workshops:
        queue = sums.flat[G_BENCH_QUEUE][: len(plan.workshops)]
        rows.ratio("work.queue.mean", "all", float(queue.sum()), hours)
        if labels := region_labels(plan):
            by_region = np.bincount([w.region_ix for w in plan.workshops], queue, len(labels))
            rows.ratios("work.queue.mean", labels, by_region, np.full(len(labels), hours))
        if labels := workshop_labels(plan):
            rows.ratios("work.queue.mean", labels, queue, np.full(len(labels), hours))


def _occupancy(plan: Plan, sums: GaugeSums, rows: Rows) -> None:
    centre = np.array([g.centre_ix for g in plan.groups], dtype=np.int64)
    n = len(plan.groups)
    busy, talks, staffed = (sums.flat[g][:n] for g in (G_BUSY, G_CONVERSATIONS, G_STAFFED))
    rows.ratio("contact.occupancy", "all", float(busy.sum()), float(staffed.sum()))
    rows.ratio("contact.concurrency", "all", float(talks.sum()), float(busy.sum()))
    for i, site in enumerate(plan.centres):
        mine = centre == i
        rows.ratio("contact.occupancy", group(site=site.name), float(busy[mine].sum()), float(staffed[mine].sum()))
        rows.ratio("contact.concurrency", group(site=site.name), float(talks[mine].sum()), float(busy[mine].sum()))


def agents_overtime_h(plan: Plan, sums: GaugeSums) -> Floats:
    """Hours that agents of each group stayed beyond their shift."""
    n = len(plan.groups)
    return np.maximum(sums.flat[G_STAFFED][:n] - sums.flat[G_SCHEDULED][:n], 0.0)
