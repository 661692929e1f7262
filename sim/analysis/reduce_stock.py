"""Shelf gauges over time: units on hand, owed and under way, by period, tier of the network and part."""

from __future__ import annotations

import numpy as np

from sim.analysis.groups import SHELF_LIMIT
from sim.analysis.tables import Block
from sim.analysis.window import Floats, Occupancy
from sim.columns import G_BACKORDERS, G_IN_TRANSIT, G_ON_HAND
from sim.scenario.plan import SHELF_PERIOD, Plan

TIERS = ("central", "regional", "points")
OVER_TIME = (G_ON_HAND, G_BACKORDERS, G_IN_TRANSIT)


def tier_of(plan: Plan) -> list[int]:
    """Index into `TIERS` by location: central depots buy from a vendor, regional ones from a depot, points supply nobody."""
    vendors = {i for i, place in enumerate(plan.locations) if place.kind == "vendor"}
    found = []
    for place in plan.locations:
        if place.kind == "point":
            found.append(2)
        else:
            found.append(0 if any(lane.source_ix in vendors for lane in place.lanes) else 1)
    return found


def period_edges(plan: Plan) -> Floats:
    """Ends of the periods in hours, from 0 to the horizon: one of them is the end of the warm-up, the others hang on it."""
    horizon = plan.run.horizon_h
    first = plan.run.warm_up_h % SHELF_PERIOD or SHELF_PERIOD
    inner = np.arange(first, horizon - 1e-6, SHELF_PERIOD)
    return np.asarray(np.concatenate(([0.0], inner, [horizon])))


class StockOverTime:
    """Time integrals by period; fed with the blocks of the gauges table."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._tier = np.array(tier_of(plan) or [0], np.int64)
        self._parts = max(1, len(plan.parts))
        self._edges = period_edges(plan)
        self._shift = SHELF_PERIOD - self._edges[1] if len(self._edges) > 2 else 0.0  # the first period may be shorter
        self._gauge = np.full(G_ON_HAND + 5, -1, np.int64)
        self._gauge[list(OVER_TIME)] = np.arange(len(OVER_TIME))
        cells = len(OVER_TIME) * len(TIERS) * self._parts
        self._sums = Occupancy(cells, SHELF_PERIOD, plan.run.horizon_h + self._shift)

    def add(self, block: Block) -> None:
        """One block of rows; a row of several periods without a change counts in each of them."""
        gauge = self._gauge[block["gauge"].astype(np.int64)]
        mine = (gauge >= 0) & (block["elapsed_h"] > 0) & (block["integral"] != 0)
        if not mine.any():
            return
        owner, part = block["owner"][mine].astype(np.int64), block["sub"][mine].astype(np.int64)
        begin, elapsed = block["begin_h"][mine] + self._shift, block["elapsed_h"][mine]
        cell = (gauge[mine] * len(TIERS) + self._tier[owner]) * self._parts + part
        self._sums.add(cell, begin, begin + elapsed, block["integral"][mine] / elapsed)

    def frames(self) -> dict[str, Floats]:
        """Array by name.

        Returns
        -------
        dict
            ``stock_tiers`` [tiers, 4, periods]: integrals of units on hand, owed and under way to the tier, and of the value on
            hand; ``stock_parts`` [parts, 2, periods]: of units on hand and owed, absent with more than `SHELF_LIMIT` parts.
        """
        periods = len(self._edges) - 1
        sums = self._sums.hours()[:, :periods].reshape(len(OVER_TIME), len(TIERS), self._parts, periods)
        price = np.array([part.price for part in self._plan.parts] or [0.0])
        value = np.einsum("tpk,p->tk", sums[0], price)
        found = {"stock_tiers": np.concatenate((sums.sum(axis=2).swapaxes(0, 1), value[:, None]), axis=1)}
        if self._parts <= SHELF_LIMIT:
            found["stock_parts"] = sums[:2].sum(axis=1).swapaxes(0, 1)
        return found
