"""The steps of all customers' cases in order of time: contacts, repair orders, stages, parts and jobs merged from the raw tables.

Memory is needed for one stretch of time and for a few numbers an order: the steps wait in an unnamed temporary file, sorted into
stretches of time with about `STRETCH_ROWS` steps each.

At one instant steps come in the order in which they follow from one another: what began earlier ends; contacts arrive, are
answered, and (without length) end; orders open; parts are asked for and handed out; stages, outbound calls and jobs begin; jobs
without length end; orders close. What the model does not tell apart, agents of a group and technicians of a shift, gets the
lowest number that is free.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.stretches import Stretches
from sim.analysis.tables import Block, Table
from sim.columns import H_CANCELLED, J_LOOK, OPEN, OUTBOUND, STAGE_IX
from sim.scenario.plan import Plan

STRETCH_ROWS = 1 << 16
_BLOCK_ROWS = 1 << 16
_BINS = 1 << 16

# What a step is about
CONTACT, ORDER, PART, STAGE, JOB = range(5)
LEVELS = ("contact", "order", "part", "stage", "job")
# Transitions of the XES lifecycle that occur; a release (end of after-call work) is never written
SCHEDULE, START, COMPLETE, WITHDRAW, RELEASE = range(5)
TRANSITIONS = ("schedule", "start", "complete", "withdraw")

# Order of ties; outbound calls follow from a stage, other contacts lead to orders
_R_END, _R_CONTACT, _R_OPEN, _R_ASK, _R_FILL, _R_STAGE, _R_CALL, _R_JOB, _R_JOB_END, _R_CLOSE = 0, 1, 4, 5, 6, 7, 8, 11, 12, 13
_FORWARD = STAGE_IX["forward"]

STEP = np.dtype(
    [
        ("at_h", "f8"),
        ("case", "i8"),
        ("row", "i8"),  # of its table, which with the level names the activity instance
        ("order", "i4"),
        ("place", "i4"),  # line, workshop or location
        ("pool", "i4"),  # agent group, or workshop with shift; -1 none
        ("quantity", "i4"),
        ("what", "i2"),  # kind of contact, stage, kind of job; part; -1
        ("outcome", "i2"),
        ("need", "i2"),
        ("region", "i2"),
        ("segment", "i1"),
        ("mode", "i1"),
        ("level", "i1"),
        ("step", "i1"),
        ("rank", "i1"),
        ("instant", "i1"),  # 1: without length
    ]
)


@dataclass(frozen=True, slots=True)
class Pools:
    """Sets of interchangeable people: agent groups, then the shifts of workshops.

    `first` is the number of the first shift pool of each workshop, `heads_before` the heads of earlier shifts of the workshop.
    """

    first: NDArray[np.int64]
    heads_before: list[int]

    @classmethod
    def of(cls, plan: Plan) -> Pools:
        """The pools of a plan."""
        first, before = [], [0] * len(plan.groups)
        for shop in plan.workshops:
            first.append(len(before))
            heads = 0
            for shift in shop.shifts:
                before.append(heads)
                heads += shift.heads
            if not shop.shifts:
                before.append(0)
        return cls(np.array(first or [0], np.int64), before)


class _Units:
    """Lowest free numbers of each pool, from 1."""

    def __init__(self, pools: Pools) -> None:
        self._before = pools.heads_before
        self._free: dict[int, list[int]] = {}
        self._next: dict[int, int] = {}
        self._held: dict[tuple[int, int], int] = {}

    def take(self, pool: int, level: int, row: int, at_once: bool) -> int:
        """A number for an activity; one without length does not keep it."""
        free = self._free.setdefault(pool, [])
        if at_once:
            return (free[0] if free else self._next.get(pool, 1)) + self._before[pool]
        if free:
            unit = heappop(free)
        else:
            unit = self._next.get(pool, 1)
            self._next[pool] = unit + 1
        self._held[level, row] = unit
        return unit + self._before[pool]

    def held(self, pool: int, level: int, row: int) -> int:
        """The number that an activity holds."""
        return self._held[level, row] + self._before[pool]

    def give_back(self, pool: int, level: int, row: int) -> None:
        """The activity is over."""
        heappush(self._free[pool], self._held.pop((level, row)))


class _Orders:
    """A few columns of every order, by its number."""

    def __init__(self, orders: Table) -> None:
        names = ("case", "need", "region", "segment", "mode", "workshop", "bench", "forwarded")
        size = len(orders)  # numbered from 0 without gaps
        self.columns = {name: np.zeros(size, orders.dtype[name]) for name in names}
        for block in orders.blocks():
            for name, column in self.columns.items():
                column[block["order"]] = block[name]

    def fill(self, steps: NDArray[np.void]) -> None:
        """Complete the steps of orders by what the order is."""
        for name in ("case", "need", "region", "segment", "mode"):
            steps[name] = self.columns[name][steps["order"]]


class StepFeed:
    """All steps of a replication in order of time.

    Parameters
    ----------
    plan
        What was simulated.
    tables
        The raw tables, with visits recorded.
    """

    def __init__(self, plan: Plan, tables: dict[str, Table]) -> None:
        self._plan, self._tables = plan, tables
        self._horizon = plan.run.horizon_h
        self._pools = Pools.of(plan)
        self._orders = _Orders(tables["orders"])
        self._folder: Path | None = tables["contacts"].folder

    def blocks(self) -> Iterator[tuple[NDArray[np.void], list[int]]]:
        """Steps (records of `STEP`) in order of time, each with the number of the agent or technician, 0 where there is none."""
        counts = np.zeros(_BINS, np.int64)
        for steps in self._steps():
            counts += np.bincount(self._bin(steps["at_h"]), minlength=_BINS)
        whole = np.cumsum(counts)
        stretch_of = np.maximum(whole - 1, 0) // STRETCH_ROWS
        stretches = Stretches(STEP, self._folder)
        for steps in self._steps():
            stretches.put(stretch_of[self._bin(steps["at_h"])], steps)
        units, at_depot = _Units(self._pools), _Places(self._orders)
        for number in stretches.numbers():
            steps = stretches.rows(number).copy()
            steps = steps[np.lexsort((steps["rank"], steps["at_h"]))]
            at_depot.place(steps)
            given = _assign(steps, units)
            kept = steps["step"] != RELEASE
            yield steps[kept], [unit for unit, keep in zip(given, kept.tolist(), strict=True) if keep]
        stretches.close()

    def _bin(self, at: NDArray[np.float64]) -> NDArray[np.int64]:
        found: NDArray[np.int64] = np.minimum((at * (_BINS / self._horizon)).astype(np.int64), _BINS - 1)
        return found

    def _steps(self) -> Iterator[NDArray[np.void]]:
        """Steps of every table, block by block; none after the end of the run."""
        for name, steps in (
            ("contacts", self._contact_steps),
            ("orders", _order_steps),
            ("part_demands", self._part_steps),
            ("visits", self._stage_steps),
            ("jobs", self._job_steps),
        ):
            row = 0
            for block in self._tables[name].blocks(_BLOCK_ROWS):
                numbers = np.arange(row, row + len(block))
                row += len(block)
                for found in steps(block, numbers):
                    yield found[found["at_h"] <= self._horizon]

    def _contact_steps(self, block: Block, row: NDArray[np.int64]) -> Iterator[NDArray[np.void]]:
        arrived, answered, ended, released = (block[f"{name}_h"] for name in ("arrived", "answered", "ended", "released"))
        common: dict[str, Any] = {name: block[name] for name in ("case", "need", "region", "segment")}
        common |= {"place": block["line"], "what": block["kind"], "outcome": -1, "pool": -1, "row": row, "level": CONTACT}
        rank = np.where(block["kind"] == OUTBOUND, _R_CALL, _R_CONTACT)
        yield _made(block, common, arrived, SCHEDULE, rank)
        served, over = ~np.isnan(answered), ~np.isnan(ended)
        by_people = np.where(served, block["group"], -1)
        common |= {"pool": by_people, "instant": served & (released == answered)}
        yield _made(block, common, answered, START, rank + 1)[served]
        common["outcome"] = block["outcome"]
        ranks = np.where(ended > np.where(served, answered, arrived), _R_END, rank + 2)
        yield _made(block, common, ended, np.where(served, COMPLETE, WITHDRAW), ranks)[over]
        held = over & (by_people >= 0) & (released > answered)
        yield _made(block, common, released, RELEASE, _R_END)[held]

    def _part_steps(self, block: Block, row: NDArray[np.int64]) -> Iterator[NDArray[np.void]]:
        common: dict[str, Any] = {name: block[name] for name in ("order", "quantity")}
        common |= {"place": block["location"], "what": block["part"], "outcome": -1, "pool": -1, "row": row, "level": PART}
        asked, filled = block["requested_h"], block["filled_h"]
        of_order = block["order"] >= 0
        yield self._of_orders(_made(block, common, asked, SCHEDULE, _R_ASK)[of_order])
        common["outcome"] = block["how"]
        ranks = np.where(filled > asked, _R_END, _R_FILL)
        steps = _made(block, common, filled, np.where(block["how"] == H_CANCELLED, WITHDRAW, COMPLETE), ranks)
        yield self._of_orders(steps[of_order & ~np.isnan(filled)])

    def _stage_steps(self, block: Block, row: NDArray[np.int64]) -> Iterator[NDArray[np.void]]:
        common = {
            "order": block["order"],
            "what": block["stage"],
            "outcome": -1,
            "place": -1,
            "pool": -1,
            "row": row,
            "level": STAGE,
        }
        yield self._of_orders(_made(block, common, block["begin_h"], START, _R_STAGE))
        yield self._of_orders(_made(block, common, block["end_h"], COMPLETE, _R_END)[~np.isnan(block["end_h"])])

    def _job_steps(self, block: Block, row: NDArray[np.int64]) -> Iterator[NDArray[np.void]]:
        begin, end = block["begin_h"], block["end_h"]
        common = {
            "order": block["order"],
            "what": block["kind"],
            "place": block["workshop"],
            "outcome": -1,
            "row": row,
            "level": JOB,
        }
        common |= {"pool": self._pools.first[block["workshop"]] + block["shift"], "instant": end == begin}
        yield self._of_orders(_made(block, common, begin, START, _R_JOB))
        ranks = np.where(end > begin, _R_END, _R_JOB_END)
        yield self._of_orders(_made(block, common, end, np.where(block["kind"] == J_LOOK, WITHDRAW, COMPLETE), ranks))

    def _of_orders(self, steps: NDArray[np.void]) -> NDArray[np.void]:
        self._orders.fill(steps)
        return steps


def _order_steps(block: Block, row: NDArray[np.int64]) -> Iterator[NDArray[np.void]]:
    common: dict[str, Any] = {name: block[name] for name in ("order", "case", "need", "region", "segment", "mode")}
    common |= {"place": block["workshop"], "what": -1, "outcome": -1, "pool": -1, "row": block["order"], "level": ORDER}
    yield _made(block, common, block["opened_h"], START, _R_OPEN)
    common["outcome"] = block["outcome"]
    yield _made(block, common, block["closed_h"], COMPLETE, _R_CLOSE)[block["outcome"] != OPEN]


def _made(block: Block, columns: dict[str, Any], at: NDArray[np.float64], step: Any, rank: Any) -> NDArray[np.void]:
    steps = np.zeros(len(block), STEP)
    steps["order"] = steps["mode"] = -1
    for name, values in columns.items():
        steps[name] = values
    steps["at_h"], steps["step"], steps["rank"] = at, step, rank
    return steps


class _Places:
    """At which workshop an order is: the one that received it, or the depot between its ways there and back."""

    def __init__(self, orders: _Orders) -> None:
        self._orders = orders.columns
        self._at_depot: set[int] = set()

    def place(self, steps: NDArray[np.void]) -> None:
        """Fill in the place of stages; to be called with all steps in order of time."""
        stages = np.flatnonzero(steps["level"] == STAGE)
        numbers = steps["order"][stages]
        steps["place"][stages] = self._orders["workshop"][numbers]
        moved = self._orders["forwarded"][numbers] != 0
        for i in stages[moved].tolist():
            order, step = int(steps["order"][i]), int(steps["step"][i])
            if order in self._at_depot:
                steps["place"][i] = self._orders["bench"][order]
            if steps["what"][i] == _FORWARD and step == COMPLETE:
                self._at_depot ^= {order}


def _assign(steps: NDArray[np.void], units: _Units) -> list[int]:
    """Numbers of agents and technicians, by step."""
    given = [0] * len(steps)
    working = np.flatnonzero(steps["pool"] >= 0)
    columns = (steps[name][working].tolist() for name in ("pool", "level", "row", "step", "instant"))
    last: dict[tuple[int, int], int] = {}
    for i, pool, level, row, step, instant in zip(working.tolist(), *columns, strict=True):
        if step == START:
            given[i] = units.take(pool, level, row, bool(instant))
            if instant:
                last[level, row] = given[i]
        elif instant:
            given[i] = last.pop((level, row), 0)
        elif step == RELEASE:
            units.give_back(pool, level, row)
        else:
            given[i] = units.held(pool, level, row)
            if level == JOB:
                units.give_back(pool, level, row)
    return given
