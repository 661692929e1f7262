"""Measures over the time of a replication, from clock 0, so that the warm-up can be judged (and cut anew) afterwards.

A series is kept as a numerator and a denominator by bin, so that bins can be joined and replications averaged as ratios of sums.
Five bins make a batch of MSER-5. A batch lasts an hour, six hours, a day, a week or four weeks: the longest of them with at
least `LEAST_BATCHES` in the run, so that days and weeks of opening hours fall into whole batches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from sim.analysis.tables import Block, Table
from sim.analysis.window import Bools, Floats, worked
from sim.columns import (
    ABANDONED,
    BLOCKED,
    ESCALATED,
    G_BENCH_QUEUE,
    G_BUSY,
    G_ON_HAND,
    G_STAFFED,
    H_CANCELLED,
    IN_SERVICE,
    OUTBOUND,
    RETURNED,
    TRANSFER,
    WAITING,
)
from sim.scenario.plan import DAY, SHELF_PERIOD, Plan

BATCH: Final = 5  # bins
LEAST_BATCHES: Final = 50
_BATCHES_H = (1.0, 6.0, DAY, 7 * DAY, 28 * DAY)


@dataclass(frozen=True, slots=True)
class Series:
    """One measure over time; `period_h` is the shortest time that its rows tell apart (0: any)."""

    id: str
    period_h: float
    meaning: str


SERIES: Final = (
    Series("tat.customer.mean", 0.0, "turnaround by time of return, hours"),
    Series("orders.open", 0.0, "open orders"),
    Series("work.utilisation", 0.0, "technicians' working time inside the shift / scheduled time"),
    Series("work.queue.mean", DAY, "jobs that wait for a technician"),
    Series("contact.wait.mean", 0.0, "wait of answered and abandoned contacts by arrival, hours"),
    Series("contact.queue.mean", 0.0, "contacts waiting"),
    Series("contact.occupancy", DAY, "agents' hours busy / staffed"),
    Series("parts.fill_rate", 0.0, "units served at once / units asked for, by request"),
    Series("parts.backorders", 0.0, "units that customers and repair orders wait for"),
    Series("parts.on_hand.mean", SHELF_PERIOD, "units on hand, all shelves"),
)
_IX: Final = {s.id: i for i, s in enumerate(SERIES)}


def bin_width_h(horizon_h: float) -> float:
    """Hours of a bin: a fifth of a batch."""
    fitting = [batch for batch in _BATCHES_H if horizon_h / batch >= LEAST_BATCHES]
    return (fitting[-1] if fitting else _BATCHES_H[0]) / BATCH


class _Spans:
    """Hours that intervals spend in each bin between ascending edges; fed block by block."""

    def __init__(self, edges: Floats) -> None:
        self._edges, self._lengths = edges, np.diff(edges)
        self._own, self._later = np.zeros(len(edges) - 1), np.zeros(len(edges) - 1)

    def add(self, begin: Floats, end: Floats, weight: Floats | float = 1.0) -> None:
        """Add intervals; what lies beyond the edges is cut off."""
        bins = len(self._lengths)
        for t, sign in ((begin, 1.0), (end, -1.0)):
            inside = np.clip(t, self._edges[0], self._edges[-1])
            ix = np.clip(np.searchsorted(self._edges, inside, side="right") - 1, 0, bins - 1)
            part = sign * np.broadcast_to(weight, inside.shape)
            self._own += np.bincount(ix, part * (self._edges[ix + 1] - inside), bins)
            self._later += np.bincount(ix, part, bins)

    def hours(self) -> Floats:
        """Hours by bin."""
        return np.asarray(self._own + (np.cumsum(self._later) - self._later) * self._lengths)


class SeriesPass:
    """Builds the series of a replication while its tables are read for the measures (see `listen`)."""

    def __init__(self, plan: Plan) -> None:
        self._plan, self._horizon = plan, plan.run.horizon_h
        width = bin_width_h(self._horizon)
        self.bins = max(1, int(np.ceil(self._horizon / width - 1e-9)))
        self._edges = np.minimum(np.arange(self.bins + 1) * width, self._horizon)
        self._width = width
        self.values = np.full((len(SERIES), 2, self.bins), np.nan)
        self._spans: dict[str, _Spans] = {}
        self._calls = {
            "contacts": self._contacts, "orders": self._orders, "jobs": self._jobs, "part_demands": self._demands,
            "gauges": self._gauges,
        }  # fmt: skip
        self._work = {c: _Spans(np.asarray(worked(plan, c, self._edges))) for c in _calendars(plan)}

    def listen(self, tables: dict[str, Table]) -> dict[str, Table]:
        """The same tables; the first pass over the blocks of each feeds the series too."""
        return {name: _Overheard(table, self._calls[name]) if name in self._calls else table for name, table in tables.items()}

    def array(self) -> Floats:
        """Numerators and denominators [measures of `SERIES`, 2, bins]; NaN where a wing is absent."""
        lengths = np.diff(self._edges)
        for name, spans in self._spans.items():
            if name.startswith("/"):
                continue
            below = self._spans.get(f"/{name}")
            self.values[_IX[name]] = spans.hours(), lengths if below is None else below.hours()
        if self._plan.workshops:
            heads = _heads(self._plan)
            scheduled = sum((heads.get(c, 0) * np.diff(spans._edges) for c, spans in self._work.items()), np.zeros(self.bins))
            self.values[_IX["work.utilisation"]] = sum((s.hours() for s in self._work.values()), np.zeros(self.bins)), scheduled
        return self.values

    def _count(self, name: str, at: Floats, above: Floats, below: Floats) -> None:
        """Add to numerator and denominator of the bins of some instants."""
        row = self.values[_IX[name]]
        row[np.isnan(row)] = 0.0
        ix = np.clip((at / self._width).astype(np.int64), 0, self.bins - 1)
        row[0] += np.bincount(ix, above, self.bins)
        row[1] += np.bincount(ix, below, self.bins)

    def _span(self, name: str, begin: Floats, end: Floats, weight: Floats | float = 1.0) -> None:
        if name not in self._spans:
            self._spans[name] = _Spans(self._edges)
        self._spans[name].add(begin, end, weight)

    def _contacts(self, block: Block) -> None:
        outcome, arrived = block["outcome"], block["arrived_h"]
        mine = block["line"] >= 0
        answered = mine & ((outcome <= ESCALATED) | (outcome == IN_SERVICE))
        left = np.where(answered, block["answered_h"], np.where(outcome == WAITING, self._horizon, block["ended_h"]))
        waited = mine & (answered | (outcome == ABANDONED) | (outcome == WAITING)) & (left > arrived)
        self._span("contact.queue.mean", arrived[waited], left[waited])
        kind = block["kind"]
        known = mine & (answered | (outcome == ABANDONED)) & (kind != OUTBOUND) & (kind != TRANSFER) & (outcome != BLOCKED)
        self._count("contact.wait.mean", arrived[known], (left - arrived)[known], np.ones(int(known.sum())))

    def _orders(self, block: Block) -> None:
        closed, opened = block["closed_h"], block["opened_h"]
        self._span("orders.open", opened, np.where(np.isnan(closed), self._horizon, closed))
        done: Bools = (block["outcome"] == RETURNED) & (closed <= self._horizon)
        self._count("tat.customer.mean", closed[done], (closed - block["first_h"])[done], np.ones(int(done.sum())))

    def _jobs(self, block: Block) -> None:
        shops = self._plan.workshops
        first = np.cumsum([0, *(max(1, len(s.shifts)) for s in shops)])
        flat = np.array([c for s in shops for c in ([x.calendar_ix for x in s.shifts] or [-1])], np.int64)
        calendar = flat[first[block["workshop"].astype(np.int64)] + block["shift"]]
        begin, end = (np.minimum(block[name], self._horizon) for name in ("begin_h", "end_h"))
        for c, spans in self._work.items():
            mine = calendar == c
            if mine.any():
                spans.add(np.asarray(worked(self._plan, c, begin[mine])), np.asarray(worked(self._plan, c, end[mine])))

    def _demands(self, block: Block) -> None:
        how, asked, filled = block["how"], block["requested_h"], block["filled_h"]
        quantity, at_once = block["quantity"].astype(np.float64), block["filled_at_once"].astype(np.float64)
        new = asked >= 0
        self._count("parts.fill_rate", asked[new], at_once[new], quantity[new])
        owed = np.where(how == H_CANCELLED, 0.0, np.maximum(quantity - at_once, 0.0))
        late = owed > 0
        until = np.where(np.isnan(filled), self._horizon, filled)
        self._span("parts.backorders", asked[late], until[late], owed[late])

    def _gauges(self, block: Block) -> None:
        begin, elapsed, gauge = block["begin_h"], block["elapsed_h"], block["gauge"]
        for code, name in (
            (G_BENCH_QUEUE, "work.queue.mean"), (G_BUSY, "contact.occupancy"), (G_STAFFED, "/contact.occupancy"),
            (G_ON_HAND, "parts.on_hand.mean"),
        ):  # fmt: skip
            mine = (gauge == code) & (elapsed > 0)
            if mine.any():
                b, e = begin[mine], elapsed[mine]
                self._span(name, b, b + e, block["integral"][mine] / e)


class _Overheard(Table):
    """A table whose first pass over the blocks is told to somebody else as well."""

    def __init__(self, table: Table, call: Callable[[Block], None]) -> None:
        self.__dict__.update(table.__dict__)
        self._told = table
        self._call: Callable[[Block], None] | None = call

    def blocks(self, rows: int | None = None) -> Iterator[Block]:
        """The rows in order."""
        call, self._call = self._call, None
        for block in self._told.blocks() if rows is None else self._told.blocks(rows):
            if call is not None:
                call(block)
            yield block


def _calendars(plan: Plan) -> list[int]:
    return sorted({c for shop in plan.workshops for c in ([s.calendar_ix for s in shop.shifts] or [-1])})


def _heads(plan: Plan) -> dict[int, int]:
    heads: dict[int, int] = {}
    for shop in plan.workshops:
        for shift in shop.shifts:
            heads[shift.calendar_ix] = heads.get(shift.calendar_ix, 0) + shift.heads
    return heads
