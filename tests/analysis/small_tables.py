"""Small plans and tables for reductions whose results can be worked out by hand."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.kpis import Rows
from sim.analysis.tables import tables_of
from sim.columns import TABLES, dtype
from sim.distributions import constant, exponential
from sim.rules.stocking import BaseStock
from sim.scenario.plan import (
    Centre,
    Channel,
    Costs,
    Group,
    Lane,
    Line,
    Location,
    Need,
    Part,
    Plan,
    Run,
    Segment,
    Shift,
    Workshop,
)

NAN = float("nan")


def rows_of(table: str, *rows: dict[str, Any]) -> NDArray[np.void]:
    """A table with the given columns set; floats are NaN and integers 0 where nothing is said."""
    found = np.zeros(len(rows), dtype(table))
    for column in TABLES[table]:
        for i, row in enumerate(rows):
            found[column.name][i] = row.get(column.name, 0.0 if column.name.endswith("_h") and table == "orders" else 0)
    return found


def contact(arrived: float, outcome: int, **more: Any) -> dict[str, Any]:
    """One attempt at line 0 that never was served, unless told."""
    row: dict[str, Any] = {"attempt": 1, "group": -1, "served_line": -1, "arrived_h": arrived, "outcome": outcome}
    row |= {"answered_h": NAN, "ended_h": arrived, "released_h": NAN}
    return row | more


def served(arrived: float, wait: float, handle: float, outcome: int = 0, **more: Any) -> dict[str, Any]:
    """One answered attempt."""
    answered = arrived + wait
    times = {"answered_h": answered, "ended_h": answered + handle, "released_h": answered + handle}
    return contact(arrived, outcome, group=0, served_line=0) | times | more


def centre_plan(**changes: Any) -> Plan:
    """One centre in UTC with a voice line (threshold 0.1 h, short 0.02 h) and self-service; 10 h after a warm-up of 2 h."""
    plan = Plan(
        "small",
        "",
        "",
        "EUR",
        Run("2024-01-01", 10.0, 2.0, 2, 1),
        needs=(Need("question", "question"),),
        channels=(Channel("voice", "voice"), Channel("web", "self_service")),
        centres=(Centre("desk", "UTC"),),
        lines=(
            Line("desk/voice", 0, 0, "voice", -1, exponential(0.1), threshold_h=0.1, short_h=0.02, cost_per_contact=2.0),
            Line("desk/web", 0, 1, "self_service", -1, exponential(0.1)),
        ),
        groups=(Group("desk/all", 0, (Shift(-1, 3),), (0,), wage=10.0, paid_factor=1.25),),
        segments=(Segment("home"), Segment("firm")),
    )
    return dataclasses.replace(plan, **changes)


def repair_plan(**changes: Any) -> Plan:
    """Two workshops in two regions, ten days after a warm-up of one, one part at one shelf that a vendor supplies."""
    plan = Plan(
        "repairs",
        "",
        "",
        "EUR",
        Run("2024-01-01", 240.0, 24.0, 2, 1),
        regions=("north", "south"),
        segments=(Segment("home", penalty=7.0), Segment("firm", penalty=20.0)),
        needs=(Need("fault", "hardware"), Need("clean", "planned", counts_in_tat=False)),
        workshops=tuple(
            Workshop(name, "point", i, 0.0, 0.0, "UTC", (Shift(-1, 1 + i),), 1, wage=5.0)
            for i, name in enumerate(("oslo", "bergen"))
        ),
        parts=(Part("fan", 20.0),),
        locations=(
            Location("maker", "vendor", 0, 0.0, 0.0, lead_time=constant(24.0)),
            Location("oslo", "point", 0, 0.0, 0.0, (Lane(0, constant(0.0), cost=3.0),), ((0, BaseStock(2)),)),
        ),
        costs=Costs(holding_rate=0.001),
    )
    return dataclasses.replace(plan, **changes)


def as_dict(rows: Rows) -> dict[tuple[str, str], float]:
    """Value by (kpi, group); fails if a measure was reported twice."""
    found = {(kpi, group): value for kpi, group, _, value in rows.sorted()}
    assert len(found) == len(rows.sorted())
    return found


__all__ = ["NAN", "as_dict", "centre_plan", "contact", "repair_plan", "rows_of", "served", "tables_of"]
