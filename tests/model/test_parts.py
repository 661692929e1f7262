"""The parts wing alone, on hand-made plans."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.columns import (
    G_BACKORDERS,
    G_IN_TRANSIT,
    G_ON_HAND,
    G_ON_ORDER,
    G_STOCKED,
    H_BACKORDER,
    H_CANCELLED,
    H_EMERGENCY,
    H_OPEN,
    H_SHELF,
    dtype,
)
from sim.distributions import Dist, constant, exponential, uniform
from sim.engine.clock import ARRIVAL, Clock
from sim.engine.recorder import Recorder
from sim.model.parts.stock import PartsWing
from sim.model.seams import Context, Parts
from sim.rules.stocking import BaseStock, PeriodicUpTo, Policy, ReorderPointLot, ReorderPointUpTo
from sim.scenario.plan import Demand, Lane, Location, Part, Plan, Run
from sim.streams import Streams

NAN = float("nan")
MAKER = 0


def vendor(lead: float | Dist, name: str = "maker", **more: Any) -> Location:
    return Location(name, "vendor", 0, NAN, NAN, lead_time=lead if isinstance(lead, Dist) else constant(lead), **more)


def place(name: str, source: int, transit: float | Dist, *policies: Policy | None, **more: Any) -> Location:
    lane = Lane(source, transit if isinstance(transit, Dist) else constant(transit))
    listed = tuple((i, policy) for i, policy in enumerate(policies) if policy is not None)
    return Location(name, "point", 0, NAN, NAN, lanes=more.pop("lanes", (lane,)), policies=listed, **more)


class Stage:
    """A parts wing on its own clock; the script calls it, and it is the waiter of every request."""

    def __init__(
        self, folder: Path, *locations: Location, length: float = 10_000.0, initial: str = "full", parts: int = 2
    ) -> None:
        run = Run("2020-01-01", length, 0.0, 1, 7, initial=initial)
        kinds = tuple(Part(f"part-{i}", weight_kg=0.5) for i in range(parts))
        self.plan = Plan("stage", "", "", "EUR", run, parts=kinds, locations=locations)
        self.folder = folder
        self.clock = Clock()
        self.recorder = Recorder(folder, {t: dtype(t) for t in ("gauges", "replenishments", "part_demands")})
        self.wing = PartsWing(Context(self.plan, self.clock, Streams(7, 0), self.recorder))
        self.told: list[tuple[float, int]] = []

    def on_parts(self, ref: int) -> None:
        self.told.append((self.clock.now, ref))

    def ask(self, location: int, lines: dict[int, int], ref: int, priority: int = 0) -> int:
        told = len(self.told)
        number = self.wing.request(location, tuple(lines.items()), priority, self, ref)
        assert len(self.told) == told, "called back before the call returned"
        return number

    def run(self, until: float) -> None:
        self.clock.run_until(until)
        assert self.wing.checks() == []

    def levels(self, location: int, part: int = 0) -> tuple[int, int, int, int]:
        """On hand, backorders, on order, in transit."""
        shelf = self.wing.shelf(location, part)
        return shelf.on_hand, shelf.backorders, shelf.on_order, shelf.in_transit

    def close(self) -> dict[str, Any]:
        self.clock.run_until(self.plan.run.horizon_h)
        self.wing.finish()
        assert self.wing.checks() == []
        self.recorder.close()
        return {name: np.load(self.folder / f"{name}.npy") for name in self.recorder.tables}

    def mean(self, tables: dict[str, Any], gauge: int, location: int, part: int = 0) -> float:
        g = tables["gauges"]
        mine = g[(g["gauge"] == gauge) & (g["owner"] == location) & (g["sub"] == part)]
        return float(mine["integral"].sum()) / self.plan.run.horizon_h


def test_wing_satisfies_the_seam(tmp_path: Path) -> None:
    parts: Parts = Stage(tmp_path, vendor(1.0), place("shop", MAKER, 0.0, BaseStock(1))).wing
    assert parts.available(1, 0) == 1
    assert parts.available(1, 1) == 0


def test_demand_from_the_shelf_orders_at_once_and_is_received(tmp_path: Path) -> None:
    stage = Stage(tmp_path, vendor(10.0), place("shop", MAKER, 2.0, BaseStock(2)), length=48.0)
    assert stage.ask(1, {0: 1}, ref=5) == 0
    assert stage.levels(1) == (1, 0, 1, 1)
    stage.run(12.0)
    assert stage.levels(1) == (1, 0, 1, 1)
    stage.run(12.1)
    assert stage.levels(1) == (2, 0, 0, 0)
    stage.wing.consume(5)
    assert stage.told == []
    tables = stage.close()
    assert tables["part_demands"].tolist() == [(5, 1, 0, 1, 1, 0.0, 0.0, 1, H_SHELF)]
    assert tables["replenishments"].tolist() == [(0, 1, MAKER, 1, 0, 0.0, 0.0, 12.0, 0.0)]
    expected = {G_ON_HAND: 2 - 12 / 48, G_ON_ORDER: 12 / 48, G_IN_TRANSIT: 12 / 48, G_BACKORDERS: 0.0, G_STOCKED: 1.0}
    assert {g: stage.mean(tables, g, 1) for g in expected} == pytest.approx(expected)


def test_freight_is_paid_by_shipment_and_weight(tmp_path: Path) -> None:
    shop = place("shop", MAKER, 0.0, ReorderPointLot(0, 4), lanes=(Lane(MAKER, constant(1.0), cost=3.0, cost_per_kg=2.0),))
    stage = Stage(tmp_path, vendor(10.0), shop)
    stage.ask(1, {0: 4}, ref=1)
    assert stage.close()["replenishments"]["cost"].tolist() == [3.0 + 4 * 0.5 * 2.0]


def test_depot_ships_what_it_has_and_owes_the_rest(tmp_path: Path) -> None:
    network = place("depot", MAKER, 0.0, BaseStock(3)), place("shop", 1, 5.0, ReorderPointUpTo(0, 5))
    stage = Stage(tmp_path, vendor(100.0), *network)
    stage.ask(2, {0: 5}, ref=1)
    assert stage.levels(2) == (0, 0, 5, 3)
    assert stage.levels(1) == (0, 2, 5, 5)
    stage.run(5.5)
    assert stage.levels(2) == (3, 0, 2, 0)
    stage.run(106.0)
    assert stage.levels(2) == (5, 0, 0, 0)
    assert stage.levels(1) == (3, 0, 0, 0)
    rows = stage.close()["replenishments"]
    assert rows[["location", "source", "quantity", "shipped_h", "received_h"]].tolist() == [
        (1, 0, 5, 0.0, 100.0),
        (2, 1, 3, 0.0, 5.0),
        (2, 1, 2, 100.0, 105.0),
    ]


def test_depot_serves_its_backorders_first_come_first_served_across_bases(tmp_path: Path) -> None:
    bases = [place(f"base-{i}", 1, 1.0, BaseStock(0)) for i in range(3)]
    stage = Stage(tmp_path, vendor(50.0), place("depot", MAKER, 0.0, BaseStock(0)), *bases)
    for at, base in enumerate((3, 2, 4, 2)):
        stage.run(float(at))
        stage.ask(base, {0: 1}, ref=10 + at)
    stage.run(100.0)
    assert stage.told == [(51.0, 10), (52.0, 11), (53.0, 12), (54.0, 13)]


class Script:
    """Lead times one after the other."""

    def __init__(self, *values: float) -> None:
        self.values = list(values)

    def __call__(self) -> float:
        return self.values.pop(0)


def test_a_replenishment_that_overtakes_serves_the_oldest_backorder(tmp_path: Path) -> None:
    stage = Stage(tmp_path, vendor(1.0), place("depot", MAKER, 0.0, BaseStock(0)), place("a", 1, 0.0), place("b", 1, 0.0))
    stage.wing.shelf(1, 0).delay = Script(100.0, 20.0)
    stage.ask(2, {0: 1}, ref=1)
    stage.run(10.0)
    stage.ask(3, {0: 1}, ref=2)
    stage.run(200.0)
    assert stage.told == [(30.0, 1), (100.0, 2)]


def test_a_replenishment_that_overtakes_on_the_way_to_the_shop(tmp_path: Path) -> None:
    stage = Stage(tmp_path, vendor(1.0), place("shop", MAKER, 0.0, BaseStock(0)))
    stage.wing.shelf(1, 0).delay = Script(100.0, 20.0)
    stage.ask(1, {0: 1}, ref=1)
    stage.run(10.0)
    stage.ask(1, {0: 1}, ref=2)
    tables = stage.close()
    assert stage.told == [(30.0, 1), (100.0, 2)]
    assert tables["part_demands"][["order", "requested_h", "filled_h", "how"]].tolist() == [
        (1, 0.0, 30.0, H_BACKORDER),
        (2, 10.0, 100.0, H_BACKORDER),
    ]


def test_better_priority_goes_first_then_arrival(tmp_path: Path) -> None:
    stage = Stage(tmp_path, vendor(50.0), place("shop", MAKER, 0.0, BaseStock(0)))
    for ref, priority in ((1, 2), (2, 1), (3, 2), (4, 0), (5, 1)):
        stage.ask(1, {0: 1}, ref, priority)
    stage.run(60.0)
    assert [ref for _, ref in stage.told] == [4, 2, 5, 1, 3]


def test_lots_are_multiples_that_lift_the_position_above_s(tmp_path: Path) -> None:
    stage = Stage(tmp_path, vendor(10.0), place("shop", MAKER, 0.0, ReorderPointLot(2, 3)))
    stage.ask(1, {0: 2}, ref=1)  # position 5 -> 3: no order
    assert stage.levels(1) == (3, 0, 0, 0)
    stage.ask(1, {0: 8}, ref=2)  # 3 -> -5: 9 lift it to 4
    assert stage.levels(1) == (0, 5, 9, 9)
    stage.run(11.0)
    assert stage.levels(1) == (4, 0, 0, 0)


def test_order_up_to_fills_to_the_top(tmp_path: Path) -> None:
    stage = Stage(tmp_path, vendor(10.0), place("shop", MAKER, 0.0, ReorderPointUpTo(2, 7)))
    stage.ask(1, {0: 4}, ref=1)
    assert stage.levels(1) == (3, 0, 0, 0)
    stage.ask(1, {0: 1}, ref=2)
    assert stage.levels(1) == (2, 0, 5, 5)


def test_periodic_reviews_order_at_multiples_of_the_period(tmp_path: Path) -> None:
    stage = Stage(tmp_path, vendor(10.0), place("shop", MAKER, 0.0, PeriodicUpTo(24.0, 3)))
    stage.run(5.0)
    stage.ask(1, {0: 1}, ref=1)
    stage.run(20.0)
    stage.ask(1, {0: 1}, ref=2)
    stage.run(30.0)
    stage.run(48.0)

    class At:
        def fire(self) -> None:
            stage.ask(1, {0: 1}, ref=3)  # a demand at the instant of a review comes before it

    stage.clock.at(48.0, At(), ARRIVAL)
    stage.run(100.0)
    rows = stage.close()["replenishments"]
    assert rows[["quantity", "shipped_h", "received_h"]].tolist() == [(2, 24.0, 34.0), (1, 48.0, 58.0)]


def test_an_order_for_several_parts_goes_on_when_all_are_there(tmp_path: Path) -> None:
    far = vendor(30.0, lead_times=((1, constant(12.0)),))
    stage = Stage(tmp_path, far, place("shop", MAKER, 0.0, BaseStock(1), BaseStock(0)))
    number = stage.ask(1, {0: 2, 1: 1}, ref=8)
    assert number == 1
    assert stage.wing.shelf(1, 0).reserved == 1
    stage.run(20.0)
    assert stage.wing.shelf(1, 1).reserved == 1
    assert stage.told == []
    stage.run(40.0)
    assert stage.told == [(30.0, 8)]
    stage.wing.consume(8)
    assert stage.wing.shelf(1, 0).consumed == 2
    rows = stage.close()["part_demands"]
    assert rows[["order", "request", "part", "quantity", "filled_h", "filled_at_once", "how"]].tolist() == [
        (8, 1, 1, 1, 12.0, 0, H_BACKORDER),
        (8, 1, 0, 2, 30.0, 1, H_BACKORDER),
    ]


def test_a_second_request_of_the_same_order_is_consumed_with_the_first(tmp_path: Path) -> None:
    stage = Stage(tmp_path, vendor(5.0), place("shop", MAKER, 0.0, BaseStock(3)))
    stage.ask(1, {0: 1}, ref=1)
    stage.ask(1, {0: 1}, ref=1)  # dead on arrival: one more
    stage.wing.consume(1)
    stage.wing.consume(1)
    stage.run(6.0)
    assert (stage.wing.shelf(1, 0).consumed, stage.wing.shelf(1, 0).reserved) == (2, 0)


def test_cancel_returns_reservations_to_the_next_in_the_queue(tmp_path: Path) -> None:
    stage = Stage(tmp_path, vendor(50.0), place("shop", MAKER, 0.0, BaseStock(1)))
    assert stage.ask(1, {0: 1}, ref=1) == 0
    assert stage.ask(1, {0: 2}, ref=2) > 0
    assert stage.ask(1, {0: 1}, ref=3) > 0
    stage.run(10.0)
    stage.wing.cancel(2)
    assert stage.levels(1) == (0, 1, 4, 4)
    stage.wing.cancel(1)
    assert stage.told == []  # never inside the call
    stage.run(11.0)
    assert stage.told == [(10.0, 3)]
    stage.wing.consume(3)
    stage.run(60.0)
    assert stage.levels(1) == (4, 0, 0, 0)  # nothing is sent back to the vendor
    rows = stage.close()["part_demands"]
    assert [(r["order"], r["how"]) for r in rows] == [(1, H_SHELF), (2, H_CANCELLED), (3, H_BACKORDER)]


def test_cancel_before_the_waiter_was_told(tmp_path: Path) -> None:
    stage = Stage(tmp_path, vendor(50.0), place("shop", MAKER, 0.0, BaseStock(1)))
    stage.ask(1, {0: 1}, ref=1)
    stage.ask(1, {0: 1}, ref=2)
    stage.wing.cancel(1)
    stage.wing.cancel(2)
    stage.run(100.0)
    assert stage.told == []
    assert stage.levels(1) == (3, 0, 0, 0)


def test_a_cancelled_order_gives_its_own_unit_to_nobody_of_its_own(tmp_path: Path) -> None:
    stage = Stage(tmp_path, vendor(50.0), place("shop", MAKER, 0.0, BaseStock(2)))
    stage.ask(1, {0: 3}, ref=1)
    stage.wing.cancel(1)
    assert stage.levels(1) == (2, 0, 3, 3)
    stage.run(60.0)
    assert stage.levels(1) == (5, 0, 0, 0)


def emergency_network(**more: Any) -> tuple[Location, ...]:
    lane = Lane(-1, constant(4.0), cost=10.0, cost_per_kg=2.0)
    shop = place("shop", 1, 48.0, BaseStock(1), emergency=lane, emergency_premium=50.0)
    return vendor(100.0), place("depot", MAKER, 0.0, BaseStock(1)), shop


def test_emergency_comes_from_the_depot_and_then_from_the_vendor(tmp_path: Path) -> None:
    stage = Stage(tmp_path, *emergency_network())
    assert stage.ask(2, {0: 1}, ref=1) == 0  # takes the depot's unit as replenishment
    assert stage.levels(1) == (0, 0, 1, 1)
    stage.run(101.0)
    assert stage.levels(1) == (1, 0, 0, 0)
    assert stage.levels(2) == (1, 0, 0, 0)
    stage.ask(2, {0: 1}, ref=2)  # shelf; depot empty again
    stage.run(202.0)
    stage.ask(2, {0: 2}, ref=3)  # one from the shelf, one straight from the depot
    stage.run(500.0)
    rows = stage.close()["replenishments"]
    pegged = rows[rows["emergency"] == 1]
    assert pegged[["location", "source", "quantity", "shipped_h", "received_h", "cost"]].tolist() == [
        (2, 1, 1, 202.0, 206.0, 10.0 + 2.0 * 0.5 + 50.0)
    ]
    assert stage.told == [(206.0, 3)]


def test_emergency_is_outside_the_position_and_triggers_nothing(tmp_path: Path) -> None:
    stage = Stage(tmp_path, *emergency_network())
    stage.ask(2, {0: 1}, ref=1)
    stage.ask(2, {0: 1}, ref=2)  # shop and depot are empty: vendor lead time and emergency transit
    shelf = stage.wing.shelf(2, 0)
    assert stage.levels(2) == (0, 0, 1, 1)
    assert (shelf.position, shelf.pegged) == (1, 1)
    assert stage.levels(1) == (0, 0, 1, 1)
    stage.run(60.0)
    assert stage.levels(2) == (1, 0, 0, 0)  # the replenishment is not for the one who waits for his own unit
    stage.run(200.0)
    assert stage.told == [(104.0, 2)]
    rows = stage.close()["part_demands"]
    assert rows[["order", "filled_h", "filled_at_once", "how"]].tolist() == [(1, 0.0, 1, H_SHELF), (2, 104.0, 0, H_EMERGENCY)]


def test_emergency_unit_of_a_cancelled_order_goes_to_the_shelf(tmp_path: Path) -> None:
    stage = Stage(tmp_path, *emergency_network())
    stage.ask(2, {0: 1}, ref=1)
    stage.ask(2, {0: 1}, ref=2)
    stage.wing.cancel(2)
    stage.run(200.0)
    assert stage.told == []
    assert stage.levels(2) == (2, 0, 0, 0)
    assert stage.close()["part_demands"]["how"].tolist() == [H_SHELF, H_CANCELLED]


def test_emergency_from_a_fixed_source(tmp_path: Path) -> None:
    lane = Lane(2, constant(4.0))
    shop = place("shop", 1, 48.0, BaseStock(0), emergency=lane)
    depots = place("depot", MAKER, 0.0, BaseStock(5)), place("hub", MAKER, 0.0, BaseStock(1))
    stage = Stage(tmp_path, vendor(100.0), *depots, shop)
    stage.ask(3, {0: 3}, ref=1)
    rows = stage.close()["replenishments"]
    assert rows[rows["emergency"] == 1][["source", "quantity", "received_h"]].tolist() == [(2, 1, 4.0), (0, 2, 104.0)]
    assert stage.told == [(104.0, 1)]


def test_emergency_of_a_demand_stream_is_used_at_once(tmp_path: Path) -> None:
    depot = place("depot", MAKER, 0.0, BaseStock(3))
    shop = place("shop", 1, 48.0, BaseStock(1), emergency=Lane(-1, constant(4.0)), demands=(Demand(0, 0.05),))
    stage = Stage(tmp_path, vendor(100.0), depot, shop, length=5000.0)
    rows = stage.close()["part_demands"]
    assert set(rows["how"].tolist()) <= {H_SHELF, H_EMERGENCY, H_OPEN}
    fast = rows[rows["how"] == H_EMERGENCY]
    waits = np.unique(np.round(fast["filled_h"] - fast["requested_h"], 6))
    assert waits.tolist() == [4.0, 104.0]
    assert stage.wing.shelf(2, 0).backorders == 0


def test_source_is_the_first_lane_that_can_supply_the_part(tmp_path: Path) -> None:
    only_one = vendor(10.0, "only-one", supplies=(1,))
    anything = vendor(20.0, "anything")
    depot = place("depot", 0, 1.0)
    shop = place("shop", 0, 0.0, lanes=(Lane(2, constant(2.0)), Lane(1, constant(3.0))))
    stage = Stage(tmp_path, only_one, anything, depot, shop)
    stage.ask(3, {0: 1}, ref=1)  # part 0: the depot's vendor does not make it
    stage.ask(3, {1: 1}, ref=2)  # part 1: through the depot, which passes it on
    stage.run(50.0)
    assert stage.told == [(13.0, 2), (23.0, 1)]


def test_nobody_supplies_the_part(tmp_path: Path) -> None:
    lonely = Location("lonely", "point", 0, NAN, NAN, policies=((0, BaseStock(1)),))
    stage = Stage(tmp_path, vendor(1.0), lonely, length=100.0)
    assert stage.ask(1, {0: 1}, ref=1) == 0
    assert stage.ask(1, {0: 1}, ref=2) > 0
    rows = stage.close()["part_demands"]
    assert rows["how"].tolist() == [H_SHELF, H_OPEN]
    assert stage.levels(1) == (0, 1, 0, 0)


def test_lead_time_zero_fills_at_the_same_instant_but_not_in_the_call(tmp_path: Path) -> None:
    stage = Stage(tmp_path, vendor(0.0), place("depot", MAKER, 0.0), place("shop", 1, 0.0))
    stage.run(3.0)
    assert stage.ask(2, {0: 2}, ref=1) > 0
    stage.run(3.5)
    assert stage.told == [(3.0, 1)]
    rows = stage.close()["part_demands"]
    assert rows[["requested_h", "filled_h", "filled_at_once", "how"]].tolist() == [(3.0, 3.0, 0, H_BACKORDER)]


def test_nothing_at_all_is_legal(tmp_path: Path) -> None:
    tables = Stage(tmp_path, parts=0).close()
    assert {name: len(table) for name, table in tables.items()} == {"gauges": 0, "replenishments": 0, "part_demands": 0}


def test_rate_zero_and_a_horizon_shorter_than_the_lead_time(tmp_path: Path) -> None:
    shop = place("shop", MAKER, 0.0, BaseStock(2), demands=(Demand(0, 0.0), Demand(1, 2.0)))
    stage = Stage(tmp_path, vendor(1000.0), shop, length=10.0, initial="theory")
    tables = stage.close()
    assert len(tables["part_demands"]) > 5
    assert set(tables["part_demands"]["how"].tolist()) == {H_OPEN}
    assert stage.mean(tables, G_ON_HAND, 1) == 2.0


def test_a_location_outside_the_model_has_everything(tmp_path: Path) -> None:
    stage = Stage(tmp_path, vendor(1.0))
    assert stage.ask(-1, {0: 3}, ref=1) == 0
    stage.wing.consume(1)
    assert len(stage.close()["part_demands"]) == 0


def test_shelves_that_never_moved_have_one_row_a_level(tmp_path: Path) -> None:
    stage = Stage(tmp_path, vendor(1.0), place("shop", MAKER, 0.0, BaseStock(2), BaseStock(0)))
    gauges = stage.close()["gauges"]
    assert gauges.tolist() == [(G_ON_HAND, 1, 0, 0.0, 10_000.0, 20_000.0), (G_STOCKED, 1, 0, 0.0, 10_000.0, 10_000.0)]


def test_gauge_rows_begin_at_the_origin_and_skip_quiet_periods(tmp_path: Path) -> None:
    stage = Stage(tmp_path, vendor(10.0), place("shop", MAKER, 0.0, BaseStock(1)), length=3000.0)
    stage.run(100.0)
    stage.ask(1, {0: 1}, ref=1)
    stage.run(2500.0)
    stage.ask(1, {0: 1}, ref=2)
    gauges = stage.close()["gauges"]
    rows = gauges[gauges["gauge"] == G_ON_HAND][["begin_h", "elapsed_h", "integral"]].tolist()
    assert rows == [(0.0, 720.0, 710.0), (720.0, 1440.0, 1440.0), (2160.0, 720.0, 710.0), (2880.0, 120.0, 120.0)]
    rows = gauges[gauges["gauge"] == G_ON_ORDER][["begin_h", "elapsed_h", "integral"]].tolist()
    assert rows == [(0.0, 720.0, 10.0), (2160.0, 720.0, 10.0)]


@pytest.mark.parametrize("how", ["theory", "full"])
def test_base_stock_starts_at_its_position(tmp_path: Path, how: str) -> None:
    stage = Stage(tmp_path, vendor(100.0), place("shop", MAKER, 0.0, BaseStock(9), demands=(Demand(0, 0.05),)), initial=how)
    shelf = stage.wing.shelf(1, 0)
    assert shelf.position == shelf.initial == 9
    assert shelf.on_hand == 9 - shelf.on_order
    assert (shelf.on_order > 0) == (how == "theory")
    stage.run(1000.0)


def test_empty_start_orders_at_once(tmp_path: Path) -> None:
    network = place("depot", MAKER, 0.0, BaseStock(2)), place("shop", 1, 5.0, ReorderPointUpTo(1, 3))
    stage = Stage(tmp_path, vendor(100.0), *network, initial="empty")
    assert stage.levels(2) == (0, 0, 3, 0)
    assert stage.levels(1) == (0, 3, 5, 5)
    stage.run(106.0)
    assert stage.levels(2) == (3, 0, 0, 0)
    assert stage.levels(1) == (2, 0, 0, 0)


def test_theory_starts_shelves_in_the_stationary_state(tmp_path: Path) -> None:
    """4,000 shops with a constant lead time: stock on hand at time 0 as in theory, before anything happens."""
    from sim.theory.inventory import base_stock, reorder_point_lot

    rate, lead, shops = 0.01, 200.0, 4000
    policies = (BaseStock(3), ReorderPointLot(2, 4))
    demand = (Demand(0, rate), Demand(1, rate))
    network = [place(f"shop-{i}", MAKER, 0.0, *policies, demands=demand) for i in range(shops)]
    stage = Stage(tmp_path, vendor(lead), *network, initial="theory")
    for part, theory in enumerate((base_stock(rate, lead, 3), reorder_point_lot(rate, constant(lead), 2, 4))):
        shelves = [stage.wing.shelf(i, part) for i in range(1, shops + 1)]
        on_hand = np.array([shelf.on_hand for shelf in shelves])
        assert on_hand.mean() == pytest.approx(theory.on_hand, abs=4 * on_hand.std() / shops**0.5)
        assert (on_hand > 0).mean() == pytest.approx(theory.ready_rate, abs=4 * 0.5 / shops**0.5)
        assert {shelf.position for shelf in shelves} == ({3} if part == 0 else {3, 4, 5, 6})
        assert all(shelf.on_hand + shelf.on_order == shelf.position for shelf in shelves)


def test_theory_with_a_rate_told_for_repair_orders(tmp_path: Path) -> None:
    """Demand that only the caller knows of fills the pipelines of the shop and of the depot behind it."""
    network = place("depot", MAKER, 0.0, BaseStock(500)), place("shop", 1, 100.0, BaseStock(200))
    stage = Stage(tmp_path, vendor(exponential(300.0)), *network, initial="theory")
    assert stage.levels(2) == (200, 0, 0, 0)
    context = Context(stage.plan, Clock(), Streams(7, 0), stage.recorder)
    wing = PartsWing(context, expected_rate={(2, 0): 1.0})
    assert wing.shelf(2, 0).on_order == pytest.approx(100, abs=40)
    assert wing.shelf(1, 0).on_order == pytest.approx(300, abs=70)
    assert wing.checks() == []


def test_demand_scaled_up_stays_in_step(tmp_path: Path) -> None:
    times = []
    for i, rate in enumerate((0.5, 1.0)):
        folder = tmp_path / str(i)
        folder.mkdir()
        shop = place("shop", MAKER, 0.0, BaseStock(1), demands=(Demand(0, rate),))
        times.append(Stage(folder, vendor(1.0), shop, length=200.0).close()["part_demands"]["requested_h"])
    n = len(times[0])
    assert times[1][:n] * 2 == pytest.approx(times[0], rel=1e-12)


def test_another_site_changes_nothing(tmp_path: Path) -> None:
    """Bit for bit: one more shop, unused, leaves all rows of the others as they were."""
    tables = []
    for i in range(2):
        folder = tmp_path / str(i)
        folder.mkdir()
        shop = place("shop", 1, uniform(1.0, 9.0), ReorderPointLot(1, 3), demands=(Demand(0, 0.2, size=uniform(1, 4)),))
        network = [vendor(exponential(30.0)), place("depot", MAKER, 0.0, BaseStock(4)), shop]
        network += [place("idle", 1, exponential(3.0), BaseStock(0))] * i
        tables.append(Stage(folder, *network, length=2000.0, initial="theory").close())
    for name in ("replenishments", "part_demands", "gauges"):
        assert tables[0][name].tobytes() == tables[1][name].tobytes()


def test_orders_leave_no_garbage_for_the_cycle_collector(tmp_path: Path) -> None:
    """It is off during a run: what orders leave behind must go by reference counts alone."""
    stage = Stage(tmp_path, *emergency_network(), length=50_000.0)
    gc.collect()
    gc.disable()
    try:
        for ref in range(200):
            stage.ask(2, {0: 2, 1: 1}, ref)
            stage.clock.run_until(ref * 200.0 + 150.0)
            stage.wing.cancel(ref) if ref % 3 == 0 else stage.wing.consume(ref)
        stage.clock.run_until(45_000.0)
        assert gc.collect() == 0
    finally:
        gc.enable()
    assert stage.wing.checks() == []
    assert len(stage.wing._requests) == 0


def test_broken_books_are_told_in_sentences(tmp_path: Path) -> None:
    stage = Stage(tmp_path, vendor(10.0), place("shop", MAKER, 0.0, BaseStock(2)))
    stage.ask(1, {0: 1}, ref=1)
    stage.wing.shelf(1, 0).on_hand = -1
    assert stage.wing.checks() == [
        "Part 'part-0' at 'shop': on hand is negative (-1).",
        "Part 'part-0' at 'shop': inventory position is 2, but on hand + on order - backorders is 0.",
        "Part 'part-0' is not conserved: 3 units came in, 1 are accounted for.",
    ]
