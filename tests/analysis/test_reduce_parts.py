"""Fill rates, waits and time averages of shelves, worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from small_tables import NAN, as_dict, repair_plan, rows_of, tables_of

from sim.analysis.groups import Reduced
from sim.analysis.kpis import Rows
from sim.analysis.reduce_gauges import sum_gauges
from sim.analysis.reduce_parts import reduce_parts
from sim.analysis.window import window_of
from sim.columns import G_BACKORDERS, G_ON_HAND, G_STOCKED, H_BACKORDER, H_CANCELLED, H_EMERGENCY, H_OPEN, H_SHELF
from sim.distributions import constant
from sim.rules.stocking import BaseStock
from sim.scenario.plan import Lane, Location


def demand(requested: float, filled: float, quantity: int, at_once: int, how: int, **more: Any) -> dict[str, Any]:
    row = {"requested_h": requested, "filled_h": filled, "quantity": quantity, "filled_at_once": at_once, "how": how}
    return row | {"location": 1, "order": -1} | more


DEMANDS = rows_of(
    "part_demands",
    demand(10.0, 30.0, 1, 0, H_BACKORDER, request=1),  # before the window, filled inside
    demand(30.0, 30.0, 1, 1, H_SHELF, request=2),
    demand(40.0, 46.0, 3, 1, H_BACKORDER, request=3),
    demand(50.0, 52.0, 1, 0, H_EMERGENCY, request=4, order=5),
    demand(50.0, 50.0, 1, 1, H_SHELF, request=4, order=5),  # same request: not whole at once
    demand(60.0, NAN, 1, 0, H_CANCELLED, request=5, order=6),
    demand(244.0, NAN, 1, 0, H_OPEN, request=6),
)
GAUGES = rows_of(
    "gauges",
    {"gauge": G_ON_HAND, "owner": 1, "sub": 0, "begin_h": 0, "elapsed_h": 24, "integral": 999},
    {"gauge": G_ON_HAND, "owner": 1, "sub": 0, "begin_h": 24, "elapsed_h": 240, "integral": 360},
    {"gauge": G_BACKORDERS, "owner": 1, "sub": 0, "begin_h": 24, "elapsed_h": 240, "integral": 60},
    {"gauge": G_STOCKED, "owner": 1, "sub": 0, "begin_h": 24, "elapsed_h": 240, "integral": 180},
)


NO_ORDERS = rows_of("replenishments")


def reduced(moved: Any = NO_ORDERS, **changes: Any) -> tuple[dict[tuple[str, str], float], Reduced]:
    plan, rows = repair_plan(**changes), Rows()
    tables = tables_of(part_demands=DEMANDS, gauges=GAUGES, replenishments=moved)
    sums = sum_gauges(plan, tables["gauges"], window_of(plan))
    found = reduce_parts(plan, tables["part_demands"], tables["replenishments"], sums, window_of(plan), rows)
    return as_dict(rows), found


def test_demand_measures() -> None:
    kpis, _ = reduced()
    for group in ("all", "region=north", "part=fan", "location=oslo", "location=oslo;part=fan"):
        assert kpis["parts.fill_rate", group] == pytest.approx(3 / 8)
        assert kpis["parts.emergency_rate", group] == pytest.approx(1 / 8)
        # seven units that were not cancelled: 0, 0, 6, 6, 2, 0 and 20 so far
        assert kpis["parts.wait.mean", group] == pytest.approx(34 / 7)
        assert kpis["parts.wait.p95", group] == pytest.approx(np.quantile([0, 0, 6, 6, 2, 0, 20], 0.95))
    assert kpis["parts.demand", "all"] == pytest.approx(0.8)


def test_a_depot_is_asked_by_the_locations_it_supplies() -> None:
    def order(asked: float, shipped: float, units: int, **more: Any) -> dict[str, Any]:
        return {"location": 2, "source": 1, "ordered_h": asked, "shipped_h": shipped, "quantity": units} | more

    orders = rows_of(
        "replenishments",
        order(30.0, 30.0, 2),
        order(30.0, 34.0, 3),  # the rest of the same order
        order(10.0, 40.0, 9),  # asked before the window
        order(50.0, 50.0, 9, emergency=1),
        order(50.0, 50.0, 9, location=1, source=0),  # from the vendor
    )
    bergen = Location("bergen", "point", 1, 0.0, 0.0, (Lane(1, constant(0.0)),), ((0, BaseStock(0)),))
    kpis, _ = reduced(orders, locations=(*repair_plan().locations, bergen))
    for group in ("location=oslo", "location=oslo;part=fan"):
        assert kpis["parts.demand", group] == pytest.approx((8 + 5) / 10)
        assert kpis["parts.fill_rate", group] == pytest.approx((3 + 2) / (8 + 5))
        assert kpis["parts.wait.mean", group] == pytest.approx((34 + 3 * 4) / (7 + 5))
    for group in ("all", "part=fan", "region=north"):
        assert kpis["parts.demand", group] == pytest.approx(0.8)
        assert kpis["parts.fill_rate", group] == pytest.approx(3 / 8)


def test_order_fill_rate_counts_requests() -> None:
    kpis, _ = reduced()
    assert kpis["parts.order_fill_rate", "all"] == pytest.approx(1 / 5)
    assert kpis["parts.order_fill_rate", "location=oslo"] == pytest.approx(1 / 5)


def test_time_averages() -> None:
    kpis, found = reduced()
    assert kpis["parts.on_hand.mean", "location=oslo;part=fan"] == 1.5
    assert kpis["parts.ebo", "all"] == 0.25
    assert kpis["parts.ready_rate", "location=oslo"] == 0.75
    assert kpis["stock.value.mean", "all"] == 30.0
    assert found.facts == pytest.approx({"parts_cost": 20.0 * (1 + 1 + 3 + 1 + 1), "stock_value": 30.0})
    assert not [g for _, g in kpis if g.startswith("location=maker")]


def test_stocked_shelf_that_never_moved_counts_as_empty() -> None:
    two = (*repair_plan().locations, Location("bergen", "point", 1, 0.0, 0.0, (Lane(0, constant(0.0)),), ((0, BaseStock(0)),)))
    kpis, _ = reduced(locations=two)
    assert kpis["parts.ready_rate", "all"] == pytest.approx(0.75 / 2)
    assert kpis["parts.on_hand.mean", "location=bergen"] == 0.0


def test_frames() -> None:
    _, found = reduced()
    assert found.frames["parts"][0].tolist() == [8, 3, 34, 1, 7200, 360, 60]
    # units waited for: one for 14 h on the first day and 6 h on the second, and two more for 6 h
    assert found.daily["parts.backorders"][:2].tolist() == pytest.approx([14 / 24, (6 + 2 * 6) / 24], abs=1e-12)
    assert found.frames["part_histogram"].sum() == 8
