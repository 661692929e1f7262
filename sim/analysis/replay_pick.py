"""Some orders of a replay whose lives are told, and the rows of the tables that tell them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from sim.analysis.replay_orders import BACK, ENGINEER, FORWARD, Moves, Orders
from sim.analysis.replay_steps import Ticks
from sim.analysis.tables import Table
from sim.analysis.window import Bools, Ints

MOST = 50
# Why an order is told of; those picked first come first
WHY = ("customer", "late", "forwarded", "part", "on_site", "ordinary")
_ROOM = {"late": 10, "forwarded": 10, "part": 10, "on_site": 6}


def pick_orders(orders: Orders, part_wait_h: Ints, moves: Moves, ticks: Ticks, customers: Iterable[int]) -> list[tuple[int, str]]:
    """At most `MOST` orders that were open in the window, each with a reason of `WHY`, spread evenly over those alike.

    Parameters
    ----------
    orders, moves, ticks
        Columns of all orders, their ways in the window, and the window.
    part_wait_h
        Hours that each order waited for parts.
    customers
        Orders of example customers.
    """
    opened, closed, due = orders["opened_h"], orders["closed_h"], orders["due_h"]
    there: Bools = (opened < ticks.end) & ~(closed < ticks.begin) & (orders["workshop"] >= 0)
    late = np.isfinite(due) & ~(closed <= due) & (due < ticks.end)

    def on_way(*kinds: int) -> Bools:
        found = np.zeros(len(orders), bool)
        found[moves.number[np.isin(moves.kind, kinds)]] = True
        return found

    whole = (opened >= ticks.begin) & (closed <= ticks.end)
    alike = {
        "late": there & late,
        "forwarded": there & on_way(FORWARD, BACK),
        "part": there & (part_wait_h > 0),
        "on_site": there & on_way(ENGINEER),
        "ordinary": whole if (there & whole).any() else there,
    }
    found = {int(number): "customer" for number in customers if there[number]}
    for why, chosen in alike.items():
        room = min(_ROOM.get(why, MOST), MOST - len(found))
        free = [int(number) for number in np.flatnonzero(chosen & there) if int(number) not in found]
        for i in np.unique(np.linspace(0, len(free) - 1, room).round().astype(np.int64)) if free and room > 0 else ():
            found[free[i]] = why
    return sorted(found.items(), key=lambda pair: (WHY.index(pair[1]), pair[0]))


def rows_of(tables: dict[str, Table], numbers: list[int]) -> dict[str, NDArray[np.void]]:
    """The rows that tell the lives of some orders: their own, and the contacts of their cases."""
    wanted = np.array(numbers, np.int64)
    found = {name: _rows(tables[name], "order", wanted) for name in ("orders", "visits", "part_demands")}
    return found | {"contacts": _rows(tables["contacts"], "case", np.unique(found["orders"]["case"]))}


def _rows(table: Table, column: str, wanted: Ints) -> NDArray[np.void]:
    (values,) = table.columns(column)
    rows = np.flatnonzero(np.isin(values, wanted))
    return np.array(table.records()[rows])
