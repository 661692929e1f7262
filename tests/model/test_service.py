"""Whole lives of repair orders with fixed times, hour by hour."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from repair_world import (
    BOARD,
    CARRY_IN,
    MAIL_IN,
    NAN,
    ON_SITE,
    RepairWorld,
    markets_at,
    outcome_of,
    plan_of,
    point,
    stage_hours,
)

from sim.columns import G_BENCH_QUEUE, G_OPEN_ORDERS, J_AUDIT, J_DIAGNOSIS, J_REPAIR, J_VISIT
from sim.distributions import constant
from sim.model.seams import Case
from sim.model.service.dispatch import Dispatch
from sim.scenario.plan import (
    Customer,
    Fault,
    Need,
    Parcel,
    Plan,
    Product,
    Quote,
    Run,
)


def test_a_bare_carry_in_repair(tmp_path: Path) -> None:
    world = RepairWorld(plan_of([point()]), tmp_path)
    world.open_at(1.0)
    world.open_at(2.0)
    a, b = world.run()["orders"]
    assert stage_hours(a) == {"repair": 2.0}
    assert (a["first_h"], a["opened_h"], a["received_h"], a["ready_h"], a["closed_h"]) == (1.0, 1.0, 1.0, 3.0, 3.0)
    assert stage_hours(b) == {"bench_wait": 1.0, "repair": 2.0}
    assert b["closed_h"] == 5.0
    assert outcome_of(b) == "returned"
    assert world.journey.closed == [(3.0, 0, 1), (5.0, 1, 1)]


def test_how_many_events_an_order_takes(tmp_path: Path) -> None:
    bench = point(hand_in=10.0, counter=0.5, diagnosis_time=1.0, repair=2.0, audit_share=1.0, audit_time=0.25, pick_up=20.0)
    plan = plan_of([bench], [BOARD], products=(Product("p", warranty_h=100.0),))
    world = RepairWorld(plan, tmp_path, call_h=4.0, decision_h=8.0)
    world.open_at(1.0, age_h=200.0)
    world.run()
    # opening, received, accepted, diagnosed (the quote is due at once), told, decided, accepted, repaired, audited, fetched
    assert world.clock.events == 10


def test_a_full_carry_in_life(tmp_path: Path) -> None:
    bench = point(hand_in=10.0, counter=0.5, diagnosis_time=1.0, repair=2.0, audit_share=1.0, audit_time=0.25, pick_up=20.0)
    quote = Quote(price=400.0)
    plan = plan_of([bench], [BOARD], products=(Product("p", warranty_h=100.0),), quote=quote)
    world = RepairWorld(plan, tmp_path, delays=(30.0,), call_h=4.0, decision_h=8.0)
    world.open_at(1.0, age_h=200.0)
    tables = world.run()
    (a,) = tables["orders"]
    expected = {
        "hand_in": 10.0, "counter": 0.5, "diagnosis": 1.0, "approval_call": 4.0, "decision": 8.0, "part_wait": 30.0,
        "repair": 2.0, "audit": 0.25, "pick_up": 20.0,
    }  # fmt: skip
    assert stage_hours(a) == expected
    assert (a["received_h"], a["ready_h"], a["closed_h"]) == (11.0, 56.75, 76.75)
    assert (a["in_warranty"], a["revenue"], a["rework"], outcome_of(a)) == (0, 400.0, 0, "returned")
    assert world.parts.log == [("request", 24.5, 0, ((0, 1),), 0, 0), ("consume", 56.5, 0)]
    jobs = [(j["kind"], j["begin_h"], j["end_h"], j["work_h"]) for j in tables["jobs"]]
    assert jobs == [(J_DIAGNOSIS, 11.5, 12.5, 1.0), (J_REPAIR, 54.5, 56.5, 2.0), (J_AUDIT, 56.5, 56.75, 0.25)]
    visits = tables["visits"]
    assert visits["begin_h"][1:].tolist() == visits["end_h"][:-1].tolist()
    assert (visits["begin_h"][0], visits["end_h"][-1]) == (1.0, 76.75)


def test_contact_stages_come_from_the_case(tmp_path: Path) -> None:
    world = RepairWorld(plan_of([point()]), tmp_path)
    case = world.case(5.0, wait_h=0.5, talk_h=0.25)
    world.clock.run_until(9.0)
    world.service.open(case, CARRY_IN)
    assert case.order == 0
    (a,) = world.run()["orders"]
    assert stage_hours(a) == {"contact_wait": 0.5, "contact": 0.25, "retry": 3.25, "repair": 2.0}
    assert a["first_h"] == 5.0
    assert case.order == -1


def test_rounding_in_the_contact_stages_is_not_time_between_attempts(tmp_path: Path) -> None:
    world = RepairWorld(plan_of([point()]), tmp_path)
    case = world.case(700.1, wait_h=0.1 + 0.2, talk_h=0.3)
    world.clock.run_until(700.1 + 0.3 + 0.3)
    world.service.open(case, CARRY_IN)
    (a,) = world.run()["orders"]
    assert a["retry_h"] == 0.0


def test_contact_hours_longer_than_the_case_are_reported(tmp_path: Path) -> None:
    world = RepairWorld(plan_of([point()]), tmp_path)
    case = world.case(5.0, wait_h=3.0, talk_h=4.0)
    world.clock.run_until(9.0)
    world.service.open(case, CARRY_IN)
    world.clock.run_until(world.plan.run.horizon_h)
    world.service.finish()
    assert world.service.checks() == ["orders: stages do not add up in 1 orders (0)"]


def test_mail_in_by_parcel_distance(tmp_path: Path) -> None:
    depot = point("depot", kind="depot", modes=("mail_in",), lat=0.0, lon=0.0)
    parcel = Parcel(40.0, 0.01, 0.0, surcharge_h=24.0, surcharge_market=(False, True))
    plan = plan_of([depot], markets=markets_at((0.0, 10.0, 0), (0.0, 10.0, 0)), parcel=parcel)
    world = RepairWorld(plan, tmp_path)
    world.open_at(0.0, MAIL_IN)
    world.open_at(100.0, MAIL_IN, market_ix=1)
    a, b = world.run()["orders"]
    way = 40.0 + 0.01 * 6371.0088 * math.pi / 18  # ten degrees on the equator
    assert stage_hours(a) == pytest.approx({"inbound": way, "repair": 2.0, "return": way}, rel=1e-12)
    assert stage_hours(b) == pytest.approx({"inbound": way + 24, "repair": 2.0, "return": way + 24}, rel=1e-12)
    assert b["received_h"] == pytest.approx(100 + way + 24)


def test_mail_in_times_of_the_workshop_go_before_distances(tmp_path: Path) -> None:
    depot = point("depot", modes=("mail_in",), inbound=5.0, outbound=7.0)
    world = RepairWorld(plan_of([depot], parcel=Parcel(40.0, 0.01, 0.4)), tmp_path)
    world.open_at(0.0, MAIL_IN)
    (a,) = world.run()["orders"]
    assert stage_hours(a) == {"inbound": 5.0, "repair": 2.0, "return": 7.0}


def test_parcel_times_are_lognormal_with_the_wanted_mean() -> None:
    from sim.model.service.latent import INBOUND, DrawCache
    from sim.model.service.parcels import Parcels

    plan = plan_of([point()], parcel=Parcel(40.0, 0.0, 0.4))
    parcels = Parcels(plan, Dispatch(plan), DrawCache())

    def keyed(key: int) -> Case:
        return Case(0, key, 0.0, 0, 0, 0, 0, 0, 0, 0, -1, 0.0, 0.5, 0.5, 0.5)

    times = np.array([parcels.draw_time(keyed(k * 7919), 0, INBOUND) for k in range(4000)])
    assert times.mean() == pytest.approx(40.0, abs=4 * 40 * 0.4166 / math.sqrt(4000))
    assert np.log(times).std() == pytest.approx(0.4, rel=0.05)


def test_on_site(tmp_path: Path) -> None:
    team = point("team", kind="team", modes=("on_site",), calendar_ix=0, travel=1.5, repair=2.0)
    world = RepairWorld(plan_of([team], [BOARD]), tmp_path, delays=(3.0,))
    world.open_at(9.0, ON_SITE)  # parts at 12:00, there at 13:30, done at 15:30
    world.open_at(10.0, ON_SITE)  # parts at 13:00; engineer free at 15:30, there at 17:00, next day 9:00-11:00
    tables = world.run()
    a, b = tables["orders"]
    assert stage_hours(a) == {"part_wait": 3.0, "inbound": 1.5, "repair": 2.0}
    assert (a["received_h"], a["closed_h"]) == (13.5, 15.5)
    assert stage_hours(b) == {"part_wait": 3.0, "bench_wait": 2.5, "inbound": 1.5, "repair": 18.0}
    assert (b["received_h"], b["closed_h"]) == (17.0, 35.0)
    assert tables["jobs"]["kind"].tolist() == [J_VISIT, J_VISIT]
    assert tables["jobs"]["work_h"].tolist() == [3.5, 3.5]
    assert tables["jobs"]["overtime_h"].tolist() == [0.0, 0.0]


def test_travel_after_closing_time_is_overtime(tmp_path: Path) -> None:
    team = point("team", modes=("on_site",), calendar_ix=0, travel=3.0, repair=2.0)
    world = RepairWorld(plan_of([team]), tmp_path)
    world.open_at(16.0, ON_SITE)  # on the road till 19:00, repair 9:00-11:00
    tables = world.run()
    assert tables["jobs"]["overtime_h"].tolist() == [2.0]
    assert tables["orders"]["closed_h"].tolist() == [35.0]
    crew = world.service.crews[0]
    assert (crew.busy_h, crew.overtime_h) == (5.0, 2.0)


def forwarding_plan(delay_level: int = 2, **more: Any) -> Plan:
    shop = point("shop", forward_ix=1, forward_transit=10.0, pick_up=5.0, location_ix=0, **more)
    depot = point("depot", kind="depot", level=2, location_ix=1, modes=("mail_in",), repair=3.0)
    return plan_of([shop, depot], [Fault("chip", 1.0, ((0, 1.0, 1),), level=delay_level)])


def test_forwarded_to_the_depot_and_back(tmp_path: Path) -> None:
    world = RepairWorld(forwarding_plan(diagnosis_time=1.0), tmp_path, delays=(16.0,))
    world.open_at(0.0)
    tables = world.run()
    (a,) = tables["orders"]
    # diagnosis to 1, forward to 11, parts asked for at 1 come at 17, repair to 20, back at 30, fetched at 35
    assert stage_hours(a) == {"diagnosis": 1.0, "forward": 20.0, "part_wait": 6.0, "repair": 3.0, "pick_up": 5.0}
    assert (a["ready_h"], a["closed_h"]) == (30.0, 35.0)
    assert (a["workshop"], a["bench"], a["forwarded"]) == (0, 1, 1)
    assert world.parts.log[0] == ("request", 1.0, 1, ((0, 1),), 0, 0)
    assert tables["jobs"]["workshop"].tolist() == [0, 1]


def test_parts_that_come_while_the_unit_travels_are_no_part_wait(tmp_path: Path) -> None:
    world = RepairWorld(forwarding_plan(), tmp_path, delays=(6.0,))
    world.open_at(0.0)  # no diagnosis: the level shows when a technician takes it up
    (a,) = world.run()["orders"]
    assert stage_hours(a) == {"forward": 20.0, "repair": 3.0, "pick_up": 5.0}
    assert world.parts.log[0][:3] == ("request", 0.0, 1)


def test_a_level_within_reach_stays(tmp_path: Path) -> None:
    world = RepairWorld(forwarding_plan(delay_level=1), tmp_path)
    world.open_at(0.0)
    (a,) = world.run()["orders"]
    assert stage_hours(a) == {"repair": 2.0, "pick_up": 5.0}


def test_refused_quote(tmp_path: Path) -> None:
    bench = point(diagnosis_time=1.0, pick_up=5.0)
    plan = plan_of([bench], [BOARD], products=(Product("p", warranty_h=100.0),), quote=Quote(price=9.0))
    world = RepairWorld(plan, tmp_path, accepted=False, call_h=2.0, decision_h=3.0)
    world.open_at(0.0, age_h=100.0)
    world.open_at(50.0, age_h=99.9)
    a, b = world.run()["orders"]
    assert stage_hours(a) == {"diagnosis": 1.0, "approval_call": 2.0, "decision": 3.0, "pick_up": 5.0}
    assert (outcome_of(a), a["revenue"], a["in_warranty"], a["ready_h"]) == ("refused", 0.0, 0, 6.0)
    assert (outcome_of(b), b["in_warranty"]) == ("returned", 1)
    assert [line[0] for line in world.parts.log] == ["request", "consume"]


def test_quote_without_diagnosis_comes_before_the_bench(tmp_path: Path) -> None:
    plan = plan_of([point()], [BOARD], products=(Product("p", warranty_h=100.0),))
    world = RepairWorld(plan, tmp_path, call_h=2.0, delays=(4.0,))
    world.open_at(0.0, age_h=200.0)
    (a,) = world.run()["orders"]
    assert stage_hours(a) == {"approval_call": 2.0, "part_wait": 4.0, "repair": 2.0}


def test_without_a_journey_quotes_are_accepted_at_once(tmp_path: Path) -> None:
    plan = plan_of([point()], products=(Product("p", warranty_h=0.0),))
    world = RepairWorld(plan, tmp_path, with_journey=False)
    world.open_at(0.0)
    (a,) = world.run()["orders"]
    assert stage_hours(a) == {"repair": 2.0}


@pytest.mark.parametrize(
    ("home", "kind", "entitled"), [(0, "hardware", 1), (1, "hardware", 1), (2, "hardware", 0), (2, "recall", 1)]
)
@pytest.mark.parametrize("named", [False, True])
def test_entitlement_at_home_only(tmp_path: Path, home: int, kind: str, entitled: int, named: bool) -> None:
    """It happens in market 0; market 1 is another town of that country, market 2 is abroad: by region, or by country."""
    markets = markets_at((NAN, NAN, 0), (NAN, NAN, 0), (NAN, NAN, 0 if named else 1))
    if named:
        markets = replace(markets, country_ix=np.array([4, 4, 5], np.int32))
    plan = plan_of([point()], products=(Product("p", world_wide=False),), markets=markets, needs=(Need("n", kind),))
    world = RepairWorld(plan, tmp_path)
    world.open_at(0.0, home_ix=home)
    assert world.run()["orders"]["in_warranty"].tolist() == [entitled]


def test_no_fault_found(tmp_path: Path) -> None:
    plan = plan_of([point(diagnosis_time=1.0, pick_up=4.0)], [BOARD], needs=(Need("n", "hardware", no_fault_found=1.0),))
    world = RepairWorld(plan, tmp_path)
    world.open_at(0.0)
    world.open_at(0.5)
    a, b = world.run()["orders"]
    assert stage_hours(a) == {"diagnosis": 1.0, "pick_up": 4.0}
    assert stage_hours(b) == {"diagnosis_wait": 0.5, "diagnosis": 1.0, "pick_up": 4.0}
    assert (outcome_of(a), a["ready_h"]) == ("no_fault_found", 1.0)
    assert world.parts.log == []


def test_failed_audits_send_the_order_back_to_the_bench(tmp_path: Path) -> None:
    bench = point(audit_share=1.0, audit_time=0.5, audit_pass=0.5)
    world = RepairWorld(plan_of([bench], [BOARD]), tmp_path)
    for i in range(40):
        world.open_at(20.0 * i)
    tables = world.run()
    orders = tables["orders"]
    rework = orders["rework"]
    assert orders["repair_h"] == pytest.approx(2.0 * (rework + 1))
    assert orders["audit_h"] == pytest.approx(0.5 * (rework + 1))
    # geometric with mean 1, standard deviation sqrt(2): four standard errors
    assert rework.mean() == pytest.approx(1.0, abs=4 * math.sqrt(2 / 40))
    assert [line[0] for line in world.parts.log].count("consume") == 40  # a failed audit needs no new part


def test_dead_on_arrival_parts_are_wanted_once_more(tmp_path: Path) -> None:
    fault = Fault("two", 1.0, ((0, 1.0, 2), (1, 1.0, 1)))
    world = RepairWorld(plan_of([point(dead_on_arrival=0.3)], [fault]), tmp_path, delays=(5.0, 5.0))
    for i in range(30):
        world.open_at(30.0 * i)
    orders = world.run()["orders"]
    requests = [line for line in world.parts.log if line[0] == "request"]
    assert orders["rework"].sum() > 0
    assert len(requests) == 30 + orders["rework"].sum()
    assert orders["part_wait_h"] == pytest.approx(5.0 * (orders["rework"] + 1))
    assert orders["repair_h"] == pytest.approx(2.0 * (orders["rework"] + 1))
    again = {line[3] for line in requests} - {((0, 2), (1, 1))}
    assert again <= {((0, 1),), ((1, 1),), ((0, 1), (1, 1))}


def test_planned_work_comes_after_repairs(tmp_path: Path) -> None:
    needs = (Need("fault", "hardware"), Need("cleaning", "planned", counts_in_tat=False, repair_time=constant(1.0)))
    world = RepairWorld(plan_of([point(diagnosis_time=4.0)], needs=needs), tmp_path)
    world.open_at(0.0)
    world.open_at(1.0, need_ix=1)
    world.open_at(2.0)
    a, cleaning, c = world.run()["orders"]
    assert (a["closed_h"], c["closed_h"]) == (6.0, 12.0)
    assert stage_hours(cleaning) == {"bench_wait": 11.0, "repair": 1.0}
    assert outcome_of(cleaning) == "planned"


def test_repair_times_fault_before_need_before_workshop(tmp_path: Path) -> None:
    faults = [Fault("slow", 0.0, repair_time=constant(9.0)), Fault("plain", 1.0)]
    customers = (Customer("ann", 0.0, 0, 0, 0, 0.0, -1, mode="mail_in", fault=0),)
    needs = (Need("fault", "hardware", repair_time=constant(4.0)),)
    plan = plan_of([point(modes=("carry_in", "mail_in"))], faults, customers=customers, needs=needs)
    world = RepairWorld(plan, tmp_path)
    world.open_at(0.0, customer_ix=0)
    world.open_at(20.0)
    a, b = world.run()["orders"]
    assert (a["repair_h"], a["mode"]) == (9.0, MAIL_IN)
    assert (b["repair_h"], b["mode"]) == (4.0, CARRY_IN)


def test_nowhere_to_go_is_given_up_at_once(tmp_path: Path) -> None:
    world = RepairWorld(plan_of([point("depot", modes=("mail_in",))]), tmp_path)
    world.open_at(3.0)
    (a,) = world.run()["orders"]
    assert (outcome_of(a), a["workshop"], a["closed_h"]) == ("given_up", -1, 3.0)
    assert stage_hours(a) == {}


def test_a_mode_nobody_takes_becomes_carry_in(tmp_path: Path) -> None:
    world = RepairWorld(plan_of([point()]), tmp_path)
    world.open_at(3.0, ON_SITE)
    (a,) = world.run()["orders"]
    assert (a["mode"], outcome_of(a)) == (CARRY_IN, "returned")


def test_open_orders_at_the_end(tmp_path: Path) -> None:
    plan = plan_of([point(repair=10.0)], run=Run("2024-01-01", 12.0, 0.0, 1, 7))
    world = RepairWorld(plan, tmp_path)
    world.open_at(1.0)
    world.open_at(4.0)
    tables = world.run()
    a, b = tables["orders"]
    assert outcome_of(a) == "returned"
    assert (outcome_of(b), math.isnan(b["closed_h"])) == ("open", True)
    assert stage_hours(b) == {"bench_wait": 7.0, "repair": 1.0}
    gauges = tables["gauges"]
    integral = {g: gauges["integral"][gauges["gauge"] == g].sum() for g in (G_BENCH_QUEUE, G_OPEN_ORDERS)}
    assert integral == {G_BENCH_QUEUE: 7.0, G_OPEN_ORDERS: 18.0}
    crew = world.service.crews[0]
    assert (crew.busy_h, crew.wait_h) == (11.0, 7.0)
