"""Units on hand and units owed at every location, from what was asked for, ordered and received.

Net stock, units on hand less units owed, is one number a shelf: nobody waits while units are on hand. It falls by what customers
and shelves downstream ask for, and rises by what arrives; units of an emergency shipment are asked for and given in one.
So the stock of a shelf at any instant follows from its units at the start and three tables.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.analysis.replay_steps import Steps, Ticks, steps_of
from sim.analysis.tables import Table
from sim.analysis.window import Floats, Ints
from sim.columns import H_CANCELLED, S_IN_TRANSIT, S_ON_HAND, S_OWED
from sim.scenario.plan import Plan


@dataclass(frozen=True)
class Beginning:
    """The stock when the clock starts.

    Attributes
    ----------
    state
        Rows (location, part, what of `columns.SAVED`, hours, units, priority).
    ordered
        Replenishments that were ordered before the clock ran: their sources are short of them already.
    """

    state: NDArray[np.float64]
    ordered: int


@dataclass(frozen=True)
class StockSteps:
    """Units on hand and owed, by location and by part."""

    on_hand: Steps
    owed: Steps
    on_hand_of_part: Steps
    owed_of_part: Steps


class Supply:
    """From where a part comes to a location: the first lane whose source can supply it."""

    def __init__(self, plan: Plan) -> None:
        self._locations = plan.locations
        self._able: dict[tuple[int, int], int] = {}

    def source(self, location: int, part: int) -> int:
        """The location that supplies the part; -1 if nobody does."""
        key = location, part
        if key not in self._able:
            self._able[key] = -1  # a cycle supplies nothing
            lanes = self._locations[location].lanes
            self._able[key] = next((lane.source_ix for lane in lanes if self._can(lane.source_ix, part)), -1)
        return self._able[key]

    def _can(self, location: int, part: int) -> bool:
        place = self._locations[location]
        if place.kind == "vendor":
            return not place.supplies or part in place.supplies
        return self.source(location, part) >= 0


def stock_steps(
    plan: Plan,
    demands: Table,
    replenishments: Table,
    beginning: Beginning,
    end: NDArray[np.float64] | None,
    ticks: Ticks,
    orders_closed: Floats,
) -> StockSteps | None:
    """Step functions of the stock; None if the plan has no parts.

    Parameters
    ----------
    plan, ticks
        What was simulated, and the window.
    demands, replenishments
        Whole tables of the replication.
    beginning, end
        The stock at the start, and the state at the end of the run (its debts between shelves are in no table).
    orders_closed
        Instants at which orders closed, by number: what a closed order had not got yet is wanted no more.
    """
    if not plan.parts or not plan.locations:
        return None
    shelf, at, jump = (
        np.concatenate(columns)
        for columns in zip(
            *_starting(plan, beginning),
            *_asked(plan, demands, orders_closed),
            *_moved(plan, replenishments, beginning.ordered),
            *_owed_at_the_end(plan, end),
            strict=True,
        )
    )
    return _levels(plan, shelf.astype(np.int64), at, jump, ticks)


Jumps = list[tuple[Floats, Floats, Floats]]  # shelf, at, change of the net stock


def _starting(plan: Plan, beginning: Beginning) -> Jumps:
    """Units on hand at the start, and those on the way then."""
    location, part, what, hours, units, _ = beginning.state.T
    keep = (what == S_ON_HAND) | (what == S_IN_TRANSIT)
    shelf = location * len(plan.parts) + part
    return [(shelf[keep], np.where(what == S_IN_TRANSIT, hours, 0.0)[keep], units[keep])]


def _asked(plan: Plan, demands: Table, orders_closed: Floats) -> Jumps:
    """What repair orders and demand streams ask for."""
    found: Jumps = []
    for block in demands.blocks():
        shelf = block["location"].astype(np.float64) * len(plan.parts) + block["part"]
        quantity = block["quantity"].astype(np.float64)
        found.append((shelf, block["requested_h"], -quantity))
        dropped = block["how"] == H_CANCELLED
        if dropped.any():
            missing = (quantity - block["filled_at_once"])[dropped]
            found.append((shelf[dropped], orders_closed[block["order"][dropped]], missing))
    return found


def _moved(plan: Plan, replenishments: Table, ordered_before: int) -> Jumps:
    """What arrives, and what other locations ask of a location."""
    found: Jumps = []
    is_vendor = np.array([place.kind == "vendor" for place in plan.locations])
    row = 0
    for block in replenishments.blocks():
        n_parts, quantity = len(plan.parts), block["quantity"].astype(np.float64)
        shelf = block["location"].astype(np.float64) * n_parts + block["part"]
        # emergency units go to those who asked; the shelf owes them nothing from the instant they are sent
        there = np.where(block["emergency"] != 0, block["ordered_h"], block["received_h"])
        found.append((shelf, there, quantity))
        taken = ~is_vendor[block["source"]]
        taken &= (np.arange(row, row + len(block)) >= ordered_before) | (block["shipped_h"] > block["ordered_h"])
        source = block["source"].astype(np.float64) * n_parts + block["part"]
        found.append((source[taken], block["ordered_h"][taken], -quantity[taken]))
        row += len(block)
    return found


def _owed_at_the_end(plan: Plan, end: NDArray[np.float64] | None) -> Jumps:
    """What a location asked of another one and still waits for at the end of the run."""
    if end is None or not len(end):
        return []
    supply = Supply(plan)
    rows = end[end[:, 2] == S_OWED]
    sources = np.array([supply.source(int(row[0]), int(row[1])) for row in rows], np.float64)
    known = sources >= 0
    shelf = sources * len(plan.parts) + rows[:, 1]
    return [(shelf[known], plan.run.horizon_h - rows[known, 3], -rows[known, 4])] if len(rows) else []


def _levels(plan: Plan, shelf: Ints, at: Floats, jump: Floats, ticks: Ticks) -> StockSteps:
    """Cut the net stock at the window's ticks into units on hand and units owed."""
    n_parts, width = len(plan.parts), ticks.count + 1
    known = (at <= ticks.end) & (at < plan.run.horizon_h)  # what would arrive as the run ends does not
    shelf, jump, tick = shelf[known], jump[known], np.maximum(ticks.after(at[known]), 0)
    net = steps_of(shelf * width + tick, jump, len(plan.locations) * n_parts, width)
    of = np.repeat(np.arange(net.owners), np.diff(net.first))
    is_vendor = np.array([place.kind == "vendor" for place in plan.locations])
    keep = ~is_vendor[of // n_parts]
    heads = np.zeros(len(of), bool)
    heads[net.first[:-1][np.diff(net.first) > 0]] = True
    found = []
    for level in (np.maximum(net.value, 0), np.maximum(-net.value, 0)):
        change = np.where(heads, level, np.diff(level, prepend=0)).astype(np.float64)
        for owner, owners in ((of // n_parts, len(plan.locations)), (of % n_parts, n_parts)):
            found.append(steps_of((owner * width + net.at)[keep], change[keep], owners, width))
    return StockSteps(found[0], found[2], found[1], found[3])
