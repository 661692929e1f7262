"""What moves between places in one replication: parts to locations, hurried parts, repair orders to depots.

Parts count when they are asked of their source inside the measured window, as the demand of depots does, so that what flows out
of a depot and what its own customers ask for add up to its `parts.demand`; forwarded repair orders count when they are opened.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.analysis.tables import Block, Table
from sim.analysis.window import Floats, Ints, Window
from sim.scenario.plan import Plan

KINDS = ("replenishment", "emergency", "forward")


class Flow(NamedTuple):
    """Two places and what moves: indices of locations, of workshops where repair orders are forwarded."""

    source: int
    target: int
    kind: int  # index into KINDS


def flow_pairs(plan: Plan) -> list[Flow]:
    """Every pair of places between which the plan lets something move, by kind, source and target."""
    sources = [{lane.source_ix for lane in place.lanes} for place in plan.locations]
    upstream = [_upstream(sources, i) for i in range(len(sources))]
    found = {Flow(source, i, 0) for i, own in enumerate(sources) for source in own}
    for i, place in enumerate(plan.locations):
        if place.emergency is not None:
            first = place.emergency.source_ix
            asked = upstream[i] | ({first} | upstream[first] if first >= 0 else set())
            found |= {Flow(source, i, 1) for source in asked}
    for i in range(len(plan.workshops)):
        found |= {Flow(i, depot, 2) for depot in _forwarded_to(plan, i)}
    return sorted(found, key=lambda flow: (flow.kind, flow.source, flow.target))


def _upstream(sources: list[set[int]], of: int) -> set[int]:
    """All places that a location is supplied from, near or far."""
    found: set[int] = set()
    waiting = list(sources[of])
    while waiting:
        place = waiting.pop()
        if place not in found:
            found.add(place)
            waiting += sources[place]
    return found


def _forwarded_to(plan: Plan, workshop: int) -> set[int]:
    """The depots up the line of a workshop."""
    found: set[int] = set()
    place = plan.workshops[workshop].forward_ix
    while place >= 0 and place != workshop and place not in found:
        found.add(place)
        place = plan.workshops[place].forward_ix
    return found


def reduce_flows(plan: Plan, replenishments: Table, orders: Table, window: Window) -> NDArray[np.float64]:
    """Units or orders inside the window by pair of `flow_pairs`.

    Parameters
    ----------
    replenishments, orders
        Tables of one replication.
    window
        What is measured.
    """
    pairs = flow_pairs(plan)
    size = max(1, len(plan.locations), len(plan.workshops))
    keys = np.array([(flow.kind * size + flow.source) * size + flow.target for flow in pairs], np.int64)
    moved = np.zeros(len(pairs))
    if not pairs:
        return moved
    for block in replenishments.blocks():
        asked = block[window.holds(block["ordered_h"])]
        _count(
            moved, keys, _key(asked, "source", "location", size, (asked["emergency"] != 0).astype(np.int64)), asked["quantity"]
        )
    for block in orders.blocks():
        sent = block[window.holds(block["opened_h"]) & (block["forwarded"] != 0)]
        _count(moved, keys, _key(sent, "workshop", "bench", size, np.full(len(sent), 2)), np.ones(len(sent)))
    return moved


def _key(rows: Block, source: str, target: str, size: int, kind: Ints) -> Ints:
    key: Ints = (kind * size + rows[source]) * size + rows[target]
    return key


def _count(moved: Floats, keys: Ints, found: Ints, amount: NDArray[np.generic]) -> None:
    """Add amounts to the pairs that they belong to."""
    at = np.minimum(np.searchsorted(keys, found), len(keys) - 1)
    known = keys[at] == found
    moved += np.bincount(at[known], amount[known].astype(np.float64), len(keys))
